"""SQL of the overdue follow-ups: open ones, on open deals, that are late by now."""

from __future__ import annotations

from typing import Any

from dealflow.named import NamedTuple
from dealflow.store.scope import Scope

#: columns of `deal` that are read
READS = (
    *("title", "account", "stage_id", "owner_id", "amount", "currency", "grade"),
    "status",
)
_FOLLOW_UP = (
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


class Overdue(NamedTuple):
    """One overdue follow-up with its deal, as both stood.

    What is one of few (stages, reps) is an id: thousands of rows are handed over faster so.
    """

    id: int
    deal: int
    title: str
    account: str | None
    stage_id: int
    what: str
    goal: str | None
    kind: str | None
    channel: str | None
    rep_id: int
    owner_id: int
    due_day: str
    due_at: int | None
    amount: int | None
    currency: str
    grade: str | None
    snoozed: int


def overdue(about: Scope) -> list[Overdue]:
    """All that are overdue at `:now`, the longest first. The scope has READS."""
    plans = about.table("follow_up", *_FOLLOW_UP)
    sql = f"""
        SELECT f.id, d.id, d.title, d.account, d.stage_id, f.what, f.goal, f.kind, f.channel,
            f.rep_id, d.owner_id, f.due_day, f.due_at, d.amount, d.currency, d.grade, f.snoozed
        FROM {plans} f CROSS JOIN deal d ON d.id = f.opportunity_id
        WHERE f.late_at <= :now AND {about.open_plan} AND {about.follow_up_test}
        AND d.status = 'open' ORDER BY f.late_at, f.id"""
    text = about.sql(sql, among=about.among_planned)
    rows: list[tuple[Any, ...]] = about.conn.execute(text, about.values).fetchall()
    return [Overdue(*row) for row in rows]


def handles(about: Scope) -> dict[int, str]:
    """The handles of the reps, as of `:now`."""
    reps = about.table("rep", "handle")
    return dict(about.conn.execute(about.sql(f"SELECT id, handle FROM {reps}"), about.values))
