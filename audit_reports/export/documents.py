"""The three JSON documents: keys and order of the contract, dates in Asia/Ho_Chi_Minh, the same bytes each time."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from audit_reports.safety import EXCERPT_LENGTH, plain_url, shown
from audit_reports.scorecard import Scorecard
from crawler.facts import CrawlFacet, Entry, Evidence, Section, SiteFacet, SiteFacts
from rules.model import Finding, Outcome

Document = dict[str, Any]
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def audit_document(province: str, night: str, as_of: date, profile: str, cards: Iterable[Scorecard]) -> Document:
    """audit.json: the province's night in figures. `province` is its id."""
    return {
        "province": province,
        "night": night,
        "as_of": as_of.isoformat(),
        "profile": profile,
        "sites": [_audited(card) for card in cards],
    }


def scorecard_document(card: Scorecard) -> Document:
    """scorecard.json: one site's findings, every requirement of the catalogue."""
    return {
        "site": _site(card.site),
        "as_of": card.as_of.isoformat(),
        "profile": card.profile,
        "crawl": _crawl(card.crawl),
        "score": card.score,
        "grade": card.grade,
        "coverage": card.coverage,
        "findings": [_finding(finding) for finding in card.findings],
    }


def facts_document(facts: SiteFacts) -> Document:
    """facts.json: what was observed of one site. Entries after `as_of` are left out."""
    return {
        "site": _site(facts.site),
        "as_of": facts.as_of.isoformat(),
        "platform": facts.crawl.platform,
        "sections": [_section(section) for section in facts.sections],
        "entries": [
            _entry(entry) for entry in facts.entries if entry.published is None or entry.published <= facts.as_of
        ],
        "contacts": [
            {
                "kind": contact.kind,
                "text": shown(contact.text, mask=contact.kind == "address"),
                "value": None if contact.value is None else shown(contact.value, mask=False),
                "number_class": contact.number_class,
                "owner": shown(contact.owner),
                "page": plain_url(contact.page),
            }
            for contact in facts.contacts
        ],
        "features": [
            {
                "name": feature.name,
                "found": feature.found,
                "url": _url(feature.url),
                "excerpt": shown(feature.excerpt),
            }
            for feature in facts.features
        ],
        "probes": [
            {"name": probe.name, "ok": probe.ok, "value": shown(probe.value), "reason": probe.reason}
            for probe in facts.probes
        ],
    }


def dump(document: Document) -> bytes:
    """The document as UTF-8, one space of indent a level, a newline at the end."""
    return (json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def local_time(moment: datetime) -> str:
    """ISO 8601 with the offset of Asia/Ho_Chi_Minh, to the second. `moment` must know its zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()}: a time without a zone")
    return moment.astimezone(ZONE).isoformat(timespec="seconds")


def _audited(card: Scorecard) -> Document:
    return {
        **_site(card.site),
        "state": card.state,
        "score": card.score,
        "grade": card.grade,
        "coverage": card.coverage,
        "counts": {outcome.value: card.counts[outcome] for outcome in Outcome},
        "essential_failed": card.essential_failed,
        "newest_entry": _day(card.newest_entry),
        "entries_this_year": card.entries_this_year,
        "yearly_target": card.site.yearly_target,
        "pages": card.crawl.pages,
    }


def _site(site: SiteFacet) -> Document:
    return {"id": site.id, "name": shown(site.name), "kind": site.kind.value, "url": _url(site.url)}


def _crawl(crawl: CrawlFacet) -> Document:
    return {
        "id": crawl.id,
        "night": crawl.night,
        "started_at": local_time(crawl.started_at),
        "finished_at": local_time(crawl.finished_at),
        "state": crawl.state.value,
        "pages": crawl.pages,
        "requests": crawl.requests,
        "bytes": crawl.bytes,
        "platform": crawl.platform,
        "errors": {reason: crawl.errors[reason] for reason in sorted(crawl.errors)},
        "carried": crawl.carried,
        "bounds": sorted(crawl.bounds),
        "unseen": {bound: crawl.unseen[bound] for bound in sorted(crawl.unseen)},
    }


def _finding(finding: Finding) -> Document:
    return {
        "rule": finding.rule,
        "requirement": finding.requirement,
        "outcome": finding.outcome.value,
        "reason": finding.reason.value,
        "message": shown(finding.message, 2 * EXCERPT_LENGTH, mask=False),
        "severity": finding.severity.value,
        "weight": finding.weight,
        "essential": finding.essential,
        "basis": [
            {"instrument": basis.instrument, "clause": basis.clause, "in_force": basis.in_force}
            for basis in finding.basis
        ],
        "parts": [
            {
                "check": part.check,
                "outcome": part.outcome.value,
                "reason": part.reason.value,
                "message": shown(part.message, 2 * EXCERPT_LENGTH, mask=False),
            }
            for part in finding.parts
        ],
        "evidence": [_evidence(item) for item in finding.evidence],
        "remedy": finding.remedy,
        "since": finding.since.isoformat(),
    }


def _evidence(item: Evidence) -> Document:
    return {
        "url": plain_url(item.url),
        "excerpt": shown(item.excerpt),
        "captured_at": local_time(item.captured_at),
        "record": item.record,
    }


def _section(section: Section) -> Document:
    return {
        "label": shown(section.label),
        "url": _url(section.url),
        "http_status": section.http_status,
        "words": section.words,
        "entries": section.entries,
        "newest": _day(section.newest),
        "placeholder": section.placeholder,
        "requirements": list(section.requirements),
    }


def _entry(entry: Entry) -> Document:
    return {
        "title": shown(entry.title),
        "url": plain_url(entry.url),
        "published": _day(entry.published),
        "date_text": shown(entry.date_text),
        "date_source": entry.date_source,
        "section": shown(entry.section),
    }


def _url(url: str | None) -> str | None:
    return None if url is None else plain_url(url)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
