"""Copies of a database that are sound, and the way back from one.

A copy is made by SQLite's backup API on the connection that is open: never by copying bytes, which
tears a file that is being written. It counts only when it was opened again and found sound.
"""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing, suppress
from time import monotonic
from urllib.parse import urlsplit

from dealflow.errors import AlreadyExists, Busy, Damaged, InDoubt, InUse, Unusable
from dealflow.named import NamedTuple
from dealflow.store import connection, modes, schema, writeahead
from dealflow.store.conn import Conn, is_server
from dealflow.store.connection import FileConn
from dealflow.store.drafts import new_file, put_in_place
from dealflow.store.explaining import PATIENCE, explain, is_in_doubt

#: backups of a database that stay in a folder, of those that were asked for and of the others each
KEPT = 10
#: how the name ends of a copy that a command made before it changed much: it pushes none out that
#: somebody asked for
BEFORE = ".before.db"


class Backup(NamedTuple):
    """A copy that was made, and the older ones that made room for it."""

    path: str
    size: int
    """Bytes."""
    removed: tuple[str, ...]


class State(NamedTuple):
    """What a database holds: enough to tell one state from another."""

    deals: int
    commands: int
    last: int
    """When the last command was given, epoch seconds UTC; 0 for none."""
    version: int
    """Of the schema."""
    origin: bytes | None
    """The uid of the command that made the database: every copy of it has the same."""


def folder_of(path: str) -> str:
    """Where backups of a database stand by default."""
    return os.path.join(os.path.dirname(os.path.abspath(path)), "backups")


