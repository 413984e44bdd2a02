"""Close rates of groups, in an order that small numbers cannot lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from dealflow.analytics.comparison import Mark, compare_groups
from dealflow.analytics.intervals import wilson
from dealflow.analytics.quantiles import median
from dealflow.named import NamedTuple
from dealflow.results import Rate


class GroupCounts(NamedTuple):
    """A group's deals by outcome; amounts in minor units of one currency, the same for all.

    An amount is None where a part of it is not known in that currency.
    """

    name: str
    won: int
    lost: int
    void: int = 0
    open: int = 0
    won_minor: int | None = 0
    lost_minor: int | None = 0
    days_to_win: Mapping[int, int] = MappingProxyType({})
    """How many deals were won after each number of days from creation."""


class CloseRate(NamedTuple):
    """A group's counts with what they say; void and open deals are in no rate."""

    counts: GroupCounts
    rate: Rate
    value_rate: float | None
    """Share of the resolved amount that was won: a proportion of money, so without interval.

    None for 0 of 0, and where a part of either amount is not known.
    """
    median_days: float | None
    """From creation to win, over the deals won."""
    mark: Mark | None


def judge(groups: Sequence[GroupCounts], whole: GroupCounts | None = None) -> list[CloseRate]:
    """Each group's close rate, and whether it stands out from the rest; surest high rate first.

    The rest is what of the `whole` is not in the group; without one, the other groups. Sorted by
    the interval's lower bound, nothing resolved last; then more resolved, then name.
    """
    marks = compare_groups(
        [(group.won, group.lost) for group in groups], whole and (whole.won, whole.lost)
    )
    rows = [rated(group, mark) for group, mark in zip(groups, marks, strict=True)]
    return sorted(rows, key=_standing)


def rated(group: GroupCounts, mark: Mark | None = None) -> CloseRate:
    """What a group's counts say by themselves."""
    return CloseRate(
        counts=group,
        rate=wilson(group.won, group.won + group.lost),
        value_rate=_value_rate(group.won_minor, group.lost_minor),
        median_days=median(group.days_to_win),
        mark=mark,
    )


def _value_rate(won: int | None, lost: int | None) -> float | None:
    if won is None or lost is None or won + lost == 0:
        return None
    return won / (won + lost)


def _standing(row: CloseRate) -> tuple[float, int, str]:
    # No bound counts as 0 here, and no trials put it behind those that have won nothing.
    return -(row.rate.low or 0.0), -row.rate.trials, row.counts.name
