"""One spider for every site: one request at a time, the next one chosen by the frontier."""

import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import scrapy
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from crawler.alone import arguments_alone
from crawler.answers import Answer, answer_of
from crawler.captures import Capture
from crawler.chromium import BrowserAbsent
from crawler.ending import STOPS, bounds_of, state_of, unseen_of
from crawler.evidence import Stored
from crawler.extract.observation import Observation
from crawler.extract.page import observe
from crawler.extract.pages import is_html
from crawler.facts import CrawlState, ProbeReason, Problem
from crawler.failures import obstacle_of
from crawler.frontier import Frontier, Planned, Rank, listing_order
from crawler.known import LASTING, Known
from crawler.obstacles import NO_CONTENT, Obstacle, find_obstacle, find_onward
from crawler.origins import Origins
from crawler.pace import Pacer, Stopped
from crawler.plan import SiteOrder
from crawler.probes.watch import Watch
from crawler.record import CrawlRecord
from crawler.redirects import LOGIN, Redirects
from crawler.rendering import SiteRenderer
from crawler.resolver import GuardedResolver
from crawler.robots import MAX_REDIRECTS, Robots, read_robots, robots_url
from crawler.scope import Scope
from crawler.urls import canonical, page_key

logger = logging.getLogger(__name__)

TROUBLES_IN_A_ROW = 10
"""Pages that fail one after the other before a site is left alone for the night."""
UNREAD_ROBOTS = frozenset({"flood_page", "cookie_challenge", "too_many_requests", "cut"})
"""What in the place of robots.txt says nothing of what it allows."""
PAUSES = 2
"""How often a wait that the server asks for is granted for one page."""


PROBE = "probe"
"""In the place of a robots.txt: a request for the probes. A site's own pages don't wait for it long."""
PROBE_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Tries:
    """What was done already to get one page."""

    pauses: int = 0
    faults: int = 0
    cookies: int = 0


IN_PLACE = frozenset({Problem.BLOCKED, Problem.SERVER_ERROR})
ONE_TRY = Tries(pauses=PAUSES - 1, faults=99)


