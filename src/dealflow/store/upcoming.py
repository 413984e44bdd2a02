"""SQL of the worklist: what is known of the open deals that may be on it."""

from __future__ import annotations

import json
from typing import Any

from dealflow.named import NamedTuple
from dealflow.store.among import OPEN, PICKED, either, owned
from dealflow.store.scope import Scope

_PLAN = ("opportunity_id", "rep_id", "late_at", "created_at", "done_at", "cancelled_at")
_FACTS = """
    SELECT d.id, d.owner_id, d.grade, d.amount, d.currency, d.stage_id, d.stage_since,
        coalesce(d.last_contact_at, d.created_at), d.next_late_at, d.expected_close
    FROM deal d WHERE d.status = 'open'"""
_OWN_OR_PICKED = either(owned("o.owner_id = :rep"), PICKED)


class Candidate(NamedTuple):
    """An open deal as the worklist judges it."""

    id: int
    owner_id: int
    grade: str | None
    amount: int | None
    currency: str
    stage_id: int
    stage_since: int
    touched: int
    """The last contact, else the creation."""
    late_at: int | None
    """When its first open follow-up is late."""
    close: str | None


def candidates(about: Scope, rep: int | None, tonight: int) -> list[Candidate]:
    """All open deals; with `rep`, those that the rep owns or has something to do on by tonight.

    `tonight` is the first instant after today. On deals of others only what is the rep's counts.
    """
    if rep is None:
        text = about.sql(_FACTS, among=OPEN)
        return [Candidate(*row) for row in about.conn.execute(text, about.values)]
    asked: dict[str, Any] = {**about.values, "rep": rep, "tonight": tonight}
    plans = about.table("follow_up", *_PLAN)
    # The first of each deal comes last and stays. Grouped, SQLite would go through all that was
    # ever planned, in the order of deals, instead of what is open and due.
    own = f"""SELECT f.opportunity_id, f.late_at FROM {plans} f
        WHERE {about.open_plan} AND f.rep_id = :rep AND f.late_at <= :tonight
        ORDER BY f.late_at DESC"""
    mine = dict(about.conn.execute(about.sql(own), asked).fetchall())
    # Those of others on which something of the rep's is due, and the rep's own.
    whose = f"""{_FACTS} AND (d.owner_id = :rep
        OR d.id IN (SELECT CAST(value AS BIGINT) FROM json_each(:ids)))"""
    text, asked["ids"] = about.sql(whose, among=_OWN_OR_PICKED), json.dumps(list(mine))
    found = [Candidate(*row) for row in about.conn.execute(text, asked)]
    return [one if one.owner_id == rep else one._replace(late_at=mine.get(one.id)) for one in found]


def amounts(about: Scope) -> list[tuple[str, int]]:
    """How many open deals have an amount, by currency."""
    sql = """SELECT d.currency, count(d.amount) FROM deal d
        WHERE d.status = 'open' AND d.amount IS NOT NULL GROUP BY d.currency ORDER BY d.currency"""
    return about.conn.execute(about.sql(sql, among=OPEN), about.values).fetchall()


def middle(about: Scope, places: tuple[int, ...]) -> list[int]:
    """The amounts of the open deals at these places, 0 the smallest; of one currency."""
    sql = """SELECT d.amount FROM deal d WHERE d.status = 'open' AND d.amount IS NOT NULL
        ORDER BY d.amount LIMIT :few OFFSET :first"""
    asked = {**about.values, "first": places[0], "few": len(places)}
    return [row[0] for row in about.conn.execute(about.sql(sql, among=OPEN), asked)]


def each_amount(about: Scope) -> list[tuple[str, int]]:
    """Currency and amount of every open deal that has one."""
    sql = """SELECT d.currency, d.amount FROM deal d
        WHERE d.status = 'open' AND d.amount IS NOT NULL"""
    return about.conn.execute(about.sql(sql, among=OPEN), about.values).fetchall()
