"""Probes of answers: robots.txt, redirects, HSTS, site maps and feeds, hostile ones among them."""

import gzip
from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from crawler.answers import Answer
from crawler.facts import Kind, Probe, ProbeName, ProbeReason
from crawler.origins import Origins
from crawler.probes.stored import probes_of, probes_to_json
from crawler.probes.watch import MAX_FEEDS, MAX_MAPS, MAX_TWINS, Watch
from crawler.probes.web import hsts_probe
from crawler.probes.xml import MAX_BYTES, XmlFile, read_xml, unpacked
from crawler.registry import SiteEntry
from crawler.robots import read_robots
from db.models import Page

R = ProbeReason
TODAY = date(2026, 11, 22)
AT = datetime(2026, 11, 22, 1, tzinfo=UTC)
HOME = "https://so.tinh.gov.vn/"


def answer(status: int = 200, body: str | bytes = "", **headers: str) -> Answer:
    raw = body.encode() if isinstance(body, str) else body
    return Answer(status, tuple((name.replace("_", "-"), value) for name, value in headers.items()), raw, AT)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, (False, "", R.NO_HEADER)),
        ("max-age=31536000", (True, "31536000", None)),
        ('includeSubDomains; MAX-AGE = "600" ; preload', (True, "600", None)),
        ("max-age=0", (False, "0", R.MAX_AGE_ZERO)),
        ("includeSubDomains", (False, "includeSubDomains", R.MALFORMED)),
        ("max-age=mot nam", (False, "max-age=mot nam", R.MALFORMED)),
        ("max-age=1; max-age=2", (False, "max-age=1; max-age=2", R.MALFORMED)),
    ],
)
def test_hsts_is_read_as_rfc_6797_says(header: str | None, expected: tuple[bool, str, ProbeReason | None]) -> None:
    headers = {"Strict_Transport_Security": header} if header is not None else {}
    assert hsts_probe(answer(**headers)) == Probe(ProbeName.HSTS, *expected)


SITEMAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'
URL = "<url><loc>http://a.vn/{0}</loc><lastmod>2026-11-{0:02}T09:46:00+07:00</lastmod></url>"
ITEM = "<item><title>Tin {0}</title><pubDate>Wed, {0:02} Nov 2026 09:46:00 +0700</pubDate></item>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (SITEMAP.format(URL.format(3) + URL.format(11)), XmlFile("urlset", 2, date(2026, 11, 11))),
        ('\n<?xml version="1.0"?>' + SITEMAP.format(URL.format(3)), XmlFile("urlset", 1, date(2026, 11, 3))),
        (SITEMAP.format(""), XmlFile("urlset")),
        (
            "<sitemapindex><sitemap><loc> http://a.vn/1.xml </loc><lastmod>2026-11-01</lastmod></sitemap>",
            XmlFile("index", 0, date(2026, 11, 1), ("http://a.vn/1.xml",)),
        ),
        (f"<rss><channel>{ITEM.format(9)}{ITEM.format(11)}</channel></rss>", XmlFile("rss", 2, date(2026, 11, 11))),
        (
            '<feed xmlns="http://www.w3.org/2005/Atom"><updated>2026-11-12T00:00:00Z</updated><entry><title>a</title></entry></feed>',
            XmlFile("atom", 1, date(2026, 11, 12)),
        ),
        (
            '<rdf:RDF xmlns:rdf="r" xmlns:dc="d"><item><dc:date>2026-11-02</dc:date></item></rdf:RDF>',
            XmlFile("rss", 1, date(2026, 11, 2)),
        ),
        (f"<rss><channel>{ITEM.format(9)}<item><title>A & B</title></item>", XmlFile("rss", 2, date(2026, 11, 9))),
        (f"<rss><channel>{ITEM.format(30)}</channel></rss>", XmlFile("rss", 1, None)),  # after today: no news
        ("<!DOCTYPE html><html><body><p>Trang chủ</p></body></html>", XmlFile()),
        ("không phải XML", XmlFile()),
        ("", XmlFile()),
    ],
)
def test_site_maps_and_feeds_are_read(body: str, expected: XmlFile) -> None:
    assert read_xml(body.encode(), TODAY) == expected


BILLION = (
    '<!DOCTYPE urlset [<!ENTITY a0 "lol">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]><urlset><url><loc>&a9;</loc><lastmod>2026-11-01</lastmod></url></urlset>"
)
EXTERNAL = '<!DOCTYPE x [<!ENTITY x SYSTEM "file://{}">]><sitemapindex><sitemap><loc>&x;</loc></sitemap></sitemapindex>'


def test_an_entity_bomb_does_no_harm() -> None:
    assert read_xml(BILLION.encode(), TODAY).items <= 1  # a billion words would not end, nor find room


def test_a_file_of_ours_is_not_read(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "secret").write_text("mat-khau")
    assert "mat-khau" not in str(read_xml(EXTERNAL.format(tmp_path / "secret").encode(), TODAY))


