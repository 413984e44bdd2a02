"""The reports against a slow, obvious computation over the same histories.

Hypothesis makes up what a team does. Each step is told to the program through its actions, and kept
here in plain lists. Then leakage, close rates and overdue are asked for at several instants, and
every figure is worked out a second time from the lists alone: no SQL, nothing of the store.

DEALFLOW_CROSSCHECK=2000 tries that many histories; the suite tries 60.
"""

from __future__ import annotations

import itertools
import os
import statistics
from collections import Counter, defaultdict
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from dealflow import reports
from dealflow.actions import (
    Actor,
    activities,
    deals,
    journal,
    moves,
    people,
    pipelines,
    setup,
    switching,
)
from dealflow.actions.settings import rate
from dealflow.dates import ALL, Period, previous
from dealflow.errors import UsageError
from dealflow.model import Rep
from dealflow.money import Money
from dealflow.pipelines import Wish
from dealflow.questions import Ask
from dealflow.questions.compared import Asked
from dealflow.questions.windows import chosen
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store import schema
from dealflow.store.book import Author, Book
from dealflow.store.cohort import Cohort
from dealflow.store.database import Database
from dealflow.store.review import COLUMNS as REVIEWED
from dealflow.store.review import review as store_review
from dealflow.store.scope import scope

ZONE = ZoneInfo("Asia/Shanghai")
DAY, HOUR = 86_400, 3600
START = int(datetime(2026, 5, 1, tzinfo=ZONE).timestamp())
"""Midnight, so that much happens on the borders of days and windows."""
REPS = {"li": None, "bo": "east", "cy": "west"}
STAGES = {"long": ["lead", "needs", "offer", "deal"], "short": ["first", "last"]}
USD = [(date(2026, 4, 1), 7_000_000), (date(2026, 5, 20), 7_512_345)]
REASONS = {"price": "Too expensive", "rival": "Another supplier"}


# ── a history, told twice ─────────────────────────────────────────────────────────────────────


@dataclass
class Deal:
    id: int
    pipeline: str
    created: int
    values: dict = field(default_factory=lambda: defaultdict(list))
    """Column -> [(recorded at, value)]; what the deal was added with is recorded at its creation."""
    moves: list = field(default_factory=list)
    """(at, how, stage it came to or None, rep, amount, reason, stages passed over, onward), the
    creation among them; onward: reopened beyond the stage that it was closed in."""

    @property
    def status(self):
        how = self.moves[-1][1]
        return how if how in {"won", "lost", "void"} else "open"

    @property
    def stage(self):
        return next(to for _, _, to, *_ in reversed(self.moves) if to)


@dataclass
class Plan:
    id: int
    deal: int
    created: int
    values: dict = field(default_factory=lambda: defaultdict(list))
    closed: int | None = None


@dataclass
class Told:
    """Everything that happened, as plain lists."""

    deals: dict = field(default_factory=dict)
    plans: dict = field(default_factory=dict)
    segments: dict = field(default_factory=lambda: {"Acme": [], "Bolt": []})
    teams: dict = field(default_factory=lambda: {name: [(0, team)] for name, team in REPS.items()})
    order: dict = field(default_factory=lambda: deepcopy(STAGES))
    """The stages of each pipeline as they stand, those that were retired among them."""
    retired: set = field(default_factory=set)
    calls: list = field(default_factory=list)
    """(deal, at) of each call that was logged."""

    def live(self, pipeline):
        return [stage for stage in self.order[pipeline] if stage not in self.retired]

    def between(self, pipeline, here, there=None):
        """The stages after one and before another, or all that are after it."""
        order, live = self.order[pipeline], self.live(pipeline)
        end = order.index(there) if there else len(order)
        return {stage for stage in order[order.index(here) + 1 : end] if stage in live}

    def is_later(self, pipeline, there, here):
        return self.order[pipeline].index(there) > self.order[pipeline].index(here)

    def pipeline_of(self, stage):
        return next(pipeline for pipeline, order in self.order.items() if stage in order)

    def moments(self):
        """When something happened or fell due, and just after: where figures change."""
        found = [deal.created for deal in self.deals.values()]
        found += [at for deal in self.deals.values() for at, *_ in deal.moves]
        for row in [*self.deals.values(), *self.plans.values()]:
            found += [at for recorded in row.values.values() for at, _ in recorded]
        dues = [due for plan in self.plans.values() for _, due in plan.values["due"]]
        found += [due for due in dues if not isinstance(due, date)]
        found += [midnight(due) + DAY for due in dues if isinstance(due, date)]
        return sorted({at + more for at in found for more in (0, 1, 1800)})


def midnight(day):
    return int(datetime(day.year, day.month, day.day, tzinfo=ZONE).timestamp())


def end_of_due(due):
    """The instant from which a plan is late."""
    if isinstance(due, date):
        return datetime.combine(due + timedelta(days=1), time(), ZONE).timestamp()
    return due


def as_of(recorded, instant):
    """The value that counts at `instant`: the last one recorded by then, else the first."""
    known = [value for at, value in recorded if at <= instant]
    return known[-1] if known else recorded[0][1] if recorded else None


