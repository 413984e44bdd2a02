"""log, plan, done, snooze, cancel, agenda: following up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from dealflow.commands.options import (
    At,
    Channel,
    Filter,
    For,
    Goal,
    Id,
    Ids,
    IfVersion,
    Inbound,
    Kind,
    Limit,
    Next,
    NextWhat,
    NoteArgument,
    Outcome,
    WithWhom,
    next_step,
)
from dealflow.errors import UsageError
from dealflow.invocation import Run
from dealflow.results import Result

if TYPE_CHECKING:
    from dealflow.actions import Actor, Done


def log(
    run: Run,
    deal: Id,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="call, visit, email, demo, 电话 …")],
    note: NoteArgument = None,
    at: At = None,
    outcome: Outcome = None,
    channel: Channel = None,
    contact: WithWhom = None,
    inbound: Inbound = False,
    next_: Next = None,
    next_what: NextWhat = None,
    goal: Goal = None,
    for_: For = None,
    if_version: IfVersion = None,
) -> Result:
    """Log what was done on a deal, and plan the next step in the same breath."""
    from dealflow.actions import activities, versions
    from dealflow.model import Opportunity

    what = activities.Happened(
        kind=kind,
        note=note,
        at=run.moment(at),
        outcome=outcome,
        channel=channel,
        contact=contact,
        direction="in" if inbound else None,
        next=next_step(run, next_, next_what, goal, for_),
    )
    target = run.id(deal)
    action = versions.only_if(if_version, Opportunity, [target], activities.log)
    return run.act(action, target, what)


def plan(
    run: Run,
    deal: Id,
    when: Annotated[str, typer.Argument(metavar="WHEN", help="tomorrow, fri, +3d, 下周五 14:30")],
    what: Annotated[str, typer.Argument(metavar="WHAT", help="what will be done")],
    goal: Goal = None,
    kind: Kind = None,
    channel: Channel = None,
    for_: For = None,
    if_version: IfVersion = None,
) -> Result:
    """Plan a follow-up: when, what, to what end, through which channel, by whom."""
    from dealflow.actions import activities, versions
    from dealflow.model import Opportunity

    new = activities.Plan(
        due=run.when(when), what=what, goal=goal, kind=kind, for_=for_, channel=channel
    )
    target = run.id(deal)
    action = versions.only_if(if_version, Opportunity, [target], activities.plan)
    return run.act(action, target, new)


def done(
    run: Run,
    ids: Ids,
    note: Annotated[
        str | None, typer.Option("--note", metavar="TEXT", help="what was said")
    ] = None,
    kind: Kind = None,
    outcome: Outcome = None,
    channel: Channel = None,
    at: At = None,
    next_: Next = None,
    next_what: NextWhat = None,
    goal: Goal = None,
    for_: For = None,
    if_version: IfVersion = None,
) -> Result:
    """Finish planned follow-ups by their numbers; logs what was done."""
    from dealflow.actions import activities

    what = activities.Happened(
        kind=kind or "",
        note=note,
        at=run.moment(at),
        outcome=outcome,
        channel=channel,
        next=next_step(run, next_, next_what, goal, for_),
    )
    targets = run.ids(ids)
    return _each(run, targets, if_version, lambda by, i: activities.done(by, i, what))


def snooze(
    run: Run,
    targets: Annotated[
        list[str], typer.Argument(metavar="ID... WHEN", help="follow-ups, then the new day")
    ],
    if_version: IfVersion = None,
) -> Result:
    """Move planned follow-ups to another day: `snooze 7 +2d`.

    `+2d` counts from the day it is due, or from today where that is later.
    """
    from dealflow.actions import activities

    if len(targets) < 2:
        raise UsageError("snooze until when?", f"dealflow snooze {targets[0]} +2d")
    until, ids = _until(run, targets[-1]), run.ids(targets[:-1])
    return _each(run, ids, if_version, lambda by, i: activities.snooze(by, i, until))


def _until(run: Run, word: str) -> date | int | Callable[[date], date | int]:
    """A day or an instant; `+2d`, reckoned from a day that only the plan tells. Error: BadDate."""
    told = run.when(word)
    if isinstance(told, int) or not word.strip().startswith("+"):
        return told
    return lambda since: run.when(word, since=since)


def cancel(
    run: Run,
    ids: Ids,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="why it is given up")],
    if_version: IfVersion = None,
) -> Result:
    """Give planned follow-ups up, with a reason."""
    from dealflow.actions import activities

    return _each(run, run.ids(ids), if_version, lambda by, i: activities.cancel(by, i, why))


def _each(
    run: Run, ids: list[int], if_version: int | None, one: Callable[[Actor, int], Done]
) -> Result:
    """The same with every follow-up: all of them, or none."""
    from dealflow.actions import together, versions
    from dealflow.model import FollowUp

    def every(by: Actor) -> Done:
        return together("follow_up", (one(by, i) for i in ids))

    return run.act(versions.only_if(if_version, FollowUp, ids, every), many=True)


def agenda(
    run: Run,
    filter_: Filter = None,
    days: Annotated[
        int, typer.Option("--days", metavar="N", help="how far ahead", min=0, max=366)
    ] = 7,
    for_: For = None,
    limit: Limit = None,
) -> Result:
    """What is planned: overdue, today, and the next days."""
    from dealflow.questions import agenda as question

    rows = run.cut(limit)
    return run.ask(question.agenda, filter_ or [], days=days, for_=for_, limit=rows)
