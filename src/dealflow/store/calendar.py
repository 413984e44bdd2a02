"""SQL of follow-ups as a calendar needs them: with their uids, their edits, and whom to meet."""

from __future__ import annotations

from typing import Any

from dealflow.named import NamedTuple
from dealflow.store.scope import Scope

#: columns of a scope that a calendar reads
READS = ("title", "account", "contact", "status")

_PLANNED = """
    SELECT (SELECT uid FROM follow_up WHERE id = f.id),
        (SELECT version FROM follow_up WHERE id = f.id),
        f.due_day, f.due_at, f.created_at, CASE WHEN f.done_at <= :now THEN f.done_at END,
        CASE WHEN f.cancelled_at <= :now THEN f.cancelled_at END, f.what, f.goal, f.kind,
        f.channel, d.id, d.title, d.account, d.contact, r.handle
    FROM {follow_up} f CROSS JOIN deal d ON d.id = f.opportunity_id
    LEFT JOIN {rep} r ON r.id = f.rep_id WHERE {tests} ORDER BY f.late_at, f.id
"""
_COLUMNS = (
    *(
        "opportunity_id",
        "rep_id",
        "due_day",
        "due_at",
        "late_at",
        "what",
        "goal",
        "kind",
        "channel",
    ),
    *("created_at", "done_at", "cancelled_at"),
)


class Entry(NamedTuple):
    """A follow-up, open or over. Instants are epoch seconds UTC."""

    uid: bytes
    version: int
    due_day: str
    due_at: int | None
    created_at: int
    done_at: int | None
    cancelled_at: int | None
    what: str
    goal: str | None
    kind: str | None
    channel: str | None
    deal: int
    title: str
    account: str | None
    contact: str | None
    rep: str | None
    """For whom, a handle."""


def planned(about: Scope, *, over: bool) -> list[Entry]:
    """Follow-ups on the deals in scope (with READS): the open ones, with `over` all of them."""
    tests = [about.follow_up_test, *(["f.created_at <= :now"] if over else [about.open_plan])]
    sql = _PLANNED.format(
        follow_up=about.table("follow_up", *_COLUMNS),
        rep=about.table("rep", "handle"),
        tests=" AND ".join(tests),
    )
    found: list[tuple[Any, ...]] = about.conn.execute(about.sql(sql), about.values).fetchall()
    return [Entry(*row) for row in found]
