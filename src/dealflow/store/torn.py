"""What a damaged journal entry held before, where the chain proves it.

As `store/rot.py` does for rows: every bit of an entry is turned, and what fits the digests beside
it is what was written. Of a SHA-256 that is beyond doubt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dealflow.named import NamedTuple
from dealflow.store.chain import CHANGE, HEAD, link
from dealflow.store.conn import Conn
from dealflow.store.rot import flips

#: changes of an entry, and characters of it, beyond which turning each bit would take too long
_MOST, _LONGEST = 20, 3_000


class Put(NamedTuple):
    """One value of the journal as it was."""

    table: str
    row: int
    column: str
    value: Any


class _Entry(NamedTuple):
    """A command as the file has it: its head, its changes, and its digest."""

    number: int
    head: list[Any]
    changes: list[list[Any]]
    chain: bytes | None

    def after(self, before: bytes | None) -> bytes:
        return link(before, self.head, self.changes)


def restored(conn: Conn, number: int) -> Put | None:
    """What has to be put back for a command to fit between its neighbours; None if unknown."""
    with conn.any_text():
        own, before = _entry(conn, "id = ?", number), _entry(conn, "id < ?", number)
        if own is None:
            return None
        last, behind = before.chain if before else None, _entry(conn, "id > ?", number)
        if own.after(last) == own.chain:
            return None
        if behind and behind.after(own.after(last)) == behind.chain:
            return Put("command", number, "chain", own.after(last))
        return (_of_the_one_before(conn, before, own) if before else None) or _flipped(own, last)


def restore(conn: Conn, number: int) -> None:
    put = restored(conn, number)
    if put:
        sql = f"UPDATE {put.table} SET {put.column} = ? WHERE id = ?"
        conn.execute(sql, (put.value, put.row))


def _of_the_one_before(conn: Conn, before: _Entry, own: _Entry) -> Put | None:
    """The digest of the command before, if that is what is damaged."""
    first = _entry(conn, "id < ?", before.number)
    expected = before.after(first.chain if first else None)
    fits = own.after(expected) == own.chain
    return Put("command", before.number, "chain", expected) if fits else None


def _flipped(own: _Entry, before: bytes | None) -> Put | None:
    """The value of an entry of which one bit was flipped."""
    lines = [own.head, *own.changes]
    size = sum(len(value) for line in lines for value in line if isinstance(value, str))
    if len(lines) > _MOST or size > _LONGEST:
        return None
    for at, line in enumerate(lines):
        for column, value in _turned(line):
            tried = [*lines[:at], _with(line, column, value), *lines[at + 1 :]]
            if link(before, tried[0], tried[1:]) == own.chain:
                table, names = ("change", CHANGE) if at else ("command", HEAD)
                return Put(table, line[0], names[column], value)
    return None


def _turned(line: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    """Each value of a line but its id, with each of its bits turned."""
    for column, value in enumerate(line):
        for flipped in flips(value) if column else ():
            yield column, flipped


def _with(line: list[Any], column: int, value: Any) -> list[Any]:
    return [*line[:column], value, *line[column + 1 :]]


def _entry(conn: Conn, where: str, number: int) -> _Entry | None:
    """The command with this number, or the one next to it."""
    order = "id" if where == "id > ?" else "id DESC"
    sql = f"SELECT {', '.join(HEAD)}, chain FROM command WHERE {where} ORDER BY {order} LIMIT 1"
    found = conn.execute(sql, (number,)).fetchone()
    if found is None:
        return None
    sql = f"SELECT {', '.join(CHANGE)} FROM change WHERE command_id = ? ORDER BY id"
    changes = [list(change) for change in conn.execute(sql, (found[0],))]
    return _Entry(found[0], list(found[:-1]), changes, found[-1])
