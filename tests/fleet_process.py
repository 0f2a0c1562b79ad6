"""A crawl of its own process, for tests: reads what to crawl as JSON from standard input, prints what came of it.

{"sites": [registry entries], "settings": {…}, "delay": seconds or null, "names": {host: addresses}, "evidence": folder}
→ {site: {"state", "requests", "pages": {url: [status, problem, location]}, "probes": {name: [ok, value, reason]}}}

`names`: what the system's resolver would say of these hosts, which the tests can't teach it; they may be on loopback.
"""

import json
import socket
import sys
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any


def resolve_as(names: dict[str, str]) -> None:
    """Before Twisted is imported: it takes getaddrinfo as it finds it."""
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in names:
            return real(host, *args, **kwargs)
        if not names[host]:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [one for address in names[host].split() for one in real(address, *args, **kwargs)]

    socket.getaddrinfo = getaddrinfo


def main() -> None:
    given = json.load(sys.stdin)
    resolve_as(given.get("names", {}))
    from scrapy.utils.reactor import install_reactor

    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    from twisted.internet import reactor

    from crawler.facts import Kind
    from crawler.fleet import run_fleet
    from crawler.plan import CrawlPlan
    from crawler.registry import ProvinceEntry, SiteEntry
    from crawler.resolver import guard
    from db.models import Page

    guard(reactor, frozenset(given.get("names", {})), 5.0)
    province = ProvinceEntry("thu", "Tỉnh Thử", "UTC", "thu.gov.vn", ("271",))
    plans = [
        CrawlPlan(
            crawl_id=f"night.{entry['id']}",
            site=SiteEntry(name=entry["id"], kind=Kind.COMMUNE, **entry),
            province=province,
            max_pages=50,
            delay=given.get("delay"),
            as_of=date(2026, 11, 22),
        )
        for entry in given["sites"]
    ]
    pages: dict[str, dict[str, Any]] = defaultdict(dict)

    def save(rows: list[Page]) -> None:
        for row in rows:
            pages[row.crawl][row.url] = [row.status, row.problem, row.location]

    Path(given["evidence"], "night").mkdir(parents=True)
    results = run_fleet(
        plans,
        evidence_dir=Path(given["evidence"]),
        save_pages=save,
        save_result=lambda _: None,
        forget_pages=lambda crawl, _: None,
        settings=given.get("settings"),
    )
    found = {
        result.crawl_id.removeprefix("night."): {
            "state": result.state,
            "requests": result.requests,
            "pages": pages[result.crawl_id],
            "probes": {probe.name: [probe.ok, probe.value, probe.reason] for probe in result.probes},
        }
        for result in results
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
