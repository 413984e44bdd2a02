"""A sales desk of lists and copies, kept beside the program: every command has to come to the same.

The model knows the rules of stages, plans, undo and days gone by from docs/definitions.md, and nothing
of tables. Each step is a day of its own, so that the past can be asked for day by day.
"""

from __future__ import annotations

import os
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

STAGES = ("lead", "interested", "needs", "solution", "negotiation")
FORCED = ("--force", "--why", "told so")
DONE, MISSING, ILLEGAL = 0, 3, 5
START = datetime.fromisoformat("2026-01-05T10:00:00+08:00")

EXAMPLES = int(os.environ.get("DEALFLOW_MODEL", "8"))

NUMBERS = st.integers(1, 5)
VALUES = st.sampled_from([None, 0, 1, 12_345, 2_000_000])


@dataclass
class Deal:
    owner: str = "li"
    value: int | None = None
    stage: int = 0
    status: str = "open"


@dataclass
class Plan:
    deal: int
    rep: str
    over: bool = False


@dataclass
class Desk:
    """All there is on one day."""

    deals: dict[int, Deal] = field(default_factory=dict)
    plans: dict[int, Plan] = field(default_factory=dict)

    def open_plans(self, number: int) -> list[Plan]:
        return [plan for plan in self.plans.values() if plan.deal == number and not plan.over]


