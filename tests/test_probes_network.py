"""DNS, IPv6 and TLS, probed for real: a name server and TLS servers of the tests' own on loopback."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.facts import Kind, Probe, ProbeName, ProbeReason
from crawler.pace import Pacer, Stopped
from crawler.probes.certificate import certificate_probes
from crawler.probes.handshake import Peer
from crawler.probes.names import NameServer, address_form, look_up, name_probe
from crawler.probes.network import DNS_TLS, Outlook, PacedTurns, network_probes, tls_probes
from crawler.resolver import is_public
from tests.certificates import authority, issue, server_context
from tests.little_site import LittleSite, serve
from tests.name_server import serve_names

pytestmark = pytest.mark.xdist_group("tls")
V = ssl.TLSVersion
R = ProbeReason
NAMES = {
    "ca-hai.test": {"A": "171.244.1.9", "AAAA": "2405:4800::9"},
    "chi-v4.test": {"A": "171.244.1.9 171.244.1.10"},
    "chi-v6.test": {"AAAA": "2405:4800::9"},
    "trong.test": {},
    "ben-trong.test": {"A": "10.0.0.1"},
    "bi-danh.test": {"CNAME": "chi-v4.test"},
    "hong.test": "servfail",
    "lang.test": "silent",
    "may-nay.test": {"A": "127.0.0.1", "AAAA": "::1"},
    "may-nay-v4.test": {"A": "127.0.0.1"},
}


@pytest.fixture(scope="module")
def name_server() -> Iterator[NameServer]:
    with serve_names(NAMES) as port:
        yield NameServer("127.0.0.1", port, timeout=0.4)


@pytest.mark.parametrize(
    ("host", "v4", "v6"),
    [
        ("ca-hai.test", (True, "171.244.1.9", None), (True, "2405:4800::9", None)),
        ("chi-v4.test", (True, "171.244.1.10 171.244.1.9", None), (False, "", R.NO_RECORD)),
        ("chi-v6.test", (False, "", R.NO_RECORD), (True, "2405:4800::9", None)),
        ("bi-danh.test", (True, "171.244.1.10 171.244.1.9", None), None),
        ("khong-co.test", (False, "", R.NXDOMAIN), (False, "", R.NXDOMAIN)),
        ("hong.test", (None, "", R.SERVFAIL), (None, "", R.SERVFAIL)),
        ("lang.test", (None, "", R.TIMEOUT), None),
        ("171.244.1.9", (True, "171.244.1.9", None), (False, "", R.NO_RECORD)),
        ("2405:4800::9", (False, "", R.NO_RECORD), (True, "2405:4800::9", None)),
        ("ben-trong.test", (False, "10.0.0.1", R.NOT_PUBLIC), (False, "", R.NO_RECORD)),
    ],
)
def test_each_failure_of_a_name_is_told_apart(
    name_server: NameServer, host: str, v4: tuple[Any, ...], v6: tuple[Any, ...] | None
) -> None:
    for name, kind, expected in ((ProbeName.DNS_A, "A", v4), (ProbeName.DNS_AAAA, "AAAA", v6)):
        if expected is not None:
            assert name_probe(name, look_up(host, kind, name_server), is_public) == Probe(name, *expected)


@pytest.mark.parametrize(
    ("url", "kind", "expected"),
    [
        ("https://sotuphap.tinh.gov.vn/", Kind.DEPARTMENT, (True, "sotuphap.tinh.gov.vn", None)),
        ("https://www.tinh.gov.vn/", Kind.PORTAL, (True, "tinh.gov.vn", None)),
        ("https://so.tinh.gov.vn/", Kind.PORTAL, (False, "so.tinh.gov.vn", R.OTHER_FORM)),
        ("https://xa.huyen.tinh.gov.vn/", Kind.COMMUNE, (False, "xa.huyen.tinh.gov.vn", R.OTHER_FORM)),
        ("https://huyen.gov.vn/", Kind.DISTRICT, (False, "huyen.gov.vn", R.OTHER_FORM)),
        ("https://tinh.gso.gov.vn/", Kind.VERTICAL, (None, "tinh.gso.gov.vn", R.OUT_OF_SCOPE)),
        ("http://127.0.0.1:8080/", Kind.COMMUNE, (None, "", R.LOOPBACK)),
        ("http://[::1]/", Kind.COMMUNE, (None, "", R.LOOPBACK)),
        ("http://localhost/", Kind.COMMUNE, (None, "", R.LOOPBACK)),
    ],
)
def test_the_form_of_an_address(url: str, kind: Kind, expected: tuple[Any, ...]) -> None:
    assert address_form(url, kind, "tinh.gov.vn") == Probe(ProbeName.ADDRESS_FORM, *expected)


class Turns:
    """No pause, but a count."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self, address: str, action: Callable[[], Any]) -> Any:
        self.count += 1
        return await asyncio.to_thread(action)


