"""Versions of a row: each edit counts one, and the journal knows what it was."""

from __future__ import annotations

from typing import Any

from dealflow.named import NamedTuple
from dealflow.store.book import from_json
from dealflow.store.conn import Conn

#: an edit of no column, as the journal keeps it
NOTHING = "{}"


class Edit(NamedTuple):
    """What a command made of a row: column values before and after, `at` in epoch seconds UTC."""

    command: int
    at: int
    actor: str
    verb: str
    before: dict[str, Any]
    after: dict[str, Any]
    products: bool
    """Whether the products of the deal were changed as well."""


_LAST = """
    SELECT c.id, c.at, c.actor, c.verb, x.before, x.after
    FROM change x JOIN command c ON c.id = x.command_id
    WHERE x.entity = ? AND x.row_id = ? AND x.kind = 'edit' ORDER BY x.id DESC LIMIT ?
"""


def last_edits(conn: Conn, table: str, row_id: int, count: int) -> list[Edit]:
    """The last `count` edits of a row, oldest first; those of one command as one."""
    found: list[Edit] = []
    for command, at, actor, verb, old, new in reversed(
        conn.execute(_LAST, (table, row_id, count)).fetchall()
    ):
        before, after, products = from_json(old), from_json(new), new == NOTHING
        if found and found[-1].command == command:
            earlier = found.pop()
            before, after = before | earlier.before, earlier.after | after
            products = products or earlier.products
        found.append(Edit(command, at, actor, verb, before, after, products))
    return found
