"""What happened to one deal: activities, moves and edits in one line of time, and its visits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dealflow.dates import day_of
from dealflow.errors import NotFound
from dealflow.model import Opportunity
from dealflow.money import Money
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.questions.columns import CURRENCY
from dealflow.questions.shaping import worth_showing
from dealflow.questions.telling import NOTHING, edited, whole_days
from dealflow.results import (
    BOOL,
    DAY,
    ID,
    INSTANT,
    INT,
    MACHINE,
    MONEY,
    SCREEN,
    TEXT,
    Column,
    Table,
)
from dealflow.stages import PipelineSpec
from dealflow.store import briefing, pipelines
from dealflow.store.briefing import Deed, Stay
from dealflow.store.labels import Labels

TIMELINE = (
    Column("at", "at", INSTANT),
    Column(
        "kind", "kind", about="kind of activity, how a visit ended, created, reopened or edited"
    ),
    Column("told", "what", TEXT, SCREEN),
    Column("what", "what", TEXT, MACHINE, "the note, the move, or what was changed"),
    Column("by", "by"),
    Column("outcome", "outcome", TEXT, MACHINE),
    Column("channel", "channel", TEXT, MACHINE),
    Column("direction", "direction", TEXT, MACHINE),
    Column("contact", "contact", TEXT, MACHINE),
    Column("activity", "activity", ID, MACHINE, "id of the activity"),
)
VISITS = (
    Column("seq", "visit", INT, MACHINE),
    Column("stage", "stage", TEXT, MACHINE, "its key"),
    Column("stage_name", "stage"),
    Column("entered", "from", DAY, SCREEN),
    Column("left", "to", DAY, SCREEN),
    Column("entered_at", "from", INSTANT, MACHINE),
    Column("left_at", "to", INSTANT, MACHINE),
    Column("days", "days", INT, about="whole days, up to now while it is there"),
    Column("ending", "ended", about="advanced, returned, won, lost, void; none while it is there"),
    Column("to_stage", "to stage", TEXT, MACHINE),
    Column("jumped", "skipped", INT, MACHINE, "open stages that the move passed over"),
    Column("owner", "owner", about="at the end of the visit; while it is there, at its start"),
    Column(
        "amount", "amount", MONEY, about="as it stood at the end; while it is there, at its start"
    ),
    CURRENCY,
    Column("told", "remarks", TEXT, SCREEN),
    Column("forced", "forced", BOOL, MACHINE, "whether requirements were overridden"),
    Column("why", "why", TEXT, MACHINE, "why they were"),
    Column("reason", "reason", TEXT, MACHINE, "for the loss"),
    Column("note", "note", TEXT, MACHINE),
)

_CLOSED = {"won", "lost", "void"}
#: columns that a move sets, and the visits tell
_TOLD_BY_MOVES = {"stage_id", "status", "stage_since", "closed_at", "pipeline_id"}


_CREATED, _EDITED, _DONE, _MOVED = range(4)


class Event(NamedTuple):
    """One line of the timeline. `rank` orders what happened within one second."""

    at: int
    rank: tuple[int, int]
    kind: str
    what: str | None
    by: str
    deed: Deed | None = None


def timeline(
    ask: Ask, deal: Opportunity, stays: Sequence[Stay], labels: Labels, *, limit: int | None
) -> Table:
    """The latest `limit` events, newest first; None for all."""
    deeds, count = briefing.deeds(ask.conn, deal.id, ask.now, labels, limit=limit)
    events = [*_moves(deal, stays, labels), *_edits(ask, deal, labels), *map(_done, deeds)]
    total = len(events) - len(deeds) + count
    events.sort(key=lambda event: (event.at, event.rank), reverse=True)
    shown = events if limit is None else events[:limit]
    left = total - len(shown)
    more = (f"{left:,} earlier; dealflow show {deal.id} --all",) if left else ()
    usual = labels.of("contact_id", deal.contact_id) if deal.contact_id else None
    rows = [_row(event, usual) for event in shown]
    return Table(name="timeline", columns=TIMELINE, rows=rows, notes=more)


def _row(event: Event, contact: str | None) -> tuple[object, ...]:
    """The line of an event; the screen names the contact where it is not the deal's own."""
    deed = event.deed
    usual = deed is not None and deed.contact == contact
    if deed is None:
        return event.at, event.kind, event.what, event.what, event.by, None, None, None, None, None
    told = " → ".join(part for part in (deed.note, deed.outcome) if part)
    if deed.contact and not usual:
        told = f"{deed.contact}: {told}" if told else deed.contact
    more = (deed.outcome, deed.channel, deed.direction, deed.contact, deed.id)
    return event.at, event.kind, told or None, event.what, event.by, *more


