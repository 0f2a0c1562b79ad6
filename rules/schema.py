"""The shapes of the rule files, closed: an unknown key is a mistake."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crawler.facts import Kind
from rules.model import Reason, Scoring, Severity

Words = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Bound = Literal["portal", "department", "district", "commune"]
Coverage = Literal["automated", "partial", "manual", "not_checkable", "pending"]
DUTY_KINDS = frozenset({"law", "decree", "circular", "directive", "provincial"})
"""Kinds of instrument that lay a legal or provincial duty on a body; criteria and practice do not."""


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Clause(Closed):
    """A clause as far as it was read. `id` is written d4.k1.e; where a clause has no number, its name."""

    id: Words
    seen: Literal["full", "excerpt", "none"]
    text: str = ""
    note: str = ""

    @model_validator(mode="after")
    def text_where_seen(self) -> "Clause":
        if (self.seen == "none") != (not self.text):
            raise ValueError("'text' phải có khi 'seen' là full hoặc excerpt, và chỉ khi đó")
        return self


class Instrument(Closed):
    """A legal instrument with its life; both ends inclusive.

    `assumed_from`: where the start is not known, the first day on which we are willing to cite it.
    """

    id: Name
    title: Words
    kind: Literal["law", "decree", "circular", "directive", "criteria", "provincial", "practice"]
    issued: date | None = None
    in_force_from: date | None = None
    in_force_until: date | None = None
    assumed_from: date | None = None
    text_seen: Literal["full", "excerpts", "none"]
    note: str = ""
    clauses: tuple[Clause, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def life_is_known(self) -> "Instrument":
        if self.kind != "practice" and (self.in_force_from is None) == (self.assumed_from is None):
            raise ValueError("cần 'in_force_from' hoặc 'assumed_from', không cả hai")
        if self.start and self.in_force_until and self.in_force_until < self.start:
            raise ValueError("'in_force_until' trước ngày bắt đầu")
        ids = [clause.id for clause in self.clauses]
        if twice := sorted({clause for clause in ids if ids.count(clause) > 1}):
            raise ValueError(f"điều khoản ghi hai lần: {', '.join(twice)}")
        return self

    @property
    def start(self) -> date | None:
        return self.in_force_from or self.assumed_from

    def born(self, day: date) -> bool:
        return self.start is None or self.start <= day

    def in_force(self, day: date) -> bool:
        return self.born(day) and (self.in_force_until is None or day <= self.in_force_until)


class Basis(Closed):
    """A clause that asks for a requirement, and whom it binds."""

    instrument: Name
    clause: Words
    binds: tuple[Bound, ...] = Field(min_length=1)


class CheckUse(Closed):
    """A check with its options; an option {setting: name} is read from the profile."""

    check: Words
    options: dict[str, Any] = Field(default_factory=dict, alias="with")


class Rule(Closed):
    """One requirement of the catalogue.

    `field`: of the departments only those of these fields are bound. `vertical`: false where a ministry's branch is
    not bound though a department is.
    """

    id: Name
    requirement: Annotated[str, Field(pattern=r"^[A-Z]{3}-\d\d$")]
    title: Words
    basis: tuple[Basis, ...] = Field(min_length=1)
    coverage: Coverage
    lifecycle: Literal["stable", "trial"] = "stable"
    severity: Severity
    essential: bool = False
    field: tuple[Words, ...] = ()
    vertical: bool = True
    applies_after_end: bool = False
    checks: tuple[CheckUse, ...] = ()
    remedy: Words
    claims: str = ""

    @model_validator(mode="after")
    def coverage_and_checks_agree(self) -> "Rule":
        checked = self.coverage in ("automated", "partial")
        if checked != bool(self.checks):
            raise ValueError("'checks' phải có khi 'coverage' là automated hoặc partial, và chỉ khi đó")
        if (self.coverage == "partial") != bool(self.claims):
            raise ValueError("'claims' phải có khi 'coverage' là partial, và chỉ khi đó")
        return self


PerKind = dict[Bound, int]


def _bound(kind: Kind) -> str:
    return "department" if kind is Kind.VERTICAL else kind.value


class Setting(Closed):
    """A number that the law does not give: the province's choice, one for all or one a kind of site."""

    label: Words
    unit: str = ""
    source: Literal["province"] = "province"
    value: int | PerKind

    @model_validator(mode="after")
    def for_all_kinds(self) -> "Setting":
        if isinstance(self.value, dict) and (missing := set(get_args(Bound)) - set(self.value)):
            raise ValueError(f"'value' thiếu: {', '.join(sorted(missing))}")
        return self

    def for_kind(self, kind: Kind) -> int:
        if isinstance(self.value, int):
            return self.value
        return {str(bound): value for bound, value in self.value.items()}[_bound(kind)]


class Target(Closed):
    """The yearly number of entries that a provincial instrument asks of each site of a kind."""

    instrument: Name
    clause: Words
    entries: PerKind

    def for_kind(self, kind: Kind) -> int | None:
        return {str(bound): value for bound, value in self.entries.items()}.get(_bound(kind))


class ProfileFile(Closed):
    name: Name
    title: Words
    note: str = ""
    extends: Name | None = None
    in_force_only: bool | None = None
    no_date: Literal["cant_tell", "failed"] | None = None
    instruments: tuple[Name, ...] = ()
    targets: tuple[Target, ...] = ()
    settings: dict[Name, Setting] = Field(default_factory=dict)


class ScoringFile(Closed):
    weights: dict[Severity, int]
    grades: dict[Words, float]
    essential_caps: dict[int, Words]
    min_coverage: Annotated[float, Field(ge=0, le=1)]

    @model_validator(mode="after")
    def whole(self) -> "ScoringFile":
        if missing := set(Severity) - set(self.weights):
            raise ValueError(f"thiếu trọng số của: {', '.join(sorted(missing))}")
        minima = list(self.grades.values())
        if not minima or minima != sorted(minima, reverse=True) or minima[-1] != 0:
            raise ValueError("'grades' xếp từ cao đến thấp, bậc cuối có mức 0")
        if unknown := set(self.essential_caps.values()) - set(self.grades):
            raise ValueError(f"giới hạn nêu bậc không có: {', '.join(sorted(unknown))}")
        return self

    def scoring(self) -> Scoring:
        return Scoring(
            weights=self.weights,
            grades=tuple(self.grades.items()),
            essential_caps=tuple(sorted(self.essential_caps.items())),
            min_coverage=self.min_coverage,
        )


Messages = Mapping[str, Mapping[Reason, str]]
"""Check name, or "general", → reason → sentence with {placeholders}."""


@dataclass(frozen=True)
class Profile:
    """What a province applies, with what it inherits laid in."""

    name: str
    title: str
    note: str
    in_force_only: bool
    no_date: str
    instruments: frozenset[str]
    targets: tuple[Target, ...]
    settings: Mapping[str, Setting]


@dataclass(frozen=True)
class Catalog:
    """All rule files, checked. `rules` in the order of the catalogue files."""

    instruments: Mapping[str, Instrument]
    rules: tuple[Rule, ...]
    messages: Messages
    scoring: Scoring
    profiles: Mapping[str, Profile]

    @cached_property
    def by_requirement(self) -> dict[str, Rule]:
        return {rule.requirement: rule for rule in self.rules}
