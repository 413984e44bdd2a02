"""Working time as a number, so that a story can be told without calendars. Pure.

A position counts working days since the first: 3.0 is nine o'clock on the fourth of them, 3.5 half
past one, 4.0 nine o'clock on the day after. Monday to Friday, nine to six, business time zone.
"""

from __future__ import annotations

from datetime import date, timedelta, tzinfo

from dealflow.dates import day_of, start_of, weekday, zone

ZONE_NAME = "Asia/Shanghai"
ZONE = zone(ZONE_NAME)

_OPENS, _OPEN_FOR = 9 * 3600, 9 * 3600
_HALF_HOUR = 1800


class Hours:
    """The working days from `past` days before `now` to `ahead` days after it."""

    def __init__(self, now: int, tz: tzinfo, past: int = 365, ahead: int = 1200) -> None:
        self.now = now
        self.today = day_of(now, tz)
        around = (self.today + timedelta(days=n) for n in range(-past, ahead))
        self._days = [day for day in around if weekday(day)]
        self._starts = [start_of(day, tz) for day in self._days]
        self.present = self._position(now)

    def _position(self, instant: int) -> float:
        """The position of an instant; outside working hours, where work stopped before it."""
        index = sum(start <= instant for start in self._starts) - 1
        gone = (instant - self._starts[index] - _OPENS) / _OPEN_FOR
        return index + min(max(gone, 0.0), 0.999)

    def instant(self, position: float) -> int:
        """Epoch seconds; grows with the position."""
        index = int(position)
        return self._starts[index] + _OPENS + int((position - index) * _OPEN_FOR)

    def day(self, position: float) -> date:
        return self._days[int(position)]

    def appointment(self, position: float) -> int:
        """The first full or half hour after a position."""
        return -(-self.instant(position) // _HALF_HOUR) * _HALF_HOUR
