"""The one place that reads and writes rows: nights, crawls, pages, the ledger of entries, editions of findings."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, delete, event, insert, inspect, make_url, select, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlmodel import Session, col

from db.models import Crawl, Edition, Entry, FindingRow, Night, Page, Site

VERSION_TABLE = "audit_schema"
MIGRATIONS = Path(__file__).with_name("migrations")
DRIVERS = ("sqlite", "postgresql+psycopg")
CHUNK = 1000
"""Rows a statement: bulk inserts go through Core in chunks (four times the speed of objects)."""


class StoreError(Exception):
    """The database can't be used: gone, unwritable, another program's, or newer than this program."""


class UnknownDatabase(StoreError):
    """What was given is no address of a database of a kind that we know: SQLite or PostgreSQL."""


@dataclass(frozen=True, slots=True)
class PastFinding:
    """What the last history-moving edition before a night said of one rule on one site."""

    rule: str
    outcome: str
    reason: str
    since: date


class Store:
    """Open with `open_store`. Methods are whole transactions; rows returned are detached and safe to keep."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def close(self) -> None:
        self.engine.dispose()

    def _session(self) -> Session:
        return Session(self.engine, expire_on_commit=False)

    # -- nights and crawls ---------------------------------------------------------------------------------------

    def start_night(self, night: Night, sites: Iterable[Site], crawls: Iterable[Crawl]) -> None:
        """Write the night, its sites (names and addresses brought up to date) and its crawls."""
        with self._session() as session:
            session.add(night)
            for site in sites:
                session.merge(site)
            session.flush()
            session.add_all(crawls)
            session.commit()

    def finish_crawl(
        self,
        crawl_id: str,
        *,
        started_at: datetime,
        finished_at: datetime,
        state: str,
        requests: int,
        size: int,
        errors: Mapping[str, int],
        bounds: Sequence[str],
        warc: str | None,
        after: str | None = None,
        unseen: Mapping[str, int] | None = None,
        probes: str = "[]",
    ) -> None:
        """Write how a crawl ended. `size` in bytes; `warc` relative to the evidence folder; `probes` as JSON."""
        with self._session() as session:
            session.execute(
                update(Crawl)
                .where(col(Crawl.id) == crawl_id)
                .values(
                    started_at=started_at,
                    finished_at=finished_at,
                    state=state,
                    requests=requests,
                    bytes=size,
                    errors=json.dumps(dict(sorted(errors.items()))),
                    bounds=json.dumps(list(bounds)),
                    warc=warc,
                    after=after,
                    unseen=json.dumps(dict(sorted((unseen or {}).items()))),
                    probes=probes,
                )
            )
            session.commit()

    def finish_night(self, night_id: str, finished_at: datetime, state: str) -> None:
        with self._session() as session:
            session.execute(update(Night).where(col(Night.id) == night_id).values(finished_at=finished_at, state=state))
            session.commit()

    def add_pages(self, pages: Sequence[Page]) -> None:
        rows = [page.model_dump() for page in pages]
        with self.engine.begin() as connection:
            for start in range(0, len(rows), CHUNK):
                connection.execute(insert(Page), rows[start : start + CHUNK])

    def night(self, night_id: str | None = None) -> Night | None:
        """The night of that id, or the latest that was finished; None where there is none."""
        with self._session() as session:
            if night_id is not None:
                return session.get(Night, night_id)
            statement = (
                select(Night)
                .where(col(Night.state) == "complete")
                .order_by(col(Night.started_at).desc(), col(Night.id).desc())
                .limit(1)
            )
            return session.execute(statement).scalar_one_or_none()

    def unfinished_nights(self, province: str) -> list[Night]:
        """The province's nights that run, or were cut off while they ran; newest first."""
        with self._session() as session:
            statement = (
                select(Night)
                .where(col(Night.province) == province, col(Night.state) == "running")
                .order_by(col(Night.started_at).desc(), col(Night.id).desc())
            )
            return list(session.execute(statement).scalars())

    def crawls(self, night_id: str) -> list[Crawl]:
        with self._session() as session:
            statement = select(Crawl).where(col(Crawl.night) == night_id).order_by(col(Crawl.site))
            return list(session.execute(statement).scalars())

    def crawl(self, crawl_id: str) -> Crawl | None:
        with self._session() as session:
            return session.get(Crawl, crawl_id)

    def crawls_before(self, province: str, site: str, moment: datetime, limit: int = 60) -> list[Crawl]:
        """The site's last finished crawls that began before a moment, newest first; of nights that came to their end
        alone, since only then the ledger has all that they saw."""
        with self._session() as session:
            statement = (
                select(Crawl)
                .join(Night, col(Night.id) == col(Crawl.night))
                .where(
                    col(Night.state) == "complete",
                    col(Crawl.province) == province,
                    col(Crawl.site) == site,
                    col(Crawl.started_at) < moment,
                    col(Crawl.finished_at).is_not(None),
                )
                .order_by(col(Crawl.started_at).desc(), col(Crawl.id).desc())
                .limit(limit)
            )
            return list(session.execute(statement).scalars())

    def forget_pages(self, crawl_id: str, urls: Iterable[str] | None = None) -> None:
        """Take back pages of a crawl: those addresses, or all where it is begun once more."""
        whole = delete(Page).where(col(Page.crawl) == crawl_id)
        chosen = list(urls or ())
        with self.engine.begin() as connection:
            if urls is None:
                connection.execute(whole)
            for start in range(0, len(chosen), CHUNK):
                connection.execute(whole.where(col(Page.url).in_(chosen[start : start + CHUNK])))

    def place_of(self, record: str) -> tuple[str, int] | None:
        """(WARC, byte offset) of a page's record; None where no page has it."""
        with self._session() as session:
            found = session.execute(
                select(col(Crawl.warc), col(Page.offset))
                .join(Crawl, col(Crawl.id) == col(Page.crawl))
                .where(col(Page.record) == record)
                .limit(1)
            ).one_or_none()
        if found is None or found[1] is None or found[0] is None:
            return None
        return found[0], found[1]

    def pages(self, crawl_id: str) -> list[Page]:
        """The crawl's pages by URL."""
        with self._session() as session:
            statement = select(Page).where(col(Page.crawl) == crawl_id).order_by(col(Page.url))
            return sorted(session.execute(statement).scalars(), key=lambda page: page.url)

    # -- the ledger ----------------------------------------------------------------------------------------------

    def update_ledger(self, entries: Sequence[Entry]) -> None:
        """Add what is new, bring what is known up to date; `first_seen` stays."""
        with self._session() as session:
            for start in range(0, len(entries), CHUNK):
                chunk = entries[start : start + CHUNK]
                known = {
                    row.url: row
                    for row in session.execute(
                        select(Entry).where(
                            col(Entry.province) == chunk[0].province,
                            col(Entry.site) == chunk[0].site,
                            col(Entry.url).in_([entry.url for entry in chunk]),
                        )
                    ).scalars()
                }
                fresh = [entry for entry in chunk if entry.url not in known]
                if fresh:
                    session.execute(insert(Entry), [entry.model_dump() for entry in fresh])
                for entry in chunk:
                    if old := known.get(entry.url):
                        for name in (
                            "title",
                            "published",
                            "date_text",
                            "date_source",
                            "section",
                            "last_seen",
                            "page",
                            "record",
                            "seen_at",
                        ):
                            setattr(old, name, getattr(entry, name))
            session.commit()

    def ledger_urls(self, province: str, site: str) -> list[str]:
        """The addresses of all entries ever seen on a site."""
        with self._session() as session:
            statement = select(col(Entry.url)).where(col(Entry.province) == province, col(Entry.site) == site)
            return list(session.execute(statement).scalars())

    def entries_between(self, province: str, site: str, first: str, last: str) -> list[Entry]:
        """Entries seen on some night from `first` to `last`, by URL."""
        with self._session() as session:
            statement = select(Entry).where(
                col(Entry.province) == province,
                col(Entry.site) == site,
                col(Entry.first_seen) <= last,
                col(Entry.last_seen) >= first,
            )
            return sorted(session.execute(statement).scalars(), key=lambda entry: entry.url)

    def ledger(self, province: str, site: str) -> list[Entry]:
        with self._session() as session:
            statement = select(Entry).where(col(Entry.province) == province, col(Entry.site) == site)
            return sorted(session.execute(statement).scalars(), key=lambda entry: entry.url)

    # -- editions and findings -----------------------------------------------------------------------------------

    def add_edition(self, edition: Edition, findings: Iterable[FindingRow]) -> int:
        """Write an edition with its findings and give its number (set in the rows here)."""
        with self._session() as session:
            session.add(edition)
            session.flush()
            assert edition.id is not None
            rows = [{**finding.model_dump(), "edition": edition.id} for finding in findings]
            for start in range(0, len(rows), CHUNK):
                session.execute(insert(FindingRow), rows[start : start + CHUNK])
            session.commit()
            return edition.id

    def edition(self, night_id: str | None = None, edition_id: int | None = None) -> Edition | None:
        """The edition of that number, or the one judged last (of that night)."""
        with self._session() as session:
            if edition_id is not None:
                found = session.get(Edition, edition_id)
                return found if found and night_id in (None, found.night) else None
            statement = select(Edition).order_by(col(Edition.id).desc()).limit(1)
            if night_id is not None:
                statement = statement.where(col(Edition.night) == night_id)
            return session.execute(statement).scalar_one_or_none()

    def findings(self, edition_id: int) -> list[FindingRow]:
        with self._session() as session:
            statement = select(FindingRow).where(col(FindingRow.edition) == edition_id)
            return list(session.execute(statement).scalars())

    def history(self, night: Night, site: str) -> dict[str, PastFinding]:
        """Rule → what the last history-moving edition of an earlier night of the province said of the site."""
        with self._session() as session:
            last = session.execute(
                select(col(Edition.id))
                .join(Night, col(Night.id) == Edition.night)
                .join(FindingRow, col(FindingRow.edition) == Edition.id)
                .where(
                    col(Edition.moves_history),
                    col(Night.province) == night.province,
                    col(Night.started_at) < night.started_at,
                    col(FindingRow.site) == site,
                )
                .order_by(col(Night.started_at).desc(), col(Edition.id).desc())
                .limit(1)
            ).scalar_one_or_none()
            if last is None:
                return {}
            rows = session.execute(
                select(FindingRow).where(col(FindingRow.edition) == last, col(FindingRow.site) == site)
            ).scalars()
            return {row.rule: PastFinding(row.rule, row.outcome, row.reason, row.since) for row in rows}


