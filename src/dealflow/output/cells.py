"""One value as text, for each kind of column. Every format takes its cells from here.

Machine text is exact: decimal money, unrounded rates, instants with their offset. Text for the
screen is rounded and short. Neither is made safe here: the writers do that, last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, tzinfo
from math import isfinite
from typing import Any

from dealflow import results as r
from dealflow.money import decimal_text, shown
from dealflow.named import NamedTuple
from dealflow.results import Column, Difference, Rate, Row
from dealflow.text import MARKS, SEMICOLONS, several

ABSENT = "–"
"""What a person sees where there is no value."""

Text = Callable[[Any], str]
LITERAL = frozenset({r.INT, r.NUMBER, r.SHARE, r.MONEY, r.BOOL})
"""Kinds whose machine text is a JSON literal already."""


class Field(NamedTuple):
    """One machine field: a rate, and a difference, has three of them."""

    name: str
    at: int
    kind: str
    part: str = ""


def fields(columns: Sequence[Column]) -> list[Field]:
    """The fields of the machine formats, in the order of their columns."""
    return [
        field
        for at, column in enumerate(columns)
        if column.on != r.SCREEN
        for field in _fields_of(column, at)
    ]


def _fields_of(column: Column, at: int) -> list[Field]:
    if column.kind not in (r.RATE, r.DIFFERENCE):
        return [Field(column.name, at, column.kind)]
    parts = (("", "value"), ("_low", "low"), ("_high", "high"))
    return [Field(column.name + suffix, at, r.NUMBER, part) for suffix, part in parts]


def values(rows: Iterable[Row], field: Field) -> list[Any]:
    """The raw values of one field; a figure that is not finite is absent."""
    found = [row[field.at] for row in rows]
    if field.part:
        found = [None if rate is None else getattr(rate, field.part) for rate in found]
    if field.kind == r.NUMBER:
        return [number if number is not None and isfinite(number) else None for number in found]
    return found


def exact(kind: str, zone: tzinfo) -> Text:
    """A function from a value that is there to its machine text."""
    if kind == r.INSTANT:
        return lambda at: _iso(at, zone)
    if kind == r.DUE:
        return lambda due: due.isoformat() if isinstance(due, date) else _iso(due, zone)
    return _EXACT.get(kind, str)


_EXACT: dict[str, Text] = {
    r.NUMBER: repr,
    r.SHARE: repr,
    r.MONEY: decimal_text,
    r.BOOL: lambda value: "true" if value else "false",
    r.DAY: date.isoformat,
    r.LIST: lambda members: ",".join(map(str, members)),
    r.NAMES: lambda members: several(members, SEMICOLONS, "; "),
    r.TAGS: lambda members: several(members, MARKS, "; "),
    r.SPARK: lambda shares: ",".join("" if share is None else repr(share) for share in shares),
}


def _iso(at: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(at, zone).isoformat()


def minute(at: int, zone: tzinfo) -> str:
    """An instant as a person reads it: `2026-06-30 14:30`."""
    return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M}"


def for_people(kind: str, zone: tzinfo, column: Iterable[Any] = ()) -> Text:
    """A function from any value to short text; `column` decides how many decimals numbers get."""
    text = _for_people(kind, zone, column)
    return lambda value: ABSENT if value is None else text(value)


def _for_people(kind: str, zone: tzinfo, column: Iterable[Any]) -> Text:
    if kind == r.NUMBER:
        places = decimals(column)
        return lambda number: f"{number:,.{places}f}" if isfinite(number) else ABSENT
    if kind == r.INSTANT:
        return lambda at: minute(at, zone)
    if kind == r.DUE:
        return lambda due: due.isoformat() if isinstance(due, date) else minute(due, zone)
    return _FOR_PEOPLE.get(kind, str)


def decimals(numbers: Iterable[float | None]) -> int:
    """0 when all are whole, 3 when all are below 1 in size, otherwise 1."""
    known = [n for n in numbers if n is not None and isfinite(n)]
    if all(n == int(n) for n in known):
        return 0
    return 3 if all(abs(n) < 1 for n in known) else 1


def _counted(value: Any) -> str:
    """Four digits are read at a glance, and may be a year; more get separators."""
    return f"{value:,}" if abs(value) >= 10_000 else str(value)


def percent(rate: Rate) -> str:
    """`63.2 %`, or the absent sign for 0 of 0."""
    return ABSENT if rate.value is None else f"{rate.value * 100:.1f} %"


def interval(rate: Rate) -> str:
    """`62.0–64.3`: the interval in per cent, or nothing."""
    if rate.low is None or rate.high is None:
        return ""
    return f"{rate.low * 100:.1f}–{rate.high * 100:.1f}"


def _rate(rate: Rate) -> str:
    between = interval(rate)
    return f"{percent(rate)} ({between})" if between else percent(rate)


def _difference(difference: Difference) -> str:
    """`+5.3 (-2.1 to +12.0)`, in percentage points."""
    if difference.value is None or difference.low is None or difference.high is None:
        return ABSENT
    ends = f"{difference.low * 100:+.1f} to {difference.high * 100:+.1f}"
    return f"{difference.value * 100:+.1f} ({ends})"


def _sparkline(shares: Sequence[float | None]) -> str:
    from dealflow.output.bars import sparkline  # for people only

    return sparkline(shares)


_FOR_PEOPLE: dict[str, Text] = {
    r.INT: _counted,
    r.MONEY: shown,
    r.RATE: _rate,
    r.DIFFERENCE: _difference,
    r.SPARK: _sparkline,
    r.SHARE: lambda share: f"{share * 100:.1f} %",
    r.BOOL: lambda value: "yes" if value else "no",
    r.DAY: date.isoformat,
    r.LIST: lambda members: ", ".join(map(str, members)) or ABSENT,
    r.NAMES: lambda members: "; ".join(members) or ABSENT,
    r.TAGS: lambda members: "; ".join(members) or ABSENT,
}
