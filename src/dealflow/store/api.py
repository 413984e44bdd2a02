"""The Python API: a SQLAlchemy engine over a dealflow database, for notebooks and scripts.

Its connections are opened by store/connection.py, so they obey the same rules as the command line.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import NullPool

from dealflow.store.connection import FileConn, connect, permit_writing
from dealflow.store.settings import stored


def engine(path: str, *, write: bool = False) -> Engine:
    """An engine on an existing database; read-only unless `write`. Errors: as `connect`.

    pysqlite would start transactions on its own terms; here each one is begun explicitly, and a
    writing one at once (IMMEDIATE), because a transaction that upgrades later fails with BUSY
    whatever the timeout.
    """

    def opened() -> FileConn:
        conn = connect(path)
        if write:
            permit_writing(conn, stored(conn)["sharing"])
        return conn

    made = create_engine(
        "sqlite://",
        poolclass=NullPool,
        hide_parameters=True,
        creator=opened,
    )
    begin = "BEGIN IMMEDIATE" if write else "BEGIN"

    @event.listens_for(made, "begin")
    def _begin(conn: Any) -> None:
        conn.exec_driver_sql(begin)

    return made
