"""The decisions of merging, on rows that are nothing but values: any order, nothing lost."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealflow import merging
from dealflow.merging import (
    NEVER,
    OURS,
    THEIRS,
    Event,
    Knows,
    Stamp,
    State,
    fate,
    following,
    settle,
)


@dataclass(frozen=True)
class Replica:
    """One row in one copy, and the commands that the copy knows: the least that merging needs."""

    state: State | None
    known: frozenset[bytes] = frozenset()
    clock: dict[str, int] = field(default_factory=dict)

    def edit(self, unit: str, value: Any, at: int, uid: bytes) -> Replica:
        if self.state is None:
            return self
        stamp = following(self.state.stamp(unit), at, uid)
        state = State(
            self.state.units | {unit: value},
            self.state.stamps | {unit: stamp},
            self.state.touched | {uid},
        )
        return replace(self, state=state, known=self.known | {uid})

    def remove(self, uid: bytes) -> Replica:
        return replace(self, state=None, known=self.known | {uid})

    def merge(self, other: Replica) -> Replica:
        known = self.known | other.known
        if self.state is None or other.state is None:
            return replace(self, state=self._left(other), known=known)
        units, stamps = dict(self.state.units), dict(self.state.stamps)
        for one in settle(self.state, other.state, Knows(self.known, other.known)):
            if one.won == THEIRS:
                units[one.unit] = other.state.units.get(one.unit)
                stamps[one.unit] = one.stamp
        state = State(units, stamps, self.state.touched | other.state.touched)
        return replace(self, state=state, known=known)

    def _left(self, other: Replica) -> State | None:
        for state, there, side in (
            (self.state, other.known, OURS),
            (other.state, self.known, THEIRS),
        ):
            if state is not None and fate(state, there, None, side).stays:
                return state
        return None

    @property
    def value(self) -> Any:
        return self.state and {k: v for k, v in self.state.units.items() if v is not None}


FIRST = b"\0"
BASE = Replica(
    State({"x": 0}, {merging.WHOLE: Stamp(10, FIRST)}, frozenset({FIRST})), frozenset({FIRST})
)
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), st.integers(0, 2), st.sampled_from("xyz"), st.integers(1, 3)),
        st.tuples(st.just("remove"), st.integers(0, 2)),
        st.tuples(st.just("merge"), st.integers(0, 2), st.integers(0, 2)),
    ),
    max_size=14,
)
CLOCKS = st.lists(st.integers(1, 30), min_size=14, max_size=14)
"""Of each deed: clocks that go backwards, stand still, or are wrong."""


def lived(deeds, clocks) -> list[Replica]:
    found = [BASE] * 3
    for number, (deed, at) in enumerate(zip(deeds, clocks, strict=False)):
        uid = bytes([number + 1])
        match deed:
            case ("edit", who, unit, value):
                found[who] = found[who].edit(unit, value, at, uid)
            case ("remove", who):
                found[who] = found[who].remove(uid)
            case ("merge", who, whom):
                found[who] = found[who].merge(found[whom])
    return found


def orders(found: list[Replica]) -> list[Replica]:
    """Every way in which one of three copies can come to have it all."""
    ends = [one.merge(two).merge(three) for one, two, three in permutations(found)]
    return ends + [one.merge(two.merge(three)) for one, two, three in permutations(found)]


@given(DEEDS, CLOCKS)
def test_merging_again_changes_nothing(deeds, clocks):
    a, b, _ = lived(deeds, clocks)
    once = a.merge(b)
    assert once.merge(b) == once
    assert once.merge(once) == once


@given(DEEDS, CLOCKS)
def test_it_does_not_matter_who_merges_whom(deeds, clocks):
    a, b, _ = lived(deeds, clocks)
    assert a.merge(b).value == b.merge(a).value


@given(DEEDS, CLOCKS)
def test_three_copies_come_to_the_same_in_any_order(deeds, clocks):
    ends = orders(lived([deed for deed in deeds if deed[0] != "remove"], clocks))
    assert all(end.value == ends[0].value for end in ends)


@given(DEEDS, CLOCKS)
def test_three_copies_agree_in_any_order_whether_a_row_that_some_removed_is_there(deeds, clocks):
    """It comes back as whoever edited it has it; the copy that removed it has nothing to add."""
    ends = orders(lived(deeds, clocks))
    assert len({end.state is None for end in ends}) == 1


@given(DEEDS, CLOCKS)
def test_a_field_that_one_side_alone_set_is_never_lost(deeds, clocks):
    """Each side sets fields of its own; whatever the clocks say, all of them are there."""
    mine = [deed for deed in deeds if deed[0] == "edit" and deed[1] == 0]
    other = [deed for deed in deeds if deed[0] == "edit" and deed[1] == 1]
    a = b = BASE
    for number, (deed, at) in enumerate(zip(mine, clocks, strict=False)):
        a = a.edit(f"a{deed[2]}", deed[3], at, bytes([1, number]))
    for number, (deed, at) in enumerate(zip(other, clocks, strict=False)):
        b = b.edit(f"b{deed[2]}", deed[3], at, bytes([2, number]))
    assert a.merge(b).value == {"x": 0, **a.value, **b.value}


@given(DEEDS, CLOCKS)
def test_what_one_side_did_alone_is_taken_as_it_is(deeds, clocks):
    """Where the other has done nothing since they parted, merging is catching up."""
    a, _, _ = lived([deed for deed in deeds if deed[1] == 0], clocks)
    assert BASE.merge(a).value == a.value
    assert a.merge(BASE).value == a.value


@given(
    st.integers(0, 50),
    st.integers(0, 50),
    st.binary(min_size=1, max_size=2),
    st.binary(min_size=1, max_size=2),
)
def test_a_command_that_knew_another_is_always_later(at, later, uid, other):
    earlier = Stamp(at, uid)
    if uid != other:
        assert following(earlier, later, other) > earlier


def state(value, at, uid) -> State:
    return State(
        {"x": value}, {merging.WHOLE: Stamp(1, FIRST), "x": Stamp(at, uid)}, frozenset({FIRST, uid})
    )


@pytest.mark.parametrize(
    ("mine", "other", "prefer", "won", "chosen", "conflict"),
    [
        ((5, 20, b"a"), (6, 30, b"b"), None, THEIRS, False, True),
        ((5, 30, b"a"), (6, 20, b"b"), None, OURS, False, True),
        ((5, 20, b"a"), (6, 20, b"b"), None, THEIRS, False, True),
        ((5, 20, b"a"), (6, 30, b"b"), "ours", OURS, True, True),
        ((5, 20, b"a"), (6, 30, b"b"), "theirs", THEIRS, False, True),
        ((5, 20, b"a"), (5, 30, b"b"), None, THEIRS, False, False),
        ((5, 20, b"a"), (5, 30, b"b"), "ours", THEIRS, False, False),
    ],
)
def test_a_conflict_goes_to_the_later_edit_or_to_the_side_that_is_preferred(  # noqa: PLR0917
    mine, other, prefer, won, chosen, conflict
):
    knows = Knows({FIRST, b"a"}, {FIRST, b"b"})
    (told,) = settle(state(*mine), state(*other), knows, prefer)
    assert (told.unit, told.won, told.chosen, told.conflict) == ("x", won, chosen, conflict)


def test_an_edit_that_knew_the_other_is_no_conflict():
    knows = Knows({FIRST, b"a", b"b"}, {FIRST, b"b"})
    (told,) = settle(state(5, 40, b"a"), state(6, 30, b"b"), knows, "theirs")
    assert (told.won, told.conflict) == (OURS, False)
    knows = Knows({FIRST, b"a"}, {FIRST, b"a", b"b"})
    (told,) = settle(state(5, 30, b"a"), state(6, 40, b"b"), knows, "ours")
    assert (told.won, told.conflict) == (THEIRS, False)


@pytest.mark.parametrize(
    ("touched", "known", "prefer", "stays", "conflict"),
    [
        ({b"n"}, set(), None, True, False),  # never heard of there
        ({FIRST}, {FIRST}, None, False, False),  # removed there, knowing all of it
        ({FIRST, b"n"}, {FIRST}, None, True, True),  # edited here since
        ({FIRST, b"n"}, {FIRST}, "theirs", False, True),
    ],
)
def test_a_row_of_one_side_is_new_removed_or_in_conflict(touched, known, prefer, stays, conflict):
    told = fate(State({}, {}, frozenset(touched)), known, prefer, OURS)
    assert (told.stays, told.conflict) == (stays, conflict)


def test_replaying_a_journal_gives_each_unit_the_stamp_of_its_last_edit():
    stamps, touched = merging.replay(
        [
            Event("add", 10, b"a"),
            Event("edit", 20, b"b", ("x", "y")),
            Event("edit", 15, b"c", ("x",)),
            Event("settled", 99, b"m", ("y",)),
        ]
    )
    assert stamps == {"*": Stamp(10, b"a"), "x": Stamp(20, b"c"), "y": Stamp(99, b"m")}
    assert touched == {b"a", b"b", b"c", b"m"}


def test_what_nobody_said_when_a_row_was_added_gives_way_to_what_somebody_did():
    """Both sides made the same customer; one of them knew its segment."""
    mine = State({"segment": None}, {merging.WHOLE: Stamp(30, b"a")}, frozenset({b"a"}))
    other = State({"segment": "energy"}, {merging.WHOLE: Stamp(20, b"b")}, frozenset({b"b"}))
    assert mine.stamp("segment") == NEVER
    (told,) = settle(mine, other, Knows({b"a"}, {b"b"}))
    assert (told.won, told.conflict) == (THEIRS, False)


def test_columns_that_mean_something_together_are_one_unit():
    before = {"amount": 100, "currency": "CNY", "tags": '["a"]', "fields": '{"need": "x"}'}
    after = {"amount": 100, "currency": "USD", "tags": '["a", "b"]', "fields": '{"need": "x"}'}
    assert merging.changed("opportunity", before, after) == ("amount", "tags.b")


def test_a_plan_that_fell_with_its_deal_is_no_decision_of_its_own():
    open_plan = {"cancelled_at": None, "cancelled_why": None}
    fallen = {"cancelled_at": 5, "cancelled_why": "deal won"}
    given_up = {"cancelled_at": 5, "cancelled_why": "moved"}
    assert merging.changed("follow_up", open_plan, fallen) == ()
    assert merging.changed("follow_up", open_plan, given_up) == ("done",)
