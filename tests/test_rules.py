"""Every rule on its cases: tests/rules/*.yml names facts, the outcome and the reason that must come of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from crawler.facts import (
    Contact,
    CrawlFacet,
    CrawlState,
    Entry,
    Evidence,
    Feature,
    Kind,
    Problem,
    Section,
    SiteFacet,
    SiteFacts,
)
from rules.engine import judge
from rules.loader import Catalog, load_catalog, load_profile
from rules.model import Finding, Outcome
from rules.reading import parse_yaml

CASES = Path(__file__).parent / "rules"
HOME = "http://sotuphap.songthao.test/"
AS_OF = date(2026, 11, 22)
KEYS = {"name", "facts", "profile", "as_of", "expect", "reason"}


@dataclass(frozen=True)
class Case:
    rule: str
    name: str
    facts: Mapping[str, Any]
    profile: str
    as_of: date
    expect: str
    reason: str


def seen(url: str = HOME, excerpt: str = "") -> Evidence:
    return Evidence(url, excerpt, datetime(2026, 11, 22, 2, tzinfo=UTC), "<urn:uuid:0>")


def build(cls: type, given: Mapping[str, Any], defaults: Mapping[str, Any]) -> Any:
    """One fact: what the case says, with the defaults; a key that the fact has not is a mistake in the case."""
    hints = get_type_hints(cls)
    values = {**defaults, **given}
    for name, value in values.items():
        assert name in hints, f"{cls.__name__} has no {name}"
        if value is not None and "date" in str(hints[name]) and isinstance(value, str):
            values[name] = date.fromisoformat(value)
        elif isinstance(value, list):
            values[name] = tuple(value)
    return cls(**values)


def section(given: Mapping[str, Any], rule_requirement: str) -> Section:
    problem = given.get("problem")
    page = None if problem else seen(HOME + "muc")
    defaults = {
        "label": "Mục",
        "url": HOME + "muc",
        "requirements": (rule_requirement,),
        "http_status": 200,
        "words": 200,
        "entries": 0,
        "newest": None,
        "placeholder": False,
        "problem": None,
        "seen": seen(),
        "page": page,
    }
    values = {**given, "problem": Problem(problem) if problem else None}
    if given.get("page") == "had":  # the page answered, whatever it shows
        values["page"] = seen(HOME + "muc")
    built: Section = build(Section, values, defaults)
    return built


def contact(given: Mapping[str, Any]) -> Contact:
    defaults = {"value": None, "number_class": None, "owner": "", "page": HOME, "place": "footer", "seen": seen()}
    built: Contact = build(Contact, given, defaults)
    return built


def entries(given: list[Mapping[str, Any]]) -> tuple[Entry, ...]:
    """Each item stands for `count` entries of one day, or without a day."""
    found = []
    for item in given:
        day = date.fromisoformat(item["day"]) if item.get("day") else None
        for _ in range(item["count"]):
            url = f"{HOME}tin-{len(found)}.html"
            found.append(Entry(f"Tin {len(found)}", url, day, str(day or ""), "visible", "Tin tức", seen(url)))
    return tuple(found)


def site_facts(given: Mapping[str, Any], requirement: str, as_of: date) -> SiteFacts:
    assert set(given) <= {"site", "crawl", "sections", "contacts", "entries", "features"}, sorted(given)
    site = {"id": "so-tu-phap", "name": "Sở Tư pháp", "kind": "department", "url": HOME, "province": "songthao"}
    site |= {"domain": "songthao.test", **given.get("site", {})}
    begun = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
    crawl = {"id": "c1", "night": "n1", "state": "complete", "started_at": begun, "platform": "generic"}
    crawl |= {"finished_at": begun + timedelta(hours=1), "pages": 60, "requests": 70, "bytes": 10**6}
    crawl |= {"looked_at": (seen(), seen(HOME + "gioi-thieu")), **given.get("crawl", {})}
    crawl["state"] = CrawlState(crawl["state"])
    return SiteFacts(
        site=build(SiteFacet, {**site, "kind": Kind(site["kind"])}, {}),
        crawl=build(CrawlFacet, crawl, {}),
        as_of=as_of,
        sections=tuple(section(one, requirement) for one in given.get("sections", ())),
        entries=entries(given.get("entries", [])),
        contacts=tuple(contact(one) for one in given.get("contacts", ())),
        features=tuple(
            build(Feature, one, {"found": True, "url": HOME, "excerpt": "", "seen": seen()})
            for one in given.get("features", ())
        ),
    )


@lru_cache
def catalog() -> Catalog:
    return load_catalog()


@lru_cache
def all_cases() -> tuple[Case, ...]:
    """The cases of all files. An entry `all: [rule, …]` gives its cases to several rules."""
    cases = []
    for path in sorted(CASES.glob("*.yml")):
        for rule, listed in parse_yaml(path.read_text(encoding="utf-8")).items():
            names = listed["rules"] if isinstance(listed, Mapping) else [rule]
            for given in listed["cases"] if isinstance(listed, Mapping) else listed:
                assert set(given) <= KEYS, f"{path.name}: {rule}: {sorted(set(given) - KEYS)}"
                day = date.fromisoformat(given["as_of"]) if "as_of" in given else AS_OF
                cases += [
                    Case(
                        name,
                        given["name"],
                        given.get("facts", {}),
                        given.get("profile", "component-sites"),
                        day,
                        given["expect"],
                        given["reason"],
                    )
                    for name in names
                ]
    return tuple(cases)


def finding_of(case: Case) -> Finding:
    rule = next(rule for rule in catalog().rules if rule.id == case.rule)
    facts = site_facts(case.facts, rule.requirement, case.as_of)
    findings = judge(facts, catalog(), load_profile(case.profile, catalog()))
    return next(finding for finding in findings if finding.rule == case.rule)


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: f"{case.rule}: {case.name}")
def test_case(case: Case) -> None:
    finding = finding_of(case)
    assert (finding.outcome, finding.reason) == (case.expect, case.reason), finding.message
    assert "{" not in finding.message
    if finding.outcome in (Outcome.PASSED, Outcome.FAILED):
        assert finding.evidence, "a verdict without evidence"
