"""forecast, targets and forecast score against a slow reading of what happened, at any instant.

Hypothesis makes up what a team does. Each step is told to the program and kept here in plain lists,
from which every figure is worked out a second time: no SQL, nothing of the store or of analytics.
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dealflow import reports
from dealflow.actions import Actor, deals, forecasts, moves, people, setup, targets
from dealflow.actions.settings import rate
from dealflow.dates import ALL, parse_period
from dealflow.model import Rep
from dealflow.money import Money
from dealflow.questions import Ask
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store import schema
from dealflow.store.book import Author, Book
from dealflow.store.database import Database

ZONE = ZoneInfo("Asia/Shanghai")
DAY = 86_400
START = int(datetime(2026, 4, 28, 9, tzinfo=ZONE).timestamp())
REPS = {"li": None, "bo": "east", "cy": "west"}
STAGES = {"lead": 0.1, "needs": 0.5, "offer": None}
KEYS = [*STAGES]
USD = [(date(2026, 4, 1), 7_000_000), (date(2026, 5, 20), 7_512_345)]
PERIODS = ["2026-04", "2026-05", "2026-06", "2026-Q2", "2026"]


@dataclass
class Deal:
    id: int
    created: int
    values: dict = field(default_factory=lambda: defaultdict(list))
    """Column -> [(recorded at, value)]."""
    moves: list = field(default_factory=list)
    """(at, what, stage, owner, amount): what is a stage's key, won, lost or void."""

    @property
    def is_open(self):
        return self.moves[-1][1] in KEYS


def day_of(at):
    return datetime.fromtimestamp(at, ZONE).date()


def then(recorded, now):
    return [value for at, value in recorded if at <= now][-1]


