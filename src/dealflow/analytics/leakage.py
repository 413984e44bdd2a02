"""Where the funnel leaks: what the fates of the deals in each stage say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dealflow.analytics.comparison import ABOVE, compare_groups
from dealflow.analytics.intervals import wilson
from dealflow.named import NamedTuple
from dealflow.results import Rate


class StageCounts(NamedTuple):
    """The fates of those that entered a stage; `skipped` went past it and did not enter."""

    stage: str
    entered: int
    advanced: int
    returned: int
    lost: int
    void: int
    still: int
    skipped: int = 0


class StageLeak(NamedTuple):
    """A stage's counts with what they say: shares of advanced + lost, nothing else."""

    counts: StageCounts
    advance: Rate
    leak: Rate


def accounts_for_all(counts: StageCounts) -> bool:
    """Whether every deal that entered has exactly one fate."""
    fates = counts.advanced + counts.returned + counts.lost + counts.void + counts.still
    return counts.entered == fates


def judge(stages: Iterable[StageCounts]) -> list[StageLeak]:
    """Each stage's advance and leak rate; deals returned, void or still there are in neither."""
    return [_judge_stage(counts) for counts in stages]


def _judge_stage(counts: StageCounts) -> StageLeak:
    decided = counts.advanced + counts.lost
    return StageLeak(counts, wilson(counts.advanced, decided), wilson(counts.lost, decided))


def worst_leak(rows: Sequence[StageLeak]) -> str | None:
    """The stage whose leak stands out, or None where the counts do not support naming one.

    Its interval must lie wholly above the pooled leak rate of the other stages, and Fisher's test
    must mark it above them (`compare_groups`): the interval alone names some stage in every third
    world where all leak alike. Of several the one with the highest lower bound, then the earliest.
    """
    counts = [(row.leak.successes, row.advance.successes) for row in rows]
    lost, decided = sum(pair[0] for pair in counts), sum(map(sum, counts))
    named, highest = None, 0.0
    for row, mark in zip(rows, compare_groups(counts), strict=True):
        rest = wilson(lost - row.leak.successes, decided - row.leak.trials).value
        low = row.leak.low
        if mark != ABOVE or low is None or rest is None:
            continue
        if low > max(rest, highest):
            named, highest = row.counts.stage, low
    return named
