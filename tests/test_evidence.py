"""Evidence: written, cut, checked, shown; what is damaged is found, named, and does no harm."""

import gzip
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from crawler.evidence import EvidenceFile, EvidenceReader, Payload, Stored, cut_torn_end
from crawler.verify import Verifier
from db.models import Crawl, Night, Page, Site
from db.store import open_store
from evidence_commands import safe
from run_audit import app

THEN = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
BODY = (
    b"<html><title>S\xe1\xbb\x9f</title><script>alert(1)</script><p>Gi\xe1\xbb\x9bi thi\xe1\xbb\x87u" + b" chung" * 80
)
EVIL = (
    b"<html><p>tr\xc6\xb0\xe1\xbb\x9bc \x1b[2J\x1b]0;x\x07\xc2\x9b31m\xe2\x80\xae sau</p>" + b"<p>d\xc3\xa0i</p>" * 2000
)


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@dataclass
class Kept:
    """A night in a data directory: three pages of a site, the second a revisit record; and the night before."""

    data: Path
    pages: list[Page]

    @property
    def evidence(self) -> Path:
        return self.data / "evidence"

    @property
    def warc(self) -> Path:
        return self.evidence / "n2/a.warc.gz"

    def verify(self) -> list[tuple[str, str]]:
        checked = Verifier(self.evidence).check("n2.a", "n2/a.warc.gz", self.pages)
        return [(fault.kind, fault.url.rpartition("/")[2]) for fault in checked.faults]


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    def page(crawl: str, name: str, stored: Stored) -> Page:
        warc, offset = stored.payload or (None, None)
        place = {"record": stored.record, "offset": stored.offset, "digest": stored.digest}
        payload = {"payload_warc": warc, "payload_offset": offset}
        return Page(crawl=crawl, url=f"http://a.test/{name}", status=200, fetched_at=THEN, **place, **payload)

    headers = [("Content-Type", "text/html; charset=utf-8"), ("X-Evil", "a\x1b[31mb")]
    folder = tmp_path / "evidence"
    first = EvidenceFile(folder, "n1/a.warc.gz", software="test", started_at=THEN)
    old = page("n1.a", "same", first.write("http://a.test/same", 200, headers, BODY, THEN, "127.0.0.1"))
    first.close()
    assert old.record and old.offset is not None and old.digest
    payload = Payload("n1/a.warc.gz", old.offset, old.record, old.url, "2026-11-22T15:00:00Z", old.digest)
    second = EvidenceFile(folder, "n2/a.warc.gz", software="test", started_at=THEN, known=[payload])
    bodies = {"new": BODY + b"2", "same": BODY, "evil": EVIL, "last": BODY + b"3"}
    pages = [
        page("n2.a", name, second.write(f"http://a.test/{name}", 200, headers, body, THEN, None))
        for name, body in bodies.items()
    ]
    second.close()
    with closing(open_store(f"sqlite:///{tmp_path}/audit.db")) as store:
        for night, rows in (("n1", [old]), ("n2", pages)):
            store.start_night(
                Night(id=night, province="st", started_at=THEN, state="running", registry_json="{}"),
                [Site(province="st", id="a", name="Sở A", kind="department", url="http://a.test/")],
                [Crawl(id=f"{night}.a", night=night, province="st", site="a", started_at=THEN, state="running")],
            )
            store.add_pages(rows)
            ended = {"state": "complete", "requests": 4, "size": 1, "errors": {}, "bounds": []}
            store.finish_crawl(f"{night}.a", started_at=THEN, finished_at=THEN, warc=f"{night}/a.warc.gz", **ended)
            store.finish_night(night, THEN, "complete")
    yield Kept(tmp_path, [Page(**row.model_dump()) for row in pages])


def flip(kept: Kept) -> None:
    raw = bytearray(kept.warc.read_bytes())
    raw[(kept.pages[0].offset or 0) + 200] ^= 0xFF
    kept.warc.write_bytes(raw)


def tear(kept: Kept) -> None:
    kept.warc.write_bytes(kept.warc.read_bytes()[:-9])


def forge(kept: Kept) -> None:
    """A payload that was changed by someone who can pack a record, but did not think of digests."""
    raw, start = kept.warc.read_bytes(), kept.pages[3].offset or 0
    record = gzip.decompress(raw[start:]).replace(b"chung3", b"rieng3")
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as file:
        file.write(record)
    kept.warc.write_bytes(raw[:start] + packed.getvalue())


def lose(kept: Kept) -> None:
    (kept.evidence / "n1/a.warc.gz").unlink()


