"""A section that serves the requirement is there, and its page has content."""

from collections.abc import Iterator

from crawler.facts import SiteFacts
from rules.model import Verdict
from rules.sections import PRESENCE, presence

REASONS = PRESENCE


def section_present(facts: SiteFacts, requirement: str, /) -> Iterator[Verdict]:
    """Of several sections the best decides. What its page says of the matter is not judged."""
    yield presence(facts, requirement)
