"""advance, back, win, lose, void, reopen: deals through their stages; move: between pipelines."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import typer

from dealflow.commands.options import At, Force, Ids, IfVersion, NoPlan, Note, Why
from dealflow.errors import PARTLY_DONE, UsageError
from dealflow.invocation import Run
from dealflow.results import Result
from dealflow.stages import Verb
from dealflow.typed import ids_of

Targets = Annotated[
    list[str],
    typer.Argument(
        metavar="ID... [STAGE]", help="numbers, ranges (3-7) or - for stdin; then where to"
    ),
]


def advance(
    run: Run,
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID... [STAGE]",
            help="numbers, ranges (3-7) or - for stdin; then where to."
            " With --suggested a filter as well, or nothing",
        ),
    ] = None,
    suggested: Annotated[
        bool, typer.Option("--suggested", help="those whose signals say a later stage, to there")
    ] = False,
    at: At = None,
    force: Force = False,
    why: Why = None,
    note: Note = None,
    no_plan: NoPlan = False,
    if_version: IfVersion = None,
) -> Result:
    """Move deals on: to the next stage, to the one named last, or to the one --suggested."""
    if suggested:
        if if_version is not None:
            raise UsageError("--if-version is for one deal that is named with its stage")
        return _advance_suggested(run, targets or [], at=at, force=force, why=why, note=note)
    if not targets:
        raise UsageError("which deals?", "dealflow advance 42, or --suggested")
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


def _advance_suggested(run: Run, words: list[str], *, at: str | None, **said: Any) -> Result:
    """Ask, and move what the signals suggest; what its requirements keep back is told."""
    from dealflow.actions import moves, suggested
    from dealflow.questions import suggestions

    found = run.ask(suggestions.suggestions, _as_filter(run, words))
    pairs, told = suggestions.pairs(found), suggestions.told(found)
    if pairs:
        deals = f"{len(pairs)} deal{'s' * (len(pairs) != 1)}"
        run.confirm(f"moving {deals} to the stage that is suggested", details=told)
    blocked: list[str] = []
    move = moves.Told(verb="advance", at=run.moment(at), **said)
    written = run.act(suggested.advance, pairs, move, blocked, many=True)
    return replace(written, exit_code=PARTLY_DONE) if blocked else written


def _as_filter(run: Run, words: list[str]) -> list[str]:
    """A filter; numbers of deals are one too."""
    if words == ["-"]:
        return _of_ids(run.ids(words))
    numbers = [word for word in words if _is_id(word)]
    if not numbers:
        return words
    if len(numbers) < len(words):
        other = next(word for word in words if not _is_id(word))
        raise UsageError(f"'{other}' is no number of a deal", "name deals, or write a filter")
    return _of_ids([i for word in words for i in ids_of(word)])


def _of_ids(ids: list[int]) -> list[str]:
    return [f"id:{','.join(map(str, ids)) or '0'}"]


def _is_id(word: str) -> bool:
    return word.lstrip("#").replace("-", "").isdecimal()


def _stage_last(words: list[str]) -> tuple[list[str], str | None]:
    """Ids, and the stage where the last word is none."""
    last = words[-1]
    is_id = last == "-" or _is_id(last)
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
