"""The catalogue of questions: what each asks, how its numbers are defined, its columns, its answer.

Captions, the reference and `--help` take their words from here. A question's module is loaded when
the question is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from dealflow.errors import UnknownWord
from dealflow.results import Column, Report


class Question(NamedTuple):
    """One entry. `answer` takes an Ask, the words of a filter, and its own options by name."""

    name: str
    asks: str
    definition: str
    columns: tuple[Column, ...]
    answer: Callable[..., Report]


def _overdue() -> Question:
    from dealflow.questions import overdue as room

    return Question("overdue", room.ASKS, room.DEFINITION, room.COLUMNS, room.overdue)


def _leakage() -> Question:
    from dealflow.questions import leakage as room

    return Question("leakage", room.ASKS, room.DEFINITION, room.COLUMNS, room.leakage)


def _close_rates() -> Question:
    from dealflow.questions import close_rates as room

    return Question("close-rates", room.ASKS, room.DEFINITION, room.COLUMNS, room.close_rates)


def _stages_review() -> Question:
    from dealflow.questions import review as room

    return Question("stages-review", room.ASKS, room.DEFINITION, room.COLUMNS, room.review)


_CATALOGUE: dict[str, Callable[[], Question]] = {
    "overdue": _overdue,
    "leakage": _leakage,
    "close-rates": _close_rates,
    "stages-review": _stages_review,
}
NAMES = tuple(_CATALOGUE)


def question(name: str) -> Question:
    """The question with this name. Error: UnknownWord, with the nearest."""
    if name not in _CATALOGUE:
        raise UnknownWord("report", name, NAMES)
    return _CATALOGUE[name]()


def answer(name: str) -> Callable[..., Report]:
    """The function that answers the question with this name. Error: UnknownWord."""
    return question(name).answer
