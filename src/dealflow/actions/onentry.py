"""What entering a stage plans: the follow-ups of its definition, each once."""

from __future__ import annotations

from dataclasses import replace

from dealflow.actions import Actor, lookup
from dealflow.actions.activities import Plan, kind_in, open_plans, plan_on, planned_told
from dealflow.dates import day_of
from dealflow.followups import CHANNELS, Cadence, next_due
from dealflow.model import Opportunity, Participant, Rep
from dealflow.stages import StageSpec
from dealflow.steps import Step
from dealflow.text import fold


def plan_entry(by: Actor, deal: Opportunity, stage: StageSpec, at: int) -> tuple[str, ...]:
    """Plan what `stage` has planned for a deal that entered it at `at`; what is to be said of it.

    Days count from the day of the entry, in the business time zone. A step whose day has passed by
    now is not planned: it would be overdue at once, and whoever enters a move late has done it or
    not. Nor is one that equals a follow-up which is open on the deal.
    """
    if not stage.plan:
        return ()
    there = {_same(row.kind, row.what) for row in open_plans(by, deal)}
    said: list[str] = []
    for step in stage.plan:
        said += _plan_step(by, deal, step, at, there)
    return tuple(said)


def _plan_step(
    by: Actor, deal: Opportunity, step: Step, at: int, there: set[tuple[str | None, str]]
) -> tuple[str, ...]:
    day = next_due(day_of(at, by.db.zone), Cadence(step.count, step.unit), by.db.calendar)
    if day < day_of(by.now, by.db.zone):
        return (f"not planned on deal {deal.id}, its day has passed ({day}): {step.what}",)
    thing = _same(step.kind or kind_in(step.what), step.what)
    if thing in there:
        return ()
    there.add(thing)
    rep = _for(by, deal, step)
    who = rep.handle if rep else None
    new = Plan(due=day, what=step.what, goal=step.goal, kind=step.kind, for_=who)
    new = replace(new, channel=CHANNELS.get(step.kind or kind_in(step.what) or ""))
    row = plan_on(by, deal, new)
    nobody = f" (nobody is {step.role} here: it is the owner's)" if step.role and not rep else ""
    return (planned_told(by, row, deal) + nobody,)


def _for(by: Actor, deal: Opportunity, step: Step) -> Rep | None:
    """Who has the role in the deal, else the rep of that name; None: the owner."""
    if step.role is None:
        return None
    told = fold(step.role)
    for row in by.book.where(Participant, opportunity_id=deal.id):
        if fold(row.role) == told:
            return by.book.load(Rep, row.rep_id)
    return lookup.rep_named(by.book.where(Rep), step.role)


def _same(kind: str | None, what: str) -> tuple[str | None, str]:
    """What makes two follow-ups of a deal the same thing to do."""
    return kind, fold(" ".join(what.split()))
