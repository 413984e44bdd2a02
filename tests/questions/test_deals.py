from __future__ import annotations

import sqlite3
from datetime import date

import pytest

from dealflow.actions import deals as actions
from dealflow.actions import people
from dealflow.errors import NotFound, UnknownWord
from dealflow.money import Money
from dealflow.questions import deals
from dealflow.questions.written import written


def ids(table):
    return [row[0] for row in table.rows]


def test_a_deal_is_listed_with_what_a_rep_needs(desk, told):
    desk.do(people.add_account, "Acme", {"grade": "A", "source": "fair"})
    deal = desk.add(
        "Renewal",
        account="Acme",
        amount=Money(12_500_00, "CNY"),
        close=date(2026, 7, 31),
        tags=("vip",),
    )
    desk.plan(deal, date(2026, 6, 12))
    desk.plan(deal, date(2026, 6, 5))
    (row,) = told(deals.listing(desk.ask("2026-06-04 08:59"), []))
    assert row["title"] == "Renewal"
    assert (row["account"], row["grade"], row["source"]) == ("Acme", "A", "fair")
    assert (row["stage"], row["stage_name"], row["pipeline"]) == ("lead", "Lead", "en")
    assert (row["amount"], row["currency"]) == (Money(12_500_00, "CNY"), "CNY")
    assert (row["close"], row["next"]) == (date(2026, 7, 31), date(2026, 6, 5))
    assert row["tags"] == ("vip",)
    assert row["days_in_stage"] == 2  # a minute short of three times 24 hours


def test_only_open_deals_are_listed_unless_the_filter_tells_of_closed_ones(desk):
    first, second = desk.add("one"), desk.add("two")
    desk.move(second, "lose", reason="price")
    assert ids(deals.listing(desk.ask(), [])) == [first]
    for words in (["status:any"], [f"id:{first},{second}"]):
        assert ids(deals.listing(desk.ask(), words)) == [first, second]
    for words in (["status:lost"], ["reason:price"], ["closed:2026-06"]):
        assert ids(deals.listing(desk.ask(), words)) == [second]


def test_the_screen_shows_the_status_only_where_it_differs(desk):
    desk.add("one")
    shown = {
        words: [c.on for c in deals.listing(desk.ask(), [words]).columns if c.name == "status"]
        for words in ("grade:none", "status:open", "status:any")
    }
    assert shown == {"grade:none": ["machine"], "status:open": ["machine"], "status:any": ["both"]}


def test_what_comes_next_is_first_and_what_has_no_plan_is_last(desk):
    none, late, soon = desk.add("none"), desk.add("late"), desk.add("soon")
    desk.plan(late, date(2026, 8, 1))
    desk.plan(soon, date(2026, 6, 2))
    assert ids(deals.listing(desk.ask(), [])) == [soon, late, none]
    assert ids(deals.listing(desk.ask(), [], sort="-next")) == [late, soon, none]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("title", ["Alpha", "beta", "Gamma"]),
        ("-title", ["Gamma", "beta", "Alpha"]),
        ("amount", ["Gamma", "Alpha", "beta"]),
        ("-amount", ["Alpha", "Gamma", "beta"]),
        ("-id", ["Gamma", "beta", "Alpha"]),
        ("-days_in_stage", ["Alpha", "beta", "Gamma"]),
        ("owner,-id", ["Gamma", "beta", "Alpha"]),
    ],
)
def test_a_list_is_sorted_by_the_columns_named_absent_values_last(desk, sort, expected):
    desk.add("Alpha", amount=Money(200, "CNY"))
    desk.at("2026-06-02 09:00")
    desk.add("beta")
    desk.at("2026-06-03 09:00")
    desk.add("Gamma", amount=Money(100, "CNY"))
    assert [row[1] for row in deals.listing(desk.ask(), [], sort=sort).rows] == expected


def test_an_unknown_column_to_sort_by_is_an_error_with_the_nearest(desk):
    with pytest.raises(UnknownWord) as error:
        deals.listing(desk.ask(), [], sort="amont")
    assert error.value.hint == "did you mean amount?"


def test_a_cut_list_says_so_and_totals_are_of_all_that_match(desk):
    for number in range(5):
        desk.add(f"deal {number}", amount=Money(1_000_00, "CNY"))
    desk.add("dollars", amount=Money(70_00, "USD"))
    desk.add("none")
    table = deals.listing(desk.ask(), [], limit=3)
    assert len(table.rows) == 3
    assert table.summary == ("7 deals · ¥5,000 · $70 · 1 without an amount",)
    assert table.notes == ("3 of 7 shown; --limit 0 for all",)
    whole = deals.listing(desk.ask(), [], limit=None)
    assert (whole.summary, whole.notes) == (table.summary, ())


def test_a_limit_takes_those_with_a_plan_before_those_without(desk):
    unplanned, planned = desk.add("a"), desk.add("b")
    desk.plan(planned, date(2026, 6, 9))
    assert ids(deals.listing(desk.ask(), [], limit=1)) == [planned]
    assert ids(deals.listing(desk.ask(), [], limit=2)) == [planned, unplanned]


def test_an_earlier_list_knows_nothing_of_what_came_later(desk, told):
    desk.do(people.add_rep, "wang", {})
    deal = desk.add("one", amount=Money(100, "CNY"))
    plan = desk.plan(deal, date(2026, 6, 3))
    desk.at("2026-06-10 09:00")
    desk.add("later")
    desk.do(actions.edit, deal, {"amount": Money(900, "CNY"), "owner": "wang"})
    desk.move(deal, "advance", "needs")
    from dealflow.actions import activities

    desk.do(activities.snooze, plan, date(2026, 9, 1))
    desk.at("2026-06-20 09:00")
    desk.move(deal, "lose", reason="price")
    (row,) = told(deals.listing(desk.ask("2026-06-05 09:00"), []))
    assert (row["id"], row["status"], row["stage"], row["owner"]) == (deal, "open", "lead", "li")
    assert (row["amount"], row["next"]) == (Money(100, "CNY"), date(2026, 6, 3))
    assert (row["days_in_stage"], row["closed_at"]) == (4, None)


def test_a_name_in_the_filter_that_does_not_exist_is_not_an_empty_answer(desk):
    with pytest.raises(NotFound):
        deals.listing(desk.ask(), ["owner:nobody"])


def test_written_rows_come_in_the_order_asked_for_even_before_the_commit(desk):
    first, second = desk.add("one"), desk.add("two")
    desk.plan(first, date(2026, 6, 3))
    columns, rows = written(desk.ask(), "opportunity", [second, first, 99])
    assert columns == deals.COLUMNS
    assert [row[0] for row in rows] == [second, first]
    at = [column.name for column in columns].index("next")
    assert [row[at] for row in rows] == [None, date(2026, 6, 3)]


@pytest.mark.parametrize("table", ["opportunity", "follow_up"])
def test_more_ids_than_one_text_holds_are_read_in_their_order(desk, table):
    deals_there = [desk.add("one"), desk.add("two"), desk.add("three")]
    for deal in deals_there:
        desk.plan(deal, date(2026, 6, 3))
    desk.db.conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1_000_000)
    none_such = range(10**6, 10**6 + 60_000)
    _, rows = written(desk.ask(), table, [3, *none_such, 1, *none_such, 2])
    assert [row[0] for row in rows] == [3, 1, 2]
