"""Sums of independent chances against scipy, every combination written out, and simulation."""

from __future__ import annotations

from itertools import product
from math import inf, prod
from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import poisson_binom

from dealflow.analytics.sums import (
    MOST_STEPS,
    Chance,
    Spread,
    distribution,
    mean,
    poisson_binomial,
    spread,
    steps,
)

shares = st.floats(0, 1, allow_nan=False) | st.sampled_from([0.0, 1.0, 0.5, 0.1])
amounts = st.integers(0, 10**12) | st.sampled_from([0, 1, 1000, 1000, 2500])
chances = st.lists(st.builds(Chance, shares, amounts), max_size=10)


def combinations(some):
    """Every outcome there can be: (sum, how likely)."""
    for came in product([False, True], repeat=len(some)):
        weight = prod(p if yes else 1 - p for (p, _), yes in zip(some, came, strict=True))
        yield sum(a for (_, a), yes in zip(some, came, strict=True) if yes), weight


def reached(some, bound):
    return sum(weight for total, weight in combinations(some) if total <= bound)


@given(st.lists(shares, min_size=1, max_size=40))
@example([0.0] * 5)
@example([1.0] * 5)
@example([0.0, 1.0, 0.0])
@example([0.3] * 40)
def test_the_number_of_wins_is_distributed_as_scipy_says(given_):
    found = poisson_binomial(given_)
    assert found == pytest.approx(poisson_binom(given_).pmf(range(len(given_) + 1)), abs=1e-9)
    assert sum(found) == pytest.approx(1)


def test_of_nothing_there_is_nothing():
    assert poisson_binomial([]) == [1.0]
    assert distribution([]) == {0: 1.0}
    assert spread([]) == Spread(0, 0, exact=True)
    assert mean([]) == 0


@given(chances)
def test_every_sum_has_the_probability_of_its_combinations(some):
    expected = {}
    for total, weight in combinations(some):
        expected[total] = expected.get(total, 0.0) + weight
    found = distribution(some)
    assert found.keys() == expected.keys()
    for total, weight in expected.items():
        assert found[total] == pytest.approx(weight, abs=1e-12)
    assert mean(some) == pytest.approx(sum(t * w for t, w in expected.items()), rel=1e-9, abs=1e-9)


@given(chances)
def test_the_range_is_that_of_every_combination_written_out(some):
    low, high, exact = spread(some)
    assert exact
    for end, share in ((low, 0.1), (high, 0.9)):
        assert reached(some, end) >= share - 1e-9
        below = sum(weight for total, weight in combinations(some) if total < end)
        assert below <= share + 1e-9


@pytest.mark.parametrize(
    ("some", "low", "high"),
    [
        ([Chance(0.5, 100)], 0, 100),
        ([Chance(0.95, 100)], 100, 100),
        ([Chance(0.05, 100)], 0, 0),
        ([Chance(1.0, 70), Chance(0.5, 100)], 70, 170),
        ([Chance(1.0, 70), Chance(0.0, 100)], 70, 70),
        ([Chance(0.9, 100)], 0, 100),  # nothing with exactly 10 %: that is where the range begins
        ([Chance(0.1, 100)], 0, 0),  # nothing with exactly 90 %
    ],
)
def test_ranges_that_can_be_worked_out_by_hand(some, low, high):
    assert spread(some) == Spread(low, high, exact=True)


def test_many_deals_of_round_amounts_are_exact_and_of_odd_ones_are_not():
    random = Random(1)
    round_ = [Chance(0.4, random.randrange(1, 9) * 100_000) for _ in range(60)]
    odd = [Chance(0.4, random.randrange(10**9)) for _ in range(60)]
    assert steps(round_) <= MOST_STEPS < steps(odd)
    assert spread(round_).exact
    assert not spread(odd).exact


@given(chances)
def test_the_steps_are_not_underestimated(some):
    """Each chance is added to every sum that the smaller ones can make."""
    ordered = sorted((one for one in some if one.amount), key=lambda one: one.amount)
    made = sum(len(distribution(ordered[:n])) for n in range(len(ordered)))
    assert made <= steps(ordered)


