"""The journal of the file, by choice: a rollback journal, or a write-ahead log (WAL).

A rollback journal is what `init` makes: one file at rest, and safe wherever locks work. With a
write-ahead log readers and writers do not wait for each other; it is for one computer, and for an
SQLite that has its WAL-reset race mended (https://sqlite.org/wal.html#walresetbug): until then two
connections that write and checkpoint at the same moment can lose what was committed.
"""

from __future__ import annotations

import sqlite3

from dealflow.errors import Busy, InUse, Refused, UnknownWord, Unusable
from dealflow.store import connection, places
from dealflow.store.connection import FileConn

#: each journal by our word and by SQLite's
JOURNALS = {"wal": "wal", "rollback": "delete"}

#: the first release of each line of releases in which the race is mended
MENDED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))

RISKY = "can lose saved changes when two commands write a write-ahead log at the same moment"


def is_mended(version: tuple[int, ...]) -> bool:
    """Whether a release of SQLite has the WAL-reset race mended."""
    return version >= MENDED[-1] or any(
        version[:2] == first[:2] and version >= first for first in MENDED
    )


def kept(conn: FileConn) -> bool:
    """Whether the file keeps a write-ahead log."""
    return _journal(conn) == JOURNALS["wal"]


def risk(conn: FileConn) -> str:
    """What is to be known of a file that keeps a write-ahead log here; '' where it is safe."""
    mended = is_mended(sqlite3.sqlite_version_info)
    return "" if mended or not kept(conn) else f"SQLite {sqlite3.sqlite_version} {RISKY}"


def switch(conn: FileConn, word: str, sharing: str, *, accepted: bool = False) -> bool:
    """Give the file another journal; whether it had another one before.

    `sharing` is the database's setting; `accepted` that the risk of an older SQLite is taken.
    Errors: UnknownWord; Refused for such an SQLite; Unusable where the file may not be written, or
    keep such a log; InUse while others have it open.
    """
    if word not in JOURNALS:
        raise UnknownWord("journal", word, tuple(JOURNALS))
    to_log = word == "wal"
    connection.permit_writing(conn, sharing, wal=to_log)
    if to_log:
        _must_suit_a_log(conn.path)
        _must_be_mended(accepted)
    if _journal(conn) == JOURNALS[word]:
        return False
    try:
        conn.execute(f"PRAGMA journal_mode={JOURNALS[word]}")
    except Busy:
        raise InUse(conn.path) from None
    if _journal(conn) != JOURNALS[word]:
        raise InUse(conn.path)
    conn.execute(f"PRAGMA synchronous={'FULL' if to_log else 'EXTRA'}")
    return True


def _journal(conn: FileConn) -> str:
    return str(conn.execute("PRAGMA journal_mode").fetchone()[0])


def _must_suit_a_log(path: str) -> None:
    place = places.look(path)
    if place.kind != places.LOCAL:
        raise Unusable(
            f"{path} is not on a disk of this computer alone ({place.what}), and a write-ahead log"
            " is for one computer; nothing was changed"
        )


def _must_be_mended(accepted: bool) -> None:
    if accepted or is_mended(sqlite3.sqlite_version_info):
        return
    *others, last = (".".join(map(str, first)) for first in MENDED)
    raise Refused(
        f"SQLite {sqlite3.sqlite_version} {RISKY} (mended in {', '.join(others)} and {last});"
        " nothing was changed",
        "keep the rollback journal, or take the risk: dealflow db journal wal --risk-lost-changes",
    )
