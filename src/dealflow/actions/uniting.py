"""Records that are one become one: everything of the others is kept with the one that stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from dealflow.actions import Actor, Done, lookup
from dealflow.actions.combining import Combined, combined, taken_words
from dealflow.errors import Refused, UsageError
from dealflow.likeness import tight
from dealflow.model import Account, Activity, Contact, Opportunity
from dealflow.store import known
from dealflow.store.labels import Labels

Named = TypeVar("Named", Account, Contact)


def merge_accounts(by: Actor, words: Sequence[str], take: Sequence[str] = ()) -> Done:
    """Make customers part of the first one that is named: deals, people, activities, daughters.

    What that one says of itself stays, but for the fields to `take` from the others. People of the
    same name become one. Errors: NotFound; UsageError for fewer than two, or a field to take.
    """
    row, *gone = _several([first(by, word) for word in words], "accounts")
    facts = combined(row, gone, taken_words(by, "account", take))
    parent = _parent(by, row, gone, first="parent" in take)
    people = _People(by, row, gone)
    moved = {one.id: _relinked(by, row, one, people) for one in gone}
    _with_daughters(by, row, gone, parent)
    people.unite()
    for one in gone:
        by.book.remove(by.book.load(Account, one.id))
    by.book.change(by.book.load(Account, row.id), **facts.new)
    said = [f"merged {_called(one)} into {_called(row)}{_list(moved[one.id])}" for one in gone]
    said += [*_told(by, facts), *_told_parent(by, row, gone, parent), *people.said]
    return Done("account", (row.id,), tuple(said))


def merge_contacts(by: Actor, ids: Sequence[int], take: Sequence[str] = ()) -> Done:
    """Make people of one customer the one person that they are. Errors: Refused for people of
    several customers; otherwise as `merge_accounts`.
    """
    row, *gone = _several([by.book.load(Contact, one) for one in ids], "contacts")
    for one in gone:
        if one.account_id != row.account_id:
            at = [by.book.load(Account, person.account_id) for person in (row, one)]
            raise Refused(
                f"{row.name} is at {at[0].name}, and {one.name} at {at[1].name}",
                f"are the two one customer? dealflow accounts merge {at[0].id} {at[1].id}",
            )
    facts = combined(row, gone, taken_words(by, "contact", take))
    same = {one.id: row.id for one in gone}
    moved = _with_people(by, same)
    for one in gone:
        by.book.remove(one)
    by.book.change(row, **facts.new)
    said = [f"merged {_called(one)} into {_called(row)}{_list(moved[one.id])}" for one in gone]
    return Done("contact", (row.id,), (*said, *_told(by, facts)))


def first(by: Actor, word: str) -> Account:
    """The customer that a word names: by name, by number, by #number. Error: NotFound."""
    number = word.removeprefix("#")
    return lookup.account(by, number if number.isdecimal() else word)


def _several(rows: Sequence[Named], noun: str) -> list[Named]:
    """Each once. Error: UsageError for fewer than two."""
    found = list({row.id: row for row in rows}.values())
    if len(found) < 2:
        raise UsageError(
            "a merge names two or more: the one that stays, then the others",
            f"dealflow {noun} duplicates names some",
        )
    return found


# ── people ────────────────────────────────────────────────────────────────────────────────────


class _People:
    """The people of customers that become one: moved there, or known there already by name."""

    def __init__(self, by: Actor, keep: Account, gone: Sequence[Account]) -> None:
        self.by, self.said = by, list[str]()
        self.same: dict[int, int] = {}
        """Who goes on as whom, by id."""
        self._stays: dict[str, Contact] = {}
        self.of: dict[int, list[int]] = {one.id: [] for one in gone}
        """The people of each customer, by id."""
        self._others: dict[int, list[Contact]] = {}
        for row in by.book.where(Contact, account_id=keep.id):
            self._stays.setdefault(tight(row.name), row)
        for row in (person for one in gone for person in by.book.where(Contact, account_id=one.id)):
            self.of[row.account_id].append(row.id)
            twin = self._stays.get(tight(row.name))
            if twin is None:
                self._stays[tight(row.name)] = by.book.change(row, account_id=keep.id)
            else:
                self.same[row.id] = twin.id
                self._others.setdefault(twin.id, []).append(row)

    def unite(self) -> None:
        """Take away who is known already, and keep what was known of them."""
        for stays, others in self._others.items():
            row = self.by.book.load(Contact, stays)
            facts = combined(row, others, {})
            for one in others:
                self.by.book.remove(one)
            self.by.book.change(row, **facts.new)
            self.said += [f"{_called(one)} is {_called(row)}" for one in others]
            self.said += [f"{row.name}: {told}" for told in _told(self.by, facts)]


