"""Undo and redo: whole commands, one step each."""

from __future__ import annotations

from dealflow.actions import Actor, Done
from dealflow.dates import day_of
from dealflow.errors import Conflict, Refused
from dealflow.model import FxRate, Setting
from dealflow.store import undo as journal


def undo(by: Actor, number: int | None) -> Done:
    """Take back one command: `number`, or the actor's own last one that still counts."""
    if number is None:
        target = journal.latest(by.book, by.me.id, undone=False)
    else:
        target = journal.entry(by.book, number)
    _take_back(by, target)
    given = day_of(target.at, by.db.zone)
    old = f" · given {given}" if given != day_of(by.now, by.db.zone) else ""
    return Done("command", (target.id,), (f"undone: {target.id} {target.typed}{old}",))


def redo(by: Actor) -> Done:
    """Do again what the actor undid last. Error: Refused, where they did something else since."""
    target = journal.latest(by.book, by.me.id, undone=True)
    since = journal.latest(by.book, by.me.id, undone=False, default=target)
    if since.id > target.id:
        raise Refused(
            f"command {since.id} {since.typed} was given since the undo (command {target.id})",
            f"to do it again all the same: dealflow undo {target.id}",
        )
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
