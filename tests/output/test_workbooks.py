"""Workbooks, read by openpyxl: types, formats, heading, filter, widths, and what it all means."""

import datetime as dt
import os
import tempfile

import pytest
from openpyxl import load_workbook

from dealflow.money import Money
from dealflow.output import Style, write
from dealflow.results import (
    BOOL,
    DAY,
    DUE,
    ID,
    INSTANT,
    INT,
    LIST,
    MONEY,
    NUMBER,
    RATE,
    SHARE,
    TEXT,
    VALUE,
    Column,
    Rate,
    Report,
    Stream,
    Table,
)

at = dt.datetime.fromisoformat
SHANGHAI = dt.timezone(dt.timedelta(hours=8))
NOON = int(dt.datetime(2026, 7, 1, 12, 30, 5, tzinfo=SHANGHAI).timestamp())
KINDS = (ID, TEXT, INT, NUMBER, SHARE, MONEY, BOOL, DAY, INSTANT, DUE, LIST, VALUE)
COLUMNS = tuple(Column(f"{kind}", kind, kind) for kind in KINDS)
ROW = (
    *(7, "=1+1", 3, 0.5, 0.25, Money(1234567, "CNY"), True, dt.date(2026, 7, 1), NOON),
    *(dt.date(2026, 7, 2), ("a", "b"), 1.5),
)


def book(result, tmp_path, zone=SHANGHAI):
    path = tmp_path / "a.xlsx"
    with path.open("wb") as out:
        write(result, Style("xlsx", zone, dt.date(2026, 7, 1)), out)
    return load_workbook(path)


def table(*rows, columns=COLUMNS, name="things"):
    return Table(name=name, columns=columns, rows=rows)


def test_every_kind_of_value_has_its_type(tmp_path):
    sheet = book(table(ROW), tmp_path)["things"]
    cells = {head.value: cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
    told = {name: (cell.value, cell.data_type, cell.number_format) for name, cell in cells.items()}
    assert told == {
        "id": (7, "n", "General"),
        "text": ("=1+1", "s", "General"),
        "int": (3, "n", "General"),
        "number": (0.5, "n", "General"),
        "share": (0.25, "n", "0.0%"),
        "money": (12345.67, "n", '"¥"#,##0.00'),
        "bool": (True, "b", "General"),
        "day": (at("2026-07-01"), "d", "yyyy-mm-dd"),
        "instant": (at("2026-07-01T12:30:05"), "d", "yyyy-mm-dd hh:mm"),
        "due": (at("2026-07-02"), "d", "yyyy-mm-dd"),
        "list": ("a,b", "s", "General"),
        "value": (1.5, "n", "General"),
    }


@pytest.mark.parametrize(
    ("amount", "value", "form"),
    [
        (Money(1200, "JPY"), 1200, '"JPY "#,##0'),
        (Money(1234, "KWD"), 1.234, '"KWD "#,##0.000'),
        (Money(-5, "USD"), -0.05, '"$"#,##0.00'),
        (Money(10**15 - 1, "EUR"), 9999999999999.99, '"€"#,##0.00'),
    ],
)
def test_an_amount_is_a_number_in_the_format_of_its_currency(tmp_path, amount, value, form):
    sheet = book(table((amount,), columns=(Column("x", "x", MONEY),)), tmp_path)["things"]
    assert (sheet["A2"].value, sheet["A2"].number_format) == (value, form)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "=",
        "+1",
        "-1",
        "@x",
        "#N/A",
        "#REF!",
        "007",
        "1e5",
        "2026-07-01",
        "TRUE",
        " padded ",
        "a\nb",
        "'x",
        "中文",
    ],
)
def test_text_is_text_whatever_it_looks_like(tmp_path, text):
    sheet = book(table((text,), columns=(Column("x", "x"),)), tmp_path)["things"]
    assert (sheet["A2"].value, sheet["A2"].data_type) == (text, "s")


def test_what_xml_cannot_hold_is_written_out(tmp_path):
    columns = (Column("x", "x"),)
    sheet = book(table(("a\x1b[31m\r\x00",), ("_x0041_",), columns=columns), tmp_path)["things"]
    assert sheet["A2"].value == "a\\x1b[31m\\r\\x00"
    assert sheet["A3"].value == "_x005F_x0041_"  # which Excel shows as _x0041_


def test_an_hour_that_comes_twice_keeps_its_offset(tmp_path):
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("Europe/Berlin")
    first = int(dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC).timestamp())
    columns = (Column("x", "x", INSTANT),)
    rows = [(first,), (first + 3600,), (first + 7200,)]
    sheet = book(table(*rows, columns=columns), tmp_path, zone)["things"]
    told = [sheet[f"A{n}"].value for n in (2, 3, 4)]
    assert told[0] == at("2026-10-25T02:30")
    assert told[1] == "2026-10-25T02:30:00+01:00"
    assert told[2] == at("2026-10-25T03:30")


