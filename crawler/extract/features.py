"""Things that a page has or has not, seen in its markup: forms, feeds, codes, links to national services."""

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.extract.furniture import FURNITURE, find_furniture
from crawler.extract.observation import FoundFeature, Link, Zone
from crawler.text import clean, shorten

NAMES = (
    "site_search",
    "question_form",
    "rss",
    "emc",
    "trust_badge",
    "national_service_portal",
    "copyright",
    "responsible_person",
    "tree_sitemap",
    "portal_link",
    "work_schedule",
    "reception_schedule",
    *FURNITURE,
)
PAGE_FEATURES = frozenset(
    {"question_form", "print_page", "save_page", "share_page", "font_size", "reading_aloud", "rating"}
)
"""Those that stand with a page's own content, as an article's tools do; the others are furniture of all pages."""
_SEARCH_NAMES = re.compile(
    r"^(?:q|s|key|kw|keyword|keywords|search\w*|query|tukhoa|tu_khoa|txtsearch|text_search|textsearch|timkiem)$",
    re.IGNORECASE,
)
_SEARCH_WORDS = re.compile(r"tìm\s*kiếm|từ\s*khóa|search|tra\s+cứu", re.IGNORECASE)
_TRUST, _SERVICES = "tinnhiemmang.vn", "dichvucong.gov.vn"
_FEED = re.compile(r"(?:\.rss|/rss(?:\.xml|\.aspx)?|/feed|/atom\.xml)/?$|[?&](?:type|format|alt)=rss\b", re.IGNORECASE)
_EMC = re.compile(rb"f-emc\.ngsp\.gov\.vn|_govaq\b")
_COMMENT = re.compile(r"comment|binh-?luan|g-recaptcha", re.IGNORECASE)
_COPYRIGHT = re.compile(r"(?:bản\s+quyền|©|copyright|ghi\s+rõ\s+nguồn)[^\n]{0,150}", re.IGNORECASE)
_RESPONSIBLE = re.compile(r"(?:chịu\s+trách\s+nhiệm|trưởng\s+ban\s+biên\s+tập|phụ\s+trách)[^\n]{0,150}", re.IGNORECASE)


def is_search_form(form: HtmlElement) -> bool:
    """A form with one text field that asks for words to look for."""
    return any(map(_asks_for_words, form.iter("input")))


def _asks_for_words(field: HtmlElement) -> bool:
    kind = (field.get("type") or "text").lower()
    if kind == "search":
        return True
    return kind == "text" and bool(
        _SEARCH_NAMES.match(field.get("name") or field.get("id") or "")
        or _SEARCH_WORDS.search(field.get("placeholder") or field.get("value") or field.get("title") or "")
    )


def find_features(
    root: HtmlElement, body: bytes, base: str, links: Sequence[Link], texts: Mapping[Zone, str]
) -> Iterator[FoundFeature]:
    """The features of one page, each at most once."""
    for field in root.iter("input"):  # many stand in no form: a script reads them
        if _asks_for_words(field):
            form = next(field.iterancestors("form"), None)
            shown = (form.get("action") if form is not None else None) or field.get("placeholder") or field.get("name")
            yield FoundFeature("site_search", base, shorten(shown or "form", 100))
            break
    for area in root.iter("textarea"):
        if not _COMMENT.search(f"{area.get('name') or ''} {area.get('id') or ''}"):
            yield FoundFeature(
                "question_form", base, shorten(area.get("placeholder") or area.get("name") or "textarea", 100)
            )
            break
    for link in root.iter("link"):
        if "rss" in (link.get("type") or "") and link.get("href"):
            yield FoundFeature("rss", urljoin(base, link.get("href") or ""), shorten(link.get("title") or "rss", 100))
            break
    else:
        for feed in links:
            if _FEED.search(feed.url):
                yield FoundFeature("rss", feed.url, shorten(feed.label or "rss", 100))
                break
    if mark := _EMC.search(body):
        yield FoundFeature("emc", base, mark[0].decode("ascii"))
    for link in links:
        if _TRUST in link.url and (urlsplit(link.url).hostname or "").endswith(_TRUST):
            yield FoundFeature("trust_badge", link.url, shorten(link.label or link.url, 100))
            break
    for link in links:
        if _SERVICES in link.url and (urlsplit(link.url).hostname or "").endswith(_SERVICES):
            yield FoundFeature("national_service_portal", link.url, shorten(link.label or link.url, 100))
            break
    footer = texts.get(Zone.FOOTER, "")
    for name, pattern in (("copyright", _COPYRIGHT), ("responsible_person", _RESPONSIBLE)):
        if match := pattern.search(footer):
            yield FoundFeature(name, base, shorten(clean(match[0]), 200))
    told: set[str] = set()
    for feature in find_furniture(root, body, base, links, texts):
        if feature.name not in told:
            told.add(feature.name)
            yield feature
