"""The footer carries a telephone number that holds today."""

from collections.abc import Iterator

from crawler.facts import SiteFacts
from rules.footer import ABSENCE, absent_from_footer
from rules.model import Outcome, Reason, Verdict
from rules.published_contacts import CALLED, OUTDATED, PLACEHOLDER, evidence, works_today, written

REASONS = {
    **ABSENCE,
    Reason.VALID: ("numbers",),
    Reason.OUTDATED: ("numbers",),
    Reason.INVALID: ("numbers",),
    Reason.PLACEHOLDER: ("numbers",),
}


def footer_phone_valid(facts: SiteFacts, requirement: str, /) -> Iterator[Verdict]:
    """One valid number is enough; others that are wrong are the matter of CON-06."""
    numbers = [contact for contact in facts.contacts if contact.place == "footer" and contact.kind in CALLED]
    sound = [contact for contact in numbers if works_today(contact)]
    if sound:
        yield Verdict(Outcome.PASSED, Reason.VALID, evidence(sound), {"numbers": written(sound)})
        return
    classes = {contact.number_class for contact in numbers}
    for reason, of in (
        (Reason.OUTDATED, OUTDATED),
        (Reason.INVALID, {"malformed"}),
        (Reason.PLACEHOLDER, {PLACEHOLDER}),
    ):
        if classes & of:
            wrong = [contact for contact in numbers if contact.number_class in of]
            yield Verdict(Outcome.FAILED, reason, evidence(wrong), {"numbers": written(wrong)})
            return
    yield absent_from_footer(facts, requirement, CALLED)
