"""A move from one pipeline into another: where it comes to, what it has to meet, what is refused."""

from __future__ import annotations

import pytest

from dealflow.errors import ClosedDeal, IllegalMove, RequirementsMissing, UsageError
from dealflow.stages import (
    Evidence,
    Intent,
    Move,
    PipelineSpec,
    StageSpec,
    Standing,
    parse_requirement,
    plan_switch,
)

ENTERED, NOW = 1_000_000, 2_000_000


def stage(id_, position, key, *requires, kind="open", retired=False):
    return StageSpec(
        id=id_,
        position=position,
        key=key,
        name=key.upper(),
        kind=kind,
        retired=retired,
        requires=tuple(map(parse_requirement, requires)),
    )


LEAD, TALKS = stage(1, 1, "lead"), stage(2, 2, "talks")
HERE = PipelineSpec(id=1, key="here", name="Here", stages=(LEAD, TALKS))
FIRST = stage(11, 1, "first", "source")
MIDDLE = stage(12, 2, "middle", "call >= 1", "contact")
OLD = stage(13, 3, "old", retired=True)
LAST = stage(14, 4, "last", "account")
DONE = stage(15, 5, "done", kind="won")
THERE = PipelineSpec(id=2, key="there", name="There", stages=(FIRST, MIDDLE, OLD, LAST, DONE))

NOTHING = Evidence(created_at=0)
EVERYTHING = Evidence(
    created_at=0, present=frozenset({"contact", "account"}), activities=(("call", ENTERED),)
)


def switch(to=None, *, known=EVERYTHING, at=NOW, lines=(HERE, THERE), standing=None, **more):
    standing = standing or Standing(id=42, title="Acme", stage_id=2, entered_at=ENTERED)
    return plan_switch(lines, standing, Intent(verb="move", to=to, at=at, **more), known, NOW)


def test_it_comes_to_the_first_stage_as_a_new_deal_would_and_has_returned():
    assert switch(known=NOTHING) == Move(
        ending="returned", from_stage=TALKS, to_stage=FIRST, at=NOW
    )


def test_it_comes_to_the_stage_named_and_keeps_what_was_said():
    found = switch("LAST", at=NOW - 5, why="for the others")
    assert found == Move(
        ending="returned", from_stage=TALKS, to_stage=LAST, why="for the others", at=NOW - 5
    )


def test_it_has_to_meet_what_lies_before_the_stage_but_not_the_first():
    with pytest.raises(RequirementsMissing) as caught:
        switch("last", known=NOTHING)
    told = str(caught.value.message)
    assert "deal 42 (Acme)" in told
    assert "LAST" in told
    for gap in ("at least 1 call (has 0)", "a contact person", "a customer"):
        assert gap in told
    assert "a source" not in told
    assert caught.value.hint == 'dealflow log 42 call "…"'


def test_force_overrides_what_is_missing_and_is_recorded():
    found = switch("middle", known=NOTHING, force=True, why="asked to")
    assert found.forced
    assert found.gaps_overridden == ("needs at least 1 call (has 0)", "needs a contact person")
    assert not switch("middle", force=True, why="asked to").forced


def test_it_is_judged_by_what_had_happened_by_then():
    late = Evidence(created_at=0, present=frozenset({"contact"}), activities=(("call", NOW - 10),))
    assert switch("middle", known=late, at=NOW - 10).to_stage == MIDDLE
    with pytest.raises(RequirementsMissing):
        switch("middle", known=late, at=NOW - 11)


@pytest.mark.parametrize(
    ("words", "error", "message", "hint"),
    [
        (
            {"lines": (HERE, HERE)},
            IllegalMove,
            "deal 42 (Acme) is in the pipeline Here already",
            "dealflow advance 42 STAGE",
        ),
        (
            {"to": "done"},
            IllegalMove,
            "deal 42 (Acme) cannot be open in DONE",
            "stages: first, middle, last, done",
        ),
        (
            {"to": "old"},
            IllegalMove,
            "OLD is retired and takes no deals",
            "stages: first, middle, last, done",
        ),
        (
            {"at": NOW + 1},
            IllegalMove,
            "deal 42 (Acme) cannot move in the future",
            'dealflow plan 42 DATE "…" is for what lies ahead',
        ),
        (
            {"at": ENTERED - 1},
            IllegalMove,
            "deal 42 (Acme) came to its stage after that",
            "dealflow history 42 shows when",
        ),
        ({"force": True}, UsageError, "a forced move says why", 'add --why "…"'),
    ],
)
def test_what_cannot_be_says_why(words, error, message, hint):
    with pytest.raises(error) as caught:
        switch(**words)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_a_closed_deal_does_not_switch():
    lost = Standing(
        id=42, title="Acme", stage_id=2, status="lost", entered_at=ENTERED, closed_at=ENTERED + 9
    )
    with pytest.raises(ClosedDeal) as caught:
        switch(standing=lost)
    assert caught.value.hint == "dealflow reopen 42"
