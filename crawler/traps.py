"""Addresses that links beget without end: counted by pattern, by label, and by whether they show anything new."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from urllib.parse import urlsplit

PATTERN_BUDGET = 80
"""Pages of one address pattern outside menus and listings: calendars, filters and tag pages end here."""
MENU_BUDGET = 250
"""… in menus: some systems have all their pages behind one script."""
KEY_SETS = 15
"""Sets of parameters of one path that are told apart: the others of a filter's combinations share one pattern."""
DEEP = 4
"""Folders: addresses that lie deeper share a pattern by their first two."""
LABEL_ADDRESSES = 5
"""Addresses that one label in menus leads to before it counts as any link: tokens that change with each fetch."""
NUMBERED_ADDRESSES = 30
"""… that labels lead to which differ by their numbers alone."""
LABEL_TWINS = 2
"""Of those, how many may show what another of them showed."""
PATTERN_TWINS = 6
"""Pages of a pattern that show what others showed, five of them to each that does not, before it is left."""
TWINS_IN_A_ROW = 40
"""Pages without a role that show nothing new, one after the other, before all such pages are left."""
CASE_BUDGET = 10
"""Addresses that differ from a known one by capitals alone, where the server has not shown that they are one page."""
CASE_PROOFS = 2
_NUMBERS = re.compile(r"\d+")


class Traps:
    """What was planned and seen of one site. Deterministic: the same pages in the same order give the same answers."""

    def __init__(self) -> None:
        self._planned: Counter[str] = Counter()
        self._key_sets: defaultdict[str, set[str]] = defaultdict(set)
        self._addresses: defaultdict[str, set[str]] = defaultdict(set)  # label → page keys
        self._labels: dict[str, str] = {}  # page key → label
        self._label_twins: Counter[str] = Counter()
        self._contents: dict[str, str] = {}  # fingerprint → key of the page that showed it first
        self._label_contents: dict[tuple[str, str], str] = {}
        self._twins: Counter[str] = Counter()
        self._fresh: Counter[str] = Counter()
        self._in_a_row = 0
        self._cases: dict[str, str] = {}  # page key in lower case → the first that was planned
        self._prints: dict[str, str] = {}  # page key → fingerprint
        self._odd_cases = self._case_twins = self._case_strangers = 0

    def keeps_rank(self, label: str, key: str) -> bool:
        """Whether an address that a menu or a named link leads to is one of the first few of its label."""
        if self._label_twins[label] >= LABEL_TWINS:
            return False
        numbered = _NUMBERS.sub("#", label)
        known, alike = self._addresses[label], self._addresses[numbered]
        if key not in known:
            if len(known) >= LABEL_ADDRESSES or (numbered != label and len(alike) >= NUMBERED_ADDRESSES):
                return False
            known.add(key)
            alike.add(key)
        self._labels.setdefault(key, label)
        return True

    def has_room(self, url: str, budget: int = PATTERN_BUDGET) -> bool:
        """Whether the address's pattern has not used up its budget; counts the address."""
        pattern = self._pattern(url)
        if self._planned[pattern] >= budget or self._is_spent(pattern):
            return False
        self._planned[pattern] += 1
        return True

    def is_known_but_for_case(self, key: str) -> bool:
        """Whether a page that differs by capitals alone is planned, on a server that does not tell them apart."""
        return self.is_case_blind and self._cases.setdefault(key.lower(), key) != key

    def has_room_for_case(self, key: str) -> bool:
        """Whether an address that differs from a planned one by capitals alone may be tried; counts it."""
        if self._cases.setdefault(key.lower(), key) == key:
            return True
        self._odd_cases += 1
        return self._odd_cases <= CASE_BUDGET

    @property
    def is_case_blind(self) -> bool:
        """Whether the server has shown that it takes capitals for small letters."""
        return self._case_twins >= CASE_PROOFS and not self._case_strangers

    def is_closed(self, url: str, key: str, *, plain: bool) -> bool:
        """Whether an address that was planned need not be asked for any more. `plain`: it has no role."""
        if self.is_known_but_for_case(key):
            return True
        label = self._labels.get(key)
        if label is not None:
            return self._label_twins[label] >= LABEL_TWINS
        return plain and (self._in_a_row >= TWINS_IN_A_ROW or self._is_spent(self._pattern(url)))

    def saw(self, url: str, key: str, fingerprint: str, *, plain: bool) -> None:
        """Note what a page showed (`fingerprint`)."""
        is_twin = self._contents.setdefault(fingerprint, key) != key
        pattern = self._pattern(url)
        (self._twins if is_twin else self._fresh)[pattern] += 1
        if plain:
            self._in_a_row = self._in_a_row + 1 if is_twin else 0
        label = self._labels.get(key)
        if label is not None and self._label_contents.setdefault((label, fingerprint), key) != key:
            self._label_twins[label] += 1
        self._prints[key] = fingerprint
        first = self._cases.setdefault(key.lower(), key)
        if first != key and first in self._prints:
            if self._prints[first] == fingerprint:
                self._case_twins += 1
            else:
                self._case_strangers += 1

    def _is_spent(self, pattern: str) -> bool:
        twins = self._twins[pattern]
        return twins >= PATTERN_TWINS and twins > 5 * self._fresh[pattern]

    def _pattern(self, url: str) -> str:
        """The address with its last word and its numbers left out: pages of one kind share it."""
        parts = urlsplit(url)
        words = parts.path.lower().split("/")[1:]
        folders = words[:-1] if words[-1:] != [""] else words[:-2]
        if _repeats(folders):
            return "repeated folders"
        if len(folders) > DEEP:
            folders = [*folders[:2], "…"]
        folder = _NUMBERS.sub("#", "/".join(folders))
        keys = "&".join(sorted({part.partition("=")[0] for part in parts.query.split("&")})) if parts.query else ""
        keys = _NUMBERS.sub("#", keys)
        known = self._key_sets[folder]
        if keys not in known:
            if len(known) >= KEY_SETS:
                keys = "*"
            known.add(keys)
        return f"{folder}?{keys}"


def _repeats(folders: Iterable[str]) -> bool:
    """Whether a folder stands twice in a path: what relative links beget."""
    words = [word for word in folders if not word.isdigit()]
    return len(set(words)) < len(words)
