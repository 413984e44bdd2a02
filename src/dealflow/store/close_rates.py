"""SQL of the close rates: closed deals by outcome, and open ones, in groups.

A close counts as the outcome as of `:now` where it happened by then and was not reopened by then;
a deal has at most one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from dealflow.model import LOST, VOID, WON
from dealflow.named import NamedTuple
from dealflow.store.closes import STANDS
from dealflow.store.dimensions import Dimension, keys, lines, month_of
from dealflow.store.exchange import fixed_at
from dealflow.store.scope import Asked, Scope

Credit = Literal["owner-at-close", "owner-now", "owner-at-creation"]
#: who is credited: of a closed deal, and of one that is open
CREDITS: dict[Credit, tuple[str, str]] = {
    "owner-at-close": ("coalesce(v.end_owner_id, d.owner_id)", "d.owner_id"),
    "owner-now": ("d.owner_id", "d.owner_id"),
    "owner-at-creation": ("d.first_owner_id", "d.first_owner_id"),
}
#: columns of `deal` that are always read
READS = ("created_at", "owner_id", "first_owner_id", "status")

_CLOSES = "v.ending IN ('won', 'lost', 'void') AND v.left_at <= :now"
#: how it ended as one number, which is quicker to group by: of a win its days, else one below 0
_ENDED = """CASE v.ending WHEN 'won' THEN max(v.left_at - d.created_at, 0) / 86400
    WHEN 'lost' THEN -1 ELSE -2 END"""
_OUTCOMES = {-1: LOST, -2: VOID}


class Question(NamedTuple):
    """How closed deals are grouped, whom they are credited to, and when they were closed."""

    by: tuple[Dimension, ...]
    credit: Credit
    start: int | None
    end: int | None


class Closes(NamedTuple):
    """Deals of one group that came to one outcome, in one currency, after so many days."""

    group: tuple[Any, ...]
    outcome: str
    currency: str
    at: int | None
    """When they were closed, where an exchange rate depends on it."""
    days: int | None
    """From creation to win, whole days."""
    number: int
    known: int
    """How many of them have an amount."""
    minor: int


def closes(about: Scope, question: Question, asked: Asked) -> Iterator[Closes]:
    """Outcomes within the window. The scope has READS and what the dimensions read.

    One at a time: by rep, month and days there are nearly as many as deals.
    """
    who, _ = CREDITS[question.credit]
    key = keys(question.by, who, _month(about, question, asked))
    at = fixed_at(about.conn, "v.currency", "v.left_at")
    told = [*key, _ENDED, "v.currency", at]
    groups = ", ".join(str(n + 1) for n in range(len(told) - (at == "NULL")))
    sql = f"""
        SELECT {", ".join(told)}, count(*), count(v.end_amount), coalesce(sum(v.end_amount), 0)
        FROM visit v {_beside(about)} {lines(about, question.by)}
        WHERE {_closed(question)} AND {STANDS} GROUP BY {groups}"""
    for row in about.conn.execute(about.sql(sql), _values(about, question)):
        ended, currency, fixed, *counts = row[len(key) :]
        outcome = _OUTCOMES.get(ended, WON)
        days = ended if outcome == WON else None
        yield Closes(row[: len(key)], outcome, currency, fixed, days, *counts)


def still_open(about: Scope, question: Question) -> list[tuple[tuple[Any, ...], int]]:
    """How many deals are open, by group; they have no month of closing."""
    _, who = CREDITS[question.credit]
    told = keys(question.by, who, "NULL")
    grouped = ", ".join(str(n + 1) for n in range(len(told)))
    sql = f"""
        SELECT {", ".join([*told, "count(*)"])} FROM deal d {lines(about, question.by)}
        WHERE d.status = 'open' {"GROUP BY" if told else ""} {grouped}"""
    rows = about.conn.execute(about.sql(sql), about.values)
    return [(row[:-1], row[-1]) for row in rows]


def created(about: Scope, question: Question) -> list[tuple[tuple[Any, ...], str, int]]:
    """Deals created within the window, by group and by how they stand now.

    Where the credit depends on the close: those whose close stands, and those that are open.
    """
    at_close, otherwise = CREDITS[question.credit]
    by_rep = at_close != otherwise and any("{who}" in one.key for one in question.by)
    tests = ["d.created_at <= :now"]
    tests += ["d.created_at >= :start"] * (question.start is not None)
    tests += ["d.created_at < :end"] * (question.end is not None)
    if not by_rep:
        return _standing(about, question, otherwise, "deal d", tests)
    closed = f"visit v {_beside(about)}"
    return [
        *_standing(about, question, at_close, closed, [*tests, _CLOSES, STANDS]),
        *_standing(about, question, otherwise, "deal d", [*tests, "d.status = 'open'"]),
    ]


def _standing(
    about: Scope, question: Question, who: str, source: str, tests: Sequence[str]
) -> list[tuple[tuple[Any, ...], str, int]]:
    """How many deals of the source there are, by group and status."""
    told = keys(question.by, who, "NULL")
    groups = ", ".join(str(n + 1) for n in range(len(told) + 1))
    sql = f"""
        SELECT {", ".join([*told, "d.status"])}, count(*)
        FROM {source} {lines(about, question.by)} WHERE {" AND ".join(tests)} GROUP BY {groups}"""
    rows = about.conn.execute(about.sql(sql), _values(about, question)).fetchall()
    return [(row[:-2], row[-2], row[-1]) for row in rows]


def reopened(about: Scope, question: Question) -> int:
    """Closes within the window that are no outcome any more."""
    deal = "" if about.everything else "JOIN deal d ON d.id = v.opportunity_id"
    sql = f"SELECT count(*) FROM visit v {deal} WHERE {_closed(question)} AND v.reopened_at <= :now"
    return int(about.conn.execute(about.sql(sql), _values(about, question)).fetchone()[0])


def _beside(about: Scope) -> str:
    """SQL that joins the deals of closes; of all deals, in the order in which closes are read."""
    return f"{'CROSS ' * about.everything}JOIN deal d ON d.id = v.opportunity_id"


def _values(about: Scope, question: Question) -> dict[str, Any]:
    return about.values | {"start": question.start, "end": question.end}


def _closed(question: Question) -> str:
    tests = [_CLOSES]
    tests += ["v.left_at >= :start"] * (question.start is not None)
    tests += ["v.left_at < :end"] * (question.end is not None)
    return " AND ".join(tests)


def _month(about: Scope, question: Question, asked: Asked) -> str:
    """SQL for the month of closing, where that is asked for."""
    if not any(dimension.dated for dimension in question.by):
        return "NULL"
    sql = f"SELECT min(v.left_at), max(v.left_at) FROM visit v WHERE {_closed(question)}"
    first, last = about.conn.execute(sql, _values(about, question)).fetchone()
    return "NULL" if first is None else month_of("v.left_at", first, last, asked)
