"""A first look at the whole file: how it writes dates and numbers, which stages it names.

It reads every row once before the first is taken in, and remembers little: distinct cells up to a
limit, and counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from dealflow.interchange import fields
from dealflow.interchange.adapting import Adapter
from dealflow.interchange.conventions import (
    COMMA,
    Conventions,
    DateOrder,
    NumberStyle,
    Shares,
)
from dealflow.interchange.layouts import Layout
from dealflow.interchange.mapping import Column, Plan
from dealflow.interchange.rejects import Reject, unguarded
from dealflow.interchange.sources import Row, Source
from dealflow.interchange.units import unit_of
from dealflow.named import NamedTuple
from dealflow.text import fold, narrow

_DISTINCT = 20_000
_CHUNK = 500
_STAGES = 500


class Wanted:
    """What was said about how the file writes: --dates, --numbers."""

    def __init__(self, dates: str | None = None, numbers: str | None = None) -> None:
        self.dates, self.numbers = dates, numbers


@dataclass
class StageSeen:
    """A stage that a file names: how often, and with which probabilities."""

    word: str
    rows: int = 0
    shares: list[float] = field(default_factory=list)


@dataclass
class Survey:
    """What the first look found."""

    conventions: Conventions = field(default_factory=Conventions)
    padded: int = 0
    """Cells with blanks around them."""
    wide: int = 0
    """Dates and numbers in full-width characters."""
    stages: dict[str, dict[str, StageSeen]] = field(default_factory=dict)
    """By pipeline ('' where the file names none) and stage."""
    reasons: dict[str, str] = field(default_factory=dict)

    def told(self) -> list[str]:
        """What a person has to know of how the file was read."""
        notes = []
        if self.conventions.order:
            notes.append(f"dates are read as {_ORDER[self.conventions.order]}")
        for heading, style in self.conventions.numbers.items():
            if unit := unit_of(heading):
                notes.append(f"bare numbers in {heading} are read in {unit}")
            if style == COMMA:
                notes.append(f"{heading} is read with a decimal comma: {COMMA}")
        cleaned = [
            f"{count:,} {what}"
            for count, what in (
                (self.padded, "cells with blanks around them"),
                (self.wide, "numbers in full-width characters"),
            )
            if count
        ]
        return notes + ([f"cleaned: {', '.join(cleaned)}"] if cleaned else [])


_ORDER = {"dmy": "day/month/year", "mdy": "month/day/year", "ymd": "year/month/day"}


def survey(
    source: Source, plan: Plan, adapter: Adapter, layout: Layout | None, wanted: Wanted
) -> Survey:
    """Read the file through once. Error: UsageError for what only a person can decide."""
    found = Survey()
    looks = [_Look(column, found) for column in plan.columns]
    looks += [_Look(Column(at, plan.heading[at], _MOMENT), found) for at in adapter.entered]
    stage, pipeline = _place(plan, "stage"), _place(plan, "pipeline", "in_pipeline")
    share = _place(plan, "probability")
    before = _place(plan, "before")
    for rows in _chunks(adapter.rows(source)):
        for look in looks:
            look.see([cells[look.at] for cells in rows])
        if stage is not None:
            _count_stages(found, rows, _Places(stage, pipeline, share, before))
    found.conventions = _decided(looks, layout, wanted)
    return found


class _Places(NamedTuple):
    """Where a row says what counts of its stage."""

    stage: int
    pipeline: int | None
    share: int | None
    before: int | None


def _count_stages(found: Survey, rows: Sequence[Sequence[str]], at: _Places) -> None:
    for cells in rows:
        line = cells[at.pipeline].strip() if at.pipeline is not None else ""
        chance = cells[at.share] if at.share is not None else ""
        _count(found, line, cells[at.stage], chance)
        if at.before is not None:
            _count(found, line, cells[at.before], "")


def _chunks(rows: Iterator[Row | Reject]) -> Iterator[list[list[str]]]:
    good = (row[1] for row in rows if not isinstance(row, Reject))
    while chunk := [*islice(good, _CHUNK)]:
        yield chunk


_MOMENT = fields.Field("at", fields.MOMENT, "")


class _Look:
    """Looks at one column."""

    def __init__(self, column: Column, found: Survey) -> None:
        self.at, self.heading, self.field = column
        self.found = found
        self.reads = column.field.reads
        self.judge: DateOrder | NumberStyle | Shares | None = None
        match self.reads:
            case fields.DAY | fields.MOMENT:
                self.judge = DateOrder()
            case fields.MONEY:
                self.judge = NumberStyle()
            case fields.SHARE:
                self.judge = Shares()
        self.seen: set[str] = set()

    def see(self, cells: Sequence[str]) -> None:
        """A stretch of the column; what is in it more than once is looked at once."""
        for cell in dict.fromkeys(cells):
            if cell in self.seen:
                continue
            text = cell.strip()
            if text != cell:
                self.found.padded += cells.count(cell)
            elif self.judge is not None and not cell.isascii() and narrow(text) != text:
                self.found.wide += cells.count(cell)
            elif self.judge is not None and len(self.seen) < _DISTINCT:
                self.seen.add(cell)
            if self.judge is not None and text:
                self.judge.see(unguarded(text))


def _place(plan: Plan, *names: str) -> int | None:
    return next((column.at for column in plan.columns if column.field.name in names), None)


def _count(found: Survey, line: str, cell: str, chance: str) -> None:
    word = unguarded(cell).strip()
    if not word:
        return
    stages = found.stages.setdefault(line, {})
    key = fold(word)
    if key not in stages and len(stages) < _STAGES:
        stages[key] = StageSeen(word)
    if seen := stages.get(key):
        seen.rows += 1
        told = chance.strip().rstrip("%")
        if len(seen.shares) < _STAGES and told.replace(".", "", 1).isdecimal():
            seen.shares.append(float(told))


def _decided(looks: list[_Look], layout: Layout | None, wanted: Wanted) -> Conventions:
    numbers, percent = {}, set()
    for look in looks:
        if isinstance(look.judge, NumberStyle):
            usual = layout.numbers if layout else None
            style = wanted.numbers or look.judge.decided(look.heading, usual)
            numbers[look.heading] = style
        elif isinstance(look.judge, Shares):
            told = layout is not None and look.field.name in layout.percent
            if told or look.judge.percent or "%" in look.heading:
                percent.add(look.heading)
    dates = [look.judge for look in looks if isinstance(look.judge, DateOrder)]
    order = wanted.dates or _together(dates).decided(layout.dates if layout else None)
    return Conventions(order, numbers, frozenset(percent))


def _together(columns: list[DateOrder]) -> DateOrder:
    """One order for all dates of the file, whichever column shows it."""
    whole = DateOrder()
    for column in columns:
        whole.met |= column.met
        whole.broken = whole.broken or column.broken
        whole.differs = whole.differs or column.differs
        if whole.left & column.left:
            whole.left &= column.left
        elif whole.broken is None and column.differs:
            whole.broken = column.differs[0]
    return whole
