"""SQL of what was to be seen of deals at an instant: where they stood, and what had been done.

A `Moments` is a statement of pairs (deal, instant); one statement counts for all of them what had
happened by then, and nothing that happened later. What a customer was seen to do and no deal has
(`accounts log`, `import activities`) is seen of each of the customer's deals. Facts that are edited
(grade, amount …) are read by store/then.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dealflow.model import BEHAVIOUR_KINDS, CONTACT_KINDS
from dealflow.named import NamedTuple
from dealflow.store.scope import Scope

DAY = 86_400
#: columns that a scope has to have
READS = ("account_id", "created_at", "status", "closed_at")

#: what is counted of a deal's own activities `a` at the moment `m`: which, since how many days
_COUNTS: dict[str, tuple[tuple[str, ...], int | None]] = {
    "contacts": (CONTACT_KINDS, None),
    "recent": (CONTACT_KINDS, 14),
    "met": (("visit", "meeting", "demo"), 30),
}
#: … and of those of its customer and no deal as well
_BOTH: dict[str, tuple[tuple[str, ...], int | None]] = {
    "behaviours": (BEHAVIOUR_KINDS, 14),
    "asks": (("asks_price", "asks_sample", "asks_question"), 30),
    "objections": (("objects",), 30),
}
#: a deal that was closed when the file first heard of it, and of which it knows one stay
_IMPORTED = """d.closed_at IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM visit n WHERE n.opportunity_id = d.id AND n.seq > 1)
    AND (SELECT c.at FROM change x JOIN command c ON c.id = x.command_id
        WHERE x.entity = 'opportunity' AND x.kind = 'add' AND x.row_id <= d.id
        ORDER BY x.row_id DESC LIMIT 1) > d.closed_at"""
_HASHED = "({} * 7919) % 10007 < {}"
_BUCKETS = 10_007


class Life(NamedTuple):
    """A deal from its creation to its close, as of `now`."""

    deal: int
    created_at: int
    status: str
    closed_at: int | None
    told: int
    """1 where its way is known; 0 where it was closed when it was taken in, with one stay."""


class Seen(NamedTuple):
    """What was to be seen of a deal at an instant."""

    deal: int
    at: int
    created_at: int
    stage_id: int
    entered_at: int
    returns: int
    """Moves back, and closes that were reopened."""
    contacts: int
    recent: int
    """Contacts in the 14 days before."""
    met: int
    """Visits, meetings and demos in the 30 days before."""
    last_contact: int | None
    kinds: int
    """Different kinds of contact."""
    inbound: int
    """Activities in the 30 days before that came from the customer."""
    behaviours: int
    """What the customer was seen to do in the 14 days before."""
    asks: int
    """Questions for a price, a sample or else, in the 30 days before."""
    objections: int
    planned: int
    """1 where a follow-up was open."""


class Moments(NamedTuple):
    """The body of a statement that yields deal, at, created_at, account_id, and its values."""

    sql: str
    values: Mapping[str, Any]


def closed(about: Scope) -> dict[str, int]:
    """How many deals stand at each outcome."""
    sql = "SELECT d.status, count(*) FROM deal d GROUP BY d.status"
    return dict(about.conn.execute(about.sql(sql), about.values).fetchall())


def lives(about: Scope, share: float) -> list[Life]:
    """Of about this share of the deals, always the same ones. The scope has READS."""
    few = min(int(share * _BUCKETS) + 1, _BUCKETS)
    sql = f"""SELECT d.id, d.created_at, d.status, d.closed_at,
            CASE WHEN {_IMPORTED} THEN 0 ELSE 1 END FROM deal d
        WHERE d.status <> 'void' AND {_HASHED.format("d.id", few)} ORDER BY d.id"""
    return [Life(*row) for row in about.conn.execute(about.sql(sql), about.values)]


#: the open deals of the scope, now
NOW_OPEN = Moments(
    "SELECT d.id AS deal, CAST(:now AS BIGINT) AS at, d.created_at, d.account_id FROM deal d"
    " WHERE d.status = 'open'",
    {},
)


def at_sections(deals: Sequence[int], sections: Sequence[int]) -> Moments:
    """These deals, at each of the instants at which they were open."""
    return Moments(
        """SELECT d.id AS deal, s.at, d.created_at, d.account_id FROM chosen c
        JOIN deal d ON d.id = c.deal
        JOIN section s ON s.at >= d.created_at AND (d.closed_at IS NULL OR s.at < d.closed_at)""",
        {"chosen": json.dumps(list(deals)), "sections": json.dumps(list(sections))},
    )


_GIVEN = (
    "chosen AS (SELECT CAST(value AS BIGINT) AS deal FROM json_each(:chosen))",
    "section AS (SELECT CAST(value AS BIGINT) AS at FROM json_each(:sections))",
)


def seen(about: Scope, moments: Moments) -> list[Seen]:
    """What was to be seen at each moment at which the deal was open, by deal and instant."""
    plans = about.table("follow_up", "opportunity_id", "created_at", "done_at", "cancelled_at")
    terms = [
        *(_GIVEN if "chosen" in moments.values else ()),
        f"""moment AS MATERIALIZED ({moments.sql})""",
        f"done AS ({_done()})",
        f"own AS ({_own()})",
        f"plan AS ({_planned(plans)})",
        """back AS (SELECT m.deal, m.at, count(*) AS returns FROM moment m
            CROSS JOIN visit b ON b.opportunity_id = m.deal AND b.left_at <= m.at
            WHERE b.ending IN ('returned', 'won', 'lost', 'void') GROUP BY m.deal, m.at)""",
    ]
    both = ", ".join(f"coalesce(x.{name}, 0) + coalesce(y.{name}, 0)" for name in _BOTH)
    own = ", ".join(f"coalesce(x.{name}, 0)" for name in _COUNTS)
    sql = f"""
        SELECT m.deal, m.at, m.created_at, v.stage_id, v.entered_at, coalesce(b.returns, 0), {own},
            x.last_contact, coalesce(x.kinds, 0), coalesce(x.inbound, 0), {both},
            CASE WHEN p.deal IS NULL THEN 0 ELSE 1 END
        FROM moment m
        CROSS JOIN visit v ON v.opportunity_id = m.deal AND v.entered_at <= m.at
            AND (v.left_at IS NULL OR v.left_at > m.at)
        LEFT JOIN done x ON x.deal = m.deal AND x.at = m.at
        LEFT JOIN own y ON y.deal = m.deal AND y.at = m.at
        LEFT JOIN plan p ON p.deal = m.deal AND p.at = m.at
        LEFT JOIN back b ON b.deal = m.deal AND b.at = m.at
        ORDER BY m.deal, m.at"""
    values = about.values | dict(moments.values)
    return [Seen(*row) for row in about.conn.execute(about.sql(sql, *terms), values)]


def _done() -> str:
    """What had been done with the deals themselves."""
    contacts = _listed(CONTACT_KINDS)
    counts = ", ".join(_counted(name, *told) for name, told in (_COUNTS | _BOTH).items())
    return f"""SELECT m.deal, m.at, {counts},
        max(CASE WHEN a.kind IN {contacts} THEN a.at END) AS last_contact,
        count(DISTINCT CASE WHEN a.kind IN {contacts} THEN a.kind END) AS kinds,
        sum(CASE WHEN a.direction = 'in' AND a.at > m.at - {30 * DAY} THEN 1 ELSE 0 END) AS inbound
        FROM moment m CROSS JOIN activity a ON a.opportunity_id = m.deal AND a.at <= m.at
        GROUP BY m.deal, m.at"""


def _own() -> str:
    """What the customers had been seen to do, no matter about which deal."""
    counts = ", ".join(_counted(name, *told) for name, told in _BOTH.items())
    return f"""SELECT m.deal, m.at, {counts}
        FROM moment m CROSS JOIN activity a ON a.account_id = m.account_id AND a.at <= m.at
            AND a.at > m.at - {30 * DAY}
        GROUP BY m.deal, m.at"""


def _counted(name: str, kinds: Sequence[str], days: int | None) -> str:
    recent = "" if days is None else f" AND a.at > m.at - {days * DAY}"
    return f"sum(CASE WHEN a.kind IN {_listed(kinds)}{recent} THEN 1 ELSE 0 END) AS {name}"


def _listed(kinds: Sequence[str]) -> str:
    return f"({', '.join(repr(kind) for kind in kinds)})"


def _planned(plans: str) -> str:
    return f"""SELECT DISTINCT m.deal, m.at
        FROM moment m CROSS JOIN {plans} f ON f.opportunity_id = m.deal AND f.created_at <= m.at
        WHERE (f.done_at IS NULL OR f.done_at > m.at)
            AND (f.cancelled_at IS NULL OR f.cancelled_at > m.at)"""


class Record(NamedTuple):
    """Of the deals that were once in a stage and were closed by an instant: won, and all."""

    won: int = 0
    closed: int = 0


def records(about: Scope, deals: Sequence[int], by: int) -> dict[int, Record]:
    """By stage, the record of these deals, closed by `by`; as of `now` their close stands."""
    sql = """
        SELECT v.stage_id, count(DISTINCT CASE WHEN d.status = 'won' THEN d.id END),
            count(DISTINCT d.id)
        FROM chosen c JOIN deal d ON d.id = c.deal
        CROSS JOIN visit v ON v.opportunity_id = d.id AND v.entered_at <= :by
        WHERE d.status IN ('won', 'lost') AND d.closed_at <= :by GROUP BY v.stage_id"""
    values = about.values | {"chosen": json.dumps(list(deals)), "by": by}
    found = about.conn.execute(about.sql(sql, _GIVEN[0]), values)
    return {stage: Record(won, number) for stage, won, number in found}


def currencies(about: Scope) -> list[str]:
    """Of the amounts that deals have. The scope has `currency`."""
    sql = "SELECT DISTINCT d.currency FROM deal d ORDER BY d.currency"
    return [code for (code,) in about.conn.execute(about.sql(sql), about.values)]


def products(about: Scope) -> dict[int, str]:
    """The name of every product, as of `now`."""
    table = about.table("product", "name")
    return dict(about.conn.execute(about.sql(f"SELECT id, name FROM {table}"), about.values))


class Active(NamedTuple):
    """A customer without an open deal that was seen or heard of lately."""

    id: int
    name: str
    seen: int
    asked: int
    last_at: int


def active(about: Scope, limit: int) -> list[Active]:
    """Those that did most: page visits and the like in 14 days, questions in 30."""
    table = about.table("account", "name")
    behaviours, asks = _listed(BEHAVIOUR_KINDS), _listed(_BOTH["asks"][0])
    sql = f"""
        SELECT b.id, b.name,
            sum(CASE WHEN a.kind IN {behaviours} AND a.at > :now - {14 * DAY} THEN 1 ELSE 0 END),
            sum(CASE WHEN a.kind IN {asks} THEN 1 ELSE 0 END), max(a.at)
        FROM {table} b CROSS JOIN activity a ON a.account_id = b.id
        WHERE a.at > :now - {30 * DAY} AND a.at <= :now
            AND a.kind IN {_listed((*BEHAVIOUR_KINDS, *_BOTH["asks"][0]))}
            AND b.id NOT IN (SELECT d.account_id FROM deal d
                WHERE d.status = 'open' AND d.account_id IS NOT NULL)
        GROUP BY b.id, b.name ORDER BY count(*) DESC, 5 DESC, b.id LIMIT :limit"""
    values = about.values | {"limit": limit}
    return [Active(*row) for row in about.conn.execute(about.sql(sql), values)]


def customers(about: Scope) -> dict[int, tuple[int, str]]:
    """By open deal its customer's id and name. The scope has `account` and `status`."""
    sql = """SELECT d.id, d.account_id, d.account FROM deal d
        WHERE d.status = 'open' AND d.account_id IS NOT NULL"""
    found = about.conn.execute(about.sql(sql), about.values)
    return {deal: (customer, name) for deal, customer, name in found}
