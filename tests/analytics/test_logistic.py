"""The ridge logistic fit against an optimiser that knows nothing of it, and naive Bayes by hand."""

from __future__ import annotations

from math import isclose, log
from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from dealflow.analytics import bayes
from dealflow.analytics.logistic import Penalty, fit, log_odds, logit, sigmoid

RIDGES = (0.3, 1.0, 4.0)


def _design(columns, sizes, rows):
    found = np.zeros((rows, 1 + sum(sizes)))
    found[:, 0] = 1
    start = 1
    for codes, size in zip(columns, sizes, strict=True):
        found[np.arange(rows), start + np.array(codes, dtype=int)] = 1
        start += size
    return found


def _optimum(columns, sizes, won, penalty):
    """By SciPy's BFGS over the penalised likelihood, from its formula."""
    design, outcome = _design(columns, sizes, len(won)), np.array(won)

    def loss(place):
        odds = design @ place
        told = penalty.weight * (outcome @ odds - np.logaddexp(0, odds).sum())
        return penalty.ridge / 2 * (place[1:] ** 2).sum() - told

    def slope(place):
        left = penalty.weight * design.T @ (outcome - 1 / (1 + np.exp(-design @ place)))
        left[1:] -= penalty.ridge * place[1:]
        return -left

    options = {"gtol": 1e-11, "maxiter": 10_000}
    return minimize(loss, np.zeros(design.shape[1]), jac=slope, method="BFGS", options=options).x


def _flat(found):
    return np.array([found.intercept, *(one for each in found.weights for one in each)])


@st.composite
def samples(draw):
    sizes = draw(st.lists(st.integers(1, 5), max_size=4))
    rows = draw(st.integers(2, 60))
    columns = [
        draw(st.lists(st.integers(0, size - 1), min_size=rows, max_size=rows)) for size in sizes
    ]
    won = draw(st.lists(st.integers(0, 1), min_size=rows, max_size=rows))
    return columns, sizes, [1, 0, *won[2:]]


@settings(max_examples=60, deadline=None)
@given(samples(), st.sampled_from(RIDGES), st.sampled_from([0.4, 1.0]))
def test_it_is_the_maximum_that_an_optimiser_finds(sample, ridge, weight):
    columns, sizes, won = sample
    found = _flat(fit(columns, sizes, won, Penalty(ridge, weight)))
    assert found == pytest.approx(_optimum(columns, sizes, won, Penalty(ridge, weight)), abs=1e-6)


def test_it_is_the_maximum_of_a_large_sample_too():
    chance = Random(2)
    sizes = [3, 8, 2, 6, 12]
    columns = [[chance.randrange(size) for _ in range(1500)] for size in sizes]
    pull = [[chance.gauss(0, 1.5) for _ in range(size)] for size in sizes]
    odds = [sum(p[c[row]] for p, c in zip(pull, columns, strict=True)) for row in range(1500)]
    won = [int(chance.random() < sigmoid(one)) for one in odds]
    found = _flat(fit(columns, sizes, won, Penalty(4.0, 0.7)))
    assert found == pytest.approx(_optimum(columns, sizes, won, Penalty(4.0, 0.7)), abs=1e-6)


@pytest.mark.parametrize(("wins", "rest", "ridge"), [(5, 500, 0.3), (8, 400, 1.0)])
def test_a_step_that_goes_much_too_far_is_taken_back(wins, rest, ridge):
    """All that is won has what nothing else has: where it begins, the curvature is next to none.

    Newton's step then goes so far that the next one goes as far back, and so on for ever.
    """
    columns, sizes, won = [[1] * wins + [0] * rest], [2], [1] * wins + [0] * rest
    found = _flat(fit(columns, sizes, won, Penalty(ridge)))
    assert found == pytest.approx(_optimum(columns, sizes, won, Penalty(ridge)), abs=1e-6)


def test_what_parts_all_that_are_won_from_all_that_are_not_still_has_a_maximum():
    found = fit([[0, 0, 1, 1]], [2], [0, 0, 1, 1], Penalty(1.0))
    low, high = found.weights[0]
    assert isclose(low, -high, abs_tol=1e-9)
    assert 0 < high < 5


