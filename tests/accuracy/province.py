"""The facts of the made-up province against its own plan; its pages are read as a crawl would have stored them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from urllib.parse import urljoin, urlsplit

from crawler.captures import Capture
from crawler.extract.decode import decode, parse
from crawler.extract.phones import classify_number
from crawler.extract.site import extract_facts
from crawler.facts import CrawlFacet, CrawlState, Kind, Problem, SiteFacet, SiteFacts
from crawler.urls import page_key
from tests.accuracy.score import Score, found_of, share
from tests.province.content import Site
from tests.province.server import Province

AS_OF = date(2026, 11, 22)
NOON = datetime.combine(AS_OF, time(5), UTC)
AREA_CODES = ("271",)
FLOOR = 0.99
FURNITURE = frozenset({"LAY-03", "FOR-01"})
"""What every page family shows beside the planned sections: the home link, "Giới thiệu", "English"."""
PROBLEMS = {
    "dead": Problem.DEAD_LINK,
    "soft_404": Problem.SOFT_404,
    "empty": Problem.EMPTY,
    "placeholder": Problem.PLACEHOLDER,
    "sample": Problem.PLACEHOLDER,
    "robots": Problem.ROBOTS,
    "error": Problem.SERVER_ERROR,
}
READABLE = frozenset({"good", "slow", "no_date"})


def sound(province: Province) -> list[Site]:
    return [site for site in province.sites if "trouble" not in site.plan]


def captures_of(province: Province, site: Site) -> list[Capture]:
    """Every page of the site that links lead to from the home page, failures included."""
    refused = {province.family[site.id].front(site, one) for one in site.sections if one.state == "robots"}
    found: dict[str, Capture] = {}
    ahead = ["/"]
    while ahead:
        target = ahead.pop()
        if target in found:
            continue
        url = f"http://{site.host}{target}"
        if target in refused:
            found[target] = Capture(url, None, problem=Problem.ROBOTS)
            continue
        answer = province.answer(site.host, target)
        record = f"<urn:uuid:{site.id}{target}>"
        headers = {name.lower(): value for name, value in answer.headers.items()}
        problem = Problem.DEAD_LINK if answer.status == 404 else Problem.SERVER_ERROR if answer.status >= 500 else None
        location = urljoin(url, headers["location"]) if "location" in headers else None
        found[target] = Capture(url, answer.status, headers, answer.body, NOON, record, problem, location)
        for link in links_of(answer.body, url):
            parts = urlsplit(link)
            inner = parts.path + (f"?{parts.query}" if parts.query else "")
            planned = inner in province.routes[site.id] or inner in dead_of(province, site)
            if parts.hostname == site.host and planned and not parts.path.endswith(".txt"):
                ahead.append(inner)
    return list(found.values())


def dead_of(province: Province, site: Site) -> set[str]:
    return {province.family[site.id].front(site, one) for one in site.sections if one.state == "dead"}


def links_of(body: bytes, url: str) -> Iterator[str]:
    root = parse(decode(body))
    for element in root.iter("a") if root is not None else ():
        if element.get("href"):
            yield urljoin(url, element.get("href") or "")


def facet_of(site: Site) -> SiteFacet:
    return SiteFacet(
        site.id, site.name, Kind(site.kind), f"http://{site.host}/", "Sông Thao", "songthao.test", AREA_CODES
    )


def facts_of(province: Province, site: Site, captures: list[Capture] | None = None) -> SiteFacts:
    captures = captures_of(province, site) if captures is None else captures
    crawl = CrawlFacet("c", "n", CrawlState.COMPLETE, NOON, NOON, len(captures), len(captures), 0, "")
    return extract_facts(facet_of(site), crawl, captures, AS_OF)


def scores(province: Province) -> list[Score]:
    wanted_sections: set[tuple[object, ...]] = set()
    found_sections: set[tuple[object, ...]] = set()
    wanted_entries: set[tuple[object, ...]] = set()
    found_entries: set[tuple[object, ...]] = set()
    wanted_contacts: set[tuple[object, ...]] = set()
    found_contacts: set[tuple[object, ...]] = set()
    dated = right = 0
    wrong: list[str] = []
    for site in sound(province):
        facts = facts_of(province, site)
        wanted_sections |= set(planned_sections(province, site))
        found_sections |= set(seen_sections(facts))
        days = dict(planned_entries(province, site))
        wanted_entries |= {(site.id, key) for key in days}
        found_entries |= {(site.id, page_key(one.url)) for one in facts.entries}
        for one in facts.entries:
            if (key := page_key(one.url)) in days:
                dated += 1
                right += one.published == days[key]
                if one.published != days[key]:
                    wrong.append(f"{one.url}: {one.published}, not {days[key]}")
        wanted_contacts |= set(planned_contacts(site))
        found_contacts |= {(site.id, c.place, c.kind, c.value or c.number_class or c.text) for c in facts.contacts}
    return [
        *found_of("province", "sections", FLOOR, wanted_sections, found_sections),
        *found_of("province", "entries", FLOOR, wanted_entries, found_entries),
        share("province", "dates of entries", FLOOR, right, dated, wrong),
        *found_of("province", "contacts", FLOOR, wanted_contacts, found_contacts),
    ]


def planned_sections(province: Province, site: Site) -> Iterator[tuple[object, ...]]:
    """(site, requirement, address, problem, newest entry) of each section that the site shows."""
    for section in site.shown():
        address = urljoin(f"http://{site.host}/", province.family[site.id].front(site, section))
        problem = PROBLEMS.get(section.state)
        if site.link(section):
            problem = Problem.OUT_OF_SCOPE
        newest = max((item.day for item in section.items), default=None)
        if problem is not None or section.state == "no_date":
            newest = None
        if section.state == "soft_404":
            address = f"http://{site.host}/"  # where the redirect leads
        # what a portal or a commune calls "Cơ cấu tổ chức" is its administration's
        requirement = section.requirement
        if requirement == "INT-01" and site.kind in ("portal", "commune"):
            requirement = "INT-07"
        if requirement == "INT-04" and site.kind in ("district", "commune"):
            requirement = "INT-10"
        yield site.id, requirement, page_key(address), problem, newest


def seen_sections(facts: SiteFacts) -> Iterator[tuple[object, ...]]:
    """The same of the best section of each requirement."""
    seen = set()
    for one in facts.sections:
        requirement = one.requirements[0]
        if requirement not in seen and requirement not in FURNITURE:
            seen.add(requirement)
            yield facts.site.id, requirement, page_key(one.url or ""), one.problem, one.newest


def planned_entries(province: Province, site: Site) -> Iterator[tuple[str, date | None]]:
    """(page key, day of publication) of each entry of a section that can be read."""
    family = province.family[site.id]
    for section in site.shown():
        if section.state in READABLE and not site.link(section):
            for item in section.items:
                address = urljoin(f"http://{site.host}/", family.article(site, section, item))
                yield page_key(address), item.day if section.state != "no_date" else None


def planned_contacts(site: Site) -> Iterator[tuple[object, ...]]:
    """(site, place, kind, value or class of number or address) of what the footer and the contact page say."""
    for place, lines in (("footer", site.footer), ("contact", site.contact)):
        for kind in ("phone", "fax", "hotline"):
            if lines.get(kind):
                value, number_class = classify_number(lines[kind], area_codes=AREA_CODES)
                yield site.id, place, kind, value or number_class
        for kind in ("email", "address"):
            if lines.get(kind):
                yield site.id, place, kind, lines[kind]
