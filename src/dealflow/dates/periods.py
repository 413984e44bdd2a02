"""Spans of whole days: 2026-Q3, last-month, last-90d, 本月, 2026-01-15..2026-03-31.

Periods are half-open: the end is the first day that is not in it. People mean the last day of a
range as included, so `A..B` and `--to B` end on the day after B.
"""

from __future__ import annotations

import re
from datetime import date, timedelta, tzinfo

from dealflow.dates.reckoning import IsWorkday, Unit, add_units, start_of_unit, weekday
from dealflow.dates.words import (
    FIRST_YEAR,
    LAST_YEAR,
    LONGEST,
    OUTSIDE,
    UNITS,
    Reading,
    normal,
    read_day,
    relative_unit,
)
from dealflow.dates.zones import day_of, start_of
from dealflow.errors import BadDate, BadPeriod, UsageError
from dealflow.named import NamedTuple

_DAY = timedelta(days=1)
_NEAR_DAYS = {"today": 0, "今天": 0, "yesterday": -1, "昨天": -1, "tomorrow": 1, "明天": 1}
_TO_DATE: dict[str, Unit] = {"wtd": "week", "mtd": "month", "qtd": "quarter", "ytd": "year"}


class Period(NamedTuple):
    """The days from `start` up to, not including, `end`; None is without a limit.

    `label` names it without reference to today, and reads back as the same period.
    """

    start: date | None
    end: date | None
    label: str


ALL = Period(None, None, "all")


def parse_period(text: str, today: date, *, is_workday: IsWorkday = weekday) -> Period:
    """The period that the text names.

    2026, 2026-H2, 2026-Q3, Q3, 2026-07, 2026-W28, 2026-07-15; this- last- next- week month quarter
    half year; today, yesterday; last-90d (up to and including today), next-30d (from tomorrow),
    last-6m; wtd mtd qtd ytd; all; in Chinese 本月, 上个月, 上半年, 去年, 近90天; and A..B with B
    included, where either may be a day, a period or left out. BadPeriod for everything else.
    """
    given, told = text[:LONGEST], normal(text)
    try:
        found = _range(told, today, is_workday) if ".." in told else _named(told, today)
    except BadDate as bad:
        raise BadPeriod(given, f"is not a period: {bad.message}") from None
    except (ValueError, OverflowError):
        raise BadPeriod(given, "is not in the calendar") from None
    if found is None:
        raise BadPeriod(given)
    if not _within_reach(found):
        raise BadPeriod(given, OUTSIDE)
    if found.start and found.end and found.start >= found.end:
        raise BadPeriod(given, "ends before it starts")
    return found


def period_between(
    from_: str | None,
    to: str | None,
    period: str | None,
    now: int,
    tz: tzinfo,
    *,
    is_workday: IsWorkday = weekday,
) -> Period:
    """What the options --from, --to (its day is included) and --period ask for; ALL for none.

    UsageError where --period stands beside the others, or the end lies before the start.
    """
    today = day_of(now, tz)
    if period is not None:
        if from_ is not None or to is not None:
            raise UsageError("--period does not go together with --from or --to", "use one of them")
        return parse_period(period, today, is_workday=is_workday)
    start = None if from_ is None else _side(from_, today, is_workday).start
    end = None if to is None else _side(to, today, is_workday).end
    if start and end and start >= end:
        raise UsageError(f"the period ends before it starts: {start} to {end - _DAY}")
    return _days(start, end)


def bounds(period: Period, tz: tzinfo) -> tuple[int | None, int | None]:
    """The period as instants in `tz`, half-open, epoch seconds."""
    return (
        None if period.start is None else start_of(period.start, tz),
        None if period.end is None else start_of(period.end, tz),
    )


def previous(period: Period) -> Period:
    """The period of the same length that ends where this one begins; whole months stay whole.

    UsageError where it lacks an end.
    """
    start, end = _both(period)
    if start.day == end.day == 1:
        months = (end.year - start.year) * 12 + end.month - start.month
        return _spanning(add_units(start, "month", -months), start)
    return _spanning(start - (end - start), start)


def year_before(period: Period) -> Period:
    """The same days a year earlier. UsageError where it lacks an end."""
    start, end = _both(period)
    return _spanning(add_units(start, "year", -1), add_units(end, "year", -1))


def _both(period: Period) -> tuple[date, date]:
    if period.start is None or period.end is None:
        raise UsageError(
            "only a period with two ends can be compared with another", "--period this-quarter"
        )
    return period.start, period.end


def _spanning(start: date, end: date) -> Period:
    """The days [start, end), named as a unit of the calendar where they are one."""
    units: tuple[Unit, ...] = ("year", "half", "quarter", "month", "week")
    found = (_unit_of(start, unit) for unit in units)
    same = (period for period in found if (period.start, period.end) == (start, end))
    return next(same, None) or _days(start, end)


