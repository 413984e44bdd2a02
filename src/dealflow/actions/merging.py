"""Two copies of one database become one."""

from __future__ import annotations

from collections.abc import Callable

from dealflow.actions import Actor
from dealflow.store.conn import Conn
from dealflow.store.merge import joining
from dealflow.store.merge.joining import Outcome


def merge(by: Actor, other: Conn, prefer: str | None, keep: Callable[[], None]) -> Outcome:
    """Bring in what another copy knows. `other` is inside a read transaction of its own.

    `prefer` settles conflicts for one side (merging.SIDES), else the later edit wins; `keep` is
    called before the first change. Errors: Refused for another database, Conflict.
    """
    return joining.join(by.book, other, prefer, by.db.zone, keep)
