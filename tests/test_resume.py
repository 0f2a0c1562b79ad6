"""Kill -9, a clean stop, a changed registry: a night goes on where it was, or says why not; nothing is lost."""

import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.evidence import EvidenceReader
from crawler.registry import load_registry
from crawler.resume import NightRun, begin_night
from db.store import Store, open_store
from tests.province.server import Province, Served, serve
from tests.test_commands import ROOT, run

AS_OF = date(2026, 11, 22)
SITES = ("xa-phuoc-hoa", "so-tu-phap")
pytestmark = pytest.mark.xdist_group("resume")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve(Province(AS_OF)) as served:
        yield served


@pytest.fixture(scope="module")
def whole(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a night that nothing disturbed."""
    data = tmp_path_factory.mktemp("whole")
    done = run("crawl", *options(served.write_registry(data), data))
    assert done.returncode == 0, done.stderr
    return data


def options(registry: Path, data: Path, *more: object) -> list[object]:
    sites = [word for site in SITES for word in ("--site", site)]
    return ["--registry", registry, "--data", data, "--as-of", AS_OF, "--delay", "0", *sites, *more]


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, str(ROOT / "run_audit.py"), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)


def rows(data: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(data / "audit.db")) as connection:
        return connection.execute(sql).fetchall()


def kept_pages(data: Path, night: str) -> list[tuple[Any, ...]]:
    """What the rows say of the night's pages, apart from times, record ids and what page counters change."""
    wanted = "substr(crawl, instr(crawl, '.')), url, status, problem, location, role, listing, depth"
    return sorted(rows(data, f"SELECT {wanted} FROM page WHERE crawl LIKE '{night}.%'"), key=str)


def check_evidence(data: Path, night: str) -> list[tuple[str, str]]:
    """Every record reads back, `warcio check` and `evidence verify` pass; (url, record id) of all records."""
    files = sorted((data / "evidence" / night).glob("*.warc.gz"))
    checked = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", *map(str, files)], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout
    verified = run("evidence", "verify", "--night", night, "--data", data)
    assert verified.returncode == 0, verified.stdout
    reader = EvidenceReader(data / "evidence")
    found = []
    for path in files:
        for kept in reader.records(f"{night}/{path.name}"):
            assert reader.read(f"{night}/{path.name}", kept.stored.offset).stored.record == kept.stored.record
            found.append((kept.url, kept.stored.record))
    return found


def kill_after(process: subprocess.Popen[str], served: Served, requests: int) -> bool:
    """Kill -9 once so many further requests came; False where the process ended by itself before."""
    until = len(served.log) + requests
    while process.poll() is None:
        if len(served.log) >= until:
            process.kill()
            process.wait()
            return True
        time.sleep(0.001)
    return False


@pytest.mark.parametrize("seed", [1])
def test_a_killed_night_goes_on_where_it_was(served: Served, whole: Path, tmp_path: Path, seed: int) -> None:
    registry, dice = served.write_registry(tmp_path), random.Random(seed)
    served.log.clear()
    kills = 0
    for command, requests in (("crawl", 1), ("audit", dice.randint(3, 20)), ("audit", dice.randint(15, 40))):
        process = start(command, *options(registry, tmp_path))
        if kill_after(process, served, requests):
            kills += 1
            tear(tmp_path, dice)
    assert kills >= 2
    last = run("audit", *options(registry, tmp_path))
    assert last.returncode == 0, last.stderr

    [(night, state)] = rows(tmp_path, "SELECT id, state FROM night")
    assert state == "complete" and f"Quét tiếp lần quét {night}" in last.stdout
    assert kept_pages(tmp_path, night) == kept_pages(whole, rows(whole, "SELECT id FROM night")[0][0])
    records = check_evidence(tmp_path, night)
    assert len(records) == len(set(records)) == len({url for url, _ in records})
    repeated = sum(count - 1 for count in Counter((host, target) for _, host, target in served.log).values())
    assert repeated <= 3 * kills  # of each site the page on its way, and the torn record
    assert rows(tmp_path, "SELECT SUM(requests) FROM crawl") == [(len(records),)]


def tear(data: Path, dice: random.Random) -> None:
    """Leave the last record of a crawl that was not at its end half written."""
    for (crawl,) in rows(data, "SELECT id FROM crawl WHERE finished_at IS NULL ORDER BY id"):
        warc = data / "evidence" / f"{crawl.replace('.', '/', 1)}.warc.gz"
        if warc.is_file():
            with warc.open("ab") as file:
                file.truncate(max(0, warc.stat().st_size - dice.randint(1, 40)))
            return


def test_a_night_that_was_crawled_but_not_reported_asks_for_nothing(
    served: Served, whole: Path, tmp_path: Path
) -> None:
    tmp_path = Path(shutil.copytree(whole, tmp_path / "data"))
    registry = tmp_path / "registry.yml"
    with closing(sqlite3.connect(tmp_path / "audit.db")) as connection, connection:
        connection.execute("UPDATE night SET state = 'running'")  # as a kill in the middle of judging leaves it
    served.log.clear()
    done = run("audit", *options(registry, tmp_path), "--json")
    assert done.returncode == 0, done.stderr
    assert served.log == []
    [(night,)] = rows(tmp_path, "SELECT id FROM night WHERE state = 'complete'")
    assert json.loads(done.stdout)["night"] == night
    assert json.loads((tmp_path / "reports" / "audit.json").read_text(encoding="utf-8"))["night"] == night


def test_a_signal_ends_the_run_cleanly(served: Served, tmp_path: Path) -> None:
    registry = served.write_registry(tmp_path)
    served.log.clear()
    process = start("audit", *options(registry, tmp_path))
    while len(served.log) < 10:
        time.sleep(0.001)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "đã dừng theo yêu cầu" in said and "Traceback" not in said
    assert rows(tmp_path, "SELECT state FROM night") == [("running",)]
    before = len(served.log)
    done = run("crawl", *options(registry, tmp_path))
    assert done.returncode == 0 and rows(tmp_path, "SELECT state FROM night") == [("complete",)]
    assert len({entry[1:] for entry in served.log}) == len(served.log), "nothing was asked twice"
    assert before < len(served.log)


def test_a_changed_registry_begins_a_new_night(served: Served, tmp_path: Path) -> None:
    registry = served.write_registry(tmp_path)
    served.log.clear()
    assert kill_after(start("crawl", *options(registry, tmp_path)), served, 5)
    [(old,)] = rows(tmp_path, "SELECT id FROM night")
    text = registry.read_text(encoding="utf-8")
    registry.write_text(text.replace('area_codes: ["271"]', 'area_codes: ["271", "276"]'), encoding="utf-8")
    done = run("crawl", *options(registry, tmp_path, "--max-pages", 2))
    assert done.returncode == 0, done.stderr
    states = dict(rows(tmp_path, "SELECT id, state FROM night"))
    assert states == {old: "abandoned", done.stdout.strip(): "complete"}
    assert f"Lần quét {old}" in done.stderr and "danh bạ đã thay đổi" in done.stderr


@pytest.fixture
def cut(served: Served, tmp_path: Path) -> Iterator[tuple[Store, NightRun]]:
    """A night that was begun and has come no further, and the run that began it."""
    registry = load_registry(served.write_registry(tmp_path))
    chosen = [site for site in registry.sites if site.id in SITES]
    asked = NightRun(registry, chosen, date(2026, 11, 22), datetime(2026, 11, 22, 16, 30, tzinfo=UTC), "aaaa")
    with closing(open_store(f"sqlite:///{tmp_path}/audit.db")) as store:
        begin_night(store, tmp_path, asked)
        yield store, asked


LATER = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
"""After midnight in the province: the night began on the 22nd there."""


def test_midnight_does_not_cut_a_night_in_two(cut: tuple[Store, NightRun], tmp_path: Path) -> None:
    store, asked = cut
    begun = begin_night(store, tmp_path, replace(asked, as_of=date(2026, 11, 23), started_at=LATER, token="bbbb"))
    assert (begun.night.id, begun.as_of) == (asked.id, date(2026, 11, 22))


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"max_pages": 3}, "running"),
        ({"as_of": date(2026, 6, 30), "as_of_given": True}, "running"),
        ({"full": True}, "running"),
        ({"sites": []}, "running"),
        ({"started_at": LATER + timedelta(days=1)}, "abandoned"),
    ],
)
def test_another_command_begins_a_night_of_its_own(
    cut: tuple[Store, NightRun], tmp_path: Path, change: dict[str, Any], state: str
) -> None:
    store, asked = cut
    other = replace(asked, **{"started_at": LATER, "token": "bbbb", **change})
    begun = begin_night(store, tmp_path, other)
    assert begun.night.id == other.id and len(begun.notes) == 1 and asked.id in begun.notes[0]
    assert [night.state for night in map(store.night, (asked.id, other.id)) if night] == [state, "running"]
    again = begin_night(store, tmp_path, replace(asked, started_at=LATER, token="cccc"))
    assert again.night.id == (asked.id if state == "running" else again.night.id)
    assert (again.night.id == asked.id) == (state == "running")


def test_a_night_of_another_data_directory_is_left_alone(cut: tuple[Store, NightRun], tmp_path: Path) -> None:
    """Two directories may share a database; the evidence of a night lies in one of them."""
    store, asked = cut
    begun = begin_night(store, tmp_path / "second", replace(asked, started_at=LATER, token="bbbb"))
    old = store.night(asked.id)
    assert begun.night.id != asked.id and begun.notes == () and old is not None and old.state == "running"
