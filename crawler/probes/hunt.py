"""Files that a site should have for machines, site map and feed: where they are looked for, what was found."""

import re
from collections.abc import Iterator
from datetime import date
from urllib.parse import urljoin, urlsplit

from lxml import etree

from crawler.answers import Answer
from crawler.facts import Probe, ProbeName, ProbeReason
from crawler.probes.xml import XmlFile, read_xml, unpacked
from crawler.robots import is_page
from crawler.scope import Scope, is_action
from crawler.urls import canonical

_FEED = re.compile(r"(?:^|[/=._-])(?:rss|feeds?|atom)(?:[/=._-]|$)", re.IGNORECASE)
_ABSENT = frozenset(
    {ProbeReason.MISSING, ProbeReason.HTML, ProbeReason.EMPTY, ProbeReason.MALFORMED, ProbeReason.NOT_GIVEN}
)
"""Reasons that say something of the site; the others say that we could not look."""


class Hunt:
    """Addresses to try, at most `limit`, and what was found there. `today`: later dates are no news."""

    def __init__(self, scope: Scope, today: date, limit: int) -> None:
        self.scope, self.today, self.limit = scope, today, limit
        self.found = XmlFile()
        self.reason: ProbeReason = ProbeReason.UNREACHABLE
        self._waiting: list[str] = []
        self._asked: set[str] = set()

    def __contains__(self, url: str) -> bool:
        return url in self._asked

    def look_for(self, urls: list[str]) -> None:
        """Try these before all others; those of other sites are left out."""
        new = [one for one in map(canonical, urls) if one and self.scope.holds(one) and one not in self._asked]
        self._waiting[:0] = list(dict.fromkeys(new))

    def next(self) -> str | None:
        while self._waiting and len(self._asked) < self.limit:
            url = self._waiting.pop(0)
            if url not in self._asked:
                self._asked.add(url)
                return url
        return None

    def answered(self, url: str, answer: Answer, *, blocked: bool) -> None:
        """What came. `blocked`: something stands in its place (a flood page, a challenge)."""
        if answer.status >= 500:
            self.reason = ProbeReason.SERVER_ERROR
        elif blocked or answer.status in (401, 403, 429):
            self.reason = ProbeReason.BLOCKED
        elif (location := answer.location(url)) is not None and urlsplit(location).path.strip("/"):
            self.reason = ProbeReason.OUT_OF_SCOPE if not self.scope.holds(location) else ProbeReason.NOT_ASKED
            self.look_for([location])
        elif answer.status != 200:
            self.reason = ProbeReason.MISSING  # a redirect to the home page is no file either
        elif (body := unpacked(answer.body)) is None:
            self.reason = ProbeReason.TOO_LARGE
        else:
            self.take(url, read_xml(body, self.today), answer)

    def take(self, url: str, file: XmlFile, answer: Answer) -> None:
        """A file of the other kind, or none."""
        html = is_page(answer.header("content-type"), answer.body)
        self.reason = ProbeReason.HTML if html else ProbeReason.MALFORMED

    def probes(self, count: ProbeName, newest: ProbeName) -> list[Probe]:
        """How much was found, and its newest date."""
        if not self.found.items:
            ok = False if self.reason in _ABSENT else None
            return [Probe(count, ok, "", self.reason), Probe(newest, ok, "", self.reason)]
        number = Probe(count, True, f"{self.found.items}{'' if self.found.whole else '+'}")
        if self.found.newest is None:
            return [number, Probe(newest, None, "", ProbeReason.NO_DATE)]
        return [number, Probe(newest, True, self.found.newest.isoformat())]


class MapHunt(Hunt):
    """A site map (sitemaps.org protocol): of an index the first parts are read, and "+" says that there are more."""

    def start(self, named: list[str], prefix: str) -> None:
        """`named`: those of robots.txt; `prefix`: the site's address without a slash at its end."""
        self.reason = ProbeReason.OUT_OF_SCOPE if named else ProbeReason.NOT_ASKED
        self.look_for(named or [f"{prefix}/sitemap.xml"])

    def take(self, url: str, file: XmlFile, answer: Answer) -> None:
        if file.kind == "index":
            self.reason = ProbeReason.OUT_OF_SCOPE if file.maps else ProbeReason.EMPTY
            self.look_for([urljoin(url, one) for one in file.maps])
        elif file.kind == "urlset":
            days = [day for day in (self.found.newest, file.newest) if day]
            whole = file.whole and not self._waiting
            self.found = XmlFile("urlset", self.found.items + file.items, max(days, default=None), whole=whole)
            self.reason = ProbeReason.EMPTY
        else:
            super().take(url, file, answer)


class FeedHunt(Hunt):
    """An RSS or Atom feed that the home page names, or a page that lists feeds."""

    def start(self, home: str, body: bytes) -> None:
        self.reason = ProbeReason.NOT_GIVEN
        self.look_for(feeds_of(home, body))

    def next(self) -> str | None:
        return None if self.found.items else super().next()

    def take(self, url: str, file: XmlFile, answer: Answer) -> None:
        if file.kind in ("rss", "atom"):
            self.found, self.reason = file, ProbeReason.EMPTY
        else:
            super().take(url, file, answer)
            if self.reason is ProbeReason.HTML:
                self.look_for(feeds_of(url, answer.body))


def feeds_of(url: str, body: bytes) -> list[str]:
    """Feeds that a page names: in its head first, then links whose address says so."""
    try:
        root = etree.fromstring(body, etree.HTMLParser(no_network=True, huge_tree=False))
    except (etree.XMLSyntaxError, ValueError):
        return []
    found = []
    for href in _hrefs(root) if root is not None else ():
        try:
            found.append(urljoin(url, href))
        except ValueError:
            continue  # no address: "http://["
    return found[:20]


def _hrefs(root: etree._Element) -> Iterator[str]:
    for link in root.iter("link"):
        kind = (link.get("type") or "").lower()
        if "alternate" in (link.get("rel") or "").lower() and ("rss" in kind or "atom" in kind):
            yield link.get("href") or ""
    for link in root.iter("a"):
        href = link.get("href") or ""
        if _FEED.search(href) and not is_action(href):
            yield href
