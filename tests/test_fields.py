"""Custom fields as people use them: declared, filled in, asked for, retired; on a file and a server."""

from __future__ import annotations

import json

import pytest

KINDS = ("text", "number", "money", "date", "choice", "bool")


def names(dealflow, *words):
    return [row["title"] for row in dealflow.json("list", *words)]


@pytest.fixture
def fields(dealflow):
    """One field of each type on deals, and some deals: full, half, empty."""
    return dealflow.once(make_fields)


def make_fields(dealflow):
    for kind in KINDS[:4] + KINDS[5:]:
        dealflow.ok("fields", "add", f"a_{kind}", "--type", kind)
    dealflow.ok("fields", "add", "a_choice", "--choice", "高", "--choice", "中", "--choice", "低")
    full = (
        "a_text=Blue Ocean",
        "a_number=1.2万",
        "a_money=10万",
        "a_date=fri",
        "a_choice=高",
        "a_bool=是",
    )
    half = (
        "a_text=red",
        "a_number=-3.5",
        "a_money=USD 500",
        "a_date=2026-09-01",
        "a_choice=低",
        "a_bool=no",
    )
    dealflow.ok("add", "full", *sets(full))
    dealflow.ok("add", "half", *sets(half))
    dealflow.ok("add", "empty")


def sets(pairs):
    return [word for pair in pairs for word in ("--set", pair)]


# ── declaring ─────────────────────────────────────────────────────────────────────────────────


def test_a_field_is_declared_listed_and_filled_in_by_key_or_name(dealflow):
    said = dealflow.ok("fields", "add", "need", "--type", "text", "--name", "需求")
    assert (said.out, said.err) == ("need\n", "added field need (需求), text, of a deal\n")
    dealflow.ok("add", "Pumps", "--set", "需求=安静")
    dealflow.ok("add", "Valves", "--set", "NEED=cheap")
    (row,) = dealflow.json("fields", "list")
    assert (row["key"], row["name"], row["on"], row["type"], row["records"]) == (
        *("need", "需求", "opportunity", "text", 2),
    )
    assert [deal["field:need"] for deal in dealflow.json("list", "--sort", "id")] == [
        "安静",
        "cheap",
    ]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("need", "--type", "txet"), 2, "did you mean text?"),
        (("2x",), 2, "cannot be the key of a field"),
        (("x", "--on", "dael"), 2, "unknown kind of record"),
        (("x", "--type", "choice"), 2, "has nothing to choose from"),
        (("x", "--type", "text", "--choice", "a"), 2, "only a choice has choices"),
        (("x", "--choice", "none"), 2, "means something else"),
        (("have",), 4, "field 'have' exists already"),
        (("HAVE",), 4, "exists already"),
        (("x", "--name", "有"), 4, "exists already"),
        (("x", "--name", "have"), 4, "exists already"),
    ],
)
def test_a_field_that_cannot_be_declared_is_refused(dealflow, words, code, told):
    dealflow.ok("fields", "add", "have", "--name", "有")
    before = dealflow.state()
    said = dealflow("fields", "add", *words)
    assert (said.code, said.out) == (code, "")
    assert told in said.err
    assert dealflow.state() == before


def test_words_for_records_and_types_in_chinese(dealflow):
    dealflow.ok("fields", "add", "生日", "--on", "联系人", "--type", "日期")
    assert [(f["on"], f["type"]) for f in dealflow.json("fields", "list", "--on", "contact")] == [
        ("contact", "date")
    ]
    assert dealflow.json("fields", "list", "--on", "客户") == []


