"""Rows of cells as records of values, each with its line and with what cannot be read of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from dealflow.customfields import MARK
from dealflow.errors import DealflowError
from dealflow.interchange import fields
from dealflow.interchange.adapting import Adapter
from dealflow.interchange.conventions import Conventions
from dealflow.interchange.mapping import Column, Plan
from dealflow.interchange.rejects import Fault, Record, Reject, fault_of, unguarded
from dealflow.interchange.sources import Source
from dealflow.interchange.values import Cells
from dealflow.text import MARKS, SEMICOLONS, fold, parted, several

_REMEMBERED = 20_000
"""Distinct cells of a column whose values are remembered; most columns repeat themselves."""


@dataclass
class Reading:
    """Reads a source by its plan. `unused` tells afterwards which translations met nothing."""

    source: Source
    plan: Plan
    cells: Cells
    conventions: Conventions = field(default_factory=Conventions)
    adapter: Adapter = field(default_factory=Adapter)
    count: int = 0
    _met: set[tuple[str, str]] = field(default_factory=set)

    def records(self) -> Iterator[Record | Reject]:
        columns = [_Reader(column, self) for column in self.plan.columns]
        columns.sort(key=lambda reader: reader.money)  # their currency is in another column
        for row in self.adapter.rows(self.source):
            self.count += 1
            yield row if isinstance(row, Reject) else self.adapter.record(_record(columns, *row))

    def translated(self, name: str, text: str) -> str:
        """Our word for a word of the file."""
        words = self.plan.values[name]
        told = fold(text)
        if told not in words:
            return text
        self._met.add((name, told))
        return words[told]

    @property
    def unused(self) -> list[str]:
        said = [(name, word) for name, words in self.plan.values.items() for word in words]
        told = self._met | self.plan.usual
        return [f"{name}:{word}" for name, word in said if (name, word) not in told]


class _Reader:
    """Reads one column, remembering the values of cells that come again."""

    def __init__(self, column: Column, reading: Reading) -> None:
        self.at, self.heading, self.field = column
        self.name = column.field.name
        self.money = column.field.reads == fields.MONEY and "currency" in reading.plan.fields
        self.blank = reading.adapter.blank
        self.text_of = _text_of(column, reading)
        self.plain = _plain(column.field.reads, self.heading, reading.conventions)
        self.money_of = reading.cells.money
        self.read: Callable[[str], Any] = reading.cells.reader(column.field.reads)
        self.translates = self.name in reading.plan.values
        self.reading = reading
        self.remembers = column.field.reads != fields.KEY and not self.money
        self.known: dict[str, Any] = {}

    def value(self, cell: str) -> Any:
        """The value of a cell, None for an empty one. Errors: DealflowError."""
        text = self.text_of(cell)
        if text in self.blank:
            text = ""
        if self.translates:
            text = self._translated(text)
        value = self.read(self.plain(text)) if text else None
        if self.remembers and len(self.known) < _REMEMBERED:
            self.known[cell] = value
        return value

    def _translated(self, text: str) -> str:
        translated = self.reading.translated
        if self.field.reads not in {fields.NAMES, fields.TAGS} or not text:
            return translated(self.name, text)
        marks = SEMICOLONS if self.field.reads == fields.NAMES else MARKS
        parts = (translated(self.name, part) for part in parted(text, marks))
        return several(parts, MARKS, ";")


#: how cells are read in which blanks may be meant
_WORDS = {fields.TEXT, fields.KEY, fields.WORD, fields.NAMES, fields.TAGS}


def _text_of(column: Column, reading: Reading) -> Callable[[str], str]:
    """What takes off a cell what is not meant: the guard against formulas, and blanks around it.

    In an export of dealflow's own every blank is meant, and only CSV has the guard.
    """
    reads, layout = column.field.reads, reading.adapter.layout
    if layout is None or not layout.exact or not (reads in _WORDS or reads.startswith(MARK)):
        return lambda cell: unguarded(cell).strip()
    return unguarded if reading.source.format == "csv" else str


def _plain(reads: str, heading: str, conventions: Conventions) -> Callable[[str], str]:
    """What writes a cell as it can be read in one way only, by what was decided for the file."""
    match reads:
        case fields.MONEY:
            return conventions.number(heading)
        case fields.DAY | fields.MOMENT:
            return conventions.date
        case fields.SHARE:
            return conventions.share(heading)
    return str


def _record(columns: Sequence[_Reader], line: int, cells: Sequence[str]) -> Record:
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for reader in columns:
        cell = cells[reader.at]
        if cell in reader.known:
            value = reader.known[cell]
        else:
            try:
                value = _fresh(reader, cell, values)
            except DealflowError as error:
                faults.append(fault_of(error, reader.heading))
                continue
        if value is not None:
            values[reader.name] = value
    return Record(line, values, cells, tuple(faults))


def _fresh(reader: _Reader, cell: str, values: dict[str, Any]) -> Any:
    if reader.money and values.get("currency") and cell.strip():
        return reader.money_of(reader.plain(reader.text_of(cell)), values["currency"])
    return reader.value(cell)
