"""Which column means what: recognised, told, saved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealflow.errors import UnknownWord, UsageError
from dealflow.interchange.fields import DEALS, KINDS, PRODUCTS, normal
from dealflow.interchange.mapping import Wishes, from_text, plan, wishes
from dealflow.interchange.rejects import unguarded
from dealflow.output.machine import guarded


def fields_of(kind, heading, *maps, values=()):
    found = plan(kind, heading, wishes(maps, values))
    return {column.heading: column.field.name for column in found.columns}, found.ignored


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Account Name", "account"),
        ("客户名称", "account"),
        ("商机名称", "title"),
        ("Deal Name", "title"),
        ("金额", "amount"),
        ("负责人", "owner"),
        ("Deal owner", "owner"),
        ("CloseDate", "close_date"),
        ("EXPECTED_CLOSE", "close"),
        ("deal_stage", "stage"),
        ("输单原因", "reason"),
        ("field:need", "field:need"),
    ],
)
def test_headings_of_other_systems_are_recognised(heading, field):
    assert fields_of(DEALS, [heading])[0] == {heading: field}


def test_no_heading_means_two_fields():
    for kind in KINDS:
        words = [normal(w) for f in kind.fields for w in {normal(f.name), *f.aliases.split()}]
        assert sorted(words) == sorted(set(words)), kind.name


def test_what_is_mapped_wins_and_what_is_left_is_told():
    heading = ["Account", "Bill to", "year_established", ""]
    assert fields_of(DEALS, heading, "Bill to=account") == (
        {"Bill to": "account"},
        ["Account", "year_established", "column 4"],
    )


def test_a_column_can_be_left_out_and_one_can_fill_two_fields():
    heading = ["Account", "Done"]
    assert fields_of(DEALS, heading, "Account=,Done=closed+created")[1] == ["Account"]
    found = plan(DEALS, heading, wishes(["Done=closed+created"], ()))
    assert [c.field.name for c in found.columns if c.heading == "Done"] == ["closed", "created"]


def test_two_columns_for_one_field_are_refused():
    with pytest.raises(UsageError, match="both mean account"):
        fields_of(DEALS, ["Account", "Company"])
    assert fields_of(DEALS, ["Account", "Company"], "Company=")[0] == {"Account": "account"}


def test_columns_and_fields_that_do_not_exist_are_unknown_words():
    with pytest.raises(UnknownWord, match="unknown column 'Amout'") as refused:
        fields_of(DEALS, ["Amount"], "Amout=amount")
    assert refused.value.hint == "did you mean Amount?"
    with pytest.raises(UnknownWord, match="unknown field of deals 'amout'"):
        fields_of(DEALS, ["Amount"], "Amount=amout")
    with pytest.raises(UnknownWord, match="unknown field of this file 'grade'"):
        fields_of(DEALS, ["Amount"], values=["grade:1=A"])
    with pytest.raises(UnknownWord):
        fields_of(PRODUCTS, ["Amount"], "Amount=field:amount")


def test_commas_and_equals_signs_inside_a_heading_belong_to_it():
    said = wishes(["Amount, USD=amount,a=b=title"], ())
    assert said.columns == {"Amount, USD": "amount", "a=b": "title"}


@pytest.mark.parametrize("text", ["title", "a=title,b", ","])
def test_a_map_without_a_field_is_wrong_usage(text):
    if text == ",":
        assert wishes([text], ()).columns == {}
        return
    with pytest.raises(UsageError):
        wishes([text], ())


def test_words_are_translated_by_field():
    said = wishes((), ["stage:Closed: Won=won", "field:need:Yes=ja", "reason:=other"])
    assert said.values == {
        ("stage", "Closed: Won"): "won",
        ("field:need", "Yes"): "ja",
        ("reason", ""): "other",
    }
    for wrong in ("stage", "stage:Lead", "=x"):
        with pytest.raises(UsageError):
            wishes((), [wrong])


WORDS = st.text(min_size=1, max_size=8)


@given(st.dictionaries(WORDS, WORDS), st.dictionaries(st.tuples(WORDS, WORDS), WORDS))
def test_what_is_saved_comes_back(columns, values):
    said = Wishes(columns, values)
    assert from_text(said.as_text()) == said


def test_what_is_said_now_goes_before_what_was_saved():
    saved = Wishes({"A": "title", "B": "amount"}, {("stage", "x"): "lead"})
    now = Wishes({"a": "account"}, {("stage", "x"): "needs"})
    assert now.over(saved) == Wishes({"B": "amount", "a": "account"}, {("stage", "x"): "needs"})


@given(st.text(alphabet=" '=+-@1a\t＝", max_size=6))
def test_an_import_takes_off_the_guard_that_the_csv_writer_puts_on(text):
    assert unguarded(guarded(text)) == text


def test_the_name_of_a_field_goes_before_another_word_for_it():
    heading = ["stage_name", "stage", "status"]
    assert fields_of(DEALS, heading) == (
        {"stage": "stage", "status": "status"},
        ["stage_name"],
    )
    assert fields_of(DEALS, heading, "stage_name=stage")[0]["stage_name"] == "stage"


def test_what_dealflow_wrote_beside_rejected_rows_is_not_told_as_ignored():
    assert fields_of(DEALS, ["title", "rejected_line", "rejected_reason"])[1] == []
