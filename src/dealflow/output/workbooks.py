"""Results as a workbook of Excel, written by openpyxl: an extra, `dealflow[xlsx]`.

Cells have types: days and instants are dates (instants in the business time zone, which Excel does
not know), amounts are numbers in the format of their currency, rates are percents, ids of rows are
numbers; text is text, whatever it looks like. A sheet has its heading frozen, with a filter. The
last sheet says what the others are: definition, filter, instant, and what each column means.

Rows are written as they come, so that memory holds some hundred of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, tzinfo
from typing import IO, TYPE_CHECKING, Any

from rich.cells import cell_len as width

from dealflow import results as r
from dealflow.errors import Unusable, UsageError
from dealflow.money import Money, decimal_text, exponent
from dealflow.output import cells
from dealflow.output.cells import Field
from dealflow.output.machine import Flat, chunks, rows_of
from dealflow.output.text import clean, clean_lines
from dealflow.patterns import pattern
from dealflow.results import Column, Document, Record, Report, Result, Row, Stream
from dealflow.store.drafts import DRAFTS

if TYPE_CHECKING:
    from dealflow.output import Style

_DAY, _INSTANT, _SHARE = "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "0.0%"
_SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}
_NARROWEST, _WIDEST = 8, 60
#: Excel's way to write a character that XML cannot hold
_ESCAPED = pattern(r"_(?=x[0-9A-Fa-f]{4}_)")
#: what openpyxl would take for something else than text
_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"}
#: the first day that Excel and everybody else agree on
_FIRST = date(1900, 3, 1)


def book(results: Sequence[Result], style: Style, out: IO[bytes]) -> None:
    """Write results into one workbook. Errors: Unusable without openpyxl; UsageError."""
    try:
        from openpyxl import Workbook
    except ImportError:
        hint = "pip install 'dealflow[xlsx]', or -o csv --excel"
        raise Unusable("writing xlsx needs the package openpyxl", hint) from None
    made = Workbook(write_only=True)
    made.properties.creator = "dealflow"
    names: set[str] = set()
    try:
        for result in results:
            if isinstance(result, Document):
                raise UsageError(f"a {result.name} is no table", "leave -o xlsx out")
            for name, part, total in _parts(result):
                sheet = made.create_sheet(_title(name, names))
                _Sheet(sheet, style).fill(part, total)
        _about(made.create_sheet(_title("about", names)), results, style)
        made.save(out)
    finally:
        for sheet in made.worksheets:
            _sweep(sheet)


def _parts(result: Flat) -> Iterator[tuple[str, Flat, Row | None]]:
    """What gets a sheet of its own, with its name and its total."""
    yield result.name, result, result.total if isinstance(result, Report) else None
    if isinstance(result, (Record, Report)):
        yield from ((section.name, section, None) for section in result.sections)


def _title(name: str, taken: set[str]) -> str:
    """A name that a sheet can have, and none has yet: at most 31 characters, some not allowed."""
    plain = re.sub(r"[\[\]:*?/\\]", " ", clean(name)).strip("' ")[:28] or "sheet"
    found, number = plain, 1
    while found.casefold() in taken:
        number += 1
        found = f"{plain} {number}"
    taken.add(found.casefold())
    return found


def _sweep(sheet: Any) -> None:
    """What openpyxl keeps of a sheet beside the workbook goes, also when it was cut short."""
    import os
    from contextlib import suppress

    writer = sheet._writer  # noqa: SLF001 it has no other name
    if writer is None:
        return
    if not sheet.closed:
        with suppress(Exception):
            sheet.close()
    DRAFTS.discard(writer.out)
    with suppress(OSError):
        os.unlink(writer.out)


# ── one sheet ─────────────────────────────────────────────────────────────────────────────────


class _Sheet:
    """Fills a sheet with rows."""

    def __init__(self, sheet: Any, style: Style) -> None:
        self.sheet, self.style = sheet, style

    def fill(self, part: Flat, total: Row | None) -> None:
        fields = cells.fields(part.columns)
        values = [_Cells(self.sheet, field, self.style.zone) for field in fields]
        coming = chunks(rows_of(part))
        first = next(coming, [])
        for at, field in enumerate(fields):
            self._widen(at, _wide(field, first, self.style.zone))
        if self.style.header:
            self.sheet.freeze_panes = "A2"
            self._heading([field.name for field in fields])
        count = self._rows(first, values) + sum(self._rows(some, values) for some in coming)
        if fields and self.style.header:
            self.sheet.auto_filter.ref = f"A1:{_letters(len(fields))}{count + 1}"
        if total is not None:
            self._rows([total], values)

    def _rows(self, rows: Sequence[Row], values: Sequence[_Cells]) -> int:
        columns = [each.of(rows) for each in values]
        for row in zip(*columns, strict=True):
            self.sheet.append(row)
        DRAFTS.add(self.sheet._writer.out) if self.sheet._writer else None  # noqa: SLF001
        return len(rows)

    def _heading(self, names: Sequence[str]) -> None:
        from openpyxl.styles import Font, PatternFill

        made = []
        for name in names:
            cell = _plain(self.sheet, name)
            cell.font = Font(bold=True)
            cell.fill = PatternFill("solid", fgColor="FFE8EDF3")
            made.append(cell)
        self.sheet.append(made)

    def _widen(self, at: int, wide: int) -> None:
        self.sheet.column_dimensions[_letters(at + 1)].width = wide


def _wide(field: Field, rows: Sequence[Row], zone: tzinfo) -> int:
    """How wide a column is, in half-width characters: by its first rows, and its heading."""
    told = cells.for_people(r.SHARE if field.part else field.kind, zone)
    values = cells.values(rows, field)
    shown = [width(told(value).split("\n")[0]) for value in values if value is not None]
    return min(max([_NARROWEST, width(clean(field.name)) + 3, *(n + 2 for n in shown)]), _WIDEST)


def _letters(number: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(number))


def _cell(sheet: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell

    return WriteOnlyCell(sheet)


# ── one column ────────────────────────────────────────────────────────────────────────────────


class _Cells:
    """Makes the cells of a column. One object serves all its rows: each is written at once."""

    def __init__(self, sheet: Any, field: Field, zone: tzinfo) -> None:
        self.sheet, self.field, self.zone = sheet, field, zone
        self._styled: dict[str, Any] = {}
        self.make = self._maker()

    def of(self, rows: Sequence[Row]) -> Iterator[Any]:
        """The cells of these rows, each made when its row is written."""
        for value in cells.values(rows, self.field):
            yield None if value is None else self.make(value)

    def _maker(self) -> Callable[[Any], Any]:
        kind = r.SHARE if self.field.part else self.field.kind
        by_kind: dict[str, Callable[[Any], Any]] = {
            r.MONEY: self._money,
            r.DAY: self._day,
            r.INSTANT: self._instant,
            r.DUE: lambda due: self._day(due) if isinstance(due, date) else self._instant(due),
            r.SHARE: lambda share: self._with("n", share, _SHARE),
            r.INT: lambda number: number,
            r.NUMBER: lambda number: number,
            r.BOOL: bool,
            r.VALUE: self._as_it_is,
            r.ID: self._as_it_is,
        }
        told = cells.exact(kind, self.zone)
        return by_kind.get(kind, lambda value: self._text(told(value)))

    def _as_it_is(self, value: Any) -> Any:
        return value if isinstance(value, (int, float)) else self._text(str(value))

    def _text(self, text: str) -> Any:
        safe = text_of(text)
        return self._with("s", safe, "") if safe[:1] == "=" or safe in _ERRORS else safe

    def _money(self, amount: Money) -> Any:
        places = exponent(amount.currency)
        sign = _SIGNS.get(amount.currency, f"{amount.currency} ")
        digits = f"#,##0.{'0' * places}" if places else "#,##0"
        number = float(decimal_text(amount)) if places else amount.minor
        return self._with("n", number, f'"{sign}"{digits}')

    def _day(self, day: date) -> Any:
        if day < _FIRST:
            return day.isoformat()
        return self._with("d", day, _DAY)

    def _instant(self, at: int) -> Any:
        """In local time; one that is told twice, when summer ends, stays text with its offset."""
        told = datetime.fromtimestamp(at, self.zone)
        plain = told.replace(tzinfo=None, fold=0)
        if int(plain.replace(tzinfo=self.zone).timestamp()) != at or plain.date() < _FIRST:
            return told.isoformat()
        return self._with("d", plain, _INSTANT)

    def _with(self, kind: str, value: Any, form: str) -> Any:
        cell = self._styled.get(form)
        if cell is None:
            cell = self._styled[form] = _cell(self.sheet)
            if form:
                cell.number_format = form
        cell._value, cell.data_type = value, kind  # noqa: SLF001 its setter guesses the type
        return cell


def text_of(text: str) -> str:
    """Text as a cell holds it: control characters written out, Excel's own escapes escaped."""
    return _ESCAPED.sub("_x005F_", clean_lines(text))


