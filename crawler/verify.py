"""Whether the evidence of a night is whole: digests, places, and what revisit records lead to."""

import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from crawler.evidence import payload_digest
from db.models import Page

_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a byte offset of a WARC (path under the evidence folder). `kind`: a word for programs, `text`:
    the same for people, Vietnamese."""

    kind: str  # missing_file | unreadable | torn | digest | missing_record | wrong_row | unresolved
    warc: str
    offset: int | None
    url: str
    text: str


@dataclass(slots=True)
class Checked:
    """What was looked at in one crawl's evidence, and what is wrong with it."""

    crawl: str
    warc: str | None
    records: int = 0
    revisits: int = 0
    pages: int = 0
    carried: int = 0
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as it stands in a file. `payload`: where a revisit record says that its payload lies."""

    kind: str
    record: str
    url: str
    digest: str | None
    refers_to: str | None
    payload: tuple[str, int] | None
    problems: tuple[str, ...]


class Verifier:
    """Checks crawls of one evidence folder; what several records of a crawl lean on is read once."""

    def __init__(self, evidence: Path) -> None:
        self.evidence = evidence
        self._alone: dict[tuple[str, int], Seen | None] = {}

    def check(
        self, crawl: str, warc: str | None, pages: Sequence[Page], carried: Iterable[tuple[str | None, Page]] = ()
    ) -> Checked:
        """Check a crawl's own WARC from end to end, then each row of it, then the rows `carried` over from earlier
        crawls (with their WARCs), which the night's facts rest on as well."""
        self._alone.clear()
        done = Checked(crawl, warc)
        seen: dict[int, Seen] = {}
        recorded = [page for page in pages if page.record]
        if warc is not None:
            for offset, record in self._records(warc, {page.offset or 0 for page in recorded}, done.faults):
                done.records += 1
                seen[offset] = record
                self._alone[warc, offset] = record
                done.faults += [Fault("digest", warc, offset, record.url, text) for text in record.problems]
                if record.kind == "revisit":
                    done.revisits += 1
                    done.faults += self._unresolved(warc, offset, record)
        for page in recorded:
            done.pages += 1
            done.faults += self._row(warc or "", page, seen.get(page.offset if page.offset is not None else -1))
        for place, page in carried:
            if not page.record or place is None or page.offset is None:
                continue
            done.carried += 1
            found = self._at(place, page.offset)
            done.faults += self._row(place, page, found)
            if found is not None:
                done.faults += [Fault("digest", place, page.offset, page.url, text) for text in found.problems]
                done.faults += self._unresolved(place, page.offset, found) if found.kind == "revisit" else []
        return done

    def _row(self, warc: str, page: Page, found: Seen | None) -> Iterator[Fault]:
        """What is wrong between a page's row and the record at its place."""
        if found is None or found.record != page.record:
            text = f"không có bản ghi {page.record} của trang này ở vị trí đã lưu"
            yield Fault("missing_record", warc, page.offset, page.url, text)
            return
        place = (page.payload_warc, page.payload_offset) if page.payload_warc else None
        if found.url != page.url or found.digest != page.digest or found.payload != place:
            text = "cơ sở dữ liệu và bản ghi khác nhau (địa chỉ, mã băm hoặc chỗ chứa nội dung)"
            yield Fault("wrong_row", warc, page.offset, page.url, text)

    def _unresolved(self, warc: str, offset: int, record: Seen) -> Iterator[Fault]:
        """A revisit record leads to a response record with the payload that it names (ISO 28500 section 6.7)."""
        first = self._at(*record.payload) if record.payload else None
        right = first is not None and first.kind == "response" and not first.problems
        if not right or first is None or first.record != record.refers_to or first.digest != record.digest:
            place = f"{record.payload[0]} ở {record.payload[1]}" if record.payload else "không rõ chỗ"
            yield Fault("unresolved", warc, offset, record.url, f"không đọc được nội dung gốc ({place})")

    def _at(self, warc: str, offset: int) -> Seen | None:
        """The record at a place, None where none begins there."""
        if (warc, offset) not in self._alone:
            record = None
            path = self.evidence / warc
            if path.is_file() and path.resolve().is_relative_to(self.evidence.resolve()):
                raw, _ = _member(path, offset)
                record = _seen(raw) if raw is not None else None
            self._alone[warc, offset] = record
        return self._alone[warc, offset]

    def _records(self, warc: str, places: set[int], faults: list[Fault]) -> Iterator[tuple[int, Seen]]:
        """The records of a file with their offsets; after a damaged one it goes on at the next place that rows know."""
        path = self.evidence / warc
        if not path.is_file():
            faults.append(Fault("missing_file", warc, None, "", "không có tệp này"))
            return
        size, offset = path.stat().st_size, 0
        while offset < size:
            raw, end = _member(path, offset)
            record = _seen(raw) if raw is not None else None
            if record is not None:
                yield offset, record
                offset = end
                continue
            after = min((place for place in places if place > offset), default=size)
            kind, text = "unreadable", "bản ghi hỏng, không giải nén hoặc không đọc được"
            if after == size and raw is None and end == size:
                kind, text = "torn", "bản ghi cuối chưa trọn (lần quét đang chạy hoặc bị dừng giữa chừng)"
            faults.append(Fault(kind, warc, offset, "", text))
            offset = after


def _member(path: Path, offset: int) -> tuple[bytes | None, int]:
    """(the gzip member at a byte offset unpacked, None where it is damaged or not whole; the offset of its end)."""
    member, parts = zlib.decompressobj(31), []
    with path.open("rb") as file:
        file.seek(offset)
        while chunk := file.read(_BLOCK):
            try:
                parts.append(member.decompress(chunk))
            except zlib.error:
                return None, offset
            if member.eof:
                return b"".join(parts), file.tell() - len(member.unused_data)
        return None, file.tell()


def _seen(raw: bytes) -> Seen | None:
    """The record that a member holds, with what its digests say; None where it is no WARC record."""
    try:
        record = next(ArchiveIterator(io.BytesIO(raw)))
        payload = record.content_stream().read()
    except (ArchiveLoadFailed, StopIteration, ValueError):
        return None
    header = record.rec_headers.get_header
    block = raw[raw.find(b"\r\n\r\n") + 4 :]
    length = header("Content-Length") or ""
    problems = []
    if not length.isdecimal() or int(length) != len(block) - 4 or not raw.endswith(b"\r\n\r\n"):
        problems.append("độ dài bản ghi sai")
    elif header("WARC-Block-Digest") not in (None, payload_digest(block[:-4])):
        problems.append("mã băm của bản ghi (block) sai")
    kind = str(header("WARC-Type"))
    if kind == "response" and header("WARC-Payload-Digest") != payload_digest(payload):
        problems.append("mã băm của nội dung (payload) sai")
    place, at = header("WARC-Refers-To-Filename"), header("WARC-Refers-To-File-Offset") or ""
    return Seen(
        kind=kind,
        record=str(header("WARC-Record-ID")),
        url=str(header("WARC-Target-URI") or ""),
        digest=header("WARC-Payload-Digest"),
        refers_to=header("WARC-Refers-To"),
        payload=(place, int(at)) if place and at.isdecimal() else None,
        problems=tuple(problems),
    )
