"""Between engine and network: robots.txt, the pace, and where a connection really goes."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.http import Response
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

CRAWL_DELAY_LIMIT = 60.0
"""Seconds: a longer Crawl-delay for us is honoured as this much; a night has an end."""


class RobotsMiddleware(RobotsTxtMiddleware):
    """robots.txt as RFC 9309 reads it: 4xx or no robots file (an HTML page) allows, 5xx forbids all."""

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        spider: Any = self.crawler.spider
        spider.robots_status = response.status
        kind = (response.headers.get("Content-Type") or b"").lower()
        head = response.body[:300].lstrip().lower()
        if response.status >= 500:
            spider.robots_failed = True
            response = response.replace(body=b"User-agent: *\nDisallow: /\n")
        elif response.status != 200 or b"html" in kind or head.startswith((b"<!doctype", b"<html", b"<script")):
            response = response.replace(body=b"")
        else:
            response = response.replace(body=response.body[:500_000])
        await super()._parse_robots(response, netloc, request)
        parser = self._parsers[netloc]
        delay = (
            parser.crawl_delay(self._robotstxt_useragent or "")
            if parser is not None and not isinstance(parser, Deferred)
            else None
        )
        if delay:
            spider.pacer.slow_down(spider.install, min(float(delay), CRAWL_DELAY_LIMIT))


class PaceMiddleware:
    """Every request, robots.txt and retries included, waits for its turn."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "PaceMiddleware":
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        spider: Any = self.crawler.spider
        address = spider.address()
        await spider.pacer.acquire(spider.install, address, spider.delay)
        request.meta["audit_address"] = address
        spider.count_request()

    def process_response(self, request: Request, response: Response) -> Response:
        self._end(request)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        self._end(request)

    def _end(self, request: Request) -> None:
        address = request.meta.pop("audit_address", None)
        if address is not None:
            spider: Any = self.crawler.spider
            spider.pacer.done(address)


class ConnectToMiddleware:
    """A registry's `connect_to`: URL and Host header stay official, the connection goes to a loopback port."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "ConnectToMiddleware":
        return cls(crawler)

    def process_request(self, request: Request) -> Request | None:
        spider: Any = self.crawler.spider
        target = spider.connect_to
        if target and "audit_official" not in request.meta:
            parts = urlsplit(request.url)
            request.meta["audit_official"] = request.url
            request.headers["Host"] = parts.netloc
            # in place: a new request would go back through the engine and count twice
            request._set_url(urlunsplit(("http", target, parts.path, parts.query, "")))
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


class GuardedResolver(CachingThreadedResolver):
    """Resolves names, and refuses addresses that are not public: the address checked is the one connected to.

    `local_hosts`: names that the registry itself puts on loopback. `addresses` remembers what names resolved to.
    """

    local_hosts: frozenset[str] = frozenset()
    addresses: dict[str, str] = {}  # noqa: RUF012  shared by the one reactor of the process

    def getHostByName(self, name: str, timeout: Any = ()) -> Deferred[str]:
        found: Deferred[str] = super().getHostByName(name, timeout)
        return found.addCallback(self._check, name)

    def _check(self, address: str, name: str) -> str:
        if not is_public(address) and name not in self.local_hosts:
            raise DNSLookupError(f"{name}: {address} is no public address")
        self.addresses[name] = address
        return address


def is_public(address: str) -> bool:
    """Whether an address is on the public internet: not loopback, private, link-local, metadata or multicast."""
    try:
        parsed = ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    parsed = mapped or parsed
    return parsed.is_global and not parsed.is_multicast
