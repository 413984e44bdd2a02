from fractions import Fraction
from math import comb, sqrt
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from dealflow.analytics.comparison import (
    adjusted,
    benjamini_hochberg,
    compare_groups,
    fisher_exact,
)

counts = st.integers(0, 40)
p_values = st.lists(st.one_of(st.just(0.0), st.just(1.0), st.floats(0, 1)), min_size=1, max_size=40)


def exact_p(a, b, c, d):
    """By the definition, over every table, in exact fractions."""
    row, other, column = a + b, c + d, a + c
    ways = {
        x: comb(row, x) * comb(other, column - x)
        for x in range(max(0, column - other), min(row, column) + 1)
    }
    seen = sum(way for way in ways.values() if way <= ways[a])
    return float(Fraction(seen, sum(ways.values())))


@given(counts, counts, counts, counts)
@example(0, 0, 0, 0)
@example(5, 0, 0, 0)
@example(5, 0, 5, 0)
@example(0, 5, 5, 0)
@example(3, 1, 1, 3)
def test_fisher_is_the_definition_in_exact_fractions(a, b, c, d):
    assert fisher_exact(a, b, c, d) == pytest.approx(exact_p(a, b, c, d), rel=1e-11)


@given(*[st.integers(0, 3000)] * 4)
@example(0, 0, 0, 0)
@example(0, 9, 0, 90)
@example(9, 0, 0, 90)
@example(7, 7, 7, 7)
@example(1, 1000, 1000, 1)
@example(60, 40, 2940, 2960)
def test_fisher_is_scipys(a, b, c, d):
    theirs = stats.fisher_exact([[a, b], [c, d]]).pvalue
    assert fisher_exact(a, b, c, d) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize(
    "table",
    [
        (500_000, 498_500, 499_000, 501_500),
        (400_000, 100_000, 400_300, 99_700),
        (5_100, 4_900, 495_000, 495_000),
        (3, 7, 400_000, 599_990),
        (0, 12, 400_000, 599_988),
        (12, 0, 400_000, 599_988),
        (250_000, 250_000, 250_000, 250_000),
    ],
)
def test_fisher_holds_for_a_million_deals(table):
    theirs = stats.fisher_exact([table[:2], table[2:]]).pvalue
    assert fisher_exact(*table) == pytest.approx(theirs, abs=1e-9, rel=1e-8)


def test_fisher_keeps_its_digits_far_out_and_ends_at_nought():
    assert fisher_exact(90, 10, 10, 90) == pytest.approx(exact_p(90, 10, 10, 90), rel=1e-11)
    assert fisher_exact(300, 0, 0, 300) == pytest.approx(2 / comb(600, 300), rel=1e-11)
    assert fisher_exact(500_000, 0, 0, 500_000) == 0


@given(counts, counts, counts, counts)
def test_fisher_cares_neither_which_group_nor_which_outcome_comes_first(a, b, c, d):
    p = fisher_exact(a, b, c, d)
    assert fisher_exact(c, d, a, b) == p
    assert fisher_exact(b, a, d, c) == pytest.approx(p, rel=1e-11)
    assert fisher_exact(a, c, b, d) == pytest.approx(p, rel=1e-11)


@pytest.mark.parametrize("place", range(4))
def test_a_negative_count_is_refused(place):
    table = [1, 2, 3, 4]
    table[place] = -1
    told = ", ".join(map(str, table))
    with pytest.raises(ValueError, match=f"^a count is negative: {told}$"):
        fisher_exact(*table)


@given(p_values)
@example([0.5])
@example([0.03, 0.03, 0.03])
@example([0.0, 0.04, 0.04, 1.0])
@example([1.0, 1.0])
def test_adjusted_p_values_are_scipys(values):
    theirs = stats.false_discovery_control(values, method="bh")
    assert adjusted(values) == pytest.approx(list(theirs), abs=1e-12)


def test_nothing_tested_is_nothing_found():
    assert adjusted([]) == []
    assert benjamini_hochberg([]) == []


