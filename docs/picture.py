"""The picture in README.md: the morning's three reports on the sample database, as SVG.

Rich reads what `dealflow.output` draws; each word is set at its own place. (Rich's own export sets
a whole line as one run, so that Chinese, wider than a browser's Latin, pushes columns about.)
"""
# ruff: noqa: INP001 a script, beside docs/generate.py

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style as Look
from rich.text import Text
from sample import NOW, ZONE, morning

from dealflow.dates import day_of
from dealflow.output import Style, pieces
from dealflow.results import Result

HERE = Path(__file__).parent
WIDTH = 136
"""Cells of a line."""

# The size of a cell in the picture's own units, and the room around the text.
_CELL, _LINE, _SIZE, _EDGE, _BAR = 8.4, 19, 14, 22, 36
_WORD = re.compile(r"[^\x00-\u2e7f]+|[^\s\u2e80-\U0010ffff]+")
_COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_CSS = """
  .wide { font-size: 16px; }
  .page { fill: #fbfbf9; stroke: #d8d8d2; }
  .lamp { fill: #d8d8d2; }
  text { fill: #2b2f36; font: 14px ui-monospace, "SF Mono", Menlo, "Cascadia Mono", Consolas,
         "DejaVu Sans Mono", "Noto Sans Mono CJK SC", "Noto Sans CJK SC", monospace;
         white-space: pre; }
  .title { fill: #8a8f98; }
  .prompt { fill: #8a8f98; }
  .typed, .bold { font-weight: 700; }
  .dim { fill: #8a8f98; }
  .red { fill: #c0392b; }
  .green { fill: #2c8a4b; }
  .yellow { fill: #a8710a; }
  .blue { fill: #2a6bb0; }
  .magenta { fill: #8e4aa8; }
  .cyan { fill: #17808c; }
  @media (prefers-color-scheme: dark) {
    .wide { font-size: 16px; }
  .page { fill: #15181d; stroke: #2d323a; }
    .lamp { fill: #3a404a; }
    text { fill: #d5d9e0; }
    .title, .prompt, .dim { fill: #7d8590; }
    .red { fill: #ff7b72; }
    .green { fill: #5fc982; }
    .yellow { fill: #e3b34c; }
    .blue { fill: #79b8ff; }
    .magenta { fill: #d2a8ff; }
    .cyan { fill: #56c7d2; }
  }
"""


class Word(NamedTuple):
    """Text that begins at a cell of a line."""

    at: int
    text: str
    look: str
    """Names of classes."""


Line = list[Word]


def pictures() -> dict[Path, str]:
    """The pictures of the documents, by file."""
    lines: list[Line] = []
    for typed, result in morning():
        lines += [*([[]] * 2 if lines else []), _prompt(typed), []]
        lines += _drawn(result)
    return {HERE / "reports.svg": svg(lines)}


def _prompt(typed: str) -> Line:
    return [Word(0, "$", "prompt"), *_words(Segment(typed, Look(bold=True)), 2)]


def _drawn(result: Result) -> Iterator[Line]:
    """What a terminal of WIDTH cells shows."""
    style = Style(format="table", zone=ZONE, today=day_of(NOW, ZONE), width=WIDTH, colour=True)
    text = Text.from_ansi("".join(pieces(result, style)))
    console = Console(width=WIDTH + 1, file=io.StringIO(), legacy_windows=False)
    text.rstrip()
    for segments in console.render_lines(text, pad=False):
        yield list(_line(segments))


def _line(segments: Iterable[Segment]) -> Iterator[Word]:
    at = 0
    for segment in segments:
        yield from _words(segment, at)
        at += cell_len(segment.text)


def _words(segment: Segment, at: int) -> Iterator[Word]:
    """The words of a segment, Chinese apart from the rest, each at its own cell."""
    for found in _WORD.finditer(segment.text):
        yield Word(at + cell_len(segment.text[: found.start()]), found[0], _look(segment.style))


def _look(style: Look | None) -> str:
    if style is None:
        return ""
    names = ["bold"] * bool(style.bold) + ["dim"] * bool(style.dim)
    if style.color and style.color.number is not None:
        names.append(_COLOURS[style.color.number % 8])
    return " ".join(names)


def svg(lines: list[Line]) -> str:
    """The lines as a page; colours follow the reader's light or dark scheme."""
    width = round(WIDTH * _CELL + 2 * _EDGE)
    height = len(lines) * _LINE + _BAR + _EDGE + 8
    lamps = "".join(
        f'<circle class="lamp" cx="{_EDGE + 4 + 18 * n}" cy="20" r="5"/>' for n in range(3)
    )
    set_lines = "\n".join(filter(None, (_set(line, n) for n, line in enumerate(lines))))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        f' aria-label="overdue follow-ups, funnel leakage and close rates in a terminal">\n'
        f"<style>{_CSS}</style>\n"
        f'<rect class="page" x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="9"/>\n'
        f"{lamps}\n{set_lines}\n</svg>\n"
    )


def _set(line: Line, number: int) -> str:
    y = _BAR + (number + 1) * _LINE
    return "".join(_set_word(word, y) for word in line)


def _set_word(word: Word, y: int) -> str:
    names = f"{word.look} wide" if cell_len(word.text) > len(word.text) else word.look
    look = f' class="{names.strip()}"' if names else ""
    x, length = round(_EDGE + word.at * _CELL, 1), round(cell_len(word.text) * _CELL, 1)
    return f'<text{look} x="{x:g}" y="{y}" textLength="{length:g}">{escape(word.text)}</text>'
