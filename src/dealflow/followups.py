"""How often a customer is to be contacted, when the next time is due, and when it is late.

Pure. Days are days of the business time zone, instants epoch seconds UTC.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from datetime import date, timedelta, tzinfo

from dealflow.dates.reckoning import IsWorkday, Unit, add_units, add_workdays, workdays_between
from dealflow.dates.zones import start_of
from dealflow.errors import UsageError
from dealflow.frozen import Frozen
from dealflow.patterns import pattern

#: by the grade of the deal, else of its customer; `-` where neither has one
DEFAULT_CADENCES: Mapping[str, str] = {"A": "7d", "B": "14d", "C": "1m", "-": "14d"}

#: the channel that a kind of contact goes through, where nobody says another
CHANNELS: Mapping[str, str] = {"call": "phone", "email": "email"}

_CADENCE = pattern(r"([1-9][0-9]{0,2})(d|w|m|wd)")
_UNITS: Mapping[str, Unit] = {"d": "day", "w": "week", "m": "month"}


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
    due = add_units(last_contact_day, _UNITS[cadence.unit], cadence.count)
    return due if is_workday(due) else _workdays_later(due, 1, is_workday)


def quiet_before(cadence: Cadence, today: date, is_workday: IsWorkday) -> date:
    """The first day on which a last contact is recent enough: one before it was due by yesterday.

    `next_due` never falls when its day rises, so that this one day parts the quiet from the others.
    """
    # a month has at most 31 days; a working day may be waited for over long holidays
    longest = cadence.count * {"d": 1, "w": 7, "m": 31, "wd": 3}[cadence.unit] + 31
    while True:
        try:
            first = today - timedelta(days=longest)
        except OverflowError:
            return date.min
        if next_due(first, cadence, is_workday) < today:
            break
        longest *= 2
    days = range(longest + 1)
    ahead = bisect_left(
        days,
        True,
        key=lambda n: next_due(first + timedelta(days=n), cadence, is_workday) >= today,
    )
    return first + timedelta(days=ahead)


def _workdays_later(day: date, count: int, is_workday: IsWorkday) -> date:
    """As add_workdays; days count as they are where a calendar has no working day in a year."""
    try:
        return add_workdays(day, count, is_workday)
    except UsageError:
        return day + timedelta(days=count)


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
    return workdays_between(due_day, today, is_workday)
