"""What one page shows: one decoding, one parse, one walk. Pure, and never raises whatever the bytes are."""

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from urllib.parse import unquote, urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.captures import Capture
from crawler.extract.blocks import text_of, zone_texts
from crawler.extract.contacts import find_contacts, hidden_emails, link_contacts
from crawler.extract.dates import publication_date, today_in_vietnam
from crawler.extract.decode import decode, parse
from crawler.extract.entries import find_entries
from crawler.extract.features import find_features, is_search_form
from crawler.extract.observation import FoundContact, Link, Observation, Zone
from crawler.extract.paging import paging_links
from crawler.extract.platform import platform_marks
from crawler.extract.shells import needs_browser
from crawler.extract.spam import is_spam, is_spam_page
from crawler.extract.zones import zones_of
from crawler.text import clean, fold, shorten
from crawler.urls import DOCUMENTS, canonical, canonical_route, route_of

MAX_LINKS = 10_000
"""Links of a page's menus, and as many of the rest of it, that are read."""
_FURNITURE = frozenset({Zone.HEADER, Zone.NAV, Zone.FOOTER})
MAX_BLOCKS = 400
_HEADING_TOKENS = re.compile(
    r"(?:^|[\s_-])(?:title|heading|caption|tieude|tieu-de|header-title)(?:$|[\s_-])", re.IGNORECASE
)
_CRUMBS = re.compile(r"breadcrumb|duong-?dan|pathway|you-?are-?here", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"^[^:\n]{0,60}?(?:đang\s+(?:được\s+)?(?:cập\s+nhật|xây\s+dựng|hoàn\s+thiện|chạy\s+thử)|chưa\s+có\s+(?:nội\s+dung|dữ\s+liệu|bài\s+viết|tin)"
    r"|sẽ\s+(?:được\s+)?cập\s+nhật|under\s+construction|coming\s+soon|không\s+có\s+(?:dữ\s+liệu|bản\s+ghi|bài\s+viết))[^:\n]{0,40}$",
    re.IGNORECASE | re.MULTILINE,
)
_SAMPLE = re.compile(
    r"chỉ\s+dẫn\s+cho\s+người\s+quản\s+trị\s+website|thông\s+tin\s+chung\s+về\s+đơn\s+vị\s+ở\s+đây|lorem\s+ipsum\s+dolor",
    re.IGNORECASE,
)
_PLAIN_PATH = re.compile(r"/(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*/)*(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*)?")
"""A path that joins as it is: no parameters, no dots to resolve, nothing to quote."""
_ICON = re.compile(
    r"icon|logo|button|btn|spacer|arrow|bullet|print|facebook|zalo|rss|loading|avatar|blank\\.", re.IGNORECASE
)
_NOT_THERE = re.compile(
    r"không\s+tìm\s+thấy\s+(?:trang|tài\s+nguyên|địa\s+chỉ|đường\s+dẫn|nội\s+dung\s+(?:bạn|quý|được)?\s*yêu\s+cầu)|(?:trang|tài\s+nguyên|đường\s+dẫn|địa\s+chỉ)[^.\n]{0,40}không\s+(?:còn\s+)?(?:tồn\s+tại|tìm\s+thấy)"
    r"|requested\s+(?:resource|url|page)[^.\n]{0,60}not\s+(?:be\s+)?found|(?:page|file)\s+not\s+found|resource\s+cannot\s+be\s+found|(?:lỗi|error)\s*404|\b404\s*[-–:.]?\s*(?:not\s+found|không)",
    re.IGNORECASE,
)
"""Liferay's "Trạng thái", and what else stands on an error page that was sent with status 200."""
LISTING_ENTRIES = 3
"""A page that lists so many dated entries is a listing, no article."""


