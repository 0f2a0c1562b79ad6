"""Between engine and network: the pace, and where a connection really goes."""

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.pace import Pacer, pacer_of


@dataclass(frozen=True, slots=True)
class Slot:
    """Whose turn a request took. `delay` in seconds."""

    pacer: Pacer
    install: str
    address: str
    delay: float


class PaceMiddleware:
    """Every request waits for its turn: that of the spider's pacer, or, where a person asks (`scrapy shell`,
    `scrapy fetch`), one a host after the default delay."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.by_hand = pacer_of(crawler.settings)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "PaceMiddleware":
        return cls(crawler)

    async def process_request(self, request: Request) -> Response | None:
        if request.meta.get("audit_known") is not None:
            return Response(request.url)  # stands for the answer that an interrupted run had
        if "rendering" in request.meta:
            return None  # what a page in the browser asks for comes here by itself
        spider: Any = self.crawler.spider
        if getattr(spider, "pacer", None) is None:
            host = urlsplit(request.url).hostname or ""
            turn = Slot(self.by_hand, host, host, self.crawler.settings.getfloat("AUDIT_DELAY"))
            await turn.pacer.acquire(turn.install, turn.address, turn.delay, lambda: False, host)
        else:
            turn = Slot(spider.pacer, spider.install, await spider.address_of(request.url), spider.delay)
            await turn.pacer.acquire(turn.install, turn.address, turn.delay, spider.is_stopped, spider.order.crawl_id)
            spider.count_request()
        request.meta["audit_sent"] = (turn, time.monotonic())
        return None

    def process_response(self, request: Request, response: Response) -> Response:
        self._end(request, trouble=response.status >= 500 or response.status == 429)
        encoding = (response.headers.get("Content-Encoding") or b"").decode("latin-1").lower()
        if encoding:
            request.meta["audit_encoding"] = encoding  # Scrapy takes the header off with the encoding
        if encoding in ("gzip", "x-gzip"):
            request.meta["audit_gzip_end"] = response.body[-4:]
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        self._end(request, trouble=True)

    def _end(self, request: Request, *, trouble: bool) -> None:
        sent = request.meta.pop("audit_sent", None)
        if sent is not None:
            turn, since = sent
            took = time.monotonic() - since
            turn.pacer.done(turn.install, turn.address, took=took, trouble=trouble, delay=turn.delay)


class ConnectToMiddleware:
    """A registry's `connect_to`: URL and Host header stay official, the connection goes to a loopback port."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.over_tls = crawler.settings.getdict("AUDIT_CONNECT_TLS")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "ConnectToMiddleware":
        return cls(crawler)

    def process_request(self, request: Request) -> Request | None:
        target = getattr(self.crawler.spider, "connect_to", None)
        if target and "audit_official" not in request.meta and "rendering" not in request.meta:
            parts = urlsplit(request.url)
            request.meta["audit_official"] = request.url
            request.headers["Host"] = parts.netloc
            secure = self.over_tls.get(parts.hostname) if parts.scheme == "https" else None
            scheme, place = ("https", secure) if secure else ("http", target)
            # in place: a new request would go back through the engine and count twice
            request._set_url(urlunsplit((scheme, place, parts.path, parts.query, "")))
        return None

    def process_response(self, request: Request, response: Response) -> Response:
        official = request.meta.pop("audit_official", None)
        if official is None:
            return response
        request._set_url(official)
        return response.replace(url=official)

    def process_exception(self, request: Request, exception: Exception) -> None:
        official = request.meta.pop("audit_official", None)
        if official is not None:
            request._set_url(official)
