"""Targets as they stood: rows that people set, change and remove, told by the journal."""

from __future__ import annotations

from dealflow.model import Target
from dealflow.store.conn import Conn
from dealflow.store.past import all_at


def targets(conn: Conn, now: int) -> list[Target]:
    """Every target there was at `now`, as it was then."""
    return all_at(conn, Target, now)
