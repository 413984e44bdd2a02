from __future__ import annotations

from datetime import date

import pytest

from dealflow.actions import deals as actions
from dealflow.actions import fields, forecasts, holidays, people, targets
from dealflow.actions import settings as setting_actions
from dealflow.errors import NotFound
from dealflow.money import Money
from dealflow.pipelines import parse_pipeline, template
from dealflow.questions import catalogue, customers
from dealflow.questions.columns import WRITTEN
from dealflow.questions.written import written
from dealflow.store import lists


def section(record, name):
    return next(table for table in record.sections if table.name == name)


def test_reps_are_counted_with_their_open_deals_those_who_left_at_the_end(desk, told):
    desk.do(people.add_rep, "an", {"team": "north"})
    desk.do(people.edit_rep, "an", {"active": 0})
    desk.add("one")
    desk.move(desk.add("closed"), "void")
    rows = told(catalogue.reps(desk.ask()))
    assert [(row["handle"], row["deals"], row["active"]) for row in rows] == [
        ("li", 1, True),
        ("an", 0, False),
    ]


def test_customers_are_found_by_every_word_in_any_case(desk):
    for name in ("Acme North", "Acme South", "远景科技"):
        desk.do(people.add_account, name, {})
    assert [row[1] for row in customers.accounts(desk.ask(), ["NORTH", "acme"]).rows] == [
        "Acme North"
    ]
    assert [row[1] for row in customers.accounts(desk.ask(), ["景科"]).rows] == ["远景科技"]
    assert len(customers.accounts(desk.ask()).rows) == 3
    assert customers.accounts(desk.ask(), limit=2).notes == ("2 of 3 shown; --limit 0 for all",)
    assert customers.accounts(desk.ask(), ["zzz"]).empty == "no customers match zzz"


def test_contacts_are_found_by_their_customer_too(desk):
    desk.do(people.add_account, "Acme", {})
    desk.do(people.add_account, "Beta", {})
    desk.do(people.add_contact, "Acme", "Wu", {"phone": "1"})
    desk.do(people.add_contact, "Beta", "Zhou", {})
    assert [row[1] for row in customers.contacts(desk.ask(), ["acme"]).rows] == ["Wu"]
    assert [row[1] for row in customers.contacts(desk.ask(), ["zhou"]).rows] == ["Zhou"]
    assert len(customers.contacts(desk.ask(), limit=1).notes) == 1


def test_a_customer_is_shown_with_people_deals_and_the_last_contact(desk, told):
    first = desk.add("first", account="Acme", contact="Wu")
    second = desk.add("second", account="Acme")
    desk.add("elsewhere", account="Beta")
    desk.move(first, "void")
    desk.log(second, "call")
    record = customers.account(desk.ask("2026-06-02 09:00"), "ACME")
    fact = dict(zip((c.name for c in record.columns), record.row, strict=True))
    assert (record.title, fact["deals"]) == ("Acme", 1)
    assert fact["last_contact_at"] == desk.at("2026-06-01 09:00")
    assert [row["name"] for row in told(section(record, "contacts"))] == ["Wu"]
    deals = told(section(record, "deals"))
    assert [(row["id"], row["status"]) for row in deals] == [(second, "open"), (first, "void")]
    assert customers.account(desk.ask(), "1").title == "Acme"


def test_a_misspelt_customer_gets_the_nearest(desk):
    desk.do(people.add_account, "Blue Ocean", {})
    with pytest.raises(NotFound) as error:
        customers.account(desk.ask(), "Blue Ocaen")
    assert error.value.hint == 'did you mean "Blue Ocean"?'


def test_products_have_their_price_and_the_open_deals_that_hold_them(desk, told):
    desk.do(people.add_product, "Platform", {"price": Money(99_00, "CNY")})
    desk.add("one", products=("Platform",))
    (row,) = told(catalogue.products(desk.ask()))
    assert (row["name"], row["price"], row["active"]) == ("Platform", Money(99_00, "CNY"), True)
    assert row["deals"] == 1


