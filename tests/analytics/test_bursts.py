"""Moves of many deals within an hour, by hand and by what the definition promises."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from dealflow.analytics.bursts import Burst, bursts

moves = st.lists(
    st.tuples(st.integers(0, 12).map(lambda n: n * 900), st.integers(1, 7)), max_size=40
)


def test_bursts_are_of_distinct_deals_within_an_hour_and_do_not_overlap():
    assert bursts([(n, 1) for n in range(9)]) == []
    assert bursts([(n * 900, n) for n in range(5)]) == [(0, 3600, (0, 1, 2, 3, 4))]
    assert bursts([(n * 901, n) for n in range(5)]) == []
    early = [(n, n) for n in range(5)]
    late = [(90_000 + n, n) for n in range(6)]
    assert [len(burst.deals) for burst in bursts([*early, *late])] == [5, 6]


def test_a_burst_names_its_deals_once_in_the_order_of_their_first_move():
    told = [(0, 9), (10, 3), (10, 3), (20, 7), (30, 9), (40, 1), (3600, 2), (3601, 8)]
    assert bursts(told) == [Burst(0, 3600, (9, 3, 7, 1, 2))]


def test_slow_moves_before_a_burst_are_not_of_it():
    assert bursts([(0, 1), (5000, 2), *((7200 + n, n) for n in range(3, 8))]) == [
        Burst(5000, 7207, (2, 3, 4, 5, 6, 7))
    ]


def test_bursts_follow_each_other_without_sharing_a_move():
    told = [(n * 900, n) for n in range(10)]
    assert bursts(told) == [Burst(0, 3600, (0, 1, 2, 3, 4)), Burst(4500, 8100, (5, 6, 7, 8, 9))]


@given(moves)
@example([(0, 1), (0, 2), (0, 3), (0, 4), (0, 5)])
def test_bursts_lie_within_an_hour_and_apart_and_no_hour_full_of_deals_is_without(told):
    told.sort(key=lambda move: move[0])
    found = bursts(told)
    for burst in found:
        inside = [move for move in told if burst.start <= move[0] <= burst.end]
        assert burst.end - burst.start <= 3600
        assert len(burst.deals) == len(set(burst.deals)) >= 5
        assert set(burst.deals) == {deal for _, deal in inside}
    assert all(one.end < other.start for one, other in pairwise(found))
    for start, _ in told:
        hour = [move for move in told if start <= move[0] <= start + 3600]
        if len({deal for _, deal in hour}) >= 5:
            assert any(one.start <= at <= one.end for one in found for at, _ in hour)
