"""TLS of a server: which versions it speaks and what certificates it shows. Trusts nothing, sends nothing."""

import select
import socket
import time
from dataclasses import dataclass

from cryptography import x509
from OpenSSL import SSL

from crawler.facts import Probe, ProbeName, ProbeReason
from crawler.tls import client_context, takes_name

VERSIONS = {
    "TLSv1": SSL.TLS1_VERSION,
    "TLSv1.1": SSL.TLS1_1_VERSION,
    "TLSv1.2": SSL.TLS1_2_VERSION,
    "TLSv1.3": SSL.TLS1_3_VERSION,
}
SAFE = frozenset({"TLSv1.2", "TLSv1.3"})


@dataclass(frozen=True, slots=True)
class Peer:
    """Where a server is reached: connected to by `address`, told `host`. `timeout` of one handshake in seconds."""

    host: str
    address: str
    port: int = 443
    timeout: float = 15.0


@dataclass(frozen=True, slots=True)
class Handshake:
    """The version that was agreed on and the certificates shown, or why there was no handshake."""

    version: str = ""
    chain: tuple[x509.Certificate, ...] = ()
    reason: ProbeReason | None = None


def reach(peer: Peer) -> ProbeReason | None:
    """Connect and hang up; None where a connection came about. Blocks."""
    try:
        socket.create_connection((peer.address, peer.port), timeout=peer.timeout).close()
    except OSError as error:
        return network_reason(error)
    return None


def network_reason(error: OSError) -> ProbeReason:
    """Why a connection did not come about."""
    if isinstance(error, TimeoutError):
        return ProbeReason.TIMEOUT
    if isinstance(error, ConnectionRefusedError):
        return ProbeReason.REFUSED
    if isinstance(error, ConnectionError):
        return ProbeReason.RESET
    return ProbeReason.UNREACHABLE


def shake_hands(peer: Peer, *, version: str = "", highest: str = "", with_name: bool = True) -> Handshake:
    """One handshake, with exactly `version`, or with any up to `highest`, else any. Blocks."""
    lowest = VERSIONS[version] if version else SSL.TLS1_VERSION
    context = client_context(lowest, VERSIONS.get(version or highest))
    ends = time.monotonic() + peer.timeout
    try:
        with socket.create_connection((peer.address, peer.port), timeout=peer.timeout) as sock:
            sock.setblocking(False)
            connection = SSL.Connection(context, sock)
            connection.set_connect_state()
            if with_name and takes_name(peer.host):
                connection.set_tlsext_host_name(peer.host.encode("ascii"))
            _complete(connection, sock, ends)
            shown = connection.get_peer_cert_chain(as_cryptography=True) or []
            return Handshake(connection.get_protocol_version_name(), tuple(shown))
    except SSL.SysCallError:
        return Handshake(reason=ProbeReason.RESET)
    except SSL.Error as error:
        told = str(error)
        is_tls = "wrong version number" not in told and "packet length too long" not in told
        return Handshake(reason=ProbeReason.HANDSHAKE if is_tls else ProbeReason.NO_TLS)
    except ValueError:  # a certificate so odd that it can't be read
        return Handshake(reason=ProbeReason.BAD_CHAIN)
    except OSError as error:
        return Handshake(reason=network_reason(error))


def _complete(connection: SSL.Connection, sock: socket.socket, ends: float) -> None:
    """Raises TimeoutError where the handshake is not done by `ends` (of time.monotonic)."""
    while True:
        try:
            return connection.do_handshake()
        except SSL.WantReadError:
            wanted = select.POLLIN
        except SSL.WantWriteError:
            wanted = select.POLLOUT
        poll = select.poll()
        poll.register(sock, wanted)
        if not poll.poll(max(ends - time.monotonic(), 0.0) * 1000):
            raise TimeoutError


def version_probe(offered: set[str]) -> Probe:
    """What versions were agreed to, one by one."""
    good = not SAFE.isdisjoint(offered)
    value = " ".join(name for name in VERSIONS if name in offered)
    return Probe(ProbeName.TLS_VERSIONS, good, value, None if good else ProbeReason.OLD_VERSIONS)


def unreached(reason: ProbeReason) -> list[Probe]:
    """The probes of TLS where no handshake came about: whether there is TLS, and nothing more, can be told."""
    is_told = reason in (ProbeReason.REFUSED, ProbeReason.NO_TLS, ProbeReason.HANDSHAKE)
    others = (ProbeName.TLS_VERSIONS, ProbeName.TLS_VALID, ProbeName.TLS_CHAIN, ProbeName.TLS_NAME)
    return [
        Probe(ProbeName.TLS, False if is_told else None, "", reason),
        *(Probe(one, None, "", reason) for one in others),
    ]
