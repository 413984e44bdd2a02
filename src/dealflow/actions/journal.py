"""Undo and redo: whole commands, one step each."""

from __future__ import annotations

from dealflow.actions import Actor, Done
from dealflow.errors import Conflict
from dealflow.model import FxRate, Setting
from dealflow.store import undo as journal


def undo(by: Actor, number: int | None) -> Done:
    """Take back one command: `number`, or the actor's own last one that still counts."""
    if number is None:
        target = journal.latest(by.book, by.me.id, undone=False)
    else:
        target = journal.entry(by.book, number)
    _take_back(by, target)
    return Done("command", (target.id,), (f"undone: {target.id} {target.typed}",))


def redo(by: Actor) -> Done:
    """Do again what the actor undid last."""
    target = journal.latest(by.book, by.me.id, undone=True)
    again = journal.entry(by.book, target.undoes or 0)
    _take_back(by, target)
    return Done("command", (again.id,), (f"done again: {again.id} {again.typed}",))


def _take_back(by: Actor, target: journal.Entry) -> None:
    """As store.undo.take_back, and rates keep their meaning. Error: Conflict."""
    base = by.db.currency
    journal.take_back(by.book, target)
    now = by.book.find(Setting, key="currency")
    if now is not None and now.value != base and by.book.where(FxRate):
        raise Conflict(
            f"the exchange rates are in {base}", "take them back first: dealflow history"
        )
