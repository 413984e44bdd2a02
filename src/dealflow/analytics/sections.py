"""At which past instants open deals are looked at, to learn from what became of them.

Whoever asks sees the deals that are open *now*. So one learns from the deals that were open at
earlier instants, as they stood then: slow deals are seen at several, deals that came and went
between two at none, as they would be now.
"""

from __future__ import annotations

from collections.abc import Sequence

from dealflow.named import NamedTuple

DAY = 86_400
#: so many looks at deals are enough to learn from, and soon learnt from
MOST_LOOKS = 2_500
#: … and of each deal so many on average
LOOKS_EACH = 3
MOST_SECTIONS = 120
MOST_YEARS = 3


class Span(NamedTuple):
    """From when to when a deal was open; `closed_at` None: it still is."""

    created_at: int
    closed_at: int | None


def sections(spans: Sequence[Span], now: int) -> list[int]:
    """The instants, the earliest first: evenly apart, going back from now.

    As near together as the number of looks allows, at least a day apart; and at least as long ago
    as half of the closed deals took: of those open since, only the ones that end soon have ended.
    """
    ended = [span for span in spans if span.closed_at is not None]
    if not ended:
        return []
    first = max(min(span.created_at for span in ended), now - MOST_YEARS * 365 * DAY)
    took = sorted(_within(span, first) for span in ended)
    looks = min(MOST_LOOKS, LOOKS_EACH * len(ended))
    apart = max(sum(took) // looks, (now - first) // MOST_SECTIONS, DAY)
    last = now - max(median_low(took), apart)
    return sorted(range(last, first - 1, -apart))


def _within(span: Span, first: int) -> int:
    """How long it was open from `first` on."""
    return max((span.closed_at or 0) - max(span.created_at, first), 0)


def median_low(ordered: Sequence[int]) -> int:
    """The middle of values in their order; of an even number the lower one."""
    return ordered[(len(ordered) - 1) // 2]
