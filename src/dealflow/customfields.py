"""Fields that a team adds to its records: what each kind takes, and the text it is kept as. Pure.

Whatever was typed, one text is kept, which reads back as itself:

    text     as typed             date     2026-07-01
    number   12500, -0.5          choice   the choice as it was declared
    money    CNY 12500.00         bool     yes, no

So two values are equal where their texts are, in the file, in a merge and in an import.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from dealflow.errors import BadDate, UnknownWord, UsageError
from dealflow.named import NamedTuple
from dealflow.patterns import pattern
from dealflow.text import fold, narrow, tidy

if TYPE_CHECKING:
    from datetime import date, tzinfo

    from dealflow.money import Money

TEXT, NUMBER, MONEY, DATE, CHOICE, BOOL = "text", "number", "money", "date", "choice", "bool"
#: the same words as model.FIELD_KINDS, which stands above this module; a test compares them
KINDS = (TEXT, NUMBER, MONEY, DATE, CHOICE, BOOL)
#: what stands before the key wherever a custom field is named beside other things
MARK = "field:"
YES = ("yes", "y", "true", "1", "是")
NO = ("no", "n", "false", "0", "否")

Value: TypeAlias = "str | int | float | Money | date | bool"

_LONGEST_KEY = 40
_KEY = pattern(rf"[^\W\d_][\w-]{{0,{_LONGEST_KEY - 1}}}")
_CLIPPED = 48


class Shape(NamedTuple):
    """What a field takes. `name` is what people call it, for messages."""

    kind: str
    name: str
    choices: tuple[str, ...] = ()
    """What a choice can be, in the order in which choices are listed and sorted."""
    retired: tuple[str, ...] = ()
    """What it could be once: kept where it stands, and chosen no more."""


class Reading(NamedTuple):
    """What values are read against."""

    now: int
    """Epoch seconds UTC."""
    zone: tzinfo
    """The business time zone."""
    currency: str
    """Of an amount that names no other."""
    exact: bool = False
    """Whether a date has to be written out: `fri` in a file means another day tomorrow."""


# ── declarations ──────────────────────────────────────────────────────────────────────────────


def key_of(text: str) -> str:
    """The key that a field is to have. Error: UsageError."""
    if not _KEY.fullmatch(text):
        told = "a letter, then letters, digits, - and _, as in need, budget_2 or 需求"
        raise UsageError(f"{_clip(text)} cannot be the key of a field", told)
    return text


def choices_of(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The choices, and those that are retired, from the JSON array in which `-` marks these."""
    told = [str(one) for one in json.loads(text)]
    retired = tuple(one[1:] for one in told if one.startswith("-"))
    return tuple(one for one in told if not one.startswith("-")), retired


def choices_text(choices: Iterable[str], retired: Iterable[str]) -> str:
    """As they are kept; the opposite of `choices_of`."""
    return json.dumps([*choices, *(f"-{one}" for one in retired)], ensure_ascii=False)


def changed_choices(shape: Shape, words: Iterable[str]) -> Shape:
    """`C` adds a choice or brings it back, `-C` retires it. Errors: UsageError, UnknownWord."""
    live, retired = list(shape.choices), list(shape.retired)
    for word in words:
        told = word.removeprefix("-").strip()
        known = _same(told, [*live, *retired])
        if word.startswith("-"):
            if known is None:
                raise UnknownWord(f"choice of {shape.name}", told, live)
            retired = [*(one for one in retired if one != known), known]
            live = [one for one in live if one != known]
        elif known not in live:
            live.append(known or _new_choice(told))
            retired = [one for one in retired if one != known]
    return shape._replace(choices=tuple(live), retired=tuple(retired))


def _new_choice(text: str) -> str:
    if fold(text) in {"none", "any"}:
        raise UsageError(f"'{text}' cannot be a choice: in a filter it means something else")
    return tidy(text, "a choice", 100)


def _same(text: str, choices: Iterable[str]) -> str | None:
    return next((one for one in choices if fold(one) == fold(text)), None)


# ── what was typed ────────────────────────────────────────────────────────────────────────────


def parse(shape: Shape, text: str, reading: Reading) -> str:
    """The text that is kept for what was typed. Errors: UsageErrors that name the field."""
    try:
        return _READERS[shape.kind](shape, text, reading)
    except UnknownWord:
        raise
    except UsageError as error:
        told = error.message if error.message.startswith("the field") else None
        message = told or f"the field '{shape.name}': {error.message}"
        raise UsageError(message, error.hint, field=shape.name, given=text[:_CLIPPED]) from None


def _text(shape: Shape, text: str, _: Reading) -> str:
    return tidy(text, f"the field '{shape.name}'")


def _number(_: Shape, text: str, __: Reading) -> str:
    found = number(text)
    if found is None:
        raise UsageError(f"{_clip(text)} is not a number", "try 12, 1,234.5, -0.5, 12k, 1.2万")
    return found


