"""Where on a command line the cursor stands: in which command, and what may stand there."""

from __future__ import annotations

from collections.abc import Sequence

from dealflow.completing.index import Command, Index, Option
from dealflow.named import NamedTuple


class Place(NamedTuple):
    """What stands before the cursor."""

    path: list[str]
    command: Command
    arguments: list[str]
    options: dict[str, list[str]]
    """By the first name of each, whatever was typed."""
    pending: Option | None = None
    """The option whose value comes next."""
    ended: bool = False
    """Whether `--` stood before: what follows is no option."""

    def last(self, name: str) -> str | None:
        """The value of an option; None where it was not given."""
        return next(reversed(self.options.get(name, ())), None)

    @property
    def standing(self) -> list[str]:
        """The kinds of arguments that may come next."""
        pattern, at = self.command.pattern, {0}
        for _ in self.arguments:
            at = {after for one in _open(pattern, at) for after in _after(pattern, one)}
        return [kind for one in sorted(_open(pattern, at)) for kind in pattern[one][0].split("+")]


def _open(pattern: Sequence[tuple[str, str]], at: set[int]) -> set[int]:
    """The parts that can come next, when these could: what may be left out is passed by."""
    found = set()
    for start in at:
        one = start
        while one < len(pattern):
            found.add(one)
            if pattern[one][1] not in {"?", "*"}:
                break
            one += 1
    return found


def _after(pattern: Sequence[tuple[str, str]], one: int) -> set[int]:
    return {one, one + 1} if pattern[one][1] in {"*", "+"} else {one + 1}


def place(index: Index, words: Sequence[str]) -> Place:
    """Read the words that stand before the cursor."""
    found = Place([], index.command([]), [], {})
    for word in words:
        found = _read(index, found, word)
    return found


def _read(index: Index, here: Place, word: str) -> Place:
    if here.pending is not None:
        _note(here, here.pending, word)
        return here._replace(pending=None)
    if word == "--" and not here.ended:
        return here._replace(ended=True)
    if word.startswith("-") and len(word) > 1 and not here.ended:
        return _option(here, word)
    if word in here.command.inside and not here.arguments:
        path = [*here.path, word]
        return here._replace(path=path, command=index.command(path))
    here.arguments.append(word)
    return here


def _option(here: Place, word: str) -> Place:
    name, equals, value = word.partition("=")
    if not word.startswith("--"):
        name, value = word[:2], word[2:]
    option = here.command.option(name)
    if option is None:  # a term that is negated, a day such as -2w, or a slip
        here.arguments.append(word)
    elif option.takes is None:
        _note(here, option, "")
    elif equals or value:
        _note(here, option, value)
    else:
        return here._replace(pending=option)
    return here


def _note(here: Place, option: Option, value: str) -> None:
    here.options.setdefault(option.names[0], []).append(value)
