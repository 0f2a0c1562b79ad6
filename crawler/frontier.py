"""What to fetch next: what the law asks for first, then listings back to the window's start; traps are bounded.

On a night that goes on from an earlier crawl only the fronts are asked for again, listings are walked until they show
what the ledger has, and the pages that were not asked for the longest come after them as far as a small budget goes.
"""

import heapq
import itertools
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import IntEnum

from crawler.evidence import Payload
from crawler.extract.labels import match_label
from crawler.extract.observation import ListedEntry, Observation, Zone
from crawler.scope import Scope, is_action, is_trap
from crawler.text import fold
from crawler.traps import MENU_BUDGET, Traps
from crawler.urls import is_file, page_key

MAX_DEPTH = 12
LISTING_BUDGET = 400
"""Pages of one listing: ten a day for a year at ten a page."""
UNORDERED_PAGES = 10
"""Pages of a listing without order that are asked for every night; more where they show what is new."""
UNDATED_ARTICLES = 10
"""Articles fetched for one listing page that shows no dates."""
REFRESH_LEAST = 36
REFRESH_SHARE = 0.04
"""A night asks for so many pages that are known, or for this share of them, where the fronts are fewer."""


class Rank(IntEnum):
    """The order of fetching."""

    HOME = 0
    NAMED = 1  # a menu entry or home page block that names a requirement
    MENU = 2
    NAMED_INSIDE = 3  # named by a link in a page's main column
    LISTING = 4  # a further page of a listing
    ARTICLE = 5  # an entry whose listing shows no date
    OTHER = 6
    REFRESH = 7  # known, and asked for again after all else

    @property
    def role(self) -> str:
        return self.name.lower()


@dataclass(order=True, frozen=True, slots=True)
class Planned:
    """An address to fetch. `role`: the rank by which it was found, whatever its place in the order."""

    rank: Rank
    number: int
    url: str = field(compare=False)
    depth: int = field(compare=False)
    role: str = field(compare=False, default="")


@dataclass(frozen=True, slots=True)
class KnownPage:
    """What an earlier night knows of a page. `had`: it came with status 2xx. `listing`: see `listing_order`."""

    url: str
    role: str
    listing: str
    fetched_at: datetime
    etag: str | None
    modified: str | None
    had: bool
    payload: Payload | None

    @property
    def is_front(self) -> bool:
        """Whether it is asked for every night: a section that is named, or the first page of a listing."""
        if self.role in ("", Rank.HOME.role, Rank.NAMED.role):
            return True
        return bool(self.listing) and self.role not in (Rank.LISTING.role, Rank.ARTICLE.role)


_PLAIN = frozenset({Rank.NAMED_INSIDE, Rank.ARTICLE, Rank.OTHER})
"""Ranks of pages that are no menu's, no listing's and no earlier night's."""


def window_start(as_of: date) -> date:
    """Listings are walked back to 1 January or 365 days before, whichever is earlier."""
    return min(date(as_of.year, 1, 1), as_of - timedelta(days=365))


