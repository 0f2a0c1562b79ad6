"""Many site crawls in one process, one crawler a site, polite together, each apart in its troubles."""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
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
from crawler.known import Known
from crawler.pace import Pacer
from crawler.record import CrawlRecord, KnownAnswers
from crawler.registry import ProvinceEntry, SiteEntry, is_local
from crawler.resolver import GuardedResolver
from crawler.spiders.site import SiteOrder, SiteSpider
from db.models import Page

logger = logging.getLogger(__name__)

OUTAGE_SHARE = 0.8
"""Of the sites of a night: when so many do not answer at all, the fault is ours."""


class Interrupted(Exception):
    """The run was asked to stop (SIGINT, SIGTERM); what was fetched is kept, and the next run goes on from there."""


class DelayRefused(Exception):
    """No pause between requests was asked for on a host that is not loopback."""


@dataclass(frozen=True, slots=True)
class CrawlPlan:
    """One site to crawl. `delay` in seconds: None for the registry's, else the setting; 0 only on loopback.

    `saved`: pages that an interrupted run has in the store; its WARC is read and gone on with. None: begin afresh.
    `known`: reads, once its turn has come, what earlier nights know of the site.
    """

    crawl_id: str
    site: SiteEntry
    province: ProvinceEntry
    max_pages: int
    delay: float | None
    as_of: date
    saved: tuple[Page, ...] | None = None
    known: Callable[[], Known | None] = lambda: None


@dataclass(frozen=True, slots=True)
class CrawlResult:
    """How a site's crawl ended. `warc` is relative to the evidence folder; `bytes` counts decoded bodies.

    `answered`: whether anything at all came from its server. `after`: the crawl that this one goes on from. `unseen`:
    addresses that each bound left out.
    """

    crawl_id: str
    state: CrawlState
    started_at: datetime
    finished_at: datetime
    requests: int = 0
    bytes: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    bounds: tuple[str, ...] = ()
    warc: str | None = None
    answered: bool = True
    after: str | None = None
    unseen: dict[str, int] = field(default_factory=dict)

    @property
    def is_doubtful(self) -> bool:
        """Unreachable, or with far fewer pages than usual: it is tried again before that is said."""
        return self.state is CrawlState.UNREACHABLE or "thin" in self.bounds


def check_delay(sites: Sequence[SiteEntry], delay: float | None) -> None:
    """Raise DelayRefused where a site that is not on loopback would be crawled without a pause. `delay`: None for the
    registry's own."""

    def effective(site: SiteEntry) -> float | None:
        return delay if delay is not None else site.delay

    wrong = [
        site.id
        for site in sites
        if (own := effective(site)) is not None and not (own > 0 or (own == 0 and is_local(site)))
    ]
    if wrong:
        raise DelayRefused(
            "khoảng nghỉ giữa hai yêu cầu (--delay) phải lớn hơn 0 giây; số 0 chỉ dùng cho địa chỉ nội bộ của máy này "
            f"(127.0.0.1), không dùng cho: {', '.join(wrong[:5])}"
        )


