"""What a sum of independent chances can come to: each adds its amount with its probability.

The number of deals that are won is such a sum too, of amounts of 1: the Poisson-binomial
distribution. Exact by convolution where that is few steps; else the deals that matter most are
convolved, and the rest is taken as normal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest
from itertools import accumulate, pairwise
from math import ceil, erf, exp, gcd, pi, sqrt
from typing import Final

from dealflow.named import NamedTuple

MOST_STEPS: Final = 50_000
"""Additions that an exact distribution may take: some ten milliseconds."""
HEAD: Final = 6
"""So many chances, those of the largest variance, are exact in an approximation too."""

_ROUNDING: Final = 1e-12
_MOST_GUESSES: Final = 60


class Chance(NamedTuple):
    """`amount` (whole, not negative) comes with `probability`, else nothing."""

    probability: float
    amount: int


class Spread(NamedTuple):
    """Two quantiles of a sum; `exact` says whether they are of its exact distribution."""

    low: int
    high: int
    exact: bool


def mean(chances: Iterable[Chance]) -> float:
    """The expected value of the sum."""
    return sum(chance.probability * chance.amount for chance in chances)


def spread(chances: Sequence[Chance], low: float = 0.1, high: float = 0.9) -> Spread:
    """The quantiles of the sum: the least sums that are not exceeded with these probabilities."""
    sure = sum(chance.amount for chance in chances if chance.probability >= 1)
    open_ = [one for one in chances if 0 < one.probability < 1 and one.amount > 0]
    if steps(open_) <= MOST_STEPS:
        sums = sorted(distribution(open_).items())
        reached = list(accumulate(weight for _, weight in sums))
        least, most = (_least(sums, reached, share) for share in (low, high))
        return Spread(sure + least, sure + most, exact=True)
    least, most = _approximated(open_, (low, high))
    return Spread(sure + least, sure + most, exact=False)


def steps(chances: Sequence[Chance]) -> int:
    """How many additions the exact distribution takes, at most.

    After each chance there are at most twice as many sums, and no more than there are multiples of
    the amounts' greatest common divisor up to their sum.
    """
    unit = gcd(*(chance.amount for chance in chances)) or 1
    support, total, needed = 1, 0, 0
    for amount in sorted(chance.amount for chance in chances):
        needed += support
        if needed > MOST_STEPS:
            return needed
        total += amount
        support = min(2 * support, total // unit + 1)
    return needed


def poisson_binomial(probabilities: Iterable[float]) -> list[float]:
    """How likely 0, 1, 2 … of them come true."""
    found = [1.0]
    for p in probabilities:
        q = 1 - p
        between = [more * q + less * p for less, more in pairwise(found)]
        found = [found[0] * q, *between, found[-1] * p]
    return found


def distribution(chances: Iterable[Chance]) -> dict[int, float]:
    """Every sum there can be, with its probability."""
    ordered = sorted(chances, key=lambda chance: chance.amount)
    if ordered and 0 < ordered[0].amount == ordered[-1].amount:
        amount = ordered[0].amount
        counts = poisson_binomial(chance.probability for chance in ordered)
        return {number * amount: weight for number, weight in enumerate(counts)}
    found: Mapping[int, float] = {0: 1.0}
    for probability, amount in ordered:
        wider: dict[int, float] = defaultdict(float)
        for reached, weight in found.items():
            wider[reached] += weight * (1 - probability)
            wider[reached + amount] += weight * probability
        found = wider
    return dict(found)


def _least(sums: Sequence[tuple[int, float]], reached: Sequence[float], share: float) -> int:
    """The first sum up to which at least `share` of the probability lies."""
    return next(
        total for (total, _), upto in zip(sums, reached, strict=True) if upto >= share - _ROUNDING
    )


def _approximated(chances: Sequence[Chance], shares: Iterable[float]) -> list[int]:
    """Quantiles of the sum, the HEAD exact and the others normal by mean and variance.

    A sum falls on a multiple of the amounts' greatest common divisor: half of one is the usual
    correction for continuity.
    """
    variances = [_variance(chance) for chance in chances]
    head = nlargest(HEAD, range(len(chances)), key=variances.__getitem__)
    exact = mean(chances[at] for at in head)
    parts = [
        (reached - exact, weight)
        for reached, weight in distribution(chances[at] for at in head).items()
    ]
    rest = sqrt(sum(variances) - sum(variances[at] for at in head))
    centre, whole = mean(chances), sqrt(sum(variances))
    unit, top = gcd(*(chance.amount for chance in chances)), sum(c.amount for c in chances)
    found = (centre + _solved(parts, rest, whole, share) for share in shares)
    return [min(max(unit * ceil(end / unit - 0.5), 0), top) for end in found]


def _solved(parts: Sequence[tuple[float, float]], rest: float, whole: float, share: float) -> float:
    """Where a mixture of normal distributions around `parts`, each of deviation `rest`, reaches
    the share: by Newton's method, halving where that leaves the bracket.
    """
    low, high = -10 * whole, 10 * whole
    guess = 0.0
    for _ in range(_MOST_GUESSES):
        places = [((guess - at) / rest, weight) for at, weight in parts]
        missing = share - sum(weight * (1 + erf(z / sqrt(2))) / 2 for z, weight in places)
        low, high = (guess, high) if missing > 0 else (low, guess)
        density = sum(weight * exp(-z * z / 2) for z, weight in places) / (rest * sqrt(2 * pi))
        before, guess = guess, guess + missing / density if density else low - 1
        if not low < guess < high:
            guess = (low + high) / 2
        if abs(guess - before) <= _ROUNDING * whole:
            break
    return guess


def _variance(chance: Chance) -> float:
    return chance.probability * (1 - chance.probability) * float(chance.amount) ** 2
