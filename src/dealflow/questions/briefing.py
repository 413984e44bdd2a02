"""`dealflow show`: everything about one deal in one screen, as of now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from dealflow import followups, requirements, stages
from dealflow.errors import NotFound
from dealflow.frozen import Frozen
from dealflow.model import CONTACT_KINDS, OPEN, WON, Account, Contact, Opportunity, Rep
from dealflow.money import Money
from dealflow.questions import Ask, customfields, suggestions, timeline
from dealflow.questions.columns import CURRENCY, VERSION
from dealflow.questions.shaping import shaped, worth_showing
from dealflow.questions.telling import ago, days, percent, when, whole_days
from dealflow.requirements import Evidence
from dealflow.results import (
    BOOL,
    BOTH,
    DAY,
    DUE,
    ID,
    INSTANT,
    INT,
    LIST,
    MACHINE,
    MONEY,
    NUMBER,
    SCREEN,
    TEXT,
    Column,
    Record,
    Table,
)
from dealflow.stages import PipelineSpec, StageSpec, Standing
from dealflow.store import briefing, pipelines
from dealflow.store.briefing import Stay
from dealflow.store.evidence import as_it_was, evidence
from dealflow.store.labels import Labels
from dealflow.store.past import is_past, row_at
from dealflow.store.values import array, mapping
from dealflow.typed import quoted

Fact = tuple[Column, Any]

REQUIREMENTS = (
    Column("met", "met", BOOL),
    Column("requirement", "requirement", TEXT, MACHINE, "as the pipeline's document writes it"),
    Column("stage", "stage", TEXT, MACHINE, "key of the stage it is asked for; won without one"),
    Column("told", "asked for", about="what it asks for, or what is missing"),
    Column("remedy", "what to do", about="the command that closes the gap"),
)
PLANNED = (
    Column("id", "id", ID),
    Column("when", "when", TEXT, SCREEN),
    Column("due", "due", DUE, MACHINE),
    Column("days_late", "days late", INT, MACHINE, "calendar days, business time zone"),
    Column("kind", "kind", TEXT, MACHINE),
    Column("what", "what"),
    Column("goal", "goal"),
    Column("channel", "via", about="through which channel"),
    Column("for", "for"),
    Column("by", "by", TEXT, MACHINE, "handle of who planned it"),
    Column("snoozed", "snoozed", INT, MACHINE, "how often it was put off"),
)
TEAM = (
    Column("rep", "rep", about="handle of who takes part beside the owner"),
    Column("name", "name"),
    Column("role", "role"),
)
PRODUCTS = (
    Column("id", "id", INT, MACHINE),
    Column("product", "product"),
    Column("quantity", "quantity", INT),
    Column("price", "price", MONEY),
    Column("total", "total", MONEY),
    CURRENCY,
)


class Brief(Frozen, kw_only=False):
    """What is known of a deal at the instant asked about."""

    ask: Ask
    deal: Opportunity
    account: Account | None
    contact: Contact | None
    owner: Rep | None
    pipeline: PipelineSpec
    stays: list[Stay]
    labels: Labels

    @property
    def last(self) -> Stay:
        return self.stays[-1]

    @property
    def here(self) -> StageSpec:
        return self.pipeline.by_id(self.last.stage_id)

    @property
    def status(self) -> str:
        ending = self.last.ending
        return ending if ending in {"won", "lost", "void"} else OPEN

    @property
    def is_open(self) -> bool:
        return self.status == OPEN

    @property
    def days_here(self) -> int:
        return whole_days(self.last.entered_at, self.last.left_at or self.ask.now)


#: events of the timeline that fit on the screen beside the rest
_LATEST = 10


def show(ask: Ask, deal_id: int, *, everything: bool = False) -> Record:
    """The briefing of one deal, with its latest events or `everything`. Error: NotFound."""
    brief = _read(ask, deal_id)
    required, notes = _requirements(brief)
    limit = None if everything else _LATEST
    facts = [*_stage(brief), *_customer(brief), *_money(brief), *_rest(brief)]
    return Record(
        name="deal",
        title=f"deal {deal_id} · {brief.deal.title}",
        columns=tuple(column for column, _ in facts),
        row=tuple(value for _, value in facts),
        sections=(
            required,
            _planned(brief),
            timeline.timeline(ask, brief.deal, brief.stays, brief.labels, limit=limit),
            timeline.visits(ask, brief.stays, brief.pipeline),
            _products(brief),
            _participants(brief),
        ),
        notes=notes,
    )


def _read(ask: Ask, deal_id: int) -> Brief:
    deal = row_at(ask.conn, Opportunity, deal_id, ask.now)
    labels = Labels(ask.conn, ask.now)
    found = briefing.stays(ask.conn, deal_id, ask.now, labels) if deal else []
    if deal is None or not found:
        raise NotFound("deal", str(deal_id), hint="dealflow list shows the open ones")
    return Brief(
        ask=ask,
        deal=deal,
        account=row_at(ask.conn, Account, deal.account_id, ask.now),
        contact=row_at(ask.conn, Contact, deal.contact_id, ask.now),
        owner=row_at(ask.conn, Rep, briefing.owner(ask.conn, deal, ask.now), ask.now),
        pipeline=pipelines.of_stage(ask.conn, found[-1].stage_id, ask.now),
        stays=found,
        labels=labels,
    )


# ── facts ─────────────────────────────────────────────────────────────────────────────────────
# What a person reads together stands in one line on the screen, and apart for machines.


def _stage(brief: Brief) -> Iterator[Fact]:
    deal, here, last = brief.deal, brief.here, brief.last
    yield Column("id", "deal", ID, MACHINE), deal.id
    yield Column("title", "title", TEXT, MACHINE), deal.title
    yield Column("status", "status", TEXT, MACHINE), brief.status
    yield Column("stage", "stage", TEXT, SCREEN), _stage_told(brief)
    yield Column("stage", "stage", TEXT, MACHINE), here.key
    yield Column("stage_name", "stage", TEXT, MACHINE), here.name
    yield Column("days_in_stage", "days there", INT, MACHINE), brief.days_here
    yield Column("expected_days", "expected days", INT, MACHINE), here.expected_days
    on = BOTH if brief.is_open else MACHINE
    yield Column("standard", "standard", TEXT, on), here.standard or None
    yield Column("activities", "key activities", LIST, on), here.activities
    yield Column("result", "expected result", TEXT, on), here.result or None
    yield Column("pipeline", "pipeline", TEXT, MACHINE), brief.pipeline.key
    yield Column("stage_since", "in stage since", INSTANT, MACHINE), last.entered_at
    closed_at = None if brief.is_open else last.left_at
    yield Column("closed_at", "closed", INSTANT, MACHINE), closed_at
    yield Column("reason", "reason", TEXT, MACHINE), None if brief.is_open else last.reason


def _stage_told(brief: Brief) -> str:
    """`Needs (needs) · 25 days, 4 over the expected 21`, or how and when it was closed."""
    stage = f"{brief.here.name} ({brief.here.key})"
    last, expected = brief.last, brief.here.expected_days
    if last.left_at is not None and not brief.is_open:
        told = f"{brief.status} in {stage} on {ago(last.left_at, brief.ask.now, brief.ask.zone)}"
        return f"{told} · {last.reason}" if last.reason else told
    if expected is None:
        return f"{stage} · {days(brief.days_here)}"
    over = brief.days_here - expected
    if over > 0:
        return f"{stage} · {days(brief.days_here)}, {over} over the expected {expected}"
    return f"{stage} · {brief.days_here} of {days(expected)} expected"


def _customer(brief: Brief) -> Iterator[Fact]:
    deal, account, contact = brief.deal, brief.account, brief.contact
    grade = deal.grade or (account.grade if account else None)
    segment = account.segment if account else None
    region = account.region if account else None
    name = account.name if account else None
    told = _joined(name, f"grade {grade}" if grade else None, segment, region)
    yield Column("account", "customer", TEXT, SCREEN), told
    yield Column("account", "customer", TEXT, MACHINE), name
    yield Column("account_id", "customer", INT, MACHINE), deal.account_id
    yield Column("grade", "grade", TEXT, MACHINE, "its own, else the customer's"), grade
    yield Column("segment", "segment", TEXT, MACHINE), segment
    yield Column("region", "region", TEXT, MACHINE), region
    yield Column("contact", "contact", TEXT, SCREEN), _contact_told(contact)
    yield Column("contact", "contact", TEXT, MACHINE), contact.name if contact else None
    for part in ("title", "role", "phone", "email", "wechat"):
        column = Column(f"contact_{part}", part, TEXT, MACHINE)
        yield column, getattr(contact, part) if contact else None


def _contact_told(contact: Contact | None) -> str | None:
    if contact is None:
        return None
    wechat = f"WeChat {contact.wechat}" if contact.wechat else None
    who = ", ".join(part for part in (contact.name, contact.title, contact.role) if part)
    return _joined(who, contact.phone, contact.email, wechat)


def _joined(*parts: str | None) -> str | None:
    return " · ".join(part for part in parts if part) or None


def _money(brief: Brief) -> Iterator[Fact]:
    deal, ask, here = brief.deal, brief.ask, brief.here
    amount = None if deal.amount is None else Money(deal.amount, deal.currency)
    close = date.fromisoformat(deal.expected_close) if deal.expected_close else None
    yield Column("owner", "owner"), brief.owner.handle if brief.owner else None
    yield Column("team", "team", TEXT, MACHINE), brief.owner.team if brief.owner else None
    yield Column("amount", "amount", MONEY), amount
    yield CURRENCY, deal.currency
    told = _probability_told(deal.probability, here.probability)
    if brief.is_open:
        yield Column("probability", "probability", TEXT, SCREEN), told
    about = "the rep's own, 0 to 1"
    yield Column("probability", "probability", NUMBER, MACHINE, about), deal.probability
    yield Column("stage_probability", "of the stage", NUMBER, MACHINE), here.probability
    yield Column("close", "expected close", TEXT, SCREEN), _close_told(brief, close)
    yield Column("close", "expected close", DAY, MACHINE), close
    past = close is not None and brief.is_open and close < ask.today
    yield Column("close_is_past", "past", BOOL, MACHINE), past


def _probability_told(own: float | None, stage: float | None) -> str | None:
    if own is None:
        return None if stage is None else f"{percent(stage)}, the stage's"
    return f"{percent(own)}, the rep's" + (f"; the stage's is {percent(stage)}" if stage else "")


def _close_told(brief: Brief, close: date | None) -> str | None:
    """The day; on an open deal, how far it is."""
    if close is None or not brief.is_open:
        return close.isoformat() if close else None
    ahead = (close - brief.ask.today).days
    if ahead < 0:
        return f"{close}, past by {days(-ahead)}"
    return f"{close}, {'today' if ahead == 0 else f'in {days(ahead)}'}"


def _rest(brief: Brief) -> Iterator[Fact]:
    deal, ask = brief.deal, brief.ask
    source = deal.source or (brief.account.source if brief.account else None)
    contacted = briefing.last_contact(ask.conn, deal.id, ask.now, CONTACT_KINDS)
    tags = tuple(map(str, array(deal.tags)))
    yield Column("source", "source"), source
    yield Column("last_contact", "last contact", TEXT, SCREEN), _contact_age(brief, contacted)
    yield Column("last_contact_at", "last contact", INSTANT, MACHINE), contacted
    yield Column("tags", "tags", LIST, BOTH if tags else MACHINE), tags
    yield from customfields.facts(ask, "opportunity", mapping(deal.fields))
    created = ago(deal.created_at, ask.now, ask.zone)
    yield Column("created", "created", TEXT, SCREEN), created
    yield Column("created_at", "created", INSTANT, MACHINE), deal.created_at
    age = whole_days(deal.created_at, ask.now if brief.is_open else brief.last.left_at or ask.now)
    yield Column("age_days", "age", INT, MACHINE, "whole days, up to the close"), age
    on = BOTH if deal.external_id else MACHINE
    yield Column("external_id", "external id", TEXT, on), deal.external_id
    yield VERSION, deal.version


def _contact_age(brief: Brief, at: int | None) -> str | None:
    """`2026-06-24, 6 days ago (every 7d)`: against the cadence of its grade."""
    grade = brief.deal.grade or (brief.account.grade if brief.account else None)
    cadence = brief.ask.setting(f"cadence.{grade or '-'}")
    every = f" (every {cadence})" if cadence and brief.is_open else ""
    told = "never" if at is None else ago(at, brief.ask.now, brief.ask.zone)
    return told + every


# ── sections ──────────────────────────────────────────────────────────────────────────────────


def _requirements(brief: Brief) -> tuple[Table, tuple[str, ...]]:
    """What the next stage asks for, and a remark where the deal shows signs of belonging there."""
    if not brief.is_open:
        return _required((), f"the deal is {brief.status}"), ()
    known, now = _evidence(brief), brief.ask.now
    there = brief.pipeline.next_after(brief.here)
    key, name = (there.key, there.name) if there else ("won", "won")
    standing = Standing(
        id=brief.deal.id,
        title=brief.deal.title,
        stage_id=brief.here.id,
        entered_at=brief.last.entered_at,
    )
    checked = stages.check(brief.pipeline, standing, there, known, now)
    rows = tuple(
        (
            met,
            str(req),
            key,
            requirements.state(req, known, now) if met else requirements.gap(req, known, now),
            None if met else requirements.remedy(req, brief.deal.id),
        )
        for req, met in checked
    )
    verb = "win" if there is None or there.kind == WON else "advance"
    ready = f"ready for {name}: dealflow {verb} {brief.deal.id}"
    note = ready if all(met for _, met in checked) else f"asked for before {name}"
    return _required(rows, f"none · {ready}", note if rows else ""), _signs(brief, known)


def _required(rows: tuple[Any, ...], empty: str, note: str = "") -> Table:
    notes = (note,) if note else ()
    return Table(name="requirements", columns=REQUIREMENTS, rows=rows, empty=empty, notes=notes)


def _evidence(brief: Brief) -> Evidence:
    conn, now = brief.ask.conn, brief.ask.now
    known = evidence(conn, brief.deal.id)
    if not is_past(conn, now):
        return known
    then = as_it_was(conn, known, brief.deal, brief.account, now)
    return replace(then, entered_at=brief.last.entered_at)


def _signs(brief: Brief, known: Evidence) -> tuple[str, ...]:
    """The furthest later stage that some signal speaks for, and what does."""
    ask = brief.ask
    stage = stages.suggested(brief.pipeline, brief.here, known, ask.now)
    if stage is None:
        return ()
    told = "; ".join(line.said(ask.zone) for line in suggestions.lines(stage, known, ask.now))
    move = f"dealflow advance {brief.deal.id} {quoted(stage.key)}"
    return (f"it may belong in {stage.name} ({stage.key}): {told} · {move}",)


def _planned(brief: Brief) -> Table:
    ask = brief.ask
    rows = []
    for plan in briefing.plans(ask.conn, brief.deal.id, ask.now):
        day = date.fromisoformat(plan.due_day)
        due = day if plan.due_at is None else plan.due_at
        late = followups.days_late(day, ask.today)
        told = when(due, ask.now, ask.zone)
        people = (brief.labels.of("rep_id", plan.rep_id), brief.labels.of("rep_id", plan.by_id))
        start = (plan.id, told, due, late, plan.kind, plan.what, plan.goal, plan.channel)
        rows.append((*start, *people, plan.snoozed))
    plan_one = f'nothing; dealflow plan {brief.deal.id} DATE "…"' if brief.is_open else "nothing"
    columns = worth_showing(PLANNED, rows, "channel")
    return Table(name="planned", columns=columns, rows=rows, empty=plan_one)


def _participants(brief: Brief) -> Table:
    rows = briefing.participants(brief.ask.conn, brief.deal.id, brief.ask.now)
    return Table(name="participants", columns=TEAM, rows=rows, empty="")


def _products(brief: Brief) -> Table:
    deal, ask = brief.deal, brief.ask
    found = briefing.lines(ask.conn, deal.id, deal.currency, ask.now)
    rows = shaped(PRODUCTS, found)
    return Table(name="products", columns=PRODUCTS, rows=rows, empty="")