class Team:
    """Does each step through the actions, and writes it down."""

    def __init__(self, db):
        self.db, self.now = db, START
        self.deals, self.targets, self.kept = [], defaultdict(list), []

    def do(self, action, *args):
        book = Book(self.db.conn, Author("li", "test", "test", self.now))
        done = action(Actor(self.db, book, book.find(Rep, handle="li")), *args)
        book.settle()
        return done.ids[0] if done.ids else 0

    def step(self, what, pick, other, wait):
        self.now += wait
        if what == "add" or not self.deals:
            self.add(pick, other)
        elif what in {"aim", "keep"}:
            getattr(self, what)(pick, other)
        else:
            getattr(self, what)(self.deals[pick % len(self.deals)], other)

    def add(self, pick, other):
        facts = {
            "owner": [*REPS][pick % 3],
            "amount": amount_of(pick + other),
            "close": self.close(other),
            "probability": [None, None, 0.25, 1.0, 0.0][(pick + 2 * other) % 5],
        }
        stage = KEYS[other % 3]
        deal = Deal(self.do(deals.add, deals.NewDeal(title="deal", stage=stage, **facts)), self.now)
        for name, value in facts.items():
            deal.values[name].append((self.now, value))
        deal.moves.append((self.now, stage, facts["owner"], facts["amount"]))
        self.deals.append(deal)

    def close(self, other):
        return None if other % 4 == 0 else day_of(self.now) + timedelta(days=other * 2 - 20)

    def edit(self, deal, other):
        name, value = [
            ("owner", [*REPS][other // 4 % 3]),
            ("amount", amount_of(other)),
            ("close", self.close(other)),
            ("probability", [None, 0.6, 0.1][other // 4 % 3]),
        ][other % 4]
        if self.do(deals.edit, deal.id, {name: value}):
            deal.values[name].append((self.now, value))

    def move(self, deal, other):
        here = deal.moves[-1][1]
        if not deal.is_open:
            verb, to = ("reopen", KEYS[other % 3])
            what = to
        elif other % 3 == 0:
            verb, to, what = "win", None, "won"
        elif other % 3 == 1:
            verb, to, what = ("lose", None, "lost") if other % 2 else ("void", None, "void")
        else:
            ahead = KEYS[KEYS.index(here) + 1 :]
            if not ahead:
                return
            verb, to, what = "advance", ahead[0], ahead[0]
        reason = "price" if verb == "lose" else None
        self.do(moves.move, deal.id, moves.Told(verb=verb, to=to, reason=reason))
        facts = (then(deal.values[name], self.now) for name in ("owner", "amount"))
        deal.moves.append((self.now, what, *facts))

    def aim(self, pick, other):
        whose = ["all", "rep:bo", "team:east", "rep:li"][pick % 4]
        period, amount = PERIODS[other % 5], 1000 + 37 * other
        by_value = bool(pick // 4 % 2)
        key = (whose, period, by_value)
        if self.targets[key] and self.targets[key][-1][1] is not None and other % 3 == 0:
            found = self.db.conn.execute(
                "SELECT id FROM target WHERE whose = ? AND period = ? AND measure = ?",
                (whose, period, "value" if by_value else "count"),
            )
            self.do(targets.remove, [found.fetchone()[0]])
            self.targets[key].append((self.now, None))
            return
        self.do(targets.put, whose, period, Money(amount, "CNY") if by_value else amount)
        self.targets[key].append((self.now, amount))

    def keep(self, pick, other):
        if any(deal.is_open for deal in self.deals):
            self.do(forecasts.keep, f"{len(self.kept)}", [])
            self.kept.append((self.now, ByHand(self, self.now).said()))


def amount_of(n):
    currency = ["CNY", "CNY", "CNY", "USD", "EUR"][n % 5]
    return None if n % 4 == 3 else Money(1000 + n * 370, currency)


STEPS = [*["add"] * 4, *["move"] * 5, *["edit"] * 3, "aim", "aim", "keep"]
few = st.integers(0, 59)
steps = st.tuples(st.sampled_from(STEPS), few, few, st.sampled_from([0, 3600, DAY, 4 * DAY]))
histories = st.lists(steps, min_size=10, max_size=40)


# ── the same figures, worked out by hand ──────────────────────────────────────────────────────


def converted(money, at):
    """Minor units of CNY, or None."""
    if money is None or money.currency == "EUR":
        return None
    if money.currency == "CNY":
        return Fraction(money.minor)
    rates = [millionths for first, millionths in USD if first <= day_of(at)]
    return Fraction(money.minor * rates[-1], 1_000_000)


class ByHand:
    def __init__(self, team, now):
        self.team, self.now = team, now
        self.deals = [deal for deal in team.deals if deal.created <= now]

    def stays(self, deal):
        return [move for move in deal.moves if move[0] <= self.now]

    def outcome(self, deal):
        """The close that stands: (at, what, owner, amount)."""
        last = self.stays(deal)[-1]
        return None if last[1] in KEYS else last

    def chance_of_stage(self, stage):
        seen = [d for d in self.deals if any(what == stage for _, what, *_ in self.stays(d))]
        ends = [close[1] for d in seen if (close := self.outcome(d))]
        won, lost = ends.count("won"), ends.count("lost")
        c = STAGES[stage]
        if c is None:
            return won / (won + lost) if won + lost else None
        return (won + 10 * c) / (won + lost + 10)

    def value(self, deal, name):
        return then(deal.values[name], self.now)

    def open(self):
        """(rep, probability, amount, expected close) of each open deal."""
        for deal in self.deals:
            if self.outcome(deal) is None:
                own, stage = self.value(deal, "probability"), self.stays(deal)[-1][1]
                p = self.chance_of_stage(stage) if own is None else own
                yield (
                    self.value(deal, "owner"),
                    p,
                    self.value(deal, "amount"),
                    self.value(deal, "close"),
                )

    def said(self):
        """(deal, probability, owner) of each open deal."""
        some = [deal for deal in self.deals if self.outcome(deal) is None]
        return [(deal, p, rep) for deal, (rep, p, *_) in zip(some, self.open(), strict=True)]

    def wins(self):
        """(rep, amount, at) of each win that stands."""
        for deal in self.deals:
            close = self.outcome(deal)
            if close and close[1] == "won":
                yield close[2], close[3], close[0]

    def bucket(self, close, period):
        today = day_of(self.now)
        if close is None:
            return "no date" if period == ALL else None
        if close < today:
            around = period == ALL or period.start <= today < period.end
            return "past" if around else None
        return f"{close:%Y-%m}" if period == ALL or period.start <= close < period.end else None

    def aim(self, whose, label, by_value):
        told = self.team.targets[whose, label, by_value]
        known = [amount for at, amount in told if at <= self.now]
        if known and known[-1] is not None:
            return known[-1]
        if len(label) == 4:
            within = [f"{label}-Q{n}" for n in (1, 2, 3, 4)]
        elif "Q" in label:
            within = [f"{label[:5]}{int(label[-1]) * 3 - n:02}" for n in (2, 1, 0)]
        else:
            return None
        found = [self.aim(whose, part, by_value) for part in within]
        return None if None in found else sum(found)


def quantile(chances, share):
    """Over every combination of wins."""
    sums = defaultdict(float)
    for came in product([0, 1], repeat=len(chances)):
        weight = 1.0
        for yes, (p, _) in zip(came, chances, strict=True):
            weight *= p if yes else 1 - p
        sums[sum(a * yes for yes, (_, a) in zip(came, chances, strict=True))] += weight
    upto = 0.0
    for total in sorted(sums):
        upto += sums[total]
        if upto >= share - 1e-12:
            return total
    return max(sums)


def told(minor):
    """An expectation: whole units from 100 on."""
    return round(minor / 100) * 100 if abs(minor) >= 10_000 else round(minor)


def rows_of(found):
    names = [column.name for column in found.columns]
    return [dict(zip(names, row, strict=True)) for row in found.rows]


def near(money, minor):
    """The amounts are floats before they are rounded."""
    return abs(money.minor - minor) <= (100 if abs(minor) >= 10_000 else 1)


def check_forecast(ask, by_hand, by, label):
    period = ALL if label is None else parse_period(label, ask.today)
    report = reports.answer("forecast")(ask, [], by=by, period=period)
    held, won = defaultdict(list), defaultdict(list)
    start = date(ask.today.year, ask.today.month, 1) if label is None else period.start
    for rep, p, amount, close in by_hand.open():
        bucket = by_hand.bucket(close, period)
        if bucket:
            held[key_of(by, rep, bucket)].append((p, amount))
    for rep, amount, at in by_hand.wins():
        if day_of(at) >= start and (label is None or day_of(at) < period.end):
            won[key_of(by, rep, f"{day_of(at):%Y-%m}")].append((amount, at))
    found = {tuple(row[name] for name in by): row for row in rows_of(report)}
    assert held.keys() | won.keys() <= found.keys()
    amounts = [a for some in [*held.values()] for _, a in some if a]
    amounts += [a for some in won.values() for a, _ in some if a]
    aims = any(by_hand.aim(*key[:2], True) is not None for key in [*by_hand.team.targets] if key[2])
    codes = {a.currency for a in amounts} | ({"CNY"} if aims else set())
    for key, row in found.items():
        some = held[key]
        assert row["deals"] == len(some)
        assert (row["without"] or 0) == sum(p is None for p, _ in some)
        if len(codes) == 1:
            priced = [(p, Fraction(a.minor)) for p, a in some if a]
        else:
            priced = [(p, c) for p, a in some if (c := converted(a, ask.now)) is not None]
        chances = [(p, round(float(a))) for p, a in priced if p is not None]
        if chances:
            expected = sum(p * float(a) for p, a in priced if p is not None)
            assert near(row["expected"], told(expected))
            if len(chances) <= 9:
                ends = [quantile(chances, share) for share in (0.1, 0.9)]
                assert [row["low"].minor, row["high"].minor] == ends
        else:
            assert row["expected"] is row["low"] is row["high"] is None
        if priced:
            assert row["value"].minor == round(sum(a for _, a in priced))
        known = [p for p, _ in some if p is not None]
        assert row["expected_wins"] == (pytest.approx(sum(known)) if known else None)
        if row["won"] is not None and len(codes) > 1:
            parts = [c for a, at in won[key] if (c := converted(a, at)) is not None]
            assert row["won"].minor == round(sum(parts))
        check_aim(by_hand, by, label, key, row)


def key_of(by, rep, bucket):
    return tuple({"rep": rep, "month": bucket}[name] for name in by)


def check_aim(by_hand, by, label, key, row):
    facts = dict(zip(by, key, strict=True))
    period = facts.get("month", label)
    if period in {None, "past", "no date"} or row["deals_won"] is None:
        assert row["target"] is None
        return
    whose = f"rep:{facts['rep']}" if "rep" in facts else "all"
    wanted = by_hand.aim(whose, period, True)
    assert row["target"] == (None if wanted is None else Money(wanted, "CNY"))
    if wanted is not None:
        won = row["won"].minor if row["won"] else 0  # none: all of them without an amount
        assert row["attainment"] == pytest.approx(won / wanted)
        exact = wanted - row["outlook"].minor  # which is rounded itself
        assert abs(row["gap"].minor - exact) <= 150


def check_targets(ask, by_hand, label):
    period = parse_period(label, ask.today)
    for row in rows_of(reports.answer("targets")(ask, [], period=period)):
        by_value = row["target"] is not None
        wanted = by_hand.aim(row["whose"], row["period"], by_value)
        assert wanted == (row["target"].minor if by_value else row["target_deals"])
        span = parse_period(row["period"], ask.today)
        mine = [
            (a, at)
            for rep, a, at in by_hand.wins()
            if is_of(row["whose"], rep) and span.start <= day_of(at) < span.end
        ]
        assert row["deals_won"] == len(mine)
        won = round(sum(c for a, at in mine if (c := converted(a, at)) is not None))
        assert row["won"].minor == won
        assert row["attainment"] == pytest.approx((won if by_value else len(mine)) / wanted)
        reach = [
            (p, a)
            for rep, p, a, close in by_hand.open()
            if is_of(row["whose"], rep) and by_hand.bucket(close, span)
        ]
        assert row["open_deals"] == len(reach)
        value = round(sum(c for _, a in reach if (c := converted(a, ask.now)) is not None))
        assert row["open_value"].minor == value
        days = [span.start + timedelta(days=n) for n in range((span.end - span.start).days)]
        worked = [day for day in days if day.weekday() < 5]
        assert row["gone"] == sum(day <= ask.today for day in worked) / len(worked)
        gap = wanted - (won if by_value else len(mine))
        within = value if by_value else len(reach)
        needed = gap / within if gap > 0 and within > 0 else None
        assert row["needed"] == needed


def is_of(whose, rep):
    return whose in {"all", f"rep:{rep}", f"team:{REPS[rep]}"}


def check_score(ask, by_hand):
    report = reports.answer("forecast-score")(ask)
    pairs, bias, first = [], defaultdict(list), {}
    for deal, p, rep in (
        one for at, said in by_hand.team.kept if at <= by_hand.now for one in said
    ):
        first.setdefault(deal.id, (deal, p, rep))
    for deal, p, rep in first.values():
        close = by_hand.outcome(deal)
        if p is not None and close and close[1] != "void":
            pairs.append((p, close[1] == "won"))
            bias[rep].append(pairs[-1])
    assert report.parameters["n"] == len(pairs)
    sections = {table.name: rows_of(table) for table in report.sections}
    if not pairs:
        return
    score = sum((p - won) ** 2 for p, won in pairs) / len(pairs)
    assert sections["forecasts"][-1]["brier"] == pytest.approx(score)
    for row in sections["reps"]:
        mine = bias[row["rep"]]
        assert (row["n"], row["won"]) == (len(mine), sum(won for _, won in mine))
        mean = (sum(p for p, _ in mine) - sum(won for _, won in mine)) / len(mine)
        assert row["bias"] == pytest.approx(mean)
    assert sum(row["n"] for row in rows_of(report)) == len(pairs)


@pytest.fixture(scope="module")
def database(tmp_path_factory, _ddl):
    path = str(tmp_path_factory.mktemp("crosscheck") / "pipeline.db")
    stages = tuple(
        StageSpec(key=key, name=key.title(), position=n, probability=share)
        for n, (key, share) in enumerate(STAGES.items(), 1)
    )
    won = StageSpec(key="won", name="Won", kind="won", position=4)
    spec = PipelineSpec(key="one", name="One", stages=(*stages, won), reasons=(("price", "Price"),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "ddl", lambda: _ddl)
        author = Author("li", "init", "init", START - DAY)
        setup.create(path, author, setup.Start((spec,), "CNY", "Asia/Shanghai", "li"))
    db = Database(path)
    with db.writing(author) as book:
        by = Actor(db, book, book.load(Rep, 1))
        for name, team in list(REPS.items())[1:]:
            people.add_rep(by, name, {"team": team})
        for day, millionths in USD:
            rate(by, "USD", day, millionths)
    yield db
    db.close()


@settings(
    max_examples=int(os.environ.get("DEALFLOW_CROSSCHECK", "60")) // 3,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(history=histories, looks=st.lists(st.integers(0, 60 * DAY), min_size=2, max_size=3))
def test_every_figure_of_the_forecast_is_what_happened(database, history, looks):
    database.conn.begin()
    try:
        team = Team(database)
        for n in range(6):
            team.step("add", n, n * 7, 0)
        for step in history:
            team.step(*step)
        for n, look in enumerate([team.now, *(START + look for look in looks)]):
            now = min(look, team.now)
            ask = Ask(
                conn=database.conn,
                now=now,
                zone=ZONE,
                currency="CNY",
                me=None,
                setting=database.setting,
            )
            by_hand = ByHand(team, now)
            by = [("month",), ("rep",), ("rep", "month")][(n + look) % 3]
            check_forecast(ask, by_hand, by, [None, *PERIODS][look % 6])
            check_targets(ask, by_hand, PERIODS[look % 5])
            check_score(ask, by_hand)
    finally:
        database.conn.rollback()
