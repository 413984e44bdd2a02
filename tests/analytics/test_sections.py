"""At which past instants open deals are looked at."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from dealflow.analytics.sections import DAY, Span, sections


@given(
    st.lists(
        st.tuples(st.integers(0, 900), st.none() | st.integers(0, 300)), min_size=1, max_size=60
    )
)
def test_looks_lie_in_the_past_evenly_apart_and_are_not_too_many(told):
    now = 1000 * DAY
    spans = [
        Span(start * DAY, None if took is None else min((start + took) * DAY, now))
        for start, took in told
    ]
    found = sections(spans, now)
    ended = sorted(span.closed_at - span.created_at for span in spans if span.closed_at is not None)
    if not ended:
        assert found == []
        return
    assert len(found) <= 121
    assert all(at <= now - ended[(len(ended) - 1) // 2] for at in found)
    gaps = {after - before for before, after in itertools.pairwise(found)}
    assert len(gaps) <= 1
    assert all(gap >= DAY for gap in gaps)


def test_deals_that_are_all_open_give_nothing_to_learn():
    assert sections([Span(0, None)] * 3, 1000 * DAY) == []
    assert sections([], 1000 * DAY) == []


def test_one_deal_is_looked_at_three_times_and_not_before_there_was_any():
    """Ten days by three looks; the newest ten days ago, the oldest when it was created."""
    span = Span(900 * DAY, 910 * DAY)
    third = DAY * 10 // 3
    expected = [900 * DAY + n * third for n in range(28)]
    assert sections([span], 1000 * DAY) == expected
    later = Span(900 * DAY + 1, 910 * DAY + 1)
    assert sections([later], 1000 * DAY) == expected[1:]


def test_a_long_past_is_looked_at_a_hundred_and_twenty_times():
    """600 days make looks that are five days apart; the newest as long ago as the deal took."""
    found = sections([Span(100 * DAY, 109 * DAY)], 700 * DAY)
    assert found == [n * DAY for n in range(101, 692, 5)]


def test_what_is_longer_ago_than_three_years_is_not_looked_at():
    """1,095 days make 120 looks, 9 days and 3 hours apart; what ended before them took nothing."""
    now = 20_000 * DAY
    spans = [Span(10_000 * DAY, 11_000 * DAY), Span(now - 40 * DAY, now - 20 * DAY)]
    apart = 9 * DAY + DAY // 8
    assert sections(spans, now) == [now - 1095 * DAY + n * apart for n in range(120)]


def test_many_deals_are_looked_at_2500_times_altogether():
    """A thousand deals, each open for 25 days: every ten days one sees 2.5 of each."""
    spans = [Span((n % 100) * DAY, (n % 100 + 25) * DAY) for n in range(1000)]
    found = sections(spans, 200 * DAY)
    assert found == [day * DAY for day in range(5, 176, 10)]
    looks = sum(span.created_at <= at < span.closed_at for span in spans for at in found)
    assert looks == 2500


def test_looks_are_a_day_apart_at_least():
    spans = [Span(n * 3600, (n + 1) * 3600) for n in range(100)]
    assert sections(spans, 30 * DAY) == [day * DAY for day in range(30)]


def test_a_deal_that_was_closed_at_once_took_no_time():
    """60 days less a second by six looks: ten days less a second, rounded down."""
    spans = [Span(0, 60 * DAY - 1), Span(70 * DAY, 70 * DAY)]
    before, after = sections(spans, 80 * DAY)[:2]
    assert after - before == 10 * DAY - 1
