"""Following up: plan what will be done, log what was done, finish and snooze plans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from datetime import date, datetime
from typing import Any

from dealflow import followups
from dealflow.actions import Actor, Done, lookup
from dealflow.dates import day_of
from dealflow.errors import ClosedDeal, NotFound, Refused, UnknownWord
from dealflow.frozen import Frozen
from dealflow.model import Account, Activity, FollowUp, Opportunity
from dealflow.text import tidy
from dealflow.typed import quoted

When = date | int
"""A day, or an instant in epoch seconds."""


class Plan(Frozen):
    """What is to be done next, when, and to what end."""

    due: When
    what: str
    goal: str | None = None
    kind: str | None = None
    for_: str | None = None
    """For whom: a rep's handle or name; the deal's owner if None."""
    channel: str | None = None
    """How it is to be done: phone, WeChat …"""


class Happened(Frozen):
    """What was done, when, and what came of it."""

    kind: str
    note: str | None = None
    at: int | None = None
    channel: str | None = None
    direction: str | None = None
    outcome: str | None = None
    contact: str | None = None
    next: Plan | None = field(default=None)


def plan(by: Actor, deal_id: int, new: Plan) -> Done:
    """Plan a follow-up on an open deal."""
    deal = lookup.deal(by, deal_id)
    _only_open(deal)
    row = plan_on(by, deal, new)
    return Done("follow_up", (row.id,), (planned_told(by, row, deal),))


def plan_on(by: Actor, deal: Opportunity, new: Plan) -> FollowUp:
    """Store a planned follow-up of a deal that is known to be open."""
    what = tidy(new.what, "what is planned")
    rep = lookup.rep(by, new.for_) if new.for_ else None
    return by.book.add(
        FollowUp(
            opportunity_id=deal.id,
            **_due(by, new.due),
            what=what,
            goal=tidy(new.goal, "the goal") if new.goal else None,
            kind=lookup.activity_kind(new.kind) if new.kind else kind_in(what),
            channel=_short(new.channel, "the channel"),
            rep_id=rep.id if rep else deal.owner_id,
            by_id=by.me.id,
            created_at=by.now,
        )
    )


def _due(by: Actor, due: When) -> dict[str, Any]:
    """The three columns that say when a follow-up is due."""
    zone = by.db.zone
    day = due if isinstance(due, date) else day_of(due, zone)
    instant = None if isinstance(due, date) else due
    late = followups.late_at(day, instant, zone)
    return {"due_day": day.isoformat(), "due_at": instant, "late_at": late}


def kind_in(what: str) -> str | None:
    """The kind that a plan begins with: `call Wang`, `demo`, `电话王女士`."""
    for word, kind in lookup.KIND_WORDS.items():
        if not word.isascii() and what.startswith(word):  # Chinese puts no blank between words
            return kind
    try:
        return lookup.activity_kind(what.split(maxsplit=1)[0].rstrip(":,"))
    except UnknownWord:
        return None


def planned_told(by: Actor, row: FollowUp, deal: Opportunity) -> str:
    what = f"planned follow-up {row.id} on deal {deal.id} {deal.title}"
    way = f" ({row.channel})" if row.channel else ""
    return f"{what}: {_due_told(by, row)} {row.what}{way}{_warned(by, row)}"


def _warned(by: Actor, row: FollowUp) -> str:
    late = followups.is_overdue(row.late_at, by.now)
    return " (that is past: it is overdue at once)" if late else ""


def _due_told(by: Actor, row: FollowUp) -> str:
    """`Fri 2026-07-03`, and the time of day where there is one."""
    day = f"{date.fromisoformat(row.due_day):%a %Y-%m-%d}"
    if row.due_at is None:
        return day
    return f"{day} {datetime.fromtimestamp(row.due_at, by.db.zone):%H:%M}"


def log(by: Actor, deal_id: int, what: Happened) -> Done:
    """Record what was done, and plan the next step where `what.next` says so."""
    deal = lookup.deal(by, deal_id)
    row = _log(by, deal, what)
    told = f"logged {row.kind} on deal {deal.id} {deal.title}"
    return Done("activity", (row.id,), (told, *_next_step(by, deal, what)))


def _log(by: Actor, deal: Opportunity, what: Happened) -> Activity:
    _only_past(by, what, f'dealflow plan {deal.id} DATE "…" is for what lies ahead')
    person = None
    if what.contact:
        if deal.account_id is None:
            raise Refused("a contact belongs to a customer, and this deal has none")
        person = lookup.contact(by, deal.account_id, what.contact)
    contact_id = person.id if person else deal.contact_id
    return by.book.add(
        Activity(opportunity_id=deal.id, contact_id=contact_id, **_happened(by, what))
    )


def log_with_customer(by: Actor, name: str, what: Happened) -> Done:
    """Record what was done with a customer, and with no deal of theirs in particular.

    It counts as evidence for each of the customer's deals, and is nobody's last contact.
    """
    customer = lookup.account(by, name)
    _only_past(by, what, f"dealflow list {quoted('account:' + customer.name)} shows their deals")
    person = lookup.contact(by, customer.id, what.contact) if what.contact else None
    contact_id = person.id if person else None
    row = by.book.add(
        Activity(account_id=customer.id, contact_id=contact_id, **_happened(by, what))
    )
    return Done("activity", (row.id,), (f"logged {row.kind} with {customer.name}",))


def _only_past(by: Actor, what: Happened, hint: str) -> None:
    if what.at is not None and what.at > by.now:
        raise Refused("what is logged has happened; it cannot lie in the future", hint)


def _happened(by: Actor, what: Happened) -> dict[str, Any]:
    """The columns that say what was done, whoever it was done with."""
    return {
        "kind": lookup.activity_kind(what.kind),
        "channel": _short(what.channel, "the channel"),
        "direction": what.direction,
        "outcome": _short(what.outcome, "the outcome"),
        "note": tidy(what.note, "the note", 100_000) if what.note else None,
        "at": by.now if what.at is None else what.at,
        "rep_id": by.me.id,
    }


def _short(value: str | None, what: str) -> str | None:
    return tidy(value, what, 200) if value else None


def _next_step(by: Actor, deal: Opportunity, what: Happened) -> tuple[str, ...]:
    """Plan the next step, or propose one where nothing is planned on an open deal."""
    if deal.status != "open":
        if what.next:
            _only_open(deal)
        return ()
    if what.next:
        row = plan_on(by, deal, what.next)
        return (planned_told(by, row, deal),)
    if open_plans(by, deal):
        return ()
    grade = _grade(by, deal)
    day = _proposed(by, grade)
    why = f"grade {grade}" if grade != "-" else "no grade"
    return (
        (
            f"nothing is planned; the cadence ({why}) proposes {day:%a %Y-%m-%d}{_basis(by, day)}:"
            f' dealflow plan {deal.id} {day} "…"'
        ),
    )


def open_plans(by: Actor, deal: Opportunity) -> list[FollowUp]:
    """The deal's follow-ups that are neither done nor cancelled."""
    return by.book.where(FollowUp, opportunity_id=deal.id, done_at=None, cancelled_at=None)


