"""SQL of the days: how long deals take to close, and how long they stay in each stage.

Counted by how it ended and how long it took, so that what reaches Python grows with the days and
not with the deals. What has not ended by `:now` is counted by how long it has lasted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from dealflow.model import ADVANCED, RETURNED
from dealflow.store.dimensions import Dimension
from dealflow.store.grouping import CLOSER, OWNER, Window, groups, is_dated, keys, month, products
from dealflow.store.scope import Asked, Scope

#: columns of `deal` that are always read
READS = ("created_at", "owner_id", "pipeline_id", "status")
#: deals have the month in which they were created, and stays that in which they began
MONTH_CREATED = Dimension("month", "month created", "{month}")
MONTH_BEGUN = Dimension("month", "month begun", "{month}")
DAY, HOUR = 86_400, 3600

_STANDS = "(v.reopened_at IS NULL OR v.reopened_at > :now)"


class Lasted(NamedTuple):
    """Durations of one group, in whole units: by how they ended, and of those still going."""

    ended: dict[str, Counter[int]]
    going: Counter[int]


#: by the key of a group
Durations = dict[tuple[Any, ...], Lasted]


def _nothing() -> Durations:
    return defaultdict(lambda: Lasted(defaultdict(Counter), Counter()))


def _all(about: Scope, statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = about.conn.execute(about.sql(statement), values).fetchall()
    return found


# ── from creation to close ────────────────────────────────────────────────────────────────────


def cycles(about: Scope, by: Sequence[Dimension], window: Window, asked: Asked) -> Durations:
    """Whole days from creation to a close that stands, of the deals created within the window.

    The scope has READS and what the dimensions read. A close may be won, lost or void.
    """
    values = about.values | window.values
    created = " AND ".join(window.tests("d.created_at"))
    at = "NULL"
    if is_dated(by):
        at = month(about, "d.created_at", f"FROM deal d WHERE {created}", values, asked)
    found = _nothing()
    key = keys(by, CLOSER, at)
    told = ["v.ending", f"max(v.left_at - d.created_at, 0) / {DAY}"]
    closed = f"v.ending IN ('won', 'lost', 'void') AND v.left_at <= :now AND {_STANDS}"
    for *group, ending, days, number in _all(
        about,
        f"SELECT {', '.join([*key, *told])}, count(*) FROM visit v"
        f" JOIN deal d ON d.id = v.opportunity_id {products(about, by)}"
        f" WHERE {closed} AND {created} {groups(len(key) + 2)}",
        values,
    ):
        found[tuple(group)].ended[ending][days] += number
    key = keys(by, OWNER, at)
    for *group, days, number in _all(
        about,
        f"SELECT {', '.join([*key, f'(:now - d.created_at) / {DAY}'])}, count(*)"
        f" FROM deal d {products(about, by)}"
        f" WHERE d.status = 'open' AND {created} {groups(len(key) + 1)}",
        values,
    ):
        found[tuple(group)].going[days] += number
    return found


# ── in a stage ────────────────────────────────────────────────────────────────────────────────


class Stays(NamedTuple):
    """Stays in these stages that began within the window, in groups."""

    stages: tuple[int, ...]
    by: tuple[Dimension, ...]
    window: Window


def stays(about: Scope, asked_for: Stays, asked: Asked) -> Durations:
    """Whole hours in a stage, by the stage and then the group; a win is an ending of its own.

    The scope has READS and what the dimensions read. A stay that ended in a close which was
    reopened ended where the deal went on: it advanced where that is a later stage, else returned.
    """
    return _Stays(about, asked_for, asked).read()


class _Stays:
    def __init__(self, about: Scope, asked_for: Stays, asked: Asked) -> None:
        self.about, self.by = about, asked_for.by
        self.values = about.values | asked_for.window.values
        inside = [f"v.stage_id IN ({', '.join(map(str, asked_for.stages)) or 'NULL'})"]
        bounded = asked_for.window != (None, None)
        inside += asked_for.window.tests("v.entered_at") if bounded else []
        self.inside = " AND ".join(inside)
        source = f"FROM visit v WHERE {self.inside}"
        dated = is_dated(self.by)
        self.at = month(about, "v.entered_at", source, self.values, asked) if dated else "NULL"

    def read(self) -> Durations:
        found = _nothing()
        for *group, ending, hours, number in self._ended():
            found[tuple(group)].ended[ending][hours] += number
        for *group, hours, number in self._going():
            found[tuple(group)].going[hours] += number
        return found

    def _ended(self) -> Iterable[tuple[Any, ...]]:
        key = keys(self.by, CLOSER, self.at)
        left = "v.left_at <= :now"
        yield from self._rows(key, "v.ending, v.hours", f"{left} AND {_STANDS}")
        onward = (
            "CASE (SELECT n.onward FROM visit n WHERE n.opportunity_id = v.opportunity_id"
            f" AND n.seq = v.seq + 1) WHEN 1 THEN '{ADVANCED}' ELSE '{RETURNED}' END"
        )
        yield from self._rows(key, f"{onward}, v.hours", f"{left} AND v.reopened_at <= :now")

    def _going(self) -> Iterable[tuple[Any, ...]]:
        there = "v.left_at > :now" if self.about.past else "FALSE"
        return self._rows(
            keys(self.by, OWNER, self.at),
            f"(:now - v.entered_at) / {HOUR}",
            f"v.entered_at <= :now AND (v.left_at IS NULL OR {there})",
        )

    def _rows(self, key: Sequence[str], told: str, test: str) -> list[tuple[Any, ...]]:
        alone = self.about.everything and not any("d." in k or "l." in k for k in key)
        join = "" if alone else "JOIN deal d ON d.id = v.opportunity_id"
        columns = ", ".join(["v.stage_id", *key, told])
        number = 1 + len(key) + told.count(", v.hours") + 1
        sql = (
            f"SELECT {columns}, count(*) FROM visit v {join} {products(self.about, self.by)}"
            f" WHERE {self.inside} AND {test} {groups(number)}"
        )
        return _all(self.about, sql, self.values)