def told(probes: list[Probe]) -> dict[str, tuple[bool | None, str | None]]:
    return {probe.name: (probe.ok, probe.reason) for probe in probes}


OUTLOOK = Outlook(is_allowed=lambda address: True, timeout=5.0)
GOOD: dict[str, tuple[bool | None, str | None]] = {
    ProbeName.TLS: (True, None),
    ProbeName.TLS_VERSIONS: (True, None),
    ProbeName.TLS_VALID: (True, None),
    ProbeName.TLS_CHAIN: (True, None),
    ProbeName.TLS_NAME: (True, None),
}


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., LittleSite]]:
    folder = tmp_path_factory.mktemp("probes")
    with ExitStack() as stack:

        def start(issued: Any, *, low: Any = V.TLSv1_2, high: Any = V.TLSv1_3, chain: bool = True) -> LittleSite:
            context = server_context(issued.write(folder, chain=chain), lowest=low, highest=high)
            return stack.enter_context(serve(context=context))

        yield start


def look(site: LittleSite, host: str = "so.tinh.gov.vn", outlook: Outlook = OUTLOOK) -> list[Probe]:
    outlook = replace(outlook, roots=[authority().root.certificate])
    return asyncio.run(tls_probes(Peer(host, "127.0.0.1", site.port, 5.0), Turns(), outlook))


