"""The way back from a backup file onto a server."""

from __future__ import annotations

from contextlib import closing

from dealflow.store import backups, connection, copying
from dealflow.store.server.connection import ServerConn, connect


def restore(
    conn: ServerConn, source: str, folder: str, stamp: str
) -> tuple[backups.Backup, backups.State]:
    """Make the database what the sound backup `source` is, in one transaction or not at all.

    Nobody else writes from before what is there is backed up until it is replaced; readers see the
    old state until then. Gives the backup of what there was, and what that held. Errors: Busy;
    Refused for a role that may not; Unusable; Damaged.
    """
    try:
        conn.begin()
        with closing(connect(conn.url)) as reader:
            kept = backups.before(reader, folder, stamp)
            before = backups.state(reader)
        with closing(connection.connect(source)) as old:
            old.begin_reading()
            copying.empty(conn)
            copying.copy(old, conn)
        conn.commit()
    except conn.failure as exc:
        raise conn.explain(exc) from exc
    finally:
        conn.rollback()
    return kept, before
