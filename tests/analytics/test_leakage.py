from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binomtest, fisher_exact

from dealflow.analytics.leakage import StageCounts, accounts_for_all, judge, worst_leak

few = st.integers(0, 200)


def stage(key, *, advanced=0, returned=0, lost=0, void=0, still=0, skipped=0):
    entered = advanced + returned + lost + void + still
    return StageCounts(key, entered, advanced, returned, lost, void, still, skipped)


def rates(counts):
    [row] = judge([counts])
    return row.advance, row.leak


def worst(*stages):
    return worst_leak(judge(stages))


def test_losses_are_not_progress():
    """Four deals entered, three were lost there and one is open: nothing has advanced."""
    advance, leak = rates(stage("lead", lost=3, still=1))
    assert (advance.successes, advance.trials, advance.value) == (0, 3, 0)
    assert (leak.successes, leak.trials, leak.value) == (3, 3, 1)


def test_losses_are_not_wins():
    """Nine lost and one gone cold: the last stage has advanced none to won."""
    assert rates(stage("closing", lost=9, still=1))[0][:3] == (0, 9, 0)


def test_lost_deals_are_not_taken_out_of_the_funnel():
    assert rates(stage("quote", advanced=10, lost=30))[0].value == 0.25


def test_deals_still_there_are_neither_failures_nor_successes():
    assert rates(stage("quote", advanced=3, lost=1, still=96)) == rates(
        stage("quote", advanced=3, lost=1)
    )


@given(few, few, few, few)
def test_returned_void_still_and_skipped_change_no_rate(returned, void, still, skipped):
    counts = stage(
        "quote", advanced=7, lost=2, returned=returned, void=void, still=still, skipped=skipped
    )
    assert rates(counts) == rates(stage("quote", advanced=7, lost=2))


def test_nought_of_nought_is_not_nought_percent():
    for rate in rates(stage("quote", returned=2, void=3, still=4)):
        assert rate == (0, 0, None, None, None)


@given(few, few)
def test_the_two_rates_share_out_what_was_decided(advanced, lost):
    advance, leak = rates(stage("quote", advanced=advanced, lost=lost))
    assert advance.successes + leak.successes == advance.trials == leak.trials
    if leak.trials:
        assert advance.value + leak.value == pytest.approx(1)


def test_every_deal_that_entered_has_one_fate():
    counts = stage("quote", advanced=1, returned=2, lost=3, void=4, still=5, skipped=60)
    assert accounts_for_all(counts)
    assert not accounts_for_all(counts._replace(entered=16))
    for fate in ("advanced", "returned", "lost", "void", "still"):
        assert not accounts_for_all(counts._replace(**{fate: 0}))


def test_stages_come_back_in_their_order_with_their_counts():
    stages = [stage("b", lost=1), stage("a", advanced=1), stage("c")]
    assert [row.counts for row in judge(stages)] == stages


def test_the_stage_that_plainly_leaks_more_is_named():
    assert (
        worst(
            stage("lead", advanced=90, lost=10),
            stage("quote", advanced=40, lost=50),
            stage("closing", advanced=35, lost=5),
        )
        == "quote"
    )


def test_no_stage_stands_out_where_the_counts_do_not_support_it():
    """Half against a third looks worse, but three of six could be anything."""
    assert worst(stage("lead", advanced=20, lost=10), stage("quote", advanced=3, lost=3)) is None


def test_no_stage_stands_out_where_all_leak_alike():
    assert worst(*[stage(key, advanced=500, lost=500) for key in "abcd"]) is None


def test_the_others_are_pooled_without_the_stage_itself():
    """Against all stages, its own losses included, the pool would be 0.50 and hide it."""
    big, rest = stage("big", advanced=60, lost=90), stage("rest", advanced=40, lost=10)
    assert 0.50 < binomtest(90, 150).proportion_ci(method="wilson").low < 0.53
    assert worst(big, rest) == "big"
    crowded = stage("rest", advanced=100, lost=125)
    assert worst(big, crowded) is None


