"""Where names lead: every address is checked before a connection, and the one checked is the one connected to."""

import asyncio
import ipaddress
from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import IAddress, IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer


@implementer(IHostResolution)
class _Resolution:
    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """Nothing to cancel: a lookup runs in a thread and its answer is dropped."""


@implementer(IResolutionReceiver)
class _Collector:
    """Takes the addresses of one lookup; `done` fires once, with what had come by then."""

    def __init__(self) -> None:
        self.found: list[IAddress] = []
        self.done: Deferred[list[IAddress]] = Deferred()

    def resolutionBegan(self, resolution: IHostResolution) -> None:
        pass

    def addressResolved(self, address: IAddress) -> None:
        self.found.append(address)

    def resolutionComplete(self) -> None:
        if not self.done.called:
            self.done.callback(self.found)


@implementer(IHostnameResolver)
class GuardedResolver:
    """Resolves names to IPv4 and IPv6 addresses and passes only public ones on.

    `local_hosts`: names that the registry itself puts on loopback or a private network. A name is looked up once in
    `keep` seconds for pacing, but anew for each connection: an answer that changed to an inner address is refused too.
    """

    def __init__(self, reactor: Any, *, local_hosts: frozenset[str], timeout: float, keep: float = 600.0) -> None:
        self.reactor, self.local_hosts, self.timeout, self.keep = reactor, local_hosts, timeout, keep
        self.original: Any = reactor.nameResolver
        self._known: dict[str, tuple[float, str]] = {}

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> "GuardedResolver":
        """Scrapy's way in (setting TWISTED_DNS_RESOLVER): so `scrapy shell` and `scrapy fetch` are guarded too."""
        settings = crawler.settings
        return guard(reactor, frozenset(settings.getlist("AUDIT_LOCAL_HOSTS")), settings.getfloat("DNS_TIMEOUT"))

    def install_on_reactor(self) -> None:
        """Take the place of the reactor's own resolver."""
        self.reactor.installNameResolver(self)

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        """Twisted's way in: each connection asks here. An inner address is left out, as if the name had none."""
        resolution = _Resolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)

        def found(addresses: list[Any]) -> None:
            for address in addresses:
                if is_public(address.host) or hostName in self.local_hosts:
                    resolutionReceiver.addressResolved(address)
            resolutionReceiver.resolutionComplete()

        self._look_up(hostName, portNumber, addressTypes, transportSemantics).addCallback(found)
        return resolution

    def _look_up(self, name: str, port: int, types: Any, semantics: str) -> Deferred[list[Any]]:
        collector = _Collector()
        late = self.reactor.callLater(self.timeout, collector.resolutionComplete)
        self.original.resolveHostName(collector, name, port, types, semantics)
        return collector.done.addBoth(lambda result: (late.active() and late.cancel(), result)[1])

    async def address_of(self, name: str) -> str:
        """One address that stands for the server behind a name: of several the first in order, so that it is stable.

        Raises DNSLookupError where there is none, or none that may be connected to.
        """
        known = self._known.get(name)
        if known is not None and self.reactor.seconds() < known[0]:
            return known[1]
        found = await self._look_up(name, 0, None, "TCP").asFuture(asyncio.get_running_loop())
        hosts = [address.host for address in found]
        allowed = sorted(host for host in hosts if is_public(host) or name in self.local_hosts)
        if not allowed:
            why = f"{hosts[0]} is no public address" if hosts else "no address"
            raise DNSLookupError(f"{name}: {why}")
        self._known[name] = (self.reactor.seconds() + self.keep, allowed[0])
        return allowed[0]

    def known_address(self, name: str) -> str:
        """What `address_of` last said, "" where it was not asked."""
        return self._known.get(name, (0.0, ""))[1]


def guard(reactor: Any, local_hosts: frozenset[str], timeout: float) -> GuardedResolver:
    """The reactor's guarded resolver, installed where it is missing; from now on it lets `local_hosts` through."""
    resolver = reactor.nameResolver
    if not isinstance(resolver, GuardedResolver):
        resolver = GuardedResolver(reactor, local_hosts=frozenset(), timeout=timeout)
        resolver.install_on_reactor()
    resolver.local_hosts |= local_hosts
    return resolver


def is_inner(host: str) -> bool:
    """Whether a host is written as an address, and one that is not public.

    >>> is_inner("10.1.2.3"), is_inner("::1"), is_inner("127.1"), is_inner("so.tinh.gov.vn")
    (True, True, False, False)
    """
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return not is_public(host)


def is_public(address: str) -> bool:
    """Whether an address is on the public internet: not loopback, private, link-local, metadata or multicast.

    >>> is_public("171.244.1.9"), is_public("169.254.169.254"), is_public("::ffff:10.0.0.1"), is_public("fd00::1")
    (True, False, False, False)
    """
    try:
        parsed = ipaddress.ip_address(address.strip("[]").split("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if inner is not None and not is_public(str(inner)):
            return False
        if parsed in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)))
        parsed = parsed.ipv4_mapped or parsed
    return parsed.is_global and not parsed.is_multicast


_NAT64 = ipaddress.ip_network("64:ff9b::/96")
