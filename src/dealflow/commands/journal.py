"""undo, redo, history: the journal."""

from __future__ import annotations

from typing import Annotated

import typer

from dealflow.commands.options import Limit
from dealflow.invocation import Run
from dealflow.results import Result


def undo(
    run: Run,
    number: Annotated[
        int | None,
        typer.Argument(metavar="[N]", help="a command's number in history", show_default=False),
    ] = None,
) -> Result:
    """Take back a whole command: your last one, or number N of the history."""
    from dealflow.actions import journal

    return run.act(journal.undo, number)


def redo(run: Run) -> Result:
    """Do again what you undid last."""
    from dealflow.actions import journal

    return run.act(journal.redo)


def history(
    run: Run,
    deal: Annotated[
        int | None,
        typer.Argument(metavar="[ID]", help="only what touched this deal", show_default=False),
    ] = None,
    limit: Limit = 20,
    by: Annotated[str | None, typer.Option("--by", metavar="REP", help="whose commands")] = None,
    since: Annotated[
        int | None,
        typer.Option(
            "--since", metavar="N", min=0, help="what came after command N, oldest first; 0: all"
        ),
    ] = None,
) -> Result:
    """What was done, by whom, and what can be undone."""
    from dealflow.questions import journal

    actor = run.rep(by).handle if by else None
    if since is not None:
        return run.ask(journal.since, since, deal_id=deal, actor=actor)
    return run.ask(journal.history, deal, limit=limit or None, actor=actor)
