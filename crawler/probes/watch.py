"""What the probes want to see of a site while it is crawled: its answers as they come, and a few requests more."""

from datetime import date
from urllib.parse import urlsplit

from crawler.answers import Answer
from crawler.facts import Probe, ProbeName, ProbeReason
from crawler.origins import scheme_twin
from crawler.probes.hunt import FeedHunt, MapHunt
from crawler.probes.web import hsts_probe, redirect_probe, robots_probes
from crawler.robots import Robots
from crawler.scope import Scope
from crawler.urls import canonical

MAX_TWINS, MAX_MAPS, MAX_FEEDS = 3, 3, 3
"""Requests for the home page over the other scheme (redirects included), for site maps, for feeds: a night's most."""


class Watch:
    """Told of robots.txt and the home page by the crawl; gives the addresses that it wants to see, one by one.

    `has_twin`: whether the other of http and https can be asked at all (not at a connect_to, nor on another port).
    """

    def __init__(self, url: str, *, today: date, has_twin: bool) -> None:
        self.url = canonical(url) or url
        twin = scheme_twin(self.url)
        self.has_twin, self.twin = has_twin, twin if has_twin else None
        scope = Scope.of(url)
        self.maps, self.feeds = MapHunt(scope, today, MAX_MAPS), FeedHunt(scope, today, MAX_FEEDS)
        self._scope = scope
        self._robots: tuple[Answer, Robots] | None = None
        self._http: list[tuple[str, Answer]] = []  # its home page, the redirects to it first
        self._https: Answer | None = None
        self._closed: set[str] = set()  # schemes that gave no answer
        self._answered: list[str] = []  # origins
        self._home_had = False
        self._twins: list[str] = []
        self._twins_asked: set[str] = set()

    # -- what the crawl tells ----------------------------------------------------------------------------------

    def robots(self, answer: Answer, rules: Robots) -> None:
        """An answer to a request for robots.txt; the first counts."""
        self._robots = self._robots or (answer, rules)

    def home(self, url: str, answer: Answer, *, had: bool) -> None:
        """An answer to a request for the home page: a page (`had`), a redirect, or an obstacle."""
        self._see(url, answer)
        if not had or self._home_had:
            return
        self._home_had = True
        schemes = {urlsplit(seen).scheme for seen, _ in self._http} | ({"https"} if self._https else set())
        if self.twin is not None and not {urlsplit(self.twin).scheme} & (schemes | self._closed):
            self._twins.append(self.twin)
        rules = self._robots[1] if self._robots else Robots()
        self.maps.start(list(rules.sitemaps), self.url.rstrip("/"))
        self.feeds.start(url, answer.body)

    def closed(self, url: str) -> None:
        """No connection with the origin of an address came about."""
        self._closed.add(urlsplit(url).scheme)

    def _see(self, url: str, answer: Answer) -> None:
        parts = urlsplit(url)
        self._answered.append(f"{parts.scheme}://{parts.netloc}")
        if parts.scheme == "https":
            self._https = self._https or answer
        else:
            self._http.append((url, answer))

    # -- what it asks for --------------------------------------------------------------------------------------

    def next(self) -> str | None:
        """An address that is still wanted; None where nothing is."""
        while self._twins and len(self._twins_asked) < MAX_TWINS:
            url = self._twins.pop()
            if url not in self._twins_asked:
                self._twins_asked.add(url)
                return url
        return self.maps.next() or self.feeds.next()

    def answered(self, url: str, answer: Answer, *, blocked: bool) -> None:
        """What came of a request. `blocked`: something stands in the place of what was asked for."""
        if url not in self._twins_asked:
            (self.maps if url in self.maps else self.feeds).answered(url, answer, blocked=blocked)
            return
        self._see(url, answer)
        location = answer.location(url)
        if location and urlsplit(location).scheme == urlsplit(url).scheme and self._scope.holds(location):
            self._twins.append(location)

    def failed(self, url: str, reason: ProbeReason) -> None:
        """No answer came, or none may be asked for."""
        if url not in self._twins_asked:
            (self.maps if url in self.maps else self.feeds).reason = reason
        elif reason is ProbeReason.UNREACHABLE:
            self.closed(url)

    # -- what came of it ---------------------------------------------------------------------------------------

    def probes(self, agent: str) -> list[Probe]:
        """All of them, whatever was answered. `agent`: our name in robots.txt."""
        return [
            self._declared(),
            self._redirect(),
            self._hsts(),
            *robots_probes(self._robots, agent),
            *self.maps.probes(ProbeName.SITEMAP_XML, ProbeName.SITEMAP_NEWEST),
            *self.feeds.probes(ProbeName.FEED, ProbeName.FEED_NEWEST),
        ]

    def _declared(self) -> Probe:
        parts = urlsplit(self.url)
        if not self._answered:
            return Probe(ProbeName.DECLARED_ADDRESS, None, "", ProbeReason.UNREACHABLE)
        good = f"{parts.scheme}://{parts.netloc}" in self._answered
        return Probe(ProbeName.DECLARED_ADDRESS, good, self._answered[-1], None if good else ProbeReason.OTHER_ADDRESS)

    def _redirect(self) -> Probe:
        locations = [location for url, answer in self._http if (location := answer.location(url))]
        is_secure = any(urlsplit(location).scheme == "https" for location in locations)
        if is_secure or (self.has_twin and (self._http or "http" in self._closed)):
            return redirect_probe(locations, self._http[-1][1].status if self._http else None)
        return Probe(ProbeName.HTTPS_REDIRECT, None, "", self._untold())

    def _hsts(self) -> Probe:
        if self._https is not None:
            return hsts_probe(self._https)
        return Probe(ProbeName.HSTS, None, "", ProbeReason.NO_HTTPS if "https" in self._closed else self._untold())

    def _untold(self) -> ProbeReason:
        if not self._answered:
            return ProbeReason.UNREACHABLE
        return ProbeReason.NOT_ASKED if self.has_twin else ProbeReason.LOOPBACK
