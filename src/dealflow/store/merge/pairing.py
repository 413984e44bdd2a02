"""What belongs together in two copies, and what becomes of it: a plan that is not yet written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from dealflow import merging
from dealflow.merging import OURS, THEIRS, WHOLE, Fate, Knows
from dealflow.model import (
    ROWS,
    Account,
    Activity,
    Contact,
    FollowUp,
    Opportunity,
    OpportunityLine,
    Participant,
    Pipeline,
    Product,
    Rep,
    Row,
    Setting,
    Stage,
    Visit,
)
from dealflow.store.merge.copies import KINDS, REFS, WITHIN, Copy, Key, Ref, Touched
from dealflow.store.merge.lineage import Head
from dealflow.store.merge.pairs import Pair, load_states

#: settings that say something of the file's place, not of what it holds
OF_THE_PLACE = {"sharing", "database_id"}
#: what new rows of both sides must have in common to be one: columns, pointers by their names
_ALIKE: dict[type[Row], tuple[str, ...]] = {
    Rep: ("handle",),
    Account: ("folded",),
    Contact: ("account_id", "folded"),
    Product: ("folded",),
    Pipeline: ("key",),
    Stage: ("pipeline_id", "key"),
    Opportunity: ("external_id",),
    Activity: ("external_id",),
}
#: of a row that only one copy has, where nobody did anything to it since the other removed it
GONE = Fate(stays=False, conflict=False)
#: what hangs on a row, and the column that says on which
_HANGS: tuple[tuple[type[Row], str], ...] = (
    *((kind, "account_id") for kind in (Contact, Activity)),
    *((kind, "opportunity_id") for kind in (OpportunityLine, Participant, Activity, FollowUp)),
)


class Pairing:
    """All rows that the other copy touched since they parted, paired with ours and decided.

    What only we touched stays as it is, so that a merge costs what the other one did.
    """

    def __init__(self, ours: Copy, theirs: Copy, prefer: str | None) -> None:
        self.ours, self.theirs, self.prefer = ours, theirs, prefer
        self.same = ours.same
        self.knows = Knows(ours.lineage.known, theirs.lineage.known)
        self.new_there = theirs.lineage.unheard(self.knows.ours)
        """Commands of the other copy that we do not know."""
        self.pairs: dict[Key, Pair] = {}
        self.removed_by: dict[Key, Head] = {}
        if self.new_there:
            self._pair_all()

    def _pair_all(self) -> None:
        new_here = self.ours.lineage.unheard(self.knows.theirs)
        mine = self.ours.touched(_written_by(new_here), only_gone=True)
        other = self.theirs.touched(_written_by(self.new_there))
        none = Touched(set(), [])
        for kind in ROWS:
            if kind is Visit:
                continue
            here, there = mine.get(kind.table, none), other.get(kind.table, none)
            if kind is Opportunity:
                there = _with_deals_of_visits(self.theirs, there, other.get("visit", none))
            self._pair_kind(kind, here, there)
        for pair in self.pairs.values():
            if pair.mine and pair.other:
                pair.settled = merging.settle(pair.mine, pair.other, self.knows, self.prefer)
        more = True
        while more:
            self._keep_what_is_pointed_at()
            self._bring_what_is_pointed_at()
            more = self._keep_what_hangs_on_it()

    # ── one kind of row ───────────────────────────────────────────────────────────────────────

    def _pair_kind(self, kind: type[Row], here: Touched, there: Touched) -> None:
        if kind.table in WITHIN:
            pairs = self._pairs_within(kind, here, there)
        else:
            pairs = self._pairs_of(kind, here, there)
        if kind is Setting:
            pairs = {key: pair for key, pair in pairs.items() if key[1] not in OF_THE_PLACE}
        load_states(kind, pairs.values(), self.ours, self.theirs)
        for pair in pairs.values():
            pair.fate = self._fate(pair)
        for pair in self._united(kind, pairs):
            self.pairs[pair.key] = pair

    def _pairs_of(self, kind: type[Row], here: Touched, there: Touched) -> dict[Key, Pair]:
        """Rows by their uid or their natural key."""
        mine = {self.ours.named(row): row for row in self.ours.rows(kind, here.ids)}
        other = {self.theirs.named(row): row for row in self.theirs.rows(kind, there.ids)}
        keys = {*mine, *other}
        keys |= self._gone(self.ours, kind, here) | self._gone(self.theirs, kind, there)
        mine |= _found(self.ours, kind, keys - mine.keys())
        other |= _found(self.theirs, kind, keys - other.keys())
        return {
            key: Pair(kind, key, mine.get(key), other.get(key))
            for key in sorted(keys, key=_order)
            if key in mine or key in other
        }

    def _gone(self, copy: Copy, kind: type[Row], touched: Touched) -> set[Key]:
        """The names of rows that were removed; by whom is kept."""
        found = {copy.named_by(kind, values): command for values, command in touched.gone}
        self.removed_by |= {key: copy.lineage.heads[command] for key, command in found.items()}
        return set(found)

    def _pairs_within(self, kind: type[Row], here: Touched, there: Touched) -> dict[Key, Pair]:
        """Rows that go by their parents: of every parent of which one was touched."""
        column = WITHIN[kind.table][0]
        parents = set()
        for copy, touched in ((self.ours, here), (self.theirs, there)):
            ids = {getattr(row, column) for row in copy.rows(kind, touched.ids)}
            ids |= {values[column] for values, _ in touched.gone}
            self._note_gone_within(kind, copy, touched)
            parents |= {copy.key(REFS[column], parent) for parent in ids}
        mine, other = (
            copy.within(kind, [i for key in parents if key and (i := copy.find(key)) is not None])
            for copy in (self.ours, self.theirs)
        )
        return {
            key: Pair(kind, key, mine.get(key), other.get(key))
            for key in sorted(mine.keys() | other.keys(), key=_order)
        }

    def _note_gone_within(self, kind: type[Row], copy: Copy, touched: Touched) -> None:
        column, apart = WITHIN[kind.table]
        for values, command in touched.gone:
            other = copy.key(REFS[apart], values[apart]) if apart in REFS else values[apart]
            key = (kind.table, copy.key(REFS[column], values[column]), other, 0)
            self.removed_by[key] = copy.lineage.heads[command]

    def _fate(self, pair: Pair) -> Fate | None:
        unheard = pair.key in self.removed_by  # else the side that has it knew, and kept it
        prefer = self.prefer if unheard else None
        if pair.other is None and pair.mine is not None:
            told = merging.fate(pair.mine, self.knows.theirs, prefer, OURS)
        elif pair.mine is None and pair.other is not None:
            told = merging.fate(pair.other, self.knows.ours, prefer, THEIRS)
        else:
            return None
        return told._replace(conflict=told.conflict and unheard)

    # ── one and the same, made twice ──────────────────────────────────────────────────────────

    def _united(self, kind: type[Row], pairs: dict[Key, Pair]) -> Iterator[Pair]:
        """The pairs, where new rows of both sides that have the same name become one."""
        found = dict(pairs)
        for key, pair in pairs.items():
            twin = self._twin(pair)
            if twin is not None:
                del found[key]
                self._unite(twin, pair)
                found[twin.key] = twin
        if any(pair.absorbed for pair in found.values()):
            load_states(kind, found.values(), self.ours, self.theirs)  # others may point at them
        yield from found.values()

    def _twin(self, pair: Pair) -> Pair | None:
        """Our row of the same name as a new one of the other side, that is as new to it."""
        names = _ALIKE.get(pair.kind)
        if names is None or pair.theirs is None or not self._is_new(pair):
            return None
        told = self.theirs.told(pair.theirs)
        wanted = [self.ours.find(told[n]) if n in REFS and told[n] else told[n] for n in names]
        found = self.ours.alike(pair.kind, dict(zip(names, wanted, strict=True)))
        if found is None or self.theirs.find(self.ours.named(found)) is not None:
            return None
        twin = Pair(pair.kind, self.ours.named(found), found)
        load_states(pair.kind, [twin], self.ours, self.theirs)
        twin.fate = self._fate(twin)
        return twin if self._is_new(twin) else None

    def _is_new(self, pair: Pair) -> bool:
        """Whether one copy has the row, and the other has never heard of it."""
        state, there = (
            (pair.mine, self.knows.theirs) if pair.ours else (pair.other, self.knows.ours)
        )
        alone = pair.fate is not None and pair.fate.stays
        return alone and state is not None and state.touched.isdisjoint(there)

    def _unite(self, pair: Pair, other: Pair) -> None:
        self.same.join(pair.key[1], other.key[1])
        pair.theirs, pair.fate = other.theirs, None
        pair.key = (pair.key[0], self.same.of(pair.key[1]))
        pair.absorbed = max(self._own_uid(pair.ours), self._own_uid(pair.theirs))

    @staticmethod
    def _own_uid(row: Row | None) -> bytes:
        uid: bytes = getattr(row, "uid", b"")
        return uid

    # ── what others point at ──────────────────────────────────────────────────────────────────

    def _keep_what_is_pointed_at(self) -> None:
        """What was removed on one side stays where the other side has built on it since."""
        gone = {key for key, pair in self.pairs.items() if not pair.stays}
        held = self._pointed_at_by_us(gone) if gone else gone
        while gone:
            for pair in self.pairs.values():
                held |= gone & set(_points_at(pair)) if pair.stays else held
            if not held:
                return
            for key in held:
                self.pairs[key].fate = Fate(stays=True, conflict=key in self.removed_by)
            gone, held = gone - held, set()

    def _bring_what_is_pointed_at(self) -> None:
        """What we removed comes back where the other copy, who knew that, has built on it."""
        waiting = [pair for pair in self.pairs.values() if pair.theirs is not None and pair.stays]
        seen = set(self.pairs)
        while waiting:
            for key in set(_points_at(waiting.pop())) - seen:
                seen.add(key)
                back = self._brought(key) if self.ours.find(key) is None else None
                if back is not None:
                    self.pairs[key] = back
                    waiting.append(back)

    def _brought(self, key: Key) -> Pair | None:
        """A row of the other copy that nobody touched there since we parted."""
        kind = KINDS[key[0]]
        row = _found(self.theirs, kind, [key]).get(key)
        if row is None:
            return None
        pair = Pair(kind, key, theirs=row, fate=Fate(stays=True, conflict=False))
        load_states(kind, [pair], self.ours, self.theirs)
        return pair

    def _keep_what_hangs_on_it(self) -> bool:
        """What one command added together, and its undo took back, stays together.

        A deal that stays although one side took it back is as the other side has it: with its
        products, its plans, and what was noted. Whether anything was kept for that.
        """
        kept = [
            pair
            for copy, known in ((self.ours, self.knows.theirs), (self.theirs, self.knows.ours))
            for pair in self._hanging(copy, self._added_by(copy, known))
            if not pair.stays
        ]
        for pair in kept:
            pair.fate = Fate(stays=True, conflict=False)
            self.pairs[pair.key] = pair
        return bool(kept)

    def _added_by(self, copy: Copy, known: Collection[bytes]) -> dict[tuple[str, int], bytes]:
        """Rows of this copy alone that stay although the other one knew them, by who added them."""
        found = {}
        for pair in self.pairs.values():
            row = pair.ours if copy is self.ours else pair.theirs
            if pair.fate is not None and pair.stays and row is not None:
                added = _added(pair)
                if added and added in known:
                    found[pair.kind.table, row.id] = added
        return found

    def _hanging(self, copy: Copy, added: Mapping[tuple[str, int], bytes]) -> Iterator[Pair]:
        """The rows that hang on these, where the same command added both."""
        for kind, column in _HANGS:
            ids = [row_id for table, row_id in added if table == REFS[column]]
            pairs = self._pairs_alone(copy, kind, column, ids) if ids else []
            for pair in pairs:
                row = pair.ours if copy is self.ours else pair.theirs
                if _added(pair) == added[REFS[column], getattr(row, column)]:
                    yield pair

    def _pairs_alone(self, copy: Copy, kind: type[Row], column: str, ids: list[int]) -> list[Pair]:
        """Of rows of this copy that point at these: as they are paired, or nobody touched them."""
        rows = (
            copy.within(kind, ids)
            if kind.table in WITHIN
            else {copy.named(row): row for row in copy.rows(kind, ids, column)}
        )
        mine = copy is self.ours
        there = self.theirs if mine else self.ours
        new = [
            Pair(kind, key, row if mine else None, None if mine else row, fate=GONE)
            for key, row in rows.items()
            if key not in self.pairs and (kind.table in WITHIN or there.find(key) is None)
        ]
        load_states(kind, new, self.ours, self.theirs)
        return [*new, *(self.pairs[key] for key in rows if key in self.pairs)]

    def _pointed_at_by_us(self, gone: set[Key]) -> set[Key]:
        """What is to go from our file although rows point at it that the other has not heard of."""
        paired = {(pair.kind.table, pair.ours.id) for pair in self.pairs.values() if pair.ours}
        found = set()
        for table in {key[0] for key in gone}:
            ids = {
                pair.ours.id: key
                for key in gone
                if key[0] == table and (pair := self.pairs[key]).ours
            }
            for row, target in self.ours.pointing(table, ids):
                if row not in paired:
                    found.add(ids[target])
        return found


def _added(pair: Pair) -> bytes:
    """The uid of the command that added the row, where one copy has it."""
    state = pair.mine or pair.other
    return state.stamp(WHOLE).uid if state else b""


def _points_at(pair: Pair) -> Iterator[Key]:
    """The names of the rows that a row will point at."""
    theirs = {one.unit for one in pair.settled if one.won == THEIRS}
    mine = pair.mine.units if pair.mine else {}
    other = pair.other.units if pair.other else {}
    for unit in mine.keys() | other.keys():
        taken = other if unit in theirs or not pair.mine else mine
        yield from _keys_in(taken.get(unit))


def _keys_in(value: Any) -> Iterator[Key]:
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _keys_in(part)


def _written_by(heads: Iterable[Head]) -> set[int]:
    """The commands whose changes hold what these did: of those that came with a merge, that one."""
    return {number for head in heads for number in (head.id, head.merged_by) if number}


def _order(key: Key) -> tuple[str, ...]:
    return tuple(map(repr, key))


def _found(copy: Copy, kind: type[Row], keys: Iterable[Key]) -> dict[Key, Row]:
    """The rows of a copy that are so named."""
    ids = [found for key in keys if (found := copy.find(key)) is not None]
    return {copy.named(row): row for row in copy.rows(kind, ids)}


def _with_deals_of_visits(copy: Copy, deals: Touched, visits: Touched) -> Touched:
    """A deal is touched where a visit of it is."""
    of_visits = {visit.opportunity_id for visit in copy.rows(Visit, visits.ids)}
    of_visits |= {values["opportunity_id"] for values, _ in visits.gone}
    return Touched(deals.ids | of_visits, deals.gone)
