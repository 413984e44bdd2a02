"""SQL of the worklist: what is known of the open deals that may be on it."""

from __future__ import annotations

from dealflow.named import NamedTuple
from dealflow.store.scope import Scope
from dealflow.store.worklists import FOLLOW_UP

_FACTS = """
    SELECT d.id, d.owner_id, d.grade, d.amount, d.currency, d.stage_id, d.stage_since,
        coalesce(d.last_contact_at, d.created_at), d.next_late_at, d.expected_close
    FROM deal d WHERE d.status = 'open'"""
#: deals of others on which something of `:rep` is late, or due by tonight
_ASKED = """(SELECT f.opportunity_id FROM {plans} f WHERE {open_plan}
    AND f.rep_id = :rep AND f.late_at <= :tonight)"""


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
        return [Candidate(*row) for row in about.conn.execute(about.sql(_FACTS), about.values)]
    asked = {**about.values, "rep": rep, "tonight": tonight}
    names = {"plans": about.table("follow_up", *FOLLOW_UP), "open_plan": about.open_plan}
    whose = f"{_FACTS} AND (d.owner_id = :rep OR d.id IN {_ASKED.format(**names)})"
    # The first of each deal comes last and stays. Grouped, SQLite would go through all that was
    # ever planned, in the order of deals, instead of what is open and due.
    own = f"""SELECT f.opportunity_id, f.late_at FROM {names["plans"]} f
        WHERE {names["open_plan"]} AND f.rep_id = :rep AND f.late_at <= :tonight
        ORDER BY f.late_at DESC"""
    mine = dict(about.conn.execute(about.sql(own), asked).fetchall())
    found = [Candidate(*row) for row in about.conn.execute(about.sql(whose), asked)]
    return [one if one.owner_id == rep else one._replace(late_at=mine.get(one.id)) for one in found]


def amounts(about: Scope) -> list[tuple[str, int]]:
    """How many open deals have an amount, by currency."""
    sql = """SELECT d.currency, count(d.amount) FROM deal d
        WHERE d.status = 'open' AND d.amount IS NOT NULL GROUP BY d.currency ORDER BY d.currency"""
    return about.conn.execute(about.sql(sql), about.values).fetchall()


def middle(about: Scope, places: tuple[int, ...]) -> list[int]:
    """The amounts of the open deals at these places, 0 the smallest; of one currency."""
    sql = """SELECT d.amount FROM deal d WHERE d.status = 'open' AND d.amount IS NOT NULL
        ORDER BY d.amount LIMIT :few OFFSET :first"""
    asked = {**about.values, "first": places[0], "few": len(places)}
    return [row[0] for row in about.conn.execute(about.sql(sql), asked)]


def each_amount(about: Scope) -> list[tuple[str, int]]:
    """Currency and amount of every open deal that has one."""
    sql = """SELECT d.currency, d.amount FROM deal d
        WHERE d.status = 'open' AND d.amount IS NOT NULL"""
    return about.conn.execute(about.sql(sql), about.values).fetchall()
