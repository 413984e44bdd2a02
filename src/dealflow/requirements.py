"""What a stage can ask for: one small language, parsed once into values, never run as code.

    contact   account   amount   close   source   product   field:NAME      is filled in
    call >= 1          download >= 2 within 30d         feedback >= 1       has happened
    amount >= 100k                                                          is enough
    age >= 3d                                                               since it was created

Comparisons are >=, > and =. Spans count in days of 24 hours: 1w is 7 of them, 1m is 30. What is
dated after the instant of judgement has not happened. Pure; instants are epoch seconds UTC.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from dataclasses import field

from dealflow import money
from dealflow.errors import BadAmount, BadDefinition, UnknownWord, nearest
from dealflow.frozen import Frozen
from dealflow.model import BEHAVIOUR_KINDS, CONTACT_KINDS, FEEDBACK_KINDS

GROUPS: Mapping[str, tuple[str, ...]] = {
    "contact_made": CONTACT_KINDS,
    "behaviour": BEHAVIOUR_KINDS,
    "feedback": FEEDBACK_KINDS,
}
#: what can be filled in, as a person reads it, and the option of `dealflow edit` that does it
FACTS: Mapping[str, tuple[str, str]] = {
    "contact": ("a contact person", "--contact NAME"),
    "account": ("a customer", "--account NAME"),
    "amount": ("an amount", "--value AMOUNT"),
    "close": ("an expected close date", "--close DATE"),
    "source": ("a source", "--source NAME"),
    "product": ("a product", "--product NAME"),
}
#: what can be counted; {s} stands where the plural shows
NOUNS: Mapping[str, str] = {
    "call": "call{s}",
    "visit": "visit{s}",
    "meeting": "meeting{s}",
    "email": "e-mail{s}",
    "message": "message{s}",
    "demo": "demo{s}",
    "quote": "quote{s}",
    "note": "note{s}",
    "site_visit": "site visit{s}",
    "download": "download{s}",
    "event": "event{s} attended",
    "email_open": "e-mail{s} opened",
    "asks_price": "request{s} for a price",
    "asks_sample": "request{s} for a sample",
    "asks_question": "question{s} from the customer",
    "objects": "objection{s}",
    "contact_made": "contact{s} with the customer",
    "behaviour": "sign{s} of interest",
    "feedback": "response{s} from the customer",
}

_DAY = 86_400
_DAYS = {"d": 1, "w": 7, "m": 30}
_HOLDS = {">=": operator.ge, ">": operator.gt, "=": operator.eq}
_SAID = {">=": "at least", ">": "more than", "=": "exactly"}


class Present(Frozen, kw_only=False):
    """`contact`, `field:need`: something is filled in."""

    what: str

    def __str__(self) -> str:
        return self.what


class Count(Frozen, kw_only=False):
    """`call >= 1`, `download >= 2 within 30d`: how often something happened, ever or lately."""

    kind: str
    """An activity kind, or one of GROUPS."""
    comparison: str
    times: int
    within: str | None = None

    def __str__(self) -> str:
        lately = f" within {self.within}" if self.within else ""
        return f"{self.kind} {self.comparison} {self.times}{lately}"


class Worth(Frozen, kw_only=False):
    """`amount >= 100k`: in the deal's currency unless the text names one; two never compare."""

    comparison: str
    amount: str

    def __str__(self) -> str:
        return f"amount {self.comparison} {self.amount}"


class Age(Frozen, kw_only=False):
    """`age >= 3d`: whole days since the deal was created."""

    comparison: str
    span: str

    def __str__(self) -> str:
        return f"age {self.comparison} {self.span}"


Requirement = Present | Count | Worth | Age


class Evidence(Frozen):
    """What is known of a deal."""

    created_at: int
    present: frozenset[str] = frozenset()
    """Which of FACTS are filled in; the amount speaks for itself."""
    fields: Mapping[str, str] = field(default_factory=dict)
    activities: tuple[tuple[str, int], ...] = ()
    """Kind and instant of each."""
    amount: money.Money | None = None


# ── what it says ──────────────────────────────────────────────────────────────────────────────


def explain(req: Requirement) -> str:
    """What it asks for, as a person says it: `at least 2 downloads in the last 30 days`."""
    match req:
        case Present(what) if what.startswith("field:"):
            return f"the field '{what.removeprefix('field:')}'"
        case Present(what):
            return FACTS[what][0]
        case Count(kind, comparison, times, within):
            lately = f" in the last {_days(_in_days(within))}" if within else ""
            noun = NOUNS[kind].format(s="" if times == 1 else "s")
            return f"{_SAID[comparison]} {times} {noun}{lately}"
        case Worth(comparison, amount):
            return f"an amount of {_SAID[comparison]} {amount}"
        case Age(comparison, span):
            return f"{_SAID[comparison]} {_days(_in_days(span))} since it was created"


def gap(req: Requirement, evidence: Evidence, now: int) -> str | None:
    """What is missing, `needs at least 1 call (has 0)`; None when the requirement holds."""
    has = ""
    match req:
        case Present(what):
            holds = _is_filled_in(what, evidence)
        case Count(_, comparison, times):
            count = _times(req, evidence, now)
            holds, has = _HOLDS[comparison](count, times), f" (has {count})"
        case Worth():
            holds = _is_worth(req, evidence.amount)
            has = f" (is {money.shown(evidence.amount)})" if evidence.amount else ""
        case Age(comparison, span):
            age = (now - evidence.created_at) // _DAY
            holds, has = _HOLDS[comparison](age, _in_days(span)), f" (has {age})"
    return None if holds else f"needs {explain(req)}{has}"


