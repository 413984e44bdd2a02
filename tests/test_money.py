"""Amounts: what is read, what is refused, and that nothing is ever rounded on the way in."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dealflow.errors import BadAmount, UnknownWord, UsageError
from dealflow.money import (
    CURRENCIES,
    LIMIT,
    Money,
    decimal_text,
    exponent,
    known_currency,
    narrow,
    parse,
    shown,
)

COMMA = "has a comma that does not separate thousands, as in 1,234.50"

monies = st.builds(Money, st.integers(-LIMIT, LIMIT), st.sampled_from(CURRENCIES))


@pytest.mark.parametrize(
    ("text", "minor", "currency"),
    [
        ("12500", 12_500_00, "CNY"),
        ("0", 0, "CNY"),
        ("+5", 5_00, "CNY"),
        ("007", 7_00, "CNY"),
        ("  12500\t", 12_500_00, "CNY"),
        ("0.01", 1, "CNY"),
        (".5", 50, "CNY"),
        ("12.5", 12_50, "CNY"),
        ("1,234.50", 1_234_50, "CNY"),
        ("1,234,567", 1_234_567_00, "CNY"),
        ("1_000", 1_000_00, "CNY"),
        ("12_5000", 125_000_00, "CNY"),
        ("12.5k", 12_500_00, "CNY"),
        ("12.5K", 12_500_00, "CNY"),
        ("1.2m", 1_200_000_00, "CNY"),
        ("1.2M", 1_200_000_00, "CNY"),
        ("1.2bn", 1_200_000_000_00, "CNY"),
        ("1.2b", 1_200_000_000_00, "CNY"),
        ("1.2345678k", 0, None),
        ("1.23456k", 1_234_56, "CNY"),
        ("1.234567k", 0, None),
        ("12.5万", 125_000_00, "CNY"),
        ("12.5萬", 125_000_00, "CNY"),
        ("12.5万元", 125_000_00, "CNY"),
        ("12.5w", 125_000_00, "CNY"),
        ("1.2亿", 120_000_000_00, "CNY"),
        ("3千", 3_000_00, "CNY"),
        ("3百", 300_00, "CNY"),
        ("2百万", 2_000_000_00, "CNY"),
        ("3千万", 30_000_000_00, "CNY"),
        ("5十亿", 5_000_000_000_00, "CNY"),
        ("1万亿", 1_000_000_000_000_00, "CNY"),
        ("¥3,000", 3_000_00, "CNY"),
        ("￥3,000", 3_000_00, "CNY"),
        ("￥３，０００．５０", 3_000_50, "CNY"),
        ("3000元", 3_000_00, "CNY"),
        ("RMB 3000", 3_000_00, "CNY"),
        ("$4,000", 4_000_00, "USD"),
        ("US$4,000", 4_000_00, "USD"),
        ("HK$ 4,000", 4_000_00, "HKD"),
        ("€4000", 4_000_00, "EUR"),
        ("4000 €", 4_000_00, "EUR"),
        ("£1.5m", 1_500_000_00, "GBP"),
        ("USD 4,000", 4_000_00, "USD"),
        ("usd4,000", 4_000_00, "USD"),
        ("4000 USD", 4_000_00, "USD"),
        ("4000usd", 4_000_00, "USD"),
        ("4k USD", 4_000_00, "USD"),
        ("USD 4000 USD", 4_000_00, "USD"),
        ("$4000 USD", 4_000_00, "USD"),
        ("CNY12.5万", 125_000_00, "CNY"),
        ("12.5万 CNY", 125_000_00, "CNY"),
        ("JPY 3,000", 3_000, "JPY"),
        ("JP¥3,000", 3_000, "JPY"),
        ("KWD 3.250", 3_250, "KWD"),
        ("10,000,000,000,000", LIMIT, "CNY"),
        ("0" * 48, 0, "CNY"),
    ],
)
def test_an_amount_is_read_exactly_as_written(text, minor, currency):
    if currency is None:
        with pytest.raises(BadAmount):
            parse(text, "CNY")
    else:
        assert parse(text, "CNY") == (minor, currency)


@pytest.mark.parametrize(
    ("text", "home", "currency"),
    [
        ("¥3000", "CNY", "CNY"),
        ("¥3000", "JPY", "JPY"),
        ("¥3000", "USD", "CNY"),
        ("$3000", "CNY", "USD"),
        ("$3000", "HKD", "HKD"),
        ("$3000", "CAD", "CAD"),
        ("3000元", "TWD", "TWD"),
        ("3000元", "USD", "CNY"),
        ("3000", "eur", "EUR"),
    ],
)
def test_a_sign_that_countries_share_means_the_currency_at_hand(text, home, currency):
    assert parse(text, home).currency == currency


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("abc", "is not an amount"),
        ("nan", "is not an amount"),
        ("inf", "is not an amount"),
        ("1e5", "is not an amount"),
        ("0x10", "is not an amount"),
        ("5.", "is not an amount"),
        ("1.2.3", "is not an amount"),
        ("12 500", "is not an amount"),
        ("(500)", "is not an amount"),
        ("500%", "is not an amount"),
        ("--5", "is not an amount"),
        ("-$-5", "is not an amount"),
        ("_1", "is not an amount"),
        ("1_", "is not an amount"),
        ("1__0", "is not an amount"),
        ("1_0,000", COMMA),
        ("10²", "is not an amount"),
        ("½", "is not an amount"),
        ("٣", "is not an amount"),
        ("三万", "is not an amount"),
        ("万", "is not an amount"),
        ("\ud800", "is not an amount"),
        ("1\x00", "is not an amount"),
        ("1,23", COMMA),
        ("12,5000", COMMA),
        ("1,234,56", COMMA),
        ("1.234,50", COMMA),
        ("1.2,345", COMMA),
        ("0,123", COMMA),
        ("1,,234", COMMA),
        ("1,234.5,678", COMMA),
        ("1.234", "has more than 2 decimal places for CNY"),
        ("1.500", "has more than 2 decimal places for CNY"),
        ("JPY 3000.5", "has more than 0 decimal places for JPY"),
        ("KWD 0.0001", "has more than 3 decimal places for KWD"),
        ("-5", "is negative"),
        ("−5", "is negative"),
        ("－５", "is negative"),
        ("¥-5", "is negative"),
        ("-¥5", "is negative"),
        ("10,000,000,000,000.01", "is too large; the most is ¥10,000,000,000,000"),
        ("1000万亿", "is too large; the most is ¥10,000,000,000,000"),
        ("0" * 49, "is too long for an amount"),
        ("9" * 5000, "is too long for an amount"),
        ("USD 3 EUR", "names two currencies, EUR and USD"),
        ("$3元", "names two currencies, CNY and USD"),
    ],
)
def test_what_cannot_be_an_amount_is_refused_with_the_reason(text, why):
    with pytest.raises(BadAmount) as refused:
        parse(text, "CNY")
    told = text if len(text) <= 48 else text[:48] + "…"
    assert refused.value.message == f"'{told}' {why}"


def test_a_minus_is_read_where_it_is_allowed():
    assert parse("-12.5万", "CNY", negative=True) == (-125_000_00, "CNY")
    assert parse("$-5", "CNY", negative=True) == (-5_00, "USD")
    assert parse("−5", "CNY", negative=True) == (-5_00, "CNY")


@pytest.mark.parametrize("text", ["USX 3", "3 usx"])
def test_an_unknown_currency_is_an_error_with_the_nearest_one(text):
    with pytest.raises(UnknownWord) as unknown:
        parse(text, "CNY")
    assert (unknown.value.message, unknown.value.hint) == (
        "unknown currency 'USX'",
        "did you mean USD?",
    )


def test_the_nearest_currency_may_be_one_that_few_use():
    with pytest.raises(UnknownWord) as unknown:
        known_currency("CHX")
    assert unknown.value.hint == "did you mean CHF?"


def test_an_unknown_currency_like_no_other_names_the_common_ones():
    with pytest.raises(UnknownWord, match="unknown currency 'QQQ'") as unknown:
        known_currency("qqq")
    assert unknown.value.hint == "known: CNY, USD, EUR, GBP, JPY, HKD, or another ISO 4217 code"


def test_the_currency_at_hand_is_checked_even_if_the_text_names_its_own():
    with pytest.raises(UnknownWord):
        parse("$5", "XYZ")


@pytest.mark.parametrize(
    ("currency", "places"),
    [("CNY", 2), ("usd", 2), ("JPY", 0), ("KRW", 0), ("VND", 0), ("KWD", 3), ("TND", 3)],
)
def test_each_currency_has_its_decimal_places(currency, places):
    assert exponent(currency) == places


def test_currency_codes_are_three_capitals_each_once():
    assert len(set(CURRENCIES)) == len(CURRENCIES) > 150
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCIES)


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(1_250_000, "CNY"), "12500.00"),
        (Money(1, "CNY"), "0.01"),
        (Money(0, "CNY"), "0.00"),
        (Money(-5, "CNY"), "-0.05"),
        (Money(-12_345, "USD"), "-123.45"),
        (Money(3_000, "JPY"), "3000"),
        (Money(0, "JPY"), "0"),
        (Money(3_250, "KWD"), "3.250"),
        (Money(7, "KWD"), "0.007"),
    ],
)
def test_decimal_text_has_all_the_places_of_the_currency(money, text):
    assert decimal_text(money) == text


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(12_500_000, "CNY"), "¥125,000"),
        (Money(400_050, "USD"), "$4,000.50"),
        (Money(400_000, "USD"), "$4,000"),
        (Money(1, "EUR"), "€0.01"),
        (Money(0, "GBP"), "£0"),
        (Money(-99_900, "CNY"), "-¥999"),
        (Money(3_250, "KWD"), "KWD 3.250"),
        (Money(3_000, "JPY"), "JPY 3,000"),
    ],
)
def test_people_see_thousands_and_no_empty_cents(money, text):
    assert shown(money) == text


@pytest.mark.parametrize(
    ("yuan", "text"),
    [
        ("125000", "¥12.5万"),
        ("120000000", "¥1.2亿"),
        ("10000", "¥1万"),
        ("9999.99", "¥9,999.99"),
        ("0", "¥0"),
        ("12345.67", "¥1.23万"),
        ("12350", "¥1.24万"),
        ("12450", "¥1.24万"),
        ("12450.01", "¥1.25万"),
        ("99999999", "¥1亿"),
        ("99990000", "¥9,999万"),
        ("1234567890000", "¥12,345.68亿"),
        ("-125000", "-¥12.5万"),
    ],
)
def test_wan_and_yi_have_at_most_two_places(yuan, text):
    assert shown(parse(yuan, "CNY", negative=True), wan=True) == text


@given(monies)
def test_machine_text_reads_back_as_the_same_money(money):
    assert parse(decimal_text(money), money.currency, negative=True) == money


@given(monies)
def test_what_people_see_reads_back_as_the_same_money(money):
    assert parse(shown(money), money.currency, negative=True) == money


@given(monies)
def test_wan_is_within_half_a_hundredth_of_its_unit(money):
    text = shown(money, wan=True)
    unit = {"亿": 10**8, "万": 10**4}.get(text[-1], 0)
    error = abs(parse(text, money.currency, negative=True).minor - money.minor)
    assert error <= unit * 10 ** exponent(money.currency) // 200


@given(st.integers(0, 10**9), st.sampled_from([("k", 3), ("万", 4), ("m", 6), ("亿", 8)]))
def test_a_unit_is_its_zeros(thousandths, unit):
    sign, zeros = unit
    text = f"{thousandths // 1000}.{thousandths % 1000:03d}{sign}"
    expected = Fraction(thousandths, 1000) * 10**zeros * 100
    if expected <= LIMIT:
        assert parse(text, "CNY").minor == expected
    else:
        with pytest.raises(BadAmount):
            parse(text, "CNY")


@given(st.text() | st.text(alphabet="0123456789.,_-+¥$€kmbnw万亿千元 USDCNY０９，"))
@settings(deadline=None, max_examples=500)
def test_any_text_is_an_amount_or_wrong_usage(text):
    try:
        money = parse(text, "CNY")
    except UsageError:
        return
    assert 0 <= money.minor <= LIMIT
    assert money.currency in CURRENCIES


@given(st.text(max_size=5))
@settings(deadline=None)
def test_any_text_is_a_currency_or_wrong_usage(text):
    with suppress(UnknownWord):
        assert known_currency(text) in CURRENCIES


def test_full_width_forms_become_plain_and_everything_else_stays():
    assert narrow("￥１２，３．Ａ～　万²") == "¥12,3.A~ 万²"
