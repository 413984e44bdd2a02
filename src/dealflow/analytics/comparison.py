"""Whether groups differ by more than chance, when many are looked at together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from math import inf
from typing import Final, Literal

from dealflow.analytics.intervals import difference
from dealflow.results import Rate

ABOVE: Final = "above"
BELOW: Final = "below"
TOO_FEW: Final = "too few"
Mark = Literal["above", "below", "too few"]
UP: Final = "up"
DOWN: Final = "down"
Change = Literal["up", "down", "too few"]

FEWEST_RESOLVED: Final = 5
"""Won and lost together; a group with fewer is not judged."""

FALSE_DISCOVERIES: Final = 0.05
"""Share of the marked groups that may be marked by chance."""

_TIE = 1 + 1e-7
"""Tables this close in probability are equally likely (rounding aside); R takes the same."""

_NEGLIGIBLE = 1e-18


def fisher_exact(a: int, b: int, c: int, d: int) -> float:
    """Two-sided p-value of Fisher's exact test on the table [[a, b], [c, d]].

    Sums every table with the same margins that is no likelier than the one seen: R. A. Fisher,
    "The logic of inductive inference", JRSS 98 (1935) 39-82; the two-sided rule is the usual one
    of R and SciPy. Values below about 1e-300 come out as 0. ValueError for a negative count.
    """
    if min(a, b, c, d) < 0:
        raise ValueError(f"a count is negative: {a}, {b}, {c}, {d}")
    # whichever group comes first, the value is the same to the last digit: those who have something
    # and those who have not are equals, and lists put equals in order by more than rounding
    (a, b), (c, d) = sorted(((a, b), (c, d)))
    seen = total = 1.0
    for weight in chain(_beyond(a, b, c, d), _beyond(b, a, d, c)):
        total += weight
        if weight <= _TIE:
            seen += weight
    return seen / total


def _beyond(a: int, b: int, c: int, d: int) -> Iterator[float]:
    """Probabilities of the tables with a greater `a`, relative to this one, until negligible.

    Each follows from the one before, which keeps thirteen digits where logarithms of factorials
    keep eight at a million deals. They rise to the mode at most once, so a small one ends it.
    """
    weight = 1.0
    while b and c and _NEGLIGIBLE < weight < inf:
        weight *= (b * c) / ((a + 1) * (d + 1))
        yield weight
        a, b, c, d = a + 1, b - 1, c - 1, d + 1


def adjusted(p_values: Sequence[float]) -> list[float]:
    """Each p-value adjusted for the number of them: the smallest q at which it would be found.

    Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", JRSS B 57 (1995) 289-300.
    """
    count = len(p_values)
    least = 1.0
    result = [least] * count
    descending = sorted(range(count), key=p_values.__getitem__, reverse=True)
    for place, index in enumerate(descending):
        least = min(least, p_values[index] * count / (count - place))
        result[index] = least
    return result


def benjamini_hochberg(p_values: Sequence[float], q: float = FALSE_DISCOVERIES) -> list[bool]:
    """Which of the p-values are discoveries at a false discovery rate of `q`."""
    return [value <= q for value in adjusted(p_values)]


def compare_groups(
    groups: Sequence[tuple[int, int]], whole: tuple[int, int] | None = None
) -> list[Mark | None]:
    """For each (won, lost): how its rate stands to that of all the others; None: no telling.

    Fisher's test against what of the `whole` is not in the group, Benjamini-Hochberg at 5 % over
    the groups tested. Without a `whole` it is the sum of the groups, which then must not overlap.
    A group too small to be tested still belongs to the others of those that are. ValueError for
    a group that is more than the whole.
    """
    return compare_families([(groups, whole)])[0]


Family = tuple[Sequence[tuple[int, int]], tuple[int, int] | None]


def compare_families(families: Sequence[Family]) -> list[list[Mark | None]]:
    """As `compare_groups` for each family of groups, corrected for all of them together."""
    marks: list[list[Mark | None]] = [
        [TOO_FEW if won + lost < FEWEST_RESOLVED else None for won, lost in groups]
        for groups, _ in families
    ]
    tested = [
        (family, place, (*group, whole[0] - group[0], whole[1] - group[1]))
        for family, (groups, told) in enumerate(families)
        for whole in [told or (sum(won for won, _ in groups), sum(lost for _, lost in groups))]
        for place, group in enumerate(groups)
        if marks[family][place] is None
    ]
    differs = benjamini_hochberg([fisher_exact(*table) for _, _, table in tested])
    for (family, place, table), found in zip(tested, differs, strict=True):
        if found:
            marks[family][place] = ABOVE if table[0] * table[3] > table[2] * table[1] else BELOW
    return marks


def compare_pairs(pairs: Sequence[tuple[Rate, Rate]]) -> list[Change | None]:
    """For each rate and the one to compare it with: whether it went up or down; None: no telling.

    It did where Fisher's test survives Benjamini-Hochberg at 5 % over the pairs tested, and the
    interval of the difference excludes 0. With fewer than five trials on either side: too few.
    """
    changes: list[Change | None] = [
        TOO_FEW if min(one.trials, other.trials) < FEWEST_RESOLVED else None for one, other in pairs
    ]
    tested = [place for place, change in enumerate(changes) if change is None]
    differs = benjamini_hochberg([fisher_exact(*_table(*pairs[place])) for place in tested])
    for place, found in zip(tested, differs, strict=True):
        _, low, high = difference(*pairs[place])
        if found and low is not None and high is not None and not low <= 0 <= high:
            changes[place] = UP if low > 0 else DOWN
    return changes


def _table(one: Rate, other: Rate) -> tuple[int, int, int, int]:
    return (
        one.successes,
        one.trials - one.successes,
        other.successes,
        other.trials - other.successes,
    )
