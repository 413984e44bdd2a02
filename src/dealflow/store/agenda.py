"""SQL of the agenda: open follow-ups on open deals, by when they are due."""

from __future__ import annotations

from datetime import date
from typing import Any

from dealflow.named import NamedTuple
from dealflow.store.conn import ALL
from dealflow.store.scope import Scope

#: columns of a scope that an agenda reads
READS = ("title", "account", "stage_id", "stage", "amount", "currency", "grade", "owner", "status")

_AGENDA = """
    SELECT f.id, f.due_day, f.due_at, f.due_day, f.due_at, f.kind, f.what, f.goal, f.channel,
        d.id, d.title, d.account, d.stage,
        (SELECT name FROM stage_definition WHERE stage_id = d.stage_id
         AND effective_from <= max(:now, (SELECT min(effective_from) FROM stage_definition
            WHERE stage_id = d.stage_id)) ORDER BY effective_from DESC, id DESC LIMIT 1),
        d.amount, d.currency, d.currency, d.grade, d.owner, r.handle, f.snoozed,
        (SELECT version FROM follow_up WHERE id = f.id)
    {chosen} ORDER BY f.late_at, f.id LIMIT :limit
"""
_COUNTS = """
    SELECT count(*), coalesce(sum(f.late_at <= :now), 0),
        coalesce(sum(f.late_at > :now AND f.due_day = :today), 0) {chosen}
"""
_CHOSEN = """
    FROM {follow_up} f CROSS JOIN deal d ON d.id = f.opportunity_id
    LEFT JOIN {rep} r ON r.id = f.rep_id WHERE {tests}
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
    *("created_at", "done_at", "cancelled_at", "snoozed"),
)


class Counts(NamedTuple):
    """Follow-ups in all, those that are overdue, and those that are due today and are not."""

    total: int
    overdue: int
    today: int


def agenda(
    about: Scope, *, until: int | None, today: date, limit: int | None
) -> tuple[list[tuple[Any, ...]], Counts]:
    """Open follow-ups on the deals in scope (with READS), those due first at the top.

    `until` is the last instant at which they may become late; None for any.
    """
    tests = [about.open_plan, about.follow_up_test]
    tests += ["f.late_at <= :until"] * (until is not None)
    chosen = _CHOSEN.format(
        follow_up=about.table("follow_up", *_COLUMNS),
        rep=about.table("rep", "handle"),
        tests=" AND ".join(tests),
    )
    asked = about.values | {"until": until, "today": today.isoformat(), "limit": limit or ALL}
    among = about.among_planned
    listed, counted = (
        about.sql(sql.format(chosen=chosen), among=among) for sql in (_AGENDA, _COUNTS)
    )
    found = about.conn.execute(listed, asked).fetchall()
    counts = about.conn.execute(counted, asked).fetchone()
    return found, Counts(*counts)
