"""The made-up province: served as planned, its families really different, its days relative."""

import re
import urllib.request
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from lxml import html

from tests.province.content import Site
from tests.province.expectations import expected
from tests.province.server import Province, Served, serve

AS_OF = date(2026, 11, 22)
KINDS = {"portal", "department", "district", "commune"}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve(Province(AS_OF)) as running:
        yield running


def sound(province: Province) -> list[Site]:
    return [site for site in province.sites if "trouble" not in site.plan]


def test_it_has_sites_of_all_kinds_in_different_families(served: Served) -> None:
    sites = sound(served.province)
    assert len(sites) >= 8 and {site.kind for site in sites} == KINDS
    families = {site.family for site in sites}
    assert len(families) >= 4
    shapes = set()
    for family in families:
        site = next(one for one in sites if one.family == family)
        page = html.fromstring(served.province.answer(site.host, "/").body)
        shapes.add(tuple(element.tag for element in page.iter() if isinstance(element.tag, str))[:60])
    assert len(shapes) == len(families)


def test_each_site_holds_a_realistic_number_of_entries(served: Served) -> None:
    for site in served.province.sites:
        assert 50 <= sum(len(section.items) for section in site.sections) <= 310, site.id


def test_the_same_day_gives_the_same_pages_but_for_tokens_and_counters() -> None:
    def pages(day: date) -> dict[str, bytes]:
        province = Province(day)
        found = {}
        for site in sound(province):
            for target in ("/", *list(province.routes[site.id])[5:9]):
                body = province.answer(site.host, target).body
                body = re.sub(rb"nv_redirect=[0-9a-f]{32}", b"TOKEN", body)
                found[site.host + target] = re.sub("truy cập: [0-9]+".encode(), b"COUNT", body)
        return found

    assert pages(AS_OF) == pages(AS_OF)
    later = pages(AS_OF + timedelta(days=30))
    assert any(later.get(key) != body for key, body in pages(AS_OF).items())


def test_menu_links_answer_as_planted(served: Served) -> None:
    province = served.province
    for site in sound(province):
        family = province.family[site.id]
        for section in site.shown():
            address = family.front(site, section)
            if not address.startswith("/"):
                continue
            answer = province.answer(site.host, address)
            status = {"dead": 404, "soft_404": 301, "error": 500}.get(section.state, 200)
            assert answer.status == status, (site.id, section.requirement, address)


def test_nothing_is_newer_than_the_day(served: Served) -> None:
    assert all(i.day <= AS_OF for site in served.province.sites for section in site.sections for i in section.items)


def test_every_outcome_and_the_main_reasons_are_planted() -> None:
    found = {(one.outcome, one.reason) for one in expected(AS_OF)}
    assert {outcome for outcome, _ in found} == {"passed", "failed", "cant_tell", "inapplicable"}
    reasons = {reason for _, reason in found}
    assert reasons >= {
        "absent", "dead_link", "soft_404", "empty", "placeholder", "stale", "outdated", "unofficial", "incomplete",
        "elsewhere", "robots", "server_error", "no_date", "unreachable", "not_bound", "no_target",
    }  # fmt: skip


def test_it_answers_over_a_socket_by_host(served: Served) -> None:
    site = next(one for one in served.province.sites if one.id == "so-y-te")
    request = urllib.request.Request(f"http://127.0.0.1:{served.port}/", headers={"Host": site.host})
    with urllib.request.urlopen(request, timeout=5) as response:
        assert site.name in response.read().decode()
    assert served.log[-1][1:] == (site.host, "/")