def test_packed_files_are_unpacked_as_far_as_is_allowed() -> None:
    assert unpacked(gzip.compress(b"<urlset/>")) == b"<urlset/>"
    assert unpacked(gzip.compress(bytes(MAX_BYTES + 1))) is None
    assert unpacked(b"\x1f\x8bno gzip") is None


def test_deep_nesting_ends() -> None:
    assert read_xml(b"<urlset>" + b"<url>" * 100_000, TODAY).kind in ("", "urlset")


def crawl(pages: Mapping[str, Answer | None], *, robots: str | None = None, has_twin: bool = True) -> dict[str, Probe]:
    """Let a Watch see a site whose home page and files are these; an address that is missing answers 404."""
    watch = Watch(HOME, today=TODAY, has_twin=has_twin)
    seen = answer(200, robots) if robots is not None else answer(404)
    watch.robots(seen, read_robots(seen.status, "text/plain", seen.body))
    home = pages.get(HOME)
    if home is not None:
        watch.home(HOME, home, had=home.status == 200)
    asked = []
    while (url := watch.next()) is not None:
        asked.append(url)
        came = pages.get(url, answer(404))
        if came is None:
            watch.failed(url, R.UNREACHABLE)
        else:
            watch.answered(url, came, blocked=False)
    assert len(asked) == len(set(asked)) <= MAX_TWINS + MAX_MAPS + MAX_FEEDS
    return {probe.name: probe for probe in watch.probes("us")}


PLAIN = "http://so.tinh.gov.vn/"
FEED_LINK = '<link rel="alternate" type="application/rss+xml" href="/rss/tin"><a href="/a">a</a>'


def test_a_site_with_everything() -> None:
    found = crawl(
        {
            HOME: answer(200, FEED_LINK, Strict_Transport_Security="max-age=600"),
            PLAIN: answer(301, Location=HOME),
            HOME + "ban-do.xml": answer(200, SITEMAP.format(URL.format(3))),
            HOME + "rss/tin": answer(200, f"<rss>{ITEM.format(9)}</rss>"),
        },
        robots="User-agent: *\nCrawl-delay: 5\nSitemap: https://so.tinh.gov.vn/ban-do.xml\n",
    )
    assert {name: (probe.ok, probe.value, probe.reason) for name, probe in found.items()} == {
        ProbeName.DECLARED_ADDRESS: (True, "http://so.tinh.gov.vn", None),
        ProbeName.HTTPS_REDIRECT: (True, HOME, None),
        ProbeName.HSTS: (True, "600", None),
        ProbeName.ROBOTS_TXT: (True, "200", None),
        ProbeName.CRAWL_DELAY: (True, "5", None),
        ProbeName.ROBOTS_SITEMAP: (True, "1", None),
        ProbeName.SITEMAP_XML: (True, "1", None),
        ProbeName.SITEMAP_NEWEST: (True, "2026-11-03", None),
        ProbeName.FEED: (True, "1", None),
        ProbeName.FEED_NEWEST: (True, "2026-11-09", None),
    }


def told(found: dict[str, Probe], name: ProbeName) -> tuple[bool | None, str, str | None]:
    return found[name].ok, found[name].value, found[name].reason


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        (answer(200, "<p>Trang chủ</p>"), (False, "", R.STAYS_HTTP)),
        (answer(302, Location="/vi/"), (False, "http://so.tinh.gov.vn/vi/", R.STAYS_HTTP)),
        (answer(302, Location="http://www.so.tinh.gov.vn/"), (True, "https://www.so.tinh.gov.vn/", None)),
        (answer(503), (None, "503", R.SERVER_ERROR)),
        (answer(403), (None, "403", R.BLOCKED)),
        (None, (None, "", R.HTTP_CLOSED)),
    ],
)
def test_where_http_leads(plain: Answer | None, expected: tuple[bool | None, str, str | None]) -> None:
    pages = {
        HOME: answer(200, "x"),
        PLAIN: plain,
        "http://so.tinh.gov.vn/vi/": answer(200, "x"),
        "http://www.so.tinh.gov.vn/": answer(301, Location="https://www.so.tinh.gov.vn/"),
    }
    assert told(crawl(pages), ProbeName.HTTPS_REDIRECT) == expected


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (answer(404), (False, "", R.MISSING)),
        (answer(301, Location=HOME), (False, "", R.MISSING)),
        (answer(200, "<!DOCTYPE html><html>Trang chủ</html>"), (False, "", R.HTML)),
        (answer(200, "chữ"), (False, "", R.MALFORMED)),
        (answer(200, SITEMAP.format("")), (False, "", R.EMPTY)),
        (answer(500), (None, "", R.SERVER_ERROR)),
        (answer(403), (None, "", R.BLOCKED)),
        (answer(200, gzip.compress(bytes(MAX_BYTES + 1))), (None, "", R.TOO_LARGE)),
        (None, (None, "", R.UNREACHABLE)),
        (answer(301, Location=HOME + "that.xml"), (True, "2", None)),
        (answer(301, Location="https://khac.gov.vn/sitemap.xml"), (None, "", R.OUT_OF_SCOPE)),
    ],
)
def test_why_there_is_no_site_map(file: Answer | None, expected: tuple[bool | None, str, str | None]) -> None:
    real = answer(200, SITEMAP.format(URL.format(3) + URL.format(4)))
    found = crawl({HOME: answer(200, "x"), HOME + "sitemap.xml": file, HOME + "that.xml": real})
    assert told(found, ProbeName.SITEMAP_XML) == expected


