"""Text and addresses that a site wrote, made fit to be shown: harmless, bounded, without personal identity numbers."""

import re
import unicodedata
from urllib.parse import urlsplit

EXCERPT_LENGTH = 400
LABEL_LENGTH = 200
URL_LENGTH = 2000
_READ_AT_MOST = 20_000
_BLANK = re.compile(r"\s+")
_UNSEEN = frozenset({"Cf", "Cs", "Cc", "Zl", "Zp", "Cn", "Co"})
_IDENTITY = re.compile(r"(?<![\w+./=-])(?:\d{12}|\d{9}|0\d{2}([ .])\d{3}\1\d{3}\1\d{3})(?![\w/-]|\.\d)")
_NUMBER_AFTER_NAME = re.compile(
    r"((?:cccd|cmnd|cmt|căn\s+cước(?:\s+công\s+dân)?|chứng\s+minh(?:\s+nhân\s+dân)?)[^\d\n]{0,20})"
    r"(\d(?:[ .]?\d){8}(?:(?:[ .]?\d){3})?)(?!\d)",
    re.IGNORECASE,
)
_PHONE_BEFORE = re.compile(
    r"(?:điện\s*thoại|đt|sđt|tel|phone|fax|hotline|zalo|di\s*động|nóng|liên\s*hệ)[^\n]{0,25}$", re.IGNORECASE
)


def harmless(text: str) -> str:
    """The text without characters that can't be seen: controls, direction marks, zero widths, lone surrogates.

    >>> harmless("a\\u202eb\\u200bc\\x1b[31m\\ud800")
    'abc [31m\\ufffd'
    """
    kept = []
    for sign in text:
        category = unicodedata.category(sign)
        if category not in _UNSEEN:
            kept.append(sign)
        elif category in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        elif category != "Cf":
            kept.append("\ufffd")
    return "".join(kept)


def masked(text: str) -> str:
    """The text with the digits of personal identity numbers (9 or 12 digits) blotted out; telephone numbers stay.

    >>> masked("Số CCCD: 079 123 456 789, ĐT 913888012")
    'Số CCCD: ••••••••••••, ĐT 913888012'
    """
    text = _NUMBER_AFTER_NAME.sub(lambda found: found[1] + _blot(found[2]), text)
    return _IDENTITY.sub(
        lambda found: found[0] if _PHONE_BEFORE.search(text[: found.start()]) else _blot(found[0]), text
    )


def shown(text: str, limit: int = EXCERPT_LENGTH, *, mask: bool = True) -> str:
    """One line of at most `limit` characters, harmless and masked; what was cut is marked by "…".

    `mask` False: for telephone numbers and for our own sentences about them.
    """
    line = unicodedata.normalize("NFC", _BLANK.sub(" ", harmless(text[:_READ_AT_MOST])).strip())
    line = masked(line) if mask else line
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def plain_url(url: str) -> str:
    """An address as data: whole, but without what can't be written in UTF-8."""
    return url.encode("utf-8", "replace").decode("utf-8")


def safe_link(url: str | None) -> str | None:
    """The address where a link may lead to it (http or https, a host, no user name, nothing unseen), else None.

    >>> safe_link("https://a.test/x?y=1"), safe_link("javascript:alert(1)"), safe_link("http://bank.test@evil.test/")
    ('https://a.test/x?y=1', None, None)
    """
    if not url or len(url) > URL_LENGTH or url != harmless(url) or re.search(r"[\s<>\"'`\\]", url):
        return None
    try:
        parts = urlsplit(url)
        hosted = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and hosted and "@" not in parts.netloc else None


def _blot(number: str) -> str:
    return "•" * sum(sign.isdigit() for sign in number)
