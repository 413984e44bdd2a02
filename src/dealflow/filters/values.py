"""One value of a term, with its operator or range, as a test."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dealflow import customfields
from dealflow.errors import BadDate, BadFilter, BadPeriod, UnknownWord
from dealflow.filters.conditions import Between, Is, Setting, Special, Test, Value
from dealflow.filters.keys import Key, specials, takes
from dealflow.filters.terms import LONGEST, clip, shown_value, split, unquoted
from dealflow.patterns import pattern
from dealflow.text import fold

if TYPE_CHECKING:
    from datetime import date

_OPERATOR = pattern(r"[!！]?[<>=≤≥≠＜＞＝]+")
_NARROW = str.maketrans({"＜": "<", "＞": ">", "＝": "=", "≤": "<=", "≥": ">="})
_OPERATORS = (">", ">=", "<", "<=")
_RANGE = r"(?<!\.)\.\.(?!\.)"

_SPANS = ("day", "instant")
_ORDERED = (*_SPANS, "stage", "money", "number", "percent", "days")

_MINUTE = 60


def read_test(raw: str, key: Key, setting: Setting) -> tuple[Test, str]:
    """The test that `raw` writes, and how it is written canonically.

    BadFilter for an empty value, a wrong operator or a range that runs backwards; UnknownWord for
    a choice that does not exist; the UsageErrors of dates and money pass through.
    """
    operator, rest = _operator(raw, key)
    ends = split(rest, _RANGE)
    _check_form(raw, key, operator, ends)
    # A closed list has no other `none` that quotes could tell apart from this one.
    word = fold(unquoted(rest) if key.kind == "choice" else rest)
    if not operator and len(ends) == 1 and word in specials(key):
        return Special(word), word
    ends = [unquoted(end) for end in ends]
    test = _ordered(ends, operator, key, setting) if key.kind in _ORDERED else _is(ends[0], key)
    if isinstance(test, Is) and key.kind in {"choice", "currency"}:
        return test, shown_value(str(test.value), literal=False)
    return test, operator + "..".join(_shown(end, key) for end in ends)


def _shown(end: str, key: Key) -> str:
    return shown_value(end, literal=fold(end) in specials(key)) if end else ""


def _operator(raw: str, key: Key) -> tuple[str, str]:
    """The operator before the value, or none, and the value."""
    found = _OPERATOR.match(raw)
    if not found:
        return "", raw
    operator = found[0].translate(_NARROW)
    if operator not in _OPERATORS:
        hint = f"use > >= < <=, {key.name}:VALUE for is, -{key.name}:VALUE for is not"
        raise BadFilter(f"unknown operator '{found[0]}'", hint)
    return operator, raw[found.end() :].strip()


def _check_form(raw: str, key: Key, operator: str, ends: list[str]) -> None:
    hint = f"{key.name} takes {takes(key)}"
    if len(ends) > 2 or (operator and len(ends) > 1):
        raise BadFilter(f"{clip(raw)} is neither one value nor one range", hint)
    if key.kind not in _ORDERED and (operator or len(ends) > 1):
        sign = operator or ".."
        told = f'{hint}; to look for the sign itself write {key.name}:"{sign}"'
        raise BadFilter(f"{key.name} has no order, so it takes no '{sign}'", told)
    if not any(unquoted(end) for end in ends):
        what = (
            f"{clip(raw)} in {key.name}: has no value" if raw else f"{key.name}: has an empty part"
        )
        raise BadFilter(what, hint)


def _is(text: str, key: Key) -> Is:
    if key.kind == "text":
        return Is(fold(text))
    if key.kind == "choice":
        return Is(_choice(text, key))
    if key.kind == "flag":
        return Is(_flag(text, key))
    if key.kind == "currency":
        from dealflow.money import known_currency

        return Is(known_currency(text))
    return Is(text)


def _choice(text: str, key: Key) -> str:
    for choice in key.choices:
        if fold(choice) == fold(text):
            return choice
    raise UnknownWord(key.name, text[:LONGEST], key.choices)


def _flag(text: str, key: Key) -> bool:
    if fold(text) in customfields.YES:
        return True
    if fold(text) in customfields.NO:
        return False
    raise UnknownWord(key.name, text[:LONGEST], ("yes", "no"))


# ── kinds with an order ───────────────────────────────────────────────────────────────────────


def _ordered(ends: list[str], operator: str, key: Key, setting: Setting) -> Test:
    if key.kind in _SPANS:
        return _in_span(ends, operator, key, setting)
    values = _values(ends, key, setting)
    if len(values) == 2:
        return _forward(Between(values[0], values[1]), ends, key)
    value = values[0]
    assert value is not None  # _check_form has refused what is empty
    if not operator:
        return Is(value)
    if operator[0] == ">":
        return Between(value, None, low_open=operator == ">")
    return Between(None, value, high_open=operator == "<")


def _in_span(ends: list[str], operator: str, key: Key, setting: Setting) -> Between:
    """A day, a month or a minute covers all of itself, and a comparison takes all of it or none."""
    spans = [_span(end, key, setting) if end else (None, None) for end in ends]
    low, high = spans[0][0], spans[-1][1]
    if operator:
        start, end = spans[0]
        low = {">": end, ">=": start}.get(operator)
        high = {"<": start, "<=": end}.get(operator)
    return _forward(Between(low, high, high_open=high is not None), ends, key)


def _forward(test: Between, ends: list[str], key: Key) -> Between:
    """The test itself; BadFilter where its ends show that nothing can lie between them."""
    low: Any = test.low
    high: Any = test.high
    # Only the store knows the order of stages, and checks it.
    if key.kind == "stage" or low is None or high is None:
        return test
    if low > high or (low == high and test.high_open):
        told = clip("..".join(ends))
        raise BadFilter(f"{told} runs backwards", f"write {key.name}:{ends[1]}..{ends[0]}")
    return test


def _span(text: str, key: Key, setting: Setting) -> tuple[date | int, date | int]:
    """The first day or instant of what the text names, and the first that is no more in it."""
    from dealflow import dates

    try:
        today, worked = dates.day_of(setting.now, setting.tz), setting.is_workday or dates.weekday
        period = dates.parse_period(text, today, is_workday=worked)
    except BadPeriod as bad:
        return _moment(text, key, setting, bad)
    if period.start is None or period.end is None:
        hint = f"leave out {key.name}:, use any, or write a range without quotes"
        raise BadFilter(f"{clip(text)} is not limited at both ends", hint)
    if key.kind == "day":
        return period.start, period.end
    return dates.start_of(period.start, setting.tz), dates.start_of(period.end, setting.tz)


def _moment(
    text: str, key: Key, setting: Setting, no_period: BadPeriod
) -> tuple[date | int, date | int]:
    """The span of a day, or of the minute that a time of day names."""
    from datetime import timedelta

    from dealflow import dates

    instant = key.kind == "instant"
    read: Callable[..., date | int] = dates.parse_when if instant else dates.parse_day
    try:
        # What a deal's instants record has happened, so `fri` is the last one.
        worked = setting.is_workday or dates.weekday
        when = read(text, setting.now, setting.tz, past=instant, is_workday=worked)
    except BadDate as bad:
        raise _neither(text, key, bad, no_period) from None
    if isinstance(when, int):
        return when, when + (1 if when % _MINUTE else _MINUTE)
    day_after = when + timedelta(days=1)
    if not instant:
        return when, day_after
    return dates.start_of(when, setting.tz), dates.start_of(day_after, setting.tz)


def _neither(
    text: str, key: Key, no_date: BadDate, no_period: BadPeriod
) -> BadDate | BadPeriod | BadFilter:
    """The error that says most."""
    for error in (no_date, no_period):
        if not error.message.endswith(("' is not a date", "' is not a period")):
            return error
    return BadFilter(
        f"{clip(text)} is neither a day nor a period", f"{key.name} takes {takes(key)}"
    )


# ── kinds with an order whose values are points ───────────────────────────────────────────────


def _values(ends: list[str], key: Key, setting: Setting) -> list[Value | None]:
    if key.kind == "money":
        return list(_amounts(ends, setting))
    read = _POINTS[key.kind]
    return [read(end, key) if end else None for end in ends]


def _amounts(ends: list[str], setting: Setting) -> list[Value | None]:
    """The amounts in one currency: in a range, either end can name it for both."""
    from dealflow.money import parse

    home = setting.currency
    amounts = [parse(end, home) if end else None for end in ends]
    abroad = {amount.currency for amount in amounts if amount} - {home}
    if abroad:
        amounts = [parse(end, min(abroad)) if end else None for end in ends]
    if len({amount.currency for amount in amounts if amount}) > 1:
        raise BadFilter(
            f"{clip('..'.join(ends))} has two currencies", "use one currency for both ends"
        )
    return list(amounts)


def _name(text: str, _: Key) -> str:
    return text


def _number(text: str, key: Key) -> int | float:
    told = fold(text)
    if re.fullmatch(r"-?(?:0|[1-9][0-9]{0,14})", told):
        return int(told)
    if re.fullmatch(r"-?(?:0|[1-9][0-9]{0,14})?\.[0-9]{1,15}", told):
        return float(told)
    raise BadFilter(f"{clip(text)} is not a number", f"{key.name} takes {takes(key)}")


def _percent(text: str, key: Key) -> float:
    told = fold(text).replace(" ", "")
    share = None
    if re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{1,9})?%", told):
        share = float(f"{told[:-1]}e-2")
    elif re.fullmatch(r"[01]|[01]?\.[0-9]{1,15}", told):
        share = float(told)
    if share is None or share > 1:
        raise BadFilter(f"{clip(text)} is not a probability", f"{key.name} takes {takes(key)}")
    return share


def _days(text: str, key: Key) -> int:
    found = re.fullmatch(r"([0-9]{1,5})\s*(?:(d|days?|天)|(w|weeks?|周))?", fold(text))
    if not found:
        hint = f"{key.name} takes days or weeks: {takes(key)}"
        raise BadFilter(f"{clip(text)} is not a number of days", hint)
    return int(found[1]) * (7 if found[3] else 1)


_POINTS: dict[str, Callable[[str, Key], Value]] = {
    "stage": _name,
    "number": _number,
    "percent": _percent,
    "days": _days,
}
