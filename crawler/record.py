"""What a crawl keeps: every answer in the WARC, one row a page, failures only once no further try is left."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from crawler.answers import Answer
from crawler.evidence import EvidenceFile, Stored, read_responses
from crawler.facts import Problem
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
        save_pages: Callable[[list[Page]], None],
        known: "KnownAnswers | None" = None,
        saved: Iterable[Page] = (),
    ) -> None:
        self.crawl_id, self.evidence, self.save_pages = crawl_id, evidence, save_pages
        self.known = known
        self.pages_had = 0
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
        return self.evidence.write(url, answer.status, list(answer.headers), answer.body, answer.at, answer.ip)

    def page(
        self, url: str, depth: int, answer: Answer, stored: Stored, problem: Problem | None, location: str | None
    ) -> None:
        """Keep an answer as the page's row."""
        kind = answer.header("content-type")
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
        )
        if problem is not None and problem is not Problem.DEAD_LINK:
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
    """What an interrupted crawl has in its WARC: the last answer of each URL, read when it is asked for, given once."""

    def __init__(self, path: Path, saved: Iterable[Page] = ()) -> None:
        self.path = path
        self.elapsed = {page.record: page.elapsed_ms for page in saved if page.record}
        self._offsets: dict[str, int] = {}
        self.count = self.size = 0
        if path.is_file():
            for url, _, _, body, _, stored in read_responses(path):
                self._offsets[url] = stored.offset
                self.count += 1
                self.size += len(body)

    def take(self, url: str) -> Answer | None:
        offset = self._offsets.pop(url, None)
        if offset is None:
            return None
        _, status, headers, body, day, stored = next(read_responses(self.path, offset))
        stored = Stored(stored.record, offset, stored.digest)
        at = datetime.fromisoformat(day.replace("Z", "+00:00"))
        return Answer(status, tuple(headers), body, at, self.elapsed.get(stored.record), stored=stored)
