"""What follows a change once it is saved: this user's memory of it, and the user's own hooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dealflow import config
from dealflow.named import NamedTuple
from dealflow.store import witness
from dealflow.store.book import Book
from dealflow.store.database import Database


class Saved(NamedTuple):
    """A change that is about to be committed, as far as anybody is told of it afterwards."""

    change: witness.Saving
    hooks: tuple[str, ...]
    told: str
    """The journal's entry as JSON, for the hooks; '' without any."""


def noted(book: Book, env: Mapping[str, str]) -> Saved | None:
    """What is to be told of the change that the book holds; None where nothing was changed.

    Everything is read before the commit: after it the answer asks the file no more. Error: Unusable
    for a hook that others could have put there.
    """
    from dealflow import hooks

    change = witness.seen(book)
    if change is None:
        return None
    found = hooks.found(env)
    return Saved(change, found, told(book) if found else "")


def told(book: Book) -> str:
    """The journal's entry of the book's command, with every change, as one line of JSON."""
    import json

    from dealflow.store import history

    return json.dumps(history.whole(book.conn, book.command), ensure_ascii=False)


def follow(saved: Saved, env: Mapping[str, str], warn: Callable[[str], None]) -> None:
    """Tell of a change that was committed. Nothing that goes wrong here takes it back."""
    from dealflow import hooks

    witness.remember(config.state_folder(env), saved.change)
    for path in saved.hooks:
        failure = hooks.call(path, saved.told)
        if failure:
            warn(failure)


def what_was_lost(db: Database, env: Mapping[str, str]) -> list[str]:
    """Which of this user's changes the file has lost, if it was put back or replaced."""
    with db.explained():
        lost = witness.lost(config.state_folder(env), db.conn)
    return lost.said if lost else []


def expect_nothing(place: str, env: Mapping[str, str]) -> None:
    """What this user saw saved is not looked for any more: it was replaced on purpose."""
    witness.forget(config.state_folder(env), place)


def hold_interrupts() -> None:
    """From the commit on the answer must match what was saved: Ctrl-C comes too late."""
    import signal

    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
