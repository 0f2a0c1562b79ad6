"""Arithmetic over findings: score, coverage, grade, counts. Pure: the same findings always give the same card."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from crawler.facts import CrawlFacet, Entry, SiteFacet, SiteFacts
from rules.model import Finding, Outcome, Scoring, Severity

JUDGED = (Outcome.PASSED, Outcome.FAILED)
COVERABLE = (*JUDGED, Outcome.CANT_TELL)


@dataclass(frozen=True, slots=True)
class Share:
    """What the scored findings of one severity bring to the score. `weight`: of each of them."""

    severity: Severity
    weight: int
    passed: int
    failed: int


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One site's result. `score` 0–100 to one decimal, None where nothing was judged.

    `coverage` 0–1 to three decimals, None where no scored requirement binds the site. `grade` follows the score and
    the coverage as published; `uncapped` is what it were without failed essentials. `counts` are over all findings,
    `scored` over those that count. `failed_essentials` holds requirement ids.
    """

    site: SiteFacet
    crawl: CrawlFacet
    as_of: date
    profile: str
    findings: tuple[Finding, ...]
    score: float | None
    coverage: float | None
    grade: str | None
    uncapped: str | None
    counts: Mapping[Outcome, int]
    scored: Mapping[Outcome, int]
    shares: tuple[Share, ...]
    failed_essentials: tuple[str, ...]
    newest_entry: date | None
    entries_this_year: int

    @property
    def state(self) -> str:
        return self.crawl.state.value

    @property
    def essential_failed(self) -> int:
        return len(self.failed_essentials)


def score_site(facts: SiteFacts, findings: Iterable[Finding], scoring: Scoring, profile: str) -> Scorecard:
    """Score one site's findings; `findings` in the order in which they are to be shown."""
    findings = tuple(findings)
    counted = [finding for finding in findings if finding.scored]
    scored = _counts(counted)
    score = weighted_score(counted)
    coverage = covered(scored)
    essentials = tuple(f.requirement for f in findings if f.essential and f.outcome is Outcome.FAILED)
    uncapped = grade_of(score, coverage, 0, scoring)
    dated = dated_entries(facts.entries, facts.as_of)
    return Scorecard(
        site=facts.site,
        crawl=facts.crawl,
        as_of=facts.as_of,
        profile=profile,
        findings=findings,
        score=score,
        coverage=coverage,
        grade=grade_of(score, coverage, len(essentials), scoring),
        uncapped=uncapped,
        counts=_counts(findings),
        scored=scored,
        shares=_shares(counted),
        failed_essentials=essentials,
        newest_entry=max(dated.values(), default=None),
        entries_this_year=sum(1 for day in dated.values() if day.year == facts.as_of.year),
    )


def weighted_score(findings: Iterable[Finding]) -> float | None:
    """Weighted share of passed among passed and failed, in percent; None where there is neither."""
    judged = [finding for finding in findings if finding.outcome in JUDGED]
    whole = sum(finding.weight for finding in judged)
    if not whole:
        return None
    return _rounded(Fraction(100 * sum(f.weight for f in judged if f.outcome is Outcome.PASSED), whole), "0.1")


def covered(scored: Mapping[Outcome, int]) -> float | None:
    """Share of what could be judged among what was tried; None where nothing was to be tried."""
    tried = sum(scored[outcome] for outcome in COVERABLE)
    return _rounded(Fraction(sum(scored[outcome] for outcome in JUDGED), tried), "0.001") if tried else None


def grade_of(score: float | None, coverage: float | None, failed_essentials: int, scoring: Scoring) -> str | None:
    """The grade of a published score: the best whose minimum is reached, capped by failed essentials."""
    if score is None or coverage is None or coverage < scoring.min_coverage:
        return None
    best_first = [name for name, _ in scoring.grades]
    rank = next(place for place, (_, least) in enumerate(scoring.grades) if score >= least)
    caps = [best_first.index(name) for number, name in scoring.essential_caps if failed_essentials >= number]
    return best_first[max([rank, *caps])]


def dated_entries(entries: Iterable[Entry], as_of: date) -> dict[str, date]:
    """URL → day of each dated entry not after `as_of`, an address that is listed twice once, with its later day."""
    days: dict[str, date] = {}
    for entry in entries:
        if entry.published is not None and entry.published <= as_of:
            days[entry.url] = max(entry.published, days.get(entry.url, entry.published))
    return days


def most_urgent(findings: Sequence[Finding]) -> list[Finding]:
    """Failed findings, those to mend first first: scored, essential, heavy; the catalogue's order among equals."""
    failed = [finding for finding in findings if finding.outcome is Outcome.FAILED]
    return sorted(failed, key=lambda finding: (not finding.scored, not finding.essential, -finding.weight))


def _counts(findings: Iterable[Finding]) -> dict[Outcome, int]:
    counts = dict.fromkeys(Outcome, 0)
    for finding in findings:
        counts[finding.outcome] += 1
    return counts


def _shares(counted: Iterable[Finding]) -> tuple[Share, ...]:
    shares: dict[tuple[Severity, int], dict[Outcome, int]] = {}
    for finding in counted:
        if finding.outcome in JUDGED:
            shares.setdefault((finding.severity, finding.weight), dict.fromkeys(Outcome, 0))[finding.outcome] += 1
    order = list(Severity)
    return tuple(
        Share(severity, weight, shares[severity, weight][Outcome.PASSED], shares[severity, weight][Outcome.FAILED])
        for severity, weight in sorted(shares, key=lambda key: (order.index(key[0]), -key[1]))
    )


def _rounded(share: Fraction, step: str) -> float:
    exact = Decimal(share.numerator) / Decimal(share.denominator)
    return float(exact.quantize(Decimal(step), ROUND_HALF_UP))
