"""One browser for the whole process: started when a page needs it, lent to crawlers, restarted, given up."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from playwright.async_api import Browser, Error, Playwright, async_playwright
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.settings import BaseSettings
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from crawler.chromium import FLAGS, BrowserAbsent, environment, find_chromium

logger = logging.getLogger(__name__)

CRASHES = 6
"""After so many crashes in a run there is no browser any more."""
START_SECONDS = 30.0
STARTS = 2
"""Tries to start it."""


class SharedBrowser:
    """Settings: AUDIT_CHROMIUM, AUDIT_BROWSER_AT_ONCE (pages), AUDIT_BROWSER_RESTART (pages)."""

    def __init__(self, settings: BaseSettings) -> None:
        self.named = settings.get("AUDIT_CHROMIUM") or ""
        self.restart_after = settings.getint("AUDIT_BROWSER_RESTART")
        self.crashes = 0
        self.absent = ""  # why there is none
        self._users = 0
        self._at_once = asyncio.Semaphore(settings.getint("AUDIT_BROWSER_AT_ONCE"))
        self._door = asyncio.Lock()
        self._starting = asyncio.Lock()
        self._idle = asyncio.Event()
        self._idle.set()
        self._open = self._pages = 0
        self._driver: Playwright | None = None
        self._browser: Browser | None = None
        self._nowhere: socket.socket | None = None

    @asynccontextmanager
    async def page(self) -> AsyncIterator[None]:
        """A turn for one page. After `restart_after` pages the browser, which leaks memory, is started anew first."""
        async with self._at_once:
            async with self._door:
                if self._pages >= self.restart_after:
                    await self._idle.wait()
                    await self._end_browser()
                self._open += 1
                self._pages += 1
                self._idle.clear()
            try:
                yield
            finally:
                self._open -= 1
                if not self._open:
                    self._idle.set()

    async def get(self) -> Browser:
        """The running browser. Raises BrowserAbsent."""
        async with self._starting:
            if self._browser is not None and not self._browser.is_connected():
                self._browser = None
                self.crashes += 1
                if self.crashes >= CRASHES:
                    self.absent = "crashed too often"
            if self._browser is None:
                self._browser = await self._start()
            return self._browser

    async def _start(self) -> Browser:
        program = find_chromium(self.named)
        if program is None:
            self.absent = "no Chromium on this machine"
        if self.absent or program is None:
            raise BrowserAbsent(self.absent)
        if self._nowhere is None:
            self._nowhere = socket.socket()
            self._nowhere.bind(("127.0.0.1", 0))  # held and not listened on, so that nobody is there
        for _ in range(STARTS):
            try:
                async with asyncio.timeout(START_SECONDS):
                    return await self._launch(program, self._nowhere.getsockname()[1])
            except (Error, OSError, TimeoutError) as error:
                why = str(error)[:2000] or "no answer"
        self.absent = "does not start"
        logger.warning("can't start %s: %s", program, why)
        raise BrowserAbsent(self.absent)

    async def _launch(self, program: str, nowhere: int) -> Browser:
        self._driver = self._driver or await async_playwright().start()
        return await self._driver.chromium.launch(
            executable_path=program,
            chromium_sandbox=os.geteuid() != 0,  # Chromium refuses its sandbox to root
            proxy={"server": f"http://127.0.0.1:{nowhere}"},
            args=list(FLAGS),
            env=environment(),
        )

    async def _end_browser(self) -> None:
        browser, self._browser = self._browser, None
        self._pages = 0
        if browser is not None:
            with suppress(Error, TimeoutError):
                await asyncio.wait_for(browser.close(), 20)

    def join(self) -> None:
        self._users += 1

    async def leave(self) -> None:
        """The last crawler to leave closes the browser and Playwright's driver."""
        self._users -= 1
        if self._users:
            return
        await self._end_browser()
        driver, self._driver = self._driver, None
        if driver is not None:
            with suppress(Error, TimeoutError):
                await asyncio.wait_for(driver.stop(), 20)
        if self._nowhere is not None:
            self._nowhere.close()
            self._nowhere = None


_shared: SharedBrowser | None = None


def shared_browser(settings: BaseSettings) -> SharedBrowser:
    """The process's own; the first crawler settles how it is set up."""
    global _shared
    _shared = _shared or SharedBrowser(settings)
    return _shared


class _Lent:
    """What scrapy-playwright takes for a browser of its own: it lives on when one crawler has ended."""

    def __init__(self, shared: SharedBrowser) -> None:
        self._shared = shared

    async def new_context(self, **options: Any) -> Any:
        return await (await self._shared.get()).new_context(**options)

    def on(self, event: str, handler: object) -> None:
        """A context lives for one page, so nothing has to be cleared when the browser is lost."""

    async def close(self) -> None:
        """Not ours alone."""


class SharedBrowserProvider:
    """scrapy-playwright's PLAYWRIGHT_BROWSER_PROVIDER: no crawler starts a driver or a browser of its own."""

    def __init__(self, config: object) -> None:
        """`config`: scrapy-playwright's; how the browser is started is no matter of one crawler."""

    async def start(self) -> None:
        """The browser is started when a page needs it."""

    async def launch_browser(self) -> _Lent:
        if _shared is None:
            raise BrowserAbsent("no crawler asked for it")
        return _Lent(_shared)

    async def launch_persistent_context(self, options: dict[str, Any]) -> Any:
        raise BrowserAbsent("nothing is kept between pages")

    async def close(self) -> None:
        """SharedBrowser.leave does it."""


class BrowserHandler(ScrapyPlaywrightDownloadHandler):
    """Scrapy's download handler for pages that are to be opened: requests made by crawler/rendering.py.

    A lost page is not opened again by itself: the spider decides.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.config.target_closed_max_retries = 0
        self.shared = shared_browser(crawler.settings)
        self.shared.join()

    async def download_request(self, request: Request) -> Response:
        rendering = request.meta["rendering"]
        page = request.replace(url=rendering.url)
        async with self.shared.page():
            opening = asyncio.ensure_future(super().download_request(page))
            try:
                while not opening.done() and not rendering.is_late():
                    await asyncio.wait({opening}, timeout=1.0)
                if not opening.done():  # a browser that hangs answers nobody
                    opening.cancel()
                    raise TimeoutError(request.url)
                return opening.result()
            finally:
                await rendering.close()

    async def close(self) -> None:
        self.context_wrappers.clear()  # what did not close does not now
        await super().close()
        await self.shared.leave()
