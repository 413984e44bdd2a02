"""How a rep's figures stand to those of the others: only what chance does not explain is marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from dealflow.analytics.comparison import FALSE_DISCOVERIES, FEWEST_RESOLVED, adjusted, fisher_exact
from dealflow.analytics.intervals import difference, wilson
from dealflow.analytics.quantiles import median
from dealflow.analytics.ranking import rank_sum
from dealflow.named import NamedTuple
from dealflow.results import Difference, Rate

HIGHER: Final = "higher"
LOWER: Final = "lower"
LONGER: Final = "longer"
SHORTER: Final = "shorter"
Mark = Literal["higher", "lower", "longer", "shorter", "too few"]
TOO_FEW: Final = "too few"


class Share(NamedTuple):
    """A rep's count of something, and that of all reps together."""

    rep: str
    measure: str
    mine: tuple[int, int]
    """So many of so many."""
    all: tuple[int, int]


class Days(NamedTuple):
    """How often a rep's deals took so many days, and those of the others."""

    rep: str
    measure: str
    mine: Mapping[int, int]
    others: Mapping[int, int]


class Compared(NamedTuple):
    """A rep against the others: two rates with their difference, or two medians."""

    rep: str
    measure: str
    rate: Rate | None
    others: Rate | None
    difference: Difference | None
    days: float | None
    others_days: float | None
    p: float | None
    """Adjusted for everything compared on the page; None where there is too little."""
    mark: Mark | None


def compare(shares: Sequence[Share], days: Sequence[Days]) -> list[Compared]:
    """Everything in its order, shares first.

    Fisher's exact test, and Wilcoxon's rank-sum test of days; Benjamini-Hochberg at 5 % over both.
    Not tested is what has fewer than five of the rep's or of the others'.
    """
    found = [_of_share(one) for one in shares] + [_of_days(one) for one in days]
    tested = [at for at, one in enumerate(found) if one.p is not None]
    together = adjusted([found[at].p or 0.0 for at in tested])
    for at, p in zip(tested, together, strict=True):
        one = found[at]
        found[at] = one._replace(p=p, mark=one.mark if p <= FALSE_DISCOVERIES else None)
    return found


def _of_share(one: Share) -> Compared:
    mine = wilson(*one.mine)
    others = wilson(one.all[0] - one.mine[0], one.all[1] - one.mine[1])
    apart = difference(mine, others)
    if min(mine.trials, others.trials) < FEWEST_RESOLVED:
        return Compared(one.rep, one.measure, mine, others, apart, None, None, None, TOO_FEW)
    counts = [each for rate in (mine, others) for each in (rate.successes, _failures(rate))]
    mark: Mark = HIGHER if (apart.value or 0) > 0 else LOWER
    p = fisher_exact(*counts)
    return Compared(one.rep, one.measure, mine, others, apart, None, None, p, mark)


def _failures(rate: Rate) -> int:
    return rate.trials - rate.successes


def _of_days(one: Days) -> Compared:
    mine, others = median(one.mine), median(one.others)
    few = min(sum(one.mine.values()), sum(one.others.values())) < FEWEST_RESOLVED
    if few or mine is None or others is None:
        return Compared(one.rep, one.measure, None, None, None, mine, others, None, TOO_FEW)
    p = rank_sum(one.mine, one.others)
    mark: Mark | None = LONGER if mine > others else SHORTER if mine < others else None
    return Compared(one.rep, one.measure, None, None, None, mine, others, p, mark)
