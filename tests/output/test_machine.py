"""JSON, NDJSON, CSV, TSV and ids, read back by independent readers."""

import csv
import io
import json
import re
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealflow import results as r
from dealflow.errors import UnknownWord, UsageError
from dealflow.money import Money
from dealflow.output import default_format
from dealflow.output.text import clean_lines
from dealflow.results import Column, Document, Table, Written

anything = st.text(st.characters() | st.sampled_from("\x1b\u202e\ud800\n\t\r=+-@'\"\\,|＝"))
FORMULA = re.compile("\\s*[=+\\-@＝＋－＠\t\r]")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def one_column(*texts: object, kind: str = r.TEXT) -> Table:
    return Table(name="t", columns=(Column("x", "x", kind),), rows=[(text,) for text in texts])


def test_a_list_is_an_array_of_flat_objects(deals, shown):
    first, second, third, fourth = json.loads(shown(deals, "json"), parse_float=Decimal)
    assert first == {
        "id": 1,
        "title": "年度框架合同",
        "stage": "价格谈判",
        "amount": Decimal("1200000.00"),
        "currency": "CNY",
        "chance": Decimal("0.75"),
        "chance_low": Decimal("0.3"),
        "chance_high": Decimal("0.954"),
        "due": "2026-06-30",
        "since": "2026-06-30T14:13:20+08:00",
        "close": "2026-07-15",
        "days": Decimal("11.5"),
        "calls": 12345,
        "forced": True,
        "tags": ["框架", "续约"],
    }
    assert (second["due"], second["since"]) == (
        "2026-06-30T14:13:20+08:00",
        "1970-01-01T08:00:00+08:00",
    )
    assert (second["amount"], third["amount"]) == (Decimal("-0.01"), 5)
    assert second["chance"] is second["chance_low"] is third["chance"] is third["days"] is None
    assert fourth["title"] is fourth["amount"] is None
    assert "hint" not in first


def test_an_empty_list_is_an_empty_array(shown):
    assert shown(one_column(), "json") == "[]\n"
    assert shown(one_column(), "ndjson") == ""
    assert shown(one_column(), "tsv") == "x\n"


def test_a_record_is_an_object_with_its_sections(record, shown):
    read = json.loads(shown(record, "json"))
    assert list(read)[:3] == ["id", "title", "stage"]
    assert read["follow_ups"] == []
    assert [visit["stage"] for visit in read["visits"]] == ["潜在客户", "意向客户"]
    assert json.loads(shown(record, "ndjson")) == read


def test_a_report_explains_itself(report, shown):
    read = json.loads(shown(report, "json"), parse_float=Decimal)
    assert list(read) == ["report", "as_of", "definition", "parameters", "rows", "notes", "visits"]
    assert read["report"] == "chances"
    assert read["as_of"] == "2026-06-30T14:13:20+08:00"
    assert read["parameters"] == {"window": "2026-Q2", "by": None, "least": Decimal("100.00")}
    assert len(read["rows"]) == 4
    assert read["notes"] == ["no stage stands out"]
    assert [json.loads(line)["title"] for line in shown(report, "ndjson").splitlines()] == [
        row["title"] for row in read["rows"]
    ]


@pytest.mark.parametrize(("many", "expected"), [(False, {"id": 3}), (True, [{"id": 3}])])
def test_what_was_written_is_an_object_or_for_many_targets_an_array(many, expected, shown, capsys):
    result = Written(name="deal", columns=(Column("id", "id", r.ID),), rows=[(3,)], many=many)
    assert json.loads(shown(result, "json")) == expected


def test_a_document_is_its_text_except_in_json(shown):
    document = Document(
        name="pipeline", text="[[stage]]\nkey = 'a'\n", data={"stage": [{"p": 0.2}]}
    )
    for fmt in ("table", "csv", "tsv", "md", "ids"):
        assert shown(document, fmt) == document.text
    assert json.loads(shown(document, "json")) == {"stage": [{"p": 0.2}]}
    bare = Document(name="pipeline", text="x\n")
    assert json.loads(shown(bare, "ndjson")) == {"name": "pipeline", "text": "x\n"}


