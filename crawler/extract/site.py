"""The facts of a site: pages in, observed facts out. Pure: the same captures, in any order, give the same facts."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from urllib.parse import urlsplit

from crawler.captures import Capture
from crawler.extract.features import NAMES
from crawler.extract.observation import FoundFeature, Zone
from crawler.extract.pages import CrawledPages
from crawler.extract.sections import LISTLESS, entries_of_section, find_sections, looked_at
from crawler.facts import Contact, CrawlFacet, Entry, Feature, Probe, Section, SiteFacet, SiteFacts
from crawler.text import shorten
from crawler.urls import page_key

SCHEDULES = {"work_schedule": "NEW-03", "reception_schedule": "FBK-10"}
"""Feature → the section whose page shows it."""
CONTACT_SECTIONS = frozenset({"CON-01", "CON-04"})
DIRECTORY_SECTIONS = frozenset(
    {"CON-02", "CON-03", "CON-05", "INT-01", "INT-05", "FBK-07", "FBK-10", "ATI-03", "SPK-01"}
)
"""Sections in whose pages telephone numbers are the agency's; those in news articles are not."""


def extract_facts(
    site: SiteFacet,
    crawl: CrawlFacet,
    captures: Iterable[Capture],
    as_of: date,
    probes: tuple[Probe, ...] = (),
    remembered: Iterable[Entry] = (),
) -> SiteFacts:
    """Observe all captures of a crawl. Entries dated after `as_of` are left out.

    `remembered`: entries of earlier nights, which count where no page shows them.
    """
    pages = CrawledPages(site.url, captures, site.area_codes)
    sections = find_sections(pages, site.kind, as_of)
    return SiteFacts(
        site=site,
        crawl=replace(crawl, platform=_platform(pages), looked_at=looked_at(pages, sections)),
        as_of=as_of,
        sections=sections,
        entries=_entries(pages, sections, as_of, remembered),
        contacts=_contacts(pages, sections),
        features=_features(pages, sections, site.domain),
        probes=probes,
    )


def _platform(pages: CrawledPages) -> str:
    """The platform that most pages bear the marks of."""
    counts = Counter(page.platform_marks[0] for _, page in pages.in_order() if page.platform_marks)
    return min(counts, key=lambda name: (-counts[name], name)) if counts else "generic"


def _entries(
    pages: CrawledPages, sections: tuple[Section, ...], as_of: date, remembered: Iterable[Entry]
) -> tuple[Entry, ...]:
    """Every entry once: as its section lists it, else as any page does; dated ones before undated ones."""
    found: dict[str, Entry] = {}

    def add(entry_url: str, entry: Entry) -> None:
        key = page_key(entry_url)
        known = found.get(key)
        if known is None or (known.published is None and entry.published is not None):
            found[key] = entry if known is None or not known.section else replace(entry, section=known.section)

    fronts: dict[str, Section] = {}
    for section in sections:
        if section.url and section.problem is None and section.requirements[0] not in LISTLESS:
            fronts.setdefault(page_key(section.url), section)
    for key, section in sorted(fronts.items(), key=lambda item: (-len(item[0]), item[0])):
        if key not in pages.observations:
            continue
        for listed in entries_of_section(pages, key):
            seen = pages.evidence(key, f"{listed.title} · {listed.date_text}")
            if seen and pages.scope.holds(listed.url) and (listed.published is None or listed.published <= as_of):
                add(
                    listed.url,
                    Entry(
                        listed.title,
                        listed.url,
                        listed.published,
                        listed.date_text,
                        listed.date_source,
                        section.label,
                        seen,
                    ),
                )
    for key, page in pages.in_order():
        for listed in pages.entries(page):
            seen = pages.evidence(key, f"{listed.title} · {listed.date_text}")
            if seen and pages.scope.holds(listed.url) and listed.published is not None and listed.published <= as_of:
                add(
                    listed.url,
                    Entry(listed.title, listed.url, listed.published, listed.date_text, listed.date_source, "", seen),
                )
    for entry in remembered:
        found.setdefault(page_key(entry.url), entry)
    return tuple(sorted(found.values(), key=lambda entry: (-(entry.published or date.min).toordinal(), entry.url)))


