"""robots.txt as RFC 9309 reads it, of one origin (scheme, host and port)."""

import itertools
from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego

from crawler.facts import Problem

MAX_BYTES = 500_000
"""RFC 9309 section 2.5: at least 500 kibibytes are to be parsed; what comes after is not read."""
MAX_REDIRECTS = 5
CRAWL_DELAY_LIMIT = 60.0
"""Seconds: a longer Crawl-delay for us is honoured as this much; a night has an end."""


@dataclass(frozen=True, slots=True)
class Robots:
    """What an origin allows. `problem`: robots.txt could not be had (5xx, no answer), so nothing may be fetched."""

    rules: Protego | None = None
    problem: Problem | None = None

    def allows(self, url: str, agent: str) -> bool:
        return self.problem is None and (self.rules is None or self.rules.can_fetch(url, agent))

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """Site maps that it names, ten at most."""
        return tuple(itertools.islice(self.rules.sitemaps, 10)) if self.rules is not None else ()

    def delay(self, agent: str) -> float | None:
        """Crawl-delay in seconds meant for us or for all; another agent's does not concern us."""
        found = self.rules.crawl_delay(agent) if self.rules is not None else None
        return min(float(found), CRAWL_DELAY_LIMIT) if found else None


def read_robots(status: int, content_type: str, body: bytes) -> Robots:
    """Rules from an answer. 4xx, and a page in the place of robots.txt (field notes 0.17), allow all.

    >>> read_robots(200, "text/plain", b"User-agent: *\\nDisallow: /a").allows("http://x.vn/a/b", "us")
    False
    >>> read_robots(200, "text/html", b"<html>Trang ch\\xe1\\xbb\\xa7").allows("http://x.vn/a", "us")
    True
    """
    if status >= 500:
        return Robots(problem=Problem.SERVER_ERROR)
    if status != 200 or is_page(content_type, body):
        return Robots()
    return Robots(rules=Protego.parse(body[:MAX_BYTES].removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")))


def is_page(content_type: str, body: bytes) -> bool:
    """Whether an answer to a request for a file is a page in its place."""
    head = body[:300].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "html" in content_type.lower() or head.startswith((b"<!doctype", b"<html", b"<script"))


def robots_url(url: str) -> str:
    """Where the rules for an address stand."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/robots.txt"
