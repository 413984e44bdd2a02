"""Amounts of several currencies: converted by the rates of their day, or kept apart; never added.

Where everything is in one currency it stays in it. Otherwise what can be converted becomes the base
currency, by the rate in force on the day the amount was fixed (the close, or now), and the rest is
told separately. Sums are exact: rounded once, half to even, when they are complete.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import Generic, TypeVar

from dealflow.dates import day_of
from dealflow.money import Money, exponent
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.store.exchange import rates

K = TypeVar("K", bound=Hashable)


class Part(NamedTuple):
    """A sum of amounts in one currency, all fixed at one instant; None stands for now."""

    currency: str
    at: int | None
    minor: int


class Totals(NamedTuple, Generic[K]):
    """Sums per key in one currency, and what has no rate to it, by key and currency."""

    currency: str
    sums: dict[K, int]
    apart: dict[tuple[K, str], int]
    partial: frozenset[K] = frozenset()
    """The keys of which a part stands apart."""
    converted: tuple[str, ...] = ()
    """The currencies that were converted."""

    def told(self) -> tuple[str, ...]:
        """A note where amounts were converted."""
        if not self.converted:
            return ()
        codes = ", ".join(self.converted)
        return (f"{codes} converted to {self.currency} at the rate of the day of the close",)

    def complete(self, key: K) -> int | None:
        """The sum in minor units; None where a part of it has no rate to the currency."""
        return None if key in self.partial else self.sums.get(key, 0)

    def money(self, key: K, number: int) -> Money | None:
        """The sum over `number` things; None where none of them has an amount in the currency."""
        if number and key not in self.sums:
            return None
        return Money(self.sums.get(key, 0), self.currency)


def totals(ask: Ask, parts: Mapping[K, Iterable[Part]]) -> Totals[K]:
    """The sums of the parts, in the base currency, or in the only one there is."""
    found = [(key, part) for key, listed in parts.items() for part in listed]
    currencies = {part.currency for _, part in found}
    sums: dict[K, int] = defaultdict(int)
    if len(currencies) <= 1:
        for key, part in found:
            sums[key] += part.minor
        return Totals(min(currencies, default=ask.currency), dict(sums), {})
    return _converted(ask, found)


def _converted(ask: Ask, found: list[tuple[K, Part]]) -> Totals[K]:
    from fractions import Fraction

    known = rates(ask.conn)
    exact: dict[K, Fraction] = defaultdict(Fraction)
    apart: dict[tuple[K, str], int] = defaultdict(int)
    converted: set[str] = set()
    for key, part in found:
        rate = 1_000_000 if part.currency == ask.currency else _rate(ask, known, part)
        if rate is None:
            apart[key, part.currency] += part.minor
        else:
            converted.add(part.currency)
            scale = 10 ** (6 + exponent(part.currency))
            exact[key] += Fraction(part.minor * rate * 10 ** exponent(ask.currency), scale)
    sums = {key: round(total) for key, total in exact.items()}
    partial = frozenset(key for key, _ in apart)
    foreign = tuple(sorted(converted - {ask.currency}))
    return Totals(ask.currency, sums, dict(apart), partial, foreign)


def _rate(ask: Ask, known: Mapping[str, list[tuple[str, int]]], part: Part) -> int | None:
    """Millionths in force on the day; None where there is none yet."""
    listed = known.get(part.currency, [])
    day = day_of(ask.now if part.at is None else part.at, ask.zone).isoformat()
    place = bisect_right(listed, day, key=lambda rate: rate[0])
    return listed[place - 1][1] if place else None


def worth(ask: Ask, currencies: Iterable[str]) -> dict[str, float]:
    """What a minor unit of each is worth now, to compare and not to add; none without a rate.

    In minor units of the base currency, or of the only currency that is named.
    """
    codes = set(currencies)
    if len(codes) <= 1:
        return dict.fromkeys(codes, 1.0)
    known = rates(ask.conn)
    found = {ask.currency: 1.0}
    for code in codes - {ask.currency}:
        rate = _rate(ask, known, Part(code, None, 0))
        if rate is not None:
            found[code] = rate / 1_000_000 * 10.0 ** (exponent(ask.currency) - exponent(code))
    return found


def about(minor: float, currency: str) -> Money:
    """An expected amount: whole units of the currency from 100 on, as nobody knows its cents."""
    unit = 10 ** exponent(currency)
    whole = abs(minor) >= 100 * unit
    return Money(round(minor / unit) * unit if whole else round(minor), currency)
