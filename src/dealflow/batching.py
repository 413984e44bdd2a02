"""Commands as lines of JSON: each is run as if it had been typed, and answered with a line of JSON.

    {"command": "add", "args": ["Pumps"], "value": "12k", "tag": ["fair", "new"], "key": "web-17"}

`command` names a command that changes something; `args` are its words in their order; every other
member is an option by its long name, `_` for `-`. A switch is true or false, an option that can be
given several times takes a list, and null is the same as not saying it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from dealflow.errors import DealflowError, UnknownWord, UsageError
from dealflow.invocation import Run
from dealflow.named import NamedTuple
from dealflow.options import Options
from dealflow.program import Accepts
from dealflow.results import Results

if TYPE_CHECKING:
    from dealflow.actions import Actor
    from dealflow.store.book import Book

LONGEST = 1_000_000
"""Characters of a line."""

T = TypeVar("T")


class Asked(NamedTuple):
    """One line: the command line that it stands for, or what is wrong with it."""

    line: int
    words: tuple[str, ...] = ()
    wrong: DealflowError | None = None


class Said(NamedTuple):
    """What became of one line."""

    asked: Asked
    results: Results = ()
    wrong: DealflowError | None = None


@dataclass(slots=True, repr=False, eq=False)
class Line(Run):
    """The run of one line. `book` is the open transaction of all lines; None: each has its own."""

    book: Book | None = None
    results: Results = ()

    def borrow(self, outer: Run) -> None:
        """Use the batch's database; the same now for all lines of one transaction."""
        self._db, self._config = outer.db, outer.config
        self._now = outer.clock if self.book else None

    def show(self, results: Results) -> int:
        """Keep what is to be answered; whoever reads the lines writes it."""
        self.results = results
        return 0

    def within(self, job: Callable[[Actor, Any], tuple[Any, T]], sharing: str | None = None) -> T:
        if self.options.dry_run:
            raise UsageError("a single line cannot be rehearsed", "dealflow apply - --dry-run")
        if self.book is None:
            return Run.within(self, job, sharing)
        if sharing is not None:
            raise UsageError("how the file is shared is no matter of a batch")
        self.author()
        return self.inside(self.book, job)

    def ask(self, question: Callable[..., T], *args: Any, **named: Any) -> T:
        """Inside the batch's transaction, where there is one: of what earlier lines have done."""
        if self.book is None:
            return Run.ask(self, question, *args, **named)
        self.book.settle()
        return question(self._ask(self.me(), self.now), *args, **named)

    def ids(self, words: Sequence[str]) -> list[int]:
        if "-" in words:
            raise UsageError("stdin holds the lines; name the ids in args")
        return Run.ids(self, words)

    def confirm(self, what: str, *, can_ask: bool = True, details: Sequence[str] = ()) -> None:  # noqa: ARG002
        """Nobody is asked: stdin holds the lines."""
        Run.confirm(self, what, can_ask=False, details=details)

    def close(self) -> None:
        """The database is the batch's."""


def read(lines: Iterable[str], options: Callable[[str], Accepts]) -> Iterator[Asked]:
    """Each line that is not empty; `options` are those of a command (see Program.options)."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield Asked(number, tuple(_words(line, options)))
        except DealflowError as error:
            yield Asked(number, wrong=error)


def _words(line: str, options: Callable[[str], Accepts]) -> Iterator[str]:
    said = _object(line)
    command = said.pop("command", None)
    if not isinstance(command, str):
        raise UsageError("a line needs a command", '{"command": "add", "args": ["Pumps"]}')
    known = options(command)
    args = said.pop("args", [])
    yield from command.split()
    for name, value in said.items():
        yield from _option(command, name, value, known)
    if not isinstance(args, list):
        raise UsageError("args is a list of words", '"args": ["42"]')
    words = [_text("args", word) for word in args]
    if any(word.startswith("-") for word in words):
        yield "--"
    yield from words


def _object(line: str) -> dict[str, Any]:
    if len(line) > LONGEST:
        raise UsageError(f"the line is longer than {LONGEST:,} characters")
    try:
        said = json.loads(line, parse_int=str, parse_float=str, object_pairs_hook=_once_each)
    except (ValueError, RecursionError) as exc:
        raise UsageError(f"not JSON: {getattr(exc, 'msg', exc)}") from None
    if not isinstance(said, dict):
        raise UsageError("a line is a JSON object", '{"command": "add", "args": ["Pumps"]}')
    return said


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in the object")
    return found


def _option(command: str, name: str, value: Any, known: Accepts) -> Iterator[str]:
    spelled = "--" + name.replace("_", "-")
    if name not in known:
        raise UnknownWord(f"option of {command}", name, sorted(known))
    several = known[name]
    if value is None:
        return
    if several is None or isinstance(value, bool):
        yield from _switch(spelled, value, is_switch=several is None)
    elif isinstance(value, list) and several:
        yield from (f"{spelled}={_text(name, one)}" for one in value)
    else:
        yield f"{spelled}={_text(name, value)}"


def _switch(spelled: str, value: Any, *, is_switch: bool) -> Iterator[str]:
    if not is_switch or not isinstance(value, bool):
        told = "is true or false" if is_switch else "takes a value, not true or false"
        raise UsageError(f"{spelled[2:]} {told}")
    if value:
        yield spelled


def _text(name: str, value: Any) -> str:
    """A number as it was written."""
    if isinstance(value, str):
        return value
    raise UsageError(f"{name} holds {type(value).__name__}, where text or a number is meant")


def do(outer: Run, asked: Asked, book: Book | None = None) -> Said:
    """Do what one line asks for, in the open transaction of `book` or in one of its own."""
    if asked.wrong:
        return Said(asked, wrong=asked.wrong)
    options = Options(db=outer.options.db, actor=outer.options.actor)
    line = Line(options, asked.words, outer.env, program=outer.program, book=book)
    line.borrow(outer)
    try:
        outer.program.perform(asked.words, line)
    except DealflowError as error:
        return Said(asked, wrong=error)
    return Said(asked, line.results)
