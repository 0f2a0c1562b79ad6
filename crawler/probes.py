"""Observations beside the pages: what the crawl itself saw of robots.txt, HTTPS and response times."""

from collections.abc import Sequence
from statistics import median
from urllib.parse import urlsplit

from crawler.facts import Probe
from crawler.registry import SiteEntry, is_local
from db.models import Page


def probes_of(site: SiteEntry, pages: Sequence[Page]) -> tuple[Probe, ...]:
    """Probes of a stored crawl. DNS, TLS and address form can't be told of a site on loopback."""
    times = [page.elapsed_ms for page in pages if page.elapsed_ms is not None]
    had = [page for page in pages if page.status is not None and 200 <= page.status < 300]
    found = [
        Probe(
            "response_time",
            True if times else None,
            f"{round(median(times))} ms" if times else "",
            None if times else "unreachable",
        ),
    ]
    if is_local(site):
        found.append(Probe("https", None, "", "loopback"))
    elif not had:
        found.append(Probe("https", None, "", "unreachable"))
    else:
        secure = sum(1 for page in had if urlsplit(page.url).scheme == "https")
        found.append(Probe("https", secure == len(had), f"{secure}/{len(had)}"))
    return tuple(found)
