"""What to fetch next: what the law asks for first, then listings back to the window's start; traps are bounded."""

import heapq
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum
from urllib.parse import urlsplit

from crawler.extract.labels import match_label
from crawler.extract.observation import ListedEntry, Observation, Zone
from crawler.scope import Scope, is_action, is_trap
from crawler.urls import is_file, page_key

MAX_DEPTH = 12
PATTERN_BUDGET = 80
"""Pages of one address pattern outside listings: calendars, filters and tag pages end here."""
LISTING_BUDGET = 400
"""Pages of one listing: ten a day for a year at ten a page."""
UNDATED_ARTICLES = 10
"""Articles fetched for one listing page that shows no dates."""
_NUMBERS = re.compile(r"\d+")


class Rank(IntEnum):
    """The order of fetching."""

    HOME = 0
    NAMED = 1  # a menu entry or home page block that names a requirement
    MENU = 2
    NAMED_INSIDE = 3  # named by a link in a page's main column
    LISTING = 4  # a further page of a listing
    ARTICLE = 5  # an entry whose listing shows no date
    OTHER = 6


@dataclass(order=True, frozen=True, slots=True)
class Planned:
    """An address to fetch."""

    rank: Rank
    number: int
    url: str = field(compare=False)
    depth: int = field(compare=False)


def window_start(as_of: date) -> date:
    """Listings are walked back to 1 January or 365 days before, whichever is earlier."""
    return min(date(as_of.year, 1, 1), as_of - timedelta(days=365))


class Frontier:
    """The addresses of one site that are known and not yet fetched. Deterministic: same pages, same order."""

    def __init__(self, scope: Scope, as_of: date, kind: str) -> None:
        self.scope = scope
        self.as_of = as_of
        self.start = window_start(as_of)
        self.kind = kind
        self.seen: set[str] = set()
        self.left_out: Counter[str] = Counter()
        self._heap: list[Planned] = []
        self._patterns: Counter[str] = Counter()
        self._listings: dict[str, str] = {}
        self._walked: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, url: str, rank: Rank, depth: int) -> bool:
        """Plan an address once, unless it is out of scope, an action, a file, a trap, or over its pattern's budget."""
        if not self.scope.holds(url) or is_file(url):
            return False
        key = page_key(url)
        if key in self.seen:
            return False
        if is_action(url) or is_trap(url):
            self.left_out["trap"] += 1
            return False
        if depth > MAX_DEPTH:
            self.left_out["depth"] += 1
            return False
        if rank in (Rank.OTHER, Rank.NAMED_INSIDE, Rank.ARTICLE):
            pattern = _pattern(url)
            if self._patterns[pattern] >= PATTERN_BUDGET:
                self.left_out["pattern"] += 1
                return False
            self._patterns[pattern] += 1
        self.seen.add(key)
        heapq.heappush(self._heap, Planned(rank, len(self.seen), url, depth))
        return True

    def pop(self) -> Planned | None:
        return heapq.heappop(self._heap) if self._heap else None

    def waiting(self) -> Iterator[Planned]:
        """What is left, in order."""
        yield from sorted(self._heap)

    def learn(self, page: Observation, planned: Planned) -> None:
        """Plan what a page leads to."""
        is_home = planned.rank is Rank.HOME
        titles = {entry.url for entry in page.entries}
        depth = planned.depth + 1
        for link in page.links:
            in_menu = link.zone is not Zone.MAIN
            if link.url in titles and not in_menu:
                continue
            source = "file" if link.label_source == "file" else "text"
            named = match_label(link.label, href=link.url, site_kind=self.kind, source=source)
            if named and (in_menu or is_home):
                self.add(link.url, Rank.NAMED, depth)
            elif link.zone is Zone.NAV or (is_home and in_menu):
                self.add(link.url, Rank.MENU, depth)
            elif named:
                self.add(link.url, Rank.NAMED_INSIDE, depth)
            elif link.url not in page.next_pages:
                self.add(link.url, Rank.OTHER, depth)
        if not is_home:
            self._walk(page, planned, depth)

    def _walk(self, page: Observation, planned: Planned, depth: int) -> None:
        own = [entry for entry in page.entries if entry.zone is Zone.MAIN]
        if goes_on(own, self.start):
            root = self._listings.get(page_key(planned.url), page_key(planned.url))
            for url in page.next_pages:
                if self._walked[root] >= LISTING_BUDGET:
                    self.left_out["listing"] += 1
                    break
                self._listings.setdefault(page_key(url), root)
                if self.add(url, Rank.LISTING, planned.depth if planned.rank is Rank.LISTING else depth):
                    self._walked[root] += 1
        undated = [entry for entry in own if entry.published is None][:UNDATED_ARTICLES]
        if len(undated) >= 2 or not own:
            for entry in undated:
                self.add(entry.url, Rank.ARTICLE, depth)


def goes_on(entries: list[ListedEntry], start: date) -> bool:
    """Whether a listing is to be walked on: it shows an entry of the window, no dates at all, or its oldest first."""
    days = [entry.published for entry in entries if entry.published is not None]
    if not days:
        return True
    oldest_first = len(days) >= 3 and days == sorted(days) and days[0] < days[-1]
    return oldest_first or max(days) >= start


def _pattern(url: str) -> str:
    """The address with its last word and its numbers left out: pages of one kind share it."""
    parts = urlsplit(url)
    folder = parts.path.rsplit("/", 1)[0]
    keys = "&".join(sorted(part.split("=")[0] for part in parts.query.split("&"))) if parts.query else ""
    return _NUMBERS.sub("#", f"{folder}?{keys}")
