"""The extractor over small sites of our own making, one folder a site: tests/pages/<platform>/<site>/expected.yml.

What is expected was written by reading the pages. A section whose page is not in the folder is `cut_short`; an address
listed as `dead` answers 404.
"""

import difflib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from ruamel.yaml import YAML

import crawler.platforms
from crawler.captures import Capture
from crawler.extract.page import observe
from crawler.extract.site import extract_facts
from crawler.facts import CrawlFacet, CrawlState, Kind, Problem, SiteFacet, SiteFacts

PAGES = Path(__file__).with_name("pages")
FOLDERS = sorted(path.parent for path in PAGES.glob("*/*/expected.yml"))
KEYS = {"site", "as_of", "platform", "pages", "dead", "sections", "entries", "contacts", "features", "needs_browser"}
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
"""When the pages were fetched: noon in Vietnam."""


def facts_of(folder: Path, wanted: Mapping[str, Any]) -> SiteFacts:
    """The facts of the folder's pages, as a crawl would have stored them."""
    site = wanted["site"]
    facet = SiteFacet(
        id=folder.name,
        name=folder.name,
        kind=Kind(site["kind"]),
        url=site["url"],
        province="Sông Thao",
        domain="songthao.test",
        area_codes=tuple(site["area_codes"]),
    )
    captures = [
        Capture(
            urljoin(site["url"], path),
            200,
            {"content-type": "text/html; charset=utf-8"},
            (folder / name).read_bytes(),
            NOON,
            f"<urn:uuid:{name}>",
        )
        for name, path in wanted["pages"].items()
    ]
    captures += [
        Capture(urljoin(site["url"], path), 404, {}, b"", NOON, f"<urn:uuid:{path}>", Problem.DEAD_LINK)
        for path in wanted.get("dead", ())
    ]
    crawl = CrawlFacet("c", "n", CrawlState.COMPLETE, NOON, NOON, len(captures), len(captures), 0, "")
    return extract_facts(facet, crawl, captures, wanted["as_of"])


def blank_pages(folder: Path, wanted: Mapping[str, Any]) -> list[str]:
    """Addresses of the pages that need a browser."""
    headers = {"content-type": "text/html; charset=utf-8"}
    return [
        path
        for name, path in wanted["pages"].items()
        if observe(
            Capture(urljoin(wanted["site"]["url"], path), 200, headers, (folder / name).read_bytes())
        ).needs_browser
    ]


def line(**fields: object) -> str:
    """One line a fact: fields that say nothing are left out."""
    shown = {name: value.isoformat() if isinstance(value, date) else value for name, value in fields.items()}
    return "  ".join(f"{name}={value}" for name, value in shown.items() if value is not None)


def observed(facts: SiteFacts) -> Iterator[str]:
    """The facts as lines; of each requirement the best section."""
    yield line(platform=facts.crawl.platform)
    best: dict[str, str] = {}
    for one in facts.sections:
        url, problem = one.url or "none", one.problem.value if one.problem else None
        text = line(section=one.requirements[0], url=url, entries=one.entries, newest=one.newest, problem=problem)
        best.setdefault(one.requirements[0], text)
    yield from best.values()
    for entry in facts.entries:
        yield line(entry=entry.url, published=entry.published or "none")
    for contact in facts.contacts:
        text = contact.text if contact.value is None else None
        yield line(
            contact=contact.kind, place=contact.place, value=contact.value, text=text, class_=contact.number_class
        )
    for feature in facts.features:
        if feature.found:
            yield line(feature=feature.name)


def written(wanted: Mapping[str, Any]) -> Iterator[str]:
    """The same lines, of what is expected."""

    def absolute(path: str | None) -> str:
        return urljoin(wanted["site"]["url"], path) if path else "none"

    yield line(platform=wanted["platform"])
    for one in wanted["sections"]:
        yield line(
            section=one["requirement"],
            url=absolute(one["url"]),
            entries=one["entries"],
            newest=one.get("newest"),
            problem=one.get("problem"),
        )
    for one in wanted["entries"]:
        yield line(entry=absolute(one["url"]), published=one["published"] or "none")
    for one in wanted["contacts"]:
        yield line(
            contact=one["kind"],
            place=one["place"],
            value=one.get("value"),
            text=one.get("text"),
            class_=one.get("number_class"),
        )
    for name in wanted["features"]:
        yield line(feature=name)


def difference(wanted: Iterable[str], found: Iterable[str]) -> str:
    return "\n".join(
        difflib.unified_diff(sorted(wanted), sorted(found), "a reader sees", "the program sees", lineterm="", n=0)
    )


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_the_facts_are_what_a_reader_sees(folder: Path) -> None:
    wanted = YAML(typ="safe", pure=True).load((folder / "expected.yml").read_text(encoding="utf-8"))
    assert set(wanted) <= KEYS and set(wanted["pages"]) == {path.name for path in folder.glob("*.html")}
    assert wanted["platform"] == folder.parent.name
    differs = difference(written(wanted), observed(facts_of(folder, wanted)))
    assert not differs, f"{folder.relative_to(PAGES)}\n{differs}"
    assert blank_pages(folder, wanted) == wanted.get("needs_browser", [])


def test_every_platform_has_a_site() -> None:
    platforms = {module.name for module in pkgutil.iter_modules(crawler.platforms.__path__)}
    assert {folder.parent.name for folder in FOLDERS} == platforms
