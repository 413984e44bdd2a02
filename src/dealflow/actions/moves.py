"""Moving deals: advance, back, win, lose, void, reopen. The stage machine decides; this records."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dealflow import stages
from dealflow.actions import Actor, Done, lookup, together
from dealflow.actions.activities import open_plans
from dealflow.actions.onentry import plan_entry
from dealflow.errors import RequirementsMissing, UsageError
from dealflow.frozen import Frozen
from dealflow.model import (
    ADVANCED,
    LOST,
    OPEN,
    RETIRED_UNDER_IT,
    RETURNED,
    VOID,
    WON,
    Opportunity,
    Visit,
)
from dealflow.money import Money, shown
from dealflow.stages import Intent, Move, PipelineSpec, StageSpec, Standing, Verb
from dealflow.store.evidence import evidence
from dealflow.text import tidy

_DAY = 86_400


class Told(Frozen):
    """What is said of a move, for one deal or for several."""

    verb: Verb
    to: str | None = None
    """Key or name of a stage."""
    reason: str | None = None
    """Key or name of a loss reason."""
    at: int | None = None
    """When it happened; now if None."""
    force: bool = False
    why: str | None = None
    note: str | None = None
    plans: bool = True
    """Whether what the stage plans on entry is planned."""


def move_all(by: Actor, deal_ids: Sequence[int], told: Told) -> Done:
    """Move several deals: all of them, or none."""
    return together("opportunity", (move(by, deal_id, told) for deal_id in deal_ids))


def move(by: Actor, deal_id: int, told: Told) -> Done:
    """Do what is told to one deal. Errors: as stages.plan_move, NotFound, UnknownWord."""
    deal = lookup.deal(by, deal_id)
    pipeline = lookup.pipeline_of(by, deal)
    reason = lookup.reason(by, told.reason) if told.reason else None
    last = last_visit(by, deal)
    intent = Intent(
        verb=told.verb,
        to=told.to,
        reason=reason.key if reason else None,
        force=told.force,
        why=told.why,
        at=when_it_was(by, told.at, deal, last),
    )
    known = evidence(by.book.conn, deal.id)
    standing = Standing(
        id=deal.id,
        title=deal.title,
        stage_id=deal.stage_id,
        status=deal.status,
        entered_at=last.entered_at,
        closed_at=deal.closed_at,
    )
    planned = stages.plan_move(pipeline, standing, intent, known, latest(by, told.at, intent.at))
    if planned.ending is None:
        return _reopen(by, deal, planned, last.seq, told.plans)
    ended: dict[str, Any] = {
        **left(deal, last, planned.at),
        "ending": planned.ending,
        "to_stage_id": planned.to_stage.id if planned.to_stage else None,
        "passed": passed(planned.jumped),
        "reason_id": reason.id if reason else None,
        "note": tidy(told.note, "the note", 100_000) if told.note else None,
        "forced": int(planned.forced),
        "why": why_told(planned),
    }
    by.book.change(last, **ended)
    if planned.ending in {ADVANCED, RETURNED}:
        return _enter(by, deal, planned, last.seq, told.plans)
    return _close(by, deal, planned)


def left(deal: Opportunity, last: Visit, at: int) -> dict[str, Any]:
    """The end of a visit: whose the deal is then, and what it is worth."""
    return {
        "left_at": at,
        "end_owner_id": deal.owner_id,
        "end_amount": deal.amount,
        "currency": deal.currency,
        "amount": last.amount if last.currency == deal.currency else None,
    }


def passed(jumped: Sequence[StageSpec]) -> str:
    """The stages that a move passed over, as a visit keeps them."""
    return json.dumps([stage.id for stage in jumped])


def why_told(planned: Move) -> str | None:
    """Why requirements were overridden, where they were."""
    return tidy(planned.why, "the why") if planned.forced and planned.why else None


def when_it_was(by: Actor, at: int | None, deal: Opportunity, last: Visit) -> int:
    """When it happened: as told, else now, but not before what it follows.

    A clock that was set back must not stop the work; order is kept by `seq`, not by time.
    """
    return max(by.now, last.entered_at, deal.closed_at or 0) if at is None else at


def latest(by: Actor, told: int | None, at: int) -> int:
    """Up to when a move can lie: now; where nobody said when and the clock is late, then."""
    return by.now if told is not None else max(by.now, at)


def requirements_met(
    by: Actor,
    deal: Opportunity,
    pipeline: PipelineSpec,
    stage: StageSpec,
    *,
    force: bool,
    why: str | None,
) -> bool:
    """Hold a deal that is added in a later stage to what that stage and those before it ask for.

    Returns whether requirements were overridden. Error: RequirementsMissing, naming every gap.
    """
    if force and not why:
        raise UsageError("a forced move says why", 'add --why "…"')
    known = evidence(by.book.conn, deal.id)
    gaps = [told for _, told in stages.missing(pipeline.asks_at_entry(stage), known, by.now)]
    if gaps and not force:
        hint = f'add it in {pipeline.open_stages[0].key} first, or add --force --why "…"'
        raise RequirementsMissing(f"deal '{deal.title}'", stage.name, gaps, hint)
    return bool(gaps)


def last_visit(by: Actor, deal: Opportunity) -> Visit:
    return by.book.where(Visit, opportunity_id=deal.id)[-1]


def _enter(by: Actor, deal: Opportunity, planned: Move, seq: int, plans: bool) -> Done:
    to = planned.to_stage
    assert to is not None
    start_visit(by, deal, to, planned.at, seq + 1)
    deal = by.book.change(deal, stage_id=to.id, stage_since=planned.at)
    told = f"deal {deal.id} {deal.title}: {planned.from_stage.name} → {to.name}{aside(planned)}"
    steps = plan_entry(by, deal, to, planned.at) if plans else ()
    return Done("opportunity", (deal.id,), (told, *steps))


def start_visit(
    by: Actor, deal: Opportunity, stage: StageSpec, at: int, seq: int, **entry: Any
) -> None:
    by.book.add(
        Visit(
            opportunity_id=deal.id,
            seq=seq,
            stage_id=stage.id,
            owner_id=deal.owner_id,
            amount=deal.amount,
            currency=deal.currency,
            entered_at=at,
            **entry,
        )
    )


def aside(planned: Move) -> str:
    """What a person should notice about the move."""
    parts = []
    if planned.jumped:
        parts.append("skipped " + ", ".join(stage.name for stage in planned.jumped))
    if planned.forced:
        parts.append("forced: " + "; ".join(planned.gaps_overridden))
    return f" ({'; '.join(parts)})" if parts else ""


_CLOSED = {WON: "won", LOST: "lost", VOID: "void"}


def _close(by: Actor, deal: Opportunity, planned: Move) -> Done:
    ending = planned.ending or VOID
    by.book.change(deal, status=ending, closed_at=planned.at)
    cancelled = _cancel_plans(by, deal, planned)
    parts = [f"{_CLOSED[ending]}: deal {deal.id} {deal.title}"]
    if deal.amount is not None and ending == WON:
        parts.append(shown(Money(deal.amount, deal.currency)))
    parts.append(f"{(planned.at - deal.created_at) // _DAY} days after it was created")
    if cancelled:
        parts.append(f"{cancelled} planned follow-up{'s' * (cancelled != 1)} cancelled")
    return Done("opportunity", (deal.id,), (" · ".join(parts) + aside(planned),))


def _cancel_plans(by: Actor, deal: Opportunity, planned: Move) -> int:
    plans = open_plans(by, deal)
    for plan in plans:
        at = max(planned.at, plan.created_at)
        by.book.change(plan, cancelled_at=at, cancelled_why=f"deal {planned.ending}")
    return len(plans)


def _reopen(by: Actor, deal: Opportunity, planned: Move, seq: int, plans: bool) -> Done:
    to = planned.to_stage
    assert to is not None
    entry = {"onward": int(planned.onward), "entry_why": why_told(planned)}
    start_visit(by, deal, to, planned.at, seq + 1, **entry)
    new = {"status": OPEN, "closed_at": None, "stage_id": to.id, "stage_since": planned.at}
    reopened = by.book.change(deal, **new)
    told = (
        f"reopened: deal {deal.id} {deal.title} in {to.name}; it was {deal.status}{aside(planned)}"
    )
    steps = plan_entry(by, reopened, to, planned.at) if plans else ()
    return Done("opportunity", (deal.id,), (told, *steps))


def rehome(by: Actor, deal: Opportunity, old: StageSpec, home: StageSpec) -> None:
    """Move a deal out of a stage that is being retired: no requirement asks, and it is recorded.

    It counts as a forced move, and as passing over nothing: nobody chose to leave stages out.
    """
    last = last_visit(by, deal)
    at = max(by.now, last.entered_at)
    by.book.change(
        last,
        **left(deal, last, at),
        ending=ADVANCED if home.position > old.position else RETURNED,
        to_stage_id=home.id,
        forced=1,
        why=RETIRED_UNDER_IT.format(old.name),
    )
    start_visit(by, deal, home, at, last.seq + 1)
    by.book.change(deal, stage_id=home.id, stage_since=at)
