"""Nights that follow one another: what is known stands, what is new is found, a site that shrinks is doubted."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.growing_site import LISTINGS, GrowingSite, serve_growing

ROOT = Path(__file__).parents[1]
VIETNAM = timedelta(hours=7)
AUDIT = [sys.executable, "run_audit.py", "audit"]
pytestmark = pytest.mark.xdist_group("nights")


@dataclass
class Night:
    """What one night cost and showed."""

    card: dict[str, Any]
    facts: dict[str, Any]
    requests: list[tuple[str, int]]
    warc: Path

    @property
    def titles(self) -> set[str]:
        return {entry["title"] for entry in self.facts["entries"]}

    def outcomes(self) -> list[tuple[str, str, str]]:
        return [(one["requirement"], one["outcome"], one["reason"]) for one in self.card["findings"]]

    def paths(self) -> list[str]:
        return [path for path, _ in self.requests]


@dataclass
class Story:
    """The site of the tests, and its nights."""

    site: GrowingSite
    registry: Path
    data: Path
    new: dict[str, list[str]] = field(default_factory=dict)

    def night(self, *arguments: str) -> Night:
        self.site.log.clear()
        done = subprocess.run(
            [*AUDIT, "--registry", self.registry, "--data", self.data, "--delay", "0", "--json", *arguments],
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        folder = self.data / "reports" / "so-thu"
        card = json.loads((folder / "scorecard.json").read_text(encoding="utf-8"))
        facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
        warc = self.data / "evidence" / card["crawl"]["night"] / "so-thu.warc.gz"
        return Night(card, facts, list(self.site.log), warc)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Story, list[Night]]]:
    """First night, a night on which nothing changed, one with new entries, one that is thin, one that is well again."""
    folder = tmp_path_factory.mktemp("nights")
    site = GrowingSite((datetime.now(UTC) + VIETNAM).date())
    for listing, count in zip(LISTINGS, (240, 60, 55, 24, 30), strict=True):
        site.grow(listing, count, days_ago=2)
    with serve_growing(site, folder) as registry:
        story = Story(site, registry, folder / "var")
        nights = [story.night(), story.night()]
        story.new = {
            "tin-tuc": site.grow("tin-tuc", 14),
            "van-ban": site.grow("van-ban", 3),
            "ngan-sach": site.grow("ngan-sach", 2),
            "quy-hoach": site.grow("quy-hoach", 1),
        }
        nights.append(story.night())
        site.thin = True
        nights.append(story.night())
        site.thin = False
        nights.append(story.night())
        yield story, nights


def test_an_unchanged_site_costs_little_and_is_judged_the_same(story: tuple[Story, list[Night]]) -> None:
    first, second = story[1][:2]
    assert len(first.requests) > 60 and len(second.requests) <= 40
    assert second.outcomes() == first.outcomes()
    assert second.titles == first.titles
    found = {feature["name"]: feature["found"] for feature in first.facts["features"]}
    assert found["print_page"]  # on articles alone, which the second night does not ask for
    assert {feature["name"]: feature["found"] for feature in second.facts["features"]} == found
    assert second.card["crawl"]["pages"] == first.card["crawl"]["pages"]
    assert second.card["crawl"]["carried"] > 0 == first.card["crawl"]["carried"]


def test_what_did_not_change_is_neither_sent_nor_stored_again(story: tuple[Story, list[Night]]) -> None:
    second = story[1][1]
    statuses = Counter(status for _, status in second.requests)
    assert statuses[304] >= 30 and statuses[200] <= 2  # the home page is always asked for without a condition
    with second.warc.open("rb") as file:
        records = [(r.rec_type, r.rec_headers.get_header("WARC-Profile") or "") for r in ArchiveIterator(file)]
    revisits = [profile.rsplit("/", 1)[-1] for kind, profile in records if kind == "revisit"]
    assert Counter(revisits)["server-not-modified"] == statuses[304]
    assert "identical-payload-digest" in revisits  # the home page
    done = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", str(second.warc)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_new_entry_is_found_whatever_the_order_of_its_list(story: tuple[Story, list[Night]]) -> None:
    told, nights = story
    third = nights[2]
    for listing, titles in told.new.items():
        assert set(titles) <= third.titles, listing
    assert nights[1].titles <= third.titles
    assert len(third.requests) <= 60
    assert "/tin-tuc/trang-2" in third.paths() and "/tin-tuc/trang-4" not in third.paths()


def test_a_site_far_thinner_than_before_is_asked_twice_and_not_judged(story: tuple[Story, list[Night]]) -> None:
    third, thin, last = story[1][2:]
    assert thin.paths().count("/") >= 2
    judged = {outcome for _, outcome, _ in thin.outcomes()} & {"passed", "failed"}
    assert judged == set() and thin.card["score"] is None
    assert {reason for _, outcome, reason in thin.outcomes() if outcome == "cant_tell"} == {"thin_crawl"}
    assert "thin" in thin.card["crawl"]["bounds"]
    assert last.outcomes() == third.outcomes() and last.titles == third.titles


def test_a_stored_night_is_judged_from_its_own_pages_and_those_it_stands_on(story: tuple[Story, list[Night]]) -> None:
    told, nights = story
    for night in (nights[1], nights[2]):
        crawl = night.card["crawl"]
        done = subprocess.run(
            [sys.executable, "run_audit.py", "judge", "--night", crawl["night"], "--data", str(told.data), "--json"],
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        assert done.returncode == 0, done.stderr
        [card] = json.loads(done.stdout)["sites"]
        counts = Counter(outcome for _, outcome, _ in night.outcomes())
        assert {name: count for name, count in card["counts"].items() if count} == dict(counts)
        assert card["pages"] == crawl["pages"] and card["newest_entry"] == _newest(night)


def _newest(night: Night) -> str:
    return max(entry["published"] for entry in night.facts["entries"] if entry["published"])


def test_a_full_night_asks_for_everything(story: tuple[Story, list[Night]]) -> None:
    told, nights = story
    full = told.night("--full")
    assert len(full.requests) > len(nights[0].requests)
    assert full.card["crawl"]["carried"] == 0 and full.titles == nights[-1].titles


def test_a_crawl_cut_short_goes_on_the_next_night(tmp_path: Path) -> None:
    site = GrowingSite((datetime.now(UTC) + VIETNAM).date(), validators=False)
    for listing, count in zip(LISTINGS, (140, 60, 40, 20, 10), strict=True):
        site.grow(listing, count, days_ago=2)
    with serve_growing(site, tmp_path) as registry:
        story = Story(site, registry, tmp_path / "var")
        first, second, third = (story.night("--max-pages", "30") for _ in range(3))
    assert (first.card["crawl"]["state"], first.card["crawl"]["unseen"]["pages"] > 0) == ("partial", True)
    assert first.titles < second.titles <= third.titles
    wanted = {title for held in site.items.values() for _, title, _ in held}
    assert third.titles == wanted and third.card["crawl"]["state"] == "complete"
    assert site.as_of >= date.fromisoformat(_newest(third))


def test_with_150_pages_the_required_sections_of_a_crowded_site_are_all_judged(tmp_path: Path) -> None:
    """What the law asks for comes first, whatever else the menu and the listings hold."""
    site = GrowingSite((datetime.now(UTC) + VIETNAM).date(), crowd=60)
    for listing, count in zip(LISTINGS, (300, 300, 300, 60, 60), strict=True):
        site.grow(listing, count, days_ago=1)
    with serve_growing(site, tmp_path) as registry:
        night = Story(site, registry, tmp_path / "var").night("--max-pages", "150")
    assert (night.card["crawl"]["state"], night.card["crawl"]["pages"]) == ("partial", 150)
    outcomes = {requirement: (outcome, reason) for requirement, outcome, reason in night.outcomes()}
    sections = ("INT-01", "INT-03", "INT-05", "NEW-01", "NEW-02", "DOC-01", "TTH-01", "BUD-01", "FBK-03", "CON-01")
    assert {requirement: outcomes[requirement][0] for requirement in sections} == dict.fromkeys(sections, "passed")
