"""What one page shows, read in one pass over its tree: the input of the frontier and of the site's facts."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Zone(StrEnum):
    """Where on a page something stands."""

    HEADER = "header"
    NAV = "nav"
    MAIN = "main"
    SIDE = "side"
    FOOTER = "footer"


@dataclass(frozen=True, slots=True)
class Link:
    """An anchor, or an `<option>` that leads somewhere. `label`: its text, else alt, title or file name of its image.

    `label_source`: text | alt | title | file. `url` is absolute, without fragment; only http and https.
    """

    url: str
    label: str
    zone: Zone
    label_source: str = "text"


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """An item of a listing: a link with a title and, where the listing shows one, a date near it.

    `group` numbers the list that it stands in: a side block repeated on many pages has the same number on each.
    """

    title: str
    url: str
    published: date | None
    date_text: str
    date_source: str  # visible | attribute | feed | document
    group: int = 0
    zone: Zone = Zone.MAIN


@dataclass(frozen=True, slots=True)
class FoundContact:
    """A contact line item on one page; see crawler.facts.Contact."""

    kind: str
    text: str
    value: str | None
    number_class: str | None
    owner: str
    zone: Zone
    excerpt: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class FoundFeature:
    name: str
    url: str | None
    excerpt: str


@dataclass(frozen=True, slots=True)
class Observation:
    """What one HTML page shows. Pure: the same bytes and headers give the same observation.

    `headings`: (text, zone) of h1…h6 and of portlet titles. `words`: words of the main column without its link
    lists. `published`: the date in the head of an article, None on other pages. `next_pages`, `earlier_pages`: paging
    links onward and back, nearest first. `placeholder`: the main column says "đang cập nhật" or is a CMS sample text.
    """

    url: str
    title: str
    links: tuple[Link, ...] = ()
    headings: tuple[tuple[str, Zone], ...] = ()
    breadcrumb: tuple[str, ...] = ()
    words: int = 0
    excerpt: str = ""  # first words of the main column
    entries: tuple[ListedEntry, ...] = ()
    attachments: tuple[str, ...] = ()  # links to files in the main column
    published: date | None = None
    published_text: str = ""
    next_pages: tuple[str, ...] = ()
    earlier_pages: tuple[str, ...] = ()
    contacts: tuple[FoundContact, ...] = ()
    features: tuple[FoundFeature, ...] = ()
    placeholder: bool = False
    needs_browser: bool = False  # nothing is there before scripts have run
    unfinished: bool = False  # seen in a browser, where something that its scripts asked for did not come
    canonical: str | None = None
    platform_marks: tuple[str, ...] = field(default=())
    fingerprint: str = ""  # hash of the main column's text: same content under another URL
    blocks: tuple[tuple[int, int], ...] = ()  # (hash, words) of the main column's lines: what repeats is furniture
    is_error: bool = False  # says that what was asked for is not there
    hacked: bool = False  # an advertisement for gambling or medicines
    sample: bool = False  # the main column is a sample text of the content management system
    has_form: bool = False  # a form in the main column that is no search
    has_login: bool = False  # … that asks for a password
    objects: tuple[int, ...] = ()  # hashes of data tables, frames, embedded documents, pictures in the main column
