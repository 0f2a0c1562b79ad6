"""What is measured, each beside its baseline of the same run: `CASES` by name. No figure is a test."""

import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from scrapy.http import HtmlResponse
from scrapy.linkextractors import LinkExtractor

from crawler.captures import Capture
from crawler.extract.dates import today_in_vietnam
from crawler.extract.page import observe
from tests.bench.measure import Cost, Figure, audit, run_measured
from tests.bench.server import Asked, Served, serve
from tests.bench.site import BenchSite

DAY = date(2026, 11, 22)
AT_ONCE = ("--delay", 0)
MB = 1e6


def _audited(served: Served, data: Path, *options: object, day: date = DAY) -> tuple[Cost, int]:
    """(cost of an audit as of a day, pages that came)."""
    cost = audit(served.folder / "registry.yml", data, "--as-of", day.isoformat(), *options)
    return cost, sum(site["pages"] for site in json.loads(cost.output)["sites"])


def throughput(folder: Path, smallest: bool) -> list[Figure]:
    """Pages per CPU-second of a whole audit against bare Scrapy that downloads the same pages (medians)."""
    sites, pages, runs = (1, 12, 1) if smallest else (4, 1000, 3)
    audits: list[float] = []
    bare: dict[str, list[float]] = {"tree": [], "extractor": []}
    with serve(folder, sites=sites, pages=pages, day=DAY) as served:
        served.write_registry()
        for run in range(runs):
            seen = len(served.log())
            cost, came = _audited(served, folder / f"data-{run}", *AT_ONCE, "--max-pages", pages)
            asked = {f"{one.site} {one.target}" for one in served.log()[seen:] if not one.target.endswith(".txt")}
            (folder / "wanted").write_text("\n".join(sorted(asked)), encoding="utf-8")
            audits.append(came / cost.cpu)
            for way, figures in bare.items():
                cost = run_measured(["-m", "tests.bench.bare", way, served.port, folder / "wanted"])
                figures.append(json.loads(cost.output)["pages"] / cost.cpu)
    middle, unit = statistics.median(audits), "pages per CPU second"
    return [
        Figure(
            "audit", middle, unit, statistics.median(bare["tree"]), "bare Scrapy, //a/@href", "0.7, never below 0.5"
        ),
        Figure("audit", middle, unit, statistics.median(bare["extractor"]), "bare Scrapy, LinkExtractor"),
    ]


def memory(folder: Path, smallest: bool) -> list[Figure]:
    """Peak memory of whole audits: many sites at once, and large ones against small ones."""
    figures: list[Figure] = []
    first: float | None = None
    for sites, pages in ((2, 12),) if smallest else ((4, 500), (4, 5000), (40, 500)):
        place = folder / f"{sites}-{pages}"
        with serve(place, sites=sites, pages=pages, day=DAY) as served:
            served.write_registry()
            cost, came = _audited(served, place / "data", *AT_ONCE, "--max-pages", pages)
        name = f"peak memory, {sites} sites of {pages} pages at once ({came} came)"
        figures.append(Figure(name, cost.peak / MB, "MB", first, "4 sites of 500", "flat, under 400 MB"))
        first = first or cost.peak / MB
    return figures


def night(folder: Path, smallest: bool) -> list[Figure]:
    """Wall time of a night at its politeness, each site on an address of its own, against requests times delay."""
    sites, pages, delay = (2, 6, 0.2) if smallest else (40, 100, 2.0)
    with serve(folder, sites=sites, pages=max(pages, 100), day=DAY) as served:
        served.write_registry(f"delay: {delay}")
        cost, _ = _audited(served, folder / "data", "--max-pages", pages)
        log = served.log()
    requests = max(Counter(one.site for one in log).values())
    bound = (requests - 1) * delay
    return [
        Figure("requests to the first to requests to the last", log[-1].at - log[0].at, "s", bound, "bound", "1.1"),
        Figure("the whole night, from start to reports", cost.wall, "s", bound, "bound", "1.1"),
        Figure("CPU time of it", cost.cpu, "s", cost.wall, "wall time"),
    ]


