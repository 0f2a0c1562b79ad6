"""The sections of a site: what its menus, headings and sitemap name, and what is behind each name."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from crawler.extract.labels import LabelMatch, match_label
from crawler.extract.observation import ListedEntry, Observation, Zone
from crawler.extract.pages import CrawledPages, Target
from crawler.facts import Evidence, Problem, Section
from crawler.urls import page_key

KEPT = 5
"""Candidates of one requirement that are kept; the best first."""
_ENGLISH = frozenset(
    {"contact", "us", "hotlines", "public", "services", "online", "news", "documents", "organization", "functions"}
    | {"leaders", "leadership", "budget", "questions", "about", "links", "search", "organisation"}
)
LISTLESS = frozenset({"CON-01", "TEC-18"})
"""The contact page and the map of the site list nothing of their own: links on them are no entries."""
HUB_ENTRIES = 5
"""A page that lists more dated entries is no hub: names in its main column are titles and tags."""
_ZONES = {Zone.NAV: 0, Zone.HEADER: 1, Zone.FOOTER: 2, Zone.SIDE: 3, Zone.MAIN: 4}
_MATCHES = {"exact": 0, "folded": 1, "slug": 2, "fuzzy": 3}
_PROBLEMS = {None: 0, Problem.OUT_OF_SCOPE: 1}
_WEIGHTY = frozenset({Problem.DEAD_LINK, Problem.SOFT_404, Problem.EMPTY, Problem.PLACEHOLDER})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A label that names a requirement, where it stands and where it leads."""

    label: str
    url: str | None
    match: LabelMatch
    zone: Zone
    page: str  # key of the page on which it stands


def find_candidates(pages: CrawledPages, kind: str) -> Iterator[Candidate]:
    """Every label of a menu, block, heading or sitemap that names a requirement.

    Links in a main column count on the home page and where the label is a section's name, not a title in a listing.
    """
    for key, page in pages.in_order():
        is_home = key == pages.home_key
        is_hub = is_home or (page.published is None and key not in pages.listing_of)
        titles = {entry.url for entry in page.entries if entry.published is not None}
        for link in page.links:
            if link.zone is Zone.MAIN and (
                not is_hub or link.url in titles or (len(titles) > HUB_ENTRIES and not is_home)
            ):
                continue
            source = "file" if link.label_source == "file" else "text"
            found = match_label(link.label, href=link.url, site_kind=kind, source=source)
            if found is None or (link.zone is Zone.MAIN and not is_home and found.match == "fuzzy"):
                continue
            yield Candidate(link.label, link.url, found, link.zone, key)
        if is_hub:
            yield from _headings(pages, key, page, kind)


def _headings(pages: CrawledPages, key: str, page: Observation, kind: str) -> Iterator[Candidate]:
    """Headings of a page that is no article. One that stands on several pages is a block's: it says that there is such
    a block, and nothing of the page below it. A heading or crumb that is a link was seen as a link, or is a title in a
    listing; the title of the home page names the home page."""
    linked = {link.label for link in page.links}
    titles = {entry.title for entry in page.entries if entry.published is not None}
    own = [page.title.split(" - ")[0].split(" | ")[0].split(" – ")[0], *page.breadcrumb[-1:]]
    of_title = () if key == pages.home_key else tuple((text, Zone.MAIN) for text in own)
    first = next((text for text, zone in page.headings if zone is Zone.MAIN), "")
    of_page = {first, *own} if key != pages.home_key else set()
    for text, zone in (*page.headings, *of_title):
        if zone not in (Zone.MAIN, Zone.SIDE, Zone.NAV) or text in linked or text in titles:
            continue
        found = match_label(text, site_kind=kind)
        if found and found.match in ("exact", "folded"):
            is_own = zone is Zone.MAIN and text in of_page and pages.heading_pages(text) == 1
            yield Candidate(text, page.url if is_own else None, found, zone, key)


def find_sections(pages: CrawledPages, kind: str, as_of: date) -> tuple[Section, ...]:
    """The sections, by requirement and then best first; each (label, address) once."""
    best: dict[tuple[str, str], Candidate] = {}
    targets: dict[str, Target] = {}
    for candidate in find_candidates(pages, kind):
        if candidate.url and candidate.url not in targets:
            targets[candidate.url] = pages.target(candidate.url)
        place = targets[candidate.url].key if candidate.url else ""
        key = (candidate.match.requirement, place)
        known = best.get(key)
        if known is None or _rank(candidate) < _rank(known):
            best[key] = candidate
    sections: dict[str, list[Section]] = {}
    for (requirement, _), candidate in best.items():
        section = _section(pages, candidate, targets.get(candidate.url or ""), as_of)
        if section is not None:
            sections.setdefault(requirement, []).append(section)
    chosen: list[Section] = []
    for requirement in sorted(sections):
        ranked = sorted(sections[requirement], key=_quality)
        if not requirement.startswith("FOR-"):
            # a page in English does not make up for the Vietnamese one
            ranked = [one for one in ranked if not _is_english(one.label)] or ranked
        chosen.extend(ranked[:KEPT])
    return tuple(chosen)


