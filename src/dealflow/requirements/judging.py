"""Whether a requirement holds, by what is known of a deal."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from dealflow import money
from dealflow.errors import BadAmount, UnknownWord
from dealflow.frozen import Frozen
from dealflow.named import NamedTuple
from dealflow.requirements.words import (
    GROUPS,
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
    label_key,
)
from dealflow.text import fold, narrow

_DAY = 86_400
_DAYS = {"d": 1, "w": 7, "m": 30}
_HOLDS: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
}

Counter = tuple[str, str | None, str | None]
"""What a Count counts: its kind, its outcome as it is compared, its window."""


class Deed(NamedTuple):
    """Something that happened, with the deal or with its customer."""

    kind: str
    at: int
    outcome: str | None = None


class Evidence(Frozen):
    """What is known of a deal."""

    created_at: int
    entered_at: int | None = None
    """When it came to the stage it is in; None: when it was created."""
    present: frozenset[str] = frozenset()
    """Which of FACTS are filled in; the amount speaks for itself."""
    fields: Mapping[str, str] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()
    """Those of the people at its customer, and of its own contact."""
    activities: tuple[Deed | tuple[str, int], ...] = ()
    amount: money.Money | None = None
    currency: str | None = None
    """The deal's: what a custom field is in that names none."""
    counted: Mapping[Counter, int] | None = None
    """How often things happened, where that was counted elsewhere instead of `activities`."""


def holds(req: Requirement, evidence: Evidence, now: int) -> bool:
    """Whether the requirement holds at `now`."""
    match req:
        case Either(options):
            return any(holds(option, evidence, now) for option in options)
        case Both(parts):
            return all(holds(part, evidence, now) for part in parts)
        case _:
            return _holds(req, evidence, now)


def _holds(req: Simple, evidence: Evidence, now: int) -> bool:
    match req:
        case Count(_, comparison, bound):
            return _HOLDS[comparison](times(req, evidence, now), bound)
        case Present(what):
            return is_filled_in(what, evidence)
        case Role(role):
            return label_key(role) in map(label_key, evidence.roles)
        case Worth():
            return _is_worth(req, evidence.amount)
        case Age(comparison, span) | Stay(comparison, span):
            return _HOLDS[comparison](days_since(req, evidence, now), in_days(span))
        case Compared():
            return _compares(req, evidence)


# ── what happened ─────────────────────────────────────────────────────────────────────────────


def kinds_of(req: Count) -> tuple[str, ...]:
    """The kinds of activity that it counts."""
    return GROUPS.get(req.kind, (req.kind,))


def counter(req: Count) -> Counter:
    """What it counts, whatever it compares the number with."""
    return req.kind, label_key(req.outcome) if req.outcome else None, req.within


def since(req: Count, now: int) -> int | None:
    """The first instant of its window; None where it counts all there ever was."""
    return None if req.within is None else now - in_days(req.within) * _DAY


def times(req: Count, evidence: Evidence, now: int) -> int:
    """How often it happened."""
    if evidence.counted is not None:
        return evidence.counted.get(counter(req), 0)
    return len(_instants(req, evidence, now))


def latest(req: Count, evidence: Evidence, now: int) -> int | None:
    """When it happened last."""
    return max(_instants(req, evidence, now), default=None)


def _instants(req: Count, evidence: Evidence, now: int) -> list[int]:
    kinds, start = kinds_of(req), since(req, now)
    outcome = req.outcome and label_key(req.outcome)
    return [
        deed.at
        for deed in (Deed(*told) for told in evidence.activities)
        if deed.kind in kinds
        and deed.at <= now
        and (start is None or deed.at >= start)
        and (outcome is None or label_key(deed.outcome or "") == outcome)
    ]


# ── what is known ─────────────────────────────────────────────────────────────────────────────


def is_filled_in(what: str, evidence: Evidence) -> bool:
    if what == "amount":
        return evidence.amount is not None
    if what.startswith("field:"):
        return value_of(what.removeprefix("field:"), evidence) is not None
    return what in evidence.present


def value_of(name: str, evidence: Evidence) -> str | None:
    """What a custom field holds, without the blanks around it; None where that is nothing."""
    return evidence.fields.get(name, "").strip() or None


def _is_worth(req: Worth, amount: money.Money | None) -> bool:
    if amount is None:
        return False
    bound = money.parse(req.amount, amount.currency)
    return bound.currency == amount.currency and _HOLDS[req.comparison](amount.minor, bound.minor)


def days_since(req: Age | Stay, evidence: Evidence, now: int) -> int:
    """Whole days since the deal was created, or came to its stage."""
    begun = evidence.created_at
    if isinstance(req, Stay) and evidence.entered_at is not None:
        begun = evidence.entered_at
    return (now - begun) // _DAY


def in_days(span: str) -> int:
    return int(span[:-1]) * _DAYS[span[-1]]


# ── custom fields ─────────────────────────────────────────────────────────────────────────────

_YES, _NO = frozenset(("yes", "true", "是")), frozenset(("no", "false", "否"))
_FIELD_DAY = r"\d{4}-\d{2}-\d{2}"
_NOTHING = money.Money(0, "CNY")
_PLAIN_NUMBER = r"[-+]?(?:[0-9]{1,30}|[0-9]{1,3}(?:,[0-9]{3}){1,9})(?:\.[0-9]{1,30})?"


def _compares(req: Compared, evidence: Evidence) -> bool:
    """A field that is empty is neither this nor that."""
    value = value_of(req.field, evidence)
    if value is None:
        return False
    holds = _HOLDS[req.comparison]
    if is_day(value) and is_day(req.value):
        return holds(value, req.value)
    here, there = _sum_of(value, evidence), _sum_of(req.value, evidence)
    if here is not None and there is not None:
        return holds(here[0], there[0]) if here[1] == there[1] else req.comparison == "!="
    if req.comparison == "=":
        return _word(value) == _word(req.value)
    return req.comparison == "!=" and _word(value) != _word(req.value)


def is_day(text: str) -> bool:
    """Whether this is a day as ISO 8601 writes it: then the order of texts is that of days."""
    return re.fullmatch(_FIELD_DAY, text, re.ASCII) is not None


def is_ordered(text: str) -> bool:
    """Whether there is a more and a less of it: a number, an amount, a day."""
    return is_day(text) or _number(text, "JPY") is not None


def _sum_of(text: str, evidence: Evidence) -> tuple[Any, str] | None:
    """A number or an amount, with the currency that it is in or would be in."""
    return _number(text, evidence.currency or (evidence.amount or _NOTHING).currency)


def _number(text: str, home: str) -> tuple[Any, str] | None:
    from fractions import Fraction

    plain = narrow(text).strip()
    if re.fullmatch(_PLAIN_NUMBER, plain):
        return Fraction(plain.replace(",", "")), home
    try:
        amount = money.parse(plain, home, negative=True)
    except (BadAmount, UnknownWord):
        return None
    return Fraction(amount.minor, 10 ** money.exponent(amount.currency)), amount.currency


def _word(text: str) -> str:
    """A text as it is compared."""
    told = " ".join(fold(text).split())
    return "yes" if told in _YES else "no" if told in _NO else told
