"""Many site crawls in one process, one crawler a site, polite together, each apart in its troubles."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.settings import Settings
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.reactor import install_reactor

from crawler.evidence import EvidenceFile
from crawler.facts import CrawlState
from crawler.middlewares import GuardedResolver
from crawler.pace import Pacer
from crawler.registry import ProvinceEntry, SiteEntry, is_local
from crawler.spiders.site import SiteSpider
from db.models import Page

logger = logging.getLogger(__name__)


class DelayRefused(Exception):
    """No pause between requests was asked for on a host that is not loopback."""


@dataclass(frozen=True, slots=True)
class CrawlPlan:
    """One site to crawl. `delay` in seconds: None for the registry's, else the setting; 0 only on loopback."""

    crawl_id: str
    site: SiteEntry
    province: ProvinceEntry
    max_pages: int
    delay: float | None
    as_of: date


@dataclass(frozen=True, slots=True)
class CrawlResult:
    """How a site's crawl ended. `warc` is relative to the evidence folder; `bytes` counts decoded bodies."""

    crawl_id: str
    state: CrawlState
    started_at: datetime
    finished_at: datetime
    requests: int = 0
    bytes: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    bounds: tuple[str, ...] = ()
    warc: str | None = None


def check_delay(sites: Sequence[SiteEntry], delay: float | None) -> None:
    """Raise DelayRefused where crawling without a pause is asked for on hosts that are not loopback."""
    wrong = [site.id for site in sites if delay == 0 and not is_local(site)]
    if wrong:
        raise DelayRefused(
            f"--delay 0 chỉ dùng cho địa chỉ nội bộ của máy này (127.0.0.1); không dùng cho: {', '.join(wrong[:5])}"
        )


