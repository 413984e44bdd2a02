"""SQL of the effort: what was done with customers in a window, and what became of what was planned.

Both bounds are epoch seconds UTC, half-open. What happened with a customer and no deal counts where
no filter asks for deals.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from dealflow.followups import CHANNELS
from dealflow.model import CONTACT_KINDS
from dealflow.store.scope import Scope

_BY_KIND = " ".join(f"WHEN '{kind}' THEN '{channel}'" for kind, channel in CHANNELS.items())
_CHANNEL = f"coalesce({{0}}.channel, CASE {{0}}.kind {_BY_KIND} END)"
#: what contacts can be counted by, and plans
BY = {"rep": "r.handle", "kind": "y.kind", "channel": _CHANNEL.format("y"), "team": "r.team"}
_PLANS = BY | {"kind": "f.kind", "channel": _CHANNEL.format("f")}
_CONTACTS = ", ".join(f"'{kind}'" for kind in CONTACT_KINDS)
_FEW = 0.05
"""Share of all that was ever done up to which looking it up one by one is the shorter way."""

_DONE = """
    SELECT {by}, y.kind, sum(y.number) FROM (
        SELECT y.rep_id, y.kind, {channel} AS channel, count(*) AS number
        FROM activity y {joined} WHERE {window} GROUP BY 1, 2, 3
    ) y JOIN {rep} r ON r.id = y.rep_id GROUP BY {by}, y.kind ORDER BY {by}, y.kind
"""
_MET = """
    SELECT {by}, count(DISTINCT coalesce(y.account_id, d.account_id)),
        count(DISTINCT y.opportunity_id)
    FROM (
        SELECT DISTINCT y.rep_id, {kind} AS kind, {channel} AS channel, y.opportunity_id,
            y.account_id
        FROM activity y WHERE {window}
    ) y JOIN {rep} r ON r.id = y.rep_id {met} GROUP BY {by} ORDER BY {by}
"""
_PLANNED = """
    SELECT {by}, count(*),
        coalesce(sum(CASE WHEN f.done_at < f.late_at AND f.done_at <= :now THEN 1 ELSE 0 END), 0),
        coalesce(sum(CASE WHEN f.done_at >= f.late_at AND f.done_at <= :now THEN 1 ELSE 0 END), 0),
        coalesce(sum(CASE WHEN f.cancelled_at <= :now THEN 1 ELSE 0 END), 0)
    FROM {follow_up} f {planned}
    JOIN {rep} r ON r.id = f.rep_id
    WHERE f.late_at > :start AND f.late_at <= :end AND f.created_at <= :now
    GROUP BY {by} ORDER BY {by}
"""
_COLUMNS = (
    *("opportunity_id", "rep_id", "kind", "channel"),
    *("late_at", "created_at", "done_at", "cancelled_at"),
)


class Kept(NamedTuple):
    """Of the follow-ups due in the window: how many, done in time, done late, given up."""

    due: int = 0
    on_time: int = 0
    late: int = 0
    given_up: int = 0


class Effort(NamedTuple):
    """By what was asked for: contacts by kind; customers and deals met; plans kept."""

    contacts: dict[str | None, dict[str, int]]
    met: dict[str | None, tuple[int, int]]
    kept: dict[str | None, Kept]


def effort(about: Scope, by: str, start: int, end: int) -> Effort:
    """`by` is one of BY."""
    values = about.values | {"start": start, "end": end}
    wide = "+" * _is_wide(about, values)
    window = (
        f"y.kind IN ({_CONTACTS}) AND {wide}y.at >= :start AND {wide}y.at < :end"
        f" AND {wide}y.at <= :now"
    )
    apart = about.everything and not about.past
    told = {
        "by": "y.channel" if by == "channel" else BY[by],
        "channel": BY["channel"] if by == "channel" else "NULL",
        "kind": "y.kind" if by == "kind" else "NULL",
        "rep": about.table("rep", "handle", "team"),
        "window": window,
        "joined": "" if about.everything else "JOIN deal d ON d.id = y.opportunity_id",
        "met": f"{'LEFT ' * about.everything}JOIN deal d ON d.id = y.opportunity_id",
        "planned": "" if apart else "CROSS JOIN deal d ON d.id = f.opportunity_id",
    }

    def rows(sql: str, **more: str) -> list[tuple[Any, ...]]:
        text = about.sql(sql.format(**(told | more)))
        found: list[tuple[Any, ...]] = about.conn.execute(text, values).fetchall()
        return found

    contacts: dict[str | None, dict[str, int]] = {}
    for group, kind, count in rows(_DONE):
        contacts.setdefault(group, {})[kind] = count
    met = {group: (who, deals) for group, who, deals in rows(_MET)}
    plans = rows(_PLANNED, by=_PLANS[by], follow_up=about.table("follow_up", *_COLUMNS))
    return Effort(contacts, met, {group: Kept(*counts) for group, *counts in plans})


def _is_wide(about: Scope, values: dict[str, Any]) -> bool:
    """Whether so much was done in the window that reading everything is the shorter way."""
    run = about.conn.execute
    many = int((run("SELECT max(id) FROM activity").fetchone()[0] or 0) * _FEW) + 1
    inside = "SELECT 1 FROM activity y WHERE y.at >= :start AND y.at < :end AND y.at <= :now"
    return bool(
        run(f"SELECT count(*) FROM ({inside} LIMIT {many}) x", values).fetchone()[0] == many
    )
