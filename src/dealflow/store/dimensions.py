"""What deals can be grouped by: each dimension with its expression, in one place.

Expressions stand over `d` (the deal), `l` (a product on it), and two places that the statement
fills: {who} is the rep who is credited, {at} the instant of closing. Keys are small; the labels of
ids are looked up afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from dealflow.dates import add_months, day_of, start_of
from dealflow.errors import UnknownWord
from dealflow.store.customfields import Expression
from dealflow.store.scope import Asked, Scope


class Dimension(NamedTuple):
    """`labels` is the table and column whose text stands for the key, where that is an id."""

    name: str
    label: str
    key: str
    reads: tuple[str, ...] = ()
    """The columns of `deal` that the key reads."""
    labels: tuple[str, str] | None = None
    more: Expression | None = None
    """Of a custom field: the column of `deal` that the key reads."""


DIMENSIONS: dict[str, Dimension] = {
    dimension.name: dimension
    for dimension in (
        Dimension("rep", "rep", "{who}", labels=("rep", "handle")),
        Dimension("team", "team", "{who}", labels=("rep", "team")),
        Dimension("product", "product", "l.product_id", labels=("product", "name")),
        Dimension("segment", "segment", "d.segment", ("segment",)),
        Dimension("source", "source", "d.source", ("source",)),
        Dimension("region", "region", "d.region", ("region",)),
        Dimension("grade", "grade", "d.grade", ("grade",)),
        Dimension("month", "month closed", "{month}"),
        Dimension("pipeline", "pipeline", "d.pipeline_id", ("pipeline_id",), ("pipeline", "key")),
    )
}


def dimensions(words: Sequence[str]) -> tuple[Dimension, ...]:
    """The dimensions with these names, each once. Error: UnknownWord, with the nearest."""
    for word in words:
        if word not in DIMENSIONS:
            raise UnknownWord("dimension", word, list(DIMENSIONS))
    return tuple(DIMENSIONS[word] for word in dict.fromkeys(words))


def custom(name: str, label: str, column: Expression) -> Dimension:
    """The dimension that a custom field makes."""
    return Dimension(name, label, f"d.{column.name}", more=column)


def labels(about: Scope, dimension: Dimension) -> dict[Any, str | None] | None:
    """What stands for each id, as of `now`; None where the key is its own label."""
    if dimension.labels is None:
        return None
    table, column = dimension.labels
    name = about.table(table, column)
    rows = about.conn.execute(about.sql(f"SELECT id, {column} FROM {name}"), about.values)
    return dict(rows.fetchall())


def month_of(at: str, first: int, last: int, asked: Asked) -> str:
    """SQL for the month, as 2026-07 in the business time zone, of an instant in [first, last].

    A search by halves through the months' first instants: SQLite knows no time zones.
    """
    day = day_of(first, asked.zone).replace(day=1)
    months = [day]
    while start_of(months[-1], asked.zone) <= last:
        months.append(add_months(months[-1], 1))
    return _search(at, months, asked)


def _search(at: str, months: Sequence[date], asked: Asked) -> str:
    if len(months) == 1:
        return f"'{months[0]:%Y-%m}'"
    half = len(months) // 2
    border = start_of(months[half], asked.zone)
    before, after = (_search(at, part, asked) for part in (months[:half], months[half:]))
    return f"CASE WHEN {at} < {border} THEN {before} ELSE {after} END"
