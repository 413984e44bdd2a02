"""Reps, customers, contacts and products from a file: new ones added, known ones edited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dealflow.actions import Actor, Done, people
from dealflow.actions.bulk import Batch
from dealflow.customfields import MARK
from dealflow.errors import DealflowError, Refused
from dealflow.interchange.custom import filled_in, packed
from dealflow.interchange.fields import Kind
from dealflow.interchange.references import References
from dealflow.interchange.rejects import Record, Reject, failures, rejected
from dealflow.interchange.tallies import Tallies, Tally
from dealflow.interchange.values import alike
from dealflow.model import Account, Contact, Product, Rep, Row
from dealflow.named import NamedTuple
from dealflow.store.known import by_id, called, is_own, matching
from dealflow.text import fold, tidy

_FOLDED: dict[str, type[Account | Contact | Product]] = {
    "accounts": Account,
    "contacts": Contact,
    "products": Product,
}


class _Edit(NamedTuple):
    record: Record
    row: Any
    changes: dict[str, Any]


@dataclass
class PeopleIntake:
    """Takes records of one kind in, a chunk at a time; a row's key says which record it is."""

    by: Actor
    kind: Kind
    key: str
    batch: Batch
    names: References
    tallies: Tallies
    _lines: dict[Any, int] = field(default_factory=dict)
    _children: dict[int, tuple[Record, bool]] = field(default_factory=dict)
    """By line, customers that are part of another one, and whether they counted as unchanged."""

    def take(self, records: Sequence[Record]) -> list[Reject]:
        """Take a chunk in; the rows that cannot be."""
        known = self._known(records)
        bad: list[Reject] = []
        edits: list[_Edit] = []
        for record in records:
            found = self._judge(record, known)
            if isinstance(found, Reject):
                bad.append(found)
            else:
                edits += found
        self.batch.flush()
        return bad + [reject for edit in edits if (reject := self._edit(edit))]

    def finish(self) -> list[Reject]:
        """Say of which customers others are part: only now are all of them there."""
        children = self._children.values()
        return [reject for child in children if (reject := self._adopt(*child))]

    @property
    def tally(self) -> Tally:
        return self.tallies.of(self.kind.name)

    def _judge(self, record: Record, known: dict[Any, Row]) -> list[_Edit] | Reject:
        """Take a row in; what is left to do for it, or else everything that is wrong with it."""
        raised: list[DealflowError] = []
        if not record.faults:
            try:
                return self._take(record, known)
            except DealflowError as error:
                raised = [error]
        return rejected(record, *self._wrong(record), *raised)

    def _wrong(self, record: Record) -> list[DealflowError]:
        """What is wrong with a row, each judged by itself; after faults, only what is there."""
        checks: list[Callable[[], object]] = list(self.names.look_ups(record.values))
        if not record.faults:
            checks.insert(0, lambda: self._must_be_new_to_file(record))
        return failures(checks)

    # ── a row ─────────────────────────────────────────────────────────────────────────────────

    def _take(self, record: Record, known: dict[Any, Row]) -> list[_Edit]:
        values = record.values
        self._must_be_new_to_file(record)
        row = self._row(values, known)
        if row is None:
            self._add(values)
            self.tally.created += 1
        changes = self._differences(row, values) if row else {}
        self.tally.unchanged += bool(row and not changes)
        if "parent" in values:
            self._children[record.line] = record, bool(row and not changes)
        return [_Edit(record, row, changes)] if changes else []

    def _row(self, values: dict[str, Any], known: dict[Any, Row]) -> Any:
        """By the id of its system first, then by its key. Error: Refused where they disagree."""
        told = values.get("external_id")
        if told is not None and (of_id := known.get(("id", told))):
            return of_id
        row: Any = known.get(self._key_of(values))
        theirs = row.external_id if row is not None and told is not None else None
        if theirs not in {None, told} and not is_own(told):
            raise Refused(f"{self.key} '{values[self.key]}' is {row.external_id} already")
        return row

    def _must_be_new_to_file(self, record: Record) -> None:
        values = record.values
        if self.key not in values:
            raise Refused(f"it has no {self.key}")
        if self.kind.name == "contacts" and "account" not in values:
            raise Refused("a contact belongs to a customer, and the row names none")
        told = values[self.key]
        key = fold(values.get("account", "")), fold(told)
        line = self._lines.setdefault(key, record.line)
        if line != record.line:
            raise Refused(f"{self.key} '{told}' stands in line {line} already")

    def _key_of(self, values: dict[str, Any]) -> Any:
        key = fold(values[self.key])
        return (self.names.account(values["account"]), key) if self._of_account else key

    @property
    def _of_account(self) -> bool:
        return self.kind.name == "contacts"

    def _known(self, records: Sequence[Record]) -> dict[Any, Row]:
        """The records that these rows may be about, by what `_key_of` says of a row, and by id."""
        return self._of_ids(records) | self._of_keys(records)

    def _of_ids(self, records: Sequence[Record]) -> dict[Any, Row]:
        ids = [r.values["external_id"] for r in records if "external_id" in r.values]
        kind: type[Row] = Rep if self.kind.name == "reps" else _FOLDED[self.kind.name]
        return {("id", told): row for told, row in by_id(self.by.book.conn, kind, ids).items()}

    def _of_keys(self, records: Sequence[Record]) -> dict[Any, Row]:
        book = self.by.book
        if self.kind.name == "reps":
            reps = [(getattr(row, self.key), row) for row in book.where(Rep)]
            return {fold(word): row for word, row in reps if word}
        told = [fold(record.values[self.key]) for record in records if self.key in record.values]
        rows = matching(book.conn, _FOLDED[self.kind.name], "folded", told)
        if self._of_account:
            return {(row.account_id, row.folded): row for row in rows if isinstance(row, Contact)}
        return {row.folded: row for row in reversed(rows)}

    # ── new ones ──────────────────────────────────────────────────────────────────────────────

    def _add(self, values: dict[str, Any]) -> None:
        told = {name: value for name, value in values.items() if name not in {"name", "currency"}}
        match self.kind.name:
            case "accounts":
                self._add_account(values["name"], told)
            case "contacts":
                self._add_contact(values["name"], told)
            case "products":
                people.add_product(self.by, values["name"], told)
            case _:
                if "name" not in values:
                    raise Refused("it has no name")
                people.add_rep(self.by, values["name"], told)

    def _add_account(self, name: str, told: dict[str, Any]) -> None:
        told.pop("parent", None)
        fields = packed(told, self.by.db.currency)
        owner = told.pop("owner", None)
        told["locked"] = told.get("locked") or None
        name, told = tidy(name, "the name", 300), _short(told)
        owner_id = self.names.make_rep(owner) if owner else None
        made = self.batch.put(
            Account, name=name, folded=fold(name), owner_id=owner_id, fields=fields, **told
        )
        self.names.learn_account(name, made)

    def _add_contact(self, name: str, told: dict[str, Any]) -> None:
        customer = told.pop("account")
        fields = packed(told, self.by.db.currency)
        name, told = tidy(name, "the name", 300), _short(told)
        account = self.names.make_account(customer)
        new = {"account_id": account, "name": name, "folded": fold(name), "fields": fields, **told}
        self.batch.put(Contact, **new)

    # ── known ones ────────────────────────────────────────────────────────────────────────────

    def _differences(self, row: Any, values: dict[str, Any]) -> dict[str, Any]:
        """What the row says otherwise, as the actions take it."""
        new: dict[str, Any] = {}
        for name, value in values.items():
            if name == self.key and fold(str(value)) == fold(str(getattr(row, name))):
                continue
            if name in {"account", "parent", "currency"} or name.startswith(MARK):
                continue
            if name == "external_id" and is_own(value):
                keeps = row.external_id is not None or called(row.uid, None) == value
                new |= {} if keeps else {name: value}
                continue
            if name == "owner":
                rep = self.names.rep(value)
                new |= {"owner": value} if rep is None or rep != row.owner_id else {}
            elif name == "price":
                new |= {"price": value} if (row.price, row.currency) != value else {}
            elif name == "locked":
                new |= {} if bool(row.locked) == bool(value) else {name: value}
            elif not alike(getattr(row, name), value):
                new[name] = value
        held = row.fields if self.kind.has_custom else None
        fields = filled_in(values, held, self.by.db.currency)
        return new | ({"fields": fields} if fields else {})

    def _edit(self, edit: _Edit) -> Reject | None:
        try:
            with self.names.attempt():
                self._change(edit.row, edit.changes)
        except DealflowError as error:
            self._children.pop(edit.record.line, None)
            return rejected(edit.record, error)
        self.tally.updated += 1
        return None

    def _change(self, row: Any, changes: dict[str, Any]) -> Done:
        match self.kind.name:
            case "accounts":
                if "owner" in changes:
                    rep = self.names.make_rep(changes["owner"])
                    changes = changes | {"owner": self.names.handles[rep]}
                return people.edit_account(self.by, row.name, changes)
            case "contacts":
                return people.edit_contact(self.by, row.id, changes)
            case "products":
                return people.edit_product(self.by, row.name, changes)
            case _:
                return people.edit_rep(self.by, row.handle, changes)

    def _adopt(self, record: Record, unchanged: bool) -> Reject | None:
        name, parent = record.values["name"], record.values["parent"]
        row = self.by.book.find(Account, folded=fold(name))
        if row is None:  # its own row was rejected
            return None
        try:
            with self.names.attempt():
                changed = self._join(row, parent)
        except DealflowError as error:
            return rejected(record, error)
        self.tally.unchanged -= unchanged and changed
        self.tally.updated += unchanged and changed
        return None

    def _join(self, row: Account, parent: str) -> bool:
        """Make a customer part of another one, if it is not yet. Errors: NotFound, Refused."""
        if fold(parent) == row.folded:
            raise Refused("it cannot be part of itself")
        known = self.by.book.find(Account, folded=fold(parent))
        parent_id = known.id if known else self._made(parent)
        if parent_id == row.parent_id:
            return False
        people.edit_account(self.by, row.name, {"parent": parent})
        return True

    def _made(self, name: str) -> int:
        """A parent that is not in the file either, where it may be made. Error: NotFound."""
        made = self.names.make_account(name)
        self.batch.flush()
        return made


def _short(values: dict[str, Any]) -> dict[str, Any]:
    """Text as it is stored: as `people` has it when it is typed."""
    return {
        name: tidy(value, f"the {name}", 300) if isinstance(value, str) else value
        for name, value in values.items()
    }
