"""Many site crawls in one process, one crawler a site, polite together, each apart in its troubles."""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.settings import Settings
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.reactor import install_reactor

from crawler.pace import pacer_of
from crawler.plan import CrawlPlan, CrawlResult, SiteOrder, check_delay, local_hosts, settings_of
from crawler.probes.network import PacedTurns, network_probes, outlook_of
from crawler.record import CrawlRecord
from crawler.registry import is_local
from crawler.resolver import GuardedResolver, guard
from crawler.spiders.site import SiteSpider
from crawler.turn import Interrupted, Turn
from db.models import Page

logger = logging.getLogger(__name__)

OUTAGE_SHARE = 0.8
OUTAGE_LEAST = 5
"""Of so many sites, when such a share does not answer at all, the fault is ours."""


def run_fleet(
    plans: Sequence[CrawlPlan],
    *,
    evidence_dir: Path,
    save_pages: Callable[[list[Page]], None],
    save_result: Callable[[CrawlResult], None],
    forget_pages: Callable[[str, Iterable[str] | None], None] = lambda crawl_id, urls: None,
    on_progress: Callable[[str, int, str], None] | None = None,
    on_wait: Callable[[int, float, bool], None] | None = None,
    answered_before: int = 0,
    settings: dict[str, Any] | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[CrawlResult]:
    """Crawl all sites and give their results in the order of the plans.

    Blocks; can be called once in a process, since the reactor starts once. A site that could not be reached, or that
    showed far fewer pages than usual, is tried again after all the others (`forget_pages` takes back what it had);
    where hardly any answers, all of those once more after a while, and in the end nothing is said of them
    (`is_outage`; `answered_before`: sites that did in an earlier run of the same night). `on_wait` is told before each
    further wave: sites left, seconds until then, whether it looks like our own outage. What a failing callback raises
    ends the run: the database is gone, the disk is full. Raises Interrupted after a signal.
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
    resolver = guard(reactor, local_hosts([plan.site for plan in plans]), chosen.getfloat("DNS_TIMEOUT"))
    fleet = _Fleet(
        chosen,
        resolver,
        evidence_dir,
        save_pages,
        save_result,
        forget_pages,
        on_progress or (lambda *_: None),
        on_wait or (lambda *_: None),
        answered_before,
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


def is_outage(results: Sequence[CrawlResult], answered_before: int = 0) -> bool:
    """Whether so many sites gave no answer at all that the fault is ours: no network, no names.

    A night that was cut off and goes on (`answered_before`) may end with a single site, which may well be dead.
    """
    silent = sum(not result.answered for result in results)
    if silent == len(results) and not answered_before:
        return True
    return len(results) >= OUTAGE_LEAST and silent >= OUTAGE_SHARE * len(results)


def _quiet(level: str) -> None:
    """What sites do wrong is data, not a log line."""
    for name in ("scrapy", "twisted", "asyncio"):
        logging.getLogger(name).setLevel(level)
    for name in (
        "scrapy.downloadermiddlewares.robotstxt",
        "scrapy.downloadermiddlewares.retry",
        "scrapy.core.downloader",
        "scrapy-playwright",
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
        forget_pages: Callable[[str, Iterable[str] | None], None],
        on_progress: Callable[[str, int, str], None],
        on_wait: Callable[[int, float, bool], None],
        answered_before: int,
        clock: Callable[[], datetime],
    ) -> None:
        self.settings, self.resolver, self.evidence_dir, self.clock = settings, resolver, evidence_dir, clock
        self.save_pages, self.save_result, self.on_progress = save_pages, save_result, on_progress
        self.forget_pages, self.on_wait, self.answered_before = forget_pages, on_wait, answered_before
        self.runner = AsyncCrawlerRunner(settings)
        self.pacer = pacer_of(settings)
        self.outlook = outlook_of(settings)
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
        outage = False
        for wave, wait in enumerate([0.0, *map(float, self.settings.getlist("AUDIT_WAVE_WAITS"))]):
            if wave > 1 and not outage:
                break
            if wave:
                seconds = 0.0 if all(is_local(plan.site) for plan in left) else wait
                self.on_wait(len(left), seconds, outage)
                await self._rest(seconds)
            for result in await self._all([self._turn(plan, again=wave > 0) for plan in left]):
                results[result.crawl_id] = result
            left = [plan for plan in left if results[plan.crawl_id].is_doubtful]
            outage = is_outage(list(results.values()), self.answered_before)
            if not left:
                break
        for plan in left:  # said only after the last wave: until then nothing of them is final
            record, result = self._doubtful[plan.crawl_id], results[plan.crawl_id]
            if outage and not result.answered:
                continue  # nothing at all is said of it: the crawl stays open
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

    async def _looked_at(self, plan: CrawlPlan, result: CrawlResult, order: SiteOrder) -> CrawlResult:
        """The result with what the network says of the site: DNS, IPv6, TLS. A handful of connections at its pace."""
        turns = PacedTurns(self.pacer, order.install, order.delay, lambda: self.stopping)
        kind, domain, local = plan.site.kind, plan.province.domain, is_local(plan.site)
        probes = await network_probes(order.url, kind, domain, local=local, turn=turns, outlook=self.outlook)
        return replace(result, probes=(*result.probes, *probes), requests=result.requests + turns.count)

    async def _crawl(self, plan: CrawlPlan, *, again: bool) -> CrawlResult:
        """One site, once. What came of a doubtful one is not final yet: the last wave decides."""
        settings = settings_of(plan, self.settings)
        turn = Turn(
            plan,
            settings,
            self.evidence_dir,
            save_pages=self.save_pages,
            forget_pages=self.forget_pages,
            clock=self.clock,
            again=again,
        )
        crawler = Crawler(SiteSpider, settings)
        try:
            await self.runner.crawl(
                crawler,
                **turn.arguments(self.pacer),
                resolver=self.resolver,
                on_start=self._spiders.add,
                on_page=lambda pages: self.on_progress(plan.site.id, pages, "running"),
            )
        finally:
            turn.close()
        spider: Any = crawler.spider
        self._spiders.discard(spider)
        result, record = await self._looked_at(plan, turn.result(spider), spider.order), turn.record
        if result.is_doubtful:
            self._doubtful[plan.crawl_id] = record
        else:
            record.end()
            self.save_result(result)
            self.on_progress(plan.site.id, record.pages_had, str(result.state))
        return result
