"""Puts a night's reports into a folder: everything is rendered first, then each file is replaced in one step."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from audit_reports.export.documents import audit_document, dump, facts_document, scorecard_document
from audit_reports.render import Run, render_overview, render_site
from audit_reports.scorecard import Scorecard
from crawler.facts import SiteFacts
from rules.loader import Catalog

STAGING = ".new-"


def publish(
    folder: Path,
    *,
    province: str,
    province_id: str,
    night: str,
    as_of: date,
    profile: str,
    cards: Sequence[tuple[Scorecard, SiteFacts]],
    catalog: Catalog,
) -> Path:
    """Write the overview, audit.json and each site's three files; returns the overview's path.

    The files are written beside their places first. If anything fails by then (a template, a full disk), the reports
    of before stay as they are. The caller sees to it that no other run writes to the folder.
    """
    run = Run(province, night, as_of, profile, catalog)
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{STAGING}*"):
        shutil.rmtree(left)
    staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=folder))
    try:
        names = []
        for name, content in _files(run, province_id, cards):
            _write(staging / name, content)
            names.append(name)
        for name in names:
            (folder / name).parent.mkdir(exist_ok=True)
            (staging / name).replace(folder / name)
    finally:
        shutil.rmtree(staging)
    return folder / "index.html"


def _files(run: Run, province_id: str, cards: Sequence[tuple[Scorecard, SiteFacts]]) -> Iterator[tuple[str, bytes]]:
    """(path below the folder, content); the overview last, so that it never names a page that is not there yet."""
    for card, facts in cards:
        site = card.site.id
        if not site.replace("-", "").isalnum() or not site.isascii():
            raise ValueError(f"site id {site!r} can't name a folder")
        yield f"{site}/scorecard.json", dump(scorecard_document(card))
        yield f"{site}/facts.json", dump(facts_document(facts))
        yield f"{site}/index.html", render_site(run, card, facts).encode()
    only = [card for card, _ in cards]
    yield "audit.json", dump(audit_document(province_id, run.night, run.as_of, run.profile, only))
    yield "index.html", render_overview(run, only).encode()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o644)