def _grade(by: Actor, deal: Opportunity) -> str:
    if deal.grade or deal.account_id is None:
        return deal.grade or "-"
    return by.book.load(Account, deal.account_id).grade or "-"


def _proposed(by: Actor, grade: str) -> date:
    cadence = followups.parse_cadence(by.db.setting(f"cadence.{grade}"))
    return followups.next_due(day_of(by.now, by.db.zone), cadence, by.db.calendar)


def _basis(by: Actor, day: date) -> str:
    """Said where there is a holiday calendar and it does not reach so far."""
    known = by.db.calendar.years
    return " (weekends only)" if known and day.year not in known else ""


def done(by: Actor, follow_up_id: int, what: Happened | None) -> Done:
    """Finish a plan: log what was done under its kind, and plan the next step if told so.

    It was done through the channel that was planned, where none is told.
    """
    row = _open(by, follow_up_id)
    deal = lookup.deal(by, row.opportunity_id)
    kind = what.kind if what and what.kind else row.kind or "note"
    note = (what.note if what else None) or row.what
    happened = Happened(
        kind=kind,
        note=note,
        at=what.at if what else None,
        channel=(what.channel if what else None) or row.channel,
        outcome=what.outcome if what else None,
        next=what.next if what else None,
    )
    activity = _log(by, deal, happened)
    finished = max(activity.at, row.created_at)
    by.book.change(row, done_at=finished, activity_id=activity.id)
    late = followups.is_overdue(row.late_at, finished)
    days = followups.days_late(date.fromisoformat(row.due_day), day_of(finished, by.db.zone))
    told = f"done: follow-up {row.id} on deal {deal.id} {deal.title}: {row.what}"
    told += f" ({days} day{'s' * (days != 1)} late)" if late and days else ""
    return Done("follow_up", (row.id,), (told, *_next_step(by, deal, happened)))


