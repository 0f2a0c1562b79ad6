"""The catalogue as a whole: complete, tested by cases, honest on empty facts, and plain about its own mistakes."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from crawler.facts import CrawlState, Kind, Problem
from rules import engine
from rules.checks import CHECKS
from rules.docs import render_rules
from rules.engine import Past, judge
from rules.loader import FOLDER, CatalogError, UnknownProfile, load_catalog, load_profile
from rules.model import Finding, Outcome, Reason
from tests.test_rules import AS_OF, Case, all_cases, catalog, finding_of, seen, site_facts

ESSENTIAL = {"INT-01", "INT-03", "INT-05", "NEW-01", "DOC-01", "TTH-01", "BUD-01", "FBK-03", "CON-01"}
CHECKED = {rule.id for rule in catalog().rules if rule.checks}
LAW_2024, LAW_2026 = date(2024, 6, 30), date(2026, 11, 22)


def findings(
    kind: str = "department", as_of: date = AS_OF, profile: str = "component-sites", **site: object
) -> dict[str, Finding]:
    facts = site_facts({"site": {"kind": kind, **site}}, "", as_of)
    return {one.requirement: one for one in judge(facts, catalog(), load_profile(profile, catalog()))}


def cited(finding: Finding) -> list[tuple[str, str, bool]]:
    return [(basis.instrument, basis.clause, basis.in_force) for basis in finding.basis]


def test_every_requirement_once() -> None:
    rules = catalog().rules
    assert len(rules) == 161
    assert len({rule.requirement for rule in rules}) == len({rule.id for rule in rules}) == 161
    assert {rule.requirement for rule in rules if rule.essential} == ESSENTIAL
    assert len(findings()) == 161


@pytest.mark.parametrize("rule", sorted(CHECKED))
def test_rule_has_cases(rule: str) -> None:
    expected = {case.expect for case in all_cases() if case.rule == rule}
    assert expected == {"passed", "failed", "cant_tell", "inapplicable"}


def test_cases_name_rules() -> None:
    assert {case.rule for case in all_cases()} == CHECKED


def test_every_clause_has_a_home() -> None:
    used = {(basis.instrument, basis.clause) for rule in catalog().rules for basis in rule.basis}
    used |= {(target.instrument, target.clause) for one in catalog().profiles.values() for target in one.targets}
    clauses = {(one.id, clause.id) for one in catalog().instruments.values() for clause in one.clauses}
    # Article 34 of the law of 2025 is the list that Decree 224 refers to; its text was not seen.
    assert clauses - used == {("lcds-2025", "d34.k2")}


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_every_sentence_of_a_check_is_reached(check: str) -> None:
    """No message without a reason: each (check, reason) comes out of some case, with its values filled in."""
    rules = {rule.id for rule in catalog().rules for use in rule.checks if use.check == check}
    reached = {
        part.reason
        for case in all_cases()
        if case.rule in rules
        for part in finding_of(case).parts
        if part.check == check
    }
    assert set(catalog().messages[check]) - reached <= UNREACHED.get(check, set())


SHARED = frozenset(Reason(problem.value) for problem in Problem) - {Reason.OUT_OF_SCOPE}
"""Reasons that several checks take from the same function; the cases of section_present go through all of them."""
UNREACHED = {
    "updated_within": SHARED | {Reason.NOTHING_SEEN},
    "has_dated_entries": SHARED,
    "contact_complete": SHARED | {Reason.NOTHING_SEEN},
    "contacts_current": SHARED,
    "footer_phone_valid": SHARED | {Reason.NOTHING_SEEN},
    "footer_email_official": SHARED,
    "volume_on_target": SHARED,
}


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("profile", ["component-sites", "strict", "binhphuoc", "travinh"])
def test_nothing_passes_or_fails_on_empty_facts(kind: Kind, profile: str) -> None:
    outcomes = {one.outcome for one in findings(kind, profile=profile).values()}
    assert outcomes <= {Outcome.CANT_TELL, Outcome.INAPPLICABLE, Outcome.UNTESTED}
    nothing = site_facts({"site": {"kind": kind, "yearly_target": 0}, "crawl": {"looked_at": []}}, "", AS_OF)
    judged = judge(nothing, catalog(), load_profile(profile, catalog()))
    assert not [one.requirement for one in judged if one.outcome in (Outcome.PASSED, Outcome.FAILED)]


def test_unreachable_is_said_of_every_bound_rule() -> None:
    facts = site_facts({"crawl": {"state": "unreachable", "looked_at": [], "pages": 0}}, "", AS_OF)
    for one in judge(facts, catalog(), load_profile("component-sites", catalog())):
        if one.outcome is Outcome.CANT_TELL:
            assert one.reason is Reason.UNREACHABLE
        else:
            assert one.outcome in (Outcome.INAPPLICABLE, Outcome.UNTESTED)
    assert facts.crawl.state is CrawlState.UNREACHABLE


def test_bases_of_two_days() -> None:
    """The same facts cite the law of the day; one not yet born is never cited."""
    then, now = findings(as_of=LAW_2024)["INT-01"], findings(as_of=LAW_2026)["INT-01"]
    assert cited(then) == [
        ("nd42-2022", "d4.k1.e", True),
        ("ltctt-2016", "d19.k1.đ", True),
        ("lcntt-2006", "d28.k2.a", True),
        ("nd43-2011", "d10.k1.a", False),
    ]
    assert cited(now) == [
        ("nd224-2026", "d9.k1.b", True),
        ("nd42-2022", "d4.k1.e", False),
        ("ltctt-2016", "d19.k1.đ", False),
        ("nd43-2011", "d10.k1.a", False),
        ("lcntt-2006", "d28.k2.a", False),
    ]
    for day in (LAW_2024, LAW_2026):
        for kind in Kind:
            for one in findings(kind, day, "binhphuoc").values():
                assert all(catalog().instruments[basis.instrument].born(day) for basis in one.basis)
                lives = [basis.in_force for basis in one.basis]
                assert lives == sorted(lives, reverse=True)


def test_strict_wants_a_basis_in_force() -> None:
    for day in (LAW_2024, LAW_2026):
        for kind in Kind:
            usual, strict = findings(kind, day), findings(kind, day, "strict")
            for requirement, one in strict.items():
                if one.reason is Reason.NOT_IN_FORCE:
                    assert usual[requirement].outcome is not Outcome.INAPPLICABLE
                    assert not any(basis.in_force for basis in usual[requirement].basis)
                else:
                    assert one == usual[requirement]
    assert findings("department", LAW_2026, "strict")["CON-01"].reason is Reason.NOT_IN_FORCE
    assert findings("department", LAW_2024, "strict")["CON-01"].outcome is Outcome.CANT_TELL


def test_expired_requirement_is_judged_and_says_so() -> None:
    one = findings("department", LAW_2026)["CON-01"]
    assert one.outcome is Outcome.CANT_TELL
    assert one.scored
    assert one.basis and not any(basis.in_force for basis in one.basis)


def test_first_and_last_day_of_an_instrument() -> None:
    def lives(day: date) -> dict[str, bool]:
        return {basis.instrument: basis.in_force for basis in findings(as_of=day)["INT-01"].basis}

    assert lives(date(2026, 6, 30))["nd42-2022"] is True
    assert "nd224-2026" not in lives(date(2026, 6, 30))
    assert lives(date(2026, 7, 1))["nd42-2022"] is False
    assert lives(date(2026, 7, 1))["nd224-2026"] is True


def test_provincial_instruments_count_only_where_listed() -> None:
    assert findings()["NEW-10"].reason is Reason.NOT_BOUND
    assert findings(profile="binhphuoc")["NEW-10"].reason is Reason.NOT_AUTOMATED
    assert findings("portal", profile="binhphuoc")["FOR-04"].reason is Reason.NOT_BOUND
    assert findings("portal", profile="travinh")["FOR-04"].reason is Reason.NOT_AUTOMATED
    for one in findings().values():
        assert not any(catalog().instruments[basis.instrument].kind == "provincial" for basis in one.basis)


def test_ministry_branch_is_bound_as_a_department_with_exceptions() -> None:
    branch, department = findings("vertical", profile="binhphuoc"), findings(profile="binhphuoc")
    spared = {
        requirement
        for requirement, one in branch.items()
        if one.outcome is Outcome.INAPPLICABLE and department[requirement].outcome is not Outcome.INAPPLICABLE
    }
    assert spared == {"TEC-01", "TEC-24", "VOL-01"}


def test_departments_bound_by_field() -> None:
    assert findings(field="finance")["BUD-06"].reason is Reason.NOT_AUTOMATED
    assert findings(field="health")["BUD-06"].reason is Reason.NOT_BOUND
    assert findings()["BUD-06"].reason is Reason.NOT_BOUND
    assert findings("portal")["BUD-06"].reason is Reason.NOT_AUTOMATED


def test_body_that_ended() -> None:
    ended = findings("district", active_until="2025-06-30")
    assert {one.reason for one in ended.values()} == {Reason.BODY_ENDED, Reason.NOT_AUTOMATED}
    assert [name for name, one in ended.items() if one.outcome is Outcome.UNTESTED] == ["OPS-06"]


def test_good_practice_is_shown_and_not_scored() -> None:
    commune = findings("commune")["NEW-01"]
    assert cited(commune) == [("good-practice", "thông lệ", True)]
    assert not commune.scored
    assert findings("department")["NEW-01"].scored
    assert not findings("department")["TEC-08"].scored


def test_since_is_kept_while_outcome_and_reason_hold() -> None:
    facts = site_facts({}, "", AS_OF)
    profile = load_profile("component-sites", catalog())
    first = {one.rule: one for one in judge(facts, catalog(), profile)}["section-news"]
    assert first.since == AS_OF
    day = date(2026, 10, 1)
    for past, since in (
        (Past(first.outcome, first.reason, day), day),
        (Past(first.outcome, Reason.TIMEOUT, day), AS_OF),
        (Past(Outcome.PASSED, first.reason, day), AS_OF),
    ):
        again = {one.rule: one for one in judge(facts, catalog(), profile, {"section-news": past})}
        assert again["section-news"].since == since


def test_worst_part_decides_and_all_are_listed() -> None:
    case = Case("section-news", "", {"sections": [{"problem": "out_of_scope"}]}, "component-sites", AS_OF, "", "")
    finding = finding_of(case)
    assert [(part.check, part.outcome, part.reason) for part in finding.parts] == [
        ("section_present", Outcome.PASSED, Reason.ELSEWHERE),
        ("updated_within", Outcome.CANT_TELL, Reason.OUT_OF_SCOPE),
    ]
    assert (finding.outcome, finding.reason) == (Outcome.CANT_TELL, Reason.OUT_OF_SCOPE)


def test_absence_shows_where_it_was_looked_for() -> None:
    case = Case("section-access", "", {"sections": [{"requirements": []}]}, "component-sites", AS_OF, "", "")
    finding = finding_of(case)
    assert finding.reason is Reason.ABSENT
    assert finding.evidence == (seen(), seen(seen().url + "gioi-thieu"))


def test_profile_may_take_a_missing_date_for_a_fault() -> None:
    facts = site_facts({"sections": [{"entries": 5}]}, "NEW-01", AS_OF)
    usual = load_profile("component-sites", catalog())
    for profile, outcome in ((usual, Outcome.CANT_TELL), (replace(usual, no_date="failed"), Outcome.FAILED)):
        one = {one.requirement: one for one in judge(facts, catalog(), profile)}["NEW-01"]
        assert (one.outcome, one.reason) == (outcome, Reason.NO_DATE)


def test_a_check_that_raises_is_our_mistake(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged and said to be ours; the other rules are judged."""

    def broken(*_: object, **__: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(engine, "CHECKS", {**CHECKS, "has_dated_entries": broken})
    judged = findings()
    assert (judged["BUD-01"].outcome, judged["BUD-01"].reason) == (Outcome.CANT_TELL, Reason.CHECK_ERROR)
    assert "ZeroDivisionError" in judged["BUD-01"].message
    assert "section-budget" in caplog.text
    assert [one.requirement for one in judged.values() if one.reason is Reason.CHECK_ERROR] == ["BUD-01"]


def test_settings_are_the_province_s_choice() -> None:
    for profile in catalog().profiles.values():
        assert all(setting.source == "province" and setting.label for setting in profile.settings.values())


def test_rules_document_is_fresh() -> None:
    text = (FOLDER / "RULES.md").read_text(encoding="utf-8")
    assert text == render_rules(catalog()), "stale: run run_audit.py rules docs"
    for instrument in catalog().instruments.values():
        assert instrument.title in text
    assert all(rule.requirement in text for rule in catalog().rules)


def test_unknown_profile_lists_the_known() -> None:
    with pytest.raises(UnknownProfile) as error:
        load_profile("hanoi", catalog())
    assert "binhphuoc, component-sites, strict, travinh" in error.value.problems[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("instruments", "catalog", "profiles"):
        shutil.copytree(FOLDER / name, tmp_path / name)
    for name in ("messages.yml", "scoring.yml"):
        shutil.copy(FOLDER / name, tmp_path / name)
    return tmp_path


def edit(old: str, new: str) -> Callable[[str], str]:
    def changed(text: str) -> str:
        assert old in text, f"{old!r} is not in the file"
        return text.replace(old, new, 1)

    return changed


BROKEN = {
    "misspelt check": ("catalog/int.yml", "check: section_present", "check: section_presents", "section_presents"),
    "unknown option": ("catalog/new.yml", "with: {days:", "with: {day: 3, days:", "day của updated_within"),
    "missing option": ("catalog/fbk.yml", "feature: question_form, ", "", "thiếu mục này"),
    "option of a wrong type": ("catalog/new.yml", "{setting: news-age}", "bảy", "cần số nguyên; đang có: 'bảy'"),
    "unknown setting": ("catalog/new.yml", "setting: news-age", "setting: news-ages", "không có mức news-ages"),
    "unknown instrument": ("catalog/int.yml", "nd224-2026", "nd225-2026", "không có văn bản nd225-2026"),
    "unknown clause": ("catalog/int.yml", "d9.k1.b", "d9.k9.b", "không có điều khoản d9.k9.b"),
    "unknown kind of site": ("catalog/int.yml", "[department]", "[ministry]", "cần một trong"),
    "unknown field": ("catalog/int.yml", "severity:", "severitiy:", "mục không có trong mẫu"),
    "unknown severity": ("catalog/int.yml", "severity: critical", "severity: high", "đang có: 'high'"),
    "rule id twice": ("catalog/int.yml", "id: section-duties", "id: organisation-chart", "organisation-chart đã dùng"),
    "requirement twice": ("catalog/int.yml", "requirement: INT-02", "requirement: INT-01", "INT-01 đã dùng"),
    "key twice": ("catalog/int.yml", "  coverage: partial", "  coverage: partial\n  coverage: partial", "YAML:"),
    "number for text": ("catalog/int.yml", 'title: "Có Sơ đồ tổ chức"', "title: 12", "cần chữ"),
    "checks without coverage": ("catalog/int.yml", "coverage: partial", "coverage: pending", "'checks' phải có khi"),
    "broken YAML": ("catalog/int.yml", "  basis:", "  basis: [", "YAML:"),
    "no such day": ("instruments/nd42-2022.yml", "2026-06-30", "2026-06-31", "đang có: '2026-06-31'"),
    "ends before it begins": ("instruments/nd42-2022.yml", "2026-06-30", "2020-06-30", "trước ngày bắt đầu"),
    "instrument twice": ("instruments/nd43-2011.yml", "id: nd43-2011", "id: nd42-2022", "mỗi văn bản một mã"),
    "profile lists a law": ("profiles/binhphuoc.yml", "[bp-2021, ", "[nd42-2022, ", "không có văn bản của tỉnh"),
    "profile extends nothing": ("profiles/strict.yml", "extends: component-sites", "extends: default", "default"),
    "profile extends itself": ("profiles/strict.yml", "extends: component-sites", "extends: strict", "vòng tròn"),
    "setting lacks a kind": ("profiles/component-sites.yml", ", commune: 14", "", "thiếu: commune"),
    "unknown placeholder": ("messages.yml", "{age} ngày", "{days} ngày", "không có giá trị {days}"),
    "unknown reason": ("messages.yml", "  stale:", "  stail:", "không có lý do này"),
    "sentence missing": ("messages.yml", "  thin_crawl:", "  # thin_crawl:", "thiếu câu cho lý do thin_crawl"),
    "grades out of order": ("scoring.yml", "A: 90", "A: 70", "xếp từ cao đến thấp"),
    "weight missing": ("scoring.yml", ", minor: 2", "", "minor"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_mistake_names_file_line_and_what_was_expected(folder: Path, name: str) -> None:
    file, old, new, what = BROKEN[name]
    text = (folder / file).read_text(encoding="utf-8")
    (folder / file).write_text(edit(old, new)(text), encoding="utf-8")
    line = text[: text.index(old)].count("\n") + 1
    with pytest.raises(CatalogError) as error:
        load_catalog(folder)
    about = [one for one in error.value.problems if what in one]
    assert about, error.value.problems
    path, number, rest = about[0].removeprefix(str(folder / file)).split(":", 2)
    assert path == "" and rest.strip()
    near = abs(int(number) - line) <= 1 or name in WHOLE_ENTRY
    assert near, f"line {number}, expected {line}: {about[0]}"


WHOLE_ENTRY = {
    "checks without coverage",  # the mistake is the entry's: its first line is named
    "missing option",
    "sentence missing",
    "grades out of order",
    "weight missing",
    "ends before it begins",
    "setting lacks a kind",
    "unknown setting",
    "broken YAML",
}


def test_all_mistakes_are_reported(folder: Path) -> None:
    for file, old, new in (
        ("catalog/int.yml", "check: section_present", "check: section_presents"),
        ("catalog/int.yml", "severity: minor", "severity: high"),
        ("instruments/nd42-2022.yml", "2026-06-30", "2026-06-31"),
        ("messages.yml", "{age} ngày", "{days} ngày"),
    ):
        text = (folder / file).read_text(encoding="utf-8")
        (folder / file).write_text(edit(old, new)(text), encoding="utf-8")
    with pytest.raises(CatalogError) as error:
        load_catalog(folder)
    said = "\n".join(error.value.problems)
    assert len(error.value.problems) == 4, "a mistake is reported once, and breeds no others"
    assert all(word in said for word in ("'high'", "2026-06-31", "{days}"))


def test_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(CatalogError) as error:
        load_catalog(tmp_path)
    assert len(error.value.problems) >= 5
