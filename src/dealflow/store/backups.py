"""Copies of a database that are sound, and the way back from one.

A copy is made by SQLite's backup API on the connection that is open: never by copying bytes, which
tears a file that is being written. It counts only when it was opened again and found sound.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from time import monotonic
from typing import NamedTuple

from dealflow.errors import AlreadyExists, Busy, Damaged, Unusable
from dealflow.store import connection
from dealflow.store.connection import Conn
from dealflow.store.drafts import new_file, put_in_place

#: backups of a database that stay in a folder
KEPT = 10


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


def folder_of(path: str) -> str:
    """Where backups of a database stand by default."""
    return os.path.join(os.path.dirname(os.path.abspath(path)), "backups")


def listed(path: str, folder: str) -> list[str]:
    """The backups of a database in a folder, the latest first."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    ours = re.compile(re.escape(_stem(path)) + r"-(\d{8}-\d{6}Z)(?:-(\d+))?\.db")
    found = [
        (match[1], int(match[2] or 1), match[0]) for n in names if (match := ours.fullmatch(n))
    ]
    return [os.path.join(folder, name) for _, _, name in sorted(found, reverse=True)]


def into_folder(conn: Conn, folder: str, stamp: str, keep: int = KEPT) -> Backup:
    """A new backup in a folder, named after database and moment; the oldest beyond `keep` go.

    `stamp` is the moment, as 20260701-020000Z. Errors: Unusable, Busy, Damaged.
    """
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as exc:
        raise Unusable(f"cannot create {folder}: {(exc.strerror or str(exc)).lower()}") from None
    made = _copy_under_a_free_name(conn, os.path.join(folder, f"{_stem(conn.path)}-{stamp}"))
    removed = []
    for old in listed(conn.path, folder)[keep:]:
        os.unlink(old)
        removed.append(old)
    return Backup(made, os.path.getsize(made), tuple(removed))


def into_file(conn: Conn, path: str, *, replace: bool = False) -> Backup:
    """A backup under this very name. Errors: AlreadyExists unless `replace`; Unusable; Damaged."""
    if os.path.lexists(path) and not replace:
        raise AlreadyExists("a file", path, "--force replaces it")
    if os.path.exists(path) and os.path.samefile(path, conn.path):
        raise Unusable("a database cannot be its own backup")
    _copy(conn, path, replace=replace)
    return Backup(path, os.path.getsize(path), ())


def _copy_under_a_free_name(conn: Conn, base: str) -> str:
    for number in range(1, 1000):
        path = f"{base}{f'-{number}' if number > 1 else ''}.db"
        if not os.path.lexists(path):
            try:
                _copy(conn, path)
            except AlreadyExists:  # somebody else was quicker
                continue
            return path
    raise Unusable(f"{base}.db and a thousand like it exist already")


def _copy(conn: Conn, path: str, *, replace: bool = False) -> None:
    with new_file(path) as draft:
        conn.begin_reading()
        try:
            wanted = state(conn)
            with closing(sqlite3.connect(draft, isolation_level=None)) as copy:
                conn.backup(copy)
        except sqlite3.Error as exc:
            raise connection.explain(exc, path) from exc
        finally:
            conn.rollback()
        if _sound(draft) != wanted:
            raise Damaged(
                f"the copy of {conn.path} is not what the database is", "dealflow db check"
            )
        _sync(draft)
        put_in_place(draft, path, replace=replace)


def _read_only(path: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{connection.address(path)}?mode=ro", uri=True, isolation_level=None)


def _sync(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _stem(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0]


# ── what a copy holds ─────────────────────────────────────────────────────────────────────────


def state(conn: sqlite3.Connection) -> State:
    """What the database holds now."""
    deals = conn.execute("SELECT count(*) FROM opportunity").fetchone()[0]
    commands, last = conn.execute("SELECT count(*), coalesce(max(at), 0) FROM command").fetchone()
    return State(deals, commands, last, conn.execute("PRAGMA user_version").fetchone()[0])


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
        explained = connection.explain(exc, path)
        raise explained if explained is not exc else Damaged(f"{path} is not sound") from exc


# ── the way back ──────────────────────────────────────────────────────────────────────────────


def restore(conn: Conn, source: str, sharing: str) -> None:
    """Make the open database what the sound backup `source` is, in one step or not at all.

    `sharing` is the database's setting, on which it depends where the file may lie.

    The file stays the same file, so that others who have it open see the restored state next.
    Errors: Busy; Unusable.
    """
    connection.permit_writing(conn, sharing)
    conn.on_commit()
    try:
        with closing(_read_only(source)) as old:
            old.backup(conn, sleep=0.02, progress=_patience(conn))
    except sqlite3.Error as exc:
        raise connection.explain(exc, conn.path) from exc


def _patience(conn: Conn) -> Callable[[int, int, int], None]:
    """Told of every step of a copy, those that found the database busy too: not for ever."""
    started = monotonic()

    def progress(status: int, _: int, __: int) -> None:
        waited = monotonic() - started
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            if waited > conn.patience:
                raise Busy(waited)
            conn.on_wait(waited)

    return progress


def put_back(path: str, source: str, stamp: str) -> str | None:
    """Put a copy of `source` where no database is that could be opened; what lay there is kept.

    The name under which it is kept, or None where nothing was there. Errors: Unusable.
    """
    aside = None
    with new_file(path) as draft:
        with (
            closing(_read_only(source)) as old,
            closing(sqlite3.connect(draft, isolation_level=None)) as copy,
        ):
            old.backup(copy)
        _sync(draft)
        if os.path.lexists(path):
            aside = f"{path}.damaged-{stamp}"
            _set_aside(path, aside)
        put_in_place(draft, path, replace=True)
    return aside


def _set_aside(path: str, aside: str) -> None:
    """Keep a damaged file; what SQLite left beside it must not be taken for the new one's."""
    try:
        os.link(path, aside, follow_symlinks=False)
        for suffix in ("-journal", "-wal", "-shm"):
            if os.path.lexists(path + suffix):
                os.rename(path + suffix, aside + suffix)
    except OSError as exc:
        raise Unusable(f"cannot keep {path}: {(exc.strerror or str(exc)).lower()}") from None


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
