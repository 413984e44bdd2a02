"""One deal's life as the commands that recorded it. Pure.

What the stages ask for is read from the pipelines as they are, and done before each move; only a
forced move leaves something out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import pairwise
from random import Random
from typing import Any

from dealflow.actions.activities import Happened, Plan
from dealflow.actions.deals import NewDeal
from dealflow.actions.moves import Told
from dealflow.demo import cast, phrases
from dealflow.demo.chance import rng
from dealflow.demo.customs import CHANNELS, GAPS, MENU, SIGNS
from dealflow.demo.lives import Life, Stay, World
from dealflow.demo.steps import MOMENT, Edit, Finish, GiveUp, Snooze, Step, What, with_next
from dealflow.money import Money
from dealflow.requirements import GROUPS, Count, Present, Requirement
from dealflow.stages import StageSpec


def whole(world: World, life: Life) -> list[Step]:
    """The whole life in order of time, whether or not it has come to pass."""
    return _Telling(world, life).tell()


class _Telling:
    """One life being told."""

    def __init__(self, world: World, life: Life) -> None:
        self.world, self.life = world, life
        self.chance: Random = rng(world.seed, f"telling {life.number}")
        self.steps: list[Step] = []
        self.filled = {"account", "source", "product"}
        self.kinds: Counter[str] = Counter()

    def tell(self) -> list[Step]:
        self._birth()
        for stay in self.life.stays:
            if stay.reopens:
                self._put(stay.start, Told(verb="reopen", to=stay.stage))
            self._stay(stay)
        self._hand_over()
        self.steps.sort(key=lambda step: step.at)
        self._link()
        self.steps.sort(key=lambda step: step.at)
        return self.steps

    def _put(self, at: float, what: What, who: str | None = None, *, contact: bool = False) -> None:
        who = who or self.life.owner_at(at)
        self.steps.append(Step(at, who, self.life.number, what, contact))

    def _birth(self) -> None:
        life, chance = self.life, self.chance
        known = {"contact": 0.8, "amount": 0.65, "close": 0.5}
        self.filled |= {fact for fact, share in known.items() if chance.random() < share}
        new = NewDeal(
            title=life.title,
            account=life.customer.name,
            contact=life.customer.people[0][0] if "contact" in self.filled else None,
            amount=life.amount if "amount" in self.filled else None,
            close=self._close(life.born) if "close" in self.filled else None,
            source=life.source,
            pipeline=life.track,
            products=tuple(ware.name for ware in life.wares),
            tags=("重点",) if life.customer.grade == "A" and chance.random() < 0.5 else (),
        )
        self._put(life.born, new, contact=True)

    def _close(self, at: float) -> date:
        return self.world.hours.day(at + self.chance.uniform(25, 60))

    def _hand_over(self) -> None:
        life = self.life
        if life.heir:
            at, heir = life.heir
            boss = cast.LEAD if life.owner == cast.LEAVER else life.owner
            self._put(at, Edit({"owner": heir}), boss)

    # ── one stay ──────────────────────────────────────────────────────────────────────────────

    def _stay(self, stay: Stay) -> None:
        gaps = [] if stay.leave.verb not in {"advance", "win"} else self._gaps(stay)
        asked = [kind for req in gaps for kind in self._kinds_for(req)]
        self._contacts(stay, asked)
        self._signs(stay)
        self._fill(stay, [req.what for req in gaps if isinstance(req, Present)])
        self._revise(stay)
        leave = stay.leave
        if leave.force and not (gaps and self._leave_out(gaps)):
            leave = replace(leave, force=False, why=None)
        self._put(stay.end, leave)

    def _gaps(self, stay: Stay) -> list[Requirement]:
        """What the stages ahead ask for and is not there yet."""
        pipeline = self.world.pipelines[self.life.track]
        here = pipeline.stage(stay.stage)
        there = (
            pipeline.won_stage if stay.leave.verb == "win" else pipeline.stage(stay.leave.to or "")
        )
        ahead: list[StageSpec] = [*pipeline.between(here, there), *([there] if there else [])]
        asked = dict.fromkeys(req for stage in ahead for req in stage.requires)
        return [req for req in asked if self._is_missing(req)]

    def _is_missing(self, req: Requirement) -> bool:
        if isinstance(req, Present):
            return req.what not in self.filled
        return isinstance(req, Count) and bool(self._kinds_for(req))

    def _kinds_for(self, req: Requirement) -> list[str]:
        if not isinstance(req, Count):
            return []
        kinds = GROUPS.get(req.kind, (req.kind,))
        return [kinds[0]] * (req.times - sum(self.kinds[kind] for kind in kinds))

    def _leave_out(self, gaps: list[Requirement]) -> bool:
        return any(isinstance(req, Present) and req.what.startswith("field:") for req in gaps)

    def _contacts(self, stay: Stay, asked: list[str]) -> None:
        """Contacts spread over the stay, the last just before the move; first what is asked for."""
        chance = self.chance
        count = max(len(asked), 1, min(7, round(stay.days / GAPS[self.life.customer.grade])))
        kinds = asked + [chance.choice(MENU[stay.stage]) for _ in range(count - len(asked))]
        chance.shuffle(kinds)
        for i, kind in enumerate(kinds, 1):
            early = chance.uniform(0.1, 0.7) if i < count else 0.0
            at = stay.start + MOMENT + (stay.days - 4 * MOMENT) * (i - early) / count
            support = kind == "demo" and chance.random() < 0.6
            happened = self._happened(kind)
            self._put(at, happened, cast.SUPPORT if support else None, contact=True)

    def _signs(self, stay: Stay) -> None:
        """What the customer was seen to do, or asked."""
        for kind in SIGNS[stay.stage]:
            if self.chance.random() < 0.42:
                at = stay.start + stay.days * self.chance.uniform(0.05, 0.9)
                self._put(at, self._happened(kind))

    def _happened(self, kind: str) -> Happened:
        chance = self.chance
        self.kinds[kind] += 1
        from_them = kind in GROUPS["feedback"] or kind in GROUPS["behaviour"]
        return Happened(
            kind=kind,
            note=chance.choice(phrases.NOTED[self.life.track][kind]),
            channel=CHANNELS.get(kind),
            direction="in" if from_them or chance.random() < 0.12 else None,
        )

    # ── what is filled in ─────────────────────────────────────────────────────────────────────

    def _fill(self, stay: Stay, facts: list[str]) -> None:
        """What the next stage asks for, and what a forced move had left out."""
        for fact in facts:
            if not (stay.leave.force and fact.startswith("field:")):
                self.filled.add(fact)
                self._put(stay.end - 2 * MOMENT, Edit(self._value(fact, stay.end)))

    def _value(self, fact: str, at: float) -> dict[str, Any]:
        life = self.life
        if fact.startswith("field:"):
            need = self.chance.choice(phrases.NEEDS[life.track])
            return {"fields": {fact.removeprefix("field:"): need}}
        if fact == "close":
            return {"close": self._close(at)}
        return (
            {"contact": life.customer.people[0][0]}
            if fact == "contact"
            else {"amount": life.amount}
        )

    def _revise(self, stay: Stay) -> None:
        """Amounts come down when terms are talked about, and expected closes move out."""
        chance, at = self.chance, stay.start + 0.5 * stay.days
        if stay.stage in {"negotiation", "contract"} and chance.random() < 0.45:
            less = round(self.life.amount.minor * chance.uniform(0.82, 0.97) / 50_000) * 50_000
            self._put(at, Edit({"amount": Money(max(less, 50_000), self.life.amount.currency)}))
        elif stay.leave.verb == "advance" and "close" in self.filled and chance.random() < 0.25:
            self._put(at, Edit({"close": self._close(at)}))

    # ── the chain of follow-ups ───────────────────────────────────────────────────────────────

    def _link(self) -> None:
        """Each contact plans the next one, most of the time, and it is kept, more or less."""
        contacts = [step for step in self.steps if step.contact]
        closes = [
            stay.end for stay in self.life.stays if stay.leave.verb in {"win", "lose", "void"}
        ]
        for one, other in pairwise(contacts):
            closed = any(one.at <= end < other.at for end in closes)
            if closed:
                self._plan(one, one.at + 4, other)
            elif self.chance.random() < 0.88:
                self._plan_and_keep(one, other)
        if self.chance.random() < 0.6:
            self._plan(contacts[-1], contacts[-1].at + self.chance.uniform(2, 6), contacts[-1])

    def _plan_and_keep(self, one: Step, other: Step) -> None:
        assert isinstance(other.what, Happened)
        gap = other.at - one.at
        prompt = self.world.team[self.life.owner_at(other.at)].prompt
        due, fate = other.at, self.chance.random()
        if fate > prompt:
            due = max(one.at, other.at - 1 - int(5 * self.chance.random() ** 1.5))
        first = due
        if gap > 3 and self.chance.random() < 0.12:
            first = max(one.at, due - self.chance.uniform(1, 3))
            self._put(max(first, one.at + MOMENT), Snooze(self.world.hours.day(due)))
        elif gap > 4 and self.chance.random() < 0.04:
            self._put(one.at + gap / 2, GiveUp(phrases.GIVEN_UP[self.life.track]))
        self._plan(one, first, other)
        other.what = Finish(other.what)

    def _plan(self, one: Step, due: float, other: Step) -> None:
        """Let one contact plan the other, in the same breath or, for a colleague, right after."""
        plan = self._planned(one.at, due, other)
        if plan.for_:
            self._put(one.at + MOMENT / 2, plan)
        else:
            one.what = with_next(one.what, plan)

    def _planned(self, at: float, due: float, other: Step) -> Plan:
        what = other.what.what if isinstance(other.what, Finish) else other.what
        kind = what.kind if isinstance(what, Happened) else "call"
        return Plan(
            due=self._due(at, due, kind),
            what=self.chance.choice(phrases.PLANNED[self.life.track][kind]),
            goal=phrases.GOALS[self._stage_at(at)] if self.chance.random() < 0.6 else None,
            kind=kind,
            for_=other.who if other.who == cast.SUPPORT else None,
        )

    def _due(self, at: float, due: float, kind: str) -> date | int:
        """Appointments have a time of day."""
        hours = self.world.hours
        if kind in {"demo", "meeting", "visit"} and due > at + 0.5 and self.chance.random() < 0.5:
            return hours.appointment(due)
        return hours.day(due)

    def _stage_at(self, at: float) -> str:
        return next((s.stage for s in self.life.stays if at < s.end), self.life.stays[-1].stage)