def _within_reach(period: Period) -> bool:
    first, last = period.start, period.end and period.end - _DAY
    return (not first or first.year >= FIRST_YEAR) and (not last or last.year <= LAST_YEAR)


def _range(told: str, today: date, is_workday: IsWorkday) -> Period | None:
    first, _, last = told.partition("..")
    if not first and not last:
        return None
    start = _side(first, today, is_workday).start if first else None
    end = _side(last, today, is_workday).end if last else None
    return _days(start, end)


def _side(text: str, today: date, is_workday: IsWorkday) -> Period:
    """One end of a range: any period, or any word for a day, looking back from today."""
    told = normal(text)
    reading = Reading(text, today, True, is_workday)
    try:
        named = _named(told, today)
    except (ValueError, OverflowError):
        raise reading.bad("is not in the calendar") from None
    if named and _within_reach(named):
        return named
    day = read_day(told, reading)
    if day is None:
        raise reading.bad("is not a day")
    return _unit_of(day, "day")


def _named(told: str, today: date) -> Period | None:
    if told in {"all", "全部"}:
        return ALL
    if told in _NEAR_DAYS:
        return _unit_of(today + timedelta(days=_NEAR_DAYS[told]), "day")
    if told in _TO_DATE:
        return _days(start_of_unit(today, _TO_DATE[told]), today + _DAY)
    relative = relative_unit(told)
    if relative:
        unit, away = relative
        return _unit_of(add_units(today, unit, away), unit)
    return _rolling(told, today) or _absolute(told, today)


def _rolling(told: str, today: date) -> Period | None:
    """The days up to and including today, or those after it: last-90d, next-6m, 近90天."""
    found = re.fullmatch("(last|past|next)[ -]([1-9][0-9]{0,4})[ -]?([a-z]+)", told)
    units = "天|周|月|季度|半年|年"
    counted = f"(最?近|过去|未来)([1-9][0-9]{{0,4}})个?({units})"
    found = found or re.fullmatch(counted, told)
    unit = UNITS.get(found[3]) if found else None
    if not found or not unit:
        return None
    count, tomorrow = int(found[2]), today + _DAY
    if found[1] in {"next", "未来"}:
        return _days(tomorrow, add_units(tomorrow, unit, count))
    return _days(add_units(tomorrow, unit, -count), tomorrow)


def _absolute(told: str, today: date) -> Period | None:
    """A calendar year, half, quarter, month, ISO week, day. Error: ValueError for none such."""
    if found := re.fullmatch("([0-9]{4})年?", told):
        return _unit_of(date(int(found[1]), 1, 1), "year")
    if found := re.fullmatch("(?:([0-9]{4})[ -]?)?q([1-4])", told) or re.fullmatch(
        "(?:([0-9]{4})年)?第?([1-4一二三四])季度", told
    ):
        quarter = "一二三四".find(found[2]) + 1 or int(found[2])
        return _unit_of(date(int(found[1] or today.year), quarter * 3, 1), "quarter")
    if found := re.fullmatch("(?:([0-9]{4})[ -]?)?h([12])", told) or re.fullmatch(
        "(?:([0-9]{4})年?)?([上下])半年", told
    ):
        half = 1 if found[2] in {"1", "上"} else 2
        return _unit_of(date(int(found[1] or today.year), half * 6, 1), "half")
    if found := re.fullmatch("([0-9]{4})(?:-|年)([0-9]{1,2})月?", told):
        return _unit_of(date(int(found[1]), int(found[2]), 1), "month")
    if found := re.fullmatch("([0-9]{4})[ -]?w([0-9]{1,2})", told):
        return _unit_of(date.fromisocalendar(int(found[1]), int(found[2]), 1), "week")
    if found := re.fullmatch("([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", told):
        return _unit_of(date(int(found[1]), int(found[2]), int(found[3])), "day")
    return None


def _unit_of(day: date, unit: Unit) -> Period:
    """The calendar unit that holds the day."""
    start = start_of_unit(day, unit)
    iso = start.isocalendar()
    labels: dict[Unit, str] = {
        "day": str(start),
        "week": f"{iso.year:04}-W{iso.week:02}",
        "month": start.isoformat()[:7],
        "quarter": f"{start.year:04}-Q{(start.month + 2) // 3}",
        "half": f"{start.year:04}-H{(start.month + 5) // 6}",
        "year": f"{start.year:04}",
    }
    return Period(start, add_units(start, unit, 1), labels[unit])


def _days(start: date | None, end: date | None) -> Period:
    """The days [start, end), labelled by its first and last day."""
    if start is None and end is None:
        return ALL
    last = end and end - _DAY
    if start is not None and start == last:
        return _unit_of(start, "day")
    return Period(start, end, f"{start or ''}..{last or ''}")
