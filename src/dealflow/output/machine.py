"""Formats for programs: JSON, NDJSON, CSV, TSV, ids. The same bytes wherever they go.

Each writer yields text in pieces, some hundred rows at a time, so that `| head` ends early.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from itertools import islice
from typing import TYPE_CHECKING, Any

from dealflow import results as r
from dealflow.errors import UsageError
from dealflow.output import cells, jsontext
from dealflow.output.text import clean, clean_lines, escape_in_json
from dealflow.patterns import pattern
from dealflow.results import (
    Column,
    Document,
    Record,
    Report,
    Result,
    Row,
    Stream,
    Table,
    Written,
)

if TYPE_CHECKING:
    from dealflow.output import Style

CHUNK = 500
"""Rows that are turned into text at a time."""

Flat = Table | Stream | Record | Report | Written
"""What has rows of cells."""


def chunks(rows: Iterable[Row]) -> Iterator[Sequence[Row]]:
    if isinstance(rows, Sequence):
        for start in range(0, len(rows), CHUNK):
            yield rows[start : start + CHUNK]
        return
    coming = iter(rows)
    while some := list(islice(coming, CHUNK)):
        yield some


def rows_of(result: Flat) -> Iterable[Row]:
    """What a flat format shows: the rows, or the facts of a record as the only row."""
    return [result.row] if isinstance(result, Record) else result.rows


# ── JSON ──────────────────────────────────────────────────────────────────────────────────────


def json(result: Result, style: Style) -> Iterator[str]:
    """A list is an array of flat objects; one thing is an object; a report explains itself."""
    yield from _json_of(result, style.zone)
    yield "\n"


def _json_of(result: Result, zone: tzinfo) -> Iterable[str]:
    match result:
        case Table() | Stream() | Written(many=True):
            return jsontext.lines(objects(result.columns, result.rows, zone), "")
        case Written():
            return [next(objects(result.columns, result.rows, zone), "{}")]
        case Record():
            return _members(_facts(result, zone), result.sections, zone)
        case Report():
            return _members(_answer(result, zone), result.sections, zone)
        case Document():
            return [jsontext.value(_data(result), "")]


def _facts(record: Record, zone: tzinfo) -> Iterator[tuple[str, Iterable[str]]]:
    for field in cells.fields(record.columns):
        (text,) = _json_cells([record.row], field, zone)
        yield field.name, [escape_in_json(text)]


def _answer(report: Report, zone: tzinfo) -> Iterator[tuple[str, Iterable[str]]]:
    yield "report", [jsontext.name(report.name)]
    yield "as_of", [jsontext.name(cells.exact(r.INSTANT, zone)(report.as_of))]
    yield "definition", [jsontext.name(report.definition)]
    yield "parameters", [jsontext.value(report.parameters)]
    yield "rows", jsontext.lines(objects(report.columns, report.rows, zone), "  ")
    if report.total is not None:
        yield "total", objects(report.columns, [report.total], zone)
    yield "notes", [jsontext.value(report.notes)]


def _members(
    members: Iterable[tuple[str, Iterable[str]]], sections: Iterable[Table], zone: tzinfo
) -> Iterator[str]:
    start = "{"
    for name, pieces in members:
        yield f"{start}\n  {jsontext.name(name)}: "
        yield from pieces
        start = ","
    for section in sections:
        yield f"{start}\n  {jsontext.name(section.name)}: "
        yield from jsontext.lines(objects(section.columns, section.rows, zone), "  ")
        start = ","
    yield "{}" if start == "{" else "\n}"


def _data(document: Document) -> Any:
    return document.data or {"name": document.name, "text": document.text}


def objects(columns: Sequence[Column], rows: Iterable[Row], zone: tzinfo) -> Iterator[str]:
    """Each row as a JSON object on one line. Column by column, which is twice as quick."""
    fields = cells.fields(columns)
    pattern = ", ".join(f"{jsontext.name(field.name)}: %s" for field in fields)
    for some in chunks(rows):
        columns_of_text = [_json_cells(some, field, zone) for field in fields]
        for row in zip(*columns_of_text, strict=True) if fields else [()] * len(some):
            yield "{" + escape_in_json(pattern % row) + "}"


def _json_cells(rows: Sequence[Row], field: cells.Field, zone: tzinfo) -> list[str]:
    write = _json_writer(field.kind, zone)
    return ["null" if value is None else write(value) for value in cells.values(rows, field)]


def _json_writer(kind: str, zone: tzinfo) -> cells.Text:
    """A function from a value that is there to its JSON; `escape_in_json` belongs around it."""
    text = cells.exact(kind, zone)
    if kind in cells.LITERAL:
        return text
    if kind in (r.ID, r.VALUE):
        return lambda key: jsontext.quoted(key) if isinstance(key, str) else str(key)
    if kind in (r.LIST, r.NAMES, r.TAGS):
        return lambda members: f"[{', '.join(jsontext.quoted(str(member)) for member in members)}]"
    if text is str:
        return jsontext.quoted
    return lambda value: f'"{text(value)}"'  # dates and instants hold nothing to escape


def ndjson(result: Result, style: Style) -> Iterator[str]:
    """One object per line: each row of a list or a report, or a record whole."""
    match result:
        case Document():
            yield jsontext.value(_data(result)) + "\n"
        case Record():
            yield _on_one_line(result, style.zone) + "\n"
        case _:
            for line in objects(result.columns, result.rows, style.zone):
                yield line + "\n"


def _on_one_line(record: Record, zone: tzinfo) -> str:
    (facts,) = objects(record.columns, [record.row], zone)
    members = [facts[1:-1]] if len(facts) > 2 else []
    for section in record.sections:
        inner = ", ".join(objects(section.columns, section.rows, zone))
        members.append(f"{jsontext.name(section.name)}: [{inner}]")
    return "{" + ", ".join(members) + "}"


# ── rows of cells ─────────────────────────────────────────────────────────────────────────────


def tsv(result: Flat, style: Style) -> Iterator[str]:
    """Exactly one line per row, nothing cut, no quotes: tabs and line ends are written out."""
    fields = cells.fields(result.columns)
    if style.header:
        yield "\t".join(clean(field.name) for field in fields) + "\n"
    for some in chunks(rows_of(result)):
        table = [_tsv_cells(some, field, style.zone) for field in fields]
        yield "".join("\t".join(row) + "\n" for row in zip(*table, strict=True))


def _tsv_cells(rows: Sequence[Row], field: cells.Field, zone: tzinfo) -> list[str]:
    text = cells.exact(field.kind, zone)
    values = cells.values(rows, field)
    return ["" if value is None else clean(text(value)) for value in values]


FORMULA = pattern("'|\\s*[=+\\-@＝＋－＠\t\r]")
"""What a spreadsheet could run, and what the guard itself looks like: importing takes it off."""
_NUMBER = pattern(r"[+-]?[0-9]+(\.[0-9]+)?")
_NO_FORMULA = cells.LITERAL | {r.DAY, r.INSTANT, r.DUE}
"""Kinds whose text is a figure or begins with a year."""


def guarded(text: str) -> str:
    """`text` with a leading ' where a spreadsheet would read a formula. Numbers stay numbers."""
    if text[:1].isalnum() and text.isprintable():  # as most cells are
        return text
    risky = FORMULA.match(text) and not _NUMBER.fullmatch(text)
    return "'" + clean_lines(text) if risky else clean_lines(text)


