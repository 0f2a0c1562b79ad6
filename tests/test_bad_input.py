"""A page of any bytes gives facts or none: never an exception, and no page of five megabytes a walk of hours."""

import random
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.captures import Capture
from crawler.extract.decode import MAX_ATTRIBUTES, decode, parse
from crawler.extract.observation import Observation
from crawler.extract.page import observe
from crawler.extract.site import extract_facts
from crawler.facts import CrawlFacet, CrawlState, Kind, SiteFacet
from tests.test_pages import FOLDERS

NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)
SITE = SiteFacet("s", "s", Kind.COMMUNE, "http://a.test/", "Bình Phước", "a.test", ("271",))
CRAWL = CrawlFacet("c", "n", CrawlState.COMPLETE, NOON, NOON, 1, 1, 0, "")
REAL = [path.read_bytes() for folder in FOLDERS for path in sorted(folder.glob("*.html"))[:2]]
BITS = [
    *(
        b"<table>",
        b"<tr><td>",
        b"</div>",
        b"<a href=",
        b"'",
        b'"',
        b"<!--",
        b"]]>",
        b"&#0;",
        b"&#x110000;",
        b"<script>",
    ),
    *(b"<base href='http://[::1'>", b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"<select><option value=/", b"<svg><title>"),
    *(b"<time datetime='", "Ngày đăng: 32/13/2026".encode(), "Điện thoại: ".encode(), b"0271", b"mailto:%00@"),
    *(b"<meta charset=utf-7>", b"<template>", b"\r\n", "đ".encode()),
]
TYPES = ["text/html", "text/html; charset=utf-16", "text/html; charset=nonsense", ""]


def seen(body: bytes, content_type: str = "text/html") -> Observation:
    capture = Capture("http://a.test/", 200, {"content-type": content_type}, body, NOON, "<urn:uuid:1>")
    extract_facts(SITE, CRAWL, [capture], date(2026, 11, 22))
    return observe(capture, area_codes=("271",))


def damaged(body: bytes, chance: random.Random) -> bytes:
    """A real page, cut off, with bytes changed and markup thrown in."""
    found = bytearray(body[: chance.randrange(len(body) + 1)])
    for _ in range(chance.randrange(30)):
        place = chance.randrange(len(found) + 1)
        found[place : place + chance.randrange(4)] = chance.choice(BITS)
    return bytes(found)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(BITS) | st.binary(max_size=20), max_size=60), st.sampled_from(TYPES))
def test_any_bytes_are_taken(pieces: list[bytes], content_type: str) -> None:
    seen(b"".join(pieces), content_type)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(REAL), st.randoms(use_true_random=False))
def test_damaged_pages_are_taken(body: bytes, chance: random.Random) -> None:
    seen(damaged(body, chance))


MONSTERS: dict[str, Callable[[], bytes]] = {
    "nested blocks": lambda: b"<div class=menu>" * 100_000 + b"x",
    "nested tables": lambda: b"<table><tr><td>" * 100_000 + b"x",
    "nested inline": lambda: b"<b><i>" * 100_000 + b"x",
    "one line": lambda: b"Tin tuc trong ngay 12/12/2025, tel. 0271.3888.012, " * 200_000,
    "digits": lambda: b"0271 3 " * 100_000,
    "one tag": lambda: b"<div " + b" ".join(b"a%d=1" % number for number in range(200_000)) + b">x</div>",
    "one attribute": lambda: b'<a href="' + b"x" * 3_000_000,
    "open brackets": lambda: b"<" * 500_000,
    "control characters": lambda: bytes(range(32)) * 50_000 + b"<p>x",
    "a cloak": lambda: b"<script>addy1 = 'a'" + b" + 'a'" * 300_000 + b"</script>",
    "a long table": lambda: b"<table>" + b"<tr><td><a href=/1>mot hai ba bon nam</a><td>12/12/2025" * 5_000,
}


@pytest.mark.parametrize("name", MONSTERS)
def test_monsters_are_taken(name: str) -> None:
    body = MONSTERS[name]()
    found = observe(Capture("http://a.test/", 200, {"content-type": "text/html"}, body, NOON))
    assert len(found.links) <= 20_000 and len(found.entries) <= 400


def test_a_tag_of_thousands_of_attributes_is_cut_and_no_other() -> None:
    many = " ".join(f"a{number}=1" for number in range(4 * MAX_ATTRIBUTES))
    root = parse(f"<p {many}>x</p><img alt='{'long text ' * 900}'>")
    assert root is not None
    assert len(root.find(".//p").attrib) < MAX_ATTRIBUTES and root.find(".//p").text == "x"
    assert len(root.find(".//img").get("alt")) == 9_000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1258", "utf-8-sig"])
def test_vietnamese_is_read_in_its_encodings(encoding: str) -> None:
    letters = "Co cau to chuc" if encoding == "windows-1258" else "Cơ cấu tổ chức, hoà giải"
    body = f'<meta charset="{encoding}"><h1>{letters}</h1>'.encode(encoding)
    assert letters in decode(body, f"text/html; charset={encoding}")


def test_decomposed_letters_are_composed() -> None:
    text = "Điện thoại đường dây nóng"
    assert text in decode(unicodedata.normalize("NFD", text).encode())
