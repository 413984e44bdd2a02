#!/usr/bin/env python3
"""What other tools' formulas make of histories whose truth is known, beside dealflow's own.

    python docs/peers.py     prints the table of docs/definitions.md

Each row is one number. It is worked out from the same 60 worlds by dealflow's functions and by the
formula that a tool's source has; shown is the truth, and how far each is off on average.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from math import log
from random import Random
from statistics import fmean, median
from typing import NamedTuple

from tables import table
from truth import LOST, WON, Seen, Stage, Truth, seen

from dealflow.analytics.close_rates import GroupCounts, judge
from dealflow.analytics.forecast import StageRecord, of_stage
from dealflow.analytics.intervals import wilson
from dealflow.analytics.survival import kaplan_meier

WORLDS = 60
SEED = 20260701
TRUTH = Truth((Stage(0.7, 12), Stage(0.6, 20), Stage(0.75, 45), Stage(0.6, 25)))
SLOW = 2
"""The stage in which deals stay for longest."""
_SINCE = 360.0
"""Closes are counted from this day on, when as many deals come as go."""


class Compared(NamedTuple):
    """One number: what it is, its truth, and how it is worked out here and there."""

    what: str
    formula: str
    truth: float
    ours: Callable[[Seen], float]
    theirs: Callable[[Seen], float]
    unit: str = "points"


class Off(NamedTuple):
    """How far both are off on average, in the unit of the row."""

    row: Compared
    ours: float
    theirs: float


# ── shares ────────────────────────────────────────────────────────────────────────────────────


def _advance(world: Seen) -> float:
    on, lost, _ = world.fates(0)
    return wilson(on, on + lost).value or 0.0


def _exits(world: Seen) -> float:
    """Any exit counts as an advance, whatever it led to."""
    on, lost, still = world.fates(0)
    return (on + lost) / (on + lost + still)


def _without_lost(world: Seen) -> float:
    """Deals that are lost now are taken out of the funnel first."""
    kept = {deal.number for deal in world.deals if deal.status != LOST}
    there = [stay.deal for stay in world.stays if stay.stage == 0 and stay.deal in kept]
    further = {stay.deal for stay in world.stays if stay.stage == 1}
    return sum(deal in further for deal in there) / len(there)


def _close_rate(world: Seen) -> float:
    ended = Counter(deal.status for deal in world.closed(_SINCE))
    return wilson(ended[WON], ended[WON] + ended[LOST]).value or 0.0


def _of_all(world: Seen) -> float:
    """Open deals are in the denominator."""
    recent = [d for d in world.deals if d.created >= _SINCE]
    return sum(deal.status == WON for deal in recent) / len(recent)


def _ranked(world: Seen) -> float:
    """Stages rank … won, lost: whoever is at `lost` has come past `won`."""
    return sum(deal.status != "open" for deal in world.deals) / len(world.deals)


# ── days ──────────────────────────────────────────────────────────────────────────────────────


def _median(world: Seen) -> float:
    ended: Counter[int] = Counter()
    going: Counter[int] = Counter()
    for stay in world.stays:
        if stay.stage == SLOW and stay.entered >= world.now - 90:
            until = world.now if stay.left is None else stay.left
            (going if stay.left is None else ended)[int((until - stay.entered) * 24)] += 1
    found = kaplan_meier(ended, going).median
    return (found or 0) / 24


def _ended_only(world: Seen) -> float:
    """The median of the stays that are over: those that take long are not yet among them."""
    return median(
        stay.left - stay.entered
        for stay in world.stays
        if stay.stage == SLOW and stay.entered >= world.now - 90 and stay.left is not None
    )


# ── money ─────────────────────────────────────────────────────────────────────────────────────


def _due(world: Seen) -> float:
    """What the open deals will bring in truth, on average."""
    return sum(d.amount * TRUTH.close_rate(d.stage) for d in world.deals if d.status == "open")


def _chances(world: Seen) -> list[float]:
    """Each stage's own record: of the deals that were ever there and are closed, those won."""
    ended = {deal.number: deal.status for deal in world.closed()}
    found = []
    for place in range(len(TRUTH.stages)):
        there = Counter(ended.get(stay.deal) for stay in world.stays if stay.stage == place)
        found.append(of_stage(StageRecord(there[WON], there[LOST], None)).value or 0.0)
    return found


