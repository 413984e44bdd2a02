"""Which customers a question is about, as they stood at `now`; the rows of their lists.

As `store/scope.py` is for deals: at the present the tables themselves are read, in the past they
are rewound. A customer exists from the instant on that its uid tells (a UUIDv7).
"""

from __future__ import annotations

import json
import re
from typing import Any

from dealflow.filters import Filter
from dealflow.model import CONTACT_KINDS
from dealflow.store.among import Among
from dealflow.store.choosing import OF_CUSTOMER
from dealflow.store.conn import ALL, Conn
from dealflow.store.filtering import Subject, compiled
from dealflow.store.names import Names
from dealflow.store.rewind import Tables
from dealflow.store.scope import Asked

Found = list[tuple[Any, ...]]

#: of the customer [of]: what is open with it, and when somebody was last in touch
_OPEN_DEALS = (
    "(SELECT count(*) FROM {opportunity} o WHERE o.account_id = [of].id AND o.status = 'open')"
)
_ON_DEALS = "SELECT max(o.last_contact_at) AS at FROM {opportunity} o WHERE o.account_id = [of].id"
_LAST_CONTACT = f"""(SELECT max(y.at) FROM ({_ON_DEALS}
    UNION ALL SELECT max(v.at) FROM activity v
        WHERE v.account_id = [of].id AND v.at <= :now AND v.kind IN {CONTACT_KINDS}) y)"""
#: the same in the past, where the deals are wound back once, and not for each customer. The cast
#: says of what kind the number is: else SQLite makes no index of it
_DEALS_OF = """deals_of AS MATERIALIZED (
    SELECT CAST(o.account_id AS BIGINT) AS account_id,
        sum(CASE WHEN o.status = 'open' THEN 1 ELSE 0 END) AS number,
        max(o.last_contact_at) AS at
    FROM {opportunity} o WHERE o.account_id IS NOT NULL GROUP BY o.account_id)"""
_THEN = {_OPEN_DEALS: "coalesce(x.number, 0)", _ON_DEALS: "SELECT x.at AS at"}
_JOINED = " LEFT JOIN deals_of x ON x.account_id = [of].id"
#: deals that were of one of the customers `:ids`, at most
_OF_PICKED = Among(
    """SELECT o.id FROM opportunity o
        WHERE o.account_id IN (SELECT CAST(value AS BIGINT) FROM json_each(:ids)) UNION
    SELECT e.row_id FROM edited e WHERE e.entity = 'opportunity' AND e.name = 'account_id'""",
    few=True,
    edited=("opportunity",),
)
_CUSTOMERS = Subject(
    {
        **OF_CUSTOMER,
        "id": "a.id",
        "name": "a.folded",
        "size": "a.size",
        "parent": "p.folded",
        "domain": "a.domain",
        "deals": _OPEN_DEALS.replace("[of]", "a"),
        "last": _LAST_CONTACT.replace("[of]", "a"),
        "locked": "CASE WHEN a.locked = 1 THEN 'yes' ELSE 'no' END",
        "released": "a.released_at",
        "was": "a.last_owner_id",
    },
    "a.folded",
)
_JOINS = {
    r"\br\.": "LEFT JOIN {rep} r ON r.id = a.owner_id",
    r"\bp\.": "LEFT JOIN {account} p ON p.id = a.parent_id",
}
#: {rows} is the customers as `t`, or a choice of them; the others are tables
SELECT = f"""
    SELECT t.id, t.name, t.grade, t.segment, t.region, r.handle,
        {_OPEN_DEALS.replace("[of]", "t")}, {_LAST_CONTACT.replace("[of]", "t")},
        t.size, t.source, p.name, t.domain, coalesce(t.locked, 0), t.released_at, l.handle,
        t.version
    FROM {{rows}} LEFT JOIN {{rep}} r ON r.id = t.owner_id
    LEFT JOIN {{account}} p ON p.id = t.parent_id
    LEFT JOIN {{rep}} l ON l.id = t.last_owner_id
"""
_READ = (
    *("name", "folded", "grade", "segment", "region", "size", "source", "owner_id", "parent_id"),
    *("domain", "locked", "released_at", "last_owner_id", "version", "fields"),
)
_CHOSEN = "json_each(:ids) j CROSS JOIN {account} t ON t.id = CAST(j.value AS BIGINT)"
IN_POOL = "a.owner_id IS NULL"


