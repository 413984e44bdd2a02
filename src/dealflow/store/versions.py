"""Versions of a row: each edit counts one, and the journal knows what it was."""

from __future__ import annotations

from typing import Any, NamedTuple

from dealflow.errors import Conflict
from dealflow.model import Opportunity
from dealflow.store.book import Book, from_json
from dealflow.store.connection import Conn

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


def count_edit(book: Book, deal: Opportunity) -> None:
    """Count an edit of what belongs to a deal and is kept in rows of its own, as its products are.

    Error: Conflict when somebody changed the deal meanwhile.
    """
    done = book.conn.execute(
        "UPDATE opportunity SET version = version + 1 WHERE id = ? AND version = ?",
        (deal.id, deal.version),
    )
    if done.rowcount != 1:
        raise Conflict(f"deal {deal.id} was changed by somebody else meanwhile")
    book.touched.add(deal.id)
    book.conn.execute(
        "INSERT INTO change (command_id, entity, kind, row_id, last_id, before, after)"
        " VALUES (?, 'opportunity', 'edit', ?, ?, ?, ?)",
        (book.command, deal.id, deal.id, NOTHING, NOTHING),
    )
