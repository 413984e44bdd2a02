"""Columns kept beside the facts they follow from, so that lists and reports need no search.

One statement per column, written once: actions run it for the deals they touched, an import for all
of its deals, and `db check` compares it with what the file holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dealflow.model import CONTACT_KINDS
from dealflow.store.connection import Conn

_NEXT = "(SELECT {0} FROM visit n WHERE n.opportunity_id = visit.opportunity_id AND {1})"
_CLOSED = "visit.ending IN ('won', 'lost', 'void') AND n.seq = visit.seq + 1"

_LAST_CONTACT = (
    "(SELECT max(a.at) FROM activity a"
    f" WHERE a.opportunity_id = opportunity.id AND a.kind IN {CONTACT_KINDS})"
)
#: (table, column, the expression that it always equals, the column that names the deal)
DERIVED: tuple[tuple[str, str, str, str], ...] = (
    (
        "opportunity",
        "last_contact_at",
        _LAST_CONTACT,
        "id",
    ),
    (
        "opportunity",
        "next_late_at",
        (
            "(SELECT min(f.late_at) FROM follow_up f WHERE f.opportunity_id = opportunity.id"
            " AND f.done_at IS NULL AND f.cancelled_at IS NULL)"
        ),
        "id",
    ),
    (
        "visit",
        "revisited_at",
        (
            "(SELECT n.entered_at FROM visit n WHERE n.opportunity_id = visit.opportunity_id"
            " AND n.stage_id = visit.stage_id AND n.seq > visit.seq ORDER BY n.seq LIMIT 1)"
        ),
        "opportunity_id",
    ),
    ("visit", "reopened_at", _NEXT.format("n.entered_at", _CLOSED), "opportunity_id"),
    ("visit", "reopened_stage_id", _NEXT.format("n.stage_id", _CLOSED), "opportunity_id"),
)


def refresh(conn: Conn, deals: Iterable[int]) -> None:
    """Bring the derived columns of these deals up to date."""
    for low, high in _runs(sorted(deals)):
        for table, column, value, key in DERIVED:
            conn.execute(
                f"UPDATE {table} SET {column} = {value}"
                f" WHERE {key} BETWEEN ? AND ? AND {column} IS NOT {value}",
                (low, high),
            )


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring numbers as (first, last): an import's thousands of deals are one statement."""
    start = 0
    for i, number in enumerate(numbers):
        if i + 1 == len(numbers) or numbers[i + 1] != number + 1:
            yield numbers[start], number
            start = i + 1


def wrong(conn: Conn) -> Iterator[tuple[str, str, int]]:
    """Rows whose derived column differs from its facts: (table, column, id)."""
    for table, column, value, _ in DERIVED:
        sql = f"SELECT id FROM {table} WHERE {column} IS NOT {value} ORDER BY id"
        for (row_id,) in conn.execute(sql):
            yield table, column, row_id