def test_the_heading_stays_and_filters_and_columns_are_as_wide_as_what_they_hold(tmp_path):
    columns = (Column("title", "title"), Column("n", "n", INT), Column("note", "note"))
    rows = [("宏图模具数据平台项目", 1, "x" * 500), ("b", 2, "")]
    sheet = book(table(*rows, columns=columns), tmp_path)["things"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:C3")
    assert all(cell.font.b for cell in sheet[1])
    widths = [sheet.column_dimensions[letter].width for letter in "ABC"]
    assert widths == [22, 8, 60]  # ten characters of double width, and room


def test_a_rate_is_three_percents_and_the_total_is_outside_of_the_filter(tmp_path):
    columns = (Column("rep", "rep"), Column("rate", "rate", RATE, about="won of all"))
    report = Report(
        name="close-rates", title="Who closes what", as_of=NOON, definition="won / (won + lost)",
        parameters={"window": "2026-Q2", "filter": "grade:A", "by": None}, columns=columns,
        rows=[("li", Rate(1, 2, 0.5, 0.1, 0.9))], total=("all", Rate(0, 0, None, None, None)),
        notes=("few deals",),
        sections=(Table(name="deals", columns=(Column("id", "deal", ID),), rows=[(4,)]),),
    )  # fmt: skip
    made = book(report, tmp_path)
    assert made.sheetnames == ["close-rates", "deals", "about"]
    sheet = made["close-rates"]
    assert [cell.value for cell in sheet[1]] == ["rep", "rate", "rate_low", "rate_high"]
    assert [(cell.value, cell.number_format) for cell in sheet[2]][1:] == [
        (v, "0.0%") for v in (0.5, 0.1, 0.9)
    ]
    assert [cell.value for cell in sheet[3]] == ["all", None, None, None]
    assert sheet.auto_filter.ref == "A1:D2"
    about = [
        tuple(cell for cell in row if cell) for row in made["about"].iter_rows(values_only=True)
    ]
    assert about == [
        ("report", "close-rates", "Who closes what"),
        ("as of", "2026-07-01 12:30"),
        ("definition", "won / (won + lost)"),
        ("window", "2026-Q2"),
        ("filter", "grade:A"),
        ("time zone", "UTC+08:00"),
        ("note", "few deals"),
        ("column", "rep", "rep"),
        ("column", "rate", "rate; won of all"),
        (),
        ("table", "deals"),
        ("column", "id", "deal"),
    ]


def test_a_name_fits_a_sheet(tmp_path):
    made = book(table(ROW, name="a/b:c" * 20), tmp_path)
    assert made.sheetnames == ["a b ca b ca b ca b ca b ca b", "about"]


def test_rows_that_come_one_by_one_are_held_one_by_one(tmp_path):
    """Ten thousand rows: what is read is written before the end is read."""
    held, most = 0, 0

    class Text(str):
        __slots__ = ()

        def __del__(self):
            nonlocal held
            held -= 1

    def coming():
        nonlocal held, most
        for number in range(10_000):
            held += 1
            most = max(most, held)
            yield (Text(f"row {number}"),)

    stream = Stream(name="rows", columns=(Column("x", "x"),), rows=coming(), as_of=NOON)
    sheet = book(stream, tmp_path)["rows"]
    assert sheet.max_row == 10_001
    assert most < 3_000


def test_what_fails_leaves_nothing_beside(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def breaking():
        yield from [("a",)] * 2000
        raise RuntimeError

    stream = Stream(name="rows", columns=(Column("x", "x"),), rows=breaking(), as_of=NOON)
    with pytest.raises(RuntimeError), (tmp_path / "a.xlsx").open("wb") as out:
        write(stream, Style("xlsx", SHANGHAI, dt.date(2026, 7, 1)), out)
    assert os.listdir(tmp_path) == ["a.xlsx"]


# ── from the command line ────────────────────────────────────────────────────────────────────


def test_questions_become_workbooks(dealflow, tmp_path):
    dealflow.ok("add", "=Pumps", "-v", "KWD 1.234")
    for words in (
        ["list"],
        ["leakage"],
        ["show", "1"],
        ["agenda"],
        ["close-rates"],
        ["settings", "list"],
    ):
        path = tmp_path / f"{words[0]}.xlsx"
        said = dealflow.ok(*words, "-o", str(path))
        assert said.out == ""
        assert load_workbook(path).sheetnames[-1] == "about"
    sheet = load_workbook(tmp_path / "list.xlsx")["deals"]
    assert [cell.value for cell in sheet[2]][:2] == [1, "=Pumps"]


def test_a_workbook_goes_into_a_pipe_as_well(cli_without_database, tmp_path, monkeypatch):
    line = cli_without_database
    line.ok("init", "--pipeline", "en", "--currency", "CNY", "--timezone", "Asia/Shanghai")
    line.captured.readouterr()
    from dealflow import cli

    assert cli.execute(["reps", "list", "-o", "xlsx"]) == 0
    out, _ = line.captured.readouterr()
    (tmp_path / "a.xlsx").write_bytes(out)
    assert load_workbook(tmp_path / "a.xlsx")["reps"]["A2"].value == "li"


def test_a_document_is_no_table(dealflow):
    said = dealflow("stages", "export", "-o", "xlsx")
    assert (said.code, said.out) == (2, "")
    assert "is no table" in said.err
