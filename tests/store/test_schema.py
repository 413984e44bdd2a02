"""One truth: tables.py, the domain's rows, Alembic's migrations and real files agree."""

from __future__ import annotations

import dataclasses
import errno
import os
import re
import sqlite3
import typing
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import Session, select

from dealflow import model
from dealflow.errors import AlreadyExists, Unusable
from dealflow.store import connection, derived, schema, shape, tables
from dealflow.store.api import engine
from dealflow.store.book import Author

pytestmark = pytest.mark.file

NEWEST = connection.SCHEMA_VERSION
AUTHOR = Author("li", "init", "dealflow init", 1_780_000_000)


@pytest.fixture
def made(tmp_path):
    path = str(tmp_path / "made.db")
    schema.create(path, AUTHOR, lambda _: None)
    return path


@pytest.fixture
def migrated(tmp_path):
    """A file that Alembic's migrations built, from the first one on."""
    path = str(tmp_path / "migrated.db")
    open(path, "xb").close()
    conn = connection.connect_new(path)
    conn.begin()
    from alembic import command

    command.upgrade(schema.alembic_config(conn), "head")
    conn.execute(f"PRAGMA user_version={connection.SCHEMA_VERSION}")
    conn.commit()
    conn.close()
    return path


#: ALTER TABLE puts a column behind the last one, on its line
ADDED = re.compile(r", (?=\w+ (?:INTEGER|TEXT|BLOB|REAL)\b)")


def statements(path: str) -> dict[str, list[str]]:
    """What sqlite_master holds, line by line: columns in order, then constraints, sorted."""
    con = sqlite3.connect(path)
    sql = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
    found = {}
    for name, text in con.execute(sql):
        told = ADDED.sub(",\n", text.replace('"', ""))
        lines = [line.strip().rstrip(",") for line in told.splitlines() if line.strip()]
        lines.sort(key=lambda line: line if line.startswith("CONSTRAINT") else "")
        found[name] = lines
    con.close()
    found.pop("alembic_version")
    return found


def test_migrating_from_nothing_makes_the_same_schema_as_creating(made, migrated):
    assert statements(migrated) == statements(made)


def dump(path: str) -> list[str]:
    """Everything in a file, as SQL."""
    with closing(sqlite3.connect(path)) as con:
        return list(con.iterdump())


@pytest.fixture
def first(tmp_path, dealflow):
    """A file of schema version 1, with the content of one made today."""
    from alembic import command

    dealflow.ok("add", "Pumps", "--value", "12k")
    path = str(tmp_path / "first.db")
    open(path, "xb").close()
    conn = connection.connect_new(path)
    conn.execute("PRAGMA foreign_keys=OFF")
    conn.begin()
    command.upgrade(schema.alembic_config(conn), "0001")
    conn.execute("PRAGMA user_version=1")
    conn.commit()
    conn.execute("ATTACH ? AS new", (str(dealflow.path),))
    for (table,) in conn.execute(
        "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name <> 'alembic_version'"
        " AND name <> 'sqlite_sequence'"
    ).fetchall():
        names = ", ".join(row[1] for row in conn.execute(f"PRAGMA table_info({table})"))
        conn.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM new.{table}")
    conn.close()
    return path


def test_a_file_of_the_first_version_is_refused_until_it_is_migrated(dealflow, first, made):
    said = dealflow("--db", first, "list")
    assert (said.code, said.out) == (9, "")
    assert f"has schema version 1; this dealflow needs {NEWEST}" in said.err
    assert "hint: dealflow db migrate" in said.err
    before = dump(first)
    backup = f"{os.path.dirname(first)}/backups/first-20260701-020000Z.before.db"
    assert dealflow.ok("--db", first, "db", "migrate").err.splitlines() == [
        f"backed up to {backup}",
        f"{first} is at schema version {NEWEST}; it was at 1",
    ]
    assert dump(backup) == before
    assert dealflow.json("--db", first, "list") == dealflow.json("list")
    assert dealflow.ok("--db", first, "db", "check").code == 0
    assert statements(first) == statements(made)
    dealflow.ok("--db", first, "add", "Seals", "--key", "k")


