from __future__ import annotations

from datetime import date

import pytest

from dealflow.actions import settings
from dealflow.money import Money
from dealflow.questions.amounts import Part, totals


@pytest.mark.parametrize(
    ("minor", "currency", "millionths", "yuan"),
    [
        (100_00, "USD", 7_123_456, 712_35),
        (15_000, "JPY", 47_500, 712_50),
        (30_750, "KWD", 23_000_000, 707_25),
        (1, "USD", 500_000, 0),
        (3, "USD", 500_000, 2),
        (5, "USD", 500_000, 2),
        (0, "USD", 500_000, 0),
    ],
)
def test_conversion_rounds_a_half_to_the_even_minor_unit(desk, minor, currency, millionths, yuan):
    desk.do(settings.rate, currency, date(2026, 6, 1), millionths)
    parts = {"it": [Part(currency, None, minor), Part("CNY", None, 0)]}
    assert totals(desk.ask(), parts).money("it", 1) == Money(yuan, "CNY")


def test_a_sum_is_rounded_once_when_it_is_complete(desk):
    desk.do(settings.rate, "USD", date(2026, 6, 1), 500_000)
    parts = {"it": [Part("USD", None, 1), Part("USD", None, 1), Part("CNY", None, 1)]}
    assert totals(desk.ask(), parts).sums == {"it": 2}


def test_one_currency_alone_needs_no_rate(desk):
    found = totals(desk.ask(), {"it": [Part("USD", None, 5)]})
    assert (found.money("it", 1), found.complete("it"), found.apart) == (Money(5, "USD"), 5, {})


def test_what_has_no_rate_stands_apart_and_leaves_its_sum_incomplete(desk):
    parts = {
        "mixed": [Part("USD", None, 7), Part("CNY", None, 1)],
        "plain": [Part("CNY", None, 2)],
        "foreign": [Part("USD", None, 3)],
    }
    found = totals(desk.ask(), parts)
    assert found.sums == {"mixed": 1, "plain": 2}
    assert found.apart == {("mixed", "USD"): 7, ("foreign", "USD"): 3}
    complete = [found.complete(key) for key in ("mixed", "plain", "foreign", "nobody")]
    assert complete == [None, 2, None, 0]
    assert found.money("foreign", 1) is None