def listed(conn: Conn, folder: str) -> list[str]:
    """The backups of this very database in a folder, the latest first."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    ours = re.compile(re.escape(_stem(conn.path)) + r"-(\d{8}-\d{6}Z)(?:-(\d+))?(?:\.before)?\.db")
    found = [
        (match[1], int(match[2] or 1), match[0]) for n in names if (match := ours.fullmatch(n))
    ]
    paths = [os.path.join(folder, name) for _, _, name in sorted(found, reverse=True)]
    return [path for path in paths if origin_of(path) == _origin(conn)]


def _origin(conn: Conn | sqlite3.Connection) -> bytes | None:
    """The uid of the command that made the database: every copy of it has the same."""
    found = conn.execute("SELECT uid FROM command WHERE id = 1").fetchone()
    return found[0] if found else None


def origin_of(path: str) -> bytes | None:
    """As State.origin; None for what is no database of dealflow that can be read."""
    try:
        with closing(_read_only(path)) as conn:
            return _origin(conn)
    except sqlite3.Error:
        return None


def into_folder(conn: Conn, folder: str, stamp: str, keep: int = KEPT) -> Backup:
    """A new backup in a folder, named after database and moment; the oldest beyond `keep` go.

    Copies that commands made for safety's sake are counted apart: `keep` stay of these as well.
    `stamp` is the moment, as 20260701-020000Z. Errors: Unusable, Busy, Damaged.
    """
    made = before(conn, folder, stamp, ".db")
    removed = []
    with suppress(sqlite3.Error):  # the copy is made; those that cannot be read now stay
        there = listed(conn, folder)
        asked = [path for path in there if not path.endswith(BEFORE)]
        others = [path for path in there if path.endswith(BEFORE)]
        for old in (*asked[keep:], *others[keep:]):
            os.unlink(old)
            removed.append(old)
    return made._replace(removed=tuple(removed))


def before(conn: Conn, folder: str, stamp: str, ending: str = BEFORE) -> Backup:
    """A copy that a command makes before it changes much; no older one goes. Errors: as above."""
    _make_folder(folder, conn)
    base = os.path.join(folder, f"{_stem(conn.path)}-{stamp}")
    made = _copy_under_a_free_name(conn, base, ending)
    return Backup(made, os.path.getsize(made), ())


def _make_folder(folder: str, conn: Conn) -> None:
    try:
        if isinstance(conn, FileConn):
            modes.make_folder_like(folder, conn.path)
        else:
            os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as exc:
        raise Unusable(f"cannot create {folder}: {(exc.strerror or str(exc)).lower()}") from None


def as_found(conn: Conn, folder: str, stamp: str) -> str:
    """Copy a database that is not sound, before it is mended; returns the path of the copy.

    It stands among the backups in `folder`, under a name that none of them has, so that it is not
    taken for a sound one and pushes none out.
    """
    base = os.path.join(folder, f"{_stem(conn.path)}-{stamp}")
    _make_folder(folder, conn)
    for number in range(1, 1000):
        path = f"{base}{f'-{number}' if number > 1 else ''}.as-found.db"
        if not os.path.lexists(path):
            with new_file(path) as draft:
                _fill(conn, draft)
                _sync(draft)
                put_in_place(draft, path)
            return path
    raise Unusable(f"{base}.as-found.db and a thousand like it exist already")


def into_file(conn: Conn, path: str, *, replace: bool = False) -> Backup:
    """A backup under this very name. Errors: AlreadyExists unless `replace`; Unusable; Damaged."""
    if os.path.lexists(path) and not replace:
        raise AlreadyExists("a file", path, "--force replaces it")
    if os.path.isfile(path) and not os.path.islink(path) and origin_of(path) is None:
        raise Unusable(f"{path} is no database of dealflow: it is not replaced", "another name")
    if isinstance(conn, FileConn) and os.path.exists(path) and os.path.samefile(path, conn.path):
        raise Unusable("a database cannot be its own backup")
    _copy(conn, path, replace=replace)
    return Backup(path, os.path.getsize(path), ())


def _copy_under_a_free_name(conn: Conn, base: str, ending: str) -> str:
    for number in range(1, 1000):
        path = f"{base}{f'-{number}' if number > 1 else ''}{ending}"
        if not os.path.lexists(path):
            try:
                _copy(conn, path)
            except AlreadyExists:  # somebody else was quicker
                continue
            return path
    raise Unusable(f"{base}{ending} and a thousand like it exist already")


def _copy(conn: Conn, path: str, *, replace: bool = False) -> None:
    with new_file(path) as draft:
        conn.begin_reading()
        try:
            wanted = state(conn)
            _fill(conn, draft)
        except sqlite3.Error as exc:
            raise explain(exc, path) from exc
        finally:
            conn.rollback()
        if _sound(draft) != wanted:
            raise Damaged(
                f"the copy of {conn.path} is not what the database is", "dealflow db check"
            )
        if isinstance(conn, FileConn):
            modes.share_like(draft, conn.path)
        _sync(draft)
        put_in_place(draft, path, replace=replace)


def _fill(conn: Conn, draft: str) -> None:
    """Copy what is open into an empty file: pages of a file, rows of a server."""
    if isinstance(conn, FileConn):
        _pour(conn, draft)
    else:
        schema.copy_into(draft, conn)


def _pour(conn: sqlite3.Connection, draft: str) -> None:
    """Copy into an empty file; the copy is one file, in whatever mode its source is."""
    with closing(sqlite3.connect(draft, isolation_level=None)) as copy:
        _copy_pages(conn, copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def _copy_pages(source: sqlite3.Connection, into: sqlite3.Connection) -> None:
    """SQLite's backup, which by itself waits for locks for ever. Error: Busy."""
    started = monotonic()

    def look(status: int, _: int, __: int) -> None:
        waited = monotonic() - started
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} and waited > PATIENCE:
            raise Busy(waited)

    source.execute("PRAGMA busy_timeout=0")  # Python waits between its tries
    source.backup(into, progress=look)


