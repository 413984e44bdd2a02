"""Which reminders were begun and which were sent. They are no part of the journal.

A reminder goes by its kind, its channel, the rep and the business day.
"""

from __future__ import annotations

from dealflow.named import NamedTuple
from dealflow.store.conn import Conn

_BEGIN = """
    INSERT INTO reminder (kind, channel, rep_id, day, content, begun_at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (kind, channel, rep_id, day) DO UPDATE
    SET content = excluded.content, begun_at = excluded.begun_at, sent_at = NULL
"""
_SENT = "UPDATE reminder SET sent_at = ? WHERE kind = ? AND channel = ? AND rep_id = ? AND day = ?"
_KNOWN = "SELECT channel, rep_id, sent_at FROM reminder WHERE kind = ? AND day = ?"


class Name(NamedTuple):
    """What tells one reminder from all others."""

    kind: str
    channel: str
    rep_id: int
    day: str


def known(conn: Conn, kind: str, day: str) -> dict[tuple[str, int], int | None]:
    """By channel and rep, when the reminder of a day was sent; None where it was only begun."""
    found = conn.execute(_KNOWN, (kind, day)).fetchall()
    return {(channel, rep): sent_at for channel, rep, sent_at in found}


def begin(conn: Conn, name: Name, content: str, now: int) -> None:
    """It is about to be sent. `content` is a digest of it, `now` epoch seconds UTC."""
    conn.execute(_BEGIN, (*name, content, now))


def sent(conn: Conn, name: Name, now: int) -> None:
    """It has been taken by whoever brings it."""
    conn.execute(_SENT, (now, *name))
