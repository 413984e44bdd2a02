"""The journal as a chain: each command holds a digest of itself and of the digest before it.

`chain` is the SHA-256 of the chain of the command before, then of the command's head and of each of
its changes, as lines of JSON. So a command that was edited, taken out, put in or moved no longer
fits between its neighbours. It is written when the command is complete, from what the file then
holds. Left out is what later commands say of earlier ones: `undone_by`, which follows from the
undos after it, and `merged_by`. The last commands can be cut off without breaking the chain: that
is noticed by the numbers that the file has given out, and by the witness outside the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from itertools import groupby
from json import JSONEncoder
from typing import Any

from dealflow.store.conn import Conn

#: what is linked of a command, and of each of its changes
HEAD = ("id", "uid", "at", "actor", "verb", "typed", "undoes")
CHANGE = ("id", "entity", "kind", "row_id", "last_id", "before", "after")

_HEAD = f"SELECT {', '.join(HEAD)}, chain FROM command"
_CHANGES = f"SELECT command_id, {', '.join(CHANGE)} FROM change"

_encoded = JSONEncoder(separators=(",", ":"), default=bytes.hex).encode


def _sha256() -> Any:
    """The interpreter's own: hashlib would load OpenSSL, for two milliseconds of each command."""
    for name in ("_sha2", "_sha256", "hashlib"):
        try:
            return import_module(name).sha256()
        except (ImportError, AttributeError):
            continue
    raise AssertionError("a Python without SHA-256")


def link(before: bytes | None, head: Sequence[Any], changes: Iterable[Sequence[Any]]) -> bytes:
    """The chain of a command: `before` is that of the command before it."""
    digest = _sha256()
    digest.update(before or b"")
    for line in (head, *changes):
        digest.update(_encoded(line).encode() + b"\n")
    found: bytes = digest.digest()
    return found


def seal(conn: Conn, command: int) -> None:
    """Link a command to the one before it, once everything that belongs to it is written."""
    before = conn.execute(
        "SELECT chain FROM command WHERE id < ? ORDER BY id DESC LIMIT 1", (command,)
    ).fetchone()
    *head, _ = conn.execute(f"{_HEAD} WHERE id = ?", (command,)).fetchone()
    changes = conn.execute(f"{_CHANGES} WHERE command_id = ? ORDER BY id", (command,))
    with conn.any_text():
        chain = link(before and before[0], head, (change[1:] for change in changes))
    conn.execute("UPDATE command SET chain = ? WHERE id = ?", (chain, command))


def seal_from(conn: Conn, command: int) -> None:
    """Link every command from this one on that is not linked yet."""
    sql = "SELECT id FROM command WHERE id >= ? AND chain IS NULL ORDER BY id"
    for (number,) in conn.execute(sql, (command,)).fetchall():
        seal(conn, number)


def links(conn: Conn) -> Iterator[tuple[int, bytes | None, bytes]]:
    """Every command: (number, the chain it has, the chain it should have after the one before)."""
    found = groupby(conn.execute(f"{_CHANGES} ORDER BY command_id, id"), lambda change: change[0])
    pending = next(found, None)
    before = None
    for *head, chain in conn.execute(f"{_HEAD} ORDER BY id"):
        number = head[0]
        while pending and pending[0] < number:  # of no command: the references tell
            pending = next(found, None)
        own = pending[1] if pending and pending[0] == number else ()
        yield number, chain, link(before, head, (change[1:] for change in own))
        before = chain


def broken(conn: Conn) -> Iterator[int]:
    """The commands that do not follow from what stands before them."""
    with conn.any_text():
        for number, chain, expected in links(conn):
            if chain != expected:
                yield number


def undone(conn: Conn) -> dict[int, int | None]:
    """What the undos of the journal say, in their order: by command, which undo took it back.

    One that came with a merge speaks of what came with the same merge: what it did to commands of
    ours is among the changes of the merge.
    """
    found: dict[int, int | None] = {}
    undos: dict[int, int] = {}
    sql = (
        "SELECT c.id, c.undoes FROM command c LEFT JOIN command t ON t.id = c.undoes"
        " WHERE c.undoes IS NOT NULL AND (c.merged_by IS NULL OR c.merged_by = t.merged_by)"
        " ORDER BY c.id"
    )
    for number, target in conn.execute(sql):
        undos[number] = target
        found[target] = number
        if target in undos:  # the undo of an undo: what it took back counts again
            found[undos[target]] = None
    return found


def wrong_marks(conn: Conn) -> Iterator[int]:
    """Commands whose `undone_by` is not what the undos after them say."""
    expected = undone(conn)
    for number, mark in conn.execute("SELECT id, undone_by FROM command ORDER BY id"):
        if mark != expected.get(number):
            yield number


def mend_marks(conn: Conn) -> None:
    """Make every `undone_by` what the undos say."""
    expected = undone(conn)
    for number in list(wrong_marks(conn)):
        mark = expected.get(number)
        conn.execute("UPDATE command SET undone_by = ? WHERE id = ?", (mark, number))


def link_anew(conn: Conn, first: int) -> None:
    """Take the journal from a command on as it is: what stands there now is what was recorded."""
    sql = "SELECT id FROM command WHERE id >= ? ORDER BY id"
    for (number,) in conn.execute(sql, (first,)).fetchall():
        seal(conn, number)
