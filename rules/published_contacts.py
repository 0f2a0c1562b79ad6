"""Contacts as a site publishes them: which of its numbers hold today, and where they stand."""

from collections.abc import Iterable

from crawler.facts import Contact, Evidence, Section, SiteFacts
from rules.model import Outcome, Reason, Verdict
from rules.sections import COULD_NOT_LOOK, evidence_of, name_of, naming

CONTACT_PAGE = "CON-01"
NUMBERS = frozenset({"phone", "fax", "hotline"})
CALLED = frozenset({"phone", "hotline"})
OUTDATED = frozenset({"outdated_area_code", "outdated_mobile"})
WRONG = OUTDATED | {"malformed"}
PLACEHOLDER = "placeholder"


def works_today(contact: Contact) -> bool:
    return contact.number_class is not None and contact.number_class not in WRONG | {PLACEHOLDER}


def written(contacts: Iterable[Contact]) -> str:
    """The numbers as they stand on the pages, each once."""
    return "; ".join(dict.fromkeys(contact.text for contact in contacts))


def evidence(contacts: Iterable[Contact]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(contact.seen for contact in contacts))


def own(facts: SiteFacts) -> list[Contact]:
    """Those by which the body itself is reached: in the footer, on the contact page and on the home page.

    The facts hold besides them the numbers of directory pages, and none of articles.
    """
    home = facts.crawl.looked_at[0].url if facts.crawl.looked_at else facts.site.url
    return [contact for contact in facts.contacts if contact.place in ("footer", "contact") or contact.page == home]


def unread_contact_page(facts: SiteFacts) -> Verdict | None:
    """The contact page is in the menu but could not be looked at."""
    for section in naming(facts, CONTACT_PAGE):
        if section.problem in COULD_NOT_LOOK:
            return Verdict(Outcome.CANT_TELL, Reason(section.problem.value), evidence_of(section), _label(section))
    return None


def _label(section: Section) -> dict[str, str | int]:
    return {"label": name_of(section)}
