"""How sure a proportion is."""

from __future__ import annotations

from math import exp, hypot, log, sqrt

from dealflow.results import Difference, Rate

Z_95 = 1.959963984540054
"""Two-sided 95 % point of the normal distribution; a literal, as `statistics` is slow to import."""
#: what sums of shares may be away from 0 and 1 for rounding alone
_NOTHING = 1e-12
#: from there on e to the power of it is no number any more
_FARTHEST = 700


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


def difference(one: Rate, other: Rate) -> Difference:
    """How much the one proportion is above the other, with its 95 % interval; absent for 0 of 0.

    Newcombe's hybrid score interval without continuity correction, of the two Wilson intervals:
    R. G. Newcombe, "Interval estimation for the difference between independent proportions",
    Statistics in Medicine 17 (1998) 873-890, method 10. Takes rates that `wilson` made at 95 %.
    """
    if one.value is None or other.value is None:
        return Difference(None, None, None)
    p, low, high = one.value, one.low or 0.0, one.high or 0.0
    q, other_low, other_high = other.value, other.low or 0.0, other.high or 0.0
    return Difference(
        p - q, p - q - hypot(p - low, other_high - q), p - q + hypot(high - p, q - other_low)
    )


def log_log(share: float, error: float) -> tuple[float, float] | None:
    """The 95 % interval of a share with this standard error, by way of ln(-ln share).

    It stays within 0 and 1: J. D. Kalbfleisch and R. L. Prentice, The Statistical Analysis of
    Failure Time Data (1980), 1.3. None for a share that is 0 or 1, rounding aside: no error says
    how sure that is.
    """
    if not _NOTHING < share < 1 - _NOTHING or error == 0:
        return None
    reach = Z_95 * error / (share * -log(share))
    return (share ** exp(reach), share ** exp(-reach)) if reach < _FARTHEST else (0.0, 1.0)


def _z(confidence: float) -> float:
    if confidence == 0.95:
        return Z_95
    from statistics import NormalDist  # 10 ms that the usual 95 % never pays

    return NormalDist().inv_cdf(0.5 + confidence / 2)
