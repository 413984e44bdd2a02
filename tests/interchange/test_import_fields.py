"""Custom fields in files: known by key and name, read by type, refused by line."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def desk(dealflow):
    dealflow.ok("fields", "add", "budget", "--type", "money", "--name", "预算")
    dealflow.ok("fields", "add", "level", "--choice", "高", "--choice", "低")
    dealflow.ok("fields", "add", "demo", "--type", "date")
    dealflow.ok("fields", "add", "size", "--type", "number", "--on", "account", "--name", "规模数")
    dealflow.ok("fields", "add", "birthday", "--type", "date", "--on", "contact", "--name", "生日")
    return dealflow


def counts(said):
    return {row["table"]: (row["created"], row["updated"], row["unchanged"]) for row in said.data}


def taken(dealflow, *words, stdin):
    return counts(dealflow.ok("import", *words, "-", "--json", stdin=stdin))


def test_columns_are_known_by_key_by_name_and_by_map(desk):
    rows = "title,external_id,预算,Level,what\nA,1,12.5万,高,2026-09-01 10:00\n"
    assert taken(desk, "deals", "--map", "what=field:demo", stdin=rows)["deals"] == (1, 0, 0)
    (row,) = desk.json("list")
    assert (row["field:budget"], row["field:level"], row["field:demo"]) == (
        125000,
        "高",
        "2026-09-01",
    )
    assert taken(desk, "deals", "--map", "what=field:demo", stdin=rows)["deals"] == (0, 0, 1)


def test_an_amount_is_in_its_own_currency_else_the_deals(desk):
    rows = (
        "title,external_id,amount,currency,field:budget,field:budget:currency\n"
        "A,1,1,EUR,5,\nB,2,1,EUR,5,USD\nC,3,1,EUR,GBP 5,\nD,4,,,5,\n"
    )
    taken(desk, "deals", stdin=rows)
    found = desk.json("list", "--sort", "title")
    assert [row["field:budget:currency"] for row in found] == ["EUR", "USD", "GBP", "CNY"]
    assert taken(desk, "deals", stdin=rows)["deals"] == (0, 0, 4)
    assert taken(desk, "deals", stdin=rows.replace("EUR,5,", "EUR,6,"))["deals"] == (0, 2, 2)


def test_what_a_field_does_not_take_is_told_by_line_with_everything_else(desk):
    rows = "title,field:budget,level,demo\nA,many,高,2026-09-01\nB,5,中,fri\n"
    before = desk.state()
    said = desk("import", "-", "--json", stdin=rows)
    assert (said.code, said.out) == (5, "")
    first, second = json.loads(said.err)["rows"]
    assert (first["line"], second["line"]) == (2, 3)
    assert "'many' is not an amount" in first["reason"]
    assert "unknown choice of level '中'" in second["reason"]
    assert "no year of four digits" in second["reason"]
    assert desk.state() == before


def test_a_column_that_is_no_field_is_refused_before_any_row(desk):
    said = desk("import", "-", stdin="title,field:levle\nA,x\n")
    assert (said.code, "did you mean level?" in said.err) == (2, True)
    said = desk("import", "accounts", "-", "--map", "x=field:zzz", stdin="name,x\nA,x\n")
    assert (said.code, "dealflow fields add zzz --on account" in said.err) == (2, True)


def test_words_of_the_file_are_translated(desk):
    rows = "title,level\nA,hot\n"
    taken(desk, "deals", "--value", "field:level:hot=高", stdin=rows)
    assert desk.json("list")[0]["field:level"] == "高"


def test_customers_and_contacts_bring_their_fields(desk):
    rows = "name,规模数\nAcme,1.2万\nBeta,\n"
    assert taken(desk, "accounts", stdin=rows)["accounts"] == (2, 0, 0)
    assert taken(desk, "accounts", stdin=rows)["accounts"] == (0, 0, 2)
    assert taken(desk, "accounts", stdin=rows.replace("1.2万", "13000"))["accounts"] == (0, 1, 1)
    assert [row["field:size"] for row in desk.json("accounts", "list")] == [13000, None]
    people = "account,name,生日\nAcme,王芳,1990-05-01\n"
    assert taken(desk, "contacts", stdin=people)["contacts"] == (1, 0, 0)
    assert taken(desk, "contacts", stdin=people)["contacts"] == (0, 0, 1)
    assert desk.json("contacts", "list")[0]["field:birthday"] == "1990-05-01"
    desk.ok("undo")
    desk.ok("db", "check")


def test_what_nobody_declared_is_kept_as_text_and_said(dealflow):
    said = dealflow.ok("import", "-", "--map", "x=field:colour", stdin="title,x\nA,red\n")
    assert "'colour' is a new field of a deal" in said.err
    assert dealflow.json("show", "1")["field:colour"] == "red"
    said = dealflow.ok(
        "import",
        "contacts",
        "-",
        "--map",
        "x=field:z",
        "--create",
        "accounts",
        stdin="account,name,x\nAcme,W,1\n",
    )
    assert "'z' is a new field of a contact" in said.err


def test_a_retired_choice_that_a_list_of_ours_holds_comes_back_as_it_is(desk):
    desk.ok("add", "A", "--external-id", "1", "--set", "level=低")
    desk.ok("fields", "edit", "level", "--choice=-低")
    written = desk.ok("list", "-o", "csv").out
    assert taken(desk, "deals", stdin=written)["deals"] == (0, 0, 1)