def test_what_was_kept_before_is_given_its_type_where_all_of_it_fits(dealflow):
    dealflow.ok("add", "A", "--set", "budget=5k")
    dealflow.ok("add", "B", "-v", "USD 1", "--set", "budget=7,000")
    assert dealflow.json("fields", "list")[0]["state"] == "undeclared"
    said = dealflow.ok("fields", "add", "budget", "--type", "money")
    assert "2 deals rewritten" in said.err
    rows = dealflow.json("list", "--sort", "id")
    assert [(r["field:budget"], r["field:budget:currency"]) for r in rows] == [
        (5000, "CNY"),
        (7000, "USD"),
    ]
    dealflow.ok("undo")
    assert dealflow.json("show", "1")["field:budget"] == "5k"


def test_what_does_not_fit_is_named_row_by_row_and_nothing_is_changed(dealflow):
    for value in ("12", "many", "20", "quite a few"):
        dealflow.ok("add", value, "--set", f"seats={value}")
    before = dealflow.state()
    said = dealflow("fields", "add", "seats", "--type", "number", "--json")
    assert (said.code, said.out) == (5, "")
    told = json.loads(said.err)
    assert [row["row"] for row in told["rows"]] == [2, 4]
    assert "2 deals hold what is no number in seats: 2 'many', 4 'quite a few'" in told["message"]
    assert told["hint"] == "dealflow edit 2 --set seats=…"
    assert dealflow.state() == before


# ── filling in ────────────────────────────────────────────────────────────────────────────────


def test_values_are_read_as_their_type_says(fields):
    row = fields.json("list", "--sort", "id")[0]
    assert {name: row[name] for name in row if name.startswith("field:")} == {
        "field:a_text": "Blue Ocean",
        "field:a_number": 12000,
        "field:a_money": 100000.0,
        "field:a_money:currency": "CNY",
        "field:a_date": "2026-07-03",
        "field:a_bool": True,
        "field:a_choice": "高",
    }


def test_an_amount_without_a_currency_is_in_that_of_the_deal(fields):
    fields.ok("edit", "3", "-v", "USD 5", "--set", "a_money=7")
    assert fields.json("list", "id:3")[0]["field:a_money:currency"] == "USD"
    fields.ok("edit", "3", "--set", "a_money=8")
    assert fields.json("list", "id:3")[0]["field:a_money:currency"] == "USD"


@pytest.mark.parametrize(
    ("pair", "told"),
    [
        ("a_number=many", "the field 'a_number': 'many' is not a number"),
        ("a_money=-5", "the field 'a_money': '-5' is negative"),
        ("a_date=someday", "the field 'a_date': 'someday' is not a date"),
        ("a_choice=中高", "unknown choice of a_choice '中高'"),
        ("a_bool=perhaps", "neither yes nor no"),
        ("a_text=a\0b", "holds a NUL character"),
        ("a_txt=x", "did you mean a_text?"),
        ("zzz=x", "dealflow fields add zzz --on opportunity"),
    ],
)
def test_what_a_field_does_not_take_is_refused_by_name(fields, pair, told):
    before = fields.state()
    said = fields("edit", "1", "--set", pair)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert fields.state() == before


@pytest.mark.parametrize("nothing", ["", "none"])
def test_a_value_is_taken_away(fields, nothing):
    fields.ok("edit", "1", "--set", f"a_number={nothing}")
    assert fields.json("list", "id:1")[0]["field:a_number"] is None
    assert names(fields, "field:a_number:none", "--sort", "id") == ["full", "empty"]


def test_several_deals_at_once_and_once_only_with_a_key(fields):
    fields.ok("edit", "1", "2", "3", "--set", "a_choice=中", "--key", "k")
    assert {row["field:a_choice"] for row in fields.json("list")} == {"中"}
    fields.ok("edit", "1", "--set", "a_choice=高")
    assert (
        "done before with the same key"
        in fields.ok("edit", "1", "2", "3", "--set", "a_choice=中", "--key", "k").err
    )
    assert fields.json("list", "id:1")[0]["field:a_choice"] == "高"


def test_a_dry_run_shows_the_value_and_keeps_nothing(fields):
    before = fields.state()
    (row,) = fields.ok("edit", "3", "--set", "a_number=7", "--dry-run", "--json").data
    assert row["field:a_number"] == 7
    assert fields.state() == before


