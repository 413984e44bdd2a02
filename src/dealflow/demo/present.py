"""What of a deal's life has come to pass, and what is planned on it at present. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from dealflow.actions.activities import Plan
from dealflow.demo import cast, phrases, scenes
from dealflow.demo.chance import rng
from dealflow.demo.customs import MENU
from dealflow.demo.lives import Life, World
from dealflow.demo.steps import MOMENT, Edit, GiveUp, Snooze, Step, with_next

_ABOUT_PLANS = Plan | Snooze | GiveUp


def steps(world: World, life: Life) -> list[Step]:
    """All that was typed about one deal up to the present."""
    present, whole = world.hours.present, scenes.whole(world, life)
    if life.ending is None:
        return [step for step in whole if step.at <= present]
    idle = life.ending.kind in {"late", "none"}
    horizon = int(present) - life.ending.days if idle else present
    kept = [step for step in whole if step.at <= (present if _is_hand_over(step) else horizon)]
    last = max((i for i, step in enumerate(kept) if step.contact), default=0)
    kept = [s for i, s in enumerate(kept) if i <= last or not isinstance(s.what, _ABOUT_PLANS)]
    kept[last].what = with_next(kept[last].what, None)
    return [*kept, *_final_plan(world, life, kept)]


def _is_hand_over(step: Step) -> bool:
    return isinstance(step.what, Edit) and "owner" in step.what.changes


def _final_plan(world: World, life: Life, kept: list[Step]) -> Iterator[Step]:
    """The plan that an open deal has at present, made right after what was done last."""
    ending, hours = life.ending, world.hours
    assert ending is not None
    if ending.kind == "none":
        return
    done = max(step.at for step in kept if not _is_hand_over(step))
    at = min(done + MOMENT, hours.present)
    chance = rng(world.seed, f"plan {life.number}")
    stage = next(stay.stage for stay in life.stays if at < stay.end)
    kind = chance.choice(MENU[stage])
    yours = life.owner_at(hours.present) == world.you
    support = kind == "demo" and not yours and chance.random() < 0.4
    plan = Plan(
        due=_final_due(world, life, kind),
        what=chance.choice(phrases.PLANNED[life.track][kind]),
        goal=phrases.GOALS[stage],
        kind=kind,
        for_=cast.SUPPORT if support else None,
    )
    due = int(hours.present) - ending.days
    if ending.kind == "late" and due - at > 2.5 and chance.random() < 0.5:
        yield Step(due - 1.8, life.owner_at(due - 1.8), life.number, Snooze(hours.day(due)))
        plan = replace(plan, due=hours.day(due - 2))
    yield Step(at, life.owner_at(at), life.number, plan)


def _final_due(world: World, life: Life, kind: str) -> date | int:
    ending, hours = life.ending, world.hours
    assert ending is not None
    if ending.kind == "today":
        return hours.today
    days = -ending.days if ending.kind == "late" else ending.days
    due = int(hours.present) + days + 0.1 + (life.number % 8) / 10
    return hours.appointment(due) if kind in {"demo", "meeting"} else hours.day(due)
