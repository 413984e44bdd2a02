"""One command of the story: who gives it, when, on which deal. It speaks the actions' own words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from dealflow.actions import Actor, Done
from dealflow.actions.activities import Happened, Plan
from dealflow.actions.deals import NewDeal
from dealflow.actions.moves import Told
from dealflow.named import NamedTuple

MOMENT = 0.012
"""About six minutes."""


class Finish(NamedTuple):
    """What was planned is done; where no plan is open it is logged all the same."""

    what: Happened


class Snooze(NamedTuple):
    until: date


class GiveUp(NamedTuple):
    why: str


class Edit(NamedTuple):
    changes: dict[str, Any]


class Office(NamedTuple):
    """Something that concerns no single deal."""

    typed: tuple[str, ...]
    act: Callable[[Actor], Done]


What = NewDeal | Happened | Finish | Plan | Snooze | GiveUp | Edit | Told | Office


@dataclass(slots=True)
class Step:
    """One command: when (a position), by whom, on which deal (its number in the story), what."""

    at: float
    who: str
    deal: int
    what: What
    contact: bool = False
    """Whether it is a link in the chain of follow-ups."""


def with_next(what: What, plan: Plan | None) -> What:
    if isinstance(what, Finish):
        return Finish(replace(what.what, next=plan))
    if isinstance(what, NewDeal):
        return replace(what, next=replace(plan, goal=None) if plan else None)
    assert isinstance(what, Happened)
    return replace(what, next=plan)
