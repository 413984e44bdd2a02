"""Scores of probabilities against independent libraries, and against worlds whose truth is known."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import binom, norm, poisson_binom
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from dealflow.analytics.calibration import (
    biases,
    brier,
    calibration,
    miscalibration,
    misfit,
    reference,
    skill,
    surprise,
)

shares = st.floats(0, 1, allow_nan=False) | st.sampled_from([0.0, 0.1, 0.3, 0.5, 1.0])
pairs = st.lists(st.tuples(shares, st.booleans()), max_size=60)


@given(pairs)
@example([])
@example([(0.0, False)] * 3)
@example([(0.3, False)] * 3)
@example([(0.3, True)] * 3)
@example([(1.0, False), (0.0, True)])
@example([(0.5, False), (0.5, True), (0.5, True)])
def test_the_brier_score_is_numpys_mean_square(some):
    if not some:
        assert brier(some) is reference(some) is skill(some) is None
        return
    p, won = (np.array(column, dtype=float) for column in zip(*some, strict=True))
    assert brier(some) == pytest.approx(np.mean((p - won) ** 2), abs=1e-9)
    assert reference(some) == pytest.approx(np.mean((won.mean() - won) ** 2), abs=1e-9)
    if won.std():
        expected = 1 - np.mean((p - won) ** 2) / np.var(won)
        assert skill(some) == pytest.approx(expected, abs=1e-9)
    else:
        assert skill(some) is None


@given(pairs)
def test_each_bin_is_what_numpy_puts_there(some):
    found = calibration(some)
    if not some:
        assert found == []
        return
    p, won = (np.array(column, dtype=float) for column in zip(*some, strict=True))
    place = np.minimum((p * 10).astype(int), 9)
    assert [round(bin_.low * 10) for bin_ in found] == sorted(set(place.tolist()))
    assert sum(bin_.number for bin_ in found) == len(some)
    for bin_ in found:
        mine = place == round(bin_.low * 10)
        assert bin_.number == bin_.won.trials == mine.sum()
        assert bin_.mean == pytest.approx(p[mine].mean(), abs=1e-9)
        assert bin_.won.value == pytest.approx(won[mine].mean(), abs=1e-9)
        low, high = proportion_confint(won[mine].sum(), mine.sum(), method="wilson")
        assert (bin_.won.low, bin_.won.high) == pytest.approx((low, high), abs=1e-9)


def test_a_probability_of_one_is_in_the_last_bin():
    (only,) = calibration([(1.0, True)])
    assert (only.low, only.high, only.number) == (0.9, 1.0, 1)


@given(pairs)
def test_spiegelhalters_test_is_that_of_the_normal_distribution(some):
    found = miscalibration(some)
    p, won = np.array([p for p, _ in some]), np.array([float(w) for _, w in some])
    variance = float(np.sum((1 - 2 * p) ** 2 * p * (1 - p))) if some else 0.0
    if variance == 0:
        assert found is None
        return
    z = float(np.sum((won - p) * (1 - 2 * p))) / variance**0.5
    assert found == pytest.approx(2 * norm.sf(abs(z)), abs=1e-9)


@given(pairs)
@example([])
@example([(0.1, False)] * 5)
@example([(0.9, True)] * 5)
@example([(0.5, False), (0.5, True)])
@example([(0.0, True)])
@example([(1.0, False)])
def test_a_surprise_is_twice_the_smaller_of_scipys_two_tails(some):
    won = sum(happened for _, happened in some)
    likely = poisson_binom([p for p, _ in some]).pmf(range(len(some) + 1)) if some else [1.0]
    tails = sum(likely[: won + 1]), sum(likely[won:])
    assert surprise(some) == pytest.approx(min(1, 2 * min(tails)), abs=1e-9)


@pytest.mark.parametrize("away", [-40, -3, -1, 0, 1, 2, 25])
def test_a_surprise_of_many_is_that_of_the_normal_distribution_with_continuity(away):
    """600 deals of which 270 are expected: the variance is the sum of p (1 - p)."""
    said = [0.2, 0.45, 0.7] * 200
    some = [(p, at < 270 + away) for at, p in enumerate(said)]
    deviation = (200 * (0.16 + 0.2475 + 0.21)) ** 0.5
    expected = 2 * norm.sf(max(abs(away) - 0.5, 0) / deviation)
    assert surprise(some) == pytest.approx(expected, abs=1e-9)
    exact = poisson_binom(said)
    tails = exact.cdf(270 + away), 1 - exact.cdf(270 + away - 1)
    assert surprise(some) == pytest.approx(min(1, 2 * min(tails)), abs=0.002)


def test_where_many_are_certain_only_what_was_said_can_happen():
    assert surprise([(1.0, True)] * 600) == 1
    assert surprise([(1.0, True)] * 599 + [(1.0, False)]) == 0


@given(st.dictionaries(st.sampled_from("abcd"), pairs, max_size=4))
def test_biases_are_judged_by_the_tails_of_the_poisson_binomial_distribution(groups):
    found = biases(groups)
    assert found.keys() == {name for name, some in groups.items() if some}
    p_values = {}
    for name, some in groups.items():
        won = sum(happened for _, happened in some)
        if some:
            assert found[name].number == len(some)
            assert found[name].won == won
            assert found[name].expected == pytest.approx(sum(p for p, _ in some))
        if len(some) >= 5:
            known = poisson_binom([p for p, _ in some])
            below, above = known.cdf(won), 1 - (known.cdf(won - 1) if won else 0)
            p_values[name] = min(1, 2 * max(min(below, above), 0))
        elif some:
            assert found[name].verdict == "too few"
    if not p_values:
        return
    off = multipletests([*p_values.values()], 0.05, "fdr_bh")[0]
    for (name, p), is_off in zip(p_values.items(), off, strict=True):
        if abs(p - 0.05) < 1e-6:
            continue
        side = "too high" if found[name].bias > 0 else "too low"
        assert found[name].verdict == (side if is_off else None)


# ── known truth ───────────────────────────────────────────────────────────────────────────────


def world(random, number, said):
    """Deals with probabilities, said as `said` says them, that come true as they should."""
    found = []
    for _ in range(number):
        p = random.choice([0.1, 0.2, 0.3, 0.5, 0.7, 0.9])
        found.append((said(p), random.random() < p))
    return found


def test_calibrated_forecasts_score_as_calibrated():
    """At most as many as 1 in 1000 chance allows are called miscalibrated at 5 %, of 400 worlds."""
    random = Random(3)
    found = [misfit(world(random, 300, float)) for _ in range(400)]
    assert sum(p < 0.05 for p in found) <= binom.ppf(0.9995, 400, 0.05)


def test_spiegelhalters_test_errs_as_often_as_it_says():
    random = Random(9)
    found = [miscalibration(world(random, 300, float)) for _ in range(400)]
    missed = sum(p < 0.05 for p in found)
    assert binom.ppf(0.0005, 400, 0.05) <= missed <= binom.ppf(0.9995, 400, 0.05)


def test_overconfident_forecasts_are_found_out():
    random = Random(4)
    shifted = [misfit(world(random, 300, lambda p: min(1, p + 0.15))) for _ in range(100)]
    extreme = [
        misfit(world(random, 300, lambda p: p**2 / (p**2 + (1 - p) ** 2))) for _ in range(100)
    ]
    assert sum(p < 0.05 for p in shifted) > 95
    assert sum(p < 0.05 for p in extreme) > 95
    assert misfit([]) is None
    assert misfit([(1.0, True)] * 9) == 1
    assert misfit([(1.0, False)]) == 0


def test_the_interval_of_a_bin_covers_the_truth_as_often_as_it_should():
    random = Random(5)
    inside = []
    for _ in range(200):
        found = calibration(world(random, 300, float))
        inside += [bin_.won.low <= bin_.mean <= bin_.won.high for bin_ in found]
    assert 0.93 < sum(inside) / len(inside) < 0.98


def test_nobody_is_called_biased_more_often_than_chance_where_all_are_calibrated():
    random = Random(6)
    worlds = 300
    named = sum(
        any(
            bias.verdict
            for bias in biases({str(n): world(random, 30, float) for n in range(8)}).values()
        )
        for _ in range(worlds)
    )
    assert named <= binom.ppf(0.9995, worlds, 0.05)


def test_the_brier_score_of_calibrated_forecasts_is_what_theory_says():
    random = Random(7)
    some = world(random, 50_000, float)
    expected = sum(p * (1 - p) for p, _ in some) / len(some)
    assert brier(some) == pytest.approx(expected, abs=0.004)
    assert skill(some) > 0.3


def test_many_deals_are_judged_without_waiting():
    random = Random(8)
    calm = [(0.3, random.random() < 0.3) for _ in range(5000)]
    hopeful = [(0.5, random.random() < 0.3) for _ in range(5000)]
    found = biases({"calm": calm, "hopeful": hopeful})
    assert (found["calm"].verdict, found["hopeful"].verdict) == (None, "too high")