class Frontier:
    """The addresses of one site that are known and not yet fetched. Deterministic: same pages, same order.

    `known`: pages of earlier nights by page key, empty on the first; `listed`: page keys of entries already seen.
    """

    def __init__(
        self,
        scope: Scope,
        as_of: date,
        kind: str,
        known: Mapping[str, KnownPage] | None = None,
        listed: frozenset[str] = frozenset(),
    ) -> None:
        self.scope = scope
        self.as_of = as_of
        self.start = window_start(as_of)
        self.kind = kind
        self.known = known or {}
        self.listed = listed
        self.seen: set[str] = set()
        self.left_out: Counter[str] = Counter()
        self._heap: list[Planned] = []
        self.traps = Traps()
        self._entries: defaultdict[str, set[str]] = defaultdict(set)  # of each listing, by page key
        self._listings: dict[str, str] = {}
        self._walked: Counter[str] = Counter()
        self._standing: set[str] = set()  # known pages that stand as they were had
        self._asked_again = 0
        self._refreshed = False

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, url: str, rank: Rank, depth: int, *, anew: bool = False) -> bool:
        """Plan an address once, unless it is out of scope, an action, a file, a trap, or over its pattern's budget.

        A page that is known is planned where it is a front, or to be had `anew`: else it stands as it was had.
        """
        if not self.scope.holds(url) or is_file(url) or is_action(url):
            return False
        key = page_key(url)
        if key in self.seen:
            return False
        if self.traps.is_known_but_for_case(key):
            return False
        if is_trap(url):
            self.left_out["trap"] += 1
            return False
        if depth > MAX_DEPTH:
            self.left_out["depth"] += 1
            return False
        known = self.known.get(key)
        is_front = known is not None and known.is_front and (rank <= Rank.NAMED or key not in self.listed)
        stands = known is not None and not (anew or is_front or rank <= Rank.NAMED)  # an entry's own page is no front
        if stands and key in self._standing:
            return False
        if not self._has_room(url, key, rank):
            self.left_out["pattern"] += 1
            return False
        if stands:
            self._standing.add(key)
            return False
        self._asked_again += known is not None
        self.seen.add(key)
        self._push(rank, url, depth, rank.role)
        return True

    def _has_room(self, url: str, key: str, rank: Rank) -> bool:
        """Whether the budgets of the address's pattern, and of its spelling, are not used up."""
        if not self.traps.has_room_for_case(key):
            return False
        if rank in _PLAIN:
            return self.traps.has_room(url)
        return rank not in (Rank.NAMED, Rank.MENU) or self.traps.has_room(url, MENU_BUDGET)

    def _push(self, rank: Rank, url: str, depth: int, role: str) -> None:
        heapq.heappush(self._heap, Planned(rank, len(self.seen), url, depth, role))

    def pop(self) -> Planned | None:
        """The next address, without those that have meanwhile turned out to show what others showed."""
        while self._heap:
            planned = heapq.heappop(self._heap)
            if not self.traps.is_closed(planned.url, page_key(planned.url), plain=planned.rank in _PLAIN):
                return planned
            self.left_out["pattern"] += 1
        return None

    def refresh(self) -> None:
        """Plan, when all else is done, the known pages that were not asked for the longest. Does nothing twice."""
        if self._refreshed:
            return
        self._refreshed = True
        had = [(page.fetched_at, key) for key, page in self.known.items() if page.had]
        budget = max(REFRESH_LEAST, int(REFRESH_SHARE * len(had))) - self._asked_again
        old = sorted(one for one in had if one[1] not in self.seen)
        for _, key in old[: max(budget, 0)]:
            self.seen.add(key)
            self._push(Rank.REFRESH, self.known[key].url, 0, self.known[key].role)

    def learn(self, page: Observation, planned: Planned, *, unread: bool = False) -> None:
        """Plan what a page leads to. `unread`: a page of a night that was cut short, whose links were not followed."""
        is_home = planned.rank is Rank.HOME
        titles = {entry.url for entry in page.entries}
        depth = planned.depth + 1
        for link in page.links:
            in_menu = link.zone is not Zone.MAIN
            if (link.url in titles and not in_menu) or page_key(link.url) in self.seen:
                continue
            source = "file" if link.label_source == "file" else "text"
            named = match_label(link.label, href=link.url, site_kind=self.kind, source=source)
            if named and (in_menu or is_home):
                rank = Rank.NAMED
            elif (link.url in page.next_pages or link.url in page.earlier_pages) and not (is_home or named):
                continue
            elif link.zone is Zone.NAV or (is_home and in_menu):
                rank = Rank.MENU
            else:
                rank = Rank.NAMED_INSIDE if named else Rank.OTHER
            if rank is not Rank.OTHER and not self.traps.keeps_rank(fold(link.label), page_key(link.url)):
                rank = Rank.OTHER
            self.add(link.url, rank, depth)
        key = page_key(planned.url)
        self.traps.saw(planned.url, key, _print(page), plain=planned.rank in _PLAIN)
        if not is_home:
            self._walk(page, planned, depth, unread)

    def _walk(self, page: Observation, planned: Planned, depth: int, unread: bool) -> None:
        own = [entry for entry in page.entries if entry.zone is Zone.MAIN]
        key = page_key(planned.url)
        root = self._listings.get(key, key)
        shown = {page_key(entry.url) for entry in own}
        shows_more = root == key or not shown <= self._entries[root]
        self._entries[root] |= shown
        was = self.known.get(key) or self.known.get(root)
        order = (was.listing if was else "") or listing_order(page)
        further: tuple[str, ...] = ()
        if not shows_more:
            pass  # pages that never end: the same entries again, or none
        elif goes_on(own, self.start) and (was is None or unread):
            further = page.next_pages
        elif was is not None and order == "oldest_first" and (root == key or self._shows_new(own, order)):
            # the newest stand on the last page, and the next newest before it
            further = page.next_pages[-1:] if root == key else page.earlier_pages[:1]
        elif was is not None and order == "unordered" and self._walked[root] < UNORDERED_PAGES:
            further = page.next_pages  # a new entry may stand anywhere
        elif goes_on(own, self.start) and self._shows_new(own, order):
            further = page.next_pages[:1] if order == "newest_first" else page.next_pages
        anew = was is not None and not unread
        depth = depth if root == key else planned.depth
        for url in further:
            if self._walked[root] >= LISTING_BUDGET:
                self.left_out["listing"] += 1
                break
            self._listings.setdefault(page_key(url), root)
            if self.add(url, Rank.LISTING, depth, anew=anew):
                self._walked[root] += 1
                if order == "newest_first":
                    break  # step by step: the next page tells whether there is need of one more
        undated = [entry for entry in own if entry.published is None][:UNDATED_ARTICLES]
        if len(undated) >= 2 or not own:
            for entry in undated:
                self.add(entry.url, Rank.ARTICLE, depth)

    def _shows_new(self, own: Sequence[ListedEntry], order: str) -> bool:
        """Whether entries that no night has seen may stand on further pages of a listing that is known.

        Newest first: while all of the page are new, two that may be pinned to its head aside. Oldest first: while its
        first are. In no order: where any is.
        """
        new = [(key := page_key(entry.url)) not in self.listed and key not in self.known for entry in own]
        if not any(new):
            return False
        if order == "oldest_first":
            return all(new[:2])
        return all(new[2:] if len(new) > 4 else new) if order == "newest_first" else True


