"""Writes what was decided into our file: rows that come, change or go, and whose edit it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from dealflow import merging
from dealflow.errors import Conflict
from dealflow.merging import ALIAS, PATH, THEIRS, TOUCH, WHOLE, Settled, Stamp, State
from dealflow.model import ROWS, Account, Activity, Opportunity, Product, Rep, Row, Visit
from dealflow.store.book import NAMED, Book, columns
from dealflow.store.merge.copies import REFS, Key
from dealflow.store.merge.pairing import Pairing
from dealflow.store.merge.pairs import Pair

R = TypeVar("R", bound=Row)

_ENTRY = (
    "INSERT INTO merged (command_id, entity, row_id, unit, at, uid, lost)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)


class Writing:
    """One merge being written. Errors: Conflict, where the copies cannot be put together."""

    def __init__(self, book: Book, pairing: Pairing, lost: Mapping[tuple[Key, str], str]) -> None:
        self.book, self.pairing, self.lost = book, pairing, lost
        self.ours, self.theirs = pairing.ours, pairing.theirs
        self.new: dict[Key, int] = {}
        """The ids here of rows that come."""
        self._entries: list[tuple[Any, ...]] = []
        self._later: list[tuple[int, Key]] = []
        """Customers that come, and the parents that come with them."""
        self._visits: list[tuple[int, Visit]] = []
        """Visits that come, with the ids here of their deals."""
        sql = "SELECT uid FROM command WHERE id = ?"
        self._uid: bytes = book.conn.execute(sql, (book.command,)).fetchone()[0]

    def write(self) -> None:
        try:
            self._write()
        except self.book.conn.broken as exc:
            raise Conflict(
                f"the two copies cannot be put together: {exc}; nothing was changed",
                "dealflow db check, on both of them",
            ) from exc

    def _write(self) -> None:
        pairs = list(self.pairing.pairs.values())
        self._leaving = {id(pair): pair for pair in pairs if pair.goes or _is_renamed(pair)}
        self._by_row = {(p.kind, p.ours.id): p for p in pairs if p.ours is not None}
        for kind in ROWS:
            self._allot(kind, [pair for pair in pairs if pair.kind is kind and pair.comes])
        for kind in ROWS:
            self._add(kind, [pair for pair in pairs if pair.kind is kind and pair.comes])
        for row_id, parent in self._later:
            self.book.change(self.book.load(Account, row_id), parent_id=self.id_of(parent))
        for pair in pairs:
            if pair.ours is not None and pair.theirs is not None:
                self._change(pair, pair.ours)
        self._add_visits()
        for pair in reversed(pairs):
            if pair.goes and pair.ours is not None:
                self._remove(pair.ours)
        for entry in self._entries:
            self.book.conn.execute(_ENTRY, entry)

    # ── ids ───────────────────────────────────────────────────────────────────────────────────

    def _allot(self, kind: type[Row], coming: Sequence[Pair]) -> None:
        """A row keeps the id that it has there, where that was never used here."""
        there = {pair.theirs.id: pair.key for pair in coming if pair.theirs is not None}
        for number, row_id in _ids(there, self.book.next_id(kind)).items():
            self.new[there[number]] = row_id

    def id_of(self, key: Key | None) -> int | None:
        """The id here of the row that is so named."""
        if key is None:
            return None
        return self.new[key] if key in self.new else self.ours.find(key)

    # ── rows that come ────────────────────────────────────────────────────────────────────────

    def _add(self, kind: type[Row], coming: Sequence[Pair]) -> None:
        made = []
        for pair in coming:
            if pair.theirs is None or pair.other is None:
                continue
            values = self._here(self.theirs.told(pair.theirs), kind)
            values |= {"id": self.new[pair.key], "version": 1}
            if "uid" in values:
                values["uid"] = pair.key[1]
            row = kind(**values)
            self._free_the_name(row)
            made.append(row)
            self._note_whole(row, pair.other)
        if kind is Account:
            made = self._without_new_parents(made)
        if kind is Opportunity:
            self._take_visits(coming)
        self._store(kind, sorted(made, key=lambda row: row.id))

    def _without_new_parents(self, rows: Iterable[Any]) -> list[Row]:
        """A parent that comes as well is pointed at once both are there."""
        coming = {row_id: key for key, row_id in self.new.items() if key[0] == Account.table}
        found: list[Row] = []
        for row in rows:
            parent = coming.get(row.parent_id)
            if parent is not None:
                self._later.append((row.id, parent))
            found.append(row if parent is None else replace(row, parent_id=None))
        return found

    def _take_visits(self, coming: Iterable[Pair]) -> None:
        deals = {pair.theirs.id: pair.key for pair in coming if pair.theirs is not None}
        for deal, visits in self.theirs.visits(deals).items():
            self._visits += [(self.new[deals[deal]], visit) for visit in visits]

    def _add_visits(self) -> None:
        there = {visit.id: (deal, visit) for deal, visit in self._visits}
        made = []
        for number, row_id in _ids(there, self.book.next_id(Visit)).items():
            deal, visit = there[number]
            values = self._here(self.theirs.told(visit), Visit)
            made.append(Visit(**values | {"id": row_id, "version": 1, "opportunity_id": deal}))
        self._store(Visit, sorted(made, key=lambda row: row.id))

    def _store(self, kind: type[Row], rows: Sequence[Row]) -> None:
        names = columns(kind)
        for run in _runs(rows):
            self.book.add_many(kind, [tuple(getattr(row, name) for name in names) for row in run])

    def _here(self, told: Mapping[str, Any], kind: type[Row]) -> dict[str, Any]:
        """Columns with names of rows turned into our ids."""
        found = dict(told)
        for name in told:
            if name in REFS:
                found[name] = self.id_of(told[name])
            elif name == "passed" and kind is Visit:
                found[name] = json.dumps([self.id_of(stage) for stage in told[name]])
        return found

    # ── rows that change ──────────────────────────────────────────────────────────────────────

    def _change(self, pair: Pair, row: Row) -> None:
        mine, other = pair.mine, pair.other
        if mine is None or other is None:
            return
        won = [one for one in pair.settled if one.won == THEIRS]
        taken = {one.unit: other.units.get(one.unit) for one in won}
        new = self._here(merging.columns(row.table, taken), pair.kind)
        new |= _gathered(pair, mine, other)
        if "uid" in columns(pair.kind):
            new["uid"] = pair.key[1]
        row = self._freed(pair, row, new)
        self.book.change(row, **new)
        if PATH in taken:
            self._replace_path(row.id, pair.theirs.id if pair.theirs else 0)
        self._note_settled(pair, row)

    def _replace_path(self, ours: int, theirs: int) -> None:
        """Make the visits of our deal those that the other copy has."""
        here = self.ours.visits([ours]).get(ours, [])
        there = self.theirs.visits([theirs]).get(theirs, [])
        leave = {"id", "version", "opportunity_id"}
        for mine, other in zip(here, there, strict=False):
            told = {n: v for n, v in self.theirs.told(other).items() if n not in leave}
            self.book.change(mine, **self._here(told, Visit))
        for extra in reversed(here[len(there) :]):
            self.book.remove(extra)
        self._visits += [(ours, visit) for visit in there[len(here) :]]

    # ── rows that go ──────────────────────────────────────────────────────────────────────────

    def _remove(self, row: Row) -> None:
        if isinstance(row, Opportunity):
            for visit in reversed(self.ours.visits([row.id]).get(row.id, [])):
                self.book.remove(visit)
        self.book.remove(self.book.load(type(row), row.id))

    # ── names that only one row may have ──────────────────────────────────────────────────────

    def _freed(self, pair: Pair, row: R, new: Mapping[str, Any]) -> R:
        """The row as it stands now, once nobody else has the name that it is given."""
        if new.keys() & set(NAMED.get(pair.kind, ())):
            self._free_the_name(
                type(row)(**{n: new.get(n, getattr(row, n)) for n in columns(type(row))})
            )
            return self.book.load(type(row), row.id)
        return row

    def _free_the_name(self, row: Row) -> None:
        """Who has the name and is to lose it steps aside. Error: Conflict, where nobody is to."""
        other = self.book.namesake(row)
        if other is None:
            return
        pair = self._by_row.get((type(other), other.id))
        if pair is None or id(pair) not in self._leaving:
            raise _namesakes(row, other)
        aside: dict[type[Row], dict[str, Any]] = {
            Rep: {"handle": getattr(other, "uid", b"").hex()},
            Product: {"folded": getattr(other, "uid", b"").hex()},
            Opportunity: {"external_id": None},
            Activity: {"external_id": None},
        }
        pair.ours = self.book.change(other, **aside.get(type(other), {}))

    # ── whose edit it is ──────────────────────────────────────────────────────────────────────

    def _note(self, row: Row, unit: str, stamp: Stamp, lost: str | None = None) -> None:
        self._entries.append((self.book.command, row.table, row.id, unit, *stamp, lost))

    def _note_whole(self, row: Row, state: State) -> None:
        """A row that comes brings its stamps along."""
        for unit in sorted(state.stamps, key=lambda unit: (unit != WHOLE, unit)):
            self._note(row, unit, state.stamps[unit])
        self._note_touches(row, state.touched - {stamp.uid for stamp in state.stamps.values()})
        self._note_names(row)

    def _note_touches(self, row: Row, uids: Iterable[bytes]) -> None:
        for uid in sorted(uids):
            self._note(row, TOUCH, Stamp(0, uid))

    def _note_names(self, row: Row) -> None:
        """Other uids under which copies may still have the row."""
        same = self.pairing.same
        uid: bytes = getattr(row, "uid", b"")
        for name in sorted(same.names(same.of(uid))) if uid else ():
            if name != same.of(uid) and name not in self.ours.aliases:
                self._note(row, ALIAS, Stamp(0, name))

    def _note_settled(self, pair: Pair, row: Row) -> None:
        mine, other = pair.mine, pair.other
        if mine is None or other is None:
            return
        noted: set[bytes] = set()
        for one in pair.settled:
            if one.won == THEIRS or one.chosen or one.conflict:
                stamp = self._stamp(one)
                self._note(row, one.unit, stamp, self.lost.get((pair.key, one.unit)))
                noted.add(stamp.uid)
        self._note_touches(row, other.touched - mine.touched - noted)
        self._note_names(row)

    def _stamp(self, one: Settled) -> Stamp:
        """What --prefer chose against the rule is an edit of this merge, and later than both."""
        if one.chosen:
            return merging.following(one.stamp, self.book.now, self._uid)
        return one.stamp


def _gathered(pair: Pair, mine: State, other: State) -> dict[str, str]:
    """The columns that hold many small facts, where these differ."""
    differ = [one for one in pair.settled if merging.is_split(one.unit)]
    if not differ:
        return {}
    taken = [one for one in differ if one.won == THEIRS]
    both = State(
        mine.units | {one.unit: other.units.get(one.unit) for one in taken},
        {**mine.stamps, **{one.unit: one.stamp for one in differ}},
        mine.touched,
    )
    told = merging.gathered(pair.kind.table, both)
    marks = {one.unit.split(".", 1)[0] for one in differ}
    return {name: text for name, text in told.items() if name in marks}


def _is_renamed(pair: Pair) -> bool:
    """Whether the row is given what another one may go by now."""
    names = {"handle", "name", "external_id"}
    return any(one.won == THEIRS and one.unit in names for one in pair.settled)


def _namesakes(row: Row, other: Row) -> Conflict:
    noun = row.table.replace("_", "-")
    names = (getattr(row, name, None) for name in ("name", "title", "external_id"))
    told = next(filter(None, names), "")
    return Conflict(
        f"both copies have {told!r}, as different records: {noun} {other.id} has the name here",
        "give one of them another name, then merge again",
    )


def _ids(there: Iterable[int], free: int) -> dict[int, int]:
    """Ids here for ids there: the same where it is free, else the next ones."""
    numbers = sorted(there)
    found = {number: number for number in numbers if number >= free}
    after = max([free - 1, *found])
    taken = [number for number in numbers if number < free]
    return found | {number: after + place for place, number in enumerate(taken, 1)}


def _runs(rows: Sequence[R]) -> Iterator[list[R]]:
    """Rows in order, cut where an id is left out."""
    run: list[R] = []
    for row in rows:
        if run and row.id != run[-1].id + 1:
            yield run
            run = []
        run.append(row)
    if run:
        yield run
