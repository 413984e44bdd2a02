"""AUC, Brier score and the rank-sum test, against SciPy and by hand."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from dealflow.analytics.ranking import auc, rank_sum

SCORES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 1)), min_size=1, max_size=80)


@given(SCORES)
def test_the_area_is_the_mann_whitney_statistic_by_the_pairs(pairs):
    scores, won = zip(*pairs, strict=True)
    wins = [score for score, win in pairs if win]
    losses = [score for score, win in pairs if not win]
    found = auc([score / 12 for score in scores], won)
    if not wins or not losses:
        assert found is None
    else:
        expected = mannwhitneyu(wins, losses).statistic / (len(wins) * len(losses))
        assert found == pytest.approx(expected, abs=1e-12)


def test_the_area_of_an_order_that_is_right_wrong_or_none():
    assert auc([0.1, 0.4, 0.9], [0, 0, 1]) == 1
    assert auc([0.9, 0.4, 0.1], [0, 0, 1]) == 0
    assert auc([0.5, 0.5, 0.5], [0, 0, 1]) == 0.5


VALUES = st.lists(st.integers(0, 15), min_size=1, max_size=40)


@given(VALUES, VALUES)
def test_the_rank_sum_test_is_scipys(these, others):
    found = rank_sum(Counter(these), Counter(others))
    if len({*these, *others}) == 1:
        assert found == 1
    else:
        expected = mannwhitneyu(these, others, method="asymptotic", use_continuity=True).pvalue
        assert found == pytest.approx(expected, abs=1e-9)


def test_nothing_beside_something_is_no_difference():
    assert rank_sum({}, {3: 1}) == rank_sum({3: 1}, {}) == 1
