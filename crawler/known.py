"""What earlier nights know of a site: pages that need not be asked for again, entries that the ledger has.

A crawl that goes on from an earlier one (`Crawl.after`) holds the rows of what it asked for alone; for the rest the
earlier rows stand. So a night costs what has changed, and its facts are still a pure function of stored pages.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from crawler.captures import Capture
from crawler.evidence import Payload, read_captures
from crawler.facts import CrawlState, Entry, Evidence, Problem
from crawler.frontier import KnownPage, window_start
from crawler.text import shorten
from crawler.urls import page_key
from db.models import Crawl, Page
from db.store import Store

BASELINE_DAYS = 28
"""After so many days a site is crawled as if for the first time: what is linked from nowhere any more falls out."""
UNSOUND = frozenset({"errors", "wait", "stopped", "thin", "program"})
"""Bounds after which a crawl is nothing to go on from."""
FRONTIER_BOUNDS = frozenset({"trap", "depth", "pattern", "listing"})
"""What these leave out is left out on every night: their pages are not asked for anew, so the count is kept."""
LASTING = frozenset({Problem.DEAD_LINK, Problem.OUT_OF_SCOPE})
"""Problems that say something of the page, so that they hold until it is asked for again."""
THIN_SHARE = 0.5
THIN_LEAST = 4
THIN_NIGHTS = 2
"""A site that was thin for so many nights running has become small: it is crawled, and judged, as it is."""

Row = tuple[str | None, Page]
"""A page with the WARC of its crawl."""


@dataclass(frozen=True, slots=True)
class Known:
    """What there is of a site before tonight. `after`: the crawl to go on from, None for a baseline.

    `pages`: by page key. `entries`: page keys of the ledger. `whole`: nothing was left unread by a bound of ours.
    `unseen`: what the bounds of that crawl left out for good. `payloads`: what need not be stored again.
    """

    after: str | None
    pages: dict[str, KnownPage]
    rows: dict[str, Row]
    entries: frozenset[str]
    whole: bool
    unseen: dict[str, int]
    payloads: tuple[Payload, ...]
    evidence: Path

    def captures(self) -> Iterator[Capture]:
        """The pages as they were had, in the order of their files."""
        return read_captures(self.evidence, self.rows.values(), carried=True)


def read_known(
    store: Store,
    evidence: Path,
    province: str,
    site: str,
    *,
    before: datetime,
    as_of: date,
    max_pages: int,
    full: bool = False,
) -> Known | None:
    """What a crawl that begins at `before` may go on from; None where there is nothing.

    `full`, a window that reaches further back than that of the last crawl, a larger bound on pages, or a baseline
    that is too old: then the earlier pages only tell how many there should be (`after` None).
    """
    crawls = store.crawls_before(province, site, before)
    thin = [crawl for crawl in crawls[:THIN_NIGHTS] if "thin" in json.loads(crawl.bounds)]
    last = next((crawl for crawl in crawls if _is_sound(crawl)), None)
    if last is None or len(thin) == THIN_NIGHTS:
        return None
    chain = list(read_chain(store, last))
    first = chain[-1][0]
    rows = _holding(chain)
    pages = _known_pages(chain, rows)
    bounds = json.loads(last.bounds)
    goes_on = (
        not full
        and before - first.started_at < timedelta(days=BASELINE_DAYS)
        and first.window_from is not None
        and window_start(as_of) >= first.window_from
        and ("pages" not in bounds or len(pages) * 10 >= max_pages * 9)
    )
    return Known(
        after=last.id if goes_on else None,
        pages=pages,
        rows=rows,
        entries=frozenset(map(page_key, store.ledger_urls(province, site))) if goes_on else frozenset(),
        whole=CrawlState(last.state) is CrawlState.COMPLETE,
        unseen={name: count for name, count in json.loads(last.unseen).items() if name in FRONTIER_BOUNDS},
        payloads=tuple(page.payload for page in pages.values() if page.payload) if goes_on else (),
        evidence=evidence,
    )


def _is_sound(crawl: Crawl) -> bool:
    return crawl.state in (CrawlState.COMPLETE, CrawlState.PARTIAL) and UNSOUND.isdisjoint(json.loads(crawl.bounds))


def read_chain(store: Store, crawl: Crawl) -> Iterator[tuple[Crawl, list[Page]]]:
    """The crawl and those that it goes on from, newest first, each with its pages."""
    link: Crawl | None = crawl
    while link is not None:
        yield link, store.pages(link.id)
        link = store.crawl(link.after) if link.after else None


def carried_rows(store: Store, crawl: Crawl, own: list[Page]) -> list[Row]:
    """Pages of earlier crawls that hold where `crawl` did not ask."""
    if crawl.after is None:
        return []
    before = store.crawl(crawl.after)
    asked = {page_key(page.url) for page in own}
    held = _holding(list(read_chain(store, before))) if before is not None else {}
    return [row for key, row in held.items() if key not in asked]


def remembered(store: Store, crawl: Crawl, as_of: date) -> Iterator[Entry]:
    """Entries of the ledger that the pages may show no more: new ones have pushed them onto listing pages that were
    not asked for again. Those seen since the baseline that the crawl goes on from; none for a baseline."""
    first = crawl
    while first.after and (before := store.crawl(first.after)) is not None:
        first = before
    if first is crawl:
        return
    for row in store.entries_between(crawl.province, crawl.site, first.night, crawl.night):
        if row.record and row.seen_at and (row.published is None or row.published <= as_of):
            seen = Evidence(row.page, shorten(f"{row.title} · {row.date_text}", 200), row.seen_at, row.record)
            yield Entry(row.title, row.url, row.published, row.date_text, row.date_source, row.section, seen)


def _holding(chain: list[tuple[Crawl, list[Page]]]) -> dict[str, Row]:
    """Page key → the newest row that says what the page is; a failure to look says nothing."""
    held: dict[str, Row] = {}
    for crawl, pages in chain:
        for page in pages:
            if page.problem is None or page.problem in LASTING:
                held.setdefault(page_key(page.url), (crawl.warc, page))
    return held


def _known_pages(chain: list[tuple[Crawl, list[Page]]], held: dict[str, Row]) -> dict[str, KnownPage]:
    full: dict[tuple[str, int | None], Payload] = {
        (crawl.warc, page.offset): Payload(
            crawl.warc, page.offset, page.record, page.url, f"{page.fetched_at:%Y-%m-%dT%H:%M:%SZ}", page.digest
        )
        for crawl, pages in chain
        for page in pages
        if crawl.warc and page.record and page.digest and page.offset is not None and page.payload_warc is None
    }
    known: dict[str, KnownPage] = {}
    for key, (warc, page) in held.items():
        place = (page.payload_warc or warc or "", page.payload_offset if page.payload_warc else page.offset)
        known[key] = KnownPage(
            url=page.url,
            role=page.role,
            listing=page.listing,
            fetched_at=page.fetched_at,
            etag=page.etag,
            modified=page.modified,
            had=page.status is not None and 200 <= page.status < 300 and page.problem is None,
            payload=full.get(place),
        )
    return known


def is_thin(known: Known | None, had: set[str], *, bounds: set[str]) -> bool:
    """Whether far fewer pages came than there were: half of those that the menu named, or in a baseline half of all.

    A bound of our own is no thinness of the site.
    """
    if known is None or not bounds.isdisjoint({"pages", "time", "stopped"}):
        return False
    fronts = {key for key, page in known.pages.items() if page.had and page.role in ("home", "named")}
    expected = fronts if known.after else {key for key, page in known.pages.items() if page.had}
    if len(expected) < THIN_LEAST:
        return False
    came = len(fronts & had) if known.after else len(had)
    return came < THIN_SHARE * len(expected)
