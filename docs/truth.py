"""Histories whose truth is known: deals that move by given chances and speeds, for given reps.

Random numbers are of the standard library, from a seed, so that they are the same on every machine.
What a team sees of it is `seen`: at `now` some deals have not ended.
"""
# ruff: noqa: INP001 a module of the scripts in docs/

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

WON, LOST = "won", "lost"


class Stage(NamedTuple):
    """The chance that a deal goes on from here, and its mean days here: exponential, either way."""

    on: float
    days: float


class Stay(NamedTuple):
    """One deal in one stage, in days since the beginning. `on`: it went on; None: still there."""

    deal: int
    stage: int
    entered: float
    left: float | None
    on: bool | None


class Deal(NamedTuple):
    """One deal as of a day. `status` is open, won or lost."""

    number: int
    rep: int
    amount: int
    created: float
    stage: int
    status: str
    closed: float | None


class Truth(NamedTuple):
    """How a world is made. `better`: by rep, what its chance to go on is multiplied with."""

    stages: Sequence[Stage]
    deals: int = 400
    span: float = 720
    """Deals are created evenly over so many days."""
    better: Sequence[float] = (1, 1, 1, 1, 1, 1)

    def close_rate(self, stage: int = 0) -> float:
        """The chance that a deal that came to this stage is won, of a rep like all others."""
        share = 1.0
        for one in self.stages[stage:]:
            share *= one.on
        return share


class Seen(NamedTuple):
    """What there is to be counted at `now`."""

    now: float
    stays: list[Stay]
    deals: list[Deal]

    def fates(self, stage: int) -> tuple[int, int, int]:
        """How many went on from a stage, were lost there, and are still there."""
        here = [stay.on for stay in self.stays if stay.stage == stage]
        return here.count(True), here.count(False), here.count(None)

    def closed(self, since: float = 0) -> list[Deal]:
        return [deal for deal in self.deals if deal.closed is not None and deal.closed >= since]

    def by_rep(self, since: float = 0) -> dict[int, tuple[int, int]]:
        """Won and lost of each rep."""
        found: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for deal in self.closed(since):
            found[deal.rep][deal.status == LOST] += 1
        return {rep: (won, lost) for rep, (won, lost) in sorted(found.items())}


def seen(truth: Truth, lots: Random, now: float | None = None) -> Seen:
    """One world as it stands at `now`; at the end of the span, if not said otherwise."""
    until = truth.span if now is None else now
    stays: list[Stay] = []
    deals: list[Deal] = []
    for number in range(truth.deals):
        created = lots.uniform(0, truth.span)
        rep, amount = number % len(truth.better), round(lots.lognormvariate(9, 0.7)) * 100
        mine = _lived(truth, lots, (number, rep, created))
        here = [stay for stay in mine if stay.entered <= until]
        if not here:
            continue
        here = [s if s.left is not None and s.left <= until else _still(s) for s in here]
        last = here[-1]
        over = last.on is False or (last.on and last.stage == len(truth.stages) - 1)
        status = (WON if last.on else LOST) if over else "open"
        closed = last.left if over else None
        stays += here
        deals.append(Deal(number, rep, amount, created, last.stage, status, closed))
    return Seen(until, stays, deals)


def _lived(truth: Truth, lots: Random, deal: tuple[int, int, float]) -> list[Stay]:
    """All that ever becomes of a deal: number, rep, day of creation."""
    number, rep, at = deal
    found: list[Stay] = []
    for place, stage in enumerate(truth.stages):
        left = at + lots.expovariate(1 / stage.days)
        on = lots.random() < min(stage.on * truth.better[rep], 1)
        found.append(Stay(number, place, at, left, on))
        if not on:
            break
        at = left
    return found


def _still(stay: Stay) -> Stay:
    return stay._replace(left=None, on=None)
