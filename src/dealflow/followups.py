"""How often a customer is to be contacted, when the next time is due, and when it is late.

Pure. Days are days of the business time zone, instants epoch seconds UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta, tzinfo

from dealflow.dates.zones import start_of
from dealflow.errors import UsageError
from dealflow.frozen import Frozen

#: by the grade of the deal, else of its customer; `-` where neither has one
DEFAULT_CADENCES: Mapping[str, str] = {"A": "7d", "B": "14d", "C": "1m", "-": "14d"}

IsWorkday = Callable[[date], bool]

_CADENCE = re.compile(r"([1-9][0-9]{0,2})(d|w|m|wd)")
_LONGEST_HOLIDAY = 366


class Cadence(Frozen, kw_only=False):
    """At least one contact every so many days (d), weeks (w), months (m) or working days (wd)."""

    count: int
    unit: str

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"


def parse_cadence(text: str) -> Cadence:
    """The cadence that `7d`, `2w`, `1m` or `5wd` writes; UsageError for anything else."""
    found = _CADENCE.fullmatch(text.strip().lower())
    if found is None:
        raise UsageError(f"'{text}' is not a cadence", "try 7d, 2w, 1m, 5wd", given=text)
    return Cadence(int(found[1]), found[2])


def next_due(last_contact_day: date, cadence: Cadence, is_workday: IsWorkday) -> date:
    """The day by which the next contact is due.

    A month later is the same day of the month, or its last. What falls on a day off is due on the
    next working day, since nobody is there to do it earlier.
    """
    if cadence.unit == "wd":
        return _workdays_later(last_contact_day, cadence.count, is_workday)
    if cadence.unit == "m":
        due = _months_later(last_contact_day, cadence.count)
    else:
        days = cadence.count * (7 if cadence.unit == "w" else 1)
        due = last_contact_day + timedelta(days=days)
    return due if is_workday(due) else _workdays_later(due, 1, is_workday)


def _workdays_later(day: date, count: int, is_workday: IsWorkday) -> date:
    for _ in range(count):
        day = _next_workday(day, is_workday)
    return day


def _next_workday(day: date, is_workday: IsWorkday) -> date:
    """The first working day after `day`; the day after, where a calendar has none in a year."""
    days = (day + timedelta(days=n) for n in range(1, _LONGEST_HOLIDAY + 1))
    return next(filter(is_workday, days), day + timedelta(days=1))


def _months_later(day: date, count: int) -> date:
    years, month = divmod(day.month - 1 + count, 12)
    first = date(day.year + years, month + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def late_at(due_day: date, due_at: int | None, tz: tzinfo) -> int:
    """The first instant at which a follow-up is overdue.

    One due on a day is late once that day is over in `tz`; one due at an instant, right after it.
    """
    return start_of(due_day + timedelta(days=1), tz) if due_at is None else due_at + 1


def is_overdue(late: int, now: int) -> bool:
    """Whether an open follow-up whose `late_at` is `late` is overdue at `now`."""
    return late <= now


def days_late(due_day: date, today: date) -> int:
    """Calendar days since it was due; 0 on the day itself and before."""
    return max(0, (today - due_day).days)


def workdays_late(due_day: date, today: date, is_workday: IsWorkday) -> int:
    """Working days after the day it was due, up to and with `today`."""
    days = (due_day + timedelta(days=n) for n in range(1, days_late(due_day, today) + 1))
    return sum(map(is_workday, days))
