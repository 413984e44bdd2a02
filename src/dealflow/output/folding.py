"""Where a line of text may break: between words, and between any two Chinese characters.

Rich folds at spaces only, so that a Chinese sentence counts as one long word and leaves half-empty
lines. Closing punctuation never starts a line, opening punctuation never ends one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len, set_cell_size

from dealflow.patterns import pattern

_CLOSING = ",.;:!?)]}%…—·、。》」』】〕" + "\uff0c\uff0e\uff1b\uff1a\uff01\uff1f\uff09\uff05"
_OPENING = "([{《「『【〔\uff08"
# A unit is what stays together: a run of narrow characters, or one wide one with its punctuation.
_WIDE = (
    "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f"
    "\uff00-\uff60\uffe0-\uffe6\U00020000-\U0003fffd"
)
_MARKS = re.escape(_CLOSING)
_UNIT = pattern(
    f" +|[{re.escape(_OPENING)}]*(?:[{_WIDE}]|[^ {_WIDE}]+)[{_MARKS}]*|[{re.escape(_OPENING)}]+"
)


def folded(text: str, width: int) -> str:
    """`text` with line ends so that no line is wider than `width` cells. Existing ones stay."""
    return "\n".join(line for given in text.split("\n") for line in _lines(given, max(width, 2)))


def cut(text: str, width: int) -> str:
    """The start of `text` and a `…`, where it is wider than `width` cells."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip(" ") + "…"


def _lines(text: str, width: int) -> Iterator[str]:
    if cell_len(text) <= width:
        yield text.rstrip(" ")
        return
    line, used = "", 0
    for unit in _units(text, width):
        size = cell_len(unit)
        if line and used + size > width:
            yield line.rstrip(" ")
            line, used = "", 0
            if unit.isspace():
                continue
        line, used = line + unit, used + size
    yield line.rstrip(" ")


def _units(text: str, width: int) -> Iterator[str]:
    for unit in _UNIT.findall(text):
        while cell_len(unit) > width:
            head = set_cell_size(unit, width).rstrip(" ") or unit[:1]
            yield head
            unit = unit[len(head) :]  # noqa: PLW2901  what is left of an overlong word
        if unit:
            yield unit
