"""What the review recommends: only what the numbers support, by hand and against other libraries."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, false_discovery_control, fisher_exact

from dealflow.analytics.review import Did, StageFacts, compare_activities, findings


def found(**facts):
    return {finding.what: finding for finding in findings(StageFacts(**facts))}


def low_high(part, whole):
    known = binomtest(part, whole).proportion_ci(confidence_level=0.99, method="wilson")
    return known.low, known.high


def test_a_stage_that_many_winners_skip_is_named_with_its_share():
    finding = found(winners=210, past=86)["skipped"]
    assert finding.rate[:2] == (86, 210)
    assert finding.rate.low == pytest.approx(binomtest(86, 210).proportion_ci(method="wilson").low)


@pytest.mark.parametrize(
    ("what", "facts"),
    [
        ("skipped", {"winners": 29, "past": 29}),
        ("skipped", {"winners": 100, "past": 33}),
        ("forced", {"begun": 100, "forced": 33}),
        ("blocked", {"open": 29, "lacking": {"a contact": 29}}),
        ("blocked", {"open": 60, "lacking": {"a contact": 38}}),
        ("passes", {"advanced": 100, "lost_here": 1}),
        ("longer", {"longer": 40, "shorter": 35}),
        ("probability", {"probability": 0.2, "won": 4, "lost": 25}),
        ("probability", {"probability": 0.14, "won": 340, "lost": 3060}),
    ],
)
def test_what_chance_or_few_deals_explain_is_not_named(what, facts):
    assert what not in found(**facts)


@pytest.mark.parametrize(
    ("what", "facts"),
    [
        ("skipped", {"winners": 100, "past": 40}),
        ("forced", {"begun": 100, "forced": 40}),
        ("blocked", {"open": 30, "lacking": {"a contact": 27}}),
        ("passes", {"advanced": 400, "lost_here": 4}),
        ("longer", {"longer": 50, "shorter": 20, "median_days": 31.5}),
    ],
)
def test_what_the_numbers_support_is_named(what, facts):
    assert what in found(**facts)


def test_a_probability_is_put_right_by_the_stages_own_record():
    finding = found(probability=0.2, won=34, lost=306)["probability"]
    assert (finding.rate[:2], finding.better) == ((34, 340), 0.1)
    assert "probability" not in found(probability=None, won=34, lost=306)


@pytest.mark.parametrize(
    ("won", "lost", "better"),
    [
        (34, 306, 0.1),  # 0.065 to 0.15: to hundredths it is 0.10
        (37, 303, 0.11),  # 0.109, within 0.09
        (26, 24, 0.5),  # 0.52, and nothing is known of the second digit
        (5, 25, 0.2),  # 0.167
    ],
)
def test_a_better_probability_has_the_digits_that_are_known(won, lost, better):
    """Hundredths where the 99 % interval is no wider than 0.1, else tenths."""
    low, high = low_high(won, won + lost)
    assert (high - low > 0.1) == (won + lost < 100)
    assert found(probability=0.95, won=won, lost=lost)["probability"].better == better


def test_activities_are_marked_where_chance_does_not_explain_them():
    found_ = compare_activities([Did(20, 20, 2, 20), Did(2, 20, 20, 20), Did(10, 20, 11, 20)])
    assert [one.mark for one in found_] == ["above", "below", None]
    assert compare_activities([Did(4, 29, 0, 31)])[0].mark == "above"  # p is 0.0487


@pytest.mark.parametrize(
    ("what", "bound", "facts"),
    [
        ("skipped", 0.25, lambda part, rest: {"past": part, "winners": part + rest}),
        ("forced", 0.25, lambda part, rest: {"forced": part, "begun": part + rest}),
        ("blocked", 0.5, lambda part, rest: {"lacking": {"x": part}, "open": part + rest}),
        ("passes", 0.95, lambda part, rest: {"advanced": part, "lost_here": rest}),
        ("longer", 0.5, lambda part, rest: {"longer": part, "shorter": rest}),
    ],
)
def test_the_bounds_are_those_that_are_written(what, bound, facts):
    """Of a hundred thousand the interval is narrow: half a hundredth above the bound is enough."""
    above, below = round((bound + 0.005) * 100_000), round((bound - 0.001) * 100_000)
    assert low_high(above, 100_000)[0] > bound > low_high(below, 100_000)[0]
    assert what in found(**facts(above, 100_000 - above))
    assert what not in found(**facts(below, 100_000 - below))


def test_days_are_put_right_by_the_median():
    assert found(longer=60, shorter=10, median_days=33.0)["longer"].better == 33.0
    assert found(longer=60, shorter=10)["longer"].better is None


def test_what_blocks_is_told_by_the_requirement_and_nothing_else_has_a_detail():
    lacking = {"a contact": 40, "field:need": 2, "product": 38}
    said = findings(StageFacts(open=40, lacking=lacking, winners=40, past=40))
    assert [(one.what, one.rate[:2], one.detail) for one in said] == [
        ("skipped", (40, 40), ""),
        ("blocked", (40, 40), "a contact"),
        ("blocked", (38, 40), "product"),
    ]


def test_thirty_deals_are_enough_to_contradict_a_probability():
    assert found(probability=0.9, won=0, lost=30)["probability"].better == 0.0
    assert found(probability=0.9, won=0, lost=29) == {}


@settings(deadline=None)
@given(st.integers(0, 300), st.integers(0, 300))
def test_a_share_is_named_exactly_where_its_99_percent_interval_lies_above_the_bound(past, more):
    whole = past + more
    known = whole >= 30 and low_high(past, whole)[0] > 0.25
    assert ("skipped" in found(winners=whole, past=past)) == known


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(0, 200), st.sampled_from([0.1, 0.2, 0.5, 0.9]))
def test_a_probability_is_named_where_the_record_contradicts_it(won, lost, probability):
    n = won + lost
    known = False
    if n >= 30:
        low, high = low_high(won, n)
        outside = not low <= probability <= high
        known = outside and abs(won / n - probability) >= 0.05
    assert ("probability" in found(probability=probability, won=won, lost=lost)) == known


few = st.integers(0, 25)
dids = st.builds(
    lambda won, lost, a, b: Did(min(a, won), won, min(b, lost), lost), few, few, few, few
)


@settings(deadline=None)
@given(st.lists(dids, max_size=12))
def test_activities_are_compared_as_other_libraries_do(all_):
    tested = [did for did in all_ if did.won >= 10 and did.lost >= 10]
    p_values = [
        fisher_exact([[d.won_did, d.won - d.won_did], [d.lost_did, d.lost - d.lost_did]]).pvalue
        for d in tested
    ]
    adjusted = list(false_discovery_control(p_values)) if p_values else []
    result = compare_activities(all_)
    assert [found is not None for found in result] == [
        did.won >= 10 and did.lost >= 10 for did in all_
    ]
    judged = [found for found in result if found is not None]
    assert [found.counts for found in judged] == tested
    assert [found.adjusted_p for found in judged] == pytest.approx(adjusted)
    for did, found_ in zip(tested, judged, strict=True):
        if abs(found_.adjusted_p - 0.05) > 1e-9:
            assert (found_.mark is not None) == (found_.adjusted_p < 0.05)
        if found_.mark:
            more = did.won_did / did.won > did.lost_did / did.lost
            assert found_.mark == ("above" if more else "below")
