"""What stands in the way of a page: recognised, named, and where there is a clean way, told how to go on."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

from crawler.extract.decode import is_noise
from crawler.facts import Problem

_SMALL = 20_000
NO_CONTENT = "no_content"
"""An answer without a byte: good for a robots.txt, no page."""
FEW_LINKS = 3
"""A page with more links has a menu: it is the site's own, whatever words stand on it."""
_FLOOD = re.compile(
    rb"floodblocker|<title>\s*H(?:\xc3\xa3|&atilde;)y (?:\xc4\x91\xe1\xbb\xa3i|&#273;&#7907;i)\s*\.\.\.", re.IGNORECASE
)
_FLOOD_WAIT = re.compile(r"hãy\s+đợi\D{0,40}?(\d{1,4})\s*(?:<[^>]*>)?\s*giây", re.IGNORECASE)
_COOKIE = re.compile(
    rb"""document\.cookie\s*=\s*["']([A-Za-z0-9_-]{1,40})=([A-Za-z0-9._%-]{1,200})["';].{0,300}?(?:location\.(?:reload|href)|window\.location)""",
    re.DOTALL,
)
_FIREWALL = re.compile(
    rb"request rejected.{0,400}support id|the requested url was rejected|_incapsula_resource|incapsula incident|just a moment\.\.\.|cf-browser-verification|challenge-platform"
    rb"|attention required! \| cloudflare|access denied.{0,200}reference #|ddos protection by|sucuri website firewall|mod_security|this request was blocked",
    re.IGNORECASE | re.DOTALL,
)
_CAPTCHA = re.compile(
    rb"g-recaptcha|h-captcha|hcaptcha\.com|enter the captcha|nh\xe1\xba\xadp m\xc3\xa3 (?:x\xc3\xa1c nh\xe1\xba\xadn|captcha)",
    re.IGNORECASE,
)
_SUSPENDED = re.compile(
    rb"website suspended|account (?:has been )?suspended|site is suspended|website (?:\xc4\x91\xc3\xa3 )?b\xe1\xbb\x8b t\xe1\xba\xa1m ng\xc6\xb0ng",
    re.IGNORECASE,
)
_LINK = re.compile(rb"<a\s", re.IGNORECASE)


_MAINTENANCE = re.compile(
    r"(?:website|trang|cổng|hệ thống)[^.<]{0,60}(?:đang|tạm)[^.<]{0,30}(?:bảo trì|nâng cấp|ngừng hoạt động)|under maintenance|đang bảo trì",
    re.IGNORECASE,
)
_REFRESH = re.compile(
    rb"""<meta[^>]+http-equiv\s*=\s*["']?refresh["']?[^>]+content\s*=\s*["']?\s*\d{1,3}\s*;\s*url\s*=\s*["']?([^"'>\s]{1,1500})""",
    re.IGNORECASE,
)
_SCRIPTED = re.compile(
    rb"""(?:window|document|self|top|parent)\.location(?:\.href)?\s*=\s*["']([^"']{1,1500})["']|location\.(?:replace|assign)\(\s*["']([^"']{1,1500})["']""",
    re.IGNORECASE,
)
_FRAME = re.compile(rb"""<i?frame\b[^>]{0,500}?\bsrc\s*=\s*["']?([^"'>\s]{1,1500})""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """`problem`: what it is to the audit. `wait` in seconds: ask again after so long. `cookie` (name=value): ask again
    with it, for `again` where that is not the same address. `passing`: a fault that may be gone at the next try.
    """

    problem: Problem
    name: str
    wait: float | None = None
    cookie: str = ""
    again: str | None = None
    passing: bool = False


def find_obstacle(status: int, headers: dict[str, str], body: bytes, at: datetime) -> Obstacle | None:
    """Name what keeps a response from being the page that was asked for; None for a page. `headers`: lower-case names.

    `at`: when it came, for a Retry-After that is a date. Sources: field notes section 0 (items 2, 13, 14), section 6.
    """
    retry_after = _seconds(headers.get("retry-after", ""), at)
    head = body[:_SMALL]
    if _FLOOD.search(head) and status in (200, 429, 503):
        told = _FLOOD_WAIT.search(head.decode("utf-8", "ignore"))
        return Obstacle(Problem.BLOCKED, "flood_page", float(told[1]) + 2 if told else retry_after or 60.0)
    if status in (404, 410):
        return Obstacle(Problem.DEAD_LINK, "not_found")
    if status >= 400 and _FIREWALL.search(head):
        return Obstacle(Problem.BLOCKED, "firewall", retry_after)
    if status == 429:
        return Obstacle(Problem.BLOCKED, "too_many_requests", retry_after or 60.0)
    if status >= 500 or status == 408:
        return Obstacle(Problem.SERVER_ERROR, "server_error", retry_after, passing=True)
    if status >= 400:
        return Obstacle(Problem.BLOCKED, "refused")
    if 200 <= status < 300 and not body.strip():
        return Obstacle(Problem.SERVER_ERROR, NO_CONTENT, passing=True)
    if status == 200 and is_noise(body):
        return Obstacle(Problem.SERVER_ERROR, "unreadable", passing=True)
    if len(body) > _SMALL or not 200 <= status < 300 or len(_LINK.findall(head)) > FEW_LINKS:
        return None
    return _stub(head)


def _stub(body: bytes) -> Obstacle | None:
    """What a small page without a menu is, where it is none of the site's pages."""
    if len(body) < 2000 and (found := _COOKIE.search(body)):
        return Obstacle(Problem.BLOCKED, "cookie_challenge", cookie=b"=".join(found.groups()).decode("ascii"))
    if _FIREWALL.search(body):
        return Obstacle(Problem.BLOCKED, "firewall")
    if _CAPTCHA.search(body):
        return Obstacle(Problem.BLOCKED, "captcha")
    if _SUSPENDED.search(body):
        return Obstacle(Problem.SERVER_ERROR, "suspended")
    if _MAINTENANCE.search(body.decode("utf-8", "ignore")):
        return Obstacle(Problem.SERVER_ERROR, "maintenance")
    return None


def find_onward(url: str, body: bytes) -> tuple[str | None, tuple[str, ...]]:
    """(where a small page without a menu sends its reader at once, the pages that its frames show)."""
    if len(body) > _SMALL or len(_LINK.findall(body)) > FEW_LINKS:
        return None, ()
    frames = tuple(target for found in _FRAME.findall(body)[:4] if (target := _joined(url, found)))
    if sent := _REFRESH.search(body) or _SCRIPTED.search(body):
        return _joined(url, next(group for group in sent.groups() if group)), frames
    return None, frames


def _joined(url: str, target: bytes) -> str | None:
    try:
        return urljoin(url, target.decode("utf-8", "ignore").replace("&amp;", "&").strip())
    except ValueError:
        return None


def _seconds(value: str, at: datetime) -> float | None:
    """Retry-After (RFC 9110 section 10.2.3) in seconds from `at`: a number, or a date; None for anything else."""
    if re.fullmatch(r"\s*\d{1,6}\s*", value):
        return float(value)
    try:
        return max((parsedate_to_datetime(value) - at).total_seconds(), 0.0) if value else None
    except (ValueError, TypeError):
        return None
