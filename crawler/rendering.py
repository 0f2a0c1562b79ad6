"""A page opened in the browser: its scripts run, every request of theirs is judged and, where it may go, sent by us.

The page itself is the answer that the crawl has already; it is not asked for again. Scripts get what the site's own
host gives to a GET that robots.txt allows, one request at a time at the site's pace, kept as evidence like any other.
"""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urldefrag, urljoin

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings
from scrapy_playwright.page import PageMethod

from crawler.answers import Answer, answer_of
from crawler.obstacles import Obstacle, find_obstacle
from crawler.record import CrawlRecord
from crawler.scope import Scope, is_action

if TYPE_CHECKING:
    from playwright.async_api import Page, Route
    from playwright.async_api import Request as Asked

logger = logging.getLogger(__name__)

QUIET = 0.3
"""Seconds without a request, twice with the same count of elements and letters in between: the page has settled."""
SCHEME = "browser+"
"""Before the address of a page that is to be opened: so Scrapy gives it to crawler/browser.py."""
REDIRECTS = 5
START_SECONDS = 120.0
"""Until a page is there, a start of the browser included."""
SHELLS = 20
"""Pages of a site whose plain answers are kept for the routes in their fragments."""
STATE = "X-Audit-Rendering"
"""Header of a rendered page: `whole`, or `unfinished` where something that its scripts asked for did not come."""
_FETCHED = frozenset({"script", "xhr", "fetch"})
_COUNTERS = re.compile(
    r"google-?analytics|googletagmanager|googlesyndication|doubleclick|gstatic\.com|recaptcha|facebook\.|fbcdn|zalo\.me"
    r"|zadn\.vn|hotjar|clarity\.ms|histats|addthis|sharethis|counter",
    re.IGNORECASE,
)
"""Scripts of others that show nothing of a site's own content."""
_PASSED_ON = re.compile(r"^(?:accept|accept-language|authorization|content-type|referer|x-[\w-]+)$", re.IGNORECASE)
_GIVEN_BACK = frozenset({"content-type", "access-control-allow-origin", "access-control-allow-credentials"})
_MEASURE = "document.getElementsByTagName('*').length + '/' + (document.body ? document.body.textContent.length : 0)"
_DOM = "(() => {{ const dom = document.documentElement.outerHTML; return dom.length > {} ? null : dom }})()"


class Site(Protocol):
    """What a rendering needs of the site's spider."""

    settings: BaseSettings
    crawler: Crawler
    scope: Scope
    record: CrawlRecord

    def may_fetch(self, url: str) -> bool: ...
    def keep(self, url: str, answer: Answer) -> None: ...
    def heed(self, url: str, obstacle: Obstacle) -> None: ...


