"""One go at one site: its evidence and record are opened, the spider is told what it needs, the result is drawn."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from scrapy.settings import BaseSettings

from crawler.evidence import EvidenceFile
from crawler.observed import ObservedFile
from crawler.pace import Pacer
from crawler.plan import CrawlPlan, CrawlResult, order_of
from crawler.record import CrawlRecord, KnownAnswers
from db.models import Page


class Interrupted(Exception):
    """The run was asked to stop (SIGINT, SIGTERM); what was fetched is kept, and the next run goes on from there."""


class Turn:
    """Opened, it holds the crawl's WARC until `close`.

    A turn `again` begins afresh. Otherwise, where the plan has `saved` pages, it goes on with what an interrupted run
    left: the WARC is cut after its last whole record and its answers are taken instead of asking again. Rows that the
    store has without their record (a power cut), and those of failures, are taken back: the crawl finds them anew.
    """

    def __init__(
        self,
        plan: CrawlPlan,
        settings: BaseSettings,
        evidence_dir: Path,
        *,
        save_pages: Callable[[list[Page]], None],
        forget_pages: Callable[[str, Iterable[str] | None], None],
        clock: Callable[[], datetime],
        again: bool = False,
    ) -> None:
        self.plan, self.settings, self.clock = plan, settings, clock
        night, _, name = plan.crawl_id.partition(".")
        self.warc = f"{night}/{name}.warc.gz"
        self.started_at = clock()
        goes_on = plan.saved is not None and not again
        if not goes_on:
            (evidence_dir / self.warc).unlink(missing_ok=True)
        if again:
            forget_pages(plan.crawl_id, None)
        self.known = plan.known()
        self.evidence = EvidenceFile(
            evidence_dir,
            self.warc,
            software=settings["USER_AGENT"],
            started_at=self.started_at,
            known=self.known.payloads if self.known else (),
        )
        self.answers: KnownAnswers | None = None
        saved: list[Page] = []
        if goes_on and plan.saved is not None:
            rows = plan.saved()
            self.answers = KnownAnswers(evidence_dir, self.warc, rows)
            self.started_at = self.answers.began or self.started_at
            saved = [page for page in rows if self.answers.hold(page)]
            kept = {page.url for page in saved}
            if lost := [page.url for page in rows if page.url not in kept]:
                forget_pages(plan.crawl_id, lost)
        self.observed = ObservedFile(evidence_dir, self.warc, plan.province.area_codes)
        self.record = CrawlRecord(plan.crawl_id, self.evidence, self.observed, save_pages, self.answers, saved)

    def arguments(self, pacer: Pacer) -> dict[str, Any]:
        """What SiteSpider is made with, besides resolver and callbacks."""
        return {
            "order": order_of(self.plan, self.settings),
            "pacer": pacer,
            "record": self.record,
            "known": self.known,
        }

    def close(self) -> None:
        self.evidence.close()
        self.observed.close()

    def result(self, spider: Any) -> CrawlResult:
        """How the crawl ended. Raises what ended the spider by our own fault, Interrupted where it was asked to stop.

        The record is not at its end yet: the caller decides whether the site is tried again.
        """
        if spider.fatal is not None:
            raise spider.fatal
        if "stopped" in spider.bounds:
            self.record.flush()
            raise Interrupted
        answers = self.answers
        return CrawlResult(
            crawl_id=self.plan.crawl_id,
            state=spider.state(),
            started_at=self.started_at,
            finished_at=self.clock(),
            requests=spider.requests_sent + (answers.count if answers else 0),
            bytes=self.record.bytes_received + (answers.size if answers else 0),
            errors=self.record.errors(),
            bounds=spider.all_bounds(),
            warc=self.warc,
            answered=self.record.answered,
            after=self.known.after if self.known else None,
            unseen=spider.unseen(),
            probes=tuple(spider.watch.probes(self.settings["ROBOTSTXT_USER_AGENT"])),
        )
