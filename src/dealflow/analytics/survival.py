"""How long stays last when some have not ended yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import sqrt

from dealflow.analytics.intervals import log_log
from dealflow.frozen import Frozen
from dealflow.named import NamedTuple

_ROUNDING = 1 + 1e-9
"""A product of fractions that is a half on paper may miss it by the last digit."""


class Point(NamedTuple):
    """A duration at which stays ended, and the share that lasted longer than it."""

    duration: int
    at_risk: int
    ended: int
    survival: float


class Curve(Frozen, kw_only=False):
    """Share of stays lasting longer than each duration; durations ascend, survival falls."""

    points: tuple[Point, ...]

    def quantile(self, q: float) -> int | None:
        """The shortest duration within which the share `q` has ended; None if not reached yet.

        The smallest t with S(t) <= 1 - q, in the unit of the durations. ValueError unless
        0 < q <= 1.
        """
        if not 0 < q <= 1:
            raise ValueError(f"not a share: {q}")
        remaining = (1 - q) * _ROUNDING
        return next((point.duration for point in self.points if point.survival <= remaining), None)

    def quantile_interval(self, q: float) -> tuple[int | None, int | None]:
        """The 95 % interval of a quantile; None where the band has not come down to it yet.

        From the first duration at which the lower end of the curve's pointwise band is at 1 - q or
        below, to the first at which the upper one is below. R. Brookmeyer and J. Crowley,
        "A confidence interval for the median survival time", Biometrics 38 (1982) 29-41.
        """
        remaining, low = 1 - q, None
        for duration, lower, upper in self._band():
            if low is None and lower <= remaining:
                low = duration
            if upper < remaining:
                return low, duration
        return low, None

    def _band(self) -> Iterator[tuple[int, float, float]]:
        """Each duration with the 95 % interval of the share that lasts longer.

        Variance after M. Greenwood (1926); for the interval see `log_log`.
        """
        variance = 0.0
        for duration, at_risk, ended, survival in self.points:
            if at_risk == ended:
                yield duration, 0.0, 0.0
                continue
            variance += ended / (at_risk * (at_risk - ended))
            low, high = log_log(survival, survival * sqrt(variance)) or (survival, survival)
            yield duration, low, high

    @property
    def median(self) -> int | None:
        return self.quantile(0.5)

    @property
    def p90(self) -> int | None:
        return self.quantile(0.9)


def kaplan_meier(ended: Mapping[int, int], censored: Mapping[int, int]) -> Curve:
    """The product-limit curve, from how many stays ended and are still going at each duration.

    Durations are whole numbers of any one unit (the reports use hours). A stay censored at t was
    at risk at t. E. L. Kaplan and P. Meier, "Nonparametric estimation from incomplete
    observations", JASA 53 (1958) 457-481.
    """
    at_risk = sum(ended.values()) + sum(censored.values())
    survival = 1.0
    points: list[tuple[int, int, int, float]] = []
    for duration in sorted(ended.keys() | censored.keys()):
        leaving = ended.get(duration, 0)
        if leaving:
            survival *= (at_risk - leaving) / at_risk
            points.append((duration, at_risk, leaving, survival))
        at_risk -= leaving + censored.get(duration, 0)
    return Curve(tuple(map(Point._make, points)))