def open_store(url: str, *, create: bool = True) -> Store:
    """Open the database, made or brought up to date as needed.

    `create=False` refuses a database that does not exist yet. Raises StoreError, in words for the person who
    started the program, and leaves a database that is not ours untouched.
    """
    try:
        engine = _engine(url, create)
        try:
            _check_and_upgrade(engine, create)
        except BaseException:
            engine.dispose()
            raise
    except StoreError:
        raise
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
        raise StoreError(f"không dùng được cơ sở dữ liệu {_shown(url)}: {str(cause).strip()}") from error
    return Store(engine)


def _shown(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except SQLAlchemyError:
        return "(địa chỉ không hợp lệ)"


def _engine(url: str, create: bool) -> Engine:
    try:
        parsed = make_url(url)
    except SQLAlchemyError as error:
        raise UnknownDatabase("địa chỉ cơ sở dữ liệu không hợp lệ; ví dụ đúng: sqlite:///var/audit.db") from error
    if parsed.drivername not in DRIVERS:
        raise UnknownDatabase(f"không dùng được cơ sở dữ liệu loại {parsed.drivername}; cần {' hoặc '.join(DRIVERS)}")
    if parsed.get_backend_name() == "sqlite":
        path = Path(parsed.database or "")
        if not create and not path.is_file():
            raise StoreError(f"chưa có cơ sở dữ liệu {path}; hãy chạy lệnh audit hoặc crawl trước")
        if path.is_file() and path.stat().st_size and path.open("rb").read(16) != b"SQLite format 3\0":
            raise StoreError(f"{path} không phải là cơ sở dữ liệu SQLite; tệp được giữ nguyên")
    engine = create_engine(parsed)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_pragmas)
    return engine


def _sqlite_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _check_and_upgrade(engine: Engine, create: bool) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    tables = set(inspect(engine).get_table_names())
    shown = engine.url.render_as_string(hide_password=True)
    if tables and VERSION_TABLE not in tables:
        raise StoreError(f"{shown} là cơ sở dữ liệu của chương trình khác; được giữ nguyên")
    if not tables and not create:
        raise StoreError(f"cơ sở dữ liệu {shown} còn trống; hãy chạy lệnh audit hoặc crawl trước")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        current = context.get_current_revision()
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise StoreError(f"{shown} do phiên bản mới hơn của chương trình ghi ({current}); hãy cập nhật chương trình")
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:  # outside a transaction: SQLite refuses to change the mode inside one
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    if current != scripts.get_current_head():
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
