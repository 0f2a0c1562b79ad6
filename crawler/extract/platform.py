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
            found.append((platform.NAME, tuple(re.compile(mark.encode(), re.IGNORECASE) for mark in platform.MARKS)))
    return tuple(found)


def platform_marks(body: bytes) -> tuple[str, ...]:
    """Names of the platforms any of whose marks the page bears, those with most marks first."""
    head = body[:_HEAD]
    hits = [(sum(1 for mark in marks if mark.search(head)), name) for name, marks in _marks()]
    return tuple(name for count, name in sorted(hits, key=lambda hit: (-hit[0], hit[1])) if count)
