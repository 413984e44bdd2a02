"""The cumulative incidence against statsmodels, and against the definition in exact fractions."""

import warnings
from collections import Counter
from fractions import Fraction
from math import exp, log
from random import Random

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import CumIncidenceRight

from dealflow.analytics.incidence import aalen_johansen
from dealflow.analytics.intervals import log_log
from dealflow.analytics.survival import kaplan_meier

WAYS = ("won", "lost", "void")
stays = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3)), max_size=60)
"""(duration, 0 for still going or the place of the way it ended from 1 on)."""


def told(stays):
    ended = {way: Counter(t for t, how in stays if how == n) for n, way in enumerate(WAYS, 1)}
    return aalen_johansen(ended, Counter(t for t, how in stays if how == 0))


def by_definition(stays, way, until):
    """The sum over durations of: still there before it, times the part that ends so at it."""
    share, there = Fraction(0), Fraction(1)
    for t in sorted({t for t, _ in stays if t <= until}):
        at_risk = sum(other >= t for other, _ in stays)
        share += there * Fraction(stays.count((t, way)), at_risk)
        there *= 1 - Fraction(sum(stays.count((t, how)) for how in (1, 2, 3)), at_risk)
    return share


@given(stays)
@example([(5, 0), (7, 0)])
@example([(5, 1)])
@example([(5, 1), (5, 2), (5, 0), (5, 3)])
@example([(0, 2), (0, 1)])
@example([(3, 1), (3, 1), (3, 1)])
def test_shares_and_their_errors_are_those_of_statsmodels(stays):
    assume(any(how for _, how in stays))
    found = told(stays)
    durations, hows = np.array([t for t, _ in stays]), np.array([how for _, how in stays])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the last duration, where they divide by nothing
        theirs = CumIncidenceRight(durations, hows)
    for n in range(hows.max()):
        steps = found.ways[WAYS[n]]
        assert [step.duration for step in steps] == sorted({t for t, how in stays if how == n + 1})
        for t, share, error in zip(theirs.times, theirs.cinc[n], theirs.cinc_se[n], strict=True):
            mine = next((step for step in reversed(steps) if step.duration <= t), None)
            assert (mine.share if mine else 0) == pytest.approx(share, abs=1e-9)
            if np.isfinite(error):
                mine_error = mine.error if mine else 0
                assert mine_error == pytest.approx(error, abs=1e-7)
                assert mine_error**2 == pytest.approx(error**2, abs=1e-13)


@given(stays, st.integers(0, 25))
def test_shares_are_those_of_the_definition(stays, until):
    found = told(stays)
    for n, way in enumerate(WAYS, 1):
        rate = found.within(way, until)
        assert rate.successes == sum(how == n and t <= until for t, how in stays)
        assert rate.trials == len(stays)
        longest = max(stays, default=None)
        if longest is None or (until > longest[0] and (longest[0], 0) in stays):
            assert rate.value is None
        else:
            assert rate.value == pytest.approx(float(by_definition(stays, n, until)), abs=1e-9)


@given(stays, st.integers(0, 20))
def test_the_ways_and_those_still_there_are_all(stays, until):
    assume(stays)
    found = told(stays)
    ended = Counter(t for t, how in stays if how)
    curve = kaplan_meier(ended, Counter(t for t, how in stays if not how))
    there = next((p.survival for p in reversed(curve.points) if p.duration <= until), 1.0)
    last = [steps for steps in found.ways.values() if steps]
    shares = [next((s.share for s in reversed(w) if s.duration <= until), 0.0) for w in last]
    assert sum(shares) + there == pytest.approx(1, abs=1e-9)


@given(stays, st.integers(0, 20))
def test_the_interval_holds_the_share_and_stays_within_0_and_1(stays, until):
    found = told(stays)
    for way in WAYS:
        _, _, value, low, high = found.within(way, until)
        if low is not None:
            assert 0 <= low <= value <= high <= 1


def test_a_worked_example_by_hand():
    # Ten deals: won on day 10, one more on 20; lost on 10 and 30; one still open at 15, five at 40.
    found = aalen_johansen({"won": {10: 1, 20: 1}, "lost": {10: 1, 30: 1}}, {15: 1, 40: 5})
    assert found.within("won", 10).value == pytest.approx(1 / 10)
    assert found.within("won", 29).value == pytest.approx(1 / 10 + 8 / 10 * 1 / 7)
    assert found.within("lost", 30).value == pytest.approx(1 / 10 + 8 / 10 * 6 / 7 * 1 / 6)
    assert found.within("won", 30)[:2] == (2, 10)
    assert found.within("won", 41).value is None