def test_an_index_is_read_in_part() -> None:
    parts = "".join(f"<sitemap><loc>{HOME}{n}.xml</loc></sitemap>" for n in range(5))
    pages = {HOME + f"{n}.xml": answer(200, SITEMAP.format(URL.format(n + 1))) for n in range(5)}
    index = answer(200, f"<sitemapindex>{parts}</sitemapindex>")
    found = crawl({HOME: answer(200, "x"), HOME + "sitemap.xml": index, **pages})
    assert told(found, ProbeName.SITEMAP_XML) == (True, "2+", None)


def test_a_feed_is_found_through_a_page_that_lists_feeds() -> None:
    pages = {
        HOME: answer(200, '<a href="/rss/">RSS</a>'),
        HOME + "rss/": answer(200, '<html><a href="/rss/tin-tuc.xml">Tin</a></html>', Content_Type="text/html"),
        HOME + "rss/tin-tuc.xml": answer(200, f"<rss>{ITEM.format(9)}{ITEM.format(10)}</rss>"),
    }
    assert told(crawl(pages), ProbeName.FEED) == (True, "2", None)


def test_without_a_feed() -> None:
    assert told(crawl({HOME: answer(200, "<p>x</p>")}), ProbeName.FEED) == (False, "", R.NOT_GIVEN)
    html = {HOME: answer(200, FEED_LINK), HOME + "rss/tin": answer(200, "<html>x</html>")}
    assert told(crawl(html), ProbeName.FEED) == (False, "", R.HTML)


def test_a_silent_site_is_not_judged() -> None:
    found = crawl({})
    asked = {
        name: (probe.ok, probe.reason)
        for name, probe in found.items()
        if "robots" not in name and name != "crawl_delay"
    }
    assert set(asked.values()) == {(None, R.UNREACHABLE)}


def test_a_site_on_this_machine_has_no_twin() -> None:
    found = crawl({HOME: answer(200, "x")}, has_twin=False)
    assert told(found, ProbeName.HTTPS_REDIRECT) == (None, "", R.LOOPBACK)


def test_a_robots_txt_that_is_a_page() -> None:
    found = crawl({HOME: answer(200, "x")}, robots="<!DOCTYPE html><html>Trang chủ</html>")
    assert told(found, ProbeName.ROBOTS_TXT) == (False, "200", R.HTML)


def test_a_silent_origin_is_asked_at_its_twin() -> None:
    origins = Origins()
    origins.silent("https://a.gov.vn/robots.txt", nameless=False)
    assert origins.living("https://a.gov.vn/x?y=1") == "http://a.gov.vn/x?y=1"
    assert origins.living("http://a.gov.vn/x") == "http://a.gov.vn/x"
    origins.silent("http://a.gov.vn/robots.txt", nameless=False)
    assert origins.living("https://a.gov.vn/x") == "https://a.gov.vn/x"
    origins.silent("https://b.gov.vn/robots.txt", nameless=True)
    assert origins.living("https://b.gov.vn/x") == "https://www.b.gov.vn/x"
    origins.silent("http://127.0.0.1:81/robots.txt", nameless=False)
    assert origins.living("http://127.0.0.1:81/x") == "http://127.0.0.1:81/x"


def test_stored_probes_come_back_as_they_were() -> None:
    site = SiteEntry("so", "Sở", Kind.DEPARTMENT, HOME)
    pages = [Page(crawl="c", url=f"{HOME}{n}", status=200, fetched_at=AT, elapsed_ms=10 * n) for n in range(1, 21)]
    made = (Probe(ProbeName.DNS_A, True, "1.2.3.4"), Probe(ProbeName.HSTS, False, "x" * 999, R.MALFORMED))
    found = probes_of(site, pages, probes_to_json(made))
    assert found == (
        Probe(ProbeName.RESPONSE_TIME, True, "105 ms"),
        Probe(ProbeName.RESPONSE_TIME_P95, True, "190 ms"),
        Probe(ProbeName.HTTPS, True, "20/20"),
        made[0],
        Probe(ProbeName.HSTS, False, "x" * 300, R.MALFORMED),
    )


def test_a_night_before_there_were_probes_has_those_of_its_pages() -> None:
    site = SiteEntry("so", "Sở", Kind.DEPARTMENT, HOME)
    assert [probe.name for probe in probes_of(site, [])] == [ProbeName.RESPONSE_TIME, ProbeName.HTTPS]
