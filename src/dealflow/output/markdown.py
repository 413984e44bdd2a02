"""A table for a page or a message: GitHub's Markdown, with nothing in a cell that acts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from dealflow import results as r
from dealflow.output import cells
from dealflow.output.machine import Flat, chunks, rows_of
from dealflow.output.scope import scope_told
from dealflow.output.text import clean
from dealflow.patterns import pattern
from dealflow.results import Column, Report, Row

if TYPE_CHECKING:
    from dealflow.output import Style

_MARKS = pattern(r"[\\`*_\[\]|~#]")
_RIGHT = frozenset({r.INT, r.NUMBER, r.SHARE, r.MONEY, r.RATE, r.DIFFERENCE})


def markdown(result: Flat, style: Style) -> Iterator[str]:
    """Labels, a rule and the rows, with the text a person would see on the screen.

    A report that is a page comes whole: its title, every table under a heading, and its remarks.
    """
    if isinstance(result, Report) and result.page:
        yield from _page(result, style)
    else:
        yield from _table(result.columns, rows_of(result), style)


def _page(report: Report, style: Style) -> Iterator[str]:
    yield f"# {escaped(report.title)}\n\n"
    yield f"{escaped(scope_told(report, style.zone))}\n\n"
    if report.rows:
        rows = [*report.rows, *([] if report.total is None else [report.total])]
        yield from _table(report.columns, rows, style)
    else:
        yield f"{escaped(report.empty)}\n"
    for section in report.sections:
        yield f"\n## {escaped(section.name.replace('_', ' ').capitalize())}\n\n"
        if section.rows:
            yield from _table(section.columns, section.rows, style)
        else:
            yield f"{escaped(section.empty)}\n"
        yield from (f"\n{escaped(note)}\n" for note in section.notes)
    if report.notes:
        yield "\n"
    yield from (f"- {escaped(note)}\n" for note in report.notes)
    yield f"\n{escaped(report.definition)}\n"


def _table(columns: Sequence[Column], rows: Iterable[Row], style: Style) -> Iterator[str]:
    each = enumerate(columns)
    shown = [(at, c) for at, c in each if c.on != r.MACHINE and c.kind not in r.DRAWINGS]
    if style.header:
        yield _line(escaped(column.label) for _, column in shown)
        yield _line("---:" if column.kind in _RIGHT else "---" for _, column in shown)
    for some in [rows] if isinstance(rows, Sequence) else chunks(rows):
        told = [_cells(column, at, some, style) for at, column in shown]
        yield from map(_line, zip(*told, strict=True))


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
