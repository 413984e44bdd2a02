"""How a file writes dates and numbers, decided against a slow reference that tries every reading."""

import time
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealflow.errors import UsageError
from dealflow.interchange.conventions import (
    COMMA,
    POINT,
    Conventions,
    DateOrder,
    NumberStyle,
    Shares,
    conventions_of,
    numbers_named,
    order_named,
    orders_of,
    plain_date,
    plain_number,
    plain_share,
)
from dealflow.interchange.units import in_unit, without_unit

PATTERNS = {"dmy": "{d:02}/{m:02}/{y}", "mdy": "{m:02}/{d:02}/{y}"}
days = st.lists(st.dates(date(1990, 1, 1), date(2060, 1, 1)), min_size=1, max_size=8)


def readings(cells):
    """Every order in which all cells are days, with those days: by trying."""
    found = {}
    for order in ("dmy", "mdy"):
        told = []
        for cell in cells:
            numbers = dict(zip(order, map(int, cell.split("/")), strict=True))
            try:
                told.append(date(numbers["y"], numbers["m"], numbers["d"]))
            except ValueError:
                break
        else:
            found[order] = told
    return found


@given(days, st.sampled_from(["dmy", "mdy"]))
def test_the_order_is_the_only_one_that_fits_or_is_asked_for(told, written):
    cells = [PATTERNS[written].format(d=one.day, m=one.month, y=one.year) for one in told]
    judge = DateOrder()
    for cell in cells:
        judge.see(cell)
    possible = readings(cells)
    if len(possible) > 1 and possible["dmy"] != possible["mdy"]:
        with pytest.raises(UsageError) as asked:
            judge.decided(None)
        assert asked.value.hint == "add --dates dmy or --dates mdy"
        assert judge.decided(written) == written
    else:
        order = judge.decided(None)
        assert [plain_date(cell, order) for cell in cells] == [one.isoformat() for one in told]


def test_one_cell_decides_for_the_whole_file():
    judge = DateOrder()
    for cell in ("03/11/2017", "13/02/2017", "05/06/2017"):
        judge.see(cell)
    assert judge.decided("mdy") == "dmy"


def test_cells_of_two_orders_are_refused():
    judge = DateOrder()
    for cell in ("13/02/2017", "02/13/2017"):
        judge.see(cell)
    with pytest.raises(UsageError) as refused:
        judge.decided("mdy")
    assert refused.value.message == ("'02/13/2017' is no date in the order of the dates before it")
    assert refused.value.hint == "--dates dmy, mdy or ymd says the order; or mend the cells"


def test_what_a_date_may_be_is_asked_day_by_day():
    judge = DateOrder()
    judge.see("03/11/12")
    with pytest.raises(UsageError) as asked:
        judge.decided(None)
    assert asked.value.message == "'03/11/12' may be 3 November 2012 or 11 March 2012"


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        ([], None),
        (["fri", "2017-03-11"], None),
        (["13/11/12"], "dmy"),  # a year of two digits comes first only where nothing else fits
        (["99/12/31"], "ymd"),
        (["03/03/2017"], "dmy"),  # the same day by either order
    ],
)
def test_the_order_that_is_decided_without_a_layout(cells, order):
    judge = DateOrder()
    for cell in cells:
        judge.see(cell)
    assert judge.decided(None) == order


def test_a_cell_means_a_day_for_each_order_that_makes_one():
    november, march = date(2017, 11, 3), date(2017, 3, 11)
    assert orders_of("3/11/17") == {"dmy": november, "mdy": march}
    assert orders_of("03/11/17") == {"dmy": november, "mdy": march, "ymd": date(2003, 11, 17)}
    assert orders_of("03/11/0005").keys() == {"dmy", "mdy"}
    assert orders_of("40/13/68") == {}
    assert orders_of("fri") is orders_of("2017/3/11") is None


@pytest.mark.parametrize(
    ("cell", "order", "plain"),
    [
        ("02/23/26 08:55 PM", "mdy", "2026-02-23 08:55 PM"),
        ("3/11/2017", "mdy", "2017-03-11"),
        ("13/14/2017", "mdy", "13/14/2017"),
        ("3/11/2017 at 10:00", "mdy", "2017-03-11 10:00"),
        ("3/11/2017 AT 10:00", "mdy", "2017-03-11 10:00"),
        ("3/11/2017, 10:00 UTC", "mdy", "2017-03-11 10:00Z"),
        ("3/11/2017T10:00 GMT", "mdy", "2017-03-11 10:00Z"),
        ("20201222 10:00 UTC", None, "20201222 10:00Z"),
        ("20201222 10:00 GMT", None, "20201222 10:00Z"),
        ("99/12/31", "ymd", "1999-12-31"),
        ("31.12.69", "dmy", "1969-12-31"),
        ("２０２６/３/１", None, "2026-03-01"),
        ("2017.3.11", None, "2017-03-11"),
        ("2020-12-22T21:16:01Z", None, "2020-12-22 21:16:01Z"),
        ("05-Mar-24", None, "2024-03-05"),
        ("March 5, 2024", None, "2024-03-05"),
        ("1700000000000", None, "2023-11-14T22:13:20Z"),
        ("1700000000.123", None, "2023-11-14T22:13:20Z"),
        ("fri", "dmy", "fri"),
    ],
)
def test_a_date_is_written_so_that_it_can_be_read_in_one_way(cell, order, plain):
    assert plain_date(cell, order) == plain


