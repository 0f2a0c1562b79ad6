"""Probes that answers to ordinary requests tell: robots.txt, HTTPS by redirect and by header."""

import re
from urllib.parse import urlsplit

from crawler.answers import Answer
from crawler.facts import Probe, ProbeName, ProbeReason
from crawler.robots import Robots, is_page

_HSTS = re.compile(r'\s*max-age\s*=\s*"?(\d{1,12})"?\s*', re.IGNORECASE)


def robots_probes(seen: tuple[Answer, Robots] | None, agent: str) -> list[Probe]:
    """What robots.txt is and asks for; `seen` None where no answer came."""
    names = (ProbeName.ROBOTS_TXT, ProbeName.CRAWL_DELAY, ProbeName.ROBOTS_SITEMAP)
    if seen is None:
        return [Probe(name, None, "", ProbeReason.UNREACHABLE) for name in names]
    answer, rules = seen
    value = str(answer.status)
    if rules.problem is not None:
        reason = ProbeReason.SERVER_ERROR if answer.status >= 500 else ProbeReason.BLOCKED
        return [Probe(name, None, value, reason) for name in names]
    if rules.rules is None:
        html = answer.status == 200 and is_page(answer.header("content-type"), answer.body)
        reason = ProbeReason.HTML if html else ProbeReason.MISSING
        return [
            Probe(ProbeName.ROBOTS_TXT, False, value, reason),
            *(Probe(name, False, "", ProbeReason.NOT_GIVEN) for name in names[1:]),
        ]
    delay, maps = rules.delay(agent), len(rules.sitemaps)
    return [
        Probe(ProbeName.ROBOTS_TXT, True, value),
        _given(ProbeName.CRAWL_DELAY, f"{delay:g}" if delay else ""),
        _given(ProbeName.ROBOTS_SITEMAP, str(maps) if maps else ""),
    ]


def _given(name: ProbeName, value: str) -> Probe:
    return Probe(name, bool(value), value, None if value else ProbeReason.NOT_GIVEN)


def redirect_probe(locations: list[str], status: int | None) -> Probe:
    """Whether http:// leads to https://. `locations`: where its home page led, step by step; `status`: of the last
    answer, None where http does not answer at all."""
    if status is None:
        return Probe(ProbeName.HTTPS_REDIRECT, None, "", ProbeReason.HTTP_CLOSED)
    if any(urlsplit(location).scheme == "https" for location in locations):
        return Probe(ProbeName.HTTPS_REDIRECT, True, locations[-1])
    if status >= 400:
        reason = ProbeReason.SERVER_ERROR if status >= 500 else ProbeReason.BLOCKED
        return Probe(ProbeName.HTTPS_REDIRECT, None, str(status), reason)
    return Probe(ProbeName.HTTPS_REDIRECT, False, locations[-1] if locations else "", ProbeReason.STAYS_HTTP)


def hsts_probe(answer: Answer) -> Probe:
    """Strict-Transport-Security of an answer over HTTPS (RFC 6797 section 6.1).

    A directive that stands twice, or a max-age that is no number, makes the header void.
    """
    header = answer.header("strict-transport-security")
    if not header:
        return Probe(ProbeName.HSTS, False, "", ProbeReason.NO_HEADER)
    parts = [part for part in header.split(";") if part.split("=")[0].strip().lower() == "max-age"]
    found = _HSTS.fullmatch(parts[0]) if len(parts) == 1 else None
    if found is None:
        return Probe(ProbeName.HSTS, False, header, ProbeReason.MALFORMED)
    seconds = int(found[1])
    return Probe(ProbeName.HSTS, seconds > 0, str(seconds), None if seconds else ProbeReason.MAX_AGE_ZERO)
