"""What rows held at an earlier instant, told by the journal."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

from dealflow.model import Row
from dealflow.store.book import columns, from_json
from dealflow.store.conn import Conn

R = TypeVar("R", bound=Row)

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
    """Rows by id, in the order of `ids`, as they stood at `now`."""
    wanted = list(ids)
    names = columns(kind)
    listed = ", ".join(f"t.{name}" for name in names)
    sql = (
        f"SELECT {listed} FROM json_each(?) j CROSS JOIN {kind.table} t "
        " ON t.id = CAST(j.value AS BIGINT) ORDER BY CAST(j.key AS BIGINT)"
    )
    found = conn.execute(sql, (json.dumps(wanted),)).fetchall()
    rows = [kind(**dict(zip(names, values, strict=True))) for values in found]
    if not rows or not is_past(conn, now):
        return rows
    earlier = before(conn, kind.table, wanted, now)
    return [replace(row, **earlier.get(row.id, {})) for row in rows]