def test_if_version_counts_custom_fields(fields):
    fields.ok("edit", "1", "--set", "a_number=7")
    said = fields("edit", "1", "--set", "a_number=8", "--if-version", "1")
    assert said.code == 4
    assert "a_number 12000 → 7" in said.err


def test_customers_and_contacts_have_fields_of_their_own(dealflow):
    dealflow.ok("fields", "add", "size", "--type", "number", "--on", "account", "--name", "规模数")
    dealflow.ok("fields", "add", "birthday", "--type", "date", "--on", "contact")
    dealflow.ok("accounts", "add", "Acme", "--set", "规模数=1.2万")
    dealflow.ok("contacts", "add", "Acme", "王芳", "--set", "birthday=1990-05-01")
    assert "changed: size" in dealflow.ok("accounts", "edit", "Acme", "--set", "size=5").err
    assert dealflow.json("accounts", "list")[0]["field:size"] == 5
    assert dealflow.json("accounts", "show", "Acme")["field:size"] == 5
    assert dealflow.json("contacts", "list")[0]["field:birthday"] == "1990-05-01"
    assert "1990-05-01" in dealflow.ok("contacts", "list", "-o", "table").out
    dealflow.ok("contacts", "edit", "1", "--set", "birthday=none", "--title", "CTO")
    assert dealflow.json("contacts", "list")[0]["field:birthday"] is None
    assert dealflow.rows("SELECT fields FROM contact") == [(None,)]
    assert dealflow("accounts", "edit", "Acme", "--set", "sise=5").code == 2


# ── what nobody declared ──────────────────────────────────────────────────────────────────────


def test_an_undeclared_field_is_kept_as_text_and_said_once(dealflow):
    said = dealflow.ok("add", "A", "--set", "buget=x")
    assert "'buget' is a new field of a deal, kept as text" in said.err
    assert "dealflow fields add buget --on opportunity" in said.err
    assert "new field" not in dealflow.ok("add", "B", "--set", "buget=y").err
    assert "did you mean buget?" in dealflow.ok("add", "C", "--set", "budget=z").err
    assert names(dealflow, "field:buget:any", "--sort", "id") == ["A", "B"]
    assert names(dealflow, "field:budget:z") == ["C"]


def test_what_a_stage_asks_for_needs_no_declaration(dealflow):
    assert "new field" not in dealflow.ok("add", "A", "--set", "need=quiet").err
    dealflow.ok("fields", "add", "other")
    dealflow.ok("edit", "1", "--set", "need=cheap")
    said = dealflow("edit", "1", "--set", "ned=x")
    assert (said.code, "did you mean need?" in said.err) == (2, True)


def test_what_was_kept_before_the_first_declaration_can_still_be_taken_away(dealflow):
    dealflow.ok("add", "A", "--set", "old=x")
    dealflow.ok("fields", "add", "new")
    assert dealflow("edit", "1", "--set", "old=y").code == 2
    dealflow.ok("edit", "1", "--set", "old=none")
    assert "field:old" not in dealflow.json("show", "1")


# ── asking ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("field:a_text:blue", ["full"]),
        ("field:a_text:OCEAN", ["full"]),
        ("-field:a_text:blue", ["half", "empty"]),
        ("field:a_text:any", ["full", "half"]),
        ("field:a_text:none", ["empty"]),
        ("field:a_number:>=100", ["full"]),
        ("field:a_number:<0", ["half"]),
        ("field:a_number:-5..0", ["half"]),
        ("field:a_number:12000", ["full"]),
        ("field:a_number:-3.5", ["half"]),
        ("field:a_money:>=10万", ["full"]),
        ("field:a_money:100000", ["full"]),
        ("field:a_money:USD 400..USD 600", ["half"]),
        ("field:a_money:>1", ["full"]),
        ("field:a_date:2026-Q3", ["full", "half"]),
        ("field:a_date:this-week", ["full"]),
        ("field:a_date:>2026-07-03", ["half"]),
        ("field:a_choice:高,低", ["full", "half"]),
        ("field:a_choice:none", ["empty"]),
        ("field:a_bool:是", ["full"]),
        ("field:a_bool:no", ["half"]),
        ("-field:a_bool:yes", ["half", "empty"]),
        ("FIELD:A_BOOL:yes", ["full"]),
        ("field：a_bool：yes", ["full"]),
    ],
)
def test_filters_compare_as_the_type_does(fields, term, found):
    assert names(fields, term, "--sort", "id") == found


