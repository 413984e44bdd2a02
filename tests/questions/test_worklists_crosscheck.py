"""unplanned, quiet, stuck and next against a slow reading of what happened, at any instant.

Hypothesis makes up what a team does around the Labour Day holidays of 2026. Each step is told to the
program and kept here in plain lists, from which every list is worked out a second time.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dealflow import reports
from dealflow.actions import Actor, activities, deals, holidays, moves, setup
from dealflow.actions.settings import put
from dealflow.model import CONTACT_KINDS, Rep
from dealflow.money import Money
from dealflow.questions import Ask
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store import schema
from dealflow.store.book import Author, Book
from dealflow.store.database import Database

ZONE = ZoneInfo("Asia/Shanghai")
DAY = 86_400
START = int(datetime(2026, 4, 20, 9, tzinfo=ZONE).timestamp())
OFF = {date(2026, 5, n) for n in range(1, 6)}
MADE_UP = {date(2026, 5, 9)}
CADENCES = {"A": (3, "wd"), "B": (1, "w"), "C": (1, "m"), None: (5, "d")}
EXPECTED = {"lead": 4, "needs": None, "offer": 6}
STAGES = [*EXPECTED]
ENOUGH = 10
KINDS = ["call", "email", "note", "site_visit"]
WEIGHTS = {
    "late": 3,
    "today": 2,
    "unplanned": 1,
    "quiet": 1,
    "stuck": 1,
    "close": 1,
    "grade": 2,
    "amount": 1,
}


@dataclass
class Deal:
    id: int
    created: int
    amount: int | None
    close: date | None
    grade: list = field(default_factory=list)
    stays: list = field(default_factory=list)
    contacts: list = field(default_factory=list)
    plans: dict = field(default_factory=dict)
    """Number -> [created, when it was closed, [(since, due)]]."""
    closed: int | None = None


def worked(day):
    return day in MADE_UP or (day.weekday() < 5 and day not in OFF)


def day_of(at):
    return datetime.fromtimestamp(at, ZONE).date()


def due_after(day, grade):
    """The day by which the next contact is due, counted on the fingers."""
    count, unit = CADENCES[grade]
    if unit == "wd":
        while count:
            day += timedelta(days=1)
            count -= worked(day)
        return day
    if unit == "m":
        day = (
            date(day.year, day.month % 12 + 1, day.day)
            if day.day < 29
            else day + timedelta(days=30)
        )
    else:
        day += timedelta(days=count * {"d": 1, "w": 7}[unit])
    while not worked(day):
        day += timedelta(days=1)
    return day


def late_at(due):
    if not isinstance(due, date):
        return due + 1
    after = due + timedelta(days=1)
    return int(datetime(after.year, after.month, after.day, tzinfo=ZONE).timestamp())


class Team:
    """Does each step through the actions, and writes it down."""

    def __init__(self, db):
        self.db, self.now, self.deals = db, START, []

    def do(self, action, *args):
        book = Book(self.db.conn, Author("li", "test", "test", self.now))
        done = action(Actor(self.db, book, book.find(Rep, handle="li")), *args)
        book.settle()
        return done.ids[0]

    def step(self, what, pick, other, wait):
        self.now += wait
        live = [deal for deal in self.deals if deal.closed is None]
        if what == "add" or not live:
            self.add(pick, other)
        else:
            getattr(self, what)(live[pick % len(live)], other)

    def add(self, pick, other):
        grade = [None, "A", "B", "C"][pick % 4]
        amount = None if other % 5 == 0 else (1 + other) * 100_00
        close = None if other % 3 else day_of(self.now) + timedelta(days=pick % 30 - 10)
        new = deals.NewDeal(
            title="deal", grade=grade, close=close, amount=amount and Money(amount, "CNY")
        )
        deal = Deal(self.do(deals.add, new), self.now, amount, close, [(self.now, grade)])
        deal.stays.append(["lead", self.now, None])
        self.deals.append(deal)

    def log(self, deal, other):
        kind, at = KINDS[other % 4], max(self.now - other % 3 * 7 * 3600, deal.created)
        self.do(activities.log, deal.id, activities.Happened(kind=kind, at=at))
        deal.contacts += [at] * (kind in CONTACT_KINDS)

    def plan(self, deal, other):
        day = day_of(self.now) + timedelta(days=other % 6 - 2)
        due = day if other % 2 else self.now + (other % 5 - 1) * 5 * 3600
        number = self.do(activities.plan, deal.id, activities.Plan(due=due, what="see to it"))
        deal.plans[number] = [self.now, None, [(self.now, due)]]

    def finish(self, deal, other):
        waiting = [n for n, plan in deal.plans.items() if plan[1] is None]
        if waiting:
            number = waiting[other % len(waiting)]
            kind = KINDS[other % 2 * 2]
            self.do(activities.done, number, activities.Happened(kind=kind))
            deal.plans[number][1] = self.now
            deal.contacts += [self.now] * (kind in CONTACT_KINDS)

    def snooze(self, deal, other):
        waiting = [n for n, plan in deal.plans.items() if plan[1] is None]
        if waiting:
            number, due = (
                waiting[other % len(waiting)],
                day_of(self.now) + timedelta(days=other % 4),
            )
            self.do(activities.snooze, number, due)
            deal.plans[number][2].append((self.now, due))

    def grade(self, deal, other):
        grade = [None, "A", "B", "C"][other % 4]
        if grade != deal.grade[-1][1]:
            self.do(deals.edit, deal.id, {"grade": grade})
            deal.grade.append((self.now, grade))

    def move(self, deal, other):
        here = STAGES.index(deal.stays[-1][0])
        to = STAGES[(here + 1 + other % 2) % 3]
        verb = "advance" if STAGES.index(to) > here else "back"
        self.do(moves.move, deal.id, moves.Told(verb=verb, to=to))
        deal.stays[-1][2] = self.now
        deal.stays.append([to, self.now, None])

    def lose(self, deal, other):
        if other % 3 == 0:
            self.do(moves.move, deal.id, moves.Told(verb="lose", reason="price"))
            deal.stays[-1][2] = deal.closed = self.now
            for plan in deal.plans.values():
                plan[1] = plan[1] or self.now


STEPS = ["add", "add", "log", "plan", "plan", "finish", "snooze", "grade", "move", "move", "lose"]
WAITS = [0, 1, 1800, 5 * 3600, DAY, DAY, 2 * DAY, 5 * DAY]
few = st.integers(0, 59)
histories = st.lists(
    st.tuples(st.sampled_from(STEPS), few, few, st.sampled_from(WAITS)), min_size=15, max_size=60
)


class ByHand:
    """The lists as of `now`, from plain lists alone."""

    def __init__(self, found, now):
        self.now, self.today = now, day_of(now)
        self.all = [deal for deal in found if deal.created <= now]
        self.open = [deal for deal in self.all if deal.closed is None or deal.closed > now]

    def grade(self, deal):
        return [grade for at, grade in deal.grade if at <= self.now][-1]

    def first_late(self, deal):
        lates = []
        for created, closed, dues in deal.plans.values():
            if created <= self.now and (closed is None or closed > self.now):
                lates.append(late_at([due for at, due in dues if at <= self.now][-1]))
        return min(lates, default=None)

    def touched(self, deal):
        return max([at for at in deal.contacts if at <= self.now], default=deal.created)

    def due(self, deal):
        return due_after(day_of(self.touched(deal)), self.grade(deal))

    def unplanned(self):
        return {deal.id for deal in self.open if self.first_late(deal) is None}

    def quiet(self):
        return {deal.id: self.due(deal) for deal in self.open if self.due(deal) < self.today}

    def here(self, deal):
        return [stay for stay in deal.stays if stay[1] <= self.now][-1]

    def limit(self, stage):
        if EXPECTED[stage]:
            return EXPECTED[stage] * DAY
        stays = [
            stay
            for deal in self.all
            for stay in deal.stays
            if stay[0] == stage and stay[1] <= self.now
        ]
        ended = Counter((e - s) // 3600 for _, s, e in stays if e is not None and e <= self.now)
        going = [(self.now - s) // 3600 for _, s, e in stays if e is None or e > self.now]
        if sum(ended.values()) < ENOUGH:
            return None
        survival = Fraction(1)
        for hours in sorted(ended):
            at_risk = sum(n for h, n in ended.items() if h >= hours) + sum(
                h >= hours for h in going
            )
            survival *= 1 - Fraction(ended[hours], at_risk)
            if survival <= Fraction(1, 10):
                return max(hours, 1) * 3600
        return None

    def ratio(self, deal):
        stage, since, _ = self.here(deal)
        limit = self.limit(stage)
        return None if limit is None else (self.now - since) / limit

    def stuck(self):
        return {d.id: self.ratio(d) for d in self.open if (self.ratio(d) or 0) > 1}

    def workdays(self, day):
        return sum(worked(day + timedelta(days=n)) for n in range(1, (self.today - day).days + 1))

    def points(self, deal):
        amounts = [other.amount for other in self.open if other.amount is not None]
        late = self.first_late(deal)
        parts = dict.fromkeys(WEIGHTS, 0.0)
        if late is None:
            parts["unplanned"] = 1
        elif late <= self.now:
            parts["late"] = 1 + self.workdays(day_of(late - 1)) / 5
        elif day_of(late - 1) == self.today:
            parts["today"] = 1
        if self.due(deal) < self.today:
            day = day_of(self.touched(deal))
            parts["quiet"] = (self.today - day).days / (self.due(deal) - day).days
        if (self.ratio(deal) or 0) > 1:
            parts["stuck"] = self.ratio(deal)
        if deal.close:
            parts["close"] = min(1, max(0, 14 - max(0, (deal.close - self.today).days)) / 14)
        parts["grade"] = {"A": 1, "B": 0.5}.get(self.grade(deal), 0)
        if deal.amount is not None:
            parts["amount"] = deal.amount / median(amounts)
        return {name: round(WEIGHTS[name] * min(part, 3), 2) for name, part in parts.items()}

    def next(self):
        """Score by deal, of those that have a reason."""
        found = {deal.id: self.points(deal) for deal in self.open}
        reasons = [name for name in WEIGHTS if name not in {"grade", "amount"}]
        return {
            i: round(sum(p.values()), 2) for i, p in found.items() if any(p[n] for n in reasons)
        }


@pytest.fixture(scope="module")
def database(tmp_path_factory, _ddl):
    path = str(tmp_path_factory.mktemp("lists") / "pipeline.db")
    stages = tuple(
        StageSpec(key=key, name=key, position=n, expected_days=expected)
        for n, (key, expected) in enumerate(EXPECTED.items(), 1)
    )
    spec = PipelineSpec(key="one", name="One", stages=stages, reasons=(("price", "Price"),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "ddl", lambda: _ddl)
        author = Author("li", "init", "init", START - DAY)
        setup.create(path, author, setup.Start((spec,), "CNY", "Asia/Shanghai", "li"))
    db = Database(path)
    with db.writing(author) as book:
        by = Actor(db, book, book.load(Rep, 1))
        known = [*((day, "off") for day in OFF), *((day, "work") for day in MADE_UP)]
        holidays.load(by, [holidays.Day(day, kind) for day, kind in known])
        for grade, (count, unit) in CADENCES.items():
            put(by, f"cadence.{grade or '-'}", f"{count}{unit}")
    yield db
    db.close()


def rows_of(report):
    names = [column.name for column in report.columns]
    return [dict(zip(names, row, strict=True)) for row in report.rows]


@settings(
    max_examples=int(os.environ.get("DEALFLOW_CROSSCHECK", "60")) // 5,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(history=histories, looks=st.lists(st.integers(0, 40 * DAY), min_size=2, max_size=3))
def test_every_list_is_what_happened(database, history, looks):
    database.conn.begin()
    try:
        team = Team(database)
        for n in range(12):
            team.step("add", n, n, 0)
        for n in range(11):  # so that a usual time is known in the stage that expects none
            team.step("move", n, 0, 3600 * n)
            team.step("move", n, 0, 1800)
        for step in history:
            team.step(*step)
        for look in [team.now, *(START + look for look in looks)]:
            check(database, team, min(look, team.now))
    finally:
        database.conn.rollback()


def check(database, team, now):
    ask = Ask(
        conn=database.conn, now=now, zone=ZONE, currency="CNY", me=None, setting=database.setting
    )
    by_hand = ByHand(team.deals, now)
    rows = {
        name: rows_of(reports.answer(name)(ask, []))
        for name in ("unplanned", "quiet", "stuck", "next")
    }
    assert {row["id"] for row in rows["unplanned"]} == by_hand.unplanned()
    quiet = by_hand.quiet()
    assert {row["id"]: row["due"] for row in rows["quiet"]} == quiet
    assert [row["id"] for row in rows["quiet"]] == sorted(quiet, key=lambda i: (quiet[i], i))
    assert all(row["workdays_late"] == by_hand.workdays(row["due"]) for row in rows["quiet"])
    stuck = by_hand.stuck()
    assert [row["id"] for row in rows["stuck"]] == sorted(stuck, key=lambda i: (-stuck[i], i))
    expected = by_hand.next()
    assert {row["id"]: row["score"] for row in rows["next"]} == pytest.approx(expected)
    assert [row["id"] for row in rows["next"]] == sorted(expected, key=lambda i: (-expected[i], i))
