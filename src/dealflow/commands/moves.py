"""advance, back, win, lose, void, reopen: deals through their stages; move: between pipelines."""

from __future__ import annotations

from typing import Annotated

import typer

from dealflow.commands.options import At, Force, Ids, IfVersion, NoPlan, Note, Why
from dealflow.errors import UsageError
from dealflow.invocation import Run
from dealflow.results import Result
from dealflow.stages import Verb

Targets = Annotated[
    list[str],
    typer.Argument(
        metavar="ID... [STAGE]", help="numbers, ranges (3-7) or - for stdin; then where to"
    ),
]


def advance(
    run: Run,
    targets: Targets,
    at: At = None,
    force: Force = False,
    why: Why = None,
    note: Note = None,
    no_plan: NoPlan = False,
    if_version: IfVersion = None,
) -> Result:
    """Move deals on: to the next stage, or to the one named last."""
    ids, stage = _stage_last(targets)
    return _move(
        run,
        "advance",
        ids,
        if_version,
        to=stage,
        at=at,
        force=force,
        why=why,
        note=note,
        plans=not no_plan,
    )


def back(
    run: Run,
    targets: Targets,
    at: At = None,
    note: Note = None,
    no_plan: NoPlan = False,
    if_version: IfVersion = None,
) -> Result:
    """Move deals back: to the stage before, or to the one named last."""
    ids, stage = _stage_last(targets)
    return _move(run, "back", ids, if_version, to=stage, at=at, note=note, plans=not no_plan)


def win(
    run: Run,
    ids: Ids,
    at: At = None,
    force: Force = False,
    why: Why = None,
    note: Note = None,
    if_version: IfVersion = None,
) -> Result:
    """Close deals as won (赢单)."""
    return _move(run, "win", ids, if_version, at=at, force=force, why=why, note=note)


def lose(
    run: Run,
    ids: Ids,
    reason: Annotated[
        str | None, typer.Option("--reason", "-r", metavar="REASON", help="why it was lost")
    ] = None,
    at: At = None,
    note: Note = None,
    if_version: IfVersion = None,
) -> Result:
    """Close deals as lost (输单), with a reason from the list."""
    return _move(run, "lose", ids, if_version, reason=reason, at=at, note=note)


def void(
    run: Run, ids: Ids, at: At = None, note: Note = None, if_version: IfVersion = None
) -> Result:
    """Close deals that never were a chance (无效): kept out of every rate."""
    return _move(run, "void", ids, if_version, at=at, note=note)


def reopen(
    run: Run,
    targets: Targets,
    at: At = None,
    force: Force = False,
    why: Why = None,
    note: Note = None,
    no_plan: NoPlan = False,
    if_version: IfVersion = None,
) -> Result:
    """Open closed deals again, in the stage named last or the one they were closed in."""
    ids, stage = _stage_last(targets)
    return _move(
        run,
        "reopen",
        ids,
        if_version,
        to=stage,
        at=at,
        force=force,
        why=why,
        note=note,
        plans=not no_plan,
    )


def _stage_last(words: list[str]) -> tuple[list[str], str | None]:
    """Ids, and the stage where the last word is none."""
    last = words[-1]
    is_id = last == "-" or last.lstrip("#").replace("-", "").isdecimal()
    return (words, None) if is_id or len(words) == 1 else (words[:-1], last)


def _move(
    run: Run,
    verb: Verb,
    words: list[str],
    if_version: int | None,
    *,
    to: str | None = None,
    reason: str | None = None,
    at: str | None = None,
    force: bool = False,
    why: str | None = None,
    note: str | None = None,
    plans: bool = True,
) -> Result:
    from dealflow.actions import moves, versions
    from dealflow.model import Opportunity

    told = moves.Told(
        verb=verb,
        to=to,
        reason=reason,
        at=run.moment(at),
        force=force,
        why=why,
        note=note,
        plans=plans,
    )
    ids = run.ids(words)
    action = versions.only_if(if_version, Opportunity, ids, moves.move_all)
    return run.act(action, ids, told, many=True)


def move(
    run: Run,
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="ID... PIPELINE", help="numbers, ranges (3-7) or - for stdin; then where to"
        ),
    ],
    stage: Annotated[
        str | None, typer.Option("--stage", metavar="STAGE", help="where there, if not first")
    ] = None,
    at: At = None,
    force: Force = False,
    why: Why = None,
    note: Note = None,
    no_plan: NoPlan = False,
    if_version: IfVersion = None,
) -> Result:
    """Move open deals into another pipeline: the one named last."""
    from dealflow.actions import switching, versions
    from dealflow.model import Opportunity

    words, pipeline = _stage_last(targets)
    if pipeline is None:
        raise UsageError("where to is not said", f"dealflow move {words[0]} PIPELINE")
    told = switching.Switch(
        pipeline=pipeline,
        stage=stage,
        at=run.moment(at),
        force=force,
        why=why,
        note=note,
        plans=not no_plan,
    )
    ids = run.ids(words)
    action = versions.only_if(if_version, Opportunity, ids, switching.switch_all)
    return run.act(action, ids, told, many=True)