@pytest.mark.parametrize(
    ("term", "code", "told"),
    [
        ("field:a_nmber:1", 2, "did you mean field:a_number?"),
        ("field:a_number:many", 2, "is not a number"),
        ("field:a_number:5..1", 2, "runs backwards"),
        ("field:a_choice:高中", 2, "unknown field:a_choice '高中'"),
        ("field:a_choice:>高", 2, "has no order"),
        ("field:a_bool:perhaps", 2, "unknown field:a_bool"),
        ("field:a_number", 2, "field: names no custom field"),
        ("field:a_text:", 2, "has no value"),
    ],
)
def test_a_filter_that_means_nothing_is_an_error(fields, term, code, told):
    said = fields("list", term)
    assert (said.code, said.out) == (code, "")
    assert told in said.err


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("field:a_number", ["half", "full", "empty"]),
        ("-field:a_number", ["full", "half", "empty"]),
        ("field:a_date,id", ["full", "half", "empty"]),
        ("field:a_choice", ["full", "half", "empty"]),
        ("-field:a_choice", ["half", "full", "empty"]),
        ("field:a_money", ["full", "half", "empty"]),
        ("field:a_bool", ["half", "full", "empty"]),
        ("status,-field:a_number", ["full", "half", "empty"]),
    ],
)
def test_a_list_is_sorted_by_a_field_and_what_has_none_is_last(fields, sort, order):
    assert names(fields, "--sort", sort) == order


def test_sorting_by_what_is_no_field_names_the_nearest(fields):
    said = fields("list", "--sort", "field:a_nmber")
    assert (said.code, "did you mean field:a_number?" in said.err) == (2, True)


def test_the_screen_shows_a_field_where_the_question_is_about_it(fields):
    plain = fields.ok("list", "-o", "table").out
    assert "a_number" not in plain
    assert "a_number" in fields.ok("list", "field:a_number:any", "-o", "table").out
    assert "a_number" in fields.ok("list", "--sort", "field:a_number", "-o", "table").out


def test_the_customers_field_is_asked_for_by_its_own_name_or_where_the_deal_has_none(dealflow):
    dealflow.ok("fields", "add", "size", "--type", "number", "--on", "account")
    dealflow.ok("fields", "add", "vip", "--type", "bool", "--on", "contact")
    dealflow.ok("add", "A", "-a", "Acme", "--contact", "王芳")
    dealflow.ok("add", "B", "-a", "Beta")
    dealflow.ok("accounts", "edit", "Acme", "--set", "size=100")
    dealflow.ok("contacts", "edit", "1", "--set", "vip=yes")
    assert names(dealflow, "field:size:>=100") == ["A"]
    assert names(dealflow, "field:account.size:>=100") == ["A"]
    assert names(dealflow, "field:contact.vip:yes") == ["A"]
    dealflow.ok("fields", "add", "size", "--type", "number")
    dealflow.ok("edit", "2", "--set", "size=100")
    assert names(dealflow, "field:size:>=100") == ["B"]
    assert names(dealflow, "field:account.size:>=100") == ["A"]


