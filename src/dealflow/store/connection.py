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
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any
from urllib.parse import quote

from dealflow.errors import Busy, Damaged, NoDatabase, NotOurs, SchemaVersion, Unusable

APPLICATION_ID = 0x6465616C  # "deal"
SCHEMA_VERSION = 2

#: seconds to wait for somebody else's transaction
PATIENCE = 10.0
#: longest value SQLite may hold or return, in bytes
LENGTH_LIMIT = 8_000_000
#: views and triggers that the schema has; any other one in a file was planted
KNOWN_PROGRAMS: frozenset[str] = frozenset()


class _Waiting(sqlite3.Cursor):
    """Repeats what the lock of somebody else refused, until the patience is used up."""

    connection: Conn

    def execute(self, sql: str, parameters: Any = (), /) -> _Waiting:
        conn = self.connection
        started = monotonic()
        while True:
            try:
                return super().execute(sql, parameters)
            except sqlite3.OperationalError as exc:
                if not _is_busy(exc) or (conn.in_transaction and sql != "COMMIT"):
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


def _is_busy(exc: sqlite3.Error) -> bool:
    return (getattr(exc, "sqlite_errorname", None) or "").startswith("SQLITE_BUSY")


def _ignore(_: float) -> None:
    pass


def unheard(_: str) -> None:
    """A warning where nobody listens."""


def _nothing() -> None:
    pass


class Conn(sqlite3.Connection):
    """A connection that waits, begins explicitly, and notices a replaced file."""

    path: str
    identity: tuple[int, int]
    patience: float = PATIENCE
    on_wait: Callable[[float], None] = staticmethod(_ignore)
    on_commit: Callable[[], None] = staticmethod(_nothing)
    on_warning: Callable[[str], None] = staticmethod(unheard)

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(factory or _Waiting)

    def execute(self, sql: str, parameters: Any = (), /) -> _Waiting:
        """As sqlite3's, which would not come by our cursor."""
        waiting: _Waiting = self.cursor()
        return waiting.execute(sql, parameters)

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
                self.execute("ROLLBACK")
                waited = monotonic() - started
                if not _is_busy(exc):
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
        self.execute("COMMIT")
        self._must_be_same_file()

    def rollback(self) -> None:
        if self.in_transaction:
            self.execute("ROLLBACK")

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


def connect(path: str) -> Conn:
    """Open an existing dealflow database for reading; see `permit_writing`.

    Errors: NoDatabase, Unusable, Damaged, SchemaVersion, Busy.
    """
    identity = _look_at(path)
    try:
        conn = _open(path, identity)
    except sqlite3.Error as exc:
        raise explain(exc, path) from None
    try:
        conn.execute("PRAGMA query_only=ON")
        _check_marks(conn)
    except sqlite3.Error as exc:
        conn.close()
        raise explain(exc, path) from None
    except BaseException:
        conn.close()
        raise
    return conn


def permit_writing(conn: Conn, sharing: str = "", *, wal: bool | None = None) -> None:
    """Let a connection write, if the file may be written and holds no programs but ours.

    `sharing` is the database's setting, on which it depends where the file may lie; what there is
    to be said of the place goes to `on_warning`. `wal` says what its journal is about to be.
    """
    _must_be_writable(conn.path)
    must_lie_well(conn, sharing, wal=wal)
    _no_planted_programs(conn)
    conn.execute("PRAGMA query_only=OFF")


def _no_planted_programs(conn: Conn) -> None:
    planted = _programs(conn) - KNOWN_PROGRAMS
    if planted:
        raise Damaged(
            f"{conn.path} has triggers or views that dealflow did not make: {', '.join(planted)}",
            "go back to a backup, or drop what you did not make with sqlite3",
        )


def connect_new(path: str) -> Conn:
    """Open an empty file of ours, to be filled with a schema."""
    info = os.stat(path)
    conn = _open(path, (info.st_dev, info.st_ino))
    conn.execute(f"PRAGMA application_id={APPLICATION_ID}")
    return conn


