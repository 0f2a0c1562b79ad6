"""The probes that are no request for a page: DNS, IPv6, TLS. A handful of connections, each in its turn."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from cryptography import x509
from scrapy.settings import BaseSettings

from crawler.facts import Kind, Probe, ProbeName, ProbeReason
from crawler.pace import Pacer, Stopped
from crawler.probes.certificate import certificate_probes, system_roots
from crawler.probes.handshake import VERSIONS, Handshake, Peer, reach, shake_hands, unreached, version_probe
from crawler.probes.names import Lookup, NameServer, address_form, look_up, name_probe
from crawler.resolver import is_public

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


class Turn(Protocol):
    """Does something blocking with an address, once a request to it may go."""

    async def __call__(self, address: str, action: Callable[[], Result]) -> Result: ...


DNS_TLS = (
    ProbeName.DNS_A,
    ProbeName.DNS_AAAA,
    ProbeName.IPV6_ANSWERS,
    ProbeName.TLS,
    ProbeName.TLS_VERSIONS,
    ProbeName.TLS_VALID,
    ProbeName.TLS_CHAIN,
    ProbeName.TLS_NAME,
)


_SYSTEM = NameServer()


@dataclass(frozen=True, slots=True)
class Outlook:
    """How the network is looked at. The defaults are those of a night; tests have a server of their own for each.

    `tls_port`, `plain_port`: where the address of the registry names none. `roots` None: those of this machine.
    """

    name_server: NameServer = _SYSTEM
    tls_port: int = 443
    plain_port: int = 80
    timeout: float = 15.0
    is_allowed: Callable[[str], bool] = is_public
    roots: Iterable[x509.Certificate] | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


def outlook_of(settings: BaseSettings) -> Outlook:
    address, _, port = settings["AUDIT_NAME_SERVER"].partition(":")
    timeout = settings.getfloat("DNS_TIMEOUT")
    return Outlook(NameServer(address or None, int(port or 53), timeout))


async def network_probes(
    url: str, kind: Kind, domain: str, *, local: bool, turn: Turn, outlook: Outlook
) -> list[Probe]:
    """All of them, for a site's address in the registry. `local`: a site on this machine, of which nothing is asked.

    A fault of ours is logged and makes what is missing `program`: it never ends a night.
    """
    found = [address_form(url, kind, domain)]
    if local:
        return found + [Probe(name, None, "", ProbeReason.LOOPBACK) for name in DNS_TLS]
    reason = ProbeReason.NOT_ASKED
    try:
        await _look(url, found, turn, outlook)
    except Stopped:
        pass
    except Exception:
        logger.exception("probes of %s", url)
        reason = ProbeReason.PROGRAM
    had = {probe.name for probe in found}
    return found + [Probe(name, None, "", reason) for name in DNS_TLS if name not in had]


async def _look(url: str, found: list[Probe], turn: Turn, outlook: Outlook) -> None:
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    lookups = {
        name: await asyncio.to_thread(look_up, host, kind, outlook.name_server)
        for name, kind in ((ProbeName.DNS_A, "A"), (ProbeName.DNS_AAAA, "AAAA"))
    }
    found += [name_probe(name, lookup, outlook.is_allowed) for name, lookup in lookups.items()]
    v4, v6 = (
        [one for one in lookups[name].addresses if outlook.is_allowed(one)]
        for name in (ProbeName.DNS_A, ProbeName.DNS_AAAA)
    )
    tls_port = parts.port or outlook.tls_port if parts.scheme == "https" else outlook.tls_port
    plain_port = parts.port or outlook.plain_port
    port = tls_port if parts.scheme == "https" else plain_port
    found.append(await _over_ipv6(lookups[ProbeName.DNS_AAAA], v6, host, port, turn, outlook))
    for address in (v4 + v6)[:1]:
        found += await tls_probes(Peer(host, address, tls_port, outlook.timeout), turn, outlook)
        return
    reasons = [lookup.reason for lookup in lookups.values() if lookup.reason is not None]
    has_address = len(reasons) < len(lookups)
    found += unreached(ProbeReason.NOT_PUBLIC if has_address else reasons[0])


async def _over_ipv6(lookup: Lookup, allowed: list[str], host: str, port: int, turn: Turn, outlook: Outlook) -> Probe:
    if not allowed:
        reason = lookup.reason or ProbeReason.NOT_PUBLIC
        is_told = reason in (ProbeReason.NO_RECORD, ProbeReason.NXDOMAIN, ProbeReason.NOT_PUBLIC)
        return Probe(ProbeName.IPV6_ANSWERS, False if is_told else None, "", reason)
    address = allowed[0]
    failed = await turn(address, partial(reach, Peer(host, address, port, outlook.timeout)))
    if failed is ProbeReason.UNREACHABLE:
        failed = ProbeReason.NO_IPV6_HERE  # ENETUNREACH: the way out is missing, not the server
    ok = None if failed in (ProbeReason.NO_IPV6_HERE, ProbeReason.TIMEOUT) else failed is None
    return Probe(ProbeName.IPV6_ANSWERS, ok, address, failed)


async def tls_probes(peer: Peer, turn: Turn, outlook: Outlook) -> list[Probe]:
    """A handshake as any client's, then one for each older version; a server that hangs up is told less."""
    seen, with_name = Handshake(), True
    for highest, with_name in (("", True), ("TLSv1.2", True), ("TLSv1.2", False)):
        seen = await turn(peer.address, partial(shake_hands, peer, highest=highest, with_name=with_name))
        if seen.reason not in (ProbeReason.HANDSHAKE, ProbeReason.RESET):
            break
    if seen.reason is not None or not seen.chain:
        return unreached(seen.reason or ProbeReason.HANDSHAKE)
    offered = {seen.version}
    for version in list(VERSIONS)[: list(VERSIONS).index(seen.version)]:
        older = await turn(peer.address, partial(shake_hands, peer, version=version, with_name=with_name))
        if older.version:
            offered.add(version)
    roots = system_roots() if outlook.roots is None else outlook.roots
    return [
        Probe(ProbeName.TLS, True, seen.version),
        version_probe(offered),
        *certificate_probes(seen.chain, peer.host, outlook.now(), roots),
    ]


class PacedTurns:
    """Turns of a site's pacer, each counted as a request."""

    def __init__(self, pacer: Pacer, install: str, delay: float, is_stopped: Callable[[], bool]) -> None:
        self.pacer, self.install, self.delay, self.is_stopped = pacer, install, delay, is_stopped
        self.count = 0

    async def __call__(self, address: str, action: Callable[[], Result]) -> Result:
        """Raises crawler.pace.Stopped once the run is to stop."""
        await self.pacer.acquire(self.install, address, self.delay, self.is_stopped)
        self.count += 1
        began = time.monotonic()
        try:
            return await asyncio.to_thread(action)
        finally:
            took = time.monotonic() - began
            self.pacer.done(self.install, address, took=took, trouble=False, delay=self.delay)