def _is_english(label: str) -> bool:
    return label.isascii() and any(word in _ENGLISH for word in label.lower().split())


def _rank(candidate: Candidate) -> tuple[int, int, int, str, str]:
    return (
        _ZONES[candidate.zone],
        _MATCHES[candidate.match.match],
        len(candidate.label),
        candidate.label,
        candidate.url or "",
    )


def _quality(section: Section) -> tuple[int, int, int, str, str]:
    """Content first; then what lies elsewhere; then what could not be seen; then what is broken; headings last."""
    if section.url is None:
        rank = 4
    elif section.problem in _PROBLEMS:
        rank = _PROBLEMS[section.problem]
    else:
        rank = 3 if section.problem in _WEIGHTY else 2
    return (rank, -min(section.entries, 50), _MATCHES[section.match], section.url or "", section.label)


def _section(pages: CrawledPages, candidate: Candidate, target: Target | None, as_of: date) -> Section | None:
    seen = pages.evidence(candidate.page, candidate.label)
    if seen is None:
        return None
    requirements = (candidate.match.requirement, *candidate.match.also)
    if target is None:
        return Section(
            candidate.label, None, requirements, None, 0, 0, None, False, None, seen, None, candidate.match.match
        )
    page = target.observation
    if page is None:
        evidence = pages.evidence(target.key, f"HTTP {target.status}" if target.status else "")
        return Section(
            candidate.label,
            target.url,
            requirements,
            target.status,
            0,
            0,
            None,
            False,
            target.problem,
            seen,
            evidence,
            candidate.match.match,
        )
    listed = [
        entry
        for entry in (() if candidate.match.requirement in LISTLESS else entries_of_section(pages, target.key))
        if entry.published is None or entry.published <= as_of
    ]
    dated = [entry for entry in listed if entry.published is not None]
    newest = max(dated, key=lambda entry: (entry.published or date.min, entry.url), default=None)
    return Section(
        label=candidate.label,
        url=page.url,
        requirements=requirements,
        http_status=target.status,
        words=pages.words(page),
        entries=len(listed),
        newest=newest.published if newest else None,
        placeholder=target.problem is Problem.PLACEHOLDER,
        problem=None if target.problem is Problem.EMPTY and listed else target.problem,
        seen=seen,
        page=pages.evidence(target.key, newest.title + " · " + newest.date_text if newest else page.excerpt),
        match=candidate.match.match,
        newest_entry=newest.url if newest else None,
        newest_text=newest.date_text if newest else "",
    )


def entries_of_section(pages: CrawledPages, key: str) -> list[ListedEntry]:
    """Entries that the section lists; dates that a listing leaves out are taken from the article's own page."""
    if key == pages.home_key:
        return []
    found: dict[str, ListedEntry] = {}
    for other in pages.listing_pages(key):
        for entry in pages.entries(pages.observations[other]):
            known = found.get(page_key(entry.url))
            if known is None or (known.published is None and entry.published is not None):
                found[page_key(entry.url)] = entry
    return [_dated(pages, entry) for entry in found.values()]


def _dated(pages: CrawledPages, entry: ListedEntry) -> ListedEntry:
    if entry.published is not None:
        return entry
    article = pages.observations.get(pages.follow(entry.url)[0])
    if article is None or article.published is None:
        return entry
    return ListedEntry(
        entry.title, entry.url, article.published, article.published_text, "article", entry.group, entry.zone
    )


def looked_at(pages: CrawledPages, sections: tuple[Section, ...], limit: int = 10) -> tuple[Evidence, ...]:
    """The pages whose menus and headings were read: the home page, the sitemap, then the fronts of sections."""
    found: dict[str, Evidence] = {}
    home = pages.home
    if home is not None and (evidence := pages.evidence(pages.home_key, home.title)):
        found[evidence.url] = evidence
    fronts = sorted(sections, key=lambda section: ("TEC-18" not in section.requirements, section.url or ""))
    for section in fronts:
        if section.page is not None and section.problem is None:
            found.setdefault(section.page.url, section.page)
    return tuple(found.values())[:limit]
