import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import binomtest

from dealflow.analytics.intervals import wilson
from dealflow.results import Rate


@st.composite
def proportions(draw):
    trials = draw(st.one_of(st.integers(1, 60), st.integers(1, 10**9)))
    return draw(st.one_of(st.just(0), st.just(trials), st.integers(0, trials))), trials


@given(proportions(), st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99, 0.9999]))
@example((0, 1), 0.95)
@example((1, 1), 0.95)
@example((10**9, 10**9), 0.95)
@example((1, 10**9), 0.95)
def test_the_interval_is_scipys(counts, confidence):
    rate = wilson(*counts, confidence)
    theirs = binomtest(*counts).proportion_ci(confidence, method="wilson")
    assert rate.low == pytest.approx(theirs.low, rel=1e-9, abs=1e-12)
    assert rate.high == pytest.approx(theirs.high, rel=1e-9, abs=1e-12)
    assert rate.value == counts[0] / counts[1]


@given(proportions())
def test_the_interval_holds_its_rate_and_stays_within_nought_and_one(counts):
    rate = wilson(*counts)
    assert 0 <= rate.low <= rate.value <= rate.high <= 1
    assert rate.low < rate.high


@given(proportions())
def test_success_and_failure_mirror_each_other(counts):
    successes, trials = counts
    mirrored = wilson(trials - successes, trials)
    assert wilson(*counts).low == pytest.approx(1 - mirrored.high, abs=1e-12)


def test_nought_of_nought_is_not_nought_percent():
    assert wilson(0, 0) == Rate(0, 0, None, None, None)


def test_none_of_ten_begins_at_exactly_nought():
    rate = wilson(0, 10)
    assert (rate.value, rate.low) == (0, 0)
    assert rate.high == pytest.approx(0.2775, abs=5e-5)


def test_ten_of_ten_ends_at_exactly_one_and_is_not_certain():
    rate = wilson(10, 10)
    assert (rate.value, rate.high) == (1, 1)
    assert rate.low == pytest.approx(0.7225, abs=5e-5)


@given(st.integers(1, 10**9), st.floats(0.01, 0.9999))
def test_the_ends_are_exact_at_every_confidence(trials, confidence):
    assert wilson(0, trials, confidence).low == 0
    assert wilson(trials, trials, confidence).high == 1


def test_one_of_one_says_next_to_nothing():
    assert wilson(1, 1).low == pytest.approx(0.2065, abs=5e-5)


def test_the_close_rate_of_the_maven_sales_data():
    rate = wilson(4238, 6711)
    assert [round(x, 4) for x in rate[2:]] == [0.6315, 0.6199, 0.6430]


@pytest.mark.parametrize(("successes", "trials"), [(2, 1), (-1, 5), (0, -1)])
def test_what_is_no_proportion_is_refused(successes, trials):
    with pytest.raises(ValueError, match="not a proportion"):
        wilson(successes, trials)


def test_the_mathematics_load_nothing_heavy():
    modules = "close_rates comparison intervals leakage quantiles survival"
    loading = "".join(f"import dealflow.analytics.{name};" for name in modules.split())
    loading += "dealflow.analytics.intervals.wilson(3, 7);"
    heavy = "{'statistics', 'fractions', 'decimal', 'random', 'sqlite3', 'datetime', 'rich'}"
    shown = subprocess.run(
        [sys.executable, "-c", f"import sys; {loading} print({heavy} & set(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == "set()\n"
