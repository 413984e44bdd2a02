"""How sure a proportion is."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

from dealflow.results import Rate

_Z_95 = 1.959963984540054
"""Two-sided 95 % point of the normal distribution; a literal, as `statistics` is slow to import."""


def wilson(successes: int, trials: int, confidence: float = 0.95) -> Rate:
    """The proportion with its two-sided Wilson score interval; 0 of 0 is absent, not zero.

    Without continuity correction: E. B. Wilson, "Probable inference, the law of succession, and
    statistical inference", JASA 22 (1927) 209-212. ValueError unless 0 <= successes <= trials.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is not a proportion")
    if trials == 0:
        return Rate(0, 0, None, None, None)
    z = _z(confidence)
    failures = trials - successes
    centre = successes + z * z / 2
    reach = z * sqrt(successes * failures / trials + z * z / 4)
    # Of 0 of n the formula makes exactly 0, as sqrt(z * z) is exactly z; of n of n only nearly 1.
    low = (centre - reach) / (trials + z * z)
    high = (centre + reach) / (trials + z * z) if failures else 1.0
    return Rate(successes, trials, successes / trials, low, high)


class Difference(NamedTuple):
    """Of two proportions, the first less the second, with its 95 % interval; None: one is absent."""

    value: float | None
    low: float | None
    high: float | None


def newcombe(first: Rate, second: Rate) -> Difference:
    """The difference of two independent proportions, from their Wilson intervals.

    R. G. Newcombe, "Interval estimation for the difference between independent proportions",
    Statistics in Medicine 17 (1998) 873-890, method 10, without continuity correction.
    """
    if first.value is None or second.value is None:
        return Difference(None, None, None)
    assert first.low is not None and first.high is not None
    assert second.low is not None and second.high is not None
    apart = first.value - second.value
    down = sqrt((first.value - first.low) ** 2 + (second.high - second.value) ** 2)
    up = sqrt((first.high - first.value) ** 2 + (second.value - second.low) ** 2)
    return Difference(apart, apart - down, apart + up)


def _z(confidence: float) -> float:
    if confidence == 0.95:
        return _Z_95
    from statistics import NormalDist  # 10 ms that the usual 95 % never pays

    return NormalDist().inv_cdf(0.5 + confidence / 2)
