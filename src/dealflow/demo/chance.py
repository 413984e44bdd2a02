"""Chance that does what it is told to: seeded, and spread evenly where a share has to come true."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import TypeVar

T = TypeVar("T")

_GOLDEN = 0.6180339887498949


class Even:
    """Numbers in [0, 1) that fill it evenly from the first on: multiples of the golden ratio.

    Sixty of them meet a share of a third within one or two, where independent ones miss by seven.
    """

    def __init__(self, start: float) -> None:
        self._at = start

    def draw(self) -> float:
        self._at = (self._at + _GOLDEN) % 1.0
        return self._at

    def pick(self, weights: Mapping[T, float]) -> T:
        """One of the keys, as often as its weight says."""
        at = self.draw() * sum(weights.values())
        for key, weight in weights.items():
            at -= weight
            if at < 0:
                return key
        return key


class Evens:
    """One even sequence for each purpose, each begun somewhere else."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._known: dict[str, Even] = {}

    def __getitem__(self, purpose: str) -> Even:
        if purpose not in self._known:
            self._known[purpose] = Even(rng(self._seed, purpose).random())
        return self._known[purpose]


def rng(seed: int, purpose: object) -> Random:
    """Its own stream for each purpose, so that one more draw here changes nothing there."""
    return Random(f"{seed}/{purpose}")  # noqa: S311 a story, not a secret
