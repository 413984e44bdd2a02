"""Columns kept beside the facts they follow from, so that lists and reports need no search.

One statement per column, written once: actions run it for the deals they touched, an import for all
of its deals, and `db check` compares it with what the file holds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date, tzinfo

from dealflow import followups
from dealflow.model import CONTACT_KINDS
from dealflow.store.conn import Conn
from dealflow.store.settings import stored, stored_zone

_NEXT = "(SELECT {0} FROM visit n WHERE n.opportunity_id = visit.opportunity_id AND {1})"
_CLOSED = "visit.ending IN ('won', 'lost', 'void') AND n.seq = visit.seq + 1"

_LAST_CONTACT = (
    "(SELECT max(a.at) FROM activity a"
    f" WHERE a.opportunity_id = opportunity.id AND a.kind IN {CONTACT_KINDS})"
)
#: what is late, and when: it follows from the business time zone as well
_DAYS = {"late_at", "next_late_at"}
#: (table, column, the expression that it always equals, the column that names the deal)
#: later ones build on those before them
DERIVED: tuple[tuple[str, str, str, str], ...] = (
    ("follow_up", "late_at", "overdue_from(due_day, due_at)", "opportunity_id"),
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
)

#: `hours` is kept by the database itself: see store/tables.py
_WRONG_HOURS = "SELECT id FROM visit WHERE hours IS NOT (left_at - entered_at) / 3600 ORDER BY id"

COLUMNS = frozenset((table, column) for table, column, _, _ in DERIVED)


def refresh(conn: Conn, deals: Collection[int]) -> None:
    """Bring the derived columns of these deals up to date."""
    if deals:
        _teach_days(conn)
    for low, high in runs(sorted(deals)):
        for table, column, value, key in DERIVED:
            conn.execute(
                f"UPDATE {table} SET {column} = {value}"
                f" WHERE {key} BETWEEN ? AND ? AND {column} IS NOT {value}",
                (low, high),
            )


def refresh_days(conn: Conn) -> None:
    """Bring what follows from the time zone up to date, for every deal."""
    _teach_days(conn)
    for table, column, value, _ in DERIVED:
        if column in _DAYS:
            conn.execute(f"UPDATE {table} SET {column} = {value} WHERE {column} IS NOT {value}")


def refresh_row(conn: Conn, table: str, row_id: int) -> None:
    """Bring up to date what is derived of one row, and of the others of its deal."""
    key = next(key for name, _, _, key in DERIVED if name == table)
    deals = conn.execute(f"SELECT {key} FROM {table} WHERE id = ?", (row_id,)).fetchall()
    refresh(conn, [deal for (deal,) in deals])
    if table == "visit":  # the database works `hours` out again when what it follows from is set
        conn.execute("UPDATE visit SET left_at = left_at WHERE id = ?", (row_id,))


def _teach_days(conn: Conn) -> None:
    """Give SQL `overdue_from(due_day, due_at)`. Error: Damaged, by a stored time zone."""
    zone = stored(conn)["timezone"]
    conn.teach_days(zone, _overdue_from(stored_zone(zone)))


def _overdue_from(tz: tzinfo) -> Callable[[str, int | None], int | None]:
    """As followups.late_at, in this time zone; None for a day that is not one."""
    days: dict[str, int | None] = {}

    def overdue_from(day: str, instant: int | None) -> int | None:
        if instant is not None:
            return instant + 1
        if day not in days:
            try:
                days[day] = followups.late_at(date.fromisoformat(day), None, tz)
            except (ValueError, OverflowError):
                days[day] = None
        return days[day]

    return overdue_from


def runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring numbers as (first, last): an import's thousands of deals are one statement."""
    start = 0
    for i, number in enumerate(numbers):
        if i + 1 == len(numbers) or numbers[i + 1] != number + 1:
            yield numbers[start], number
            start = i + 1


def wrong(conn: Conn) -> Iterator[tuple[str, str, int]]:
    """Rows whose derived column differs from its facts: (table, column, id). Error: Damaged."""
    _teach_days(conn)
    for table, column, value, _ in DERIVED:
        sql = f"SELECT id FROM {table} WHERE {column} IS NOT {value} ORDER BY id"
        for (row_id,) in conn.execute(sql):
            yield table, column, row_id
    for (row_id,) in conn.execute(_WRONG_HOURS):
        yield "visit", "hours", row_id
