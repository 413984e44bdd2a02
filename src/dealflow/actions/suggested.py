"""Moving deals to the stages that their signals suggest, when somebody has said yes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dealflow.actions import Actor, Done, moves, together
from dealflow.errors import ClosedDeal, IllegalMove, NotFound, Refused, RequirementsMissing

#: so many that stay where they are get a line
_TOLD = 20


def advance(
    by: Actor, pairs: Sequence[tuple[int, str]], told: moves.Told, blocked: list[str]
) -> Done:
    """Move each deal to its stage; those that requirements keep back stay, and are listed.

    They are also put into `blocked`, each with why. A deal that somebody moved or closed meanwhile
    stays as well. Error: Refused where there are deals and none can move.
    """
    done = []
    for deal, stage in pairs:
        try:
            done.append(moves.move(by, deal, replace(told, to=stage)))
        except (RequirementsMissing, IllegalMove, ClosedDeal, NotFound) as error:
            blocked.append(error.message)
    if blocked and not done:
        none = "the deal cannot" if len(pairs) == 1 else f"none of the {len(pairs)} deals can"
        raise _all_blocked(f"{none} move; nothing was changed", blocked)
    moved = together("opportunity", done)
    said = moved.said or ("no deal's signals say a later stage; nothing was changed",)
    return moved._replace(said=(*said, *_listed(blocked)))


def _all_blocked(told: str, blocked: Sequence[str]) -> Refused:
    error = Refused(told, 'fill in what is missing, or add --force --why "…"')
    error.details = _listed(blocked)
    return error


def _listed(blocked: Sequence[str]) -> tuple[str, ...]:
    left = len(blocked) - _TOLD
    more = (f"and {left:,} more",) if left > 0 else ()
    return (*(f"stays: {why}" for why in blocked[:_TOLD]), *more)
