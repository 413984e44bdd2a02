"""Everything that changes the pipeline: one function per verb.

An action is given an Actor: who acts, inside which transaction. It returns Done; the caller reads
the rows back and commits. Commands, imports and (later) rules all come through here, so everybody
meets the same rules.
"""

from __future__ import annotations

from collections.abc import Iterable

from dealflow.frozen import Frozen
from dealflow.model import Rep
from dealflow.named import NamedTuple
from dealflow.store.book import Book
from dealflow.store.database import Database


class Actor(Frozen, kw_only=False):
    """Who acts, and the transaction it happens in."""

    db: Database
    book: Book
    me: Rep

    @property
    def now(self) -> int:
        return self.book.now


class Done(NamedTuple):
    """What an action did: which kind of rows it wrote, their ids, and how to say it."""

    what: str
    ids: tuple[int, ...]
    said: tuple[str, ...]


def together(what: str, parts: Iterable[Done]) -> Done:
    """One Done for the same verb applied to several targets; nothing, where there are none."""
    done = list(parts)
    ids = tuple(row_id for part in done for row_id in part.ids)
    return Done(what, ids, tuple(line for part in done for line in part.said))
