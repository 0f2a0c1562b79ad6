"""Pages made by scripts: seen through the system's Chromium, held to the crawl's rules, told apart where they can't be.

Real Chromium, real sockets, loopback only.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from warcio.archiveiterator import ArchiveIterator

from crawler.answers import Answer
from crawler.captures import Capture
from crawler.chromium import find_chromium
from crawler.evidence import EvidenceFile
from crawler.extract.page import observe
from crawler.observed import ObservedFile
from crawler.record import CrawlRecord, KnownAnswers
from db.models import Page
from tests.scripted_sites import HUGE, PHONE, RESTLESS, SECTIONS, SHELL, STUCK, ScriptedSites, serve_scripted

ROOT = Path(__file__).parents[1]
AS_OF = date(2026, 11, 22)
CHROMIUM = find_chromium(os.environ.get("AUDIT_CHROMIUM", ""))
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed (apt-get install chromium)")
pytestmark = pytest.mark.xdist_group("browser")


def run(*arguments: object, chromium: Path | None = None, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "AUDIT_CHROMIUM": str(chromium or ""), "PATH": path or os.environ["PATH"]}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=200, env=environment)


def write_program(folder: Path, lines: str = "") -> Path:
    """A program that notes its start in `folder`/starts, does `lines`, and becomes Chromium."""
    program = folder / "chromium-of-the-test"
    program.write_text(f'#!/bin/sh\necho started >> {folder}/starts\n{lines}\nexec {CHROMIUM} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return program


def starts(folder: Path) -> int:
    return len((folder / "starts").read_text(encoding="utf-8").split())


@dataclass
class Audited:
    sites: ScriptedSites
    folder: Path
    said: str

    @property
    def data(self) -> Path:
        return self.folder / "var"

    def read(self, site: str, name: str) -> dict[str, Any]:
        text = (self.data / "reports" / site / f"{name}.json").read_text(encoding="utf-8")
        return dict(json.loads(text))

    def outcome(self, site: str, requirement: str) -> tuple[str, str]:
        [found] = [one for one in self.read(site, "scorecard")["findings"] if one["requirement"] == requirement]
        return found["outcome"], found["reason"]

    def rendered(self, site: str) -> dict[str, tuple[str, str]]:
        """URL → (what the record says of it, the page as it had become)."""
        found = {}
        [warc] = self.data.glob(f"evidence/*/{site}.warc.gz")
        with warc.open("rb") as file:
            for record in ArchiveIterator(file, check_digests="raise"):
                if record.rec_type == "conversion":
                    header = record.rec_headers.get_header
                    text = record.content_stream().read().decode()
                    found[header("WARC-Target-URI")] = (header("X-Audit-Rendering"), text)
        return found


def audit(
    sites: ScriptedSites, folder: Path, *options: object, chromium: Path | None = None, path: str = ""
) -> Audited:
    registry = sites.write_registry(folder)
    arguments = ["audit", "--registry", registry, "--data", folder / "var", "--as-of", AS_OF, "--delay", "0", *options]
    done = run("run_audit.py", *arguments, chromium=chromium, path=path or None)
    assert done.returncode == 0, done.stderr
    return Audited(sites, folder, done.stdout)


HOSTS = {"ungdung": "spa", "duongdan": "routes", "maychu": "server", "tancong": "hostile"}


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    folder = tmp_path_factory.mktemp("browser")
    with serve_scripted(AS_OF, HOSTS) as sites:
        yield audit(sites, folder, chromium=write_program(folder))


@needs_chromium
@pytest.mark.parametrize("site", ["so-ungdung", "so-duongdan"])
def test_an_application_is_judged_like_any_site(audited: Audited, site: str) -> None:
    facts = audited.read(site, "facts")
    assert {section["label"] for section in facts["sections"]} >= set(SECTIONS.values())
    assert {entry["published"] for entry in facts["entries"]} == {f"2026-11-{22 - number}" for number in range(1, 9)}
    assert PHONE in {contact["text"] for contact in facts["contacts"]}
    for requirement in ("INT-01", "NEW-01"):
        assert audited.outcome(site, requirement)[0] == "passed", requirement
    assert audited.outcome(site, "BUD-01") == ("failed", "absent")


@needs_chromium
def test_routes_in_the_fragment_are_addresses_and_cost_no_request_for_the_shell(audited: Audited) -> None:
    urls = {section["url"] for section in audited.read("so-duongdan", "facts")["sections"]}
    assert {f"http://duongdan.songthao.test/#/{slug}" for slug in SECTIONS} <= urls
    assert audited.sites.asked("duongdan").count("/") == 1


@needs_chromium
def test_pages_made_on_the_server_are_never_opened(audited: Audited) -> None:
    assert audited.rendered("so-maychu") == {}
    assert not [target for target in audited.sites.asked("maychu") if "_next" in target]


@needs_chromium
def test_one_browser_serves_all_sites(audited: Audited) -> None:
    assert len(audited.rendered("so-ungdung")) == len(audited.rendered("so-duongdan")) == 5
    assert starts(audited.folder) == 1


@needs_chromium
def test_scripts_are_fetched_once_and_a_page_is_asked_for_once(audited: Audited) -> None:
    asked = audited.sites.asked("ungdung")
    assert asked.count("/app.js") == 1
    assert {target for target in asked if target.endswith(".css")} == set()
    pages = [target for target in asked if not target.startswith("/api/")]
    assert len(pages) == len(set(pages))


@needs_chromium
def test_a_hostile_page_reaches_nothing_but_its_own_site(audited: Audited) -> None:
    """Other ports, metadata, files, other hosts, POST, sockets, beacons, prefetches, forms, popups, frames, datagrams."""
    tried = {(method, target) for method, host, target in audited.sites.log if host.startswith("tancong")}
    allowed = {("GET", target) for target in ("/robots.txt", "/", "/app.js", "/sang-cho-khac", "/duoc-phep")}
    assert tried - {("GET", "/tai-ve"), ("GET", "/sitemap.xml")} == allowed  # what the crawl itself may ask for
    known = {f"{name}.songthao.test" for name in HOSTS}
    assert [one for one in audited.sites.log if one[1] not in known] == []
    state, page = audited.rendered("so-tancong")["http://tancong.songthao.test/"]
    lines = dict(line.text_content().split(": ") for line in html.fromstring(page).iter("li"))
    assert lines.pop("allowed") == "GOT"
    assert set(lines.values()) == {"refused"} and len(lines) >= 9
    assert state == "unfinished"


@needs_chromium
def test_what_scripts_could_not_finish_is_no_absence(audited: Audited) -> None:
    assert audited.outcome("so-tancong", "BUD-01") == ("cant_tell", "needs_browser")
    assert "Chưa kết luận được về" in audited.said


@needs_chromium
def test_facts_are_recomputed_from_the_store_without_a_browser(audited: Audited) -> None:
    """From the WARC alone: what the crawl observed and kept beside it is taken away."""
    before = {path: path.read_bytes() for path in (audited.data / "reports").rglob("*.json")}
    asked = len(audited.sites.log)
    for path in audited.data.rglob("*.observed.gz"):
        path.unlink()
    done = run("run_audit.py", "report", "--data", audited.data, "--json", path="/nowhere")
    assert done.returncode == 0, done.stderr
    assert {path: path.read_bytes() for path in (audited.data / "reports").rglob("*.json")} == before
    assert len(audited.sites.log) == asked and starts(audited.folder) == 1


@needs_chromium
def test_evidence_with_conversions_is_accepted_by_warcio(audited: Audited) -> None:
    files = sorted(audited.data.glob("evidence/*/*.warc.gz"))
    done = run("-m", "warcio.cli", "check", *files)
    assert files and done.returncode == 0, done.stdout + done.stderr


def test_without_chromium_such_pages_cannot_be_told(tmp_path: Path) -> None:
    with serve_scripted(AS_OF, {"ungdung": "spa", "maychu": "server"}) as sites:
        audited = audit(sites, tmp_path, path="/nowhere")
    assert audited.outcome("so-ungdung", "INT-01") == ("cant_tell", "needs_browser")
    assert audited.outcome("so-maychu", "INT-01") == ("passed", "present")
    card = audited.read("so-ungdung", "scorecard")
    assert card["crawl"]["errors"] == {"needs_browser": 1}
    assert "failed" not in {finding["outcome"] for finding in card["findings"]}
    assert audited.said.count("Chưa kết luận được về 1 trang") == 1 and "không có Chromium" in audited.said


CRAWL = """
import json, sys
from datetime import date
from pathlib import Path
from crawler.fleet import run_fleet
from crawler.plan import CrawlPlan
from crawler.registry import load_registry
registry = load_registry(Path(sys.argv[1]))
plans = [CrawlPlan("night." + s.id, s, registry.province, int(sys.argv[4]), 0.0, date(2026, 11, 22)) for s in registry.sites]
pages = []
results = run_fleet(plans, evidence_dir=Path(sys.argv[2]) / "evidence", save_pages=pages.extend,
                    save_result=lambda result: None, settings=json.loads(sys.argv[3]))
