"""When something may be said to be missing from the footer."""

from collections.abc import Set

from crawler.facts import SiteFacts
from rules.model import Outcome, Reason, Verdict
from rules.sections import PRESENCE, WHOLE_SITE, could_not_see

ABSENCE = {
    **{
        reason: names
        for reason, names in PRESENCE.items()
        if reason.value not in ("present", "elsewhere", "dead_link", "soft_404", "empty", "placeholder")
    },
}


def absent_from_footer(facts: SiteFacts, requirement: str, kinds: Set[str]) -> Verdict:
    """Failed where the footer was read and shows none of these kinds of contact.

    A footer is not always recognised as one: where it shows no contact of any kind, but such a contact stands elsewhere
    on one of the pages whose menus were read, it cannot be told.
    """
    doubt = could_not_see(facts, requirement)
    if doubt:
        return doubt
    looked = facts.crawl.looked_at
    pages = {seen.url for seen in looked}
    if not any(contact.place == "footer" for contact in facts.contacts) and any(
        contact.kind in kinds and contact.place == "page" and contact.page in pages for contact in facts.contacts
    ):
        return Verdict(Outcome.CANT_TELL, Reason.NOTHING_SEEN, looked, {"label": WHOLE_SITE})
    return Verdict(Outcome.FAILED, Reason.ABSENT, looked, {"pages": len(looked)})
