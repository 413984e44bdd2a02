"""Is the file sound: SQLite's own checks, references, and what dealflow derives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dealflow.store import derived
from dealflow.store.connection import Conn


class Finding(NamedTuple):
    """Something that is not as it should be; `row` is 0 where it concerns no single row."""

    what: str
    table: str
    row: int
    about: str


#: (what, table, about, SQL that yields the ids of the rows that break it)
_RULES: tuple[tuple[str, str, str, str], ...] = (
    (
        "visits",
        "opportunity",
        "an open deal has exactly one visit that has not ended, and a closed one none",
        (
            "SELECT o.id FROM opportunity o LEFT JOIN visit v ON v.opportunity_id = o.id"
            " AND v.left_at IS NULL GROUP BY o.id HAVING count(v.id) <> (o.status = 'open')"
        ),
    ),
    (
        "visits",
        "visit",
        "each visit begins when the one before it ended, or later when it was reopened",
        (
            "SELECT v.id FROM visit v JOIN visit p ON p.opportunity_id = v.opportunity_id"
            " AND p.seq = v.seq - 1 WHERE p.left_at IS NULL"
            " OR (CASE WHEN p.ending IN ('won', 'lost', 'void')"
            " THEN v.entered_at < p.left_at ELSE v.entered_at <> p.left_at END)"
        ),
    ),
    (
        "visits",
        "opportunity",
        "a deal is in the stage, and has the status, that its last visit says",
        (
            "SELECT o.id FROM opportunity o JOIN visit v ON v.opportunity_id = o.id AND v.seq ="
            " (SELECT max(seq) FROM visit WHERE opportunity_id = o.id)"
            " WHERE o.stage_id <> v.stage_id OR o.status <> coalesce(v.ending, 'open')"
            " OR o.stage_since <> v.entered_at OR o.closed_at IS NOT v.left_at"
        ),
    ),
    (
        "follow-ups",
        "follow_up",
        "a closed deal has no open follow-ups",
        (
            "SELECT f.id FROM follow_up f JOIN opportunity o ON o.id = f.opportunity_id"
            " WHERE o.status <> 'open' AND f.done_at IS NULL AND f.cancelled_at IS NULL"
        ),
    ),
)


def findings(conn: Conn) -> Iterator[Finding]:
    """Everything that is wrong, in a stable order."""
    for (told,) in conn.execute("PRAGMA integrity_check(100)"):
        if told != "ok":
            yield Finding("integrity", "", 0, told)
    for table, row, parent, _ in conn.execute("PRAGMA foreign_key_check").fetchall():
        yield Finding("reference", table, row or 0, f"points at a {parent} that is not there")
    for what, table, about, sql in _RULES:
        for (row,) in conn.execute(sql):
            yield Finding(what, table, row, f"broken rule: {about}")
    for table, column, row in derived.wrong(conn):
        yield Finding("derived", table, row, f"{column} differs from what it is derived from")


def versions(conn: Conn) -> dict[str, str]:
    """What a report about the file should name."""
    import sqlite3

    return {
        "SQLite": sqlite3.sqlite_version,
        "journal": conn.execute("PRAGMA journal_mode").fetchone()[0],
        "schema": str(conn.execute("PRAGMA user_version").fetchone()[0]),
    }
