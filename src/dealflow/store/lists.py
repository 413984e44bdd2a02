"""SQL of the lists: each kind of row as people see it, with the names that its ids stand for.

One SELECT for each kind serves both its list and what a change wrote. Cells stand in the order of
the columns that the questions declare; questions/shaping.py says which of them take two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dealflow.store import customers, deals
from dealflow.store.choosing import Chosen
from dealflow.store.conn import ALL, Conn
from dealflow.store.rewind import Tables

Found = list[tuple[Any, ...]]

#: for each table, what is selected of it; {rows} is the table as `t`, or a choice of its rows
_SELECT: Mapping[str, str] = {
    "follow_up": """
        SELECT t.id, t.due_day, t.due_at, t.what, t.goal, t.kind, t.channel, o.id, o.title, a.name,
            r.handle, b.handle, t.created_at, t.snoozed, t.done_at, t.activity_id, t.cancelled_at,
            t.cancelled_why, t.version
        FROM {rows} JOIN opportunity o ON o.id = t.opportunity_id JOIN rep r ON r.id = t.rep_id
        JOIN rep b ON b.id = t.by_id LEFT JOIN account a ON a.id = o.account_id
    """,
    "activity": """
        SELECT t.id, t.at, t.kind, o.id, o.title, a.name, t.note, t.outcome, t.channel,
            t.direction, c.name, r.handle, t.external_id, t.version
        FROM {rows} LEFT JOIN {opportunity} o ON o.id = t.opportunity_id
        JOIN {rep} r ON r.id = t.rep_id
        LEFT JOIN {account} a ON a.id = coalesce(o.account_id, t.account_id)
        LEFT JOIN {contact} c ON c.id = t.contact_id
    """,
    "rep": """
        SELECT t.handle, t.name, t.team, t.email, t.active,
            (SELECT count(*) FROM {opportunity} o WHERE o.owner_id = t.id AND o.status = 'open'),
            t.id, t.version
        FROM {rows}
    """,
    "account": customers.SELECT,
    "contact": """
        SELECT t.id, t.name, a.name, t.title, t.role, t.phone, t.email, t.wechat, t.version
        FROM {rows} JOIN {account} a ON a.id = t.account_id
    """,
    "product": """
        SELECT t.id, t.name, t.series, t.price, t.currency, t.currency, t.active,
            (SELECT count(DISTINCT o.id) FROM {opportunity_line} l
             JOIN {opportunity} o ON o.id = l.opportunity_id
             WHERE l.product_id = t.id AND o.status = 'open'), t.version
        FROM {rows}
    """,
    "setting": "SELECT t.key, t.value, t.version FROM {rows}",
    "fx_rate": """
        SELECT t.id, t.currency, t.day, CAST(t.millionths AS DOUBLE PRECISION) / 1000000, t.version
        FROM {rows}
    """,
    "holiday": "SELECT t.day, t.kind, t.name, t.version FROM {rows}",
    "pipeline": """
        SELECT t.key, t.name, t.position, t.retired_at IS NOT NULL, t.id, t.version FROM {rows}
    """,
    "field": """
        SELECT t.key, t.name, t.entity, t.kind, t.choices, t.position, t.retired_at IS NOT NULL,
            t.id, t.version FROM {rows}
    """,
    "target": """
        SELECT t.id, t.whose, t.period, CASE WHEN t.measure = 'value' THEN t.amount END, s.value,
            s.value, CASE WHEN t.measure = 'count' THEN t.amount END, t.version
        FROM {rows} LEFT JOIN setting s ON s.key = 'currency'
    """,
    "forecast": """
        SELECT t.id, t.name, t.at, r.handle, t.filter,
            (SELECT count(*) FROM forecast_deal x WHERE x.forecast_id = t.id), t.version
        FROM {rows} JOIN rep r ON r.id = t.rep_id
    """,
    "command": """
        SELECT t.id, t.at, t.actor, t.verb, t.typed, t.undone_by, t.undoes, t.merged_by FROM {rows}
    """,
}


def written(conn: Conn, table: str, ids: Sequence[int], now: int) -> Found:
    """The rows of `table` with these ids, in their order, as they are; `now` is for ages."""
    if table == "opportunity":
        return deals.rows(conn, ids, now, present=True)
    chosen = f"json_each(:ids) j CROSS JOIN {table} t ON t.id = CAST(j.value AS BIGINT)"
    sql = _SELECT[table].format(rows=chosen, **_PRESENT) + " ORDER BY CAST(j.key AS BIGINT)"
    return deals.picked(conn, sql, ids, {"now": now})


def everything(conn: Conn, table: str, now: int) -> Found:
    """All rows of a small table as they stood at `now`, in the order people expect."""
    tables = Tables(conn, now)
    text = _SELECT[table]
    rows = f"{tables.name(table, *_READ[table])} t"
    sql = f"{text.format(rows=rows, **_named(tables, text))} WHERE {tables.there(table, 't')}"
    asked = {"now": now} | tables.bound
    found: Found = conn.execute(
        f"{tables.with_terms()}{sql} ORDER BY {_ORDER[table]}", asked
    ).fetchall()
    return found


#: what the selects read of the tables that they name
_READ: Mapping[str, tuple[str, ...]] = {
    "opportunity": ("owner_id", "status", "title", "account_id"),
    "opportunity_line": ("opportunity_id", "product_id"),
    "account": ("name",),
    "contact": ("name",),
    "rep": ("handle", "name", "team", "email", "active", "version"),
    "product": ("name", "folded", "series", "price", "currency", "active", "version"),
}
_PRESENT = {name: name for name in _READ}


def _named(tables: Tables, text: str) -> dict[str, str]:
    """What stands for each table that the text names, besides its rows."""
    return {name: tables.name(name, *read) for name, read in _READ.items() if f"{{{name}}}" in text}


_ORDER = {
    "rep": "t.active DESC, t.handle",
    "product": "t.active DESC, t.series IS NULL, t.series, t.folded",
}


def contacts(conn: Conn, chosen: Chosen, limit: int | None) -> tuple[Found, int]:
    """The contacts that were chosen, by name; and how many match."""
    sql = _SELECT["contact"].replace("{rows}", "{contact} t")
    ordered = chosen.ask(f"{sql} WHERE t.id IN ({{chosen}}) ORDER BY t.folded, t.id LIMIT :limit")
    rows: Found = conn.execute(ordered, {**chosen.values, "limit": limit or ALL}).fetchall()
    if limit is None or len(rows) < limit:
        return rows, len(rows)
    counted = chosen.ask("SELECT count(*) FROM ({chosen}) chosen")
    return rows, int(conn.execute(counted, chosen.values).fetchone()[0])


# ── one customer, one stage ───────────────────────────────────────────────────────────────────

_DEFINITIONS = """
    SELECT effective_from, name, probability, expected_days, standard FROM stage_definition
    WHERE stage_id = :stage AND effective_from <= :now ORDER BY effective_from DESC, id DESC
