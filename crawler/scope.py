"""Which addresses belong to a site, and which links are never followed."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from crawler.urls import canonical

_ACTION_PATH = re.compile(
    r"(?:^|/)(?:log-?(?:in|out|off)|sign-?(?:in|out|up)|register|logon|dang-?(?:nhap|xuat|ky)|thoat|users?/(?:login|register|lostpass|logout|avatar|openid)|lostpass\w*|admin|wp-admin|wp-login\.php|administrator"
    r"|vote|voting|poll-vote|binh-chon|bieu-quyet|like|dislike|rating|rate|delete|remove|xoa|edit|cart|gio-hang|add-to-cart|checkout|banners?/click|adclick|click|clicks?|print|savefile|sendmail|send-mail|unsubscribe|subscribe|captcha|qrcode"
    r"|forgot[-_]password|_layouts|downloads?/(?:get|file|down|\d+)|download\.(?:aspx?|ashx|php|jsp)|tai-ve|xmlrpc\.php|trackback)(?:/|\.\w+$|$)",
    re.IGNORECASE,
)
_ACTION_QUERY = re.compile(
    r"(?:^|&)(?:(?:action|task|op|do|act|cmd|nv|mod|view|option|a|m)=(?:(?:log|sign)(?:in|out|off|on)|dang(?:nhap|xuat|ky)|thoat|del(?:ete)?|remove|xoa|edit|vote|binhchon|like|rate|print|savefile|sendmail|unsubscribe|subscribe|register|lostpass|users|click|adclick|captcha"
    r"|addtocart|add-to-cart|add_to_cart|checkout)(?:[^a-z]|$)|(?:action|task|op|do|act|cmd)=(?:down(?:load)?|getfile)(?:[^a-z]|$)|p_p_state=(?:pop_up|exclusive)|p_p_lifecycle=[12]|format=(?:pdf|feed|raw)"
    r"|(?:replytocom|share|add-to-cart|delete|del|vote|logout|print|download|like|unsubscribe|bannerid)=)",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"(?:^|[/=?&.])(?:log-?in|sign-?in|logon|dang-?nhap|wp-login\.php|authenticate|sso|cas/login)(?:[/?&.=_]|$)",
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
        """The scope that a registry's url names; its path is the prefix. What is no address holds none."""
        parts = urlsplit(canonical(url) or "")
        return cls(_bare(parts.hostname or ""), _port(parts.port), parts.path.rstrip("/"))

    def holds(self, url: str) -> bool:
        """Whether the address is the site's own: never a sub-domain, never another port, never outside the prefix.

        >>> Scope.of("https://so.tinh.gov.vn/").holds("http://www.so.tinh.gov.vn/a")
        True
        >>> Scope.of("https://tinh.gov.vn/vi/stttt").holds("https://tinh.gov.vn/vi/stttt/../khac")
        False
        """
        whole = canonical(url)
        if whole is None:
            return False
        parts = urlsplit(whole)
        if not self.host or _bare(parts.hostname or "") != self.host or _port(parts.port) != self.port:
            return False
        return not self.prefix or parts.path == self.prefix or parts.path.startswith(self.prefix + "/")


def _bare(host: str) -> str:
    return host.lower().rstrip(".").removeprefix("www.")


def _port(port: int | None) -> int | None:
    """None for the two standard ports, which are one site."""
    return None if port in (None, 80, 443) else port


def is_action(url: str) -> bool:
    """A link that does something or counts a click, or a twin of a page for printing or mailing: never followed.

    >>> is_action("http://a.gov.vn/users/logout/"), is_action("http://a.gov.vn/?nv=banners&op=click&id=4")
    (True, True)
    >>> is_action("http://a.gov.vn/dang-ky-kinh-doanh"), is_action("http://a.gov.vn/?op=editorial")
    (False, False)
    """
    parts = urlsplit(url)
    return bool(_ACTION_PATH.search(unquote(parts.path)) or _ACTION_QUERY.search(unquote(parts.query)))


def is_login(url: str) -> bool:
    """Whether an address asks who one is: a page that sends its readers there is behind a login.

    >>> is_login("http://a.gov.vn/c/portal/login?p_l_id=4"), is_login("http://a.gov.vn/?nv=users&op=login")
    (True, True)
    """
    parts = urlsplit(url)
    return bool(_LOGIN.search(f"{parts.path}?{parts.query}"))


def is_trap(url: str) -> bool:
    """An address that links beget without end: a part of the path repeated, or two language parts.

    >>> is_trap("http://a.gov.vn/en/en/vi/gioi-thieu"), is_trap("http://a.gov.vn/en/gioi-thieu")
    (True, False)
    """
    path = urlsplit(url).path
    parts = [part.lower() for part in path.split("/") if part]
    languages = [part for part in parts if part in _LANGUAGES]
    return len(languages) > 1 or len(parts) > 12 or bool(_REPEATED.search(path))
