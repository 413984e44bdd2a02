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


def _unplanned() -> Question:
    from dealflow.questions import unplanned as room

    return Question("unplanned", room.ASKS, room.DEFINITION, room.COLUMNS, room.unplanned)


def _quiet() -> Question:
    from dealflow.questions import quiet as room

    return Question("quiet", room.ASKS, room.DEFINITION, room.COLUMNS, room.quiet)


def _stuck() -> Question:
    from dealflow.questions import stuck as room

    return Question("stuck", room.ASKS, room.DEFINITION, room.COLUMNS, room.stuck)


def _next() -> Question:
    from dealflow.questions import next as room

    return Question("next", room.ASKS, room.DEFINITION, room.COLUMNS, room.worklist_of)


def _gaps() -> Question:
    from dealflow.questions import gaps as room

    return Question("gaps", room.ASKS, room.DEFINITION, room.COLUMNS, room.gaps)


def _effort() -> Question:
    from dealflow.questions import effort as room

    return Question("effort", room.ASKS, room.DEFINITION, room.COLUMNS, room.effort)


def _score() -> Question:
    from dealflow.questions import likeliest as room

    return Question("score", room.ASKS, room.DEFINITION, room.COLUMNS, room.score)


def _factors() -> Question:
    from dealflow.questions import factors as room

    return Question("factors", room.ASKS, room.DEFINITION, room.COLUMNS, room.factors)


def _coach() -> Question:
    from dealflow.questions import coach as room

    return Question("coach", room.ASKS, room.DEFINITION, room.COLUMNS, room.coach)


_CATALOGUE: dict[str, Callable[[], Question]] = {
    "overdue": _overdue,
    "leakage": _leakage,
    "close-rates": _close_rates,
    "stages-review": _stages_review,
    "effort": _effort,
    "next": _next,
    "unplanned": _unplanned,
    "quiet": _quiet,
    "stuck": _stuck,
    "gaps": _gaps,
    "score": _score,
    "factors": _factors,
    "coach": _coach,
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
