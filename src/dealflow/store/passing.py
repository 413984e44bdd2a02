"""Indexes that last as long as one removal: for references that nothing else searches by.

Whoever removes a row that others may refer to has the database look for those others. Where that
column has no index, each removed row reads the whole table, and thousands of them take minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dealflow.store.conn import Conn, is_server

#: by the table referred to: the table and the column that refer to it, and have no index
_REFER: dict[str, tuple[tuple[str, str], ...]] = {
    "account": (("account", "parent_id"),),
    "contact": (("opportunity", "contact_id"), ("activity", "contact_id")),
    "activity": (("follow_up", "activity_id"),),
}
#: rows from which on an index costs less than it saves
_MANY = 200


@contextmanager
def indexed(conn: Conn, table: str, rows: int) -> Iterator[None]:
    """Inside the block, what refers to `table` is found quickly; for `rows` that go."""
    refer = _REFER.get(table, ()) if rows >= _MANY else ()
    made = [one for one in refer if _may_index(conn, one[0])]
    for name, column in made:
        where = f"{name} ({column}) WHERE {column} IS NOT NULL"
        conn.execute(f"CREATE INDEX passing_{name}_{column} ON {where}")
    yield  # after an error the caller's savepoint takes them back
    for name, column in made:
        conn.execute(f"DROP INDEX passing_{name}_{column}")


def _may_index(conn: Conn, table: str) -> bool:
    """A file is its user's; on a server, only the owner of a table may index it."""
    if not is_server(conn.path):
        return True
    sql = "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass(?)"
    return bool(conn.execute(sql, (table,)).fetchone()[0])