@pytest.fixture
def second(tmp_path, dealflow):
    """A file of schema version 2, with the content of one made today, an undone command among it."""
    from alembic import command

    dealflow.ok("add", "Pumps", "--value", "12k", "--key", "k")
    dealflow.ok("edit", "1", "--value", "13k")
    dealflow.ok("undo")
    path = str(tmp_path / "second.db")
    open(path, "xb").close()
    conn = connection.connect_new(path)
    conn.execute("PRAGMA foreign_keys=OFF")
    conn.begin()
    command.upgrade(schema.alembic_config(conn), "0002")
    conn.execute("PRAGMA user_version=2")
    conn.commit()
    conn.execute("ATTACH ? AS new", (str(dealflow.path),))
    for (table,) in conn.execute(
        "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name <> 'alembic_version'"
    ).fetchall():
        names = ", ".join(row[1] for row in conn.execute(f"PRAGMA table_info({table})"))
        if table == "sqlite_sequence":
            conn.execute("DELETE FROM main.sqlite_sequence")
        conn.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM new.{table}")
    conn.close()
    return path


def test_a_file_of_the_second_version_keeps_its_journal_when_it_is_migrated(dealflow, second, made):
    """The table of commands is built anew: everything points at it, and it counts on."""
    assert dealflow("--db", second, "list").code == 9
    dealflow.ok("--db", second, "db", "migrate")
    assert statements(second) == statements(made)
    assert dealflow.json("--db", second, "history") == dealflow.json("history")
    assert dealflow.ok("--db", second, "db", "check").code == 0
    assert dealflow.json("--db", second, "add", "Pumps", "--value", "12k", "--key", "k")["repeated"]
    dealflow.ok("--db", second, "redo")
    assert dealflow.json("--db", second, "history")[0]["id"] == 5
    assert dealflow.json("--db", second, "show", "1")["amount"] == 13000


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        ("PRAGMA user_version=0", 8),
        ("PRAGMA user_version=99", 9),
        ("CREATE TRIGGER t AFTER INSERT ON rep BEGIN DELETE FROM visit; END", 8),
    ],
)
def test_what_cannot_be_trusted_is_not_migrated(dealflow, first, spoil, code):
    with closing(sqlite3.connect(first)) as con:
        con.execute(spoil)
        con.commit()
    before = dump(first)
    said = dealflow("--db", first, "db", "migrate")
    assert (said.code, said.out) == (code, "")
    assert dump(first) == before


def test_a_migration_that_finds_no_room_is_refused_and_can_be_repeated(first):
    import resource
    import subprocess
    import sys

    before, size = dump(first), os.path.getsize(first)
    words = [sys.executable, "-m", "dealflow", "--db", first, "--as", "li", "db", "migrate"]

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    done = subprocess.run(words, check=False, preexec_fn=small, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (7, "")
    assert "error: " in done.stderr
    assert dump(first) == before
    assert subprocess.run(words, check=False, capture_output=True).returncode == 0


def test_the_newest_migration_is_the_schema_version(made):
    conn = connection.connect(made)
    script = ScriptDirectory.from_config(schema.alembic_config(conn))
    assert script.get_current_head() == schema.revision(connection.SCHEMA_VERSION)
    assert conn.execute("SELECT version_num FROM alembic_version").fetchone() == (
        schema.revision(connection.SCHEMA_VERSION),
    )


def test_alembic_finds_nothing_left_to_migrate(made):
    with engine(made).connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn), tables.Base.metadata) == []


def test_every_table_is_strict(made):
    con = sqlite3.connect(made)
    listed = con.execute("PRAGMA table_list").fetchall()
    ours = {
        row[1]: row[5] for row in listed if not row[1].startswith("sqlite_") and row[2] == "table"
    }
    assert set(ours.values()) == {1}, ours


#: a follow-up is stored with its `late_at`, though it follows from other columns
DERIVED = derived.COLUMNS - {("follow_up", "late_at")}
JOURNAL = {"command", "change", "command_key", "merged", "reminder"}


@pytest.mark.parametrize("kind", model.ROWS, ids=lambda kind: kind.table)
def test_the_rows_of_the_domain_are_the_columns_of_the_tables(kind, made):
    con = sqlite3.connect(made)
    info = con.execute(f"PRAGMA table_info({kind.table})").fetchall()
    stored = {
        name: (affinity, bool(required or key))
        for _, name, affinity, required, _, key in info
        if (kind.table, name) not in DERIVED and name != "checksum"
    }
    hints = typing.get_type_hints(kind)
    types = {int: "INTEGER", str: "TEXT", bytes: "BLOB", float: "REAL"}
    declared = {}
    for field in dataclasses.fields(kind):
        parts = set(typing.get_args(hints[field.name])) or {hints[field.name]}
        (scalar,) = parts - {type(None)}
        declared[field.name] = (types[scalar], type(None) not in parts)
    assert declared == stored


