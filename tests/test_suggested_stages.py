"""Which stage signals speak for: the furthest, and backwards only where that is asked for."""

from __future__ import annotations

import pytest

from dealflow.stages import Evidence, PipelineSpec, StageSpec, parse_requirement, suggested

NOW = 2_000_000


def stage(position, key, *signals, kind="open", retired=False):
    return StageSpec(
        id=position * 10,
        position=position,
        key=key,
        name=key.upper(),
        kind=kind,
        retired=retired,
        signals=tuple(map(parse_requirement, signals)),
    )


LEAD = stage(1, "lead", "email >= 1")
PLAIN = stage(2, "plain")
NEEDS = stage(3, "needs", "call >= 1", "visit >= 1")
OLD = stage(4, "old", "note >= 1", retired=True)
OFFER = stage(5, "offer", "quote >= 1")
TALKS = stage(6, "talks", "meeting >= 1")
WON = stage(7, "won", "event >= 1", kind="won")
PIPELINE = PipelineSpec(key="p", name="P", stages=(LEAD, PLAIN, NEEDS, OLD, OFFER, TALKS, WON))


def known(*kinds):
    return Evidence(created_at=0, activities=tuple((kind, NOW) for kind in kinds))


@pytest.mark.parametrize(
    ("here", "kinds", "expected"),
    [
        (LEAD, ["call"], NEEDS),
        (LEAD, ["visit"], NEEDS),  # each signal speaks by itself
        (LEAD, ["call", "quote"], OFFER),  # the furthest
        (LEAD, ["meeting", "call"], TALKS),
        (PLAIN, ["call"], NEEDS),
        (LEAD, [], None),
        (LEAD, ["note"], None),  # a retired stage takes no deals
        (LEAD, ["event"], None),  # and a deal is won by somebody
        (NEEDS, ["call"], None),  # it is there
        (NEEDS, ["email"], None),  # and does not go back by itself
        (OFFER, ["call"], None),
        (OFFER, ["call", "meeting"], TALKS),
    ],
)
def test_a_signal_speaks_for_its_stage_and_the_furthest_is_taken(here, kinds, expected):
    assert suggested(PIPELINE, here, known(*kinds), NOW) == expected


@pytest.mark.parametrize(
    ("here", "kinds", "expected"),
    [
        (OFFER, ["call"], NEEDS),
        (OFFER, ["email"], LEAD),
        (OFFER, ["email", "visit"], NEEDS),
        (OFFER, ["quote", "call"], None),  # a signal of its own holds
        (OFFER, ["meeting", "call"], TALKS),  # and so does one of a later stage
        (OFFER, [], None),
        (PLAIN, ["email"], None),  # a stage without signals is not left for the lack of them
        (PLAIN, ["email", "quote"], OFFER),
        (OLD, ["call"], NEEDS),
    ],
)
def test_backwards_it_speaks_where_the_stage_has_signals_and_none_holds(here, kinds, expected):
    assert suggested(PIPELINE, here, known(*kinds), NOW, back=True) == expected


def test_what_lies_ahead_is_no_signal_yet():
    assert suggested(PIPELINE, LEAD, known("call"), NOW - 1) is None
