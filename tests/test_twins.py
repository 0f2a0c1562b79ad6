"""http and https, www and bare, IPv6 alone: one site each, asked where it answers, and no page twice."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from crawler.facts import ProbeName
from tests.certificates import authority, server_context
from tests.little_site import PAGES, LittleSite, ordinary, page, serve
from tests.name_server import serve_names
from tests.test_tls import NEWEST, OLDEST, ROOT

pytestmark = pytest.mark.xdist_group("twins")
HTTP, HTTPS = "http://{}.test/", "https://{}.test/"
SITEMAP = b"<urlset><url><loc>https://x.test/</loc><lastmod>2026-11-02</lastmod></url></urlset>"
FEED = (
    b"<rss><channel><item><title>Tin</title><pubDate>Wed, 11 Nov 2026 09:46:00 +0700</pubDate></item></channel></rss>"
)


def secure(host: str, path: str) -> tuple[int, Mapping[str, str], bytes]:
    """A site as it should be: its http side sends to this one."""
    if path == "/sitemap.xml":
        return 200, {"Content-Type": "application/xml"}, SITEMAP
    if path == "/rss":
        return 200, {"Content-Type": "application/rss+xml"}, FEED
    if path == "/robots.txt":
        return 200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /cam\n"
    status, headers, body = ordinary(host, path)
    if path == "/":
        body = page("Trang chủ", "/gioi-thieu", head='<link rel=alternate type="application/rss+xml" href="/rss">')
    return status, {**headers, "Strict-Transport-Security": "max-age=31536000"}, body


def out_of_order(host: str, path: str) -> tuple[int, Mapping[str, str], bytes]:
    """What only the probes ask for is in trouble, and asks for a long wait."""
    return (503, {"Retry-After": "9999"}, b"") if path in ("/rss", "/sitemap.xml") else secure(host, path)


def to_https(host: str, path: str) -> tuple[int, Mapping[str, str], bytes]:
    return 301, {"Location": f"https://{host}{path}"}, b""


def absolute(host: str, path: str) -> tuple[int, Mapping[str, str], bytes]:
    """All links name http, https, www and bare by turns."""
    starts = ("http://{}", "https://{}", "http://www.{}", "https://www.{}")
    bare = host.removeprefix("www.")
    links = [start.format(bare) + target for start in starts for target in PAGES]
    return (200, {"Content-Type": "text/html"}, page(f"Trang {path}", *links)) if path in PAGES else (404, {}, b"")


class Twins:
    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self.sites: list[dict[str, Any]] = []
        self.servers: dict[tuple[str, str], LittleSite] = {}
        over_tls: dict[str, str] = {}
        issued = authority().issue("localhost")
        context = server_context(issued.write(folder), lowest=OLDEST, highest=NEWEST)

        def add(name: str, url: str, http: Any, https: Any) -> None:
            ports = {"http": 1, "https": 1}
            for scheme, handler in (("http", http), ("https", https)):
                if handler is not None:
                    served = serve(handler, context=context if scheme == "https" else None)
                    self.servers[name, scheme] = stack.enter_context(served)
                    ports[scheme] = self.servers[name, scheme].port
            self.sites.append({"id": name, "url": url.format(name), "connect_to": f"127.0.0.1:{ports['http']}"})
            for host in (f"{name}.test", f"www.{name}.test"):
                over_tls[host] = f"127.0.0.1:{ports['https']}"

        add("only-http", HTTPS, ordinary, None)
        add("only-https", HTTP, None, absolute)
        add("as-it-should-be", HTTPS, to_https, secure)
        add("http-is-registered", HTTP, to_https, secure)
        add("both-alike", HTTP, absolute, absolute)
        add("feed-out-of-order", HTTPS, to_https, out_of_order)
        add("https-dead", HTTP, to_https, None)
        add("all-dead", HTTPS, None, None)
        given = {"sites": self.sites, "settings": {"AUDIT_CONNECT_TLS": over_tls}, "delay": 0}
        self.found = crawl(given, folder)

    def asked(self, name: str) -> Counter[str]:
        """Pages asked for, over both schemes, without robots.txt."""
        return Counter(
            path
            for (site, _), server in self.servers.items()
            for _, path in server.asked
            if site == name and path in PAGES
        )


def crawl(given: dict[str, Any], folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fleet_process"],
        input=json.dumps({**given, "evidence": str(folder / "evidence")}),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    with ExitStack() as stack:
        yield Twins(stack, tmp_path_factory.mktemp("twins"))


def had(found: Mapping[str, Any]) -> list[str]:
    return sorted(url for url, (status, _, _) in found["pages"].items() if status == 200)


@pytest.mark.parametrize(("name", "scheme"), [("only-http", "http"), ("only-https", "https")])
def test_a_site_is_read_at_the_scheme_that_answers(twins: Twins, name: str, scheme: str) -> None:
    found = twins.found[name]
    assert found["state"] == "complete"
    assert had(found) == sorted(f"{scheme}://{name}.test{path}" for path in PAGES)
    assert {problem for _, problem, _ in found["pages"].values()} == {None}
    assert found["probes"][ProbeName.DECLARED_ADDRESS] == [False, f"{scheme}://{name}.test", "other_address"]


def test_what_only_http_and_only_https_mean(twins: Twins) -> None:
    plain, closed = twins.found["only-http"]["probes"], twins.found["only-https"]["probes"]
    assert plain[ProbeName.HTTPS_REDIRECT] == [False, "", "stays_http"]
    assert plain[ProbeName.HSTS] == [None, "", "no_https"]
    assert closed[ProbeName.HTTPS_REDIRECT] == [None, "", "http_closed"]
    assert closed[ProbeName.HSTS] == [False, "", "no_header"]


@pytest.mark.parametrize("name", ["as-it-should-be", "http-is-registered"])
def test_a_redirect_to_https_is_followed_and_told(twins: Twins, name: str) -> None:
    found = twins.found[name]
    probes = found["probes"]
    assert found["state"] == "complete"
    assert {url for url in had(found)} == {f"https://{name}.test{path}" for path in ("/", "/gioi-thieu", "/tin-tuc")}
    assert probes[ProbeName.HTTPS_REDIRECT] == [True, f"https://{name}.test/", None]
    assert probes[ProbeName.HSTS] == [True, "31536000", None]
    assert probes[ProbeName.DECLARED_ADDRESS][0] is True
    assert probes[ProbeName.ROBOTS_TXT] == [True, "200", None]
    assert probes[ProbeName.SITEMAP_XML] == [True, "1", None]
    assert probes[ProbeName.SITEMAP_NEWEST] == [True, "2026-11-02", None]
    assert probes[ProbeName.FEED] == [True, "1", None]
    assert probes[ProbeName.FEED_NEWEST] == [True, "2026-11-11", None]
    assert probes[ProbeName.TLS] == [None, "", "loopback"]


def test_trouble_of_a_feed_is_no_trouble_of_the_crawl(twins: Twins) -> None:
    found = twins.found["feed-out-of-order"]
    assert found["state"] == "complete" and len(had(found)) == 3
    assert found["probes"][ProbeName.FEED] == found["probes"][ProbeName.SITEMAP_XML] == [None, "", "server_error"]


def test_no_page_is_asked_twice_over_both(twins: Twins) -> None:
    assert twins.found["both-alike"]["state"] == "complete"
    asked = twins.asked("both-alike")
    assert asked.pop("/") == 2  # the second one by the probe of https
    assert asked == dict.fromkeys(set(PAGES) - {"/"}, 1)
    assert len(had(twins.found["both-alike"])) == len(PAGES)


def test_a_redirect_into_nothing_ends(twins: Twins) -> None:
    assert twins.found["https-dead"]["state"] == "unreachable"
    assert twins.asked("https-dead")["/"] <= 6
    assert twins.found["all-dead"]["state"] == "unreachable"
    assert [row[1] for row in twins.found["all-dead"]["pages"].values()] == ["server_error"]
    assert list(twins.found["all-dead"]["pages"]) == ["https://all-dead.test/"]


def test_names_that_lead_to_ipv6_or_to_www_alone(tmp_path: Path) -> None:
    """Sites that are no registry entries on loopback: the names' addresses are, to the resolver and the name server."""
    with serve(host="::1") as six, serve() as www, serve_names({"chi-v6.test": {"AAAA": "::1"}}) as port:
        given = {
            "sites": [
                {"id": "six", "url": f"http://chi-v6.test:{six.port}/"},
                {"id": "www", "url": f"http://bare.test:{www.port}/"},
            ],
            "names": {"chi-v6.test": "::1", "bare.test": "", "www.bare.test": "127.0.0.1"},
            "settings": {"AUDIT_NAME_SERVER": f"127.0.0.1:{port}", "AUDIT_RETRY_WAIT": 0, "AUDIT_ADDRESS_RATE": 99},
            "delay": 0.01,
        }
        found = crawl(given, tmp_path)
    assert found["six"]["state"] == found["www"]["state"] == "complete"
    assert had(found["six"]) == sorted(f"http://chi-v6.test:{six.port}{path}" for path in PAGES)
    assert had(found["www"]) == sorted(f"http://www.bare.test:{www.port}{path}" for path in PAGES)
    probes = found["six"]["probes"]
    assert probes[ProbeName.DNS_A] == [False, "", "no_record"]
    assert probes[ProbeName.DNS_AAAA] == [False, "::1", "not_public"]  # so the probes go no further
    assert probes[ProbeName.TLS] == [None, "", "not_public"]
    assert found["www"]["probes"][ProbeName.DNS_A] == [False, "", "nxdomain"]
    assert found["www"]["probes"][ProbeName.DECLARED_ADDRESS][2] == "other_address"
