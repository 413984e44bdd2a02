"""Logistic regression on categories, with a ridge: Newton's method in plain Python.

A row has one level of each factor. The log-odds of a win are the intercept and one weight per
factor, that of its level. The weights maximise

    weight × Σ log-likelihood − ridge / 2 × Σ weights²

which has one maximum, as every level has a weight and only the weights are penalised (S. le Cessie
and J. C. van Houwelingen, Applied Statistics 41, 1992, 191-201).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import exp, log, sqrt
from operator import mul

from dealflow.named import NamedTuple

#: codes of the levels, one list for each factor
Columns = Sequence[Sequence[int]]


class Fit(NamedTuple):
    """What the log-odds are made of: by factor the weight of each level."""

    intercept: float
    weights: tuple[tuple[float, ...], ...]


class Penalty(NamedTuple):
    """How strong the prior is; and what each row counts, where several tell the same story."""

    ridge: float
    weight: float = 1.0


class _Place(NamedTuple):
    """Where the search stands: intercept and weights, every row's log-odds, the objective."""

    values: list[float]
    odds: list[float]
    reached: float


_MOST_STEPS = 100
_TINY = 1e-6
_ROUNDING = 1e-9
_CLOSE_ENOUGH = 1e-9
_SLOW = 0.2
"""A step that leaves more than this of the gradient asks for the curvature where it is now."""


def sigmoid(odds: float) -> float:
    """The probability of these log-odds."""
    if odds >= 0:
        return 1 / (1 + exp(-odds))
    small = exp(odds)
    return small / (1 + small)


def logit(share: float) -> float:
    """The log-odds of a probability that is neither 0 nor 1."""
    return log(share / (1 - share))


def log_odds(fit: Fit, columns: Columns, rows: int) -> list[float]:
    """Of every row."""
    if not columns:
        return [fit.intercept] * rows
    told = [
        map(weights.__getitem__, codes) for weights, codes in zip(fit.weights, columns, strict=True)
    ]
    return [fit.intercept + sum(each) for each in zip(*told, strict=True)]


def fit(columns: Columns, sizes: Sequence[int], won: Sequence[int], penalty: Penalty) -> Fit:
    """The maximum; `sizes` are the numbers of levels, `won` is 0 or 1 of each row.

    ValueError where all rows, or none, are won.
    """
    wins = sum(won)
    if not 0 < wins < len(won):
        raise ValueError("a fit needs rows that are won and rows that are not")
    problem = _Problem(columns, sizes, won, penalty)
    return problem.fitted(logit(wins / len(won)))


