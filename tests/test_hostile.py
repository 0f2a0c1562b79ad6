"""One audit of good sites among hostile ones, one of each kind: each hostile one ends as it must, the good ones as ever.

With forty good ones: `GOOD_SITES=40 .venv/bin/python -m pytest -q tests/test_hostile.py`.
"""

import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crawler.facts import Problem
from crawler.urls import canonical
from db.models import Page
from db.store import open_store
from tests.hostile.light import AS_OF, SECTIONS, Hostile
from tests.hostile.obstacles import OBSTACLES
from tests.hostile.responses import RESPONSES
from tests.hostile.server import Log, listen
from tests.hostile.traps import TRAPS

GOOD = [Hostile(f"tot-{number}", lambda asked: None) for number in range(1, 1 + int(os.environ.get("GOOD_SITES", "4")))]
IN_THE_RUN = (
    "trap-unknown-tokens",
    "trap-same-pages",
    "trap-facets",
    "trap-cases",
    "canonical-home",
)
SITES = [*OBSTACLES, *RESPONSES, *(site for site in TRAPS if site.id in IN_THE_RUN)]
REQUIREMENTS = [requirement for requirement, _, _ in SECTIONS.values()]
SETTINGS = {"DOWNLOAD_TIMEOUT": 8, "RETRY_TIMES": 0, "DOWNLOAD_MAXSIZE": 1_000_000}
PAGES = 40
pytestmark = [pytest.mark.xdist_group("hostile"), pytest.mark.timeout(900)]  # one audit for all tests here


@dataclass(frozen=True)
class Audited:
    log: Log
    sites: dict[str, dict[str, Any]]  # of audit.json
    cards: dict[str, dict[str, Any]]
    facts: dict[str, dict[str, Any]]
    pages: dict[str, list[Page]]

    def finding(self, site: str, requirement: str) -> tuple[str, str]:
        [found] = [one for one in self.cards[site]["findings"] if one["requirement"] == requirement]
        return found["outcome"], found["reason"]


def write_registry(folder: Path, sites: list[Hostile], addresses: list[str]) -> Path:
    lines = [
        'province: {id: songthao, name: Tỉnh Sông Thao, timezone: Asia/Ho_Chi_Minh, domain: songthao.test, area_codes: ["271"]}',
        "sites:",
    ]
    for site, address in zip(sites, addresses, strict=True):
        lines.append(
            f'  - {{id: {site.id}, name: Sở {site.id}, kind: department, url: "http://{site.host}/", connect_to: "{address}"}}'
        )
    path = folder / "registry.yml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def audit(folder: Path, sites: list[Hostile]) -> Audited:
    with listen(sites) as (log, addresses):
        registry = write_registry(folder, sites, addresses)
        command = [
            sys.executable, str(Path(__file__).parent / "hostile" / "audit.py"), json.dumps(SETTINGS), "audit", "--json", "--registry", str(registry),
            "--data", str(folder / "var"), "--as-of", str(AS_OF), "--delay", "0", "--max-pages", str(PAGES),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=800)
    assert done.returncode == 0, done.stderr[-3000:]
    document = json.loads(done.stdout)
    reports = folder / "var" / "reports"
    read = {
        name: {site.id: json.loads((reports / site.id / f"{name}.json").read_text("utf-8")) for site in sites}
        for name in ("scorecard", "facts")
    }
    store = open_store(f"sqlite:///{folder / 'var' / 'audit.db'}", create=False)
    pages = {site.id: store.pages(f"{document['night']}.{site.id}") for site in sites}
    return Audited(log, {one["id"]: one for one in document["sites"]}, read["scorecard"], read["facts"], pages)


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    yield audit(tmp_path_factory.mktemp("hostile"), [*GOOD[:2], *SITES, *GOOD[2:]])


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.id)
def test_a_hostile_site_ends_as_it_must(audited: Audited, site: Hostile) -> None:
    card = audited.cards[site.id]
    assert audited.sites[site.id]["state"] in ([site.state] if site.state else ["complete", "partial"]), card["crawl"]
    assert set(card["crawl"]["bounds"]) >= site.bounds
    assert set(card["crawl"]["errors"]) >= site.errors, card["crawl"]["errors"]
    asked = [target for _, target in audited.log.of(site.host)]
    assert asked and len(asked) <= site.at_most, sorted(asked)
    assert [target for target in asked if target.startswith(site.never or ("\0",))] == []


