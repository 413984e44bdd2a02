"""Many deals moved at once: what somebody did deal by deal, or caught up on in an hour."""

from __future__ import annotations

from collections.abc import Sequence

from dealflow.named import NamedTuple

#: seconds in which, and distinct deals from which on, moves are a burst
SPAN, MANY = 3600, 5


class Burst(NamedTuple):
    """The first and the last moment, and the deals in the order of their first move."""

    start: int
    end: int
    deals: tuple[int, ...]


def bursts(moves: Sequence[tuple[int, int]]) -> list[Burst]:
    """Bursts in one person's moves, given as (instant, deal) in order of time; none overlap."""
    found: list[Burst] = []
    at = 0
    while at < len(moves):
        start = moves[at][0]
        inside = [move for move in moves[at:] if move[0] <= start + SPAN]
        deals = tuple(dict.fromkeys(deal for _, deal in inside))
        if len(deals) >= MANY:
            found.append(Burst(start, inside[-1][0], deals))
            at += len(inside)
        else:
            at += 1
    return found
