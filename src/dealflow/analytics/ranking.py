"""How well scores order what happened, and how near to it they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import erfc, sqrt


def auc(scores: Sequence[float], won: Sequence[int]) -> float | None:
    """How often one that was won has the higher score of two; ties count half. None of one kind.

    The area under the ROC curve is the Mann-Whitney statistic by the number of pairs: J. A. Hanley
    and B. J. McNeil, Radiology 143 (1982) 29-36.
    """
    wins = sum(won)
    losses = len(won) - wins
    if not wins or not losses:
        return None
    ordered = sorted(zip(scores, won, strict=True))
    ranks, at = 0.0, 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        ranks += (at + 1 + end) / 2 * sum(win for _, win in ordered[at:end])
        at = end
    return (ranks - wins * (wins + 1) / 2) / (wins * losses)


def rank_sum(these: Mapping[int, int], others: Mapping[int, int]) -> float:
    """Two-sided p-value that these values lie where the others do, given how often each occurs.

    Wilcoxon's rank-sum test, normal approximation with correction for ties and for continuity:
    H. B. Mann and D. R. Whitney, Ann. Math. Statist. 18 (1947) 50-60. 1 where either is empty.
    """
    first, second = sum(these.values()), sum(others.values())
    number = first + second
    if not first or not second:
        return 1.0
    ranks = ties = 0.0
    upto = 0
    for value in sorted({*these, *others}):
        here = these.get(value, 0) + others.get(value, 0)
        ranks += these.get(value, 0) * (upto + (here + 1) / 2)
        ties += here**3 - here
        upto += here
    above = ranks - first * (first + 1) / 2 - first * second / 2
    spread = first * second / 12 * ((number + 1) - ties / (number * (number - 1)))
    if spread <= 0:
        return 1.0
    return erfc(max(abs(above) - 0.5, 0.0) / sqrt(spread) / sqrt(2))
