"""The score of the worklist, part by part, as docs/definitions.md says it, worked out by hand."""

from __future__ import annotations

import pytest

from dealflow.analytics.worklist import (
    PARTS,
    REASONS,
    WEIGHTS,
    Case,
    is_reason,
    parts,
    points,
    score,
)

NOTHING = dict.fromkeys(
    ("late", "today", "unplanned", "quiet", "stuck", "close", "grade", "amount"), 0.0
)


def test_a_deal_of_which_nothing_is_known_has_no_points():
    assert parts(Case()) == points(Case(), WEIGHTS) == NOTHING
    assert score(NOTHING) == 0
    assert not is_reason(NOTHING)


@pytest.mark.parametrize(
    ("part", "case", "expected"),
    [
        # 1 for a follow-up that is late, and 1 more for every five working days late
        ("late", Case(late=0), 1.0),
        ("late", Case(late=1), 1.2),
        ("late", Case(late=5), 2.0),
        ("late", Case(late=9), 2.8),
        ("late", Case(late=10), 3.0),
        ("late", Case(late=11), 3.0),
        ("today", Case(today=True), 1.0),
        ("unplanned", Case(unplanned=True), 1.0),
        # the days since the last contact, by those that the cadence allows, where more than 1
        ("quiet", Case(quiet=0.5), 0.0),
        ("quiet", Case(quiet=1.0), 0.0),
        ("quiet", Case(quiet=1.5), 1.5),
        ("quiet", Case(quiet=9.0), 3.0),
        ("stuck", Case(stuck=0.5), 0.0),
        ("stuck", Case(stuck=1.0), 0.0),
        ("stuck", Case(stuck=2.25), 2.25),
        ("stuck", Case(stuck=40.0), 3.0),
        # 1 where the expected close is today or past; 1/14 less for each day ahead
        ("close", Case(close=-400), 1.0),
        ("close", Case(close=0), 1.0),
        ("close", Case(close=1), 13 / 14),
        ("close", Case(close=7), 0.5),
        ("close", Case(close=13), 1 / 14),
        ("close", Case(close=14), 0.0),
        ("close", Case(close=15), 0.0),
        ("grade", Case(grade="A"), 1.0),
        ("grade", Case(grade="B"), 0.5),
        ("grade", Case(grade="C"), 0.0),
        ("amount", Case(amount=0.0), 0.0),
        ("amount", Case(amount=0.25), 0.25),
        ("amount", Case(amount=2.9), 2.9),
        ("amount", Case(amount=250.0), 3.0),
    ],
)
def test_each_part_is_what_is_written_of_it_and_no_other_part_has_any(part, case, expected):
    assert parts(case) == pytest.approx({**NOTHING, part: expected})
    weighted = {**NOTHING, part: round(expected * WEIGHTS[part], 2)}
    assert points(case, WEIGHTS) == pytest.approx(weighted, abs=0.0051)


def test_the_weights_that_nobody_has_set_are_those_that_are_written():
    assert WEIGHTS == {
        "late": 3, "today": 2, "unplanned": 1, "quiet": 1, "stuck": 1, "close": 1, "grade": 2,
        "amount": 1,
    }  # fmt: skip
    assert list(PARTS) == list(NOTHING)
    assert [PARTS["late"], PARTS["close"]] == [
        "1 for a follow-up that is late, and 1 more for every 5 working days late",
        "1 where the expected close is past; before it, 1 less 1/14 for each day",
    ]


def test_points_are_rounded_to_hundredths_and_the_score_is_their_sum():
    case = Case(late=3, quiet=4 / 3, close=1, grade="B", amount=0.333)
    found = points(case, WEIGHTS)
    # 3 × 1.6, 1.333…, 13/14, 2 × 0.5, 0.333
    assert found == {
        **NOTHING, "late": 4.8, "quiet": 1.33, "close": 0.93, "grade": 1.0, "amount": 0.33
    }  # fmt: skip
    assert score(found) == 8.39


def test_a_weight_says_how_much_a_part_counts_and_none_takes_it_off_the_list():
    weights = {**WEIGHTS, "today": 0.5, "unplanned": 0}
    assert points(Case(today=True), weights) == {**NOTHING, "today": 0.5}
    assert points(Case(unplanned=True), weights) == NOTHING
    assert not is_reason(points(Case(unplanned=True), weights))


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (Case(late=0), True),
        (Case(today=True), True),
        (Case(unplanned=True), True),
        (Case(quiet=1.1), True),
        (Case(stuck=1.1), True),
        (Case(close=13), True),
        (Case(close=14), False),
        (Case(grade="A", amount=3.0), False),
    ],
)
def test_what_a_deal_is_worth_is_no_reason_by_itself(case, reason):
    assert is_reason(points(case, WEIGHTS)) is reason
    assert REASONS == ("late", "today", "unplanned", "quiet", "stuck", "close")
