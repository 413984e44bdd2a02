import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealflow.analytics.close_rates import GroupCounts, judge


def names(*groups):
    return [row.counts.name for row in judge(groups)]


def one(**counts):
    [row] = judge([GroupCounts("ada", **counts)])
    return row


def test_one_of_one_does_not_lead():
    assert names(GroupCounts("lucky", 1, 0), GroupCounts("steady", 30, 20)) == ["steady", "lucky"]


def test_open_deals_are_not_failures():
    assert one(won=1, lost=1, open=98).rate == one(won=1, lost=1).rate
    assert one(won=1, lost=1, open=98).rate.value == 0.5


def test_void_deals_are_in_no_rate():
    assert one(won=1, lost=1, void=7).rate == one(won=1, lost=1).rate


def test_the_counts_are_handed_on_untouched():
    group = GroupCounts("ada", 4, 3, 2, 1, 400, 100, {5: 4})
    assert judge([group])[0].counts is group


def test_nought_of_nought_is_not_nought_percent():
    row = one(won=0, lost=0, void=2, open=5)
    assert row.rate == (0, 0, None, None, None)
    assert (row.value_rate, row.median_days) == (None, None)


def test_who_has_nothing_resolved_stands_last_even_behind_who_won_nothing():
    assert names(GroupCounts("new", 0, 0, open=9), GroupCounts("unlucky", 0, 9)) == [
        "unlucky",
        "new",
    ]


def test_equals_are_ordered_by_how_much_they_resolved_then_by_name():
    groups = [GroupCounts("cy", 0, 2), GroupCounts("bo", 0, 7), GroupCounts("al", 0, 2)]
    assert names(*groups) == ["bo", "al", "cy"]
    assert names(GroupCounts("y", 0, 0), GroupCounts("x", 0, 0)) == ["x", "y"]


def test_too_few_is_said_aloud():
    rows = judge([GroupCounts("ada", 4, 0), GroupCounts("bo", 50, 50)])
    assert {row.counts.name: row.mark for row in rows} == {"ada": "too few", "bo": None}


def test_each_mark_stays_with_its_group_when_they_are_sorted():
    groups = [
        GroupCounts("low", 8, 52),
        GroupCounts("few", 1, 1),
        GroupCounts("mid", 40, 40),
        GroupCounts("high", 50, 10),
    ]
    assert [(row.counts.name, row.mark) for row in judge(groups)] == [
        ("high", "above"),
        ("mid", None),
        ("few", "too few"),
        ("low", "below"),
    ]


def test_the_rate_by_value_weighs_what_was_won_against_what_was_lost():
    assert one(won=1, lost=3, won_minor=900_00, lost_minor=300_00).value_rate == 0.75
    assert one(won=1, lost=0).value_rate is None
    assert one(won=1, lost=1, won_minor=5, lost_minor=5).value_rate == 0.5
    assert one(won=0, lost=1, lost_minor=5).value_rate == 0


def test_an_amount_of_which_a_part_is_unknown_makes_no_rate_by_value():
    assert one(won=1, lost=1, won_minor=None, lost_minor=100).value_rate is None
    assert one(won=1, lost=1, won_minor=100, lost_minor=None).value_rate is None


def test_a_group_is_held_against_the_rest_of_the_whole():
    groups = [GroupCounts("a", 10, 10), GroupCounts("b", 10, 0)]
    rows = judge(groups, GroupCounts("all", 10, 10))
    assert {row.counts.name: row.mark for row in rows} == {"a": None, "b": "above"}


def test_days_to_win_are_the_middle_ones():
    assert one(won=3, lost=0, days_to_win={2: 1, 30: 1, 400: 1}).median_days == 30
    assert one(won=4, lost=0, days_to_win={10: 2, 20: 2}).median_days == 15


@given(st.lists(st.tuples(*[st.integers(0, 30)] * 2), max_size=12))
def test_the_lower_bound_never_rises_down_the_list(pairs):
    rows = judge([GroupCounts(str(n), *pair) for n, pair in enumerate(pairs)])
    lows = [-1.0 if row.rate.low is None else row.rate.low for row in rows]
    assert lows == sorted(lows, reverse=True)
    assert sorted(int(row.counts.name) for row in rows) == list(range(len(pairs)))


def test_no_groups_are_no_rows():
    assert judge([]) == []


def test_a_group_is_not_told_apart_by_one_deal():
    rows = judge([GroupCounts("ada", 6, 4), GroupCounts("bo", 5, 5)])
    assert [row.mark for row in rows] == [None, None]
    assert rows[0].rate.low == pytest.approx(0.3127, abs=5e-5)
