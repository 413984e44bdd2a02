"""Two copies of a row that went separate ways become one: which edit of each field counts. Pure.

A row is looked at in *units*: a column, or columns that mean something only together (an amount and
its currency, a deal's whole path through the stages). Every unit has a stamp: when it was set last,
and by which command. Stamps never go back along one history, so that the later of two stamps is
either the one that knew the other or, where neither knew the other, the later edit. So taking the
later one comes to the same in whatever order, and however often, copies are merged.

A row that one copy has and another has not is new, where the other has never heard of it; removed,
where the other knew all that was done to it; and a conflict in between.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from dealflow.model import FIELD_OWNERS, LOST, VOID, WON
from dealflow.named import NamedTuple

OURS, THEIRS = "ours", "theirs"
SIDES = (OURS, THEIRS)

#: the row as it was added; what was never edited since has its stamp
WHOLE = "*"
#: no unit: a command that touched the row, and whose edit was overtaken
TOUCH = ""
#: that the row has taken in another one, under this uid
ALIAS = "uid"
#: the stages of a deal: where it stands and every visit that led there
PATH = "path"
#: whether a follow-up is done or given up
DONE = "done"

#: the columns that change together
_TOGETHER: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "account": {
        "name": ("name", "folded"),
        "owner_id": ("owner_id", "released_at", "last_owner_id"),
    },
    "contact": {"name": ("name", "folded")},
    "product": {"name": ("name", "folded"), "price": ("price", "currency")},
    "opportunity": {
        "title": ("title", "folded"),
        "account": ("account_id", "contact_id"),
        "amount": ("amount", "currency"),
        PATH: (
            *("stage_id", "pipeline_id", "status", "stage_since", "closed_at"),
            *("created_at", "first_owner_id"),
        ),
    },
    "follow_up": {
        "due": ("due_day", "due_at", "snoozed"),
        DONE: ("done_at", "activity_id", "cancelled_at", "cancelled_why"),
    },
}
#: columns that hold many small facts as JSON, each a unit of its own
_SPLIT = {
    ("opportunity", "tags"): "tags.",
    **{(owner, "fields"): "fields." for owner in FIELD_OWNERS},
}
#: what names a row and counts its edits, or follows from other columns
_NO_UNIT = {"id", "version", "uid", "late_at", "last_contact_at", "next_late_at"}
_UNIT_OF = {
    (table, column): unit
    for table, together in _TOGETHER.items()
    for unit, columns in together.items()
    for column in columns
}
#: why follow-ups are cancelled when their deal is closed: no decision, it follows from the path
FOLLOWS = frozenset(f"deal {status}" for status in (WON, LOST, VOID))


# ── units ─────────────────────────────────────────────────────────────────────────────────────


def units(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The units of a row, or of those columns of it that are given, with their values."""
    found: dict[str, Any] = {}
    for column, value in row.items():
        split = _SPLIT.get((table, column))
        if split:
            found |= {f"{split}{name}": held for name, held in _facts(value).items()}
        elif column not in _NO_UNIT:
            found.setdefault(_UNIT_OF.get((table, column), column), value)
    for unit in _TOGETHER.get(table, {}).keys() & found.keys():
        found[unit] = _together(table, unit, row)
    return found


def is_of(table: str, column: str, unit: str) -> bool:
    """Whether the column, or something in it, is set with this unit."""
    split = _SPLIT.get((table, column))
    return unit.startswith(split) if split else unit == _UNIT_OF.get((table, column), column)


def _facts(text: str | None) -> dict[str, Any]:
    """The small facts of a JSON column: tags are there or not, custom fields have values."""
    held = json.loads(text or "{}")
    return dict.fromkeys(held, True) if isinstance(held, list) else held


def _together(table: str, unit: str, row: Mapping[str, Any]) -> tuple[Any, ...]:
    values = tuple(row.get(column) for column in _TOGETHER[table][unit])
    return (None,) * 4 if unit == DONE and follows(row) else values


def follows(row: Mapping[str, Any]) -> bool:
    """Whether a follow-up is cancelled only because its deal was closed."""
    return row.get("done_at") is None and row.get("cancelled_why") in FOLLOWS


