"""Which contacts a filter means: as SQL that selects their ids. Of customers: customers.py.

    found = contacts(ask, told)
    conn.execute(f"SELECT t.name FROM contact t WHERE t.id IN ({found.sql})", found.values)

They are chosen by what they are now, which is also what their list shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from dealflow.filters import Filter
from dealflow.store.filtering import Subject, compiled
from dealflow.store.names import Names

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
_OWNER = "LEFT JOIN rep r ON r.id = a.owner_id"


class Chosen(NamedTuple):
    """A SELECT of ids, and what is bound to it (`:now` too)."""

    sql: str
    values: Mapping[str, Any]


def contacts(asked: Asked, told: Filter) -> Chosen:
    """The contacts that match. Errors: NotFound for names in the filter; UnknownActor for `me`."""
    tests = compiled(told, Names(asked.conn, asked.now, asked.me), asked.zone, _CONTACT)
    where = " AND ".join(tests.deals) or "TRUE"
    people = "SELECT c.id FROM contact c JOIN account a ON a.id = c.account_id"
    owner = _OWNER if re.search(r"\br\.", where) else ""
    return Chosen(f"{people} {owner} WHERE {where}", {"now": asked.now} | tests.values)
