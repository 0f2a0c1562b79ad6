"""The newest dated entry of the section is at most so many days old."""

from collections.abc import Iterator
from datetime import date

from crawler.facts import Problem, Section, SiteFacts
from rules.model import Outcome, Reason, Verdict
from rules.sections import COULD_NOT_LOOK, PRESENCE, absent, evidence_of, name_of, naming, presence, shown

NOT_LOOKED_AT = frozenset(Reason(problem.value) for problem in COULD_NOT_LOOK)
DATED = ("day", "age", "limit", "label")
REASONS = {
    **{reason: names for reason, names in PRESENCE.items() if reason not in (Reason.PRESENT, Reason.ELSEWHERE)},
    Reason.FRESH: DATED,
    Reason.STALE: DATED,
    Reason.NO_DATE: ("label",),
    Reason.OUT_OF_SCOPE: ("label",),
}


def updated_within(facts: SiteFacts, requirement: str, /, *, days: int) -> Iterator[Verdict]:
    """`days`: the age, counted to the day of judging, up to which the section is fresh.

    Of several sections the freshest decides. A stale one does not decide while another of that name could not be
    looked at; a section outside the site's scope decides only where the site has none of its own.
    """
    found = naming(facts, requirement)
    if not found:
        yield absent(facts, requirement)
        return
    own = [section for section in found if section.problem is not Problem.OUT_OF_SCOPE]
    if not own:
        yield Verdict(Outcome.CANT_TELL, Reason.OUT_OF_SCOPE, evidence_of(found[0]), {"label": name_of(found[0])})
        return
    dated = [section for section in own if _day(section, facts.as_of)]
    freshest = max(dated, key=lambda section: _day(section, facts.as_of) or date.min, default=None)
    aged = _aged(freshest, facts.as_of, days) if freshest else None
    unread = [verdict for verdict in map(shown, own) if verdict.reason in NOT_LOOKED_AT]
    there = presence(facts, requirement)
    if aged and aged.outcome is Outcome.PASSED:
        yield aged
    elif unread:
        yield unread[0]
    elif aged:
        yield aged
    elif there.outcome is Outcome.PASSED:
        yield Verdict(Outcome.CANT_TELL, Reason.NO_DATE, there.evidence, there.values)
    else:
        yield there


def _day(section: Section, as_of: date) -> date | None:
    """The day of the section's newest entry, where its page was had and the day can be read."""
    if section.problem is not None or section.placeholder or section.newest is None or section.newest > as_of:
        return None
    return section.newest


def _aged(section: Section, as_of: date, days: int) -> Verdict:
    day = section.newest or as_of
    age = (as_of - day).days
    values: dict[str, str | int] = {"day": f"{day:%d/%m/%Y}", "age": age, "limit": days, "label": name_of(section)}
    if age <= days:
        return Verdict(Outcome.PASSED, Reason.FRESH, evidence_of(section), values)
    return Verdict(Outcome.FAILED, Reason.STALE, evidence_of(section), values)