class Rendering:
    """One page in the browser. `answer`: its plain answer. Afterwards `dom` is what it had become, None where it could
    not be read in time or is too large; `refused` counts what its scripts were refused, by reason."""

    def __init__(self, spider: Site, url: str, answer: Answer, scripts: dict[str, Answer]) -> None:
        settings = spider.settings
        self.spider, self.url, self.answer, self.scripts = spider, url, answer, scripts
        self.seconds = settings.getfloat("AUDIT_BROWSER_SECONDS")
        self.longest = settings.getfloat("AUDIT_BROWSER_LONGEST")
        self.requests_left = settings.getint("AUDIT_BROWSER_REQUESTS")
        self.bytes_left = settings.getint("AUDIT_BROWSER_BYTES")
        self.size = settings.getint("AUDIT_BROWSER_SIZE")
        self.dom: str | None = None
        self.leads_to: str | None = None  # where its scripts sent the reader
        self.refused: Counter[str] = Counter()
        self.is_whole = True
        self._page: Page | None = None
        self._begun: float | None = None
        self._opened = self._done = self._stopped = False
        self._one_at_a_time = asyncio.Lock()
        self._pending = 0
        self._changed = self._deadline = 0.0  # of monotonic(); a deadline that stands still: seconds left
        self._closing: set[asyncio.Task[None]] = set()

    # -- what scrapy-playwright calls ---------------------------------------------------------------------------

    async def prepare(self, page: "Page", request: Request) -> None:
        """Its page_init_callback: from here on every request of the page comes to us first."""
        self._page = page
        self._changed = monotonic()
        self._deadline = self._changed + self.seconds
        page.context.on("page", self._shut)
        await page.route("**/*", self._on_request)

    async def settle(self, page: "Page") -> None:
        """A page method: wait until the page rests, or its time is over, and read it."""
        seen = None
        while True:
            while (self._pending or monotonic() - self._changed < QUIET) and not self._is_over():
                await asyncio.sleep(0.05)
            size = await self._read(_MEASURE)
            if size == seen:
                break
            if self._is_over():
                self.is_whole = False
                break
            seen, self._changed = size, monotonic()
        self._done = True
        self.dom = await self._read(_DOM.format(self.size))
        await page.goto("about:blank")  # nothing of it goes on

    def is_late(self) -> bool:
        """Whether it took so long that no answer is to be waited for; the start of a browser is allowed for."""
        now = monotonic()
        if self._begun is None:
            self._begun = now
        if self._page is None:
            return now > self._begun + START_SECONDS
        return now > self._begun + self.longest or (not self._pending and now > self._deadline + START_SECONDS / 4)

    async def close(self) -> None:
        self._done = True
        if self._page is not None:
            with suppress(Exception):  # what can't be closed is closed with the browser
                await asyncio.wait_for(self._page.context.close(), 10)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _is_over(self) -> bool:
        return not self._pending and monotonic() > self._deadline

    async def _read(self, expression: str) -> Any:
        """The value of an expression in a world of its own, where the page's scripts have changed no function."""
        assert self._page is not None
        left = max(self._deadline - monotonic(), 0.0) + max(self.seconds / 4, 2.0)
        async with asyncio.timeout(left):
            session = await self._page.context.new_cdp_session(self._page)
            tree = await session.send("Page.getFrameTree")
            frame = {"frameId": tree["frameTree"]["frame"]["id"], "worldName": "audit"}
            world = await session.send("Page.createIsolatedWorld", frame)
            what = {"expression": expression, "contextId": world["executionContextId"], "returnByValue": True}
            found = await session.send("Runtime.evaluate", what)
            await session.detach()
        return found["result"].get("value")

    def _shut(self, popup: "Page") -> None:
        if popup is not self._page:
            task = asyncio.ensure_future(popup.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _on_request(self, route: "Route", asked: "Asked") -> None:
        """Answer a request of the page: with what we have, with what we fetch, or with a refusal."""
        kind, url = asked.resource_type, asked.url
        if asked.is_navigation_request():
            await self._navigate(route, asked)
        elif kind == "stylesheet":
            await route.fulfill(status=200, content_type="text/css", body="")  # loaders of scripts wait for styles
        elif kind not in _FETCHED:
            await self._refuse(route, kind)
        else:
            if not self._pending:
                self._deadline -= monotonic()  # the clock stands still while we fetch
            self._pending += 1
            try:
                answer = await self._answer(asked.method, kind, url, asked.headers)
            finally:
                self._pending -= 1
                self._changed = monotonic()
                if not self._pending:
                    self._deadline += self._changed
            if answer is None:
                await route.abort()
            else:
                headers = {name: value for name, value in answer.lower_headers.items() if name in _GIVEN_BACK}
                with suppress(Exception):  # the page may have gone meanwhile
                    await route.fulfill(status=answer.status, headers=headers, body=answer.body)

    async def _navigate(self, route: "Route", asked: "Asked") -> None:
        own = self._page is not None and asked.frame == self._page.main_frame
        if own and not self._opened:
            self._opened = True
            headers = {"content-type": self.answer.header("content-type") or "text/html"}
            await route.fulfill(status=self.answer.status, headers=headers, body=self.answer.body)
            return
        if own and asked.method == "GET":
            self.leads_to = asked.url
        self.refused["navigation"] += 1
        await route.fulfill(status=204)  # the page stays as it is

    async def _refuse(self, route: "Route", why: str) -> None:
        self.refused[why] += 1
        await route.abort()

    async def _answer(self, method: str, kind: str, url: str, headers: dict[str, str]) -> Answer | None:
        """What comes of a script's request; None for a refusal or a failure, which may leave the page unfinished."""
        url = urldefrag(url)[0]
        if kind == "script" and url in self.scripts:
            return self.scripts[url]
        passed = {name: value for name, value in headers.items() if _PASSED_ON.match(name)}
        async with self._one_at_a_time:
            answer: Answer | None = None
            for _ in range(REDIRECTS):
                if self._done:
                    return None
                why = self._objection(method, kind, url)
                if why is not None:
                    self.refused[why] += 1
                    if why != "scope" or kind != "script" or not _COUNTERS.search(url):
                        self.is_whole = False
                    return None
                answer = await self._fetch(method, url, passed)
                location = answer.location(url) if answer is not None else None
                if location is None:
                    break
                url = urljoin(url, location)
        if answer is None or answer.status >= 400:
            self.is_whole = False
        elif kind == "script":
            self.scripts[url] = answer
        return answer

    def _objection(self, method: str, kind: str, url: str) -> str | None:
        if not self.spider.scope.holds(url):
            return "scope"
        if method not in ("GET", "HEAD"):
            return "method"
        if kind != "script" and is_action(url):
            return "action"
        if self._stopped or self.requests_left <= 0 or self.bytes_left <= 0:
            return "bound"
        return None if self.spider.may_fetch(url) else "robots"

    async def _fetch(self, method: str, url: str, headers: dict[str, str]) -> Answer | None:
        """Through Scrapy's engine, so that pace, counters, `connect_to` and resolver are those of any request."""
        self.requests_left -= 1
        spider = self.spider
        known = spider.record.take_known(url)
        request = Request(url, method=method, headers=headers, dont_filter=True, meta={"audit_known": known})
        engine = spider.crawler.engine
        assert engine is not None
        try:
            response = await engine.download_async(request)
        except Exception as error:  # whatever a server does to a connection; the page goes on without
            logger.debug("%s: %r", url, error)
            return None
        answer = known or answer_of(response, datetime.now(UTC))
        self.bytes_left -= len(answer.body)
        if method == "GET":
            spider.keep(url, answer)
        obstacle = find_obstacle(answer.status, answer.lower_headers, answer.body, answer.at)
        if obstacle is not None and obstacle.wait is not None:
            self._stopped = True
            spider.heed(url, obstacle)
        return answer


class SiteRenderer:
    """Renders pages of one site. Scripts that its pages share are fetched once (`scripts`, bounded in bytes)."""

    def __init__(self, spider: Site) -> None:
        self.spider = spider
        self.is_absent = False  # no browser, or it does not survive this site
        self.scripts: dict[str, Answer] = {}
        self._shells: dict[str, Answer] = {}
        self._crashes = 0
        self._number = 0

    def request(self, url: str, answer: Answer, callback: Callable[..., Any], errback: Callable[..., Any]) -> Request:
        """The request that opens a page in the browser; its meta has the Rendering under `rendering`."""
        if sum(len(script.body) for script in self.scripts.values()) > self.spider.settings.getint(
            "AUDIT_BROWSER_BYTES"
        ):
            self.scripts.clear()
        self._number += 1
        if len(self._shells) < SHELLS:
            self._shells[urldefrag(url)[0]] = answer
        rendering = Rendering(self.spider, url, answer, self.scripts)
        return Request(
            f"{SCHEME}{url}",
            callback=callback,
            errback=errback,
            dont_filter=True,
            meta={
                "rendering": rendering,
                "download_slot": "browser",  # the page's own requests need the site's
                "playwright": True,
                "playwright_context": str(self._number),
                "playwright_context_kwargs": {
                    "accept_downloads": False,
                    "locale": "vi-VN",
                    "permissions": [],
                    "reduced_motion": "reduce",
                    "service_workers": "block",
                    "timezone_id": "Asia/Ho_Chi_Minh",
                    "user_agent": self.spider.settings["USER_AGENT"],
                    "viewport": {"width": 1280, "height": 2400},
                },
                "playwright_page_init_callback": rendering.prepare,
                "playwright_page_goto_kwargs": {"wait_until": "commit", "timeout": 1000 * rendering.seconds},
                "playwright_page_methods": [PageMethod(rendering.settle)],
            },
        )

    def shell(self, url: str) -> Answer | None:
        """The plain answer for a route in the fragment of an address ("/#/gioi-thieu"): that of the page itself."""
        page, route = urldefrag(url)
        return self._shells.get(page) if route else None

    def failed(self, *, browser_gone: bool, crashed: bool) -> bool:
        """Note that a page could not be opened; True where it may be tried once more."""
        self._crashes += crashed
        self.is_absent = self.is_absent or browser_gone or self._crashes > 1
        return crashed and not self.is_absent

    def rendered(self, rendering: Rendering) -> Answer | None:
        """The page as it had become, to be read like an answer; None where it could not be read."""
        if rendering.dom is None:
            return None
        state = "whole" if rendering.is_whole else "unfinished"
        headers = (("Content-Type", "text/html; charset=utf-8"), (STATE, state))
        body = f"<!DOCTYPE html>\n{rendering.dom}".encode("utf-8", "replace")
        return replace(rendering.answer, headers=headers, body=body, stored=None)
