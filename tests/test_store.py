"""The store on real SQLite and real PostgreSQL; databases that are not ours stay untouched."""

import gzip
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, create_engine, insert, inspect, select, text
from sqlalchemy.exc import OperationalError
from sqlmodel import SQLModel

from db.lock import DirectoryHeld, DirectoryUnusable, hold
from db.models import Crawl, Edition, Entry, FindingRow, Night, Page, Site
from db.store import MIGRATIONS, VERSION_TABLE, Store, StoreError, open_store
from rules.edition import finding_of

POSTGRES = os.environ.get("COMPLIANCE_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432")
THEN = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


@pytest.fixture
def postgres_url(worker_id: str) -> Iterator[str]:
    """A database of its own on the local server; skipped where none answers, never in CI."""
    server = create_engine(f"{POSTGRES}/postgres", isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 5})
    name = f"observatory_test_{worker_id}_{os.getpid()}"
    try:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
            connection.execute(text(f"CREATE DATABASE {name}"))
    except OperationalError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL answers: {error.orig}")
    yield f"{POSTGRES}/{name}"
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:///{tmp_path}/audit.db"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = open_store(url)
    yield store
    store.close()


def begin(store: Store, night: str = "n1", started_at: datetime = THEN) -> Night:
    row = Night(id=night, province="st", started_at=started_at, state="running", registry_json="{}")
    crawl = Crawl(id=f"{night}.a", night=night, province="st", site="a", started_at=started_at, state="running")
    store.start_night(row, [Site(province="st", id="a", name="Sở A", kind="department", url="http://a/")], [crawl])
    return row


def finish(store: Store, night: str) -> None:
    store.finish_crawl(
        f"{night}.a",
        started_at=THEN,
        finished_at=THEN,
        state="complete",
        requests=3,
        size=10,
        errors={"timeout": 1},
        bounds=["pages"],
        warc="x.warc.gz",
    )
    store.finish_night(night, THEN, "complete")


def test_a_night_is_written_and_read_back(store: Store) -> None:
    begin(store)
    store.add_pages([Page(crawl="n1.a", url=f"http://a/{n}", status=200, fetched_at=THEN, size=n) for n in (3, 1, 2)])
    assert store.night() is None  # a running night is not the latest
    finish(store, "n1")
    night = store.night()
    assert night is not None and night.id == "n1" and night.started_at == THEN
    [crawl] = store.crawls("n1")
    assert (crawl.state, crawl.errors, crawl.bounds) == ("complete", '{"timeout": 1}', '["pages"]')
    assert [page.url for page in store.pages("n1.a")] == ["http://a/1", "http://a/2", "http://a/3"]
    assert store.pages("n1.a")[0].fetched_at == THEN


def test_the_ledger_keeps_the_first_night_and_follows_the_last(store: Store) -> None:
    def entry(night: str, title: str) -> Entry:
        return Entry(
            province="st",
            site="a",
            url="http://a/1",
            title=title,
            published=date(2026, 1, 2),
            first_seen=night,
            last_seen=night,
        )

    store.update_ledger([entry("n1", "cũ")])
    store.update_ledger([entry("n2", "mới")])
    [row] = store.ledger("st", "a")
    assert (row.title, row.first_seen, row.last_seen) == ("mới", "n1", "n2")


def test_only_editions_that_move_history_are_history(store: Store) -> None:
    def edition(night: str, outcome: str, moves: bool) -> int:
        return store.add_edition(
            Edition(night=night, as_of=date(2026, 11, 22), profile="p", judged_at=THEN, moves_history=moves),
            [
                FindingRow(
                    edition=0,
                    site="a",
                    rule="r",
                    requirement="INT-01",
                    outcome=outcome,
                    reason="absent",
                    since=date(2026, 11, 1),
                    detail="{}",
                )
            ],
        )

    first, second = begin(store), begin(store, "n2", datetime(2026, 11, 23, tzinfo=UTC))
    finish(store, "n1")
    number = edition("n1", "failed", True)
    edition("n1", "passed", False)
    assert store.history(first, "a") == {}
    assert store.history(second, "a")["r"].outcome == "failed"
    assert store.history(second, "b") == {}
    assert [row.outcome for row in store.findings(number)] == ["failed"]
    latest = store.edition()
    assert latest is not None and latest.moves_history is False