class Machine(RuleBasedStateMachine):
    """Subclassed by each test with the command line that it drives."""

    line = None
    restore = staticmethod(lambda: None)

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.days: list[tuple[int, Desk]] = []
        """What was done and not taken back: the day, and the desk after it."""
        self.undone: list[tuple[int, Desk]] = []
        self.day = 0
        self.deals_ever = self.plans_ever = 0

    @initialize()
    def begin(self) -> None:
        self.restore()

    # ── what the program is told, and what the model makes of it ────────────────────────────

    def tell(self, *words: str, expect: int) -> None:
        self.day += 1
        self.line.at((START + timedelta(days=self.day)).isoformat())
        said = self.line(*words)
        assert said.code == expect, f"{words}: {said.code}, not {expect}\n{said.err}"

    def told(self, *words: str, expect: int = DONE) -> Desk | None:
        """The desk to write the change on, if there is one."""
        self.tell(*words, expect=expect)
        if expect:
            return None
        self.desk = deepcopy(self.desk)
        self.days.append((self.day, self.desk))
        self.undone = []
        return self.desk

    @rule(value=VALUES, plan=st.booleans())
    def add(self, value: int | None, plan: bool) -> None:
        worth = () if value is None else ("--value", str(value))
        desk = self.told("add", "Deal", *worth, *(("--next", "+3d") if plan else ()))
        self.deals_ever += 1
        desk.deals[self.deals_ever] = Deal(value=value)
        if plan:
            self._plan(self.deals_ever)

    def _plan(self, number: int) -> None:
        self.plans_ever += 1
        self.desk.plans[self.plans_ever] = Plan(number, self.desk.deals[number].owner)

    @rule(number=NUMBERS, value=VALUES)
    def price(self, number: int, value: int | None) -> None:
        deal = self.desk.deals.get(number)
        words = ("edit", str(number), "--value", "none" if value is None else str(value))
        if deal is None or deal.value == value:
            self.tell(*words, expect=MISSING if deal is None else DONE)
        else:
            self.told(*words).deals[number].value = value

    @rule(number=NUMBERS, owner=st.sampled_from(["li", "wang"]))
    def give(self, number: int, owner: str) -> None:
        deal = self.desk.deals.get(number)
        words = ("edit", str(number), "--owner", owner)
        if deal is None or deal.owner == owner:
            self.tell(*words, expect=MISSING if deal is None else DONE)
        else:
            desk = self.told(*words)
            for plan in desk.open_plans(number):
                plan.rep = owner if plan.rep == deal.owner else plan.rep
            desk.deals[number].owner = owner

    def _moved(
        self, number: int, *words: str, legal: bool, stage: int = 0, to: str = "open"
    ) -> None:
        """Tell a move of deal `number`; a legal one puts it at `stage`, or ends it as `to`."""
        if number not in self.desk.deals or not legal:
            expect = ILLEGAL if number in self.desk.deals else MISSING
            self.tell(*words, expect=expect)
            return
        desk = self.told(*words)
        deal = desk.deals[number]
        deal.status, deal.stage = to, stage
        if to != "open":
            for plan in desk.open_plans(number):
                plan.over = True

    def _at(self, number: int) -> tuple[str, int]:
        deal = self.desk.deals.get(number)
        return ("none", 0) if deal is None else (deal.status, deal.stage)

    @rule(number=NUMBERS, steps=st.integers(1, 2))
    def advance(self, number: int, steps: int) -> None:
        status, at = self._at(number)
        to = at + steps
        named = (STAGES[to],) if steps > 1 and to < len(STAGES) else ()
        words = ("advance", str(number), *named, *FORCED)
        to = to if named else at + 1
        won = to >= len(STAGES)
        ended = {"stage": at, "to": "won"} if won else {"stage": to}
        self._moved(number, *words, legal=status == "open", **ended)

    @rule(number=NUMBERS)
    def back(self, number: int) -> None:
        status, at = self._at(number)
        legal = status == "open" and at > 0
        self._moved(number, "back", str(number), legal=legal, stage=at - 1)

    @rule(number=NUMBERS)
    def win(self, number: int) -> None:
        status, at = self._at(number)
        words = ("win", str(number), *FORCED)
        self._moved(number, *words, legal=status == "open", stage=at, to="won")

    @rule(number=NUMBERS)
    def lose(self, number: int) -> None:
        status, at = self._at(number)
        words = ("lose", str(number), "-r", "price")
        self._moved(number, *words, legal=status == "open", stage=at, to="lost")

    @rule(number=NUMBERS)
    def void(self, number: int) -> None:
        status, at = self._at(number)
        self._moved(number, "void", str(number), legal=status == "open", stage=at, to="void")

    @rule(number=NUMBERS)
    def reopen(self, number: int) -> None:
        status, at = self._at(number)
        words = ("reopen", str(number), *FORCED)
        self._moved(number, *words, legal=status not in {"open", "none"}, stage=at)

    @rule(number=NUMBERS)
    def plan(self, number: int) -> None:
        deal = self.desk.deals.get(number)
        words = ("plan", str(number), "+2d", "call")
        if deal is None or deal.status != "open":
            self.tell(*words, expect=MISSING if deal is None else ILLEGAL)
        else:
            self.told(*words)
            self._plan(number)

    @rule(number=NUMBERS, words=st.sampled_from([("done",), ("cancel", "--why", "no time")]))
    def finish(self, number: int, words: tuple[str, ...]) -> None:
        plan = self.desk.plans.get(number)
        line = (*words, str(number))
        if plan is None or plan.over:
            self.tell(*line, expect=MISSING if plan is None else ILLEGAL)
        else:
            self.told(*line).plans[number].over = True

    # ── taken back ──────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.days)
    @rule()
    def undo(self) -> None:
        self.tell("undo", expect=DONE)
        self.undone.append(self.days.pop())
        self.desk = self.days[-1][1] if self.days else Desk()

    @precondition(lambda self: self.undone)
    @rule()
    def redo(self) -> None:
        self.tell("redo", expect=DONE)
        self.days.append(self.undone.pop())
        self.desk = self.days[-1][1]

    # ── what has to hold ────────────────────────────────────────────────────────────────────

    @invariant()
    def deals_are_as_told(self) -> None:
        self._compare(self.desk)

    @invariant()
    def follow_ups_are_as_told(self) -> None:
        listed = self.line.json("agenda", "for:li,wang", "--days", "366")
        told = {n: plan.rep for n, plan in self.desk.plans.items() if not plan.over}
        assert {row["id"]: row["for"] for row in listed} == told

    @precondition(lambda self: self.day)
    @rule(back=st.integers(1, 10))
    def a_day_gone_by_is_as_it_was(self, back: int) -> None:
        day = max(0, self.day - back)
        then = [desk for done, desk in self.days if done <= day]
        date = (START + timedelta(days=day)).date().isoformat()
        self._compare(then[-1] if then else Desk(), "--as-of", date)

    @rule()
    def the_database_is_sound(self) -> None:
        self.line.ok("db", "check")

    def _compare(self, desk: Desk, *when: str) -> None:
        listed = self.line.json("list", "status:any", "--limit", "0", *when)
        found = {d["id"]: (d["status"], d["stage"], d["owner"], d["amount"]) for d in listed}
        assert found == {
            number: (deal.status, STAGES[deal.stage], deal.owner, deal.value)
            for number, deal in desk.deals.items()
        }


def test_every_command_comes_to_what_the_rules_say(dealflow):
    dealflow.at(START.isoformat())
    dealflow.ok("reps", "add", "wang")
    restore = dealflow.keep()

    class Driven(Machine):
        line = dealflow

        def restore(self) -> None:
            restore(dealflow)

    run_state_machine_as_test(
        Driven,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        ),
    )
