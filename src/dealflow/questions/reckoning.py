"""What --explain adds to a report: what each figure means, and where its formula is from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dealflow.results import MACHINE, TEXT, Column, Report, Row, Table

_COLUMNS = (
    Column("figure", "figure", TEXT),
    Column("field", "field", TEXT, MACHINE, "what it is called in machine formats"),
    Column("meaning", "what it is", TEXT),
)


def explained(report: Report, formulas: Iterable[tuple[str, str]] = ()) -> Report:
    """The report with a section that says what its figures are; `formulas` are name and source."""
    rows: list[Row] = [
        (column.label or column.name, column.name, column.about)
        for column in report.columns
        if column.about
    ]
    rows += [(name, None, text) for name, text in formulas]
    section = Table(name="how_it_is_reckoned", columns=_COLUMNS, rows=rows)
    return replace(report, sections=(*report.sections, section))