def snooze(by: Actor, follow_up_id: int, until: When | Callable[[date], When]) -> Done:
    """Move a plan to another day, or to one reckoned from the later of today and its due day.

    How often it was put off is counted and shown; that it is brought forward is said.
    """
    row = _open(by, follow_up_id)
    if callable(until):
        today = day_of(by.now, by.db.zone)
        until = until(max(today, date.fromisoformat(row.due_day)))
    due = _due(by, until)
    put_off = due["late_at"] > row.late_at
    moved = by.book.change(row, **due, snoozed=row.snoozed + put_off)
    if moved is row:
        return Done("follow_up", (row.id,), (f"follow-up {row.id} {row.what} is as it was",))
    times = "once" if moved.snoozed == 1 else f"{moved.snoozed} times"
    told = f"follow-up {row.id} {row.what}: {_due_told(by, row)} → {_due_told(by, moved)}"
    told += f" (snoozed {times})" if put_off else " (brought forward)"
    return Done("follow_up", (row.id,), (f"{told}{_warned(by, moved)}",))


def cancel(by: Actor, follow_up_id: int, why: str) -> Done:
    """Give a plan up, with a reason."""
    row = _open(by, follow_up_id)
    by.book.change(row, cancelled_at=by.now, cancelled_why=tidy(why, "the why"))
    return Done("follow_up", (row.id,), (f"cancelled follow-up {row.id} {row.what}: {why}",))


def _open(by: Actor, follow_up_id: int) -> FollowUp:
    row = by.book.find(FollowUp, id=follow_up_id)
    meant = _meant(by, follow_up_id)
    if row is None:
        hint = meant or "dealflow agenda lists them"
        raise NotFound("follow-up", str(follow_up_id), hint=hint)
    if row.done_at is not None:
        raise Refused(f"follow-up {row.id} ({row.what}) is done already", meant)
    if row.cancelled_at is not None:
        raise Refused(f"follow-up {row.id} ({row.what}) was cancelled: {row.cancelled_why}")
    return row


def _meant(by: Actor, number: int) -> str | None:
    """Where the number is a deal's: that deal's open follow-ups, which may have been meant."""
    deal = by.book.find(Opportunity, id=number)
    plans = open_plans(by, deal) if deal else []
    told = ", ".join(f"{plan.id} {plan.what}" for plan in plans)
    return f"deal {number} has the follow-ups {told}" if told else None


def _only_open(deal: Opportunity) -> None:
    if deal.status != "open":
        what = f"deal {deal.id} ({deal.title})"
        raise ClosedDeal(what, deal.status, f"dealflow reopen {deal.id}")
