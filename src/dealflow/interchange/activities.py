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
from dealflow.errors import Conflict, DealflowError, NotFound, Refused
from dealflow.interchange.dealwords import DealWords
from dealflow.interchange.plans import Plans
from dealflow.interchange.references import References
from dealflow.interchange.rejects import Record, Reject, rejected
from dealflow.interchange.tallies import Tallies, Tally
from dealflow.interchange.values import alike
from dealflow.interchange.visitors import Visitors
from dealflow.model import CONTACT_KINDS, Activity, Opportunity
from dealflow.named import NamedTuple
from dealflow.store.known import by_id
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
    _plans: Plans = field(init=False)
    _deals: DealWords = field(init=False)
    _there: dict[str, Activity] = field(default_factory=dict)
    """Of a known system, the activities that are there already."""
    _lines: dict[int, int] = field(default_factory=dict)
    """How many rows with this content there were so far, by 64 bits of its hash."""
    _seen: dict[int, int] = field(default_factory=dict)
    """What a row before with this id of the source was, both as 64 bits of a hash."""

    def __post_init__(self) -> None:
        conn = self.by.book.conn
        self._visitors = Visitors(conn)
        self._plans = Plans(self.by, self.batch, self.tallies)
        self._deals = DealWords(conn, self.names.system)

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
        ids = [row["external_id"] for _, row in good]
        self._prepare(ids, [record for record, _ in good])
        there = self._there if self.names.exact else known(self.by.book.conn, ids)
        for record, row in good:
            try:
                self._put(record, row, there.get(row["external_id"]))
            except DealflowError as error:
                bad.append(rejected(record, error))
        self.batch.flush()
        return bad

    def _prepare(self, ids: Sequence[str], records: Sequence[Record]) -> None:
        self._deals.prepare(records)
        self._plans.prepare(ids)
        if self.names.exact or self.names.system:
            self._there = by_id(self.by.book.conn, Activity, ids)

    def finish(self) -> list[Reject]:
        self._plans.finish()
        return []

    def _read(self, record: Record) -> dict[str, Any]:
        """The columns of the row, but for whose it is. Error: Refused."""
        values = record.values
        if record.faults:
            raise Refused(record.faults[0].reason)
        planned = self._planned(values)
        if "at" not in values and not planned:
            raise Refused("it does not say when it happened")
        at = self._since(values) if planned else values["at"].at
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
            "note": _note(values),
            "outcome": values.get("outcome"),
            "channel": values.get("channel"),
            "direction": values.get("direction"),
            "rep_id": self._rep(values),
        }
        return row | {"external_id": self._external_id(values, row)}

    def _planned(self, values: dict[str, Any]) -> bool:
        """Whether it is still to be done: open by its own word, or ahead and not said to be done.

        Error: Refused where it has no day.
        """
        if "done" in values:
            if not values["done"] and "due" not in values:
                raise Refused("it is not done, and it has no day on which it is due")
            return not values["done"]
        due = values.get("due")
        return due is not None and due.at > self.by.now

    def _since(self, values: dict[str, Any]) -> int:
        """When it was planned, as far as that is told: not later than it is due, nor than now."""
        at, due = values.get("at"), values["due"]
        told = [self.by.now, int(due.at), *([int(at.at)] if at else [])]
        return min(told)

    def _rep(self, values: dict[str, Any]) -> int:
        found = self.names.rep(values["rep"]) if "rep" in values else None
        if found is None and "rep" in values and self.names.exact:
            return self.names.make_rep(values["rep"])
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

    def _put(self, record: Record, row: dict[str, Any], there: Known | Activity | None) -> None:
        values, key = record.values, row["external_id"]
        match = self._whose(values)
        if self._planned(values):
            self._plans.put(key, self._deal(match), _plan(values, row), values["due"])
            return
        if there is None:
            of = {"opportunity_id": match.deal.id if match.deal else None}
            of["account_id"] = None if match.deal else match.account_id
            of["contact_id"] = self._with_whom(match, values)
            made = self.batch.put(Activity, **of, **row)
            self.tally.created += 1
            self.tallies.remark(f"by {match.by}")
            self._plans.done_by(key, made, row["at"])
        else:
            self._again(row, there)
        if "next" in values:
            self._plans.put(f"{key}:next", self._deal(match), _plan(values, row), values["next"])

    def _with_whom(self, match: _Whose, values: dict[str, Any]) -> int | None:
        """Usually the deal's own contact; who is named, in a file that always names them.

        Error: NotFound.
        """
        if not self.names.exact:
            return match.contact_id
        if "contact" not in values or match.account_id is None:
            return None
        known = self.names.contact(match.account_id, values["contact"])
        return known or self.names.make_contact(match.account_id, values["contact"])

    def _again(self, row: dict[str, Any], there: Known | Activity) -> None:
        """It was here before: of a known system it is brought up to date. Error: Conflict."""
        before = self._there.get(row["external_id"])
        if before is not None:
            told = ("kind", "at", "note", "outcome", "channel", "direction")
            new = {name: row[name] for name in told if row[name] is not None}
            new = {name: one for name, one in new.items() if not alike(getattr(before, name), one)}
            same = self.by.book.change(before, **new) is before
            self.tally.unchanged += same
            self.tally.updated += not same
            return
        if (there.kind, there.at) != (row["kind"], row["at"]):
            raise _taken(row["external_id"], f"another activity ({there.kind})")
        self.tally.unchanged += 1

    def _whose(self, values: dict[str, Any]) -> _Whose:
        """The deal that is named, else the customer. Errors: NotFound, Refused."""
        account = values.get("account")
        if "deal" in values:
            known = self.names.known_account(account) if account else None
            find = self._deals.must_find if self.names.exact else self._deals.find
            deal = find(values["deal"], known)
            if deal is not None:
                return _Whose(deal.account_id, deal.contact_id, "the deal", deal)
            named = self.names.known_account(values["deal"])
            if named is not None:
                return _Whose(named, None, "the customer's name", None)
            if not account and not values.keys() & {"email", "domain"}:
                self._deals.must_find(values["deal"], known)
        if account and (known := self.names.known_account(account)):
            email = values.get("email")
            found = self._visitors.find(values) if email else None
            contact = found.contact_id if found and found.account_id == known else None
            return _Whose(known, contact, "the customer's name", None)
        try:
            match = self._visitors.find(values)
        except NotFound:
            if not account or "accounts" not in self.names.create:
                raise
            return _Whose(self.names.make_account(account), None, "the customer's name", None)
        return _Whose(match.account_id, match.contact_id, match.by, None)

    def _deal(self, whose: _Whose) -> Opportunity:
        """The deal that is planned for. Error: Refused."""
        if whose.deal is not None:
            return whose.deal
        deal, guessed = self._deals.of_customer(whose.account_id or 0, whose.contact_id)
        if guessed:
            self.tallies.remark("plan_guessed")
        return deal


