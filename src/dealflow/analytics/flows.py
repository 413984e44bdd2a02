"""From what came and went to a balance: opening, every change in its line, closing.

A change of an open value is told once: a deal that grew before it was won left with what it was
worth then, so that won is what was won, and growth is growth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dealflow.named import NamedTuple

OPENING, CLOSING = "opening", "closing"
NEW, REOPENED, PULLED_IN, MOVED_IN = "new", "reopened", "pulled_in", "moved_in"
GREW, SHRANK, CURRENCY = "grew", "shrank", "currency_changed"
PUSHED_OUT, MOVED_OUT = "pushed_out", "moved_out"
WON, LOST, VOID = "won", "lost", "void"
RATES = "rates"

#: in the order of a waterfall: what adds before what takes away, so that no bar falls below zero
LINES = (
    *(OPENING, NEW, REOPENED, PULLED_IN, MOVED_IN, GREW, SHRANK, CURRENCY),
    *(PUSHED_OUT, MOVED_OUT, WON, LOST, VOID, RATES, CLOSING),
)
#: what brings deals, and what takes them: the other lines change what they are worth
CAME = (NEW, REOPENED, PULLED_IN, MOVED_IN)
WENT = (PUSHED_OUT, MOVED_OUT, WON, LOST, VOID)


class Step(NamedTuple):
    """A line of the balance with its change, and from where to where that takes the value."""

    line: str
    change: int
    start: int
    end: int


def waterfall(changes: Sequence[tuple[str, int]]) -> list[Step]:
    """Each line's change with the running value before and after; opening and closing from 0."""
    found, value = [], 0
    for line, change in changes:
        start = 0 if line in {OPENING, CLOSING} else value
        value = start + change
        found.append(Step(line, change, start, value))
    return found


def spans(steps: Sequence[Step]) -> Iterator[tuple[float, float] | None]:
    """Each step as shares of the highest value that is reached; None where nothing changes."""
    most = max((max(step.start, step.end) for step in steps), default=0)
    for step in steps:
        if most <= 0 or step.start == step.end:
            yield None
        else:
            yield _share(step.start, most), _share(step.end, most)


def _share(value: int, most: int) -> float:
    return min(max(value / most, 0.0), 1.0)
