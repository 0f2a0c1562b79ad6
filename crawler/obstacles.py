"""What stands in the way of a page: recognised, named, and where there is a clean way, told how to go on."""

import re
from dataclasses import dataclass

from crawler.facts import Problem

_SMALL = 20_000
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


@dataclass(frozen=True, slots=True)
class Obstacle:
    """`problem`: what it is to the audit. `wait` in seconds: ask again once after so long. `cookie`: ask again with it."""

    problem: Problem
    name: str
    wait: float | None = None
    cookie: tuple[str, str] | None = None


def find_obstacle(status: int, headers: dict[str, str], body: bytes) -> Obstacle | None:
    """Name what keeps a response from being the page that was asked for; None for a page. `headers`: lower-case names.

    Sources: field notes section 0 (items 2, 13, 14) and section 6.
    """
    retry_after = _seconds(headers.get("retry-after", ""))
    head = body[:_SMALL]
    if _FLOOD.search(head) and status in (200, 429, 503):
        told = _FLOOD_WAIT.search(head.decode("utf-8", "ignore"))
        return Obstacle(Problem.BLOCKED, "flood_page", float(told[1]) + 2 if told else retry_after or 60.0)
    if status in (404, 410):
        return Obstacle(Problem.DEAD_LINK, "not_found")
    if status == 429:
        return Obstacle(Problem.BLOCKED, "too_many_requests", retry_after or 60.0)
    if status >= 500:
        return Obstacle(Problem.SERVER_ERROR, "server_error", retry_after)
    if status >= 400:
        return Obstacle(Problem.BLOCKED, "refused")
    if len(body) > _SMALL or not 200 <= status < 300:
        return None
    if len(body) < 2000 and (found := _COOKIE.search(head)):
        return Obstacle(
            Problem.BLOCKED, "cookie_challenge", cookie=(found[1].decode("ascii"), found[2].decode("ascii"))
        )
    if _FIREWALL.search(head):
        return Obstacle(Problem.BLOCKED, "firewall")
    few_links = len(_LINK.findall(head)) <= 3
    if _CAPTCHA.search(head) and few_links:
        return Obstacle(Problem.BLOCKED, "captcha")
    if _SUSPENDED.search(head) and few_links:
        return Obstacle(Problem.SERVER_ERROR, "suspended")
    return None


def _seconds(value: str) -> float | None:
    """Retry-After in seconds; a date in it is not honoured as a number, so None."""
    return float(value) if re.fullmatch(r"\s*\d{1,6}\s*", value) else None