def _expected(world: Seen) -> float:
    chances = _chances(world)
    open_ = [deal for deal in world.deals if deal.status == "open"]
    return sum(deal.amount * chances[deal.stage] for deal in open_) / _due(world)


def _whole(world: Seen) -> float:
    """A stage without a probability counts in full."""
    return sum(d.amount for d in world.deals if d.status == "open") / _due(world)


def _half(world: Seen) -> float:
    """A stage without a probability counts half."""
    return _whole(world) / 2


# ── who stands out ────────────────────────────────────────────────────────────────────────────


def _groups(world: Seen) -> list[GroupCounts]:
    return [
        GroupCounts(f"rep {rep}", won=won, lost=lost)
        for rep, (won, lost) in world.by_rep(_SINCE).items()
    ]


def _marked(world: Seen) -> float:
    return any(row.mark in {"above", "below"} for row in judge(_groups(world)))


def _above_average(world: Seen) -> float:
    """A rep who is 10 points from the average is called better or worse."""
    groups = _groups(world)
    average = sum(g.won for g in groups) / sum(g.won + g.lost for g in groups)
    return any(abs(g.won / (g.won + g.lost) - average) >= 0.1 for g in groups)


@cache
def rows() -> tuple[Compared, ...]:
    """What is compared, in the order of the table."""
    on, won = TRUTH.stages[0].on, TRUTH.close_rate()
    half_life = log(2) * TRUTH.stages[SLOW].days
    exits = "exits / entered: a loss is progress"
    gone = "lost deals left out"
    due, days, worlds = "of the truth", "days", "of the worlds"
    return (
        Compared("advance rate of the first stage", exits, on, _advance, _exits),
        Compared("advance rate of the first stage", gone, on, _advance, _without_lost),
        Compared("close rate", "won / all, open ones too", won, _close_rate, _of_all),
        Compared("close rate", "rank of *lost* ≥ *won*", won, _close_rate, _ranked),
        Compared(
            "median days, stays of the last 90 days",
            "only what has ended",
            half_life,
            _median,
            _ended_only,
            days,
        ),
        Compared("expected value", "no probability: 100 %", 1, _expected, _whole, due),
        Compared("expected value", "no probability: 50 %", 1, _expected, _half, due),
        Compared(
            "reps who stand out where all are alike",
            "10 points off the average",
            0,
            _marked,
            _above_average,
            worlds,
        ),
    )


@cache
def compared() -> tuple[Off, ...]:
    """Each row with its mean distances from the truth, over all worlds."""
    lots = Random(SEED)  # noqa: S311 lots are drawn, not secrets
    worlds = [seen(TRUTH, lots) for _ in range(WORLDS)]
    return tuple(
        Off(
            row,
            fmean(abs(row.ours(world) - row.truth) for world in worlds),
            fmean(abs(row.theirs(world) - row.truth) for world in worlds),
        )
        for row in rows()
    )


def _told(value: float, unit: str) -> str:
    if unit == "days":
        return f"{value:.1f} days"
    return f"{value * 100:.0f} {'points' if unit == 'points' else '% ' + unit}"


def _truth(row: Compared) -> str:
    if row.unit == "days":
        return f"{row.truth:.1f} days"
    return "nobody" if row.unit == "of the worlds" else f"{row.truth * 100:.0f} %"


def written() -> str:
    """The table of docs/definitions.md."""
    cells = [
        (
            row.what,
            _truth(row),
            _told(ours, row.unit),
            row.formula,
            _told(theirs, row.unit),
        )
        for row, ours, theirs in compared()
    ]
    return table(
        ("number", "truth", "dealflow is off by", "another formula", "it is off by"), cells
    )


if __name__ == "__main__":
    print(written())