class SiteSpider(scrapy.Spider):
    """Crawls one site and hands over its pages. Made by crawler/fleet.py, which gives it all that it needs; started by
    `scrapy crawl site -a site=ID`, crawler/alone.py gives the same."""

    name = "site"

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "SiteSpider":
        if "order" not in kwargs:
            kwargs = arguments_alone(crawler, **kwargs)
        spider: SiteSpider = super().from_crawler(crawler, *args, **kwargs)
        return spider

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """robots.txt and second tries are the spider's own: paced, kept as evidence, after the pause asked for."""
        super().update_settings(settings)
        settings.setdict({"ROBOTSTXT_OBEY": False, "RETRY_ENABLED": False}, priority="spider")

    def __init__(
        self,
        *,
        order: SiteOrder,
        pacer: Pacer,
        record: CrawlRecord,
        known: Known | None,
        resolver: GuardedResolver,
        on_start: Callable[["SiteSpider"], None],
        on_page: Callable[[int], None],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.order, self.pacer, self.record, self.resolver, self.on_page = order, pacer, record, resolver, on_page
        self.install, self.delay, self.connect_to = order.install, order.delay, order.connect_to
        self.scope = Scope.of(order.url)
        self.origins = Origins()
        self.watch = Watch(order.url, today=datetime.now(UTC).date(), has_twin=order.has_twin)
        self.known = known
        goes_on = known is not None and known.after is not None
        self.frontier = Frontier(
            self.scope,
            order.as_of,
            order.kind,
            known.pages if known and goes_on else None,
            known.entries if known and goes_on else frozenset(),
        )
        self._unread = known.captures() if known and goes_on and not known.whole else iter(())
        self.deadline = time.monotonic() + order.max_seconds
        self.requests_sent = 0
        self.pages_asked = 0
        self.bounds: set[str] = set()
        self.fatal: Exception | None = None
        self._renderer = SiteRenderer(self)
        self._robots: dict[str, Robots] = {}
        self._waiting: Planned | None = None  # for its origin's robots.txt
        self._cookies: dict[str, str] = {}  # that a challenge or a redirect asked for
        self._redirects = Redirects(self.scope)
        self._failed: list[Planned] = []
        self._second_wave = False
        self._troubles = 0
        on_start(self)

    # -- what the middlewares ask and tell ----------------------------------------------------------------------

    async def address_of(self, url: str) -> str:
        """The address that a request will go to, before it goes; raises DNSLookupError."""
        if self.connect_to:
            return self.connect_to.rsplit(":", 1)[0]
        return await self.resolver.address_of(urlsplit(url).hostname or "")

    def count_request(self) -> None:
        self.requests_sent += 1
        self._count("request/sent")

    def may_fetch(self, url: str) -> bool:
        """Whether robots.txt, as far as it was read, allows an address."""
        robots = self._robots.get(robots_url(url))
        return robots is not None and robots.allows(url, self.settings["ROBOTSTXT_USER_AGENT"])

    def keep(self, url: str, answer: Answer) -> None:
        """Keep as evidence what a page in the browser was answered."""
        try:
            self.record.store(url, answer)
        except Exception as error:  # handed to the fleet, which raises it
            self.fatal = error
            self.stop("stopped")

    def is_stopped(self) -> bool:
        return not STOPS.isdisjoint(self.bounds)

    def stop(self, bound: str) -> None:
        """Ask for nothing more; what is on its way still comes in."""
        self.bounds.add(bound)

    # -- the chain: each answer, or failure to get one, leads to the next request --------------------------------

    async def start(self) -> AsyncIterator[Request]:
        home = canonical(self.order.url)
        if home is not None:
            self.frontier.add(home, Rank.HOME, 0)
        for request in self._chain(lambda: None):
            yield request

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Request]:
        meta = response.meta
        answer = meta["audit_known"] or answer_of(response, datetime.now(UTC))
        yield from self._chain(lambda: self._answered(meta["planned"], answer, meta["tries"], meta["robots"]))

    def failed(self, failure: Failure) -> Iterator[Request]:
        if failure.check(Stopped):
            return
        meta = failure.request.meta  # type: ignore[attr-defined]  # set by Scrapy
        obstacle = obstacle_of(failure)
        if obstacle.problem is Problem.CUT_SHORT and meta["robots"] != PROBE:
            self.bounds.add("bytes")
        yield from self._chain(lambda: self._without_answer(meta["planned"], obstacle, meta["tries"], meta["robots"]))

    def _chain(self, step: Callable[[], Request | None]) -> Iterator[Request]:
        """Do a step and give the request that it or the frontier asks for. What fails here is ours: it ends the run."""
        try:
            request = step() or self._next()
        except Exception as error:  # handed to the fleet, which raises it
            self.fatal = error
            self.stop("stopped")
            return
        if request is not None:
            yield request

    def _next(self) -> Request | None:
        while not self.is_stopped():
            if probing := self._for_probes():
                return probing
            planned = self._waiting or self._from_frontier() or self._once_more()
            self._waiting = None
            if planned is None or self._is_over(planned):
                return None
            own, planned = planned, replace(planned, url=self._living(planned.url))
            origin = robots_url(planned.url)
            robots = self._robots.get(origin)
            if robots is None:
                self._waiting = own
                tries = Tries() if planned is own or planned.url == own.url else ONE_TRY
                request = self._ask(replace(planned, url=origin), tries, robots=origin)
            elif not robots.allows(planned.url, self.settings["ROBOTSTXT_USER_AGENT"]):
                problem = robots.problem or Problem.ROBOTS
                self._failure(planned, problem)
                if robots.problem:
                    self._trouble(planned)
                request = None
            else:
                self.pages_asked += 1
                request = self._ask(planned)
            if request is not None:
                return request
        return None

    def _living(self, url: str) -> str:
        """Where a page is asked for: at its twin where its origin is silent, unless the twin leads back there."""
        living = self.origins.living(url) if self.order.has_twin else url
        return url if self._redirects.leads_back(living, url) else living

    def _for_probes(self) -> Request | None:
        """A request that the probes want, where robots.txt allows it."""
        while (url := self.watch.next()) is not None:
            robots = self._robots.get(robots_url(url)) or self._robots.get(robots_url(self.order.url)) or Robots()
            if robots.allows(url, self.settings["ROBOTSTXT_USER_AGENT"]):
                return self._ask(Planned(Rank.HOME, 0, url, 0), ONE_TRY, PROBE)
            self.watch.failed(url, ProbeReason.ROBOTS)
        return None

    def _from_frontier(self) -> Planned | None:
        """The frontier's next address; then what the pages of a night that was cut short led to; then known pages."""
        while (planned := self.frontier.pop()) is None:
            capture = next(self._unread, None)
            if capture is None:
                self.frontier.refresh()
                return self.frontier.pop()
            if capture.status == 200 and is_html(capture) and (observation := self._observed(capture)):
                self.frontier.learn(observation, Planned(Rank.OTHER, 0, capture.url, capture.depth), unread=True)
        return planned

    def _is_over(self, planned: Planned) -> bool:
        """Whether a bound forbids the page that would be next; one that would only be refreshed is no loss."""
        bound = "pages" if self.pages_asked >= self.order.max_pages else "time"
        if bound == "time" and time.monotonic() <= self.deadline:
            return False
        if planned.rank is not Rank.REFRESH:
            self.stop(bound)
        return True

    def _once_more(self) -> Planned | None:
        """A second wave over the pages that failed: one failed visit proves nothing (field notes 0.15)."""
        self._second_wave = True
        return self._failed.pop(0) if self._failed else None

    def _ask(self, planned: Planned, tries: Tries = Tries(), robots: str = "") -> Request:
        """The request for a page. Where an interrupted run has its answer, that goes with it instead of to the site:
        through the engine all the same, since a thousand pages read in one go would let other sites' answers wait."""
        known = self.record.take_known(planned.url)
        if known is not None:
            self._count("request/known")
        return Request(
            planned.url,
            callback=self.parse,
            errback=self.failed,
            headers=self._headers(planned),
            dont_filter=True,  # the frontier has seen to it, by page and not by address
            meta={
                "planned": planned,
                "tries": tries,
                "robots": robots,
                "audit_known": known or self._renderer.shell(planned.url),
                **({"download_timeout": PROBE_SECONDS} if tries.faults >= ONE_TRY.faults else {}),
            },
        )

    def _headers(self, planned: Planned) -> dict[str, str]:
        """The cookie of a challenge; validators of a known page, but not of the home page: a server that says "not
        modified" of everything must not hide a change."""
        headers = {"Cookie": "; ".join(map("=".join, self._cookies.items()))} if self._cookies else {}
        known = self.frontier.known.get(page_key(planned.url))
        if known is not None and known.payload is not None and planned.rank is not Rank.HOME:
            if known.url == planned.url and known.etag:
                headers["If-None-Match"] = known.etag
            if known.url == planned.url and known.modified:
                headers["If-Modified-Since"] = known.modified
        return headers

    # -- what came ---------------------------------------------------------------------------------------------

    def _answered(self, planned: Planned, answer: Answer, tries: Tries, robots: str) -> Request | None:
        known = self.frontier.known.get(page_key(planned.url)) if answer.status == 304 else None
        if known is not None and known.payload is not None:
            answer = self.record.unchanged(planned.url, answer, known.payload)
        obstacle = find_obstacle(answer.status, answer.lower_headers, answer.body, answer.at)
        if obstacle is not None and obstacle.wait and answer.stored is not None:  # the wait of an interrupted run
            gone = (datetime.now(UTC) - answer.at).total_seconds()
            obstacle = replace(obstacle, wait=max(0.0, obstacle.wait - gone))
        if obstacle is None and answer.cut:
            obstacle = Obstacle(Problem.CUT_SHORT, "cut", passing=True)
        if obstacle is not None and obstacle.name == NO_CONTENT and robots:
            obstacle = None
        if robots == PROBE:
            self.record.store(planned.url, answer)
            again = self._overcome(planned, obstacle, tries, robots) if obstacle else None
            if again is None:
                self.watch.answered(planned.url, answer, blocked=obstacle is not None and obstacle.problem in IN_PLACE)
            return again
        location = answer.location(planned.url)
        if location is not None:
            obstacle = self._redirects.obstacle(planned.url, location, answer)
        elif obstacle is None and 300 <= answer.status < 400:
            obstacle = Obstacle(Problem.SERVER_ERROR, "leads_nowhere")
        stored = self.record.store(planned.url, answer)
        if obstacle is not None and (again := self._overcome(planned, obstacle, tries, robots)):
            return again
        if robots:
            return self._read_robots(planned, answer, obstacle, location, robots)
        return self._take(planned, answer, obstacle, location, stored)

    def _overcome(self, planned: Planned, obstacle: Obstacle, tries: Tries, robots: str) -> Request | None:
        """A further try where there is a clean way: after the wait that was asked for, with the cookie, or later."""
        self._count(f"obstacle/{obstacle.name}")
        if obstacle.cookie and not tries.cookies:
            for part in obstacle.cookie.split("; "):
                name, _, value = part.partition("=")
                self._cookies[name] = value
            return self._ask(replace(planned, url=obstacle.again or planned.url), replace(tries, cookies=1), robots)
        if robots == PROBE and obstacle.problem is not Problem.BLOCKED:
            return None  # a feed that is out of order is no reason to wait
        if obstacle.wait is not None:
            self.heed(planned.url, obstacle)
            if tries.pauses < PAUSES and not self.is_stopped():
                return self._ask(planned, replace(tries, pauses=tries.pauses + 1), robots)
        elif obstacle.passing and tries.faults < self._tries_left():
            if self.delay:
                pause = self.settings.getfloat("AUDIT_RETRY_WAIT") * 3**tries.faults
                self.pacer.pause(self.install, self._known_address(planned.url), pause)
            return self._ask(planned, replace(tries, faults=tries.faults + 1), robots)
        return None

    def heed(self, url: str, obstacle: Obstacle) -> None:
        """Wait as long as the server asks for; too long a wait ends the crawl."""
        address = self._known_address(url)
        if obstacle.name == "flood_page":
            self.pacer.flooded(self.install, address)
        if obstacle.wait is not None and obstacle.wait > self.settings.getfloat("AUDIT_WAIT_LIMIT"):
            self.stop("wait")
        elif obstacle.wait:
            self.pacer.pause(self.install, address, obstacle.wait)

    def _known_address(self, url: str) -> str:
        if self.connect_to:
            return self.connect_to.rsplit(":", 1)[0]
        return self.resolver.known_address(urlsplit(url).hostname or "")

    def _tries_left(self) -> int:
        """A site in trouble, and a page that failed before, are not asked over and over."""
        return 0 if self._second_wave or self._troubles >= 3 else self.settings.getint("RETRY_TIMES")

    def _read_robots(
        self, planned: Planned, answer: Answer, obstacle: Obstacle | None, location: str | None, robots: str
    ) -> Request | None:
        """Take the rules of an origin, after at most five redirects inside the site (RFC 9309 section 2.3.1.2)."""
        if location is not None and obstacle is None and planned.depth < MAX_REDIRECTS:
            return self._ask(replace(planned, url=location, depth=planned.depth + 1), robots=robots)
        if obstacle is not None and (obstacle.name in UNREAD_ROBOTS or answer.status >= 500):
            self._robots[robots] = Robots(problem=obstacle.problem)
        else:
            self._robots[robots] = read_robots(answer.status, answer.header("content-type"), answer.body)
        self.watch.robots(answer, self._robots[robots])
        delay = self._robots[robots].delay(self.settings["ROBOTSTXT_USER_AGENT"])
        if delay:
            self.pacer.slow_down(self.install, delay)
        return None

    def _without_answer(self, planned: Planned, obstacle: Obstacle, tries: Tries, robots: str) -> Request | None:
        if again := self._overcome(planned, obstacle, tries, robots):
            return again
        is_large = obstacle.problem is Problem.CUT_SHORT
        if robots == PROBE:
            self.watch.failed(planned.url, ProbeReason.TOO_LARGE if is_large else ProbeReason.UNREACHABLE)
        elif robots:
            self._robots[robots] = Robots(problem=obstacle.problem)
            if not is_large:
                self.origins.silent(robots, nameless=not obstacle.passing)
                self.watch.closed(robots)
        else:
            self._failure(planned, obstacle.problem)
            self._trouble(planned)
        return None

    def _failure(self, planned: Planned, problem: Problem) -> None:
        """Keep that a page could not be had; one that was only refreshed stands as it was had."""
        if planned.rank is not Rank.REFRESH:
            self.record.failure(planned.url, planned.depth, problem)

    def _trouble(self, planned: Planned) -> None:
        """Note that a page failed; after too many in a row the site is left alone."""
        self._troubles += 1
        if not self._second_wave:
            self._failed.append(planned)
        if self._troubles >= TROUBLES_IN_A_ROW:
            self.stop("errors")

    def _take(
        self,
        planned: Planned,
        answer: Answer,
        obstacle: Obstacle | None,
        location: str | None,
        stored: Any,
        *,
        opened: bool = False,
        leads_to: str | None = None,
    ) -> Request | None:
        """Keep an answer as a page and learn from it; or ask the browser for what becomes of a page without content.

        `opened`: that was done, and the answer is what came of it, or the plain one where nothing did; `leads_to`:
        where its scripts sent the reader.
        """
        problem = obstacle.problem if obstacle else None
        if problem in (Problem.SERVER_ERROR, Problem.BLOCKED):
            location = None  # a circle leads nowhere, a login is not gone to
        page = is_page = None
        if obstacle is None and location is None and 200 <= answer.status < 300:
            page = Capture(planned.url, answer.status, answer.lower_headers, answer.body, answer.at)
            is_page = is_html(page)
            self._troubles = 0
        observation = self._observed(page) if page is not None and is_page else None
        if observation is not None and observation.needs_browser and not opened:
            if planned.rank is Rank.HOME:
                self.watch.home(planned.url, answer, had=False)  # as the server sent it
            if request := self._render(planned, answer, stored):
                return request
            opened = True
        onward, frames = find_onward(planned.url, answer.body) if page and is_page and not opened else (None, ())
        if observation is not None and observation.needs_browser:
            onward = leads_to
        onward = canonical(onward) if onward else None
        if onward and page_key(onward) != page_key(planned.url):
            location = onward
        if observation is not None and observation.hacked:
            self._count("obstacle/hacked")
            problem, page, observation, location, frames = Problem.HACKED, None, None, None, ()
        if observation is not None and (observation.needs_browser or observation.unfinished):
            self.record.not_seen(Problem.NEEDS_BROWSER)
        if planned.rank is Rank.HOME:
            self.watch.home(planned.url, answer, had=observation is not None and location is None)
        if page is not None:
            self.record.is_had(planned.url)
            self._count("page/html" if is_page else "page/other")
        elif location is not None:
            self._count("page/redirect")
        if problem is None or planned.rank is not Rank.REFRESH or problem in LASTING:
            self.record.page(
                planned.url,
                planned.depth,
                answer,
                stored,
                problem,
                location,
                role=planned.role,
                listing=listing_order(observation) if observation is not None else "",
                passing=location is not None and bool(answer.cookies()),
            )
        if problem is not None:
            if problem not in (Problem.DEAD_LINK, Problem.OUT_OF_SCOPE) and not (obstacle and obstacle.name == LOGIN):
                self._trouble(planned)
            else:
                self._troubles = 0
            return None
        if location is not None:
            self._lead_on(planned, location)
        for frame in frames:
            if target := canonical(urljoin(planned.url, frame)):
                self.frontier.add(target, planned.rank, planned.depth + 1)
        if page is not None:
            self.on_page(self.record.pages_had)
        if observation is not None:
            self.record.observed.write(stored.record, observation)
            self.frontier.learn(observation, planned)
        return None

    # -- pages without content, in the browser ----------------------------------------------------------------------

    def _render(self, planned: Planned, answer: Answer, stored: Stored) -> Request | None:
        """The request that opens a page in the browser, None where there is none."""
        known = self.record.take_rendered(planned.url)
        if known is None and self._renderer.is_absent:
            return None
        request = self._renderer.request(planned.url, replace(answer, stored=stored), self.opened, self.not_opened)
        request.meta.update({"planned": planned, "audit_known": known})
        return request

    def opened(self, response: Response, **kwargs: Any) -> Iterator[Request]:
        yield from self._chain(lambda: self._opened(response.meta))

    def not_opened(self, failure: Failure) -> Iterator[Request]:
        meta = failure.request.meta  # type: ignore[attr-defined]  # set by Scrapy
        crashed = "Closed" in type(failure.value).__name__ or "crash" in str(failure.value)
        again = self._renderer.failed(browser_gone=bool(failure.check(BrowserAbsent)), crashed=crashed)
        plain = meta["rendering"].answer

        def step() -> Request | None:
            if again:
                return self._render(meta["planned"], plain, plain.stored)
            return self._take(meta["planned"], plain, None, None, plain.stored, opened=True)

        yield from self._chain(step)

    def _opened(self, meta: dict[str, Any]) -> Request | None:
        planned, rendering = meta["planned"], meta["rendering"]
        rendered = meta["audit_known"] or self._renderer.rendered(rendering)
        if rendered is None:
            plain = rendering.answer
            return self._take(planned, plain, None, None, plain.stored, opened=True, leads_to=rendering.leads_to)
        stored = self.record.convert(planned.url, rendered, rendering.answer.stored)
        return self._take(planned, rendered, None, None, stored, opened=True, leads_to=rendering.leads_to)

    def _lead_on(self, planned: Planned, location: str) -> None:
        if page_key(location) == page_key(planned.url):
            self.frontier.seen.discard(page_key(location))  # http to https, or www to bare: the same page, once more
        self.frontier.add(location, planned.rank, planned.depth + 1)

    def _observed(self, page: Capture) -> Observation | None:
        try:
            return observe(page, area_codes=self.order.area_codes)
        except Exception:  # a fault of ours on a page of theirs: the crawl goes on, and says that it is not whole
            logger.exception("can't read %s", page.url)
            self.bounds.add("program")
            return None

    # -- the end -----------------------------------------------------------------------------------------------

    def unseen(self) -> dict[str, int]:
        """Addresses that each bound left out."""
        return unseen_of(self.bounds, self.frontier, self.known, len(self._failed))

    def all_bounds(self) -> tuple[str, ...]:
        """The bounds that were hit."""
        return bounds_of(self.bounds, self.unseen(), self.known, self.record)

    def state(self) -> CrawlState:
        """How the crawl ended."""
        return state_of(self.record, self.all_bounds())

    def closed(self, reason: str) -> None:
        """Called by Scrapy at the end: what the crawl came to, among its counters (`audit/…`)."""
        counts = {f"problem/{name}": count for name, count in self.record.errors().items()}
        counts |= {f"bound/{name}": max(1, self.unseen().get(name, 0)) for name in self.all_bounds()}
        for name, count in counts.items():
            self._count(name, count)

    def _count(self, name: str, count: int = 1) -> None:
        if self.crawler.stats is not None:
            self.crawler.stats.inc_value(f"audit/{name}", count)
