"""A database opened for a glance, as completion needs it: nothing is waited for or written.

Whatever keeps it from answering at once (a writer's lock, another schema version, a transaction
that was cut off and is still to be undone) is an error here, where questions would wait or mend.
"""

from __future__ import annotations

import os
import sqlite3
from typing import Any

from dealflow.store import shape
from dealflow.store.conn import is_server
from dealflow.store.connection import APPLICATION_ID, LENGTH_LIMIT, SCHEMA_VERSION, address

#: milliseconds after which a server gives a statement up
_PATIENCE = 500


class Refused(Exception):
    """It is no database that can be read at once."""


def opened(path: str) -> Any:
    """A connection to a file or a server which can only read. Errors: whatever there is."""
    return _on_server(path) if is_server(path) else _file(path)


def _file(path: str) -> sqlite3.Connection:
    if not os.path.isfile(path):  # a pipe would have to be waited for
        raise Refused
    uri = f"{address(path)}?mode={'rw' if _has_log(path) else 'ro'}"
    conn = sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None)
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LENGTH_LIMIT)
    for pragma in ("query_only=ON", "trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0"):
        conn.execute(f"PRAGMA {pragma}")
    marks = [conn.execute(f"PRAGMA {mark}").fetchone()[0] for mark in _MARKS]
    if marks != [APPLICATION_ID, SCHEMA_VERSION]:
        raise Refused
    shape.check(conn, path)
    return conn


_MARKS = ("application_id", "user_version")


def _has_log(path: str) -> bool:
    """Whether the file keeps a write-ahead log (fileformat2.html, 1.3.2).

    SQLite makes two files beside such a one even to read it, and who may not write cannot take
    them away again: left behind, they would be in the way of others who share the file.
    """
    with open(path, "rb") as file:
        return file.read(20)[18:] == b"\2\2"


def _on_server(url: str) -> Any:
    from dealflow.store.server import connection

    conn = connection.connect(url)
    conn.begin_reading()
    conn.execute(f"SET LOCAL statement_timeout = {_PATIENCE}")
    return conn
