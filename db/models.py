"""What is kept, as rows. Facts and scorecards are not: they are recomputed from pages and findings.

SQLModel validates nothing on construction of a table row, so rows are made in db/store.py alone.
"""

from datetime import date, datetime

from sqlalchemy import Column, ForeignKeyConstraint, Index, Text
from sqlmodel import Field, SQLModel


class Night(SQLModel, table=True):
    """One run over a registry. `registry_json`: the registry as it was, so that an old night can be judged again."""

    id: str = Field(primary_key=True)
    province: str = Field(index=True)
    started_at: datetime
    finished_at: datetime | None = None
    state: str  # running (also: cut off, may be gone on with) | complete | outage | abandoned
    registry_json: str = Field(sa_column=Column(Text, nullable=False))
    asked: str = Field(default="{}", sa_column=Column(Text, nullable=False, server_default="{}"))
    """JSON {as_of, sites, max_pages, full}: the same again goes on with a night that was cut off."""


class Site(SQLModel, table=True):
    """A site under audit; history hangs on (province, id) for ever."""

    province: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    name: str
    kind: str
    url: str | None = None


class Crawl(SQLModel, table=True):
    """One site's part of a night."""

    id: str = Field(primary_key=True)
    night: str = Field(foreign_key="night.id", index=True)
    province: str
    site: str
    started_at: datetime
    finished_at: datetime | None = None
    state: str  # running | complete | partial | unreachable
    requests: int = 0
    bytes: int = 0
    errors: str = Field(default="{}", sa_column=Column(Text, nullable=False))  # JSON {problem: count}
    bounds: str = Field(default="[]", sa_column=Column(Text, nullable=False))  # JSON list of bounds hit
    warc: str | None = None  # path under DIR/evidence
    after: str | None = None  # the crawl before, whose pages hold where this one did not ask again; None: a baseline
    window_from: date | None = None  # listings are walked back to this day
    unseen: str = Field(default="{}", sa_column=Column(Text, nullable=False, server_default="{}"))
    """JSON {bound: addresses left out by it}."""
    probes: str = Field(default="[]", sa_column=Column(Text, nullable=False, server_default="[]"))
    """JSON list of crawler.facts.Probe."""
    __table_args__ = (
        ForeignKeyConstraint(["province", "site"], ["site.province", "site.id"]),
        Index("ix_crawl_site", "province", "site", "started_at"),
    )


class Page(SQLModel, table=True):
    """One response of a crawl, or one failure to get one. A redirect is a row of its own, with `location`."""

    crawl: str = Field(foreign_key="crawl.id", primary_key=True)
    url: str = Field(primary_key=True)
    status: int | None = None
    problem: str | None = None  # crawler.facts.Problem
    location: str | None = None
    content_type: str | None = None
    fetched_at: datetime
    depth: int = 0
    size: int = 0  # bytes of the decoded body
    elapsed_ms: int | None = None
    record: str | None = None  # WARC-Record-ID
    offset: int | None = None  # of that record in the crawl's WARC
    digest: str | None = None  # sha1:… of the payload
    role: str = Field(default="", sa_column_kwargs={"server_default": ""})  # name of its crawler.frontier.Rank
    listing: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """newest_first | oldest_first | unordered for a page that lists entries, else ""."""
    etag: str | None = None  # validators, as received: the next night asks with them
    modified: str | None = None
    payload_warc: str | None = None  # where the payload of a revisit record lies: path under DIR/evidence, offset
    payload_offset: int | None = None


class Entry(SQLModel, table=True):
    """The ledger: every dated item ever seen on a site."""

    province: str = Field(primary_key=True)
    site: str = Field(primary_key=True)
    url: str = Field(primary_key=True)
    title: str
    published: date | None = None
    date_text: str = ""
    date_source: str = ""
    section: str = ""
    first_seen: str  # night
    last_seen: str  # night
    page: str = Field(default="", sa_column_kwargs={"server_default": ""})  # URL on which it was last seen
    record: str = Field(default="", sa_column_kwargs={"server_default": ""})  # WARC-Record-ID of that
    seen_at: datetime | None = None
    __table_args__ = (Index("ix_entry_published", "province", "site", "published"),)


class Edition(SQLModel, table=True):
    """One judging of a night. `moves_history`: as_of is the crawl's day, under the registry's profile."""

    id: int | None = Field(default=None, primary_key=True)
    night: str = Field(foreign_key="night.id", index=True)
    as_of: date
    profile: str
    judged_at: datetime
    moves_history: bool


class FindingRow(SQLModel, table=True):
    """One finding of an edition. `detail`: message, basis, parts, evidence, remedy as JSON."""

    __tablename__ = "finding"

    edition: int = Field(foreign_key="edition.id", primary_key=True)
    site: str = Field(primary_key=True)
    rule: str = Field(primary_key=True)
    requirement: str
    outcome: str
    reason: str
    since: date
    detail: str = Field(sa_column=Column(Text, nullable=False))
    __table_args__ = (Index("ix_finding_rule", "site", "rule"),)
