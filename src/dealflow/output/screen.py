"""What a person sees: lists, records and reports on a terminal.

Quiet: a line under the heading, no boxes, figures to the right, colour only where it repeats what
is written. Whatever comes from data is made safe first and never read as markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from dealflow.output.canvas import Canvas
from dealflow.output.grids import facts_drawn, rows_drawn
from dealflow.output.scope import scope_told
from dealflow.output.text import clean
from dealflow.results import BOTH, MACHINE, Record, Report, Table

if TYPE_CHECKING:
    from dealflow.output import Style


def draw(result: Table | Record | Report, style: Style) -> Iterator[str]:
    """The pieces of a drawing."""
    canvas = Canvas(style)
    match result:
        case Table():
            yield from rows_drawn(canvas, result.columns, result.rows)
            yield from _notes(canvas, (*result.summary, *result.notes))
        case Record():
            yield from _record(result, canvas)
        case Report():
            yield from _report(result, canvas)


def _notes(canvas: Canvas, notes: Sequence[str]) -> Iterator[str]:
    if notes:
        yield "\n"
    for note in notes:
        yield canvas.prose(note)


def _record(record: Record, canvas: Canvas) -> Iterator[str]:
    yield canvas(Text(clean(record.title), "bold"))
    yield "\n"
    yield from facts_drawn(canvas, record.columns, record.row)
    yield from _sections(canvas, record.sections, counted=True)
    yield from _notes(canvas, record.notes)


def _report(report: Report, canvas: Canvas) -> Iterator[str]:
    yield canvas(Text(clean(report.title), "bold"))
    yield canvas.prose(scope_told(report, canvas.style.zone), "dim")
    yield "\n"
    if report.rows and report.drawn:
        yield from _drawn(report.drawn, canvas)
    elif report.rows:
        yield from _panels(report, canvas)
    else:
        yield canvas.prose(report.empty)
    yield from _sections(canvas, report.sections, counted=False)
    yield from _notes(canvas, report.notes)
    yield "\n"
    yield canvas.prose(report.definition, "dim")


def _panels(report: Report, canvas: Canvas) -> Iterator[str]:
    """The rows as one table, or as the tables that the report is laid out in."""
    rows = [*report.rows, *([] if report.total is None else [report.total])]
    everything = tuple(column.name for column in report.columns if column.on != MACHINE)
    for number, names in enumerate(report.panels or (everything,)):
        if number:
            yield "\n"
        chosen = [at for at, column in enumerate(report.columns) if column.name in names]
        columns = [report.columns[at]._replace(on=BOTH) for at in chosen]
        cells_of = [[row[at] for at in chosen] for row in rows]
        yield from rows_drawn(canvas, columns, cells_of, total=report.total is not None)


def _drawn(tables: Sequence[Table], canvas: Canvas) -> Iterator[str]:
    for number, table in enumerate(tables):
        if number:
            yield "\n"
        if table.name:
            yield canvas(Text(clean(table.name), "bold"))
        yield from rows_drawn(canvas, table.columns, table.rows)


def _sections(canvas: Canvas, sections: Iterable[Table], counted: bool) -> Iterator[str]:
    for section in sections:
        if not section.rows and not section.empty:
            continue
        yield "\n"
        yield canvas(_heading(section, counted))
        if section.rows:
            yield from rows_drawn(canvas, section.columns, section.rows, inner=True)
        for note in section.notes:
            yield canvas.prose(note, "dim")


def _heading(section: Table, counted: bool) -> Text:
    heading = Text().append(clean(section.name.replace("_", " ")), "bold")
    if not section.rows:
        heading.append(f"  {clean(section.empty)}", "dim")
    elif counted:
        heading.append(f"  {len(section.rows)}", "dim")
    return heading
