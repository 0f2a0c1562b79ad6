"""A large site is crawled, observed and judged in bounded memory."""

import json
from datetime import date
from pathlib import Path

import pytest

from tests.bench.measure import audit
from tests.growing_site import GrowingSite, serve_growing

CEILING = 400 * 1024 * 1024
PAGES = 5000
LABELS = "Tin tức|Chỉ đạo điều hành|Văn bản|Ngân sách|Thông báo|Pháp luật|Chuyển đổi số|Dự thảo|Đấu thầu|Khen thưởng"


@pytest.mark.timeout(600)
def test_a_whole_audit_of_5000_pages_stays_under_400_megabytes(tmp_path: Path) -> None:
    site = GrowingSite(
        date(2026, 11, 22),
        listings={f"muc-{n}": (f"Mục {label}", "newest_first") for n, label in enumerate(2 * LABELS.split("|"))},
        validators=False,
    )
    for listing in site.listings:
        site.grow(listing, 2600)
    with serve_growing(site, tmp_path) as registry:
        cost = audit(registry, tmp_path / "var", "--delay", 0, "--as-of", "2026-11-22", "--max-pages", PAGES)
    [card] = json.loads(cost.output)["sites"]
    assert card["pages"] == PAGES
    assert cost.peak < CEILING
