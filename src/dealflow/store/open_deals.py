"""SQL of the pipeline: the deals that are open, in groups: how many, how much, how old.

Ages are counted by whole days of 24 hours, so that Python gets as many rows as there are days.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from dealflow.named import NamedTuple
from dealflow.store.dimensions import Dimension, keys, lines
from dealflow.store.grouping import OWNER
from dealflow.store.scope import Scope

#: columns of `deal` that are always read
READS = (
    *("owner_id", "status", "stage_id", "amount", "currency", "probability"),
    *("stage_since", "created_at", "expected_close"),
)
STAGE = Dimension("stage", "stage", "d.stage_id", ("stage_id",))
MONTH = Dimension("month", "month expected", "substr(d.expected_close, 1, 7)", ("expected_close",))
_DAY = 86_400

Group = tuple[Any, ...]


class Closing(NamedTuple):
    """Which expected closes are looked at, [start, end), days as ISO text; None is no limit."""

    today: str
    start: str | None
    end: str | None


class Held(NamedTuple):
    """Open deals of one group, in one stage and currency, with one probability of their own."""

    group: Group
    stage: int
    currency: str
    probability: float | None
    number: int
    known: int
    """How many of them have an amount."""
    minor: int
    dated: int
    """How many have an expected close."""
    past: int
    """Of how many it is past."""


class Ages(NamedTuple):
    """By group, how many open deals are so many whole days old."""

    in_stage: Mapping[Group, Counter[int]]
    since_creation: Mapping[Group, Counter[int]]


def held(about: Scope, by: Sequence[Dimension], closing: Closing) -> list[Held]:
    """The open deals. The scope has READS and what the dimensions read."""
    key = keys(by, OWNER)
    told = ["d.stage_id", "d.currency", "d.probability"]
    sql = f"""
        SELECT {", ".join([*key, *told])}, count(*), count(d.amount), coalesce(sum(d.amount), 0),
            count(d.expected_close),
            coalesce(sum(CASE WHEN d.expected_close < :today THEN 1 ELSE 0 END), 0)
        FROM deal d {lines(about, by)} WHERE {_chosen(closing)}
        {_backwards(len(key) + len(told))}"""
    rows = about.conn.execute(about.sql(sql), about.values | closing._asdict())
    return [Held(row[: len(key)], *row[len(key) :]) for row in rows]


def ages(about: Scope, by: Sequence[Dimension], closing: Closing) -> Ages:
    """How long open deals have been in their stage, and since they were created.

    One statement asks both, so that a past is wound back once.
    """
    key = keys(by, OWNER)
    parts = [
        f"SELECT {', '.join([*key, f'(:now - {since}) / {_DAY}'])}, {which}, count(*)"
        f" FROM deal d {lines(about, by)} WHERE {_chosen(closing)} {_backwards(len(key) + 1)}"
        for which, since in ((0, "d.stage_since"), (1, "d.created_at"))
    ]
    found: tuple[dict[Group, Counter[int]], ...] = (defaultdict(Counter), defaultdict(Counter))
    values = about.values | closing._asdict()
    for *group, days, which, number in about.conn.execute(
        about.sql(" UNION ALL ".join(parts)), values
    ):
        found[which][tuple(group)][days] += number
    return Ages(*found)


def _backwards(number: int) -> str:
    """GROUP BY so many columns, the last first: by the first one there may be an index, in whose
    order each deal would be looked up.
    """
    return f"GROUP BY {', '.join(str(n) for n in range(number, 0, -1))}"


def _chosen(closing: Closing) -> str:
    tests = ["d.status = 'open'"]
    tests += ["d.expected_close >= :start"] * (closing.start is not None)
    tests += ["d.expected_close < :end"] * (closing.end is not None)
    return " AND ".join(tests)
