"""A recycle against a slow reading of what happened to three customers.

Hypothesis makes up what a team does; each step is told to the program and kept here as plain facts.
From these the customers that a recycle takes are worked out a second time, day by day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HERE = {"file": 14, "server": 5}
"""How many histories are tried on each."""
ZONES = ("Asia/Shanghai", "America/New_York")
START = datetime.fromisoformat("2026-02-23T09:00:00+08:00")
RULES = {"A": ("day", 6), "B": ("workday", 5), "C": ("week", 2), None: None}
SETTINGS = {"pool.A": "6d", "pool.B": "5wd", "pool.C": "2w"}
OFF = {date(2026, 3, 16), date(2026, 3, 17)}
GRADES = ("A", "B", "C", None)
NAMES = ("Acme", "Beta", "Gamma")


@dataclass
class Customer:
    """What is known of one customer: facts, and the instants at which somebody touched it."""

    grade: str | None
    owner: str | None
    touched: list[datetime]
    locked: bool = False
    deals: dict[int, str] = field(default_factory=dict)
    """Number -> open, won or lost."""

    def copied(self) -> Customer:
        return Customer(self.grade, self.owner, [*self.touched], self.locked, dict(self.deals))


def worked(day: date) -> bool:
    return day.weekday() < 5 and day not in OFF


def last_day(day: date, rule: tuple[str, int]) -> date:
    """Counted on the fingers."""
    unit, count = rule
    while unit == "workday" and count:
        day += timedelta(days=1)
        count -= worked(day)
    day += timedelta(days=count * (7 if unit == "week" else 1))
    while not worked(day):
        day += timedelta(days=1)
    return day


def taken(world: dict[str, Customer], now: datetime, zone: str) -> set[str]:
    """Whom a recycle takes at `now`."""
    found = set()
    for name, one in world.items():
        rule = RULES[one.grade]
        if rule is None or one.owner is None or one.locked or "won" in one.deals.values():
            continue
        touched = max(at for at in one.touched if at <= now)
        today = now.astimezone(ZoneInfo(zone)).date()
        if today > last_day(touched.astimezone(ZoneInfo(zone)).date(), rule):
            found.add(name)
    return found


DONE = (
    *("log", "log", "seen", "add", "advance", "win", "lose", "claim", "release"),
    *("give", "lock", "unlock", "grade", "recycle", "undo"),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(DONE),
        st.integers(0, 2),
        st.integers(1, 60),  # hours until then
    ),
    min_size=3,
    max_size=9,
)


class Play:
    """Tells steps to the program, and keeps what they mean."""

    def __init__(self, line, grades, zone) -> None:
        self.line, self.zone, self.now = line, zone, START
        self.deals = 0
        self.before: list[tuple[dict[str, Customer], int]] = []
        line.at(START.isoformat())
        for key, value in {"timezone": zone, **SETTINGS}.items():
            line.ok("settings", "set", key, value)
        for day in sorted(OFF):
            line.ok("settings", "holidays", "add", str(day))
        line.ok("reps", "add", "wang")
        self.world = {}
        for name, grade in zip(NAMES, grades, strict=True):
            more = ("--grade", grade) if grade else ()
            line.ok("accounts", "add", name, "--owner", "li", *more)
            self.world[name] = Customer(grade, "li", [self.now])

    def step(self, what: str, which: int, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.line.at(self.now.isoformat())
        name = NAMES[which]
        kept = {other: one.copied() for other, one in self.world.items()}
        if what == "undo":
            if self.before:
                self.line.ok("undo")
                self.world = self.before.pop()[0]
            return
        if getattr(self, what)(name, self.world[name]):
            self.before.append((kept, self.deals))

    def _do(self, *words: str) -> bool:
        self.line.ok(*words)
        return True

    def _open(self, one: Customer) -> int | None:
        return next((deal for deal, status in one.deals.items() if status == "open"), None)

    # ── steps; each says whether it changed something ────────────────────────────────────────

    def log(self, name, one):
        one.touched.append(self.now)
        deal = self._open(one)
        if deal:
            return self._do("log", str(deal), "call")
        return self._do("accounts", "log", name, "note", "thought of them")

    def seen(self, name, one):
        return self._do("accounts", "log", name, "site_visit")

    def add(self, name, one):
        one.touched.append(self.now)
        self.deals += 1
        one.deals[int(self.line.ok("add", f"Deal {self.deals}", "-a", name).out)] = "open"
        return True

    def _move(self, one, status, *words):
        deal = self._open(one)
        if deal is None:
            return False
        one.touched.append(self.now)
        one.deals[deal] = status
        return self._do(words[0], str(deal), *words[1:])

    def advance(self, name, one):
        if self._open(one) is None:
            return False
        stage = self.line.json("show", str(self._open(one)))["stage"]
        if stage == "negotiation":
            return False
        return self._move(one, "open", "advance", "--force", "--why", "x")

    def win(self, name, one):
        return self._move(one, "won", "win", "--force", "--why", "x")

    def lose(self, name, one):
        return self._move(one, "lost", "lose", "-r", "price")

    def claim(self, name, one):
        if one.owner is not None:
            return False
        one.owner = "wang"
        one.touched.append(self.now)
        return self._do("pool", "claim", name, "--rep", "wang")

    def release(self, name, one):
        if one.owner is None or one.locked:
            return False
        one.owner = None
        return self._do("pool", "release", name, "--why", "x")

    def give(self, name, one):
        other = {"li": "wang", "wang": "li", None: "li"}[one.owner]
        one.owner = other
        one.touched.append(self.now)
        return self._do("accounts", "edit", name, "--owner", other)

    def lock(self, name, one):
        was, one.locked = one.locked, True
        return self._do("accounts", "edit", name, "--locked") and not was

    def unlock(self, name, one):
        was, one.locked = one.locked, False
        return self._do("accounts", "edit", name, "--unlocked") and was

    def grade(self, name, one):
        new = GRADES[(GRADES.index(one.grade) + 1) % len(GRADES)]
        one.grade = new
        return self._do("accounts", "edit", name, "--grade", new or "none")

    def recycle(self, name, one):
        goes = taken(self.world, self.now, self.zone)
        self._do("pool", "recycle", "--yes")
        for other in goes:
            self.world[other].owner = None
        return bool(goes)


@pytest.fixture
def fresh(cli_without_database):
    line = cli_without_database
    line.at((START - timedelta(days=1)).isoformat())
    line.ok("init", "--pipeline", "en", "--timezone", "Asia/Shanghai")
    return line, line.keep()


def test_a_recycle_takes_what_a_slow_reading_takes(fresh, where):
    line, restore = fresh

    @settings(
        max_examples=HERE[where],
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(
        st.tuples(*[st.sampled_from(GRADES)] * 3),
        st.sampled_from(ZONES),
        STEPS,
        st.lists(st.integers(0, 24 * 20), min_size=2, max_size=3),
    )
    def play(grades, zone, steps, ahead):
        restore(line)
        told = Play(line, grades, zone)
        for step in steps:
            told.step(*step)
        owned = {row["name"]: row["owner"] for row in line.json("accounts", "list")}
        assert owned == {name: one.owner for name, one in told.world.items()}
        for hours in ahead:
            now = told.now + timedelta(hours=hours)
            line.at(now.isoformat())
            rows = line.json("pool", "recycle", "--dry-run")
            assert {row["name"] for row in rows} == taken(told.world, now, zone)
        line.ok("db", "check")

    play()
