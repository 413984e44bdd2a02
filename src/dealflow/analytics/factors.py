"""What goes with winning, when many things are looked at together.

Each group is the deals that have something in common; it is held against all the others. That is an
association: whoever has it may differ in other ways too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from dealflow.analytics.comparison import FALSE_DISCOVERIES, adjusted, fisher_exact
from dealflow.analytics.intervals import difference, wilson
from dealflow.named import NamedTuple
from dealflow.results import Difference, Rate

#: closed deals that there must be on either side
FEWEST: Final = 10
MORE: Final = "more often"
LESS: Final = "less often"


class Group(NamedTuple):
    """Closed deals that have something in common, of a whole."""

    factor: str
    level: str
    won: int
    closed: int


class Whole(NamedTuple):
    """All the deals that are compared."""

    won: int
    closed: int


class Found(NamedTuple):
    """A group against the others."""

    factor: str
    level: str
    rate: Rate
    others: Rate
    difference: Difference
    p: float
    adjusted_p: float
    """Of Fisher's exact test, adjusted for all groups tested: Benjamini-Hochberg."""
    mark: Literal["more often", "less often"] | None
    """Whether it is won more or less often, beyond what chance explains."""


def judge(groups: Sequence[Group], whole: Whole) -> list[Found]:
    """The groups that are large enough to be tested, the strongest evidence first.

    Fisher's exact test against what of the whole is not in the group, Benjamini-Hochberg at 5 %
    over all of them; equals by the size of the difference, then by name.
    """
    tested = [one for one in groups if one.closed >= FEWEST and whole.closed - one.closed >= FEWEST]
    p_values = [_p(one, whole) for one in tested]
    both = zip(tested, p_values, adjusted(p_values), strict=True)
    found = [_found(one, whole, (p, together)) for one, p, together in both]
    return sorted(found, key=_strongest)


def _p(one: Group, whole: Whole) -> float:
    won, lost = whole.won - one.won, whole.closed - one.closed - (whole.won - one.won)
    return fisher_exact(one.won, one.closed - one.won, won, lost)


def _found(one: Group, whole: Whole, evidence: tuple[float, float]) -> Found:
    rate = wilson(one.won, one.closed)
    others = wilson(whole.won - one.won, whole.closed - one.closed)
    apart = difference(rate, others)
    mark: Literal["more often", "less often"] | None = None
    if evidence[1] <= FALSE_DISCOVERIES:
        mark = MORE if (apart.value or 0) > 0 else LESS
    return Found(one.factor, one.level, rate, others, apart, *evidence, mark)


def _strongest(one: Found) -> tuple[float, float, str, str]:
    return one.p, -abs(one.difference.value or 0), one.factor, one.level
