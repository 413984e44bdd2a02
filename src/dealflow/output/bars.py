"""What is drawn from characters: a rate with its interval, a bar from here to there, a curve.

A rate is a line from 0 to 100 %: thin where it is not, heavy over the interval, a dot on it.
Box-drawing characters come in halves, so a bar of 16 cells shows steps of about 3 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

THIN, HEAVY, DOT = "─", "━", "●"
_HEIGHTS = "▁▂▃▄▅▆▇█"
_CELLS = {(False, False): THIN, (False, True): "╼", (True, False): "╾", (True, True): HEAVY}

_PIECES = {(False, False): " ", (False, True): "╺", (True, False): "╸", (True, True): HEAVY}


def interval_bar(low: float, value: float, high: float, width: int) -> str:
    """`width` cells for 0 to 1: `───╼━●━━╾───────`. Needs 0 <= low <= value <= high <= 1."""
    halves = 2 * width
    start = min(floor(low * halves + 1e-9), halves - 1)
    end = max(ceil(high * halves - 1e-9), start + 1)
    heavy = [start <= half < end for half in range(halves)]
    cells = [_CELLS[heavy[at], heavy[at + 1]] for at in range(0, halves, 2)]
    cells[min(int(value * width), width - 1)] = DOT
    return "".join(cells)


def sparkline(shares: Sequence[float | None]) -> str:
    """A bar of eight heights for each share of 0 to 1; `·` where there is none."""
    return "".join(
        "·" if share is None else _HEIGHTS[min(int(share * len(_HEIGHTS)), len(_HEIGHTS) - 1)]
        for share in shares
    )


def heavy_part(bar: str) -> tuple[int, int]:
    """From where to where a bar is not thin: the part that carries the colour."""
    inner = bar.strip(THIN)
    start = bar.index(inner)
    return start, start + len(inner)


def span_bar(start: float, end: float, width: int) -> str:
    """A bar of `width` cells, heavy between the two, in either order; what is there is seen.

    Needs both within 0 and 1. Where they are equal nothing is drawn.
    """
    low, high = sorted((start, end))
    halves = 2 * width
    first = min(round(low * halves), halves - 1)
    last = max(round(high * halves), first + 1) if high > low else first
    heavy = [first <= half < last for half in range(halves)]
    return "".join(_PIECES[heavy[at], heavy[at + 1]] for at in range(0, halves, 2))
