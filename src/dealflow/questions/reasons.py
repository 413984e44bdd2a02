"""Why a deal is on the worklist, and what to do about it, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from dealflow.analytics.worklist import Case
from dealflow.frozen import Frozen
from dealflow.money import Money, shown
from dealflow.questions import Ask
from dealflow.questions.shaping import due
from dealflow.questions.telling import days, when
from dealflow.questions.worklists import Limit
from dealflow.store.worklists import Facts, Step

_TIMES = {2.0: "twice", 3.0: "three times"}
_ASKED = {
    "unplanned": "plan the next step",
    "quiet": "get in touch",
    "stuck": "move it on, or close it",
    "close": "set a new close date",
}


class Known(Frozen):
    """What the words are made from."""

    ask: Ask
    fact: Facts
    step: Step | None
    """The follow-up that is late or due today."""
    other: str | None
    """For whom it is planned, where that is not the owner."""
    limit: Limit | None
    touched: date


def what_to_do(known: Known, points: Mapping[str, float]) -> str:
    """The follow-up where one is pressing, else what the strongest reason asks for."""
    if known.step:
        return known.step.what
    strongest = max(_ASKED, key=lambda name: points[name])
    if strongest == "close" and not _is_past(known):
        return "bring it to a close"
    return _ASKED[strongest]


def _is_past(known: Known) -> bool:
    close = known.fact.expected_close
    return close is not None and date.fromisoformat(close) < known.ask.today


def told(known: Known, case: Case, points: Mapping[str, float]) -> str:
    """`3 days late · grade A · ¥48万 · twice the usual time in this stage`: what has points."""
    return " · ".join(said for name, said in _reasons(known, case) if points[name] > 0)


def _reasons(known: Known, case: Case) -> Iterator[tuple[str, str]]:
    """Each part of the score that is worth a word, with the words."""
    if known.step:
        yield ("today" if case.late is None else "late"), _pressing(known, known.step)
    if known.fact.grade:
        yield "grade", f"grade {known.fact.grade}"
    if case.amount is not None and case.amount >= 1:
        yield "amount", _amount(known)
    if case.stuck is not None and known.limit:
        yield "stuck", _stuck(case.stuck, known.limit)
    if case.quiet is not None:
        yield "quiet", f"no contact for {days((known.ask.today - known.touched).days)}"
    if case.close is not None:
        yield "close", _close(case.close)
    if case.unplanned:
        yield "unplanned", "nothing planned"


def _pressing(known: Known, step: Step) -> str:
    at = due(step.due_day, step.due_at)
    assert at is not None  # every follow-up is due some day
    said = [when(at, known.ask.now, known.ask.zone)]
    said += [f"({step.channel})"] * bool(step.channel)
    said += [f"(for {known.other})"] * bool(known.other)
    said += [f"(snoozed {step.snoozed}×)"] * bool(step.snoozed)
    return " ".join(said)


def _amount(known: Known) -> str:
    amount = Money(known.fact.amount or 0, known.fact.currency)
    return shown(amount, wan=known.fact.currency == "CNY")


def _stuck(ratio: float, limit: Limit) -> str:
    """`twice the usual time in this stage`."""
    times = round(ratio, 1)
    if times <= 1:
        return f"past the {limit.told} time in this stage"
    many = _TIMES.get(times) or (f"{times:.1f}×" if times < 10 else f"{times:.0f}×")
    return f"{many} the {limit.told} time in this stage"


def _close(ahead: int) -> str:
    if ahead < 0:
        return f"close date passed {days(-ahead)} ago"
    return f"to close {('today', 'tomorrow')[ahead] if ahead <= 1 else f'in {days(ahead)}'}"
