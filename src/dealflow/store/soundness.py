"""Is the file sound: SQLite's own checks, references, dealflow's rules, checksums, what it derives.

`store/repairs.py` knows what can be done about each cause.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator

from dealflow.errors import DealflowError
from dealflow.followups import parse_cadence
from dealflow.named import NamedTuple
from dealflow.patterns import pattern
from dealflow.requirements import parse_requirement
from dealflow.steps import parse_step
from dealflow.store import chain, checksums, customfields, derived
from dealflow.store.conn import Conn
from dealflow.store.connection import FileConn
from dealflow.store.settings import POOL_SPANS, stored
from dealflow.store.values import array


class Finding(NamedTuple):
    """Something that is not as it should be; `row` is 0 where it concerns no single row."""

    what: str
    table: str
    row: int
    about: str
    cause: str
    """Which check found it: what store/repairs.py goes by."""
    detail: str = ""
    """The column or the index that it is about."""


class _Rule(NamedTuple):
    """`sql` yields the rows of `table` that break it; {only} is where it can be narrowed."""

    cause: str
    what: str
    table: str
    about: str
    deal: str
    """The column that names the deal; empty for what concerns no deal."""
    sql: str


_RULES = (
    _Rule(
        "open-visit",
        "visits",
        "opportunity",
        "an open deal has exactly one visit that has not ended, and a closed one none",
        "o.id",
        "SELECT o.id FROM opportunity o LEFT JOIN visit v ON v.opportunity_id = o.id"
        " AND v.left_at IS NULL WHERE {only}"
        " GROUP BY o.id HAVING count(v.id) <> CASE WHEN o.status = 'open' THEN 1 ELSE 0 END",
    ),
    _Rule(
        "visit-order",
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
        "standing",
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
        "open-plan",
        "follow-ups",
        "follow_up",
        "a closed deal has no open follow-ups",
        "o.id",
        "SELECT f.id FROM follow_up f JOIN opportunity o ON o.id = f.opportunity_id"
        " WHERE {only} AND o.status <> 'open' AND f.done_at IS NULL AND f.cancelled_at IS NULL",
    ),
    _Rule(
        "retired-stage",
        "stages",
        "opportunity",
        "an open deal is in a stage that is not retired",
        "o.id",
        "SELECT o.id FROM opportunity o JOIN stage s ON s.id = o.stage_id"
        " WHERE {only} AND o.status = 'open' AND s.retired_at IS NOT NULL",
    ),
    _Rule(
        "pipeline",
        "stages",
        "opportunity",
        "a deal is in a stage of its pipeline",
        "o.id",
        "SELECT o.id FROM opportunity o JOIN stage s ON s.id = o.stage_id"
        " WHERE {only} AND s.pipeline_id <> o.pipeline_id",
    ),
    _Rule(
        "contact",
        "contacts",
        "opportunity",
        "a deal's contact belongs to the deal's customer",
        "o.id",
        "SELECT o.id FROM opportunity o JOIN contact c ON c.id = o.contact_id"
        " WHERE {only} AND c.account_id IS NOT o.account_id",
    ),
    _Rule(
        "parent",
        "customers",
        "account",
        "no customer is, over whatever corners, its own parent",
        "",
        "WITH RECURSIVE up(id, above) AS ("
        " SELECT id, parent_id FROM account WHERE parent_id IS NOT NULL"
        " UNION SELECT up.id, a.parent_id FROM up JOIN account a ON a.id = up.above"
        " WHERE a.parent_id IS NOT NULL) SELECT id FROM up WHERE {only} AND id = above",
    ),
    _Rule(
        "owned",
        "customers",
        "account",
        "a customer that somebody owns is not in the pool",
        "",
        "SELECT id FROM account WHERE {only} AND owner_id IS NOT NULL"
        " AND (released_at IS NOT NULL OR last_owner_id IS NOT NULL)",
    ),
)
#: (table, column, the kind of JSON that it holds)
_JSON = (
    ("opportunity", "tags", "array"),
    ("opportunity", "fields", "object"),
    ("stage_definition", "activities", "array"),
    ("stage_definition", "plan", "array"),
    ("account", "fields", "object"),
    ("contact", "fields", "object"),
    ("field", "choices", "array"),
)


def broken(conn: Conn, deals: Collection[int]) -> Iterator[tuple[int, Finding]]:
    """The rules that these deals break: (deal, finding). Costs what the deals do, not the file."""
    runs = list(derived.runs(sorted(deals)))
    for rule in _RULES:
        for run in runs if rule.deal else ():
            if any(_breaches(conn, rule, f"{rule.deal} BETWEEN ? AND ?", run)):
                yield from _broken_in(conn, rule, run)


def _broken_in(conn: Conn, rule: _Rule, run: tuple[int, int]) -> Iterator[tuple[int, Finding]]:
    for deal in range(run[0], run[1] + 1):
        for finding in _breaches(conn, rule, f"{rule.deal} = ?", (deal,)):
            yield deal, finding


def breaches(conn: Conn, what: str = "") -> Iterator[Finding]:
    """Every row of the file that breaks a rule, or those about `what`."""
    for rule in _RULES:
        if what in {"", rule.what}:
            yield from _breaches(conn, rule, "TRUE", ())


def _breaches(conn: Conn, rule: _Rule, only: str, given: tuple[int, ...]) -> Iterator[Finding]:
    for (row,) in conn.execute(rule.sql.format(only=only), given).fetchall():
        yield Finding(rule.what, rule.table, row, f"broken rule: {rule.about}", rule.cause)


#: what comes of a value that SQLite would never have stored in its column
_NOT_OF_ITS_KIND = (TypeError, ValueError, AttributeError, OverflowError)


def findings(conn: Conn) -> Iterator[Finding]:
    """Everything that is wrong, in a stable order. What cannot be read is a finding too."""
    of_the_file = _OF_THE_FILE if isinstance(conn, FileConn) else ()
    for part in (*of_the_file, *_OF_THE_MODEL):
        try:
            yield from part(conn)
        except conn.failure as exc:
            about = f"it cannot be read to the end: {conn.explain(exc)}"
            yield Finding("integrity", "", 0, about, "integrity")
        except DealflowError as exc:
            yield Finding("value", "setting", 0, exc.message, "value")
        except _NOT_OF_ITS_KIND:
            yield Finding("integrity", "", 0, "a value is not of its column's kind", "integrity")


# ── SQLite's own checks ───────────────────────────────────────────────────────────────────────

#: what SQLite says of an index that does not go with its table
_OF_AN_INDEX = pattern(r"(?:missing from|entries in) index (\w+)")

#: what SQLite says of a value that its column does not allow
_OF_A_VALUE = pattern(r"^(?:CHECK constraint failed|NULL value|\S+ value) in ")


def _integrity(conn: Conn) -> Iterator[Finding]:
    for (told,) in conn.execute("PRAGMA integrity_check(100)"):
        index = _OF_AN_INDEX.search(told)
        cause, name = ("index", index[1]) if index else ("integrity", "")
        if _OF_A_VALUE.search(told):
            cause = "constraint"
        if told != "ok":
            yield Finding("integrity", "", 0, told, cause, name)


def _references(conn: Conn) -> Iterator[Finding]:
    for table, row, parent, _ in conn.execute("PRAGMA foreign_key_check").fetchall():
        about = f"points at a {parent} that is not there"
        yield Finding("reference", table, row or 0, about, "reference")


def _sequences(conn: Conn) -> Iterator[Finding]:
    """Numbers are given once: none above the last one given, and the journal goes up to it."""
    given = dict(conn.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    for table in (*checksums.TABLES, "command", "change"):
        last = conn.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0]
        if given.get(table, 0) < last:
            about = f"its numbers would be given again: the counter stands below {last}"
            yield Finding("numbers", table, last, about, "sequence")
        elif table == "command" and given[table] > last:
            about = f"its last entries are gone: numbers up to {given[table]} were given"
            yield Finding("journal", table, last, about, "cut")


def build_index(conn: Conn, name: str) -> None:
    """Build an index of ours again from its table."""
    known = conn.execute(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND name = ?", (name,)
    )
    for (found,) in known.fetchall():
        conn.execute(f'REINDEX "{found}"')


def raise_sequence(conn: Conn, table: str, last: int) -> None:
    """Let the counter of a table go on behind its last row."""
    conn.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
    conn.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))


# ── the model's checks ────────────────────────────────────────────────────────────────────────


def _checksums(conn: Conn) -> Iterator[Finding]:
    for table, row in checksums.wrong(conn):
        about = "it is not what dealflow wrote: damaged, or changed past dealflow"
        yield Finding("checksum", table, row, about, "checksum")


def _journal(conn: Conn) -> Iterator[Finding]:
    about = "from here on the journal is not what it was: entries were edited, moved or removed"
    for number in chain.broken(conn):
        yield Finding("journal", "command", number, about, "chain")
    for number in chain.wrong_marks(conn):
        told = "whether it was undone differs from what the undos after it say"
        yield Finding("journal", "command", number, told, "mark")


def _derived(conn: Conn) -> Iterator[Finding]:
    for table, column, row in derived.wrong(conn):
        about = f"{column} differs from what it is derived from"
        yield Finding("derived", table, row, about, "derived", column)


def _unreadable(conn: Conn) -> Iterator[Finding]:
    """Stored values that do not parse."""
    for table, column, kind in _JSON:
        test = f"CASE WHEN json_valid({column}) THEN json_type({column}) ELSE '' END <> ?"
        sql = f"SELECT id FROM {table} WHERE {column} IS NOT NULL AND {test} ORDER BY id"
        for (row,) in conn.execute(sql, (kind,)):
            about = f"{column} is not the JSON it should be"
            yield Finding("value", table, row, about, "value", column)
    for row, plan, *lists in conn.execute(
        "SELECT id, plan, requires, signals FROM stage_definition"
    ):
        for text in lists:
            yield from _told("stage_definition", row, _requirements, text)
        yield from _told("stage_definition", row, _steps, plan or "[]")
    for key, text in stored(conn).items():
        if key.startswith("cadence.") or (text and key in POOL_SPANS):
            yield from _told("setting", 0, parse_cadence, text)


def _requirements(text: str) -> None:
    for one in array(text):
        parse_requirement(str(one))


def _steps(text: str) -> None:
    for one in array(text):
        parse_step(str(one))


def _told(table: str, row: int, parse: Callable[[str], object], text: str) -> Iterator[Finding]:
    """What a parser says of a stored value that it does not understand."""
    try:
        parse(text)
    except DealflowError as exc:
        yield Finding("value", table, row, exc.message, "value")


def _misfits(conn: Conn) -> Iterator[Finding]:
    for table, row, key, kind in customfields.misfits(conn):
        about = f"what it holds in the field {key} is no {kind}"
        yield Finding("field", table, row, about, f"misfit-{table}", key)


_OF_THE_FILE = (_integrity, _references, _sequences)
_OF_THE_MODEL = (breaches, _unreadable, _misfits, _checksums, _journal, _derived)


def versions(conn: Conn) -> dict[str, str]:
    """What a report about the database should name."""
    if not isinstance(conn, FileConn):
        server = conn.execute("SELECT current_setting('server_version')").fetchone()[0]
        schema = conn.execute("SELECT max(version_num) FROM alembic_version").fetchone()[0]
        return {"PostgreSQL": server.split()[0], "schema": str(int(schema))}
    return {
        "SQLite": sqlite3.sqlite_version,
        "journal": conn.execute("PRAGMA journal_mode").fetchone()[0],
        "schema": str(conn.execute("PRAGMA user_version").fetchone()[0]),
    }
