"""A rep beside the others: against SciPy and statsmodels, and how often chance is taken for more."""

from __future__ import annotations

from collections import Counter
from math import sqrt
from random import Random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact, mannwhitneyu
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from dealflow.analytics.coaching import Days, Share, compare


def test_a_rep_is_beside_the_others_and_marked_where_chance_does_not_explain_it():
    shares = [Share("li", "close rate", (24, 30), (44, 130)), Share("wang", "x", (9, 20), (30, 70))]
    days = [Days("li", "days to win", {10: 12, 12: 12}, {30: 20, 31: 20})]
    li, wang, cycle = compare(shares, days)
    assert (li.mark, wang.mark, cycle.mark) == ("higher", None, "shorter")
    assert (li.rate.successes, li.others.successes, li.others.trials) == (24, 20, 100)
    assert (cycle.days, cycle.others_days) == (11, 30.5)


def test_fewer_than_five_on_either_side_are_not_judged():
    few, many = compare([Share("a", "x", (4, 4), (4, 40)), Share("b", "x", (1, 5), (2, 40))], [])
    assert (few.mark, few.p) == ("too few", None)
    assert many.p is not None
    [days] = compare([], [Days("a", "d", {3: 4}, {9: 40})])
    assert (days.mark, days.p, days.days) == ("too few", None, 3)


def test_where_all_reps_are_alike_one_is_named_in_at_most_one_of_twenty_teams():
    teams, flagged = 300, 0
    chance = Random(29)
    for _ in range(teams):
        won = [sum(chance.random() < 0.4 for _ in range(25)) for _ in range(8)]
        shares = [Share(str(at), "x", (one, 25), (sum(won), 200)) for at, one in enumerate(won)]
        flagged += any(one.mark for one in compare(shares, []))
    assert flagged <= teams * 0.05 + 3 * sqrt(teams * 0.05 * 0.95)


shares = st.tuples(*[st.integers(0, 12)] * 4).map(
    lambda told: Share(
        "li", "close rate", (told[0], told[0] + told[1]), (told[0] + told[2], sum(told))
    )
)
days = st.tuples(*[st.lists(st.integers(0, 9), max_size=12)] * 2)


def p_of_share(one):
    won, number = one.mine
    others, rest = one.all[0] - won, one.all[1] - number
    if min(number, rest) < 5:
        return None
    return fisher_exact([[won, number - won], [others, rest - others]]).pvalue


def p_of_days(these, others):
    if min(len(these), len(others)) < 5:
        return None
    if len({*these, *others}) == 1:
        return 1.0
    return mannwhitneyu(these, others, method="asymptotic", use_continuity=True).pvalue


@given(st.lists(shares, max_size=4), st.lists(days, max_size=4))
def test_evidence_is_that_of_other_libraries_adjusted_for_the_whole_page(rates, spans):
    told = [Days("wang", f"days {n}", Counter(a), Counter(b)) for n, (a, b) in enumerate(spans)]
    found = compare(rates, told)
    alone = [*map(p_of_share, rates), *(p_of_days(*each) for each in spans)]
    tested = [p for p in alone if p is not None]
    adjusted = iter(multipletests(tested, 0.05, "fdr_bh")[1] if tested else ())
    for one, p in zip(found, alone, strict=True):
        if p is None:
            assert (one.p, one.mark) == (None, "too few")
            continue
        together = float(next(adjusted))
        assert one.p == pytest.approx(together, abs=1e-9)
        if abs(together - 0.05) > 1e-9:
            assert (one.mark is not None) == (together < 0.05 and not alike(one))


def alike(one):
    """Medians may be the same although the rest is not: there is no word for that."""
    return one.rate is None and one.days == one.others_days


@given(shares)
def test_a_share_stands_beside_that_of_the_others_with_the_difference(share):
    [one] = compare([share], [])
    assert (one.rep, one.measure, one.days, one.others_days) == ("li", "close rate", None, None)
    (won, number), (all_won, all_) = share.mine, share.all
    assert (one.rate.successes, one.rate.trials) == (won, number)
    assert (one.others.successes, one.others.trials) == (all_won - won, all_ - number)
    if number and all_ > number:
        low, high = proportion_confint(won, number, method="wilson")
        assert (one.rate.low, one.rate.high) == pytest.approx((low, high), abs=1e-9)
        low, high = confint_proportions_2indep(
            won, number, all_won - won, all_ - number, method="newcomb", compare="diff"
        )
        assert one.difference[1:] == pytest.approx((low, high), abs=1e-9)
        assert one.difference.value == pytest.approx(one.rate.value - one.others.value)
    else:
        assert one.difference == (None, None, None)


@given(days)
def test_days_stand_beside_those_of_the_others_as_medians(spans):
    these, others = spans
    [one] = compare([], [Days("wang", "days to win", Counter(these), Counter(others))])
    assert (one.rep, one.measure) == ("wang", "days to win")
    assert (one.rate, one.others, one.difference) == (None, None, None)
    assert one.days == (median(these) if these else None)
    assert one.others_days == (median(others) if others else None)


def test_what_is_marked_is_said_in_its_direction():
    far, near = {30: 20}, {10: 20}
    longer, shorter = compare([], [Days("a", "d", far, near), Days("a", "d", near, far)])
    assert (longer.mark, shorter.mark) == ("longer", "shorter")
    higher, lower = compare(
        [Share("a", "x", (19, 20), (24, 40)), Share("b", "x", (1, 20), (16, 40))], []
    )
    assert (higher.mark, lower.mark) == ("higher", "lower")


def test_days_that_differ_around_the_same_median_have_no_word():
    """Most of the one are above ten days and most of the others below, yet the middle is ten."""
    these = {10: 21, 50: 20}
    others = {1: 20, 10: 21}
    [one] = compare([], [Days("a", "d", these, others)])
    assert (one.days, one.others_days, one.mark) == (10, 10, None)
    assert one.p < 0.001


def test_five_of_either_are_enough():
    [one] = compare([], [Days("a", "d", {1: 5}, {9: 5})])
    assert one.mark == "shorter"
    [one] = compare([Share("a", "x", (5, 5), (5, 10))], [])
    assert one.mark == "higher"
