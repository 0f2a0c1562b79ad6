"""The footer carries an e-mail address of the official domain."""

from collections.abc import Iterator

from crawler.facts import Kind, SiteFacts
from rules.footer import ABSENCE, absent_from_footer
from rules.model import Outcome, Reason, Verdict
from rules.published_contacts import evidence, written

REASONS = {**ABSENCE, Reason.VALID: ("emails",), Reason.UNOFFICIAL: ("emails", "domain")}


def footer_email_official(facts: SiteFacts, requirement: str, /) -> Iterator[Verdict]:
    """The official domain is the province's; for a ministry's branch any of gov.vn too. One such address is enough."""
    emails = [contact for contact in facts.contacts if contact.place == "footer" and contact.kind == "email"]
    domains = (facts.site.domain, "gov.vn") if facts.site.kind is Kind.VERTICAL else (facts.site.domain,)
    official = [
        email
        for email in emails
        if any(_within((email.value or email.text).rpartition("@")[2], domain) for domain in domains)
    ]
    if official:
        yield Verdict(Outcome.PASSED, Reason.VALID, evidence(official), {"emails": written(official)})
    elif emails:
        values = {"emails": written(emails), "domain": domains[-1]}
        yield Verdict(Outcome.FAILED, Reason.UNOFFICIAL, evidence(emails), values)
    else:
        yield absent_from_footer(facts, requirement, frozenset({"email"}))


def _within(host: str, domain: str) -> bool:
    host = host.strip().casefold().rstrip(".")
    return host == domain or host.endswith("." + domain)
