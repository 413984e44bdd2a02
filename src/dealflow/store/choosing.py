"""Which customers, or which contacts, a filter means: as SQL that selects their ids.

    found = customers(ask, told)
    conn.execute(f"SELECT t.name FROM account t WHERE t.id IN ({found.sql})", found.values)

They are chosen by what they are now, which is also what their lists show.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from dealflow.filters import Filter
from dealflow.model import CONTACT_KINDS
from dealflow.store.filtering import Subject, compiled
from dealflow.store.names import Names

if TYPE_CHECKING:
    from dealflow.store.scope import Asked

#: of the customer with this alias: what is open with it, and when somebody was last in touch
OPEN_DEALS = (
    "(SELECT count(*) FROM opportunity o WHERE o.account_id = {0}.id AND o.status = 'open')"
)
LAST_CONTACT = f"""(SELECT max(y.at) FROM (
    SELECT max(o.last_contact_at) AS at FROM opportunity o WHERE o.account_id = {{0}}.id
    UNION ALL SELECT max(v.at) FROM activity v
        WHERE v.account_id = {{0}}.id AND v.at <= :now AND v.kind IN {CONTACT_KINDS}) y)"""

_OF_CUSTOMER = {
    "owner": "a.owner_id",
    "team": "r.team",
    "grade": "a.grade",
    "segment": "a.segment",
    "region": "a.region",
    "source": "a.source",
}
_CUSTOMER = Subject(
    {
        **_OF_CUSTOMER,
        "id": "a.id",
        "name": "a.folded",
        "size": "a.size",
        "parent": "p.folded",
        "domain": "a.domain",
        "deals": OPEN_DEALS.format("a"),
        "last": LAST_CONTACT.format("a"),
    },
    "a.folded",
)
_CONTACT = Subject(
    {
        **_OF_CUSTOMER,
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
_JOINS = {
    r"\br\.": "LEFT JOIN rep r ON r.id = a.owner_id",
    r"\bp\.": "LEFT JOIN account p ON p.id = a.parent_id",
}


class Chosen(NamedTuple):
    """A SELECT of ids, and what is bound to it (`:now` too)."""

    sql: str
    values: Mapping[str, Any]


def customers(asked: Asked, told: Filter) -> Chosen:
    """The customers that match. Errors: NotFound for names in the filter; UnknownActor for `me`."""
    return _chosen(asked, told, _CUSTOMER, "SELECT a.id FROM account a")


def contacts(asked: Asked, told: Filter) -> Chosen:
    """The contacts that match. Errors: as `customers`."""
    people = "SELECT c.id FROM contact c JOIN account a ON a.id = c.account_id"
    return _chosen(asked, told, _CONTACT, people)


def _chosen(asked: Asked, told: Filter, subject: Subject, start: str) -> Chosen:
    tests = compiled(told, Names(asked.conn, asked.now, asked.me), asked.zone, subject)
    where = " AND ".join(tests.deals) or "TRUE"
    joins = [join for alias, join in _JOINS.items() if re.search(alias, where)]
    return Chosen(" ".join([start, *joins, "WHERE", where]), {"now": asked.now} | tests.values)
