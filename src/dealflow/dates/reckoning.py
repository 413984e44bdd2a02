"""Arithmetic with days: months that clamp, calendar units, working days. Weeks begin on Monday.

Results outside the years Python knows raise OverflowError or ValueError.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal

from dealflow.errors import UsageError

Unit = Literal["day", "week", "month", "quarter", "half", "year"]
IsWorkday = Callable[[date], bool]

_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_LONGEST_BREAK = 366


def add_months(day: date, months: int) -> date:
    """The same day of the month, `months` later; the last of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    into_next = first + timedelta(days=31)
    last = into_next - timedelta(days=into_next.day)
    return first.replace(day=min(day.day, last.day))


def add_units(day: date, unit: Unit, count: int) -> date:
    """The day moved by `count` units; months, quarters and years clamp as add_months does."""
    if unit in _MONTHS:
        return add_months(day, count * _MONTHS[unit])
    return day + timedelta(days=count * (7 if unit == "week" else 1))


def start_of_unit(day: date, unit: Unit) -> date:
    """The first day of the week, month, quarter, half or year that holds the day."""
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=day.weekday())
    months = _MONTHS[unit]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def end_of_unit(day: date, unit: Unit) -> date:
    """The last day of the week, month, quarter or year that holds the day."""
    return add_units(start_of_unit(day, unit), unit, 1) - timedelta(days=1)


def weekday(day: date) -> bool:
    """Whether the day is one of Monday to Friday."""
    return day.weekday() < 5


def add_workdays(day: date, n: int, is_workday: IsWorkday = weekday) -> date:
    """The n-th working day after the day (before it where n is negative); the day itself for 0."""
    step = timedelta(days=1 if n > 0 else -1)
    idle = 0
    while n:
        day += step
        idle = 0 if is_workday(day) else idle + 1
        if idle > _LONGEST_BREAK:
            raise UsageError(f"there is no working day in the year around {day}")
        if not idle:
            n -= step.days
    return day


def workdays_between(start: date, end: date, is_workday: IsWorkday = weekday) -> int:
    """How many working days lie in (start, end]: how late, in working days; 0 where none do."""
    days = max((end - start).days, 0)
    whole_weeks = days // 7 if is_workday is weekday else 0
    rest = range(whole_weeks * 7 + 1, days + 1)
    return whole_weeks * 5 + sum(is_workday(start + timedelta(days=n)) for n in rest)
