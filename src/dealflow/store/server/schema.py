"""Creating and migrating the database on a server. Loads SQLModel; the daily path never does."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from dealflow.errors import AlreadyExists
from dealflow.store import views
from dealflow.store.book import Author, Book, write_whole
from dealflow.store.conn import Conn
from dealflow.store.connection import SCHEMA_VERSION, check_version
from dealflow.store.server.connection import SCHEMA, ServerConn, connect_new, version_of

FUNCTIONS = Path(__file__).with_name("functions.sql")


def ddl() -> list[str]:
    """The statements that make the tables, from store/tables.py."""
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.schema import CreateIndex, CreateTable

    from dealflow.store.tables import Base

    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    tables = Base.metadata.sorted_tables
    statements = []
    for table in tables:
        made = str(CreateTable(table).compile(dialect=dialect))
        own = f"BIGINT DEFAULT next_id('{table.name}')"
        made = re.sub(r"(REFERENCES \w+ \(id\))", r"\1 DEFERRABLE", made)
        statements += [
            made.replace("BIGSERIAL", own, 1),
            f"INSERT INTO counter (name) VALUES ('{table.name}')",
        ]
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            where = index.dialect_options["sqlite"]["where"]
            index.dialect_options["postgresql"]["where"] = where
            statements.append(str(CreateIndex(index).compile(dialect=dialect)))
    return statements + views.ddl(server=True)


def create(url: str, author: Author, fill: Callable[[Book], None], *, keep: bool = True) -> None:
    """Make the schema and its first content in one transaction; with `keep` false, take it back.

    Errors: AlreadyExists, Refused.
    """
    _make(url, lambda conn: write_whole(conn, author, fill), keep=keep)


def filled(url: str, fill: Callable[[Conn], int]) -> int:
    """Make the schema and have it filled: how many rows. Errors: as `create`; those of `fill`."""
    counted: list[int] = []
    _make(url, lambda conn: counted.append(fill(conn)))
    return counted[0]


def _make(url: str, fill: Callable[[ServerConn], None], *, keep: bool = True) -> None:
    conn = connect_new(url)
    try:
        conn.execute("BEGIN")
        if conn.execute("SELECT to_regnamespace(?)", (SCHEMA,)).fetchone()[0] is not None:
            told = "choose another database, or go on with this one"
            raise AlreadyExists("the schema dealflow", conn.path, told)
        _build(conn)
        fill(conn)
        if keep:
            conn.commit()
    except conn.failure as exc:
        raise conn.explain(exc) from exc
    finally:
        conn.close()


def _build(conn: ServerConn) -> None:
    """Make the schema, empty, inside the open transaction."""
    conn.execute(f"CREATE SCHEMA {SCHEMA}")
    for statement in (FUNCTIONS.read_text(), *ddl()):
        conn.raw.execute(statement.encode())
    conn.execute("CREATE TABLE alembic_version (version_num TEXT NOT NULL PRIMARY KEY)")
    conn.execute("INSERT INTO alembic_version VALUES (?)", (f"{SCHEMA_VERSION:04d}",))


def migrate(url: str, on_commit: Callable[[], None]) -> tuple[int, int]:
    """Bring an older database to this schema version, in one transaction: (before, now).

    Copies are the server's own affair: a backup is a file of this version's schema, which an older
    database does not fit.
    """
    from alembic import command
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    from dealflow.store.schema import alembic_config

    with closing(connect_new(url)) as conn:
        before = version_of(conn)
        if before >= SCHEMA_VERSION:
            check_version(before, conn.path)
            return before, SCHEMA_VERSION
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: connect_new(url, own=False).raw, poolclass=NullPool
    )
    try:
        with engine.begin() as transaction:
            transaction.exec_driver_sql("SELECT seq FROM counter WHERE name = 'command' FOR UPDATE")
            command.upgrade(alembic_config(transaction), "head")
            on_commit()
    except DBAPIError as exc:
        raise conn.explain(exc.orig or exc) from exc
    return before, SCHEMA_VERSION