@given(st.lists(anything, max_size=5))
def test_json_parses_back_to_the_exact_text(texts):
    from dealflow.output.machine import objects

    table = one_column(*texts)
    lines = list(objects(table.columns, table.rows, None))
    assert [json.loads(line)["x"] for line in lines] == texts


@given(st.integers(-(10**15), 10**15), st.sampled_from(["CNY", "JPY", "KWD"]))
def test_money_keeps_every_digit(minor, currency):
    from dealflow.output.jsontext import value

    exponent = {"CNY": 2, "JPY": 0, "KWD": 3}[currency]
    read = json.loads(value(Money(minor, currency)), parse_float=Decimal)
    assert Decimal(read) * 10**exponent == minor


@given(st.lists(anything, max_size=6))
def test_tsv_has_one_line_per_record(shown, texts):
    text = shown(one_column(*texts), "tsv")
    assert text.count("\n") == len(texts) + 1
    assert len(text.splitlines()) == len(texts) + 1


def test_tsv_cells_stand_under_their_names(deals, shown):
    lines = [line.split("\t") for line in shown(deals, "tsv").splitlines()]
    assert {len(line) for line in lines} == {15}
    assert dict(zip(*lines[:2], strict=True))["tags"] == "框架,续约"
    assert len(shown(deals, "tsv", header=False).splitlines()) == 4


def test_nothing_is_cut_in_a_pipe(shown):
    assert shown(one_column("L" * 100_000), "tsv", width=20) == "x\n" + "L" * 100_000 + "\n"


@given(st.lists(anything, min_size=1, max_size=6))
def test_csv_reads_back_once_the_guard_is_off(shown, texts):
    rows = list(csv.reader(io.StringIO(shown(one_column(*texts), "csv"), newline="")))
    cells = [cell for (cell,) in rows[1:]]
    assert not [c for c in cells if FORMULA.match(c) and not NUMBER.fullmatch(c)]
    assert [cell.removeprefix("'") for cell in cells] == [clean_lines(text) for text in texts]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=6))
def test_raw_csv_is_exact(shown, texts):
    text = shown(one_column(*texts), "csv", raw=True)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert [cell for (cell,) in rows[1:]] == texts


@pytest.mark.parametrize("number", ["-5", "+8613800000000", "-1.50"])
def test_numbers_need_no_guard(number, shown):
    assert shown(one_column(number), "csv") == f'"x"\n"{number}"\n'
    assert shown(one_column(Money(-150, "CNY"), kind=r.MONEY), "csv") == '"x"\n"-1.50"\n'


def test_ids_of_what_has_none_are_refused_before_anything_is_written(report, shown):
    with pytest.raises(UsageError, match="chances has no ids"):
        shown(report, "ids")


def test_an_unknown_format_is_refused(deals, shown):
    with pytest.raises(UnknownWord, match="unknown format 'jsno'"):
        shown(deals, "jsno")


def test_the_default_depends_on_what_reads_it(deals, report):
    change = Written(name="deal", columns=(Column("id", "id", r.ID),), rows=[(3,)])
    setting = Written(name="setting", columns=(Column("key", "key"),), rows=[("zone",)])
    assert [default_format(x, True) for x in (deals, report, change)] == ["table"] * 3
    assert [default_format(x, False) for x in (deals, report)] == ["tsv"] * 2
    assert default_format(change, False) == "ids"
    assert default_format(setting, False) == "tsv"


def test_a_long_list_comes_in_pieces(style_of):
    from dealflow.output import pieces

    table = one_column(*range(5000), kind=r.INT)
    for fmt in ("json", "ndjson", "csv", "tsv"):
        assert sum(1 for _ in pieces(table, style_of(fmt))) >= 10


def test_a_large_json_list_is_quick(shown):
    columns = (*(Column(f"c{n}", "c") for n in range(12)), Column("m", "m", r.MONEY))
    row = ("年度框架合同",) * 12 + (Money(123_456, "CNY"),)
    start = time.process_time()
    shown(Table(name="t", columns=columns, rows=[row] * 8800), "json")
    assert time.process_time() - start < 1  # about 0.08 s; the margin is for busy machines
