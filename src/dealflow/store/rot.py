"""What a damaged row held before, where its checksum proves it.

A flipped bit leaves few rows that it can have come from: every one of them is tried, and so is each
value that the journal last recorded for a column. One that fits the checksum is what was written.
Three thousand tries against 32 bits go wrong once in a million damaged rows.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from typing import Any

from dealflow.store import checksums
from dealflow.store.book import from_json
from dealflow.store.conn import Conn

#: bytes of a value that are tried bit by bit: a longer text would take seconds
_LONGEST = 1_000

_EDITS = (
    "SELECT after FROM change WHERE entity = ? AND kind = 'edit' AND row_id = ? AND last_id = ?"
    " ORDER BY id"
)


def restored(conn: Conn, table: str, row_id: int) -> dict[str, Any] | None:
    """The columns of a damaged row that differ from what was written, as they were; else None."""
    found = checksums.stored(conn, table, row_id)
    if found is None or found[1] is None:
        return None
    values, checksum = found
    names = checksums.shape_of(table).columns
    for at, value in _candidates(conn, table, row_id, values):
        tried = [*values[:at], value, *values[at + 1 :]]
        if names[at] != "id" and checksums.of(table, tried) == checksum:
            return {names[at]: value}
    return None


def restore(conn: Conn, table: str, row_id: int) -> None:
    """Put back what a row held. It is no edit: for the journal nothing had happened to the row."""
    for name, value in (restored(conn, table, row_id) or {}).items():
        conn.execute(f"UPDATE {table} SET {name} = ? WHERE id = ?", (value, row_id))


def _candidates(
    conn: Conn, table: str, row_id: int, values: list[Any]
) -> Iterator[tuple[int, Any]]:
    """One value in place of another: (position, value)."""
    names = checksums.shape_of(table).columns
    for name, value in _edits(conn, table, row_id):
        if name in names:
            yield names.index(name), value
    for at, value in enumerate(values):
        for flipped in flips(value):
            yield at, flipped


def _edits(conn: Conn, table: str, row_id: int) -> list[tuple[str, Any]]:
    """What the journal says that columns were set to; nothing where it is damaged itself."""
    try:
        found = conn.execute(_EDITS, (table, row_id, row_id)).fetchall()
        return [edit for (after,) in found for edit in from_json(after).items()]
    except (sqlite3.Error, ValueError, AttributeError):
        return []


def flips(value: Any) -> Iterator[Any]:
    """What a value was, if one bit of it was flipped where it is stored."""
    match value:
        case int():
            for bit in range(63):
                yield value ^ (1 << bit)
                yield value ^ -(1 << bit)
        case float():
            (bits,) = struct.unpack("<q", struct.pack("<d", value))
            for bit in range(63):
                yield struct.unpack("<d", struct.pack("<q", bits ^ (1 << bit)))[0]
        case str():
            yield from _texts(value.encode("utf-8", "surrogateescape"))
        case bytes():
            yield from _bytes(value)


def _texts(stored: bytes) -> Iterator[str]:
    for flipped in _bytes(stored):
        try:
            yield flipped.decode()
        except UnicodeDecodeError:
            continue


def _bytes(stored: bytes) -> Iterator[bytes]:
    for at in range(min(len(stored), _LONGEST)):
        for bit in range(8):
            flipped = bytearray(stored)
            flipped[at] ^= 1 << bit
            yield bytes(flipped)
