"""A table for a page or a message: GitHub's Markdown, with nothing in a cell that acts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from dealflow import results as r
from dealflow.output import cells
from dealflow.output.machine import rows_of
from dealflow.output.text import clean
from dealflow.results import Column, Record, Report, Row, Table, Written

if TYPE_CHECKING:
    from dealflow.output import Style

_MARKS = re.compile(r"[\\`*_\[\]|~#]")
_RIGHT = frozenset({r.INT, r.NUMBER, r.SHARE, r.MONEY, r.RATE, r.DIFFERENCE})


def markdown(result: Table | Record | Report | Written, style: Style) -> Iterator[str]:
    """Labels, a rule and the rows, with the text a person would see on the screen."""
    rows = rows_of(result)
    columns_of = enumerate(result.columns)
    shown = [(at, c) for at, c in columns_of if c.on != r.MACHINE and c.kind not in r.DRAWINGS]
    if style.header:
        yield _line(escaped(column.label) for _, column in shown)
        yield _line("---:" if column.kind in _RIGHT else "---" for _, column in shown)
    columns = [_cells(column, at, rows, style) for at, column in shown]
    for row in zip(*columns, strict=True):
        yield _line(row)


def _cells(column: Column, at: int, rows: Sequence[Row], style: Style) -> list[str]:
    values = [row[at] for row in rows]
    text = cells.for_people(column.kind, style.zone, values)
    return [escaped(text(value)) for value in values]


def _line(parts: Iterable[str]) -> str:
    return f"| {' | '.join(parts)} |\n"


def escaped(text: str) -> str:
    """`text` as Markdown that shows exactly it: no tags, links, emphasis or new cells."""
    safe = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKS.sub(r"\\\g<0>", safe)
