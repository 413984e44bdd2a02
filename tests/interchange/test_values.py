"""Cells as values: what each kind of cell means, and what it is refused for."""

from datetime import UTC, date, datetime
from math import isclose

import pytest

from dealflow.dates import zone
from dealflow.errors import BadAmount, BadDate, BadText, UnknownWord, UsageError
from dealflow.interchange import fields
from dealflow.interchange.values import Cells, alike, flag, happened, names, share

SHANGHAI = zone("Asia/Shanghai")
NOW = int(datetime(2026, 7, 1, 2, tzinfo=UTC).timestamp())


@pytest.fixture
def cells():
    return Cells(NOW, SHANGHAI, "CNY")


def utc(*parts):
    return int(datetime(*parts, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("text", "at", "day", "exact"),
    [
        ("2026-07-15", utc(2026, 7, 14, 16), date(2026, 7, 15), False),
        ("2026年7月15日", utc(2026, 7, 14, 16), date(2026, 7, 15), False),
        ("2026-07-15 09:30", utc(2026, 7, 15, 1, 30), date(2026, 7, 15), True),
        ("2026-07-14T18:00Z", utc(2026, 7, 14, 18), date(2026, 7, 15), True),
    ],
)
def test_a_bare_day_begins_in_the_business_zone_and_a_time_is_an_instant(
    cells, text, at, day, exact
):
    assert cells.moment(text) == (at, day, exact)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("fri", "is not a date"),
        ("7月1日", "has no year of four digits"),
        ("01/02/26", "has no year of four digits"),
        ("+3d" + "x" * 80, "has no year of four digits"),
        ("2026-02-30", "is not a day in the calendar"),
    ],
)
def test_a_file_cannot_say_what_depends_on_the_day_it_is_read(cells, text, why):
    with pytest.raises(BadDate) as refused:
        cells.moment(text)
    assert refused.value.message == f"'{text[:64]}' {why}"


def test_an_amount_is_in_the_currency_of_its_row_and_else_in_that_of_the_team(cells):
    assert cells.money("12.5万", None) == (12_500_000, "CNY")
    assert cells.money("12.5", "usd") == (1250, "USD")
    assert cells.money("$12.5", "CAD") == (1250, "CAD")
    with pytest.raises(UnknownWord):
        cells.money("12.5", "XYZ")
    with pytest.raises(BadAmount):
        cells.money("12.555", None)


@pytest.mark.parametrize(
    ("reads", "text", "value"),
    [
        (fields.TEXT, "Two pumps", "Two pumps"),
        (fields.KEY, "A-17", "A-17"),
        (fields.WORD, "price", "price"),
        (fields.NAMES, "Ann; Bo, Jr；Ann", ("Ann", "Bo, Jr")),
        (fields.TAGS, "hot, vip；hot", ("hot", "vip")),
        (fields.MONEY, "3000", (300_000, "CNY")),
        (fields.DAY, "2026-07-14T18:00Z", date(2026, 7, 15)),
        (fields.SHARE, "60%", 0.6),
        (fields.GRADE, "a", "A"),
        (fields.FLAG, "在职", 1),
        (fields.ACTIVITY, "网站访问", "site_visit"),
        (fields.DOMAIN, "www.acme.com", "acme.com"),
    ],
)
def test_each_kind_of_cell_is_read_as_what_it_is(cells, reads, text, value):
    assert cells.reader(reads)(text) == value


def test_a_moment_is_read_whole_and_one_more_kind_can_be_known(cells):
    assert cells.reader(fields.MOMENT)("2026-07-15") == cells.moment("2026-07-15")
    cells.know("shout", str.upper)
    assert cells.reader("shout")("hey") == "HEY"


@pytest.mark.parametrize(
    ("reads", "what", "most"),
    [
        (fields.TEXT, "the text", 10_000),
        (fields.KEY, "the id", 200),
        (fields.WORD, "the word", 200),
        (fields.NAMES, "the name", 300),
        (fields.TAGS, "the name", 300),
    ],
)
def test_a_text_is_no_longer_than_it_may_be(cells, reads, what, most):
    read = cells.reader(reads)
    assert read("x" * most) in {"x" * most, ("x" * most,)}
    with pytest.raises(BadText, match=rf"^{what} has {most + 1:,} characters$"):
        read("x" * (most + 1))


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("1", 1), ("0.6", 0.6), ("60%", 0.6), ("0%", 0), ("100%", 1), ("2.5%", 0.025)],
)
def test_a_share_is_written_as_a_part_or_in_percent(text, value):
    assert isclose(share(text), value)


@pytest.mark.parametrize("text", ["60", "1.01", "-0.1", "101%", "-1%", "x", "%", "nan", "60%%"])
def test_what_could_be_either_or_is_no_share_is_refused(text):
    with pytest.raises(UsageError) as refused:
        share(text)
    assert refused.value.message == f"'{text}' is not a probability; write 60% or 0.6"


@pytest.mark.parametrize(
    ("held", "told", "same"),
    [
        ("a", "a", True),
        ("a", "b", False),
        (3, 3, True),
        (3, "3", False),
        ("3", 3, False),
        (None, "", False),
        ("a\x1bb", r"a\x1bb", True),
        ("a\nb", r"a\nb", True),
        ("a\x1b\nb", "a\\x1b\nb", True),
        ("a\nb", "a b", False),
    ],
)
def test_a_cell_says_what_is_held_where_it_is_written_out(held, told, same):
    assert alike(held, told) is same


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Page View", "site_visit"),
        ("opened", "email_open"),
        ("下载", "download"),
        ("参会", "event"),
        ("询价", "asks_price"),
        ("要样品", "asks_sample"),
        ("咨询", "asks_question"),
        ("异议", "objects"),
        ("call", "call"),
    ],
)
def test_a_word_of_a_log_is_a_kind_of_activity(text, kind):
    assert happened(text) == kind


def test_a_word_that_no_log_has_is_refused_with_how_to_say_what_is_meant():
    with pytest.raises(UnknownWord) as unknown:
        happened("zzz")
    remedy = unknown.value.facts["remedy"]
    assert remedy.startswith('--value "kind:zzz=KIND" says what is meant: call, ')
    assert ", site_visit, " in remedy


@pytest.mark.parametrize("text", ["1", "TRUE", "yes", "Y", "active", "是", "在职", "在售"])
def test_this_is_yes(text):
    assert flag(text) == 1


@pytest.mark.parametrize("text", ["0", "False", "no", "n", "left", "retired", "否", "离职", "停售"])
def test_this_is_no(text):
    assert flag(text) == 0


def test_what_is_neither_yes_nor_no_is_said():
    with pytest.raises(UsageError, match=r"^'perhaps' is neither yes nor no$"):
        flag("perhaps")


def test_names_are_each_there_once_in_their_order():
    assert names("b; a；b;;") == ("b", "a")
    assert names("b, a") == ("b, a",)
    assert names("") == ()
