"""One address for one page: session ids, tracking and theme parameters go, the query is sorted (RFC 3986 section 6)."""

import re
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit, urlunsplit

MAX_LENGTH = 1500
"""Characters; longer addresses are portlet states and traps, and do not fit a database index."""

_DROPPED = re.compile(
    r"^(?:utm_\w+|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|_hs(?:enc|mi)|zarsrc|_ga|_gl|phpsessid|jsessionid|sessionid|sid|session"
    r"|aspsessionid\w*|cftoken|cfid|p_auth|nv_redirect|nvvithemever|checkss|token|csrf\w*|_csrf|_t|_dc|_ts|timestamp|nocache|cachebuster|rand|random|resetcur"
    r"|doasgroupid|refererplid|redirect|returnurl|return_url|backurl|font_?size|print|tmpl)$",
    re.IGNORECASE,
)
_CACHE_BUSTER = re.compile(r"\d{6,}")
"""A query that is one long number without a name (field notes section 5: Liferay's `?15248263`)."""
_PATH_SESSION = re.compile(
    r";(?:jsessionid|phpsessid|sid)=[^/?#;]*|/(?:phpsessid|jsessionid|sid)=[0-9a-z]+(?=/|$)|/\([a-z]\([0-9a-z]{20,}\)\)(?=/|$)",
    re.IGNORECASE,
)
"""Java's and PHP's session in the path, and ASP.NET's `/(S(…))`."""
_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SAFE_PATH = "/:@!$&'()*+,;=~-._%"
_SAFE_QUERY = "/:@!$'()*+,;=~-._%?&"
_AMPERSAND = re.compile(r"&(?:amp;)+")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*|\[[0-9a-f:.]+\]")
_STANDARD = {80: "http", 443: "https"}
_ROUTE = re.compile(r"!?/[^\s#]*\w[^\s#]{0,300}")
FILES = re.compile(
    r"\.(?:pdf|docx?|xlsx?|pptx?|rtf|odt|ods|zip|rar|7z|gz|tar|exe|apk|msi|dmg|iso|mp[34]|m4[av]|avi|mov|wmv|flv|wav|ogg|webm"
    r"|jpe?g|png|gif|bmp|svg|webp|ico|tiff?|css|js|json|xml|rss|atom|woff2?|ttf|eot|swf|dwg|kml|kmz|csv|txt|vcf|ics)$",
    re.IGNORECASE,
)
DOCUMENTS = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|rtf|odt|ods|zip|rar|7z)$", re.IGNORECASE)


@lru_cache(maxsize=50_000)
def canonical(url: str) -> str | None:
    """The address in its one form, without fragment; None for what is no http(s) address or is too long. Never raises.

    An address with a user name, a backslash before its path or an odd character in its host is none: programs do not
    agree on which host it means.

    >>> canonical("HTTP://Www.Example.gov.vn:80/a b/../c?b=2&a=1&utm_source=x#top")
    'http://www.example.gov.vn/c?a=1&b=2'
    >>> canonical("/vi/?nvvithemever=m&nv_redirect=abc") is None
    True
    >>> canonical("http://a.gov.vn:443/"), canonical("http://a.gov.vn@evil.vn/"), canonical("http://evil.vn\\\\@a.gov.vn/")
    ('https://a.gov.vn/', None, None)
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        scheme = parts.scheme.lower()
        if scheme not in ("http", "https") or "@" in parts.netloc:
            return None
        host = _host(parts.hostname or "")
    except ValueError:  # also what a host that is no name raises
        return None
    if host is None:
        return None
    if port in _STANDARD:
        scheme = _STANDARD[port]
    netloc = host if port is None or port in _STANDARD else f"{host}:{port}"
    whole = urlunsplit((scheme, netloc, _path(parts.path), _query(parts.query), ""))
    return whole if len(whole) <= MAX_LENGTH else None


def _host(name: str) -> str | None:
    """The host in ASCII and lower case, an IPv6 address in brackets; None for what names no host."""
    if not name.isascii():
        name = name.encode("idna").decode("ascii").lower()
    name = name.rstrip(".")
    host = f"[{name}]" if ":" in name else name
    return host if _HOST.fullmatch(host) and len(host) <= 253 else None


def _path(path: str) -> str:
    path = _normal(path, _SAFE_PATH)
    while (without := _PATH_SESSION.sub("", path)) != path:
        path = without
    if not path.startswith("/"):
        path = f"/{path}"
    return _without_dots(path) if "/." in path else path


def _without_dots(path: str) -> str:
    """RFC 3986 section 5.2.4."""
    kept: list[str] = []
    parts = path.split("/")[1:]
    for part in parts:
        if part == "..":
            del kept[-1:]
        elif part != ".":
            kept.append(part)
    if parts[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _query(query: str) -> str:
    query = _AMPERSAND.sub("&", f"&{_normal(query, _SAFE_QUERY).replace('%20', '+')}")
    pairs = [part.partition("=") for part in query.split("&")]
    kept = sorted((key, value, mark) for key, mark, value in pairs if key and not _DROPPED.match(unquote(key)))
    whole = "&".join(f"{key}{mark}{value}" for key, value, mark in kept)
    return "" if _CACHE_BUSTER.fullmatch(whole) else whole


def _normal(text: str, safe: str) -> str:
    """Escapes in capitals, only where they are needed; what must be escaped is. Doing it twice changes nothing."""
    text = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
    text = _ESCAPED.sub(
        lambda found: char if (char := chr(int(found[1], 16))) in _UNRESERVED else f"%{found[1].upper()}", text
    )
    return quote(text, safe=safe, errors="replace")


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
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.netloc.removeprefix('www.')}{path.rstrip('/')}{query}{route_of(url)}"


def canonical_route(url: str) -> str | None:
    """`canonical`, with the route that a page made by scripts keeps in the fragment of its address.

    >>> canonical_route("http://a.gov.vn/#/gioi-thieu"), canonical_route("http://a.gov.vn/tin#top")
    ('http://a.gov.vn/#/gioi-thieu', 'http://a.gov.vn/tin')
    """
    whole = canonical(url)
    return f"{whole}{route_of(url)}" if whole is not None else None


def route_of(url: str) -> str:
    """The route in an address's fragment ("#/gioi-thieu", "#!/tin/5"), "" where there is none.

    Links of plain pages never have one, since `canonical` drops fragments.
    """
    fragment = url.partition("#")[2]
    found = _ROUTE.match(fragment)
    return f"#{found[0].rstrip('/')}" if found else ""


def path_of(url: str) -> str:
    """The path without its page ending, lower case: what sub-pages of a section begin with."""
    path = urlsplit(url).path.lower().rstrip("/")
    return re.sub(r"\.(?:html?|php|aspx?|jsp)$", "", path)


def is_file(url: str) -> bool:
    """Whether the address names a file that is no page."""
    return bool(FILES.search(urlsplit(url).path))
