"""Naive Bayes on categories: each level speaks by itself, as often as the won and the lost had it.

    P(level | won) = (won with it + SMOOTHING × share of all with it) / (won + SMOOTHING)

and so for the lost: a level that is rare says little. Where levels come together the sum says too
much; `platt` puts that right.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log

from dealflow.analytics.logistic import Columns, Fit, sigmoid, softplus

#: so many rows of the average are added to the won, and to the lost
SMOOTHING = 10.0
_STEPS = 50
_TINY = 1e-12


def fit(columns: Columns, sizes: Sequence[int], won: Sequence[int]) -> Fit:
    """The log of each level's likelihood ratio. ValueError where all rows, or none, are won."""
    number, wins = len(won), sum(won)
    if not 0 < wins < number:
        raise ValueError("a fit needs rows that are won and rows that are not")
    weights = tuple(_ratios(codes, size, won) for codes, size in zip(columns, sizes, strict=True))
    return Fit(log(wins / (number - wins)), weights)


def _ratios(codes: Sequence[int], size: int, won: Sequence[int]) -> tuple[float, ...]:
    here, with_win = [0] * size, [0] * size
    for code, win in zip(codes, won, strict=True):
        here[code] += 1
        with_win[code] += win
    number, wins = len(won), sum(won)
    losses = number - wins
    return tuple(
        log(_smoothed(both, wins, there / number))
        - log(_smoothed(there - both, losses, there / number))
        if there
        else 0.0
        for there, both in zip(here, with_win, strict=True)
    )


def _smoothed(count: int, of: int, share: float) -> float:
    return (count + SMOOTHING * share) / (of + SMOOTHING)


def platt(odds: Sequence[float], won: Sequence[int], ridge: float = 1.0) -> tuple[float, float]:
    """Slope and intercept that make log-odds fit what happened, drawn a little to 1 and 0.

    J. C. Platt, "Probabilistic outputs for support vector machines", 1999; by Newton's method,
    with the penalty ridge / 2 × ((slope − 1)² + intercept²).
    """
    place = (1.0, 0.0)
    reached = _likelihood(place, odds, won, ridge)
    for _ in range(_STEPS):
        step = _step(place, odds, won, ridge)
        size = 1.0
        while size > _TINY:
            tried = (place[0] + size * step[0], place[1] + size * step[1])
            value = _likelihood(tried, odds, won, ridge)
            if value >= reached:
                break
            size /= 2
        place, reached = tried, value
        if size * (abs(step[0]) + abs(step[1])) < _TINY:
            break
    return place


def _likelihood(
    place: tuple[float, float], odds: Sequence[float], won: Sequence[int], ridge: float
) -> float:
    """What `platt` makes as large as it can be."""
    slope, intercept = place
    moved = [slope * one + intercept for one in odds]
    told = sum(one if win else 0.0 for one, win in zip(moved, won, strict=True))
    return told - sum(map(softplus, moved)) - ridge / 2 * ((slope - 1) ** 2 + intercept**2)


def _step(
    place: tuple[float, float], odds: Sequence[float], won: Sequence[int], ridge: float
) -> tuple[float, float]:
    """Newton's: the curvature's inverse times the slope of the likelihood."""
    slope, intercept = place
    chances = [sigmoid(slope * one + intercept) for one in odds]
    left = [win - chance for win, chance in zip(won, chances, strict=True)]
    curve = [chance * (1 - chance) for chance in chances]
    down = sum(one * rest for one, rest in zip(odds, left, strict=True)) - ridge * (slope - 1)
    side = sum(left) - ridge * intercept
    both = sum(one * bend for one, bend in zip(odds, curve, strict=True))
    first = sum(one * one * bend for one, bend in zip(odds, curve, strict=True)) + ridge
    second = sum(curve) + ridge
    size = first * second - both * both
    return (second * down - both * side) / size, (first * side - both * down) / size
