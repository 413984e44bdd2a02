"""What a target asks for: in its period, from the parts of one, and how far it has been reached."""

from __future__ import annotations

from collections.abc import Mapping

from dealflow.named import NamedTuple


class Wanted(NamedTuple):
    """What is to be won in a period; `summed` where it is the sum of its parts' targets."""

    amount: int
    summed: bool


class Progress(NamedTuple):
    """How a target stands; amounts and gaps in the target's own unit."""

    attainment: float
    """Won as a share of the target."""
    should: float
    """What an even pace would have won by now."""
    pace: float | None
    """Won as a share of that; None before the first working day."""
    gap: int
    """What is still to be won; below 0 where more was won than the target."""


def parts(period: str) -> tuple[str, ...]:
    """The quarters of a year (2026), the months of a quarter (2026-Q3); nothing of a month."""
    year, _, within = period.partition("-")
    if not within:
        return tuple(f"{year}-Q{quarter}" for quarter in range(1, 5))
    if not within.startswith("Q"):
        return ()
    last = int(within[1:]) * 3
    return tuple(f"{year}-{month:02}" for month in range(last - 2, last + 1))


def wanted(told: Mapping[str, int], period: str) -> Wanted | None:
    """The target of a period: the one that was set, else the sum of its parts where all have one.

    `told` holds the targets of one person or team, by period.
    """
    if period in told:
        return Wanted(told[period], summed=False)
    found = summed(told, period)
    return None if found is None else Wanted(found, summed=True)


def summed(told: Mapping[str, int], period: str) -> int | None:
    """What the targets of the parts come to; None where one of them has none."""
    each = [wanted(told, part) for part in parts(period)]
    known = [one.amount for one in each if one is not None]
    return sum(known) if known and len(known) == len(each) else None


def progress(target: int, won: int, gone: float) -> Progress:
    """How `won` stands to the target when a share `gone` of the working days has passed."""
    should = target * gone
    return Progress(won / target, should, won / should if should else None, target - won)


def needed(gap: int, within_reach: int) -> float | None:
    """The share of what is open that has to be won to close the gap: above 1 is out of reach.

    None where nothing is missing, or nothing is open.
    """
    return gap / within_reach if gap > 0 and within_reach > 0 else None
