"""The whole of a merge, in one write transaction: pair, decide, write, and see that it is sound."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import tzinfo
from typing import Any

from dealflow import merging
from dealflow.errors import Conflict, Damaged, Refused
from dealflow.merging import OURS, PATH, THEIRS, Settled, Stamp
from dealflow.model import FollowUp, Opportunity
from dealflow.named import NamedTuple
from dealflow.store import soundness
from dealflow.store.book import Book
from dealflow.store.conn import Conn
from dealflow.store.merge import aftermath, heads
from dealflow.store.merge.copies import Copy
from dealflow.store.merge.lineage import Same
from dealflow.store.merge.pairing import Pairing
from dealflow.store.merge.pairs import Pair
from dealflow.store.merge.telling import Teller
from dealflow.store.merge.writing import Writing
from dealflow.store.settings import stored


class Clash(NamedTuple):
    """A conflict, and how it was settled. Values as a person reads them; instants epoch seconds."""

    deal: int | None
    record: str
    field: str
    ours: str
    ours_by: str | None
    ours_at: int | None
    theirs: str
    theirs_by: str | None
    theirs_at: int | None
    won: str


class NewDeal(NamedTuple):
    """A deal that came: its id here, the one that it has there, its title."""

    id: int
    there: int
    title: str


class United(NamedTuple):
    """A record that both copies had made."""

    what: str
    id: int
    there: int
    name: str


class Outcome(NamedTuple):
    """What a merge did. `command` is None where there was nothing to do."""

    command: int | None
    commands: int
    """Of the other's journal, taken over."""
    added: int
    changed: int
    removed: int
    conflicts: tuple[Clash, ...]
    deals: tuple[NewDeal, ...]
    united: tuple[United, ...]


NOTHING = Outcome(None, 0, 0, 0, 0, (), (), ())


def join(
    book: Book, other: Conn, prefer: str | None, zone: tzinfo, keep: Callable[[], None]
) -> Outcome:
    """Bring what the other copy knows into our file; `keep` is called before the first change.

    Errors: Refused for a database that has nothing to do with ours; Conflict.
    """
    same = Same()
    ours, theirs = Copy(book.conn, same), Copy(other, same)
    if ours.lineage.origin != theirs.lineage.origin:
        raise Refused(
            f"{other.path} is no copy of this database: they were created apart",
            "to take in what it holds: dealflow import deals FILE",
        )
    try:
        pairing = Pairing(ours, theirs, prefer)
    except json.JSONDecodeError:
        raise Damaged(
            "a stored value is damaged: it is not the JSON it should be",
            "dealflow db check, on both copies",
        ) from None
    if not _is_news(pairing):
        return NOTHING
    _same_base(book.conn, other)
    clashes = _Clashes(pairing, Teller(ours, theirs, zone))
    keep()
    arrived = heads.carry(book, ours, pairing.new_there)
    heads.link(book, theirs, arrived)
    writing = Writing(book, pairing, clashes.lost)
    writing.write()
    _follow_up(book, pairing)
    heads.carry_keys(book, theirs, arrived, lambda t, i: writing.id_of(theirs.key(t, i)))
    _must_be_sound(book)
    return _outcome(book.command, pairing, clashes.found(writing), writing)


def _is_news(pairing: Pairing) -> bool:
    """Whether anything happened there but merging, or would change here."""
    lineage = pairing.theirs.lineage
    if any(heads.tells_something(lineage, head) for head in pairing.new_there):
        return True
    return any(pair.comes or pair.goes or pair.changes for pair in pairing.pairs.values())


def _same_base(ours: Conn, theirs: Conn) -> None:
    """Rates are worth in the base currency: it cannot change under them. Error: Conflict."""
    currencies = [stored(conn)["currency"] for conn in (ours, theirs)]
    rates = [conn.execute("SELECT id FROM fx_rate LIMIT 1").fetchone() for conn in (ours, theirs)]
    if len(set(currencies)) > 1 and any(rates):
        raise Conflict(
            f"the base currency is {currencies[0]} here and {currencies[1]} there,"
            " and there are exchange rates",
            "dealflow settings set currency CODE, in one of them",
        )


def _follow_up(book: Book, pairing: Pairing) -> None:
    aftermath.settle_plans(book, pairing)
    aftermath.settle_contacts(book)
    for row_id, stamp in aftermath.settle_order(book, pairing):
        book.conn.execute(
            "INSERT INTO merged (command_id, entity, row_id, unit, at, uid)"
            " VALUES (?, 'stage', ?, 'position', ?, ?)",
            (book.command, row_id, *stamp),
        )


def _must_be_sound(book: Book) -> None:
    """What each side did alone may not fit together. Error: Conflict, naming the first row."""
    book.settle()
    for found in soundness.breaches(book.conn):
        raise Conflict(
            f"the two copies do not fit together: {found.table.replace('_', '-')} {found.row}:"
            f" {found.about}; nothing was changed",
            "put it right in one of them, then merge again",
        )