def listing_order(page: Observation) -> str:
    """How a page lists its entries: newest_first, oldest_first, unordered; "" for a page that lists fewer than three.

    Entries without dates count as newest first: a list that grows, grows at its head.
    """
    own = [entry for entry in page.entries if entry.zone is Zone.MAIN]
    if len(own) < 3 or page.published is not None:
        return ""
    days = [entry.published for entry in own if entry.published is not None]
    pairs = list(itertools.pairwise(days))
    rises = sum(first < second for first, second in pairs)
    falls = sum(first > second for first, second in pairs)
    if rises * 5 <= len(pairs):  # one that is pinned to the head does not make a list unordered
        return "newest_first"
    return "oldest_first" if falls * 5 <= len(pairs) else "unordered"


def _print(page: Observation) -> str:
    """What a page shows: its text without numbers, its files, its date."""
    return f"{page.fingerprint}{zlib.crc32(repr((page.attachments, page.published)).encode()):08x}"


def goes_on(entries: list[ListedEntry], start: date) -> bool:
    """Whether a listing is to be walked on: it shows an entry of the window, no dates at all, or its oldest first."""
    days = [entry.published for entry in entries if entry.published is not None]
    if not days:
        return True
    oldest_first = len(days) >= 3 and days == sorted(days) and days[0] < days[-1]
    return oldest_first or max(days) >= start
