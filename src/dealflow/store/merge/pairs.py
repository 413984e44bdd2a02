"""One row in both copies, or in one, with its states there and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from dealflow.merging import THEIRS, Fate, Settled, State
from dealflow.model import Opportunity, Row
from dealflow.store.merge.copies import Copy, Key


@dataclass(slots=True, eq=False)
class Pair:
    """One row in both copies, or in one."""

    kind: type[Row]
    key: Key
    ours: Row | None = None
    theirs: Row | None = None
    mine: State | None = None
    other: State | None = None
    fate: Fate | None = None
    """Of a row that one copy has."""
    settled: list[Settled] = field(default_factory=list)
    """Of a row that both have: what they hold differently."""
    absorbed: bytes | None = None
    """The uid that the row does not go by any more, since both copies made it."""

    @property
    def stays(self) -> bool:
        return self.fate is None or self.fate.stays

    @property
    def comes(self) -> bool:
        """Whether the row is to be added to our file."""
        return self.ours is None and self.stays

    @property
    def goes(self) -> bool:
        """Whether the row is to be removed from our file."""
        return self.ours is not None and not self.stays

    @property
    def changes(self) -> bool:
        """Whether our row becomes another one, be it only under another uid or stamp."""
        if self.ours is None or self.theirs is None:
            return False
        renamed = getattr(self.ours, "uid", None) not in {None, self.key[1]}
        return renamed or any(one.won == THEIRS or one.conflict for one in self.settled)

    @property
    def conflict(self) -> bool:
        """Whether it was removed on one side and edited on the other."""
        return self.fate is not None and self.fate.conflict


def load_states(kind: type[Row], pairs: Iterable[Pair], ours: Copy, theirs: Copy) -> None:
    """The states of the rows of these pairs in both copies."""
    found = list(pairs)
    mine = _states(ours, kind, [pair.ours for pair in found if pair.ours is not None])
    other = _states(theirs, kind, [pair.theirs for pair in found if pair.theirs is not None])
    for pair in found:
        pair.mine = mine[pair.ours.id] if pair.ours is not None else None
        pair.other = other[pair.theirs.id] if pair.theirs is not None else None


def _states(copy: Copy, kind: type[Row], rows: list[Row]) -> dict[int, State]:
    ids = [row.id for row in rows]
    if kind is not Opportunity:
        return copy.states(rows, copy.history(kind.table, ids), {})
    visits: dict[int, Any] = {deal: [] for deal in ids} | copy.visits(ids)
    return copy.states(rows, copy.deals_history(visits), visits)
