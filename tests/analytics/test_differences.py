"""Two proportions against each other, and many such pairs: against statsmodels, and against chance."""

from math import sqrt
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from dealflow.analytics.comparison import (
    DOWN,
    TOO_FEW,
    UP,
    compare_families,
    compare_groups,
    compare_pairs,
)
from dealflow.analytics.intervals import difference, wilson


@st.composite
def proportions(draw):
    trials = draw(st.one_of(st.integers(1, 60), st.integers(1, 10**6)))
    return draw(st.one_of(st.just(0), st.just(trials), st.integers(0, trials))), trials


@given(proportions(), proportions())
@example((0, 1), (1, 1))
@example((0, 5), (0, 5))
@example((7, 7), (7, 7))
@example((10**6, 10**6), (0, 10**6))
def test_the_interval_of_a_difference_is_statsmodels(one, other):
    found = difference(wilson(*one), wilson(*other))
    theirs = confint_proportions_2indep(*one, *other, method="newcomb", compare="diff")
    assert (found.low, found.high) == pytest.approx(theirs, abs=1e-9)
    assert found.value == pytest.approx(one[0] / one[1] - other[0] / other[1], abs=1e-12)
    assert -1 <= found.low <= found.value <= found.high <= 1


@given(proportions(), proportions())
def test_a_difference_the_other_way_round_is_its_opposite(one, other):
    there = difference(wilson(*one), wilson(*other))
    back = difference(wilson(*other), wilson(*one))
    assert (back.low, back.value, back.high) == pytest.approx(
        (-there.high, -there.value, -there.low), abs=1e-12
    )


def test_newcombes_own_example():
    """Newcombe 1998, table II, contrast (a): 56/70 - 48/80, method 10: 0.0524 to 0.3339."""
    found = difference(wilson(56, 70), wilson(48, 80))
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)


def test_nought_of_nought_differs_from_nothing():
    assert difference(wilson(0, 0), wilson(3, 4)) == (None, None, None)
    assert difference(wilson(3, 4), wilson(0, 0)) == (None, None, None)


small = st.tuples(st.integers(0, 40), st.integers(0, 40))


@given(st.lists(st.tuples(small, small), max_size=8))
def test_a_change_is_what_the_definition_says(pairs):
    rates = [tuple(wilson(a, a + b) for a, b in pair) for pair in pairs]
    tested = [at for at, pair in enumerate(pairs) if min(map(sum, pair)) >= 5]
    p_values = [stats.fisher_exact([*pairs[at]]).pvalue for at in tested]
    found = multipletests(p_values, 0.05, "fdr_bh")[0] if tested else []
    expected = [TOO_FEW] * len(pairs)
    for at, rejected in zip(tested, found, strict=True):
        (a, b), (c, d) = pairs[at]
        low, high = confint_proportions_2indep(a, a + b, c, c + d, method="newcomb")
        sign = UP if low > 0 else DOWN if high < 0 else None
        expected[at] = sign if rejected else None
    assert compare_pairs(rates) == expected


@given(st.lists(st.lists(small, max_size=4), max_size=4))
def test_families_are_corrected_together(families):
    """One family alone is `compare_groups`; several are tested as the one long list of p-values."""
    tested, p_values = [], []
    for family, groups in enumerate(families):
        won, lost = (sum(group[at] for group in groups) for at in (0, 1))
        for place, (a, b) in enumerate(groups):
            if a + b >= 5:
                tested.append((family, place, a * (lost - b) - b * (won - a)))
                p_values.append(stats.fisher_exact([[a, b], [won - a, lost - b]]).pvalue)
    found = multipletests(p_values, 0.05, "fdr_bh")[0] if tested else []
    expected = [[TOO_FEW if sum(group) < 5 else None for group in groups] for groups in families]
    for (family, place, sign), rejected in zip(tested, found, strict=True):
        if rejected:
            expected[family][place] = "above" if sign > 0 else "below"
    assert compare_families([(groups, None) for groups in families]) == expected
    for groups in families:
        assert compare_families([(groups, None)]) == [compare_groups(groups)]


def drawn(random, rate, trials):
    return wilson(sum(random.random() < rate for _ in range(trials)), trials)


def test_the_interval_covers_the_true_difference_as_often_as_it_says():
    """Of 2,000 pairs, 95 % less four standard deviations of the count of intervals that miss."""
    random, worlds, covered = Random(1998), 2000, 0
    for _ in range(worlds):
        p, q = random.uniform(0.1, 0.9), random.uniform(0.1, 0.9)
        one, other = drawn(random, p, random.randint(10, 80)), drawn(random, q, 40)
        found = difference(one, other)
        covered += found.low <= p - q <= found.high
    assert covered >= worlds * 0.95 - 4 * sqrt(worlds * 0.95 * 0.05)


def test_where_nothing_changed_no_more_stages_are_marked_than_promised():
    """Every mark is false there, so at most 5 % of the worlds may show one: and four deviations."""
    random, worlds = Random(57), 400
    marked = 0
    for _ in range(worlds):
        pairs = [
            tuple(drawn(random, rate, random.randint(10, 60)) for _ in range(2))
            for rate in (0.9, 0.8, 0.7, 0.6, 0.5)
        ]
        marked += any(change in {UP, DOWN} for change in compare_pairs(pairs))
    assert marked <= worlds * 0.05 + 4 * sqrt(worlds * 0.05 * 0.95)


def test_in_a_split_funnel_without_differences_no_more_cells_are_marked_than_promised():
    """Six groups in five stages: thirty cells, and at most 5 % of the worlds with any mark."""
    random, worlds = Random(1935), 300
    marked = 0
    for _ in range(worlds):
        families = [
            ([(rate.successes, rate.trials - rate.successes) for rate in groups], None)
            for stage in (0.9, 0.8, 0.7, 0.6, 0.5)
            for groups in [[drawn(random, stage, random.randint(5, 40)) for _ in range(6)]]
        ]
        marked += any(
            mark in {"above", "below"} for row in compare_families(families) for mark in row
        )
    assert marked <= worlds * 0.05 + 4 * sqrt(worlds * 0.05 * 0.95)


def test_what_one_of_the_two_tests_finds_alone_is_not_marked():
    """4 of 29 against 0 of 31: Fisher's p is 0.0487, and Newcombe's interval begins below 0."""
    pairs = [(wilson(4, 29), wilson(0, 31)), (wilson(0, 31), wilson(4, 29))]
    assert [round(difference(*pair).low, 6) for pair in pairs] == [-0.000047, -0.30559]
    assert compare_pairs(pairs[:1]) == compare_pairs(pairs[1:]) == [None]


def test_a_stage_that_plainly_changed_is_marked():
    pairs = [(wilson(80, 100), wilson(40, 100)), (wilson(40, 100), wilson(80, 100))]
    assert compare_pairs(pairs) == [UP, DOWN]
