"""One Rich console that hands back what it draws, and takes nothing from the environment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.text import Text

from dealflow.output.folding import folded
from dealflow.output.text import clean
from dealflow.patterns import pattern

if TYPE_CHECKING:
    from dealflow.output import Style

PROSE = 96
"""Sentences are not set wider than this: longer lines are hard to read."""
_NARROWEST = 20
_UNLIMITED = 1_000_000
# Blanks at the end of a line. The lookbehind keeps long runs of blanks elsewhere from being tried
# from each of their characters.
_TRAILING = pattern(r"(?<! ) ++((?:\x1b\[[0-9;]*m)*+)$", re.MULTILINE)


class Canvas:
    """Draws for one style; `width` None means that nothing is cut or folded."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self.width = None if style.width is None else max(style.width, _NARROWEST)
        self._console = Console(
            file=StringIO(),  # not stdout, which Rich would flush on its own
            width=self.width or _UNLIMITED,
            color_system="standard" if style.colour else None,
            force_terminal=style.colour,
            legacy_windows=False,
            markup=False,
            highlight=False,
            emoji=False,
            _environ={},
        )

    def __call__(self, thing: RenderableType) -> str:
        """The lines of `thing`, without blanks at their ends."""
        with self._console.capture() as captured:
            self._console.print(thing)
        return _TRAILING.sub(r"\1", captured.get())

    def lines(self, lines: Sequence[Text]) -> str:
        """Lines that fit already, drawn in one go: much quicker than a Rich table of cells."""
        for line in lines:
            line.rstrip()
        with self._console.capture() as captured:
            joined = Text("\n").join(lines)
            self._console.print(joined, no_wrap=True, overflow="ignore", crop=False)
        return captured.get()

    def prose(self, text: str, look: str = "") -> str:
        """A sentence, folded to a width that can be read."""
        safe = clean(text)
        return self(
            Text(safe if self.width is None else folded(safe, min(self.width, PROSE)), look)
        )
