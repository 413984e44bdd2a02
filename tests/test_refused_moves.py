"""What the stage machine says when it refuses: the sentence, the way out, and the facts, in full."""

from __future__ import annotations

import pytest

from dealflow.errors import ClosedDeal, IllegalMove, NotFound, Refused, UsageError
from dealflow.stages import (
    Evidence,
    Intent,
    PipelineSpec,
    StageSpec,
    Standing,
    check,
    parse_requirement,
    plan_move,
)

ENTERED, CLOSED, NOW = 1_000, 2_000, 3_000


def stage(position, key, *requires, kind="open", retired=False):
    asked = tuple(map(parse_requirement, requires))
    return StageSpec(
        id=position * 10, position=position, key=key, name=key.upper(),
        kind=kind, retired=retired, requires=asked,
    )  # fmt: skip


LEAD = stage(1, "lead", "source")
NEEDS = stage(2, "needs", "contact")
OLD = stage(3, "old", retired=True)
OFFER = stage(4, "offer", "account")
WON = stage(5, "won", "amount", kind="won")
STAGES = (LEAD, NEEDS, OLD, OFFER, WON)
TOLD = "stages: lead, needs, offer, won"
REASONS = (("price", "Price"), ("timing", "Timing"))
PIPELINE = PipelineSpec(key="p", name="P", stages=STAGES, reasons=REASONS)


def standing(here, status="open"):
    closed_at = None if status == "open" else CLOSED
    return Standing(
        id=42, title="Acme", stage_id=here.id, status=status, entered_at=ENTERED, closed_at=closed_at
    )  # fmt: skip


def refused(error, verb, here, to=None, *, status="open", at=NOW, pipeline=PIPELINE, **more):
    """What is said of a move that is refused: message, hint and facts."""
    intent = Intent(verb=verb, to=to, at=at, **more)
    with pytest.raises(error) as caught:
        plan_move(pipeline, standing(here, status), intent, Evidence(created_at=0), NOW)
    assert type(caught.value) is error
    return caught.value.message, caught.value.hint, caught.value.facts


@pytest.mark.parametrize(
    ("verb", "here", "to", "message", "hint"),
    [
        ("advance", OFFER, "lead",
         "LEAD comes before OFFER, where deal 42 (Acme) is", "dealflow back 42 lead"),
        ("back", LEAD, "offer",
         "OFFER comes after LEAD, where deal 42 (Acme) is", "dealflow advance 42 offer"),
        ("back", LEAD, None,
         "deal 42 (Acme) is in the first stage, LEAD", "dealflow advance 42 moves it on"),
        ("advance", NEEDS, "NEEDS", "deal 42 (Acme) is in NEEDS already", "dealflow show 42"),
        ("back", NEEDS, "needs", "deal 42 (Acme) is in NEEDS already", "dealflow show 42"),
        ("advance", LEAD, "old", "OLD is retired and takes no deals", TOLD),
        ("reopen", LEAD, None, "deal 42 (Acme) is open already", "dealflow show 42"),
    ],
)  # fmt: skip
def test_a_move_that_is_not_legal_says_why_and_what_would_be(verb, here, to, message, hint):
    assert refused(IllegalMove, verb, here, to) == (message, hint, {})


def test_the_last_retired_stage_leads_nowhere_and_the_others_are_listed():
    last = stage(3, "last", retired=True)
    pipeline = PipelineSpec(key="p", name="P", stages=(LEAD, NEEDS, last, WON))
    assert refused(IllegalMove, "advance", last, pipeline=pipeline) == (
        "LAST is retired and no open stage follows it",
        "dealflow advance 42 STAGE (stages: lead, needs, won)",
        {},
    )


def test_a_won_deal_is_told_where_it_could_be_open():
    assert refused(IllegalMove, "reopen", WON, status="won") == (
        "deal 42 (Acme) cannot be open in WON",
        f"dealflow reopen 42 STAGE ({TOLD})",
        {},
    )


