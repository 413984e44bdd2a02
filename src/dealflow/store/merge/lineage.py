"""The journal of one copy: which commands it knows and which count, and what names rows."""

from __future__ import annotations

from collections.abc import Iterable

from dealflow.named import NamedTuple
from dealflow.store.conn import Conn

#: the verb of a merge in the journal
VERB = "db merge"


class Head(NamedTuple):
    """A command without what it changed."""

    id: int
    uid: bytes
    at: int
    actor: str
    verb: str
    typed: str
    undoes: int | None
    undone_by: int | None
    merged_by: int | None


_HEADS = """
    SELECT id, uid, at, actor, verb, typed, undoes, undone_by, merged_by FROM command ORDER BY id
"""


class Lineage:
    """All commands of a copy. One that arrived with a merge counts until that merge is undone."""

    def __init__(self, conn: Conn) -> None:
        self.heads = {row[0]: Head(*row) for row in conn.execute(_HEADS)}
        self.counting = {head.id: head for head in self.heads.values() if self._counts(head)}
        self.by_uid = {head.uid: head for head in self.counting.values()}
        self.merges = {h.id for h in self.heads.values() if h.verb == VERB and h.merged_by is None}
        """Merges that were made in this very file."""

    @property
    def known(self) -> frozenset[bytes]:
        """Uids of the commands that count here; nobody's is always known."""
        return frozenset({b"", *self.by_uid})

    @property
    def origin(self) -> bytes:
        """The uid of the command that made the database; every copy of it has the same."""
        first = self.heads.get(1)
        return first.uid if first else b""

    def _counts(self, head: Head) -> bool:
        return head.merged_by is None or self.heads[head.merged_by].undone_by is None

    def is_of_merge(self, number: int) -> bool:
        """Whether the command is a merge, or takes one back, or takes that back …"""
        head = self.heads[number]
        while head.undoes is not None and head.merged_by is None:
            head = self.heads[head.undoes]
        return head.id in self.merges

    def unheard(self, known: Iterable[bytes]) -> list[Head]:
        """The commands that count here and that the other copy does not know, in our order."""
        there = frozenset(known)
        return [head for head in self.counting.values() if head.uid not in there]


def last_command(conn: Conn) -> str:
    """The uid of the last command in hex: it tells one state of a database from another."""
    found = conn.execute("SELECT uid FROM command ORDER BY id DESC LIMIT 1").fetchone()
    return found[0].hex() if found else ""


class Same:
    """Which uids name one and the same row, where copies that did not know each other both made it.

    The row goes by the smallest of them: the same in every copy, whoever merges whom.
    """

    def __init__(self) -> None:
        self._up: dict[bytes, bytes] = {}
        self._all: dict[bytes, set[bytes]] = {}

    def join(self, one: bytes, other: bytes) -> None:
        first, second = sorted((self.of(one), self.of(other)))
        if first != second:
            self._up[second] = first
            self._all[first] = self.names(first) | self.names(second)

    def of(self, uid: bytes) -> bytes:
        """The uid that the row goes by."""
        while uid in self._up:
            uid = self._up[uid]
        return uid

    def names(self, uid: bytes) -> set[bytes]:
        """All uids of the row that goes by this one."""
        return self._all.get(uid, {uid})