def observe(capture: Capture, *, area_codes: tuple[str, ...] = (), as_of: date | None = None) -> Observation:
    """Read a captured page. `as_of`: the day of the visit where the capture has none (relative dates)."""
    content_type = capture.headers.get("content-type", "")
    root = parse(decode(capture.body, content_type))
    if root is None:
        return Observation(url=capture.url, title="")
    visit = today_in_vietnam(capture.fetched_at) if capture.fetched_at else as_of
    body = root.find(".//body")
    body = body if body is not None else root
    base = _base(root, capture.url)
    zones = zones_of(root)
    rendering = capture.headers.get("x-audit-rendering", "")
    links, titles, anchors = _links(root, base, zones, _routed if rendering else _absolute)
    texts = zone_texts(body, zones)
    main = texts[Zone.MAIN]
    title = shorten(root.findtext(".//title") or "", 300)
    headings = tuple(_headings(root, zones))
    entries = tuple(find_entries([one for one in titles if not is_spam(one[2])], zones, visit))
    dated = sum(1 for entry in entries if entry.published is not None and entry.zone is Zone.MAIN)
    published = _article_date(main, headings, title, visit) if dated < LISTING_ENTRIES else (None, "")
    contacts = _unique(
        [*link_contacts(anchors, zones, area_codes), *hidden_emails(root, zones), *find_contacts(texts, area_codes)]
    )
    lines = [line for line in main.split("\n") if any(letter.isalpha() for letter in line)]
    words = sum(len(line.split()) for line in lines)
    onward, back = paging_links(links, capture.url, root, base)
    return Observation(
        url=capture.url,
        title=title,
        links=tuple(links),
        headings=headings,
        breadcrumb=_breadcrumb(root),
        words=words,
        excerpt=shorten(main.replace("\n", " · "), 200),
        entries=entries,
        attachments=tuple(
            dict.fromkeys(link.url for link in links if link.zone is Zone.MAIN and _is_attachment(link.url))
        )[:50],
        published=published[0],
        published_text=published[1],
        next_pages=onward,
        earlier_pages=back,
        contacts=tuple(contacts),
        features=tuple(find_features(root, capture.body, capture.url, links, texts)),
        is_error=bool(_NOT_THERE.search(f"{title}\n{main[:1500]}")),
        hacked=is_spam_page(title, main, (label for _, _, label in titles)),
        placeholder=bool(_PLACEHOLDER.search(main[:4000])),
        sample=bool(_SAMPLE.search(main[:4000])),
        needs_browser=not any(entry.zone is Zone.MAIN for entry in entries)
        and needs_browser(root, body, main, len(links), opened=bool(rendering)),
        unfinished=rendering == "unfinished",
        canonical=_canonical(root, base),
        platform_marks=platform_marks(capture.body),
        fingerprint=f"{zlib.crc32(re.sub(r'[0-9]+', '', main).encode()):08x}{words:x}",
        blocks=tuple((zlib.crc32(line.encode()), len(line.split())) for line in _blocks(lines)),
        has_form=any(
            zones.get(form) is Zone.MAIN and not is_search_form(form) and _asks(form) for form in root.iter("form")
        ),
        has_login=any(
            (field.get("type") or "").lower() == "password"
            for field in root.iter("input")
            if zones.get(field) is Zone.MAIN
        ),
        objects=tuple(dict.fromkeys(_objects(root, zones)))[:30],
    )


def _blocks(lines: list[str]) -> list[str]:
    """The lines that are told apart; what comes after so many of them is one, so that no word is left out."""
    return lines if len(lines) <= MAX_BLOCKS else [*lines[: MAX_BLOCKS - 1], " ".join(lines[MAX_BLOCKS - 1 :])]


def _base(root: HtmlElement, url: str) -> str:
    href = next((element.get("href") for element in root.iter("base") if element.get("href")), None)
    try:
        return urljoin(url, href) if href else url
    except ValueError:
        return url


