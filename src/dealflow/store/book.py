"""One write transaction: load, add, change, remove; journalled in the same breath.

A book is opened by `Database.writing()`. Every row goes through it, so that each command leaves one
journal entry from which it can be undone. It knows no query language and keeps no objects.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import Any, TypeVar

from dealflow.errors import Conflict, NotFound, Refused
from dealflow.model import (
    ROWS,
    Account,
    Activity,
    Contact,
    Opportunity,
    Product,
    Rep,
    Row,
    Setting,
)
from dealflow.named import NamedTuple
from dealflow.store import chain, checksums, derived
from dealflow.store.conn import Conn

R = TypeVar("R", bound=Row)


class Author(NamedTuple):
    """Who does what, when: the head of a journal entry. `at` is epoch seconds UTC."""

    name: str
    verb: str
    typed: str
    at: int


#: what a row goes by: no two rows of its kind share it
NAMED: dict[type[Row], tuple[str, ...]] = {
    Rep: ("handle",),
    Account: ("folded",),
    Contact: ("account_id", "folded"),
    Product: ("folded",),
    Opportunity: ("external_id",),
    Activity: ("external_id",),
}

_COLUMNS: dict[type[Row], tuple[str, ...]] = {}


def columns(kind: type[Row]) -> tuple[str, ...]:
    """The columns of a kind of row, in the order of its fields."""
    if kind not in _COLUMNS:
        _COLUMNS[kind] = tuple(field.name for field in fields(kind))
    return _COLUMNS[kind]


def rows_of(kind: type[R], found: Iterable[Sequence[Any]]) -> list[R]:
    """Rows read in the order of `columns(kind)`, as values of the domain."""
    names = columns(kind)
    return [kind(**dict(zip(names, values, strict=True))) for values in found]


def new_uid(at: int) -> bytes:
    """A UUIDv7 (RFC 9562): 48 bits of milliseconds, then chance."""
    value = bytearray((at * 1000).to_bytes(6, "big") + os.urandom(10))
    value[6] = 0x70 | value[6] & 0x0F
    value[8] = 0x80 | value[8] & 0x3F
    return bytes(value)


class Book:
    """The rows of one command. Errors: NotFound, Conflict; SQLite's own for broken constraints."""

    def __init__(self, conn: Conn, author: Author) -> None:
        self.conn = conn
        self.author = author
        self.touched: set[int] = set()
        """Deals whose derived columns must be brought up to date before the commit."""
        self._days_moved = False
        """Whether the time zone may have changed, and with it when things are late."""
        self._command = 0
        self.carried = 0
        """The first command that comes with this one from another copy; they stand before it."""
        self._runs: dict[str, list[int]] = {}

    @property
    def now(self) -> int:
        return self.author.at

    def begin(self, author: Author) -> None:
        """Start the next journal entry inside the same transaction."""
        self.seal()
        self.author, self._command, self._runs = author, 0, {}

    def load(self, kind: type[R], row_id: int) -> R:
        """The row with this id. Error: NotFound."""
        found = self.find(kind, id=row_id)
        if found is None:
            raise NotFound(kind.table.replace("_", "-"), str(row_id))
        return found

    def find(self, kind: type[R], **equal: Any) -> R | None:
        """The first row, by id, whose columns equal these values; None is SQL's NULL."""
        return next(iter(self.where(kind, **equal)), None)

    def where(self, kind: type[R], **equal: Any) -> list[R]:
        """All rows whose columns equal these values, by id."""
        tests = [f"{name} {'IS NULL' if value is None else '= ?'}" for name, value in equal.items()]
        where = " AND ".join(tests) or "TRUE"
        sql = f"SELECT {', '.join(columns(kind))} FROM {kind.table} WHERE {where} ORDER BY id"
        given = tuple(value for value in equal.values() if value is not None)
        return rows_of(kind, self.conn.execute(sql, given))

    def namesake(self, row: R) -> R | None:
        """Another row that goes by the same name already (see NAMED)."""
        name = {column: getattr(row, column) for column in NAMED.get(type(row), ())}
        if not name or None in name.values():
            return None
        return next((other for other in self.where(type(row), **name) if other.id != row.id), None)

    def add(self, row: R) -> R:
        """Store a new row; gives it its id, and its uid where the table has one."""
        new: dict[str, Any] = {"id": self.next_id(type(row))}
        if "uid" in columns(type(row)) and not getattr(row, "uid", None):
            new["uid"] = new_uid(self.now)
        row = replace(row, **new)
        self.add_many(type(row), [tuple(getattr(row, name) for name in columns(type(row)))])
        return row

    def add_many(self, kind: type[Row], rows: Sequence[Sequence[Any]]) -> None:
        """Store rows given as tuples in the order of `columns(kind)`, ids from `next_id` on."""
        if not rows:
            return
        sealed = list(checksums.sealed(kind.table, rows))
        self.conn.insert(kind.table, (*columns(kind), "checksum"), sealed)
        self._note_added(kind, rows[0][0], rows[-1][0])
        self._days_moved |= kind is Setting
        if "opportunity_id" in columns(kind):
            at = columns(kind).index("opportunity_id")
            self.touched.update(row[at] for row in rows if row[at] is not None)

    def next_id(self, kind: type[Row]) -> int:
        """The id that the next row of this kind gets. Ids are never used twice."""
        return self.conn.next_id(kind.table)

    def change(self, row: R, **new: Any) -> R:
        """Set columns of a row as loaded. Error: Conflict when somebody changed it meanwhile."""
        after = _differing(row, new)
        if not after:
            return row
        edited = self._edit(row, after)
        self._note(row, "edit", _values_of(row, after), after)
        return edited

    def count_edit(self, row: R) -> R:
        """Count an edit of what belongs to a row and is kept elsewhere, as a deal's products are.

        Error: Conflict when somebody changed the row meanwhile.
        """
        edited = self._edit(row, {})
        self._note(row, "edit", {}, {})
        return edited

    def change_many(self, edits: Sequence[tuple[R, dict[str, Any] | None]]) -> list[R]:
        """As `change`, of many different rows of one kind; as `count_edit` where it is None.

        Gives the rows as they are then, in their order. Error: Conflict.
        """
        written: dict[str, list[tuple[R, tuple[Any, ...]]]] = defaultdict(list)
        lines, rows = [], []
        for row, new in edits:
            after = _differing(row, new or {})
            if new is not None and not after:
                rows.append(row)
                continue
            edited, sql, values = _edited(row, after)
            written[sql].append((row, values))
            lines.append((row, _values_of(row, after), after))
            rows.append(edited)
        for sql, each in written.items():
            if self.conn.run_many(sql, [values for _, values in each]) != len(each):
                raise next(filter(None, (self._missed(row) for row, _ in each)))
        self._note_edited(lines)
        return rows

    def _missed(self, row: Row) -> Exception | None:
        """Why a row did not change where others did; None if it did."""
        now = self.find(type(row), id=row.id)
        done = now is not None and now.version == row.version + 1
        return None if done else self._kept_from(row)

    def _edit(self, row: R, after: dict[str, Any]) -> R:
        edited, sql, values = _edited(row, after)
        if self.conn.execute(sql, values).rowcount != 1:
            raise self._kept_from(row)
        return edited

    def remove(self, row: Row) -> None:
        """Delete a row; the journal keeps it whole."""
        gone = self.conn.execute(f"DELETE FROM {row.table} WHERE id = ?", (row.id,))
        if gone.rowcount != 1:
            raise self._kept_from(row)
        self._note_removed([row])

    def remove_run(self, kind: type[Row], first: int, last: int) -> None:
        """Delete what is left of a run of ids; the journal keeps each row whole, the last first."""
        run = f"FROM {kind.table} WHERE id BETWEEN ? AND ?"
        sql = f"SELECT {', '.join(columns(kind))} {run} ORDER BY id DESC"
        rows = rows_of(kind, self.conn.execute(sql, (first, last)))
        from dealflow.store import passing

        with passing.indexed(self.conn, kind.table, len(rows)):
            gone = self.conn.execute(f"DELETE {run}", (first, last))
        if gone.rowcount != len(rows):
            raise next(self._kept_from(row) for row in rows if self.find(kind, id=row.id))
        self._note_removed(rows)

    def _kept_from(self, row: Row) -> Exception:
        """Why a row did not change: somebody else was first, or a server's policy hides it."""
        what = f"{row.table.replace('_', '-')} {row.id}"
        now = self.find(type(row), id=row.id)
        if now is not None and now.version == row.version:
            return Refused(
                f"your role on the server does not let you change {what}",
                "a rep's login changes the rep's own deals; ask its owner or a manager",
            )
        return Conflict(f"{what} was changed by somebody else meanwhile")

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """What the block wrote is taken back when it raises: one row of many may fail."""
        kept = self._command, {table: list(run) for table, run in self._runs.items()}
        self.conn.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self._command, self._runs = kept
            if self.conn.in_transaction:  # SQLite gives up a whole transaction when a disk is full
                self.conn.execute("ROLLBACK TO attempt")
            raise
        finally:
            if self.conn.in_transaction:
                self.conn.execute("RELEASE attempt")

    def settle(self) -> None:
        """Bring the derived columns of the touched deals up to date; of all, in a new time zone."""
        if self._days_moved:
            derived.refresh_days(self.conn)
            self._days_moved = False
        derived.refresh(self.conn, self.touched)
        self.touched.clear()

    def seal(self) -> None:
        """The command is complete: link it to the one before. The last thing before the commit."""
        if self._command:
            chain.seal_from(self.conn, self.carried or self._command)
            self.carried = 0

    @property
    def command(self) -> int:
        """The journal entry of this command, begun when the first row changes."""
        if not self._command:
            done = self.conn.execute(
                "INSERT INTO command (uid, at, actor, verb, typed) VALUES (?, ?, ?, ?, ?)"
                " RETURNING id",
                (new_uid(self.now), self.now, *self.author[:3]),
            )
            self._command = int(done.fetchone()[0])
        return self._command

    @property
    def changed(self) -> bool:
        return bool(self._command)

    def _note(self, row: Row, kind: str, before: Any, after: Any) -> None:
        self.touched.update(_deals_of(row))
        self._days_moved |= isinstance(row, Setting)
        self.conn.execute(
            "INSERT INTO change (command_id, entity, kind, row_id, last_id, before, after)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self.command, row.table, kind, row.id, row.id, to_json(before), to_json(after)),
        )
        self._runs.pop(row.table, None)  # a later addition starts a run of its own

    def _note_edited(self, edits: Sequence[tuple[Row, Any, Any]]) -> None:
        """Rows with what they were before and after, as `_note` notes one."""
        if not edits:
            return
        self.touched.update(deal for row, _, _ in edits for deal in _deals_of(row))
        table, command = edits[0][0].table, self.command
        self._days_moved |= isinstance(edits[0][0], Setting)
        lines = [
            (at, command, table, "edit", row.id, row.id, to_json(before), to_json(after))
            for at, (row, before, after) in enumerate(edits, self.conn.next_id("change"))
        ]
        self.conn.insert("change", ("id", *_REMOVAL, "after"), lines)
        self._runs.pop(table, None)

    def _note_removed(self, rows: Sequence[Row]) -> None:
        """Removals are journalled row by row, since the journal is all that is left of them."""
        if not rows:
            return
        self.touched.update(deal for row in rows for deal in _deals_of(row))
        self._days_moved |= isinstance(rows[0], Setting)
        table, names, command = rows[0].table, columns(type(rows[0])), self.command
        lines = [
            (number, command, table, "remove", row.id, row.id, to_json(_values_of(row, names)))
            for number, row in enumerate(rows, self.conn.next_id("change"))
        ]
        self.conn.insert("change", ("id", *_REMOVAL), lines)
        self._runs.pop(table, None)

    def _note_added(self, kind: type[Row], first: int, last: int) -> None:
        """Additions are journalled as runs of ids: a million rows are one line."""
        run = self._runs.get(kind.table)
        if run and run[1] == first - 1:
            run[1] = last
            self.conn.execute("UPDATE change SET last_id = ? WHERE id = ?", (last, run[0]))
            return
        self._end_runs_below(kind)
        done = self.conn.execute(
            "INSERT INTO change (command_id, entity, kind, row_id, last_id)"
            " VALUES (?, ?, 'add', ?, ?) RETURNING id",
            (self.command, kind.table, first, last),
        )
        self._runs[kind.table] = [int(done.fetchone()[0]), last]

    def _end_runs_below(self, kind: type[Row]) -> None:
        """Undo goes backwards: what refers to these new rows must stand behind them."""
        below = {later.table for later in ROWS[ROWS.index(kind) + 1 :]}
        self._runs = {table: run for table, run in self._runs.items() if table not in below}


