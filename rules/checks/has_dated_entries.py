"""The section lists entries that carry a date."""

from collections.abc import Iterator

from crawler.facts import Problem, SiteFacts
from rules.model import Outcome, Reason, Verdict
from rules.sections import PRESENCE, evidence_of, name_of, naming, presence

REASONS = {
    **{reason: names for reason, names in PRESENCE.items() if reason is not Reason.ELSEWHERE},
    Reason.PRESENT: ("label", "day"),
    Reason.NO_DATE: ("label",),
    Reason.OUT_OF_SCOPE: ("label",),
}


def has_dated_entries(facts: SiteFacts, requirement: str, /) -> Iterator[Verdict]:
    """One dated entry is enough; entries without a date, and a page without a listing, cannot be told."""
    own = [section for section in naming(facts, requirement) if section.problem is not Problem.OUT_OF_SCOPE]
    dated = [s for s in own if s.problem is None and not s.placeholder and s.newest and s.newest <= facts.as_of]
    if dated:
        latest = max(dated, key=lambda section: (section.newest, section.label))
        values = {"label": name_of(latest), "day": f"{latest.newest:%d/%m/%Y}"}
        yield Verdict(Outcome.PASSED, Reason.PRESENT, evidence_of(latest), values)
        return
    verdict = presence(facts, requirement)
    if verdict.reason is Reason.ELSEWHERE:
        yield Verdict(Outcome.CANT_TELL, Reason.OUT_OF_SCOPE, verdict.evidence, verdict.values)
    elif verdict.reason is Reason.PRESENT:
        listed = any(section.entries for section in own)
        reason = Reason.NO_DATE if listed else Reason.NOTHING_SEEN
        yield Verdict(Outcome.CANT_TELL, reason, verdict.evidence, verdict.values)
    else:
        yield verdict