def run_fleet(
    plans: Sequence[CrawlPlan],
    *,
    evidence_dir: Path,
    save_pages: Callable[[list[Page]], None],
    save_result: Callable[[CrawlResult], None],
    on_progress: Callable[[str, int, str], None] | None = None,
    settings: dict[str, Any] | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[CrawlResult]:
    """Crawl all sites and give their results in the order of the plans.

    Blocks; can be called once in a process, since the reactor starts once. A site that could not be reached is tried
    again after all the others. What a failing callback raises ends the run: the database is gone, the disk is full.
    """
    check_delay([plan.site for plan in plans], 0 if any(plan.delay == 0 for plan in plans) else None)
    chosen = Settings()
    chosen.setmodule("crawler.settings", priority="project")
    chosen.update(settings or {}, priority="cmdline")
    install_reactor(chosen["TWISTED_REACTOR"])
    from twisted.internet import reactor as installed  # only after install_reactor

    reactor: Any = installed
    _quiet(chosen["LOG_LEVEL"])
    local = [plan.site for plan in plans if is_local(plan.site)]
    GuardedResolver.local_hosts = frozenset(
        host
        for site in local
        for host in (urlsplit(site.url or "").hostname or "", (site.connect_to or "").rpartition(":")[0])
        if host
    )
    GuardedResolver(reactor, 10_000, chosen.getfloat("DNS_TIMEOUT")).install_on_reactor()
    fleet = _Fleet(chosen, evidence_dir, save_pages, save_result, on_progress or (lambda *_: None), clock)
    outcome: list[Any] = []

    def end(result: Any) -> None:
        outcome.append(result)
        reactor.stop()

    reactor.callWhenRunning(lambda: deferred_from_coro(fleet.run(plans)).addBoth(end))
    reactor.run()
    [result] = outcome
    if hasattr(result, "raiseException"):
        result.raiseException()
    return list(result)


def _quiet(level: str) -> None:
    """What sites do wrong is data, not a log line."""
    for name in ("scrapy", "twisted", "asyncio"):
        logging.getLogger(name).setLevel(level)
    for name in (
        "scrapy.downloadermiddlewares.robotstxt",
        "scrapy.downloadermiddlewares.retry",
        "scrapy.core.downloader",
    ):
        logging.getLogger(name).setLevel("CRITICAL")


class _Fleet:
    def __init__(
        self,
        settings: Settings,
        evidence_dir: Path,
        save_pages: Callable[[list[Page]], None],
        save_result: Callable[[CrawlResult], None],
        on_progress: Callable[[str, int, str], None],
        clock: Callable[[], datetime],
    ) -> None:
        self.settings, self.evidence_dir, self.clock = settings, evidence_dir, clock
        self.save_pages, self.save_result, self.on_progress = save_pages, save_result, on_progress
        self.runner = AsyncCrawlerRunner(settings)
        self.pacer = Pacer(
            budgets=settings.getlist("AUDIT_BUDGETS"),
            address_rate=settings.getint("AUDIT_ADDRESS_RATE"),
            address_at_once=settings.getint("AUDIT_ADDRESS_AT_ONCE"),
        )

    async def run(self, plans: Sequence[CrawlPlan]) -> list[CrawlResult]:
        at_once = asyncio.Semaphore(self.settings.getint("AUDIT_SITES_AT_ONCE"))

        async def one(plan: CrawlPlan, last: bool) -> CrawlResult:
            async with at_once:
                return await self._crawl(plan, last)

        first = await _all([one(plan, False) for plan in plans])
        again = [plan for plan, result in zip(plans, first, strict=True) if result.state is CrawlState.UNREACHABLE]
        second = dict(
            zip([plan.crawl_id for plan in again], await _all([one(plan, True) for plan in again]), strict=True)
        )
        return [second.get(result.crawl_id, result) for result in first]

    async def _crawl(self, plan: CrawlPlan, last: bool) -> CrawlResult:
        """One site, once. In the first wave a site that can't be reached leaves no trace: the second wave decides."""
        site, started_at = plan.site, self.clock()
        night, _, name = plan.crawl_id.partition(".")
        warc = f"{night}/{name}.warc.gz"
        evidence = EvidenceFile(self.evidence_dir / warc, software=self.settings["USER_AGENT"], started_at=started_at)
        crawler = Crawler(SiteSpider, self.settings)
        url = site.url or ""
        trouble = None
        try:
            await self.runner.crawl(
                crawler,
                crawl_id=plan.crawl_id,
                site_url=url,
                kind=str(site.kind),
                area_codes=plan.province.area_codes,
                install=site.install or (urlsplit(url).hostname or "").removeprefix("www."),
                connect_to=site.connect_to,
                delay=self._delay(plan),
                max_pages=plan.max_pages,
                max_seconds=self.settings.getfloat("AUDIT_MAX_SECONDS"),
                wait_limit=self.settings.getfloat("AUDIT_WAIT_LIMIT"),
                as_of=plan.as_of,
                pacer=self.pacer,
                evidence=evidence,
                save_pages=self.save_pages,
                on_page=lambda pages: self.on_progress(site.id, pages, "running"),
            )
        except Exception as error:
            trouble = error
            logger.error("crawl of %s: %s", site.id, "".join(traceback.format_exception(error)))
        finally:
            evidence.close()
        spider: Any = crawler.spider
        state = spider.state() if spider is not None else CrawlState.UNREACHABLE
        if trouble is not None and state is CrawlState.COMPLETE:
            state = CrawlState.PARTIAL
        result = CrawlResult(
            crawl_id=plan.crawl_id,
            state=state,
            started_at=started_at,
            finished_at=self.clock(),
            requests=spider.requests_sent if spider is not None else 0,
            bytes=spider.bytes_received if spider is not None else 0,
            errors=dict(sorted(spider.errors.items())) if spider is not None else {"server_error": 1},
            bounds=tuple(spider.bounds) if spider is not None else (),
            warc=warc,
        )
        if state is not CrawlState.UNREACHABLE or last:
            if spider is not None:
                spider.flush()
            self.save_result(result)
            self.on_progress(site.id, spider.pages_had if spider is not None else 0, str(state))
        return result

    def _delay(self, plan: CrawlPlan) -> float:
        if plan.delay is not None:
            return plan.delay
        return plan.site.delay if plan.site.delay is not None else self.settings.getfloat("AUDIT_DELAY")


async def _all(tasks: Sequence[Awaitable[CrawlResult]]) -> list[CrawlResult]:
    return list(await asyncio.gather(*tasks))
