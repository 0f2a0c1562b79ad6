"""Phone numbers, e-mail addresses and postal addresses in the lines of a page, each with where it stands."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from lxml.html import HtmlElement

from crawler.extract.blocks import ICONS
from crawler.extract.emails import decloak, find_emails, is_sample, uncover
from crawler.extract.observation import FoundContact, Zone
from crawler.extract.phones import find_numbers
from crawler.text import clean, shorten, written

LIMIT = 12_000
"""Characters of a zone that are read."""
HINT = re.compile(
    r"điện\s*thoại|\bđt\b|\btel\b|fax|hotline|đường\s+dây\s+nóng|e-?mail|thư\s+điện\s+tử|@|địa\s+chỉ|trụ\s+sở|tổng\s+đài|[☎📠✉📍]|\(0\d{2,3}\)|\b0\d{2,3}[. ]\d",
    re.IGNORECASE,
)
_ADDRESS_LABEL = r"(?:địa\s+chỉ(?!\s+(?:thư|e-?mail|mail|ip|web|trang|tiếp\s+nhận|email))(?:\s+(?:liên\s+hệ|trụ\s+sở|cơ\s+quan))?|trụ\s+sở(?:\s+(?:chính|cơ\s+quan|làm\s+việc))?(?:\s+tại)?|\badd(?:ress)?\b)"
_ADDRESS = re.compile(
    rf"(?:{_ADDRESS_LABEL}\s*[:：-]|^{_ADDRESS_LABEL}(?=\s+(?:số|ấp|thôn|đường|khu|tầng|tổ|km|quốc\s+lộ|phường|xã|lô|\d+)\b)|{ICONS['address']} *(?!\s*{_ADDRESS_LABEL})(?=[^\n]*\b(?:số|đường|phường|xã|ấp|thôn|khu\s+phố|tỉnh|huyện|thị\s+trấn|quận|thành\s+phố|tp)\b))\s*(?P<text>[^\n]{{6,200}})",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS_END = re.compile(
    r"\s*[-–;,.|]?\s*(?:điện\s*thoại|\bđt\b|\btel\b|\bphone\b|\bfax\b|\be-?m"
    r"ail\b|\bhotline\b|đường\s+dây\s+nóng|website|\bsđt\b|thư\s+điện\s+tử|[📞☎✉📠📧]).*$",
    re.IGNORECASE,
)
_PENDING = re.compile(r"^(?:đang\s+cập\s+nhật|chưa\s+cập\s+nhật|\W*|x+)$", re.IGNORECASE)


def find_contacts(texts: Mapping[Zone, str], area_codes: Sequence[str]) -> Iterator[FoundContact]:
    """The contacts in each zone's lines."""
    for zone in (Zone.FOOTER, Zone.MAIN, Zone.SIDE, Zone.HEADER, Zone.NAV):
        text = written(texts.get(zone, "")[:LIMIT])
        if text:
            yield from _zone_contacts(text, zone, tuple(area_codes))


@lru_cache(maxsize=128)
def _zone_contacts(text: str, zone: Zone, area_codes: tuple[str, ...]) -> tuple[FoundContact, ...]:
    """Remembered, since header, menu, side blocks and footer are alike on most pages of a site."""
    return tuple(_contacts_in(text, zone, area_codes)) if HINT.search(text) else ()


def _contacts_in(text: str, zone: Zone, area_codes: Sequence[str]) -> Iterator[FoundContact]:
    for number in find_numbers(text, area_codes=area_codes):
        excerpt = _line_at(text, number.start)
        yield FoundContact(number.kind, number.text, number.value, number.number_class, "", zone, excerpt)
    for address in find_emails(text):
        place = text.lower().find(address.split("@")[0])
        yield FoundContact("email", address, address, _class_of(address), "", zone, _line_at(text, max(place, 0)))
    for match in _ADDRESS.finditer(text):
        address = clean(_ADDRESS_END.sub("", match["text"])).strip(" ;.,-–")
        address = re.sub(r"^địa\s+chỉ\s*:\s*", "", address, flags=re.IGNORECASE)
        if len(address) >= 6 and not _PENDING.match(address):
            yield FoundContact("address", shorten(address, 200), None, None, "", zone, _line_at(text, match.start()))


def _class_of(address: str) -> str | None:
    return "placeholder" if is_sample(address) else None


def _line_at(text: str, place: int) -> str:
    begin = text.rfind("\n", 0, place) + 1
    end = text.find("\n", place)
    return shorten(text[begin : end if end >= 0 else len(text)], 200)


def hidden_emails(root: HtmlElement, zones: Mapping[HtmlElement, Zone]) -> Iterator[FoundContact]:
    """E-mail addresses that only a script shows: Joomla's cloak, Cloudflare's protection, pieces written together."""
    for element in root.iter("script"):
        script = element.text or ""
        if "addy" in script or ("document.write" in script and "mailto" in script):
            yield from _hidden(decloak(script), element, zones)
    for element in root.xpath(".//*[@data-cfemail]"):
        yield from _hidden(uncover(element.get("data-cfemail") or ""), element, zones)


def _hidden(address: str | None, element: HtmlElement, zones: Mapping[HtmlElement, Zone]) -> Iterator[FoundContact]:
    if address:
        yield FoundContact("email", address, address, _class_of(address), "", zones.get(element, Zone.MAIN), address)


def link_contacts(
    anchors: Sequence[tuple[HtmlElement, str]], zones: Mapping[HtmlElement, Zone], area_codes: Sequence[str]
) -> Iterator[FoundContact]:
    """Contacts of `mailto:` and `tel:` links: (element, href). A `tel:` link keeps both of its numbers."""
    for element, href in anchors:
        scheme, _, rest = href.partition(":")
        shown = clean("".join(element.itertext()))
        zone = zones.get(element, Zone.MAIN)
        if scheme.lower() == "mailto":
            for address in find_emails(rest.split("?")[0].replace("%40", "@")):
                yield FoundContact("email", address, address, _class_of(address), "", zone, shorten(shown or address))
        elif scheme.lower() == "tel":
            numbers = find_numbers(shown, area_codes=area_codes) or find_numbers("Tel: " + rest, area_codes=area_codes)
            for number in numbers[:1]:
                yield FoundContact(
                    number.kind,
                    number.text,
                    number.value,
                    number.number_class,
                    "",
                    zone,
                    shorten(shown or rest),
                    rest[:40],
                )
