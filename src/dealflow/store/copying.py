"""A whole database row by row, from one place to another: file to server, and back.

Every table, id and version stays what it was, the journal included, and the copy is compared with
its source before it is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dealflow.errors import Damaged
from dealflow.model import ROWS
from dealflow.store.conn import Conn

#: every table, those before that others refer to
TABLES = (
    *("command", *(kind.table for kind in ROWS)),
    *("change", "command_key", "merged", "reminder"),
)
#: what a database works out by itself and does not take from outside
_GENERATED = {"visit": {"hours"}}
#: rows that are held in memory at once
_AT_ONCE = 5_000


def copy(source: Conn, target: Conn) -> int:
    """Fill the empty tables of `target`, inside its transaction; how many rows there were.

    `source` is within a reading transaction. Error: Damaged where the copy is not its source.
    """
    target.defer_references()
    copied = 0
    for table in TABLES:
        names = columns(source, table)
        for rows in pages(source, table, names):
            target.insert(table, names, rows)
            copied += len(rows)
        target.ids_given(table, source.next_id(table) - 1)
    compare(source, target)
    return copied


def empty(conn: Conn) -> None:
    """Take everything away, inside the open transaction."""
    conn.defer_references()
    for table in reversed(TABLES):
        conn.execute(f"DELETE FROM {table}")


def columns(conn: Conn, table: str) -> list[str]:
    """The columns that are copied, as the source has them."""
    described = conn.execute(f"SELECT * FROM {table} LIMIT 0").description
    names = [column[0] for column in described]
    return [name for name in names if name not in _GENERATED.get(table, ())]


def pages(conn: Conn, table: str, names: list[str]) -> Iterator[list[tuple[Any, ...]]]:
    """All rows of a table by id, some thousands at a time."""
    sql = f"SELECT {', '.join(names)} FROM {table} WHERE id > ? ORDER BY id LIMIT ?"
    place, last = names.index("id"), 0
    while rows := conn.execute(sql, (last, _AT_ONCE)).fetchall():
        yield rows
        last = rows[-1][place]


def compare(source: Conn, target: Conn) -> None:
    """Row by row. Error: Damaged, naming the table that differs."""
    for table in TABLES:
        names = columns(source, table)
        there = pages(target, table, names)
        for rows in pages(source, table, names):
            if next(there, None) != rows:
                raise Damaged(f"the copy of {table} is not what {source.path} has; it is not kept")
        if next(there, None):
            raise Damaged(f"the copy of {table} has more than {source.path}; it is not kept")
