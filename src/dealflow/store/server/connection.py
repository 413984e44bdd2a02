"""The only place that opens a server, and how its errors read.

Changes stand in one line, as they do in a file: whoever writes holds the row of the journal's
counter, so that the journal's order is the order in which changes took effect. Readers wait for
nobody: each sees one state of the database throughout.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from time import monotonic
from typing import Any

from dealflow.errors import Busy, Damaged, DealflowError, InDoubt, NoDatabase, Refused, Unusable
from dealflow.store.connection import check_version, unheard
from dealflow.store.explaining import PATIENCE
from dealflow.store.server.dialect import translated
from dealflow.text import masked

try:
    import psycopg
    from psycopg import pq
    from psycopg.types.numeric import FloatDumper, Int8Dumper
    from psycopg.types.string import StrDumper
except ImportError:
    raise Unusable(
        "a server needs the package psycopg",
        "pipx install '.[postgres]', in the folder of dealflow",
    ) from None

SCHEMA = "dealflow"
#: rows from which on they are sent in one stream
_STREAMED = 50
#: seconds between two looks at whether it is our turn
_TURN = 1.0

#: zones whose names PostgreSQL takes for abbreviations of another meaning: what they stand for
_IN_FULL = {
    "CET": "Europe/Brussels",
    "MET": "Europe/Brussels",
    "EET": "Europe/Athens",
    "WET": "Europe/Lisbon",
}

#: said to the server once, right after connecting: a pooler may not take them as start options
_SETTINGS = {
    "search_path": f"{SCHEMA}, pg_catalog",
    "timezone": "UTC",
    "client_min_messages": "warning",
    "idle_in_transaction_session_timeout": "60s",
    "jit": "off",
}


class ServerConn:
    """A connection to a server. See store/conn.py."""

    broken: type[Exception] = psycopg.IntegrityError
    failure: type[Exception] = psycopg.Error

    def __init__(self, raw: psycopg.Connection[Any], url: str) -> None:
        self.raw = raw
        self.url = url
        """With its password: never shown."""
        self.path = masked(url)
        self.patience = PATIENCE
        self.on_wait: Callable[[float], None] = _ignore
        self.on_commit: Callable[[], None] = _nothing
        self.on_warning: Callable[[str], None] = unheard

    @property
    def login(self) -> str:
        return self.raw.info.user

    @property
    def in_transaction(self) -> bool:
        return self.raw.info.transaction_status != pq.TransactionStatus.IDLE

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        try:
            return self.raw.cursor().execute(translated(sql).encode(), parameters)
        except (psycopg.errors.NumericValueOutOfRange, psycopg.DataError) as exc:
            if exc.sqlstate in {None, "22003"}:
                raise OverflowError(str(exc)) from None  # as sqlite3 has it
            raise

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        names = ", ".join(columns)
        if len(rows) < _STREAMED:
            marks = f"({', '.join('?' * len(columns))})"
            values = ", ".join([marks] * len(rows))
            given = [value for row in rows for value in row]
            self.execute(f"INSERT INTO {table} ({names}) VALUES {values}", given)
        else:
            with self.raw.cursor().copy(f"COPY {table} ({names}) FROM STDIN".encode()) as stream:
                for row in rows:
                    stream.write_row(row)
        last = max(row[columns.index("id")] for row in rows)
        self.execute("UPDATE counter SET seq = max(seq, ?) WHERE name = ?", (last, table))

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        cursor = self.raw.cursor()
        cursor.executemany(translated(sql).encode(), rows)  # sent on without waiting for answers
        return cursor.rowcount

    def next_id(self, table: str) -> int:
        found = self.execute("SELECT seq FROM counter WHERE name = ?", (table,)).fetchone()
        return int(found[0]) + 1

    def ids_given(self, table: str, last: int) -> None:
        self.execute("UPDATE counter SET seq = ? WHERE name = ?", (last, table))

    def defer_references(self) -> None:
        self.execute("SET CONSTRAINTS ALL DEFERRED")

    def any_text(self) -> AbstractContextManager[None]:
        return nullcontext()  # a server lets nothing in that is no UTF-8

    def size(self) -> int:
        return int(self.execute("SELECT pg_database_size(current_database())").fetchone()[0])

    def begin(self) -> None:
        started = monotonic()
        while True:
            self.execute("BEGIN")
            self.execute(f"SET LOCAL lock_timeout = '{int(_TURN * 1000)}ms'")
            try:
                self.execute("SELECT seq FROM counter WHERE name = 'command' FOR UPDATE")
            except psycopg.errors.LockNotAvailable:
                self.rollback()
                waited = monotonic() - started
                if waited > self.patience:
                    raise Busy(waited) from None
                self.on_wait(waited)
            else:
                self.execute("SET LOCAL lock_timeout = '10s'")
                return

    def begin_reading(self) -> None:
        self.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def commit(self) -> None:
        if not self.in_transaction:
            return
        self.on_commit()
        try:
            self.execute("COMMIT")
        except psycopg.OperationalError as exc:
            if not self.raw.closed:
                raise
            raise InDoubt(self.path) from exc

    def rollback(self) -> None:
        if not self.raw.closed and self.in_transaction:
            self.execute("ROLLBACK")

    def close(self) -> None:
        self.raw.close()

    def permit_writing(self, sharing: str) -> None:
        """The server itself says who may write."""

    def teach_days(self, zone: str, _: Callable[[str, int | None], int | None]) -> None:
        told = _IN_FULL.get(zone, zone)
        self.execute("SELECT set_config('dealflow.zone', ?, FALSE)", (told,))

    def explain(self, exc: Exception) -> Exception:
        return explained(exc, self.path)


def _ignore(_: float) -> None:
    pass


def _nothing() -> None:
    pass


def connect(url: str) -> ServerConn:
    """A dealflow database on a server. Errors: NoDatabase, SchemaVersion, Unusable, Refused."""
    conn = connect_new(url)
    try:
        check_version(version_of(conn), conn.path)
    except psycopg.Error as exc:
        conn.close()
        raise conn.explain(exc) from exc
    except DealflowError:
        conn.close()
        raise
    return conn


def connect_new(url: str, *, own: bool = True) -> ServerConn:
    """A server, whether or not it holds a database of ours. Error: Unusable.

    With `own` false somebody else begins and ends the transactions.
    """
    path = masked(url)
    try:
        raw = psycopg.connect(url, autocommit=True, application_name="dealflow")
    except (psycopg.Error, ValueError) as exc:
        raise _unreachable(exc, path) from None
    for kind, dumper in ((str, StrDumper), (int, Int8Dumper), (float, FloatDumper)):
        raw.adapters.register_dumper(kind, dumper)
    raw.adapters.register_loader("numeric", _Number)
    raw.adapters.register_loader("bool", _Truth)
    conn = ServerConn(raw, url)
    told = ", ".join(f"set_config('{name}', '{value}', FALSE)" for name, value in _SETTINGS.items())
    conn.execute(f"SELECT {told}")
    raw.autocommit = own
    return conn


def version_of(conn: ServerConn) -> int:
    """The schema version of the database on the server. Error: NoDatabase where there is none."""
    found = conn.execute("SELECT to_regclass(?)", (f"{SCHEMA}.alembic_version",)).fetchone()
    if found[0] is None:
        raise NoDatabase(conn.path)
    (version,) = conn.execute("SELECT max(version_num) FROM alembic_version").fetchone() or ("0",)
    return int(version or 0)


class _Number(psycopg.adapt.Loader):
    """Sums of integers are integers; what has places is a float, as SQLite has it."""

    def load(self, data: Any) -> int | float:
        text = bytes(data)
        return float(text) if b"." in text or b"N" in text else int(text)


class _Truth(psycopg.adapt.Loader):
    """SQLite's truth is a number."""

    def load(self, data: Any) -> int:
        return int(bytes(data) == b"t")


