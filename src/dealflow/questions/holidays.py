"""`dealflow settings holidays list`, and what every list says of the working days it counted."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

from dealflow.questions import Ask
from dealflow.questions.columns import HOLIDAYS
from dealflow.results import Column, Table

if TYPE_CHECKING:
    from dealflow.dates.workdays import Calendar

COLUMNS = (HOLIDAYS[0], Column("weekday", "weekday"), *HOLIDAYS[1:])


def holidays(ask: Ask, span: tuple[date, date] | None = None) -> Table:
    """The days of the calendar from the first to the last of `span`; all without one."""
    from dealflow.store import holidays as store

    first, last = span or (date.min, date.max)
    rows = [
        (day, f"{date.fromisoformat(day):%a}", kind, name, version)
        for day, kind, name, version in store.listed(ask.conn, first.isoformat(), last.isoformat())
    ]
    return Table(
        name="holidays",
        columns=COLUMNS,
        rows=rows,
        summary=_summary([(int(row[0][:4]), row[2]) for row in rows]),
        empty=f"no holidays; dealflow settings holidays load CN {ask.today.year}",
    )


def _summary(days: list[tuple[int, str]]) -> tuple[str, ...]:
    """`2026: 33 off, 6 worked`, a line for each year."""
    counts = Counter(days)
    return tuple(
        f"{year}: " + ", ".join(_counted(counts, year))
        for year in sorted({year for year, _ in counts})
    )


def _counted(counts: Counter[tuple[int, str]], year: int) -> list[str]:
    told = {"off": "off", "work": "worked"}
    return [f"{counts[year, kind]} {word}" for kind, word in told.items() if counts[year, kind]]


def basis(calendar: Calendar, first: date, last: date) -> str:
    """By what the working days from `first` to `last` were counted, for a note."""
    from dealflow.dates.workdays import MON_FRI, week_told, years_told

    week = "" if calendar.week == MON_FRI else f" (the week is {week_told(calendar.week)})"
    if not calendar.years:
        return f"working days: weekends only, because no holiday calendar is set{week}"
    unknown = calendar.unknown(first, last)
    known = [year for year in range(first.year, last.year + 1) if year not in unknown]
    by = f"by the holiday calendar of {years_told(known)}" if known else ""
    alone = f"weekends only in {years_told(unknown)}, which it has no days of" if unknown else ""
    return f"working days: {'; '.join(filter(None, (by, alone)))}{week}"