def remedy(req: Requirement, deal_id: int) -> str:
    """The command that closes the gap, its open ends left to fill in."""
    match req:
        case Present(what) if what.startswith("field:"):
            return f"dealflow edit {deal_id} --set {what.removeprefix('field:')}=…"
        case Present(what):
            return f"dealflow edit {deal_id} {FACTS[what][1]}"
        case Count(kind):
            return f'dealflow log {deal_id} {GROUPS.get(kind, (kind,))[0]} "…"'
        case Worth(_, amount):
            return f"dealflow edit {deal_id} --value '{amount}'"
        case Age():
            return 'wait, or add --force --why "…"'


def _is_filled_in(what: str, evidence: Evidence) -> bool:
    if what == "amount":
        return evidence.amount is not None
    if what.startswith("field:"):
        return bool(evidence.fields.get(what.removeprefix("field:"), "").strip())
    return what in evidence.present


def _times(req: Count, evidence: Evidence, now: int) -> int:
    kinds = GROUPS.get(req.kind, (req.kind,))
    happened = [now - at for kind, at in evidence.activities if kind in kinds and at <= now]
    if req.within is None:
        return len(happened)
    return sum(ago <= _in_days(req.within) * _DAY for ago in happened)


def _is_worth(req: Worth, amount: money.Money | None) -> bool:
    if amount is None:
        return False
    bound = money.parse(req.amount, amount.currency)
    return bound.currency == amount.currency and bool(
        _HOLDS[req.comparison](amount.minor, bound.minor)
    )


def _in_days(span: str) -> int:
    return int(span[:-1]) * _DAYS[span[-1]]


def _days(n: int) -> str:
    return f"{n} day{'' if n == 1 else 's'}"


# ── reading it ────────────────────────────────────────────────────────────────────────────────

_SHAPE = r"([^\s<>=!]+)(?:\s*([<>=!]+)\s*(.+?)(?:\s+within\s+(\S+))?)?"
_FIELD = r"field:[\w.-]+"
_TIMES = r"[0-9]{1,5}"
_SPAN = r"[1-9][0-9]{0,3}[dwm]"
_FORMS = "write contact, field:need, call >= 1, demo >= 1 within 30d, amount >= 100k or age >= 3d"


def parse_requirement(text: str) -> Requirement:
    """The requirement that `text` writes; BadDefinition says what in it is not understood."""
    told = " ".join(text.split())
    shape = re.fullmatch(_SHAPE, told)
    if shape is None:
        raise _unclear(told, "cannot be read", _FORMS)
    word, comparison, bound, within = shape.groups()
    subject = word if word.startswith("field:") else word.casefold()
    if comparison is None:
        return _presence(told, subject)
    if comparison not in _HOLDS:
        raise _unclear(told, f"'{comparison}' is not a comparison", "write >=, > or =")
    if within is not None and subject not in NOUNS:
        raise _unclear(told, "only what happened can be counted 'within' a time", _FORMS)
    match subject:
        case "amount":
            return Worth(comparison, _amount(told, bound))
        case "age":
            return Age(comparison, _span(told, bound))
        case kind if kind in NOUNS:
            span = None if within is None else _span(told, within)
            return _count(told, Count(kind, comparison, _number(told, bound), span))
        case _:
            raise _unknown(told, subject)


def _presence(told: str, subject: str) -> Present:
    if subject not in FACTS and not re.fullmatch(_FIELD, subject):
        raise _unknown(told, subject)
    return Present(subject)


def _count(told: str, count: Count) -> Count:
    if (count.comparison, count.times) == (">=", 0):
        raise _unclear(told, "always holds", f"write {count.kind} >= 1")
    return count


def _number(told: str, text: str) -> int:
    if not re.fullmatch(_TIMES, text):
        raise _unclear(told, f"'{text}' is not a whole number", _FORMS)
    return int(text)


def _span(told: str, text: str) -> str:
    if not re.fullmatch(_SPAN, text):
        raise _unclear(told, f"'{text}' is not a span of time", "write 30d, 4w or 6m")
    return text


def _amount(told: str, text: str) -> str:
    """An amount that reads in every currency: whole units, unless it names its currency."""
    try:
        money.parse(text, "JPY")
    except (BadAmount, UnknownWord) as error:
        hint = "write a whole amount, as 100k, 12.5万 or USD 4,000"
        raise _unclear(told, f"'{text}' is not an amount in every currency", hint) from error
    return text


def _unknown(told: str, subject: str) -> BadDefinition:
    """Says how the first word is used, or what else it could have been."""
    if subject.startswith("field:") and not re.fullmatch(_FIELD, subject):
        return _unclear(told, f"'{subject}' does not name a field", "write field:need")
    if subject in FACTS or subject.startswith("field:"):
        return _unclear(told, f"'{subject}' is filled in or not", f"write {subject} alone")
    if subject in NOUNS:
        return _unclear(told, "how often is not said", f"write {subject} >= 1")
    if subject == "age":
        return _unclear(told, "how old is not said", "write age >= 3d")
    near = nearest(subject, [*FACTS, "field:NAME", "age", *NOUNS])
    return _unclear(told, f"'{subject}' is not known", f"did you mean {near}?" if near else _FORMS)


def _unclear(told: str, why: str, hint: str) -> BadDefinition:
    return BadDefinition(f"requirement '{told}': {why}", hint, given=told)
