"""SQL of what is missing on the customers and the contact persons of open deals."""

from __future__ import annotations

from collections.abc import Sequence

from dealflow.named import NamedTuple
from dealflow.store.scope import Scope

#: by kind of record the column of `deal` that leads to it
_BY = {"account": "account_id", "contact": "contact_id"}


class Lacking(NamedTuple):
    """A record on which fields are empty, and the owner of the oldest open deal that it is on."""

    id: int
    name: str
    account: str | None
    """The customer's name."""
    owner_id: int
    fields: tuple[str, ...]
    """Which of the keys that were asked about are empty."""


def lacking(about: Scope, owner: str, keys: Sequence[str]) -> list[Lacking]:
    """The customers (`account`) or contact persons (`contact`) of open deals that lack a field.

    Those that lack most come first, then those of older deals.
    """
    empty = [f"trim(coalesce(json_extract(t.fields, :key{n}), '')) = ''" for n in range(len(keys))]
    lacks = ", ".join(
        f"CASE WHEN {test} THEN 1 ELSE 0 END AS lack{n}" for n, test in enumerate(empty)
    )
    total = " + ".join(f"y.lack{n}" for n in range(len(keys)))
    sql = f"""SELECT y.* FROM (
            SELECT t.id, t.name, x.account, o.owner_id, {lacks}, x.first
            FROM (SELECT d.{_BY[owner]} AS row_id, max(d.account) AS account, min(d.id) AS first
                FROM deal d WHERE d.status = 'open' AND d.{_BY[owner]} IS NOT NULL
                GROUP BY d.{_BY[owner]}) x
            JOIN {about.table(owner, "name", "fields")} t ON t.id = x.row_id
            JOIN deal o ON o.id = x.first
            WHERE {" OR ".join(empty)}) y ORDER BY {total} DESC, y.first, y.id"""
    paths = {f"key{n}": f'$."{key}"' for n, key in enumerate(keys)}
    found = about.conn.execute(about.sql(sql), about.values | paths)
    return [
        Lacking(row_id, name, account, rep, tuple(key for n, key in enumerate(keys) if empty_[n]))
        for row_id, name, account, rep, *empty_, _ in found
    ]
