"""What a filter says, once it has been read."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from dealflow.named import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, tzinfo

    from dealflow.filters.keys import Key
    from dealflow.money import Money

Value: TypeAlias = "str | bool | int | float | date | Money"


class Special(Enum):
    """A word that stands for something else than itself."""

    NONE = "none"
    """There is no value."""
    ANY = "any"
    """There is some value."""
    ME = "me"
    """The rep who asks."""


NONE, ANY, ME = Special.NONE, Special.ANY, Special.ME


class Is(NamedTuple):
    """The value is this one; for kind `text` it holds this (folded), for `tag` a tag is this."""

    value: Value


class Between(NamedTuple):
    """The value lies between the ends; None is no end, and an open end is itself excluded.

    Days and instants are always this, from `low` up to, not including, `high`, even where a
    single day was asked for. Kinds: day date, instant epoch seconds, money Money (one currency,
    minor units), percent 0 to 1, days and number int or float, stage a name the store resolves.
    """

    low: Value | None
    high: Value | None
    low_open: bool = False
    high_open: bool = False


Test: TypeAlias = Is | Between | Special


class Condition(NamedTuple):
    """Holds when one of the tests does; negated, exactly when none does.

    An absent value passes NONE and no other test, so it meets a negated condition without NONE.
    """

    key: Key
    tests: tuple[Test, ...]
    negated: bool = False


class Filter(NamedTuple):
    """What a record must meet: all conditions, each of `words` in its text, none of `words_not`."""

    conditions: tuple[Condition, ...] = ()
    words: tuple[str, ...] = ()
    """Folded, as text.fold does."""
    words_not: tuple[str, ...] = ()
    text: str = ""
    """The filter in its own language, for captions; parsing it gives the same filter."""

    def uses(self, name: str) -> bool:
        return any(condition.key.name == name for condition in self.conditions)


class Setting(NamedTuple):
    """What values are read against."""

    now: int
    """Epoch seconds UTC."""
    tz: tzinfo
    """The business time zone: a day begins at its midnight."""
    currency: str
    """ISO 4217; amounts that name no other are in this one."""
    is_workday: Callable[[date], bool] | None = None
    """The team's working days, for `+3wd`; None is Monday to Friday."""
