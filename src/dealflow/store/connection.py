"""The only place that opens a database file, and the only place that begins a transaction.

Rules and the experiments behind them: docs/reliability.md. In short: rollback journal with
`synchronous=EXTRA`; waiting for locks in Python, in short naps, so that Ctrl-C works; readers open
read-write with `query_only`, else they cannot undo what a killed writer left; every transaction is
begun explicitly, and the file must still be the same file when it is committed.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any
from urllib.parse import quote

from dealflow.errors import Busy, Damaged, InDoubt, NoDatabase, NotOurs, SchemaVersion, Unusable
from dealflow.store import shape
from dealflow.store.explaining import PATIENCE, explain, is_busy, is_in_doubt, on_opening

APPLICATION_ID = 0x6465616C  # "deal"
SCHEMA_VERSION = 7

#: longest value SQLite may hold or return, in bytes
LENGTH_LIMIT = 8_000_000
#: of a statement, a few milliseconds: after so many Python is asked, and hears a Ctrl-C or a kill
_STEPS = 100_000


class _Waiting(sqlite3.Cursor):
    """Repeats what the lock of somebody else refused, until the patience is used up."""

    connection: FileConn

    def execute(self, sql: str, parameters: Any = (), /) -> _Waiting:
        conn = self.connection
        started = monotonic()
        while True:
            try:
                return super().execute(sql, parameters)
            except UnicodeDecodeError:  # SQLite quotes the damage that it complains of
                raise sqlite3.DatabaseError("damaged beyond words") from None
            except sqlite3.OperationalError as exc:
                if not is_busy(exc) or (conn.in_transaction and sql != "COMMIT"):
                    raise
                waited = monotonic() - started
                if waited > conn.patience:
                    raise Busy(waited) from None
                conn.on_wait(waited)
            _nap()


def _nap() -> None:
    """A short while, never twice the same, so that those who wait do not meet again."""
    from random import uniform  # loads hashlib; hardly anybody ever waits

    sleep(uniform(0.002, 0.02))  # noqa: S311 a nap, not a secret


def _ignore(_: float) -> None:
    pass


def unheard(_: str) -> None:
    """A warning where nobody listens."""


def nothing() -> None:
    """What is done before a commit where nobody has a wish, and during a long statement."""


def _any_text(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogateescape")


class FileConn(sqlite3.Connection):
    """A connection that waits, begins explicitly, and notices a replaced file."""

    path: str
    identity: tuple[int, int]
    patience: float = PATIENCE
    login = ""
    on_wait: Callable[[float], None] = staticmethod(_ignore)
    on_commit: Callable[[], None] = staticmethod(nothing)
    on_warning: Callable[[str], None] = staticmethod(unheard)

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(factory or _Waiting)

    def execute(self, sql: str, parameters: Any = (), /) -> _Waiting:
        """As sqlite3's, which would not come by our cursor."""
        waiting: _Waiting = self.cursor()
        return waiting.execute(sql, parameters)

    @property
    def broken(self) -> type[Exception]:
        return sqlite3.IntegrityError

    @property
    def failure(self) -> type[Exception]:
        return sqlite3.Error

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        marks = ", ".join("?" * len(columns))
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
        self.cursor().executemany(sql, rows)

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        return int(self.cursor().executemany(sql, rows).rowcount)

    def next_id(self, table: str) -> int:
        sql = "SELECT seq FROM sqlite_sequence WHERE name = ?"
        found = self.execute(sql, (table,)).fetchone()
        return (found[0] if found else 0) + 1

    def ids_given(self, table: str, last: int) -> None:
        values = (last, table)
        if not self.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", values).rowcount:
            self.execute("INSERT INTO sqlite_sequence (seq, name) VALUES (?, ?)", values)

    def defer_references(self) -> None:
        self.execute("PRAGMA defer_foreign_keys=ON")

    def size(self) -> int:
        return os.path.getsize(self.path)

    def permit_writing(self, sharing: str) -> None:
        permit_writing(self, sharing)

    def teach_days(self, _: str, late_at: Callable[[str, int | None], int | None]) -> None:
        self.create_function("overdue_from", 2, late_at, deterministic=True)

    def explain(self, exc: Exception) -> Exception:
        return explain(exc, self.path)

    def begin(self) -> None:
        """Start writing: nobody else can from here on, and what is read stays true."""
        self.execute("BEGIN IMMEDIATE")

    def begin_reading(self) -> None:
        """Start a read that sees one state of the file throughout."""
        started = monotonic()
        while True:
            self.execute("BEGIN")
            try:
                self.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
            except sqlite3.OperationalError as exc:
                self.rollback()  # unless SQLite has done so: after some errors there is none
                waited = monotonic() - started
                if not is_busy(exc):
                    raise
                if waited > self.patience:
                    raise Busy(waited) from None
                self.on_wait(waited)
                _nap()
            else:
                return

    def commit(self) -> None:
        """Make the transaction durable. From here on the answer must match what was saved."""
        if not self.in_transaction:
            return
        self.on_commit()
        self._must_be_same_file()
        try:
            self.execute("COMMIT")
        except sqlite3.OperationalError as exc:
            if is_in_doubt(exc):
                raise InDoubt(self.path) from exc
            raise
        self._must_be_same_file()

    def rollback(self) -> None:
        if self.in_transaction:
            self.execute("ROLLBACK")

    @contextmanager
    def any_text(self) -> Iterator[None]:
        """Text that is no UTF-8 comes with what is wrong escaped, instead of ending the reading."""
        self.text_factory = _any_text
        try:
            yield
        finally:
            self.text_factory = str

    def _must_be_same_file(self) -> None:
        try:
            now = os.stat(self.path)
        except FileNotFoundError:
            now = None
        if now is None or (now.st_dev, now.st_ino) != self.identity:
            raise Unusable(
                f"{self.path} was replaced while dealflow was writing to it",
                "is the folder synced? dealflow history shows whether the change is there",
            )


