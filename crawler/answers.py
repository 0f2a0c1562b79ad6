"""An answer to a request, as the crawl sees it: from the network, or kept by a crawl that was interrupted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from scrapy.http import Response

from crawler.evidence import Stored
from crawler.urls import canonical


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` as received, `body` without content encoding. `cut`: the body ends before its end.

    `stored`: where it lies in the evidence, None for an answer that is not kept yet. `elapsed_ms`: to the first byte.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    at: datetime
    elapsed_ms: int | None = None
    ip: str | None = None
    cut: bool = False
    stored: Stored | None = None

    def header(self, name: str) -> str:
        """The first header of that name (lower case), "" where there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    @property
    def lower_headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in reversed(self.headers)}

    def cookies(self) -> dict[str, str]:
        """Names and values of the cookies that it sets, without their attributes; ten at most, none of them long."""
        pairs = [value.partition(";")[0].partition("=") for name, value in self.headers if name.lower() == "set-cookie"]
        good = {name.strip(): value.strip() for name, _, value in pairs if len(name) + len(value) <= 2000}
        return {name: value for name, value in list(good.items())[:10] if re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", name)}

    def location(self, url: str) -> str | None:
        """Where a redirect leads; None for any other answer, and for a target that is no http(s) address."""
        target = self.header("location")
        if self.status not in (301, 302, 303, 307, 308) or not target:
            return None
        try:
            return canonical(urljoin(url, target))
        except ValueError:
            return None


def answer_of(response: Response, at: datetime) -> Answer:
    """What Scrapy received."""
    meta = response.meta
    latency = meta.get("download_latency")
    return Answer(
        status=response.status,
        headers=tuple(_headers(response)),
        body=response.body,
        at=at,
        elapsed_ms=round(latency * 1000) if latency is not None else None,
        ip=str(response.ip_address) if response.ip_address else None,
        cut=("dataloss" in response.flags or _gzip_cut(response.body, meta.get("audit_gzip_end")))
        and b"</html" not in response.body[-2000:].lower(),  # a page that has its end is whole, whatever was announced
    )


def _headers(response: Response) -> Iterator[tuple[str, str]]:
    """Names and values as text; bytes that are no UTF-8 text are replaced, line breaks removed."""
    for name, values in response.headers.items():
        for value in values:
            yield name.decode("latin-1"), " ".join(value.decode("utf-8", "replace").split())
    encoding = response.meta.get("audit_encoding")
    if encoding and b"Content-Encoding" not in response.headers:
        yield "Content-Encoding", encoding


def _gzip_cut(body: bytes, end: Any) -> bool:
    """Whether a gzip body ended early: its last four bytes are not its length (RFC 1952)."""
    return end is not None and int.from_bytes(end, "little") != len(body) % 2**32
