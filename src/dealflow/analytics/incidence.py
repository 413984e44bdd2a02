"""In which of several ways stays end, and by when, while some have not ended yet."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from math import sqrt

from dealflow.analytics.intervals import log_log
from dealflow.frozen import Frozen
from dealflow.named import NamedTuple
from dealflow.results import Rate


class Step(NamedTuple):
    """A duration at which stays ended in one way, and what is known of it from there on."""

    duration: int
    share: float
    """Of all stays, the share that has ended in this way within the duration."""
    error: float
    """Standard error of the share."""
    ended: int
    """How many have been seen to end in this way by then."""


class Incidence(Frozen, kw_only=False):
    """Shares of stays that end in each way within each duration; they and the rest make 1."""

    ways: Mapping[str, tuple[Step, ...]]
    number: int
    last: int | None
    """The longest duration of any stay, whether it ended or not; None where there are none."""
    complete: bool
    """Whether every stay of the longest duration has ended: then nothing is left to happen."""

    def within(self, way: str, duration: int) -> Rate:
        """The share that ends in this way within the duration, with its 95 % interval.

        Its counts are those seen, of all stays. Absent beyond the last stay that was watched, and
        where there are none. The interval is F ** exp(±z·se / (F·ln F)), that of ln(-ln F):
        J. B. Choudhury, Statistics in Medicine 21 (2002) 1129-1144; absent for 0 and for 1.
        """
        step = self._step(way, duration)
        if self.last is None or (duration > self.last and not self.complete):
            return Rate(step.ended, self.number, None, None, None)
        low, high = log_log(step.share, step.error) or (None, None)
        return Rate(step.ended, self.number, min(step.share, 1.0), low, high)

    def _step(self, way: str, duration: int) -> Step:
        steps = self.ways.get(way, ())
        place = bisect_right(steps, duration, key=lambda step: step.duration)
        return steps[place - 1] if place else Step(0, 0.0, 0.0, 0)


def aalen_johansen(
    ended: Mapping[str, Mapping[int, int]],
    censored: Mapping[int, int],
    until: int | None = None,
) -> Incidence:
    """The cumulative incidence of each way to end, from how many ended so, and are still going.

    With `until`, it is worked out up to that duration, and is not to be asked beyond it. Durations
    are whole numbers of any one unit; a stay censored at t was at risk at t. Who ended in one way
    can end in no other: counting those as still going, as one Kaplan-Meier curve for each way
    does, says too much. O. O. Aalen and S. Johansen, Scandinavian Journal of Statistics 5 (1978)
    141-150; the variance by the delta method, as in E. Marubini and M. G. Valsecchi, Analysing
    Survival Data (1995), 10.12.
    """
    number = sum(map(_all, ended.values())) + _all(censored)
    durations = sorted({*censored, *(d for counts in ended.values() for d in counts)})
    found, at_risk, survival, square = {}, number, 1.0, 0.0
    for duration in durations:
        leaving = sum([counts.get(duration, 0) for counts in ended.values()])
        if leaving:
            # Where all that are left leave, nothing comes after, and nothing is unsure of it.
            weight = leaving / (at_risk * (at_risk - leaving)) if at_risk > leaving else 0.0
            found[duration] = _End(at_risk, survival, square, weight)
            square += weight
            survival *= (at_risk - leaving) / at_risk
        at_risk -= leaving + censored.get(duration, 0)
    return Incidence(
        ways={way: _steps(found, counts, until) for way, counts in ended.items()},
        number=number,
        last=durations[-1] if durations else None,
        complete=bool(durations) and survival == 0,
    )


def _all(counts: Mapping[int, int]) -> int:
    return sum(counts.values())


class _End(NamedTuple):
    """A duration at which stays ended, in whatever way; as it was just before."""

    at_risk: int
    survival: float
    square: float
    """The sum of the weights before."""
    weight: float
    """d/(n(n-d)), of n at risk and d leaving."""


def _steps(
    ends: Mapping[int, _End], counts: Mapping[int, int], until: int | None
) -> tuple[Step, ...]:
    """One way's curve: it stands still, and so does its error, where stays end in other ways.

    The variance of a share F is kept as sums, so that each duration is looked at once. With n at
    risk, d leaving, c of them in this way, and S the share that was still there, it is the sum of
    (F - Fj)² d/(n(n-d)) + S² (n-c)c/n³ - 2 (F - Fj) S c/n² over the durations so far.
    """
    share = square = linear = fixed = 0.0
    seen = 0
    found = []
    for duration in sorted(counts):
        c = counts[duration]
        if not c or (until is not None and duration > until):
            continue
        n, survival, before, weight = ends[duration]
        others = before - square
        linear += 2 * others * share
        fixed += others * share**2
        share += survival * c / n
        seen += c
        mixed = survival * c / n**2
        square = before + weight
        linear += 2 * (weight * share + mixed)
        fixed += weight * share**2 + survival**2 * (n - c) * c / n**3 + 2 * share * mixed
        variance = square * share**2 - linear * share + fixed
        found.append(Step(duration, share, sqrt(max(variance, 0.0)), seen))
    return tuple(found)
