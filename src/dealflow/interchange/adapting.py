"""What a layout says of rows as a whole: which count, what they are known by, and what they hold.

Without a layout rows are taken as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from dealflow.errors import DealflowError
from dealflow.interchange.fields import normal
from dealflow.interchange.layouts import Layout
from dealflow.interchange.mapping import Plan
from dealflow.interchange.rejects import Record, Reject, fault_of
from dealflow.interchange.sources import Row, Source
from dealflow.text import fold


@dataclass
class Adapter:
    """Takes rows and records as the layout of their file says, where there is one."""

    layout: Layout | None = None
    plan: Plan | None = None
    moment: Any = None
    """What reads a cell that says when: see values.Cells."""
    below: int = 0
    """How many lines below the rows were left out."""
    between: int = 0
    """How many lines between the rows were left out: of groups."""
    left_out: dict[str, int] = field(default_factory=dict)
    """By heading, how many rows its cell left out."""
    _said: dict[str, int] = field(default_factory=dict)
    _ids: frozenset[str] = frozenset()
    _only: dict[int, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    entered: dict[int, re.Match[str]] = field(default_factory=dict)
    """By place, the columns that say when a deal came to a stage."""

    def __post_init__(self) -> None:
        if self.layout is None or self.plan is None:
            return
        layout, plan = self.layout, self.plan
        self._ids = frozenset(
            column.field.name
            for column in plan.columns
            if column.field.name in layout.ids and normal(column.heading).endswith("id")
        )
        for at, name in enumerate(plan.heading):
            if (cells := layout.only.get(normal(name))) is not None:
                self._only[at] = name, cells
            if layout.history and (found := re.fullmatch(layout.history, name, re.IGNORECASE)):
                self.entered[at] = found

    @property
    def blank(self) -> tuple[str, ...]:
        return self.layout.blank if self.layout else ()

    # ── rows ──────────────────────────────────────────────────────────────────────────────────

    def rows(self, source: Source) -> Iterator[Row | Reject]:
        """The rows that count: not empty, not below the table, not what the layout leaves out."""
        self.below, self.left_out, self._said = 0, {}, {}
        lonely: list[Row | Reject] = []
        for row in self._in_groups(source) if self._grouped else source.rows():
            cells = row.cells if isinstance(row, Reject) else row[1]
            if not any(cells):
                continue
            if self.layout and self.layout.footers and cells[0] and not any(cells[1:]):
                lonely.append(row)
                continue
            yield from lonely
            lonely.clear()
            if isinstance(row, Reject) or self._counts(row[1]):
                yield row
        if any(self._is_footer(row) for row in lonely):
            self.below = len(lonely)
        else:
            yield from lonely

    @property
    def _grouped(self) -> bool:
        return self.layout is not None and self.layout.groups

    def _in_groups(self, source: Source) -> Iterator[Row | Reject]:
        """Rows without the names of groups, the headings below these, and the sums."""
        self.between = 0
        name: Row | Reject | None = None
        for row in source.rows():
            cells = row.cells if isinstance(row, Reject) else row[1]
            if [cell.strip() for cell in cells] == source.header:
                self.between += 1 + (name is not None)
                name = None
                continue
            if name is not None:
                yield name
                name = None
            if not cells[0].strip():
                self.between += 1
            elif any(cells[1:]):
                yield row
            else:  # a group's name if the heading follows, else a row with nothing but a name
                name = row
        if name is not None:
            yield name

    def _is_footer(self, row: Row | Reject) -> bool:
        first = (row.cells if isinstance(row, Reject) else row[1])[0].strip()
        return self.layout is not None and first.startswith(self.layout.footers)

    def _counts(self, cells: Sequence[str]) -> bool:
        for at, (name, known) in self._only.items():
            if cells[at].strip() not in known:
                self.left_out[name] = self.left_out.get(name, 0) + 1
                return False
        return True

    # ── records ───────────────────────────────────────────────────────────────────────────────

    def record(self, record: Record) -> Record:
        """The record with what its layout adds: its id as it is kept, its names in one."""
        if self.layout is None:
            return _joined(record)
        record = _joined(record)
        values = record.values
        if self.layout.exact:
            return record
        for name in self._ids & values.keys():
            values[name] = f"{self.layout.system}:{values[name]}"
        if "external_id" in values:
            values["external_id"] = f"{self.layout.system}:{values['external_id']}"
        elif self.layout.identity and any(name in values for name in self.layout.identity):
            values["external_id"] = self._identity(self.layout, values)
        return self._with_history(record) if self.entered else record

    def _identity(self, layout: Layout, values: Mapping[str, Any]) -> str:
        """An id made of what tells rows apart; rows of one file that say the same are numbered."""
        said = "\x1f".join(_said(values.get(name)) for name in layout.identity)
        digest = sha256(said.encode()).hexdigest()[:32]
        number = self._said[digest] = self._said.get(digest, 0) + 1
        return f"{layout.system}:={digest}" + (f":{number}" if number > 1 else "")

    def _with_history(self, record: Record) -> Record:
        entered, faults = [], list(record.faults)
        for at, found in self.entered.items():
            if text := record.cells[at].strip():
                try:
                    entered.append((found["stage"], self.moment(text)))
                except DealflowError as error:
                    faults.append(fault_of(error, found[0]))
        if entered:
            record.values["entered"] = entered
        return record._replace(faults=tuple(faults))


def _said(value: Any) -> str:
    """What identity is made of: a day is enough of a time, as exports differ in the rest."""
    if value is None:
        return ""
    return str(getattr(value, "day", None) or fold(str(value)))


def _joined(record: Record) -> Record:
    """A name that is given in parts; when a deal was won or lost, as when it was closed."""
    values = record.values
    first, last = values.pop("first_name", ""), values.pop("last_name", "")
    if (first or last) and "name" not in values:
        chinese = not (first + last).isascii() and re.fullmatch(r"[\u3400-\u9fff]+", first + last)
        values["name"] = last + first if chinese else f"{first} {last}".strip()
    won, lost = values.pop("won", None), values.pop("lost", None)
    if won or lost:
        lost_last = bool(lost and (not won or lost.at > won.at))
        told = fold(str(values.get("status", "")))
        values["closed"] = (lost if told == "lost" or (told != "won" and lost_last) else won) or (
            lost or won
        )
        if told == "open":
            del values["closed"]
    return record
