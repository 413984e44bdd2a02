"""At which past instants open deals are looked at, to learn from what became of them.

Whoever asks sees the deals that are open *now*. So one learns from the deals that were open at
earlier instants, as they stood then: slow deals are seen at several, deals that came and went
between two at none, as they would be now.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

DAY = 86_400
#: so many looks at deals are enough to learn from, and soon learnt from
MOST_LOOKS = 2_500
#: … and of each deal so many on average
LOOKS_EACH = 3
MOST_SECTIONS = 120
MOST_YEARS = 3
#: share of the deals open then that must have been closed by now, else those that end soon tell all
RESOLVED = 0.5


class Span(NamedTuple):
    """From when to when a deal was open; `closed_at` None: it still is."""

    created_at: int
    closed_at: int | None


def sections(spans: Sequence[Span], now: int) -> list[int]:
    """The instants, the earliest first: evenly apart, going back from now.

    As near together as the number of looks allows, at least a day; none where more than half of the
    deals that were open then still are.
    """
    ended = [span for span in spans if span.closed_at is not None]
    if not ended:
        return []
    first = max(min(span.created_at for span in ended), now - MOST_YEARS * 365 * DAY)
    lived = sum(
        max(span.closed_at - max(span.created_at, first), 0)
        for span in ended
        if span.closed_at is not None
    )
    apart = max(
        lived // min(MOST_LOOKS, LOOKS_EACH * len(ended)), (now - first) // MOST_SECTIONS, DAY
    )
    instants = range(now - apart, first - 1, -apart)
    return sorted(_settled(spans, list(instants)))


def _settled(spans: Sequence[Span], instants: Sequence[int]) -> list[int]:
    """Those of which enough deals that were open then have been closed since."""
    ordered = sorted(instants)
    open_then, closed_since = [0] * (len(ordered) + 1), [0] * (len(ordered) + 1)
    for created_at, closed_at in spans:
        start = bisect_left(ordered, created_at)
        end = len(ordered) if closed_at is None else bisect_left(ordered, closed_at)
        for counts in (open_then, *([closed_since] if closed_at is not None else [])):
            counts[start] += 1
            counts[max(end, start)] -= 1
    both = zip(ordered, accumulate(open_then), accumulate(closed_since), strict=False)
    return [at for at, were, ended in both if were and ended >= RESOLVED * were]
