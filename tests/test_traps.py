"""Trap sites walked to their end, without a network: they end within their budgets, and real sections come first."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from crawler.captures import Capture
from crawler.extract.page import observe
from crawler.frontier import LISTING_BUDGET, Frontier, Rank
from crawler.scope import Scope
from crawler.traps import CASE_BUDGET, PATTERN_BUDGET
from crawler.urls import page_key
from tests.hostile.light import AS_OF, SECTIONS, Hostile, good
from tests.hostile.server import Asked
from tests.hostile.traps import TRAPS

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ENDS = {
    "trap-themes": 16, "trap-sessions": 16, "trap-copies": 16, "trap-cases": 26 + CASE_BUDGET, "trap-unknown-tokens": 80, "trap-same-pages": 30,
    "trap-empty-pages": 16, "canonical-home": 16, "trap-languages": 40, "trap-facets": 150, "trap-calendar": 80, "trap-portlets": 120, "trap-relative": 150,
    "trap-relative-menu": 80, "trap-many-links": 7 * PATTERN_BUDGET, "trap-old-forms": 4 * PATTERN_BUDGET, "trap-fresh-pages": LISTING_BUDGET + 20,
}  # fmt: skip
"""Pages after which each trap must have been left."""


def walk(site: Hostile, limit: int = 3000) -> tuple[list[str], Frontier]:
    """What the frontier asks of a site, in order, until it wants nothing more."""
    frontier = Frontier(Scope.of(f"http://{site.host}/"), AS_OF, "department")
    frontier.add(f"http://{site.host}/", Rank.HOME, 0)
    asked: list[str] = []
    while (planned := frontier.pop()) and len(asked) < limit:
        target = planned.url.removeprefix(f"http://{site.host}")
        asked.append(target)
        request = Asked(site.host, target, {}, asked.count(target), len(asked))
        head, _, body = b"".join(piece for piece in site(request) if isinstance(piece, bytes)).partition(b"\r\n\r\n")
        if head.startswith(b"HTTP/1.1 200"):
            headers = {"content-type": "text/html; charset=utf-8"}
            frontier.learn(observe(Capture(planned.url, 200, headers, body, NOW)), planned)
    return asked, frontier


@pytest.mark.parametrize("site", TRAPS, ids=lambda site: site.id)
def test_a_trap_ends_and_starves_no_section(site: Hostile) -> None:
    asked, _ = walk(site)
    assert len(asked) <= ENDS[site.id], Counter(target.partition("?")[0] for target in asked).most_common(5)
    first = {page_key(f"http://{site.host}{target}") for target in asked[:60]}
    wanted = {page_key(f"http://{site.host}{path}") for path in SECTIONS}
    if site.id in ("trap-unknown-tokens", "trap-sessions"):  # its menu has no other addresses
        first = {key.partition("?")[0] for key in first}
    assert wanted <= first


@pytest.mark.parametrize("name", ["trap-fresh-pages", "trap-old-forms", "trap-facets", "trap-cases", "trap-many-links"])
def test_what_a_bound_left_out_is_said(name: str) -> None:
    [site] = [site for site in TRAPS if site.id == name]
    assert set(walk(site)[1].left_out) & {"pattern", "listing", "trap", "depth"}


def test_the_good_site_leaves_nothing_out() -> None:
    asked, frontier = walk(Hostile("tot", lambda asked: good(asked)))
    assert not frontier.left_out and len(asked) == 13
