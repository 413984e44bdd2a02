"""Moving deals from one pipeline into another."""

from __future__ import annotations

from collections.abc import Sequence

from dealflow import stages
from dealflow.actions import Actor, Done, lookup, together
from dealflow.actions.moves import (
    aside,
    last_visit,
    latest,
    left,
    start_visit,
    when_it_was,
    why_told,
)
from dealflow.actions.onentry import plan_entry
from dealflow.frozen import Frozen
from dealflow.model import Opportunity
from dealflow.stages import Intent, Standing
from dealflow.store.evidence import evidence
from dealflow.text import tidy


class Switch(Frozen):
    """Where deals are moved to, and what is said of it."""

    pipeline: str
    """Key or name."""
    stage: str | None = None
    """Key or name; the first open stage if None."""
    at: int | None = None
    """When it happened; now if None."""
    force: bool = False
    why: str | None = None
    note: str | None = None
    plans: bool = True
    """Whether what the stage plans on entry is planned."""


def switch_all(by: Actor, deal_ids: Sequence[int], told: Switch) -> Done:
    """Move several deals: all of them, or none."""
    return together("opportunity", (switch(by, deal_id, told) for deal_id in deal_ids))


def switch(by: Actor, deal_id: int, told: Switch) -> Done:
    """Move an open deal into another pipeline. Errors: as stages.plan_switch, NotFound.

    The visit that ends is kept as one that returned, and knows the stage it went to: the pipeline
    that is left counts it neither as an advance nor as a loss. What is overridden is kept with the
    visit that begins. Owner, amount and open follow-ups stay as they are.
    """
    deal = lookup.deal(by, deal_id)
    here, there = lookup.pipeline_of(by, deal), lookup.pipeline(by, told.pipeline)
    last = last_visit(by, deal)
    intent = Intent(
        verb="move",
        to=told.stage,
        force=told.force,
        why=told.why,
        at=when_it_was(by, told.at, deal, last),
    )
    standing = Standing(
        id=deal.id,
        title=deal.title,
        stage_id=deal.stage_id,
        status=deal.status,
        entered_at=last.entered_at,
        closed_at=deal.closed_at,
    )
    known, now = evidence(by.book.conn, deal.id), latest(by, told.at, intent.at)
    planned = stages.plan_switch((here, there), standing, intent, known, now)
    to = planned.to_stage
    assert to is not None
    note = tidy(told.note, "the note", 100_000) if told.note else None
    ended = {**left(deal, last, planned.at), "ending": planned.ending, "to_stage_id": to.id}
    by.book.change(last, **ended, note=note)
    start_visit(by, deal, to, planned.at, last.seq + 1, entry_why=why_told(planned))
    stands = {"pipeline_id": there.id, "stage_id": to.id, "stage_since": planned.at}
    moved: Opportunity = by.book.change(deal, **stands)
    steps = plan_entry(by, moved, to, planned.at) if told.plans else ()
    path = f"{here.name}, {planned.from_stage.name} → {there.name}, {to.name}"
    return Done(
        "opportunity",
        (deal.id,),
        (f"deal {deal.id} {deal.title}: {path}{aside(planned)}", *steps),
    )
