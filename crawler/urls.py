"""One address for one page: session ids, tracking and theme parameters go, the query is sorted (RFC 3986 section 6)."""

import re
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

MAX_LENGTH = 1500
"""Characters; longer addresses are portlet states and traps, and do not fit a database index."""

_DROPPED = re.compile(
    r"^(?:utm_\w+|fbclid|gclid|zarsrc|_ga|phpsessid|jsessionid|sessionid|sid|session|aspsessionid\w*|p_auth|nv_redirect|nvvithemever"
    r"|checkss|token|_t|_dc|timestamp|rand|random|resetcur|doasgroupid|refererplid|redirect|returnurl|return_url|backurl|font_?size|print|tmpl)$",
    re.IGNORECASE,
)
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#]*", re.IGNORECASE)
_SAFE_PATH = "/:@!$&'()*+,;=~-._"
FILES = re.compile(
    r"\.(?:pdf|docx?|xlsx?|pptx?|rtf|odt|ods|zip|rar|7z|gz|tar|exe|apk|msi|dmg|iso|mp[34]|m4[av]|avi|mov|wmv|flv|wav|ogg|webm"
    r"|jpe?g|png|gif|bmp|svg|webp|ico|tiff?|css|js|json|xml|rss|atom|woff2?|ttf|eot|swf|dwg|kml|kmz|csv|txt|vcf|ics)$",
    re.IGNORECASE,
)
DOCUMENTS = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|rtf|odt|ods|zip|rar|7z)$", re.IGNORECASE)


@lru_cache(maxsize=50_000)
def canonical(url: str) -> str | None:
    """The address in its one form, without fragment; None for what is no http(s) address or is too long.

    >>> canonical("HTTP://Www.Example.gov.vn:80/a b/../c?b=2&a=1&utm_source=x#top")
    'http://www.example.gov.vn/c?a=1&b=2'
    >>> canonical("/vi/?nvvithemever=m&nv_redirect=abc") is None
    True
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host or parts.username or parts.password:
        return None
    try:
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        return None
    scheme = parts.scheme.lower()
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != {"http": 80, "https": 443}[scheme]:
        netloc = f"{netloc}:{port}"
    path = quote(
        unquote(_PATH_SESSION.sub("", parts.path), errors="surrogateescape"), safe=_SAFE_PATH, errors="surrogateescape"
    )
    path = urlsplit(urljoin(f"http://h{path or '/'}", path or "/")).path if "/." in path else path or "/"
    query = sorted(
        (key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if not _DROPPED.match(key)
    )
    whole = urlunsplit((scheme, netloc, path, urlencode(query), ""))
    return whole if len(whole) <= MAX_LENGTH else None


@lru_cache(maxsize=50_000)
def page_key(url: str) -> str:
    """What tells pages apart: http and https, www and bare, with and without a trailing slash are one page.

    >>> page_key("https://www.a.gov.vn/tin-tuc/") == page_key("http://a.gov.vn/tin-tuc")
    True
    """
    whole = canonical(url)
    if whole is None:
        return url
    parts = urlsplit(whole)
    path = re.sub(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", "/", parts.path, flags=re.IGNORECASE)
    return f"{parts.netloc.removeprefix('www.')}{path.rstrip('/')}{'?' + parts.query if parts.query else ''}"


def path_of(url: str) -> str:
    """The path without its page ending, lower case: what sub-pages of a section begin with."""
    path = urlsplit(url).path.lower().rstrip("/")
    return re.sub(r"\.(?:html?|php|aspx?|jsp)$", "", path)


def is_file(url: str) -> bool:
    """Whether the address names a file that is no page."""
    return bool(FILES.search(urlsplit(url).path))