print(json.dumps({r.crawl_id[6:]: {"state": r.state, "errors": r.errors} for r in results}))
"""


def crawl(sites: ScriptedSites, folder: Path, chromium: Path, max_pages: int = 3, **settings: object) -> dict[str, Any]:
    script = folder / "crawl.py"
    script.write_text(CRAWL, encoding="utf-8")
    options = {"AUDIT_CHROMIUM": str(chromium), **settings}
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv = sys.argv[1:]; exec(open(sys.argv[0]).read())"
    done = run("-c", program, script, sites.write_registry(folder), folder / "var", json.dumps(options), max_pages)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@needs_chromium
def test_pages_that_never_rest_are_bounded_and_the_browser_is_restarted(tmp_path: Path) -> None:
    """Taken as it stands, given up, too large: each for itself, and other sites' pages are seen all the same."""
    hosts = {"bonchon": RESTLESS, "macket": STUCK, "tolon": HUGE, "ungdung": "spa"}
    with serve_scripted(AS_OF, hosts) as sites:
        settings = {"AUDIT_BROWSER_SECONDS": 4, "AUDIT_BROWSER_RESTART": 3, "AUDIT_BROWSER_SIZE": 1_000_000}
        results = crawl(sites, tmp_path, write_program(tmp_path), **settings)
    audited = Audited(sites, tmp_path, "")
    [(state, page)] = audited.rendered("so-bonchon").values()
    assert state == "unfinished" and "chữ chữ" in page
    for site in ("so-macket", "so-tolon"):
        assert results[site]["errors"] == {"needs_browser": 1} and audited.rendered(site) == {}
    assert len(audited.rendered("so-ungdung")) == 3
    assert starts(tmp_path) >= 2