def test_of_several_the_surest_is_named_not_the_steepest():
    calm = stage("calm", advanced=990, lost=10)
    steep = stage("steep", advanced=1, lost=4)  # 80 % of 5: at least 38 %
    sure = stage("sure", advanced=40, lost=60)  # 60 % of 100: at least 50 %
    assert worst(calm, steep) == "steep"
    assert worst(calm, steep, sure) == worst(sure, steep, calm) == "sure"


def test_a_stage_alone_has_no_others_to_stand_out_from():
    assert worst(stage("only", lost=50)) is None
    assert worst(stage("only", lost=50), stage("idle", still=9)) is None
    assert worst() is None


def test_one_lost_of_one_is_not_named():
    """Its interval, from 21 %, lies above the others' 5 %; one deal is still no evidence."""
    assert binomtest(1, 1).proportion_ci(method="wilson").low > 0.2
    assert worst(stage("lead", advanced=95, lost=5), stage("quote", lost=1)) is None


def test_a_stage_is_named_only_where_the_test_says_so_too():
    """The interval, from 22 %, clears the others' 21 %; among five stages Fisher's test does not."""
    others = [stage(key, advanced=79, lost=21) for key in "abcd"]
    suspect = stage("suspect", advanced=19, lost=11)
    assert binomtest(11, 30).proportion_ci(method="wilson").low > 0.21
    assert worst(*others, suspect) is None


def test_a_stage_is_named_only_where_its_interval_clears_the_others_too():
    """Thirteen of thirteen are at least 77.19 %: enough against 77.1 %, too little against 77.2 %."""
    assert 0.7719 < binomtest(13, 13).proportion_ci(method="wilson").low < 0.7720
    assert fisher_exact([[13, 0], [772, 228]])[1] < 0.05
    assert worst(stage("all", lost=13), stage("rest", advanced=229, lost=771)) == "all"
    assert worst(stage("all", lost=13), stage("rest", advanced=228, lost=772)) is None


def test_of_two_that_leak_alike_the_earlier_is_named():
    calm = stage("calm", advanced=990, lost=10)
    twins = [stage(key, advanced=40, lost=60) for key in ("first", "second")]
    assert worst(calm, *twins) == "first"


def test_among_stages_that_leak_alike_one_is_rarely_named():
    """Each stage loses 30 % of 40: the interval alone names one in a quarter of such worlds."""
    chance, named = Random(7), 0
    for _ in range(400):
        lost = [sum(chance.random() < 0.3 for _ in range(40)) for _ in range(6)]
        named += (
            worst(*[stage(str(n), advanced=40 - k, lost=k) for n, k in enumerate(lost)]) is not None
        )
    assert named < 400 * 0.06


def discoveries(p_values):
    """Benjamini and Hochberg's step-up rule at 5 %, as they wrote it down."""
    ordered = sorted(p_values)
    passing = [p for k, p in enumerate(ordered, 1) if p <= 0.05 * k / len(ordered)]
    return [p <= max(passing, default=-1) for p in p_values]


@given(st.lists(st.tuples(few, few), max_size=7))
def test_the_named_stage_is_the_one_the_definition_names(pairs):
    stages = [stage(str(n), advanced=a, lost=lost) for n, (a, lost) in enumerate(pairs)]
    told = []
    for n, (advanced, lost) in enumerate(pairs):
        others = [pair for m, pair in enumerate(pairs) if m != n]
        others_advanced, others_lost = (sum(pair[i] for pair in others) for i in (0, 1))
        if advanced + lost >= 5:
            table = [[lost, advanced], [others_lost, others_advanced]]
            told.append(
                (
                    n,
                    lost,
                    advanced + lost,
                    others_lost,
                    others_advanced + others_lost,
                    fisher_exact(table)[1],
                )
            )
    found = []
    for (n, lost, decided, others_lost, others_decided, p), real in zip(
        told, discoveries([row[-1] for row in told]), strict=True
    ):
        low = binomtest(lost, decided).proportion_ci(method="wilson").low
        if real and others_decided and low > others_lost / others_decided:
            found.append((round(low, 9), -n))
        assume(abs(p - 0.05) > 1e-9)
    assert worst(*stages) == (str(-max(found)[1]) if found else None)