def run_fleet(
    plans: Sequence[CrawlPlan],
    *,
    evidence_dir: Path,
    save_pages: Callable[[list[Page]], None],
    save_result: Callable[[CrawlResult], None],
    forget_pages: Callable[[str], None] = lambda crawl_id: None,
    on_progress: Callable[[str, int, str], None] | None = None,
    settings: dict[str, Any] | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[CrawlResult]:
    """Crawl all sites and give their results in the order of the plans.

    Blocks; can be called once in a process, since the reactor starts once. A site that could not be reached, or that
    showed far fewer pages than usual, is tried again after all the others (`forget_pages` takes back what it had);
    where hardly any answers, all of those once more after a while (`is_outage`). What a failing callback raises ends
    the run: the database is gone, the disk is full. Raises Interrupted after a signal.
    """
    for plan in plans:
        check_delay([plan.site], plan.delay)
    chosen = Settings()
    chosen.setmodule("crawler.settings", priority="project")
    chosen.update(settings or {}, priority="cmdline")
    install_reactor(chosen["TWISTED_REACTOR"])
    from twisted.internet import reactor as installed  # only after install_reactor

    reactor: Any = installed
    _quiet(chosen["LOG_LEVEL"])
    local = frozenset(
        host
        for plan in plans
        if is_local(plan.site)
        for host in (urlsplit(plan.site.url or "").hostname or "", (plan.site.connect_to or "").rpartition(":")[0])
        if host
    )
    resolver = GuardedResolver(reactor, local_hosts=local, timeout=chosen.getfloat("DNS_TIMEOUT"))
    reactor.installNameResolver(resolver)
    fleet = _Fleet(
        chosen,
        resolver,
        evidence_dir,
        save_pages,
        save_result,
        forget_pages,
        on_progress or (lambda *_: None),
        clock,
    )
    outcome: list[Any] = []

    def end(result: Any) -> None:
        outcome.append(result)
        reactor.stop()

    reactor.callWhenRunning(lambda: deferred_from_coro(fleet.run(plans)).addBoth(end))
    with _signals(lambda: reactor.callFromThread(fleet.stop), lambda: reactor.callFromThread(reactor.stop)):
        reactor.run(installSignalHandlers=False)
    if not outcome:
        raise Interrupted
    [result] = outcome
    if hasattr(result, "raiseException"):
        result.raiseException()
    return list(result)


@contextmanager
def _signals(first: Callable[[], None], second: Callable[[], None]) -> Iterator[None]:
    """SIGINT and SIGTERM ask for a clean stop; a second one for a stop at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked: list[int] = []

    def handle(number: int, frame: object) -> None:
        (second if asked else first)()
        asked.append(number)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def is_outage(results: Sequence[CrawlResult]) -> bool:
    """Whether so many sites gave no answer at all that the fault is ours: no network, no names."""
    silent = sum(not result.answered for result in results)
    return silent == len(results) or (len(results) >= 5 and silent >= OUTAGE_SHARE * len(results))


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
        resolver: GuardedResolver,
        evidence_dir: Path,
        save_pages: Callable[[list[Page]], None],
        save_result: Callable[[CrawlResult], None],
        forget_pages: Callable[[str], None],
        on_progress: Callable[[str, int, str], None],
        clock: Callable[[], datetime],
    ) -> None:
        self.settings, self.resolver, self.evidence_dir, self.clock = settings, resolver, evidence_dir, clock
        self.save_pages, self.save_result, self.on_progress = save_pages, save_result, on_progress
        self.forget_pages = forget_pages
        self.runner = AsyncCrawlerRunner(settings)
        self.pacer = Pacer(
            budgets=settings.getlist("AUDIT_BUDGETS"),
            address_rate=settings.getint("AUDIT_ADDRESS_RATE"),
            address_at_once=settings.getint("AUDIT_ADDRESS_AT_ONCE"),
        )
        self.at_once = asyncio.Semaphore(settings.getint("AUDIT_SITES_AT_ONCE"))
        self.stopping = False
        self._spiders: set[SiteSpider] = set()
        self._doubtful: dict[str, CrawlRecord] = {}

    def stop(self) -> None:
        """Let what is on its way come in, and end."""
        self.stopping = True
        for spider in self._spiders:
            spider.stop("stopped")

    async def run(self, plans: Sequence[CrawlPlan]) -> list[CrawlResult]:
        results: dict[str, CrawlResult] = {}
        left = list(plans)
        for wave, wait in enumerate([0.0, *map(float, self.settings.getlist("AUDIT_WAVE_WAITS"))]):
            if wave > 1 and not is_outage(list(results.values())):
                break
            if wave and not all(is_local(plan.site) for plan in left):
                await self._rest(wait)
            for result in await self._all([self._turn(plan, again=wave > 0) for plan in left]):
                results[result.crawl_id] = result
            left = [plan for plan in left if results[plan.crawl_id].is_doubtful]
            if not left:
                break
        for plan in left:  # said only after the last wave: until then nothing of them is final
            record, result = self._doubtful[plan.crawl_id], results[plan.crawl_id]
            record.end()
            self.save_result(result)
            self.on_progress(plan.site.id, record.pages_had, str(result.state))
        return [results[plan.crawl_id] for plan in plans]

    async def _all(self, turns: Sequence[Coroutine[Any, Any, CrawlResult]]) -> list[CrawlResult]:
        """All of them; what one raises stops the others, which end cleanly before it is raised here."""
        ended = await asyncio.gather(*turns, return_exceptions=True)
        raised = [one for one in ended if isinstance(one, BaseException)]
        if raised:
            raise next((one for one in raised if not isinstance(one, Interrupted)), raised[0])
        return [one for one in ended if not isinstance(one, BaseException)]

    async def _rest(self, seconds: float) -> None:
        for _ in range(round(seconds)):
            if self.stopping:
                raise Interrupted
            await asyncio.sleep(1.0)

    async def _turn(self, plan: CrawlPlan, *, again: bool) -> CrawlResult:
        async with self.at_once:
            if self.stopping:
                raise Interrupted
            try:
                return await self._crawl(plan, again=again)
            except BaseException:
                self.stop()
                raise

    async def _crawl(self, plan: CrawlPlan, *, again: bool) -> CrawlResult:
        """One site, once. A site that can't be reached leaves no trace yet: the last wave decides."""
        site, started_at = plan.site, self.clock()
        night, _, name = plan.crawl_id.partition(".")
        warc = f"{night}/{name}.warc.gz"
        goes_on = plan.saved is not None and not again
        if not goes_on:
            (self.evidence_dir / warc).unlink(missing_ok=True)
        if again:
            self.forget_pages(plan.crawl_id)
        known = plan.known()
        evidence = EvidenceFile(
            self.evidence_dir,
            warc,
            software=self.settings["USER_AGENT"],
            started_at=started_at,
            known=known.payloads if known else (),
        )
        answers = KnownAnswers(self.evidence_dir, warc, plan.saved or ()) if goes_on else None
        record = CrawlRecord(plan.crawl_id, evidence, self.save_pages, answers, plan.saved or ())
        crawler = Crawler(SiteSpider, self.settings)
        try:
            await self.runner.crawl(
                crawler,
                order=self._order(plan),
                pacer=self.pacer,
                record=record,
                known=known,
                resolver=self.resolver,
                on_start=self._spiders.add,
                on_page=lambda pages: self.on_progress(site.id, pages, "running"),
            )
        finally:
            evidence.close()
        spider: Any = crawler.spider
        self._spiders.discard(spider)
        if spider.fatal is not None:
            raise spider.fatal
        if "stopped" in spider.bounds:
            record.flush()
            raise Interrupted
        result = CrawlResult(
            crawl_id=plan.crawl_id,
            state=spider.state(),
            started_at=started_at,
            finished_at=self.clock(),
            requests=spider.requests_sent + (answers.count if answers else 0),
            bytes=record.bytes_received + (answers.size if answers else 0),
            errors=record.errors(),
            bounds=spider.all_bounds(),
            warc=warc,
            answered=record.answered,
            after=known.after if known else None,
            unseen=spider.unseen(),
        )
        if result.is_doubtful:
            self._doubtful[plan.crawl_id] = record
        else:
            record.end()
            self.save_result(result)
            self.on_progress(site.id, record.pages_had, str(result.state))
        return result

    def _order(self, plan: CrawlPlan) -> SiteOrder:
        site, url = plan.site, plan.site.url or ""
        own = plan.delay if plan.delay is not None else site.delay
        return SiteOrder(
            crawl_id=plan.crawl_id,
            url=url,
            kind=str(site.kind),
            area_codes=plan.province.area_codes,
            install=site.install or (urlsplit(url).hostname or "").removeprefix("www."),
            connect_to=site.connect_to,
            delay=own if own is not None else self.settings.getfloat("AUDIT_DELAY"),
            max_pages=plan.max_pages,
            max_seconds=self.settings.getfloat("AUDIT_MAX_SECONDS"),
            as_of=plan.as_of,
        )
