"""One spider for every site: one request at a time, the next one chosen by the frontier."""

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import scrapy
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.internet.error import ConnectionRefusedError, DNSLookupError, TCPTimedOutError, TimeoutError
from twisted.python.failure import Failure

from crawler.captures import Capture
from crawler.evidence import EvidenceFile, Stored
from crawler.extract.page import observe
from crawler.extract.pages import is_html
from crawler.facts import CrawlState, Problem
from crawler.frontier import Frontier, Planned, Rank
from crawler.middlewares import GuardedResolver
from crawler.obstacles import Obstacle, find_obstacle
from crawler.pace import Pacer
from crawler.scope import Scope
from crawler.urls import canonical, page_key
from db.models import Page

BATCH = 100
"""Pages that are kept in memory before they are saved."""


class SiteSpider(scrapy.Spider):
    """Crawls one site and hands over its pages. Arguments are set by crawler/fleet.py."""

    name = "site"

    def __init__(
        self,
        *,
        crawl_id: str,
        site_url: str,
        kind: str,
        area_codes: tuple[str, ...],
        install: str,
        connect_to: str | None,
        delay: float,
        max_pages: int,
        max_seconds: float,
        wait_limit: float,
        as_of: Any,
        pacer: Pacer,
        evidence: EvidenceFile,
        save_pages: Callable[[list[Page]], None],
        on_page: Callable[[int], None],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.crawl_id, self.site_url, self.install, self.connect_to, self.delay = (
            crawl_id,
            site_url,
            install,
            connect_to,
            delay,
        )
        self.area_codes, self.max_pages, self.wait_limit = area_codes, max_pages, wait_limit
        self.pacer, self.evidence, self.save_pages, self.on_page = pacer, evidence, save_pages, on_page
        self.scope = Scope.of(site_url)
        self.frontier = Frontier(self.scope, as_of, kind)
        self.deadline = time.monotonic() + max_seconds
        self.robots_failed = False
        self.robots_status: int | None = None
        self.requests_sent = 0
        self.bytes_received = 0
        self.pages_asked = 0
        self.pages_had = 0
        self.errors: Counter[str] = Counter()
        self.bounds: list[str] = []
        self._rows: list[Page] = []
        self._stored: set[str] = set()
        self._cookie: tuple[str, str] | None = None

    # -- what the middlewares ask and tell ----------------------------------------------------------------------

    def address(self) -> str:
        """The server's address as far as it is known; the host's name before the first answer."""
        if self.connect_to:
            return self.connect_to.rsplit(":", 1)[0]
        host = urlsplit(self.site_url).hostname or ""
        return GuardedResolver.addresses.get(host, host)

    def count_request(self) -> None:
        self.requests_sent += 1
        if self.crawler.stats is not None:
            self.crawler.stats.inc_value("audit/request/sent")

    # -- the chain: each answer, or failure to get one, leads to the next request --------------------------------

    async def start(self) -> AsyncIterator[Request]:
        home = canonical(self.site_url)
        if home is not None:
            self.frontier.add(home, Rank.HOME, 0)
        for request in self._next():
            yield request

    def _next(self) -> Iterator[Request]:
        if self.pages_asked >= self.max_pages or time.monotonic() > self.deadline:
            if len(self.frontier):
                self.bounds.append("pages" if self.pages_asked >= self.max_pages else "time")
            return
        planned = self.frontier.pop()
        if planned is not None:
            self.pages_asked += 1
            yield self._request(planned, again=0)

    def _request(self, planned: Planned, *, again: int) -> Request:
        headers = {"Cookie": f"{self._cookie[0]}={self._cookie[1]}"} if self._cookie else {}
        return Request(
            planned.url,
            callback=self.parse,
            errback=self.failed,
            headers=headers,
            dont_filter=True,  # the frontier has seen to it, by page and not by address
            meta={"planned": planned, "again": again},
        )

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Request]:
        planned: Planned = response.meta["planned"]
        again: int = response.meta["again"]
        headers = {name.lower(): value for name, value in _headers(response)}
        obstacle = find_obstacle(response.status, headers, response.body)
        if obstacle is not None and again < 1 and self._overcome(obstacle):
            yield self._request(planned, again=again + 1)
            return
        self._take(response, planned, headers, obstacle)
        yield from self._next()

    def _overcome(self, obstacle: Obstacle) -> bool:
        """Prepare a second try where there is a clean way: wait as told, or bear the cookie."""
        self._count("obstacle", obstacle.name)
        if obstacle.name == "flood_page":
            self.pacer.flooded(self.install, self.address())
        if obstacle.cookie:
            self._cookie = obstacle.cookie
            return True
        if obstacle.wait is not None and obstacle.wait <= self.wait_limit:
            self.pacer.pause(self.install, self.address(), obstacle.wait)
            return True
        return False

    def _take(self, response: Response, planned: Planned, headers: dict[str, str], obstacle: Obstacle | None) -> None:
        """Keep a response as evidence and learn from it."""
        now = datetime.now(UTC)
        self.bytes_received += len(response.body)
        problem = obstacle.problem if obstacle else None
        location = self._location(response)
        stored = self.evidence.write(
            planned.url, response.status, list(_headers(response)), response.body, now, _ip(response)
        )
        self._save(
            planned,
            response.status,
            problem,
            location,
            now,
            headers.get("content-type"),
            len(response.body),
            response.meta,
            stored,
        )
        if problem is not None:
            self._count("problem", problem)
            return
        if location is not None:
            if self.scope.holds(location) and page_key(location) == page_key(planned.url) and location != planned.url:
                self.frontier.seen.discard(
                    page_key(location)
                )  # http to https, or www to bare: the same page, once more
                self._stored.discard(page_key(location))
            self.frontier.add(location, Rank.HOME if planned.rank is Rank.HOME else planned.rank, planned.depth + 1)
            return
        capture = Capture(planned.url, response.status, headers, response.body, now)
        if 200 <= response.status < 300:
            self.pages_had += 1
            self.on_page(self.pages_had)
            if is_html(capture):
                self.frontier.learn(observe(capture, area_codes=self.area_codes), planned)

    def failed(self, failure: Failure) -> Iterator[Request]:
        request: Any = failure.request  # type: ignore[attr-defined]  # set by Scrapy
        planned: Planned = request.meta["planned"]
        problem = self._problem(failure)
        self._count("problem", problem)
        self._save(planned, None, problem, None, datetime.now(UTC), None, 0, request.meta, None)
        yield from self._next()

    def _problem(self, failure: Failure) -> Problem:
        if failure.check(IgnoreRequest):
            return Problem.SERVER_ERROR if self.robots_failed else Problem.ROBOTS
        if failure.check(TimeoutError, TCPTimedOutError):
            return Problem.TIMEOUT
        if failure.check(DNSLookupError, ConnectionRefusedError):
            return Problem.SERVER_ERROR
        name = type(failure.value).__name__
        if "Timeout" in name:
            return Problem.TIMEOUT
        return Problem.CUT_SHORT if "Cancelled" in name else Problem.SERVER_ERROR

    def _location(self, response: Response) -> str | None:
        if response.status not in (301, 302, 303, 307, 308):
            return None
        target = response.headers.get("Location")
        if not target:
            return None
        try:
            return canonical(urljoin(response.url, target.decode("utf-8", "surrogateescape")))
        except (ValueError, UnicodeError):
            return None

    def _save(
        self,
        planned: Planned,
        status: int | None,
        problem: Problem | None,
        location: str | None,
        at: datetime,
        content_type: str | None,
        size: int,
        meta: dict[str, Any],
        stored: Stored | None,
    ) -> None:
        if planned.url in self._stored:
            return
        self._stored.add(planned.url)
        latency = meta.get("download_latency")
        self._rows.append(
            Page(
                crawl=self.crawl_id,
                url=planned.url,
                status=status,
                problem=problem,
                location=location,
                content_type=content_type[:200] if content_type else None,
                fetched_at=at,
                depth=planned.depth,
                size=size,
                elapsed_ms=round(latency * 1000) if latency is not None else None,
                record=stored.record if stored else None,
                offset=stored.offset if stored else None,
                digest=stored.digest if stored else None,
            )
        )
        if len(self._rows) >= BATCH and self.pages_had:
            self.flush()

    def flush(self) -> None:
        """Hand over the pages that wait."""
        rows, self._rows = self._rows, []
        if rows:
            self.save_pages(rows)

    def state(self) -> CrawlState:
        """How the crawl ended, seen from its end."""
        if not self.pages_had:
            return CrawlState.UNREACHABLE
        return CrawlState.PARTIAL if self.bounds else CrawlState.COMPLETE

    def _count(self, family: str, name: str) -> None:
        if family == "problem":
            self.errors[name] += 1
        if self.crawler.stats is not None:
            self.crawler.stats.inc_value(f"audit/{family}/{name}")


def _headers(response: Response) -> Iterator[tuple[str, str]]:
    """Header names and values as text; bytes that are no Latin-1 or UTF-8 text are replaced, line breaks removed."""
    for name, values in response.headers.items():
        for value in values:
            yield name.decode("latin-1"), " ".join(value.decode("utf-8", "replace").split())


def _ip(response: Response) -> str | None:
    return str(response.ip_address) if response.ip_address else None
