"""Targets: what everybody, a team or a rep is to win in a month, a quarter or a year."""

from __future__ import annotations

from collections.abc import Sequence

from dealflow.actions import Actor, Done, lookup, together
from dealflow.errors import NotFound, Refused, UsageError
from dealflow.model import BY_COUNT, BY_VALUE, Rep, Target
from dealflow.money import Money, shown
from dealflow.text import fold

EVERYBODY, REP, TEAM = "all", "rep:", "team:"
_EVERYBODY = {"all", "everybody", "全部", "团队全体"}
#: more words for the two kinds
_PREFIXES = {"rep": REP, "team": TEAM, "销售": REP, "团队": TEAM}


def put(by: Actor, whose: str, period: str, amount: Money | int) -> Done:
    """Set a target: money in the base currency, or a number of deals.

    `period` is a month, quarter or year as 2026-07, 2026-Q3, 2026. Errors: NotFound for whose;
    Refused for another currency, UsageError for nothing.
    """
    held, measure = named(by, whose), BY_COUNT if isinstance(amount, int) else BY_VALUE
    value = amount if isinstance(amount, int) else _in_base(by, amount)
    if value <= 0:
        raise UsageError("a target is more than nothing", "dealflow targets remove takes one away")
    row = by.book.find(Target, whose=held, period=period, measure=measure)
    new = Target(whose=held, period=period, measure=measure, amount=value)
    before = "" if row is None else f", before {told(by, row)}"
    row = by.book.add(new) if row is None else by.book.change(row, amount=value)
    same = before == f", before {told(by, row)}"
    said = f"{held} is to win {told(by, row)} in {period}{'' if same else before}"
    return Done("target", (row.id,), (said + " (as it was)" * same,))


def remove(by: Actor, ids: Sequence[int]) -> Done:
    """Take targets away. Error: NotFound."""
    return together("target", [_remove(by, number) for number in ids])


def _remove(by: Actor, number: int) -> Done:
    row = by.book.find(Target, id=number)
    if row is None:
        raise NotFound("target", str(number), hint="dealflow targets list shows them")
    by.book.remove(row)
    said = f"{row.whose} has no target of {told(by, row)} in {row.period} any more"
    return Done("target", (), (said,))


def told(by: Actor, row: Target) -> str:
    """`¥500,000`, or `12 deals`."""
    if row.measure == BY_VALUE:
        return shown(Money(row.amount, by.db.currency))
    return f"{row.amount:,} deal{'s' * (row.amount != 1)}"


def _in_base(by: Actor, amount: Money) -> int:
    if amount.currency != by.db.currency:
        told = f"targets are in the base currency, {by.db.currency}, not in {amount.currency}"
        raise Refused(told, f"name an amount in {by.db.currency}")
    return amount.minor


def named(by: Actor, word: str) -> str:
    """Whose a target is, as it is kept: `all`, `team:NAME` or `rep:HANDLE`.

    `rep:` and `team:` can be left out where only one of both has the name. Errors: NotFound;
    UsageError where both have it.
    """
    if fold(word) in _EVERYBODY:
        return EVERYBODY
    kind, colon, rest = word.replace("：", ":").partition(":")
    prefix = _PREFIXES.get(fold(kind)) if colon else None
    name = rest if prefix else word
    rep = _rep(by, name) if prefix != TEAM else None
    team = _team(by, name) if prefix != REP else None
    if rep and team:
        raise UsageError(f"'{name}' is a rep and a team", f"write rep:{name} or team:{name}")
    if not rep and not team:
        raise _unknown(by, name, prefix)
    return f"{REP}{rep.handle}" if rep else f"{TEAM}{team}"


def _rep(by: Actor, name: str) -> Rep | None:
    return by.me if name == "me" else lookup.rep_named(by.book.where(Rep), name)


def _team(by: Actor, name: str) -> str | None:
    return next((team for team in _teams(by) if fold(team) == fold(name)), None)


def _teams(by: Actor) -> list[str]:
    return sorted({row.team for row in by.book.where(Rep) if row.team})


def _unknown(by: Actor, name: str, prefix: str | None) -> NotFound:
    reps = [word for row in by.book.where(Rep) for word in (row.handle, row.name)]
    known = {REP: reps, TEAM: _teams(by)}.get(prefix or "", [*reps, *_teams(by), EVERYBODY])
    what = {REP: "rep", TEAM: "team"}.get(prefix or "", "rep or team")
    return NotFound(what, name, known, "dealflow reps list shows them")


def carry(by: Actor, old: str, new: str) -> tuple[str, ...]:
    """Have a rep's targets go by the rep's new handle; what has to be said of it."""
    there = {(row.period, row.measure) for row in by.book.where(Target, whose=f"{REP}{new}")}
    rows = [
        row
        for row in by.book.where(Target, whose=f"{REP}{old}")
        if (row.period, row.measure) not in there  # a merge can leave those of nobody behind
    ]
    for row in rows:
        by.book.change(row, whose=f"{REP}{new}")
    number = f"{len(rows)} target{'s' * (len(rows) != 1)}"
    return (f"{number} of {old} go by {new} now",) if rows else ()