def changed(table: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """The units that an edit set, from the columns that it changed."""
    old, new = units(table, before), units(table, after)
    return tuple(u for u in sorted(old.keys() | new.keys()) if old.get(u) != new.get(u))


def columns(table: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of these units; those that are split are put together by `gathered`."""
    found: dict[str, Any] = {}
    for unit, value in told.items():
        if not unit.startswith(tuple(_SPLIT.values())):
            names = _TOGETHER.get(table, {}).get(unit)
            found |= zip(names, value, strict=False) if names else {unit: value}
    return found


def gathered(table: str, state: State) -> dict[str, str]:
    """The JSON columns of a row, in an order that is the same in every copy."""
    found = {}
    for column, mark in [(name, mark) for (of, name), mark in _SPLIT.items() if of == table]:
        held = {u: v for u, v in state.units.items() if u.startswith(mark) and v is not None}
        names = sorted(held, key=lambda unit: (state.stamp(unit), unit))
        plain = {name.removeprefix(mark): held[name] for name in names}
        content: Any = list(plain) if column == "tags" else plain
        found[column] = json.dumps(content, ensure_ascii=False)
    return found


def is_split(unit: str) -> bool:
    return unit.startswith(tuple(_SPLIT.values()))


# ── stamps ────────────────────────────────────────────────────────────────────────────────────


class Stamp(NamedTuple):
    """When a unit was set, epoch seconds UTC, and the uid of the command that did."""

    at: int
    uid: bytes


#: of what nobody ever said
NEVER = Stamp(0, b"")


def following(earlier: Stamp, at: int, uid: bytes) -> Stamp:
    """The stamp of a command that knew the earlier one: always later, whatever its clock said."""
    if earlier.uid == uid:
        return earlier
    stamp = Stamp(max(at, earlier.at), uid)
    return stamp if stamp > earlier else Stamp(stamp.at + 1, uid)


class Event(NamedTuple):
    """What a command did to a row: `add`, `edit` (of units), `remove`; a merge has `settled`."""

    kind: str
    at: int
    uid: bytes
    units: tuple[str, ...] = ()


class State(NamedTuple):
    """A row in one copy: the values of its units, their stamps, and who touched it, by command."""

    units: dict[str, Any]
    stamps: dict[str, Stamp]
    touched: frozenset[bytes]

    def stamp(self, unit: str) -> Stamp:
        """When the unit was set last: as the row was added, if it was not left out then."""
        if unit in self.stamps:
            return self.stamps[unit]
        return self.stamps.get(WHOLE, NEVER) if _is_said(self.units.get(unit)) else NEVER


def _is_said(value: Any) -> bool:
    return value is not None and not (isinstance(value, tuple) and value[0] is None)


def replay(events: Iterable[Event]) -> tuple[dict[str, Stamp], frozenset[bytes]]:
    """Stamps, and who touched the row, from what happened to it in the order of its journal."""
    stamps: dict[str, Stamp] = {}
    touched: set[bytes] = set()
    for kind, at, uid, which in events:
        if kind == "remove":
            touched = set()
            continue
        touched.add(uid)
        if kind == "add":
            stamps = {WHOLE: following(max(stamps.values(), default=NEVER), at, uid)}
        elif kind == "settled":
            stamps |= {unit: Stamp(at, uid) for unit in which if unit not in {TOUCH, ALIAS}}
        else:
            for unit in which:
                earlier = stamps.get(unit, stamps.get(WHOLE, NEVER))
                stamps[unit] = following(earlier, at, uid)
    return stamps, frozenset(touched)


# ── decisions ─────────────────────────────────────────────────────────────────────────────────


class Knows(NamedTuple):
    """The uids of the commands that each copy has in its journal, and that count there."""

    ours: Collection[bytes]
    theirs: Collection[bytes]


class Settled(NamedTuple):
    """What becomes of a unit that the copies hold differently."""

    unit: str
    won: str
    """OURS or THEIRS."""
    stamp: Stamp
    chosen: bool
    """Whether --prefer went against the rule: then it is an edit of the merge itself."""
    conflict: bool
    """Whether both sides set it, to different values, without knowing of each other."""


def settle(ours: State, theirs: State, knows: Knows, prefer: str | None = None) -> list[Settled]:
    """The units in which two states of one row differ, and which side has it."""
    found = []
    for unit in sorted({*ours.units, *theirs.units, *ours.stamps, *theirs.stamps} - {WHOLE}):
        mine, other = ours.stamp(unit), theirs.stamp(unit)
        if mine == other:
            continue
        conflict = (
            NEVER not in {mine, other}
            and mine.uid not in knows.theirs
            and other.uid not in knows.ours
            and ours.units.get(unit) != theirs.units.get(unit)
        )
        later = THEIRS if other > mine else OURS
        won = prefer if conflict and prefer else later
        found.append(Settled(unit, won, max(mine, other), won != later, conflict))
    return found


class Fate(NamedTuple):
    """What becomes of a row that only one copy has."""

    stays: bool
    conflict: bool
    """Whether the other copy removed it without knowing all that was done to it."""


def fate(state: State, known_there: Collection[bytes], prefer: str | None, side: str) -> Fate:
    """Of a row that only `side` has, where the other copy knows these commands."""
    unheard = [uid for uid in state.touched if uid not in known_there]
    if not unheard:
        return Fate(stays=False, conflict=False)
    if len(unheard) == len(state.touched):
        return Fate(stays=True, conflict=False)
    return Fate(stays=prefer in {None, side}, conflict=True)


class Plan(NamedTuple):
    """A follow-up that nobody did or gave up, as one side has it stored."""

    cancelled_at: int | None
    cancelled_why: str | None


def still_planned(held: Plan | None, created_at: int, status: str, closed_at: int | None) -> Plan:
    """How an unfinished follow-up stands beside its deal's path.

    `held` is how the side stores it from which the path is taken, None where it is not known there.
    A closed deal has nothing planned.
    """
    if held is not None and held.cancelled_at is not None:
        return held
    if closed_at is None:
        return Plan(None, None)
    return Plan(max(closed_at, created_at), f"deal {status}")
