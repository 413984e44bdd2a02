"""Undo and redo: the inverse of a journal entry, written as a new one.

An undo is itself a command with its own changes, so redo is nothing but the undo of an undo.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from typing import Any

from dealflow.errors import Conflict, NotFound, NothingToUndo, Refused
from dealflow.model import ROWS, Opportunity, Rep, Row
from dealflow.named import NamedTuple
from dealflow.store import derived, known, soundness
from dealflow.store.book import NAMED, Book, columns, from_json

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
    merged_by: int | None = None


_FOREVER = 2**63 - 1
#: the command that created the database; there is nothing before it to go back to
FIRST = 1

_ENTRY = "SELECT id, at, actor, verb, typed, undoes, undone_by, merged_by FROM command"


def entry(book: Book, number: int) -> Entry:
    found = book.conn.execute(f"{_ENTRY} WHERE id = ?", (number,)).fetchone()
    if found is None:
        raise NotFound("command", str(number), hint="dealflow history lists them")
    return Entry(*found)


def latest(book: Book, rep_id: int, *, undone: bool, default: Entry | None = None) -> Entry:
    """The rep's last command that still counts; with `undone`, the last undo that does.

    Error: NothingToUndo, where there is no `default`.
    """
    which = "undoes IS NOT NULL AND verb = 'undo'" if undone else f"undoes IS NULL AND id > {FIRST}"
    spans = _handles(book, rep_id)
    own = " OR ".join(["actor = ? AND id > ? AND id <= ?"] * len(spans))
    counts = "undone_by IS NULL AND merged_by IS NULL"
    sql = f"{_ENTRY} WHERE {which} AND {counts} AND ({own}) ORDER BY id DESC LIMIT 1"
    found = book.conn.execute(sql, [value for span in spans for value in span]).fetchone()
    if found is None and default is not None:
        return default
    if found is None:
        raise NothingToUndo("redo" if undone else "undo")
    return Entry(*found)


_HANDLES = """
    SELECT command_id, json_extract(before, '$.handle') FROM change
    WHERE entity = 'rep' AND :rep BETWEEN row_id AND last_id
      AND (kind = 'add' OR json_extract(before, '$.handle') IS NOT NULL) ORDER BY id
"""


def _handles(book: Book, rep_id: int) -> list[tuple[str, int, int]]:
    """What the rep was called when: (handle, after this command, until that one)."""
    spans: list[tuple[str, int, int]] = []
    since = 0
    for number, handle in book.conn.execute(_HANDLES, {"rep": rep_id}).fetchall():
        if handle is not None:
            spans.append((handle, since, number))
        since = number
    return [*spans, (book.load(Rep, rep_id).handle, since, _FOREVER)]


def take_back(book: Book, target: Entry) -> None:
    """Write the inverse of everything that `target` did. Error: Conflict, naming who is in the way.

    A redo takes back an undo: the command that the undo took back counts again.
    """
    if target.id == FIRST:
        raise Refused(
            "the creation of the database cannot be undone", "to start over, use another --db"
        )
    if target.merged_by is not None:
        raise _came_along(entry(book, target.merged_by), target.id)
    if target.undone_by is not None:
        raise Conflict(
            f"command {target.id} is undone already", f"dealflow undo {target.undone_by}"
        )
    found = book.conn.execute(
        "SELECT id, command_id, entity, kind, row_id, last_id, before, after FROM change"
        " WHERE command_id = ? ORDER BY id DESC",
        (target.id,),
    ).fetchall()
    changes = [_Change(*values) for values in found]
    for _, alike in groupby(changes, key=lambda change: (change.entity, change.kind)):
        _take_back_alike(book, list(alike))
    _leave_sound(book, target, {change.entity for change in changes})
    mine = book.command
    mark = "UPDATE command SET {} = ? WHERE id = ?"
    book.conn.execute(mark.format("undoes"), (target.id, mine))
    book.conn.execute(mark.format("undone_by"), (mine, target.id))
    if target.undoes is not None:
        book.conn.execute(mark.format("undone_by"), (None, target.undoes))


def _came_along(merge: Entry, number: int) -> Refused:
    """Of a command that was given in another copy: what it did is among the merge's changes."""
    came = f"command {number} was given in another copy and came with merge {merge.id}"
    if merge.undone_by is not None:
        return Refused(f"{came}, which is undone", f"dealflow undo {merge.undone_by}")
    return Refused(came, f"to take back the whole merge: dealflow undo {merge.id}")


