"""DNS: the addresses of a host, with each failure told apart; the form of the host's name."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from crawler.facts import Kind, Probe, ProbeName, ProbeReason

MAX_ADDRESSES = 8


@dataclass(frozen=True, slots=True)
class NameServer:
    """Whom to ask. `address` None: the system's resolver. Times in seconds."""

    address: str | None = None
    port: int = 53
    timeout: float = 10.0

    def resolver(self) -> dns.resolver.Resolver:
        """Raises dns.resolver.NoResolverConfiguration where the system names none."""
        found = dns.resolver.Resolver(configure=self.address is None)
        if self.address is not None:
            found.nameservers, found.port = [self.address], self.port
        found.timeout, found.lifetime = self.timeout / 2, self.timeout
        return found


@dataclass(frozen=True, slots=True)
class Lookup:
    """The addresses of one kind, or why there are none."""

    addresses: tuple[str, ...] = ()
    reason: ProbeReason | None = None


def look_up(host: str, kind: str, server: NameServer) -> Lookup:
    """Ask for the records of a kind ("A", "AAAA"), aliases followed. Blocks for at most the server's timeout.

    A host that is an address is its own record.
    """
    if own := _version(host):
        return Lookup((host,)) if own == {"A": 4, "AAAA": 6}[kind] else Lookup(reason=ProbeReason.NO_RECORD)
    try:
        answer = server.resolver().resolve(dns.name.from_text(host), dns.rdatatype.from_text(kind), search=False)
    except dns.resolver.NoResolverConfiguration:
        return Lookup(reason=ProbeReason.NO_RESOLVER)
    except dns.resolver.NXDOMAIN:
        return Lookup(reason=ProbeReason.NXDOMAIN)
    except dns.resolver.NoAnswer:
        return Lookup(reason=ProbeReason.NO_RECORD)
    except dns.exception.Timeout:
        return Lookup(reason=ProbeReason.TIMEOUT)
    except (dns.exception.DNSException, OSError):  # SERVFAIL, REFUSED and broken answers of every name server
        return Lookup(reason=ProbeReason.SERVFAIL)
    return Lookup(tuple(sorted(record.to_text() for record in answer)[:MAX_ADDRESSES]))


def _version(host: str) -> int | None:
    try:
        return ip_address(host).version
    except ValueError:
        return None


def name_probe(name: ProbeName, lookup: Lookup, is_allowed: Callable[[str], bool]) -> Probe:
    """What a lookup says. `is_allowed`: whether an address may be connected to; inner ones may not."""
    if lookup.addresses:
        public = any(map(is_allowed, lookup.addresses))
        return Probe(name, public, " ".join(lookup.addresses), None if public else ProbeReason.NOT_PUBLIC)
    is_told = lookup.reason in (ProbeReason.NXDOMAIN, ProbeReason.NO_RECORD)
    return Probe(name, False if is_told else None, "", lookup.reason)


def address_form(url: str, kind: Kind, domain: str) -> Probe:
    """Whether the host is the province's domain (a portal) or one label below it (Decree 224/2026, d11.k4).

    A ministry's branch belongs to its ministry's portal; a bare address or localhost has no form.

    >>> address_form("https://sotuphap.tinh.gov.vn/", Kind.DEPARTMENT, "tinh.gov.vn").ok
    True
    >>> address_form("https://tinh.gov.vn/vi/stttt", Kind.DEPARTMENT, "tinh.gov.vn").reason
    <ProbeReason.OTHER_FORM: 'other_form'>
    """
    host = (urlsplit(url).hostname or "").rstrip(".").removeprefix("www.")
    if "." not in host or _version(host):
        return Probe(ProbeName.ADDRESS_FORM, None, "", ProbeReason.LOOPBACK)
    if kind is Kind.VERTICAL:
        return Probe(ProbeName.ADDRESS_FORM, None, host, ProbeReason.OUT_OF_SCOPE)
    label = host.removesuffix("." + domain)
    good = host == domain if kind is Kind.PORTAL else label != host and "." not in label
    return Probe(ProbeName.ADDRESS_FORM, good, host, None if good else ProbeReason.OTHER_FORM)
