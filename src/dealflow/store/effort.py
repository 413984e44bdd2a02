"""SQL of the effort: what was done with customers in a window, and what became of what was planned.

Both bounds are epoch seconds UTC, half-open. What happened with a customer and no deal counts where
no filter asks for deals.
"""

from __future__ import annotations

from typing import Any

from dealflow.followups import CHANNELS
from dealflow.model import CONTACT_KINDS
from dealflow.named import NamedTuple
from dealflow.store.among import Among
from dealflow.store.scope import Scope

_BY_KIND = " ".join(f"WHEN '{kind}' THEN '{channel}'" for kind, channel in CHANNELS.items())
_CHANNEL = f"coalesce({{0}}.channel, CASE {{0}}.kind {_BY_KIND} END)"
#: what is counted by: what activities are grouped by first, what that is shown as, and plans' own
BY = {
    "rep": ("y.rep_id", "r.handle", "r.handle"),
    "kind": ("y.kind", "x.who", "f.kind"),
    "channel": (_CHANNEL.format("y"), "x.who", _CHANNEL.format("f")),
    "team": ("y.rep_id", "r.team", "r.team"),
}
_EACH = ", ".join(
    f"sum(CASE WHEN y.kind = '{kind}' THEN 1 ELSE 0 END) AS n{n}"
    for n, kind in enumerate(CONTACT_KINDS)
)
_ALL = ", ".join(f"sum(x.n{n})" for n, _ in enumerate(CONTACT_KINDS))
_CONTACTS = ", ".join(f"'{kind}'" for kind in CONTACT_KINDS)

#: grouped by deal first, of which there are far fewer than activities
_DID = """did AS MATERIALIZED (
    SELECT {key} AS who, y.opportunity_id, y.account_id, {each}
    FROM {activities} WHERE {window} GROUP BY y.opportunity_id, y.account_id, {key})"""
_DONE = """
    SELECT {shown}, {all}, count(DISTINCT coalesce(x.account_id, d.account_id)),
        count(DISTINCT x.opportunity_id)
    FROM did x {joined} LEFT JOIN deal d ON d.id = x.opportunity_id
    GROUP BY {shown} ORDER BY {shown}
"""
_PLANNED = """
    SELECT {by}, count(*),
        coalesce(sum(CASE WHEN f.done_at < f.late_at AND f.done_at <= :now THEN 1 ELSE 0 END), 0),
        coalesce(sum(CASE WHEN f.done_at >= f.late_at AND f.done_at <= :now THEN 1 ELSE 0 END), 0),
        coalesce(sum(CASE WHEN f.cancelled_at <= :now THEN 1 ELSE 0 END), 0)
    FROM {follow_up} f {joined}
    JOIN {rep} r ON r.id = f.rep_id
    WHERE f.late_at > :start AND f.late_at <= :end AND f.created_at <= :now
    GROUP BY {by} ORDER BY {by}
"""
_COLUMNS = (
    *("opportunity_id", "rep_id", "kind", "channel"),
    *("late_at", "created_at", "done_at", "cancelled_at"),
)
_FEW = 1 / 12
"""Share of all activities up to which looking each up is shorter than going through all of them."""


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
    contacts: dict[str | None, dict[str, int]] = {}
    met: dict[str | None, tuple[int, int]] = {}
    for group, *counts, customers, deals in _done(about, by, values):
        kinds = zip([group] if by == "kind" else CONTACT_KINDS, counts, strict=True)
        contacts[group] = {kind: count for kind, count in kinds if count}
        met[group] = customers, deals
    plans = _planned(about, by, values)
    return Effort(contacts, met, {group: Kept(*counts) for group, *counts in plans})


def _done(about: Scope, by: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    key, shown, _ = BY[by]
    rare = _is_rare(about, values)
    at = "y.at" if rare else "+y.at"
    # The instant first: it leaves out more, and is compared faster.
    window = f"{at} >= :start AND {at} < :end AND {at} <= :now AND y.kind IN ({_CONTACTS})"
    activities = "activity y"
    if not about.everything and rare:
        activities = "activity y JOIN deal d ON d.id = y.opportunity_id"
    elif not about.everything:
        activities = "deal d CROSS JOIN activity y ON y.opportunity_id = d.id"
    reps = f"JOIN {about.table('rep', 'handle', 'team')} r ON r.id = x.who"
    each, all_ = ("count(*) AS n0", "sum(x.n0)") if by == "kind" else (_EACH, _ALL)
    did = _DID.format(key=key, each=each, activities=activities, window=window)
    sql = _DONE.format(shown=shown, all=all_, joined=reps if shown.startswith("r.") else "")
    with_them = Among(
        f"SELECT DISTINCT y.opportunity_id AS id FROM activity y"
        f" WHERE y.opportunity_id IS NOT NULL AND {window}",
        few=False,
    )
    return about.conn.execute(about.sql(sql, did, among=with_them), values).fetchall()


def _is_rare(about: Scope, values: dict[str, Any]) -> bool:
    """Whether so few activities are in the window that they are better looked up one by one."""
    (last,) = about.conn.execute("SELECT max(id) FROM activity").fetchone()
    most = int((last or 0) * _FEW)
    some = """SELECT count(*) FROM (SELECT y.at FROM activity y
        WHERE y.at >= :start AND y.at < :end AND y.at <= :now LIMIT :most) seen"""
    return int(about.conn.execute(some, values | {"most": most}).fetchone()[0]) < max(most, 1)


def _planned(about: Scope, by: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    told = {
        "by": BY[by][2],
        "rep": about.table("rep", "handle", "team"),
        "follow_up": about.table("follow_up", *_COLUMNS),
        "joined": "CROSS JOIN deal d ON d.id = f.opportunity_id",
    }
    about.narrow("follow_up", "late_at", "{0} > :start AND {0} <= :end")
    if about.everything:  # every plan is of a deal: in the past, of one that had been made by then
        there = "JOIN opportunity o ON o.id = f.opportunity_id AND o.created_at <= :now"
        told["joined"] = there if about.past else ""
    return about.conn.execute(about.sql(_PLANNED.format(**told)), values).fetchall()