def test_close_rates_by_a_field_of_the_deal_and_of_the_customer(dealflow):
    dealflow.ok("fields", "add", "need", "--choice", "quiet", "--choice", "cheap")
    dealflow.ok("fields", "add", "tier", "--on", "account", "--name", "层级")
    dealflow.ok("fields", "add", "met", "--type", "date")
    dealflow.ok("fields", "add", "budget", "--type", "money")
    for title, account, need in (
        ("A", "Acme", "quiet"),
        ("B", "Acme", "cheap"),
        ("C", "Beta", "quiet"),
    ):
        dealflow.ok("add", title, "-a", account, "--set", f"need={need}", "--set", "met=2026-05-09")
    dealflow.ok("accounts", "edit", "Acme", "--set", "层级=gold")
    dealflow.ok("win", "1", "--force", "--why", "x")
    dealflow.ok("lose", "2", "--reason", "price")
    dealflow.ok("lose", "3", "--reason", "price")

    def groups(by):
        rows = dealflow.json("close-rates", "--by", by)["rows"]
        return {
            tuple(v for n, v in r.items() if n.startswith("field:")): (r["won"], r["lost"])
            for r in rows
        }

    assert groups("field:need") == {("quiet",): (1, 1), ("cheap",): (0, 1)}
    assert groups("field:account.tier") == {("gold",): (1, 1), (None,): (0, 1)}
    assert groups("field:层级") == groups("field:tier") == groups("field:account.tier")
    assert groups("field:need,field:tier") == {
        ("quiet", "gold"): (1, 0), ("cheap", "gold"): (0, 1), ("quiet", None): (0, 1),
    }  # fmt: skip
    assert groups("field:met") == {("2026-05",): (1, 2)}
    said = dealflow("close-rates", "--by", "field:budget")
    assert (said.code, "makes no groups" in said.err) == (2, True)
    said = dealflow("close-rates", "--by", "field:ned")
    assert (said.code, "did you mean field:need?" in said.err) == (2, True)
    assert [
        row["title"]
        for row in dealflow.json("list", "field:need:quiet", "status:any", "--sort", "id")
    ] == ["A", "C"]


def test_show_has_every_field_and_says_which_value_does_not_fit(fields):
    shown = fields.ok("show", "1", "-o", "table").out
    assert "a_money          ¥100,000" in shown
    assert fields.json("show", "3")["field:a_number"] is None
    assert "a_number" not in fields.ok("show", "3", "-o", "table").out


def test_yesterday_had_neither_the_field_nor_its_value(dealflow):
    dealflow.ok("add", "A", "-a", "Acme", "--at", "2026-06-01")
    dealflow.at("2026-07-02T10:00:00+08:00")
    dealflow.ok("fields", "add", "size", "--type", "number", "--on", "account")
    dealflow.ok("fields", "add", "need")
    dealflow.ok("accounts", "edit", "Acme", "--set", "size=5")
    dealflow.at("2026-07-03T10:00:00+08:00")
    dealflow.ok("accounts", "edit", "Acme", "--set", "size=9")
    dealflow.ok("edit", "1", "--set", "need=x")
    dealflow.ok("fields", "edit", "size", "--name", "规模数")
    dealflow.at("2026-07-04T10:00:00+08:00")
    dealflow.ok("fields", "remove", "size")
    assert names(dealflow, "field:size:9", "--as-of", "2026-07-03") == ["A"]
    assert names(dealflow, "field:size:9", "--as-of", "2026-07-02") == []
    assert names(dealflow, "field:size:5", "--as-of", "2026-07-02") == ["A"]
    assert dealflow.json("accounts", "show", "Acme", "--as-of", "2026-07-02")["field:size"] == 5
    assert "field:size" not in dealflow.json("accounts", "show", "Acme")
    assert (
        dealflow("list", "field:size:9", "--as-of", "2026-07-01").code == 0
    )  # in use, not declared
    rows = dealflow.json("list", "--as-of", "2026-07-01")
    assert "field:need" not in rows[0]
    assert dealflow.json("list", "--as-of", "2026-07-02")[0]["field:need"] is None
    assert [
        f["name"]
        for f in dealflow.json("fields", "list", "--on", "account", "--as-of", "2026-07-02")
    ] == ["size"]


