import statistics
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from dealflow.analytics.quantiles import median


@given(st.lists(st.integers(0, 400), min_size=1, max_size=60))
def test_the_median_of_counts_is_the_median_of_the_values(values):
    assert median(Counter(values)) == statistics.median(values)


def test_an_even_number_meets_halfway():
    assert median({10: 1, 20: 1}) == 15
    assert median({3: 2, 4: 2}) == 3.5


def test_nothing_has_no_median():
    assert median({}) is None
    assert median({7: 0}) is None


def test_a_value_that_never_occurs_has_no_say():
    assert median({1: 0, 5: 1, 9: 0}) == 5