class _Change(NamedTuple):
    id: int
    command_id: int
    entity: str
    kind: str
    row_id: int
    last_id: int
    before: str | None
    after: str | None


_Inverse = Callable[[Book, type[Row], list[_Change]], None]


def _take_back_alike(book: Book, changes: list[_Change]) -> None:
    """Changes of one kind to one table: together, or one by one to find out which is in the way."""
    kind, inverse = _KINDS[changes[0].entity], _INVERSES[changes[0].kind]
    try:
        with book.attempt():
            inverse(book, kind, changes)
    except book.conn.broken:
        if len(changes) == 1:
            raise _in_the_way(book, changes[0]) from None
        for change in changes:
            _take_back_alike(book, [change])


def _return_removed(book: Book, kind: type[Row], changes: list[_Change]) -> None:
    """Rows come back in runs of ids: an import that is done again is a line of the journal."""
    rows = [kind(**from_json(change.before)) for change in changes]
    _refuse_namesakes(book, changes, rows)
    names = columns(kind)
    whole = [tuple(getattr(row, name) for name in names) for row in rows]
    done = 0
    for first, last in derived.runs([row.id for row in rows]):
        until = done + last - first + 1
        book.add_many(kind, whole[done:until])
        done = until


def _refuse_namesakes(book: Book, changes: list[_Change], rows: list[Row]) -> None:
    """As _unique, for many rows of one kind."""
    named = NAMED.get(type(rows[0]))
    if named is None:
        return
    sought = [name for name in (getattr(row, named[-1]) for row in rows) if name is not None]
    if known.matching(book.conn, type(rows[0]), named[-1], sought):
        for change, row in zip(changes, rows, strict=True):
            _unique(book, change, row)


def _restore_edited(book: Book, kind: type[Row], changes: list[_Change]) -> None:
    """Rows are loaded together, and restored together with what they had before.

    Not with what they had before that, if the command changed them twice; and names, which others
    may have by now, one after the other.
    """
    ids = sorted({change.row_id for change in changes})
    rows = {row.id: row for row in known.matching(book.conn, kind, "id", ids)}
    since = _changed_since(book, changes)
    edits: dict[int, tuple[Row, dict[str, Any] | None]] = {}
    for change in changes:
        if change.row_id in since and _later(book, change):  # its values may be back by chance
            raise _in_the_way(book, change)
        before = _facts(change.entity, change.before)
        named = before.keys() & set(NAMED.get(kind, ()))
        if named or change.row_id in edits:
            rows |= {row.id: row for row in book.change_many(list(edits.values()))}
            edits.clear()
        row = _as_left(book, rows.get(change.row_id), change)
        if named:
            _unique(book, change, replace(row, **before))
        counted = isinstance(row, Opportunity) and not from_json(change.after)
        edits[row.id] = (row, None if counted else before)
    book.change_many(list(edits.values()))


def _as_left(book: Book, row: Row | None, change: _Change) -> Row:
    """The row, if it is as the change left it. Error: Conflict, naming who is in the way."""
    after = _facts(change.entity, change.after)
    if row is None or any(getattr(row, name) != value for name, value in after.items()):
        raise _in_the_way(book, change)
    return row


def _facts(table: str, text: str | None) -> dict[str, Any]:
    """Column values without those that are derived from others: these follow by themselves."""
    kept = from_json(text)
    return {name: value for name, value in kept.items() if (table, name) not in derived.COLUMNS}


def _remove_added(book: Book, kind: type[Row], changes: list[_Change]) -> None:
    for change in changes:
        if _later(book, change):
            raise _in_the_way(book, change)
        book.remove_run(kind, change.row_id, change.last_id)


_INVERSES: dict[str, _Inverse] = {
    "add": _remove_added,
    "remove": _return_removed,
    "edit": _restore_edited,
}


def _unique(book: Book, change: _Change, row: Row) -> None:
    """What comes back must not meet a namesake. Error: Conflict."""
    other = book.namesake(row)
    if other is not None:
        what = f"{_told(change)} cannot have its name back: {_noun(change)} {other.id} has it"
        raise Conflict(what, "dealflow history shows since when")


#: what concerns more than the deals that an undo touches: (entity, rules)
_CONCERNS = {"stage": "stages", "account": "customers"}


