"""Scrapy's own commands from the project's root: the same crawl, our settings, our counters."""

import json
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from tests.province.server import Province, Served, serve
from tests.test_commands import ROOT, run

AS_OF = date(2026, 11, 22)
pytestmark = pytest.mark.xdist_group("resume")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve(Province(AS_OF)) as served:
        yield served


def scrapy(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "scrapy", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)


def crawl(served: Served, data: Path, *more: object) -> subprocess.Popen[str]:
    registry = served.write_registry(data)
    known = ("-a", "site=so-y-te", "-a", f"registry={registry}", "-a", f"data={data}", "-a", f"as_of={AS_OF}")
    return scrapy("crawl", "site", *known, "-s", "AUDIT_DELAY=0", "-s", "STATS_DUMP=1", "-s", "LOG_LEVEL=INFO", *more)


def counters(log: str) -> dict[str, int]:
    return {name: int(count) for name, count in re.findall(r"'audit/([\w/]+)': (\d+)", log)}


def test_scrapy_crawl_keeps_a_night_of_one_site_and_goes_on_after_a_stop(served: Served, tmp_path: Path) -> None:
    served.log.clear()
    stopped = crawl(served, tmp_path)
    while len(served.log) < 8 and stopped.poll() is None:
        time.sleep(0.001)
    stopped.send_signal(signal.SIGTERM)
    _, said = stopped.communicate(timeout=60)
    assert "đã dừng" in said and "Traceback" not in said
    last = crawl(served, tmp_path, "-s", "USER_AGENT=Another/1.0")
    _, log = last.communicate(timeout=60)
    assert last.returncode == 0 and "Quét tiếp lần quét" in log and "Traceback" not in log
    assert len({entry[1:] for entry in served.log}) == len(served.log), "nothing was asked twice"

    count = counters(log)
    with closing(sqlite3.connect(tmp_path / "audit.db")) as connection:
        [(night, state)] = connection.execute("SELECT id, state FROM night").fetchall()
        [(requests, errors)] = connection.execute("SELECT requests, errors FROM crawl").fetchall()
        [(pages,)] = connection.execute("SELECT COUNT(*) FROM page WHERE status = 200 AND problem IS NULL").fetchall()
        [(entries,)] = connection.execute("SELECT COUNT(*) FROM entry").fetchall()
    assert state == "complete" and entries > 50
    assert count["request/sent"] + count["request/known"] == requests and count["request/known"] >= 7
    assert count["page/html"] == pages
    assert {name.removeprefix("problem/"): n for name, n in count.items() if "problem/" in name} == json.loads(errors)
    assert run("evidence", "verify", "--night", night, "--data", tmp_path).returncode == 0


def test_a_bound_is_among_the_counters(served: Served, tmp_path: Path) -> None:
    _, log = crawl(served, tmp_path, "-a", "max_pages=3").communicate(timeout=60)
    count = counters(log)
    assert count["page/html"] == 3 and count["bound/pages"] > 3


@pytest.mark.parametrize(
    ("arguments", "says", "code"),
    [
        ([], "-a site=", 2),
        (["-a", "site=nobody", "-a", "registry={registry}", "-a", "data={data}"], "nobody", 2),
        (["-a", "site=so-y-te", "-a", "registry={registry}", "-a", "data={registry}"], "registry.yml", 1),
        (["-a", "site=banqlda", "-a", "registry={remote}", "-a", "data={data}", "-s", "AUDIT_DELAY=0"], "banqlda", 2),
    ],
)
def test_wrong_arguments_are_one_clear_message(
    served: Served, tmp_path: Path, arguments: list[str], says: str, code: int
) -> None:
    """The last: no pause on a host that is not this machine."""
    registry, remote = served.write_registry(tmp_path), tmp_path / "remote.yml"
    text = registry.read_text(encoding="utf-8").split("sites:")[0]
    site = '{id: banqlda, name: Ban, kind: department, url: "http://banqlda.songthao.test/"}'
    remote.write_text(f"{text}sites:\n  - {site}\n", encoding="utf-8")
    fill = {"registry": registry, "data": tmp_path / "var", "remote": remote}
    done = scrapy("crawl", "site", *(argument.format(**fill) for argument in arguments))
    _, said = done.communicate(timeout=60)
    assert done.returncode == code and says in said and "Traceback" not in said


def test_fetch_by_hand_keeps_our_settings(served: Served) -> None:
    """Our name, robots.txt and the guarded resolver: this machine is asked only where a setting says so."""
    url = f"http://127.0.0.1:{served.port}/nothing"
    served.log.clear()
    quick = ("-s", "AUDIT_DELAY=0")
    refused, _ = scrapy("fetch", url, *quick).communicate(timeout=60)
    assert served.log == [] and refused.strip() == ""
    allowed, _ = scrapy("fetch", url, *quick, "-s", "AUDIT_LOCAL_HOSTS=127.0.0.1").communicate(timeout=60)
    assert "404" in allowed and [target for *_, target in served.log] == ["/robots.txt", "/nothing"]


def test_the_shell_opens_with_our_settings(served: Served) -> None:
    url = f"http://127.0.0.1:{served.port}/"
    settings = ("-s", "AUDIT_LOCAL_HOSTS=127.0.0.1", "-s", "AUDIT_DELAY=0")
    code = "response.status, request.headers['User-Agent'][:24], settings.getint('AUDIT_WAIT_LIMIT')"
    said, _ = scrapy("shell", url, *settings, "-c", code).communicate(timeout=60)
    assert "(404, b'ComplianceObservatory/0.', 330)" in said
