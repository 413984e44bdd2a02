"""Creating and migrating database files. Loads SQLModel and Alembic; the daily path never does."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dealflow.errors import AlreadyExists, Damaged, SchemaVersion
from dealflow.patterns import pattern
from dealflow.store import connection, copying, modes, places, shape, views
from dealflow.store.book import Author, Book, write_whole
from dealflow.store.conn import Conn, is_server
from dealflow.store.drafts import new_file, put_in_place
from dealflow.store.explaining import explain
from dealflow.store.settings import stored

if TYPE_CHECKING:
    from alembic.config import Config

_INDEX = pattern(r"CREATE (?:UNIQUE )?INDEX (\w+)")
MIGRATIONS = Path(__file__).parent / "migrations"


def revision(version: int) -> str:
    """Alembic's name of a schema version."""
    return f"{version:04d}"


def ddl() -> list[str]:
    """The statements that make an empty file a dealflow database, from store/tables.py."""
    from sqlalchemy.dialects import sqlite
    from sqlalchemy.schema import CreateIndex, CreateTable

    from dealflow.store.tables import Base

    dialect = sqlite.dialect()
    tables = Base.metadata.sorted_tables
    statements = [str(CreateTable(table).compile(dialect=dialect)) for table in tables]
    for table in tables:
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        statements += [str(CreateIndex(index).compile(dialect=dialect)) for index in indexes]
    return statements + views.ddl()


def differences(conn: connection.FileConn) -> list[tuple[str, str, str]]:
    """How a file of this version differs from one just made: (table, index, what is so)."""
    with closing(sqlite3.connect(":memory:")) as ours:
        for statement in ddl():
            ours.execute(statement)
        try:
            with conn.any_text():
                return list(shape.differences(conn, ours))
        except sqlite3.Error as exc:
            raise explain(exc, conn.path) from exc


def build_indexes(conn: connection.FileConn) -> None:
    """Make a file's indexes those of one just made. Errors: OddSchema where more differs; Damaged.

    An index that dealflow did not make goes: what it holds is in its table.
    """
    ours = {match[1]: sql for sql in ddl() if (match := _INDEX.match(sql))}
    connection.permit_writing(conn, stored(conn)["sharing"])
    conn.begin()
    try:
        for _, index, _ in differences(conn):
            conn.execute(f'DROP INDEX IF EXISTS "{index}"')
            conn.execute(ours.get(index, "SELECT 1"))
        conn.execute("PRAGMA writable_schema=RESET")  # the schema is read again, as others will
        shape.check(conn, conn.path)
        conn.commit()
    except sqlite3.Error as exc:
        told = explain(exc, conn.path)
        what = f"an index cannot be built: {exc}; nothing was changed"
        raise (Damaged(what, "dealflow db info lists backups") if told is exc else told) from exc
    finally:
        conn.rollback()


def create(
    path: str,
    author: Author,
    fill: Callable[[Book], None],
    on_warning: Callable[[str], None] = connection.unheard,
    sharing: str = "",
    *,
    group: bool = False,
    keep: bool = True,
) -> None:
    """Make a new database at `path`: schema and first content in one transaction.

    What there is to be said of the place goes to `on_warning`; `sharing` is the setting.

    It is built beside its place and linked into it when it is whole, so that a kill leaves no
    half-made database. Mode 0600, or with `group` 0660 in the folder's group. With `keep` false
    all of this is done but the last step. Errors: AlreadyExists, Unusable.
    """
    if is_server(path):
        from dealflow.store.server import schema as server

        server.create(path, author, fill, keep=keep)
        return
    if os.path.lexists(path):
        raise AlreadyExists("a file", path, "choose another --db, or go on with this one")
    for told in places.permit(places.look(path), path, sharing, new=True):
        on_warning(told)
    if group:
        modes.must_suit_a_group(path)
    try:
        with new_file(path) as draft:
            _fill(draft, author, fill)
            if group:
                modes.give_to_group(draft)
            if keep:
                put_in_place(draft, path)
    except sqlite3.Error as exc:
        raise explain(exc, path) from exc


def _fill(draft: str, author: Author, fill: Callable[[Book], None]) -> None:
    _make(draft, lambda conn: write_whole(conn, author, fill))


def copy(where: str, source: Conn) -> int:
    """Make a new database that holds what `source` holds, at a path or on a server: how many rows.

    `source` is within a reading transaction. Errors: as `made`.
    """
    sharing = stored(source)["sharing"]
    return made(where, lambda conn: copying.copy(source, conn), sharing, source.on_warning)