def connect(path: str, *, odd: bool = False) -> FileConn:
    """Open an existing dealflow database for reading; see `permit_writing`.

    With `odd`, also one whose tables are not as they should be: only to say what differs.
    Errors: NoDatabase, Unusable, Damaged, SchemaVersion, Busy.
    """
    identity = _look_at(path)
    try:
        conn = _open(path, identity)
    except sqlite3.Error as exc:
        raise on_opening(exc, path) from None
    try:
        conn.execute("PRAGMA query_only=ON")
        _check_marks(conn)
        if not odd:
            shape.check(conn, path)
    except sqlite3.Error as exc:
        conn.close()
        raise on_opening(exc, path) from None
    except BaseException:
        conn.close()
        raise
    return conn


def permit_writing(conn: FileConn, sharing: str = "", *, wal: bool | None = None) -> None:
    """Let a connection write, if the file may be written and holds no programs but ours.

    `sharing` is the database's setting, on which it depends where the file may lie; what there is
    to be said of the place goes to `on_warning`. `wal` says what its journal is about to be.
    """
    _must_be_writable(conn.path)
    must_lie_well(conn, sharing, wal=wal)
    _no_planted_programs(conn)
    conn.execute("PRAGMA query_only=OFF")


def _no_planted_programs(conn: FileConn) -> None:
    found = conn.execute("SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')")
    from dealflow.store import views  # who only reads has no need of their text

    ours = set(views.ddl())
    planted = [str(name) for name, sql in found if sql not in ours]
    if planted:
        raise Damaged(
            f"{conn.path} has triggers or views that dealflow did not make: {', '.join(planted)}",
            "go back to a backup, or drop what you did not make with sqlite3",
        )


def connect_new(path: str) -> FileConn:
    """Open an empty file of ours, to be filled with a schema."""
    info = os.stat(path)
    conn = _open(path, (info.st_dev, info.st_ino))
    conn.execute(f"PRAGMA application_id={APPLICATION_ID}")
    return conn


def connect_reading(conn: FileConn) -> FileConn:
    """A second connection to the file of an open one, which cannot write, whatever it is told."""
    reader = _open(conn.path, conn.identity, "ro")
    reader.execute("PRAGMA query_only=ON")
    return reader


def connect_for_migration(path: str) -> FileConn:
    """Open a dealflow database of this or an older schema version, for writing."""
    identity = _look_at(path)
    _must_be_writable(path)
    try:
        conn = _open(path, identity)
        _check_older(conn)
    except sqlite3.Error as exc:
        raise on_opening(exc, path) from None
    return conn


