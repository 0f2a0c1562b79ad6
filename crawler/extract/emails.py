"""E-mail addresses in text: plain, or written so that robots do not see them ("vanphong [at] …")."""

import re

LIMIT = 20_000
_ADDRESS = re.compile(
    r"(?<![\w.+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}(?![\w@])"
)
_AT = re.compile(r"\s*[\[({<]\s*(?:at|a\s*còng|@|acong)\s*[\])}>]\s*|\s+@\s*|\s*@\s+", re.IGNORECASE)
_HIDDEN = re.compile(r"[\[({<]\s*(?:at|a\s*còng|acong)", re.IGNORECASE)
_DOT = re.compile(r"\s*[\[({]\s*(?:dot|chấm|\.)\s*[\])}]\s*", re.IGNORECASE)


def find_emails(text: str) -> list[str]:
    """The addresses of the text in order, lower case, each once.

    >>> find_emails("Email: STTTT@binhphuoc.gov.vn; vanphong.sxd [at] dongnai [dot] gov.vn")
    ['stttt@binhphuoc.gov.vn', 'vanphong.sxd@dongnai.gov.vn']
    >>> find_emails("gặp nhau @ quán cà phê")
    []
    """
    text = text[:LIMIT]
    if "@" not in text and not _HIDDEN.search(text):
        return []
    text = _DOT.sub(".", _AT.sub("@", text))
    return list(dict.fromkeys(match[0].lower().strip(".") for match in _ADDRESS.finditer(text)))


def is_sample(address: str) -> bool:
    """An address that a content management system or its vendor ships (field notes, section 0, item 1)."""
    domain = address.rsplit("@", 1)[-1]
    return domain in {
        "mysite.com",
        "example.com",
        "example.org",
        "vinades.vn",
        "yourdomain.com",
        "domain.com",
        "email.com",
    }