# ── what it is ────────────────────────────────────────────────────────────────────────────────


def _about(sheet: Any, results: Sequence[Result], style: Style) -> None:
    """Say of each result what it is, and what its columns mean."""
    sheet.column_dimensions["A"].width = 24
    sheet.column_dimensions["B"].width = 24
    sheet.column_dimensions["C"].width = 90
    for result in results:
        for facts in (*_facts(result, style), ()):
            sheet.append([_plain(sheet, fact) for fact in facts])


def _plain(sheet: Any, text: str) -> Any:
    """Text that goes on in further lines of its cell, where it is long."""
    from openpyxl.styles import Alignment

    cell = _cell(sheet)
    if len(text) > _WIDEST:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell._value, cell.data_type = text_of(text), "s"  # noqa: SLF001
    return cell


def _facts(result: Result, style: Style) -> Iterator[tuple[str, ...]]:
    assert not isinstance(result, Document)
    at = cells.minute
    match result:
        case Report():
            yield "report", result.name, result.title
            yield "as of", at(result.as_of, style.zone)
            yield "definition", "", result.definition
        case Stream():
            yield "table", result.name
            yield "as of", at(result.as_of, style.zone)
        case Record():
            yield "record", result.name, result.title
        case _:
            yield "table", result.name
            yield "as of", style.today.isoformat()
    if isinstance(result, (Report, Stream)):
        for name, value in result.parameters.items():
            if value not in (None, "", [], {}):
                yield name, _told(value)
    yield "time zone", str(style.zone)
    yield from (("note", "", note) for note in getattr(result, "notes", ()))
    yield from _meanings(result.columns)
    if isinstance(result, (Record, Report)):
        for section in result.sections:
            yield ()
            yield "table", section.name
            yield from _meanings(section.columns)


def _told(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _meanings(columns: Sequence[Column]) -> Iterator[tuple[str, ...]]:
    for column in columns:
        if column.on != r.SCREEN:
            yield "column", column.name, "; ".join(filter(None, (column.label, column.about)))
