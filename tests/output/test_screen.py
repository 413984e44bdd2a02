"""What a person sees, at the widths that terminals have."""

import re
import subprocess
import sys
import time
from datetime import date

import pytest
from rich.cells import cell_len

from dealflow import results as r
from dealflow.results import Column, Record, Report, Table, Written

WIDTHS = (40, 60, 80, 120, 200)
ESCAPE = re.compile("\x1b\\[[0-9;]*m")


def a_list(*titles: str) -> Table:
    columns = (Column("id", "id", r.ID), Column("title", "deal"), Column("n", "calls", r.INT))
    return Table(name="t", columns=columns, rows=[(1, title, 12) for title in titles])


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("what", ["deals", "record", "report"])
def test_no_line_is_wider_than_the_terminal(what, width, request, shown):
    lines = shown(request.getfixturevalue(what), "table", width=width).splitlines()
    assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize("width", [*WIDTHS, None])
def test_columns_stand_below_each_other_whatever_the_script(width, shown):
    table = a_list(
        "年度框架合同", "Acme", "混合 mixed ，全角", "👨‍👩‍👧‍👦 deal", "é\u0301", "\x1b[31m\u202e"
    )
    lines = shown(table, "table", width=width).splitlines()
    assert len({cell_len(line) for line in lines}) == 1


@pytest.mark.parametrize("width", [*WIDTHS, None])
def test_every_figure_date_and_amount_is_whole_at_every_width(deals, width, shown):
    text = shown(deals, "table", width=width)
    for whole in ("¥1,200,000", "2026-06-30 14:13", "2026-07-15", "75.0 %", "30.0–95.4", "12,345"):
        assert whole in text


@pytest.mark.parametrize("width", [50, 60, 80])
def test_a_sentence_in_a_section_has_lines_of_its_own_and_is_never_cut(width, shown):
    told = " ".join(f"reason{n}" for n in range(20))
    columns = (
        Column("id", "deal", r.ID),
        Column("title", "title"),
        Column("why", "why", r.SENTENCE),
        Column("n", "calls", r.INT),
    )
    section = Table(name="deals", columns=columns, rows=[(1, "年度框架合同", told, 12)])
    record = Record(name="x", title="X", columns=columns[:1], row=(1,), sections=(section,))
    lines = shown(record, "table", width=width).splitlines()
    assert max(map(cell_len, lines)) <= width
    assert "…" not in "\n".join(lines)
    assert told.split() == re.findall(r"reason\d+", " ".join(lines))


def test_nothing_is_cut_without_a_width(shown):
    assert "L" * 5000 in shown(a_list("L" * 5000), "table")


def test_a_cut_cell_says_so(shown):
    line = shown(a_list("年度框架合同" * 20), "table", width=60).splitlines()[2]
    assert line == " 1  年度框架合同年度框架合同年度框架合同年度框架合同…     12"


def test_markup_and_emoji_codes_are_shown_as_written(shown):
    text = shown(a_list("[red]x[/red] [/] :boom: [link=https://e]y[/link]"), "table", width=80)
    assert "[red]x[/red] [/] :boom: [link=https://e]y[/link]" in text


def test_what_has_no_value_is_a_dash(deals, shown):
    assert shown(deals, "table").splitlines()[-3].count("–") >= 4


def test_machine_columns_stay_off_the_screen_and_the_other_way_round(deals, shown):
    assert "CNY" not in shown(deals, "table")
    assert "log 20" in shown(deals, "table")
    assert "log 20" not in shown(deals, "tsv")


def test_colour_adds_nothing_but_colour(deals, record, report, shown):
    for result in (deals, record, report):
        plain = shown(result, "table", width=120)
        assert "\x1b" not in plain
        assert ESCAPE.sub("", shown(result, "table", width=120, colour=True)) == plain


def test_rows_alone_without_header(shown):
    assert shown(a_list("Acme"), "table", width=80, header=False) == " 1  Acme     12\n"


