"""As many entries were published this year as the yearly target asks for by this day."""

from collections.abc import Iterator
from datetime import date

from crawler.facts import Bound, Section, SiteFacts
from rules.model import Outcome, Reason, Verdict
from rules.sections import COULD_NOT_LOOK, cut_short, evidence_of, name_of

COUNTED = ("count", "due", "target")
REASONS = {
    **{Reason(problem.value): (*COUNTED, "label") for problem in COULD_NOT_LOOK},
    Reason.ENOUGH: COUNTED,
    Reason.TOO_FEW: COUNTED,
    Reason.NO_DATE: (*COUNTED, "undated"),
    Reason.NOTHING_SEEN: COUNTED,
}


def volume_on_target(facts: SiteFacts, requirement: str, /, *, target: int) -> Iterator[Verdict]:
    """`target`: entries a calendar year; due by a day is its share of the year (of the body's part of that year).

    Each address counts once. A count that was cut short, or to which entries of sections that could not be read or
    entries without a date might add, passes if it is already enough and else cannot be told.
    """
    year = facts.as_of.year
    entries = {entry.url: entry for entry in sorted(facts.entries, key=lambda e: (e.published or date.min, e.title))}
    counted = [e for e in entries.values() if e.published and e.published.year == year and e.published <= facts.as_of]
    undated = sum(1 for entry in entries.values() if entry.published is None)
    due = due_by(facts.as_of, target, facts.site.active_from)
    values: dict[str, str | int] = {"count": len(counted), "due": due, "target": target}
    newest = sorted(counted, key=lambda entry: (entry.published, entry.url), reverse=True)[:3]
    seen = tuple(entry.seen for entry in newest) or facts.crawl.looked_at
    if len(counted) >= due:
        outcome = Outcome.PASSED if counted else Outcome.CANT_TELL
        yield Verdict(outcome, Reason.ENOUGH if counted else Reason.NOTHING_SEEN, seen, values)
        return
    for section in facts.sections:
        if section.problem in COULD_NOT_LOOK and not _translation(section):
            said = {**values, "label": name_of(section)}
            yield Verdict(Outcome.CANT_TELL, Reason(section.problem.value), evidence_of(section), said)
            return
    if cut_short(facts) or Bound.LISTING in facts.crawl.bounds:
        yield Verdict(Outcome.CANT_TELL, Reason.CUT_SHORT, seen, {**values, "label": facts.site.name})
    elif len(counted) + undated >= due or any(map(_undated_listing, facts.sections)):
        yield Verdict(Outcome.CANT_TELL, Reason.NO_DATE, seen, {**values, "undated": undated})
    elif not any(entry.published for entry in entries.values()):
        yield Verdict(Outcome.CANT_TELL, Reason.NOTHING_SEEN, seen, values)
    else:
        yield Verdict(Outcome.FAILED, Reason.TOO_FEW, seen, values)


def _translation(section: Section) -> bool:
    """The site in another language: it counts for nothing here, whether it was read or not."""
    return all(requirement.startswith("FOR-") for requirement in section.requirements)


def _undated_listing(section: Section) -> bool:
    """A listing of news or documents none of whose dates can be read: how far it goes back is not known."""
    kind = section.requirements[0].split("-")[0] if section.requirements else ""
    return kind in ("NEW", "DOC") and section.problem is None and section.entries > 0 and section.newest is None


def due_by(day: date, target: int, active_from: date | None = None) -> int:
    """Entries that are due by the end of the day: the whole target on 31 December, rounded down.

    >>> due_by(date(2026, 12, 31), 3000), due_by(date(2024, 6, 30), 3000), due_by(date(2026, 1, 1), 300)
    (3000, 1491, 0)
    """
    first = date(day.year, 1, 1)
    length = (date(day.year + 1, 1, 1) - first).days
    begin = max(first, active_from) if active_from else first
    return target * max((day - begin).days + 1, 0) // length
