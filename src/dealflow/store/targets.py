"""Targets as they stood: rows that people set, change and remove, told by the journal."""

from __future__ import annotations

from dataclasses import replace

from dealflow.model import Target
from dealflow.store.book import columns, from_json, rows_of
from dealflow.store.conn import Conn
from dealflow.store.past import before, is_past

_ALL = f"SELECT {', '.join(columns(Target))} FROM target ORDER BY id"
_SINCE = """
    SELECT x.kind, x.row_id, x.last_id, x.before FROM command c
    CROSS JOIN change x ON x.command_id = c.id
    WHERE c.at > :now AND c.undone_by IS NULL AND c.undoes IS NULL
      AND x.entity = 'target' AND x.kind IN ('add', 'remove') ORDER BY x.id DESC
"""


def targets(conn: Conn, now: int) -> list[Target]:
    """Every target there was at `now`, as it was then."""
    present = {row.id: row for row in rows_of(Target, conn.execute(_ALL))}
    if not is_past(conn, now):
        return list(present.values())
    added: set[int] = set()
    for kind, first, last, text in conn.execute(_SINCE, {"now": now}).fetchall():
        if kind == "remove":
            present[first] = Target(**from_json(text))
        else:
            added.update(range(first, last + 1))
    earlier = before(conn, Target.table, present, now)
    return [
        replace(row, **earlier.get(number, {}))
        for number, row in sorted(present.items())
        if number not in added
    ]
