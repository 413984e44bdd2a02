"""Files as rows: line numbers, formats, encodings, and what is refused as a whole."""

import io

import pytest

from dealflow.errors import BadRows, UnknownWord, Unusable
from dealflow.interchange.rejects import Reject
from dealflow.interchange.sources import open_source


@pytest.fixture
def rows_of(tmp_path):
    def read(content: str | bytes, name="deals.csv", format_=None, encoding=None):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        source = open_source(str(path), format_, encoding)
        try:
            return source.header, list(source.rows())
        finally:
            source.close()

    return read


def test_a_row_has_the_line_on_which_it_starts(rows_of):
    header, rows = rows_of('a,b\r\n1,"two\nlines"\r\n\r\n3,4')
    assert header == ["a", "b"]
    assert rows == [(2, ["1", "two\nlines"]), (5, ["3", "4"])]


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_the_separator_is_seen_in_the_heading(rows_of, separator):
    text = f"a{separator}b c{separator}d\n1{separator}2{separator}3\n"
    assert rows_of(text) == (["a", "b c", "d"], [(2, ["1", "2", "3"])])


def test_rows_with_too_few_or_too_many_cells_are_told_by_line(rows_of):
    _, rows = rows_of("a,b\n1\n1,2,3\n4,5\n")
    assert [(row.line, row.reason) for row in rows[:2] if isinstance(row, Reject)] == [
        (2, "1 cell, but the heading names 2 columns"),
        (3, "3 cells, but the heading names 2 columns"),
    ]
    assert rows[2] == (4, ["4", "5"])


def test_one_heading_for_two_columns_is_refused_with_both_places(rows_of):
    with pytest.raises(BadRows) as refused:
        rows_of("Account,Amount,account\nx,1,y\n")
    assert "'account', number 1 and 3" in refused.value.message
    assert refused.value.exit_code == 5


@pytest.mark.parametrize("text", ['a,b\n1,"2\n', 'a,b\n1,"2"3\n'])
def test_broken_quotes_are_refused_with_their_line(rows_of, text):
    with pytest.raises(BadRows) as refused:
        rows_of(text)
    assert "from line 2 on" in refused.value.message


@pytest.mark.parametrize("text", ["", "\n", "\ufeff"])
def test_an_empty_file_is_refused(rows_of, text):
    with pytest.raises(BadRows):
        rows_of(text)


def test_a_byte_order_mark_is_no_part_of_the_first_heading(rows_of):
    assert rows_of("\ufeffa,b\n1,2\n") == (["a", "b"], [(2, ["1", "2"])])


def test_bytes_that_are_not_utf8_are_refused_with_their_line_and_never_guessed(rows_of):
    content = "客户,金额\n甲,1\n".encode()[:-1] + "\n乙,2\n".encode("gb18030")
    with pytest.raises(BadRows) as refused:
        rows_of(content)
    assert refused.value.message.startswith("line 3:")
    assert "gb18030" in refused.value.hint


def test_bytes_that_no_chinese_encoding_knows_get_no_such_hint(rows_of):
    with pytest.raises(BadRows) as refused:
        rows_of(b"a,b\n1,\x81\n")
    assert refused.value.message.startswith("line 2:")
    assert "gb18030" not in refused.value.hint


def test_a_named_encoding_is_read(rows_of):
    content = "客户,金额\n乙,2\n".encode("gb18030")
    assert rows_of(content, encoding="gb18030") == (["客户", "金额"], [(2, ["乙", "2"])])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "gb18030", "cp1252"])
def test_the_encoding_of_the_whole_file_is_found(rows_of, encoding):
    word = "Müller & Søn" if encoding == "cp1252" else "华东宏远科技"
    text = "name,amount\n" + "Pumps,1\n" * 100 + f"{word},2\n"
    _, rows = rows_of(text.encode(encoding))
    assert rows[-1] == (102, [word, "2"])


def test_western_text_is_not_taken_for_chinese(rows_of):
    text = "name\nCafé Zürich\nSeñor Núñez\nGroße Straße\nL’Été à Évry\n"
    _, rows = rows_of(text.encode("cp1252"))
    assert [cells[0] for _, cells in rows] == text.splitlines()[1:]


def test_the_encoding_that_is_named_wins(rows_of):
    assert rows_of("é\n1\n".encode(), encoding="latin-1")[0] == ["Ã©"]


def test_an_unknown_encoding_or_format_is_wrong_usage(rows_of):
    with pytest.raises(UnknownWord):
        rows_of("a\n1\n", encoding="klingon")
    with pytest.raises(UnknownWord):
        rows_of("a\n1\n", format_="ods")