def connect_reading(conn: Conn) -> Conn:
    """A second connection to the file of an open one, which cannot write, whatever it is told."""
    reader = _open(conn.path, conn.identity, "ro")
    reader.execute("PRAGMA query_only=ON")
    return reader


def connect_for_migration(path: str) -> Conn:
    """Open a dealflow database of this or an older schema version, for writing."""
    identity = _look_at(path)
    _must_be_writable(path)
    try:
        conn = _open(path, identity)
        _check_older(conn)
    except sqlite3.Error as exc:
        raise explain(exc, path) from None
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
        raise explain(exc, path) from None


def _check_older(conn: Conn) -> None:
    """As `_check_marks`, but older schema versions pass, and programs that were planted do not."""
    _check_application(conn)
    version = conn.execute("PRAGMA user_version").fetchone()[0]
    if not 0 < version <= SCHEMA_VERSION:
        check_version(version, conn.path)
    _no_planted_programs(conn)


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
        raise Unusable(f"cannot use {path}: {_reason(exc)}") from None
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


def must_lie_well(conn: Conn, sharing: str, *, wal: bool | None = None) -> None:
    """Refuse a file whose place is not safe to write in. Error: Unusable."""
    from dealflow.store import places  # questions have no use for it

    if wal is None:
        wal = conn.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    for told in places.permit(places.look(conn.path), conn.path, sharing, wal=wal):
        conn.on_warning(told)


def _open(path: str, identity: tuple[int, int], mode: str = "") -> Conn:
    """Read-write wherever that is allowed: a reader must be able to undo an interrupted write."""
    mode = mode or ("rw" if _is_writable(path) else "ro")
    uri = f"{address(path)}?mode={mode}"
    conn = sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None, factory=Conn)
    conn.path, conn.identity = path, identity
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LENGTH_LIMIT)
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


def _check_application(conn: Conn) -> None:
    if conn.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise NotOurs(f"{conn.path} is a database, but not one of dealflow's")


def _check_marks(conn: Conn) -> None:
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


def _programs(conn: Conn) -> set[str]:
    found = conn.execute("SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view')")
    return {row[0] for row in found}


def _reason(exc: Exception) -> str:
    return (getattr(exc, "strerror", None) or str(exc)).lower()


#: SQLite's error names, by prefix, in the user's terms; the first that fits counts
_EXPLAINED: tuple[tuple[str, Callable[[str], Exception]], ...] = (
    ("SQLITE_FULL", lambda path: Unusable("the disk is full; nothing was changed", path=path)),
    ("SQLITE_READONLY", lambda path: Unusable(f"{path} cannot be written to")),
    ("SQLITE_CANTOPEN", lambda path: Unusable(f"cannot open {path}")),
    ("SQLITE_PERM", lambda path: Unusable(f"cannot open {path}: permission denied")),
    ("SQLITE_AUTH", lambda path: Unusable(f"cannot open {path}: permission denied")),
    ("SQLITE_IOERR", lambda path: Unusable(f"reading or writing {path} failed; nothing changed")),
    ("SQLITE_NOTADB", lambda path: Damaged(f"{path} is not a dealflow database")),
    ("SQLITE_TOOBIG", lambda _: Unusable("a value is too large to store")),
)


def explain(exc: sqlite3.Error, path: str) -> Exception:
    """What SQLite's error means to a user. A constraint is our own bug and comes back as it is."""
    name = getattr(exc, "sqlite_errorname", None) or ""
    if _is_busy(exc):
        return Busy(PATIENCE)
    if "malformed JSON" in str(exc):  # SQLite calls this a plain error, as it does our own bugs
        return Damaged(
            "a stored value is damaged: it is not the JSON it should be", "dealflow db check"
        )
    if name.startswith(("SQLITE_CONSTRAINT", "SQLITE_MISUSE", "SQLITE_ERROR")):
        return exc
    for prefix, meant in _EXPLAINED:
        if name.startswith(prefix):
            return meant(path)
    return Damaged(
        f"{path} cannot be read: it is damaged, or the disk is failing",
        "keep the file, and look at your backups",
    )
