"""A stored night: its day, the facts of its pages, its rows of the ledger. Wires store and extractors."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo

from crawler.evidence import read_captures
from crawler.extract.site import extract_facts
from crawler.facts import CrawlFacet, CrawlState, SiteFacts
from crawler.known import carried_rows, remembered
from crawler.observed import read_observed
from crawler.probes.stored import probes_of
from crawler.registry import facet, registry_from_json
from db.models import Crawl, Entry, Night, Page
from db.store import Store


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
            probes_of(site, pages, crawl.probes),
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
