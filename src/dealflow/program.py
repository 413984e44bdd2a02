"""The command line as a command may use it: a batch runs other commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dealflow.named import NamedTuple

Accepts = Mapping[str, bool | None]
"""The options of a command by name: True takes several values, False one, None is a switch."""


class Program(NamedTuple):
    """`perform` runs words as a command, given its run; `options` says what a command accepts."""

    perform: Callable[[Sequence[str], Any], int]
    options: Callable[[str], Accepts]


NO_PROGRAM = Program(lambda words, run: 0, lambda name: {})  # noqa: ARG005
