"""Findings as rows and back: one edition is one judging of a stored night."""

import json
from collections.abc import Iterable
from datetime import date, datetime

from crawler.facts import Evidence, SiteFacts
from db.models import Edition, FindingRow, Night
from db.store import Store
from rules.engine import Past, judge
from rules.loader import Catalog, Profile
from rules.model import CitedBasis, Finding, Outcome, Part, Reason, Severity

Judged = list[tuple[SiteFacts, tuple[Finding, ...]]]
"""Each site's facts with the findings on them, in the registry's order."""


def finding_row(site: str, finding: Finding) -> FindingRow:
    """The finding as a row; its edition is set when it is stored."""
    detail = {
        "message": finding.message,
        "severity": finding.severity,
        "weight": finding.weight,
        "essential": finding.essential,
        "scored": finding.scored,
        "remedy": finding.remedy,
        "basis": [[basis.instrument, basis.clause, basis.in_force] for basis in finding.basis],
        "parts": [[part.check, part.outcome, part.reason, part.message] for part in finding.parts],
        "evidence": [[item.url, item.excerpt, item.captured_at.isoformat(), item.record] for item in finding.evidence],
    }
    return FindingRow(
        edition=0,
        site=site,
        rule=finding.rule,
        requirement=finding.requirement,
        outcome=finding.outcome,
        reason=finding.reason,
        since=finding.since,
        detail=json.dumps(detail, ensure_ascii=False, sort_keys=True),
    )


def finding_of(row: FindingRow) -> Finding:
    """The finding that a row holds."""
    detail = json.loads(row.detail)
    return Finding(
        rule=row.rule,
        requirement=row.requirement,
        outcome=Outcome(row.outcome),
        reason=Reason(row.reason),
        message=detail["message"],
        severity=Severity(detail["severity"]),
        weight=detail["weight"],
        essential=detail["essential"],
        scored=detail["scored"],
        basis=tuple(CitedBasis(*basis) for basis in detail["basis"]),
        parts=tuple(
            Part(check, Outcome(outcome), Reason(reason), message)
            for check, outcome, reason, message in detail["parts"]
        ),
        evidence=tuple(
            Evidence(url, excerpt, datetime.fromisoformat(captured_at), record)
            for url, excerpt, captured_at, record in detail["evidence"]
        ),
        remedy=detail["remedy"],
        since=row.since,
    )


def findings_by_site(rows: Iterable[FindingRow], order: Iterable[str]) -> dict[str, tuple[Finding, ...]]:
    """Site → its findings, in the catalogue's `order` of rule ids (a rule that is gone comes last)."""
    rank = {rule: number for number, rule in enumerate(order)}
    found: dict[str, list[FindingRow]] = {}
    for row in rows:
        found.setdefault(row.site, []).append(row)
    return {
        site: tuple(finding_of(row) for row in sorted(group, key=lambda row: (rank.get(row.rule, len(rank)), row.rule)))
        for site, group in found.items()
    }


def moves_history(*, as_of: date, crawl_day: date, profile: str, registry_profile: str) -> bool:
    """Only a judging on the crawl's own day, under the registry's own profile, is history."""
    return as_of == crawl_day and profile == registry_profile


def judge_sites(
    store: Store,
    night: Night,
    facts: Iterable[SiteFacts],
    catalog: Catalog,
    profile: Profile,
    *,
    as_of: date,
    judged_at: datetime,
    history: bool,
) -> Judged:
    """Judge the facts of a stored night and keep the findings as a new edition.

    `history`: the edition moves history, and earlier ones tell since when an outcome holds.
    """
    judged: Judged = []
    for site in facts:
        past = store.history(night, site.site.id) if history else {}
        judged.append(
            (
                site,
                judge(
                    site,
                    catalog,
                    profile,
                    {rule: Past(Outcome(old.outcome), Reason(old.reason), old.since) for rule, old in past.items()},
                ),
            )
        )
    store.add_edition(
        Edition(night=night.id, as_of=as_of, profile=profile.name, judged_at=judged_at, moves_history=history),
        [finding_row(site.site.id, finding) for site, findings in judged for finding in findings],
    )
    return judged