def test_stages_hold_counts_and_values_and_never_add_two_currencies(desk, told):
    desk.add("one", amount=Money(100_00, "CNY"))
    desk.add("two", amount=Money(200_00, "CNY"))
    desk.add("dollars", amount=Money(70_00, "USD"))
    desk.move(desk.add("won", amount=Money(500_00, "CNY")), "win")
    table = catalogue.stages(desk.ask())
    lead = told(table)[0]
    assert (lead["key"], lead["deals"], lead["value"]) == ("lead", 3, Money(300_00, "CNY"))
    assert table.notes == ("besides, in other currencies: $70",)
    assert sum(row["deals"] or 0 for row in told(table)) == 3
    assert [row["position"] for row in told(table)] == [1, 2, 3, 4, 5, 6]


def test_stages_at_an_earlier_time_hold_what_was_there_then(desk, told):
    deal = desk.add("one", amount=Money(100_00, "CNY"))
    desk.at("2026-06-10 09:00")
    desk.do(actions.edit, deal, {"amount": Money(900_00, "CNY")})
    desk.move(deal, "advance", "needs")
    rows = {row["key"]: row for row in told(catalogue.stages(desk.ask("2026-06-05 09:00")))}
    assert (rows["lead"]["deals"], rows["lead"]["value"]) == (1, Money(100_00, "CNY"))
    assert rows["needs"]["deals"] == 0


def test_a_stage_says_what_it_means_in_sentences(desk, told):
    record = catalogue.stage(desk.ask(), "interested")
    spec = template("en").stage("interested")
    fact = {c.name: v for c, v in zip(record.columns, record.row, strict=True) if c.on != "screen"}
    assert fact["standard"] == spec.standard
    assert (fact["activities"], fact["result"]) == (spec.activities, spec.result)
    assert (fact["probability"], fact["expected_days"]) == (spec.probability, spec.expected_days)
    assert [row["told"] for row in told(section(record, "requires"))] == [
        "at least 1 call",
        "the field 'need'",
    ]
    assert len(section(record, "signals").rows) == len(spec.signals)
    with pytest.raises(NotFound) as error:
        catalogue.stage(desk.ask(), "intrested")
    assert error.value.hint == "did you mean interested?"


def test_a_pipeline_comes_out_as_the_document_that_made_it(desk):
    document = catalogue.pipeline_document(desk.ask())
    assert parse_pipeline(document.text) == template("en")
    assert document.data["key"] == "en"
    with pytest.raises(NotFound):
        catalogue.pipeline_document(desk.ask(), "nope")


def test_settings_show_the_value_and_the_default(desk, told):
    desk.do(setting_actions.put, "cadence.A", "3d")
    rows = {row["key"]: row for row in told(catalogue.settings(desk.ask()))}
    assert (rows["cadence.A"]["value"], rows["cadence.A"]["default"]) == ("3d", "7d")
    assert rows["timezone"]["value"] == "Asia/Shanghai"
    assert [key for key, row in rows.items() if not row["about"]] == []


def test_every_table_that_a_change_writes_can_be_read_back(desk):
    desk.do(people.add_account, "Acme", {})
    desk.do(people.add_product, "Platform", {"price": Money(99_00, "CNY")})
    deal = desk.add("one", account="Acme", contact="Wu")
    desk.log(deal, "call", "hello")
    desk.plan(deal, date(2026, 6, 3))
    desk.do(setting_actions.rate, "USD", date(2026, 6, 1), 7_100_000)
    desk.do(holidays.load, [holidays.Day(date(2026, 7, 14), "off", "company day")])
    desk.do(targets.put, "all", "2026", 12)
    desk.do(forecasts.keep, "June")
    desk.do(fields.add, fields.NewField(key="spare"))
    desk.do(fields.remove, "spare", None, verb="remove")  # else the lists of deals had one more
    for table, columns in WRITTEN.items():
        shown, rows = written(desk.ask(), table, [1])
        assert shown == columns
        assert [len(row) for row in rows] == [len(columns)], table


def test_each_list_is_selected_with_as_many_cells_as_its_columns_take(desk):
    """Amounts and due days take two cells; a column too many or too few would shift the rest."""
    for table, columns in WRITTEN.items():
        if table == "opportunity":
            continue
        sql = lists._SELECT[table].format(rows=f"{table} t", **lists._PRESENT)
        found = desk.ask().conn.execute(f"{sql} LIMIT 0", {"now": desk.now})
        cells = sum(2 if column.kind in {"money", "due"} else 1 for column in columns)
        assert len(found.description) == cells, table
