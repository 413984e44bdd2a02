"""Who a visitor may be: customers by the e-mail addresses, domains and names that are known."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from dealflow.named import NamedTuple
from dealflow.store.conn import Conn


class Person(NamedTuple):
    id: int
    account_id: int
    folded: str
    email: str | None


def people(conn: Conn) -> Iterator[Person]:
    """Everybody at a customer."""
    sql = "SELECT id, account_id, folded, email FROM contact ORDER BY id"
    return (Person(*row) for row in conn.execute(sql))


def customers(conn: Conn) -> Iterator[tuple[int, str, str, str | None]]:
    """Every customer: id, name, folded name, domain."""
    return iter(conn.execute("SELECT id, name, folded, domain FROM account ORDER BY id"))


class Known(NamedTuple):
    """An activity that is there already, as far as it tells whether it is the same."""

    kind: str
    at: int


def known(conn: Conn, external_ids: Iterable[str]) -> dict[str, Known]:
    """Activities by what they are called where they came from."""
    sql = (
        "SELECT external_id, kind, at FROM activity"
        " WHERE external_id IN (SELECT value FROM json_each(:ids))"
    )
    found = conn.execute(sql, {"ids": json.dumps(list(external_ids))})
    return {external_id: Known(kind, at) for external_id, kind, at in found}
