"""How a crawl came to its end: the bounds that it hit, what they left unseen, and what that makes of it."""

from collections import Counter

from crawler.facts import CrawlState
from crawler.frontier import Frontier
from crawler.known import Known, is_thin
from crawler.record import CrawlRecord

STOPS = frozenset({"pages", "time", "errors", "wait", "stopped"})
"""Bounds that end a crawl before its frontier is empty; the others leave single pages out."""
NOT_WHOLE = STOPS | {"program"}
"""Bounds after which an absence says nothing."""


def unseen_of(bounds: set[str], frontier: Frontier, known: Known | None, failed: int) -> dict[str, int]:
    """Addresses that each bound left out; what the end left in the frontier, and `failed`, count for its bound."""
    left = Counter({name: count for name, count in frontier.left_out.items() if count})
    if known is not None and known.after is not None:
        for name, count in known.unseen.items():
            left[name] = max(left[name], count)
    for bound in bounds & STOPS:
        left[bound] += len(frontier) + failed
    return dict(sorted(left.items()))


def bounds_of(bounds: set[str], unseen: dict[str, int], known: Known | None, record: CrawlRecord) -> tuple[str, ...]:
    """The bounds that were hit, those of the frontier among them; `thin` where far too few pages came."""
    own = bounds | set(unseen)
    if is_thin(known, record.had, bounds=own):
        own.add("thin")
    return tuple(sorted(own))


def state_of(record: CrawlRecord, bounds: tuple[str, ...]) -> CrawlState:
    """How the crawl ended, seen from its end."""
    if not record.pages_had:
        return CrawlState.UNREACHABLE
    return CrawlState.COMPLETE if NOT_WHOLE.isdisjoint(bounds) else CrawlState.PARTIAL