class Customers:
    """The customers that match a filter at `now`.

    Errors: NotFound and BadFilter for names in the filter; UnknownActor for `me`.
    """

    def __init__(self, asked: Asked, chosen: Filter, *more: str) -> None:
        names = Names(asked.conn, asked.now, asked.me)
        tests = compiled(chosen, names, asked.zone, _CUSTOMERS)
        self.conn, self.now = asked.conn, asked.now
        self.tables = Tables(asked.conn, asked.now)
        self._values: dict[str, Any] = {"now": asked.now} | tests.values
        self._test = " AND ".join([*tests.deals, *more]) or "TRUE"

    def ids(self, limit: int | None = None) -> list[int]:
        """By name."""
        sql = self._chosen("a.id") + " ORDER BY a.folded, a.id LIMIT :limit"
        asked = self._values | self.tables.bound | {"limit": limit or ALL}
        return [row[0] for row in self.conn.execute(sql, asked)]

    def count(self) -> int:
        found = self.conn.execute(self._chosen("count(*)"), self._values | self.tables.bound)
        return int(found.fetchone()[0])

    def _chosen(self, what: str) -> str:
        joins = [join for alias, join in _JOINS.items() if re.search(alias, self._test)]
        there, terms = self._test, []
        if self.tables.past:
            told = _then(there, "a")
            if told != there:
                joins, terms = [*joins, _JOINED.replace("[of]", "a")], [_DEALS_OF]
            there = f"({told}) AND {self.tables.there('account', 'a')}"
        start = f"SELECT {what} FROM {{account}} a {' '.join(joins)} WHERE {there}"
        names = _names(self.tables, " ".join([start, *terms]))
        listed = [term.format(**names) for term in terms]
        return self.tables.with_terms(*listed) + start.format(**names)


def rows(conn: Conn, ids: list[int], now: int) -> Found:
    """The rows of these customers as they stood, in the order of `ids`."""
    tables = Tables(conn, now)
    names = _names(tables, SELECT)
    chosen, terms = _CHOSEN.format(**names), []
    sql = SELECT
    if tables.past:
        sql, terms = _then(sql, "t") + _JOINED.replace("[of]", "t"), [_DEALS_OF.format(**names)]
    sql = sql.format(rows=chosen, **names) + " ORDER BY CAST(j.key AS BIGINT)"
    asked = {"ids": json.dumps(ids), "now": now}
    return conn.execute(tables.with_terms(*terms, among=_OF_PICKED) + sql, asked).fetchall()


def _then(sql: str, of: str) -> str:
    """What it asks of the deals of the customer with this alias, asked of `deals_of`."""
    for now, then in _THEN.items():
        sql = sql.replace(now.replace("[of]", of), then)
    return sql


def _names(tables: Tables, sql: str) -> dict[str, str]:
    """What stands for each table that the statement reads."""
    read = {
        "opportunity": ("account_id", "status", "last_contact_at"),
        "rep": ("handle", "team"),
        "account": _READ,
    }
    return {
        table: tables.name(table, *columns)
        for table, columns in read.items()
        if f"{{{table}}}" in sql
    }


def existing(conn: Conn, ids: list[int]) -> set[int]:
    """Which of these ids are customers."""
    sql = "SELECT a.id FROM json_each(?) j CROSS JOIN account a ON a.id = CAST(j.value AS BIGINT)"
    return {row[0] for row in conn.execute(sql, (json.dumps(ids),))}
