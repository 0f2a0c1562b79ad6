"""What stands around a page's content, told by links, texts and a few marks in the markup: tools, languages, channels,
counters. No mark is a pattern over the whole page: a page is searched for plain bytes, which costs next to nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.extract.observation import FoundFeature, Link, Zone
from crawler.text import clean, fold, shorten

FURNITURE = (
    "print_page",
    "save_page",
    "share_page",
    "font_size",
    "reading_aloud",
    "rating",
    "english_version",
    "khmer_version",
    "social_channel",
    "emblem",
    "licence",
    "visitor_counter",
)
_MARKS = (
    ("print_page", b"window.print("),
    ("share_page", b"fb-share-button"),
    ("share_page", b"addthis"),
    ("font_size", b"resizeText"),
    ("reading_aloud", b"esponsivevoice"),
    ("rating", b"ratingValue"),
)
_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("font_size", ("cỡ chữ", "tăng cỡ", "phóng to chữ")),
    ("reading_aloud", ("nghe bài viết", "nghe đọc bài", "nghe nội dung", "đọc bài viết", "đọc nội dung bài")),
    ("rating", ("đánh giá bài viết", "tổng số điểm của bài viết", "click để đánh giá")),
)
_LABEL = re.compile(
    r"(?P<print_page>(?:in|in (?:bai|trang|tin)\b.*|ban in|print.*)$)|(?P<save_page>(?:luu|luu (?:bai|trang|tin)\b.*|save.*)$)|(?P<share_page>(?:chia se|share)\b)"
    r"|(?P<reading_aloud>(?:nghe|doc) (?:bai|tin|noi dung)\b)|(?P<english_version>(?:english(?: version)?|tieng anh|en)$)|(?P<khmer_version>(?:tieng )?khmer$|[\u1780-\u17ff\s]+$)"
)
_CHANNELS = ("facebook.com", "fb.com", "zalo.me", "oa.zalo.me", "youtube.com", "tiktok.com", "twitter.com", "x.com")
_SHARES = re.compile(r"shar(?:e|er)\b|/intent/|/plugins/|/embed/|/watch\b", re.IGNORECASE)
_EMBLEM = re.compile(r"quoc[-_ ]?huy|emblem|(?<![a-z])logo|bieu trung")
_LICENCE = re.compile(r"giấy\s+phép[^\n]{0,150}", re.IGNORECASE)
_COUNTED = re.compile(r"truy cập|đang online")
_COUNTER = re.compile(r"(?:đang|lượt|lần|lượng|số)\s+(?:đã\s+)?(?:truy cập|online)(?=[^\d]{0,40}\d)")
"""The words alone: the number is another on each visit."""


def find_furniture(
    root: HtmlElement, body: bytes, base: str, links: Sequence[Link], texts: Mapping[Zone, str]
) -> Iterator[FoundFeature]:
    """The features named in FURNITURE, each as often as it is told; the first telling counts."""
    for name, mark in _MARKS:
        if mark in body:
            yield FoundFeature(name, base, mark.decode("ascii"))
    for link in links:
        yield from _of_link(link)
    everything = "\n".join(texts.values()).casefold()
    for name, words in _WORDS:
        if word := next((one for one in words if one in everything), None):
            yield FoundFeature(name, base, word)
    for place in _COUNTED.finditer(everything):
        if match := _COUNTER.search(everything, max(place.start() - 20, 0), place.end() + 60):
            yield FoundFeature("visitor_counter", base, shorten(clean(match[0]), 100))
            break
    if match := _LICENCE.search(texts.get(Zone.FOOTER, "")):
        yield FoundFeature("licence", base, shorten(clean(match[0]), 200))
    for number, image in enumerate(root.iter("img")):
        source = image.get("src") or ""
        if number >= 12:
            break  # an emblem stands at the head of a page
        if _EMBLEM.search(fold(f"{image.get('alt') or ''} {source[-80:]}")):
            yield FoundFeature("emblem", base, shorten(image.get("alt") or source, 100))
            break


def _of_link(link: Link) -> Iterator[FoundFeature]:
    if len(link.label) <= 30 and link.label_source != "file" and (match := _LABEL.match(fold(link.label))):
        yield FoundFeature(match.lastgroup or "", link.url, shorten(link.label, 100))
    if any(name in link.url for name in _CHANNELS):
        parts = urlsplit(link.url)
        if "sharer" in parts.path or "/share" in parts.path:
            yield FoundFeature("share_page", link.url, shorten(link.label or link.url, 100))
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
        if host in _CHANNELS and len(parts.path) > 1 and not _SHARES.search(link.url):
            yield FoundFeature("social_channel", link.url, shorten(link.label or link.url, 100))