class Team:
    """Does each step through the actions, and writes it down in `told`."""

    def __init__(self, db):
        self.db, self.now, self.told, self.before = db, START, Told(), []

    def do(self, action, *args):
        """The id of what was written; 0 where nothing was changed."""
        book = Book(self.db.conn, Author("li", "test", "test", self.now))
        done = action(Actor(self.db, book, book.find(Rep, handle="li")), *args)
        book.settle()
        if not book.changed:
            return 0
        self.before.append(deepcopy(self.told))
        return done.ids[0]

    def step(self, what, pick, other, wait):
        self.now += wait
        open_deals = [deal for deal in self.told.deals.values() if deal.status == "open"]
        open_plans = [plan for plan in self.told.plans.values() if plan.closed is None]
        among = {"deal": open_deals, "any": list(self.told.deals.values()), "plan": open_plans}
        method, of = STEPS[what]
        if of is None:
            method(self, pick, other)
        elif among[of]:
            method(self, among[of][pick % len(among[of])], other)

    def add(self, pick, other):
        pipeline = ["long", "short"][pick % 3 == 2]
        live = self.told.live(pipeline)
        stage = live[other % 3 % len(live)]
        owner, amount = [*REPS][other % 3], amount_of(pick)
        account = [None, "Acme", "Bolt"][pick % 3]
        created = self.now - (other % 4) * 7 * HOUR
        new = deals.NewDeal(
            title="deal", pipeline=pipeline, stage=stage, owner=owner, account=account, at=created,
            amount=amount, products=("Pump", "Valve")[: pick % 3],
        )  # fmt: skip
        deal = Deal(self.do(deals.add, new), pipeline, created)
        first = {"owner": owner, "account": account, "products": set(new.products)}
        for name, value in {**first, "amount": amount}.items():
            deal.values[name].append((created, value))
        deal.moves.append((created, "created", stage, owner, amount, None, set(), False))
        self.told.deals[deal.id] = deal

    def move(self, deal, other):
        stages = self.told.live(deal.pipeline)
        here = stages.index(deal.stage) if deal.status == "open" else None
        at = self.now - other % 2 * min(5 * HOUR, self.now - deal.moves[-1][0])
        to, reason = None, None
        if deal.status != "open":
            verb, how, to = "reopen", "reopened", stages[other % len(stages)]
        elif other % 6 == 0:
            verb, how, reason = "lose", "lost", [*REASONS][other // 6 % 2]
        elif other % 6 == 1:
            verb, how = ("win", "won") if other // 6 % 4 else ("void", "void")
        elif other % 6 == 2 and here:
            verb, how, to = "back", "returned", stages[other // 6 % here]
        elif here + 1 < len(stages):
            ahead = stages[here + 1 :]
            verb, how, to = "advance", "advanced", ahead[other // 6 % len(ahead)]
        else:
            verb, how = "win", "won"
        self.do(moves.move, deal.id, moves.Told(verb=verb, to=to, reason=reason, at=at))
        passed, onward = set(), False
        if how in {"advanced", "won"}:
            passed = self.told.between(deal.pipeline, deal.stage, to)
        if how == "reopened":
            onward = self.told.is_later(deal.pipeline, to, deal.stage)
        self.moved(deal, at, how, to, reason=reason, passed=passed, onward=onward)
        for plan in self.plans_of(deal) if deal.status != "open" else ():
            plan.closed = max(at, plan.created)

    def switch(self, deal, other):
        there = "short" if deal.pipeline == "long" else "long"
        live = self.told.live(there)
        stage = None if other % 2 else live[other // 2 % len(live)]
        at = self.now - other % 3 * min(5 * HOUR, self.now - deal.moves[-1][0]) // 2
        told = switching.Switch(pipeline=there, stage=stage, at=at)
        self.do(switching.switch, deal.id, told)
        deal.pipeline = there
        self.moved(deal, at, "returned", stage or live[0], passed=set())

    def moved(self, deal, at, how, to, *, reason=None, passed=(), onward=False):
        owner, amount = deal.values["owner"][-1][1], deal.values["amount"][-1][1]
        deal.moves.append((at, how, to, owner, amount, reason, passed, onward))

    def reshape(self, pick, other):
        """Move a stage to another place, add one or bring one back, or retire one."""
        pipeline = ["long", "long", "short"][pick % 3]
        live, homes = self.told.live(pipeline), {}
        gone = [stage for stage in self.told.order[pipeline] if stage in self.told.retired]
        what, where = other % 3, other // 3
        stage = live[pick % len(live)]
        if what == 0:
            live.remove(stage)
            live.insert(where % (len(live) + 1), stage)
        elif what == 1:
            new = gone[0] if gone and pick % 2 else f"extra{len(self.before)}-{self.now}"
            live.insert(where % (len(live) + 1), new)
        elif len(live) > 2:
            live.remove(stage)
            homes[stage] = live[where % len(live)]
        if self.do(pipelines.apply, shape(pipeline, live), Wish(homes=homes)):
            self.reshaped(pipeline, live, homes)

    def reshaped(self, pipeline, live, homes):
        old, new = self.told.order[pipeline], [*live]
        for n, stage in enumerate(old):
            if stage not in live:  # it stays behind the one that it stood behind
                new.insert(new.index(old[n - 1]) + 1 if n else 0, stage)
        self.told.order[pipeline] = new
        self.told.retired = (self.told.retired | homes.keys()) - {*live}
        for deal in self.told.deals.values():
            if (deal.pipeline, deal.status) == (pipeline, "open") and deal.stage in homes:
                home = homes[deal.stage]
                later = self.told.is_later(pipeline, home, deal.stage)
                self.moved(deal, self.now, "advanced" if later else "returned", home)

    def plans_of(self, deal):
        return [p for p in self.told.plans.values() if p.deal == deal.id and p.closed is None]

    def hand_over(self, deal, other):
        old, new = deal.values["owner"][-1][1], [*REPS][other % 3]
        if self.do(deals.edit, deal.id, {"owner": new}):
            deal.values["owner"].append((self.now, new))
            for plan in self.plans_of(deal):
                if plan.values["rep"][-1][1] == old:
                    plan.values["rep"].append((self.now, new))

    def edit(self, deal, other):
        name, column, value = [
            ("amount", "amount", amount_of(other)),
            ("account", "account", [None, "Acme", "Bolt"][other // 3 % 3]),
            ("product", "products", ("Pump", "Valve")[other // 3 % 2 :]),
        ][other % 3]
        if self.do(deals.edit, deal.id, {name: value}):
            kept = set(value) if column == "products" else value
            if column == "amount" and value is None:  # the currency stays
                kept = None
            deal.values[column].append((self.now, kept))

    def rename(self, pick, other):
        account, segment = ["Acme", "Bolt"][pick % 2], [None, "auto", "food"][other % 3]
        if self.do(people.edit_account, account, {"segment": segment}):
            self.told.segments[account].append((self.now, segment))

    def transfer(self, pick, other):
        rep, team = [*REPS][pick % 3], ["east", "west"][other % 2]
        if self.do(people.edit_rep, rep, {"team": team}):
            self.told.teams[rep].append((self.now, team))

    def plan(self, deal, other):
        due, rep = self.due(other), [None, *REPS][other % 4]
        number = self.do(activities.plan, deal.id, activities.Plan(due=due, what="call", for_=rep))
        plan = Plan(number, deal.id, self.now)
        plan.values["rep"].append((self.now, rep or deal.values["owner"][-1][1]))
        plan.values["due"].append((self.now, due))
        self.told.plans[number] = plan

    def snooze(self, plan, other):
        due = self.due(other)
        self.do(activities.snooze, plan.id, due)
        plan.values["due"].append((self.now, due))

    def finish(self, plan, other):
        at = max(self.now - other % 3 * HOUR, START)
        self.do(activities.done, plan.id, activities.Happened(kind="call", at=at))
        plan.closed = max(at, plan.created)
        self.told.calls.append((plan.deal, at))

    def due(self, other):
        day = datetime.fromtimestamp(self.now, ZONE).date() + timedelta(days=other % 5 - 1)
        return day if other % 2 else self.now + (other % 7 - 1) * 9 * HOUR

    def undo(self, *_):
        if self.before:
            told = self.before[:-1], self.before[-1]
            self.do(journal.undo, None)
            self.before, self.told = told


def amount_of(n):
    currency = ["CNY", "CNY", "CNY", "USD", "EUR"][n % 5]
    return None if n % 4 == 3 else Money(1000 + n * 37, currency)


def shape(pipeline, live):
    """The pipeline with these open stages."""
    stages = [StageSpec(key=key, name=key.title(), position=n) for n, key in enumerate(live, 1)]
    if pipeline == "long":
        stages.append(StageSpec(key="won", name="Won", kind="won", position=len(stages) + 1))
    return PipelineSpec(key=pipeline, name=pipeline.title(), stages=tuple(stages))


STEPS = {
    "add": (Team.add, None),
    "move": (Team.move, "any"),
    "advance": (Team.move, "deal"),
    "switch": (Team.switch, "deal"),
    "hand over": (Team.hand_over, "any"),
    "edit": (Team.edit, "any"),
    "rename": (Team.rename, None),
    "transfer": (Team.transfer, None),
    "plan": (Team.plan, "deal"),
    "snooze": (Team.snooze, "plan"),
    "finish": (Team.finish, "plan"),
    "reshape": (Team.reshape, None),
    "undo": (Team.undo, None),
}
WORDS = [
    *STEPS,
    "add",
    "add",
    "add",
    "move",
    "move",
    "advance",
    "advance",
    "advance",
    "hand over",
    "edit",
    "plan",
]
WAITS = [0, 0, 0, DAY, DAY, 3 * DAY, 11 * DAY, 1, 1800, 5 * HOUR]
few = st.integers(0, 59)
steps = st.tuples(st.sampled_from(WORDS), few, few, st.sampled_from(WAITS))
histories = st.lists(steps, min_size=20, max_size=70)


# ── the same figures, worked out by hand ──────────────────────────────────────────────────────


@dataclass
class Visit:
    stage: str
    entered: int
    left: int | None = None
    how: str | None = None
    move: tuple = ()
    after: str | None = None
    """Where the deal went on, if it did: also where it was reopened."""
    onward: bool = False
    """Whether it was reopened, and that in a later stage."""


def visits_of(deal, now):
    """The deal's stays as of `now`, in order."""
    stays = []
    for move in deal.moves:
        at, how, to = move[:3]
        if at > now:
            break
        if stays and stays[-1].left is None:
            stays[-1].left, stays[-1].how, stays[-1].move = at, how, move
        if stays and to:
            stays[-1].after, stays[-1].onward = to, move[7]
        if to:
            stays.append(Visit(to, at))
    return stays


def fate(stay):
    """What became of a stay: a close that was reopened counts as where the deal went on."""
    if stay.how is None:
        return "still"
    if stay.how in {"won", "lost", "void"} and stay.after:
        return "advanced" if stay.onward else "returned"
    return "advanced" if stay.how == "won" else stay.how


def outcome(deal, now):
    """The closing stay that stands, or None."""
    last = visits_of(deal, now)[-1]
    return last if last.how else None


def within(at, window):
    start, end = window
    return (start is None or at >= start) and (end is None or at < end)


def quantile(durations, share):
    """Kaplan-Meier, by the book, in fractions: [(hours, ended)] -> hours, or None."""
    survival = Fraction(1)
    for hours in sorted({hours for hours, _ in durations}):
        at_risk = sum(other >= hours for other, _ in durations)
        survival *= 1 - Fraction(durations.count((hours, True)), at_risk)
        if survival <= 1 - share:
            return round(hours / 24, 1)
    return None


def summed(groups, now):
    """{key: [(Money, instant)]} -> currency, {key: minor}, {(key, currency): minor} left apart."""
    groups = {key: parts for key, parts in groups.items() if parts}
    currencies = {money.currency for parts in groups.values() for money, _ in parts}
    if len(currencies) <= 1:
        sums = {key: sum(money.minor for money, _ in parts) for key, parts in groups.items()}
        return min(currencies, default="CNY"), sums, {}
    sums, apart = defaultdict(Fraction), Counter()
    for key, parts in groups.items():
        for money, at in parts:
            day = datetime.fromtimestamp(at, ZONE).date()
            rates = {"CNY": [1_000_000], "USD": [r for from_, r in USD if from_ <= day], "EUR": []}
            if rates[money.currency]:
                sums[key] += Fraction(money.minor * rates[money.currency][-1], 1_000_000)
            else:
                apart[key, money.currency] += money.minor
    return "CNY", {key: round(total) for key, total in sums.items()}, dict(apart)


#: what is told of closed deals only
ENDS = {"month", "quarter", "stage-lost", "reason"}


def quarter_of(at):
    day = datetime.fromtimestamp(at, ZONE)
    return f"{day.year}-Q{(day.month + 2) // 3}"


class ByHand:
    """The reports as of `now`, from the lists."""

    def __init__(self, told, now):
        self.told, self.now = told, now
        self.deals = [deal for deal in told.deals.values() if deal.created <= now]

    def value(self, deal, column):
        return as_of(deal.values[column], self.now)

    def leakage(self, pipeline, window, cohort, unit):
        figures = {}
        order = self.told.order[pipeline]
        mine = [
            deal
            for deal in self.deals
            if any(stay.stage in order for stay in visits_of(deal, self.now))
        ]
        if cohort == "created":
            mine = [deal for deal in mine if within(deal.created, window)]
        if cohort == "closed":
            closed = [(deal, outcome(deal, self.now)) for deal in mine]
            mine = [deal for deal, close in closed if close and within(close.left, window)]
        entered = window if cohort == "entered" else (None, None)
        for stage in self.told.order[pipeline]:
            counts, days, reasons, since, amounts = Counter(), [], Counter(), [], defaultdict(list)
            for deal in mine:
                stays = visits_of(deal, self.now)
                there = [stay for stay in stays if stay.stage == stage]
                chosen = [stay for stay in there if within(stay.entered, entered)]
                for stay in chosen:
                    until = self.now if stay.left is None else stay.left
                    days.append(((until - stay.entered) // HOUR, stay.left is not None))
                for stay in chosen if unit == "visits" else there[-1:] if chosen else []:
                    end = fate(stay)
                    counts[end] += 1
                    if end == "still":
                        since.append(stay.entered)
                        amounts["still"].append((self.value(deal, "amount"), self.now))
                    if end == "lost":
                        amounts["leaked"].append((stay.move[4], stay.left))
                        reasons[REASONS[stay.move[5]]] += 1
                jumps = [
                    stay for stay in stays if stay.how and within(stay.left, entered)
                    and stage in stay.move[6] and not (stay.how == "won" and stay.after)
                ]  # fmt: skip
                counts["skipped"] += bool(jumps and not there)
            oldest = round((self.now - min(since)) // HOUR / 24, 1) if since else None
            top = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))[:3]
            figures[stage] = (
                {
                    **{name: counts[name] for name in ("advanced", "returned", "lost", "void")},
                    "still": counts["still"],
                    "skipped": counts["skipped"],
                    "entered": sum(counts.values()) - counts["skipped"],
                    "days_median": quantile(days, Fraction(1, 2)),
                    "days_p90": quantile(days, Fraction(9, 10)),
                    "oldest_days": oldest,
                    "lost_reasons": tuple(f"{name} {number}" for name, number in top),
                },
                amounts,
            )
        return figures

    def review(self, pipeline, window):
        """By stage: outcomes, winners and those past it, stays, calls of won and lost, deals there."""
        closes = [(deal, outcome(deal, self.now)) for deal in self.deals]
        winners = [
            deal for deal, close in closes
            if close and close.how == "won" and within(close.left, window)
            and len(visits_of(deal, self.now)) > 1 and close.stage in self.told.order[pipeline]
        ]  # fmt: skip
        found = {}
        for stage in self.told.order[pipeline]:
            ends, called, begun, there = Counter(), Counter(), 0, 0
            for deal, close in closes:
                stays = visits_of(deal, self.now)
                there += stays[-1].stage == stage and stays[-1].how is None
                chosen = [
                    (n, stay) for n, stay in enumerate(stays)
                    if stay.stage == stage and within(stay.entered, window)
                ]  # fmt: skip
                begun += len(chosen)
                if chosen and close:
                    ends[close.how] += 1
                    called[close.how] += any(
                        self.during(at, stay, first=n == 0)
                        for n, stay in chosen
                        for number, at in self.told.calls
                        if number == deal.id
                    )
            past = sum(self.went_past(deal, stage) for deal in winners)
            won_lost = [(each["won"], each["lost"]) for each in (ends, called)]
            found[stage] = (*won_lost, len(winners), past, begun, there)
        return found

    def during(self, at, stay, *, first):
        """Whether it happened in the stay; on the border, in the one before."""
        begun = at >= stay.entered if first else at > stay.entered
        return begun and at <= self.now and (stay.left is None or at <= stay.left)

    def went_past(self, deal, stage):
        stays = visits_of(deal, self.now)
        jumps = [
            stay for stay in stays
            if stay.how and stage in stay.move[6] and not (stay.how == "won" and stay.after)
        ]  # fmt: skip
        return bool(jumps) and all(stay.stage != stage for stay in stays)

    def groups(self, deal, rep, by, close=None):
        """The labels under which the deal counts: one for each of its products."""
        account, calls = self.value(deal, "account"), self.told.calls
        of = {
            "rep": [rep],
            "team": [as_of(self.told.teams[rep], self.now)],
            "product": sorted(self.value(deal, "products")) or [None],
            "segment": [self.segment(account)],
            "pipeline": [self.told.pipeline_of(visits_of(deal, self.now)[-1].stage)],
            "month": [close and f"{datetime.fromtimestamp(close.left, ZONE):%Y-%m}"],
            "quarter": [close and quarter_of(close.left)],
            "stage-lost": [(close and close.how == "lost" and close.stage.title()) or None],
            "reason": [(close and close.how == "lost" and REASONS[close.move[5]]) or None],
            "channel": [
                "call" if any(d == deal.id and at <= self.now for d, at in calls) else None
            ],
        }
        found = [()]
        for name in by:
            found = [(*group, label) for group in found for label in of[name]]
        return found

    def segment(self, account):
        recorded = self.told.segments.get(account)
        return as_of([(0, None), *recorded], self.now) if recorded else None

    def close_rates(self, window, by, credit):
        counts, days, amounts = defaultdict(Counter), defaultdict(list), defaultdict(list)
        for deal in self.deals:
            owner, close = self.value(deal, "owner"), outcome(deal, self.now)
            rep = {"owner-now": owner, "owner-at-creation": deal.values["owner"][0][1]}.get(credit)
            if close is None and not ENDS & {*by}:
                for group in self.groups(deal, rep or owner, by):
                    counts[group]["open"] += 1
            if close is None or not within(close.left, window):
                continue
            for group in self.groups(deal, rep or close.move[3], by, close):
                counts[group][close.how] += 1
                amounts[group, close.how].append((close.move[4], close.left))
                if close.how == "won":
                    days[group].append((close.left - deal.created) // DAY)
        return counts, days, amounts

    def among(self, by):
        """By group, the same figures of its deals only; a rep's are those owned."""
        found = defaultdict(list)
        for deal in self.deals:
            for group in self.groups(deal, self.value(deal, "owner"), by, outcome(deal, self.now)):
                found[group].append(deal)
        for group, deals_of in found.items():
            part = ByHand(self.told, self.now)
            part.deals = deals_of
            yield group, part

    def paths(self, window, cohort):
        """By the stages a deal was in: how its deals stand, and the days of those won or lost."""
        found = defaultdict(lambda: (Counter(), []))
        for deal in self.deals:
            stays, close = visits_of(deal, self.now), outcome(deal, self.now)
            whens = {
                "entered": [stay.entered for stay in stays],
                "created": [deal.created],
                "closed": [close.left] if close else [],
            }[cohort]
            if window == (None, None) and cohort == "created":
                whens = [0]
            if not any(within(at, window) for at in whens):
                continue
            outcomes, days = found[tuple(stay.stage for stay in stays)]
            outcomes[close.how if close else "open"] += 1
            if close and close.how != "void":
                days.append((close.left - deal.created) // DAY)
        return found

    def created(self, window, by, credit):
        """By group, how the deals created within the window stand."""
        found = defaultdict(Counter)
        for deal in self.deals:
            if within(deal.created, window):
                owner, close = self.value(deal, "owner"), outcome(deal, self.now)
                first = deal.values["owner"][0][1]
                rep = {"owner-now": owner, "owner-at-creation": first}.get(credit)
                rep = rep or (close.move[3] if close else owner)
                for group in self.groups(deal, rep, by, close):
                    found[group][close.how if close else "open"] += 1
        return found

    def overdue(self):
        rows = []
        for plan in self.told.plans.values():
            if plan.created > self.now or (plan.closed is not None and plan.closed <= self.now):
                continue
            deal, due = self.told.deals[plan.deal], as_of(plan.values["due"], self.now)
            on_day = isinstance(due, date)
            day = due if on_day else datetime.fromtimestamp(due, ZONE).date()
            over = datetime.fromtimestamp(self.now, ZONE).date() > day if on_day else due < self.now
            if not over or outcome(deal, self.now):
                continue
            late = (datetime.fromtimestamp(self.now, ZONE).date() - day).days
            days = [day + timedelta(days=n + 1) for n in range(late)]
            dues = plan.values["due"]
            snoozed = sum(
                at <= self.now and end_of_due(new) > end_of_due(old)
                for (_, old), (at, new) in itertools.pairwise(dues)
            )
            amount = self.value(deal, "amount")
            found = visits_of(deal, self.now)[-1].stage
            first = (day, on_day, 0 if on_day else due)
            rows.append((first, {
                "id": plan.id, "deal": deal.id, "due": due, "days_late": late, "stage": found,
                "workdays_late": sum(d.weekday() < 5 for d in days), "snoozed": snoozed,
                "for": as_of(plan.values["rep"], self.now), "owner": self.value(deal, "owner"),
                "account": self.value(deal, "account"), "amount": amount,
            }))  # fmt: skip
        return [row for _, row in sorted(rows, key=lambda item: (item[0], item[1]["id"]))]


# ── the comparison ────────────────────────────────────────────────────────────────────────────


def rows_of(table):
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def check_rate(rate, successes, trials):
    assert rate[:2] == (successes, trials)
    if trials == 0:
        assert rate[2:] == (None, None, None)
        return
    known = binomtest(successes, trials).proportion_ci(method="wilson")
    assert rate[2:] == pytest.approx((successes / trials, known.low, known.high))


def check_leakage(ask, by_hand, span, cohort, unit):
    period, window = span
    report = reports.answer("leakage")(ask, [], period=period, cohort=cohort, unit=unit)
    found = {(row["pipeline"], row["stage"]): row for row in rows_of(report)}
    expected = {
        (pipeline, stage): figures
        for pipeline in STAGES
        for stage, figures in by_hand.leakage(pipeline, window, cohort, unit).items()
    }
    currency, sums, apart = summed(
        {
            (*key, what): [(money, at) for money, at in parts if money]
            for key, (_, amounts) in expected.items()
            for what, parts in amounts.items()
        },
        by_hand.now,
    )
    for key, (figures, _) in expected.items():
        if key not in found:
            assert figures["entered"] == 0
            continue
        row = found[key]
        assert {name: row[name] for name in figures} == figures, key
        fates = ("advanced", "returned", "lost", "void", "still")
        assert row["entered"] == sum(row[name] for name in fates)
        decided = row["advanced"] + row["lost"]
        check_rate(row["advance_rate"], row["advanced"], decided)
        check_rate(row["leak_rate"], row["lost"], decided)
        for what in ("leaked", "still"):
            number = row["lost" if what == "leaked" else "still"]
            assert row[f"value_{what}"] == worth(sums, (*key, what), number, currency)
    others = {(row["pipeline"], row["stage"], row["currency"]): row for row in apart_of(report)}
    for ((pipeline, stage, what), code), minor in apart.items():
        assert others[pipeline, stage, code][f"value_{what}"] == Money(minor, code)
    assert len(others) == len({(*key[:2], code) for key, code in apart})


def worth(sums, key, number, currency):
    """Nothing is worth nothing; things without any known amount are worth who knows what."""
    return None if number and key not in sums else Money(sums.get(key, 0), currency)


def apart_of(report):
    return [r for t in report.sections if t.name == "other_currencies" for r in rows_of(t)]


def check_close_rates(ask, by_hand, span, by, credit):
    period, window = span
    report = reports.answer("close-rates")(ask, [], by=by, period=period, credit=credit)
    counts, days, amounts = by_hand.close_rates(window, by, credit)
    found = {tuple(row[name.replace("-", "_")] for name in by): row for row in rows_of(report)}
    assert found.keys() == counts.keys()
    resolved = {key: [(m, at) for m, at in parts if m] for key, parts in amounts.items()}
    resolved = {key: parts for key, parts in resolved.items() if key[1] != "void" and parts}
    currency, sums, apart = summed(resolved, by_hand.now)
    partial = {group for (group, _), _ in apart}
    for group, row in found.items():
        told = counts[group]
        assert [row[name] for name in ("won", "lost", "void")] == [
            told[name] for name in ("won", "lost", "void")
        ]
        assert row["open"] == (None if ENDS & {*by} else told["open"])
        check_rate(row["close_rate"], told["won"], told["won"] + told["lost"])
        won, lost = (sums.get((group, how), 0) for how in ("won", "lost"))
        assert row["won_value"] == worth(sums, (group, "won"), told["won"], currency)
        known = group not in partial and won + lost
        assert row["value_rate"] == (won / (won + lost) if known else None)
        ordered = sorted(days[group])
        middle = len(ordered) // 2
        both = ordered[middle - 1 : middle + 1] if len(ordered) % 2 == 0 else [ordered[middle]]
        assert row["median_days"] == (sum(both) / len(both) if ordered else None)
    named = [name.replace("-", "_") for name in by]
    others = {(*(row[name] for name in named), row["currency"]): row for row in apart_of(report)}
    for ((group, how), code), minor in apart.items():
        assert others[*group, code][f"{how}_value"] == Money(minor, code)
    assert len(others) == len({(group, code) for (group, _), code in apart})
    standing = [
        (row.get("month", row.get("quarter", "")) or "", -(row["close_rate"].low or 0))
        for row in rows_of(report)
    ]
    assert standing == sorted(standing)
    all_counts, _, _ = by_hand.close_rates(window, (), credit)
    total = dict(zip((column.name for column in report.columns), report.total, strict=True))
    assert [total[n] for n in ("won", "lost", "void", "open")] == [
        all_counts[()][n] for n in ("won", "lost", "void", "open")
    ]


FATES = ("entered", "skipped", "advanced", "returned", "lost", "void", "still")


def check_split(ask, by_hand, span, by, cohort):
    period, window = span
    report = reports.answer("leakage-by")(ask, [], by=by, period=period, which=Asked(cohort))
    names = [{"pipeline": "of_pipeline"}.get(name, name.replace("-", "_")) for name in by]
    found = {
        (*(row[name] for name in names), row["pipeline"], row["stage"]): row
        for row in rows_of(report)
    }
    for group, part in by_hand.among(by):
        for pipeline in STAGES:
            for stage, (figures, _) in part.leakage(pipeline, window, cohort, "deals").items():
                row = found.pop((*group, pipeline, stage), None)
                counts = {name: figures[name] for name in FATES}
                if row is None:
                    assert not any(counts.values())
                    continue
                assert {name: row[name] for name in FATES} == counts, (group, stage)
                check_rate(row["advance_rate"], row["advanced"], row["advanced"] + row["lost"])
    assert not found


def check_compared(ask, by_hand, span, cohort, unit):
    period, window = span
    if period is ALL:
        with pytest.raises(UsageError):
            previous(period)
        return
    length = window[1] - window[0]
    before = ByHand(by_hand.told, by_hand.now - length)
    against = (window[0] - length, window[0])
    which = Asked(cohort, unit)
    report = reports.answer("leakage-compare")(
        ask, [], period=period, against=previous(period), which=which
    )
    found = {(row["pipeline"], row["stage"]): row for row in rows_of(report)}
    for pipeline in STAGES:
        each = [
            side.leakage(pipeline, span_, cohort, unit)
            for side, span_ in ((by_hand, window), (before, against))
        ]
        for stage in by_hand.told.order[pipeline]:
            (now, _), (then, _) = (side[stage] for side in each)
            row = found.pop((pipeline, stage), None)
            if row is None:
                assert now["entered"] == then["entered"] == 0
                continue
            names = ("entered", "advanced", "lost")
            assert [row[name] for name in names] == [now[name] for name in names], stage
            assert [row[f"{name}_before"] for name in names] == [then[name] for name in names]
            check_rate(row["advance_rate"], now["advanced"], now["advanced"] + now["lost"])
    assert not found


def check_paths(ask, by_hand, span, cohort):
    period, window = span
    report = reports.answer("leakage-paths")(ask, [], period=period, which=Asked(cohort))
    found = {row["path"]: row for row in rows_of(report)}
    expected = by_hand.paths(window, cohort)
    assert found.keys() == expected.keys()
    whole = sum(counts.total() - counts["void"] for counts, _ in expected.values())
    for way, (counts, days) in expected.items():
        row = found[way]
        for name in ("won", "lost", "open", "void"):
            assert row[name] == counts[name], way
        assert row["deals"] == counts.total() - counts["void"]
        assert row["share"] == (row["deals"] / whole if whole else None)
        check_rate(row["close_rate"], counts["won"], counts["won"] + counts["lost"])
        assert row["median_days"] == (statistics.median(days) if days else None)
    many = [row["deals"] for row in rows_of(report)]
    assert many == sorted(many, reverse=True)


def check_trend(ask, by_hand, span, by, credit):
    period, window = span
    report = reports.answer("close-rates")(
        ask, [], by=by, period=period, credit=credit, trend="month"
    )
    counts, *_ = by_hand.close_rates(window, (*by, "month"), credit)
    assert len(report.rows) == len(counts)
    if not report.rows:
        return
    [table] = report.drawn
    for row in rows_of(table):
        mine = {month: told for (one, month), told in counts.items() if one == row[by[0]]}
        won, lost = (sum(told[how] for told in mine.values()) for how in ("won", "lost"))
        check_rate(row["close_rate"], won, won + lost)
        shares = [
            told["won"] / (told["won"] + told["lost"])
            for _, told in sorted(mine.items())
            if told["won"] + told["lost"]
        ]
        assert [share for share in row["rates"] if share is not None] == shares


def check_conversion(ask, by_hand, span, by, credit):
    if ENDS & {*by}:
        return
    period, window = span
    report = reports.answer("close-rates")(
        ask, [], by=by, period=period, credit=credit, conversion=True
    )
    expected = by_hand.created(window, by, credit)
    for row in rows_of(report):
        told = expected.pop(tuple(row[name] for name in by), Counter())
        assert (row["created"], row["created_void"]) == (told.total(), told["void"])
        check_rate(row["conversion"], told["won"], told.total() - told["void"])
    assert not expected


def check_review(ask, by_hand, span):
    period, window = span
    report = reports.answer("stages-review")(ask, [], period=period)
    found = {(row["pipeline"], row["stage"]): row for row in rows_of(report)}
    ids = dict(ask.conn.execute("SELECT key, id FROM stage WHERE kind = 'open'").fetchall())
    who = Cohort("entered", *window, "deals", tuple(ids.values()), everywhere=True)
    did = store_review(scope(ask, chosen(ask, []), *REVIEWED), who).closed.did
    for pipeline in STAGES:
        for stage, figures in by_hand.review(pipeline, window).items():
            (won, lost), called, winners, past, begun, there = figures
            assert did.get(ids[stage], {}).get("call", (0, 0)) == called
            row = found.get((pipeline, stage))
            if row is None:
                assert begun == 0
                continue
            check_rate(row["win_rate"], won, won + lost)
            check_rate(row["won_skipped"], past, winners)
            check_rate(row["forced_rate"], 0, begun)
            assert row["open"] == there


def check_overdue(ask, by_hand):
    found = rows_of(reports.answer("overdue")(ask, []))
    expected = by_hand.overdue()
    assert [
        {name: row[name] for name in told} for row, told in zip(found, expected, strict=False)
    ] == expected
    assert len(found) == len(expected)


@pytest.fixture(scope="module")
def database(tmp_path_factory, _ddl):
    path = str(tmp_path_factory.mktemp("crosscheck") / "pipeline.db")
    long, short = (shape(key, stages) for key, stages in STAGES.items())
    specs = (replace(long, reasons=tuple(REASONS.items())), short)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "ddl", lambda: _ddl)
        author = Author("li", "init", "init", START - 40 * DAY)
        setup.create(path, author, setup.Start(specs, "CNY", "Asia/Shanghai", "li"))
    db = Database(path)
    with db.writing(author) as book:
        by = Actor(db, book, book.load(Rep, 1))
        for name, team in list(REPS.items())[1:]:
            people.add_rep(by, name, {"team": team})
        for name in ("Acme", "Bolt"):
            people.add_account(by, name, {})
        for name in ("Pump", "Valve"):
            people.add_product(by, name, {})
        for day, millionths in USD:
            rate(by, "USD", day, millionths)
    yield db
    db.close()


def period_of(first, days):
    """A window of whole days of the business time zone, and its two instants."""
    if days == 0:
        return ALL, (None, None)
    start = date(2026, 5, 1) + timedelta(days=first - 3)
    ends = (start, start + timedelta(days=days))
    return Period(*ends, "window"), tuple(map(midnight, ends))


BYS = [
    *[("rep",), ("team",), ("product",), ("segment",), ("pipeline",), ("month",), ("channel",)],
    *[("rep", "month"), ("segment", "product"), ("team", "quarter"), ("stage-lost", "reason")],
]
CREDITS = ["owner-at-close", "owner-now", "owner-at-creation"]
COHORTS, UNITS = ["entered", "created", "closed"], ["deals", "visits"]


@settings(
    max_examples=int(os.environ.get("DEALFLOW_CROSSCHECK", "40")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    history=histories,
    looks=st.lists(st.tuples(st.integers(0, 999), few, few), min_size=6, max_size=6),
)
def test_every_figure_is_what_the_history_says(database, history, looks):
    database.conn.begin()
    try:
        team = Team(database)
        for step in [*[("add", n, n, 0) for n in range(4)], *history]:
            team.step(*step)
        event(f"deals: {len(team.told.deals) // 4 * 4}")
        moments = team.told.moments()
        for n, (moment, first, days) in enumerate(looks):
            now = team.now if n == 0 else moments[moment % len(moments)]
            ask = Ask(
                conn=database.conn,
                now=now,
                zone=ZONE,
                currency="CNY",
                me=None,
                setting=database.setting,
            )
            by_hand = ByHand(team.told, now)
            span = period_of(first, [0, 1, 4, 15][days % 4])
            cohort, unit = COHORTS[moment % 3], UNITS[first % 2]
            check_leakage(ask, by_hand, span, "entered", "deals")
            check_leakage(ask, by_hand, span, cohort, unit)
            by, credit = BYS[moment % len(BYS)], CREDITS[days % 3]
            check_close_rates(ask, by_hand, span, by, credit)
            check_trend(ask, by_hand, span, BYS[moment % 5], credit)
            check_conversion(ask, by_hand, span, by, credit)
            check_split(ask, by_hand, span, by, cohort)
            check_compared(ask, by_hand, span, cohort, unit)
            check_paths(ask, by_hand, span, cohort)
            check_review(ask, by_hand, span)
            check_overdue(ask, by_hand)
    finally:
        database.conn.rollback()