def test_every_table_is_a_row_of_the_domain_or_the_journal():
    known = {kind.table for kind in model.ROWS} | JOURNAL
    assert {table.name for table in tables.Base.metadata.tables.values()} == known


def test_creating_over_a_file_is_refused(made):
    with pytest.raises(AlreadyExists):
        schema.create(made, AUTHOR, lambda _: None)


def test_a_creation_that_fails_leaves_nothing(tmp_path):
    def fail(_: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        schema.create(str(tmp_path / "x.db"), AUTHOR, fail)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_the_disk_does_not_confirm_is_told_and_the_database_stays(
    tmp_path, monkeypatch
):
    def fail(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    path = str(tmp_path / "x.db")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(Unusable, match=r"x\.db is in place, but the disk did not confirm it"):
        schema.create(path, AUTHOR, lambda _: None)
    assert os.listdir(tmp_path) == ["x.db"]
    connection.connect(path).close()


def test_a_draft_that_cannot_be_removed_does_not_fail_what_was_made(tmp_path, monkeypatch):
    def fail(name: str) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)

    path = str(tmp_path / "x.db")
    monkeypatch.setattr(os, "unlink", fail)
    schema.create(path, AUTHOR, lambda _: None)
    connection.connect(path).close()


def test_the_python_api_reads_with_the_same_rules_as_the_command_line(dealflow):
    dealflow.ok("add", "Acme renewal", "-v", "10k")
    with Session(engine(str(dealflow.path))) as session:
        found = session.exec(select(tables.Opportunity)).one()
        assert (found.title, found.amount, found.status) == ("Acme renewal", 1_000_000, "open")
        assert session.connection().exec_driver_sql("PRAGMA query_only").scalar() == 1


def test_the_python_api_writes_in_a_transaction_begun_at_once(dealflow):
    with Session(engine(str(dealflow.path), write=True)) as session:
        session.connection()
        other = sqlite3.connect(dealflow.path, isolation_level=None, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")


def test_ddl_does_not_escape_the_transaction(made):
    """pysqlite would commit before DDL; with isolation_level None it is part of the transaction."""
    conn = connection.connect(made)
    connection.permit_writing(conn)
    conn.begin()
    conn.execute("CREATE TABLE half (x INTEGER) STRICT")
    conn.rollback()
    assert conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'half'").fetchone() is None


def test_a_file_of_this_version_needs_no_migration(made):
    version = connection.SCHEMA_VERSION
    assert schema.migrate(made) == (version, version)


def test_an_older_file_is_migrated_in_one_transaction_and_keeps_its_rows(dealflow, monkeypatch):
    """With a migration of our own on top: what every later version goes through."""
    dealflow.ok("add", "Acme renewal")
    from alembic import command

    monkeypatch.setattr(connection, "SCHEMA_VERSION", connection.SCHEMA_VERSION + 1)

    def upgrade(config: typing.Any, _: str) -> None:
        conn = config.attributes["connection"]
        conn.execute("ALTER TABLE rep ADD COLUMN nickname TEXT")
        monkeypatch.setattr(shape, "FINGERPRINT", shape.fingerprint(conn))

    monkeypatch.setattr(command, "upgrade", upgrade)
    said = dealflow("list")
    assert (said.code, said.out) == (9, "")
    assert "hint: dealflow db migrate" in said.err
    assert dealflow("db", "migrate").code == 0
    assert [deal["title"] for deal in dealflow.json("list")] == ["Acme renewal"]


def test_a_migration_that_fails_leaves_the_file_as_it_was(dealflow, monkeypatch):
    from alembic import command

    before = dealflow.path.read_bytes()
    monkeypatch.setattr(connection, "SCHEMA_VERSION", connection.SCHEMA_VERSION + 1)

    def upgrade(config: typing.Any, _: str) -> None:
        config.attributes["connection"].execute("ALTER TABLE rep ADD COLUMN nickname TEXT")
        raise ZeroDivisionError

    monkeypatch.setattr(command, "upgrade", upgrade)
    with pytest.raises(ZeroDivisionError):
        schema.migrate(str(dealflow.path))
    assert dealflow.path.read_bytes() == before
