"""HTML of the overview and of one site's scorecard: one self-contained file each, nothing fetched from anywhere."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from ruamel.yaml import YAML

from audit_reports.charts import month_columns, months_before, score_bar
from audit_reports.export.documents import ZONE
from audit_reports.safety import LABEL_LENGTH, harmless, safe_link, shown
from audit_reports.scorecard import COVERABLE, Scorecard, dated_entries, most_urgent
from crawler.facts import SiteFacts
from rules.docs import clause_words
from rules.loader import Catalog
from rules.model import CitedBasis, Finding, Outcome
from rules.sections import name_of

FOLDER = Path(__file__).parent / "templates"
ROWS = 300
"""At most so many rows of sections or contacts in HTML; facts.json has them all."""
URGENT = 3


@dataclass(frozen=True, slots=True)
class Run:
    """What a report is about. `province`: its name; `profile`: name of a profile of the catalogue."""

    province: str
    night: str
    as_of: date
    profile: str
    catalog: Catalog


@dataclass(frozen=True, slots=True)
class SharedFault:
    """A requirement that several sites fail. `judged`: sites on which it was passed or failed."""

    finding: Finding
    cards: tuple[Scorecard, ...]
    judged: int


def render_overview(run: Run, cards: Sequence[Scorecard]) -> str:
    """reports/index.html."""
    return (
        _environment()
        .get_template("overview.html")
        .render(
            **_common(run),
            cards=cards,
            totals=_totals(cards),
            shared=shared_faults(cards),
            unjudged=[card for card in cards if card.grade is None],
            urgent={card.site.id: most_urgent(card.findings)[:URGENT] for card in cards},
        )
    )


def render_site(run: Run, card: Scorecard, facts: SiteFacts) -> str:
    """reports/<site id>/index.html."""
    days = dated_entries(facts.entries, facts.as_of)
    months = months_before(facts.as_of)
    counts = Counter((day.year, day.month) for day in days.values())
    per_month = {month: counts[month] for month in months}
    failed = most_urgent(card.findings)
    return (
        _environment()
        .get_template("site.html")
        .render(
            **_common(run),
            card=card,
            facts=facts,
            failed=failed,
            urgent=failed[:URGENT],
            unsettled=[finding for finding in card.findings if finding.outcome is Outcome.CANT_TELL],
            groups=grouped(card.findings),
            months=months,
            per_month=per_month,
            chart=month_columns(per_month, months),
            undated=sum(1 for entry in facts.entries if entry.published is None),
            newest=sorted(
                (entry for entry in facts.entries if entry.published and days.get(entry.url) == entry.published),
                key=lambda entry: (-days[entry.url].toordinal(), entry.url),
            )[:5],
            rows=ROWS,
        )
    )


def shared_faults(cards: Sequence[Scorecard], at_least: int = 2) -> list[SharedFault]:
    """Requirements that at least so many sites fail, those that most fail first."""
    failed: dict[str, list[tuple[Scorecard, Finding]]] = {}
    judged: Counter[str] = Counter()
    for card in cards:
        for finding in card.findings:
            if finding.outcome in (Outcome.PASSED, Outcome.FAILED):
                judged[finding.requirement] += 1
            if finding.outcome is Outcome.FAILED:
                failed.setdefault(finding.requirement, []).append((card, finding))
    faults = [
        SharedFault(group[0][1], tuple(card for card, _ in group), judged[name])
        for name, group in failed.items()
        if len(group) >= at_least
    ]
    return sorted(faults, key=lambda fault: (-len(fault.cards), -fault.finding.weight, fault.finding.requirement))


def grouped(findings: Sequence[Finding]) -> list[tuple[str, list[Finding], list[Finding]]]:
    """(prefix of the requirements, findings that were tried, the others), groups in the order of the words file."""
    groups: dict[str, list[Finding]] = {prefix: [] for prefix in _words()["groups"]}
    for finding in findings:
        groups.setdefault(finding.requirement.partition("-")[0], []).append(finding)
    return [
        (
            prefix,
            [finding for finding in group if finding.outcome in COVERABLE],
            [finding for finding in group if finding.outcome not in COVERABLE],
        )
        for prefix, group in groups.items()
        if group
    ]


def _totals(cards: Sequence[Scorecard]) -> dict[str, int]:
    return {
        "graded": sum(card.grade is not None for card in cards),
        "unreachable": sum(card.state == "unreachable" for card in cards),
        "with_essential": sum(bool(card.failed_essentials) for card in cards),
        "failed": sum(card.counts[Outcome.FAILED] for card in cards),
    }


def _common(run: Run) -> dict[str, Any]:
    catalog = run.catalog
    by_requirement = catalog.by_requirement
    instruments = catalog.instruments

    def title(requirement: str) -> str:
        """A requirement's title; an old edition may name one that the catalogue has no more."""
        return by_requirement[requirement].title if requirement in by_requirement else requirement

    def claims(requirement: str) -> str:
        return by_requirement[requirement].claims if requirement in by_requirement else ""

    def cited(basis: CitedBasis) -> str:
        named = instruments[basis.instrument].title if basis.instrument in instruments else basis.instrument
        clause = clause_words(basis.clause)
        return f"{clause} {named}" if clause.startswith("Điều ") else f"mục {clause} của {named}"

    return {
        "run": run,
        "words": _words(),
        "scoring": catalog.scoring,
        "profile": catalog.profiles.get(run.profile),
        "unchecked": [
            (name, [rule for rule in catalog.rules if rule.coverage == name]) for name in _words()["coverage"]
        ],
        "rule_count": len(catalog.rules),
        "title": title,
        "claims": claims,
        "cited": cited,
        "score_bar": score_bar,
        "name_of": name_of,
    }


@lru_cache
def _words() -> Mapping[str, Mapping[str, str]]:
    loaded: dict[str, dict[str, str]] = YAML(typ="safe", pure=True).load(
        (FOLDER / "words.yml").read_text(encoding="utf-8")
    )
    return loaded


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "shown": shown,
        "label": lambda text: shown(text, LABEL_LENGTH),
        "sentence": lambda text: shown(text, 800, mask=False),
        "contact": lambda one: shown(one.text, LABEL_LENGTH, mask=one.kind == "address"),
        "link": safe_link,
        "url": lambda url: (lambda line: line if len(line) <= 160 else line[:159] + "…")(harmless(url[:400])),
        "day": lambda day: f"{day:%d/%m/%Y}",
        "moment": _moment,
        "figure": _figure,
        "percent": lambda share: f"{_figure(round(share * 100, 1))}%",
        "count": lambda number: f"{number:,}".replace(",", "."),
    }
    return environment


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%H:%M:%S ngày %d/%m/%Y}"


def _figure(value: float) -> str:
    """A figure as written in Vietnamese; no decimals where they are zero."""
    return f"{value:.1f}".removesuffix(".0").replace(".", ",")
