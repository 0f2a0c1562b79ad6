"""All pages of a crawl together: where an address leads, what repeats on every page, which list continues where."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlsplit

from crawler.captures import Capture
from crawler.extract.decode import is_known_file, is_noise
from crawler.extract.features import PAGE_FEATURES
from crawler.extract.observation import ListedEntry, Observation, Zone
from crawler.extract.page import observe
from crawler.facts import Evidence, Problem
from crawler.scope import Scope
from crawler.text import fold, shorten
from crawler.traps import CASE_PROOFS
from crawler.urls import is_file, page_key, path_of

MIN_WORDS = 18
"""A main column with fewer words, no entries, attachments, form or frame has no content."""
ERROR_WORDS = 60
"""A page that says "not found" in more words is about something else."""
MAX_HOPS = 12
"""Redirects that are followed from one address to where it leads."""
_REPEATED_SHARE = 0.4
_LIST = 3
"""So many items make a list of its own."""
_REPEATED_LEAST = 4


@dataclass(frozen=True, slots=True)
class Target:
    """Where an address leads: the page that was had in the end, or why there is none."""

    key: str
    url: str
    status: int | None
    problem: Problem | None
    observation: Observation | None


class CrawledPages:
    """The captures of one crawl, observed once each; their order does not matter."""

    def __init__(self, site_url: str, captures: Iterable[Capture], area_codes: tuple[str, ...]) -> None:
        self.scope = Scope.of(site_url)
        self.site_url = site_url
        self.captures: dict[str, Capture] = {}
        self.observations: dict[str, Observation] = {}
        for capture in captures:
            key = page_key(capture.url)
            known = self.captures.get(key)
            if known is not None and _preference(known) <= _preference(capture):
                continue
            self.observations.pop(key, None)
            if _was_had(capture) and (capture.observation is not None or is_html(capture)):
                observation = capture.observation or observe(capture, area_codes=area_codes)
                self.observations[key] = main_column(observation) if capture.carried else observation
            self.captures[key] = replace(
                capture, headers={}, body=b"", observation=None
            )  # a crawl of thousands of pages must stay small

    def evidence(self, key: str, excerpt: str) -> Evidence | None:
        """Where something was seen, None where the page has no record."""
        capture = self.captures.get(key)
        if capture is None or capture.fetched_at is None or not capture.record:
            return None
        return Evidence(capture.url, shorten(excerpt, 200), capture.fetched_at, capture.record)

    @cached_property
    def home_key(self) -> str:
        """The key of the page that the site's address leads to."""
        return self.follow(self.site_url)[0]

    @property
    def home(self) -> Observation | None:
        return self.observations.get(self.home_key)

    def follow(self, url: str) -> tuple[str, str, int]:
        """(key, address, redirects) at the end of the redirects that were captured, MAX_HOPS at most."""
        key = page_key(url)
        for hops in range(MAX_HOPS):
            capture = self.captures.get(key)
            if capture is None and (known := self._other_cases.get(key.lower())):
                capture, key = self.captures[known], known
            if capture is None or not capture.location:
                return self._one_forms.get(key, key), url, hops
            url = capture.location
            key = page_key(url)
        return key, url, MAX_HOPS

    @cached_property
    def _other_cases(self) -> Mapping[str, str]:
        """Page key in lower case → the key that was had, on a server that showed two spellings to be one page."""
        first: dict[str, str] = {}
        twins = strangers = 0
        for key in sorted(self.captures, key=lambda one: (one not in self.observations, one.lower(), one)):
            other = first.setdefault(key.lower(), key)
            if other != key and key in self.observations:
                same = self.observations[key].fingerprint == self.observations[other].fingerprint
                twins, strangers = twins + same, strangers + (not same)
        return first if twins >= CASE_PROOFS and not strangers else {}

    @cached_property
    def _one_forms(self) -> Mapping[str, str]:
        """Key of a page → key of the page that it calls its one form (rel=canonical), where that is honest: a page of
        the site that was had too, that is no home page, and whose main column is the same."""
        found = {}
        for key, page in self.observations.items():
            form = page_key(page.canonical) if page.canonical and self.scope.holds(page.canonical) else key
            other = self.observations.get(form)
            if (
                form != key
                and other is not None
                and other.fingerprint == page.fingerprint
                and urlsplit(other.url).path.strip("/")
            ):
                found[key] = form
        return found

    def target(self, url: str) -> Target:
        """Resolve a link: status, problem and page, as the table of outcomes needs them."""
        key, last, hops = self.follow(url)
        if not self.scope.holds(url) or not self.scope.holds(last):
            return Target(key, last, None, Problem.OUT_OF_SCOPE, None)
        capture = self.captures.get(key)
        if hops >= MAX_HOPS:
            return Target(key, last, None, Problem.SERVER_ERROR, None)
        if capture is None:
            return Target(key, last, None, Problem.OUT_OF_SCOPE if is_file(last) else Problem.CUT_SHORT, None)
        observation = self.observations.get(key)
        problem = capture.problem or _status_problem(capture.status)
        if problem is None:
            if key == self.home_key and hops and page_key(url) not in (self.home_key, page_key(self.site_url)):
                problem = Problem.SOFT_404
            elif observation is not None:
                problem = self.content_problem(key, observation)
        return Target(key, last, capture.status, problem, observation)

    def content_problem(self, key: str, page: Observation) -> Problem | None:
        """Why a page that was had shows nothing: a copy of the home page, a script's shell, a placeholder, nothing.

        What scripts could not finish is no page that is empty.
        """
        problem = Problem.NEEDS_BROWSER if page.needs_browser else self._nothing(key, page)
        return Problem.NEEDS_BROWSER if problem is not None and page.unfinished else problem

    def _nothing(self, key: str, page: Observation) -> Problem | None:
        home = self.home
        if (
            home is not None
            and key != self.home_key
            and page.fingerprint == home.fingerprint
            and home.words > MIN_WORDS
        ):
            return Problem.SOFT_404
        words = self.words(page)
        if page.hacked:
            return Problem.HACKED
        if page.is_error and words <= ERROR_WORDS and not self.entries(page):
            return Problem.SOFT_404
        if page.sample:
            return Problem.PLACEHOLDER
        if page.has_login and words < 3 * MIN_WORDS:
            return Problem.BLOCKED
        if self.entries(page):
            return None
        if page.placeholder and words <= 2 * MIN_WORDS and not page.attachments:
            return Problem.PLACEHOLDER
        if words >= MIN_WORDS or page.attachments or page.has_form or self._shows(page) or self._leads_on(key, page):
            return None
        if any(contact.zone is Zone.MAIN for contact in page.contacts):
            return None
        return Problem.EMPTY

    def _shows(self, page: Observation) -> bool:
        """Whether a picture, frame or table of the main column is the page's own, not the banner of all pages."""
        return any(not self._is_common(self._objects[one]) for one in page.objects)

    @cached_property
    def _objects(self) -> Counter[int]:
        return Counter(one for page in self.observations.values() for one in page.objects)

    def _leads_on(self, key: str, page: Observation) -> bool:
        """Whether the main column links to something: not back to the home page, itself, or by a breadcrumb."""
        own = {key, self.home_key, page_key(self.site_url)}
        crumbs = set(page.breadcrumb)
        return any(
            link.zone is Zone.MAIN
            and page_key(link.url) not in own
            and link.label not in crumbs
            and not self._is_common_main(link.url)
            for link in page.links
        )

    @cached_property
    def _different(self) -> list[Observation]:
        """Pages with different main columns: copies of one under many addresses do not make a block of all pages."""
        return list({page.fingerprint: page for _, page in self.in_order()}.values())

    @cached_property
    def _counts(self) -> tuple[Counter[int], Counter[int], Counter[str]]:
        lines: Counter[int] = Counter()
        groups: Counter[int] = Counter()
        links: Counter[str] = Counter()
        for page in self._different:
            lines.update({block for block, _ in page.blocks})
            groups.update({entry.group for entry in page.entries})
            links.update({link.url for link in page.links if link.zone is Zone.MAIN})
        return lines, groups, links

    @cached_property
    def _headings(self) -> Counter[str]:
        return Counter(
            text for page in self.observations.values() for text in {fold(text) for text, _ in page.headings}
        )

    def heading_pages(self, text: str) -> int:
        """On how many pages a heading stands; a page's title that is no heading stands on one."""
        return max(self._headings[fold(text)], 1)

    def _is_common(self, count: int) -> bool:
        return count >= _REPEATED_LEAST and count >= _REPEATED_SHARE * len(self._different)

    def _is_common_main(self, url: str) -> bool:
        return self._is_common(self._counts[2][url])

    def words(self, page: Observation) -> int:
        """Words of the main column without the lines that stand on most pages."""
        lines = self._counts[0]
        return sum(words for block, words in page.blocks if not self._is_common(lines[block]))

    def entries(self, page: Observation) -> tuple[ListedEntry, ...]:
        """The page's own entries, without side blocks: lists that stand on several pages as they are, and lists
        without a date beside such as have them."""
        key = page_key(page.url)
        if key not in self._own_entries:
            groups = self._counts[1]
            own = [
                entry
                for entry in page.entries
                if entry.zone is Zone.MAIN
                and not (groups[entry.group] >= _REPEATED_LEAST and self._is_common(groups[entry.group] * 3))
            ]
            dated = {entry.group for entry in own if entry.published is not None}
            sizes = Counter(entry.group for entry in own)
            self._own_entries[key] = tuple(
                entry for entry in own if not dated or entry.group in dated or sizes[entry.group] < _LIST
            )
        return self._own_entries[key]

    @cached_property
    def _own_entries(self) -> dict[str, tuple[ListedEntry, ...]]:
        return {}

    def listing_pages(self, key: str) -> tuple[str, ...]:
        """Keys of the pages that list a section's entries: its front, its sub-categories, and their further pages.

        Articles below the front's address are not among them: what they link to in blocks is not the section's.
        """
        fronts = {key}
        page = self.observations.get(key)
        path = path_of(page.url) if page is not None else ""
        if len(path) > 3:
            fronts.update(self._below.get(path, ()))
        fronts = {one for one in fronts if one == key or self.observations[one].published is None}
        further = [one for front in fronts for one in self._further.get(front, ())]
        return tuple(sorted({*fronts, *further} - {self.home_key}, key=lambda one: (one != key, len(one), one)))

    @cached_property
    def _below(self) -> Mapping[str, list[str]]:
        """Path → keys of the pages whose address lies below it."""
        found: dict[str, list[str]] = {}
        for key, page in self.observations.items():
            parts = path_of(page.url).split("/")
            for depth in range(2, len(parts)):
                found.setdefault("/".join(parts[:depth]), []).append(key)
        return found

    @cached_property
    def _further(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for key, root in self.listing_of.items():
            found.setdefault(root, []).append(key)
        return found

    @cached_property
    def listing_of(self) -> Mapping[str, str]:
        """Key of a further page of a listing → key of its first page."""
        root: dict[str, str] = {}
        for key in sorted(self.observations, key=lambda one: (len(one), one)):
            start = root.get(key, key)
            for url in self.observations[key].next_pages:
                further = page_key(url)
                if further != start and further in self.observations:
                    root.setdefault(further, start)
        return root

    def in_order(self) -> Iterator[tuple[str, Observation]]:
        """Pages in an order that does not depend on the crawl: the home page, then by address."""
        yield from sorted(self.observations.items(), key=lambda item: (item[0] != self.home_key, len(item[0]), item[0]))


def is_html(capture: Capture) -> bool:
    """Whether the answer is a page, by its type, or where it says none by its first bytes."""
    if is_known_file(capture.body) or is_noise(capture.body):
        return False
    kind = capture.headers.get("content-type", "").lower()
    head = capture.body[:400].lower()
    return "html" in kind or (
        (not kind or "text/plain" in kind or "octet" in kind) and (b"<html" in head or b"<!doctype" in head)
    )


def main_column(page: Observation) -> Observation:
    """What a page of an earlier crawl still says: its own content. Menus, blocks and footers are those of tonight."""
    return replace(
        page,
        links=tuple(link for link in page.links if link.zone is Zone.MAIN),
        headings=tuple(heading for heading in page.headings if heading[1] is Zone.MAIN),
        entries=tuple(entry for entry in page.entries if entry.zone is Zone.MAIN),
        contacts=tuple(contact for contact in page.contacts if contact.zone is Zone.MAIN),
        features=tuple(feature for feature in page.features if feature.name in PAGE_FEATURES),
    )


def _status_problem(status: int | None) -> Problem | None:
    if status in (404, 410):
        return Problem.DEAD_LINK
    if status is not None and status >= 400:
        return Problem.SERVER_ERROR if status >= 500 else Problem.BLOCKED
    return None


def _was_had(capture: Capture) -> bool:
    return capture.status is not None and 200 <= capture.status < 300 and capture.problem is None


def _preference(capture: Capture) -> tuple[bool, bool, str, str]:
    """Of several captures of one page the one that was had comes first."""
    return (not _was_had(capture), capture.status is None, capture.url, capture.record)
