"""How wide each column of a table becomes. Pure arithmetic over cells of the terminal.

Labels fold first, then bars get shorter, then long text is cut with a `…`. Figures, dates and
amounts always keep their full width. Where that is too much, the columns of a record are stacked
on two or three lines; where even that fails there is no table (None), only a block per record.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

from dealflow.named import NamedTuple

GAP = 2
"""Empty cells between two columns."""
BARS = (16, 10, 0)
"""Lengths of a bar, from the best to none: a bar only repeats what stands beside it in figures."""
READABLE = 12
"""Text is never cut below this many cells; what says which record it is, not below MAIN."""
MAIN = 20
SENTENCE = 72
"""What is told in a sentence keeps so many: at the usual 80 it stands on a line of its own."""
_SHALLOW, _DEEP = 4, 14
"""The lines of a stack are indented by the first column, or where it is wide, by a little."""


class Need(NamedTuple):
    """What a column asks for, in cells."""

    label: int
    word: int
    """The longest word of the label: less would break it."""
    cells: int
    """The widest cell, without a bar."""
    elastic: bool = False
    bar: bool = False
    main: bool = False
    """Whether this text says what the record is: it keeps more room than other texts."""
    sentence: bool = False

    def wish(self, bar: int) -> int:
        return max(self.label, self._whole(bar))

    def least(self, bar: int) -> int:
        """With the label folded, but every cell whole."""
        return max(self.word, self._whole(bar))

    def readable(self, label: int) -> int:
        """With long text cut, under a label that takes `label` cells."""
        enough = SENTENCE if self.sentence else MAIN if self.main else READABLE
        return max(label, min(enough, self.cells) if self.elastic else self.cells)

    def _whole(self, bar: int) -> int:
        return self.cells + (GAP + bar if self.bar and bar else 0)


class Plan(NamedTuple):
    """Widths of the columns from `start` on, the length of bars, and how much text is cut."""

    widths: list[int]
    bar: int
    cut: int = 0
    start: int = 0


class Stack(NamedTuple):
    """Several lines for one record, those after the first indented."""

    lines: list[Plan]
    indent: int


def plan(needs: Sequence[Need], room: int | None) -> Plan | None:
    """Widths for `room` cells (None: as much as needed), or None where one line cannot do."""
    bars = _bars(needs)
    if room is None:
        return Plan([need.wish(bars[0]) for need in needs], bars[0])
    inner = room - GAP * (len(needs) - 1)
    for bar in bars:
        found = _shrunk(needs, bar, [need.least(bar) for need in needs], inner)
        if found:
            return Plan(found, bar)
    found = _shrunk(needs, 0, [need.readable(need.word) for need in needs], inner)
    return Plan(found, 0, _cut(needs, found)) if found else None


def stack(needs: Sequence[Need], room: int, most: int = 3) -> Stack | None:
    """The columns on as few lines as possible, in their order, broken where least text is cut."""
    first = needs[0].wish(0) + GAP if needs else 0
    for lines in range(2, min(most, len(needs)) + 1):
        for indent in {first if first <= _DEEP else _SHALLOW: None, _SHALLOW: None}:
            found = _best(needs, lines, room, indent)
            if found:
                return Stack(found, indent)
    return None


def _best(needs: Sequence[Need], lines: int, room: int, indent: int) -> list[Plan] | None:
    tried = (
        _lines(needs, [0, *cuts, len(needs)], room, indent)
        for cuts in combinations(range(1, len(needs)), lines - 1)
    )
    return min(filter(None, tried), key=_ugliness, default=None)


def _ugliness(lines: Sequence[Plan]) -> tuple[int, int]:
    lengths = [sum(line.widths) + GAP * len(line.widths) for line in lines]
    return sum(line.cut for line in lines), max(lengths) - min(lengths)


def _lines(
    needs: Sequence[Need], edges: Sequence[int], room: int, indent: int
) -> list[Plan] | None:
    found = []
    for start, end in pairwise(edges):
        line = _line(needs[start:end], room - (indent if start else 0))
        if line is None:
            return None
        found.append(line._replace(start=start))
    return found


def _line(needs: Sequence[Need], room: int) -> Plan | None:
    """Like `plan`, with every label on one line."""
    inner = room - GAP * (len(needs) - 1)
    for bar in _bars(needs):
        widths = [need.wish(bar) for need in needs]
        if sum(widths) <= inner:
            return Plan(widths, bar)
    found = _shrunk(needs, 0, [need.readable(need.label) for need in needs], inner)
    return Plan(found, 0, _cut(needs, found)) if found else None


def _bars(needs: Sequence[Need]) -> tuple[int, ...]:
    return BARS if any(need.bar for need in needs) else (0,)


def _cut(needs: Sequence[Need], widths: Sequence[int]) -> int:
    return sum(max(need.cells - width, 0) for need, width in zip(needs, widths, strict=True))


def _shrunk(needs: Sequence[Need], bar: int, floors: Sequence[int], room: int) -> list[int] | None:
    """The wishes, the widest taken down first, until they fit; None when their floors do not."""
    if sum(floors) > room:
        return None
    found = [need.wish(bar) for need in needs]
    while sum(found) > room:
        slack = [at for at, width in enumerate(found) if width > floors[at]]
        widest = max(slack, key=lambda at: (found[at] / (2 if needs[at].main else 1), at))
        found[widest] -= 1
    return found