def mistake(kept: Kept) -> None:
    kept.pages[2].url = "http://a.test/other"


def drop(kept: Kept) -> None:
    kept.warc.unlink()
    kept.pages = kept.pages[:1]


@pytest.mark.parametrize(
    ("damage", "faults"),
    [
        (lambda kept: None, []),
        (flip, [("unreadable", ""), ("missing_record", "new")]),
        (tear, [("torn", ""), ("missing_record", "last")]),
        (forge, [("digest", "last"), ("digest", "last")]),  # of the block and of the payload
        (lose, [("unresolved", "same")]),
        (mistake, [("wrong_row", "other")]),
        (drop, [("missing_file", ""), ("missing_record", "new")]),
    ],
)
def test_damage_is_found_and_named(kept: Kept, damage: Callable[[Kept], None], faults: list[tuple[str, str]]) -> None:
    damage(kept)
    assert kept.verify() == faults


def test_verify_says_what_is_wrong_and_exits_so(kept: Kept) -> None:
    good = run("evidence", "verify", "--data", kept.data, "--json")
    document = json.loads(good.stdout)
    assert good.exit_code == 0 and document["ok"] and document["night"] == "n2"
    [crawl] = document["crawls"]
    assert (crawl["records"], crawl["revisits"], crawl["pages"], crawl["faults"]) == (5, 1, 4, [])
    forge(kept)
    bad = run("evidence", "verify", "--night", "n2", "--data", kept.data)
    assert bad.exit_code == 1 and "payload" in bad.stdout and "http://a.test/last" in bad.stdout
    assert run("evidence", "verify", "--night", "nothing", "--data", kept.data).exit_code == 2


def test_warcio_reads_what_was_written(kept: Kept) -> None:
    files = [str(path) for path in kept.evidence.rglob("*.warc.gz")]
    assert subprocess.run([sys.executable, "-m", "warcio.cli", "check", *files]).returncode == 0


def test_show_prints_what_was_seen_and_nothing_that_acts_on_a_terminal(kept: Kept) -> None:
    shown = run("evidence", "show", kept.pages[2].record, "--data", kept.data, "--limit", 300)
    assert shown.exit_code == 0, shown.stderr
    for part in ("http://a.test/evil", "2026-11-22T15:00:00Z", "200", "n2/a.warc.gz", "X-Evil", "trước", "--limit"):
        assert part in shown.stdout
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(shown.stdout) and len(shown.stdout) < 1500
    as_json = run("evidence", "show", kept.pages[2].record, "--data", kept.data, "--json")
    assert as_json.stdout.isascii() and json.loads(as_json.stdout)["bytes"] == len(EVIL)


def test_show_gives_the_payload_of_a_revisit_record(kept: Kept) -> None:
    record = str(kept.pages[1].record)
    shown = run("evidence", "show", record.strip("<>").removeprefix("urn:uuid:"), "--data", kept.data)
    assert shown.exit_code == 0 and "n1/a.warc.gz" in shown.stdout
    assert "Giới thiệu chung" in shown.stdout and "alert" not in shown.stdout
    raw = run("evidence", "show", record, "--raw", "--data", kept.data)
    assert raw.stdout_bytes == BODY


@pytest.mark.parametrize(("record", "code"), [("nonsense", 2), ("<urn:uuid:00000000-0000-0000-0000-000000000000>", 1)])
def test_show_of_what_is_not_there_is_one_clear_message(kept: Kept, record: str, code: int) -> None:
    done = run("evidence", "show", record, "--data", kept.data)
    assert done.exit_code == code and record in done.stderr and "Traceback" not in done.stderr


def test_lines_of_a_page_are_made_fit_for_a_terminal() -> None:
    assert safe("a\x1b[2J\nb\x9b1m\u202ec\r") == "a [2J\nb 1mc "


@pytest.mark.parametrize("cut", [0, 1, 20, 300])
def test_a_torn_end_is_cut_and_writing_goes_on(kept: Kept, cut: int) -> None:
    whole = kept.warc.read_bytes()
    kept.warc.write_bytes(whole[: len(whole) - cut])
    length = cut_torn_end(kept.warc)
    assert length == (len(whole) if not cut else kept.pages[3].offset)
    again = EvidenceFile(kept.evidence, "n2/a.warc.gz", software="test", started_at=THEN)
    stored = again.write("http://a.test/x", 200, [], b"x" * 10, THEN, None, cut=True)
    again.close()
    read = EvidenceReader(kept.evidence).read("n2/a.warc.gz", stored.offset)
    assert (read.url, read.body, read.cut) == ("http://a.test/x", b"x" * 10, True)
