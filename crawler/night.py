"""A night: one run over a registry, and the facts of a stored night. Wires fleet, store and extractors."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from crawler.evidence import read_captures
from crawler.extract.site import extract_facts
from crawler.facts import CrawlFacet, CrawlState, SiteFacts
from crawler.fleet import is_outage, run_fleet
from crawler.known import carried_rows, remembered
from crawler.observed import read_observed
from crawler.plan import CrawlResult
from crawler.probes import probes_of
from crawler.registry import facet, registry_from_json
from crawler.resume import BegunNight
from db.models import Crawl, Entry, Night, Page
from db.store import Store


@dataclass(frozen=True, slots=True)
class CrawledNight:
    """What came of a night's crawls, those that an earlier run had finished among them. `outage`: hardly any site
    answered, or none could be read, so that nobody is to be blamed for it."""

    results: tuple[CrawlResult, ...]
    outage: bool


def crawl_night(
    store: Store,
    data: Path,
    begun: BegunNight,
    *,
    clock: Callable[[], datetime],
    on_progress: Callable[[str, int, str], None] | None = None,
    on_wait: Callable[[int, float, bool], None] | None = None,
    settings: dict[str, Any] | None = None,
) -> CrawledNight:
    """Crawl what is left of a night into `data`/evidence and the store. Blocks; once per process (the reactor starts
    once). Raises Interrupted after a signal.

    The night stays `running`: `Store.finish_night` is for who has done all that was to be done with it, so that a kill
    in between loses nothing. A night without any answer is over, as `outage`; where some sites had answered before, it
    waits to be gone on with.
    """

    def save_result(result: CrawlResult) -> None:
        store.finish_crawl(
            result.crawl_id,
            started_at=result.started_at,
            finished_at=result.finished_at,
            state=result.state,
            requests=result.requests,
            size=result.bytes,
            errors=result.errors,
            bounds=result.bounds,
            warc=result.warc,
            after=result.after,
            unseen=result.unseen,
        )

    before = [_result_of(store, crawl) for crawl in begun.ended]
    results: list[CrawlResult] = []
    if begun.plans:
        results = run_fleet(
            begun.plans,
            evidence_dir=data / "evidence",
            save_pages=store.add_pages,
            save_result=save_result,
            forget_pages=store.forget_pages,
            on_progress=on_progress,
            on_wait=on_wait,
            answered_before=sum(result.answered for result in before),
            settings=settings,
        )
    whole = (*before, *results)
    unread = all(result.state is CrawlState.UNREACHABLE for result in whole)
    if unread:
        store.finish_night(begun.night.id, clock(), "outage")
    return CrawledNight(whole, unread or is_outage(results, sum(result.answered for result in before)))


def _result_of(store: Store, crawl: Crawl) -> CrawlResult:
    """A crawl that an earlier run had finished."""
    state = CrawlState(crawl.state)
    return CrawlResult(
        crawl_id=crawl.id,
        state=state,
        started_at=crawl.started_at,
        finished_at=crawl.finished_at or crawl.started_at,
        answered=state is not CrawlState.UNREACHABLE or any(page.record for page in store.pages(crawl.id)),
    )


def crawl_day(night: Night) -> date:
    """The province's calendar day on which the night began."""
    registry = registry_from_json(night.registry_json)
    return night.started_at.astimezone(ZoneInfo(registry.province.timezone)).date()


def facts_of_night(
    store: Store, data: Path, night: Night, as_of: date, sites: Iterable[str] = ()
) -> Iterator[SiteFacts]:
    """The facts of each finished crawl of a stored night, in the registry's order; of `sites` alone where given."""
    registry = registry_from_json(night.registry_json)
    observed = partial(read_observed, data / "evidence", area_codes=registry.province.area_codes)
    crawls = {crawl.site: crawl for crawl in store.crawls(night.id)}
    wanted = set(sites)
    for site in registry.sites:
        crawl = crawls.get(site.id)
        if crawl is None or crawl.finished_at is None or (wanted and site.id not in wanted):
            continue
        pages = store.pages(crawl.id)
        carried = carried_rows(store, crawl, pages)
        folder = data / "evidence"
        yield extract_facts(
            facet(registry, site),
            crawl_facet(crawl, pages, [page for _, page in carried]),
            chain(
                read_captures(folder, [(crawl.warc, page) for page in pages], observed=observed),
                read_captures(folder, carried, carried=True, observed=observed),
            ),
            as_of,
            probes_of(site, pages),
            remembered(store, crawl, as_of),
        )


def crawl_facet(crawl: Crawl, pages: Sequence[Page], carried: Sequence[Page] = ()) -> CrawlFacet:
    """A stored crawl as rules see it; `pages` counts the answers with status 2xx, those `carried` over among them."""

    def had(rows: Sequence[Page]) -> int:
        return sum(1 for page in rows if page.status is not None and 200 <= page.status < 300)

    return CrawlFacet(
        id=crawl.id,
        night=crawl.night,
        state=CrawlState(crawl.state),
        started_at=crawl.started_at,
        finished_at=crawl.finished_at or crawl.started_at,
        pages=had(pages) + had(carried),
        carried=had(carried),
        requests=crawl.requests,
        bytes=crawl.bytes,
        platform="",
        errors=json.loads(crawl.errors),
        bounds=tuple(json.loads(crawl.bounds)),
        unseen=json.loads(crawl.unseen),
    )


def ledger_rows(facts: SiteFacts, night: Night) -> list[Entry]:
    """The entries that were seen this night as rows of the ledger; those carried over or remembered are there."""
    return [
        Entry(
            province=night.province,
            site=facts.site.id,
            url=entry.url,
            title=entry.title,
            published=entry.published,
            date_text=entry.date_text,
            date_source=entry.date_source,
            section=entry.section,
            first_seen=night.id,
            last_seen=night.id,
            page=entry.seen.url,
            record=entry.seen.record,
            seen_at=entry.seen.captured_at,
        )
        for entry in facts.entries
        if entry.seen.captured_at >= night.started_at
    ]
