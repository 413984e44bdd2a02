"""SQL of the effort: what was done with customers in a window, and what became of what was planned.

Both bounds are epoch seconds UTC, half-open. What happened with a customer and no deal counts where
no filter asks for deals.
"""

from __future__ import annotations

from typing import Any

from dealflow.followups import CHANNELS
from dealflow.model import CONTACT_KINDS
from dealflow.named import NamedTuple
from dealflow.store.scope import Scope

_BY_KIND = " ".join(f"WHEN '{kind}' THEN '{channel}'" for kind, channel in CHANNELS.items())
_CHANNEL = f"coalesce({{0}}.channel, CASE {{0}}.kind {_BY_KIND} END)"
#: what contacts can be counted by, and plans
BY = {"rep": "r.handle", "kind": "y.kind", "channel": _CHANNEL.format("y"), "team": "r.team"}
_PLANS = BY | {"kind": "f.kind", "channel": _CHANNEL.format("f")}
_CONTACTS = ", ".join(f"'{kind}'" for kind in CONTACT_KINDS)

_DONE = """
    SELECT {by}, y.kind, count(*)
    FROM activity y JOIN {rep} r ON r.id = y.rep_id {joined}
    WHERE {window} GROUP BY {by}, y.kind ORDER BY {by}, y.kind
"""
_MET = """
    SELECT {by}, count(DISTINCT coalesce(y.account_id, d.account_id)),
        count(DISTINCT y.opportunity_id)
    FROM activity y JOIN {rep} r ON r.id = y.rep_id {joined}
    WHERE {window} GROUP BY {by} ORDER BY {by}
"""
_PLANNED = """
    SELECT {by}, count(*),
        coalesce(sum(CASE WHEN f.done_at < f.late_at AND f.done_at <= :now THEN 1 ELSE 0 END), 0),
        coalesce(sum(CASE WHEN f.done_at >= f.late_at AND f.done_at <= :now THEN 1 ELSE 0 END), 0),
        coalesce(sum(CASE WHEN f.cancelled_at <= :now THEN 1 ELSE 0 END), 0)
    FROM {follow_up} f CROSS JOIN deal d ON d.id = f.opportunity_id
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
    told = {"by": BY[by], "rep": about.table("rep", "handle", "team")}
    joined = "JOIN deal d ON d.id = y.opportunity_id"
    if about.everything:
        joined = f"LEFT {joined}"
    window = f"y.kind IN ({_CONTACTS}) AND y.at >= :start AND y.at < :end AND y.at <= :now"

    def rows(sql: str, **more: str) -> list[tuple[Any, ...]]:
        text = about.sql(sql.format(**told, **more))
        found: list[tuple[Any, ...]] = about.conn.execute(text, values).fetchall()
        return found

    contacts: dict[str | None, dict[str, int]] = {}
    for group, kind, count in rows(_DONE, joined=joined, window=window):
        contacts.setdefault(group, {})[kind] = count
    met = {group: (who, deals) for group, who, deals in rows(_MET, joined=joined, window=window)}
    told["by"] = _PLANS[by]
    plans = rows(_PLANNED, follow_up=about.table("follow_up", *_COLUMNS))
    return Effort(contacts, met, {group: Kept(*counts) for group, *counts in plans})
