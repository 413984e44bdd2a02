"""Whose customers they are: whoever works with one has it, and some go back to the pool.

Pure but for the steps' actions; no draw of chance, so that the deals are the same with and without.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dealflow.actions import Actor, Done, lookup, people, pool
from dealflow.demo import cast, phrases
from dealflow.demo.lives import Life, World
from dealflow.demo.steps import MOMENT, Office, Step

QUIET = 25.0
"""Working days after the last deal until a customer without an open one is given back."""


def first(world: World, lives: Sequence[Life]) -> dict[str, str]:
    """By customer the rep who has it from the start; one whom nobody works with is nobody's."""
    newcomer = world.newcomer.handle
    return {
        name: next((life.owner for life in told if life.owner != newcomer), cast.LEAD)
        for name, told in _by_customer(lives).items()
    }


def steps(world: World, lives: Sequence[Life]) -> Iterator[Step]:
    """What becomes of each customer later on."""
    start = first(world, lives)
    for name, told in _by_customer(lives).items():
        yield from _passed(world, name, start[name], told)


def _by_customer(lives: Sequence[Life]) -> Mapping[str, list[Life]]:
    found: dict[str, list[Life]] = {}
    for life in lives:
        found.setdefault(life.customer.name, []).append(life)
    return found


def _passed(world: World, name: str, owner: str, told: Sequence[Life]) -> Iterator[Step]:
    """To whoever has its latest deal, or to the pool."""
    present = world.hours.present
    there = [life for life in told if life.is_open(present)]
    latest = (there or told)[-1]
    heir, since = latest.owner_at(present), latest.heir[0] if latest.heir else latest.born
    if heir == cast.LEAVER:
        yield _released(world.left, name, owner, phrases.NOBODY[latest.track])
        return
    if heir != owner:
        yield _given(since + MOMENT, name, heir)
    back = max(life.end for life in told) + QUIET
    if not there and back < present:
        yield _released(back, name, heir, phrases.GIVEN_BACK[latest.track])


def _given(at: float, name: str, heir: str) -> Step:
    def edit(by: Actor) -> Done:
        return people.edit_account(by, name, {"owner": heir})

    return Step(at, cast.LEAD, 0, Office(("accounts", "edit", name, "--owner", heir), edit))


def _released(at: float, name: str, owner: str, why: str) -> Step:
    def release(by: Actor) -> Done:
        return pool.release(by, [lookup.account(by, name).id], why)

    return Step(at, owner, 0, Office(("pool", "release", name, "--why", why), release))
