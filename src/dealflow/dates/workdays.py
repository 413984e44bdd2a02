"""Which days are worked: a pattern of the week, and the days that a calendar has otherwise.

A `Calendar` is called as any IsWorkday is, and counts quickly. It knows the years of which it has
days; of others it knows the week alone, and whoever shows a number that depends on it says so.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import accumulate

from dealflow.errors import UsageError
from dealflow.patterns import pattern
from dealflow.text import narrow

MON_FRI = frozenset(range(5))
_DAY = timedelta(days=1)
_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPELLED = {
    **{name: n for n, name in enumerate(_NAMES)},
    "monday": 0, "tuesday": 1, "tues": 1, "wednesday": 2, "thursday": 3, "thur": 3, "thurs": 3,
    "friday": 4, "saturday": 5, "sunday": 6,
    **{
        f"{before}{day}": at
        for before in ("周", "星期", "礼拜", "")
        for at, day in enumerate("一二三四五六日")
    },
    "周天": 6, "星期天": 6, "礼拜天": 6,
}  # fmt: skip
_TO = pattern(r"\s*(?:-|–|\.\.|至|到)\s*")


class Calendar:
    """Worked days: `week` (0 is Monday), but for `days`, each worked (True) or off (False)."""

    def __init__(
        self, week: frozenset[int] = MON_FRI, days: Mapping[date, bool] | None = None
    ) -> None:
        self.week = week
        self._days = dict(days or {})
        self.years = frozenset(day.year for day in self._days)
        """Those of which the calendar has days: of the others it knows the week alone."""
        otherwise = sorted(
            (day, 1 if worked else -1)
            for day, worked in self._days.items()
            if worked != (day.weekday() in week)
        )
        self._otherwise = [day for day, _ in otherwise]
        self._more = list(accumulate((more for _, more in otherwise), initial=0))

    def __call__(self, day: date) -> bool:
        """Whether the day is worked."""
        return self._days.get(day, day.weekday() in self.week)

    def between(self, start: date, end: date) -> int:
        """How many worked days lie in (start, end]; 0 where none do."""
        if end <= start:
            return 0
        weeks, rest = divmod((end - start).days, 7)
        odd = sum((start + _DAY * n).weekday() in self.week for n in range(1, rest + 1))
        otherwise = self._more[self._place(end)] - self._more[self._place(start)]
        return weeks * len(self.week) + odd + otherwise

    def _place(self, day: date) -> int:
        return bisect_right(self._otherwise, day)

    def unknown(self, first: date, last: date) -> tuple[int, ...]:
        """The years from `first` to `last` of which the calendar has no days."""
        return tuple(year for year in range(first.year, last.year + 1) if year not in self.years)


# ── the week, as people write it ──────────────────────────────────────────────────────────────


def parse_week(text: str) -> frozenset[int]:
    """The days that `mon-fri`, `sun-thu`, `mon,wed,fri` or `周一至周六` name; 0 is Monday.

    UsageError for anything else.
    """
    parts = [part for part in re.split(r"[,、\s]+", _TO.sub("-", narrow(text).lower())) if part]
    try:
        days = {day for part in parts for day in _run(*map(_SPELLED.__getitem__, part.split("-")))}
    except (KeyError, TypeError):
        days = set()
    if not days:
        told = f"'{text[:64]}' is not a week"
        raise UsageError(told, "try mon-fri, mon-sat, sun-thu, mon,wed,fri", given=text[:64])
    return frozenset(days)


def _run(first: int, last: int | None = None) -> Iterable[int]:
    """The days from one to the other, over the end of the week where it must."""
    days = 0 if last is None else (last - first) % 7
    return ((first + n) % 7 for n in range(days + 1))


def week_told(week: frozenset[int]) -> str:
    """The days as `mon-fri`, `sun-thu`, `mon,wed,fri`: what parse_week reads back."""
    if len(week) == 7:
        return "mon-sun"
    told = []
    for first in sorted(day for day in week if (day - 1) % 7 not in week):
        last = first
        while (last + 1) % 7 in week:
            last = (last + 1) % 7
        days = list(_run(first, last))
        few = len(days) < 3
        told.append(
            ",".join(_NAMES[day] for day in days) if few else f"{_NAMES[first]}-{_NAMES[last]}"
        )
    return ",".join(told)


def years_told(years: Iterable[int]) -> str:
    """`2024–2026, 2028`."""
    runs: list[list[int]] = []
    for year in sorted(years):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
