"""Evidence: one WARC file a crawl (ISO 28500), each record a gzip member, written as it comes and read back."""

import base64
import hashlib
import io
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.captures import Capture
from crawler.extract.observation import Observation
from crawler.facts import Problem
from db.models import Page

_LEVEL = 4
_CHANGED = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_NOT_MODIFIED = "http://netpreserve.org/warc/1.0/revisit/server-not-modified"
REVISIT_FROM = 300
"""Bytes: a shorter payload is stored again, since a revisit record is no smaller."""


@dataclass(frozen=True, slots=True)
class Payload:
    """A payload stored in full: file (relative to the evidence folder), byte offset, and what its record says."""

    warc: str
    offset: int
    record: str
    url: str
    date: str  # WARC-Date
    digest: str


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a response lies: WARC-Record-ID, byte offset of its gzip member, payload digest.

    `payload`: where the payload lies, for a revisit record that has none of its own.
    """

    record: str
    offset: int
    digest: str
    payload: tuple[str, int] | None = None


class EvidenceFile:
    """The WARC of one crawl. Bodies are stored as the extractors read them, with the content encoding taken off:
    so a reader needs no decoder, and a digest is that of what was judged. Each record says so (the HTTP headers
    `Content-Encoding` and `Content-Length` as sent are kept under `X-Original-…`).

    A payload that lies in this file, or among those `known` by their digest, is not stored again: its revisit record
    (ISO 28500 section 6.7) names record, file and offset of the first.
    """

    def __init__(
        self,
        folder: Path,
        warc: str,
        *,
        software: str,
        started_at: datetime,
        known: Iterable[Payload] = (),
    ) -> None:
        """Open `folder`/`warc` for appending; what an interrupted crawl left half written at the end is cut off."""
        self.folder, self.warc = folder, warc
        self._payloads = {payload.digest: payload for payload in known}
        path = folder / warc
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = not path.is_file() or cut_torn_end(path) == 0
        self._file = path.open("ab")
        self._pending = io.BytesIO()
        self._writer = WARCWriter(self._pending, gzip=False)
        if not fresh:
            return
        info = {
            "software": software,
            "format": "WARC File Format 1.0",
            "http-header-from": "as received",
            "payload": "content encoding removed",
        }
        record = self._writer.create_warcinfo_record(path.name, info)
        record.rec_headers.replace_header("WARC-Date", _warc_date(started_at))
        self._write(record)

    def write(
        self,
        url: str,
        status: int,
        headers: list[tuple[str, str]],
        body: bytes,
        at: datetime,
        ip: str | None,
        *,
        cut: bool = False,
    ) -> Stored:
        """Append a response record, or a revisit record where the payload is known; it is written when this returns.

        `cut`: the body ends before its end, and the record says so (WARC-Truncated)."""
        digest = payload_digest(body)
        known = self._payloads.get(digest) if len(body) >= REVISIT_FROM else None
        if known is not None:
            return self._revisit(url, status, headers, at, ip, known, cut=cut)
        record = self._writer.create_warc_record(
            url,
            "response",
            payload=io.BytesIO(body),
            http_headers=_http_headers(status, headers, len(body)),
            warc_headers_dict=_warc_headers(at, ip, cut),
        )
        stored = self._append(record, digest)
        self._payloads[digest] = Payload(self.warc, stored.offset, stored.record, url, _warc_date(at), digest)
        return stored

    def not_modified(
        self, url: str, headers: list[tuple[str, str]], at: datetime, ip: str | None, known: Payload
    ) -> Stored:
        """Append that the server answered 304: the payload is that of an earlier crawl."""
        return self._revisit(url, 304, headers, at, ip, known)

    def convert(self, url: str, headers: list[tuple[str, str]], body: bytes, at: datetime, source: Stored) -> Stored:
        """Append what a page became in the browser, as a conversion record (ISO 28500 section 6.8) of its response.

        Its `headers` are fields of the record, since no server sent them.
        """
        record = self._writer.create_warc_record(
            url,
            "conversion",
            payload=io.BytesIO(body),
            length=len(body),
            warc_headers_dict={**_warc_headers(at, None, False), "WARC-Refers-To": source.record, **dict(headers)},
        )
        return self._append(record, record.rec_headers.get_header("WARC-Payload-Digest"))

    def _revisit(
        self,
        url: str,
        status: int,
        headers: list[tuple[str, str]],
        at: datetime,
        ip: str | None,
        known: Payload,
        *,
        cut: bool = False,
    ) -> Stored:
        record = self._writer.create_revisit_record(
            url,
            known.digest,
            known.url,
            known.date,
            http_headers=_http_headers(status, headers, None),
            warc_headers_dict={
                **_warc_headers(at, ip, cut),
                "WARC-Refers-To": known.record,
                "WARC-Refers-To-Filename": known.warc,
                "WARC-Refers-To-File-Offset": str(known.offset),
            },
        )
        if status == 304:
            record.rec_headers.replace_header("WARC-Profile", _NOT_MODIFIED)
        return self._append(record, known.digest, (known.warc, known.offset))

    def _append(self, record: object, digest: str, payload: tuple[str, int] | None = None) -> Stored:
        offset = self._file.tell()
        self._write(record)
        name = record.rec_headers.get_header("WARC-Record-ID")  # type: ignore[attr-defined]  # warcio is untyped
        return Stored(name, offset, digest, payload)

    def _write(self, record: object) -> None:
        """A gzip member for the record; warcio's own are packed at nearly twice the time, 4 % smaller."""
        self._writer.write_record(record)
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, 31)
        self._file.write(packer.compress(self._pending.getbuffer()) + packer.flush())
        self._file.flush()
        self._pending.seek(0)
        self._pending.truncate()

    def close(self) -> None:
        self._file.close()


