"""Undo and redo: whole commands, one step each."""

from __future__ import annotations

from dealflow.actions import Actor, Done
from dealflow.store import undo as journal


def undo(by: Actor, number: int | None) -> Done:
    """Take back one command: `number`, or the actor's own last one that still counts."""
    if number is None:
        target = journal.latest(by.book, by.book.author.name, undone=False)
    else:
        target = journal.entry(by.book, number)
    journal.take_back(by.book, target)
    return Done("command", (target.id,), (f"undone: {target.id} {target.typed}",))


def redo(by: Actor) -> Done:
    """Do again what the actor undid last."""
    target = journal.latest(by.book, by.book.author.name, undone=True)
    again = journal.entry(by.book, target.undoes or 0)
    journal.take_back(by.book, target)
    return Done("command", (again.id,), (f"done again: {again.id} {again.typed}",))
