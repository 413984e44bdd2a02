"""SQL of the changes: every deal that was open at one of two instants, or closed between them.

What a deal was at the first instant stands beside what it is at the second; both are scopes, each
with its own `now`, so that filters and facts are those of their day. The statement counts and adds:
a deal came in one way (it was there, is new, was reopened, or came in from outside of the filter),
and went in one (it is there, was closed, or went out of the filter).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from dealflow.named import NamedTuple
from dealflow.store.dimensions import Dimension, keys
from dealflow.store.exchange import FIXED_AT
from dealflow.store.grouping import OWNER
from dealflow.store.scope import Scope

#: columns of `deal` that are always read
READS = (
    *("owner_id", "status", "amount", "currency", "expected_close", "closed_at", "created_at"),
)
STAGE = Dimension("stage", "stage", "d.stage_id", ("stage_id",))
#: how a deal came to be looked at, and what became of it; a close is a way to go as well
OPENING, NEW, REOPENED, CAME_IN = "opening", "new", "reopened", "in"
CLOSING, WENT_OUT = "closing", "out"
#: what became of an amount in between, and of an expected close
GREW, SHRANK, SAME, CURRENCY = "grew", "shrank", "same", "currency_changed"
PUSHED, PULLED, DATED, UNDATED = "pushed", "pulled", "dated", "undated"

_AMOUNT = f"""CASE
    WHEN m.amount0 IS NOT NULL AND m.amount1 IS NOT NULL AND m.currency0 <> m.currency1
        THEN '{CURRENCY}'
    WHEN coalesce(m.amount1, 0) > coalesce(m.amount0, 0) THEN '{GREW}'
    WHEN coalesce(m.amount1, 0) < coalesce(m.amount0, 0) THEN '{SHRANK}'
    ELSE '{SAME}' END"""
_DATE = f"""CASE
    WHEN m.close1 > m.close0 THEN '{PUSHED}'
    WHEN m.close1 < m.close0 THEN '{PULLED}'
    WHEN m.close0 IS NULL AND m.close1 IS NOT NULL THEN '{DATED}'
    WHEN m.close1 IS NULL AND m.close0 IS NOT NULL THEN '{UNDATED}'
    ELSE '{SAME}' END"""


class Side(NamedTuple):
    """The deals at one of the two instants."""

    everything: Scope
    """All deals there were then, with READS and what the dimensions read."""
    chosen: Scope | None
    """Those that match the filter; None where nothing could match yet."""


class Flow(NamedTuple):
    """Deals that came and went in the same way, with their amounts before and after.

    In minor units. `before` and `after` are groups; what came in the window has no amount before.
    """

    before: Any
    after: Any
    came: str
    went: str
    amount: str
    date: str
    currency0: str | None
    currency1: str
    at: int | None
    """When they were closed, where an exchange rate depends on it."""
    number: int
    known0: int
    minor0: int
    known1: int
    minor1: int


def changes(first: Side, second: Side, by: Sequence[Dimension]) -> list[Flow]:
    """What became of the deals between two instants; `by` is one dimension or none."""
    key = keys(by, OWNER) or ["NULL"]
    values: dict[str, Any] = {"before": first.everything.now, "now": second.everything.now}
    tables = {
        "a": _embedded(first.everything, _facts(key[0]), "a_", values),
        "b": _embedded(second.everything, _facts(key[0]), "b_", values),
    }
    joins = f"LEFT JOIN ({tables['a']}) a ON a.id = b.id"
    tests = {}
    for alias, side, name in (("p", first, "in0"), ("q", second, "in1")):
        tests[name] = "TRUE"
        if side.chosen is None:
            tests[name] = "FALSE"
        elif not side.chosen.everything:
            ids = _embedded(side.chosen, "SELECT d.id FROM deal d", f"{alias}_", values)
            joins += f" LEFT JOIN ({ids}) {alias} ON {alias}.id = b.id"
            tests[name] = f"{alias}.id IS NOT NULL"
    moved = _MOVED.format(table=tables["b"], joins=joins, **tests)
    rows = second.everything.conn.execute(_COUNTED.format(moved=moved), values)
    return [Flow(*row) for row in rows]


def _facts(key: str) -> str:
    return (
        f"SELECT d.id, d.status, d.amount, d.currency, d.expected_close, d.closed_at, {key} AS k"
        " FROM deal d"
    )


def _embedded(about: Scope, statement: str, prefix: str, values: dict[str, Any]) -> str:
    """The statement as it stands in another one: what it binds gets names of its own."""
    text = about.sql(statement)
    for name, value in about.values.items():
        text = re.sub(rf"(?<!:):{name}\b", f":{prefix}{name}", text)
        values[prefix + name] = value
    return text


_MOVED = f"""
    SELECT b.id, a.k AS k0, b.k AS k1,
        CASE WHEN a.status = 'open' AND {{in0}} THEN '{OPENING}' WHEN a.id IS NULL THEN '{NEW}'
            WHEN a.status = 'open' THEN '{CAME_IN}' ELSE '{REOPENED}' END AS came,
        CASE WHEN b.status = 'open' AND {{in1}} THEN '{CLOSING}'
            WHEN b.closed_at > :before AND {{in1}} THEN b.status
            WHEN a.status = 'open' AND {{in0}} THEN '{WENT_OUT}' END AS went,
        a.amount AS amount0, a.currency AS currency0, a.expected_close AS close0,
        CASE WHEN b.status = 'open' THEN b.amount ELSE v.end_amount END AS amount1,
        CASE WHEN b.status = 'open' THEN b.currency ELSE v.currency END AS currency1,
        b.expected_close AS close1,
        CASE WHEN b.status <> 'open' THEN b.closed_at END AS at
    FROM ({{table}}) b {{joins}}
    LEFT JOIN visit v ON b.closed_at > :before AND v.opportunity_id = b.id
        AND v.left_at = b.closed_at AND v.ending = b.status
        AND v.ending IN ('won', 'lost', 'void') AND (v.reopened_at IS NULL OR v.reopened_at > :now)
    WHERE a.status = 'open' OR b.status = 'open' OR b.closed_at > :before"""
_COUNTED = f"""
    SELECT m.k0, m.k1, m.came, m.went, {_AMOUNT}, {_DATE},
        CASE WHEN m.came = '{OPENING}' THEN m.currency0 END, m.currency1,
        {FIXED_AT.format("m.currency1", "m.at")}, count(*),
        count(CASE WHEN m.came = '{OPENING}' THEN m.amount0 END),
        coalesce(sum(CASE WHEN m.came = '{OPENING}' THEN m.amount0 END), 0),
        count(m.amount1), coalesce(sum(m.amount1), 0)
    FROM ({{moved}}) m WHERE m.went IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9"""
