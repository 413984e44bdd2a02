"""What a requirement says to a person: what it asks for, what is missing, what to do about it."""

from __future__ import annotations

from dealflow import money
from dealflow.requirements.judging import (
    Evidence,
    days_since,
    holds,
    in_days,
    is_day,
    is_ordered,
    times,
    value_of,
)
from dealflow.requirements.words import (
    FACTS,
    GROUPS,
    NOUNS,
    Age,
    Both,
    Compared,
    Count,
    Either,
    Present,
    Requirement,
    Role,
    Simple,
    Stay,
    Worth,
)
from dealflow.typed import quoted

_SAID = {
    ">=": "at least",
    ">": "more than",
    "=": "exactly",
    "!=": "anything but",
    "<": "less than",
    "<=": "at most",
}
_COUNTED = {**_SAID, "!=": "any number but", "<": "fewer than"}
_DATED = {">=": "on or after", ">": "after", "=": "on", "!=": "not on", "<": "before"}
_DATED["<="] = "on or before"
_UPPER = frozenset(("<", "<=", "!="))
_WAIT = 'wait, or add --force --why "…"'
_FORCE = 'add --force --why "…": what happened cannot be taken back'


def explain(req: Requirement) -> str:
    """What it asks for, as a person says it: `at least 2 downloads in the last 30 days`."""
    match req:
        case Either(options):
            return " or ".join(map(explain, options))
        case Both(parts):
            return " and ".join(map(explain, parts))
        case Count():
            return _count_told(req)
        case Present(what) if what.startswith("field:"):
            return f"the field '{what.removeprefix('field:')}'"
        case Present(what):
            return FACTS[what][0]
        case Role(role):
            return f"a contact person with the role '{role}'"
        case Worth(comparison, amount):
            return f"an amount of {_SAID[comparison]} {amount}"
        case Age(comparison, span):
            return f"{_SAID[comparison]} {_days(in_days(span))} since it was created"
        case Stay(comparison, span):
            return f"{_SAID[comparison]} {_days(in_days(span))} in its stage"
        case Compared():
            return _compared_told(req)


def _count_told(req: Count) -> str:
    most = req.times - 1 if req.comparison == "<" else req.times
    none = most == 0 and req.comparison in {"<", "<=", "="}
    noun = NOUNS[req.kind].format(s="" if req.times == 1 and not none else "s")
    told = f"no {noun}" if none else f"{_COUNTED[req.comparison]} {req.times} {noun}"
    told += f" with the outcome '{req.outcome}'" if req.outcome else ""
    return told + (f" in the last {_days(in_days(req.within))}" if req.within else "")


def _compared_told(req: Compared) -> str:
    name = f"the field '{req.field}'"
    if is_day(req.value):
        return f"{name} {_DATED[req.comparison]} {req.value}"
    if is_ordered(req.value):
        return f"{name} of {_SAID[req.comparison]} {req.value}"
    return f"{name} saying {'' if req.comparison == '=' else 'anything but '}'{req.value}'"


def gap(req: Requirement, evidence: Evidence, now: int) -> str | None:
    """What is missing, `needs at least 1 call (has 0)`; None when the requirement holds."""
    return None if holds(req, evidence, now) else f"needs {_lacking(req, evidence, now)}"


def _lacking(req: Requirement, evidence: Evidence, now: int) -> str:
    """Of alternatives each, of what must all hold only what does not."""
    match req:
        case Either(options):
            return " or ".join(_lacking(option, evidence, now) for option in options)
        case Both(parts):
            lack = [part for part in parts if not holds(part, evidence, now)]
            return " and ".join(state(part, evidence, now) for part in lack)
        case _:
            return state(req, evidence, now)


def state(req: Requirement, evidence: Evidence, now: int) -> str:
    """What it asks for, and in brackets what there is: `at least 1 call (has 2)`."""
    match req:
        case Either(options):
            return " or ".join(state(option, evidence, now) for option in options)
        case Both(parts):
            return " and ".join(state(part, evidence, now) for part in parts)
        case _:
            has = _has(req, evidence, now)
            return f"{explain(req)} ({has})" if has else explain(req)


def _has(req: Simple, evidence: Evidence, now: int) -> str:
    match req:
        case Count():
            return f"has {times(req, evidence, now)}"
        case Age() | Stay():
            return f"has {days_since(req, evidence, now)}"
        case Worth():
            return f"is {money.shown(evidence.amount)}" if evidence.amount else ""
        case Compared(name):
            return f"is {value_of(name, evidence) or 'empty'}"
        case Role():
            return f"known: {', '.join(sorted(evidence.roles))}" if evidence.roles else ""
        case Present():
            return ""


def remedy(req: Requirement, deal_id: int) -> str:
    """The command that closes the gap, its open ends left to fill in."""
    match req:
        case Either(options):
            return next((r for r in _remedies(options, deal_id) if _is_command(r)), _WAIT)
        case Both(parts):
            return "; ".join(dict.fromkeys(_remedies(parts, deal_id)))
        case Count():
            return _log(req, deal_id)
        case Present(what) if what.startswith("field:"):
            return f"dealflow edit {deal_id} --set {what.removeprefix('field:')}=…"
        case Present(what):
            return f"dealflow edit {deal_id} {FACTS[what][1]}"
        case Role(role):
            return f"dealflow contacts edit ID --role {quoted(role)}"
        case Worth(comparison, amount):
            value = f"'{amount}'" if comparison in {">=", "=", "<="} else "AMOUNT"
            return f"dealflow edit {deal_id} --value {value}"
        case Compared(name, comparison, value):
            new = quoted(f"{name}={value}") if comparison in {">=", "=", "<="} else f"{name}=…"
            return f"dealflow edit {deal_id} --set {new}"
        case Age(comparison) | Stay(comparison):
            return _WAIT if comparison in {">=", ">", "="} else _FORCE.partition(":")[0]


def _remedies(reqs: tuple[Simple | Both, ...], deal_id: int) -> list[str]:
    return [remedy(req, deal_id) for req in reqs]


def _is_command(text: str) -> bool:
    return text.startswith("dealflow ")


def _log(req: Count, deal_id: int) -> str:
    if req.comparison in _UPPER or not req.times:
        return _WAIT if req.within else _FORCE
    outcome = f" --outcome {quoted(req.outcome)}" if req.outcome else ""
    return f'dealflow log {deal_id} {GROUPS.get(req.kind, (req.kind,))[0]} "…"{outcome}'


def _days(n: int) -> str:
    return f"{n} day{'' if n == 1 else 's'}"
