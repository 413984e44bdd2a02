"""How good probabilities were, once it is known what happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from math import erfc, sqrt
from typing import Final, Literal

from dealflow.analytics.comparison import FALSE_DISCOVERIES, FEWEST_RESOLVED, TOO_FEW, adjusted
from dealflow.analytics.intervals import wilson
from dealflow.analytics.sums import MOST_STEPS, Chance, poisson_binomial, steps
from dealflow.named import NamedTuple
from dealflow.results import Rate

BINS: Final = 10
TOO_HIGH: Final = "too high"
TOO_LOW: Final = "too low"
Verdict = Literal["too high", "too low", "too few"]

#: a probability that was given, and whether the deal was won
Pair = tuple[float, bool]


def brier(pairs: Sequence[Pair]) -> float | None:
    """The mean squared distance of the probabilities from what happened, 0 (perfect) to 1.

    G. W. Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather
    Review 78 (1950) 1-3, in the form for one event. None of nothing.
    """
    if not pairs:
        return None
    return sum((probability - won) ** 2 for probability, won in pairs) / len(pairs)


def reference(pairs: Sequence[Pair]) -> float | None:
    """The Brier score of giving each the share that was won in the end: r (1 - r)."""
    if not pairs:
        return None
    share = sum(won for _, won in pairs) / len(pairs)
    return share * (1 - share)


def skill(pairs: Sequence[Pair]) -> float | None:
    """1 - score / reference: 1 is perfect, 0 no better than the share. None where that is 0."""
    score, base = brier(pairs), reference(pairs)
    return None if score is None or not base else 1 - score / base


class Bin(NamedTuple):
    """The probabilities from `low` up to, not including, `high`; the last includes 1."""

    low: float
    high: float
    number: int
    mean: float
    """Of the probabilities."""
    won: Rate


def calibration(pairs: Iterable[Pair], bins: int = BINS) -> list[Bin]:
    """Probabilities in bins of equal width, each against the share that was won; empty ones out."""
    held: dict[int, list[Pair]] = defaultdict(list)
    for pair in pairs:
        held[min(int(pair[0] * bins), bins - 1)].append(pair)
    return [
        Bin(
            place / bins,
            (place + 1) / bins,
            len(some),
            sum(probability for probability, _ in some) / len(some),
            wilson(sum(won for _, won in some), len(some)),
        )
        for place, some in sorted(held.items())
    ]


def miscalibration(pairs: Sequence[Pair]) -> float | None:
    """The two-sided p-value that calibrated probabilities would score so; None where all are sure.

    D. J. Spiegelhalter, "Probabilistic prediction in patient management and clinical trials",
    Statistics in Medicine 5 (1986) 421-433: the Brier score against its expectation.
    """
    distance = sum((won - p) * (1 - 2 * p) for p, won in pairs)
    variance = sum((1 - 2 * p) ** 2 * p * (1 - p) for p, _ in pairs)
    return erfc(abs(distance) / sqrt(2 * variance)) if variance else None


def misfit(pairs: Sequence[Pair]) -> float | None:
    """The p-value that calibrated probabilities are so far off: as a whole, or one by one.

    The smaller of two, adjusted for both (Benjamini-Hochberg): twice the tail of the number of
    wins, and Spiegelhalter's, which a shift of all probabilities can escape. None of nothing.
    """
    if not pairs:
        return None
    each = miscalibration(pairs)
    return min(adjusted([surprise(pairs), 1.0 if each is None else each]))


class Bias(NamedTuple):
    """What was said of a group's deals, and what happened."""

    number: int
    expected: float
    """The sum of the probabilities."""
    won: int
    verdict: Verdict | None
    """Whether the probabilities were too high or too low beyond chance; None: no telling."""

    @property
    def bias(self) -> float:
        """The mean probability less the share won: above 0 is too high."""
        return (self.expected - self.won) / self.number


def biases(groups: Mapping[str, Sequence[Pair]]) -> dict[str, Bias]:
    """Each group's bias, judged by how likely so many, or so few, wins were.

    The two-sided p-value is twice the smaller tail of the Poisson-binomial distribution;
    Benjamini-Hochberg at 5 % over the groups with at least five deals.
    """
    judged = [name for name, pairs in groups.items() if len(pairs) >= FEWEST_RESOLVED]
    p_values = adjusted([surprise(groups[name]) for name in judged])
    off = {name for name, p in zip(judged, p_values, strict=True) if p <= FALSE_DISCOVERIES}
    return {name: _bias(pairs, name in off) for name, pairs in groups.items() if pairs}


def _bias(pairs: Sequence[Pair], off: bool) -> Bias:
    expected, won = sum(p for p, _ in pairs), sum(happened for _, happened in pairs)
    verdict: Verdict | None = TOO_FEW if len(pairs) < FEWEST_RESOLVED else None
    if off:
        verdict = TOO_HIGH if expected > won else TOO_LOW
    return Bias(len(pairs), expected, won, verdict)


def surprise(pairs: Sequence[Pair]) -> float:
    """How likely a number of wins at least so far out is, on either side, if calibrated."""
    chances = [Chance(probability, 1) for probability, _ in pairs]
    won = sum(happened for _, happened in pairs)
    if steps(chances) > MOST_STEPS:
        variance = sum(p * (1 - p) for p, _ in pairs)
        distance = max(abs(won - sum(p for p, _ in pairs)) - 0.5, 0)
        return erfc(distance / sqrt(2 * variance)) if variance else float(distance == 0)
    reached = list(accumulate(poisson_binomial(probability for probability, _ in pairs)))
    below, above = reached[won], 1 - (reached[won - 1] if won else 0.0)
    return min(1.0, 2 * max(min(below, above), 0.0))