def test_seconds_since_1970_are_those_of_utc_wherever_the_machine_stands(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        assert plain_date("1700000000000", None) == "2023-11-14T22:13:20Z"
    finally:
        monkeypatch.undo()
        time.tzset()


amounts = st.integers(0, 10**9)


@given(st.lists(amounts, min_size=1, max_size=6), st.sampled_from([POINT, COMMA]), st.booleans())
def test_numbers_are_read_as_they_were_written(cents, style, grouped):
    told = [f"{n // 100:,}.{n % 100:02}" if grouped else f"{n // 100}.{n % 100:02}" for n in cents]
    swap = str.maketrans(",.", ".,") if style == COMMA else {}
    cells = [cell.translate(swap) for cell in told]
    judge = NumberStyle()
    for cell in cells:
        judge.see(cell)
    decided = judge.decided("amount", None)
    assert decided == style
    assert [plain_number(cell, decided) for cell in cells] == [c.replace(",", "") for c in told]


@pytest.mark.parametrize(
    ("cells", "style"),
    [
        (["1,234"], POINT),
        (["1.234", "5,5"], COMMA),
        (["1.234", "5.5"], POINT),
        (["1.234.567"], COMMA),
        (["1234", "12"], POINT),
        (["1.234万"], POINT),
        (["1 234,50"], COMMA),
        (["5.5", "1.234"], POINT),
        (["5,5", "1.234"], COMMA),
        (["n/a", "5,5"], COMMA),
    ],
)
def test_one_number_decides_for_its_column(cells, style):
    judge = NumberStyle()
    for cell in cells:
        judge.see(cell)
    assert judge.decided("amount", None) == style


def test_a_point_before_three_digits_alone_is_asked_for():
    judge = NumberStyle()
    judge.see("1.234")
    with pytest.raises(UsageError) as asked:
        judge.decided("amount", None)
    assert asked.value.message == "amount: '1.234' may have a decimal point or separate thousands"
    assert asked.value.hint == "add --numbers 1,234.50 or --numbers 1.234,50"
    assert judge.decided("amount", COMMA) == COMMA


@pytest.mark.parametrize("cells", [("1,234.5", "1.234,5"), ("1.234,5", "1,234.5")])
def test_a_column_that_is_written_in_two_ways_is_read_as_on_the_command_line(cells):
    judge = NumberStyle()
    for cell in cells:
        judge.see(cell)
    assert judge.decided("amount", COMMA) == POINT


def test_what_is_no_number_of_the_convention_stays_as_it_is():
    assert plain_number("n/a", POINT) == "n/a"
    assert plain_number("1.234,5", POINT) == "1.234,5"
    assert (plain_number("1.234", POINT), plain_number("1.234", COMMA)) == ("1.234", "1234")
    assert conventions_of("n/a") == conventions_of("1234") == {POINT, COMMA}


def test_what_stands_around_a_number_stays():
    for before, after in product(("¥", "$", "USD "), ("", "万", " €")):
        cell = f"{before}1.234,5{after}"
        assert plain_number(cell, COMMA) == f"{before}1234.5{after}"


def test_shares_are_percents_where_the_column_says_so():
    assert plain_share("60", percent=True) == "60%"
    assert plain_share("0.6", percent=False) == "0.6"
    assert plain_share("60%", percent=True) == "60%"


@pytest.mark.parametrize(
    ("cells", "percent"),
    [
        ([], False),
        (["0.5", "1", "1.0"], False),
        (["0.5", "1.01"], True),
        (["60", "0.5"], True),
        ([" ６０ "], True),
        (["60%", "high", "1.2.3"], False),
    ],
)
def test_one_bare_number_above_one_makes_a_column_percents(cells, percent):
    judge = Shares()
    for cell in cells:
        judge.see(cell)
    assert judge.percent is percent


def test_what_was_decided_holds_for_the_column_it_was_decided_for():
    told = Conventions("dmy", {"Betrag": COMMA, "Wert (Mio)": COMMA}, frozenset({"Chance"}))
    assert told.date("03/11/2017") == "2017-11-03"
    assert told.number("Betrag")("1.234,5") == "1234.5"
    assert told.number("Wert (Mio)")("1,5") == "1.5m"
    assert told.number("Amount")("1,234.5") == "1234.5"
    assert told.number("金额（万元）")("1,234.5") == "1234.5万元"
    assert told.number("金额（万元）")("3亿") == "3亿"
    assert told.share("Chance")("60") == "60%"
    assert told.share("Share")("60") == "60"
    assert Conventions().date("03/11/2017") == "03/11/2017"


def test_a_heading_loses_its_unit_and_nothing_else():
    assert without_unit("金额（万元）") == "金额"
    assert without_unit("Amount (All)") == "Amount (All)"
    assert in_unit(" -1,234.5", "k") == " -1,234.5k"
    assert in_unit("3k", "m") == "3k"
    assert in_unit("3", "") == "3"


def test_what_options_say_is_one_of_the_ways_there_are():
    assert order_named(None) is numbers_named(None) is None
    assert [order_named(word) for word in ("dmy", "mdy", "ymd")] == ["dmy", "mdy", "ymd"]
    assert [numbers_named(word) for word in (POINT, COMMA)] == [POINT, COMMA]
    with pytest.raises(UsageError, match=r"^--dates is dmy or mdy or ymd, not 'DMY'$"):
        order_named("DMY")
    with pytest.raises(UsageError, match=r"^--numbers is 1,234\.50 or 1\.234,50, not '1234'$"):
        numbers_named("1234")