def write_whole(conn: Conn, author: Author, fill: Callable[[Book], None]) -> None:
    """One command from its first row to its link in the chain, inside the open transaction."""
    book = Book(conn, author)
    fill(book)
    book.settle()
    book.seal()


def _differing(row: Row, new: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in new.items() if getattr(row, name) != value}


def _edited(row: R, after: dict[str, Any]) -> tuple[R, str, tuple[Any, ...]]:
    """The row as it is to be, and the statement that makes it so where it is as it was loaded."""
    edited = replace(row, version=row.version + 1, **after)
    checksum, sums = checksums.after_edit(row, edited, after.keys())
    assign = [f"{name} = ?" for name in after]
    assign += ["version = version + 1", f"checksum = {checksum}"]
    sql = f"UPDATE {row.table} SET {', '.join(assign)} WHERE id = ? AND version = ?"
    return edited, sql, (*after.values(), *sums, row.id, row.version)


def _deals_of(row: Row) -> Iterable[int]:
    if row.table == "opportunity":
        return (row.id,)
    deal = getattr(row, "opportunity_id", None)
    return () if deal is None else (deal,)


#: what the journal says of a removed row, behind the number of the line
_REMOVAL = ("command_id", "entity", "kind", "row_id", "last_id", "before")
_encoded = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), default=lambda value: f"hex:{value.hex()}"
).encode


def _values_of(row: Row, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def to_json(values: dict[str, Any] | None) -> str | None:
    """Column values as the journal keeps them; bytes as hex under `hex:`."""
    return None if values is None else _encoded(values)


def from_json(text: str | None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text) if text else {}
    return {
        k: bytes.fromhex(v[4:]) if k == "uid" and isinstance(v, str) else v
        for k, v in found.items()
    }
