"""In what order deals want to be worked on: a score, the sum of named parts, each with its weight.

    score = Σ weight × part       over the parts of PARTS

Every part is a number from 0 to 3; 1 is an ordinary reason, more is a stronger one. A deal is on
the list for one of REASONS; what it is worth (grade, amount) only says where on it.
"""

from __future__ import annotations

from collections.abc import Mapping

from dealflow.named import NamedTuple

#: the most that any part can be
MOST = 3.0
#: working days late that count as one part more
LATE_STEP = 5
#: days before the expected close from which on it counts
CLOSE_AHEAD = 14

#: each part with what it is; docs/definitions.md says the same at length
PARTS: Mapping[str, str] = {
    "late": f"1 for a follow-up that is late, and 1 more for every {LATE_STEP} working days late",
    "today": "1 where a follow-up is due today",
    "unplanned": "1 where nothing is planned",
    "quiet": "the days since the last contact, by those that the cadence allows, if more",
    "stuck": "the time in the stage, by the expected or usual one, if longer",
    "close": f"1 where the expected close is past; before it, 1 less 1/{CLOSE_AHEAD} for each day",
    "grade": "1 for A, 0.5 for B",
    "amount": "the amount by the median amount of the open deals",
}
#: what each part counts unless the database's settings say otherwise (`settings set next.late 3`)
WEIGHTS: Mapping[str, float] = {
    "late": 3, "today": 2, "unplanned": 1, "quiet": 1, "stuck": 1, "close": 1, "grade": 2,
    "amount": 1,
}  # fmt: skip
REASONS = ("late", "today", "unplanned", "quiet", "stuck", "close")
_GRADES = {"A": 1.0, "B": 0.5}


class Case(NamedTuple):
    """What is known of an open deal. None: there is no such, or it is no reason."""

    late: int | None = None
    """Working days by which its first open follow-up is late; 0 since this morning."""
    today: bool = False
    unplanned: bool = False
    quiet: float | None = None
    """Days since the last contact as a multiple of what the cadence allows."""
    stuck: float | None = None
    """Time in the stage as a multiple of the expected or usual one."""
    close: int | None = None
    """Days until the expected close; negative once it is past."""
    grade: str | None = None
    amount: float | None = None
    """As a multiple of the median."""


def parts(case: Case) -> dict[str, float]:
    """Every part of PARTS, before its weight."""
    late = 0.0 if case.late is None else 1 + case.late / LATE_STEP
    quiet, stuck = (
        value if value is not None and value > 1 else 0.0 for value in (case.quiet, case.stuck)
    )
    raw = (late, case.today, case.unplanned, quiet, stuck, _near(case.close))
    worth = (_GRADES.get(case.grade or "", 0.0), case.amount or 0.0)
    return {
        name: float(value) if value < MOST else MOST
        for name, value in zip(PARTS, (*raw, *worth), strict=True)
    }


def _near(days: int | None) -> float:
    """How near the expected close is: 1 once it is past, or today."""
    if days is None or days >= CLOSE_AHEAD:
        return 0.0
    return 1.0 if days <= 0 else (CLOSE_AHEAD - days) / CLOSE_AHEAD


def points(case: Case, weights: Mapping[str, float]) -> dict[str, float]:
    """Every part with its weight, rounded to hundredths, so that the same is shown and summed."""
    return {
        name: round(weights[name] * value, 2) if value else 0.0
        for name, value in parts(case).items()
    }


def score(found: Mapping[str, float]) -> float:
    """The sum of the points, in hundredths."""
    return round(sum(found.values()), 2)


def is_reason(found: Mapping[str, float]) -> bool:
    """Whether any of REASONS has points: a weight of 0 takes a reason off the list."""
    return any(found[name] > 0 for name in REASONS)