def _with_people(by: Actor, same: dict[int, int]) -> dict[int, dict[str, int]]:
    """Deals and activities with these people are with those that they go on as."""
    conn, counted = by.book.conn, {one: {"deal": 0, "activity": 0} for one in same}
    deals = known.matching(conn, Opportunity, "contact_id", same) if same else []
    activities = known.matching(conn, Activity, "contact_id", same) if same else []
    rows: list[Opportunity | Activity] = [*deals, *activities]
    for row in rows:
        assert row.contact_id is not None
        by.book.change(row, contact_id=same[row.contact_id])
        counted[row.contact_id]["deal" if isinstance(row, Opportunity) else "activity"] += 1
    return counted


# ── what hangs on a customer ──────────────────────────────────────────────────────────────────


def _relinked(by: Actor, keep: Account, gone: Account, people: _People) -> dict[str, int]:
    """The deals and activities of a customer are the other's; how many of each there were."""
    deals = by.book.where(Opportunity, account_id=gone.id)
    for deal in deals:
        contact = people.same.get(deal.contact_id or 0, deal.contact_id)
        by.book.change(deal, account_id=keep.id, contact_id=contact)
    own = by.book.where(Activity, account_id=gone.id)
    for activity in own:
        by.book.change(activity, account_id=keep.id)
    known_already = people.same.keys() & {*people.of[gone.id]}
    _with_people(by, {one: people.same[one] for one in sorted(known_already)})
    return {"deal": len(deals), "person": len(people.of[gone.id]), "activity": len(own)}


def _with_daughters(by: Actor, keep: Account, gone: Sequence[Account], parent: int | None) -> None:
    group = {keep.id, *(one.id for one in gone)}
    by.book.change(by.book.load(Account, keep.id), parent_id=parent)
    for one in gone:
        for daughter in by.book.where(Account, parent_id=one.id):
            by.book.change(daughter, parent_id=None if daughter.id in group else keep.id)


def _parent(by: Actor, keep: Account, gone: Sequence[Account], *, first: bool) -> int | None:
    """Whose part the customer will be: the first parent above which none of them stands."""
    group = {keep.id, *(one.id for one in gone)}
    rows = (*gone, keep) if first else (keep, *gone)
    above = (row.parent_id for row in rows if row.parent_id is not None)
    return next((one for one in above if group.isdisjoint(_upwards(by, one))), None)


def _upwards(by: Actor, account: int) -> Iterable[int]:
    seen: list[int] = []
    above: int | None = account
    while above is not None and above not in seen:
        seen.append(above)
        above = by.book.load(Account, above).parent_id
    return seen


# ── what is said ──────────────────────────────────────────────────────────────────────────────


def _called(row: Account | Contact) -> str:
    return f"{row.name} (#{row.id})"


_MANY = {"deal": "deals", "activity": "activities", "person": "people"}


def _list(counted: dict[str, int]) -> str:
    """`: 3 deals, 1 activity`."""
    told = [f"{n:,} {noun if n == 1 else _MANY[noun]}" for noun, n in counted.items() if n]
    return f": {', '.join(told)}" if told else ""


def _told(by: Actor, facts: Combined) -> list[str]:
    labels = Labels(by.book.conn, by.now)
    filled = [f"{field} {_value(labels, field, value)}" for field, value, _ in facts.filled]
    lines = [f"taken over: {', '.join(filled)}"] if filled else []
    for field, stays, lost, of in facts.lost:
        kept, was = _value(labels, field, stays), _value(labels, field, lost)
        lines.append(f"{field} {kept} stays; {of.name} (#{of.id}) had {was}")
    return lines


def _value(labels: Labels, field: str, value: Any) -> str:
    return labels.of("owner_id", value) if field == "owner" else str(value)


def _told_parent(
    by: Actor, keep: Account, gone: Sequence[Account], parent: int | None
) -> list[str]:
    group = {keep.id, *(one.id for one in gone)}
    names = Labels(by.book.conn, by.now)
    said = []
    if parent is not None and parent != keep.parent_id:
        said.append(f"it is part of {names.of('parent_id', parent)} now")
    lost = {one.parent_id for one in (keep, *gone)} - {None, parent, *group}
    said += [f"it is no part of {names.of('parent_id', one)}" for one in sorted(filter(None, lost))]
    return said
