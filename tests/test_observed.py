"""What the crawl observed is kept beside its WARC; facts are the same bytes with it, without it, and with a bad one."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from audit_reports.export.documents import facts_document
from crawler.captures import Capture
from crawler.extract import pages
from crawler.extract.observation import Observation
from crawler.extract.page import observe
from crawler.night import facts_of_night
from crawler.observed import ObservedFile, place_of, read_observed
from db.store import open_store
from tests.province.server import Province, serve

ROOT = Path(__file__).parents[1]
AS_OF = date(2026, 11, 22)
CODES = ("271",)


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory after a crawl of two made-up sites."""
    folder = tmp_path_factory.mktemp("observed")
    with serve(Province(AS_OF)) as served:
        sites = [site.id for site in served.province.sites if site.family in ("nukeviet", "tables")][:2]
        options = ["--registry", served.write_registry(folder), "--data", folder, "--as-of", AS_OF, "--delay", 0]
        options += ["--max-pages", 30, *(part for site in sites for part in ("--site", site))]
        subprocess.run([sys.executable, "run_audit.py", "crawl", *map(str, options)], cwd=ROOT, check=True)
    return folder


def facts(data: Path) -> str:
    store = open_store(f"sqlite:///{data / 'audit.db'}")
    night = store.night()
    assert night is not None
    found = [json.dumps(facts_document(one), ensure_ascii=False) for one in facts_of_night(store, data, night, AS_OF)]
    store.close()
    assert len(found) == 2
    return "\n".join(found)


@pytest.fixture
def spools(crawled: Path) -> Iterator[list[Path]]:
    """The files of observations; put back as they were afterwards."""
    files = sorted((crawled / "evidence").rglob("*.observed.gz"))
    before = {file: file.read_bytes() for file in files}
    yield files
    for file, content in before.items():
        file.write_bytes(content)


def test_facts_need_no_second_parse(crawled: Path, spools: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(spools) == 2
    parsed: list[str] = []

    def counted(capture: Capture, **options: Any) -> Observation:
        parsed.append(capture.url)
        return observe(capture, **options)

    monkeypatch.setattr(pages, "observe", counted)
    with_them = facts(crawled)
    assert parsed == []
    for file in spools:
        file.unlink()
    assert facts(crawled) == with_them
    assert len(parsed) > 20


def _other_version(content: bytes) -> bytes:
    _, _, rest = gzip.decompress(content).partition(b"\n")
    return gzip.compress(json.dumps(["0" * 64, list(CODES)]).encode() + b"\n" + rest)


def _wrong_shape(content: bytes) -> bytes:
    head, _, rest = gzip.decompress(content).partition(b"\n")
    return gzip.compress(head + b"\n" + rest.replace(b"[[", b"[[[", 1))


def _number_out_of_range(content: bytes) -> bytes:
    head, _, _ = gzip.decompress(content).partition(b"\n")
    return gzip.compress(head + b'\n["urn:uuid:0",["http://a.vn/","t",[7]]]\n')


@pytest.mark.parametrize(
    "damage",
    [
        _other_version,
        _wrong_shape,
        _number_out_of_range,
        lambda content: content[: len(content) // 2],
        lambda content: content[: len(content) // 2] + b"\x00\xff" + content[len(content) // 2 + 2 :],
        lambda content: b"",
        lambda content: b"no gzip at all",
    ],
)
def test_a_damaged_or_old_file_is_not_used(
    crawled: Path, spools: list[Path], damage: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = facts(crawled)
    file = spools[0]
    file.write_bytes(damage(file.read_bytes()))
    warc = f"{file.parent.name}/{file.name.replace('.observed.gz', '.warc.gz')}"
    assert read_observed(crawled / "evidence", warc, CODES) == {}
    assert facts(crawled) == right


def test_other_area_codes_are_another_question(crawled: Path, spools: list[Path]) -> None:
    file = spools[0]
    warc = f"{file.parent.name}/{file.name.replace('.observed.gz', '.warc.gz')}"
    assert read_observed(crawled / "evidence", warc, CODES)
    assert read_observed(crawled / "evidence", warc, ("651",)) == {}


def test_observations_come_back_equal_and_share_their_parts(tmp_path: Path) -> None:
    province = Province(AS_OF)
    seen = {}
    with_surrogate = None
    file = ObservedFile(tmp_path, "night/site.warc.gz", CODES)
    for site in province.sites[:6]:
        for target in list(province.routes[site.id])[:12]:
            answer = province.answer(site.host, target)
            at = datetime(2026, 11, 22, 3, tzinfo=UTC)
            page = Capture(f"http://{site.host}{target}", 200, {"content-type": "text/html"}, answer.body, at)
            seen[page.url] = observe(page, area_codes=CODES)
            with_surrogate = replace(seen[page.url], title="\udc80", published=AS_OF)
            file.write(page.url, seen[page.url])
    assert with_surrogate is not None
    file.write("surrogate", with_surrogate)
    file.close()
    back = read_observed(tmp_path, "night/site.warc.gz", CODES)
    assert back == {**seen, "surrogate": with_surrogate}
    links = [link for one in back.values() for link in one.links]
    assert len({id(link) for link in links}) == len(set(links)) < len(links)
    assert place_of(tmp_path, "night/site.warc.gz").is_file()
