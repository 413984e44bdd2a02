"""The team's working days as stored: the week's pattern, and the days that are otherwise."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from dealflow.errors import Damaged, UsageError
from dealflow.model import DAY_WORKED
from dealflow.store.conn import Conn

if TYPE_CHECKING:
    from dealflow.dates.workdays import Calendar

Found = list[tuple[Any, ...]]

_LISTED = """
    SELECT h.day, h.kind, h.name, h.version FROM holiday h
    WHERE h.day >= :first AND h.day <= :last ORDER BY h.day
"""


def calendar(conn: Conn, week: str) -> Calendar:
    """Who works when: `week` is the setting `workdays`. Error: Damaged.

    It is the calendar that the file has now, whatever day is asked about: a holiday that was
    entered late was one all the same.
    """
    from dealflow.dates.workdays import Calendar, parse_week

    try:
        days = {
            date.fromisoformat(day): kind == DAY_WORKED
            for day, kind in conn.execute("SELECT day, kind FROM holiday")
        }
        return Calendar(parse_week(week), days)
    except (UsageError, ValueError):
        told = "the stored working days are damaged"
        raise Damaged(told, "dealflow settings set workdays mon-fri") from None


def listed(conn: Conn, first: str, last: str) -> Found:
    """Days from `first` to `last`, ISO text, both included."""
    return conn.execute(_LISTED, {"first": first, "last": last}).fetchall()
