"""What the counts of a stage say about its definition, where they say anything.

Everything here rests on a 99 % Wilson interval, not the 95 % that is shown beside a rate: a review
looks at many stages and many things at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from dealflow.analytics.comparison import ABOVE, BELOW, Mark, adjusted, fisher_exact
from dealflow.analytics.intervals import wilson
from dealflow.named import NamedTuple
from dealflow.results import Rate

FEWEST: Final = 30
"""Nothing is said from fewer deals, or stays, than this."""
SKIPPED: Final = 0.25
"""A larger share of the won deals did without the stage."""
FORCED: Final = 0.25
"""A larger share of the stays began by overriding what the stage asks for."""
BLOCKED: Final = 0.5
"""A larger share of the open deals lacks one and the same thing."""
DECIDES_NOTHING: Final = 0.95
"""A larger share goes on from the stage, whatever it is that it asks."""
TELLING: Final = 0.05
"""A probability that is off by less is left alone."""
FEWEST_EACH: Final = 10
"""Won, and lost, deals that were in a stage before their activities there are compared."""
FALSE_DISCOVERIES: Final = 0.05

_CONFIDENCE = 0.99

What = Literal["skipped", "forced", "blocked", "passes", "probability", "longer"]


class StageFacts(NamedTuple):
    """What is known of a stage; `probability` and `expected_days` are its definition's."""

    probability: float | None = None
    expected_days: int | None = None
    advanced: int = 0
    lost_here: int = 0
    won: int = 0
    """Of those that were once there, those won in the end; `lost`, those lost in the end."""
    lost: int = 0
    winners: int = 0
    """Deals of the pipeline that were won; `past`, those of them that skipped the stage."""
    past: int = 0
    begun: int = 0
    """Stays; `forced`, those that began although something was missing."""
    forced: int = 0
    longer: int = 0
    """Stays that lasted longer than the expected days; `shorter`, those that did not."""
    shorter: int = 0
    median_days: float | None = None
    lacking: Mapping[str, int] = {}
    """By requirement, how many of the open deals here lack it."""
    open: int = 0


class Finding(NamedTuple):
    """Something that the numbers support saying."""

    what: What
    rate: Rate
    """What share it is of what, with its 95 % interval."""
    detail: str = ""
    """For `blocked`: the requirement."""
    better: float | None = None
    """For `probability` and `longer`: what the definition could say."""


def findings(facts: StageFacts) -> list[Finding]:
    """All that stands out about a stage."""
    found = [
        _above("skipped", facts.past, facts.winners, SKIPPED),
        _above("forced", facts.forced, facts.begun, FORCED),
        *(
            _above("blocked", number, facts.open, BLOCKED, told)
            for told, number in facts.lacking.items()
        ),
        _above("passes", facts.advanced, facts.advanced + facts.lost_here, DECIDES_NOTHING),
        _probability(facts),
        _longer(facts),
    ]
    return [finding for finding in found if finding is not None]


def _above(what: What, part: int, whole: int, bound: float, detail: str = "") -> Finding | None:
    """A share that lies above a bound, chance considered."""
    low = wilson(part, whole, _CONFIDENCE).low if whole >= FEWEST else None
    if low is None or low <= bound:
        return None
    return Finding(what, wilson(part, whole), detail)


def _probability(facts: StageFacts) -> Finding | None:
    """A probability that the stage's own record contradicts."""
    closed = facts.won + facts.lost
    if facts.probability is None or closed < FEWEST:
        return None
    value, low, high = (number or 0.0 for number in wilson(facts.won, closed, _CONFIDENCE)[2:])
    if abs(value - facts.probability) < TELLING or low <= facts.probability <= high:
        return None
    better = round(value, 1 if high - low > 0.1 else 2)
    return Finding("probability", wilson(facts.won, closed), better=better)


def _longer(facts: StageFacts) -> Finding | None:
    """Expected days that most stays exceed."""
    found = _above("longer", facts.longer, facts.longer + facts.shorter, 0.5)
    return found._replace(better=facts.median_days) if found else None


class Did(NamedTuple):
    """How many of the won, and of the lost, had an activity of a kind in a stage."""

    won_did: int
    won: int
    lost_did: int
    lost: int


class Difference(NamedTuple):
    counts: Did
    adjusted_p: float
    """Of Fisher's exact test, adjusted for all that were compared (Benjamini-Hochberg)."""
    mark: Mark | None
    """Whether the won did it more often (above) or less (below); None: no telling."""


def compare_activities(all_: Sequence[Did]) -> list[Difference | None]:
    """For each, whether winners and losers differ; None where too few were there to compare."""
    tested = [n for n, did in enumerate(all_) if did.won >= FEWEST_EACH and did.lost >= FEWEST_EACH]
    p_values = adjusted([_p(all_[n]) for n in tested])
    found: list[Difference | None] = [None] * len(all_)
    for n, p in zip(tested, p_values, strict=True):
        found[n] = Difference(all_[n], p, _mark(all_[n]) if p <= FALSE_DISCOVERIES else None)
    return found


def _p(did: Did) -> float:
    return fisher_exact(did.won_did, did.won - did.won_did, did.lost_did, did.lost - did.lost_did)


def _mark(did: Did) -> Mark:
    return ABOVE if did.won_did * did.lost > did.lost_did * did.won else BELOW
