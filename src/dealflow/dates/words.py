"""The words that name a day, in English and Chinese: ISO, fri, +3d, eom, 下周五, 月底, 7月1日.

A bare weekday, and a month and day without a year, is the nearest one ahead (behind, with `past`).
this, next and last (本 下 上) count whole weeks, months, quarters or years: `next fri` is the
Friday of next week. Numbers that do not begin with the year are refused: 01/02/2026 is two days to
two people.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from dealflow.dates.reckoning import (
    IsWorkday,
    Unit,
    add_units,
    add_workdays,
    end_of_unit,
    start_of_unit,
    weekday,
)
from dealflow.errors import BadDate
from dealflow.named import NamedTuple
from dealflow.text import narrow

FIRST_YEAR, LAST_YEAR = 1970, 2200
OUTSIDE = f"lies outside the years {FIRST_YEAR} to {LAST_YEAR}"
LONGEST = 64

NUMBER = "(?:[0-9]{1,5}|[二三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
_DIGITS = {"": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5,
           "六": 6, "七": 7, "八": 8, "九": 9}  # fmt: skip
_SIMPLER = str.maketrans("週後點號個時鐘兩這禮內", "周后点号个时钟两这礼内")

_DAYS_AWAY = {
    "today": 0, "今天": 0, "今日": 0, "tomorrow": 1, "明天": 1, "明日": 1, "后天": 2, "大后天": 3,
    "yesterday": -1, "昨天": -1, "昨日": -1, "前天": -2, "大前天": -3,
}  # fmt: skip
_WEEKDAYS = {
    "mon": 0, "monday": 0, "tue": 1, "tues": 1, "tuesday": 1, "wed": 2, "wednesday": 2,
    "thu": 3, "thur": 3, "thurs": 3, "thursday": 3, "fri": 4, "friday": 4,
    "sat": 5, "saturday": 5, "sun": 6, "sunday": 6,
    "一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6,
}  # fmt: skip
_MONTHS = {
    "jan", "january", "feb", "february", "mar", "march", "apr", "april", "may", "jun", "june",
    "jul", "july", "aug", "august", "sep", "sept", "september", "oct", "october",
    "nov", "november", "dec", "december",
}  # fmt: skip
_ORDINALS = ("st", "nd", "rd", "th", "of")
UNITS: dict[str, Unit] = {
    "d": "day", "day": "day", "days": "day", "天": "day", "日": "day",
    "w": "week", "wk": "week", "wks": "week", "week": "week", "weeks": "week",
    "周": "week", "星期": "week", "礼拜": "week",
    "m": "month", "mo": "month", "month": "month", "months": "month", "月": "month",
    "q": "quarter", "quarter": "quarter", "quarters": "quarter", "季": "quarter", "季度": "quarter",
    "half": "half", "halves": "half", "半年": "half",
    "y": "year", "yr": "year", "yrs": "year", "year": "year", "years": "year", "年": "year",
}  # fmt: skip
_WORKDAYS = (
    "wd",
    "workday",
    "workdays",
    "working day",
    "working days",
    "business day",
    "business days",
    "工作日",
)
_AWAY = {
    "this": 0, "本": 0, "这": 0, "今": 0, "next": 1, "下": 1, "明": 1, "下下": 2, "后": 2,
    "last": -1, "previous": -1, "prev": -1, "上": -1, "去": -1, "上上": -2, "前": -2,
}  # fmt: skip


class Reading(NamedTuple):
    """A text that is being read, and what its words are relative to."""

    given: str
    """As typed, for messages."""
    today: date
    past: bool = False
    """Whether a word without a direction looks back instead of ahead."""
    is_workday: IsWorkday = weekday

    def bad(self, why: str = "is not a date") -> BadDate:
        return BadDate(self.given[:LONGEST], why)

    def on_calendar(self, year: int, month: int, day: int) -> date:
        """The day; BadDate when there is none such, as 30 February."""
        try:
            return date(year, month, day)
        except ValueError:
            raise self.bad("is not a day in the calendar") from None

    def within_reach(self, day: date) -> date:
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise self.bad(OUTSIDE)
        return day


def normal(text: str) -> str:
    """The text in the one spelling that is matched; empty when it is too long to mean anything."""
    plain = " ".join(narrow(text).lower().translate(_SIMPLER).split())
    plain = re.sub("(?<=[一-鿿]) | (?=[一-鿿])", "", plain)
    return plain if len(plain) <= LONGEST else ""


def number(digits: str) -> int:
    """The value of what NUMBER matches: `12`, `十二`, `两`."""
    if digits.isascii():
        return int(digits)
    tens, ten, ones = digits.rpartition("十")
    return (_DIGITS[tens] or 1) * 10 + _DIGITS[ones] if ten else _DIGITS[digits]


def read_day(told: str, reading: Reading) -> date | None:
    """The day that the normal text names; None when it names none; BadDate when it cannot be."""
    readers = (_near, _weekday, _moved, _edge, _iso, _chinese, _refused_number, _free_form)
    try:
        days = (reader(told, reading) for reader in readers)
        found = next((day for day in days if day is not None), None)
    except (OverflowError, ValueError):  # beyond the years that Python knows
        raise reading.bad(OUTSIDE) from None
    return found and reading.within_reach(found)


def offset(told: str, *, past: bool) -> tuple[int, str] | None:
    """A signed count and its unit as written: +3d, 3 days ago, in 2 weeks, 3天后, 2个月前."""
    found = re.fullmatch(
        "(?P<sign>[+-]|in )? ?(?P<n>[0-9]{1,5}) ?(?P<unit>[a-z ]+?)(?P<ago> ago)?", told
    )
    if found and not (found["sign"] and found["ago"]):
        back = found["sign"] == "-" or found["ago"] or (past and not found["sign"])
        return int(found["n"]) * (-1 if back else 1), found["unit"]
    units = "天|日|周|个?星期|个?礼拜|个月|个?季度|年|个?工作日|个?小时|分钟"
    found = re.fullmatch(f"(?P<n>{NUMBER})(?P<unit>{units})[以之]?(?P<way>[后前])", told)
    if not found:
        return None
    return number(found["n"]) * (-1 if found["way"] == "前" else 1), found["unit"].lstrip("个")


def relative_unit(told: str) -> tuple[Unit, int] | None:
    """The unit, and how many from the current one: next week, last-month, 上个月, 本季度, 去年."""
    found = (
        re.fullmatch("(this|next|last|previous|prev)[ -](week|month|quarter|half|year)", told)
        or re.fullmatch("(上上|下下|[上本这下])个?(周|星期|礼拜|月|季度|季)", told)
        or re.fullmatch("([前去今本明后])(年)", told)
    )
    return (UNITS[found[2]], _AWAY[found[1]]) if found else None


def _near(told: str, reading: Reading) -> date | None:
    away = _DAYS_AWAY.get(told)
    return None if away is None else reading.today + timedelta(days=away)


def _weekday(told: str, reading: Reading) -> date | None:
    found = re.fullmatch("(?:(this|next|last|previous|prev) )?([a-z]+)", told) or re.fullmatch(
        "(上上|下下|[上本这下])?个?(?:周|星期|礼拜)([一二三四五六日天])", told
    )
    if not found or found[2] not in _WEEKDAYS:
        return None
    wanted, today = _WEEKDAYS[found[2]], reading.today
    if found[1]:
        monday = start_of_unit(today, "week") + timedelta(weeks=_AWAY[found[1]])
        return monday + timedelta(days=wanted)
    if reading.past:
        return today - timedelta(days=(today.weekday() - wanted - 1) % 7 + 1)
    return today + timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)


def _moved(told: str, reading: Reading) -> date | None:
    found = offset(told, past=reading.past)
    if not found:
        return None
    count, unit = found
    if unit in _WORKDAYS:
        return add_workdays(reading.today, count, reading.is_workday)
    return add_units(reading.today, UNITS[unit], count) if unit in UNITS else None


def _edge(told: str, reading: Reading) -> date | None:
    """The first or last day of a unit: eom, end of next month, 月底, 下季度初, next week."""
    ahead = relative_unit(told)
    if ahead and ahead[1] > 0:
        return start_of_unit(add_units(reading.today, *ahead), ahead[0])
    found = re.fullmatch("(?P<edge>[se])o(?P<unit>[wmqy])", told)
    found = found or re.fullmatch("(?P<edge>start|end) of (?:the )?(?P<unit>[a-z ]+)", told)
    # 周末 is the weekend, which is no single day; only longer units have a 末.
    found = found or re.fullmatch("(?P<unit>.*周)(?P<edge>[初底])", told)
    found = found or re.fullmatch("(?P<unit>.*[月季度年])(?P<edge>[初底末])", told)
    if not found:
        return None
    named = found["unit"]
    unit, away = relative_unit(named) or (UNITS.get(named), 0)
    if unit is None:
        return None
    first = found["edge"] in {"s", "start", "初"}
    return (start_of_unit if first else end_of_unit)(add_units(reading.today, unit, away), unit)


def _iso(told: str, reading: Reading) -> date | None:
    found = re.fullmatch("([0-9]{4})([-/.])([0-9]{1,2})\\2([0-9]{1,2})", told)
    found = found or re.fullmatch("([0-9]{4})()([0-9]{2})([0-9]{2})", told)
    return reading.on_calendar(int(found[1]), int(found[3]), int(found[4])) if found else None


def _chinese(told: str, reading: Reading) -> date | None:
    found = re.fullmatch(f"(?:([0-9]{{4}})年)?({NUMBER})月({NUMBER})[日号]", told)
    if not found:
        return None
    month, day = number(found[2]), number(found[3])
    return (
        reading.on_calendar(int(found[1]), month, day)
        if found[1]
        else _nearest(month, day, reading)
    )


def _nearest(month: int, day: int, reading: Reading) -> date:
    """The month and day in the nearest year that has it, ahead or behind; today counts."""
    reading.on_calendar(2000, month, day)
    step = -1 if reading.past else 1
    year = reading.today.year
    while True:
        try:
            found = date(year, month, day)
        except ValueError:  # 29 February, in most years
            found = None
        if found and (found - reading.today).days * step >= 0:
            return found
        year += step
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise reading.bad(OUTSIDE)


def _refused_number(told: str, reading: Reading) -> None:
    if re.fullmatch("[0-9]{4}[-/.]?[0-9]{1,2}", told):
        raise reading.bad("is not a day; write year, month and day, as in 2026-07-01")
    if re.fullmatch("[0-9]{1,4}(?:[-/. ][0-9]{1,4}){1,2}", told):
        raise reading.bad("can be read in two ways; write the year first, as in 2026-07-01")


def _free_form(told: str, reading: Reading) -> date | None:
    """English with a month's name, `July 1st, 2026` or `1 jul`, where each part stands once.

    python-dateutil reads it; what it read must be the very numbers that are written, since by
    itself it takes 26 in `jul 26 1` for whatever fits.
    """
    words, numbers = re.findall("[a-z]+", told), re.findall("[0-9]+", told)
    years = [n for n in numbers if len(n) == 4]
    days = [n for n in numbers if len(n) <= 2]
    weekdays = [word for word in words if word in _WEEKDAYS]
    rest = [word for word in words if word not in _WEEKDAYS and word not in _ORDINALS]
    each_once = len(days) == 1 and len(rest) == 1 and len(years) <= 1 and len(weekdays) <= 1
    known = len(numbers) == len(days) + len(years) and set(rest) <= _MONTHS
    if not (each_once and known and re.fullmatch("[a-z0-9 ,.-]+", told)):
        return None
    found = _by_dateutil(told, reading)
    if found.day != int(days[0]) or (years and found.year != int(years[0])):
        raise reading.bad()
    day = found if years else _nearest(found.month, found.day, reading)
    if weekdays and day.weekday() != _WEEKDAYS[weekdays[0]]:
        falls_on = next(name for name, n in _WEEKDAYS.items() if n == day.weekday())
        raise reading.bad(f"falls on {falls_on}, not on {weekdays[0]}")
    return day


def _by_dateutil(told: str, reading: Reading) -> date:
    from dateutil.parser import parse

    try:
        return parse(told, default=datetime(2000, 1, 1)).date()  # noqa: DTZ001, a day has no zone
    except (ValueError, OverflowError, TypeError):
        raise reading.bad("is not a day in the calendar") from None
