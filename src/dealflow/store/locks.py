"""The lock of a database file, taken and tried for its own sake; nothing is written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from dealflow.errors import Busy
from dealflow.store import connection
from dealflow.store.explaining import explain


@contextmanager
def exclusive(path: str) -> Iterator[None]:
    """Lock everybody else out of the file. Errors: as `connection.connect`; Busy."""
    with closing(connection.connect(path)) as conn:
        try:
            conn.execute("PRAGMA query_only=OFF")
            conn.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as exc:
            raise explain(exc, path) from exc
        try:
            yield
        finally:
            conn.rollback()


def is_locked(path: str) -> bool:
    """Whether somebody's lock keeps this process from writing, asked without waiting."""
    uri = f"{connection.address(path)}?mode=rw"
    with closing(sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None)) as conn:
        try:
            conn.execute("BEGIN IMMEDIATE")  # closing takes it back
        except sqlite3.Error as exc:
            told = explain(exc, path)
            if isinstance(told, Busy):
                return True
            raise told from exc
    return False