@pytest.mark.parametrize("site", [site for site in SITES if site.problems], ids=lambda site: site.id)
def test_what_could_not_be_had_says_why(audited: Audited, site: Hostile) -> None:
    rows = {page.url.removeprefix(f"http://{site.host}"): page.problem for page in audited.pages[site.id]}
    assert {target: rows.get(target) for target in site.problems} == site.problems


@pytest.mark.parametrize("site", [site for site in SITES if site.same or site.findings], ids=lambda site: site.id)
def test_sections_are_judged_all_the_same(audited: Audited, site: Hostile) -> None:
    wanted = {requirement: audited.finding("tot-1", requirement) for requirement in REQUIREMENTS if site.same}
    wanted.update(site.findings)
    assert {requirement: audited.finding(site.id, requirement) for requirement in wanted} == wanted


@pytest.mark.parametrize(
    "site", [site for site in SITES if site.state not in ("", "complete")], ids=lambda site: site.id
)
def test_nobody_is_blamed_for_what_was_not_seen(audited: Audited, site: Hostile) -> None:
    outcomes = {one["outcome"] for one in audited.cards[site.id]["findings"]}
    assert "failed" not in outcomes


@pytest.mark.parametrize("site", GOOD, ids=lambda site: site.id)
def test_good_sites_are_neither_slowed_nor_spoilt(audited: Audited, alone: Audited, site: Hostile) -> None:
    """The same findings, facts and requests as in a run of their own."""
    assert audited.sites[site.id]["state"] == "complete"
    for document in (audited, alone):
        assert document.cards[site.id]["crawl"]["errors"] == {}
    assert [(one["requirement"], one["outcome"], one["reason"]) for one in audited.cards[site.id]["findings"]] == [
        (one["requirement"], one["outcome"], one["reason"]) for one in alone.cards[site.id]["findings"]
    ]
    assert audited.facts[site.id]["sections"] == alone.facts[site.id]["sections"]
    assert audited.facts[site.id]["entries"] == alone.facts[site.id]["entries"]
    assert [target for _, target in audited.log.of(site.host)] == [target for _, target in alone.log.of(site.host)]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    return audit(tmp_path_factory.mktemp("alone"), GOOD)


def test_the_good_site_is_good(alone: Audited) -> None:
    outcomes = {requirement: alone.finding("tot-1", requirement)[0] for requirement in REQUIREMENTS}
    assert set(outcomes.values()) == {"passed"}, outcomes


def test_only_the_registrys_hosts_are_asked_and_nothing_is_sent(audited: Audited) -> None:
    """Whatever links, redirects, frames and forms of hostile pages name: no other host, no sub-domain, no form."""
    asked = {host.removeprefix("www.") for _, host, _ in audited.log.requests}
    assert asked == {site.host for site in [*SITES, *GOOD]}
    assert set(audited.log.methods) <= {"GET", "HEAD"}


def test_a_flood_page_is_waited_out(audited: Audited) -> None:
    """It says one second; two are added for its clock."""
    for name in ("flood-200", "flood-429", "flood-robots"):
        [site] = [one for one in SITES if one.id == name]
        times = [at for at, _ in audited.log.of(site.host)]
        assert max(second - first for first, second in itertools.pairwise(times)) >= 1.0
        assert site.spoil.shown <= 2  # type: ignore[attr-defined]


def test_waits_that_are_asked_for_are_kept(audited: Audited) -> None:
    for name in ("wait-seconds", "wait-date"):
        first, second = [at for at, target in audited.log.of(f"{name}.songthao.test") if target == "/thu-tuc"]
        assert second - first >= 0.4


def test_spam_is_not_taken_for_the_sites(audited: Audited) -> None:
    spam = re.compile(r"slot|gacor|tài xỉu|nhà cái|viagra", re.IGNORECASE)
    for name in ("hacked-home", "hacked-page", "hacked-links"):
        shown = json.dumps([audited.facts[name]["entries"], audited.facts[name]["sections"]], ensure_ascii=False)
        assert not spam.search(shown)


def test_what_lies_about_its_type_is_no_page(audited: Audited) -> None:
    for name, path in (("pdf-as-html", "/co-cau"), ("image-as-html", "/ngan-sach"), ("noise-as-html", "/thu-tuc")):
        words = [
            one["words"]
            for one in audited.facts[name]["sections"]
            if one["url"] == f"http://{name}.songthao.test{path}"
        ]
        assert words and max(words) == 0, name


def test_problems_are_named(audited: Audited) -> None:
    named = {page.problem for pages in audited.pages.values() for page in pages if page.problem}
    assert named <= set(Problem) and all(
        canonical(page.url) == page.url for pages in audited.pages.values() for page in pages
    )
