"""From the rows of a query to the rows of a result.

A query names its cells in the order of the declared columns. An amount takes two of them (minor
units, currency), and so does what can be due (day, instant); every other kind takes one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from dealflow import results as r
from dealflow.money import Money
from dealflow.results import Column, Row
from dealflow.store.values import array

Cells = Sequence[Any]


def shaped(columns: Sequence[Column], found: Sequence[Row]) -> list[Row]:
    """The rows with their values as results.py asks for them. Error: Damaged."""
    if not found:
        return []
    cells = iter(zip(*found, strict=True))
    return list(zip(*(_column(column.kind, cells) for column in columns), strict=True))


def _column(kind: str, cells: Iterator[Cells]) -> Iterable[Any]:
    """The values of the next column, column by column because that is quick."""
    first = next(cells)
    if kind in _PAIRED:
        return map(_PAIRED[kind], first, next(cells))
    one = _SINGLE.get(kind)
    return first if one is None else [None if cell is None else one(cell) for cell in first]


def money(minor: int | None, currency: str | None) -> Money | None:
    return None if minor is None or currency is None else Money(minor, currency)


def due(day: str | None, instant: int | None) -> date | int | None:
    """When something is due: the instant, where a time of day was given, else the day."""
    if instant is not None:
        return instant
    return None if day is None else _day(day)


def day(text: str | None) -> date | None:
    """A day as stored."""
    return None if text is None else _day(text)


@lru_cache(maxsize=4096)
def _day(text: str) -> date:
    return date.fromisoformat(text)


def _list(text: str) -> tuple[str, ...]:
    return () if text == "[]" else tuple(map(str, array(text)))


_PAIRED: Mapping[str, Callable[[Any, Any], Any]] = {r.MONEY: money, r.DUE: due}
_SINGLE: Mapping[str, Callable[[Any], Any]] = {
    r.DAY: _day,
    r.BOOL: bool,
    r.LIST: _list,
}


def worth_showing(
    columns: tuple[Column, ...], rows: Sequence[Row], *names: str
) -> tuple[Column, ...]:
    """The columns, those of these names off the screen where no row has anything in them."""
    empty = {
        column
        for at, column in enumerate(columns)
        if column.name in names and all(row[at] is None for row in rows)
    }
    return tuple(c._replace(on=r.MACHINE) if c in empty else c for c in columns)
