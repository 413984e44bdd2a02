"""Questions in SQL written by hand, to a server: in a read-only transaction, for a while.

What a role may see is the server's affair; what is said of a file in store/freehand.py holds here.
A read-only transaction forbids writing to the database and nothing else: functions read the
server's files, or end other people's work, where the login may. No role set for the transaction
would keep it from that, since the statement can call `set_config('role', …)`. So such a login is
not served at all.
"""

from __future__ import annotations

from contextlib import closing
from itertools import chain

import psycopg

from dealflow.errors import BadQuery, Refused, TooMuch
from dealflow.store.freehand import CHANGES, Answer, fetched, must_ask, too_slow
from dealflow.store.server.connection import ServerConn, connect


def ask(conn: ServerConn, sql: str, most: int | None, seconds: int) -> Answer:
    """The answer to one reading statement: `most` rows at most, within `seconds` (0: any time).

    Values are int, float, str, bytes or None. Errors: BadQuery, BadText, TooMuch; Unusable;
    Refused for a login that can do more than read the database.
    """
    must_ask(sql)
    if sql.lstrip()[:6].upper() == "PRAGMA":
        raise BadQuery("a server knows no PRAGMA", _COLUMNS)
    with closing(connect(conn.url)) as reader:
        _must_be_ordinary(reader)
        reader.execute("BEGIN READ ONLY")
        reader.execute(f"SET LOCAL statement_timeout = '{seconds}s'")
        try:
            return _answer(reader, sql, most)
        except psycopg.Error as exc:
            raise _told(exc, reader, seconds) from None


#: what names the columns of a table there
_COLUMNS = (
    'dealflow sql "SELECT column_name, data_type FROM information_schema.columns'
    " WHERE table_name = 'opportunity'\""
)
#: whether the login is a superuser, or can become one, or a role that reaches beyond the database
_MIGHTY = """
    SELECT session_user, count(*) FROM pg_roles
    WHERE pg_has_role(session_user, oid, 'MEMBER') AND (rolsuper OR rolname IN (
        'pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program',
        'pg_signal_backend'))
"""


def _must_be_ordinary(reader: ServerConn) -> None:
    login, rights = reader.execute(_MIGHTY).fetchone()
    if rights:
        raise Refused(
            f"{login} can do more on the server than read this database, and SQL by hand could too",
            "give people a login of their own: dealflow db roles",
        )


def _answer(reader: ServerConn, sql: str, most: int | None) -> Answer:
    cursor = reader.raw.cursor()
    rows = cursor.stream(sql.encode())  # row by row, and one statement only
    with closing(rows):  # type: ignore[type-var]
        first = next(rows, None)
        names = tuple(column.name for column in cursor.description or ())
        told = rows if first is None else chain([first], rows)
        found, more = fetched((tuple(map(_plain, row)) for row in told), most)
    return Answer(names, found, more)


def _plain(value: object) -> object:
    """What SQLite has no kind of its own for is told as text."""
    return value if value is None or isinstance(value, int | float | str | bytes) else str(value)


def _told(exc: psycopg.Error, reader: ServerConn, seconds: int) -> Exception:
    state, message = exc.sqlstate or "", exc.diag.message_primary or str(exc)
    if state == "57014":
        return too_slow(seconds)
    if state.startswith("25"):
        return BadQuery(f"only reading is allowed: {message}", CHANGES)
    if "multiple commands" in message:
        return BadQuery("one statement at a time")
    if state.startswith(("42", "22", "0A", "21")) and state != "42501":
        place = exc.diag.statement_position
        return BadQuery(f"{message}, at character {place}" if place else message)
    if state.startswith("53"):
        return TooMuch(message)
    return reader.explain(exc)