def _done(deed: Deed) -> Event:
    return Event(deed.at, (_DONE, deed.id), deed.kind, deed.note, deed.by, deed)


def _edits(ask: Ask, deal: Opportunity, labels: Labels) -> Iterator[Event]:
    """Edits of the deal itself; what a move set is told by the move."""
    currency = deal.currency
    found = briefing.edits(ask.conn, deal.id, ask.now)
    for number, (at, by, before, all_after) in reversed([*enumerate(found)]):
        after = {name: value for name, value in all_after.items() if name not in _TOLD_BY_MOVES}
        told = ", ".join(edited(before, after, currency, labels))
        currency = before.get("currency", currency)
        if told:
            yield Event(at, (_EDITED, number), "edited", told, by)


def _moves(deal: Opportunity, stays: Sequence[Stay], labels: Labels) -> Iterator[Event]:
    closed = False
    for stay in stays:
        stage = labels.of("stage_id", stay.stage_id)
        rank = (_MOVED, 2 * stay.seq)
        if stay.seq == 1:
            yield Event(deal.created_at, (_CREATED, 0), "created", f"in {stage}", stay.begun_by)
        elif closed:
            yield Event(stay.entered_at, rank, "reopened", f"in {stage}", stay.begun_by)
        closed = stay.ending in _CLOSED
        if stay.left_at is not None and stay.ending is not None:
            there = labels.of("stage_id", stay.to_stage_id) if stay.to_stage_id else None
            told = f"{stage} → {there}" if there and not closed else f"in {stage}"
            remarks = _remarks(stay)
            what = f"{told} · {remarks}" if remarks else told
            kind = "moved" if stay.elsewhere else stay.ending
            yield Event(stay.left_at, (_MOVED, 2 * stay.seq + 1), kind, what, stay.by)


def _remarks(stay: Stay) -> str | None:
    """Why it was lost, what was skipped or forced, and the note."""
    parts = (
        stay.reason,
        f"skipped {stay.jumped}" if stay.jumped and stay.ending else None,
        f"forced: {stay.why or NOTHING}" if stay.forced else None,
        f"came forced: {stay.entry_why}" if stay.entry_why else None,
        stay.note,
    )
    return " · ".join(part for part in parts if part) or None


def visits(ask: Ask, stays: Sequence[Stay], pipeline: PipelineSpec) -> Table:
    """Every stay in a stage, in order, the present one last."""
    rows = [_visit(ask, stay, pipeline) for stay in stays]
    return Table(name="visits", columns=worth_showing(VISITS, rows, "told"), rows=rows)


def _visit(ask: Ask, stay: Stay, pipeline: PipelineSpec) -> tuple[object, ...]:
    there = _stage(ask, pipeline, stay.to_stage_id)
    key, name = _stage(ask, pipeline, stay.stage_id)
    left = stay.left_at
    return (
        stay.seq,
        key,
        name,
        day_of(stay.entered_at, ask.zone),
        None if left is None else day_of(left, ask.zone),
        stay.entered_at,
        left,
        whole_days(stay.entered_at, ask.now if left is None else left),
        stay.ending,
        there[0],
        stay.jumped if stay.ending else 0,
        stay.owner,
        None if stay.amount is None else Money(stay.amount, stay.currency),
        stay.currency,
        _remarks(stay),
        bool(stay.forced),
        stay.why,
        stay.reason,
        stay.note,
    )


def _stage(ask: Ask, pipeline: PipelineSpec, stage_id: int | None) -> tuple[str | None, str | None]:
    """Key and name; of a stage in another pipeline, that one's key too."""
    if stage_id is None:
        return None, None
    try:
        stage = pipeline.by_id(stage_id)
    except NotFound:
        other = pipelines.of_stage(ask.conn, stage_id, ask.now)
        stage = other.by_id(stage_id)
        return stage.key, f"{other.key}: {stage.name}"
    return stage.key, stage.name
