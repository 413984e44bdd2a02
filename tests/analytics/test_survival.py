import warnings
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight

from dealflow.analytics.survival import Point, kaplan_meier

durations = st.lists(st.integers(0, 30), max_size=60)


def exact_curve(ended, censored):
    """By the definition, one duration at a time, over the written-out stays, in exact fractions."""
    survival, curve = Fraction(1), {}
    for t in sorted(set(ended)):
        at_risk = sum(stay >= t for stay in ended + censored)
        survival *= 1 - Fraction(ended.count(t), at_risk)
        curve[t] = survival
    return curve


@given(durations, durations)
@example([5], [5])
@example([], [1, 2, 3])
@example([4, 4, 4], [])
def test_the_curve_is_scipys(ended, censored):
    assume(ended or censored)
    curve = kaplan_meier(Counter(ended), Counter(censored))
    theirs = stats.ecdf(stats.CensoredData(uncensored=ended, right=censored)).sf
    for point in curve.points:
        assert point.survival == pytest.approx(float(theirs.evaluate(point.duration)), abs=1e-9)
    assert [point.duration for point in curve.points] == sorted(set(ended))


@given(durations, durations, st.sampled_from([Fraction(n, 20) for n in range(1, 21)]))
@example([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [], Fraction(9, 10))
@example(list(range(30)) * 2, [], Fraction(1, 2))
@example([3, 8], [5], Fraction(1))
def test_a_quantile_is_the_first_duration_at_which_so_many_have_ended(ended, censored, q):
    curve = kaplan_meier(Counter(ended), Counter(censored))
    reached = [t for t, survival in exact_curve(ended, censored).items() if survival <= 1 - q]
    assert curve.quantile(float(q)) == min(reached, default=None)


def test_a_textbook_curve_point_by_point():
    # Ended after 6 (three), 7, 10 and 13; still going at 6, 9, 10 and 11.
    curve = kaplan_meier({6: 3, 7: 1, 10: 1, 13: 1}, {6: 1, 9: 1, 10: 1, 11: 1})
    assert [point[:3] for point in curve.points] == [(6, 10, 3), (7, 6, 1), (10, 4, 1), (13, 1, 1)]
    assert [point.survival for point in curve.points] == pytest.approx(
        [7 / 10, 7 / 10 * 5 / 6, 7 / 10 * 5 / 6 * 3 / 4, 0]
    )


def test_who_is_censored_at_an_hour_was_at_risk_in_that_hour():
    assert kaplan_meier({5: 1}, {5: 1}).points == (Point(5, 2, 1, 0.5),)


def test_those_still_there_lengthen_the_median():
    """Two left within a day while eight sit on: the mean of the leavers would say eighteen hours."""
    assert kaplan_meier({12: 1, 24: 1}, {}).median == 12
    assert kaplan_meier({12: 1, 24: 1}, {100: 8}).median is None


def test_a_curve_that_never_comes_down_far_enough_has_no_such_quantile():
    curve = kaplan_meier({1: 6}, {2: 4})
    assert (curve.median, curve.p90) == (1, None)


@pytest.mark.parametrize("censored", [{}, {3: 4, 9: 1}])
def test_with_nothing_ended_there_is_nothing_to_say(censored):
    curve = kaplan_meier({}, censored)
    assert (curve.points, curve.median, curve.p90) == ((), None, None)


@pytest.mark.parametrize("number", [10, 100, 1000, 10_000])
def test_a_tenth_left_is_a_tenth_left_whatever_the_rounding(number):
    curve = kaplan_meier(dict.fromkeys(range(1, number + 1), 1), {})
    assert (curve.median, curve.p90) == (number // 2, number * 9 // 10)


def test_a_million_stays_are_counted_not_listed():
    curve = kaplan_meier({1: 400_000, 2: 100_000, 3: 400_000}, {4: 100_000})
    assert (curve.median, curve.p90) == (2, 3)


@pytest.mark.parametrize("q", [0, -0.1, 1.1])
def test_what_is_no_share_is_refused(q):
    with pytest.raises(ValueError, match="not a share"):
        kaplan_meier({1: 1}, {}).quantile(q)


@given(durations, durations)
@example([5], [])
@example([4, 4, 4], [9])
@example(list(range(1, 31)), [])
def test_the_interval_of_the_median_is_that_of_statsmodels(ended, censored):
    assume(ended)
    found = kaplan_meier(Counter(ended), Counter(censored)).quantile_interval(0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a last point where nobody is left
        theirs = SurvfuncRight(
            np.array(ended + censored), np.array([1] * len(ended) + [0] * len(censored))
        )
        low, high = theirs.quantile_ci(0.5)
    if np.isnan(low):
        return  # no point of the curve is near enough: theirs says nothing, ours where it jumps
    assert found == (low, None if np.isinf(high) else high)


def test_where_the_curve_jumps_past_the_half_that_is_where_the_median_is():
    assert kaplan_meier({5: 1000}, {}).quantile_interval(0.5) == (5, 5)
    assert kaplan_meier({5: 1000, 6: 1}, {}).quantile_interval(0.5) == (5, 5)


def test_when_all_have_ended_is_known_from_below_only():
    """The band comes down to nothing with the last one, and never below it."""
    assert kaplan_meier({3: 1, 5: 2}, {}).quantile_interval(1) == (5, None)
    assert kaplan_meier({3: 1}, {5: 2}).quantile_interval(1) == (None, None)


def test_an_interval_without_an_upper_end_says_so():
    assert kaplan_meier({1: 1, 2: 1, 3: 1}, {4: 1}).quantile_interval(0.5) == (1, None)
    assert kaplan_meier({}, {4: 1}).quantile_interval(0.5) == (None, None)
