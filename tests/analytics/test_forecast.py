"""The probability of a deal: a posterior mean, held to scipy's Beta distribution."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from dealflow.analytics.forecast import PRIOR, Estimate, StageRecord, of_deal, of_stage

counts = st.integers(0, 10**6) | st.sampled_from([0, 1, 5])
shares = st.floats(0, 1, allow_nan=False)


@given(counts, counts, st.floats(0.001, 0.999))
def test_a_record_shrinks_the_configured_probability_as_a_beta_prior_of_ten_deals(won, lost, share):
    posterior = beta(PRIOR * share + won, PRIOR * (1 - share) + lost)
    found = of_stage(StageRecord(won, lost, share))
    assert found.value == pytest.approx(posterior.mean(), abs=1e-9)
    assert found.basis == ("record" if won + lost else "configured")


@given(counts, counts, shares)
def test_it_lies_between_the_record_and_what_is_configured(won, lost, share):
    value = of_stage(StageRecord(won, lost, share)).value
    ends = sorted([share, won / (won + lost) if won + lost else share])
    assert ends[0] - 1e-12 <= value <= ends[1] + 1e-12


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (StageRecord(0, 0, None), Estimate(None, "none")),
        (StageRecord(0, 0, 0.3), Estimate(0.3, "configured")),
        (StageRecord(3, 1, None), Estimate(0.75, "record")),
        (StageRecord(0, 4, None), Estimate(0.0, "record")),
        (StageRecord(5, 5, 0.5), Estimate(0.5, "record")),
        (StageRecord(10, 0, 0.0), Estimate(0.5, "record")),
    ],
)
def test_by_hand(record, expected):
    assert of_stage(record) == expected


@given(st.none() | shares, shares)
def test_the_reps_own_comes_first(own, share):
    found = of_deal(own, Estimate(share, "record"))
    assert found == (Estimate(share, "record") if own is None else Estimate(own, "own"))
