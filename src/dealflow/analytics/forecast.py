"""The probability that an open deal will be won, and what it rests on."""

from __future__ import annotations

from typing import Final, Literal

from dealflow.named import NamedTuple

PRIOR: Final = 10
"""How many deals the configured probability of a stage counts for beside its own record."""

Basis = Literal["own", "record", "configured", "none"]


class StageRecord(NamedTuple):
    """Deals that were once in a stage and are closed now, and what the stage is defined to mean."""

    won: int = 0
    lost: int = 0
    configured: float | None = None
    """0 to 1; None where the stage has no probability."""


class Estimate(NamedTuple):
    """A probability, and where it is from; None where there is nothing to take it from."""

    value: float | None
    basis: Basis


def of_stage(record: StageRecord) -> Estimate:
    """What a stage says of a deal that is in it.

    The share won, shrunk towards the configured probability: the mean of the posterior of a
    Beta(10 c, 10 (1 - c)) prior. With no configured probability the share alone, with no record the
    configured one alone; nothing is assumed where there is neither.
    """
    closed = record.won + record.lost
    if record.configured is None:
        return Estimate(record.won / closed, "record") if closed else Estimate(None, "none")
    if not closed:
        return Estimate(record.configured, "configured")
    return Estimate((record.won + PRIOR * record.configured) / (closed + PRIOR), "record")


def of_deal(own: float | None, stage: Estimate) -> Estimate:
    """What is taken for a deal: the rep's own probability before the stage's."""
    return stage if own is None else Estimate(own, "own")