@needs_chromium
def test_a_browser_that_is_killed_is_started_once_more_for_the_page(tmp_path: Path) -> None:
    flag = tmp_path / "kill"
    killer = f'[ "$(wc -l < {tmp_path}/starts)" = 1 ] && (until [ -e {flag} ]; do sleep 0.05; done; kill -9 $$) &'
    with serve_scripted(AS_OF, {"ungdung": "spa"}) as sites:
        sites.on_data = flag.touch
        results = crawl(sites, tmp_path, write_program(tmp_path, killer), max_pages=2)
    assert starts(tmp_path) == 2
    assert results["so-ungdung"]["errors"] == {}
    assert len(Audited(sites, tmp_path, "").rendered("so-ungdung")) == 2


def test_a_chromium_that_does_not_start_is_none(tmp_path: Path) -> None:
    with serve_scripted(AS_OF, {"ungdung": "spa", "duongdan": "routes"}) as sites:
        results = crawl(sites, tmp_path, Path("/bin/false"))
    expected = {"state": "complete", "errors": {"needs_browser": 1}}
    assert results == {"so-ungdung": expected, "so-duongdan": expected}


FILLED = "<p>" + "Nội dung đầy đủ của một trang do máy chủ dựng sẵn cho người đọc. " * 3 + "</p>"
MENU = "".join(f'<a href="/{n}">Mục {n}</a> ' for n in range(6))


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (SHELL, True),
        ('<body><app-root></app-root><script src="main.js" type="module"></script></body>', True),
        ('<body><div id="__next"></div><script src="/_next/a.js"></script></body>', True),
        ('<body><div id="root"><div class="spinner">Loading...</div></div><script src="a.js"></script></body>', True),
        ('<head><title>Sở</title><meta name="description" content="Trang"></head><body><script src="a.js"></script></body>', True),
        ('<body><noscript>You need to enable JavaScript to run this app.</noscript><div id="khung">Chờ</div><script src="a.js"></script></body>', True),
        (f'<body><nav>{MENU}</nav><div id="app"></div><script src="a.js"></script></body>', True),
        (f'<body ng-app="x"><nav>{MENU}</nav><main><h2>{{{{ tin.tieuDe }}}}</h2><p>{{{{ tin.noiDung }}}}</p></main></body>', True),
        (f'<body><div id="__next">{FILLED}</div><script src="/_next/a.js"></script></body>', False),
        (f'<body><div id="app"><nav>{MENU}</nav><h1>Liên hệ</h1>Đường Trần Hưng Đạo, số 1</div><script src="a.js"></script></body>', False),
        ('<body><script>window.location.href = "/trang-chu"</script></body>', False),
        ('<head><meta http-equiv="refresh" content="0;url=/vi"></head><body></body>', False),
        (f'<body><nav>{MENU}</nav><div class="noi-dung"></div><script src="jquery.js"></script></body>', False),
        ("<body><p>Đang cập nhật</p></body>", False),
        ('<body><img src="/banner.jpg"><script src="a.js"></script></body>', False),
    ],
)  # fmt: skip
def test_shells_are_told_from_pages(page: str, expected: bool) -> None:
    capture = Capture("http://so.songthao.test/", 200, {"content-type": "text/html; charset=utf-8"}, page.encode())
    assert observe(capture).needs_browser is expected


