"""How a file writes dates and numbers, decided against a slow reference that tries every reading."""

from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealflow.errors import UsageError
from dealflow.interchange.conventions import (
    COMMA,
    POINT,
    DateOrder,
    NumberStyle,
    plain_date,
    plain_number,
    plain_share,
)

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
        assert "--dates" in asked.value.hint
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
    with pytest.raises(UsageError):
        judge.decided("mdy")


@pytest.mark.parametrize(
    ("cell", "order", "plain"),
    [
        ("02/23/26 08:55 PM", "mdy", "2026-02-23 08:55 PM"),
        ("3/11/2017", "mdy", "2017-03-11"),
        ("31.12.69", "dmy", "1969-12-31"),
        ("２０２６/３/１", None, "2026-03-01"),
        ("2017.3.11", None, "2017-03-11"),
        ("2020-12-22T21:16:01Z", None, "2020-12-22 21:16:01Z"),
        ("05-Mar-24", None, "2024-03-05"),
        ("March 5, 2024", None, "2024-03-05"),
        ("1700000000000", None, "2023-11-14T22:13:20Z"),
        ("fri", "dmy", "fri"),
    ],
)
def test_a_date_is_written_so_that_it_can_be_read_in_one_way(cell, order, plain):
    assert plain_date(cell, order) == plain


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
    assert "--numbers" in asked.value.hint
    assert judge.decided("amount", COMMA) == COMMA


def test_what_stands_around_a_number_stays():
    for before, after in product(("¥", "$", "USD "), ("", "万", " €")):
        cell = f"{before}1.234,5{after}"
        assert plain_number(cell, COMMA) == f"{before}1234.5{after}"


def test_shares_are_percents_where_the_column_says_so():
    assert plain_share("60", percent=True) == "60%"
    assert plain_share("0.6", percent=False) == "0.6"
    assert plain_share("60%", percent=True) == "60%"
