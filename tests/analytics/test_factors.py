"""What goes with winning: the interval of a difference, and how often chance is taken for more."""

from __future__ import annotations

from math import sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from dealflow.analytics.factors import FEWEST, Group, Whole, judge
from dealflow.analytics.intervals import difference, wilson


@given(st.integers(1, 300), st.integers(1, 300), st.floats(0, 1), st.floats(0, 1))
def test_the_interval_of_a_difference_is_newcombes(n, m, p, q):
    won, others = round(n * p), round(m * q)
    found = difference(wilson(won, n), wilson(others, m))
    low, high = confint_proportions_2indep(won, n, others, m, method="newcomb", compare="diff")
    assert found.value == pytest.approx(won / n - others / m, abs=1e-12)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))


def test_a_difference_to_nothing_is_none():
    assert difference(wilson(0, 0), wilson(1, 2)) == (None, None, None)
    assert difference(wilson(1, 2), wilson(0, 0)) == (None, None, None)


@st.composite
def wholes(draw):
    closed = draw(st.integers(2 * FEWEST, 200))
    won = draw(st.integers(0, closed))
    groups = []
    for at in range(draw(st.integers(1, 8))):
        number = draw(st.integers(1, closed - 1))
        wins = draw(st.integers(max(0, won - (closed - number)), min(won, number)))
        groups.append(Group("factor", f"level {at}", wins, number))
    return groups, Whole(won, closed)


@given(wholes())
def test_evidence_is_fishers_adjusted_for_all_that_are_large_enough(told):
    groups, whole = told
    large = [one for one in groups if one.closed >= FEWEST and whole.closed - one.closed >= FEWEST]
    found = judge(groups, whole)
    assert sorted(one.level for one in found) == sorted(one.level for one in large)
    if not large:
        return
    p_values = [
        fisher_exact(
            [
                [one.won, one.closed - one.won],
                [whole.won - one.won, whole.closed - one.closed - (whole.won - one.won)],
            ]
        ).pvalue
        for one in large
    ]
    marked, adjusted, *_ = multipletests(p_values, alpha=0.05, method="fdr_bh")
    expected = dict(zip((one.level for one in large), adjusted, strict=True))
    assert {one.level: one.adjusted_p for one in found} == pytest.approx(expected, abs=1e-9)
    assert sum(one.mark is not None for one in found) == sum(marked)
    assert [one.p for one in found] == sorted(one.p for one in found)


@given(wholes())
def test_each_stands_beside_the_others_with_the_difference(told):
    groups, whole = told
    by_name = {one.level: one for one in groups}
    for one in judge(groups, whole):
        won, closed = by_name[one.level][2:]
        rest, others = whole.won - won, whole.closed - closed
        assert one.factor == "factor"
        assert one.rate[:3] == (won, closed, won / closed)
        assert one.others[:3] == (rest, others, rest / others)
        low, high = confint_proportions_2indep(
            won, closed, rest, others, method="newcomb", compare="diff"
        )
        assert one.difference[1:] == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))
        if one.mark:
            more = won * others > rest * closed
            assert one.mark == ("more often" if more else "less often")


def test_ten_on_either_side_are_compared():
    ten, nine = Group("f", "ten", 5, 10), Group("f", "nine", 5, 9)
    assert [one.level for one in judge([ten, nine], Whole(10, 20))] == ["ten"]
    assert judge([ten], Whole(10, 19)) == []


def test_what_is_won_more_often_and_less_often_is_said_so():
    more, less = judge([Group("f", "a", 30, 40), Group("f", "b", 10, 40)], Whole(40, 80))
    assert (more.level, more.mark, less.level, less.mark) == ("a", "more often", "b", "less often")


def test_equal_evidence_is_ordered_by_the_difference_then_by_name():
    """Fisher's p is 1 of each: of these the one with the largest difference comes first."""
    groups = [
        Group("z", "none", 20, 40),
        Group("y", "none", 20, 40),
        Group("y", "little", 21, 41),
        Group("x", "more", 6, 11),
        Group("x", "fewer", 5, 11),
        Group("w", "none", 20, 40),
    ]
    found = judge(groups, Whole(40, 80))
    assert {one.p for one in found} == {1.0}
    assert [(one.factor, one.level) for one in found] == [
        *(("x", "fewer"), ("x", "more"), ("y", "little")),
        *(("w", "none"), ("y", "none"), ("z", "none")),
    ]


def test_where_nothing_matters_something_is_named_in_at_most_one_of_twenty_worlds():
    """Whatever is independent of winning: forty things that deals have or have not."""
    worlds, flagged = 400, 0
    chance = Random(17)
    for _ in range(worlds):
        won = [chance.random() < 0.4 for _ in range(150)]
        groups = []
        for at in range(40):
            share = chance.uniform(0.1, 0.9)
            has = [chance.random() < share for _ in won]
            wins = sum(win and had for win, had in zip(won, has, strict=True))
            groups.append(Group("f", str(at), wins, sum(has)))
        found = judge(groups, Whole(sum(won), len(won)))
        flagged += any(one.mark for one in found)
    # 5 % and three standard deviations of a binomial count
    assert flagged <= worlds * 0.05 + 3 * sqrt(worlds * 0.05 * 0.95)


def test_the_interval_of_a_difference_holds_the_truth_as_often_as_it_says():
    worlds, held = 1000, 0
    chance = Random(23)
    for _ in range(worlds):
        first = wilson(sum(chance.random() < 0.5 for _ in range(60)), 60)
        second = wilson(sum(chance.random() < 0.3 for _ in range(90)), 90)
        found = difference(first, second)
        held += found.low <= 0.2 <= found.high
    assert held >= worlds * 0.95 - 3 * sqrt(worlds * 0.05 * 0.95)