def test_the_mean_chance_of_the_rows_is_the_share_that_is_won():
    """Calibrated by construction: the intercept is not penalised."""
    chance = Random(4)
    columns = [[chance.randrange(4) for _ in range(300)], [chance.randrange(3) for _ in range(300)]]
    won = [int(chance.random() < 0.3) for _ in range(300)]
    found = fit(columns, [4, 3], won, Penalty(4.0))
    chances = [sigmoid(odds) for odds in log_odds(found, columns, 300)]
    assert sum(chances) == pytest.approx(sum(won), abs=1e-6)


@pytest.mark.parametrize("won", [[], [0, 0], [1, 1, 1]])
def test_one_outcome_alone_cannot_be_fitted(won):
    columns = [[0] * len(won)]
    said = "^a fit needs rows that are won and rows that are not$"
    with pytest.raises(ValueError, match=said):
        fit(columns, [1], won, Penalty(1.0))
    with pytest.raises(ValueError, match=said):
        bayes.fit(columns, [1], won)


@given(st.floats(-700, 700))
def test_log_odds_and_chances_are_each_others_inverse(odds):
    share = sigmoid(odds)
    assert 0 <= share <= 1
    assert sigmoid(-odds) == pytest.approx(1 - share, abs=1e-12)
    if abs(odds) < 20:
        assert logit(share) == pytest.approx(odds, abs=1e-6)


# ── naive Bayes ──────────────────────────────────────────────────────────────────────────────


@settings(max_examples=60, deadline=None)
@given(samples())
def test_naive_bayes_is_the_formula_row_by_row(sample):
    columns, sizes, won = sample
    found = bayes.fit(columns, sizes, won)
    rows, wins = len(won), sum(won)
    for odds, *levels in zip(log_odds(found, columns, rows), *columns, strict=True):
        expected = wins / (rows - wins)
        for codes, level in zip(columns, levels, strict=True):
            share = codes.count(level) / rows
            with_win = sum(code == level and win for code, win in zip(codes, won, strict=True))
            with_loss = codes.count(level) - with_win
            expected *= (with_win + 10 * share) / (wins + 10)
            expected /= (with_loss + 10 * share) / (rows - wins + 10)
        assert odds == pytest.approx(log(expected), abs=1e-9)


def test_a_level_that_nobody_has_says_nothing():
    assert bayes.fit([[0, 0, 1, 1]], [3], [1, 0, 1, 0]).weights[0][2] == 0.0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-30, 30), st.integers(0, 1)), min_size=2, max_size=60),
    st.sampled_from([0.5, 1.0]),
)
@example([(20.0, 0)] * 9 + [(20.0, 1)], 1.0)  # Newton's first step goes much too far
@example([(-30.0, 1)] * 40 + [(30.0, 0)] * 40, 0.5)
@example([(3.0, 0)] * 150 + [(3.0, 1)] * 50, 0.5)  # slope and intercept do the same
def test_platt_is_the_maximum_that_an_optimiser_finds(pairs, ridge):
    odds, won = (np.array(each, dtype=float) for each in zip(*pairs, strict=True))

    def loss(place):
        moved = place[0] * odds + place[1]
        told = won @ moved - np.logaddexp(0, moved).sum()
        return ridge / 2 * ((place[0] - 1) ** 2 + place[1] ** 2) - told

    found = bayes.platt(list(odds), [int(one) for one in won], ridge)
    best = minimize(loss, np.array([1.0, 0.0]), method="BFGS", options={"gtol": 1e-9})
    assert loss(np.array(found)) <= best.fun + 1e-9
    left = won - 1 / (1 + np.exp(-found[0] * odds - found[1]))
    uphill = odds @ left - ridge * (found[0] - 1), left.sum() - ridge * found[1]
    assert uphill == pytest.approx((0, 0), abs=1e-5)


def test_platt_takes_back_what_is_said_too_surely():
    chance = Random(8)
    odds = [chance.gauss(0, 1) for _ in range(4000)]
    won = [int(chance.random() < sigmoid(one)) for one in odds]
    slope, shift = bayes.platt([3 * one for one in odds], won)
    assert (slope, shift) == bayes.platt([3 * one for one in odds], won, ridge=1.0)
    # the slope's standard error is about 0.05 of itself
    assert slope == pytest.approx(1 / 3, abs=0.06)
    assert shift == pytest.approx(0, abs=0.15)