def _contacts(pages: CrawledPages, sections: tuple[Section, ...]) -> tuple[Contact, ...]:
    """Contacts of footers, of the contact page and of directory pages; each (kind, value, place) once."""
    place_of: dict[str, str] = {}
    for section in sections:
        if section.url and section.problem is None and section.match != "fuzzy":
            key = page_key(section.url)
            if CONTACT_SECTIONS & set(section.requirements[:1]):
                place_of[key] = "contact"
            elif DIRECTORY_SECTIONS & set(section.requirements):
                place_of.setdefault(key, "page")
    found: dict[tuple[str, str, str], Contact] = {}
    for key, page in pages.in_order():
        for contact in page.contacts:
            if contact.zone is Zone.FOOTER:
                place = "footer"
            elif key in place_of and contact.zone in (Zone.MAIN, Zone.SIDE):
                place = place_of[key]
            elif contact.zone is Zone.HEADER or key == pages.home_key:
                place = "page"
            else:
                continue
            evidence = pages.evidence(key, contact.excerpt or contact.text)
            identity = (contact.kind, contact.value or contact.text, place)
            if evidence and identity not in found:
                found[identity] = Contact(
                    kind=contact.kind,
                    text=contact.text,
                    value=contact.value,
                    number_class=contact.number_class,
                    owner=contact.owner,
                    page=page.url,
                    place=place,
                    seen=evidence,
                    href=contact.href,
                )
    order = {"contact": 0, "footer": 1, "page": 2}
    return tuple(
        sorted(found.values(), key=lambda one: (order[one.place], one.kind, one.value or "", one.text, one.page))
    )


def _features(pages: CrawledPages, sections: tuple[Section, ...], domain: str) -> tuple[Feature, ...]:
    """Each known feature, with the first page that has it; one that was not seen is listed as not found."""
    first: dict[str, tuple[str, FoundFeature]] = {}
    for key, page in pages.in_order():
        for feature in page.features:
            first.setdefault(feature.name, (key, feature))
    found = []
    for name in NAMES:
        if name == "tree_sitemap":
            found.append(_tree_sitemap(pages, sections))
        elif name == "portal_link":
            found.append(_portal_link(pages, domain))
        elif name in SCHEDULES:
            found.append(_schedule(name, sections))
        elif name in first:
            key, feature = first[name]
            found.append(Feature(name, True, feature.url, feature.excerpt, pages.evidence(key, feature.excerpt)))
        else:
            found.append(Feature(name, False, None, ""))
    return tuple(found)


def _portal_link(pages: CrawledPages, domain: str) -> Feature:
    """A link from the home page back to the province's portal; the portal itself needs none."""
    for link in pages.home.links if pages.home else ():
        if (urlsplit(link.url).hostname or "").removeprefix("www.") == domain and not pages.scope.holds(link.url):
            evidence = pages.evidence(pages.home_key, link.label or link.url)
            return Feature("portal_link", True, link.url, shorten(link.label or link.url, 100), evidence)
    return Feature("portal_link", False, None, "")


def _schedule(name: str, sections: tuple[Section, ...]) -> Feature:
    for section in sections:
        if section.requirements[0] == SCHEDULES[name] and section.url and section.problem is None:
            return Feature(name, True, section.url, section.label, section.page)
    return Feature(name, False, None, "")


def _tree_sitemap(pages: CrawledPages, sections: tuple[Section, ...]) -> Feature:
    """A page named as the site's map that links to at least half of what the menu links to."""
    home = pages.home
    menu = (
        {page_key(link.url) for link in home.links if link.zone is Zone.NAV and pages.scope.holds(link.url)}
        if home
        else set()
    )
    for section in sections:
        page = (
            pages.observations.get(page_key(section.url))
            if section.url and "TEC-18" in section.requirements[:1]
            else None
        )
        if page is None:
            continue
        shown = {page_key(link.url) for link in page.links if link.zone is Zone.MAIN}
        if len(shown) >= 8 and len(shown & menu) * 2 >= len(menu):
            return Feature("tree_sitemap", True, section.url, section.label, section.page)
    return Feature("tree_sitemap", False, None, "")
