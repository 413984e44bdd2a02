"""What this user saw saved, kept outside the database: a file that was put back is noticed.

A sync client, a restored backup or a colleague's copy can put an older file in place of the one
that held a change; nothing inside the file can tell. So the last changes of this user are kept in
the user's own state folder, one small file for each database, and looked for when the database is
next opened. Best effort: a state folder that cannot be written to stops no command.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from zlib import crc32

from dealflow.named import NamedTuple
from dealflow.store.book import Book
from dealflow.store.conn import Conn, is_server

#: changes that are kept of each database
_KEPT = 50
#: lost changes that are named
_TOLD = 10


class Seen(NamedTuple):
    """A change that was saved: its number, its uid in hex, when, and what was typed."""

    number: int
    uid: str
    at: int
    typed: str


class Lost(NamedTuple):
    """Changes that the file had and has no more, and where they are written down."""

    changes: tuple[Seen, ...]
    kept_in: str

    @property
    def said(self) -> list[str]:
        """For a person: how many, what was typed, and where it stays."""
        many = len(self.changes)
        what = "your last change" if many == 1 else f"your last {many} changes"
        typed = [f"  {change.number}  {change.typed}" for change in self.changes[:_TOLD]]
        more = [f"  and {many - _TOLD} more"] if many > _TOLD else []
        return [
            f"warning: the file has lost {what}: it was put back or replaced (a sync client?)",
            *typed,
            *more,
            f"hint: what was typed is kept in {self.kept_in}",
        ]


class Saving(NamedTuple):
    """A change that is about to be committed, with all there is to be remembered of it."""

    path: str
    database: str
    """The uid of the command that made the database, in hex."""
    change: Seen


def seen(book: Book) -> Saving | None:
    """The change that the book holds, to be remembered once it is committed."""
    if not book.changed:
        return None
    conn, author = book.conn, book.author
    change = Seen(book.command, _uid(conn, book.command), author.at, author.typed)
    return Saving(conn.path, _uid(conn, 1), change)


def remember(folder: str, saved: Saving) -> None:
    """Write down a change that was committed; the database is not asked again."""
    path = _place(folder, saved.path)
    with suppress(OSError):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        known = _read(path, saved.database)
        _write(path, saved.database, [*known, saved.change][-_KEPT:])


def lost(folder: str, conn: Conn) -> Lost | None:
    """What this user changed and the file no longer holds; it is told once."""
    path, database = _place(folder, conn.path), _uid(conn, 1)
    known = _read(path, database)
    if not known or _uid(conn, known[-1].number) == known[-1].uid:
        return None
    gone = tuple(change for change in known if _uid(conn, change.number) != change.uid)
    with suppress(OSError):
        _write(f"{path}.lost", database, [*_read(f"{path}.lost", database), *gone])
        _write(path, database, [change for change in known if change not in gone])
    return Lost(gone, f"{path}.lost")


def forget(folder: str, path: str) -> None:
    """Expect nothing of the database: its owner has put another state in place on purpose."""
    with suppress(OSError):
        os.unlink(_place(folder, path))


def _uid(conn: Conn, number: int) -> str:
    """The uid of a command, in hex; '' where there is none. Command 1 made the database."""
    found = conn.execute("SELECT uid FROM command WHERE id = ?", (number,)).fetchone()
    return found[0].hex() if found else ""


def _place(folder: str, path: str) -> str:
    real = path if is_server(path) else os.path.realpath(path)
    return os.path.join(folder, f"{crc32(os.fsencode(real)):08x}.seen")


def _read(path: str, database: str) -> list[Seen]:
    """What was written down about this database; nothing of another one that lay there."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            head, *lines = file.read().split("\n")
        return [_change(line) for line in lines] if head == database else []
    except (OSError, ValueError):  # it is not there, or is none of ours
        return []


def _change(line: str) -> Seen:
    number, uid, at, typed = line.split("\t")
    return Seen(int(number), uid, int(at), typed)


def _write(path: str, database: str, changes: Iterable[Seen]) -> None:
    """Put a new file in place of the old one, readable by the user only."""
    lines = [
        database,
        *(
            "\t".join([str(n), uid, str(at), " ".join(typed.split())])
            for n, uid, at, typed in changes
        ),
    ]
    draft = f"{path}.{os.getpid()}"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with open(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write("\n".join(lines))
    os.replace(draft, path)