def _read_only(path: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{connection.address(path)}?mode=ro", uri=True, isolation_level=None)


def _sync(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _stem(path: str) -> str:
    """What backups are called after: the file, or the database on the server."""
    path = urlsplit(path).path.strip("/") or "server" if is_server(path) else path
    return os.path.splitext(os.path.basename(path))[0]


# ── what a copy holds ─────────────────────────────────────────────────────────────────────────


def state(conn: Conn | sqlite3.Connection) -> State:
    """What the database holds now."""
    deals = conn.execute("SELECT count(*) FROM opportunity").fetchone()[0]
    commands, last = conn.execute("SELECT count(*), coalesce(max(at), 0) FROM command").fetchone()
    if isinstance(conn, sqlite3.Connection):
        version = conn.execute("PRAGMA user_version").fetchone()[0]
    else:
        version = int(conn.execute("SELECT max(version_num) FROM alembic_version").fetchone()[0])
    return State(deals, commands, last, version, _origin(conn))


def inspected(path: str) -> State:
    """What a backup holds, once it is known to be sound.

    Errors: NoDatabase, Unusable; Damaged for what is none of dealflow's or is not sound;
    SchemaVersion for one of a newer dealflow.
    """
    connection.recognise(path)
    return _sound(path)


def _sound(path: str) -> State:
    try:
        with closing(_read_only(path)) as conn:
            broken = conn.execute("PRAGMA foreign_key_check").fetchone()
            sound = conn.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if broken or sound != "ok":
                raise Damaged(f"{path} is not sound", "try another backup: dealflow db info")
            return state(conn)
    except sqlite3.Error as exc:
        explained = explain(exc, path)
        raise explained if explained is not exc else Damaged(f"{path} is not sound") from exc


# ── the way back ──────────────────────────────────────────────────────────────────────────────


def restore(conn: FileConn, source: str, stamp: str, sharing: str) -> tuple[Backup, State]:
    """Make the open database what the sound backup `source` is, in one step or not at all.

    Nobody else reads or writes from before what is there is backed up until it is replaced: no
    change can fall between. The file stays the same file, so that others who have it open see the
    restored state next. `sharing` is the database's setting, on which it depends where the file may
    lie. Gives the backup of what there was, and what that held. Errors: Busy; Unusable; Damaged;
    InDoubt.
    """
    try:
        connection.permit_writing(conn, sharing)
        conn.execute("PRAGMA locking_mode=EXCLUSIVE")
        _be_alone(conn)
        kept = before(conn, folder_of(conn.path), stamp)
        held = state(conn)
        conn.on_commit()
        _replace(conn, source, held)
    except sqlite3.Error as exc:
        raise explain(exc, conn.path) from exc
    finally:
        _let_go(conn)
    return kept, held


def _replace(conn: FileConn, source: str, held: State) -> None:
    """Error: InDoubt, where the disk failed so late that what was there did not come back."""
    try:
        with closing(_read_only(source)) as old:
            _copy_pages(old, conn)
    except sqlite3.OperationalError as exc:
        if is_in_doubt(exc) and not _is_still(conn, held):
            raise InDoubt(conn.path) from exc
        raise


def _is_still(conn: FileConn, held: State) -> bool:
    try:
        return state(conn) == held
    except sqlite3.Error:
        return False


def _let_go(conn: FileConn) -> None:
    """Give up the lock. Where the disk refuses even that, it goes with the connection."""
    with suppress(sqlite3.Error, Busy):
        conn.execute("PRAGMA locking_mode=NORMAL")
        conn.execute("SELECT 1 FROM sqlite_master").fetchone()


def _be_alone(conn: FileConn) -> None:
    """Keep everybody else off from here on. With a write-ahead log, nobody may have it open."""
    try:
        conn.execute("BEGIN EXCLUSIVE")
    except Busy:
        if writeahead.kept(conn):
            raise InUse(conn.path) from None
        raise
    conn.execute("COMMIT")  # the lock stays, and lets this connection do both


def put_back(path: str, source: str, stamp: str) -> str | None:
    """Put a copy of `source` where no database is that could be opened; what lay there is kept.

    The name under which it is kept, or None where nothing was there. Errors: Unusable.
    """
    with new_file(path) as draft:
        try:
            with closing(_read_only(source)) as old:
                _pour(old, draft)
        except sqlite3.Error as exc:
            raise explain(exc, source) from exc
        modes.share_like(draft, path)
        _sync(draft)
        aside = f"{path}.damaged-{stamp}"
        there = _set_aside(path, aside)
        put_in_place(draft, path, replace=True)
    return aside if there else None


def _set_aside(path: str, aside: str) -> bool:
    """Keep what is there, if anything; side files must not be taken for those of the new one."""
    there = os.path.lexists(path)
    try:
        if there:
            os.link(path, aside, follow_symlinks=False)
        for suffix in ("-journal", "-wal", "-shm"):
            if os.path.lexists(path + suffix):
                os.rename(path + suffix, aside + suffix)
    except OSError as exc:
        raise Unusable(f"cannot keep {path}: {(exc.strerror or str(exc)).lower()}") from None
    return there


# ── what the file is ──────────────────────────────────────────────────────────────────────────

_TABLES = ("opportunity", "visit", "activity", "follow_up", "account", "contact", "product", "rep")


def counts(conn: Conn) -> dict[str, int]:
    """How many rows each of the main tables has."""
    return {t: conn.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in _TABLES}


def commands(conn: Conn) -> tuple[tuple[int, int, str], ...]:
    """Number, time and author of the first command and of the last."""
    both = (
        conn.execute(f"SELECT id, at, actor FROM command ORDER BY id {way} LIMIT 1").fetchone()
        for way in ("ASC", "DESC")
    )
    return tuple(found for found in both if found)
