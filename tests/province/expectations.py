"""What an audit of the made-up province must find, derived from the plans: nothing is written twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tests.province.content import SECTIONS, Site, build_sites

KINDS = {"portal": "T", "department": "S", "district": "H", "commune": "X"}
BOUND = {"INT-01": "S", "INT-04": "S", "VOL-01": "TSH"}
"""Whom a requirement binds where not every kind; whether a clause binds is the law's matter, so it is not planted."""
LIMITS = {"NEW-01": {"commune": 14, "": 7}, "NEW-02": {"": 15}, "DOC-01": {"": 30}}
"""Days, as the default profile sets them."""
STATES = {
    "absent": ("failed", "absent"),
    "dead": ("failed", "dead_link"),
    "soft_404": ("failed", "soft_404"),
    "empty": ("failed", "empty"),
    "placeholder": ("failed", "placeholder"),
    "sample": ("failed", "placeholder"),
    "robots": ("cant_tell", "robots"),
    "error": ("cant_tell", "server_error"),
    "no_date": ("cant_tell", "no_date"),
}
DETAILS = ("CON-06", "LAY-08", "LAY-09", "CON-01", "VOL-01")


@dataclass(frozen=True)
class Expected:
    """One planted finding. `reason` None where any reason of the outcome is right; `gap`: why we can't see it yet."""

    site: str
    requirement: str
    outcome: str
    reason: str | None
    gap: str | None = None


def expected(as_of: date) -> Iterator[Expected]:
    for site in build_sites(as_of):
        for requirement in [section[0] for section in SECTIONS] + [one for one in DETAILS if one != "CON-01"]:
            outcome, reason = _expected(site, requirement)
            yield Expected(site.id, requirement, outcome, reason, site.plan.get("gaps", {}).get(requirement))


def _expected(site: Site, requirement: str) -> tuple[str, str | None]:
    if requirement == "VOL-01" and "yearly_target" not in site.plan:
        return "inapplicable", "no_target"
    if KINDS[site.kind] not in BOUND.get(requirement, "TSHX"):
        return "inapplicable", "not_bound"
    if site.plan.get("trouble"):
        return "cant_tell", "unreachable"
    if requirement in site.plan.get("expect", {}):
        outcome, reason = site.plan["expect"][requirement]
        return outcome, reason
    if requirement == "VOL-01":
        return _volume(site)
    if requirement in DETAILS:
        return "passed", None
    section = site.section(requirement)
    if site.link(section):
        return "passed", "elsewhere"
    if section.state in STATES:
        return STATES[section.state]
    if requirement in LIMITS:
        limits = LIMITS[requirement]
        age = (site.as_of - section.items[0].day).days
        return ("passed", None) if age <= limits.get(site.kind, limits[""]) else ("failed", "stale")
    return "passed", None


def _volume(site: Site) -> tuple[str, str | None]:
    year = site.as_of.year
    count = sum(
        1
        for section in site.shown()
        for item in section.items
        if section.state in ("good", "slow") and item.day.year == year
    )
    due = site.plan["yearly_target"] * site.as_of.timetuple().tm_yday // 365
    unread = any(section.items and section.state not in ("good", "slow", "absent") for section in site.sections)
    if count >= due:
        return "passed", "enough"
    return ("cant_tell", None) if unread else ("failed", "too_few")
