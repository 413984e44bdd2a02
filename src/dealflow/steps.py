"""What entering a stage plans: one small language, parsed once into values.

    call in 2wd: first call                     a call, two working days after the entry
    demo in 1w for support: our own case        for whoever supports the deal
    in 3d: send the brochure -> they know us    of no kind, to an end

KIND in SPAN [for ROLE]: WHAT [-> GOAL]. A span is whole days (d), working days (wd), weeks (w) or
months (m), from the day of the entry. Pure.
"""

from __future__ import annotations

import re

from dealflow.errors import BadDefinition, nearest
from dealflow.frozen import Frozen
from dealflow.model import CONTACT_KINDS
from dealflow.patterns import pattern
from dealflow.text import narrow

#: what can be planned: what we do ourselves; a customer's behaviour cannot be
KINDS = (*CONTACT_KINDS, "note")
#: whose it is where nobody is named
OWNER = "owner"

_FORM = "write 'call in 2wd: first call' or 'demo in 1w for support: our case -> they want it'"
_SHAPE = pattern(r"(?:(\S+) )?in (\S+?)(?: for ([^:：]+?))? ?[:：] ?(.+)", re.IGNORECASE)
_SPAN = pattern(r"([0-9]{1,3})(wd|d|w|m)")
_GOAL = pattern(r" ?(?:->|→) ?")
_MOST = 500
_UNITS = {"d": "day", "wd": "working day", "w": "week", "m": "month"}


class Step(Frozen):
    """A follow-up that entering a stage plans; its text form reads back as itself."""

    count: int
    unit: str
    """d, wd, w or m."""
    what: str
    kind: str | None = None
    """One of KINDS; None leaves it to the words."""
    role: str | None = None
    """For whom: a role in the deal, or a rep; the deal's owner if None."""
    goal: str | None = None

    def __str__(self) -> str:
        kind = f"{self.kind} " if self.kind else ""
        role = f" for {self.role}" if self.role else ""
        goal = f" -> {self.goal}" if self.goal else ""
        return f"{kind}in {self.count}{self.unit}{role}: {self.what}{goal}"


def when_told(step: Step) -> str:
    """When it is due, as a person says it: `2 working days after`, `on the day`."""
    if step.count == 0:
        return "on the day"
    return f"{step.count} {_UNITS[step.unit]}{'s' * (step.count != 1)} after"


def parse_step(text: str) -> Step:
    """The step that `text` writes; BadDefinition says what in it is not understood."""
    told = " ".join(text.split())
    shape = _SHAPE.fullmatch(told)
    if shape is None:
        raise _unclear(told, "cannot be read", _FORM)
    kind, span, role, rest = shape.groups()
    found = _SPAN.fullmatch(narrow(span).lower())
    if found is None:
        hint = "write 3d, 2wd (working days), 1w or 1m"
        raise _unclear(told, f"'{span}' is not a span of time", hint)
    what, goal = [*_GOAL.split(rest, maxsplit=1), None][:2]
    if not what or goal == "":
        raise _unclear(told, "what is to be done is not said" if not what else "no goal", _FORM)
    if len(told) > _MOST:
        raise _unclear(f"{told[:40]}…", f"has {len(told)} characters", f"the most is {_MOST}")
    own = role is None or role.casefold() == OWNER
    return Step(
        count=int(found[1]),
        unit=found[2],
        what=what,
        kind=_kind(told, kind) if kind else None,
        role=None if own else role,
        goal=goal,
    )


def _kind(told: str, word: str) -> str:
    kind = word.casefold()
    if kind not in KINDS:
        near = nearest(kind, KINDS)
        hint = f"did you mean {near}?" if near else f"known: {', '.join(KINDS)}"
        raise _unclear(told, f"'{word}' is no kind of follow-up", hint)
    return kind


def _unclear(told: str, why: str, hint: str) -> BadDefinition:
    return BadDefinition(f"step '{told}': {why}", hint, given=told)
