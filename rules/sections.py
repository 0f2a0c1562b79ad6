"""What the sections of a site say of one requirement: there, broken, not looked at, or not there."""

import re
from collections.abc import Iterable

from crawler.facts import NOT_LOOKED, CrawlState, Evidence, Problem, Section, SiteFacts
from rules.model import Outcome, Reason, Verdict

COULD_NOT_LOOK = NOT_LOOKED - {Problem.OUT_OF_SCOPE}
SHORT_BOUNDS = frozenset({"pages", "time", "bytes"})
"""Bounds that leave pages unread which the plan wanted; depth only trims what lies far from the home page."""

_IMAGE = re.compile(r"\.(?:png|jpe?g|gif|webp|svg|bmp)$", re.IGNORECASE)
WHOLE_SITE = "trang chủ và các trang danh mục"
"""Stands for a section's label in a sentence about the whole site."""

PRESENCE: dict[Reason, tuple[str, ...]] = {
    Reason.PRESENT: ("label",),
    Reason.ELSEWHERE: ("label",),
    Reason.ABSENT: ("pages",),
    Reason.DEAD_LINK: ("label",),
    Reason.SOFT_404: ("label",),
    Reason.EMPTY: ("label",),
    Reason.PLACEHOLDER: ("label",),
    Reason.TIMEOUT: ("label",),
    Reason.SERVER_ERROR: ("label",),
    Reason.ROBOTS: ("label",),
    Reason.BLOCKED: ("label",),
    Reason.HACKED: ("label",),
    Reason.NEEDS_BROWSER: ("label",),
    Reason.CUT_SHORT: ("label",),
    Reason.NOTHING_SEEN: ("label",),
}
"""Reasons of `presence` with the values of each: the part that checks on sections have in common."""


def naming(facts: SiteFacts, requirement: str) -> list[Section]:
    """The sections whose label names the requirement before all else; where there are none, those that also name it."""
    named = [section for section in facts.sections if requirement in section.requirements]
    return [section for section in named if section.requirements[0] == requirement] or named


def name_of(section: Section) -> str:
    """What a sentence calls a section: its label, or what is known of a link that has no words.

    The file name of an image without a text alternative is often all there is (field notes, 0.7).
    """
    if _IMAGE.search(section.label):
        return f"{section.label} (hình ảnh không có chữ thay thế)"
    return section.label or f"liên kết không có chữ, dẫn đến {section.url}"


def cut_short(facts: SiteFacts) -> bool:
    """A bound stopped the crawl, or it was stopped, before all that was planned was read."""
    return facts.crawl.state is not CrawlState.COMPLETE or not SHORT_BOUNDS.isdisjoint(facts.crawl.bounds)


def evidence_of(section: Section) -> tuple[Evidence, ...]:
    return (section.seen,) if section.page is None else (section.seen, section.page)


def could_not_see(facts: SiteFacts, requirement: str) -> Verdict | None:
    """Why an absence may not be claimed, or None where it may.

    It may where the crawl was sound: menus, links and headings were read (`looked_at`) and named something; not half
    or more of the pages met the same obstacle; and no page that could hold the section was left unread. Such a page
    is one of a kindred requirement (same family of ids) that could not be looked at and, in a crawl that was cut
    short, any section's that was left unfetched. A crawl that was cut short must have read the home page besides.
    """
    crawl = facts.crawl
    for problem in sorted(COULD_NOT_LOOK - {Problem.CUT_SHORT}):
        if crawl.errors.get(problem.value, 0) * 2 >= max(crawl.pages, 1):
            return Verdict(Outcome.CANT_TELL, Reason(problem.value), crawl.looked_at, {"label": WHOLE_SITE})
    if not crawl.looked_at or not facts.sections:
        return Verdict(Outcome.CANT_TELL, Reason.NOTHING_SEEN, crawl.looked_at, {"label": WHOLE_SITE})
    if cut_short(facts) and not any(_is_home(seen.url, facts.site.url) for seen in crawl.looked_at):
        return Verdict(Outcome.CANT_TELL, Reason.CUT_SHORT, crawl.looked_at, {"label": WHOLE_SITE})
    family, stopped = requirement.split("-")[0], cut_short(facts)
    for section in facts.sections:
        kindred = any(other.split("-")[0] == family for other in section.requirements)
        if section.problem in COULD_NOT_LOOK and (kindred or (stopped and section.problem is Problem.CUT_SHORT)):
            reason = Reason(section.problem.value)
            return Verdict(Outcome.CANT_TELL, reason, evidence_of(section), {"label": name_of(section)})
    return None


def _is_home(url: str, home: str) -> bool:
    """The same page but for the scheme, "www." and a closing slash."""

    def bare(address: str) -> str:
        return address.split("://")[-1].removeprefix("www.").rstrip("/")

    return bare(url) == bare(home)


def absent(facts: SiteFacts, requirement: str) -> Verdict:
    """Not named anywhere: failed where that may be claimed, with the pages on which it was looked for."""
    looked = facts.crawl.looked_at
    return could_not_see(facts, requirement) or Verdict(Outcome.FAILED, Reason.ABSENT, looked, {"pages": len(looked)})


def shown(section: Section) -> Verdict:
    """What one section says of its own presence. A heading that leads nowhere does not say what stands below it."""
    values, seen = {"label": name_of(section)}, evidence_of(section)
    if section.problem is Problem.OUT_OF_SCOPE:
        return Verdict(Outcome.PASSED, Reason.ELSEWHERE, seen, values)
    if section.problem is not None:
        outcome = Outcome.CANT_TELL if section.problem in COULD_NOT_LOOK else Outcome.FAILED
        return Verdict(outcome, Reason(section.problem.value), seen, values)
    if section.placeholder:
        return Verdict(Outcome.FAILED, Reason.PLACEHOLDER, seen, values)
    if section.url is None and not section.words and not section.entries:
        return Verdict(Outcome.CANT_TELL, Reason.NOTHING_SEEN, seen, values)
    return Verdict(Outcome.PASSED, Reason.PRESENT, seen, values)


_ORDER = {Outcome.PASSED: 0, Outcome.CANT_TELL: 2, Outcome.FAILED: 3}


def _rank(verdict: Verdict) -> int:
    """Present, elsewhere, could not look, broken, and last a bare heading, which says less than a broken page."""
    if verdict.reason is Reason.NOTHING_SEEN:
        return 4
    return _ORDER[verdict.outcome] + (verdict.reason is Reason.ELSEWHERE)


def best(verdicts: Iterable[Verdict]) -> Verdict:
    """The best of several candidates, of equals the first."""
    return min(verdicts, key=_rank)


def presence(facts: SiteFacts, requirement: str) -> Verdict:
    """Whether a section of that name is there with content."""
    found = naming(facts, requirement)
    if not found:
        return absent(facts, requirement)
    verdict = best(map(shown, found))
    if verdict.reason is Reason.EMPTY and content_unrecognised(facts):
        return Verdict(Outcome.CANT_TELL, Reason.NOTHING_SEEN, verdict.evidence, verdict.values)
    return verdict


def content_unrecognised(facts: SiteFacts) -> bool:
    """Nearly every page that was had seems empty: then it is we who do not recognise this site's content."""
    had = [section for section in facts.sections if section.page is not None and section.url is not None]
    pages = {
        section.url: section.problem is Problem.EMPTY for section in had if section.problem in (None, Problem.EMPTY)
    }
    return len(pages) >= 5 and sum(pages.values()) * 5 >= len(pages) * 4
