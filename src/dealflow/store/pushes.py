"""SQL of the pushes: how often an expected close was put off, as the journal has it.

A date's history is what edits changed it from and to; an edit that was undone never happened. One
that sets a date after it was taken away is measured from the date there was before, so that taking
away and setting anew hides nothing. What was edited while the deal was closed is no push.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from dealflow.named import NamedTuple
from dealflow.store.dimensions import Dimension, keys, lines
from dealflow.store.grouping import OWNER, Window, groups
from dealflow.store.scope import Scope

#: columns of `deal` that are always read
READS = ("owner_id", "status", "created_at", "closed_at", "expected_close", "stage_id")
#: ... and for a list of deals
LISTED = ("title", "account", "owner", "amount", "currency")
STAGE = Dimension("stage", "stage", "d.stage_id", ("stage_id",))

Group = tuple[Any, ...]


class Pushed(NamedTuple):
    """Deals of one group that stand alike: how many, and of how many the date was moved."""

    group: Group
    status: str
    number: int
    pushed: int
    """Deals that were pushed at least once."""
    pulled: int
    pushes: int
    pulls: int


class Deal(NamedTuple):
    """A deal whose expected close was pushed."""

    id: int
    title: str
    account: str | None
    owner: str
    stage: int
    status: str
    amount: int | None
    currency: str
    first: str
    """The expected close before the first move."""
    expected_close: str | None
    pushes: int
    pulls: int
    slipped: int
    """Days of all pushes together."""


def _number(day: str) -> str:
    """SQL for the number of a day, from its ISO text: the Julian day, in whole numbers.

    SQLite and PostgreSQL have no function for it in common.
    """
    year, month, date = (
        f"CAST(substr({day}, {at}, {length}) AS BIGINT)" for at, length in ((1, 4), (6, 2), (9, 2))
    )
    # years begin in March, so that a leap day is the last of its year
    years = f"({year} + 4800 - (14 - {month}) / 12)"
    months = f"({month} + 12 * ((14 - {month}) / 12) - 3)"
    return (
        f"({date} + (153 * {months} + 2) / 5 + 365 * {years} + {years} / 4 - {years} / 100"
        f" + {years} / 400)"
    )


def _terms(window: Window) -> tuple[str, ...]:
    """`dated` has every edit of an expected close by now, `moved` those from a date to another.

    Of a deal that is open, within the window.
    """
    dated = """dated AS (
        SELECT x.row_id AS deal_id, x.id, c.at, json_extract(x.after, '$.expected_close') AS now_on,
            coalesce(
                json_extract(x.before, '$.expected_close'),
                lag(json_extract(x.before, '$.expected_close'))
                    OVER (PARTITION BY x.row_id ORDER BY x.id)
            ) AS was_on
        FROM change x JOIN command c ON c.id = x.command_id
        WHERE x.entity = 'opportunity' AND x.kind = 'edit' AND c.at <= :now
            AND c.undone_by IS NULL AND c.undoes IS NULL
            AND instr(x.before, '"expected_close"') > 0)"""
    inside = " AND ".join(window.tests("e.at"))
    days = f"{_number('e.now_on')} - {_number('e.was_on')}"
    moved = f"""moved AS MATERIALIZED (
        SELECT e.deal_id, e.id, e.was_on, {days} AS days FROM dated e
        WHERE e.was_on IS NOT NULL AND e.now_on IS NOT NULL AND e.was_on <> e.now_on AND {inside}
            AND EXISTS (SELECT 1 FROM visit v WHERE v.opportunity_id = e.deal_id
                AND v.entered_at <= e.at AND (v.left_at IS NULL OR v.left_at > e.at)))"""
    return dated, moved


_BY_DEAL = """by_deal AS (
    SELECT m.deal_id,
        sum(CASE WHEN m.days > 0 THEN 1 ELSE 0 END) AS pushes,
        sum(CASE WHEN m.days < 0 THEN 1 ELSE 0 END) AS pulls,
        sum(CASE WHEN m.days > 0 THEN m.days ELSE 0 END) AS slipped,
        min(m.id) AS first_id
    FROM moved m GROUP BY m.deal_id)"""


def _in_window(window: Window) -> str:
    """Deals that were open at some time in the window, and have or had an expected close."""
    tests = ["(d.expected_close IS NOT NULL OR p.deal_id IS NOT NULL)"]
    tests += ["d.created_at < :end"] * (window.end is not None)
    tests += ["(d.closed_at IS NULL OR d.closed_at >= :start)"] * (window.start is not None)
    return " AND ".join(tests)


def pushed(about: Scope, by: Sequence[Dimension], window: Window) -> list[Pushed]:
    """Deals by group and status, and how often their dates were moved within the window."""
    key = keys(by, OWNER)
    sql = f"""
        SELECT {", ".join([*key, "d.status"])}, count(*),
            coalesce(sum(CASE WHEN p.pushes > 0 THEN 1 ELSE 0 END), 0),
            coalesce(sum(CASE WHEN p.pulls > 0 THEN 1 ELSE 0 END), 0),
            coalesce(sum(p.pushes), 0), coalesce(sum(p.pulls), 0)
        FROM deal d LEFT JOIN by_deal p ON p.deal_id = d.id {lines(about, by)}
        WHERE {_in_window(window)} {groups(len(key) + 1)}"""
    text = about.sql(sql, *_terms(window), _BY_DEAL)
    rows = about.conn.execute(text, about.values | window.values)
    return [Pushed(row[: len(key)], *row[len(key) :]) for row in rows]


def slips(about: Scope, by: Sequence[Dimension], window: Window) -> dict[Group, Counter[int]]:
    """By group, how many pushes were of so many days."""
    key = keys(by, OWNER)
    sql = f"""
        SELECT {", ".join([*key, "m.days"])}, count(*)
        FROM moved m JOIN deal d ON d.id = m.deal_id {lines(about, by)}
        WHERE m.days > 0 {groups(len(key) + 1)}"""
    found: dict[Group, Counter[int]] = defaultdict(Counter)
    rows = about.conn.execute(about.sql(sql, *_terms(window)), about.values | window.values)
    for *group, days, number in rows:
        found[tuple(group)][days] += number
    return found


def most_pushed(about: Scope, window: Window, limit: int) -> list[Deal]:
    """The deals that were pushed, the most often and the furthest pushed first."""
    sql = f"""
        SELECT d.id, d.title, d.account, d.owner, d.stage_id, d.status, d.amount, d.currency,
            m.was_on, d.expected_close, p.pushes, p.pulls, p.slipped
        FROM by_deal p JOIN deal d ON d.id = p.deal_id JOIN moved m ON m.id = p.first_id
        WHERE p.pushes > 0 AND {_in_window(window)}
        ORDER BY p.pushes DESC, p.slipped DESC, d.id LIMIT :most"""
    text = about.sql(sql, *_terms(window), _BY_DEAL)
    rows = about.conn.execute(text, about.values | window.values | {"most": limit})
    return [Deal(*row) for row in rows]
