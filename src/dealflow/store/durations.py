"""SQL of the days: how long deals take to close, and how long they stay in each stage.

Counted by how it ended and how long it took, so that what reaches Python grows with the days and
not with the deals. What has not ended by `:now` is counted by how long it has lasted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from dealflow.model import ADVANCED, LOST, OPEN, RETURNED, VOID, WON
from dealflow.named import NamedTuple
from dealflow.store.closes import STANDS
from dealflow.store.dimensions import Dimension, is_dated, keys, lines
from dealflow.store.grouping import CLOSER, OWNER, Window, groups, month
from dealflow.store.scope import Asked, Scope

#: columns of `deal` that are always read
READS = ("created_at", "owner_id", "pipeline_id", "status", "closed_at")
#: deals have the month in which they were created, and stays that in which they began
MONTH_CREATED = Dimension("month", "month created", "{month}")
MONTH_BEGUN = Dimension("month", "month begun", "{month}")
DAY, HOUR = 86_400, 3600


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
    key = keys(by, CLOSER, at)
    join = _CLOSE if any("v." in part for part in key) else ""
    days = f"max(coalesce(d.closed_at, :now) - d.created_at, 0) / {DAY}"
    found = _nothing()
    for *group, both, number in _all(
        about,
        f"SELECT {', '.join([*key, f'{days} * {len(_STANDING)} + {_STOOD}'])}, count(*)"
        f" FROM deal d {join} {lines(about, by)} WHERE {created} {groups(len(key) + 1)}",
        values,
    ):
        days_, standing = divmod(both, len(_STANDING))
        lasted, status = found[tuple(group)], _STANDING[standing]
        counts = lasted.going if status == OPEN else lasted.ended[status]
        counts[days_] += number
    return found


#: status and days are one number to SQL, which is quicker to group by
_STANDING = (OPEN, WON, LOST, VOID)
_STOOD = " ".join(f"WHEN '{status}' THEN {n}" for n, status in enumerate(_STANDING))
_STOOD = f"CASE d.status {_STOOD} END"

#: the stay that a close which stands ended: whose the deal was then; found in ix_visit_close
_CLOSE = f"""LEFT JOIN visit v ON v.opportunity_id = d.id AND v.left_at = d.closed_at
    AND v.ending = d.status AND v.ending IN ('won', 'lost', 'void') AND {STANDS}"""


# ── in a stage ────────────────────────────────────────────────────────────────────────────────


class Stays(NamedTuple):
    """Stays in these stages that began within the window, in groups, counted by this unit."""

    stages: tuple[int, ...]
    by: tuple[Dimension, ...]
    window: Window
    unit: int
    """Seconds: HOUR, or DAY where there are groups, of which there may be many."""


def stays(about: Scope, asked_for: Stays, asked: Asked) -> Durations:
    """Whole units in a stage, by the stage and then the group; a win is an ending of its own.

    The scope has READS and what the dimensions read. A stay that ended in a close which was
    reopened ended where the deal went on: it advanced where that is a later stage, else returned.
    """
    return _Stays(about, asked_for, asked).read()


class _Stays:
    def __init__(self, about: Scope, asked_for: Stays, asked: Asked) -> None:
        self.about, self.by, self.unit = about, asked_for.by, asked_for.unit
        self.values = about.values | asked_for.window.values
        self.windowed = asked_for.window != (None, None)
        self.inside = [f"v.stage_id IN ({', '.join(map(str, asked_for.stages)) or 'NULL'})"]
        self.inside += asked_for.window.tests("v.entered_at") if self.windowed else []
        source = f"FROM visit v WHERE {' AND '.join(self.inside)}"
        dated = is_dated(self.by)
        self.at = month(about, "v.entered_at", source, self.values, asked) if dated else "NULL"

    def read(self) -> Durations:
        found = _nothing()
        for *group, ending, length, _, number in self._ended():
            if number:
                found[tuple(group)].ended[ending][length] += number
        for *group, length, number in self._going():
            found[tuple(group)].going[length] += number
        return found

    @property
    def _length(self) -> str:
        """How long a stay lasted. By the hour, for all time, an index has them sorted by it."""
        if self.unit == HOUR and not self.windowed:
            return "v.hours"
        return f"(v.left_at - v.entered_at) / {self.unit}"

    def _ended(self) -> Iterable[tuple[Any, ...]]:
        """With how many there are, and how many of them count.

        Whether a close was reopened is summed and not asked for: a condition with OR in it keeps
        SQLite from seeing that the index has everything.
        """
        key = keys(self.by, CLOSER, self.at)
        ended, standing = "v.ending IS NOT NULL", "count(*) - count(v.reopened_at)"
        if self.about.past:
            ended, standing = "v.left_at <= :now", f"sum({STANDS})"
        yield from self._rows([*key, "v.ending", self._length], [ended], f"count(*), {standing}")
        onward = (
            "CASE (SELECT n.onward FROM visit n WHERE n.opportunity_id = v.opportunity_id"
            f" AND n.seq = v.seq + 1) WHEN 1 THEN '{ADVANCED}' ELSE '{RETURNED}' END"
        )
        yield from self._rows(
            [*key, onward, self._length], ["v.reopened_at <= :now"], "count(*), count(*)", "+"
        )

    def _going(self) -> Iterable[tuple[Any, ...]]:
        going = f"(:now - v.entered_at) / {self.unit}"
        there = "v.ending IS NULL"
        if self.about.past:
            there = "v.entered_at <= :now AND (v.left_at IS NULL OR v.left_at > :now)"
        return self._rows([*keys(self.by, OWNER, self.at), going], [there], "count(*)")

    def _rows(
        self, columns: Sequence[str], tests: Sequence[str], counted: str, rare: str = ""
    ) -> list[tuple[Any, ...]]:
        """A "+" for `rare`: what the tests ask for is rare, and an index finds it."""
        alone = self.about.everything and not any("d." in k or "l." in k for k in columns)
        join = "" if alone else "JOIN deal d ON d.id = v.opportunity_id"
        where = " AND ".join([*(rare + test for test in self.inside), *tests])
        sql = (
            f"SELECT {', '.join(['v.stage_id', *columns])}, {counted}"
            f" FROM visit v {join} {lines(self.about, self.by)}"
            f" WHERE {where} {groups(len(columns) + 1)}"
        )
        return _all(self.about, sql, self.values)
