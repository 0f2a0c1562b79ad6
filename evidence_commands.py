"""`run_audit.py evidence …`: whether the evidence is whole, and what was seen."""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from audit_reports.console import console, table
from audit_reports.safety import harmless
from command_line import DATA, AsJson, DataDir, DbUrl, Failure, NightId, failures, open_data, stored_night
from crawler.evidence import EvidenceReader, Kept
from crawler.extract.decode import decode, parse
from crawler.known import carried_rows
from crawler.verify import Checked, Fault, Verifier
from db.store import Store

SHOWN_FAULTS = 50
SHOWN_CHARACTERS = 4000
HEADER_CHARACTERS = 300
_BLOCKS = re.compile(r"\n\s*\n+")

app = typer.Typer(no_args_is_help=True, help="Bằng chứng (WARC): kiểm tra tính toàn vẹn, xem lại điều đã thấy.")


@app.command()
def verify(night: NightId = None, data: DataDir = DATA, db: DbUrl = None, as_json: AsJson = False) -> None:
    """Kiểm tra bằng chứng của một lần quét: mã băm, vị trí từng bản ghi, nội dung mà bản ghi dẫn tới."""
    with failures():
        with closing(open_data(data, db, create=False)) as store:
            stored = stored_night(store, night)
            checked = list(_check(store, data / "evidence", stored.id))
        faults = [fault for one in checked for fault in one.faults]
        if as_json:
            document = {"night": stored.id, "ok": not faults, "crawls": [asdict(one) for one in checked]}
            print(json.dumps(document, ensure_ascii=False, indent=1))
        else:
            _print(stored.id, checked, faults)
    if faults:
        raise typer.Exit(1)


def _check(store: Store, evidence: Path, night: str) -> Iterator[Checked]:
    verifier = Verifier(evidence)
    for crawl in store.crawls(night):
        pages = store.pages(crawl.id)
        yield verifier.check(crawl.id, crawl.warc, pages, carried_rows(store, crawl, pages))


def _print(night: str, checked: list[Checked], faults: list[Fault]) -> None:
    out = console(to_stderr=False)
    heads = ("Lượt quét", "Tệp", "Bản ghi", "Dẫn lại", "Trang", "Trang kế thừa", "Lỗi")
    rows = [
        (
            one.crawl.partition(".")[2],
            one.warc or "–",
            *(str(number) for number in (one.records, one.revisits, one.pages, one.carried, len(one.faults))),
        )
        for one in checked
    ]
    table(out, f"Bằng chứng của lần quét {night}", heads, rows)
    for fault in faults[:SHOWN_FAULTS]:
        where = fault.warc if fault.offset is None else f"{fault.warc} vị trí {fault.offset}"
        print(safe(f"{where}: {fault.text}" + (f" ({fault.url})" if fault.url else "")))
    if len(faults) > SHOWN_FAULTS:
        print(f"… và {len(faults) - SHOWN_FAULTS} lỗi nữa; thêm --json để xem hết")
    print(f"Bằng chứng có {len(faults)} lỗi." if faults else "Bằng chứng nguyên vẹn.")