def second_night(folder: Path, smallest: bool) -> list[Figure]:
    """Requests and bytes of a night over unchanged sites, and over sites with three new entries each."""
    sites, pages = (2, 12) if smallest else (4, 1000)
    nights: list[list[Asked]] = []
    today = today_in_vietnam(datetime.now(UTC))  # a night as of an earlier day than the last one begins afresh
    with serve(folder, sites=sites, pages=pages, day=today) as served:
        served.write_registry()
        for grown in (0, 0, 3):
            if grown:
                served.grow(grown)
            seen = len(served.log())
            options = ("--max-pages", pages) if smallest else ()
            _audited(served, folder / "data", *AT_ONCE, *options, day=today)
            nights.append(served.log()[seen:])
    figures = []
    for name, later, aim in (("unchanged", nights[1], "0.05"), ("slightly changed", nights[2], "0.08")):
        for odd, kind in ((0, "with validators"), (1, "without validators")):
            first_part, part = ([one for one in asked if one.site % 2 == odd] for asked in (nights[0], later))
            most = max(Counter(one.site for one in part).values(), default=0)
            said = f"{aim}, or 40 requests a site; here {most} at most"
            figures += [
                Figure(f"requests, {name}, {kind}", len(part), "requests", len(first_part), "first night", said),
                Figure(f"bytes, {name}, {kind}", _bytes(part) / MB, "MB", _bytes(first_part) / MB, "first night", aim),
            ]
    return figures


def _bytes(asked: Sequence[Asked]) -> int:
    return sum(one.sent for one in asked)


def extraction(folder: Path, smallest: bool) -> list[Figure]:
    """What one page costs to observe against one parse and link extraction of it, and how that grows."""
    runs, size, largest = (1, 30_000, 200_000) if smallest else (5, 100_000, 5_000_000)
    spent: dict[str, list[float]] = {"observe": [], "parse and links": []}
    links = LinkExtractor()
    observe(_page(BenchSite(99, 1000, DAY), 1, size))  # what is read once a process
    for run in range(runs):  # another site each time: what was remembered of the last one does not help
        pages = [_page(BenchSite(2 * run, 1000, DAY), number, size) for number in range(1, 3 if smallest else 11)]
        spent["observe"].append(_cpu(lambda pages=pages: [observe(page) for page in pages]) / len(pages))  # type: ignore[misc]
        spent["parse and links"].append(
            _cpu(lambda pages=pages: [links.extract_links(HtmlResponse(one.url, body=one.body)) for one in pages])  # type: ignore[misc]
            / len(pages)
        )
    mean = {name: 1000 * statistics.median(values) for name, values in spent.items()}
    figures = [
        Figure(f"observe, {size // 1000} KB", mean["observe"], "ms", mean["parse and links"], "parse and links", "1.0")
    ]
    for kind, make in (("a listing", _page), ("an article", _article)):
        costs = []
        for place, part in enumerate((4, 1)):
            page = make(BenchSite(50 + place, 100_000, DAY), 1, largest // part)
            costs.append(_cpu(lambda page=page: observe(page)) / len(page.body) * MB * 1000)  # type: ignore[misc]
        figures.append(
            Figure(f"observe, {kind} of {largest / MB:.1f} MB", costs[1], "ms/MB", costs[0], "of a quarter", "about 1")
        )
    return figures


def _cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _page(site: BenchSite, number: int, size: int) -> Capture:
    """A listing page of about `size` bytes: as many entries as that takes."""
    slug = next(iter(site.sections))
    body = site.body(f"/vi/news/{slug}/page-{number}/") or b""
    head, end, tail = body.partition(b'<ul class="pagination">')
    items = head[head.index(b'<div class="news_column') :]
    missing = max(size - len(body), 0)
    many = [items.replace(b".html", b"%d.html" % copy) for copy in range(missing // len(items) + 1)]
    return _capture(site, f"/vi/news/{slug}/page-{number}/", head + b"".join(many)[:missing] + end + tail)


def _article(site: BenchSite, number: int, size: int) -> Capture:
    slug = next(iter(site.sections))
    path = site.entry(slug, number)[1]
    body = site.body(path) or b""
    head, end, tail = body.partition(b"<p>T\xc3\xa1c gi\xe1\xba\xa3")
    text = head[head.index(b"<p style") :]
    return _capture(site, path, head + text * (max(size - len(body), 0) // len(text)) + end + tail)


def _capture(site: BenchSite, path: str, body: bytes) -> Capture:
    at = datetime(2026, 11, 22, 3, tzinfo=UTC)
    return Capture(f"http://so{site.number}.songthao.test{path}", 200, {"content-type": "text/html"}, body, at)


CASES: dict[str, Callable[[Path, bool], list[Figure]]] = {
    "throughput": throughput,
    "memory": memory,
    "night": night,
    "second-night": second_night,
    "extraction": extraction,
}
