"""What is to be crawled and what came of it: plans, orders to a spider, results."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlsplit

from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings, Settings

from crawler.facts import CrawlState, Probe
from crawler.known import Known
from crawler.registry import ProvinceEntry, SiteEntry, is_local
from crawler.resolver import is_inner
from db.models import Page


class DelayRefused(Exception):
    """No pause between requests was asked for on a host that is not loopback."""


@dataclass(frozen=True, slots=True)
class CrawlPlan:
    """One site to crawl. `delay` in seconds: None for the registry's, else the setting; 0 only on loopback.

    `saved`: reads, once its turn has come, the pages that an interrupted run has in the store; its WARC is gone on
    with. None: begin afresh. `known`: reads what earlier nights know of the site.
    """

    crawl_id: str
    site: SiteEntry
    province: ProvinceEntry
    max_pages: int
    delay: float | None
    as_of: date
    saved: Callable[[], Sequence[Page]] | None = None
    known: Callable[[], Known | None] = lambda: None


@dataclass(frozen=True, slots=True)
class CrawlResult:
    """How a site's crawl ended. `warc` is relative to the evidence folder; `bytes` counts decoded bodies.

    `answered`: whether anything at all came from its server. `after`: the crawl that this one goes on from. `unseen`:
    addresses that each bound left out.
    """

    crawl_id: str
    state: CrawlState
    started_at: datetime
    finished_at: datetime
    requests: int = 0
    bytes: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    bounds: tuple[str, ...] = ()
    warc: str | None = None
    answered: bool = True
    after: str | None = None
    unseen: dict[str, int] = field(default_factory=dict)
    probes: tuple[Probe, ...] = ()

    @property
    def is_doubtful(self) -> bool:
        """Unreachable, or with far fewer pages than usual: it is tried again before that is said."""
        return self.state is CrawlState.UNREACHABLE or "thin" in self.bounds


def check_delay(sites: Sequence[SiteEntry], delay: float | None) -> None:
    """Raise DelayRefused where a site that is not on loopback would be crawled without a pause. `delay`: None for the
    registry's own."""

    def effective(site: SiteEntry) -> float | None:
        return delay if delay is not None else site.delay

    wrong = [
        site.id
        for site in sites
        if (own := effective(site)) is not None and not (own > 0 or (own == 0 and is_local(site)))
    ]
    if wrong:
        raise DelayRefused(
            "khoảng nghỉ giữa hai yêu cầu (--delay) phải lớn hơn 0 giây; số 0 chỉ dùng cho địa chỉ nội bộ của máy này "
            f"(127.0.0.1), không dùng cho: {', '.join(wrong[:5])}"
        )


@dataclass(frozen=True, slots=True)
class SiteOrder:
    """One site to crawl: where it is, how fast, how far. `delay`, `max_seconds` in seconds. `has_twin`: whether it may
    be asked over the other of http and https."""

    crawl_id: str
    url: str
    kind: str
    area_codes: tuple[str, ...]
    install: str
    connect_to: str | None
    delay: float
    max_pages: int
    max_seconds: float
    as_of: date
    has_twin: bool = True


def order_of(plan: CrawlPlan, settings: BaseSettings) -> SiteOrder:
    """What the spider is told: the plan, filled up from the settings. Raises DelayRefused."""
    site, url = plan.site, plan.site.url or ""
    own = plan.delay if plan.delay is not None else site.delay
    delay = own if own is not None else settings.getfloat("AUDIT_DELAY")
    check_delay([site], delay)
    return SiteOrder(
        crawl_id=plan.crawl_id,
        url=url,
        kind=str(site.kind),
        area_codes=plan.province.area_codes,
        install=site.install or (urlsplit(url).hostname or "").removeprefix("www."),
        connect_to=site.connect_to,
        delay=delay,
        max_pages=plan.max_pages,
        max_seconds=settings.getfloat("AUDIT_MAX_SECONDS"),
        as_of=plan.as_of,
        has_twin=not is_local(site) or urlsplit(url).hostname in settings.getdict("AUDIT_CONNECT_TLS"),
    )


def settings_of(plan: CrawlPlan, settings: Settings) -> Settings:
    """The settings for one crawl: the province's contact stands in the User-Agent, unless that was set by hand."""
    by_hand = (settings.getpriority("USER_AGENT") or 0) > SETTINGS_PRIORITIES["project"]
    if plan.province.contact is None or by_hand:
        return settings
    chosen = settings.copy()
    chosen.set("USER_AGENT", settings["AUDIT_AGENT"].format(contact=plan.province.contact), priority="spider")
    return chosen


def local_hosts(sites: Sequence[SiteEntry]) -> frozenset[str]:
    """Names and addresses that the registry itself puts on this machine, and addresses of a private network that it
    names as such: these alone may be connected to there."""
    return frozenset(
        host
        for site in sites
        for host in (urlsplit(site.url or "").hostname or "", (site.connect_to or "").rpartition(":")[0])
        if host and (is_local(site) or is_inner(host))
    )
