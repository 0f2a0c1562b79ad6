"""The facts of a site of 5,000 pages stay within a bound of memory: menus that stand on every page are kept once."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = 5000
CEILING = 150
"""MB above what the program itself takes: 20 KB a page, and half as much again."""
SCRIPT = """
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from crawler.captures import Capture
from crawler.extract.observation import Zone
from crawler.extract.page import observe
from crawler.extract.pages import CrawledPages
from crawler.extract.sections import find_sections
from crawler.observed import ObservedFile, read_observed
from tests.bench.site import BenchSite

def peak():
    status = Path("/proc/self/status").read_text()  # getrusage would count the parent's memory before exec
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024

folder, count = Path(sys.argv[1]), int(sys.argv[2])
site, at = BenchSite(1, 1000, date(2026, 11, 22)), datetime(2026, 11, 22, 3, tzinfo=UTC)
url = "http://so1.songthao.test"
page = Capture(url + "/", 200, {"content-type": "text/html"}, site.body("/vi/news/tin-tuc-su-kien/"), at)
seen = observe(page)
assert len(seen.links) > 100 and len(seen.entries) > 10
before = peak()
kept = ObservedFile(folder, "night/site.warc.gz", ())
for number in range(count):
    own = f"{url}/vi/news/page-{number}.html" if number else url + "/"
    kept.write(str(number), replace(
        seen,
        url=own,
        title=f"{seen.title} {number}",
        links=tuple(
            replace(link, url=f"{link.url}?n={number}") if link.zone is Zone.MAIN else link for link in seen.links
        ),
        entries=tuple(replace(entry, url=f"{entry.url}?n={number}") for entry in seen.entries),
    ))
kept.close()
del kept
back = read_observed(folder, "night/site.warc.gz", ())
assert len(back) == count
captures = (Capture(one.url, 200, fetched_at=at, record=record, observation=one) for record, one in back.items())
pages = CrawledPages(url + "/", captures, ())
assert len(pages.observations) == count and find_sections(pages, "department", date(2026, 11, 22))
print(peak() - before)
"""


def test_the_facts_of_5000_pages_stay_within_a_bound_of_memory(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), str(PAGES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    assert 5 < float(done.stdout) < CEILING, done.stdout
