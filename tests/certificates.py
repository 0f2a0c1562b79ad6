"""Certificates of the tests' own making: an authority, one below it, and whatever a server may have wrong."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Issued:
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    issuer: "Issued | None" = None

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())

    def write(self, folder: Path, *, chain: bool = True) -> Path:
        """Certificate, key and, with `chain`, the authorities between it and the root, as one file."""
        parts, one = [self.pem, self.key_pem], self.issuer
        while chain and one is not None and one.issuer is not None:
            parts.append(one.pem)
            one = one.issuer
        path = folder / f"{self.certificate.serial_number:x}{'' if chain else '-alone'}.pem"
        path.write_bytes(b"".join(parts))
        return path


@cache
def _key(bits: int, number: int = 0) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def issue(
    name: str,
    issuer: Issued | None = None,
    *,
    names: tuple[str, ...] = (),
    days: tuple[float, float] = (-10, 90),
    authority: bool = False,
    bits: int = 2048,
    number: int = 0,
) -> Issued:
    """A certificate for `names` (DNS names, addresses), valid from and to so many days from now; its own issuer where
    none is given. `number`: which of the keys of that length."""
    key, now = _key(bits, number), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(one) for one in names]), critical=False)
    return Issued(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key, issuer)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@dataclass(frozen=True)
class Authority:
    """A root and an authority below it."""

    root: Issued
    below: Issued

    def issue(self, *names: str, days: tuple[float, float] = (-10, 90), bits: int = 2048) -> Issued:
        return issue(names[0], self.below, names=names, days=days, bits=bits)


@cache
def authority() -> Authority:
    root = issue("Root of the tests", authority=True, days=(-900, 900), number=1)
    return Authority(root, issue("Authority of the tests", root, authority=True, days=(-900, 900), number=2))


def server_context(file: Path, *, lowest: ssl.TLSVersion, highest: ssl.TLSVersion) -> ssl.SSLContext:
    """A server's side at security level 0, so that it can be as weak as old servers are."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(file)
    context.minimum_version, context.maximum_version = lowest, highest
    return context
