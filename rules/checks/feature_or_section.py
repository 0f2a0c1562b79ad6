"""A function (a form, a tree sitemap …) is on the site, or a section that serves the requirement is."""

from collections.abc import Iterator

from crawler.facts import SiteFacts
from rules.model import Outcome, Reason, Verdict
from rules.sections import PRESENCE, presence

REASONS = {**PRESENCE, Reason.VALID: ("url",)}


def feature_or_section(
    facts: SiteFacts, requirement: str, /, *, feature: str, anywhere: bool = True
) -> Iterator[Verdict]:
    """`feature`: its name in the facts. Where no section was seen to serve, the feature is enough; a section that is
    there and broken stays broken.

    `anywhere` false: it must stand on the page of a section of the feedback or contact families; seen on another
    page it only keeps an absence from being claimed (a comment box under an article is not the question form).
    """
    said = presence(facts, requirement)
    found = next((one for one in facts.features if one.name == feature and one.found), None)
    broken = said.outcome is Outcome.FAILED and said.reason is not Reason.ABSENT
    if found is None or broken or said.outcome is Outcome.PASSED:
        yield said
        return
    seen = (found.seen,) if found.seen else ()
    if anywhere or _serves_feedback(facts, found.url):
        yield Verdict(Outcome.PASSED, Reason.VALID, seen, {"url": found.url or facts.site.url})
    elif said.reason is Reason.ABSENT:
        yield Verdict(Outcome.CANT_TELL, Reason.NOTHING_SEEN, seen, {"label": found.excerpt or feature})
    else:
        yield said


def _serves_feedback(facts: SiteFacts, url: str | None) -> bool:
    return url is not None and any(
        section.url == url and any(name.startswith(("FBK-", "CON-")) for name in section.requirements)
        for section in facts.sections
    )