def test_an_interrupted_crawl_finds_what_a_page_had_become(tmp_path: Path) -> None:
    at, url = datetime(2026, 11, 22, 3, tzinfo=UTC), "http://so.songthao.test/#/lien-he"
    file = EvidenceFile(tmp_path, "night/so.warc.gz", software="test", started_at=at)
    shell = file.write(url, 200, [("Content-Type", "text/html")], SHELL.encode(), at, None)
    headers = (("Content-Type", "text/html; charset=utf-8"), ("X-Audit-Rendering", "whole"))
    observed = ObservedFile(tmp_path, "night/so.warc.gz", ())
    record = CrawlRecord("night.so", file, observed, lambda rows: None)
    stored = record.convert(url, Answer(200, headers, "<p>Liên hệ</p>".encode(), at), shell)
    file.close()
    observed.close()
    known = KnownAnswers(tmp_path, "night/so.warc.gz")
    assert known.hold(Page(crawl="night.so", url=url, fetched_at=at, record=stored.record))
    found = known.take_rendered(url)
    assert found is not None and found.stored == stored
    assert (found.body.decode(), found.header("x-audit-rendering")) == ("<p>Liên hệ</p>", "whole")
    assert known.take_rendered(url) is None
    plain = known.take(url)
    assert plain is not None and plain.body == SHELL.encode() and known.take(url) is None
