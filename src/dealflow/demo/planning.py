"""What the team wants and expects: targets for each quarter, a forecast kept each month."""

from __future__ import annotations

from collections.abc import Iterator

from dealflow.actions import Actor, Done, forecasts, targets
from dealflow.demo import cast
from dealflow.demo.lives import World
from dealflow.demo.steps import Office, Step
from dealflow.errors import Refused
from dealflow.money import Money

_QUARTER = {"all": 5_000_000, f"team:{cast.EAST}": 3_300_000, f"team:{cast.ABROAD}": 1_400_000}
"""Targets in CNY, for a team of as many deals as _OF."""
_OF = 240
_YEAR = 4.2
"""A year asks for a little more than its four quarters."""
_SETTLED = 40
"""Working days until there is something to plan with."""


def steps(world: World) -> Iterator[Step]:
    """On the first working day of a month, in the morning."""
    hours = world.hours
    for n in range(_SETTLED, int(hours.present) + 1):
        at, day = n + 0.02, hours.day(n)
        if at > hours.present or day.month == hours.day(n - 1).month:
            continue
        if day.month % 3 == 1:
            yield from _targets(world, at, f"{day.year}-Q{(day.month + 2) // 3}", 1.0)
        if day.month == 1:
            yield from _targets(world, at, f"{day.year}", _YEAR)
        yield Step(at + 0.01, cast.LEAD, 0, _keep(f"{day:%Y-%m}"))


def _targets(world: World, at: float, period: str, times: float) -> Iterator[Step]:
    for place, (whose, amount) in enumerate(_QUARTER.items()):
        value = round(amount * times * world.deals / _OF / 10_000) * 10_000
        yield Step(at + place / 1000, cast.LEAD, 0, _target(whose, period, max(value, 10_000)))


def _target(whose: str, period: str, amount: int) -> Office:
    typed = ("targets", "set", whose, period, str(amount))
    money = Money(amount * 100, "CNY")
    return Office(typed, lambda by: targets.put(by, whose, period, money))


def _keep(name: str) -> Office:
    return Office(("forecast", "keep", name), lambda by: _kept(by, name))


def _kept(by: Actor, name: str) -> Done:
    try:
        return forecasts.keep(by, name)
    except Refused:  # nothing was open: there was nothing to expect
        return Done("forecast", (), ())
