"""Site maps and feeds as XML: how many addresses or items, and the newest date. Hostile XML does no harm.

No entity is replaced, nothing is loaded, the size is bounded, and what is broken is read as far as it goes.
"""

import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from email.utils import parsedate_to_datetime

from lxml import etree

MAX_BYTES = 8 * 1024 * 1024
"""Of XML, unpacked."""
MAX_ITEMS = 50_000
"""Addresses of one site map (the sitemaps.org protocol allows no more), items of one feed."""
MAX_MAPS = 1000
_ISO = re.compile(r"\s*(\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True, slots=True)
class XmlFile:
    """What was found. `kind`: urlset | index | rss | atom, "" for anything else. `maps`: of an index."""

    kind: str = ""
    items: int = 0
    newest: date | None = None
    maps: tuple[str, ...] = ()
    whole: bool = True


def unpacked(body: bytes) -> bytes | None:
    """A .gz file's content, any other as it is; None where it is larger than MAX_BYTES or no gzip after all."""
    if body[:2] == b"\x1f\x8b":
        reader = zlib.decompressobj(31)
        try:
            body = reader.decompress(body, MAX_BYTES + 1)
        except zlib.error:
            return None
    return body if len(body) <= MAX_BYTES else None


def read_xml(body: bytes, today: date) -> XmlFile:
    """Read a site map, an index of them, or a feed. Dates after `today` and a day do not count as newest."""
    kind, items, newest, maps = "", 0, None, list[str]()
    for element, name in _elements(body):
        if not kind:
            kind = {"urlset": "urlset", "sitemapindex": "index", "feed": "atom"}.get(name, "")
            kind = "rss" if name in ("rss", "RDF") else kind
            if not kind:
                return XmlFile()
        elif name in ("url", "item", "entry") and kind != "index":
            items += 1
            if items >= MAX_ITEMS:
                return XmlFile(kind, items, newest, whole=False)
        elif name == "loc" and kind == "index" and len(maps) < MAX_MAPS:
            maps.append((element.text or "").strip())
        elif name in ("lastmod", "pubDate", "date", "updated", "published"):
            day = _day(element.text or "")
            if day and day <= today + timedelta(days=1) and (newest is None or day > newest):
                newest = day
    return XmlFile(kind, items, newest, tuple(maps))


def _elements(body: bytes) -> Iterator[tuple[etree._Element, str]]:
    """The root at its start, every other element at its end, with local names; each is emptied after use."""
    events = etree.iterparse(
        io.BytesIO(body.lstrip()),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    root = None
    try:
        for event, element in events:
            if not isinstance(element.tag, str):
                continue
            name = element.tag.rpartition("}")[2]
            if root is None:
                root = element
                yield element, name
            elif event == "end" and element is not root:
                yield element, name
                parent = element.getparent()
                if name in ("url", "item", "entry", "sitemap") and parent is not None:
                    element.clear()
                    while element.getprevious() is not None:
                        del parent[0]
    except etree.XMLSyntaxError:
        return  # no XML at all, or so broken that the parser gives up


def _day(text: str) -> date | None:
    """A day as site maps and feeds write it: ISO 8601, or RFC 822 as in RSS.

    >>> _day("Wed, 11 Nov 2026 09:46:00 +0700"), _day("2026-11-11T09:46:00+07:00"), _day("hôm qua")
    (datetime.date(2026, 11, 11), datetime.date(2026, 11, 11), None)
    """
    try:
        if found := _ISO.match(text):
            return date.fromisoformat(found[1])
        return parsedate_to_datetime(text.strip()).date() if text.strip() else None
    except (ValueError, TypeError, IndexError):
        return None
