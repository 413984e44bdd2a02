"""The catalogue of questions: what each asks, how its numbers are defined, its columns, its answer.

Captions, the reference and `--help` take their words from here. A question's module is loaded when
the question is asked.
"""

from __future__ import annotations

from collections.abc import Callable

from dealflow.errors import UnknownWord
from dealflow.named import NamedTuple
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


def _leakage_compare() -> Question:
    from dealflow.questions import compared as room

    return Question("leakage-compare", room.ASKS, room.DEFINITION, room.COLUMNS, room.compared)


def _leakage_by() -> Question:
    from dealflow.questions import split as room

    return Question("leakage-by", room.ASKS, room.DEFINITION, room.COLUMNS, room.split)


def _leakage_paths() -> Question:
    from dealflow.questions import paths as room

    return Question("leakage-paths", room.ASKS, room.DEFINITION, room.COLUMNS, room.paths)


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


def _reasons() -> Question:
    from dealflow.questions import losses as room

    return Question("reasons", room.ASKS, room.DEFINITION, room.COLUMNS, room.reasons)


def _days() -> Question:
    from dealflow.questions import days as room

    return Question("days", room.ASKS, room.DEFINITION, room.COLUMNS, room.days)


def _pipeline() -> Question:
    from dealflow.questions import open_pipeline as room

    return Question("pipeline", room.ASKS, room.DEFINITION, room.COLUMNS, room.pipeline)


def _changes() -> Question:
    from dealflow.questions import changes as room

    return Question("changes", room.ASKS, room.DEFINITION, room.COLUMNS, room.changes)


def _pushes() -> Question:
    from dealflow.questions import pushes as room

    return Question("pushes", room.ASKS, room.DEFINITION, room.COLUMNS, room.pushes)


def _pushed_deals() -> Question:
    from dealflow.questions import pushes as room

    return Question("pushed-deals", room.ASKS, room.DEFINITION, room.DEALS, room.pushed_deals)


def _forecast() -> Question:
    from dealflow.questions import forecast as room

    return Question("forecast", room.ASKS, room.DEFINITION, room.COLUMNS, room.forecast)


def _targets() -> Question:
    from dealflow.questions import targets as room

    return Question("targets", room.ASKS, room.DEFINITION, room.COLUMNS, room.progress_of)


def _forecast_score() -> Question:
    from dealflow.questions import score as room

    return Question("forecast-score", room.ASKS, room.DEFINITION, room.COLUMNS, room.score)


def _forecast_backtest() -> Question:
    from dealflow.questions import backtest as room

    return Question("forecast-backtest", room.ASKS, room.DEFINITION, room.COLUMNS, room.backtest)


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
    "leakage-compare": _leakage_compare,
    "leakage-by": _leakage_by,
    "leakage-paths": _leakage_paths,
    "close-rates": _close_rates,
    "pipeline": _pipeline,
    "changes": _changes,
    "pushes": _pushes,
    "pushed-deals": _pushed_deals,
    "days": _days,
    "reasons": _reasons,
    "stages-review": _stages_review,
    "forecast": _forecast,
    "forecast-score": _forecast_score,
    "forecast-backtest": _forecast_backtest,
    "targets": _targets,
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
