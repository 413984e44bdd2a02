"""What our journal takes over of the other's: the heads of its commands, and their keys."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from dealflow.store import keys
from dealflow.store.book import Book
from dealflow.store.merge.copies import Copy
from dealflow.store.merge.lineage import VERB, Head, Lineage

#: gives the id here of a row there: (table, id there)
Here = Callable[[str, int], int | None]


def tells_something(lineage: Lineage, head: Head) -> bool:
    """Whether a command did anything but merge, or take a merge back."""
    while head.undoes is not None:
        head = lineage.heads[head.undoes]
    return head.verb != VERB


def carry(book: Book, ours: Copy, heads: Sequence[Head]) -> list[int]:
    """Write heads of the other copy into our journal, in their order; the ids that they have here.

    Those that came before, with a merge that was taken back, are there already.
    """
    before = {head.uid: head.id for head in ours.lineage.heads.values()}
    ids: dict[bytes, int] = {}
    for head in heads:
        known = before.get(head.uid)
        ids[head.uid] = _insert(book, head) if known is None else known
        if known is None:
            book.carried = book.carried or ids[head.uid]
    return list(ids.values())


def _insert(book: Book, head: Head) -> int:
    sql = "INSERT INTO command (uid, at, actor, verb, typed) VALUES (?, ?, ?, ?, ?) RETURNING id"
    return int(book.conn.execute(sql, head[1:6]).fetchone()[0])


def link(book: Book, theirs: Copy, ids: Sequence[int]) -> None:
    """Mark these as arrived with the merge that the book holds; what undid what, as far as known.

    A command of ours that was undone there still counts here, where its changes stand: that it was
    taken back is among the changes of the merge.
    """
    mark = "UPDATE command SET merged_by = ?, undoes = ?, undone_by = ? WHERE id = ?"
    there = {head.id: head.uid for head in theirs.lineage.heads.values()}
    here = dict(book.conn.execute("SELECT uid, id FROM command").fetchall())
    by_id = {here[head.uid]: head for head in theirs.lineage.heads.values() if head.uid in here}
    for number in ids:
        head = by_id[number]
        undoes = here.get(there.get(head.undoes or 0, b""))
        undone_by = here.get(there.get(head.undone_by or 0, b""))
        book.conn.execute(mark, (book.command, undoes, undone_by, number))


_KEYS = """
    SELECT k.verb, k.key, k.content, k.answer, k.at, c.uid FROM command_key k
    JOIN command c ON c.id = k.command_id ORDER BY k.id
"""


def carry_keys(book: Book, theirs: Copy, ids: Sequence[int], here: Here) -> None:
    """Take over the keys of these commands, with answers that name our ids."""
    arrived = set(ids)
    numbers = dict(book.conn.execute("SELECT uid, id FROM command").fetchall())
    for verb, key, content, answer, at, uid in theirs.conn.execute(_KEYS).fetchall():
        number = numbers.get(uid)
        told = _answer(answer, here) if number in arrived else None
        if told is not None:
            _put_key(book, (verb, key, content, told, at, number))


def _put_key(book: Book, key: tuple[Any, ...]) -> None:
    """A key of our own stays what it is; one that came with a merge taken back is renewed."""
    found = book.conn.execute(
        "SELECT command_id FROM command_key WHERE verb = ? AND key = ?", key[:2]
    ).fetchone()
    if found is not None and found[0] != key[5]:
        return
    if found is not None:
        book.conn.execute("DELETE FROM command_key WHERE verb = ? AND key = ?", key[:2])
    keys.insert(book.conn, key)


def _answer(text: str, here: Here) -> str | None:
    """An answer with our ids in it; None where a row is not here, or it is of another form."""
    answer = json.loads(text)
    match answer:
        case [str(what), [*numbers], said] if all(isinstance(n, int) for n in numbers):
            ids = [here(what, number) for number in numbers]
            return None if None in ids else json.dumps([what, ids, said], ensure_ascii=False)
        case _:
            return None