def _absolute(base: str, href: str) -> str | None:
    href = href.strip()
    if not href or href.startswith(("#", "javascript:", "data:", "about:")):
        return None
    if href[0] == "/":
        base = _origin(base)  # so that what is remembered of a menu's links serves all pages
        if len(href) <= 300 and _PLAIN_PATH.fullmatch(href):
            root = _joined(base, "/")
            return root + href[1:] if root is not None else None
    return _joined(base, href)


def _routed(base: str, href: str) -> str | None:
    """On a page made by scripts: a fragment may be a route."""
    try:
        return canonical_route(urljoin(base, href)) if route_of(href) else _absolute(base, href)
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _origin(base: str) -> str:
    return urljoin(base, "/") if base.isascii() else base


@lru_cache(maxsize=20_000)
def _joined(base: str, href: str) -> str | None:
    try:
        return canonical(urljoin(base, href))
    except ValueError:
        return None


def _links(
    root: HtmlElement, base: str, zones: Mapping[HtmlElement, Zone], absolute: Callable[[str, str], str | None]
) -> tuple[list[Link], list[tuple[HtmlElement, str, str]], list[tuple[HtmlElement, str]]]:
    """(links, title candidates for entries, mailto and tel anchors)."""
    links: list[Link] = []
    titles: list[tuple[HtmlElement, str, str]] = []
    anchors: list[tuple[HtmlElement, str]] = []
    counts: Counter[bool] = Counter()
    for element in root.iter("a", "area", "option"):
        zone = zones.get(element, Zone.MAIN)
        counts[zone in _FURNITURE] += 1
        if counts[zone in _FURNITURE] > MAX_LINKS:
            continue  # thousands of links in the main column do not hide the menu after them
        href = element.get("href") if element.tag != "option" else _option_address(element)
        if not href:
            continue
        if href[:7].lower() == "mailto:" or href[:4].lower() == "tel:":
            anchors.append((element, href.strip()))
            continue
        url = absolute(base, href)
        if url is None:
            continue
        label, source = _label(element)
        if element.tag == "a" and source in ("text", "title") and label:
            titles.append((element, url, label))
        if not is_spam(label):
            links.append(Link(url, label, zone, source))
    return links, titles, anchors


def _option_address(element: HtmlElement) -> str | None:
    value = (element.get("value") or "").strip()
    return value if value.startswith(("http://", "https://", "/")) and len(value) > 1 else None


def _label(element: HtmlElement) -> tuple[str, str]:
    text = shorten("".join(element.itertext()) if len(element) == 0 else text_of(element).replace("\n", " "), 300)
    if any(letter.isalnum() for letter in text):
        return text, "text"
    image = next(element.iter("img"), None)
    if image is not None and any(letter.isalnum() for letter in (image.get("alt") or "")):
        return shorten(image.get("alt") or "", 300), "alt"
    for holder in (element, image):
        if holder is not None and any(
            letter.isalnum() for letter in (holder.get("title") or holder.get("aria-label") or "")
        ):
            return shorten(holder.get("title") or holder.get("aria-label") or "", 300), "title"
    if image is not None:
        name = (image.get("src") or image.get("data-src") or "").split("?")[0].rsplit("/", 1)[-1]
        return shorten(unquote(name), 200), "file"
    return "", "text"


def _headings(root: HtmlElement, zones: Mapping[HtmlElement, Zone]) -> Iterator[tuple[str, Zone]]:
    seen = set()
    for element in root.iter("h1", "h2", "h3", "h4", "h5", "h6", "legend", "div", "span", "p", "td", "strong", "th"):
        if element.tag not in ("h1", "h2", "h3", "h4", "h5", "h6", "legend") and not _HEADING_TOKENS.search(
            element.get("class") or ""
        ):
            continue
        text = shorten("".join(element.itertext()), 160)
        zone = zones.get(element, Zone.MAIN)
        if 2 <= len(text) <= 150 and (text, zone) not in seen:
            seen.add((text, zone))
            yield text, zone
            if len(seen) >= 200:
                return


