"""What a crawl keeps: every answer in the WARC, one row a page, failures only once no further try is left."""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from crawler.answers import Answer
from crawler.evidence import EvidenceFile, EvidenceReader, Payload, Stored
from crawler.facts import Problem
from crawler.observed import ObservedFile
from crawler.urls import page_key
from db.models import Page

BATCH_ROWS = 50
BATCH_SECONDS = 5.0
"""Rows wait so long, or until so many have come, before they are saved; what a crash loses of them is in the WARC."""


class CrawlRecord:
    """Pages and evidence of one crawl. `known`: answers of an interrupted run, taken instead of asking again."""

    def __init__(
        self,
        crawl_id: str,
        evidence: EvidenceFile,
        observed: ObservedFile,
        save_pages: Callable[[list[Page]], None],
        known: "KnownAnswers | None" = None,
        saved: Iterable[Page] = (),
    ) -> None:
        self.crawl_id, self.evidence, self.save_pages = crawl_id, evidence, save_pages
        self.observed = observed
        self.known = known
        self.pages_had = 0
        self.had: set[str] = set()  # page keys of those
        self.bytes_received = 0
        self.answered = False
        self._problems: Counter[str] = Counter()
        self._saved: set[str] = set()
        self._in_store = {page.url for page in saved}
        self._rows: list[Page] = []
        self._failures: dict[str, Page] = {}
        self._flushed_at = time.monotonic()

    def take_known(self, url: str) -> Answer | None:
        return self.known.take(url) if self.known is not None else None

    def store(self, url: str, answer: Answer) -> Stored:
        """Put an answer into the WARC, unless it lies there already."""
        self.answered = True
        if answer.stored is not None:
            return answer.stored
        self.bytes_received += len(answer.body)
        return self.evidence.write(
            url, answer.status, list(answer.headers), answer.body, answer.at, answer.ip, cut=answer.cut
        )

    def take_rendered(self, url: str) -> Answer | None:
        """What an interrupted run had of a page in the browser."""
        return self.known.take_rendered(url) if self.known is not None else None

    def convert(self, url: str, rendered: Answer, source: Stored) -> Stored:
        """Put what a page became in the browser into the WARC, beside its response, unless it lies there already."""
        if rendered.stored is not None:
            return rendered.stored
        return self.evidence.convert(url, list(rendered.headers), rendered.body, rendered.at, source)

    def not_seen(self, problem: Problem) -> None:
        """Count a page that came, and yet could not be looked at."""
        self._problems[problem] += 1

    def unchanged(self, url: str, answer: Answer, payload: Payload) -> Answer:
        """The server says that the page is what it was (304): keep that, and give the page as it was had."""
        stored = self.evidence.not_modified(url, list(answer.headers), answer.at, answer.ip, payload)
        self.answered = True
        reader = EvidenceReader(self.evidence.folder)
        try:
            first = reader.read(payload.warc, payload.offset)
        finally:
            reader.close()
        return replace(answer, status=first.status, headers=first.headers, body=first.body, stored=stored)

    def is_had(self, url: str) -> None:
        """Count a page that came."""
        self.pages_had += 1
        self.had.add(page_key(url))

    def page(
        self,
        url: str,
        depth: int,
        answer: Answer,
        stored: Stored,
        problem: Problem | None,
        location: str | None,
        *,
        role: str = "",
        listing: str = "",
        passing: bool = False,
    ) -> None:
        """Keep an answer as the page's row. `role`, `listing`: what the frontier knows of it. `passing`: another answer
        may yet come in its place (a redirect that sets a cookie)."""
        kind = answer.header("content-type")
        warc, offset = stored.payload or (None, None)
        row = Page(
            crawl=self.crawl_id,
            url=url,
            status=answer.status,
            problem=problem,
            location=location,
            content_type=kind[:200] or None,
            fetched_at=answer.at,
            depth=depth,
            size=len(answer.body),
            elapsed_ms=answer.elapsed_ms,
            record=stored.record,
            offset=stored.offset,
            digest=stored.digest,
            role=role,
            listing=listing,
            etag=answer.header("etag")[:200] or None,
            modified=answer.header("last-modified")[:60] or None,
            payload_warc=warc,
            payload_offset=offset,
        )
        if passing or (problem is not None and problem is not Problem.DEAD_LINK):
            self._failures[url] = row
        else:
            self._failures.pop(url, None)
            self._add(row)

    def failure(self, url: str, depth: int, problem: Problem) -> None:
        """Keep that no answer came, or none may be asked for."""
        row = Page(crawl=self.crawl_id, url=url, problem=problem, fetched_at=datetime.now(UTC), depth=depth)
        self._failures[url] = row

    def _add(self, row: Page) -> None:
        if row.url in self._saved:
            return
        self._saved.add(row.url)
        if row.problem is not None:
            self._problems[row.problem] += 1
        if row.url not in self._in_store:
            self._rows.append(row)
        late = time.monotonic() - self._flushed_at > BATCH_SECONDS
        if self.pages_had and (len(self._rows) >= BATCH_ROWS or late):
            self.flush()

    def flush(self) -> None:
        """Save the rows that wait."""
        rows, self._rows = self._rows, []
        self._flushed_at = time.monotonic()
        if rows:
            self.save_pages(rows)

    def end(self) -> None:
        """The crawl is at its end: what failed has failed."""
        for row in self._failures.values():
            self._add(row)
        self._failures.clear()
        self.flush()

    def errors(self) -> dict[str, int]:
        """Pages by problem."""
        waiting = Counter(row.problem for row in self._failures.values() if row.problem)
        return dict(sorted((self._problems + waiting).items()))


