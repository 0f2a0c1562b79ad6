"""Probes of a stored crawl: those that it made itself, and those that its pages tell."""

import json
from collections.abc import Iterable, Sequence
from statistics import median, quantiles
from urllib.parse import urlsplit

from crawler.facts import Probe, ProbeName, ProbeReason
from crawler.registry import SiteEntry, is_local
from db.models import Page

MAX_VALUE = 300
"""Characters of a probe's value: what it shows came from a server."""


def probes_of(site: SiteEntry, pages: Sequence[Page], stored: str = "[]") -> tuple[Probe, ...]:
    """All probes of a crawl. `stored`: what `probes_to_json` gave; a crawl made before there were any has none."""
    times = [page.elapsed_ms for page in pages if page.elapsed_ms is not None]
    had = [page for page in pages if page.status is not None and 200 <= page.status < 300]
    found = [_time(ProbeName.RESPONSE_TIME, median(times) if times else None)]
    if stored != "[]":
        slow = quantiles([*times, *times], n=20, method="inclusive")[-1] if times else None
        found.append(_time(ProbeName.RESPONSE_TIME_P95, slow))
    if is_local(site):
        found.append(Probe(ProbeName.HTTPS, None, "", ProbeReason.LOOPBACK))
    elif not had:
        found.append(Probe(ProbeName.HTTPS, None, "", ProbeReason.UNREACHABLE))
    else:
        secure = sum(1 for page in had if urlsplit(page.url).scheme == "https")
        found.append(Probe(ProbeName.HTTPS, secure == len(had), f"{secure}/{len(had)}"))
    return (*found, *(Probe(**one) for one in json.loads(stored)))


def _time(name: ProbeName, milliseconds: float | None) -> Probe:
    if milliseconds is None:
        return Probe(name, None, "", ProbeReason.UNREACHABLE)
    return Probe(name, True, f"{round(milliseconds)} ms")


def probes_to_json(probes: Iterable[Probe]) -> str:
    """The probes as the store keeps them."""
    rows = [
        {"name": probe.name, "ok": probe.ok, "value": probe.value[:MAX_VALUE], "reason": probe.reason}
        for probe in probes
    ]
    return json.dumps(rows, ensure_ascii=False)
