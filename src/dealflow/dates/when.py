"""A day, or a day and a time of it, as people type them; the clock is an argument."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time, timedelta, timezone, tzinfo

from dealflow.dates.reckoning import IsWorkday, weekday
from dealflow.dates.words import (
    LAST_YEAR,
    NUMBER,
    OUTSIDE,
    Reading,
    normal,
    number,
    offset,
    read_day,
)
from dealflow.dates.zones import day_of, instant_at
from dealflow.named import NamedTuple

_SECONDS = {
    "h": 3600, "hr": 3600, "hrs": 3600, "hour": 3600, "hours": 3600, "小时": 3600,
    "min": 60, "mins": 60, "minute": 60, "minutes": 60, "分钟": 60,
}  # fmt: skip
# The hours, on a 24-hour clock, that each part of the day can mean.
_PARTS = {
    "am": (0, 11), "pm": (12, 23), "凌晨": (0, 5), "清晨": (4, 9), "早上": (5, 11), "早晨": (5, 11),
    "上午": (5, 11), "中午": (11, 13), "下午": (12, 18), "傍晚": (16, 20), "晚上": (17, 23),
}  # fmt: skip
_QUARTERS = {"半": 30, "一刻": 15, "三刻": 45, "整": 0, "钟": 0}
_CHINESE_PART = "凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上"
_CLOCK = f"(?P<part>{_CHINESE_PART})?(?P<h>[0-9]{{1,2}}):(?P<m>[0-9]{{2}})(?::(?P<s>[0-9]{{2}}))?"
_ENGLISH = "(?P<h>[0-9]{1,2})(?::(?P<m>[0-9]{2}))? ?(?P<part>am|pm)"
_CHINESE = (
    f"(?P<part>{_CHINESE_PART})?(?P<h>{NUMBER})[点时]"
    f"(?:(?P<quarter>半|一刻|三刻|整|钟)|(?P<m>{NUMBER})分?)?"
)
_ISO = (
    "(?P<day>[0-9]{4}-?[0-9]{2}-?[0-9]{2})[t ]"
    "(?P<h>[0-9]{2}):(?P<m>[0-9]{2})(?::(?P<s>[0-9]{2})(?:[.,][0-9]{1,9})?)?"
    " ?(?P<zone>z|(?P<sign>[+-])(?P<zh>[0-9]{2}):?(?P<zm>[0-9]{2})(?::(?P<zs>[0-9]{2}))?)?"
)
_LAST_INSTANT = (LAST_YEAR - 1969) * 366 * 86_400
NOON = time(12)


class _Clock(NamedTuple):
    """What words about time are relative to: epoch seconds, and the business time zone."""

    now: int
    tz: tzinfo


def parse_when(
    text: str, now: int, tz: tzinfo, *, past: bool = False, is_workday: IsWorkday = weekday
) -> date | int:
    """The day in `tz`, or, where the text has a time of day, the instant in epoch seconds.

    See dates.words for the days. Times are 14:30, 9am, noon, 下午3点半; `now`, `+2h`, `30min` and
    2小时前 are instants too. A time alone is today's. `past` turns words without a direction
    (`fri`, `3d`, 7月1日) back. BadDate for everything else, and outside the years 1970 to 2200.
    """
    reading = Reading(text, day_of(now, tz), past, is_workday)
    told = normal(text)
    day = read_day(told, reading)
    if day is not None:
        return day
    instant = _instant(told, reading, _Clock(now, tz))
    if instant is None:
        raise reading.bad()
    if not -86_400 <= instant <= _LAST_INSTANT:
        raise reading.bad(OUTSIDE)
    reading.within_reach(day_of(instant, tz))
    return instant


def parse_day(
    text: str, now: int, tz: tzinfo, *, past: bool = False, is_workday: IsWorkday = weekday
) -> date:
    """The day that the text names; BadDate when it names a time of day as well."""
    when = parse_when(text, now, tz, past=past, is_workday=is_workday)
    if isinstance(when, int):
        raise Reading(text, date.min).bad("has a time of day, and only a day fits here")
    return when


def parse_instant(
    text: str, now: int, tz: tzinfo, *, past: bool = True, is_workday: IsWorkday = weekday
) -> int:
    """When it happened, in epoch seconds. Today without a time is `now`; another day its noon."""
    when = parse_when(text, now, tz, past=past, is_workday=is_workday)
    if isinstance(when, int):
        return when
    return now if when == day_of(now, tz) else instant_at(when, NOON, tz)


def _instant(told: str, reading: Reading, clock: _Clock) -> int | None:
    if told in {"now", "现在"}:
        return clock.now
    moved = offset(told, past=reading.past)
    if moved and moved[1] in _SECONDS:
        return clock.now + moved[0] * _SECONDS[moved[1]]
    exact = _iso_instant(told, reading, clock.tz)
    return _day_and_time(told, reading, clock.tz) if exact is None else exact


def _iso_instant(told: str, reading: Reading, tz: tzinfo) -> int | None:
    found = re.fullmatch(_ISO, told)
    day = found and read_day(found["day"], reading)
    if not found or not day:
        return None
    at = _time(found, reading)
    return instant_at(day, at, _fixed_zone(found, reading) if found["zone"] else tz)


def _fixed_zone(found: re.Match[str], reading: Reading) -> tzinfo:
    hours, minutes, seconds = (int(found[name] or 0) for name in ("zh", "zm", "zs"))
    if hours > 15 or minutes > 59 or seconds > 59:
        raise reading.bad("has an impossible offset from UTC")
    away = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return timezone(-away if found["sign"] == "-" else away)


def _day_and_time(told: str, reading: Reading, tz: tzinfo) -> int | None:
    """Tries every place where the text may fall into a day and a time of it."""
    for day_part, time_part in _splits(told):
        at = _time_of_day(time_part, reading)
        if at is None:
            continue
        day = read_day(day_part, reading) if day_part else reading.today
        if day is not None:
            return instant_at(day, at, tz)
    return None


def _splits(told: str) -> Iterator[tuple[str, str]]:
    """The text cut in two, never inside a number or an English word; the time second, or first."""
    for cut in range(len(told)):
        if not re.match("[0-9]{2}|[a-z]{2}", told[max(cut - 1, 0) : cut + 1]):
            head, tail = told[:cut].strip(), told[cut:].strip()
            yield head.removesuffix(" at"), tail.removeprefix("at ")
            yield tail, head


def _time_of_day(told: str, reading: Reading) -> time | None:
    if told == "noon":
        return NOON
    for pattern in (_CLOCK, _ENGLISH, _CHINESE):
        found = re.fullmatch(pattern, told)
        if found:
            return _time(found, reading)
    return None


def _time(found: re.Match[str], reading: Reading) -> time:
    parts = found.groupdict()
    hour, minute = number(parts["h"]), number(parts["m"] or "0")
    minute += _QUARTERS[parts["quarter"]] if parts.get("quarter") else 0
    if parts.get("part"):
        hour = _hour_in(parts["part"] or "", hour, reading)
    elif found.re.pattern == _CHINESE and 1 <= hour <= 6:
        early = "凌晨" if hour < 6 else "早上"
        raise reading.bad(f"can be morning or afternoon; say {early}{hour}点 or 下午{hour}点")
    try:
        return time(hour, minute, int(parts.get("s") or 0))
    except ValueError:
        raise reading.bad("has no such time of day") from None


def _hour_in(part: str, hour: int, reading: Reading) -> int:
    """The hour on a 24-hour clock; BadDate for what no one says, as 晚上3点 or 15am."""
    first, last = _PARTS[part]
    meant = (hour,) if hour > 12 else (hour, (hour + 12) % 24)
    for candidate in meant:
        if first <= candidate <= last:
            return candidate
    raise reading.bad("has no such time of day")
