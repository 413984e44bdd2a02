"""`dealflow sql`: the answer to a question in SQL, in every format."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from dealflow.questions import Ask
from dealflow.results import ID, TEXT, VALUE, Column, Table
from dealflow.store import freehand
from dealflow.store.conn import Conn
from dealflow.store.connection import FileConn


def answer(ask: Ask, sql: str, most: int | None, seconds: int) -> Table:
    """The rows as SQL gives them: instants are integers, bytes are written in hexadecimal.

    Errors: as store.freehand.ask.
    """
    found = _asked(ask.conn, sql, most, seconds)
    rows = [tuple(map(_plain, row)) for row in found.rows]
    names = unique(found.names)
    columns = tuple(
        Column(name, name, _kind(name, [row[at] for row in rows], len(names)))
        for at, name in enumerate(names)
    )
    cut = (f"the first {len(rows):,} rows shown; --limit 0 for all",) if found.more else ()
    return Table(name="sql", columns=columns, rows=rows, notes=cut, empty="no rows")


def _asked(conn: Conn, sql: str, most: int | None, seconds: int) -> freehand.Answer:
    if isinstance(conn, FileConn):
        return freehand.ask(conn, sql, most, seconds)
    from dealflow.store.server import freehand as of_server
    from dealflow.store.server.connection import ServerConn

    assert isinstance(conn, ServerConn)
    return of_server.ask(conn, sql, most, seconds)


def _plain(value: Any) -> Any:
    """A figure that is not finite is absent, as everywhere."""
    if isinstance(value, bytes):
        return value.hex()
    return None if isinstance(value, float) and not isfinite(value) else value


def unique(names: Sequence[str]) -> list[str]:
    """Every name once: `id`, `id_2`. A column without a name is called after its place."""
    given = [name or f"column_{at}" for at, name in enumerate(names, 1)]
    taken, made = set(given), []
    for at, name in enumerate(given):
        free, number = name, 2
        while name in given[:at] and free in taken:
            free, number = f"{name}_{number}", number + 1
        taken.add(free)
        made.append(free)
    return made


def _kind(name: str, values: Sequence[Any], columns: int) -> str:
    """`id`, or the only column, is what `-o ids` prints."""
    if name.lower() == "id" or columns == 1:
        return ID
    texts = all(value is None or isinstance(value, str) for value in values)
    return TEXT if texts else VALUE