# ── changing ──────────────────────────────────────────────────────────────────────────────────


def test_a_type_changes_where_every_value_fits(dealflow):
    dealflow.ok("fields", "add", "seats")
    dealflow.ok("add", "A", "--set", "seats=1.2万")
    dealflow.ok("add", "B", "--set", "seats=300")
    dealflow.ok("fields", "edit", "seats", "--type", "number")
    assert names(dealflow, "field:seats:>1000") == ["A"]
    assert dealflow("fields", "edit", "seats", "--type", "date").code == 5
    dealflow.ok("fields", "edit", "seats", "--type", "money")
    assert dealflow.json("list", "id:1")[0]["field:seats:currency"] == "CNY"
    said = dealflow("fields", "edit", "seats", "--type", "bool")
    assert (said.code, "1 'CNY 12000.00', 2 'CNY 300.00'" in said.err) == (5, True)


def test_choices_are_added_renamed_and_retired_and_what_has_them_keeps_them(fields):
    fields.ok("fields", "edit", "a_choice", "--choice", "特高", "--choice=-低")
    assert fields.json("list", "id:2")[0]["field:a_choice"] == "低"
    assert names(fields, "field:a_choice:低") == ["half"]
    said = fields("edit", "3", "--set", "a_choice=低")
    assert (said.code, "is no choice any more" in said.err) == (2, True)
    said = fields.ok("fields", "edit", "a_choice", "--rename", "高=High", "--name", "等级")
    assert "1 deal rewritten" in said.err
    assert names(fields, "field:等级:high") == ["full"]
    row = next(f for f in fields.json("fields", "list") if f["key"] == "a_choice")
    assert row["choices"] == ["High", "中", "特高", "-低"]
    assert fields.ok("db", "check", "--json").data == []
    assert fields("fields", "edit", "a_choice", "--rename", "High=中").code == 2
    assert fields("fields", "edit", "a_choice", "--rename", "zzz=x").code == 2
    assert (
        fields(
            "fields", "edit", "a_choice", "--choice=-High", "--choice=-中", "--choice=-特高"
        ).code
        == 2
    )
    assert fields("fields", "edit", "a_choice").code == 2


def test_a_field_is_retired_and_comes_back_with_what_it_held(fields):
    said = fields.ok("fields", "remove", "a_number")
    assert "2 deals keep a value" in said.err
    assert "field:a_number" not in fields.json("list")[0]
    assert "field:a_number" not in fields.json("show", "1")
    assert fields("edit", "1", "--set", "a_number=5").code == 2
    assert fields("fields", "remove", "a_number").code == 3
    assert [f["state"] for f in fields.json("fields", "list") if f["key"] == "a_number"] == [
        "retired"
    ]
    fields.ok("fields", "add", "a_number", "--name", "数")
    assert fields.json("list", "--sort", "id")[0]["field:a_number"] == 12000
    assert names(fields, "field:数:>0") == ["full"]


def test_a_field_that_a_stage_asks_for_stays(dealflow):
    dealflow.ok("fields", "add", "need")
    said = dealflow("fields", "remove", "need")
    assert (said.code, said.out) == (5, "")
    assert "asked for by the stage" in said.err


def test_a_declared_field_meets_the_requirement(dealflow):
    dealflow.ok("fields", "add", "need", "--choice", "quiet", "--choice", "cheap")
    dealflow.ok("add", "A", "--set", "need=quiet")
    dealflow.ok("log", "1", "call", "x")
    dealflow.ok("advance", "1")