def _breadcrumb(root: HtmlElement) -> tuple[str, ...]:
    for element in root.iter("ol", "ul", "div", "nav", "p", "span", "td"):
        if _CRUMBS.search(f"{element.get('class') or ''} {element.get('id') or ''}"):
            text = text_of(element)
            crumbs = [clean(part) for part in re.split(r"\n|»|›|>|/|→", text)]
            return tuple(shorten(part, 120) for part in crumbs if part and len(part) <= 160)[:8]
    return ()


def _article_date(
    main: str, headings: tuple[tuple[str, Zone], ...], title: str, visit: date | None
) -> tuple[date | None, str]:
    """The date in the head of an article: in the lines after (else just before) its heading."""
    heads = [text for text, zone in headings if zone is Zone.MAIN and len(text.split()) >= 4]
    wanted = fold(title)
    head = next(
        (text for text in heads if fold(text)[:60] in wanted or (wanted[:40] and wanted[:40] in fold(text))),
        heads[0] if heads else None,
    )
    lines = main.split("\n")
    place = next((number for number, line in enumerate(lines) if head and line.startswith(head[:80])), None)
    if place is None:
        return None, ""
    for chunk in (lines[place + 1 : place + 8], lines[max(0, place - 3) : place]):
        found = publication_date("\n".join(line[:300] for line in chunk), as_of=visit)
        if found:
            return found.day, found.text
    return None, ""


def _unique(contacts: list[FoundContact]) -> list[FoundContact]:
    """Each contact once a zone; what a `tel:` or `mailto:` link says comes first, its line's words are kept."""
    found: dict[tuple[str, str, Zone], FoundContact] = {}
    for contact in contacts:
        key = (
            contact.kind if contact.value is None else "",
            contact.value or re.sub(r"\W", "", contact.text).lower(),
            contact.zone,
        )
        known = found.get(key)
        if known is None:
            found[key] = contact
        elif len(contact.excerpt) > len(known.excerpt):
            found[key] = FoundContact(
                contact.kind,
                contact.text,
                contact.value,
                contact.number_class,
                contact.owner,
                contact.zone,
                contact.excerpt,
                known.href,
            )
    return list(found.values())[:200]


def _is_attachment(url: str) -> bool:
    parts = urlsplit(url)
    return bool(
        DOCUMENTS.search(parts.path)
        or re.search(r"(?:^|&)(?:download|file|attach\w*)=", parts.query, re.IGNORECASE)
        or "/download" in parts.path.lower()
    )


def _canonical(root: HtmlElement, base: str) -> str | None:
    for link in root.iter("link"):
        if (link.get("rel") or "").lower() == "canonical" and link.get("href"):
            return _absolute(base, link.get("href") or "")
    return None


def _asks(form: HtmlElement) -> bool:
    return (
        any((field.get("type") or "text").lower() in ("text", "email", "tel") for field in form.iter("input"))
        or next(form.iter("textarea"), None) is not None
    )


def _objects(root: HtmlElement, zones: Mapping[HtmlElement, Zone]) -> Iterator[int]:
    """Content that is no running text: tables of two rows, frames, embedded documents, pictures that are no icons."""
    for element in root.iter("iframe", "embed", "object", "video", "img"):
        source = element.get("src") or element.get("data") or ""
        if source and zones.get(element) is Zone.MAIN and not (element.tag == "img" and _is_icon(element)):
            yield zlib.crc32(source.encode("utf-8", "replace"))
    for table in root.iter("table"):
        if zones.get(table) is Zone.MAIN and table.find(".//table") is None and len(table.findall(".//tr")) >= 2:
            yield zlib.crc32("".join(table.itertext()).encode("utf-8", "replace"))


def _is_icon(image: HtmlElement) -> bool:
    sizes = [int(found[0]) for name in ("width", "height") if (found := re.match(r"\d+", image.get(name) or ""))]
    return (bool(sizes) and max(sizes) < 100) or bool(
        _ICON.search(f"{image.get('src') or ''} {image.get('class') or ''}")
    )