def csv(result: Flat, style: Style) -> Iterator[str]:
    """Every cell in quotes, line ends and tabs exact; other control characters are written out.

    With `raw` the text is exact to the last byte, formulas and all. With `excel` it begins with the
    mark by which Excel knows UTF-8, and lines end as on Windows; those inside a cell stay.
    """
    fields = cells.fields(result.columns)
    line = _excel_line if style.excel else _csv_line
    if style.excel:
        yield "\ufeff"
    if style.header:
        yield line(guarded(field.name) for field in fields)
    for some in chunks(rows_of(result)):
        table = [_csv_cells(some, field, style) for field in fields]
        yield "".join(map(line, zip(*table, strict=True)))


def _csv_cells(rows: Sequence[Row], field: cells.Field, style: Style) -> list[str]:
    text = cells.exact(field.kind, style.zone)
    plain = style.raw or field.kind in _NO_FORMULA
    values = cells.values(rows, field)
    if plain:
        return ["" if value is None else text(value) for value in values]
    return ["" if value is None else _guarded(value, text) for value in values]


def _guarded(value: Any, text: cells.Text) -> str:
    """A figure is no formula, whatever it begins with."""
    return text(value) if isinstance(value, (int, float)) else guarded(text(value))


def _csv_line(row: Iterable[str]) -> str:
    parts = list(row)
    if not parts:
        return "\n"
    told = '","'.join(parts)
    if told.count('"') > 2 * (len(parts) - 1):
        told = '","'.join(part.replace('"', '""') for part in parts)
    return f'"{told}"\n'


def _excel_line(row: Iterable[str]) -> str:
    return _csv_line(row)[:-1] + "\r\n"


def ids(result: Flat, _style: Style) -> Iterator[str]:
    """The ids alone, one per line, for the next command. Raises UsageError where there are none."""
    at = id_column(result.columns)
    if at is None and isinstance(result, Written):
        return
    if at is None:
        raise UsageError(f"{result.name} has no ids", "formats: table, json, ndjson, csv, tsv, md")
    for some in chunks(rows_of(result)):
        yield "".join(clean(str(row[at])) + "\n" for row in some if row[at] is not None)


def id_column(columns: Sequence[Column]) -> int | None:
    """Where the first column of ids stands."""
    return next((at for at, column in enumerate(columns) if column.kind == r.ID), None)