def recognise(path: str) -> None:
    """Refuse what is no database of this dealflow or an older one.

    Errors: NoDatabase, Unusable, Damaged, SchemaVersion for a newer one.
    """
    identity = _look_at(path)
    try:
        conn = _open(path, identity)
        try:
            _check_older(conn)
        finally:
            conn.close()
    except sqlite3.Error as exc:
        raise on_opening(exc, path) from None


def _check_older(conn: FileConn) -> None:
    """As `_check_marks`, but older schema versions pass, and programs that were planted do not."""
    _check_application(conn)
    version = conn.execute("PRAGMA user_version").fetchone()[0]
    if not 0 < version <= SCHEMA_VERSION:
        check_version(version, conn.path)
    _no_planted_programs(conn)
    if version == SCHEMA_VERSION:
        shape.check(conn, conn.path)


def address(path: str) -> str:
    """The file as a URI, to which SQLite's `?mode=` is added."""
    return f"file:{quote(os.path.abspath(path))}"


def _look_at(path: str) -> tuple[int, int]:
    """The file's identity, after refusing everything that is not a plain, non-empty file."""
    try:
        info = os.stat(path)
    except FileNotFoundError:
        if os.path.islink(path):
            raise Unusable(f"{path} is a link to a file that is not there") from None
        raise NoDatabase(path) from None
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or str(exc)
        raise Unusable(f"cannot use {path}: {reason.lower()}") from None
    if not stat.S_ISREG(info.st_mode):
        raise Unusable(f"{path} is a folder or a device, not a database file")
    if not os.access(path, os.R_OK):
        raise Unusable(f"cannot read {path}: permission denied")
    if info.st_size < 512:
        raise Damaged(f"{path} is not a dealflow database: it is only {info.st_size} B long")
    return info.st_dev, info.st_ino


def _is_writable(path: str) -> bool:
    folder = os.path.dirname(os.path.abspath(path))
    return os.access(path, os.W_OK) and os.access(folder, os.W_OK)


def _must_be_writable(path: str) -> None:
    if not _is_writable(path):
        raise Unusable(f"cannot write to {path}: permission denied")


def must_lie_well(conn: FileConn, sharing: str, *, wal: bool | None = None) -> None:
    """Refuse a file whose place is not safe to write in. Error: Unusable."""
    from dealflow.store import places  # questions have no use for it

    if wal is None:
        wal = conn.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    for told in places.permit(places.look(conn.path), conn.path, sharing, wal=wal):
        conn.on_warning(told)


def _open(path: str, identity: tuple[int, int], mode: str = "") -> FileConn:
    """Read-write wherever that is allowed: a reader must be able to undo an interrupted write."""
    mode = mode or ("rw" if _is_writable(path) else "ro")
    uri = f"{address(path)}?mode={mode}"
    conn = sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None, factory=FileConn)
    conn.path, conn.identity = path, identity
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LENGTH_LIMIT)
    conn.set_progress_handler(nothing, _STEPS)
    for pragma in (
        "trusted_schema=OFF",
        "cell_size_check=ON",
        "foreign_keys=ON",
        "synchronous=EXTRA",
        "fullfsync=ON",
        "checkpoint_fullfsync=ON",
        "mmap_size=0",
    ):
        conn.execute(f"PRAGMA {pragma}")
    return conn


def _check_application(conn: FileConn) -> None:
    if conn.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise NotOurs(f"{conn.path} is a database, but not one of dealflow's")


def _check_marks(conn: FileConn) -> None:
    _check_application(conn)
    version = conn.execute("PRAGMA user_version").fetchone()[0]
    check_version(version, conn.path)
    journal = conn.execute("PRAGMA journal_mode").fetchone()[0]
    if journal == "wal":  # somebody's explicit choice; EXTRA means FULL there
        conn.execute("PRAGMA synchronous=FULL")
    elif journal != "delete":
        raise Unusable(f"{conn.path} has journal mode {journal}, which does not keep data safe")


def check_version(version: int, path: str) -> None:
    """Refuse a file of another schema version by name."""
    if version > SCHEMA_VERSION:
        raise SchemaVersion(
            f"{path} has schema version {version}; this dealflow knows up to {SCHEMA_VERSION}",
            "install a newer dealflow",
        )
    if version < 1:
        raise Damaged(f"{path} has no schema version: it was never finished, or is not ours")
    if version < SCHEMA_VERSION:
        raise SchemaVersion(
            f"{path} has schema version {version}; this dealflow needs {SCHEMA_VERSION}",
            "dealflow db migrate",
        )