@pytest.mark.parametrize(
    ("amounts", "needed"),
    [
        ([], 0),
        ([7], 1),
        ([1, 1, 1], 1 + 2 + 3),
        ([500, 500, 500], 1 + 2 + 3),
        ([1000, 1001, 5000, 20_000], 1 + 2 + 4 + 8),
        ([1, 2, 3, 4], 1 + 2 + 4 + 7),
        ([0, 0, 5], 1 + 1 + 1),
    ],
)
def test_the_steps_of_a_few_can_be_counted_on_the_fingers(amounts, needed):
    assert steps([Chance(0.5, amount) for amount in amounts]) == needed


def test_what_cannot_come_does_not_stand_in_the_way_of_an_exact_range():
    never = [Chance(0.0, 10**6 + n * n) for n in range(60)]
    assert spread([*never, Chance(0.5, 100)]) == Spread(0, 100, exact=True)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([30, 100]), st.sampled_from([0.5, 1.2]))
def test_an_approximation_is_near_the_exact_range(seed, number, tail):
    """Amounts of whole thousands, whose exact range can be had all the same."""
    random = Random(seed)
    some = [
        Chance(
            random.choice([0.1, 0.3, 0.5, 0.8]), max(1, int(random.lognormvariate(4, tail))) * 1000
        )
        for _ in range(number)
    ]
    sums = sorted(distribution(some).items())
    ends = []
    for share in (0.1, 0.9):
        upto = 0.0
        ends.append(next(t for t, weight in sums if (upto := upto + weight) >= share))
    deviation = sum(p * (1 - p) * a * a for p, a in some) ** 0.5
    some.append(Chance(1e-9, 7))  # no round amount any more: the exact range is out of reach
    some.append(Chance(1e-9, 10**7 + 1))
    low, high, exact = spread(some)
    if not exact:
        assert abs(low - ends[0]) < 0.25 * deviation
        assert abs(high - ends[1]) < 0.25 * deviation


def test_one_deal_that_outweighs_the_rest_is_seen_in_an_approximation():
    """Half of the probability lies around nothing and half around the whale."""
    small = [Chance(0.5, 1000 + n) for n in range(100)]
    whale = Chance(0.5, 10_000_000)
    for some in ([*small, whale], [whale, *small]):
        low, high, exact = spread(some)
        assert not exact
        assert low < 60_000
        assert 10_040_000 < high < 10_070_000


def test_the_range_is_the_same_in_a_larger_unit():
    """Odd amounts in cents, and as many thousands of them: a sum is a multiple of the thousand."""
    random = Random(4)
    cents = [Chance(random.random(), random.randrange(1, 10**9)) for _ in range(60)]
    thousands = [Chance(p, 1000 * amount) for p, amount in cents]
    low, high, exact = spread(cents)
    assert not exact
    assert spread(thousands) == Spread(1000 * low, 1000 * high, exact=False)


def test_where_hardly_anything_comes_the_range_begins_at_nothing():
    """Sixty deals of which none comes with 94 %."""
    low, high, exact = spread([Chance(0.001, 10**9 + n * n) for n in range(60)])
    assert not exact
    assert low == 0
    assert 0 <= high < 10**9


def test_the_range_of_a_thousand_wins_is_that_of_the_exact_distribution():
    random = Random(2)
    some = [Chance(random.random(), 1) for _ in range(1000)]
    low, high, exact = spread(some)
    likely = np.ones(1)
    for p, _ in some:
        likely = np.convolve(likely, [1 - p, p])
    upto = np.cumsum(likely)
    assert not exact
    assert [low, high] == [int(np.argmax(upto >= share)) for share in (0.1, 0.9)]


@given(chances)
def test_what_is_certain_only_moves_the_range(some):
    low, high, _ = spread(some)
    assert spread([*some, Chance(1.0, 500)]) == Spread(low + 500, high + 500, exact=True)
    assert spread([*some, Chance(0.0, 500)]) == Spread(low, high, exact=True)
    assert low <= high < inf