def test_lines_have_no_blanks_at_their_ends(record, report, shown):
    for result in (record, report):
        text = ESCAPE.sub("", shown(result, "table", width=120, colour=True))
        assert not re.search(" $", text, re.MULTILINE)


def test_an_empty_list_leaves_stdout_empty_and_says_so(shown, capsys):
    assert shown(Table(name="t", columns=(), rows=[], empty="nothing is overdue"), "table") == ""
    assert capsys.readouterr().err == "nothing is overdue\n"


def test_an_empty_report_with_a_full_section_is_drawn(report, shown, capsys):
    empty = Report(
        name="x", title="X", as_of=0, definition="d", parameters={}, columns=report.columns,
        rows=[], sections=report.sections, empty="no deal closed",
    )  # fmt: skip
    text = shown(empty, "table", width=80)
    assert "no deal closed" in text
    assert "潜在客户" in text
    assert capsys.readouterr().err == ""


def test_a_change_says_its_sentence_on_stderr_only(shown, capsys):
    change = Written(
        name="deal", columns=(Column("id", "id", r.ID),), rows=[(3,)], said=("3 is won \x1b",)
    )
    assert shown(change, "table") == ""
    assert capsys.readouterr().err == "3 is won \\x1b\n"
    assert shown(change, "ids") == "3\n"
    assert capsys.readouterr().err == "3 is won \\x1b\n"
    shown(change, "json")
    assert capsys.readouterr().err == ""


def test_remarks_without_room_go_to_stderr(deals, report, shown, capsys):
    shown(deals, "tsv")
    assert capsys.readouterr().err == "note: 4 of 140 shown\n"
    shown(report, "json")
    assert capsys.readouterr().err == ""
    shown(report, "csv")
    assert capsys.readouterr().err == "note: no stage stands out\n"


def test_a_line_end_in_a_fact_cannot_pretend_to_be_another_fact(shown):
    columns = (Column("title", "deal"), Column("status", "status"))
    deal = Record(name="d", title="x", columns=columns, row=("Acme\nstatus  won", "lost"))
    lines = shown(deal, "table", width=80).splitlines()
    assert lines[2:] == ["deal    Acme", "        status  won", "status  lost"]


def test_machine_formats_load_no_rich():
    code = (
        "import sys, io, datetime as d; from dealflow.output import *; from dealflow.results import *;"
        "t = Table(name='t', columns=(Column('x', 'x'),), rows=[('a',)]);"
        "[write(t, Style(f, d.timezone.utc, d.date(2026, 1, 1)), io.BytesIO()) for f in FORMATS[1:-2]];"
        "print('rich' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


def test_long_runs_of_blanks_take_no_time(shown):
    columns = (Column("a", "a"), Column("b", "b"), Column("c", "c"))
    rows = [("x", "y" + " " * 100_000 + "y", "z"), ("x" * 100_000, "", "z")]
    start = time.process_time()
    shown(Table(name="t", columns=columns, rows=rows), "table")
    shown(Record(name="t", title="t", columns=columns, row=rows[0]), "table")
    assert time.process_time() - start < 2


def test_the_day_that_is_today_stands_out(shown):
    columns = (Column("due", "due", r.DUE),)
    table = Table(name="t", columns=columns, rows=[(date(2026, 6, 30),), (date(2026, 7, 1),)])
    lines = shown(table, "table", width=80, colour=True).splitlines()
    assert lines[2:] == ["\x1b[1m2026-06-30\x1b[0m", "2026-07-01"]


@pytest.mark.parametrize("width", [40, 60, 120])
def test_a_note_of_several_lines_keeps_them_in_a_section(width, shown):
    columns = (Column("kind", "kind"), Column("at", "when", r.INSTANT), Column("note", "note"))
    notes = Table(name="log", columns=columns, rows=[("call", 0, "first line\nsecond line")])
    deal = Record(name="d", title="x", columns=columns[:1], row=("a",), sections=(notes,))
    lines = shown(deal, "table", width=width).splitlines()
    first = next(at for at, line in enumerate(lines) if "first line" in line)
    column = lines[first].index("first line")
    assert lines[first + 1] == " " * column + "second line"
