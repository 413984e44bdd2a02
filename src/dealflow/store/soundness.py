"""Is the file sound: SQLite's own checks, references, dealflow's rules, and what it derives."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from dealflow.errors import DealflowError
from dealflow.followups import parse_cadence
from dealflow.requirements import parse_requirement
from dealflow.store import derived
from dealflow.store.conn import Conn
from dealflow.store.connection import FileConn
from dealflow.store.settings import stored
from dealflow.store.values import array


class Finding(NamedTuple):
    """Something that is not as it should be; `row` is 0 where it concerns no single row."""

    what: str
    table: str
    row: int
    about: str


class _Rule(NamedTuple):
    """`sql` yields the rows of `table` that break it; {only} is where it can be narrowed."""

    what: str
    table: str
    about: str
    deal: str
    """The column that names the deal; empty for what concerns no deal."""
    sql: str


_RULES = (
    _Rule(
        "visits",
        "opportunity",
        "an open deal has exactly one visit that has not ended, and a closed one none",
        "o.id",
        "SELECT o.id FROM opportunity o LEFT JOIN visit v ON v.opportunity_id = o.id"
        " AND v.left_at IS NULL WHERE {only}"
        " GROUP BY o.id HAVING count(v.id) <> CASE WHEN o.status = 'open' THEN 1 ELSE 0 END",
    ),
    _Rule(
        "visits",
        "visit",
        "each visit begins when the one before it ended, or later when it was reopened",
        "v.opportunity_id",
        "SELECT v.id FROM visit v JOIN visit p ON p.opportunity_id = v.opportunity_id"
        " AND p.seq = v.seq - 1 WHERE {only} AND (p.left_at IS NULL"
        " OR (CASE WHEN p.ending IN ('won', 'lost', 'void')"
        " THEN v.entered_at < p.left_at ELSE v.entered_at <> p.left_at END))",
    ),
    _Rule(
        "visits",
        "opportunity",
        "a deal is in the stage, and has the status, that its last visit says",
        "o.id",
        "SELECT o.id FROM opportunity o JOIN visit v ON v.opportunity_id = o.id AND v.seq ="
        " (SELECT max(seq) FROM visit WHERE opportunity_id = o.id)"
        " WHERE {only} AND (o.stage_id <> v.stage_id OR o.status <> coalesce(v.ending, 'open')"
        " OR o.stage_since <> v.entered_at OR o.closed_at IS NOT v.left_at)",
    ),
    _Rule(
        "follow-ups",
        "follow_up",
        "a closed deal has no open follow-ups",
        "o.id",
        "SELECT f.id FROM follow_up f JOIN opportunity o ON o.id = f.opportunity_id"
        " WHERE {only} AND o.status <> 'open' AND f.done_at IS NULL AND f.cancelled_at IS NULL",
    ),
    _Rule(
        "stages",
        "opportunity",
        "an open deal is in a stage that is not retired",
        "o.id",
        "SELECT o.id FROM opportunity o JOIN stage s ON s.id = o.stage_id"
        " WHERE {only} AND o.status = 'open' AND s.retired_at IS NOT NULL",
    ),
    _Rule(
        "contacts",
        "opportunity",
        "a deal's contact belongs to the deal's customer",
        "o.id",
        "SELECT o.id FROM opportunity o JOIN contact c ON c.id = o.contact_id"
        " WHERE {only} AND c.account_id IS NOT o.account_id",
    ),
    _Rule(
        "customers",
        "account",
        "no customer is, over whatever corners, its own parent",
        "",
        "WITH RECURSIVE up(id, above) AS ("
        " SELECT id, parent_id FROM account WHERE parent_id IS NOT NULL"
        " UNION SELECT up.id, a.parent_id FROM up JOIN account a ON a.id = up.above"
        " WHERE a.parent_id IS NOT NULL) SELECT id FROM up WHERE {only} AND id = above",
    ),
)
#: (table, column, the kind of JSON that it holds)
_JSON = (
    ("opportunity", "tags", "array"),
    ("opportunity", "fields", "object"),
    ("stage_definition", "activities", "array"),
)


def broken(conn: Conn, deals: Collection[int]) -> Iterator[tuple[int, Finding]]:
    """The rules that these deals break: (deal, finding). Costs what the deals do, not the file."""
    for rule in _RULES:
        for deal in sorted(deals) if rule.deal else ():
            for finding in _breaches(conn, rule, f"{rule.deal} = ?", (deal,)):
                yield deal, finding


def breaches(conn: Conn, what: str = "") -> Iterator[Finding]:
    """Every row of the file that breaks a rule, or those about `what`."""
    for rule in _RULES:
        if what in {"", rule.what}:
            yield from _breaches(conn, rule, "TRUE", ())


def _breaches(conn: Conn, rule: _Rule, only: str, values: tuple[int, ...]) -> Iterator[Finding]:
    for (row,) in conn.execute(rule.sql.format(only=only), values).fetchall():
        yield Finding(rule.what, rule.table, row, f"broken rule: {rule.about}")


def findings(conn: Conn) -> Iterator[Finding]:
    """Everything that is wrong, in a stable order."""
    if isinstance(conn, FileConn):  # a server keeps its own pages and references whole
        yield from _of_sqlite(conn)
    yield from breaches(conn)
    yield from _unreadable(conn)
    try:
        for table, column, row in derived.wrong(conn):
            yield Finding("derived", table, row, f"{column} differs from what it is derived from")
    except DealflowError as exc:
        yield Finding("value", "setting", 0, exc.message)


def _of_sqlite(conn: FileConn) -> Iterator[Finding]:
    for (told,) in conn.execute("PRAGMA integrity_check(100)"):
        if told != "ok":
            yield Finding("integrity", "", 0, told)
    for table, row, parent, _ in conn.execute("PRAGMA foreign_key_check").fetchall():
        yield Finding("reference", table, row or 0, f"points at a {parent} that is not there")


def _unreadable(conn: Conn) -> Iterator[Finding]:
    """Stored values that do not parse."""
    for table, column, kind in _JSON:
        test = f"CASE WHEN json_valid({column}) THEN json_type({column}) ELSE '' END <> ?"
        for (row,) in conn.execute(f"SELECT id FROM {table} WHERE {test} ORDER BY id", (kind,)):
            yield Finding("value", table, row, f"{column} is not the JSON it should be")
    for row, *lists in conn.execute("SELECT id, requires, signals FROM stage_definition"):
        for text in lists:
            yield from _told("stage_definition", row, _requirements, text)
    for key, text in stored(conn).items():
        if key.startswith("cadence."):
            yield from _told("setting", 0, parse_cadence, text)


def _requirements(text: str) -> None:
    for one in array(text):
        parse_requirement(str(one))


def _told(table: str, row: int, parse: Callable[[str], object], text: str) -> Iterator[Finding]:
    """What a parser says of a stored value that it does not understand."""
    try:
        parse(text)
    except DealflowError as exc:
        yield Finding("value", table, row, exc.message)


def versions(conn: Conn) -> dict[str, str]:
    """What a report about the database should name."""
    if not isinstance(conn, FileConn):
        server = conn.execute("SELECT current_setting('server_version')").fetchone()[0]
        schema = conn.execute("SELECT max(version_num) FROM alembic_version").fetchone()[0]
        return {"PostgreSQL": server.split()[0], "schema": str(int(schema))}
    import sqlite3

    return {
        "SQLite": sqlite3.sqlite_version,
        "journal": conn.execute("PRAGMA journal_mode").fetchone()[0],
        "schema": str(conn.execute("PRAGMA user_version").fetchone()[0]),
    }
