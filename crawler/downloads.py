"""Scrapy's HTTP/1.1 handler, forgiving of bad header lines as browsers and curl are, and with a bound on the head."""

from typing import Any

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from scrapy.crawler import Crawler
from twisted.web._newclient import HEADER, ParseError
from twisted.web.http_headers import InvalidHeaderName

MAX_HEAD = 256 * 1024
"""Bytes of status line and headers, those of all 1xx answers together; Twisted itself would take them without end."""


class _Parser(_LenientHTTPClientParser):
    """Header lines that are none are left out: no colon, a name that is no token, a continuation of nothing.

    Seen on soxaydung.camau.gov.vn (field notes section 6): strict clients refused all its answers.
    """

    MAX_LENGTH = 65_536
    head = 0

    def lineReceived(self, line: bytes) -> None:
        self.head += len(line) + 1
        if self.head > MAX_HEAD:
            raise ParseError("endless head", line[:100])
        if self.state == HEADER and self._partialHeader is None and line[:1] in (b" ", b"\t"):
            return
        super().lineReceived(line)

    def headerReceived(self, name: bytes, value: bytes) -> None:
        try:
            super().headerReceived(name.rstrip(), value)
        except InvalidHeaderName:
            return


class _Protocol(_LenientHTTP11ClientProtocol):
    def request(self, request: Any) -> Any:
        answered = super().request(request)
        self._parser.__class__ = _Parser  # as Scrapy does it itself
        return answered


class _Factory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: Any) -> Any:
        return _Protocol(self._quiescentCallback)


class ForgivingHandler(HTTP11DownloadHandler):
    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _Factory