def test_one_kaplan_meier_curve_for_each_way_would_say_too_much():
    """Half are lost at once: of the rest half are won by day 2, which is a quarter of all."""
    ended = {"won": {2: 25}, "lost": {1: 50}}
    assert aalen_johansen(ended, {3: 25}).within("won", 2).value == pytest.approx(0.25)
    alone = kaplan_meier({2: 25}, {1: 50, 3: 25})
    assert 1 - alone.points[-1].survival == pytest.approx(0.5)


def test_of_nothing_there_is_nothing_to_say():
    found = aalen_johansen({}, {})
    assert found.within("won", 30) == (0, 0, None, None, None)


def test_all_still_going_have_ended_in_no_way():
    found = aalen_johansen({"won": {}}, {3: 2, 9: 1})
    assert found.within("won", 9)[:4] == (0, 3, 0.0, None)
    assert found.within("won", 10).value is None


def test_a_million_stays_are_counted_not_listed():
    found = aalen_johansen({"won": {1: 400_000}, "lost": {2: 300_000}}, {3: 300_000})
    assert found.within("lost", 2)[2:] == pytest.approx((0.3, 0.2991, 0.3009), abs=1e-4)


@given(stays, st.integers(0, 20), st.integers(0, 20))
@example([(5, 1), (9, 0)], 5, 5)
def test_up_to_a_duration_it_is_what_it_is_without_a_limit(stays, until, asked):
    assume(asked <= until)
    ended = {way: Counter(t for t, how in stays if how == n) for n, way in enumerate(WAYS, 1)}
    going = Counter(t for t, how in stays if how == 0)
    for way in WAYS:
        whole = aalen_johansen(ended, going).within(way, asked)
        assert aalen_johansen(ended, going, until).within(way, asked) == whole


def test_intervals_cover_the_truth_as_often_as_they_say():
    """400 made-up pipelines: won at 2 % a day, lost at 3 %, watched for 20 to 100 days.

    Of 400 intervals that each cover with 95 %, all but one in 400 times between 366 and 393 do.
    """
    lots, worlds, size = Random(7), 400, 120
    truth = {"won": 0.4 * (1 - exp(-0.05 * 30)), "lost": 0.6 * (1 - exp(-0.05 * 30))}
    covered = Counter()
    for _ in range(worlds):
        ended, going = {"won": Counter(), "lost": Counter()}, Counter()
        for _ in range(size):
            lasted, watched = lots.expovariate(0.05), lots.uniform(20, 100)
            if lasted > watched:
                going[int(watched)] += 1
            else:
                ended["won" if lots.random() < 0.4 else "lost"][int(lasted)] += 1
        found = aalen_johansen(ended, going)
        for way, share in truth.items():
            low, high = found.within(way, 29)[3:]  # before thirty days were over
            covered[way] += low <= share <= high
        median = log(2) / 0.05
        low, high = kaplan_meier(ended["won"] + ended["lost"], going).quantile_interval(0.5)
        covered["median"] += low <= median < high + 1
    for what, times in covered.items():
        assert times > 365, what
    assert max(covered["won"], covered["lost"]) < 394


def test_an_end_that_is_certain_but_for_rounding_has_no_interval():
    """These nine shares come to 0.9999999999999999 in floats, whose logarithm is next to nothing."""
    found = aalen_johansen({"lost": {1: 1, 2: 1, 3: 1, 4: 1, 5: 5}}, {}).within("lost", 9)
    assert found.value == pytest.approx(1)
    assert (found.low, found.high) == (None, None)


def test_a_share_is_never_more_than_all_of_them():
    """These four shares come to 1.0000000000000002 in floats."""
    assert aalen_johansen({"won": {1: 2, 2: 4, 3: 3, 4: 1}}, {}).within("won", 4).value == 1


def test_a_share_so_near_to_1_that_its_interval_is_all_there_is():
    assert log_log(1 - 1e-10, 0.5) == (0.0, 1.0)
    assert log_log(1.0, 0.1) is log_log(0.0, 0.1) is log_log(0.5, 0.0) is None


def test_a_duration_at_which_none_ended_in_one_way_ends_nothing():
    found = aalen_johansen({"won": {1: 0, 2: 1}, "lost": {1: 1}}, {3: 2})
    assert [(step.duration, step.ended) for step in found.ways["won"]] == [(2, 1)]
    assert found.within("won", 2).value == pytest.approx(3 / 4 * 1 / 3)