class _Whose(NamedTuple):
    account_id: int | None
    contact_id: int | None
    by: str
    deal: Opportunity | None


def _note(values: dict[str, Any]) -> str | None:
    """Subject and text, each once."""
    subject, note = values.get("subject"), values.get("note")
    if subject and note and subject not in note:
        return f"{subject}\n{note}"
    return note or subject


def _plan(values: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """What is planned, in the words that there are."""
    if "next" in values:
        text = f"{row['note'] or ''}{values.get('account', '')}{values.get('deal', '')}"
        what = values.get("next_what") or ("follow up" if text.isascii() else "跟进")
    else:
        what = values.get("subject") or values.get("note") or row["kind"]
    kind = row["kind"] if row["kind"] in CONTACT_KINDS else None
    return {"what": what, "kind": kind, "rep_id": row["rep_id"], "since": row["at"]}


def _taken(told: str, by: str) -> Conflict:
    remedy = "--map 'COLUMN=' leaves the column with the id out"
    return Conflict(f"the id '{told}' is that of {by}", remedy=remedy)


def _digest(parts: Sequence[str]) -> bytes:
    return sha256("\x1f".join(parts).encode()).digest()


def _short(digest: bytes) -> int:
    """64 bits of it: two of a million rows come to the same once in 37 million files."""
    return int.from_bytes(digest[:8], "big")