def test_one_key_on_several_kinds_of_records_is_told_apart(dealflow):
    dealflow.ok("fields", "add", "size", "--on", "account")
    dealflow.ok("fields", "add", "size", "--on", "contact")
    said = dealflow("fields", "edit", "size", "--name", "x")
    assert (said.code, "--on account" in said.err) == (2, True)
    dealflow.ok("fields", "edit", "size", "--name", "x", "--on", "contact")
    assert [f["name"] for f in dealflow.json("fields", "list")] == ["size", "x"]


def test_every_change_of_a_field_is_undone_and_done_again(fields):
    changes = (
        ("fields", "add", "more", "--on", "account"),
        ("fields", "edit", "a_choice", "--rename", "高=High", "--choice=-中"),
        ("fields", "edit", "a_number", "--type", "text", "--name", "n"),
        ("fields", "remove", "a_bool"),
        ("fields", "add", "a_bool", "--type", "text"),
        ("edit", "1", "--set", "a_money=5"),
    )
    for words in changes:
        before = fields.content()
        fields.ok(*words)
        after = fields.content()
        assert after != before, words
        fields.ok("undo")
        assert fields.content() == before, words
        fields.ok("redo")
        assert fields.json("fields", "list") == fields.json("fields", "list")
    assert fields.ok("db", "check", "--json").data == []


def test_hostile_text_is_only_text(dealflow):
    """What is kept, named and chosen is never read as SQL, JSON, a path, markup or a formula."""
    evil = [
        "'; DROP TABLE field; --",
        '"}',
        "=1+1",
        "[red]x",
        "$.a",
        "{x}",
        "%s",
        "\u202eabc",
        "a,b",
        'say "hi"',
    ]
    dealflow.ok("fields", "add", "t", "--name", "[red] {0} %s 'x'")
    dealflow.ok("fields", "add", "c", *[word for one in evil for word in ("--choice", one)])
    for text in evil:
        dealflow.ok("add", "D", "--set", f"t={text}", "--set", f"c={text}")
    rows = dealflow.json("list", "--sort", "id")
    assert [row["field:t"] for row in rows] == evil
    assert [row["field:c"] for row in dealflow.json("list", "--sort", "field:c")] == evil
    for at, text in enumerate(evil, 1):
        literal = '"' + text.replace('"', '""') + '"'
        assert [
            row["id"] for row in dealflow.json("list", f"field:t:{literal}", f"field:c:{literal}")
        ] == [at]
    for form in ("table", "csv", "md", "tsv", "ndjson"):
        assert "\u202e" not in dealflow.ok("list", "field:t:any", "-o", form).out or form in {
            "csv",
            "ndjson",
        }
        dealflow.ok("show", "1", "-o", form)
    dealflow.ok("close-rates", "--by", "field:c", "-o", "table")


# ── what is wrong with a file ─────────────────────────────────────────────────────────────────


def test_a_check_finds_what_does_not_fit_and_a_list_goes_on(fields):
    """As two copies can come to: one gave the field a type, the other went on with text."""
    for text in ('{"a_number": "many", "a_date": "someday", "a_money": "5", "a_bool": "x"}',):
        fields.rows(f"UPDATE opportunity SET fields = '{text}', checksum = NULL WHERE id = 1")
    said = fields("db", "check", "--json")
    assert said.code == 8
    found = [(f["what"], f["table"], f["row"], f["help"]) for f in said.data]
    assert found == [
        ("field", "opportunity", 1, f"dealflow edit 1 --set {key}=…")
        for key in ("a_number", "a_money", "a_date", "a_bool")
    ]
    assert fields.json("list", "id:1")[0]["field:a_number"] is None
    assert fields.json("show", "1")["field:a_number"] == "many (not a number)"
    for term in ("field:a_number:>1", "field:a_money:>1", "field:a_date:2026", "field:a_bool:yes"):
        assert "full" not in names(fields, term)
    for sort in ("field:a_number", "field:a_money", "field:a_date", "field:a_choice"):
        assert len(names(fields, "--sort", sort)) == 3
