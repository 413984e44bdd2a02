"""Activities from a visit log, an e-mail log or the like: each given to the customer it is of.

What was taken in before is known by its id in the source, or else by what its row says, together
with a running number for rows of one file that say the same: so a file can be imported again, and
one that overlaps with another. Memory holds a number for each row, not the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from dealflow.actions import Actor
from dealflow.actions.bulk import Batch
from dealflow.errors import Conflict, DealflowError, Refused
from dealflow.interchange.references import References
from dealflow.interchange.rejects import Record, Reject, rejected
from dealflow.interchange.tallies import Tallies, Tally
from dealflow.interchange.visitors import Match, Visitors
from dealflow.model import Activity
from dealflow.store.visitors import Known, known

#: what of a row tells it from another one that has no id
_SAID = ("email", "domain", "account", "contact", "note", "outcome", "channel")


@dataclass
class ActivityIntake:
    """Takes rows in, a chunk at a time. `kind` is what a row is that does not say."""

    by: Actor
    kind: str | None
    batch: Batch
    names: References
    tallies: Tallies
    _visitors: Visitors = field(init=False)
    _lines: dict[int, int] = field(default_factory=dict)
    """How many rows with this content there were so far, by 64 bits of its hash."""
    _seen: dict[int, int] = field(default_factory=dict)
    """What a row before with this id of the source was, both as 64 bits of a hash."""

    def __post_init__(self) -> None:
        self._visitors = Visitors(self.by.book.conn)

    @property
    def tally(self) -> Tally:
        return self.tallies.of("activities")

    def take(self, records: Sequence[Record]) -> list[Reject]:
        """Take a chunk in; the rows that cannot be."""
        bad: list[Reject] = []
        good: list[tuple[Record, dict[str, Any]]] = []
        for record in records:
            try:
                row = self._read(record)
                again = self._stood_before(record, row)
                self.tally.unchanged += again
                good += [] if again else [(record, row)]
            except DealflowError as error:
                bad.append(rejected(record, *([] if record.faults else [error])))
        there = known(self.by.book.conn, [row["external_id"] for _, row in good])
        for record, row in good:
            try:
                self._put(record, row, there.get(row["external_id"]))
            except DealflowError as error:
                bad.append(rejected(record, error))
        self.batch.flush()
        return bad

    def finish(self) -> list[Reject]:
        return []

    def _read(self, record: Record) -> dict[str, Any]:
        """The columns of the row, but for whose it is. Error: Refused."""
        values = record.values
        if record.faults:
            raise Refused(record.faults[0])
        if "at" not in values:
            raise Refused("it does not say when it happened")
        at = values["at"].at
        if at > self.by.now:
            raise Refused("it lies in the future")
        kind = values.get("kind", self.kind)
        if kind is None:
            told = "it does not say what happened"
            raise Refused(
                told, remedy="--default KIND says what a row is that does not: site_visit"
            )
        row = {
            "kind": kind,
            "at": at,
            "note": values.get("note"),
            "outcome": values.get("outcome"),
            "channel": values.get("channel"),
            "rep_id": self._rep(values),
        }
        return row | {"external_id": self._external_id(values, row)}

    def _rep(self, values: dict[str, Any]) -> int:
        found = self.names.rep(values["rep"]) if "rep" in values else None
        return found or self.by.me.id

    def _external_id(self, values: dict[str, Any], row: dict[str, Any]) -> str:
        told = values.get("external_id")
        if told is not None:
            return str(told)
        said = [row["kind"], str(row["at"]), *(str(values.get(name) or "") for name in _SAID)]
        digest = _digest(said)
        number = _short(digest)
        self._lines[number] = self._lines.get(number, 0) + 1
        return f"sha256:{digest[:16].hex()}:{self._lines[number]}"

    def _stood_before(self, record: Record, row: dict[str, Any]) -> bool:
        """Whether the same row with the same id was met before. Error: Conflict for another one."""
        told = record.values.get("external_id")
        if told is None:
            return False
        name, content = _short(_digest([told])), _short(_digest([row["kind"], str(row["at"])]))
        before = self._seen.get(name)
        self._seen.setdefault(name, content)
        if before is not None and before != content:
            raise _taken(told, "a row before it")
        return before is not None

    def _put(self, record: Record, row: dict[str, Any], there: Known | None) -> None:
        if there is not None:
            if (there.kind, there.at) != (row["kind"], row["at"]):
                raise _taken(row["external_id"], f"another activity ({there.kind})")
            self.tally.unchanged += 1
            return
        match: Match = self._visitors.find(record.values)
        contact = match.contact_id
        self.batch.put(Activity, account_id=match.account_id, contact_id=contact, **row)
        self.tally.created += 1
        self.tallies.remark(f"by {match.by}")


def _taken(told: str, by: str) -> Conflict:
    remedy = "--map 'COLUMN=' leaves the column with the id out"
    return Conflict(f"the id '{told}' is that of {by}", remedy=remedy)


def _digest(parts: Sequence[str]) -> bytes:
    return sha256("\x1f".join(parts).encode()).digest()


def _short(digest: bytes) -> int:
    """64 bits of it: two of a million rows come to the same once in 37 million files."""
    return int.from_bytes(digest[:8], "big")
