"""The stage machine: which moves are legal, and what they come to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealflow.errors import (
    ClosedDeal,
    IllegalMove,
    NotFound,
    Refused,
    RequirementsMissing,
    UsageError,
)
from dealflow.money import Money
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

ENTERED, NOW = 1_000_000, 2_000_000


def stage(position, key, *requires, kind="open", retired=False):
    return StageSpec(
        id=position * 10,
        position=position,
        key=key,
        name=key.upper(),
        kind=kind,
        retired=retired,
        requires=tuple(map(parse_requirement, requires)),
    )


LEAD = stage(1, "lead")
NEEDS = stage(2, "needs", "call >= 1", "field:need")
OLD = stage(3, "old", "source", retired=True)
OFFER = stage(4, "offer", "contact", "call >= 1")
TALKS = stage(5, "talks")
WON = stage(6, "won", "amount", kind="won")
PIPELINE = PipelineSpec(
    key="p",
    name="P",
    stages=(LEAD, NEEDS, OLD, OFFER, TALKS, WON),
    reasons=(("price", "Price"), ("timing", "Timing")),
)
ENDLESS = PipelineSpec(key="e", name="E", stages=(LEAD, NEEDS, TALKS))

NOTHING = Evidence(created_at=0)
EVERYTHING = Evidence(
    created_at=0,
    present=frozenset({"contact", "source"}),
    fields={"need": "ERP"},
    activities=(("call", ENTERED),),
    amount=Money(1, "CNY"),
)


def deal(here, status="open", closed_at=None):
    return Standing(
        id=42,
        title="Acme",
        stage_id=here.id,
        status=status,
        entered_at=ENTERED,
        closed_at=closed_at,
    )


def move(
    verb, here, to=None, *, known=EVERYTHING, pipeline=PIPELINE, standing=None, at=NOW, **more
):
    intent = Intent(verb=verb, to=to, at=at, **more)
    return plan_move(pipeline, standing or deal(here), intent, known, NOW)


def closed(here, status="lost", at=ENTERED + 100):
    return deal(here, status, at)


# ── finding stages ────────────────────────────────────────────────────────────────────────────


def test_a_stage_is_found_by_key_and_by_name_in_any_case():
    chinese = PipelineSpec(
        key="zh", name="z", stages=(StageSpec(key="interested", name="意向客户"),)
    )
    assert chinese.stage("意向客户").key == chinese.stage("Interested").key == "interested"


def test_a_stage_is_found_in_full_width_letters():
    assert PIPELINE.stage("ｏｆｆｅｒ") == OFFER
    assert PIPELINE.stage("ＴＡＬＫＳ") == TALKS


def test_an_unknown_stage_is_not_found_and_the_nearest_is_named():
    with pytest.raises(NotFound) as caught:
        PIPELINE.stage("ofer")
    assert caught.value.message == "no stage 'ofer'"
    assert caught.value.hint == "did you mean offer?"


def test_a_key_wins_over_a_name():
    crossed = PipelineSpec(
        key="x", name="x", stages=(StageSpec(key="a", name="b"), StageSpec(key="b", name="c"))
    )
    assert crossed.stage("b").name == "c"


def test_a_live_stage_wins_over_a_retired_one_of_the_same_name():
    old = StageSpec(key="demo1", name="Demo", retired=True, position=1)
    new = StageSpec(key="demo2", name="Demo", position=2)
    assert PipelineSpec(key="x", name="x", stages=(old, new)).stage("demo") == new


def test_between_leaves_out_both_ends_and_the_retired():
    assert PIPELINE.between(LEAD, TALKS) == (NEEDS, OFFER)
    assert PIPELINE.between(LEAD, None) == (NEEDS, OFFER, TALKS)
    assert PIPELINE.between(NEEDS, OFFER) == ()


def test_next_after_is_the_next_open_stage_then_the_won_one_then_none():
    assert PIPELINE.next_after(NEEDS) == OFFER
    assert PIPELINE.next_after(TALKS) == WON
    assert ENDLESS.next_after(TALKS) is None


# ── forward ───────────────────────────────────────────────────────────────────────────────────


def test_advance_goes_to_the_next_stage():
    found = move("advance", LEAD)
    assert (found.ending, found.from_stage, found.to_stage) == ("advanced", LEAD, NEEDS)
    assert (found.jumped, found.forced, found.at) == ((), False, NOW)


def test_advance_to_a_named_stage_says_what_it_jumped():
    found = move("advance", LEAD, "talks")
    assert found.to_stage == TALKS
    assert found.jumped == (NEEDS, OFFER)


@pytest.mark.parametrize(("verb", "to"), [("advance", None), ("advance", "won"), ("win", None)])
def test_beyond_the_last_open_stage_a_deal_is_won(verb, to):
    found = move(verb, TALKS, to)
    assert (found.ending, found.to_stage, found.jumped) == ("won", WON, ())


def test_winning_early_jumps_what_lies_between():
    assert move("win", NEEDS).jumped == (OFFER, TALKS)


def test_a_pipeline_without_a_won_stage_wins_into_nowhere():
    for verb in ("win", "advance"):
        found = move(verb, TALKS, pipeline=ENDLESS)
        assert (found.ending, found.to_stage) == ("won", None)
    assert move("win", LEAD, pipeline=ENDLESS).jumped == (NEEDS, TALKS)


def test_every_gap_is_named_at_once_and_the_hint_closes_the_first():
    with pytest.raises(RequirementsMissing) as caught:
        move("advance", LEAD, known=NOTHING)
    assert caught.value.message == (
        "deal 42 (Acme) cannot move to NEEDS: needs at least 1 call (has 0); needs the field 'need'"
    )
    assert caught.value.hint == 'dealflow log 42 call "…"'
    assert caught.value.facts["gaps"] == ["needs at least 1 call (has 0)", "needs the field 'need'"]


def test_jumping_a_stage_does_not_get_round_what_it_asks_for():
    with pytest.raises(RequirementsMissing) as caught:
        move("win", LEAD, known=NOTHING)
    assert caught.value.facts["gaps"] == [
        "needs at least 1 call (has 0)",
        "needs the field 'need'",
        "needs a contact person",
        "needs an amount",
    ]


def test_a_win_without_a_won_stage_still_asks_for_what_it_jumps():
    with pytest.raises(RequirementsMissing) as caught:
        move("win", LEAD, known=NOTHING, pipeline=ENDLESS)
    assert "cannot move to won" in caught.value.message


def test_force_overrides_and_is_recorded_with_why():
    found = move("advance", LEAD, known=NOTHING, force=True, why="the board wants it")
    assert found.forced
    assert found.why == "the board wants it"
    assert found.gaps_overridden == ("needs at least 1 call (has 0)", "needs the field 'need'")


def test_force_where_nothing_is_missing_is_not_a_forced_move():
    found = move("advance", LEAD, force=True, why="just in case")
    assert (found.forced, found.gaps_overridden) == (False, ())


@pytest.mark.parametrize("why", [None, "", "  "])
def test_force_says_why(why):
    with pytest.raises(UsageError):
        move("advance", LEAD, known=NOTHING, force=True, why=why)


def test_force_does_not_make_an_illegal_move_legal():
    with pytest.raises(IllegalMove):
        move("advance", OFFER, "lead", force=True, why="x")


def test_a_move_in_the_past_is_judged_by_what_had_happened_by_then():
    late = Evidence(created_at=0, fields={"need": "x"}, activities=(("call", ENTERED + 500),))
    with pytest.raises(RequirementsMissing):
        move("advance", LEAD, known=late, at=ENTERED + 499)
    assert move("advance", LEAD, known=late, at=ENTERED + 500).at == ENTERED + 500


def test_what_is_asked_for_is_listed_with_what_holds():
    known = Evidence(created_at=0, activities=(("call", ENTERED),))
    found = check(PIPELINE, deal(LEAD), OFFER, known, NOW)
    assert [(str(req), met) for req, met in found] == [
        ("call >= 1", True),
        ("field:need", False),
        ("contact", False),
    ]


def test_advance_to_an_earlier_stage_points_to_back():
    with pytest.raises(IllegalMove) as caught:
        move("advance", OFFER, "lead")
    assert caught.value.hint == "dealflow back 42 lead"


@pytest.mark.parametrize("verb", ["advance", "back"])
def test_a_move_to_where_the_deal_is_already_is_refused(verb):
    with pytest.raises(IllegalMove, match="is in OFFER already"):
        move(verb, OFFER, "offer")


@pytest.mark.parametrize("verb", ["advance", "back", "reopen"])
def test_a_retired_stage_takes_no_deals(verb):
    standing = closed(LEAD) if verb == "reopen" else deal(LEAD if verb == "advance" else TALKS)
    with pytest.raises(IllegalMove, match="OLD is retired"):
        move(verb, LEAD, "old", standing=standing)


def test_a_deal_in_a_retired_stage_moves_on_from_its_place():
    assert move("advance", OLD).to_stage == OFFER
    assert move("back", OLD).to_stage == NEEDS


def test_no_deal_is_won_by_advancing_from_a_retired_stage_unawares():
    last = stage(5, "last", retired=True)
    for end in ((WON,), ()):
        line = PipelineSpec(key="p", name="P", stages=(LEAD, last, *end))
        with pytest.raises(IllegalMove) as caught:
            move("advance", last, pipeline=line)
        assert caught.value.message == "LAST is retired and no open stage follows it"
        assert caught.value.hint.startswith("dealflow advance 42 STAGE (stages: lead")
    assert move("win", last, pipeline=line).ending == "won"


# ── back, closed, reopened ────────────────────────────────────────────────────────────────────


def test_back_goes_to_an_earlier_stage_and_asks_for_nothing():
    found = move("back", TALKS, "needs", known=NOTHING)
    assert (found.ending, found.to_stage, found.jumped) == ("returned", NEEDS, ())


def test_back_without_a_stage_goes_to_the_one_before():
    assert move("back", OFFER).to_stage == NEEDS
    with pytest.raises(IllegalMove):
        move("back", LEAD)


@pytest.mark.parametrize("to", ["talks", "won"])
def test_back_to_a_later_stage_points_to_advance(to):
    with pytest.raises(IllegalMove) as caught:
        move("back", OFFER, to)
    assert caught.value.hint == f"dealflow advance 42 {to}"


@pytest.mark.parametrize(("verb", "ending"), [("lose", "lost"), ("void", "void")])
def test_lost_and_void_end_the_visit_without_a_stage(verb, ending):
    found = move(verb, NEEDS, known=NOTHING, reason="price")
    assert (found.ending, found.from_stage, found.to_stage) == (ending, NEEDS, None)


def test_a_loss_has_a_reason():
    with pytest.raises(Refused) as caught:
        move("lose", NEEDS)
    assert caught.value.hint == "dealflow lose 42 --reason price (known: price, timing)"
    assert not isinstance(caught.value, RequirementsMissing)


@pytest.mark.parametrize("verb", ["advance", "back", "win", "lose", "void"])
@pytest.mark.parametrize("status", ["won", "lost", "void"])
def test_a_closed_deal_does_not_move(verb, status):
    with pytest.raises(ClosedDeal) as caught:
        move(verb, NEEDS, standing=closed(NEEDS, status), reason="price")
    assert caught.value.hint == "dealflow reopen 42"


def test_reopening_goes_back_to_the_stage_it_was_closed_in():
    found = move("reopen", OFFER, standing=closed(OFFER), known=NOTHING)
    assert (found.ending, found.from_stage, found.to_stage) == (None, OFFER, OFFER)


def test_reopening_goes_where_it_is_told():
    assert move("reopen", OFFER, "lead", standing=closed(OFFER)).to_stage == LEAD


def test_reopening_further_on_asks_for_what_lies_between():
    with pytest.raises(RequirementsMissing) as caught:
        move("reopen", LEAD, "offer", standing=closed(LEAD), known=NOTHING)
    assert caught.value.facts["gaps"] == [
        "needs at least 1 call (has 0)",
        "needs the field 'need'",
        "needs a contact person",
    ]
    met = move("reopen", LEAD, "offer", standing=closed(LEAD))
    assert (met.ending, met.onward, met.forced) == (None, True, False)


def test_reopening_further_on_can_be_forced():
    told = {"force": True, "why": "they called", "known": NOTHING}
    found = move("reopen", LEAD, "needs", standing=closed(LEAD), **told)
    assert (found.forced, found.why, len(found.gaps_overridden)) == (True, "they called", 2)


@pytest.mark.parametrize("to", [None, "offer", "lead"])
def test_reopening_no_further_on_asks_for_nothing(to):
    found = move("reopen", OFFER, to, standing=closed(OFFER), known=NOTHING)
    assert (found.onward, found.forced) == (False, False)


def test_an_open_deal_is_not_reopened():
    with pytest.raises(IllegalMove, match="is open already"):
        move("reopen", OFFER)


@pytest.mark.parametrize("to", [None, "won"])
def test_no_deal_is_reopened_into_the_won_stage(to):
    with pytest.raises(IllegalMove, match="cannot be open in WON"):
        move("reopen", WON, to, standing=closed(WON, "won"))


# ── when ──────────────────────────────────────────────────────────────────────────────────────


def test_no_move_lies_in_the_future():
    with pytest.raises(IllegalMove, match="future"):
        move("advance", LEAD, at=NOW + 1)


def test_no_move_lies_before_the_visit_that_it_ends():
    with pytest.raises(IllegalMove, match="after that"):
        move("void", LEAD, at=ENTERED - 1)
    assert move("void", LEAD, at=ENTERED).at == ENTERED


def test_no_deal_is_reopened_before_it_was_closed():
    with pytest.raises(IllegalMove, match="was closed after that"):
        move("reopen", LEAD, standing=closed(LEAD), at=ENTERED + 99)
    assert move("reopen", LEAD, standing=closed(LEAD), at=ENTERED + 100)


# ── always ────────────────────────────────────────────────────────────────────────────────────

shapes = st.tuples(
    st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=6), st.booleans()
)


def built(shape):
    """A pipeline from (retired, asks for a contact) of each stage and whether one is won."""
    flags, has_won = shape
    stages = [
        stage(n, f"s{n}", *(["contact"] if asks else []), retired=retired)
        for n, (retired, asks) in enumerate(flags, 1)
    ]
    if has_won:
        stages.append(stage(len(stages) + 1, "won", kind="won"))
    return PipelineSpec(key="p", name="p", stages=tuple(stages), reasons=(("price", "p"),))


@given(shapes, st.data())
def test_no_planned_move_is_ever_illegal(shape, data):
    pipeline = built(shape)
    here = data.draw(st.sampled_from([s for s in pipeline.stages if s.kind == "open"]))
    to = data.draw(st.none() | st.sampled_from([s.key for s in pipeline.stages]))
    verb = data.draw(st.sampled_from(["advance", "back", "win", "lose", "void", "reopen"]))
    status = data.draw(st.sampled_from(["open", "lost"]))
    force = data.draw(st.booleans())
    has_contact = data.draw(st.booleans())
    known = Evidence(created_at=0, present=frozenset({"contact"} if has_contact else ()))
    standing = deal(here, status, None if status == "open" else ENTERED)
    try:
        found = move(
            verb, here, to, known=known, pipeline=pipeline, standing=standing,
            force=force, why="x" if force else None, reason="price",
        )  # fmt: skip
    except Refused:
        return
    there = found.to_stage
    assert found.from_stage == here
    assert (found.ending is None) == (status == "lost")
    assert there is None or not there.retired
    if found.ending == "advanced":
        assert there.kind == "open"
        assert there.position > here.position
    if found.ending == "returned":
        assert there.kind == "open"
        assert there.position < here.position
    if found.ending == "won":
        assert there is None or there.kind == "won"
    if found.ending in ("lost", "void"):
        assert there is None
    if found.ending is None:
        assert there.kind == "open"

    end = there.position if there else len(pipeline.stages) + 1
    passed = [s for s in pipeline.stages if here.position < s.position < end and not s.retired]
    assert list(found.jumped) == (passed if found.ending in ("advanced", "won") else [])
    assert found.onward == (found.ending is None and there.position > here.position)
    asked = (found.ending in ("advanced", "won") or found.onward) and any(
        s.requires for s in [*passed, *([there] if there else [])]
    )
    assert found.forced == (asked and not has_contact)
    assert force or not found.forced


def test_a_move_typed_for_the_future_is_refused(dealflow):
    dealflow.ok("add", "Pumps")
    said = dealflow("void", "1", "--at", "2026-07-09")
    assert (said.code, said.out) == (5, "")
    assert "deal 1 (Pumps) cannot move in the future" in said.err
