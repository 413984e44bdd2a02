"""SQL of the reasons: deals that are lost, by why, in groups. A loss that was reopened is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dealflow.model import LossReason
from dealflow.named import NamedTuple
from dealflow.store.conn import Conn
from dealflow.store.dimensions import Dimension, is_dated, keys, lines
from dealflow.store.exchange import fixed_at
from dealflow.store.grouping import CLOSER, Window, groups, month
from dealflow.store.past import all_at
from dealflow.store.scope import Asked, Scope

#: columns of `deal` that are always read
READS = ("owner_id",)
#: the stage that a deal was lost from
STAGE = Dimension("stage", "stage", "v.stage_id")

#: the first condition is that of ix_visit_close, which has every column that is read
_LOST = (
    "v.ending IN ('won', 'lost', 'void')",
    "v.ending = 'lost'",
    "(v.reopened_at IS NULL OR v.reopened_at > :now)",
)


class Lost(NamedTuple):
    """Deals of one group that were lost for one reason, in one currency."""

    group: tuple[Any, ...]
    reason: int | None
    currency: str
    at: int | None
    """When they were lost, where an exchange rate depends on it."""
    number: int
    known: int
    """How many of them have an amount."""
    minor: int


def losses(about: Scope, by: Sequence[Dimension], window: Window, asked: Asked) -> list[Lost]:
    """What was lost within the window. The scope has READS and what the dimensions read."""
    values = about.values | window.values
    tests = " AND ".join([*_LOST, *window.tests("v.left_at")])
    source = f"FROM visit v WHERE {tests}"
    at = month(about, "v.left_at", source, values, asked) if is_dated(by) else "NULL"
    key = keys(by, CLOSER, at)
    told = ["v.reason_id", "v.currency", fixed_at(about.conn, "v.currency", "v.left_at")]
    join = "" if _alone(about, key) else "JOIN deal d ON d.id = v.opportunity_id"
    sql = f"""
        SELECT {", ".join([*key, *told])}, count(*), count(v.end_amount),
            coalesce(sum(v.end_amount), 0)
        FROM visit v {join} {lines(about, by)}
        WHERE {tests} {groups(len(key) + len(told))}"""
    rows = about.conn.execute(about.sql(sql), values)
    return [Lost(row[: len(key)], *row[len(key) :]) for row in rows]


def _alone(about: Scope, key: Sequence[str]) -> bool:
    """Whether the visits say all that is asked for."""
    return about.everything and not any("d." in part or "l." in part for part in key)


def names(conn: Conn, now: int) -> dict[int, str]:
    """What the loss reasons were called at `now`; those that came later, as they are called."""
    present = dict(conn.execute("SELECT id, name FROM loss_reason").fetchall())
    return present | {row.id: row.name for row in all_at(conn, LossReason, now)}
