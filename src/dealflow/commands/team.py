"""join, leave, hand-over: the people around a deal."""

from __future__ import annotations

from typing import Annotated

import typer

from dealflow.commands.options import Filter, IfVersion
from dealflow.errors import UsageError
from dealflow.invocation import Run
from dealflow.results import Result


def join(
    run: Run,
    targets: Annotated[
        list[str], typer.Argument(metavar="ID... REP", help="deals, then who takes part")
    ],
    role: Annotated[
        str, typer.Option("--role", metavar="TEXT", help="support, marketing, manager …")
    ] = "support",
    if_version: IfVersion = None,
) -> Result:
    """Have somebody beside the owner take part in deals: `join 42 wang --role support`."""
    from dealflow.actions import team, versions
    from dealflow.model import Opportunity

    ids, rep = _deals_and_rep(run, targets, "join")
    action = versions.only_if(if_version, Opportunity, ids, team.join)
    return run.act(action, ids, rep, role, many=True)


def leave(
    run: Run,
    targets: Annotated[
        list[str], typer.Argument(metavar="ID... REP", help="deals, then who leaves them")
    ],
    if_version: IfVersion = None,
) -> Result:
    """Have somebody take no more part in deals."""
    from dealflow.actions import team, versions
    from dealflow.model import Opportunity

    ids, rep = _deals_and_rep(run, targets, "leave")
    action = versions.only_if(if_version, Opportunity, ids, team.leave)
    return run.act(action, ids, rep, many=True)


def _deals_and_rep(run: Run, targets: list[str], verb: str) -> tuple[list[int], str]:
    if len(targets) < 2:
        raise UsageError(f"who is to {verb}?", f"dealflow {verb} {targets[0]} REP")
    return run.ids(targets[:-1]), targets[-1]


def hand_over(
    run: Run,
    filter_: Filter = None,
    from_: Annotated[str, typer.Option("--from", metavar="REP", help="whose they are")] = "me",
    to: Annotated[str | None, typer.Option("--to", metavar="REP", help="who takes them")] = None,
    accounts: Annotated[
        bool, typer.Option("--accounts", help="customers of the first rep as well")
    ] = False,
) -> Result:
    """Give the open deals of one rep to another, with what is planned on them."""
    from dealflow.actions import team
    from dealflow.questions.deals import numbers

    if to is None:
        raise UsageError("who takes them?", "dealflow hand-over --from li --to wang --dry-run")
    giver = run.me() if from_ == "me" else run.rep(from_)
    if giver is None:
        from dealflow.errors import UnknownActor

        raise UnknownActor
    mine = f'owner:"{giver.handle}"'
    ids = run.ask(numbers, [*(filter_ or []), mine, "status:open"])
    if len(ids) > 1:
        run.confirm(f"handing over {len(ids)} deals")
    return run.act(team.hand_over_all, ids, giver.handle, to, accounts, many=True)