def _unreachable(exc: Exception, path: str) -> Exception:
    """What the driver says of a connection that did not come about, without a password."""
    said = str(exc).strip().splitlines() or ["no reason given"]
    return Unusable(
        f"cannot use {path}: {masked(said[0].strip())}",
        "the password comes from PGPASSWORD or ~/.pgpass; psql with the same address tells more",
    )


#: what the rows of a table are called, where that is not its name
_ROWS = {"opportunity": "deals", "activity": "activities", "fx_rate": "rates"}


def _not_allowed(told: str) -> Refused:
    """What rights or row-level security forbid, in a user's words."""
    found = re.search(r'for (?:table|relation) "?(\w+)', told)
    table = found[1] if found else ""
    if "policy" in told and table == "command":
        return Refused("a rep's login on the server signs with its own name", "leave --as out")
    if "policy" in told:
        return Refused(
            "your role on the server lets you change only deals that are yours or that you take"
            " part in"
        )
    if table:
        rows = _ROWS.get(table, table.replace("_", " ") + "s")
        return Refused(f"your role on the server does not let you change {rows}")
    return Refused(f"your role on the server does not allow this: {told}")


_SAID: tuple[tuple[str, Callable[[str, str], Exception]], ...] = (
    ("40", lambda *_: Busy(PATIENCE)),
    ("55P03", lambda *_: Busy(PATIENCE)),
    ("57014", lambda path, _: Unusable(f"{path} gave up the statement: it took too long")),
    ("42501", lambda _, told: _not_allowed(told)),
    ("25006", lambda path, _: Unusable(f"{path} is read-only: a replica?")),
    ("53", lambda path, told: Unusable(f"{path} has no room: {told}")),
    ("22P02", lambda *_: Damaged("a stored value is damaged", "dealflow db check")),
    ("22", lambda _, told: Unusable(f"the server does not take a value: {told}")),
    ("08", lambda path, _: Unusable(f"the connection to {path} was lost; nothing was changed")),
    ("57P", lambda path, _: Unusable(f"{path} is shutting down; nothing was changed")),
    ("XX", lambda path, told: Damaged(f"{path} reports damage: {told}")),
)


def explained(exc: Exception, path: str) -> Exception:
    """What the server's error means to a user. A constraint is our own bug, as it is."""
    if not isinstance(exc, psycopg.Error):
        return exc
    state = exc.sqlstate or ("08000" if isinstance(exc, psycopg.OperationalError) else "")
    told = (exc.diag.message_primary or str(exc)).strip()
    for prefix, meant in _SAID:
        if state.startswith(prefix):
            return meant(path, told)
    return exc