class _Clashes:
    """The conflicts of a pairing, as a person reads them."""

    def __init__(self, pairing: Pairing, teller: Teller) -> None:
        self._pairing, self._teller = pairing, teller
        self._by_uid = pairing.theirs.lineage.by_uid | pairing.ours.lineage.by_uid
        self.lost = {
            (pair.key, one.unit): self._lost(pair, one)
            for pair in pairing.pairs.values()
            for one in pair.settled
            if one.conflict
        }
        """What lost, by row and unit, as the journal keeps it."""

    def _sides(self, pair: Pair, one: Settled) -> list[tuple[str, str | None, int | None]]:
        """Of our side and of the other: what it holds, who set it, when."""
        states = [state for state in (pair.mine, pair.other) if state is not None]
        return [
            (
                self._teller.value(pair.kind.table, one.unit, state.units.get(one.unit)),
                *self._who(state.stamp(one.unit)),
            )
            for state in states
        ]

    def _who(self, stamp: Stamp) -> tuple[str | None, int | None]:
        head = self._by_uid.get(stamp.uid)
        return (head.actor, head.at) if head else (None, None)

    def _lost(self, pair: Pair, one: Settled) -> str:
        told, by, at = self._sides(pair, one)[0 if one.won == THEIRS else 1]
        return json.dumps({"told": told, "by": by, "at": at}, ensure_ascii=False)

    def found(self, writing: Writing) -> tuple[Clash, ...]:
        """All conflicts, with the ids that records have here."""
        found = []
        for pair in self._pairing.pairs.values():
            if pair.conflict:
                found.append(self._removed(pair, writing))
            for one in pair.settled:
                if one.conflict:
                    ours, theirs = self._sides(pair, one)
                    told = (*self._record(pair, writing), _field(one.unit))
                    found.append(Clash._make((*told, *ours, *theirs, one.won)))
        return tuple(sorted(found, key=lambda clash: (clash.deal or 0, clash.record, clash.field)))

    def _removed(self, pair: Pair, writing: Writing) -> Clash:
        """A row that one side removed and the other one did something with."""
        state = pair.mine or pair.other
        uids = state.touched if state else ()
        last = max((h for uid in uids if (h := self._by_uid.get(uid))), key=lambda h: (h.at, h.uid))
        head = self._pairing.removed_by.get(pair.key)
        gone = ("removed", head.actor if head else None, head.at if head else None)
        kept = ("kept", last.actor, last.at)
        ours, theirs = (kept, gone) if pair.ours is not None else (gone, kept)
        won = OURS if (pair.ours is not None) == pair.stays else THEIRS
        return Clash._make((*self._record(pair, writing), "record", *ours, *theirs, won))

    def _record(self, pair: Pair, writing: Writing) -> tuple[int | None, str]:
        """The deal that a row belongs to, and what the row is called."""
        row_id = pair.ours.id if pair.ours else writing.new.get(pair.key)
        copy, row = (
            (self._pairing.ours, pair.ours) if pair.ours else (self._pairing.theirs, pair.theirs)
        )
        deal = pair.key if pair.kind is Opportunity else None
        if hasattr(row, "opportunity_id"):
            deal = copy.key("opportunity", getattr(row, "opportunity_id", None))
        noun = NOUNS.get(pair.kind.table, pair.kind.table.replace("_", " "))
        number = f" {row_id}" if pair.kind in {Opportunity, FollowUp} and row_id else ""
        return writing.id_of(deal), f"{noun}{number} {self._teller.name(pair.key)}"


#: what a row of a table is called
NOUNS = {
    "opportunity": "deal",
    "opportunity_line": "product line",
    "follow_up": "follow-up",
    "account": "customer",
    "fx_rate": "exchange rate",
    "field": "custom field",
    "forecast_deal": "forecast of",
}


#: units that people call by another word
_FIELDS = {
    PATH: "stage",
    "expected_close": "close",
    "external_id": "external id",
    "millionths": "rate",
}


def _field(unit: str) -> str:
    """A unit as people call it."""
    if merging.is_split(unit):
        return unit.removeprefix("fields.").replace("tags.", "tag ", 1)
    return _FIELDS.get(unit, unit.removesuffix("_id"))


def _outcome(
    command: int, pairing: Pairing, clashes: tuple[Clash, ...], writing: Writing
) -> Outcome:
    pairs = pairing.pairs.values()
    counted = Counter(
        "added" if pair.comes else "removed" if pair.goes else "changed"
        for pair in pairs
        if pair.comes or pair.goes or any(one.won == THEIRS for one in pair.settled)
    )
    return Outcome(
        command,
        len(pairing.new_there),
        counted["added"],
        counted["changed"],
        counted["removed"],
        clashes,
        tuple(_new_deals(pairing, writing)),
        tuple(_united(pairing)),
    )


def _new_deals(pairing: Pairing, writing: Writing) -> list[NewDeal]:
    found: list[Any] = [p for p in pairing.pairs.values() if p.kind is Opportunity and p.comes]
    made = [NewDeal(writing.new[p.key], p.theirs.id, p.theirs.title) for p in found]
    return sorted(made)


def _united(pairing: Pairing) -> list[United]:
    found: list[Any] = [pair for pair in pairing.pairs.values() if pair.absorbed]
    return [
        United(
            NOUNS.get(pair.kind.table, pair.kind.table),
            pair.ours.id,
            pair.theirs.id,
            getattr(pair.ours, "name", None) or getattr(pair.ours, "title", pair.ours.table),
        )
        for pair in found
    ]
