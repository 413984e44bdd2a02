"""The holiday calendar: days the team has off, and days it works although the week has them off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from dealflow.actions import Actor, Done
from dealflow.dates.workdays import years_told
from dealflow.model import DAY_OFF, DAY_WORKED, Holiday
from dealflow.named import NamedTuple
from dealflow.text import tidy

_TOLD = 5
"""So many changed days are named one by one."""
_UNNAMED = {DAY_OFF: "day off", DAY_WORKED: "working day"}


class Day(NamedTuple):
    """One day of a calendar. `kind` is `off` or `work`; a blank name is told by the kind."""

    day: date
    kind: str
    name: str = ""


def load(by: Actor, days: Sequence[Day]) -> Done:
    """Have these days in the calendar; days of the same years that are not among them stay.

    To load the same days again changes nothing.
    """
    known = {row.day: row for row in by.book.where(Holiday)}
    added, changed, told = [], [], []
    for one in sorted(days):
        name = tidy(one.name or _UNNAMED[one.kind], "the name of the day", 200)
        before = known.get(one.day.isoformat())
        if before is None:
            new = Holiday(day=one.day.isoformat(), kind=one.kind, name=name)
            added.append(by.book.add(new).id)
        elif (before.kind, before.name) != (one.kind, name):
            changed.append(by.book.change(before, kind=one.kind, name=name).id)
            told.append(f"{before.day}: {before.kind} {before.name} → {one.kind} {name}")
    said = [_counted(len(added), len(changed), len(days)), *told[:_TOLD]]
    said += [f"… and {len(told) - _TOLD} more"] * (len(told) > _TOLD)
    return Done("holiday", (*added, *changed), (*said, *_kept(known, days)))


def _counted(added: int, changed: int, given: int) -> str:
    parts = [(added, "added"), (changed, "changed"), (given - added - changed, "already there")]
    counted = ", ".join(f"{number} {what}" for number, what in parts if number)
    return f"holiday calendar: {counted or 'nothing to add'}"


def _kept(known: Iterable[str], days: Sequence[Day]) -> tuple[str, ...]:
    """What stands beside the loaded days in their years: it may be meant, or out of date."""
    loaded = {one.day.isoformat() for one in days}
    years = {one.day.year for one in days}
    others = sorted(day for day in known if int(day[:4]) in years and day not in loaded)
    if not others or len(days) < 2:
        return ()
    some = ", ".join(others[:_TOLD]) + (" …" if len(others) > _TOLD else "")
    return (f"{len(others)} other days of {years_told(years)} stay as they are: {some}",)


def remove(by: Actor, spans: Sequence[tuple[date, date]]) -> Done:
    """Take days out of the calendar, those from the first to the last of each span.

    Where there are none there is nothing to do.
    """
    gone = 0
    for row in by.book.where(Holiday):
        if any(first.isoformat() <= row.day <= last.isoformat() for first, last in spans):
            by.book.remove(row)
            gone += 1
    days = f"{gone} day{'s' * (gone != 1)}"
    said = f"took {days} out of the holiday calendar" if gone else _nothing(spans)
    return Done("holiday", (), (said,))


def _nothing(spans: Sequence[tuple[date, date]]) -> str:
    told = ", ".join(str(a) if a == b else f"{a} to {b}" for a, b in spans)
    return f"the holiday calendar has no days of {told}: nothing to remove"


def days_between(first: date, last: date, kind: str, name: str) -> list[Day]:
    """Every day from the first to the last, alike."""
    return [Day(first + timedelta(days=n), kind, name) for n in range((last - first).days + 1)]