"""


def definitions(conn: Conn, stage_id: int, now: int) -> Found:
    """What the stage meant, the latest first, as of `now`."""
    return conn.execute(_DEFINITIONS, {"stage": stage_id, "now": now}).fetchall()


def account_id(conn: Conn, folded: str, word: str, now: int) -> int | None:
    """The customer that had this name at `now`, else this number."""
    tables = Tables(conn, now)
    name = tables.name("account", "folded")
    start = f"{tables.with_terms()}SELECT t.id FROM {name} t WHERE {tables.there('account', 't')}"
    asked = {"now": now} | tables.bound if tables.past else {}
    named = conn.execute(
        f"{start} AND t.folded = :folded ORDER BY t.id", asked | {"folded": folded}
    )
    found = named.fetchone()
    if found is None and word.isascii() and word.isdecimal():
        found = conn.execute(
            f"{start} AND t.id = :number", asked | {"number": int(word)}
        ).fetchone()
    return None if found is None else int(found[0])


def names(conn: Conn, table: str) -> list[str]:
    """Some names, to guess from what somebody meant."""
    return [row[0] for row in conn.execute(f"SELECT name FROM {table} ORDER BY id LIMIT 2000")]


def contacts_of(conn: Conn, account: int, now: int) -> Found:
    """A customer's people as they stood at `now`, in the order in which they were added."""
    tables = Tables(conn, now)
    read = ("name", "account_id", "title", "role", "phone", "email", "wechat", "version")
    people, customer = tables.name("contact", *read), tables.name("account", "name")
    sql = _SELECT["contact"].format(rows=f"{people} t", account=customer)
    asked = {"now": now, "account": account} | tables.bound
    where = f" WHERE t.account_id = :account AND {tables.there('contact', 't')} ORDER BY t.id"
    return conn.execute(tables.with_terms() + sql + where, asked).fetchall()


def activities_of(conn: Conn, account: int, now: int, limit: int) -> tuple[Found, int]:
    """What happened with a customer and no deal, the latest first; and how often that was."""
    asked = {"account": account, "now": now, "limit": limit}
    count = "SELECT count(*) FROM activity WHERE account_id = :account AND at <= :now"
    tables = Tables(conn, now)
    sql = _SELECT["activity"].format(rows="activity t", **_named(tables, _SELECT["activity"]))
    found: Found = conn.execute(
        f"{tables.with_terms()}{sql} WHERE t.account_id = :account AND t.at <= :now"
        " ORDER BY t.at DESC, t.id DESC LIMIT :limit",
        asked,
    ).fetchall()
    return found, int(conn.execute(count, asked).fetchone()[0])


def deals_of(conn: Conn, account: int, now: int) -> Found:
    """A customer's deals: open ones first, then the closed, the latest first."""
    tables = Tables(conn, now)
    name = tables.name("opportunity", "account_id", "created_at", "status", "closed_at")
    sql = (
        f"{tables.with_terms()}SELECT t.id FROM {name} t"
        " WHERE t.account_id = :account AND t.created_at <= :now"
        " ORDER BY t.status <> 'open', t.closed_at DESC, t.id DESC"
    )
    found = conn.execute(sql, {"account": account, "now": now})
    return deals.rows(conn, [row[0] for row in found], now)
