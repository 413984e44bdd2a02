"""What rows held at an earlier instant, told by the journal."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

from dealflow.model import Row
from dealflow.store.book import columns, from_json, rows_of
from dealflow.store.conn import Conn

R = TypeVar("R", bound=Row)

#: rows of a table that came or went after the instant, by commands that still count
_SINCE = """
    SELECT x.kind, x.row_id, x.last_id, x.before FROM command c
    CROSS JOIN change x ON x.command_id = c.id
    WHERE c.at > :now AND c.undone_by IS NULL AND c.undoes IS NULL
      AND x.entity = :entity AND x.kind IN ('add', 'remove') ORDER BY x.id DESC
"""
#: what stood in one row when it was taken away, after :since
_REMOVED = """
    SELECT x.before FROM change x JOIN command c ON c.id = x.command_id
    WHERE x.entity = :entity AND x.kind = 'remove' AND x.row_id = :row
      AND c.at > :since AND c.undone_by IS NULL AND c.undoes IS NULL ORDER BY x.id DESC LIMIT 1
"""

#: edits after the instant that still count, the latest first: the earliest has the last word
_EDITS = """
    SELECT x.row_id, x.before FROM json_each(:ids) j
    CROSS JOIN change x ON x.entity = :entity AND x.kind = 'edit'
        AND x.row_id = CAST(j.value AS BIGINT)
    JOIN command c ON c.id = x.command_id
    WHERE c.at > :now AND c.undone_by IS NULL AND c.undoes IS NULL
    ORDER BY x.row_id, x.id DESC
"""


def is_past(conn: Conn, now: int) -> bool:
    """Whether something was recorded after `now`, so that the present rows may not do."""
    latest = conn.execute("SELECT max(at) FROM command").fetchone()[0]
    return latest is not None and latest > now


def before(conn: Conn, entity: str, ids: Iterable[int], now: int) -> dict[int, dict[str, Any]]:
    """Columns, by row, whose value at `now` differs from the present one."""
    asked = {"ids": json.dumps(list(ids)), "entity": entity, "now": now}
    found: dict[int, dict[str, Any]] = {}
    for row_id, text in conn.execute(_EDITS, asked):
        found.setdefault(row_id, {}).update(from_json(text))
    return found


def row_at(conn: Conn, kind: type[R], row_id: int | None, now: int) -> R | None:
    """The row as it stood at `now`; None where there is none (it may not have existed then)."""
    return next(iter(rows_at(conn, kind, [] if row_id is None else [row_id], now)), None)


def rows_at(conn: Conn, kind: type[R], ids: Iterable[int], now: int) -> list[R]:
    """Rows by id, in the order of `ids`, as they stood at `now`; those taken away since as well."""
    wanted = list(ids)
    names = columns(kind)
    listed = ", ".join(f"t.{name}" for name in names)
    sql = (
        f"SELECT {listed} FROM json_each(?) j CROSS JOIN {kind.table} t "
        " ON t.id = CAST(j.value AS BIGINT) ORDER BY CAST(j.key AS BIGINT)"
    )
    found = conn.execute(sql, (json.dumps(wanted),)).fetchall()
    rows = [kind(**dict(zip(names, values, strict=True))) for values in found]
    if not wanted or not is_past(conn, now):
        return rows
    there = {row.id: row for row in rows}
    for number in set(wanted) - there.keys():
        asked = {"entity": kind.table, "row": number, "since": now}
        if gone := conn.execute(_REMOVED, asked).fetchone():
            there[number] = kind(**from_json(gone[0]))
    earlier = before(conn, kind.table, wanted, now)
    return [replace(there[n], **earlier.get(n, {})) for n in wanted if n in there]


def all_at(conn: Conn, kind: type[R], now: int) -> list[R]:
    """Every row of a small table that there was at `now`, as it was then, by id."""
    listed = ", ".join(columns(kind))
    found = rows_of(kind, conn.execute(f"SELECT {listed} FROM {kind.table} ORDER BY id"))
    if not is_past(conn, now):
        return found
    there = {row.id: row for row in found}
    added: set[int] = set()
    for how, first, last, text in conn.execute(_SINCE, {"entity": kind.table, "now": now}):
        if how == "remove":
            there[first] = kind(**from_json(text))
        else:
            added.update(range(first, last + 1))
    earlier = before(conn, kind.table, there, now)
    return [
        replace(row, **earlier.get(number, {}))
        for number, row in sorted(there.items())
        if number not in added
    ]


def cell_at(conn: Conn, column: tuple[str, str], row_id: int, now: int) -> Any:
    """What stood in a column (table, name) of one row at `now`; None where there is no such row.

    A row that was taken away, as a customer that became one with another, is what it was.
    """
    table, name = column
    earlier = before(conn, table, [row_id], now).get(row_id, {})
    if name in earlier:
        return earlier[name]
    found = conn.execute(f"SELECT {name} FROM {table} WHERE id = ?", (row_id,)).fetchone()
    if found is not None:
        return found[0]
    asked = {"entity": table, "row": row_id, "since": now}
    gone = conn.execute(_REMOVED, asked).fetchone()
    return from_json(gone[0]).get(name) if gone else None
