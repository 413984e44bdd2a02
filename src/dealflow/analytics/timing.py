"""How long something takes, and how it ends: what counts of durations come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from dealflow.analytics.incidence import Incidence, aalen_johansen
from dealflow.analytics.survival import Curve, kaplan_meier
from dealflow.named import NamedTuple


class Timing(NamedTuple):
    """Durations in one unit, whole numbers of it, with what they say."""

    ended: int
    going: int
    curve: Curve
    """Of all endings together."""
    incidence: Incidence
    """Of each way to end."""

    @property
    def number(self) -> int:
        return self.ended + self.going

    @property
    def longest(self) -> int | None:
        return self.incidence.last


def timing(ended: Mapping[str, Mapping[int, int]], going: Mapping[int, int], until: int) -> Timing:
    """The curves of durations that ended in several ways, or are still going.

    The ways to end are told apart up to the duration `until`.
    """
    together: Counter[int] = Counter()
    for counts in ended.values():
        together.update(counts)
    return Timing(
        ended=together.total(),
        going=sum(going.values()),
        curve=kaplan_meier(together, going),
        incidence=aalen_johansen(ended, going, until),
    )
