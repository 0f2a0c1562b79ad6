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
_MARKS = ((b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
"""Byte order marks: what they say is so, whatever is declared."""
_VIETNAMESE = re.compile("[\u1ea0-\u1ef9]")
_MOJIBAKE = re.compile(
    "\u00e1[\u00ba\u00bb\u2018-\u203a]|\u00c3[\u0080-\u00bf]|\u00c4[\u0091\u2018]|\u00c6[\u00a1\u00b0]"
)
"""ạ…ỹ, à…ý, đ, ơ, ư in UTF-8, read as Latin-1 or windows-1252."""
MOJIBAKE_LEAST = 5
MAX_ATTRIBUTES = 500
_LONG_TAG = re.compile(r"<[A-Za-z][^<>]{4000,}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def decode(body: bytes, content_type: str = "") -> str:
    """The page's text in NFC: UTF-8 where the bytes are, whatever is declared; else as declared or detected."""
    text = _decode(body[:MAX_BYTES], content_type)
    return _CONTROL.sub("", text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text))


def _decode(body: bytes, content_type: str) -> str:
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body.decode(name, "replace")
    try:
        return _twice_encoded(body.decode("utf-8-sig"))
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


def _twice_encoded(text: str) -> str:
    """The text that was meant where UTF-8 was taken for Latin-1 and encoded once more (field notes section 6).

    >>> _twice_encoded("Cơ cấu tổ chức bộ máy, giới thiệu".encode().decode("latin-1"))
    'Cơ cấu tổ chức bộ máy, giới thiệu'
    >>> _twice_encoded("XÃ TÂN ĐÃ"), _twice_encoded("Cơ cấu")
    ('XÃ TÂN ĐÃ', 'Cơ cấu')
    """
    if _VIETNAMESE.search(text) or sum(1 for _ in _MOJIBAKE.finditer(text)) < MOJIBAKE_LEAST:
        return text
    octets = bytearray()
    for letter in text:
        if ord(letter) < 256:
            octets.append(ord(letter))
        else:
            octets += letter.encode("cp1252", "replace")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return text


def _without_attributes(match: re.Match[str]) -> str:
    """A tag as it is, or its beginning where it has thousands of attributes: each is compared with all before it."""
    if len(re.findall(r"[\s/]", re.sub(r""" "[^"]*"|'[^']*' """, "", match[0], flags=re.VERBOSE))) < MAX_ATTRIBUTES:
        return match[0]
    return match[0][:200].rsplit(" ", 1)[0]


_FILES = (
    b"%PDF",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
)
"""First bytes of documents, pictures and archives."""


def is_known_file(body: bytes) -> bool:
    """Whether the bytes are those of a document, picture or archive, whatever type they were sent under."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:8].startswith(_FILES)


def is_noise(body: bytes) -> bool:
    """Whether the bytes are neither text in any charset nor a file of a known kind.

    >>> is_noise(bytes(range(256)) * 8), is_noise("<p>Cơ cấu tổ chức</p>".encode("utf-16-le"))
    (True, False)
    """
    head = body[:4000]
    if is_known_file(head) or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    if max(head[::2].count(0), head[1::2].count(0)) * 8 > len(head):
        return False  # UTF-16 without a mark: markup has a zero in every second place
    return sum(1 for byte in head if byte < 32 and byte not in b"\t\n\f\r\x1b") * 20 > len(head)


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
