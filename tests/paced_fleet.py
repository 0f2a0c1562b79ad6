"""Crawls a registry with settings of the caller's: `python -m tests.paced_fleet REGISTRY FOLDER SETTINGS` (JSON)."""

import json
import sys
from datetime import date
from pathlib import Path

from crawler.fleet import run_fleet
from crawler.plan import CrawlPlan
from crawler.registry import load_registry


def main() -> None:
    registry = load_registry(Path(sys.argv[1]))
    plans = [
        CrawlPlan(f"night.{site.id}", site, registry.province, 40, None, date(2026, 11, 22)) for site in registry.sites
    ]
    results = run_fleet(
        plans,
        evidence_dir=Path(sys.argv[2]),
        save_pages=lambda pages: None,
        save_result=lambda result: None,
        settings=json.loads(sys.argv[3]),
    )
    print(json.dumps({plan.site.id: str(result.state) for plan, result in zip(plans, results, strict=True)}))


if __name__ == "__main__":
    main()