def test_a_good_server(tls: Callable[..., LittleSite]) -> None:
    probes = look(tls(authority().issue("so.tinh.gov.vn", days=(-10, 30.5))))
    assert told(probes) == GOOD
    values = {probe.name: probe.value for probe in probes}
    assert values[ProbeName.TLS] == "TLSv1.3" and values[ProbeName.TLS_VERSIONS] == "TLSv1.2 TLSv1.3"
    assert values[ProbeName.TLS_VALID] == "30" and values[ProbeName.TLS_NAME] == "so.tinh.gov.vn"


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        ("expired", {ProbeName.TLS_VALID: R.EXPIRED}),
        ("not yet valid", {ProbeName.TLS_VALID: R.NOT_YET_VALID}),
        ("another name", {ProbeName.TLS_NAME: R.WRONG_NAME}),
        ("wildcard one label short", {ProbeName.TLS_NAME: R.WRONG_NAME}),
        ("no alternative name", {ProbeName.TLS_NAME: R.WRONG_NAME}),
        ("self-signed", {ProbeName.TLS_CHAIN: R.SELF_SIGNED}),
        ("incomplete chain", {ProbeName.TLS_CHAIN: R.INCOMPLETE_CHAIN}),
        ("unknown issuer", {ProbeName.TLS_CHAIN: R.UNKNOWN_ISSUER}),
        ("expired issuer", {ProbeName.TLS_CHAIN: R.EXPIRED_ISSUER}),
        ("tls 1.0 only", {ProbeName.TLS_VERSIONS: R.OLD_VERSIONS}),
        ("expired, another name", {ProbeName.TLS_VALID: R.EXPIRED, ProbeName.TLS_NAME: R.WRONG_NAME}),
    ],
)
def test_each_fault_of_a_certificate_is_named(
    tls: Callable[..., LittleSite], fault: str, wrong: dict[str, ProbeReason]
) -> None:
    host, sign = "so.tinh.gov.vn", authority().issue
    other_root = issue("Root that nobody knows", authority=True, number=3)
    other = issue("Authority that nobody knows", other_root, authority=True, number=2)
    old = issue("Authority of old", authority().root, authority=True, days=(-900, -3), number=2)
    site = {
        "expired": lambda: tls(sign(host, days=(-400, -3))),
        "not yet valid": lambda: tls(sign(host, days=(3, 90))),
        "another name": lambda: tls(sign("khac.tinh.gov.vn")),
        "wildcard one label short": lambda: tls(sign("*.gov.vn")),
        "no alternative name": lambda: tls(issue(host, authority().below)),
        "self-signed": lambda: tls(issue(host, names=(host,))),
        "incomplete chain": lambda: tls(sign(host), chain=False),
        "unknown issuer": lambda: tls(issue(host, other, names=(host,))),
        "expired issuer": lambda: tls(issue(host, old, names=(host,))),
        "tls 1.0 only": lambda: tls(sign(host), low=V.TLSv1, high=V.TLSv1),
        "expired, another name": lambda: tls(sign("khac.tinh.gov.vn", days=(-400, -3))),
    }[fault]()
    assert told(look(site)) == {**GOOD, **{name: (False, reason) for name, reason in wrong.items()}}


def test_old_versions_are_listed_beside_new_ones(tls: Callable[..., LittleSite]) -> None:
    site = tls(authority().issue("so.tinh.gov.vn"), low=V.TLSv1, high=V.TLSv1_2)
    [versions] = [probe for probe in look(site) if probe.name == ProbeName.TLS_VERSIONS]
    assert versions == Probe(ProbeName.TLS_VERSIONS, True, "TLSv1 TLSv1.1 TLSv1.2")


@pytest.mark.parametrize("chokes_on", [b"\x00\x2b\x00", b"so.tinh.gov.vn"], ids=["tls 1.3", "a name"])
def test_a_server_that_hangs_up_is_told_less(tmp_path: Path, chokes_on: bytes) -> None:
    issued = authority().issue("so.tinh.gov.vn")
    context = server_context(issued.write(tmp_path), lowest=V.TLSv1_2, highest=V.TLSv1_2)
    with serve(context=context, refuses=lambda hello: chokes_on in hello[40:]) as site:
        probes = look(site)
    assert told(probes) == GOOD and probes[0].value == probes[1].value == "TLSv1.2"


def test_a_certificate_of_a_machine_without_authorities_is_not_judged() -> None:
    chain = [authority().issue("a.test").certificate, authority().below.certificate]
    found = told(certificate_probes(chain, "a.test", datetime.now(UTC), []))
    assert found[ProbeName.TLS_CHAIN] == (None, R.NO_TRUST_STORE)


def test_the_moment_is_an_argument() -> None:
    chain = [authority().issue("a.test", days=(-10, 90)).certificate, authority().below.certificate]
    roots = [authority().root.certificate]
    later = told(certificate_probes(chain, "a.test", datetime.now(UTC) + timedelta(days=91), roots))
    assert later[ProbeName.TLS_VALID] == (False, R.EXPIRED) and later[ProbeName.TLS_CHAIN] == (True, None)


def run(url: str, outlook: Outlook, turn: Any = None, *, local: bool = False) -> dict[str, Any]:
    turns = turn or Turns()
    probes = network_probes(url, Kind.COMMUNE, "tinh.gov.vn", local=local, turn=turns, outlook=outlook)
    return told(asyncio.run(probes))