class _Problem:
    """One fit: its rows, and where each factor's weights stand in the vector of all."""

    def __init__(
        self, columns: Columns, sizes: Sequence[int], won: Sequence[int], penalty: Penalty
    ) -> None:
        self.columns, self.sizes, self.won, self.penalty = columns, sizes, won, penalty
        self.starts = [1]
        for size in sizes:
            self.starts.append(self.starts[-1] + size)
        self.width = self.starts[-1]
        self.pairs: list[tuple[int, int, list[int]]] = [
            (first, second, _crossed(columns[first], columns[second], sizes[second]))
            for first in range(len(sizes))
            for second in range(first)
        ]

    def fitted(self, intercept: float) -> Fit:
        place = self._at([intercept] + [0.0] * (self.width - 1))
        slope, lower = self._slope(place), self._curvature(place.odds)
        for _ in range(_MOST_STEPS):
            before = _length(slope)
            if before <= _CLOSE_ENOUGH * len(self.won):
                break
            place = self._stepped(place, _solved(lower, slope))
            slope = self._slope(place)
            if _length(slope) > _SLOW * before:
                lower = self._curvature(place.odds)
        return self._fit(place.values)

    def _at(self, values: list[float]) -> _Place:
        odds = log_odds(self._fit(values), self.columns, len(self.won))
        return _Place(values, odds, self._objective(values, odds))

    def _fit(self, values: Sequence[float]) -> Fit:
        parts = zip(self.starts, self.starts[1:], strict=False)
        return Fit(values[0], tuple(tuple(values[start:end]) for start, end in parts))

    def _stepped(self, place: _Place, step: Sequence[float]) -> _Place:
        """One step on, halved until the objective does not fall."""
        size = 1.0
        while True:
            tried = self._at(
                [value + size * by for value, by in zip(place.values, step, strict=True)]
            )
            fallen = place.reached - tried.reached
            if size < _TINY or fallen <= _ROUNDING * abs(place.reached):
                return tried
            size /= 2

    def _objective(self, values: Sequence[float], odds: Sequence[float]) -> float:
        told: float = sum(map(mul, self.won, odds)) - sum(map(softplus, odds))
        rest: float = sum(value * value for value in values[1:])
        return self.penalty.weight * told - self.penalty.ridge / 2 * rest

    def _slope(self, place: _Place) -> list[float]:
        left = [
            self.penalty.weight * (won - sigmoid(one))
            for won, one in zip(self.won, place.odds, strict=True)
        ]
        sums = (
            _summed(codes, left, size) for codes, size in zip(self.columns, self.sizes, strict=True)
        )
        levels = [
            total - self.penalty.ridge * value
            for total, value in zip(chain.from_iterable(sums), place.values[1:], strict=True)
        ]
        return [sum(left), *levels]

    def _curvature(self, odds: Sequence[float]) -> list[list[float]]:
        """The lower factor of minus the second derivatives."""
        chances = map(sigmoid, odds)
        weights = [self.penalty.weight * chance * (1 - chance) for chance in chances]
        matrix = [[0.0] * (row + 1) for row in range(self.width)]
        matrix[0][0] = sum(weights)
        for start, codes, size in zip(self.starts, self.columns, self.sizes, strict=False):
            for level, total in enumerate(_summed(codes, weights, size)):
                matrix[start + level][0] = total
                matrix[start + level][start + level] = total + self.penalty.ridge
        for first, second, crossed in self.pairs:
            width, across = self.sizes[second], self.starts[second]
            sums = _summed(crossed, weights, self.sizes[first] * width)
            for level in range(self.sizes[first]):
                row = matrix[self.starts[first] + level]
                row[across : across + width] = sums[level * width : (level + 1) * width]
        return _lower(matrix)


def _crossed(first: Sequence[int], second: Sequence[int], size: int) -> list[int]:
    return [one * size + other for one, other in zip(first, second, strict=True)]


def _summed(codes: Sequence[int], values: Sequence[float], size: int) -> list[float]:
    """The values summed by code."""
    totals = [0.0] * size
    for code, value in zip(codes, values, strict=True):
        totals[code] += value
    return totals


def softplus(odds: float) -> float:
    """log(1 + exp(odds)), for any odds."""
    return max(odds, 0.0) + log(1 + exp(-abs(odds)))


def _length(vector: Sequence[float]) -> float:
    return sqrt(sum(map(mul, vector, vector)))


def _lower(matrix: Sequence[Sequence[float]]) -> list[list[float]]:
    """Cholesky's factor of a positive definite matrix, of which the lower half is given."""
    rows: list[list[float]] = []
    for given in matrix:
        row: list[float] = []
        for at, done in enumerate(rows):
            row.append((given[at] - sum(map(mul, row, done))) / done[at])
        row.append(sqrt(max(given[-1] - sum(map(mul, row, row)), 1e-300)))
        rows.append(row)
    return rows


def _solved(lower: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """What lower × lowerᵀ has to be multiplied by to make `right`."""
    middle: list[float] = []
    for row, value in zip(lower, right, strict=True):
        middle.append((value - sum(map(mul, row, middle))) / row[-1])
    found = middle
    for at in range(len(lower) - 1, -1, -1):
        found[at] /= lower[at][at]
        row, value = lower[at], found[at]
        for before in range(at):
            found[before] -= row[before] * value
    return found