def test_migrations_give_the_models_tables_up_and_down(url: str) -> None:
    store = open_store(url)
    with store.engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert set(inspect(connection).get_table_names()) == {VERSION_TABLE}
    store.close()
    open_store(url).close()  # and up again


def test_another_programs_database_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="chương trình khác"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["audit.db"]


@pytest.mark.parametrize("content", [b"not a database at all, but long enough", b"SQLite format 3\0 broken" * 50])
def test_a_file_that_is_no_database_is_refused_and_untouched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "audit.db"
    path.write_bytes(content)
    with pytest.raises(StoreError):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == content


def test_a_newer_database_is_refused(url: str) -> None:
    store = open_store(url)
    with store.engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreError, match="mới hơn"):
        open_store(url)


@pytest.mark.parametrize(
    "wrong",
    [
        "nonsense",
        "mysql://u:secret@127.0.0.1/x",
        "postgresql+asyncpg://u:secret@127.0.0.1:1/x",
        "sqlite:////nowhere/at/all/x.db",
        "postgresql+psycopg://u:secret@127.0.0.1:1/x",
    ],
)
def test_a_database_that_cannot_be_had_is_named_without_its_password(wrong: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(wrong)
    assert "secret" not in str(caught.value)


def test_reading_does_not_make_a_database(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="chưa có"):
        open_store(f"sqlite:///{tmp_path}/audit.db", create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_data_directory_has_one_holder(tmp_path: Path) -> None:
    with hold(tmp_path / "var"), pytest.raises(DirectoryHeld, match=str(os.getpid())), hold(tmp_path / "var"):
        pass
    with hold(tmp_path / "var"):
        pass


def test_a_data_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    with pytest.raises(DirectoryUnusable), hold(tmp_path / "var"):
        pass


FIRST = Path(__file__).parent / "data/audit-0001.db.gz"


def rows_of(engine: Engine, like: MetaData | None = None) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table but the version's, in the columns of `like` where it is given; times in UTC."""
    known = MetaData()
    known.reflect(engine)
    found = {}
    with engine.connect() as connection:
        for table in known.sorted_tables:
            if table.name == VERSION_TABLE or (like is not None and table.name not in like.tables):
                continue
            names = [column.name for column in (like.tables[table.name] if like is not None else table).columns]
            statement = select(*(table.c[name] for name in names)).order_by(*table.primary_key.columns)
            found[table.name] = [
                {name: in_utc(value) for name, value in row._mapping.items()} for row in connection.execute(statement)
            ]
    return found


def in_utc(value: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def test_the_database_of_the_first_version_is_read_with_all_its_rows(url: str, tmp_path: Path) -> None:
    """Written by the first version (0001); every later one opens it, brings it up to date, and loses nothing.

    PostgreSQL gets the same rows in tables of that version.
    """
    path = tmp_path / "first.db"
    path.write_bytes(gzip.decompress(FIRST.read_bytes()))
    first = create_engine(f"sqlite:///{path}")
    tables = MetaData()
    tables.reflect(first)
    before = rows_of(first)
    assert {name for name, rows in before.items() if rows} >= {"night", "site", "crawl", "page", "entry", "finding"}
    if url.startswith("sqlite"):
        url = f"sqlite:///{path}"
    else:
        old = create_engine(url)
        with old.begin() as connection:
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
            there = MetaData()
            there.reflect(connection)
            for table in there.sorted_tables:
                if before.get(table.name):
                    connection.execute(insert(table), before[table.name])
        old.dispose()
    first.dispose()
    store = open_store(url, create=False)
    assert rows_of(store.engine, tables) == before
    night = store.night()
    assert night is not None and night.province == "songthao"
    [crawl] = store.crawls(night.id)
    assert crawl.site == "huyen-nam-giang" and len(store.pages(crawl.id)) == 4
    assert store.ledger("songthao", crawl.site)
    edition = store.edition()
    assert edition is not None and edition.id is not None and edition.profile == "component-sites"
    findings = store.findings(edition.id)
    assert len(findings) == 161 and finding_of(findings[0]).rule == findings[0].rule
    store.close()
