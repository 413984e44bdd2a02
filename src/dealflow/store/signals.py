"""What signals look at, for many deals at once: one statement counts what happened with each.

Signals are judged in Python (requirements.holds); here is what they are judged by. Nothing is read
that no signal asks about, and where every signal needs something to have happened, a deal with
which nothing did is not read at all. Deals that look alike are judged once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from dealflow.frozen import Frozen
from dealflow.money import Money
from dealflow.requirements import (
    Age,
    Both,
    Compared,
    Count,
    Counter,
    Either,
    Evidence,
    Present,
    Requirement,
    Role,
    Stay,
    Worth,
    atoms,
    counter,
    kinds_of,
    label_key,
    since,
)
from dealflow.store.evidence import Roles, as_text
from dealflow.store.scope import Scope

T = TypeVar("T")

#: columns that a scope for `verdicts` must have
READS = (
    *("pipeline_id", "stage_id", "stage_since", "created_at", "account_id", "contact_id"),
    *("amount", "currency", "fields", "expected_close", "source"),
)
_FACTS = {
    "contact": "d.contact_id IS NOT NULL",
    "account": "d.account_id IS NOT NULL",
    "close": "d.expected_close IS NOT NULL",
    "source": "d.source IS NOT NULL",
    "product": "EXISTS (SELECT 1 FROM {lines} l WHERE l.opportunity_id = d.id)",
}


class Looks(Frozen):
    """What some requirements look at."""

    counts: tuple[Count, ...]
    """One for each counter."""
    facts: tuple[str, ...]
    """Which of FACTS, but for the amount."""
    ages: bool
    money: bool
    worth: bool
    """Whether it matters how much the amount is, and not only that there is one."""
    fields: bool
    roles: bool
    deeds: bool
    """Whether none of them can hold where nothing of what is counted happened."""


def looks(asked: Iterable[Requirement]) -> Looks:
    """What has to be known to judge these."""
    whole = list(asked)
    parts = [atom for req in whole for atom in atoms(req)]
    counts = {counter(one): one for one in parts if isinstance(one, Count)}
    present = {one.what for one in parts if isinstance(one, Present)}
    compares = _some(parts, Compared)
    return Looks(
        counts=tuple(counts.values()),
        facts=tuple(fact for fact in _FACTS if fact in present),
        ages=_some(parts, Age, Stay),
        money="amount" in present or _some(parts, Worth) or compares,
        worth=_some(parts, Worth) or compares,
        fields=compares or any(what.startswith("field:") for what in present),
        roles=_some(parts, Role),
        deeds=all(map(_needs_deed, whole)),
    )


def _some(parts: Sequence[object], *kinds: type) -> bool:
    return any(isinstance(one, kinds) for one in parts)


def _needs_deed(req: Requirement) -> bool:
    """Whether it cannot hold where what it counts never happened."""
    match req:
        case Either(options):
            return all(map(_needs_deed, options))
        case Both(parts):
            return any(map(_needs_deed, parts))
        case Count(_, ">=" | "=", n):
            return n > 0
        case Count(_, "!=", n):
            return n == 0
        case Count(_, comparison):
            return comparison == ">"
        case _:
            return False


Judge = Callable[[int, int, Evidence], T | None]
"""Given a pipeline's id, a stage's, and what is known (how often things happened, not when)."""


def verdicts(about: Scope, asked: Looks, judge: Judge[T]) -> Iterator[tuple[int, int, int, T]]:
    """Deals in scope (see READS), each with its pipeline, its stage, and what the judge says.

    Where that is None nothing comes. Error: Damaged.
    """
    sql, bound = _statement(about, asked)
    roles = Roles(about) if asked.roles else None
    known: dict[Any, T | None] = {}
    for deal, account, contact, *rest in about.conn.execute(sql, about.values | bound):
        told = roles.of(account, contact) if roles else None
        key = (told, *rest)
        if key in known:
            found = known[key]
        else:
            found = judge(rest[0], rest[1], _evidence(asked, told, rest[2:]))
            if len(known) < _REMEMBERED:
                known[key] = found
        if found is not None:
            yield deal, rest[0], rest[1], found


def tallies(about: Scope, asked: Looks, judge: Judge[T]) -> Iterator[tuple[int, T, int]]:
    """A stage, what the judge says of deals there, and of how many. Else as `verdicts`.

    Deals that look alike are counted by the database, unless it matters whom they are with.
    """
    if asked.roles:
        yield from ((stage, found, 1) for _, _, stage, found in verdicts(about, asked, judge))
        return
    sql, bound = _statement(about, asked, counted=True)
    for pipeline, stage, *cells, number in about.conn.execute(sql, about.values | bound):
        found = judge(pipeline, stage, _evidence(asked, None, cells))
        if found is not None:
            yield stage, found, number


#: so many different looks are remembered: most deals look like others
_REMEMBERED = 100_000


def _evidence(asked: Looks, roles: frozenset[str] | None, cells: Sequence[Any]) -> Evidence:
    created_at, entered_at, amount, currency, fields, *rest = cells
    facts, counted = rest[: len(asked.facts)], rest[len(asked.facts) :]
    return Evidence(
        created_at=created_at or 0,
        entered_at=entered_at,
        present=frozenset(fact for fact, here in zip(asked.facts, facts, strict=True) if here),
        fields=as_text(fields) if fields else {},
        roles=roles or frozenset(),
        amount=None if amount is None else Money(amount, currency),
        currency=currency,
        counted=_counted(asked, counted),
    )


def _counted(asked: Looks, counted: Sequence[int]) -> dict[Counter, int]:
    return dict(zip(map(counter, asked.counts), counted, strict=True))


# ── the statement ─────────────────────────────────────────────────────────────────────────────


def _statement(about: Scope, asked: Looks, *, counted: bool = False) -> tuple[str, dict[str, Any]]:
    """Each deal's cells: ids, facts, and how often each thing happened with it or its customer.

    `counted`: no ids of it, its customer and contact; last comes how many deals have the same.
    """
    bound: dict[str, Any] = {}
    tests = [_test(about, count, number, bound) for number, count in enumerate(asked.counts)]
    lines = about.table("opportunity_line", "opportunity_id") if "product" in asked.facts else ""
    deeds = _counted_by(about, asked, tests) if tests else {}
    # That there is an amount goes for many deals alike, which are then judged once.
    amount = "d.amount" if asked.worth else "CASE WHEN d.amount IS NOT NULL THEN 0 END"
    cells = [
        *("d.pipeline_id", "d.stage_id"),
        *(["d.created_at", "d.stage_since"] if asked.ages else ["NULL", "NULL"]),
        *([amount, "d.currency"] if asked.money else ["NULL", "NULL"]),
        "d.fields" if asked.fields else "NULL",
        *(_FACTS[fact].format(lines=lines) for fact in asked.facts),
        *(" + ".join(f"coalesce({of}.c{n}, 0)" for of in deeds) for n in range(len(tests))),
    ]
    sql = "SELECT d.id, d.account_id, d.contact_id"
    sql += "".join(f", {cell} AS k{n}" for n, cell in enumerate(cells)) + " FROM deal d"
    sql += "".join(f" LEFT JOIN {of} ON {of}.one = d.{_WHOSE[of]}" for of in deeds)
    if deeds and asked.deeds:
        sql += f" WHERE {' OR '.join(f'{of}.one IS NOT NULL' for of in deeds)}"
    if counted:
        listed = ", ".join(f"look.k{n}" for n in range(len(cells)))
        sql = f"SELECT {listed}, count(*) FROM ({sql}) look GROUP BY {listed}"
    return about.sql(sql, *deeds.values()), bound


#: the terms of what happened: with whom of the deal
_WHOSE = {"done": "id", "own": "account_id"}


def _counted_by(about: Scope, asked: Looks, tests: Sequence[str]) -> dict[str, str]:
    """The terms: how often each thing happened with each deal, and with its customer beside them.

    Many a team logs everything on deals; then there is nothing beside them.
    """
    sums = ", ".join(
        f"sum(CASE WHEN {test} THEN 1 ELSE 0 END) AS c{n}" for n, test in enumerate(tests)
    )
    # That it is any of these kinds is seen in the index, and leaves out most.
    kinds = sorted({f"'{kind}'" for count in asked.counts for kind in kinds_of(count)})
    some = f"a.at <= :now AND a.kind IN ({', '.join(kinds)}) AND ({' OR '.join(tests)})"
    done = f"""done AS (SELECT d.id AS one, {sums} FROM deal d
        CROSS JOIN activity a ON a.opportunity_id = d.id WHERE {some} GROUP BY d.id)"""
    own = f"""own AS (SELECT a.account_id AS one, {sums} FROM activity a
        WHERE a.account_id IN (SELECT d.account_id FROM deal d) AND {some}
        GROUP BY a.account_id)"""
    some = "(SELECT a.id FROM activity a WHERE a.account_id IS NOT NULL LIMIT 1) beside"
    beside = about.conn.execute(f"SELECT count(*) FROM {some}").fetchone()[0]
    return {"done": done, "own": own} if beside else {"done": done}


def _test(about: Scope, count: Count, number: int, bound: dict[str, Any]) -> str:
    """Whether an activity is one of those that a Count counts."""
    kinds = ", ".join(f"'{kind}'" for kind in kinds_of(count))
    tests = [f"a.kind IN ({kinds})"]
    start = since(count, about.now)
    if start is not None:
        bound[f"since{number}"] = start
        tests.append(f"a.at >= :since{number}")
    if count.outcome is not None:
        bound[f"outcomes{number}"] = json.dumps(_outcomes(about, label_key(count.outcome)))
        tests.append(f"a.outcome IN (SELECT value FROM json_each(:outcomes{number}))")
    return f"({' AND '.join(tests)})"


def _outcomes(about: Scope, key: str) -> list[str]:
    """The outcomes that are compared as this one."""
    found = about.conn.execute("SELECT DISTINCT outcome FROM activity WHERE outcome IS NOT NULL")
    return [outcome for (outcome,) in found if label_key(outcome) == key]
