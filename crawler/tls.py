"""TLS as old servers speak it: what is bad about it is for a probe to say, never a reason not to look."""

import socket
from typing import Any

from OpenSSL import SSL
from scrapy.crawler import Crawler
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer

from crawler.downloads import ForgivingHandler

CIPHERS = b"DEFAULT:@SECLEVEL=0"
"""Level 0: TLS 1.0 and 1.1, SHA-1 signatures, short RSA keys and Diffie-Hellman groups (field notes 0.16)."""
_LEGACY_SERVER_CONNECT = 0x4  # servers without RFC 5746, as OpenSSL 3 and later refuse them
_WAYS: tuple[tuple[int | None, bool], ...] = ((None, True), (SSL.TLS1_2_VERSION, True), (SSL.TLS1_2_VERSION, False))
"""(highest version, with the server's name): old servers hang up on what they don't know; the next try says less."""


def client_context(lowest: int = SSL.TLS1_VERSION, highest: int | None = None) -> SSL.Context:
    """A context that talks to any server and trusts none: what comes is public and is not sent anywhere."""
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_cipher_list(CIPHERS)
    context.set_min_proto_version(lowest)
    if highest is not None:
        context.set_max_proto_version(highest)
    # servers that close without a close_notify: Content-Length tells whether a body is whole
    context.set_options(_LEGACY_SERVER_CONNECT | SSL.OP_IGNORE_UNEXPECTED_EOF)
    context.set_verify(SSL.VERIFY_NONE)
    return context


def takes_name(host: str) -> bool:
    """Whether a server may be told this name (RFC 6066 section 3: no addresses)."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except OSError:
            continue
        return False
    return True


@implementer(IPolicyForHTTPS)
class AnyServerPolicy:
    """Makes TLS connections for one crawl. After a handshake that failed, the next one with the host says less."""

    def __init__(self) -> None:
        self.ways: dict[str, int] = {}  # host → which of _WAYS is next
        self._contexts: dict[int | None, SSL.Context] = {}

    def creatorForNetloc(self, hostname: bytes, port: int) -> "_Creator":
        """Twisted's way in, asked before each connection."""
        return _Creator(self, hostname.decode("ascii").rstrip("."))

    def connection(self, host: str) -> SSL.Connection:
        way = self.ways.get(host, 0)
        self.ways[host] = (way + 1) % len(_WAYS)  # until `agreed` says otherwise
        highest, with_name = _WAYS[way]
        if highest not in self._contexts:
            self._contexts[highest] = client_context(highest=highest)
            self._contexts[highest].set_info_callback(self._happened)
        connection = SSL.Connection(self._contexts[highest], None)
        connection.set_app_data((host, way))
        if with_name and takes_name(host):
            connection.set_tlsext_host_name(host.encode("ascii"))
        return connection

    def _happened(self, connection: SSL.Connection, where: int, _: int) -> None:
        if where & SSL.SSL_CB_HANDSHAKE_DONE:
            host, way = connection.get_app_data()
            self.ways[host] = way


@implementer(IOpenSSLClientConnectionCreator)
class _Creator:
    def __init__(self, policy: AnyServerPolicy, host: str) -> None:
        self.policy, self.host = policy, host

    def clientConnectionForTLS(self, tlsProtocol: Any) -> SSL.Connection:
        return self.policy.connection(self.host)


class AnyServer:
    """For a download handler built on Scrapy's: put before it among the bases."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)  # type: ignore[call-arg]  # the handler's
        self._contextFactory: Any = AnyServerPolicy()


class AnyServerHandler(AnyServer, ForgivingHandler):
    """Scrapy's handler for https, for any server. Scrapy's own verifies nothing either, but Twisted takes @SECLEVEL
    off the ciphers (twisted issue 11903), so that it can't speak to servers below TLS 1.2."""
