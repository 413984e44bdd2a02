"""The program as a shell sees it: commands, their options and arguments, closed lists of words.

The file is written by docs/completion.py from the program itself, and checked by `make check`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from dealflow.named import NamedTuple

PATH = os.path.join(os.path.dirname(__file__), "commands.json")


class Option(NamedTuple):
    """An option; `takes` is None for a switch, else kinds of words with a plus between."""

    names: list[str]
    takes: str | None
    about: str
    many: bool


class Command(NamedTuple):
    """A command or a group. `inside`: further words, with what they are about."""

    inside: dict[str, str]
    options: list[Option]
    pattern: list[tuple[str, str]]
    """Its arguments: kinds of words, and `?`, `*` or `+` as in a regular expression."""

    def option(self, name: str) -> Option | None:
        return next((one for one in self.options if name in one.names), None)


class Index:
    """commands.json."""

    def __init__(self) -> None:
        with open(PATH, "rb") as file:
            self._found: dict[str, Any] = json.loads(file.read())

    def command(self, words: list[str]) -> Command:
        told = self._found["commands"][" ".join(words)]
        options = (*told.get("options", ()), *self._found["common"][str(told.get("common", 0))])
        pattern = [(takes, how) for takes, how in told.get("pattern", ())]
        return Command(told.get("inside", {}), [Option(*one) for one in options], pattern)

    def words(self, name: str) -> list[list[str]] | None:
        """The closed list of this name: words, what each is, and a mark on second words for one."""
        found: list[list[str]] | None = self._found["sets"].get(name)
        return found

    def keys(self, which: str) -> Iterator[tuple[list[str], str, str, list[str]]]:
        """The words before a filter's colon: names, kind, what it is about, special words."""
        return iter(self._found["keys"][which])