@pytest.mark.parametrize("name", ["hex", "base64", "rot13", "zlib", "é", ""])
def test_a_codec_that_is_not_one_of_text_is_wrong_usage(rows_of, name):
    with pytest.raises(UnknownWord) as refused:
        rows_of("a\n1\n", encoding=name)
    assert "gb18030" in refused.value.hint


def test_a_file_that_is_not_there_is_unusable():
    with pytest.raises(Unusable):
        open_source("no-such-folder/file.csv", None, None)


# ── NDJSON ────────────────────────────────────────────────────────────────────────────────────


def test_ndjson_is_known_by_its_first_byte_and_by_its_ending(rows_of):
    text = '{"a": 1.10, "b": true}\n\n{"b": null, "c": ["x", "y"]}\n'
    expected = (["a", "b", "c"], [(1, ["1.10", "true", ""]), (3, ["", "", "x;y"])])
    assert rows_of(text) == expected
    assert rows_of("\n" + text, "deals.ndjson")[0] == ["a", "b", "c"]


def test_numbers_in_ndjson_keep_their_digits(rows_of):
    assert rows_of('{"a": 12345678901234567.25}\n')[1] == [(1, ["12345678901234567.25"])]


@pytest.mark.parametrize(
    "line", ['{"a": ', "[1]", "17", '{"a": 1, "a": 2}', '{"a": {"b": 1}}', '{"a": [[1]]}']
)
def test_a_line_that_is_no_flat_object_is_a_bad_row(rows_of, line):
    _, rows = rows_of('{"a": 1}\n' + line + "\n")
    assert rows[0] == (1, ["1"])
    assert isinstance(rows[1], Reject)
    assert rows[1].line == 2


def test_a_json_array_is_read_member_by_member(rows_of):
    text = '[\n {"a": 1.10, "b": "x"},\n {"a": null},\n 17\n]\n'
    header, rows = rows_of(text)
    assert header == ["a", "b"]
    assert rows[:2] == [(2, ["1.10", "x"]), (3, ["", ""])]
    assert (rows[2].line, "not a JSON object" in rows[2].reason) == (4, True)
    with pytest.raises(BadRows):
        rows_of('[{"a": 1}, {"a"')


def test_many_members_of_an_array_keep_their_lines(rows_of):
    members = [f'{{"n": "{n}"}}' for n in range(20_000)]
    _, rows = rows_of("[" + ",\n".join(members) + "]")
    assert rows[-1] == (20_000, ["19999"])


# ── edges of CSV ──────────────────────────────────────────────────────────────────────────────


def test_a_cell_of_ten_megabytes_is_a_cell(rows_of):
    large = "x" * 10_000_000
    _, rows = rows_of(f"a,b\n1,{large}\n2,y\n")
    assert [len(cells[1]) for _, cells in rows] == [10_000_000, 1]


def test_a_nul_in_a_cell_is_only_a_character(rows_of):
    assert rows_of("a,b\n1,x\0y\n")[1] == [(2, ["1", "x\0y"])]


def test_excels_line_that_names_the_separator_is_no_heading(rows_of):
    assert rows_of("sep=;\na;b\n1;2,5\n") == (["a", "b"], [(3, ["1", "2,5"])])


def test_separators_inside_quotes_do_not_count(rows_of):
    assert rows_of('"a, b, c";d\n1;2\n')[0] == ["a, b, c", "d"]


def test_a_packed_file_is_unpacked(rows_of):
    import gzip

    assert rows_of(gzip.compress(b"a,b\n1,2\n"), "x.csv.gz") == (["a", "b"], [(2, ["1", "2"])])


def test_a_workbook_is_read_with_its_types(tmp_path):
    from datetime import datetime

    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["name", "amount", "day", "at"])
    book.active.append(["甲", 12.5, datetime(2026, 5, 1), datetime(2026, 5, 1, 9, 30)])  # noqa: DTZ001 a workbook has no zones
    book.active.append(["b", 3, None, None])
    book.save(tmp_path / "x.xlsx")
    source = open_source(str(tmp_path / "x.xlsx"), None, None)
    assert source.header == ["name", "amount", "day", "at"]
    assert list(source.rows()) == [
        (2, ["甲", "12.5", "2026-05-01", "2026-05-01 09:30:00"]),
        (3, ["b", "3", "", ""]),
    ]
    source.close()


def test_stdin_is_read_to_its_end_first(monkeypatch):
    class Stdin:
        buffer = io.BytesIO(b"a,b\n1,2\n")

    monkeypatch.setattr("sys.stdin", Stdin())
    source = open_source("-", None, None)
    assert source.header == ["a", "b"]
    assert list(source.rows()) == [(2, ["1", "2"])]
    source.close()
