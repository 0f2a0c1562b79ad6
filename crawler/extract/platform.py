"""Which content management system a page comes from: the modules of crawler/platforms, by their marks."""

import importlib
import pkgutil
import re
from functools import lru_cache

import crawler.platforms as folder

_HEAD = 60_000
"""Bytes of a page in which the marks are looked for."""


Mark = tuple[re.Pattern[bytes], ...]
"""The alternatives of one mark, each a pattern of its own: words are found fast one by one, and slowly all at once."""


@lru_cache(maxsize=1)
def _marks() -> tuple[tuple[str, tuple[Mark, ...]], ...]:
    found = []
    for module in pkgutil.iter_modules(folder.__path__):
        platform = importlib.import_module(f"{folder.__name__}.{module.name}")
        if platform.MARKS:
            found.append((platform.NAME, tuple(_one_of(_lowered(mark)) for mark in platform.MARKS)))
    return tuple(found)


def _lowered(mark: str) -> str:
    """A pattern for text in lower case: its letters lowered, its escapes (`\\W`) as they are."""
    return re.sub(r"\\.|[A-Z]", lambda found: found[0] if found[0][0] == "\\" else found[0].lower(), mark)


def _one_of(mark: str) -> Mark:
    """The pattern taken apart at the bars outside its brackets."""
    parts, depth = [""], 0
    for letter in mark:
        depth += (letter in "([") - (letter in ")]")
        parts = [*parts, ""] if letter == "|" and not depth else [*parts[:-1], parts[-1] + letter]
    return tuple(re.compile(part.encode()) for part in parts)


def platform_marks(body: bytes) -> tuple[str, ...]:
    """Names of the platforms any of whose marks the page bears, those with most marks first."""
    head = body[:_HEAD].lower()  # one pass; a pattern that ignores case costs many times that of one that does not
    hits = [(sum(1 for mark in marks if any(one.search(head) for one in mark)), name) for name, marks in _marks()]
    return tuple(name for count, name in sorted(hits, key=lambda hit: (-hit[0], hit[1])) if count)