def _leave_sound(book: Book, target: Entry, entities: set[str]) -> None:
    """Nothing that was built on what is gone may be left behind. Error: Conflict."""
    for deal, finding in soundness.broken(book.conn, book.touched):
        raise _built_on(book, target, deal, finding)
    for rule in sorted(_CONCERNS[entity] for entity in entities & _CONCERNS.keys()):
        for finding in soundness.breaches(book.conn, rule):
            deal = finding.row if finding.table == "opportunity" else 0
            raise _built_on(book, target, deal, finding)


#: commands that still count and changed a deal, its stage, or what hangs on it, after one
_SINCE = """
    SELECT c.id, c.verb, c.actor FROM change x JOIN command c ON c.id = x.command_id
    WHERE c.id > :target AND c.id <> :mine AND c.undone_by IS NULL AND c.undoes IS NULL
      AND CASE x.entity
        WHEN 'opportunity' THEN :deal BETWEEN x.row_id AND x.last_id
        WHEN 'stage' THEN (SELECT stage_id FROM opportunity WHERE id = :deal)
          BETWEEN x.row_id AND x.last_id
        WHEN 'visit' THEN EXISTS (SELECT 1 FROM visit
          WHERE opportunity_id = :deal AND id BETWEEN x.row_id AND x.last_id)
        WHEN 'follow_up' THEN EXISTS (SELECT 1 FROM follow_up
          WHERE opportunity_id = :deal AND id BETWEEN x.row_id AND x.last_id) END
    ORDER BY c.id DESC LIMIT 1
"""


def _built_on(book: Book, target: Entry, deal: int, finding: soundness.Finding) -> Conflict:
    values = {"target": target.id, "mine": book.command, "deal": deal}
    later = book.conn.execute(_SINCE, values).fetchone()
    what = f"{finding.table.replace('_', '-')} {finding.row}"
    if later is None:
        return Conflict(f"{what} is in the way: {finding.about}", "dealflow history shows it")
    number, verb, actor = later
    return Conflict(
        f"{what} was built on since, by {actor} (command {number}, {verb})",
        f"dealflow undo {number}",
    )


#: changes to the same rows by later commands that still count, the last one first
_LATER = """
    SELECT c.id, c.verb, c.actor, x.before FROM change x JOIN command c ON c.id = x.command_id
    WHERE x.entity = ? AND x.id > ? AND x.command_id NOT IN (?, ?) AND x.kind <> 'add'
      AND x.row_id BETWEEN ? AND ? AND c.undone_by IS NULL AND c.undoes IS NULL
    ORDER BY c.id DESC
"""


#: the rows of a table that later commands which still count have changed
_SINCE_THEN = """
    SELECT DISTINCT x.row_id FROM json_each(:rows) j
    CROSS JOIN change x ON x.entity = :entity AND x.row_id = CAST(j.value AS BIGINT)
    JOIN command c ON c.id = x.command_id
    WHERE x.id > :first AND x.command_id NOT IN (:target, :mine) AND x.kind <> 'add'
      AND c.undone_by IS NULL AND c.undoes IS NULL
"""


def _changed_since(book: Book, changes: list[_Change]) -> set[int]:
    """Of the rows that these edits of one table set, those that need a closer look: see _later."""
    asked = {
        "rows": json.dumps([change.row_id for change in changes]),
        "entity": changes[0].entity,
        "first": min(change.id for change in changes),
        "target": changes[0].command_id,
        "mine": book.command,
    }
    return {row_id for (row_id,) in book.conn.execute(_SINCE_THEN, asked)}


def _later(book: Book, change: _Change) -> tuple[int, str, str] | None:
    """The last command that set what this change set: (number, verb, actor)."""
    own = (change.command_id, book.command)
    where = (change.entity, change.id, *own, change.row_id, change.last_id)
    mine = _facts(change.entity, change.before).keys()
    for number, verb, actor, before in book.conn.execute(_LATER, where):
        if change.kind != "edit" or mine & _facts(change.entity, before).keys():
            return number, verb, actor
    return None


def _in_the_way(book: Book, change: _Change) -> Conflict:
    later = _later(book, change)
    if later is None:
        why = (
            "is used by later commands" if change.kind == "add" else "no longer fits what is there"
        )
        return Conflict(f"{_told(change)} {why}", "dealflow history shows them")
    number, verb, actor = later
    return Conflict(
        f"{_told(change)} was changed since, by {actor} (command {number}, {verb})",
        f"dealflow undo {number}",
    )


def _noun(change: _Change) -> str:
    return change.entity.replace("_", "-")


def _told(change: _Change) -> str:
    return f"{_noun(change)} {change.row_id}"
