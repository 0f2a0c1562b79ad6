"""A capture: one response (or one failure to get one), as the crawl stored it and the extractors read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from crawler.extract.observation import Observation
from crawler.facts import Problem


@dataclass(frozen=True, slots=True)
class Capture:
    """One request and what came of it. Redirects are captures of their own: status 3xx and `location`.

    `headers` have lower-case names. `body` is the decoded entity (no content encoding); empty where nothing came.
    `problem` is what the crawl itself could tell (timeout, robots, dead_link for 404 …), None for a page that was had.
    `observation`: what was observed of the page already; `headers` and `body` are left out then.
    """

    url: str
    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fetched_at: datetime | None = None  # aware
    record: str = ""  # WARC-Record-ID, "" where no response exists
    problem: Problem | None = None
    location: str | None = None  # absolute target of a redirect
    depth: int = 0
    carried: bool = False  # had by an earlier crawl and not asked for again: speaks for its main column alone
    observation: Observation | None = None
