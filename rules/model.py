"""The vocabulary of judging: outcomes, reasons, findings. Results are immutable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from crawler.facts import Evidence


class Outcome(StrEnum):
    """W3C EARL outcomes (https://www.w3.org/TR/EARL10-Schema/#outcome), with EARL's cantTell written cant_tell."""

    PASSED = "passed"
    FAILED = "failed"
    CANT_TELL = "cant_tell"
    INAPPLICABLE = "inapplicable"
    UNTESTED = "untested"


class Reason(StrEnum):
    """Why: a closed list. Each has a Vietnamese message in messages.yml; a test holds the two together."""

    # passed
    PRESENT = "present"
    ELSEWHERE = "elsewhere"  # the section is there, its page lies outside the site's scope
    FRESH = "fresh"
    COMPLETE = "complete"
    VALID = "valid"
    ENOUGH = "enough"
    # failed: something of the site
    ABSENT = "absent"
    DEAD_LINK = "dead_link"
    SOFT_404 = "soft_404"
    EMPTY = "empty"
    PLACEHOLDER = "placeholder"
    STALE = "stale"
    INCOMPLETE = "incomplete"
    INVALID = "invalid"
    OUTDATED = "outdated"
    UNOFFICIAL = "unofficial"  # e-mail outside the official domain
    TOO_FEW = "too_few"
    # cant_tell: we could not look
    TIMEOUT = "timeout"
    SERVER_ERROR = "server_error"
    ROBOTS = "robots"
    BLOCKED = "blocked"
    HACKED = "hacked"
    NEEDS_BROWSER = "needs_browser"
    CUT_SHORT = "cut_short"
    OUT_OF_SCOPE = "out_of_scope"
    NO_DATE = "no_date"
    NOTHING_SEEN = "nothing_seen"  # nothing to judge was observed
    UNREACHABLE = "unreachable"
    THIN_CRAWL = "thin_crawl"
    CHECK_ERROR = "check_error"  # a mistake of ours: a check raised; says nothing of the site
    # inapplicable
    NOT_BOUND = "not_bound"  # no basis binds this kind of site
    NOT_IN_FORCE = "not_in_force"  # strict profile: no basis in force on as_of
    NOT_YET_BORN = "not_yet_born"  # every basis begins after as_of
    BODY_ENDED = "body_ended"
    NO_TARGET = "no_target"
    # untested
    MANUAL = "manual"
    NOT_CHECKABLE = "not_checkable"
    NOT_AUTOMATED = "not_automated"  # no check is written yet


class Severity(StrEnum):
    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check yields: one part of a finding. `values` fill the message of (check, reason)."""

    outcome: Outcome
    reason: Reason
    evidence: tuple[Evidence, ...] = ()
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """One check's share of a finding, with its sentence."""

    check: str
    outcome: Outcome
    reason: Reason
    message: str


@dataclass(frozen=True, slots=True)
class CitedBasis:
    """A clause that asks for a requirement, as cited on a day. `clause` is written d4.k1.e (Điều 4 khoản 1 điểm e)."""

    instrument: str
    clause: str
    in_force: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """What was concluded of one requirement on one site: the worst of its parts.

    `scored`: counts towards score and coverage (automated or partial, stable, legal or provincial duty).
    `since`: first day of this outcome and reason without a break.
    """

    rule: str
    requirement: str
    outcome: Outcome
    reason: Reason
    message: str
    severity: Severity
    weight: int
    essential: bool
    scored: bool
    basis: tuple[CitedBasis, ...]
    parts: tuple[Part, ...]
    evidence: tuple[Evidence, ...]
    remedy: str
    since: date


@dataclass(frozen=True, slots=True)
class Scoring:
    """The province's arithmetic, read from scoring.yml: after the 2024 scale for one-stop systems."""

    weights: Mapping[Severity, int]
    grades: tuple[tuple[str, float], ...]  # ("A", 90.0), ("B", 80.0) … best first; the last has minimum 0
    essential_caps: tuple[tuple[int, str], ...]  # (1, "C"), (3, "D"): from so many failed essentials, no better grade
    min_coverage: float  # no grade below
