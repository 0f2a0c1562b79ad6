"""A night: one run over a registry, and the facts of a stored night. Wires fleet, store and extractors."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo

from crawler.evidence import read_captures
from crawler.extract.site import extract_facts
from crawler.facts import CrawlFacet, CrawlState, Kind, SiteFacts
from crawler.fleet import is_outage, run_fleet
from crawler.known import carried_rows, read_known, remembered
from crawler.observed import read_observed
from crawler.plan import CrawlPlan, CrawlResult
from crawler.probes import probes_of
from crawler.registry import Registry, SiteEntry, facet, registry_from_json, registry_to_json
from db.models import Crawl, Entry, Night, Page, Site
from db.store import Store

MAX_PAGES = {Kind.PORTAL: 20_000}
MAX_PAGES_DEFAULT = 3_000


@dataclass(frozen=True, slots=True)
class NightRun:
    """What to crawl and how. `max_pages` a site and `delay` in seconds: None for the default and the registry's."""

    registry: Registry
    sites: Sequence[SiteEntry]
    as_of: date
    started_at: datetime
    token: str  # makes the night's id unique within a second
    max_pages: int | None = None
    delay: float | None = None
    full: bool = False  # ask for every page, known or not

    @property
    def id(self) -> str:
        return f"{self.started_at:%Y%m%d-%H%M%S}-{self.token}"


def crawl_night(
    store: Store,
    data: Path,
    run: NightRun,
    *,
    clock: Callable[[], datetime],
    on_progress: Callable[[str, int, str], None] | None = None,
) -> list[CrawlResult]:
    """Crawl the run's sites into `data`/evidence and the store. Blocks; once per process (the reactor starts once).

    A night of which no site answered is stored as `outage`: nobody is to be blamed for it.
    """
    province = run.registry.province
    night = Night(
        id=run.id,
        province=province.id,
        started_at=run.started_at,
        state="running",
        registry_json=registry_to_json(run.registry),
    )
    plans = [
        CrawlPlan(
            crawl_id=f"{run.id}.{site.id}",
            site=site,
            province=province,
            max_pages=run.max_pages or MAX_PAGES.get(site.kind, MAX_PAGES_DEFAULT),
            delay=run.delay,
            as_of=run.as_of,
            known=partial(
                read_known,
                store,
                data / "evidence",
                province.id,
                site.id,
                before=run.started_at,
                as_of=run.as_of,
                max_pages=run.max_pages or MAX_PAGES.get(site.kind, MAX_PAGES_DEFAULT),
                full=run.full,
            ),
        )
        for site in run.sites
    ]
    store.start_night(
        night,
        [Site(province=province.id, id=site.id, name=site.name, kind=site.kind, url=site.url) for site in run.sites],
        [
            Crawl(
                id=plan.crawl_id,
                night=run.id,
                province=province.id,
                site=plan.site.id,
                started_at=run.started_at,
                state="running",
            )
            for plan in plans
        ],
    )

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

    evidence = data / "evidence" / run.id
    evidence.mkdir(parents=True, exist_ok=True)
    results = run_fleet(
        plans,
        evidence_dir=data / "evidence",
        save_pages=store.add_pages,
        save_result=save_result,
        forget_pages=store.forget_pages,
        on_progress=on_progress,
    )
    store.finish_night(run.id, clock(), "outage" if is_outage(results) else "complete")
    return results


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
        if entry.seen.captured_at >= facts.crawl.started_at
    ]
