"""How many rows an import created, updated, left alone and rejected, per table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dealflow.results import INT, TEXT, Column, Row, Table

COLUMNS = (
    Column("table", "table", TEXT),
    Column("created", "created", INT),
    Column("updated", "updated", INT),
    Column("unchanged", "unchanged", INT),
    Column("rejected", "rejected", INT),
)
_ORDER = (
    "reps",
    "accounts",
    "contacts",
    "products",
    "deals",
    "history",
    "activities",
    "follow-ups",
)


@dataclass
class Tally:
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0

    def row(self) -> tuple[int, int, int, int]:
        return self.created, self.updated, self.unchanged, self.rejected


@dataclass
class Tallies:
    """One tally per table; remarks that are counted while rows are taken in."""

    tables: dict[str, Tally] = field(default_factory=dict)
    remarks: dict[str, int] = field(default_factory=dict)
    near: list[tuple[str, str, str]] = field(default_factory=list)
    """New names that are all but known ones: of what, the new, the known one."""
    made: dict[str, list[str]] = field(default_factory=lambda: {"reps": [], "reasons": []})
    """What else was made because the file names it."""

    def of(self, table: str) -> Tally:
        if table not in self.tables:
            self.tables[table] = Tally()
        return self.tables[table]

    def remark(self, what: str, times: int = 1) -> None:
        self.remarks[what] = self.remarks.get(what, 0) + times

    def created(self) -> dict[str, int]:
        """How many rows were created so far, per table."""
        return {name: tally.created for name, tally in self.tables.items()}

    def set_created(self, before: dict[str, int]) -> None:
        """Count as before: what was created since then was taken back."""
        for name, tally in self.tables.items():
            tally.created = before.get(name, 0)

    def table(self, notes: tuple[str, ...], exit_code: int) -> Table:
        rows = [(name, *self.tables[name].row()) for name in _ORDER if name in self.tables]
        return Table(name="import", columns=COLUMNS, rows=rows, notes=notes, exit_code=exit_code)


def answered_before(rows: Sequence[Row], exit_code: int) -> Table:
    """The tallies of an import that was done before, with the same --key."""
    note = "this was imported before with the same key; nothing was changed"
    return Table(name="import", columns=COLUMNS, rows=rows, notes=(note,), exit_code=exit_code)
