"""What each kind of custom field takes, and the text it is kept as."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealflow import customfields, model
from dealflow.customfields import Reading, Shape, parse, value
from dealflow.errors import UnknownWord, UsageError
from dealflow.money import CURRENCIES, Money, exponent
from dealflow.text import fold

ZONE = ZoneInfo("Asia/Shanghai")
NOW = int(dt.datetime(2026, 7, 1, 10, tzinfo=ZONE).timestamp())
READING = Reading(NOW, ZONE, "CNY")
CHOICES = Shape("choice", "level", ("高", "Low", "a,b"), ("gone",))


def kept(kind, text, **more):
    return parse(Shape(kind, "x"), text, READING._replace(**more))


def test_the_kinds_are_those_of_the_model():
    assert customfields.KINDS == model.FIELD_KINDS


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("12", "12"), ("012", "12"), ("1,234.50", "1234.5"), (".5", "0.5"), ("-0", "0"),
        ("-0.5", "-0.5"), ("12k", "12000"), ("1.2万", "12000"), ("1.2亿", "120000000"),
        ("３", "3"), ("−7", "-7"), ("+7", "7"), ("0.000", "0"), ("3千万", "30000000"), (" 9 ", "9"),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(typed, plain):
    assert kept("number", typed) == plain


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "many",
        "1,23",
        "1e5",
        "nan",
        "inf",
        "万",
        "-",
        ".",
        "5.",
        "1 2",
        "1.2.3",
        "0x1f",
        "1" * 16,
    ],
)
def test_what_is_no_number_is_refused_by_name(typed):
    with pytest.raises(UsageError, match="the field 'x'"):
        kept("number", typed)


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, 14))
def test_a_number_is_kept_exactly_and_reads_back_as_itself(digits, places):
    told = Decimal(digits).scaleb(-places)
    text = kept("number", f"{told:f}")
    assert Decimal(text) == told
    assert kept("number", text) == text
    assert "e" not in text.lower()
    assert not (text.endswith("0") and "." in text)
    assert float(value(Shape("number", "x"), text)) == float(told)


@given(st.integers(0, 10**15), st.sampled_from(CURRENCIES))
def test_an_amount_reads_back_as_itself_whatever_the_currency_at_hand(minor, code):
    amount = Money(minor, code)
    text = customfields.money_text(amount)
    assert text.startswith(f"{code} ")
    assert len(text.partition(".")[2]) == exponent(code)
    assert kept("money", text) == text
    assert kept("money", text, currency="JPY") == text
    assert value(Shape("money", "x"), text) == amount


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("12.5万", "CNY 125000.00"), ("USD 4,000", "USD 4000.00"), ("¥3", "CNY 3.00"),
        ("JPY 30", "JPY 30"), ("0", "CNY 0.00"), ("KWD 1.5", "KWD 1.500"),
    ],
)  # fmt: skip
def test_amounts_name_their_currency_or_have_that_at_hand(typed, text):
    assert kept("money", typed) == text


@given(st.dates(dt.date(1970, 1, 2), dt.date(2199, 12, 30)))
def test_a_day_reads_back_as_itself(day):
    assert kept("date", day.isoformat()) == day.isoformat()
    assert kept("date", day.isoformat(), exact=True) == day.isoformat()
    assert value(Shape("date", "x"), day.isoformat()) == day


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("fri", "2026-07-03"),
        ("明天", "2026-07-02"),
        ("2026-07-09 23:30", "2026-07-09"),
        ("eom", "2026-07-31"),
    ],
)
def test_days_as_people_say_them(typed, day):
    assert kept("date", typed) == day


def test_a_file_cannot_say_friday():
    with pytest.raises(UsageError, match="no year of four digits"):
        kept("date", "fri", exact=True)


@pytest.mark.parametrize(
    ("typed", "text"),
    [("是", "yes"), ("否", "no"), ("TRUE", "yes"), ("0", "no"), ("Y", "yes"), ("ｙｅｓ", "yes")],
)
def test_yes_and_no_in_two_languages(typed, text):
    assert kept("bool", typed) == text
    assert value(Shape("bool", "x"), text) is (text == "yes")


@pytest.mark.parametrize("typed", ["perhaps", "", "2", "是的"])
def test_anything_else_is_neither(typed):
    with pytest.raises(UsageError, match="neither yes nor no"):
        kept("bool", typed)


@pytest.mark.parametrize(
    ("typed", "text"), [("low", "Low"), ("ＬＯＷ", "Low"), ("高", "高"), ("A,B", "a,b")]
)
def test_a_choice_is_kept_as_it_was_declared(typed, text):
    assert parse(CHOICES, typed, READING) == text
    assert value(CHOICES, text) == text


def test_a_choice_that_is_none_says_which_is_like_it():
    with pytest.raises(UnknownWord) as caught:
        parse(CHOICES, "lo", READING)
    assert caught.value.hint == "did you mean Low?"


def test_a_retired_choice_stays_readable_and_cannot_be_chosen():
    assert value(CHOICES, "gone") == "gone"
    with pytest.raises(UsageError, match="no choice any more"):
        parse(CHOICES, "gone", READING)


@given(st.text(max_size=40))
def test_text_is_kept_to_the_letter_or_refused(text):
    try:
        assert kept("text", text) == text
    except UsageError:
        assert not text.strip() or "\0" in text or not text.isprintable()


@given(st.sampled_from(customfields.KINDS), st.text(max_size=30))
def test_whatever_is_typed_is_refused_or_kept_as_what_reads_back_as_itself(kind, text):
    shape = Shape(kind, "x", ("a", "b"))
    try:
        once = parse(shape, text, READING)
    except UsageError:
        return
    assert parse(shape, once, READING._replace(exact=True)) == once
    assert value(shape, once) is not None


@given(st.sampled_from(customfields.KINDS), st.text(max_size=30) | st.none() | st.integers())
def test_any_stored_text_fits_or_does_not_and_never_fails(kind, text):
    found = value(Shape(kind, "x", ("a",)), text)
    assert found is None or isinstance(text, str)


# ── declarations ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", ["need", "需求", "budget_2026", "a-b", "é"])
def test_keys(key):
    assert customfields.key_of(key) == key


@pytest.mark.parametrize(
    "key", ["", "2x", "a b", "a.b", "a:b", 'a"b', "a" * 41, "-a", "a{b}", "a'b", "a\n"]
)
def test_what_cannot_be_a_key(key):
    with pytest.raises(UsageError, match="cannot be the key"):
        customfields.key_of(key)


_words = st.lists(
    st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8),
    unique_by=fold,
)


@given(_words, _words)
def test_choices_read_back(live, retired):
    assert customfields.choices_of(customfields.choices_text(live, retired)) == (
        tuple(live),
        tuple(retired),
    )


def test_choices_are_added_retired_and_brought_back_in_their_order():
    shape = customfields.changed_choices(Shape("choice", "x"), ["a", "b", "c", "A"])
    assert shape.choices == ("a", "b", "c")
    shape = customfields.changed_choices(shape, ["-B"])
    assert (shape.choices, shape.retired) == (("a", "c"), ("b",))
    shape = customfields.changed_choices(shape, ["b"])
    assert (shape.choices, shape.retired) == (("a", "c", "b"), ())
    with pytest.raises(UnknownWord):
        customfields.changed_choices(shape, ["-zzz"])
    with pytest.raises(UsageError, match="means something else"):
        customfields.changed_choices(shape, ["None"])
