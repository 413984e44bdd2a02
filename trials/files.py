"""A database file as SQLite sees it, always looked at in a copy: soundness, content, tokens."""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from random import Random

TOKEN = re.compile(r"tk[0-9a-z]{16}kt")
_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"

_LOT = re.compile(r"\b[0-9a-f]{32}\b")

#: where a token stands in the file, and how often: (table, column) → times
Footprint = Counter[tuple[str, str]]


def token(random: Random) -> str:
    """A word that stands nowhere else."""
    return f"tk{''.join(random.choices(_LETTERS, k=16))}kt"


@contextmanager
def copy(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a copy of the file, taken with its journals, as after a crash."""
    with tempfile.TemporaryDirectory(prefix="trial-copy-") as folder:
        to = Path(folder) / "copy.db"
        for suffix in ("", "-journal", "-wal"):
            with suppress(FileNotFoundError):
                shutil.copyfile(f"{path}{suffix}", f"{to}{suffix}")
        with closing(sqlite3.connect(to)) as conn:
            conn.text_factory = lambda raw: raw.decode(errors="backslashreplace")
            yield conn


def unsound(path: Path) -> list[str]:
    """What SQLite finds wrong with the file: its integrity, and its references."""
    try:
        with copy(path) as conn:
            return complaints(conn)
    except sqlite3.Error as exc:
        return [f"cannot be opened: {exc}"]


def complaints(conn: sqlite3.Connection) -> list[str]:
    try:
        integrity = [row[0] for row in conn.execute("PRAGMA integrity_check(5)")]
        dangling = conn.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.Error as exc:
        return [f"cannot be checked: {exc}"]
    return [f"integrity: {line}" for line in integrity if line != "ok"] + [
        f"reference: {row}" for row in dangling[:5]
    ]


def tables(conn: sqlite3.Connection) -> list[str]:
    sql = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    return [row[0] for row in conn.execute(sql)]


def content(conn: sqlite3.Connection) -> str:
    """A hash of all rows, without the identifiers that are drawn by lot and what follows from them:
    digests and checksums, which `db check` verifies.
    """
    found = hashlib.sha256()
    for table in tables(conn):
        listed = ", ".join(_compared(conn, table))
        rows = conn.execute(f"SELECT {listed} FROM {table} ORDER BY rowid").fetchall()
        plain = [tuple("" if isinstance(cell, bytes) else cell for cell in row) for row in rows]
        found.update(_LOT.sub("", repr((table, plain))).encode(errors="backslashreplace"))
    return found.hexdigest()


def _compared(conn: sqlite3.Connection, table: str) -> list[str]:
    names = [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]
    return [f'"{name}"' for name in names if name != "checksum"]


def content_of(path: Path) -> str:
    """The hash of a file's content; '' where there is no file. Error: sqlite3.Error."""
    if not path.exists():
        return ""
    with copy(path) as conn:
        return content(conn)


def footprints(path: Path) -> dict[str, Footprint]:
    """Every token in the file, with the places where it stands."""
    found: dict[str, Footprint] = {}
    with copy(path) as conn:
        for table in tables(conn):
            rows = conn.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in rows.description]
            for row in rows:
                for name, cell in zip(names, row, strict=True):
                    for word in TOKEN.findall(cell) if isinstance(cell, str) else ():
                        found.setdefault(word, Counter())[table, name] += 1
    return found


def set_journal(path: Path, mode: str) -> None:
    """Give a file its journal: `rollback` or `wal`."""
    wanted = {"rollback": "delete", "wal": "wal"}[mode]
    with closing(sqlite3.connect(path)) as conn:
        got = conn.execute(f"PRAGMA journal_mode={wanted}").fetchone()[0]
    if got != wanted:
        raise RuntimeError(f"the journal of {path} is {got}, not {wanted}")


def journal(path: Path) -> str:
    """`wal` or `rollback`, by the file's own mark."""
    with path.open("rb") as file:
        return "wal" if file.read(20)[18:] == b"\2\2" else "rollback"