def _money(_: Shape, text: str, reading: Reading) -> str:
    from dealflow import money

    return money_text(money.parse(text, reading.currency))


def _date(_: Shape, text: str, reading: Reading) -> str:
    from dealflow.dates import day_of, parse_when

    if reading.exact and not re.search(r"[0-9]{4}", narrow(text)):
        raise BadDate(text[:_CLIPPED], "has no year of four digits")
    when = parse_when(text, reading.now, reading.zone)
    return (day_of(when, reading.zone) if isinstance(when, int) else when).isoformat()


def _choice(shape: Shape, text: str, _: Reading) -> str:
    told = text.strip()
    found = _same(told, shape.choices)
    if found is None and _same(told, shape.retired):
        hint = f"choices: {', '.join(shape.choices)}"
        raise UsageError(f"{_clip(told)} is no choice any more", hint)
    if found is None:
        raise UnknownWord(f"choice of {shape.name}", told[:_CLIPPED], shape.choices)
    return found


def _bool(_: Shape, text: str, __: Reading) -> str:
    told = fold(text.strip())
    if told not in (*YES, *NO):
        raise UsageError(f"{_clip(text)} is neither yes nor no", "write yes or no, 是 or 否")
    return "yes" if told in YES else "no"


_READERS: Mapping[str, Callable[[Shape, str, Reading], str]] = {
    TEXT: _text,
    NUMBER: _number,
    MONEY: _money,
    DATE: _date,
    CHOICE: _choice,
    BOOL: _bool,
}

#: significant digits that a binary double holds for certain
_DIGITS = 15
_UNITS = {"k": 3, "m": 6, "w": 4, "十": 1, "百": 2, "千": 3, "万": 4, "萬": 4, "亿": 8, "億": 8}
_FIGURE = pattern(
    r"([-+]?)((?:[0-9]{1,3}(?:,[0-9]{3})+)|[0-9]*)(?:\.([0-9]+))?\s*([kmw]|[十百千]?[万萬亿億]?)"
)


def number(text: str) -> str | None:
    """`1.2万` as `12000`: plain decimal, at most 15 digits in all; None where it is no number."""
    found = _FIGURE.fullmatch(narrow(text).strip().lower()) if len(text) <= _CLIPPED else None
    if found is None or not (found[2] or found[3]):
        return None
    fraction = (found[3] or "").rstrip("0")
    spare = sum(_UNITS[sign] for sign in found[4]) - len(fraction)
    digits = (found[2].replace(",", "") + fraction).lstrip("0") + "0" * max(spare, 0)
    whole, rest = (digits, "") if spare >= 0 else _parted(digits, -spare)
    if len(whole.lstrip("0")) + len(rest) > _DIGITS:
        return None
    plain = f"{whole.lstrip('0') or '0'}.{rest}".rstrip(".")
    return f"-{plain}" if found[1] == "-" and plain != "0" else plain


def _parted(digits: str, places: int) -> tuple[str, str]:
    """The digits before and behind the point; no zeros at the end."""
    filled = digits.rjust(places + 1, "0")
    return filled[:-places], filled[-places:].rstrip("0")


# ── what is kept ──────────────────────────────────────────────────────────────────────────────


def money_text(amount: Money) -> str:
    """An amount as it is kept: `CNY 12500.00`, always with all of the currency's places."""
    from dealflow.money import decimal_text

    return f"{amount.currency} {decimal_text(amount)}"


def value(shape: Shape, kept: object) -> Value | None:
    """What a kept text stands for; None where it does not fit the field's kind."""
    return _VALUES[shape.kind](shape, kept) if isinstance(kept, str) and kept.strip() else None


def _number_value(_: Shape, kept: str) -> Value | None:
    if number(kept) != kept:
        return None
    return float(kept) if "." in kept else int(kept)


def _money_value(_: Shape, kept: str) -> Value | None:
    from dealflow.money import CURRENCIES, Money

    code, _blank, digits = kept.partition(" ")
    if code not in CURRENCIES or not re.fullmatch(r"[0-9]{1,16}(?:\.[0-9]{1,3})?", digits):
        return None
    amount = Money(int(digits.replace(".", "")), code)
    return amount if money_text(amount) == kept else None


def _date_value(_: Shape, kept: str) -> Value | None:
    from datetime import date

    try:
        day = date.fromisoformat(kept)
    except ValueError:
        return None
    return day if day.isoformat() == kept else None


def _choice_value(shape: Shape, kept: str) -> Value | None:
    return kept if kept in (*shape.choices, *shape.retired) else None


_VALUES: Mapping[str, Callable[[Shape, str], Value | None]] = {
    TEXT: lambda _, kept: kept,
    NUMBER: _number_value,
    MONEY: _money_value,
    DATE: _date_value,
    CHOICE: _choice_value,
    BOOL: lambda _, kept: kept == "yes" if kept in {"yes", "no"} else None,
}


def _clip(text: str) -> str:
    return f"'{text}'" if len(text) <= _CLIPPED else f"'{text[: _CLIPPED - 1]}…'"
