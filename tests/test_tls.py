"""Sites with bad TLS are crawled like any other: real servers, each with a fault of its own."""

import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from OpenSSL import SSL

from crawler.facts import CrawlState
from crawler.tls import client_context
from db.store import open_store
from tests.certificates import authority, issue, server_context
from tests.little_site import LittleSite, ordinary, serve

ROOT = Path(__file__).parents[1]
V = ssl.TLSVersion
OLDEST, NEWEST = V.TLSv1, V.TLSv1_3


def has_tls13(hello: bytes) -> bool:
    """Whether the extension supported_versions (43) stands in it."""
    return b"\x00\x2b\x00" in hello[40:]


class Servers:
    """Each kind of bad server, by name, with the host to reach it by."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self.stack, self.folder = stack, folder
        self.sites: dict[str, tuple[str, LittleSite]] = {}
        good = authority().issue("localhost", "127.0.0.1", "::1")
        self.add("good", good)
        self.add("tls10", good, highest=V.TLSv1)
        self.add("tls11", good, lowest=V.TLSv1_1, highest=V.TLSv1_1)
        self.add("tls13", good, lowest=V.TLSv1_3)
        self.add("expired", authority().issue("localhost", days=(-400, -3)))
        self.add("not-yet-valid", authority().issue("localhost", days=(3, 90)))
        self.add("wrong-name", authority().issue("khac.example.gov.vn"))
        self.add("self-signed", issue("localhost", names=("localhost",)))
        self.add("incomplete-chain", good, chain=False)
        self.add("short-key", authority().issue("localhost", bits=1024), highest=V.TLSv1_2)
        self.add("short-group", good, highest=V.TLSv1_2, dh=1024)
        self.add("chokes-on-tls13", good, highest=V.TLSv1_2, refuses=has_tls13)
        self.add("chokes-on-a-name", good, highest=V.TLSv1_2, refuses=lambda hello: b"localhost" in hello)
        self.add("by-address", good, host="127.0.0.1")
        self.add("ipv6", good, host="::1")
        self.sites["before-rfc5746"] = ("localhost", stack.enter_context(serve(old=good)))
        self.sites["ipv6-plain"] = ("http://[::1]", stack.enter_context(serve(host="::1")))

    def add(
        self, name, issued, *, lowest=OLDEST, highest=NEWEST, chain=True, dh=None, host="localhost", refuses=None
    ) -> None:
        context = server_context(issued.write(self.folder, chain=chain), lowest=lowest, highest=highest)
        if dh:
            file = self.folder / f"dh{dh}.pem"
            file.write_text(GROUP_1024)
            context.load_dh_params(file)
            context.set_ciphers("DHE-RSA-AES128-SHA:@SECLEVEL=0")
        served = serve(
            ordinary,
            context=context,
            refuses=refuses or (lambda hello: False),
            host="::1" if host == "::1" else "127.0.0.1",
        )
        self.sites[name] = (host, self.stack.enter_context(served))

    def write_registry(self) -> Path:
        lines = [
            'province: {id: thu, name: Tỉnh Thử, timezone: UTC, domain: thu.gov.vn, area_codes: ["271"]}',
            "sites:",
        ]
        for name, (host, site) in self.sites.items():
            start = host if "//" in host else f"https://{f'[{host}]' if ':' in host else host}"
            lines.append(f'  - {{id: {name}, name: {name}, kind: commune, url: "{start}:{site.port}/"}}')
        path = self.folder / "registry.yml"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path


# openssl dhparam -dsaparam 1024: as old servers have it
GROUP_1024 = """-----BEGIN X9.42 DH PARAMETERS-----
MIIBJgKBgQDdN47pLrseMLvytNYlIiPTvbcS6/nlHkJ0FusT7XG5bcPaXELELmJS
rOFwYp195Oy+WaxrPQ2ZLcGopchgx8Yx7oqQUUH8nAOf14gmzPtM3gL88UDqqjIi
KoqGL06u/isE1UlCa9AcKhx5Aw7MFuZIcs+qHrvkJjGrhfX0l1peYwKBgHceoaSd
ys2HXif2DfEIcfuuYviQCB+1VogJqrViYR448/xRi0+i1TLwYYG30U1QMBn7MWVh
PSpbogJfSxcJc9h2lbH6yjT6eojbt+FfoWC7ccfm62A0JuZsKugNLvGxJ/VrTjV+
nA1jIw+vfHSOnV/DQMwSGBGHkdCze94vuSTwAh0AyU8HbhKlrPNFm2V2Ld/JsEwM
akgmYyfnbJjOWw==
-----END X9.42 DH PARAMETERS-----
"""


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(stack, tmp_path_factory.mktemp("tls"))


@pytest.mark.xdist_group("tls")
def test_every_bad_server_is_crawled_whole(servers: Servers, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, str(ROOT / "run_audit.py"), "crawl", "--registry", str(servers.write_registry())),
            *("--data", str(tmp_path), "--delay", "0"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    store = open_store(f"sqlite:///{tmp_path / 'audit.db'}", create=False)
    night = store.night()
    assert night is not None
    crawls = {crawl.site: crawl for crawl in store.crawls(night.id)}
    pages = {name: {page.url: page.status for page in store.pages(crawls[name].id)} for name in servers.sites}
    assert {name: crawls[name].state for name in servers.sites} == dict.fromkeys(servers.sites, CrawlState.COMPLETE)
    assert {name: sorted(pages[name].values()) for name in servers.sites} == dict.fromkeys(servers.sites, [200] * 5)
    store.close()


@pytest.mark.xdist_group("tls")
@pytest.mark.parametrize("name", ["tls10", "tls11", "short-group", "before-rfc5746"])
def test_the_weak_servers_are_weak(servers: Servers, name: str) -> None:
    """A client of today's OpenSSL can't talk to them: so the test above says something."""
    port = servers.sites[name][1].port
    assert shakes_hands(port, client_context())
    today = SSL.Context(SSL.TLS_METHOD)
    today.set_cipher_list(b"DEFAULT:@SECLEVEL=2")
    assert not shakes_hands(port, today)


def shakes_hands(port: int, context: SSL.Context) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.settimeout(None)
        connection = SSL.Connection(context, sock)
        connection.set_connect_state()
        try:
            connection.do_handshake()
        except SSL.Error:
            return False
        return True
