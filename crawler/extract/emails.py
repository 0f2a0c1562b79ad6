"""E-mail addresses in text: plain, or written so that robots do not see them ("vanphong [at] …")."""

import html
import re

from crawler.text import written

LIMIT = 20_000
_PIECE = r"""(?:'[^'\n]{0,200}'|"[^"\n]{0,200}"|\w{1,40})"""
_ASSIGNED = re.compile(rf"(?P<name>\baddy\w*|document\.write\()\s*=?\s*(?P<sum>{_PIECE}(?:\s*\+\s*{_PIECE})*)")
_QUOTED = re.compile(r"""'([^']*)'|"([^"]*)\"""")
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
    text = written(text[:LIMIT])
    if "@" not in text and not _HIDDEN.search(text):
        return []
    text = _DOT.sub(".", _AT.sub("@", text))
    return list(dict.fromkeys(match[0].lower().strip(".") for match in _ADDRESS.finditer(text)))


def decloak(script: str) -> str | None:
    """The address that a script puts together: Joomla's cloak (`addy… = addy… + '…'`), or one written at once.

    >>> decloak("var addy1 = 's&#111;nn' + '&#64;'; addy1 = addy1 + 'songthao' + '&#46;' + 'vn'; var addy_text1 = 'x';")
    'sonn@songthao.vn'
    """
    cloaked = ""
    for match in _ASSIGNED.finditer(script[:LIMIT]):
        text = "".join(one or other for one, other in _QUOTED.findall(match["sum"]))
        if match["name"].startswith("addy"):
            cloaked += "" if "_text" in match["name"] else text
        elif found := find_emails(re.sub(r"<[^>]*>", " ", html.unescape(text))):
            return found[0]
    found = find_emails(html.unescape(cloaked))
    return found[0] if found else None


def uncover(hexadecimal: str) -> str | None:
    """The address in Cloudflare's `data-cfemail`: hexadecimal, each byte xor the first.

    >>> uncover("422302206c2127")
    'a@b.ce'
    >>> uncover("zz")
    """
    try:
        octets = bytes.fromhex(hexadecimal[:400])
    except ValueError:
        return None
    found = find_emails(bytes(octet ^ octets[0] for octet in octets[1:]).decode("utf-8", "replace")) if octets else []
    return found[0] if found else None


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
