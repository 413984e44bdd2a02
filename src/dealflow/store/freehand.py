"""Questions in SQL that somebody wrote by hand: one statement, which can only read, for a while.

What makes it so is told twice. `must_ask` and the limits hold for any database; the fence is
SQLite's own: a connection of its own in read-only mode, with an authorizer that knows reading and
nothing else. A server is asked in a read-only transaction instead (server/freehand.py).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from time import monotonic
from typing import Any

from dealflow.errors import BadQuery, BadText, TooMuch, nearest
from dealflow.named import NamedTuple
from dealflow.store import connection
from dealflow.store.connection import FileConn
from dealflow.store.explaining import explain

#: what a question may begin with
_BEGINNINGS = ("SELECT", "WITH", "VALUES", "EXPLAIN", "PRAGMA")
#: PRAGMAs that only tell of the schema, as statements and as functions (`pragma_table_info`)
_TELLING = frozenset(
    {
        "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo",
        "foreign_key_list", "function_list", "collation_list", "compile_options",
    }
)  # fmt: skip
#: functions that load code, reach files, or write
_DANGEROUS = frozenset(
    {"load_extension", "fts3_tokenizer", "fts5", "optimize", "readfile", "writefile", "edit"}
)
#: tables that are made when they are first named, which the fence would take for writing
_ON_DEMAND = frozenset({"json_each", "json_tree"} | {f"pragma_{name}" for name in _TELLING})
_READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE})
#: the longest statement, and the longest pattern of LIKE and GLOB, which is matched in one breath
_LONGEST, _LONGEST_PATTERN = 100_000, 500
#: the longest value, in bytes: a function that searches through two of them takes five seconds,
#: in which nobody looks at the clock
_LARGEST = 1_000_000
#: steps of SQLite's machine between two looks at the clock (and at Ctrl-C)
_STEPS = 1_000
#: how much one answer may hold, in bytes
ROOM = 256_000_000


class Answer(NamedTuple):
    """`names` are as the question has them and may repeat; `more` says that rows were left out."""

    names: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    more: bool


def ask(conn: FileConn, sql: str, most: int | None, seconds: int) -> Answer:
    """The answer to one reading statement: `most` rows at most, within `seconds` (0: any time).

    Values are int, float, str, bytes or None. `conn` is in a read transaction, so that there is
    nothing to be rolled back by the fenced connection, which could not.
    Errors: BadQuery, BadText, TooMuch; Busy, Unusable, Damaged.
    """
    must_ask(sql)
    fence = _Fence(seconds)
    try:
        with closing(_fenced(conn, sql, fence)) as reader:
            cursor = reader.execute(sql)
            names = tuple(str(told[0]) for told in cursor.description or ())
            rows, more = fetched(cursor, most)
    except (sqlite3.Error, sqlite3.Warning) as exc:
        raise _told(exc, conn, sql, fence) from None
    return Answer(names, rows, more)


def must_ask(sql: str) -> None:
    """Refuse what does not begin like a question. Errors: BadQuery, BadText."""
    if "\0" in sql or any("\ud800" <= sign <= "\udfff" for sign in sql):
        raise BadText("the question holds NUL or bytes that are not UTF-8")
    if len(sql) > _LONGEST:
        raise BadQuery(f"the question is longer than {_LONGEST:,} characters")
    word = _first_word(sql)
    if not word:
        raise BadQuery("there is no question in it", 'dealflow sql "SELECT …"')
    if word.upper() not in _BEGINNINGS:
        raise BadQuery(f"only reading is allowed, and {word} does not read", CHANGES)


#: where changes are made instead
CHANGES = "changes go through commands, which keep the rules: dealflow --help"


def _first_word(sql: str) -> str:
    """The first word behind blanks and comments; what stands there where it is no word."""
    rest = re.sub(r"\A(\s+|--[^\n]*(\n|\Z)|/\*.*?(\*/|\Z))+", "", sql, flags=re.DOTALL)
    word = re.match(r"\w+|\S", rest)
    return word[0] if word else ""


# ── the fence ─────────────────────────────────────────────────────────────────────────────────


class _Fence:
    """What SQLite asks before and while it runs a statement."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self.end = monotonic() + seconds if seconds else None
        self.refused = ""
        """What was asked for first that is not allowed."""

    def allows(self, action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if action in _READING or self._tells(action, first, second):
            return sqlite3.SQLITE_OK
        self.refused = self.refused or _named(action, first, second)
        return sqlite3.SQLITE_DENY

    @staticmethod
    def _tells(action: int, first: str | None, second: str | None) -> bool:
        if action == sqlite3.SQLITE_FUNCTION:
            return (second or "").lower() not in _DANGEROUS
        return action == sqlite3.SQLITE_PRAGMA and (first or "").lower() in _TELLING

    def is_over(self) -> bool:
        """Looked at every thousand steps; being Python, it lets Ctrl-C through as well."""
        return self.end is not None and monotonic() > self.end


def _named(action: int, first: str | None, second: str | None) -> str:
    """What an action is called by somebody who writes SQL."""
    if first == "sqlite_master":  # what making a table on demand looks like
        return "a table of SQLite's own"
    word = _ACTIONS.get(action, "this")
    what = second if action == sqlite3.SQLITE_FUNCTION else first
    return f"{word} {what}" if what else word


_ACTIONS = {
    getattr(sqlite3, f"SQLITE_{name.replace(' ', '_')}"): name
    for name in (
        "ALTER TABLE", "ANALYZE", "ATTACH", "CREATE INDEX", "CREATE TABLE", "CREATE TEMP TABLE",
        "CREATE TEMP VIEW", "CREATE TRIGGER", "CREATE VIEW", "DELETE", "DETACH", "DROP TABLE",
        "FUNCTION", "INSERT", "PRAGMA", "REINDEX", "SAVEPOINT", "TRANSACTION", "UPDATE",
    )
}  # fmt: skip


def _fenced(conn: FileConn, sql: str, fence: _Fence) -> FileConn:
    """A second connection to the same file that cannot write, whatever it is told."""
    reader = connection.connect_reading(conn)
    reader.text_factory = _text
    reader.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST)
    reader.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, _LONGEST_PATTERN)
    reader.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    _make_ready(reader, sql.lower())
    reader.set_progress_handler(fence.is_over, _STEPS)
    reader.set_authorizer(fence.allows)
    return reader


