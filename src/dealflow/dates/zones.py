"""Instants (integer epoch seconds, UTC) and days (dates) of a time zone, one from the other."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from dealflow.errors import UnknownWord, nearest

_EXAMPLES = ("UTC", "Asia/Shanghai", "Europe/London", "America/New_York", "and other IANA names")
# These mean the machine's own zone, no zone at all, or clocks that count leap seconds.
_REFUSED = ("localtime", "posixrules", "Factory", "posix/", "right/")
_LONGEST = 64


def zone(name: str) -> tzinfo:
    """The time zone with this IANA name; UnknownWord with the nearest name when there is none."""
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo

    if name and not name.startswith(_REFUSED):
        try:
            return ZoneInfo(name)
        # Folders, paths, other files and odd characters each fail in a way of their own.
        except (KeyError, ValueError, OSError):
            pass
    raise _unknown_zone(name[:_LONGEST])


def _unknown_zone(name: str) -> UnknownWord:
    from zoneinfo import available_timezones

    near = nearest(name, sorted(available_timezones()))
    return UnknownWord("time zone", name, (near,) if near else _EXAMPLES)


def day_of(instant: int, tz: tzinfo) -> date:
    """The day in `tz` on which the instant falls."""
    return datetime.fromtimestamp(instant, tz).date()


def start_of(day: date, tz: tzinfo) -> int:
    """The first instant of the day in `tz`: local midnight, or where clocks skip it, what follows.

    A day that the zone left out altogether starts, and ends, where the next one starts.
    """
    return instant_at(day, time(), tz)


def end_of(day: date, tz: tzinfo) -> int:
    """The last whole second of the day in `tz`."""
    return start_of(day + timedelta(days=1), tz) - 1


def instant_at(day: date, at: time, tz: tzinfo) -> int:
    """The instant of a local time of day: the first where clocks repeat it.

    A time that clocks skip is moved on by what they skip (PEP 495, fold 0).
    """
    return int(datetime.combine(day, at, tz).timestamp())


def iso(instant: int, tz: tzinfo) -> str:
    """ISO 8601 with the offset of `tz`: `2026-06-30T14:30:00+08:00`."""
    return datetime.fromtimestamp(instant, tz).isoformat()
