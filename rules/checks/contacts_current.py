"""No published number of the body is outdated or misspelt."""

from collections.abc import Iterator

from crawler.facts import SiteFacts
from rules.model import Outcome, Reason, Verdict
from rules.published_contacts import (
    NUMBERS,
    PLACEHOLDER,
    WRONG,
    evidence,
    unread_contact_page,
    works_today,
    written,
)
from rules.sections import COULD_NOT_LOOK, WHOLE_SITE

REASONS = {
    **{Reason(problem.value): ("label",) for problem in COULD_NOT_LOOK},
    Reason.VALID: ("count",),
    Reason.OUTDATED: ("numbers",),
    Reason.PLACEHOLDER: ("numbers",),
    Reason.NOTHING_SEEN: ("label",),
}


def contacts_current(facts: SiteFacts, requirement: str, /) -> Iterator[Verdict]:
    """All numbers of the facts: footer, contact page, home page and directories; the facts hold none of articles."""
    numbers = [contact for contact in facts.contacts if contact.kind in NUMBERS]
    wrong = [contact for contact in numbers if contact.number_class in WRONG]
    samples = [contact for contact in numbers if contact.number_class == PLACEHOLDER]
    sound = [contact for contact in numbers if works_today(contact)]
    if wrong:
        yield Verdict(Outcome.FAILED, Reason.OUTDATED, evidence(wrong), {"numbers": written(wrong)})
    elif samples:
        yield Verdict(Outcome.FAILED, Reason.PLACEHOLDER, evidence(samples), {"numbers": written(samples)})
    elif unread := unread_contact_page(facts):
        yield unread
    elif sound:
        yield Verdict(Outcome.PASSED, Reason.VALID, evidence(sound), {"count": len(sound)})
    else:
        yield Verdict(Outcome.CANT_TELL, Reason.NOTHING_SEEN, facts.crawl.looked_at, {"label": WHOLE_SITE})
