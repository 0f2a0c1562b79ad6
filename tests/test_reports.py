"""Reports that people read: nothing said twice, every doubt with what to do about it, tables that keep words whole."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import pytest
from lxml import html
from rich.console import Console

from audit_reports.console import table
from audit_reports.render import Run, _words, render_overview, render_site
from audit_reports.scorecard import score_site
from crawler.extract.features import NAMES
from crawler.facts import (
    Bound,
    CrawlFacet,
    CrawlState,
    Entry,
    Evidence,
    Kind,
    ProbeName,
    ProbeReason,
    Problem,
    Section,
    SiteFacet,
    SiteFacts,
)
from rules.engine import judge
from rules.loader import load_catalog, load_profile
from rules.model import Outcome, Reason, Severity

ROOT = Path(__file__).parents[1]
AS_OF = date(2026, 11, 22)
HOME = "http://sotuphap.songthao.test/"
MOMENT = datetime(2026, 11, 22, 2, tzinfo=UTC)


def seen(excerpt: str = "") -> Evidence:
    return Evidence(HOME, excerpt, MOMENT, "<urn:uuid:0>")


def section(label: str, requirement: str, problem: Problem | None = None, entries: int = 0) -> Section:
    page = None if problem else seen()
    return Section(label, HOME + requirement, (requirement,), 200, 90, entries, None, False, problem, seen(label), page)


FACTS = SiteFacts(
    site=SiteFacet("so-tu-phap", "Sở Tư pháp", Kind.DEPARTMENT, HOME, "Tỉnh Sông Thao", "songthao.test"),
    crawl=CrawlFacet(
        "c", "n", CrawlState.COMPLETE, MOMENT, MOMENT, 40, 44, 9000, "generic", looked_at=(seen("Trang chủ"),)
    ),
    as_of=AS_OF,
    sections=(
        section("van-ban-phap-quy.png", "DOC-01", Problem.DEAD_LINK),
        section("Tin tức", "NEW-01", entries=20),
        section("", "INT-01", Problem.DEAD_LINK),
    ),
    entries=(Entry("Tin <b>mới</b>", HOME + "1", None, "", "visible", "Tin tức", seen()),),
)


@pytest.fixture(scope="module")
def page() -> html.HtmlElement:
    catalog = load_catalog()
    profile = load_profile("component-sites", catalog)
    card = score_site(FACTS, judge(FACTS, catalog, profile), catalog.scoring, profile.name)
    run = Run("Tỉnh Sông Thao", "n", AS_OF, profile.name, catalog)
    assert "Sở Tư pháp" in render_overview(run, [card])
    return html.fromstring(render_site(run, card, FACTS))


def finding(page: html.HtmlElement, requirement: str) -> str:
    [element] = page.xpath(f'//article[@id="{requirement}"]')
    return re.sub(r"\s+", " ", element.text_content())


def test_parts_that_say_the_same_are_said_once(page: html.HtmlElement) -> None:
    text = finding(page, "DOC-01")
    assert text.count("trang đích không còn") == 1


def test_a_fault_says_what_to_do_about_it(page: html.HtmlElement) -> None:
    assert "Cách khắc phục: Sửa liên kết này" in finding(page, "DOC-01")


def test_a_link_without_words_is_called_something(page: html.HtmlElement) -> None:
    assert "van-ban-phap-quy.png (hình ảnh không có chữ thay thế)" in finding(page, "DOC-01")
    assert 'Mục ""' not in page.text_content()
    assert "liên kết không có chữ, dẫn đến " + HOME in finding(page, "INT-01")


def test_what_could_not_be_told_says_what_to_do(page: html.HtmlElement) -> None:
    assert "Việc nên làm: Ghi ngày đăng" in finding(page, "NEW-01")


def test_every_reason_for_doubt_has_its_next_step() -> None:
    catalog = load_catalog()
    profile = load_profile("component-sites", catalog)
    known = set(_words()["next_step"])
    for problem in Problem:
        facts = replace(FACTS, sections=tuple(replace(one, problem=problem, page=None) for one in FACTS.sections))
        reasons = {f.reason for f in judge(facts, catalog, profile) if f.outcome is Outcome.CANT_TELL}
        assert reasons <= known, problem
    unreachable = replace(FACTS, crawl=replace(FACTS.crawl, state=CrawlState.UNREACHABLE))
    assert {f.reason for f in judge(unreachable, catalog, profile) if f.outcome is Outcome.CANT_TELL} <= known
    assert known <= set(Reason)


def test_nothing_of_the_page_is_markup_in_the_report(page: html.HtmlElement) -> None:
    assert not page.xpath("//script") and not page.xpath("//*[starts-with(@href, 'javascript:')]")


@pytest.mark.parametrize("width", [80, 140])
def test_a_table_keeps_words_whole(width: int) -> None:
    out = StringIO()
    heads = ("Trang", "Tình trạng quét", "Số trang", "Điểm", "Xếp loại", "Độ phủ", "Chưa đạt", "Chưa xác định")
    row = ("huyen-nam-giang", "không truy cập được", "21", "100,0", "C", "100%", "2", "21")
    table(Console(file=out, width=width), "Tỉnh", heads, [row], figures_from=2)
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    words = re.findall(r"[^\s│┃]+", out.getvalue())
    for word in (*" ".join(heads).split(), *" ".join(row).split()):
        assert word in words


SCHEMAS = {
    name: json.loads((ROOT / f"audit_reports/schemas/{name}.schema.json").read_text(encoding="utf-8"))
    for name in ("audit", "scorecard", "facts")
}
CLOSED = {
    "kind": Kind,
    "state": CrawlState,
    "outcome": Outcome,
    "reason": Reason,
    "severity": Severity,
    "bound": Bound,
    "problem": Problem,
    "feature_name": NAMES,
    "probe_name": ProbeName,
    "probe_reason": ProbeReason,
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_list_every_value_that_the_program_has(name: str) -> None:
    for definition, content in SCHEMAS[name]["$defs"].items():
        if definition in CLOSED:
            assert set(content["enum"]) == {str(value) for value in CLOSED[definition]}, definition


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_closed_and_every_key_is_required(name: str) -> None:
    objects = [SCHEMAS[name], *SCHEMAS[name]["$defs"].values()]
    objects += [part for one in objects for part in one.get("properties", {}).values()]
    for one in objects:
        if one.get("type") == "object":
            assert one["additionalProperties"] is not True
            assert set(one.get("properties", {})) == set(one.get("required", []))


def test_the_report_has_a_word_for_every_value() -> None:
    words = _words()
    for name, values in {**CLOSED, "feature": NAMES, "probe": ProbeName}.items():
        if name in words:
            assert set(words[name]) >= {str(value) for value in values}, name
    enumerated = {key: set(value["enum"]) for key, value in SCHEMAS["facts"]["$defs"].items() if "enum" in value}
    assert set(words["number_class"]) == enumerated["number_class"]
    assert set(words["contact_kind"]) == enumerated["contact_kind"]
