"""What customers and people are compared by, as it stood at `now`, and what hangs on each."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection
from typing import Any

from dealflow.likeness import WECHAT, Known, signs_of
from dealflow.named import NamedTuple
from dealflow.store.conn import Conn
from dealflow.store.rewind import Tables
from dealflow.text import fold

_CUSTOMERS = """
    SELECT t.id, t.name, t.domain, t.parent_id, r.handle
    FROM {account} t LEFT JOIN {rep} r ON r.id = t.owner_id WHERE {there} ORDER BY t.id
"""
_PEOPLE = """
    SELECT t.id, t.name, t.account_id, t.email, t.phone, t.wechat FROM {contact} t
    WHERE {there} ORDER BY t.id
"""
_DEALS = "SELECT t.{column}, count(*) FROM {opportunity} t GROUP BY t.{column}"


class Weighed(NamedTuple):
    """A record as a list of duplicates shows it."""

    id: int
    name: str
    owner: str | None
    deals: int
    """Open or closed."""
    contacts: int
    account: int = 0
    """Of a person: the customer."""


def customers(conn: Conn, now: int) -> tuple[list[Known], dict[int, Weighed]]:
    """All customers, with the signs of their people too."""
    tables = Tables(conn, now)
    sql = _CUSTOMERS.format(
        account=tables.name("account", "name", "domain", "parent_id", "owner_id"),
        rep=tables.name("rep", "handle"),
        there=tables.there("account", "t"),
    )
    rows = conn.execute(tables.with_terms() + sql, _bound(tables, now)).fetchall()
    signs: dict[int, set[tuple[str, str]]] = defaultdict(set)
    counted: Counter[int] = Counter()
    for _, _, account, email, phone, _ in _people(conn, now):
        counted[account] += 1
        signs[account].update(signs_of(None, email, phone))
    deals = _deals(conn, now, "account_id")
    known, weighed = [], {}
    for one, name, domain, parent, owner in rows:
        told = frozenset({*signs[one], *signs_of(domain)})
        known.append(Known(one, name, told, kin=frozenset({parent} if parent else ())))
        weighed[one] = Weighed(one, name, owner, deals[one], counted[one])
    return known, weighed


def people(conn: Conn, now: int) -> tuple[list[Known], dict[int, Weighed]]:
    """All contacts; each is compared with those of the same customer."""
    deals = _deals(conn, now, "contact_id")
    known, weighed = [], {}
    for one, name, account, email, phone, wechat in _people(conn, now):
        signs = {*signs_of(None, email, phone), *({(WECHAT, fold(wechat))} if wechat else ())}
        known.append(Known(one, name, frozenset(signs), account))
        weighed[one] = Weighed(one, name, None, deals[one], 0, account)
    return known, weighed


def _people(conn: Conn, now: int) -> list[tuple[Any, ...]]:
    tables = Tables(conn, now)
    name = tables.name("contact", "name", "account_id", "email", "phone", "wechat")
    sql = tables.with_terms() + _PEOPLE.format(contact=name, there=tables.there("contact", "t"))
    return conn.execute(sql, _bound(tables, now)).fetchall()


def _bound(tables: Tables, now: int) -> dict[str, Any]:
    return {"now": now} | tables.bound if tables.past else {}


def _deals(conn: Conn, now: int, column: str) -> Counter[int]:
    tables = Tables(conn, now)
    sql = _DEALS.format(opportunity=tables.name("opportunity", column), column=column)
    found = conn.execute(tables.with_terms() + sql, _bound(tables, now))
    return Counter({one: count for one, count in found.fetchall() if one is not None})


def names(conn: Conn, table: str, ids: Collection[int]) -> dict[int, str]:
    """What these customers or contacts are called."""
    sql = (
        f"SELECT t.id, t.name FROM json_each(?) j JOIN {table} t ON t.id = CAST(j.value AS BIGINT)"
    )
    return dict(conn.execute(sql, (json.dumps(sorted(ids)),)).fetchall())


#: what hangs on a record, and the column that says on which
_HANGING = {
    "account": (
        ("deal", "opportunity", "account_id"),
        ("contact", "contact", "account_id"),
        ("activity without a deal", "activity", "account_id"),
        ("daughter", "account", "parent_id"),
    ),
    "contact": (
        ("deal", "opportunity", "contact_id"),
        ("activity", "activity", "contact_id"),
    ),
}


def hanging(conn: Conn, table: str, ids: Collection[int]) -> dict[int, list[tuple[str, int]]]:
    """What hangs on each of these records, counted; nothing of which there is none."""
    found: dict[int, list[tuple[str, int]]] = {one: [] for one in ids}
    for noun, of, column in _HANGING[table]:
        sql = (
            f"SELECT t.{column}, count(*) FROM {of} t WHERE t.{column} IN"
            f" (SELECT CAST(value AS BIGINT) FROM json_each(?)) GROUP BY t.{column}"
        )
        for one, count in conn.execute(sql, (json.dumps(sorted(ids)),)).fetchall():
            found[one].append((noun, count))
    return found
