"""The middle of many values, from how often each occurs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


def median(counts: Mapping[int, int]) -> float | None:
    """The middle value; of an even number the mean of the two middle ones; None of nothing."""
    number = sum(counts.values())
    if number == 0:
        return None
    return (_ranked(counts, (number - 1) // 2) + _ranked(counts, number // 2)) / 2


def _ranked(counts: Mapping[int, int], rank: int) -> int:
    """The value at `rank`, from 0, were each written out as often as it occurs."""
    return next(value for value, upto in _running(counts) if rank < upto)


def _running(counts: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    upto = 0
    for value in sorted(counts):
        upto += counts[value]
        yield value, upto
