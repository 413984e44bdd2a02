"""The shape of an open file: its tables and indexes, compared with those that dealflow makes.

Every command compares one number, which takes a fifth of a millisecond; `db check` names what
differs. Statements are compared part by part, whatever their order: a table that was created and
one that a migration has added columns to are the same table. Triggers and views are no part of it:
they are looked for before each write (store/connection.py).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from zlib import crc32

from dealflow.errors import OddSchema

#: of the schema that this version makes; a test says what it is to be after a change of tables.py
FINGERPRINT = 0xDCFCC799

_OURS = (
    "FROM sqlite_master WHERE coalesce(type, '') NOT IN ('trigger', 'view')"
    " AND coalesce(name, '') NOT LIKE 'sqlite_%' AND coalesce(name, '') <> 'alembic_version'"
)


def fingerprint(conn: sqlite3.Connection) -> int:
    """A CRC-32 of the parts of all tables and indexes, in alphabetical order."""
    found = conn.execute(f"SELECT type, name, tbl_name, sql {_OURS}")
    whole = "\n".join(f"{kind}\n{name}\n{table}\n{sql}" for kind, name, table, sql in found)
    return crc32("\n".join(_parts(whole)).encode())


def check(conn: sqlite3.Connection, path: str) -> None:
    """Refuse a file whose tables or indexes are not ours. Error: OddSchema."""
    if fingerprint(conn) != FINGERPRINT:
        raise OddSchema(path)


def differences(
    conn: sqlite3.Connection, ours: sqlite3.Connection
) -> Iterator[tuple[str, str, str]]:
    """What differs from `ours`, a file that dealflow has just made: (table, index, what is so)."""
    here, there = _declared(conn), _declared(ours)
    for name in sorted(here.keys() | there.keys()):
        kind, table, _ = there.get(name) or here[name]
        index = name if kind == "index" else ""
        if name not in here:
            yield table, index, f"the {kind} {name} is missing"
        elif name not in there:
            yield table, index, f"dealflow did not make the {kind} {name}"
        elif here[name] != there[name]:
            for told in _told(conn, ours, name, here[name][2], there[name][2]):
                yield table, index, told


def _declared(conn: sqlite3.Connection) -> dict[str, tuple[str, str, list[str]]]:
    found = conn.execute(f"SELECT name, type, tbl_name, sql {_OURS}")
    return {
        str(name) if kind in {"table", "index"} else f"{name} of kind {kind}": (
            str(kind),
            str(table),
            _parts(str(sql)),
        )
        for name, kind, table, sql in found
    }


def _parts(sql: str) -> list[str]:
    parts = map(str.strip, sql.replace('"', "").replace("\n", ",").split(","))
    return sorted(filter(None, parts))


def _told(
    conn: sqlite3.Connection, ours: sqlite3.Connection, name: str, here: list[str], there: list[str]
) -> Iterator[str]:
    """How a table or an index of ours differs: by its columns, else by how it is declared."""
    have, want = _columns(conn, name), _columns(ours, name)
    for column in sorted(have.keys() | want.keys()):
        if column not in have:
            yield f"the column {name}.{column} is missing"
        elif column not in want:
            yield f"dealflow did not make the column {name}.{column}"
        elif have[column] != want[column]:
            yield f"the column {name}.{column} is {have[column]}, not {want[column]}"
    if have == want:
        said = next((part for part in here if part not in there), "")
        wanted = next((part for part in there if part not in here), "")
        yield f"{name} is declared otherwise: '{said}' where '{wanted}' should be"


def _columns(conn: sqlite3.Connection, name: str) -> dict[str, str]:
    """By name of a table's column, its type and whether it may be empty."""
    found = conn.execute('SELECT name, type, "notnull" FROM pragma_table_xinfo(?)', (name,))
    return {column: f"{kind}{' NOT NULL' * required}" for column, kind, required in found}
