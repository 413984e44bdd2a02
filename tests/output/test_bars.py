"""Bars and curves, character by character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealflow import results as r
from dealflow.output.bars import span_bar, sparkline
from dealflow.results import Column, Table

share = st.floats(0, 1)


@pytest.mark.parametrize(
    ("start", "end", "drawn"),
    [
        (0, 1, "━━━━"),
        (0, 0.5, "━━  "),
        (0.5, 1, "  ━━"),
        (1, 0.5, "  ━━"),
        (0.125, 0.375, "╺╸  "),
        (0, 0.001, "╸   "),
        (0.999, 1, "   ╺"),
        (0.5, 0.5, "    "),
    ],
)
def test_a_bar_goes_from_here_to_there(start, end, drawn):
    assert span_bar(start, end, 4) == drawn


@given(share, share, st.integers(1, 30))
def test_what_is_there_is_seen_and_nothing_else(start, end, width):
    drawn = span_bar(start, end, width)
    assert len(drawn) == width
    assert (drawn.strip() == "") == (start == end)


def test_a_curve_has_a_cell_for_each_value():
    assert sparkline([0, 0.124, 0.125, 0.5, 0.99, 1, None]) == "▁▁▂▅██·"


def test_drawings_stand_on_screens_only(shown):
    columns = (
        Column("name", "name"),
        Column("curve", "curve", r.SPARK, r.SCREEN),
        Column("bar", "", r.BAR, r.SCREEN),
    )
    table = Table(
        name="t", columns=columns, rows=[("a", (0.0, 1.0), (0.0, 1.0)), ("b", None, None)]
    )
    assert "▁█" in shown(table, "table", width=60)
    assert "━━━" in shown(table, "table", width=60)
    for fmt in ("json", "ndjson", "csv", "tsv", "md"):
        said = shown(table, fmt)
        assert "█" not in said
        assert "━" not in said


def test_a_bar_gives_way_where_there_is_no_room(shown):
    columns = (Column("name", "name"), Column("bar", "", r.BAR, r.SCREEN))
    table = Table(name="t", columns=columns, rows=[("a" * 30, (0.0, 1.0))])
    assert "━" * 10 in shown(table, "table", width=44)
    assert "━" not in shown(table, "table", width=34).splitlines()[-1].replace("─", "")
