"""`scrapy crawl site -a site=ID`: one site by Scrapy's own command, by the same way as in a night of many."""

import secrets
import sys
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from scrapy import signals
from scrapy.crawler import Crawler

from crawler.facts import CrawlState
from crawler.night import facts_of_night, ledger_rows
from crawler.pace import pacer_of
from crawler.plan import CrawlPlan, DelayRefused, local_hosts, settings_of
from crawler.registry import RegistryError, load_registry, select
from crawler.resolver import guard
from crawler.resume import BegunNight, NightRun, begin_night, keep_result
from crawler.turn import Turn
from db.lock import DirectoryHeld, DirectoryUnusable, hold
from db.store import StoreError, open_store

REGISTRY = Path(__file__).parent / "registry/binhphuoc.yml"


def arguments_alone(crawler: Crawler, **arguments: str) -> dict[str, Any]:
    """What SiteSpider is made with. What is wrong with the arguments ends the program with one message, exit code 2;
    a data directory or database that can't be used, with exit code 1."""
    try:
        return Alone(crawler, **arguments).arguments()
    except RegistryError as error:
        message, code = "\n".join(error.problems), 2
    except (ValueError, TypeError, DelayRefused) as error:
        message, code = str(error), 2
    except (StoreError, DirectoryHeld, DirectoryUnusable, OSError) as error:
        message, code = str(error), 1
    print(message, file=sys.stderr)
    raise SystemExit(code)


class Alone:
    """A night of one site. It holds the data directory until the spider is closed; a crawl that is stopped or killed
    stays open, and the same command goes on with it.

    `site`: its id in `registry`; evidence goes to `data`/evidence, rows to `data`/audit.db or `db`. `as_of` as
    YYYY-MM-DD, by default today. Raises ValueError for wrong arguments, and what registry, store and lock raise.
    """

    def __init__(
        self,
        crawler: Crawler,
        *,
        site: str = "",
        registry: str = str(REGISTRY),
        data: str = "var",
        db: str = "",
        as_of: str = "",
        max_pages: str = "",
    ) -> None:
        if not site:
            raise ValueError("cần -a site=MÃ (mã của trang trong danh bạ), có thể thêm -a registry=TỆP -a data=THƯ-MỤC")
        self.crawler, self.data, self.clock = crawler, Path(data), partial(datetime.now, UTC)
        loaded, now = load_registry(Path(registry)), self.clock()
        day = date.fromisoformat(as_of) if as_of else now.astimezone(ZoneInfo(loaded.province.timezone)).date()
        chosen = select(loaded, ids=[site], include_unverified=True, as_of=day).chosen
        if not chosen:
            raise ValueError(f"{registry}: trang {site} không có địa chỉ, hoặc cơ quan đã kết thúc trước ngày {day}")
        run = NightRun(
            registry=loaded,
            sites=chosen,
            as_of=day,
            started_at=now,
            token=secrets.token_hex(2),
            max_pages=int(max_pages) if max_pages else None,
            as_of_given=bool(as_of),
        )
        with ExitStack() as opened:
            opened.enter_context(hold(self.data))
            self.store = opened.enter_context(closing(open_store(db or f"sqlite:///{self.data / 'audit.db'}")))
            self.night, plan = self._begin(run)
            agent = settings_of(plan, crawler.settings)["USER_AGENT"]
            crawler.settings.set("USER_AGENT", agent, priority="spider")
            self.hosts = local_hosts(chosen)
            self.turn = Turn(
                plan,
                crawler.settings,
                self.data / "evidence",
                save_pages=self.store.add_pages,
                forget_pages=self.store.forget_pages,
                clock=self.clock,
            )
            opened.callback(self.turn.close)
            self.opened = opened.pop_all()
        crawler.signals.connect(self._spider_opened, signals.spider_opened)
        crawler.signals.connect(self._spider_closed, signals.spider_closed)

    def _begin(self, run: NightRun) -> tuple[BegunNight, CrawlPlan]:
        begun = begin_night(self.store, self.data, run)
        if not begun.plans:  # it was killed between its crawl's end and its own
            self._finish(begun)
            begun = begin_night(self.store, self.data, run)
        for note in begun.notes:
            print(note, file=sys.stderr)
        return begun, begun.plans[0]

    def arguments(self) -> dict[str, Any]:
        """What SiteSpider is made with. The resolver comes when the spider opens: there is no reactor before."""
        return {
            **self.turn.arguments(pacer_of(self.crawler.settings)),
            "resolver": None,
            "on_start": lambda spider: None,
            "on_page": self._page,
        }

    def _page(self, pages: int) -> None:
        """Nobody watches; but the spider holds this method, and so keeps us, to whom Scrapy's signals hold weakly."""

    def _spider_opened(self, spider: Any) -> None:
        from twisted.internet import reactor

        spider.resolver = guard(reactor, self.hosts, self.crawler.settings.getfloat("DNS_TIMEOUT"))

    def _spider_closed(self, spider: Any, reason: str) -> None:
        with self.opened:
            night = self.night.night.id
            if reason != "finished":
                spider.stop("stopped")
            if "stopped" in spider.bounds and spider.fatal is None:
                self.turn.record.flush()
                print(f"Lần quét {night}: đã dừng ({reason}); chạy lại đúng lệnh này để quét tiếp.", file=sys.stderr)
                return
            result = self.turn.result(spider)
            self.turn.record.end()
            keep_result(self.store, result)
            self._finish(self.night)
            print(
                f"Lần quét {night}: {result.state}, {self.turn.record.pages_had} trang; "
                f"đánh giá bằng: run_audit.py judge --night {night} --data {self.data}",
                file=sys.stderr,
            )

    def _finish(self, begun: BegunNight) -> None:
        """End the night as `run_audit.py crawl` does: the ledger learns what was seen."""
        crawls = self.store.crawls(begun.night.id)
        if all(crawl.state == CrawlState.UNREACHABLE for crawl in crawls):
            self.store.finish_night(begun.night.id, self.clock(), "outage")
            return
        for facts in facts_of_night(self.store, self.data, begun.night, begun.as_of):
            self.store.update_ledger(ledger_rows(facts, begun.night))
        self.store.finish_night(begun.night.id, self.clock(), "complete")
