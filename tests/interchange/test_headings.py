"""Titles above a heading, and units in one."""

from __future__ import annotations

import pytest

from dealflow.interchange.fields import titles_above
from dealflow.interchange.units import in_unit, unit_of


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("金额（万元）", "万元"),
        ("预计金额(元)", "元"),
        ("合同额【万美元】", "万美元"),
        ("Amount (USD)", "USD"),
        ("Amount (k)", "k"),
        ("Revenue ('000)", "k"),
        ("Deal value (Thousands)", "k"),
        ("Wert (€)", "€"),
        ("Amount", ""),
        ("Probability (%)", ""),
        ("Lifecycle (Days)", ""),
        ("Amount (converted)", ""),
        ("Amount (All)", ""),
        ("Amount (net)", ""),
        ("Amount (2026)", ""),
        ("Amount (USD) total", ""),
        ("()", ""),
    ],
)
def test_a_unit_is_what_an_amount_can_end_with(heading, unit):
    assert unit_of(heading) == unit


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("12.5", "12.5万"),
        ("-3", "-3万"),
        ("¥12.5", "¥12.5"),
        ("3亿", "3亿"),
        ("", ""),
        ("n/a", "n/a"),
    ],
)
def test_only_a_bare_number_takes_the_unit(number, told):
    assert in_unit(number, "万") == told
    assert in_unit(number, "") == number


def test_amounts_are_read_in_the_unit_of_their_heading(dealflow):
    rows = '商机名称,金额（万元）\n甲,12.5\n乙,"1,200"\n丙,3亿\n丁,\n'
    said = dealflow.ok("import", "-", stdin=rows)
    assert "bare numbers in 金额（万元） are read in 万元" in said.err
    assert dealflow.rows("SELECT title, amount FROM opportunity ORDER BY id") == [
        ("甲", 12_500_000),
        ("乙", 1_200_000_000),
        ("丙", 30_000_000_000),
        ("丁", None),
    ]
    dealflow.ok("import", "-", stdin="title,Amount (USD)\nPumps,100\n")
    found = dealflow.rows("SELECT amount, currency FROM opportunity WHERE title = 'Pumps'")
    assert found == [(10_000, "USD")]


@pytest.mark.parametrize(
    ("lines", "above"),
    [
        ([["Deals"], ["Active", ""], ["Name", "Stage", "Owner"], ["a", "b", "c"]], 2),
        ([["Report of May"], [], ["Name", "Stage", "Owner"]], 2),
        ([["Name", "Stage", "Owner"], ["a", "b", "c"]], 0),
        ([["title"], ["Pumps", "and", "more"]], 0),
        ([["Q2 deals"], ["a", "b"]], 0),
        ([["Deals"], ["Active"]], 0),
        ([[""], [""]], 0),
        ([], 0),
    ],
)
def test_titles_are_lines_of_one_cell_above_a_wide_one(lines, above):
    assert titles_above(lines) == above


TITLED = "Our deals,,,\nas of May,,,\nName,Stage,Owner,Deal Value\nPumps,lead,li,100\n"


def test_lines_above_the_heading_are_left_out_and_lines_keep_their_numbers(dealflow):
    said = dealflow.ok("import", "-", stdin=TITLED)
    assert "2 lines above the heading left out" in said.err
    assert [deal["title"] for deal in dealflow.json("list")] == ["Pumps"]
    said = dealflow("import", "-", stdin=TITLED + "Hoses,nowhere,li,1\n")
    assert "line 5: no stage 'nowhere'" in said.err


BOARD = """Deals,,,,
Active,,,,
Name,Stage,Owner,Deal Value,Item ID
Pumps,lead,li,100,1
Only a name,,,,
,,,100,
Closed,,,,
Name,Stage,Owner,Deal Value,Item ID
Hoses,lead,li,200,2
,,,200,
"""


def test_names_headings_and_sums_of_groups_are_no_rows(dealflow):
    said = dealflow.ok("import", "-", stdin=BOARD)
    assert "recognised as monday-board" in said.err
    assert "4 lines between the rows left out" in said.err
    titles = [deal["title"] for deal in dealflow.json("list", "--sort", "id")]
    assert titles == ["Pumps", "Only a name", "Hoses"]