def test_the_published_example_finds_its_four():
    # Benjamini and Hochberg (1995), section 3.3: fifteen hypotheses of a heart study.
    published = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    published += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert benjamini_hochberg(published, 0.05) == [True] * 4 + [False] * 11


def test_a_p_value_at_the_bound_is_found():
    """The rule is p <= k/m q (at 2^-4 both sides are exact)."""
    assert benjamini_hochberg([0.0625, 0.03125], 0.0625) == [True, True]
    assert benjamini_hochberg([1.0, 0.03125], 0.0625) == [False, True]
    assert benjamini_hochberg([1.0, 0.0313], 0.0625) == [False, False]


def test_a_greater_p_value_carries_a_smaller_one_along():
    assert benjamini_hochberg([0.04, 0.03], 0.05) == [True, True]
    assert benjamini_hochberg([0.06, 0.03], 0.05) == [False, False]


def test_a_group_far_better_than_the_rest_is_above_and_a_worse_one_below():
    assert compare_groups([(50, 10), (30, 30), (30, 30), (8, 52)]) == ["above", None, None, "below"]


def test_too_few_is_said_aloud():
    assert compare_groups([(4, 0), (0, 4), (0, 0), (20, 20)]) == [
        "too few",
        "too few",
        "too few",
        None,
    ]


def test_five_resolved_are_enough_to_be_judged():
    assert compare_groups([(5, 0), (0, 500)]) == ["above", "below"]
    assert compare_groups([(4, 0), (0, 500)]) == ["too few", "below"]


def test_groups_too_small_to_judge_still_belong_to_the_others():
    """Twenty reps with one lost deal each are a rest to stand above, though none can be judged."""
    assert compare_groups([(12, 0)] + [(0, 1)] * 20) == ["above"] + ["too few"] * 20


def test_groups_too_small_to_judge_do_not_dilute_those_that_are():
    alone = [(24, 10), (30, 40)]
    assert compare_groups(alone) == ["above", "below"]
    assert compare_groups(alone + [(0, 0)] * 200)[:2] == ["above", "below"]


def test_one_group_alone_has_no_rest_to_differ_from():
    assert compare_groups([(20, 0)]) == [None]
    assert compare_groups([]) == []


def test_nobody_wins_or_everybody_does_and_no_one_stands_out():
    assert compare_groups([(0, 9), (0, 90)]) == [None, None]
    assert compare_groups([(9, 0), (90, 0)]) == [None, None]


def test_where_groups_overlap_the_others_are_what_is_outside_the_group():
    """Ten deals with A and B are won, ten with A alone are lost: none is outside A."""
    both, alone = (10, 0), (0, 10)
    a, b, whole = (10, 10), both, (10, 10)
    assert compare_groups([a, b], whole) == [None, "above"]
    assert compare_groups([both, alone], whole) == compare_groups([both, alone])


def test_a_group_is_no_more_than_the_whole():
    with pytest.raises(ValueError, match="negative"):
        compare_groups([(5, 5)], (4, 6))


def world(random, close_rates):
    groups = []
    for close_rate in close_rates:
        resolved = random.randint(5, 60)
        won = sum(random.random() < close_rate for _ in range(resolved))
        groups.append((won, resolved - won))
    return groups


def test_in_a_world_without_differences_no_more_reps_stand_out_than_promised():
    """With no real difference every mark is false, so at most 5 % of the worlds may show one.

    The bound is that plus four standard deviations of a binomial count over the worlds. Ten reps
    tested without correction show one in more than twice as many.
    """
    random, worlds = Random(20260630), 400
    marked = sum(
        any(mark in ("above", "below") for mark in compare_groups(world(random, [0.35] * 10)))
        for _ in range(worlds)
    )
    assert marked <= worlds * 0.05 + 4 * sqrt(worlds * 0.05 * 0.95)


def test_in_a_world_with_one_far_better_rep_that_rep_mostly_stands_out():
    random, worlds = Random(20260630), 100
    found = sum(
        compare_groups(world(random, [0.85] + [0.35] * 9))[0] == "above" for _ in range(worlds)
    )
    assert found > worlds / 2
