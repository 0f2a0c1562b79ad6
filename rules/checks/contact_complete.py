"""Address, telephone and e-mail of the body are published; a fax is not asked for."""

from collections.abc import Iterator

from crawler.facts import Problem, SiteFacts
from rules.model import Outcome, Reason, Verdict
from rules.published_contacts import CALLED, PLACEHOLDER, evidence, own, unread_contact_page
from rules.sections import PRESENCE, absent, naming, shown

WORDS = {"address": "địa chỉ", "phone": "số điện thoại", "email": "thư điện tử"}
REASONS = {
    **{reason: names for reason, names in PRESENCE.items() if reason not in (Reason.PRESENT, Reason.ELSEWHERE)},
    Reason.COMPLETE: (),
    Reason.INCOMPLETE: ("missing",),
    Reason.OUT_OF_SCOPE: ("label",),
}


def contact_complete(facts: SiteFacts, requirement: str, /) -> Iterator[Verdict]:
    """The footer and the contact page count together. What is missing while the contact page could not be read,
    or lies outside the site's scope, cannot be told."""
    contacts = [contact for contact in own(facts) if contact.number_class != PLACEHOLDER and contact.text.strip()]
    kinds = {"phone" if contact.kind in CALLED else contact.kind for contact in contacts}
    missing = [word for kind, word in WORDS.items() if kind not in kinds]
    if not missing:
        yield Verdict(Outcome.PASSED, Reason.COMPLETE, evidence(contacts))
        return
    unread = unread_contact_page(facts)
    if unread:
        yield unread
        return
    pages = naming(facts, requirement)
    away = [section for section in pages if section.problem is Problem.OUT_OF_SCOPE]
    if away:
        verdict = shown(away[0])
        yield Verdict(Outcome.CANT_TELL, Reason.OUT_OF_SCOPE, verdict.evidence, verdict.values)
    elif contacts:
        seen = evidence(contacts) + tuple(section.seen for section in pages)
        yield Verdict(Outcome.FAILED, Reason.INCOMPLETE, seen, {"missing": ", ".join(missing)})
    elif broken := [section for section in pages if section.problem is not None or section.placeholder]:
        yield shown(broken[0])
    elif pages:
        seen = tuple(section.page or section.seen for section in pages)
        yield Verdict(Outcome.FAILED, Reason.INCOMPLETE, seen, {"missing": ", ".join(missing)})
    else:
        yield absent(facts, requirement)
