"""Registry files: the shipped ones, every kind of mistake with its line, and which sites a day selects."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.facts import Kind
from crawler.registry import (
    RegistryError,
    UnknownSite,
    facet,
    load_registry,
    registry_from_json,
    registry_to_json,
    select,
)

SHIPPED = Path(__file__).parents[1] / "crawler/registry"
PROVINCE = """\
province: {id: st, name: Sông Thao, timezone: Asia/Ho_Chi_Minh, domain: songthao.test, area_codes: ["271"]}
sites:
  - id: so-tu-phap
    name: Sở Tư pháp
    kind: department
    url: https://sotuphap.songthao.test/
"""


def problems(folder: Path, text: str | bytes) -> list[str]:
    path = folder / "registry.yml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(RegistryError) as caught:
        load_registry(path)
    assert all(one.startswith(str(path)) for one in caught.value.problems)
    return [one.removeprefix(str(path)) for one in caught.value.problems]


def test_shipped_registries_hold_what_is_known() -> None:
    binhphuoc = load_registry(SHIPPED / "binhphuoc.yml")
    kinds = [site.kind for site in binhphuoc.sites]
    assert kinds.count(Kind.PORTAL) == 1 and kinds.count(Kind.DISTRICT) == 11
    assert kinds.count(Kind.DEPARTMENT) + kinds.count(Kind.VERTICAL) == 24
    assert all(site.active_until == date(2025, 6, 30) for site in binhphuoc.sites)
    travinh = load_registry(SHIPPED / "travinh.yml")
    assert sum(1 for site in travinh.sites if site.kind is not Kind.PORTAL) == 40
    assert len(load_registry(SHIPPED / "dongnai.yml").sites) >= 6


@pytest.mark.parametrize("name", ["binhphuoc", "travinh", "dongnai"])
def test_every_shipped_host_says_where_it_was_seen(name: str) -> None:
    for site in load_registry(SHIPPED / f"{name}.yml").sites:
        assert site.seen_at, site.id


@pytest.mark.parametrize("name", ["binhphuoc", "travinh", "dongnai"])
def test_a_registry_comes_back_from_json_as_it_was(name: str) -> None:
    registry = load_registry(SHIPPED / f"{name}.yml")
    assert registry_from_json(registry_to_json(registry)) == registry


@pytest.mark.parametrize(
    ("more", "line", "says"),
    [
        ("    kind: portal\n", 7, "hai lần"),
        ("    colour: red\n", 7, "'colour'"),
        ("    yearly_target: '3000'\n", 7, "yearly_target"),
        ("    yearly_target: 0\n", 7, "yearly_target"),
        ("    delay: -1\n", 7, "delay"),
        ("    contacts: {phones: [0271388012]}\n", 7, "ngoặc kép"),
        ("    contacts: {phones: ['0271'], mails: []}\n", 7, "'mails'"),
        ("    contacts: text\n", 7, "contacts"),
        ("    active_until: '2025-06-30'\n", 7, "YYYY-MM-DD"),
        ("    active_until: 2025-13-30\n", 7, "YYYY-MM-DD"),
        ("    active_from: 2020-01-01\n    active_until: 2019-01-01\n", 8, "active_until"),
        ("    connect_to: 10.0.0.1:80\n", 7, "127.0.0.1:8080"),
        ("    source: maybe\n", 7, "seen, guess"),
        ("    aliases: Sở\n", 7, "danh sách"),
        ("  - {id: so-tu-phap, name: B, kind: department, url: null}\n", 7, "dòng 3"),
        ("  - {id: b, name: B, kind: department, url: 'http://www.sotuphap.songthao.test'}\n", 7, "dòng 6"),
        ("  - {id: B b, name: B, kind: department, url: null}\n", 7, "so-tu-phap"),
        ("  - {id: b, name: no, kind: department, url: null}\n  - {id: c, name: 5, kind: x, url: ftp://x}\n", 8, "5"),
        ("  - {id: b, name: B, kind: ministry, url: null}\n", 7, "portal, department"),
        ("  - {id: b, name: B, kind: department, url: 'https://user:x@a.test/'}\n", 7, "tài khoản"),
        ("  - {id: b, name: B, kind: department, url: 'https://192.168.1.1/'}\n", 7, "công cộng"),
        ("  - {id: b, name: B, kind: department, url: 'https://a b.test/'}\n", 7, "tên miền"),
        ("  - {id: b, name: B, kind: department}\n", 7, "'url'"),
        ("  - just text\n", 7, "trang thứ 2"),
        ("\t- x: 1\n", 7, "YAML"),
        ("  - {id: b, name: &x B, kind: department, url: null}\n", 7, "&"),
    ],
)
def test_a_mistake_names_line_and_what_was_expected(tmp_path: Path, more: str, line: int, says: str) -> None:
    found = problems(tmp_path, PROVINCE + more)
    assert any(one.startswith(f":{line}:") and says in one for one in found), found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "province"),
        ("sites: []\nprovince: {}\n", "ít nhất một trang"),
        (PROVINCE.replace('["271"]', "[271]"), "area_codes"),
        (PROVINCE.replace("Asia/Ho_Chi_Minh", "Mars/Base"), "timezone"),
        (PROVINCE.replace("timezone", 'contact: "a@b.vn)\\r\\nX: y", timezone'), "contact"),
        (PROVINCE + "extra: 1\n", "'extra'"),
        (b"province: \xff\xfe", "UTF-8"),
        ("- a\n- b\n", "province"),
    ],
)
def test_a_file_of_another_shape_is_told(tmp_path: Path, text: str | bytes, says: str) -> None:
    assert any(says in one for one in problems(tmp_path, text))


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    assert len(problems(tmp_path, PROVINCE + "    colour: red\n    delay: x\n    source: y\n")) == 3


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="không đọc được"):
        load_registry(tmp_path / "none.yml")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=200), st.text(max_size=80).map(lambda text: PROVINCE + "    " + text)))
def test_no_text_breaks_the_reader(tmp_path: Path, text: str) -> None:
    path = tmp_path / "registry.yml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        load_registry(path)
    except RegistryError as error:
        assert error.problems


def test_a_day_selects_the_bodies_that_lived() -> None:
    registry = load_registry(SHIPPED / "binhphuoc.yml")
    then, now = (select(registry, as_of=day) for day in (date(2024, 6, 30), date(2026, 11, 22)))
    assert then.chosen and all(site.source == "seen" and site.url for site in then.chosen)
    assert now.chosen == () and {why for _, why in now.skipped} == {"ended", "no_host"}
    assert {why for _, why in then.skipped} == {"guess", "no_host"}
    more = select(registry, include_unverified=True, as_of=date(2024, 6, 30))
    assert len(more.chosen) > len(then.chosen)
    with pytest.raises(UnknownSite, match="nobody"):
        select(registry, ids=["nobody"], as_of=date(2024, 6, 30))


def test_rules_see_the_provinces_end_as_the_bodys() -> None:
    registry = load_registry(SHIPPED / "binhphuoc.yml")
    site = facet(registry, registry.sites[0])
    assert site.active_until == date(2025, 6, 30) and site.domain == "binhphuoc.gov.vn"
