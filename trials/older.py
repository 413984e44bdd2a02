"""A file of schema version 1, as the first dealflow left it: made by its migration, then filled."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

OLDEST = 1


def make_older(path: Path) -> None:
    """Put a file of the oldest version, with the same rows, in place of one of today."""
    from alembic import command

    from dealflow.store import connection, schema

    draft = path.with_suffix(".older")
    draft.touch()
    with closing(connection.connect_new(str(draft))) as conn:
        conn.execute("PRAGMA foreign_keys=OFF")
        conn.begin()
        command.upgrade(schema.alembic_config(conn), schema.revision(OLDEST))
        conn.execute(f"PRAGMA user_version={OLDEST}")
        conn.commit()
        conn.execute("ATTACH ? AS today", (str(path),))
        listed = conn.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in listed:
            if table not in {"alembic_version", "sqlite_sequence"}:
                told = conn.execute(f"PRAGMA main.table_info({table})").fetchall()
                names = ", ".join(row[1] for row in told)
                rows = f"SELECT {names} FROM today.{table}"
                conn.execute(f"INSERT INTO main.{table} ({names}) {rows}")
    os.replace(draft, path)
