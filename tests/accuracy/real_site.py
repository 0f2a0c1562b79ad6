"""The saved site of a real department against what a reader sees: real_site.yml."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from ruamel.yaml import YAML

from crawler.captures import Capture
from crawler.extract.observation import Zone
from crawler.extract.page import observe
from crawler.extract.site import extract_facts
from crawler.facts import CrawlFacet, CrawlState, Kind, Problem, SiteFacet
from tests.accuracy.score import Score, found_of, share

NAME = "site-sotttt-hanoi"
FACTS = Path(__file__).with_name("real_site.yml")
FLOOR = 0.98
ENGLISH = "web/sotttt-eng/"
"""Where the two English pages stood."""


def captures_of(folder: Path, url: str, day: date, left_out: Iterable[str]) -> list[Capture]:
    """The saved pages at the addresses that their links use; whatever else they link to answers 404."""
    moment = datetime.combine(day, time(5), UTC)
    headers = {"content-type": "text/html; charset=utf-8"}
    found = {}
    for path in sorted(path for path in folder.glob("*.html") if path.name not in left_out):
        address = urljoin(url, ENGLISH + path.name[4:] if path.name.startswith("eng_") else path.name)
        address = url if path.name == "index.html" else address
        found[address] = Capture(address, 200, headers, path.read_bytes(), moment, f"<urn:uuid:{path.name}>")
    dead: dict[str, Capture] = {}
    for capture in found.values():
        for link in observe(capture).links:
            if link.url.startswith(url) and link.url not in found:
                dead[link.url] = Capture(link.url, 404, {}, b"", moment, f"<urn:uuid:{link.url}>", Problem.DEAD_LINK)
    return [*found.values(), *dead.values()]


def scores(folder: Path) -> list[Score]:
    """`folder`: the saved pages."""
    wanted = YAML(typ="safe", pure=True).load(FACTS.read_text("utf-8"))
    site = wanted["site"]
    captures = captures_of(folder, site["url"], wanted["as_of"], wanted["left_out"])
    facet = SiteFacet("s", "s", Kind(site["kind"]), site["url"], "Hà Nội", "hanoi.gov.vn", tuple(site["area_codes"]))
    now = captures[0].fetched_at
    assert now is not None
    crawl = CrawlFacet("c", "n", CrawlState.COMPLETE, now, now, len(captures), len(captures), 0, "")
    facts = extract_facts(facet, crawl, captures, wanted["as_of"])
    sections = {}
    for one in facts.sections:
        sections.setdefault(one.requirements[0], (one.requirements[0], one.url, one.problem, one.newest))
    contacts = {(one.place, one.kind, one.value or one.number_class or one.text) for one in facts.contacts}
    shown = wanted_days(wanted)
    seen = {(c.url.rsplit("/", 1)[-1] or "index.html"): days_of(c) for c in captures if c.status == 200}
    wrong = [f"{name}: {seen.get(name)}, not {days}" for name, days in shown.items() if seen.get(name) != days]
    wrong += [f"{name}: {days}, not none" for name, days in seen.items() if days and name not in shown]
    named = facts.crawl.platform == wanted["platform"]
    return [
        share("real site", "platform", 1.0, named, 1, [] if named else [facts.crawl.platform]),
        *found_of("real site", "sections", FLOOR, set(wanted_sections(wanted)), set(sections.values())),
        share("real site", "pages with the right days", FLOOR, len(seen) - len(wrong), len(seen), wrong),
        *found_of("real site", "contacts", FLOOR, set(wanted_contacts(wanted)), contacts),
    ]


def days_of(capture: Capture) -> list[str]:
    """Days of the dated items in a page's main column, in its order."""
    entries = observe(capture).entries
    return [one.published.isoformat() for one in entries if one.published and one.zone is Zone.MAIN]


def wanted_days(wanted: dict[str, Any]) -> dict[str, list[str]]:
    return {name: [day.isoformat() for day in days] for name, days in wanted["dated"].items()}


def wanted_sections(wanted: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    for one in wanted["sections"]:
        url = urljoin(wanted["site"]["url"], one["url"]) if one["url"] is not None else None
        yield one["requirement"], url, Problem(one["problem"]) if "problem" in one else None, one.get("newest")


def wanted_contacts(wanted: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    for one in wanted["contacts"]:
        yield one["place"], one["kind"], one["value"]
