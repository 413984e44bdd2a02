"""What would have been typed: a step of the story as its command line, for the journal. Pure."""

from __future__ import annotations

from datetime import date
from typing import Any, assert_never

from dealflow.actions.activities import Happened, Plan
from dealflow.actions.deals import NewDeal
from dealflow.actions.moves import Told
from dealflow.dates import iso
from dealflow.demo.hours import ZONE
from dealflow.demo.steps import Edit, Finish, GiveUp, Office, Snooze, What
from dealflow.money import Money, shown


def words(what: What, deal: int, plan: int) -> list[str]:
    """The words after the program's name. `deal` and `plan` are the numbers they got."""
    match what:
        case NewDeal():
            return _add(what)
        case Happened():
            note = [what.note] if what.note else []
            return ["log", str(deal), what.kind, *note, *_side(what), *_next(what.next)]
        case Finish(done):
            return ["done", str(plan), *_option("--note", done.note), *_next(done.next)]
        case Plan():
            goal = _option("--goal", what.goal)
            return [
                "plan",
                str(deal),
                _when(what.due),
                what.what,
                *goal,
                *_option("--for", what.for_),
            ]
        case Snooze(until):
            return ["snooze", str(plan), until.isoformat()]
        case GiveUp(why):
            return ["cancel", str(plan), "--why", why]
        case Edit(changes):
            return ["edit", str(deal), *(w for item in changes.items() for w in _change(*item))]
        case Told():
            return _move(what, deal)
        case Office(typed):
            return list(typed)
        case _:
            assert_never(what)


def _add(new: NewDeal) -> list[str]:
    value = shown(new.amount) if new.amount else None
    return [
        *("add", new.title, "-a", new.account or ""),
        *_option("-v", value),
        *_option("--contact", new.contact),
        *_option("--close", new.close.isoformat() if new.close else None),
        *_option("--source", new.source),
        *(word for name in new.products for word in ("--product", name)),
        *(word for tag in new.tags for word in ("--tag", tag)),
        *_option("--pipeline", new.pipeline),
        *_next(new.next),
    ]


def _move(told: Told, deal: int) -> list[str]:
    verb = [told.verb, str(deal), *([told.to] if told.to else [])]
    force = ["--force"] if told.force else []
    reason, note = _option("--reason", told.reason), _option("--note", told.note)
    return [*verb, *force, *_option("--why", told.why), *reason, *note]


def _change(name: str, value: Any) -> list[str]:
    match name, value:
        case "fields", dict():
            return [word for key, text in value.items() for word in ("--set", f"{key}={text}")]
        case "amount", Money():
            return ["--value", shown(value)]
        case _:
            return [f"--{name}", value.isoformat() if isinstance(value, date) else str(value)]


def _side(what: Happened) -> list[str]:
    side = ["--in"] if what.direction == "in" else []
    return [*_option("--channel", what.channel), *side]


def _next(plan: Plan | None) -> list[str]:
    if plan is None:
        return []
    return ["--next", _when(plan.due), "--next-what", plan.what, *_planned(plan)]


def _planned(plan: Plan) -> list[str]:
    return [*_option("--goal", plan.goal), *_option("--for", plan.for_)]


def _when(due: date | int) -> str:
    return iso(due, ZONE)[:16] if isinstance(due, int) else due.isoformat()


def _option(name: str, value: str | None) -> list[str]:
    return [name, value] if value else []
