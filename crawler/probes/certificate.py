"""What a certificate says: its dates, its names, and whether it leads to an authority that is trusted."""

import ssl
import warnings
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from OpenSSL import crypto

from crawler.facts import Probe, ProbeName, ProbeReason

_SELF_SIGNED, _SELF_SIGNED_IN_CHAIN, _NO_LOCAL_ISSUER, _NO_FIRST_ISSUER = 18, 19, 20, 21  # X509_V_ERR_…
_TIMES = frozenset({9, 10})
_PATH = 10
"""Certificates of a chain that are looked at."""


def system_roots() -> tuple[x509.Certificate, ...]:
    """The authorities that this machine trusts; none where it has no store."""
    return tuple(
        certificate
        for der in ssl.create_default_context().get_ca_certs(binary_form=True)
        if (certificate := read_certificate(der)) is not None
    )


def read_certificate(der: bytes) -> x509.Certificate | None:
    """None for what is none, or is so odd that it can't be read."""
    try:
        with warnings.catch_warnings(action="ignore"):  # serial numbers of old authorities
            return x509.load_der_x509_certificate(der)
    except (ValueError, TypeError):
        return None


def certificate_probes(
    chain: Sequence[x509.Certificate], host: str, now: datetime, roots: Iterable[x509.Certificate]
) -> list[Probe]:
    """Dates, chain and names of what a server showed, its own certificate first. `now`: aware."""
    return [_dates(chain[0], now), _chain(chain[:_PATH], now, list(roots)), _name(chain[0], host)]


def _dates(leaf: x509.Certificate, now: datetime) -> Probe:
    days = (leaf.not_valid_after_utc - now).total_seconds() / 86400
    reason = ProbeReason.EXPIRED if days < 0 else None
    if now < leaf.not_valid_before_utc:
        reason = ProbeReason.NOT_YET_VALID
    return Probe(ProbeName.TLS_VALID, reason is None, str(int(days // 1)), reason)


def _chain(chain: Sequence[x509.Certificate], now: datetime, roots: list[x509.Certificate]) -> Probe:
    """By OpenSSL, at a moment when the server's own certificate holds: its dates are a probe of their own."""
    leaf = chain[0]
    issuer = leaf.issuer.rfc4514_string()
    if not roots:
        return Probe(ProbeName.TLS_CHAIN, None, issuer, ProbeReason.NO_TRUST_STORE)
    store = crypto.X509Store()
    for root in roots:
        store.add_cert(crypto.X509.from_cryptography(root))
    moment = min(max(now, leaf.not_valid_before_utc), leaf.not_valid_after_utc)
    store.set_time(moment.astimezone(UTC).replace(tzinfo=None))
    shown = [crypto.X509.from_cryptography(one) for one in chain]
    try:
        crypto.X509StoreContext(store, shown[0], shown[1:]).verify_certificate()
    except crypto.X509StoreContextError as error:
        return Probe(ProbeName.TLS_CHAIN, False, issuer, _chain_reason(error.errors[0], chain))
    return Probe(ProbeName.TLS_CHAIN, True, issuer)


def _chain_reason(code: int, chain: Sequence[x509.Certificate]) -> ProbeReason:
    if code == _SELF_SIGNED:
        return ProbeReason.SELF_SIGNED
    if code == _SELF_SIGNED_IN_CHAIN:
        return ProbeReason.UNKNOWN_ISSUER
    if code in (_NO_LOCAL_ISSUER, _NO_FIRST_ISSUER):
        # a server that shows nothing of its issuer leaves something out; one that does has an issuer nobody knows
        shown = any(_is_issued_by(chain[0], one) for one in chain[1:])
        return ProbeReason.UNKNOWN_ISSUER if shown else ProbeReason.INCOMPLETE_CHAIN
    return ProbeReason.EXPIRED_ISSUER if code in _TIMES else ProbeReason.BAD_CHAIN


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _name(leaf: x509.Certificate, host: str) -> Probe:
    """RFC 9525: the names are those of subjectAltName; a common name is none."""
    names = _names(leaf)
    good = any(_covers(name, host.lower().rstrip(".")) for name in names)
    return Probe(ProbeName.TLS_NAME, good, " ".join(names[:_PATH]), None if good else ProbeReason.WRONG_NAME)


def _names(leaf: x509.Certificate) -> list[str]:
    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    return [
        *(name.lower() for name in found.get_values_for_type(x509.DNSName)),
        *map(str, found.get_values_for_type(x509.IPAddress)),
    ]


def _covers(name: str, host: str) -> bool:
    """Whether a name of a certificate covers a host: a wildcard stands for exactly one label (RFC 9525 section 6.3).

    >>> _covers("*.tinh.gov.vn", "so.tinh.gov.vn"), _covers("*.tinh.gov.vn", "xa.huyen.tinh.gov.vn")
    (True, False)
    """
    try:
        return ip_address(name) == ip_address(host)
    except ValueError:
        pass  # at least one of them is a name
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:] and "." in name[2:]
    return name == host