def test_a_closed_deal_is_told_how_it_would_move():
    message, hint, _ = refused(ClosedDeal, "advance", LEAD, status="lost")
    assert (message, hint) == ("deal 42 (Acme) is lost", "dealflow reopen 42")


def test_a_move_in_the_future_is_for_the_plan():
    assert refused(IllegalMove, "advance", LEAD, at=NOW + 1) == (
        "deal 42 (Acme) cannot move in the future",
        'dealflow plan 42 DATE "…" is for what lies ahead',
        {"at": NOW + 1},
    )


@pytest.mark.parametrize(
    ("verb", "status", "since", "came"),
    [
        ("advance", "open", ENTERED, "came to its stage"),
        ("reopen", "lost", CLOSED, "was closed"),
    ],
)
def test_a_move_before_what_it_follows_says_what_that_was(verb, status, since, came):
    assert refused(IllegalMove, verb, LEAD, status=status, at=since - 1) == (
        f"deal 42 (Acme) {came} after that",
        "dealflow history 42 shows when",
        {"at": since - 1, "since": since},
    )


def test_a_forced_move_without_a_word_is_asked_for_one():
    said = ("a forced move says why", 'add --why "…"', {})
    assert refused(UsageError, "advance", LEAD, force=True) == said


@pytest.mark.parametrize(
    ("reasons", "hint"),
    [
        (REASONS, "dealflow lose 42 --reason price (known: price, timing)"),
        ((), "dealflow lose 42 --reason REASON"),
    ],
)
def test_a_loss_without_a_reason_is_told_which_there_are(reasons, hint):
    pipeline = PipelineSpec(key="p", name="P", stages=STAGES, reasons=reasons)
    assert refused(Refused, "lose", LEAD, pipeline=pipeline) == (
        "deal 42 (Acme) cannot be lost without a reason",
        hint,
        {"reasons": [key for key, _ in reasons]},
    )


def test_a_stage_like_no_other_is_answered_with_all_that_take_deals():
    with pytest.raises(NotFound) as caught:
        PIPELINE.stage("xyzzy")
    assert (caught.value.message, caught.value.hint) == ("no stage 'xyzzy'", TOLD)


def test_no_retired_stage_is_offered_as_the_nearest():
    with pytest.raises(NotFound) as caught:
        PIPELINE.stage("olld")
    assert caught.value.hint == TOLD


def test_a_stage_of_another_pipeline_is_not_found_by_its_number():
    assert PIPELINE.by_id(30) == OLD
    with pytest.raises(NotFound) as caught:
        PIPELINE.by_id(99)
    assert caught.value.message == "no stage '99'"


# ── what is asked for ─────────────────────────────────────────────────────────────────────────


def asked(requirements):
    return [str(requirement) for requirement in requirements]


def test_a_new_deal_begins_in_the_first_stage_unasked_and_further_on_as_if_it_had_come_there():
    retired = StageSpec(id=5, position=0, key="gone", name="Gone", retired=True)
    pipeline = PipelineSpec(key="p", name="P", stages=(retired, *STAGES))
    assert asked(pipeline.asks_at_entry(LEAD)) == []
    assert asked(pipeline.asks_at_entry(NEEDS)) == ["contact"]
    assert asked(pipeline.asks_at_entry(OFFER)) == ["contact", "account"]


def test_a_check_stops_at_the_stage_that_it_is_about():
    known = Evidence(created_at=0, present=frozenset({"contact"}))

    def told(to):
        found = check(PIPELINE, standing(LEAD), to, known, NOW)
        return [(str(requirement), holds) for requirement, holds in found]

    assert told(NEEDS) == [("contact", True)]
    assert told(OFFER) == told(None) == [("contact", True), ("account", False)]
    assert told(WON) == [("contact", True), ("account", False), ("amount", False)]