@app.command()
def show(
    record: Annotated[str, typer.Argument(help="Mã bản ghi (WARC-Record-ID), như trong phiếu kết quả.")],
    raw: Annotated[bool, typer.Option("--raw", help="Ghi nguyên nội dung ra đầu ra chuẩn (tệp hoặc ống dẫn).")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Số ký tự nhiều nhất.")] = SHOWN_CHARACTERS,
    data: DataDir = DATA,
    db: DbUrl = None,
    as_json: AsJson = False,
) -> None:
    """Xem lại điều đã thấy: địa chỉ, thời điểm, trạng thái, tiêu đề HTTP và chữ trên trang."""
    with failures():
        if raw and sys.stdout.isatty():
            raise Failure("--raw: nội dung của trang có thể điều khiển màn hình; hãy ghi ra tệp (… --raw > tệp)", 2)
        with closing(open_data(data, db, create=False)) as store:
            warc, kept = _find(store, data / "evidence", record)
        if raw:
            sys.stdout.buffer.write(kept.body)
            return
        text = page_text(kept)
        if as_json:
            document = {
                "record": kept.stored.record,
                "url": kept.url,
                "captured_at": kept.at.isoformat(),
                "status": kept.status,
                "headers": kept.headers,
                "digest": kept.stored.digest,
                "warc": warc,
                "offset": kept.stored.offset,
                "payload": kept.stored.payload,
                "bytes": len(kept.body),
                "text": text[:limit],
            }
            print(json.dumps(document, indent=1))  # ASCII: what a page wrote may be meant for the terminal
            return
        for line in _lines(warc, kept):
            print(safe(line)[: HEADER_CHARACTERS * 10])
        print()
        print(safe(text[:limit]))
        if len(text) > limit:
            print(f"… còn {len(text) - limit} ký tự; thêm --limit hoặc --raw để xem hết")


def _find(store: Store, evidence: Path, wanted: str) -> tuple[str, Kept]:
    """(WARC, record). The store knows where those of pages lie; others (robots.txt, first tries) are looked for."""
    found = re.search(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", wanted)
    if found is None:
        raise Failure(f"{wanted}: không phải mã bản ghi; cần dạng <urn:uuid:…> như trong phiếu kết quả", 2)
    record = f"<urn:uuid:{found[0].lower()}>"
    reader = EvidenceReader(evidence)
    try:
        place = store.place_of(record) or _search(reader, evidence, record)
        if place is None:
            raise Failure(f"không có bản ghi {record} trong bằng chứng ở {evidence}", 1)
        return place[0], reader.read(*place)
    finally:
        reader.close()


def _search(reader: EvidenceReader, evidence: Path, record: str) -> tuple[str, int] | None:
    for path in sorted(evidence.rglob("*.warc.gz"), reverse=True):
        warc = path.relative_to(evidence).as_posix()
        for kept in reader.records(warc):
            if kept.stored.record == record:
                return warc, kept.stored.offset
    return None


def _lines(warc: str, kept: Kept) -> Iterator[str]:
    yield f"Bản ghi: {kept.stored.record}"
    yield f"Địa chỉ: {kept.url}"
    yield f"Thời điểm: {kept.at:%Y-%m-%dT%H:%M:%SZ}"
    yield f"Trạng thái HTTP: {kept.status}"
    yield f"Tệp: {warc}, vị trí {kept.stored.offset}; mã băm nội dung: {kept.stored.digest}"
    if kept.stored.payload:
        yield f"Nội dung không đổi, lưu ở: {kept.stored.payload[0]}, vị trí {kept.stored.payload[1]}"
    yield f"Dung lượng: {len(kept.body)} byte" + (" (bị cắt giữa chừng)" if kept.cut else "")
    for name, value in kept.headers[:100]:
        yield f"  {name}: {value}"[:HEADER_CHARACTERS]


def page_text(kept: Kept) -> str:
    """What a reader of the page sees, as text; the source where it is no HTML, a note where it is no text."""
    kind = next((value for name, value in kept.headers if name.lower() == "content-type"), "").lower()
    if b"\0" in kept.body[:1000] or kind.startswith(("image/", "audio/", "video/", "application/pdf")):
        return f"(không phải chữ: {kind or 'không rõ kiểu'}; dùng --raw để lấy nội dung)"
    text = decode(kept.body, kind)
    tree = parse(text) if "html" in kind or text.lstrip()[:1] == "<" else None
    if tree is None:
        return text
    for element in tree.xpath("//script | //style | //noscript | //template | //svg"):
        element.drop_tree()
    lines = (" ".join(line.split()) for line in tree.text_content().splitlines())
    return _BLOCKS.sub("\n", "\n".join(lines)).strip()


def safe(text: str) -> str:
    """Lines fit for a terminal: no control characters, escape sequences or direction marks of the page."""
    return "\n".join(harmless(line) for line in text.split("\n"))