@pytest.fixture
def outlook(name_server: NameServer) -> Outlook:
    return replace(OUTLOOK, name_server=name_server, roots=[authority().root.certificate], timeout=0.5)


def test_a_site_is_looked_at_from_name_to_certificate(tls: Callable[..., LittleSite], outlook: Outlook) -> None:
    site = tls(authority().issue("may-nay-v4.test"))
    found = run(f"https://may-nay-v4.test:{site.port}/", outlook)
    assert found.pop(ProbeName.ADDRESS_FORM) == (False, R.OTHER_FORM)
    assert found == {
        ProbeName.DNS_A: (True, None),
        ProbeName.DNS_AAAA: (False, R.NO_RECORD),
        ProbeName.IPV6_ANSWERS: (False, R.NO_RECORD),
        **GOOD,
    }


def test_ipv6_is_connected_to(outlook: Outlook) -> None:
    with serve(host="::1") as site:
        assert run(f"http://may-nay.test:{site.port}/", outlook)[ProbeName.IPV6_ANSWERS] == (True, None)
    assert run(f"http://may-nay.test:{site.port}/", outlook)[ProbeName.IPV6_ANSWERS] == (False, R.REFUSED)


@pytest.mark.parametrize(
    ("kind", "ok", "reason"),
    [("closed", False, R.REFUSED), ("plain", False, R.NO_TLS), ("mute", None, R.TIMEOUT)],
)
def test_what_is_no_tls_is_told(outlook: Outlook, kind: str, ok: bool | None, reason: ProbeReason) -> None:
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = listener.getsockname()[1]
        if kind == "closed":
            listener.close()
        elif kind == "plain":
            port = stack.enter_context(serve()).port
        found = run("http://may-nay-v4.test/", replace(outlook, tls_port=port))
    assert {found[name] for name in DNS_TLS[4:]} == {(None, reason)} and found[ProbeName.TLS] == (ok, reason)


def test_an_inner_address_is_never_connected_to(name_server: NameServer) -> None:
    turns = Turns()
    found = run("https://ben-trong.test/", Outlook(name_server), turns)
    assert turns.count == 0
    assert found[ProbeName.DNS_A] == (False, R.NOT_PUBLIC) and found[ProbeName.TLS] == (None, R.NOT_PUBLIC)


def test_a_site_on_this_machine_is_not_asked(name_server: NameServer) -> None:
    found = run("http://127.0.0.1:8080/", Outlook(name_server), local=True)
    assert set(found.values()) == {(None, R.LOOPBACK)} and set(found) == {ProbeName.ADDRESS_FORM, *DNS_TLS}


@pytest.mark.parametrize(("raised", "reason"), [(Stopped, R.NOT_ASKED), (RuntimeError, R.PROGRAM)])
def test_trouble_of_ours_ends_nothing(outlook: Outlook, raised: type[Exception], reason: ProbeReason) -> None:
    async def turn(address: str, action: Callable[[], Any]) -> Any:
        raise raised

    found = run("https://may-nay.test/", outlook, turn)
    assert found[ProbeName.DNS_A] == (True, None)
    assert {found[name] for name in DNS_TLS[2:]} == {(None, reason)}


def test_every_connection_waits_for_its_turn(tls: Callable[..., LittleSite]) -> None:
    site = tls(authority().issue("so.tinh.gov.vn"))
    pacer = Pacer(budgets=((40, 60.0),))
    turns = PacedTurns(pacer, "so.tinh.gov.vn", 0.01, lambda: False)
    asyncio.run(tls_probes(Peer("so.tinh.gov.vn", "127.0.0.1", site.port), turns, OUTLOOK))
    sent = pacer._installs["so.tinh.gov.vn"].sent
    assert site.connections == turns.count == len(sent) == 4  # one of any version, one for each older than TLS 1.3
    assert pacer._addresses["127.0.0.1"].at_once == 0
