"""From bytes to a tree: the right charset, one parse, whatever the page is made of."""

import re
import unicodedata

from bs4.dammit import UnicodeDammit
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

MAX_BYTES = 5_000_000
"""What is parsed of a page; the rest of a longer one is left unread."""
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_ASCII = bytes(range(128))
MAX_ATTRIBUTES = 500
_LONG_TAG = re.compile(r"<[A-Za-z][^<>]{4000,}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def decode(body: bytes, content_type: str = "") -> str:
    """The page's text in NFC: UTF-8 where the bytes are, whatever is declared; else as declared or detected."""
    text = _decode(body[:MAX_BYTES], content_type)
    return _CONTROL.sub("", text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text))


def _decode(body: bytes, content_type: str) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    header = re.search(r"charset\s*=\s*[\"']?([\w-]+)", content_type, re.IGNORECASE)
    meta = _CHARSET.search(body[:4096])
    declared = [name for name in (header and header[1], meta and meta[1].decode("ascii", "replace")) if name]
    as_utf8 = body.decode("utf-8", errors="replace")
    nearly = as_utf8.count("\ufffd") * 50 < len(body.translate(None, _ASCII))
    if nearly or any(name.lower().replace("-", "") == "utf8" for name in declared):
        return as_utf8  # one bad byte does not make another charset
    found = UnicodeDammit(body, known_definite_encodings=declared, is_html=True).unicode_markup
    return found if found is not None else as_utf8


def _without_attributes(match: re.Match[str]) -> str:
    """A tag as it is, or its beginning where it has thousands of attributes: each is compared with all before it."""
    if len(re.findall(r"[\s/]", re.sub(r""" "[^"]*"|'[^']*' """, "", match[0], flags=re.VERBOSE))) < MAX_ATTRIBUTES:
        return match[0]
    return match[0][:200].rsplit(" ", 1)[0]


def parse(text: str) -> HtmlElement | None:
    """The tree of a page, None where nothing can be parsed."""
    if not text.strip():
        return None
    parser = HTMLParser(recover=True, huge_tree=True, remove_comments=True, remove_pis=True)
    text = _LONG_TAG.sub(_without_attributes, re.sub(r"^\s*<\?xml[^>]*\?>", "", text))
    try:
        return document_fromstring(text, parser=parser)
    except (etree.LxmlError, ValueError):
        return None
