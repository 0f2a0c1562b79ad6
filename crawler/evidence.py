"""Evidence: one WARC file a crawl (ISO 28500), each record a gzip member, written as it comes and read back."""

import io
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.captures import Capture
from crawler.facts import Problem
from db.models import Page

_CHANGED = frozenset({"content-encoding", "transfer-encoding", "content-length"})


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a response lies: WARC-Record-ID, byte offset of its gzip member, payload digest."""

    record: str
    offset: int
    digest: str


class EvidenceFile:
    """The WARC of one crawl. Bodies are stored as the extractors read them, with the content encoding taken off:
    so a reader needs no decoder, and a digest is that of what was judged. Each record says so (the HTTP headers
    `Content-Encoding` and `Content-Length` as sent are kept under `X-Original-…`)."""

    def __init__(self, path: Path, *, software: str, started_at: datetime) -> None:
        """Open for appending; what an interrupted crawl left half written at the end is cut off first."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        fresh = not path.is_file() or cut_torn_end(path) == 0
        self._file = path.open("ab")
        self._writer = WARCWriter(self._file, gzip=True)
        if not fresh:
            return
        info = {
            "software": software,
            "format": "WARC File Format 1.1",
            "http-header-from": "as received",
            "payload": "content encoding removed",
        }
        record = self._writer.create_warcinfo_record(path.name, info)
        record.rec_headers.replace_header("WARC-Date", _warc_date(started_at))
        self._writer.write_record(record)
        self._file.flush()

    def write(
        self, url: str, status: int, headers: list[tuple[str, str]], body: bytes, at: datetime, ip: str | None
    ) -> Stored:
        """Append a response record and make sure that it reaches the file."""
        kept = [(f"X-Original-{name}" if name.lower() in _CHANGED else name, value) for name, value in headers]
        kept.append(("Content-Length", str(len(body))))
        record = self._writer.create_warc_record(
            url,
            "response",
            payload=io.BytesIO(body),
            http_headers=StatusAndHeaders(f"{status} -", kept, protocol="HTTP/1.1"),
            warc_headers_dict={"WARC-Date": _warc_date(at), **({"WARC-IP-Address": ip} if ip else {})},
        )
        offset = self._file.tell()
        self._writer.write_record(record)
        self._file.flush()
        found = record.rec_headers.get_header
        return Stored(found("WARC-Record-ID"), offset, found("WARC-Payload-Digest"))

    def close(self) -> None:
        self._file.close()


def cut_torn_end(path: Path) -> int:
    """Cut a WARC after its last whole record (gzip member, checked by its CRC) and give the length kept, in bytes."""
    whole = 0
    with path.open("r+b") as file:
        member = zlib.decompressobj(31)
        pending = b""
        try:
            while chunk := pending or file.read(1 << 16):
                member.decompress(chunk)
                pending = member.unused_data
                if member.eof:
                    whole = file.tell() - len(pending)
                    member = zlib.decompressobj(31)
        except zlib.error:
            pass  # bytes that are no gzip: the torn end
        file.truncate(whole)
    return whole


def _warc_date(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_captures(evidence: Path, warc: str | None, pages: Iterable[Page]) -> Iterator[Capture]:
    """The crawl's captures: pages with a record from the WARC, in its order, then those without.

    Raises FileNotFoundError where the WARC that the store names is gone: evidence that is lost must be noticed.
    """
    by_record = {page.record: page for page in pages if page.record}
    bare = [page for page in pages if not page.record]
    if by_record and warc:
        with (evidence / warc).open("rb") as file:
            for record in ArchiveIterator(file):
                page = by_record.pop(record.rec_headers.get_header("WARC-Record-ID"), None)
                if page is not None:
                    headers = {name.lower(): value for name, value in record.http_headers.headers}
                    yield _capture(page, headers, record.content_stream().read())
    if by_record:
        missing = next(iter(by_record.values()))
        raise FileNotFoundError(2, f"bằng chứng thiếu bản ghi của {missing.url}", str(evidence / (warc or "")))
    for page in bare:
        yield _capture(page, {}, b"")


def read_responses(path: Path, start: int = 0) -> Iterator[tuple[str, int, list[tuple[str, str]], bytes, str, Stored]]:
    """(url, status, headers, body, WARC-Date, where it lies) of the response records from a byte offset on."""
    with path.open("rb") as file:
        file.seek(start)
        records = ArchiveIterator(file)
        for record in records:
            if record.rec_type != "response":
                continue
            found = record.rec_headers.get_header
            yield (
                found("WARC-Target-URI"),
                int(record.http_headers.get_statuscode()),
                list(record.http_headers.headers),
                record.content_stream().read(),
                found("WARC-Date"),
                Stored(found("WARC-Record-ID"), records.get_record_offset(), found("WARC-Payload-Digest")),
            )


def _capture(page: Page, headers: Mapping[str, str], body: bytes) -> Capture:
    return Capture(
        url=page.url,
        status=page.status,
        headers=headers,
        body=body,
        fetched_at=page.fetched_at,
        record=page.record or "",
        problem=Problem(page.problem) if page.problem else None,
        location=page.location,
        depth=page.depth,
    )