class KnownAnswers:
    """What an interrupted crawl has in its WARC: the answers of each URL in their order, each given once, read when it
    is asked for. So the crawl goes the way that it went, second tries included.

    `count`, `size`: of the answers, and of their bodies in bytes, as far as they were given. `began`: when the first
    of them came.
    """

    def __init__(self, folder: Path, warc: str, saved: Iterable[Page] = ()) -> None:
        self.warc = warc
        self.elapsed = {page.record: page.elapsed_ms for page in saved if page.record}
        self._reader = EvidenceReader(folder)
        self._offsets: dict[str, deque[int]] = defaultdict(deque)
        self._rendered: dict[str, int] = {}
        self._records: set[str] = set()
        self.count = self.size = 0
        self.began: datetime | None = None
        if (folder / warc).is_file():
            for kept in self._reader.records(warc):
                if kept.is_conversion:
                    self._rendered[kept.url] = kept.stored.offset
                else:
                    self._offsets[kept.url].append(kept.stored.offset)
                self._records.add(kept.stored.record)
                self.began = self.began or kept.at

    def hold(self, page: Page) -> bool:
        """Whether a saved row stands: its record is there, and it is no failure, which a further try may mend."""
        return page.record in self._records and (page.problem is None or page.problem == Problem.DEAD_LINK)

    def take(self, url: str) -> Answer | None:
        """The kept answer; a 304 as the page that it stands for."""
        offsets = self._offsets.get(url)
        if not offsets:
            return None
        kept = self._reader.read(self.warc, offsets.popleft())
        not_modified = kept.status == 304 and kept.stored.payload is not None
        self.count += 1
        self.size += 0 if not_modified else len(kept.body)
        elapsed = self.elapsed.get(kept.stored.record)
        status = 200 if not_modified else kept.status
        return Answer(status, kept.headers, kept.body, kept.at, elapsed, cut=kept.cut, stored=kept.stored)

    def take_rendered(self, url: str) -> Answer | None:
        """The page as it had become in the browser."""
        offset = self._rendered.pop(url, None)
        if offset is None:
            return None
        kept = self._reader.read(self.warc, offset)
        return Answer(kept.status, kept.headers, kept.body, kept.at, stored=kept.stored)
