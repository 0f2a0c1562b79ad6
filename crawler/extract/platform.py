"""Which content management system a page comes from: the modules of crawler/platforms, by their marks."""

import importlib
import pkgutil
import re
from functools import lru_cache

import crawler.platforms as folder

_HEAD = 60_000
"""Bytes of a page in which the marks are looked for."""


@lru_cache(maxsize=1)
def _marks() -> tuple[tuple[str, tuple[re.Pattern[bytes], ...]], ...]:
    found = []
    for module in pkgutil.iter_modules(folder.__path__):
        platform = importlib.import_module(f"{folder.__name__}.{module.name}")
        if platform.MARKS:
            found.append((platform.NAME, tuple(re.compile(_lowered(mark).encode()) for mark in platform.MARKS)))
    return tuple(found)


def _lowered(mark: str) -> str:
    """A pattern for text in lower case: its letters lowered, its escapes (`\\W`) as they are."""
    return re.sub(r"\\.|[A-Z]", lambda found: found[0] if found[0][0] == "\\" else found[0].lower(), mark)


def platform_marks(body: bytes) -> tuple[str, ...]:
    """Names of the platforms any of whose marks the page bears, those with most marks first."""
    head = body[:_HEAD].lower()  # one pass; a pattern that ignores case costs many times that of one that does not
    hits = [(sum(1 for mark in marks if mark.search(head)), name) for name, marks in _marks()]
    return tuple(name for count, name in sorted(hits, key=lambda hit: (-hit[0], hit[1])) if count)
