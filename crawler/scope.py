"""Which addresses belong to a site, and which links are never followed."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_ACTION_PATH = re.compile(
    r"(?:^|/)(?:log-?(?:in|out)|sign-?(?:in|out|up)|register|logon|dang-?(?:nhap|xuat|ky)|users?/(?:login|register|lostpass|logout)|lostpass\w*|admin|wp-admin|wp-login\.php|administrator"
    r"|vote|voting|binh-chon|delete|remove|edit|cart|gio-hang|add-to-cart|banners?/click|click|print|savefile|sendmail|send-mail|captcha|qrcode|forgot[-_]password|_layouts)(?:/|\.\w+$|$)",
    re.IGNORECASE,
)
_ACTION_QUERY = re.compile(
    r"(?:^|&)(?:(?:action|task|op|do|act|cmd|nv)=(?:log(?:in|out)|delete|remove|edit|vote|print|savefile|sendmail|register|lostpass|users|click|captcha)|p_p_state=(?:pop_up|exclusive)"
    r"|p_p_lifecycle=[12]|format=(?:pdf|feed|raw)|replytocom=|share=|add-to-cart=|delete=|vote=|logout=|print=)",
    re.IGNORECASE,
)
_REPEATED = re.compile(r"(/[^/]+)(?:/[^/]+)?\1(?:/[^/]+)?\1(?:/|$)")
_LANGUAGES = frozenset({"en", "vi", "vn", "eng", "km", "zh", "fr", "ru", "ja", "ko", "lo"})


@dataclass(frozen=True, slots=True)
class Scope:
    """A site's extent: host (www and bare are one), port, and a path prefix."""

    host: str
    port: int | None
    prefix: str

    @classmethod
    def of(cls, url: str) -> "Scope":
        """The scope that a registry's url names; its path is the prefix."""
        parts = urlsplit(url)
        return cls(_bare(parts.hostname or ""), _port(parts.scheme, parts.port), parts.path.rstrip("/"))

    def holds(self, url: str) -> bool:
        """Whether the address is the site's own: never a sub-domain, never another port, never outside the prefix.

        >>> Scope.of("https://so.tinh.gov.vn/").holds("http://www.so.tinh.gov.vn/a")
        True
        >>> Scope.of("https://tinh.gov.vn/vi/stttt").holds("https://tinh.gov.vn/vi/khac")
        False
        """
        try:
            parts = urlsplit(url)
            port = _port(parts.scheme, parts.port)
        except ValueError:
            return False
        if parts.scheme not in ("http", "https") or _bare(parts.hostname or "") != self.host or port != self.port:
            return False
        path = parts.path
        return not self.prefix or path == self.prefix or path.startswith(self.prefix + "/")


def _bare(host: str) -> str:
    return host.lower().rstrip(".").removeprefix("www.")


def _port(scheme: str, port: int | None) -> int | None:
    """None for the two standard ports, which are one site."""
    return None if port in (None, 80, 443) else port


def is_action(url: str) -> bool:
    """A link that does something, or a twin of a page for printing or mailing: never followed."""
    parts = urlsplit(url)
    return bool(_ACTION_PATH.search(parts.path) or _ACTION_QUERY.search(parts.query))


def is_trap(url: str) -> bool:
    """An address that links beget without end: a part of the path repeated, or two language parts.

    >>> is_trap("http://a.gov.vn/en/en/vi/gioi-thieu"), is_trap("http://a.gov.vn/en/gioi-thieu")
    (True, False)
    """
    path = urlsplit(url).path
    parts = [part.lower() for part in path.split("/") if part]
    languages = [part for part in parts if part in _LANGUAGES]
    return len(languages) > 1 or len(parts) > 12 or bool(_REPEATED.search(path))
