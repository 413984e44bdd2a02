"""Undo and redo: the inverse of a journal entry, written as a new one.

An undo is itself a command with its own changes, so redo is nothing but the undo of an undo.
"""

from __future__ import annotations

import sqlite3
from typing import Any, NamedTuple

from dealflow.errors import Conflict, NotFound, NothingToUndo, Refused
from dealflow.model import ROWS, Row
from dealflow.store.book import Book, columns, from_json

_KINDS: dict[str, type[Row]] = {kind.table: kind for kind in ROWS}


class Entry(NamedTuple):
    """A line of the journal. `undoes` is the command that it took back, if it is an undo."""

    id: int
    at: int
    actor: str
    verb: str
    typed: str
    undoes: int | None
    undone_by: int | None


#: the command that created the database; there is nothing before it to go back to
FIRST = 1

_ENTRY = "SELECT id, at, actor, verb, typed, undoes, undone_by FROM command"


def entry(book: Book, number: int) -> Entry:
    found = book.conn.execute(f"{_ENTRY} WHERE id = ?", (number,)).fetchone()
    if found is None:
        raise NotFound("command", str(number), hint="dealflow history lists them")
    return Entry(*found)


def latest(book: Book, actor: str, *, undone: bool) -> Entry:
    """The actor's last command that still counts; with `undone`, the last undo that does.

    Error: NothingToUndo.
    """
    which = "undoes IS NOT NULL AND verb = 'undo'" if undone else f"undoes IS NULL AND id > {FIRST}"
    sql = f"{_ENTRY} WHERE {which} AND undone_by IS NULL AND actor = ? ORDER BY id DESC LIMIT 1"
    found = book.conn.execute(sql, (actor,)).fetchone()
    if found is None:
        raise NothingToUndo("redo" if undone else "undo")
    return Entry(*found)


def take_back(book: Book, target: Entry) -> None:
    """Write the inverse of everything that `target` did. Error: Conflict, naming who is in the way.

    A redo takes back an undo: the command that the undo took back counts again.
    """
    if target.id == FIRST:
        raise Refused(
            "the creation of the database cannot be undone", "to start over, use another --db"
        )
    if target.undone_by is not None:
        raise Conflict(
            f"command {target.id} is undone already", f"dealflow undo {target.undone_by}"
        )
    changes = book.conn.execute(
        "SELECT id, command_id, entity, kind, row_id, last_id, before, after FROM change"
        " WHERE command_id = ? ORDER BY id DESC",
        (target.id,),
    ).fetchall()
    for change in changes:
        _take_back_change(book, _Change(*change))
    mine = book.command
    mark = "UPDATE command SET {} = ? WHERE id = ?"
    book.conn.execute(mark.format("undoes"), (target.id, mine))
    book.conn.execute(mark.format("undone_by"), (mine, target.id))
    if target.undoes is not None:
        book.conn.execute(mark.format("undone_by"), (None, target.undoes))


class _Change(NamedTuple):
    id: int
    command_id: int
    entity: str
    kind: str
    row_id: int
    last_id: int
    before: str | None
    after: str | None


def _take_back_change(book: Book, change: _Change) -> None:
    kind = _KINDS[change.entity]
    if change.kind == "add":
        _remove_added(book, kind, change)
    elif change.kind == "remove":
        row = from_json(change.before)
        book.add_many(kind, [tuple(row[name] for name in columns(kind))])
    else:
        _restore(book, kind, change)


def _restore(book: Book, kind: type[Row], change: _Change) -> None:
    row = book.find(kind, id=change.row_id)
    after, before = from_json(change.after), from_json(change.before)
    if row is None or any(getattr(row, name) != value for name, value in after.items()):
        raise _in_the_way(book, change)
    book.change(row, **before)


def _remove_added(book: Book, kind: type[Row], change: _Change) -> None:
    if _later(book, change):
        raise _in_the_way(book, change)
    sql = f"SELECT id FROM {kind.table} WHERE id BETWEEN ? AND ? ORDER BY id DESC"
    ids = [row[0] for row in book.conn.execute(sql, (change.row_id, change.last_id))]
    try:
        for row_id in ids:
            book.remove(book.load(kind, row_id))
    except sqlite3.IntegrityError:
        raise _in_the_way(book, change) from None


#: changes to the same rows by later commands that still count
_LATER = """
    SELECT c.id, c.verb, c.actor FROM change x JOIN command c ON c.id = x.command_id
    WHERE x.entity = ? AND x.id > ? AND x.command_id NOT IN (?, ?) AND x.kind <> 'add'
      AND x.row_id BETWEEN ? AND ? AND c.undone_by IS NULL AND c.undoes IS NULL
    ORDER BY c.id DESC LIMIT 1
"""


def _later(book: Book, change: _Change) -> tuple[Any, ...] | None:
    own = (change.command_id, book.command)
    where = (change.entity, change.id, *own, change.row_id, change.last_id)
    found: tuple[Any, ...] | None = book.conn.execute(_LATER, where).fetchone()
    return found


def _in_the_way(book: Book, change: _Change) -> Conflict:
    what = f"{change.entity.replace('_', '-')} {change.row_id}"
    later = _later(book, change)
    if later is None:
        return Conflict(f"{what} is used by later commands", "dealflow history shows them")
    number, verb, actor = later
    return Conflict(
        f"{what} was changed since, by {actor} (command {number}, {verb})",
        f"dealflow undo {number}",
    )
