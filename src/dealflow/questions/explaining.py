"""`--explain`: what each figure of a report is, and how the first row of it came about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from dealflow.money import Money, shown
from dealflow.results import (
    DIFFERENCE,
    DRAWINGS,
    MACHINE,
    RATE,
    SHARE,
    SPARK,
    Column,
    Difference,
    Rate,
    Report,
    Table,
)

_COLUMNS = (
    Column("figure", "figure", about="the name of the field"),
    Column("heading", "heading", about="what it is called on a screen"),
    Column("meaning", "meaning"),
    Column("example", "in the first row", about="with its counts and its interval"),
)


def explained(report: Report, formulas: Iterable[tuple[str, str]] = ()) -> Report:
    """The report with a section of its figures, and of `formulas` by name; examples are a row's."""
    row = next(iter(report.rows), None)
    rows = (*_lines(report, row), *((name, None, text, None) for name, text in formulas))
    table = Table(name="figures", columns=_COLUMNS, rows=rows)
    return replace(report, sections=(*report.sections, table))


def _lines(report: Report, row: Any) -> Iterator[tuple[str, str | None, str, str | None]]:
    for at, column in enumerate(report.columns):
        if column.kind in DRAWINGS and not column.label:
            continue
        example = None if row is None else _told(column, row[at])
        heading = None if column.on == MACHINE else column.label or None
        yield column.name, heading, column.about or column.label, example


def _told(column: Column, value: Any) -> str | None:
    """`29 of 61 = 47.5 %; Wilson, 95 %: 35.5 to 59.8 %`."""
    if value is None or column.kind == SPARK:
        return None
    if column.kind == RATE:
        return _rate(value)
    if column.kind == DIFFERENCE:
        return _difference(value)
    if column.kind == SHARE:
        return f"{value * 100:.1f} %"
    if isinstance(value, Money):
        return shown(value)
    return ", ".join(map(str, value)) or None if isinstance(value, tuple) else str(value)


def _rate(rate: Rate) -> str:
    counts = f"{rate.successes:,} of {rate.trials:,}"
    if rate.value is None or rate.low is None or rate.high is None:
        return f"{counts}: no rate"
    ends = f"{rate.low * 100:.1f} to {rate.high * 100:.1f} %"
    return f"{counts} = {rate.value * 100:.1f} %; Wilson, 95 %: {ends}"


def _difference(found: Difference) -> str | None:
    if found.value is None or found.low is None or found.high is None:
        return None
    ends = f"{found.low * 100:+.1f} to {found.high * 100:+.1f}"
    return f"{found.value * 100:+.1f} points; Newcombe, 95 %: {ends}"