def payload_digest(body: bytes) -> str:
    """SHA-1 in base 32, as WARC files have it."""
    return "sha1:" + base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode("ascii")


def _http_headers(status: int, headers: list[tuple[str, str]], length: int | None) -> StatusAndHeaders:
    kept = [(f"X-Original-{name}" if name.lower() in _CHANGED else name, value) for name, value in headers]
    if length is not None:
        kept.append(("Content-Length", str(length)))
    return StatusAndHeaders(f"{status} -", kept, protocol="HTTP/1.1")


def _warc_headers(at: datetime, ip: str | None, cut: bool) -> dict[str, str]:
    headers = {"WARC-Date": _warc_date(at), "WARC-IP-Address": ip, "WARC-Truncated": "disconnect" if cut else None}
    return {name: value for name, value in headers.items() if value}


def _warc_date(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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


@dataclass(frozen=True, slots=True)
class Kept:
    """A record read back. `headers` in their order; those and the status as received, 304 among them. `body`: of a
    revisit record that of the payload that it names."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    at: datetime
    stored: Stored
    cut: bool = False
    is_conversion: bool = False  # what a page became in the browser


class EvidenceReader:
    """Reads records by their place. Keeps one file open: reading in the order of places is cheap.

    Raises FileNotFoundError where a file or a record is gone: evidence that is lost must be noticed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: tuple[str, BinaryIO] | None = None

    def read(self, warc: str, offset: int) -> Kept:
        """The record at a byte offset of a file under the evidence folder."""
        try:
            record = next(ArchiveIterator(self._at(warc, offset)))
        except StopIteration:
            raise FileNotFoundError(2, f"bằng chứng thiếu bản ghi ở vị trí {offset}", str(self.folder / warc)) from None
        kept = _kept(record, offset)
        if kept.stored.payload is None:
            return kept
        first = self.read(*kept.stored.payload)
        headers = first.headers if kept.status == 304 else kept.headers
        return Kept(kept.url, kept.status, headers, first.body, kept.at, kept.stored, kept.cut)

    def _at(self, warc: str, offset: int) -> BinaryIO:
        if self._open is None or self._open[0] != warc:
            self.close()
            self._open = (warc, (self.folder / warc).open("rb"))
        self._open[1].seek(offset)
        return self._open[1]

    def records(self, warc: str) -> Iterator[Kept]:
        """All response, revisit and conversion records of a file, in order; without the bodies of revisit records."""
        with (self.folder / warc).open("rb") as file:
            records = ArchiveIterator(file)
            for record in records:
                if record.rec_type in ("response", "revisit", "conversion"):
                    yield _kept(record, records.get_record_offset())

    def close(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None


def _kept(record: object, offset: int) -> Kept:
    """`record`: as warcio reads it."""
    header = record.rec_headers.get_header  # type: ignore[attr-defined]
    http = record.http_headers or StatusAndHeaders("200", record.rec_headers.headers)  # type: ignore[attr-defined]
    body = record.content_stream().read()  # type: ignore[attr-defined]
    place = header("WARC-Refers-To-Filename")
    payload = (place, int(header("WARC-Refers-To-File-Offset"))) if place else None
    return Kept(
        header("WARC-Target-URI"),
        int(http.get_statuscode()),
        tuple(http.headers),
        body,
        datetime.fromisoformat(header("WARC-Date").replace("Z", "+00:00")),
        Stored(header("WARC-Record-ID"), offset, header("WARC-Payload-Digest"), payload),
        header("WARC-Truncated") is not None,
        header("WARC-Type") == "conversion",
    )


def read_captures(
    folder: Path,
    pages: Iterable[tuple[str | None, Page]],
    *,
    carried: bool = False,
    observed: Callable[[str], Mapping[str, Observation]] = lambda warc: {},
) -> Iterator[Capture]:
    """Pages as captures, each with the WARC of its crawl: those with a record in the order of the files, then the
    rest. `carried`: they are of earlier crawls than the one that is judged. `observed`: gives, for a WARC, what was
    observed of the pages of its records; those are not read again.

    Raises FileNotFoundError where a WARC or a record that the store names is gone.
    """
    placed: list[tuple[str, int, Page]] = []
    bare: list[Page] = []
    for warc, page in pages:
        if page.record and warc and page.offset is not None:
            placed.append((warc, page.offset, page))
        else:
            bare.append(page)
    reader = EvidenceReader(folder)
    notes: tuple[str, Mapping[str, Observation]] = "", {}
    try:
        for warc, offset, page in sorted(placed, key=lambda one: one[:2]):
            if notes[0] != warc:
                notes = warc, observed(warc)
            if observation := notes[1].get(page.record or ""):
                if (folder / warc).stat().st_size <= offset:
                    raise FileNotFoundError(2, f"bằng chứng thiếu bản ghi của {page.url}", str(folder / warc))
                yield replace(_capture(page, {}, b"", carried), observation=observation)
                continue
            kept = reader.read(warc, offset)
            if kept.stored.record != page.record:
                raise FileNotFoundError(2, f"bằng chứng thiếu bản ghi của {page.url}", str(folder / warc))
            yield _capture(page, {name.lower(): value for name, value in reversed(kept.headers)}, kept.body, carried)
    finally:
        reader.close()
    for page in bare:
        yield _capture(page, {}, b"", carried)


def _capture(page: Page, headers: Mapping[str, str], body: bytes, carried: bool) -> Capture:
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
        carried=carried,
    )
