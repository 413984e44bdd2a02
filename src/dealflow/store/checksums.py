"""A checksum in every row, so that a row the disk or somebody else has changed is noticed.

SQLite does not see a flipped bit in a value. `checksum` is the CRC-32 (zlib's) of the table's name
and then of the row's own columns as a JSON array in ASCII, in the order of the model, with bytes in
hex: no flip of fewer than four bits in a row shorter than 11 KB gets past it. A column that came
later stands behind the others, with its name, where it is filled in: rows of an older file keep
their checksums. It guards against accidents, not against somebody who works the checksum out again.
Columns that `store/derived.py` works out are left out: they are verified by working them out. Rows
that were written past dealflow have no checksum (NULL), and nothing is claimed of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from json import JSONEncoder
from typing import Any
from zlib import crc32

from dealflow.model import ROWS, Row
from dealflow.named import NamedTuple
from dealflow.store import derived
from dealflow.store.conn import Conn

#: what is remembered of a key's use; the row's id is left to the database
KEY = "command_key"
KEY_COLUMNS = ("verb", "key", "content", "answer", "at", "command_id")

_encoded = JSONEncoder(separators=(",", ":"), default=bytes.hex).encode


class _Shape(NamedTuple):
    """How the rows of a table are told: all columns, and where those are that need attention."""

    columns: tuple[str, ...]
    seed: int
    reals: tuple[int, ...]
    """The database gives 1.0 back for a 1."""
    derived: tuple[int, ...]
    later: tuple[int, ...] = ()
    """Columns that older files have no place for."""


def _shape(kind: type[Row]) -> _Shape:
    names = kind._fields
    types = [_declared(kind, name) for name in names]
    return _Shape(
        columns=names,
        seed=crc32(kind.table.encode()),
        reals=tuple(at for at, told in enumerate(types) if "float" in told),
        derived=tuple(at for at, name in enumerate(names) if (kind.table, name) in derived.COLUMNS),
        later=tuple(names.index(name) for name in kind.later),
    )


def _declared(kind: type[Row], name: str) -> str:
    return next(str(c.__annotations__[name]) for c in kind.__mro__ if name in c.__annotations__)


_KEY_SHAPE = _Shape(KEY_COLUMNS, crc32(KEY.encode()), (), ())
_SHAPES: dict[str, _Shape] = {}


def shape_of(table: str) -> _Shape:
    """How rows of a table are told; worked out for a table when it is first written or checked."""
    if table not in _SHAPES:
        kinds = {kind.table: kind for kind in ROWS}
        _SHAPES[table] = _KEY_SHAPE if table == KEY else _shape(kinds[table])
    return _SHAPES[table]


def of(table: str, values: Sequence[Any]) -> int:
    """The checksum of a row, given its values in the order of the model."""
    shape = shape_of(table)
    if shape.reals or shape.derived or shape.later:
        values = list(values)
        for at in shape.derived:
            values[at] = None
        for at in shape.reals:
            values[at] = float(values[at]) if isinstance(values[at], int) else values[at]
        later = [(shape.columns[at], values[at]) for at in shape.later if values[at] is not None]
        values = [value for at, value in enumerate(values) if at not in shape.later] + later
    return crc32(_encoded(values).encode(), shape.seed)


def of_row(row: Row) -> int:
    return of(row.table, [getattr(row, name) for name in row._fields])


#: what an edit may leave and still be all there is to say of a row: a setting's new value is
_NAMES = {"id", "version", "key"}


def after_edit(before: Row, after: Row, names: AbstractSet[str]) -> tuple[str, tuple[int, ...]]:
    """What an edit of these columns makes of the checksum, as SQL, and the values to bind.

    A row that was damaged before an edit stays marked as damaged after it, unless nothing of it is
    left.
    """
    if names | _NAMES >= set(after._fields):
        return "?", (of_row(after),)
    return "CASE WHEN checksum <> ? THEN checksum ELSE ? END", (of_row(before), of_row(after))


def sealed(table: str, rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """The rows, each with its checksum behind its values."""
    return ((*row, of(table, row)) for row in rows)


#: tables whose rows carry a checksum, in the order in which they are checked
TABLES = (*(kind.table for kind in ROWS), KEY)


def wrong(conn: Conn) -> Iterator[tuple[str, int]]:
    """Rows that are not what was written: (table, id). Reads every row once."""
    for table in TABLES:
        try:
            found = list(_wrong_in(conn, table))
        except conn.failure:  # text that is no UTF-8: to allow for it takes longer
            with conn.any_text():
                found = list(_wrong_in(conn, table))
        yield from ((table, row) for row in found)


def _wrong_in(conn: Conn, table: str) -> Iterator[int]:
    listed = ", ".join(shape_of(table).columns)
    sql = f"SELECT {listed}, id, checksum FROM {table} WHERE checksum IS NOT NULL ORDER BY id"
    for *values, row_id, checksum in conn.execute(sql):
        if of(table, values) != checksum:
            yield row_id


def stored(conn: Conn, table: str, row_id: int) -> tuple[list[Any], int] | None:
    """A row's values as the file has them, in the order of the model, and its checksum."""
    listed = ", ".join(shape_of(table).columns)
    sql = f"SELECT {listed}, checksum FROM {table} WHERE id = ?"
    with conn.any_text():
        found = conn.execute(sql, (row_id,)).fetchone()
    return (list(found[:-1]), found[-1]) if found else None


def accept(conn: Conn, table: str, row_id: int) -> None:
    """Take a row as it is: what stands there now is what was recorded."""
    row = stored(conn, table, row_id)
    if row:
        sql = f"UPDATE {table} SET checksum = ? WHERE id = ?"
        conn.execute(sql, (of(table, row[0]), row_id))