def _make_ready(reader: FileConn, sql: str) -> None:
    """Have the tables that are made on demand, if the question may name them."""
    for name in _ON_DEMAND:
        if name in sql:
            with suppress(sqlite3.OperationalError):  # an SQLite that has no such table
                reader.execute(f"SELECT 1 FROM {name} LIMIT 0")


def _text(stored: bytes) -> str:
    """A question can make text of any bytes."""
    return stored.decode("utf-8", "backslashreplace")


def fetched(rows: Iterable[tuple[Any, ...]], most: int | None) -> tuple[list[Any], bool]:
    """At most so many rows, and whether there were more. Error: TooMuch, beyond ROOM."""
    found: list[Any] = []
    room = ROOM
    for row in rows:
        if len(found) == most:
            return found, True
        room -= 64 + sum(map(_size, row))
        if room < 0:
            raise TooMuch(
                f"the answer is larger than {ROOM // 1_000_000} MB", "ask for less, or --limit N"
            )
        found.append(row)
    return found, False


def _size(value: Any) -> int:
    return len(value) + 56 if isinstance(value, (str, bytes)) else 40


# ── what went wrong ───────────────────────────────────────────────────────────────────────────


def too_slow(seconds: int) -> TooMuch:
    return TooMuch(
        f"the question took longer than {seconds} s", f"ask for less, or --timeout {seconds * 10}"
    )


def _told(exc: Exception, conn: FileConn, sql: str, fence: _Fence) -> Exception:
    name = getattr(exc, "sqlite_errorname", None) or ""
    if name == "SQLITE_INTERRUPT":
        return too_slow(fence.seconds)
    if fence.refused:
        return BadQuery(f"only reading is allowed, not {fence.refused}", CHANGES)
    if isinstance(exc, (sqlite3.Warning, sqlite3.ProgrammingError)):
        return BadQuery(_misused(str(exc)))
    if name in _THEIRS:
        message = str(exc)
        return BadQuery(message + _position(message, sql), _hint(message, conn, sql))
    return explain(exc, conn.path) if isinstance(exc, sqlite3.Error) else exc


#: errors of the one who asks; all others are the file's
_THEIRS = {"SQLITE_ERROR", "SQLITE_TOOBIG", "SQLITE_MISMATCH", "SQLITE_RANGE", "SQLITE_NOMEM"}


def _misused(message: str) -> str:
    if "one statement" in message:
        return "one statement at a time"
    if "binding" in message:
        return "the question has places for values (?), and there are none to put in"
    return message


def _position(message: str, sql: str) -> str:
    """Where the word that SQLite stumbled over stands, if there is no doubt."""
    found = re.match(r'near "(.*)": syntax error', message, re.DOTALL)
    if not found or sql.count(found[1]) != 1:
        return ""
    return f", at character {sql.index(found[1]) + 1}"


def _hint(message: str, conn: FileConn, sql: str) -> str | None:
    what, _, word = message.partition(": ")
    word = word.rpartition(".")[2]
    if what == "no such table":
        return _meant(word, tables(conn), "tables")
    if what == "no such column":
        return _meant(word, _columns(conn, sql), "columns")
    return None


def _meant(word: str, known: list[str], what: str) -> str | None:
    near = nearest(word, known)
    if near:
        return f"did you mean {near}?"
    return f"{what}: {', '.join(known)}" if known else None


def tables(conn: FileConn) -> list[str]:
    """The tables that can be asked, by name."""
    found = conn.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        " ORDER BY name"
    )
    return [row[0] for row in found]


def _columns(conn: FileConn, sql: str) -> list[str]:
    """The columns of the tables that a question names."""
    words = {word.lower() for word in re.findall(r"\w+", sql)}
    found = [
        row[0]
        for table in tables(conn)
        if table in words
        for row in conn.execute("SELECT name FROM pragma_table_info(?)", (table,))
    ]
    return list(dict.fromkeys(found))