def made(
    where: str, fill: Callable[[Conn], int], sharing: str, on_warning: Callable[[str], None]
) -> int:
    """Make a new database, whole or not at all, that `fill` fills: how many rows it stored.

    `sharing` is that setting as it will hold. Errors: AlreadyExists, Unusable; those of `fill`.
    """
    if is_server(where):
        from dealflow.store.server import schema as server

        return server.filled(where, fill)
    if os.path.lexists(where):
        raise AlreadyExists("a file", where, "choose another name")
    for told in places.permit(places.look(where), where, sharing, new=True):
        on_warning(told)
    try:
        with new_file(where) as draft:
            stored_rows = _filled(draft, fill)
            put_in_place(draft, where)
    except sqlite3.Error as exc:
        raise explain(exc, where) from exc
    return stored_rows


def copy_into(draft: str, source: Conn) -> int:
    """Fill an empty file with what `source` holds: how many rows."""
    return _filled(draft, lambda conn: copying.copy(source, conn))


def _filled(draft: str, fill: Callable[[Conn], int]) -> int:
    counted: list[int] = []
    _make(draft, lambda conn: counted.append(fill(conn)))
    return counted[0]


def _make(draft: str, fill: Callable[[Conn], None]) -> None:
    conn = connection.connect_new(draft)
    try:
        conn.begin()
        for statement in ddl():
            conn.execute(statement)
        conn.execute(f"PRAGMA user_version={connection.SCHEMA_VERSION}")
        conn.execute("CREATE TABLE alembic_version (version_num TEXT NOT NULL PRIMARY KEY) STRICT")
        newest = revision(connection.SCHEMA_VERSION)
        conn.execute("INSERT INTO alembic_version VALUES (?)", (newest,))
        fill(conn)
        conn.commit()
    finally:
        conn.close()


def migrate(
    path: str,
    keep: Callable[[Conn], None] = lambda _: None,
    on_warning: Callable[[str], None] = connection.unheard,
    on_commit: Callable[[], None] = connection.nothing,
) -> tuple[int, int]:
    """Bring an older file to this schema version, in one transaction: (version before, now).

    `keep` is given a connection to an older file before it is changed, to make a copy; what there
    is to be said of the file's place goes to `on_warning`.
    Errors: SchemaVersion for a newer file; Busy; Unusable.
    """
    if is_server(path):
        from dealflow.store.server import schema as server

        return server.migrate(path, on_commit)
    from alembic import command
    from sqlalchemy.exc import DBAPIError

    conn = connection.connect_for_migration(path)
    conn.on_warning, conn.on_commit = on_warning, on_commit
    try:
        connection.must_lie_well(conn, stored(conn)["sharing"])
        conn.execute("PRAGMA foreign_keys=OFF")
        conn.begin()
        before = int(conn.execute("PRAGMA user_version").fetchone()[0])
        if before > connection.SCHEMA_VERSION:
            connection.check_version(before, path)
        if before < connection.SCHEMA_VERSION:
            with closing(connection.connect_for_migration(path)) as reader:
                keep(reader)  # what nobody can change any more
            command.upgrade(alembic_config(conn), "head")
            _verify(conn)
            shape.check(conn, path)
            conn.execute(f"PRAGMA user_version={connection.SCHEMA_VERSION}")
            conn.commit()
    except sqlite3.Error as exc:
        raise explain(exc, path) from exc
    except DBAPIError as exc:
        began = began_with(exc)
        if began is None:
            raise
        raise explain(began, path) from exc
    finally:
        conn.rollback()
        conn.close()
    return before, connection.SCHEMA_VERSION


def began_with(exc: BaseException) -> sqlite3.Error | None:
    """SQLite's error that came first: Alembic tidies up after it, which then fails as well."""
    found: sqlite3.Error | None = None
    at: BaseException | None = exc
    while at is not None:
        found = at if isinstance(at, sqlite3.Error) else found
        at = at.__context__
    return found


def alembic_config(conn: Any) -> Config:
    """Alembic's settings for the migrations of this package, run on an open transaction."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = conn
    return config


def _verify(conn: connection.FileConn) -> None:
    broken = conn.execute("PRAGMA foreign_key_check").fetchone()
    sound = conn.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if broken or sound != "ok":
        raise SchemaVersion(
            f"{conn.path} could not be migrated; it is as it was", "dealflow db check"
        )
