"""A night is begun, or one that was cut off (a kill, a power cut, a signal) is gone on with."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from crawler.facts import CrawlState, Kind
from crawler.frontier import window_start
from crawler.known import read_known
from crawler.plan import CrawlPlan, CrawlResult
from crawler.probes.stored import probes_to_json
from crawler.registry import Registry, SiteEntry, registry_from_json, registry_to_json
from db.models import Crawl, Night, Site
from db.store import Store

MAX_PAGES = {Kind.PORTAL: 20_000}
MAX_PAGES_DEFAULT = 3_000
GOES_ON_WITHIN = timedelta(hours=24)
"""An older night is not gone on with: its first pages and its last would show different days of a site."""


@dataclass(frozen=True, slots=True)
class NightRun:
    """What to crawl and how. `max_pages` a site and `delay` in seconds: None for the default and the registry's.

    `as_of_given`: by the person, so that a night of another day can't stand for it.
    """

    registry: Registry
    sites: Sequence[SiteEntry]
    as_of: date
    started_at: datetime
    token: str  # makes the night's id unique within a second
    max_pages: int | None = None
    delay: float | None = None
    full: bool = False  # ask for every page, known or not
    as_of_given: bool = False

    @property
    def id(self) -> str:
        return f"{self.started_at:%Y%m%d-%H%M%S}-{self.token}"


@dataclass(frozen=True, slots=True)
class BegunNight:
    """A night that is in the store as running. `plans`: what is left to crawl. `ended`: its crawls that were finished
    before. `notes`: what the person should know, Vietnamese lines."""

    night: Night
    as_of: date
    plans: tuple[CrawlPlan, ...]
    ended: tuple[Crawl, ...] = ()
    notes: tuple[str, ...] = ()


def begin_night(store: Store, data: Path, run: NightRun) -> BegunNight:
    """Go on with the night that the same command left unfinished in `data`, or begin a new one.

    The same: province, registry as it reads now, sites, bounds and day, begun at most GOES_ON_WITHIN ago. A night that
    can't be gone on with any more is closed as `abandoned`, its evidence and finished crawls stay; one that was asked
    for otherwise keeps waiting for its own command.
    """
    notes: list[str] = []
    found: Night | None = None
    for night in store.unfinished_nights(run.registry.province.id):
        if not (data / "evidence" / night.id).is_dir():
            continue  # of another data directory that shares the database: not ours to touch
        if found is not None or (why := _why_closed(night, run)):
            store.finish_night(night.id, run.started_at, "abandoned")
            if found is None:
                notes.append(
                    f"Lần quét {night.id} bị dừng giữa chừng, không quét tiếp: {why}. Bằng chứng được giữ lại."
                )
        elif json.loads(night.asked) == _asked(run, night):
            found = night
        else:
            notes.append(
                f"Lần quét {night.id} còn dở dang với lựa chọn khác (--site, --max-pages hoặc --as-of); "
                "chạy lại đúng lệnh đó trong vòng 24 giờ thì được quét tiếp."
            )
    begun = _go_on(store, data, run, found) if found else _begin(store, data, run)
    return replace(begun, notes=(*notes, *begun.notes))


def _why_closed(night: Night, run: NightRun) -> str | None:
    if not timedelta(0) <= run.started_at - night.started_at <= GOES_ON_WITHIN:
        return "đã quá 24 giờ"
    if replace(registry_from_json(night.registry_json), path="") != replace(run.registry, path=""):
        return "danh bạ đã thay đổi"
    return None


def _asked(run: NightRun, night: Night | None = None) -> dict[str, object]:
    """What makes two commands the same, as stored. A day that nobody gave is that on which the night began."""
    as_of = run.as_of
    if night is not None and not run.as_of_given:
        as_of = night.started_at.astimezone(ZoneInfo(run.registry.province.timezone)).date()
    return {
        "as_of": as_of.isoformat(),
        "sites": sorted(site.id for site in run.sites),
        "max_pages": run.max_pages,
        "full": run.full,
    }


def _begin(store: Store, data: Path, run: NightRun) -> BegunNight:
    province = run.registry.province
    night = Night(
        id=run.id,
        province=province.id,
        started_at=run.started_at,
        state="running",
        registry_json=registry_to_json(run.registry),
        asked=json.dumps(_asked(run)),
    )
    crawls = [
        Crawl(
            id=f"{night.id}.{site.id}",
            night=night.id,
            province=province.id,
            site=site.id,
            started_at=run.started_at,
            state="running",
            window_from=window_start(run.as_of),
        )
        for site in run.sites
    ]
    (data / "evidence" / night.id).mkdir(parents=True, exist_ok=True)
    store.start_night(
        night,
        [Site(province=province.id, id=site.id, name=site.name, kind=site.kind, url=site.url) for site in run.sites],
        crawls,
    )
    plans = [_plan(store, data, run, night, run.as_of, site) for site in run.sites]
    return BegunNight(night, run.as_of, tuple(plans))


def _go_on(store: Store, data: Path, run: NightRun, night: Night) -> BegunNight:
    crawls = {crawl.site: crawl for crawl in store.crawls(night.id)}
    as_of = date.fromisoformat(str(_asked(run, night)["as_of"]))
    crawled = all(crawl.finished_at for crawl in crawls.values())
    ended = [
        crawl for crawl in crawls.values() if crawl.finished_at and (crawled or crawl.state != CrawlState.UNREACHABLE)
    ]
    done = {crawl.site for crawl in ended}
    plans = [
        replace(
            _plan(store, data, run, night, as_of, site),
            saved=partial(store.pages, crawls[site.id].id),
        )
        for site in run.sites
        if site.id not in done
    ]
    began = night.started_at.astimezone(ZoneInfo(run.registry.province.timezone))
    note = (
        f"Quét tiếp lần quét {night.id} bị dừng giữa chừng (bắt đầu {began:%H:%M %d/%m/%Y}): "
        f"{len(ended)}/{len(crawls)} site đã xong; những trang đã lưu không tải lại."
    )
    return BegunNight(night, as_of, tuple(plans), tuple(ended), (note,))


def _plan(store: Store, data: Path, run: NightRun, night: Night, as_of: date, site: SiteEntry) -> CrawlPlan:
    province = run.registry.province
    max_pages = run.max_pages or MAX_PAGES.get(site.kind, MAX_PAGES_DEFAULT)
    return CrawlPlan(
        crawl_id=f"{night.id}.{site.id}",
        site=site,
        province=province,
        max_pages=max_pages,
        delay=run.delay,
        as_of=as_of,
        known=partial(
            read_known,
            store,
            data / "evidence",
            province.id,
            site.id,
            before=night.started_at,
            as_of=as_of,
            max_pages=max_pages,
            full=run.full,
        ),
    )


def keep_result(store: Store, result: CrawlResult) -> None:
    """Write how a crawl ended."""
    store.finish_crawl(
        result.crawl_id,
        started_at=result.started_at,
        finished_at=result.finished_at,
        state=result.state,
        requests=result.requests,
        size=result.bytes,
        errors=result.errors,
        bounds=result.bounds,
        warc=result.warc,
        after=result.after,
        unseen=result.unseen,
        probes=probes_to_json(result.probes),
    )
