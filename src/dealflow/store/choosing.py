"""Which contacts a filter means: as SQL that selects their ids. Of customers: customers.py.

    found = contacts(ask, told)
    conn.execute(found.ask("SELECT t.name FROM {contact} t WHERE t.id IN ({chosen})"), found.values)

They are chosen by what they and their customers were at `now`, which is also what their list shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dealflow.filters import Filter
from dealflow.named import NamedTuple
from dealflow.store.filtering import Subject, compiled
from dealflow.store.names import Names
from dealflow.store.rewind import Tables

if TYPE_CHECKING:
    from dealflow.store.scope import Asked

OF_CUSTOMER = {
    "owner": "a.owner_id",
    "team": "r.team",
    "grade": "a.grade",
    "segment": "a.segment",
    "region": "a.region",
    "source": "a.source",
}
_CONTACT = Subject(
    {
        **OF_CUSTOMER,
        "id": "c.id",
        "name": "c.folded",
        "account": "a.folded",
        "title": "c.title",
        "role": "c.role",
        "phone": "c.phone",
        "email": "c.email",
        "wechat": "c.wechat",
    },
    "c.folded || ' ' || a.folded",
)
_OWNER = "LEFT JOIN {rep} r ON r.id = a.owner_id"
#: what is read of each table
_READ = {
    "contact": (
        *("name", "folded", "account_id", "title", "role", "phone", "email", "wechat"),
        *("version", "fields"),
    ),
    "account": ("name", "folded", "owner_id", "grade", "segment", "region", "source", "fields"),
    "rep": ("handle", "team"),
}


class Chosen(NamedTuple):
    """A SELECT of ids, the tables that it reads, and what is bound to it (`:now` too)."""

    sql: str
    values: Mapping[str, Any]
    tables: Tables

    def ask(self, statement: str) -> str:
        """A statement that names {contact}, {account}, {chosen}, with what it needs before it."""
        names = {table: self.tables.name(table, *columns) for table, columns in _READ.items()}
        told = statement.format(chosen=self.sql.format(**names), **names)
        return self.tables.with_terms() + told


def contacts(asked: Asked, told: Filter) -> Chosen:
    """The contacts that match. Errors: NotFound for names in the filter; UnknownActor for `me`."""
    tests = compiled(told, Names(asked.conn, asked.now, asked.me), asked.zone, _CONTACT)
    tables = Tables(asked.conn, asked.now)
    where = " AND ".join([*tests.deals, tables.there("contact", "c")])
    people = "SELECT c.id FROM {contact} c JOIN {account} a ON a.id = c.account_id"
    owner = _OWNER if re.search(r"\br\.", where) else ""
    values = {"now": asked.now} | tables.bound | tests.values
    return Chosen(f"{people} {owner} WHERE {where}", values, tables)
