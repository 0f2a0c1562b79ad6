"""What was observed on a site: frozen facts, all that a rule may know.

An extractor never says "compliant": facts hold no verdicts. A fact carries its raw text beside the parsed
value, and the capture (URL, time, WARC record) in which it was seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Kind(StrEnum):
    """What body a site belongs to (T, S, H, X of the law tables; `vertical` is a ministry's branch)."""

    PORTAL = "portal"
    DEPARTMENT = "department"
    DISTRICT = "district"
    COMMUNE = "commune"
    VERTICAL = "vertical"


class Problem(StrEnum):
    """Why a page, or the page behind a menu entry, shows nothing that can be judged: a closed list.

    The first group says something of the site, the second only that we could not look.
    """

    DEAD_LINK = "dead_link"  # 404 or 410
    SOFT_404 = "soft_404"  # redirect to the home page, or the home page's content under another URL
    EMPTY = "empty"  # 200 with menu and footer only
    PLACEHOLDER = "placeholder"  # "đang cập nhật", CMS sample text

    TIMEOUT = "timeout"
    SERVER_ERROR = "server_error"  # 5xx, or a connection that broke
    ROBOTS = "robots"
    BLOCKED = "blocked"  # 401, 403, 429, flood page, firewall stub, CAPTCHA
    HACKED = "hacked"  # gambling or medicine spam stands where the page was
    NEEDS_BROWSER = "needs_browser"
    CUT_SHORT = "cut_short"  # a bound (pages, time, bytes) was reached before it was fetched
    OUT_OF_SCOPE = "out_of_scope"  # another host: never fetched


NOT_LOOKED = frozenset(
    {
        Problem.TIMEOUT,
        Problem.SERVER_ERROR,
        Problem.ROBOTS,
        Problem.BLOCKED,
        Problem.HACKED,
        Problem.NEEDS_BROWSER,
        Problem.CUT_SHORT,
        Problem.OUT_OF_SCOPE,
    }
)
"""Problems that never make a requirement fail: we could not look."""


class CrawlState(StrEnum):
    """How a crawl ended."""

    COMPLETE = "complete"
    PARTIAL = "partial"  # a bound was hit, or the run was stopped
    UNREACHABLE = "unreachable"  # not one page of the site was had


class Bound(StrEnum):
    """What left pages of a site unread. The first group ends a crawl, the second leaves single pages out."""

    PAGES = "pages"  # the number of pages of a crawl
    TIME = "time"  # its duration
    WAIT = "wait"  # the site asked for a longer wait than a night allows
    ERRORS = "errors"  # too many failures one after the other
    STOPPED = "stopped"  # the run was stopped

    BYTES = "bytes"  # of one page
    DEPTH = "depth"  # clicks from the home page
    PATTERN = "pattern"  # pages of one form of address
    LISTING = "listing"  # pages of one listing
    TRAP = "trap"  # addresses that links beget without end
    PROGRAM = "program"  # a fault of ours on a page of theirs
    THIN = "thin"  # far fewer pages came than the night before


class ProbeName(StrEnum):
    """What is looked at beside the pages. `value` of each in the comment."""

    RESPONSE_TIME = "response_time"  # median to the first byte: "120 ms"
    RESPONSE_TIME_P95 = "response_time_p95"
    DECLARED_ADDRESS = "declared_address"  # the registry's own address answers; the scheme and host that did
    ADDRESS_FORM = "address_form"  # the host has the form that the province's sites have; the host
    DNS_A = "dns_a"  # addresses
    DNS_AAAA = "dns_aaaa"  # addresses
    IPV6_ANSWERS = "ipv6_answers"  # a connection over IPv6 comes about; the address
    HTTPS = "https"  # all pages came over HTTPS: "120/120"
    TLS = "tls"  # a handshake succeeds, whatever the certificate; the version agreed on
    TLS_VERSIONS = "tls_versions"  # TLS 1.2 or 1.3 is offered; all versions offered
    TLS_VALID = "tls_valid"  # the certificate's dates hold; days left
    TLS_CHAIN = "tls_chain"  # it leads to a trusted authority; the issuer
    TLS_NAME = "tls_name"  # it names the host; its names
    HTTPS_REDIRECT = "https_redirect"  # http:// leads to https://; where it led
    HSTS = "hsts"  # Strict-Transport-Security (RFC 6797); max-age in seconds
    ROBOTS_TXT = "robots_txt"  # there is one with rules; HTTP status
    CRAWL_DELAY = "crawl_delay"  # it asks all, or us, for a pause; seconds
    ROBOTS_SITEMAP = "robots_sitemap"  # it names a site map; how many
    SITEMAP_XML = "sitemap_xml"  # a site map that can be read; addresses, "+" where not all were read
    SITEMAP_NEWEST = "sitemap_newest"  # its newest lastmod: YYYY-MM-DD
    FEED = "feed"  # an RSS or Atom feed with items; items
    FEED_NEWEST = "feed_newest"  # its newest item: YYYY-MM-DD


class ProbeReason(StrEnum):
    """Why a probe is not ok, or could not be told: a closed list."""

    LOOPBACK = "loopback"
    UNREACHABLE = "unreachable"  # no answer from the site
    NOT_ASKED = "not_asked"  # the crawl ended before
    PROGRAM = "program"  # a fault of ours

    NXDOMAIN = "nxdomain"
    NO_RECORD = "no_record"
    SERVFAIL = "servfail"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    RESET = "reset"
    NOT_PUBLIC = "not_public"  # an address of an inner network
    NO_IPV6_HERE = "no_ipv6_here"  # this machine has none
    NO_RESOLVER = "no_resolver"

    OTHER_ADDRESS = "other_address"  # http for https, or the other way, or with or without www.
    OTHER_FORM = "other_form"
    NO_TLS = "no_tls"  # what answers speaks no TLS
    HANDSHAKE = "handshake"
    OLD_VERSIONS = "old_versions"  # TLS 1.0 and 1.1 only
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    SELF_SIGNED = "self_signed"
    INCOMPLETE_CHAIN = "incomplete_chain"
    UNKNOWN_ISSUER = "unknown_issuer"
    EXPIRED_ISSUER = "expired_issuer"
    BAD_CHAIN = "bad_chain"
    WRONG_NAME = "wrong_name"
    NO_TRUST_STORE = "no_trust_store"  # this machine has none

    STAYS_HTTP = "stays_http"
    HTTP_CLOSED = "http_closed"
    NO_HTTPS = "no_https"
    NO_HEADER = "no_header"
    MAX_AGE_ZERO = "max_age_zero"
    MALFORMED = "malformed"
    MISSING = "missing"
    HTML = "html"  # a page in its place
    SERVER_ERROR = "server_error"
    BLOCKED = "blocked"
    ROBOTS = "robots"  # robots.txt forbids it
    OUT_OF_SCOPE = "out_of_scope"
    TOO_LARGE = "too_large"
    EMPTY = "empty"
    NOT_GIVEN = "not_given"
    NO_DATE = "no_date"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where something was seen: page, words, time, WARC record."""

    url: str
    excerpt: str
    captured_at: datetime
    record: str


@dataclass(frozen=True, slots=True)
class OfficialContacts:
    """What the official directory in the registry says of a body."""

    phones: tuple[str, ...] = ()
    faxes: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    address: str = ""


@dataclass(frozen=True, slots=True)
class SiteFacet:
    """The registry's description of the site, as far as rules need it."""

    id: str
    name: str
    kind: Kind
    url: str
    province: str
    domain: str  # of the province: "binhphuoc.gov.vn"
    area_codes: tuple[str, ...] = ()  # "271": without the leading zero
    field: str | None = None
    yearly_target: int | None = None
    active_from: date | None = None
    active_until: date | None = None
    contacts: OfficialContacts = OfficialContacts()


@dataclass(frozen=True, slots=True)
class CrawlFacet:
    """The crawl, as far as rules need it. `looked_at`: the pages whose menus, links and headings were read."""

    id: str
    night: str
    state: CrawlState
    started_at: datetime
    finished_at: datetime
    pages: int
    requests: int
    bytes: int
    platform: str
    errors: Mapping[str, int] = field(default_factory=dict)
    bounds: tuple[str, ...] = ()  # bounds that were hit: "pages", "time", "bytes", "depth" …; "thin": far too few pages
    unseen: Mapping[str, int] = field(default_factory=dict)  # bound → addresses that it left out
    carried: int = 0  # of the pages: had by an earlier crawl and not asked for again
    looked_at: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A named part of the site: a menu entry, link, heading or image, and the page behind it.

    `requirements`: ids (law tables) that the label names. `newest`: the latest dated entry in it not after
    `as_of`, None where no date could be read. `problem` is None where the page was had and has content.
    """

    label: str
    url: str | None  # absolute; None: a heading that leads nowhere
    requirements: tuple[str, ...]
    http_status: int | None
    words: int
    entries: int
    newest: date | None
    placeholder: bool
    problem: Problem | None
    seen: Evidence  # where the label stood
    page: Evidence | None = None  # the page behind it, where it was had
    match: str = "exact"  # exact | folded | fuzzy | slug
    newest_entry: str | None = None  # URL of the entry that carries `newest`
    newest_text: str = ""  # the date as written


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of a listing or feed. `date_source`: visible | attribute | feed | document | article."""

    title: str
    url: str
    published: date | None
    date_text: str
    date_source: str
    section: str  # label of the section it stands in, "" where unknown
    seen: Evidence


@dataclass(frozen=True, slots=True)
class Contact:
    """A phone, fax, hotline, e-mail or postal address as published.

    `value`: E.164 for a number valid today, the address for an e-mail, else None. `place`: footer | contact | page.
    `href`: the number in a `tel:` link around it, where there is one.
    """

    kind: str  # phone | fax | hotline | email | address
    text: str
    value: str | None
    number_class: str | None
    owner: str
    page: str  # URL
    place: str
    seen: Evidence
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that a site has or has not: search form, tree sitemap, RSS, question form, …"""

    name: str
    found: bool
    url: str | None
    excerpt: str
    seen: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """A check outside the pages (DNS, TLS, robots.txt …). `ok` None: could not be told, `reason` says why.

    `name` is a ProbeName, `reason` a ProbeReason.
    """

    name: str
    ok: bool | None
    value: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """All that was observed of one site in one crawl, seen from the day `as_of`."""

    site: SiteFacet
    crawl: CrawlFacet
    as_of: date
    sections: tuple[Section, ...] = ()
    entries: tuple[Entry, ...] = ()
    contacts: tuple[Contact, ...] = ()
    features: tuple[Feature, ...] = ()
    probes: tuple[Probe, ...] = ()
