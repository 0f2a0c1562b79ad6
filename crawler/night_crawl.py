"""The crawl of a night: what is left of it goes through the fleet, into evidence and store."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from crawler.facts import CrawlState
from crawler.fleet import is_outage, run_fleet
from crawler.plan import CrawlResult
from crawler.resume import BegunNight, keep_result
from db.models import Crawl
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

    before = [_result_of(store, crawl) for crawl in begun.ended]
    results: list[CrawlResult] = []
    if begun.plans:
        results = run_fleet(
            begun.plans,
            evidence_dir=data / "evidence",
            save_pages=store.add_pages,
            save_result=partial(keep_result, store),
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
