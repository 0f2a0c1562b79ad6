"""Sites that fail at first, sites that fail altogether, and a night in which hardly any answers: whose fault is it?"""

import json
import re
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.facts import CrawlState
from crawler.fleet import is_outage
from crawler.plan import CrawlResult
from tests.province.families.markup import Answer
from tests.province.server import Province, Served, serve
from tests.test_commands import run, snapshot

AS_OF = date(2026, 11, 22)
SITES = ("phuong-tan-lap", "so-tu-phap", "so-xay-dung", "xa-phuoc-hoa", "huyen-nam-giang", "so-tai-chinh")
pytestmark = pytest.mark.xdist_group("resume")


class FlakyProvince(Province):
    """One host answers 503 to its first three requests, as a server does that is just being started."""

    def __init__(self, as_of: date, host: str) -> None:
        super().__init__(as_of)
        self.host, self.asked = host, Counter[str]()

    def answer(self, host: str, target: str) -> Answer:
        self.asked[host] += 1
        if host == self.host and self.asked[host] <= 3:
            return Answer(b"<h1>503</h1>", 503, {"Content-Type": "text/html"})
        return super().answer(host, target)


def write(served: Served, folder: Path, ports: dict[str, int]) -> Path:
    """A registry of the six sites alone, each at its port."""
    whole = served.write_registry(folder).read_text(encoding="utf-8")
    head, *entries = re.split(r"(?m)^(?=  - )", whole)
    chosen = {entry.split()[2]: entry for entry in entries if entry.startswith("  - id:")}
    lines = [re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{ports.get(site, served.port)}", chosen[site]) for site in SITES]
    path = folder / "six.yml"
    path.write_text(head + "".join(lines), encoding="utf-8")
    return path


def audit(registry: Path, data: Path, *more: object) -> Any:
    return run("audit", "--registry", registry, "--data", data, "--as-of", AS_OF, "--delay", 0, "--max-pages", 2, *more)


def states(data: Path) -> tuple[list[str], Counter[str]]:
    """States of the nights in their order, and of all crawls."""
    with closing(sqlite3.connect(data / "audit.db")) as connection:
        nights = connection.execute("SELECT state FROM night ORDER BY started_at").fetchall()
        crawls = connection.execute("SELECT state FROM crawl").fetchall()
    return [state for (state,) in nights], Counter(state for (state,) in crawls)


def test_a_site_that_answers_in_a_later_wave_is_not_called_unreachable(tmp_path: Path) -> None:
    """And one that never answers is: cant_tell for every rule, while the others are judged."""
    with serve(FlakyProvince(AS_OF, "sotuphap.songthao.test")) as served:
        done = audit(write(served, tmp_path, {"so-xay-dung": 1}), tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    sites = {site["id"]: site for site in json.loads(done.stdout)["sites"]}
    assert sites["so-tu-phap"]["state"] == "partial" and sites["so-tu-phap"]["pages"] == 2
    assert {site for site in sites if sites[site]["state"] == "unreachable"} == {"so-xay-dung"}
    counts = sites["so-xay-dung"]["counts"]
    assert counts["failed"] == counts["passed"] == 0 and counts["cant_tell"] > 10
    card = json.loads((tmp_path / "reports/so-xay-dung/scorecard.json").read_text(encoding="utf-8"))
    assert {f["reason"] for f in card["findings"] if f["outcome"] == "cant_tell"} == {"unreachable"}
    assert "Thử lại ngay 2 site" in done.stderr


def test_a_night_in_which_hardly_any_site_answers_blames_nobody_and_is_gone_on_with(tmp_path: Path) -> None:
    with serve(Province(AS_OF)) as served:
        port = served.port
        first = audit(write(served, tmp_path, {}), tmp_path, "--site", "so-tu-phap")
        assert first.returncode == 0, first.stderr
        down = {site: 1 for site in SITES}
        before = snapshot(tmp_path / "reports")
        silent = audit(write(served, tmp_path, down), tmp_path)
        assert silent.returncode == 1 and "Traceback" not in silent.stderr
        assert "có thể mất mạng ở chính máy này" in silent.stdout and "báo cáo cũ được giữ nguyên" in silent.stderr
        assert states(tmp_path)[0] == ["complete", "outage"] and "unreachable" not in states(tmp_path)[1]
    with serve(Province(AS_OF)) as alone:  # the other server is down now: five sites of six are silent
        registry = write(alone, tmp_path, {site: port for site in SITES[1:]})
        most = audit(registry, tmp_path)
        assert most.returncode == 1 and "1/6" in most.stderr
        assert states(tmp_path)[0][-1] == "running" and "unreachable" not in states(tmp_path)[1]
        assert snapshot(tmp_path / "reports") == before
        asked = len(alone.log)
        with serve(Province(AS_OF), port):
            last = audit(registry, tmp_path, "--json")
        assert last.returncode == 0 and "1/6 site đã xong" in last.stderr
        assert len(alone.log) == asked, "what had ended is not asked again"
    assert {site["state"] for site in json.loads(last.stdout)["sites"]} <= {"complete", "partial"}


def results(answered: int, silent: int) -> list[CrawlResult]:
    now = datetime(2026, 11, 22)
    states = [CrawlState.COMPLETE] * answered + [CrawlState.UNREACHABLE] * silent
    return [CrawlResult(str(i), s, now, now, answered=s is CrawlState.COMPLETE) for i, s in enumerate(states)]


@pytest.mark.parametrize(
    ("answered", "silent", "before", "outage"),
    [
        (0, 1, 0, True),  # the only site: nobody can say whose fault it is
        (0, 1, 39, False),  # the last of a night that was cut off: it is dead
        (8, 32, 0, True),
        (9, 31, 0, False),
        (1, 3, 0, False),
        (0, 30, 10, True),  # the network went while the night lay cut off
        (0, 0, 5, False),
    ],
)
def test_outage_is_told_from_dead_sites(answered: int, silent: int, before: int, outage: bool) -> None:
    assert is_outage(results(answered, silent), before) == outage
