from __future__ import annotations

from datetime import date

import pytest

from dealflow.actions import activities, people
from dealflow.actions import deals as actions
from dealflow.errors import NotFound
from dealflow.money import Money
from dealflow.questions import briefing
from dealflow.requirements import Deed
from dealflow.store.evidence import evidence


def facts(record, *, screen=False):
    other = "machine" if screen else "screen"
    pairs = zip(record.columns, record.row, strict=True)
    return {column.name: value for column, value in pairs if column.on != other}


def section(record, name):
    return next(table for table in record.sections if table.name == name)


def test_the_facts_of_a_deal_stand_apart_for_machines_and_together_for_people(desk):
    desk.do(people.add_account, "Acme", {"grade": "A", "segment": "steel", "region": "north"})
    deal = desk.add(
        "Renewal",
        account="Acme",
        contact="Wu",
        amount=Money(10_000_00, "CNY"),
        close=date(2026, 6, 10),
        probability=0.5,
        fields={"need": "cheaper"},
    )
    desk.do(people.edit_contact, 1, {"title": "buyer", "phone": "123"})
    desk.log(deal, "call", "hello")
    record = briefing.show(desk.ask("2026-06-13 09:00"), deal)
    machine, screen = facts(record), facts(record, screen=True)
    assert (machine["account"], machine["grade"], machine["segment"]) == ("Acme", "A", "steel")
    assert (machine["contact"], machine["contact_phone"]) == ("Wu", "123")
    assert (machine["close"], machine["close_is_past"]) == (date(2026, 6, 10), True)
    assert (machine["probability"], machine["stage_probability"]) == (0.5, 0.1)
    assert (machine["field:need"], machine["age_days"]) == ("cheaper", 12)
    assert screen["account"] == "Acme · grade A · steel · north"
    assert screen["contact"] == "Wu, buyer · 123"
    assert screen["close"] == "2026-06-10, past by 3 days"
    assert screen["probability"] == "50 %, the rep's; the stage's is 10 %"
    assert screen["last_contact"] == "2026-06-01, 12 days ago (every 7d)"


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-06-05 09:00", "Lead (lead) · 4 of 14 days expected"),
        ("2026-06-15 09:00", "Lead (lead) · 14 of 14 days expected"),
        ("2026-06-16 09:00", "Lead (lead) · 15 days, 1 over the expected 14"),
    ],
)
def test_the_stay_is_told_against_the_expected_days(desk, moment, told):
    deal = desk.add("one")
    assert facts(briefing.show(desk.ask(moment), deal), screen=True)["stage"] == told


def test_what_the_next_stage_asks_for_is_listed_with_the_command_that_mends_each_gap(desk, told):
    deal = desk.add("one")
    desk.log(deal, "call")
    gaps = section(briefing.show(desk.ask(), deal), "requirements")
    assert [(row["met"], row["told"], row["remedy"]) for row in told(gaps)] == [
        (True, "at least 1 call (has 1)", None),
        (False, "needs the field 'need'", f"dealflow edit {deal} --set need=…"),
    ]
    assert gaps.notes == ("asked for before Interested",)
    desk.do(actions.edit, deal, {"fields": {"need": "x"}})
    ready = section(briefing.show(desk.ask(), deal), "requirements")
    assert ready.notes == (f"ready for Interested: dealflow advance {deal}",)


def test_a_closed_deal_asks_for_nothing_and_says_how_it_ended(desk):
    deal = desk.add("one")
    desk.at("2026-06-02 09:00")
    desk.move(deal, "lose", reason="price")
    record = briefing.show(desk.ask("2026-06-05 09:00"), deal)
    machine = facts(record)
    assert (machine["status"], machine["closed_at"]) == ("lost", desk.at("2026-06-02 09:00"))
    assert machine["reason"]
    assert facts(record, screen=True)["stage"].startswith("lost in Lead (lead) on 2026-06-02")
    assert section(record, "requirements").empty == "the deal is lost"


def test_signals_of_a_later_stage_are_pointed_out(desk):
    deal = desk.add("one")
    assert briefing.show(desk.ask(), deal).notes == ()
    desk.log(deal, "asks_price")
    (note,) = briefing.show(desk.ask(), deal).notes
    assert "(negotiation)" in note
    assert "request for a price" in note


def test_visits_tell_every_stay_with_how_it_ended_and_why(desk, told):
    deal = desk.add("one", amount=Money(100, "CNY"))
    desk.at("2026-06-03 10:00")
    desk.do(actions.edit, deal, {"amount": Money(300, "CNY")})
    desk.move(deal, "advance", "needs")
    desk.at("2026-06-10 10:00")
    desk.move(deal, "back", "interested", note="budget cut")
    visits = told(section(briefing.show(desk.ask("2026-06-12 10:00"), deal), "visits"))
    assert [(v["stage"], v["days"], v["ending"], v["to_stage"]) for v in visits] == [
        ("lead", 2, "advanced", "needs"),
        ("needs", 7, "returned", "interested"),
        ("interested", 2, None, None),
    ]
    assert [v["amount"] for v in visits] == [Money(300, "CNY")] * 3
    assert (visits[0]["forced"], visits[0]["why"], visits[0]["jumped"]) == (True, "test", 1)
    assert (visits[1]["note"], visits[1]["forced"]) == ("budget cut", False)


def test_planned_are_the_open_follow_ups_first_due_first(desk, told):
    deal = desk.add("one")
    desk.plan(deal, desk.at("2026-06-01 09:00") + 86_400, "call back", goal="a yes")
    desk.plan(deal, date(2026, 5, 29), "old")
    done = desk.plan(deal, date(2026, 6, 2), "done")
    desk.do(activities.done, done, activities.Happened(kind="call"))
    plans = section(briefing.show(desk.ask(), deal), "planned")
    assert [row["when"] for row in told(plans, screen=True)] == ["3 days late", "tomorrow 09:00"]
    assert [(row["what"], row["goal"], row["days_late"]) for row in told(plans)] == [
        ("old", None, 3),
        ("call back", "a yes", 0),
    ]


def test_the_timeline_holds_activities_moves_and_edits_newest_first(desk, told):
    desk.do(people.add_rep, "wang", {})
    deal = desk.add("one", amount=Money(1_000_00, "CNY"))
    desk.at("2026-06-02 10:00")
    desk.log(deal, "call", "asked for a price", outcome="warm")
    desk.at("2026-06-03 10:00")
    desk.do(actions.edit, deal, {"amount": Money(2_000_00, "CNY")})
    desk.at("2026-06-04 10:00")
    desk.me = "wang"
    desk.move(deal, "advance")
    desk.me = "li"
    desk.at("2026-06-05 10:00")
    desk.move(deal, "void")
    desk.at("2026-06-06 10:00")
    desk.move(deal, "reopen", "lead")
    events = told(section(briefing.show(desk.ask(), deal), "timeline"))
    assert [(e["kind"], e["what"], e["by"]) for e in events] == [
        ("reopened", "in Lead", "li"),
        ("void", "in Interested", "li"),
        ("advanced", "Lead → Interested · forced: test", "wang"),
        ("edited", "amount ¥1,000 → ¥2,000", "li"),
        ("call", "asked for a price", "li"),
        ("created", "in Lead", "li"),
    ]
    assert events[4]["outcome"] == "warm"


def test_a_long_timeline_is_cut_to_the_latest_ten_and_says_how_many_more(desk):
    deal = desk.add("one")
    for minute in range(14):
        desk.at(f"2026-06-02 10:{minute:02d}")
        desk.log(deal, "call", f"call {minute}")
    short = section(briefing.show(desk.ask(), deal), "timeline")
    assert [row[3] for row in short.rows] == [f"call {n}" for n in range(13, 3, -1)]
    assert short.notes == (f"5 earlier; dealflow show {deal} --all",)
    whole = section(briefing.show(desk.ask(), deal, everything=True), "timeline")
    assert (len(whole.rows), whole.notes) == (15, ())


def test_what_was_undone_is_not_part_of_the_history(desk, told):
    from dealflow.actions import journal

    deal = desk.add("one")
    desk.log(deal, "call", "never happened")
    desk.do(journal.undo, None)
    desk.do(actions.edit, deal, {"title": "two"})
    desk.do(journal.undo, None)
    events = told(section(briefing.show(desk.ask(), deal), "timeline"))
    assert [event["kind"] for event in events] == ["created"]


def test_an_earlier_briefing_is_as_it_would_have_been_then(desk, told):
    desk.do(people.add_rep, "wang", {})
    deal = desk.add("one", account="Acme", amount=Money(100, "CNY"), close=date(2026, 6, 30))
    desk.plan(deal, date(2026, 6, 4))
    then = desk.at("2026-06-05 10:00")
    before = briefing.show(desk.ask(), deal)
    desk.at("2026-06-20 10:00")
    desk.do(actions.edit, deal, {"amount": Money(5, "CNY"), "owner": "wang", "close": None})
    desk.do(people.edit_account, "Acme", {"grade": "C"})
    desk.log(deal, "call", "later")
    desk.do(activities.snooze, 1, date(2026, 9, 1))
    desk.move(deal, "win")
    desk.now = then
    after = briefing.show(desk.ask(), deal)
    old, new = facts(before), facts(after)
    assert {k: v for k, v in new.items() if k != "version"} == {
        k: v for k, v in old.items() if k != "version"
    }
    for was, now in zip(before.sections, after.sections, strict=True):
        assert (was.name, list(was.rows)) == (now.name, list(now.rows))


def test_a_deal_that_does_not_exist_yet_is_not_found(desk):
    desk.at("2026-06-10 09:00")
    deal = desk.add("one")
    for number, moment in ((deal, "2026-06-09 09:00"), (99, "2026-06-10 09:00")):
        with pytest.raises(NotFound) as error:
            briefing.show(desk.ask(moment), number)
        assert error.value.message == f"no deal '{number}'"


def test_products_are_listed_with_their_total(desk, told):
    desk.do(people.add_product, "Platform", {"price": Money(120_00, "CNY")})
    deal = desk.add("one", products=("Platform",))
    (line,) = told(section(briefing.show(desk.ask(), deal), "products"))
    assert (line["product"], line["quantity"]) == ("Platform", 1)
    assert line["price"] == line["total"] == Money(120_00, "CNY")


def test_evidence_counts_the_customers_source_and_the_products_on_the_deal(desk):
    desk.do(people.add_account, "Acme", {"source": "fair"})
    desk.do(people.add_product, "Platform", {})
    bare = desk.add("bare")
    full = desk.add(
        "full", account="Acme", contact="Wu", products=("Platform",), close=date(2026, 7, 1)
    )
    desk.log(full, "call")
    assert evidence(desk.db.conn, bare).present == set()
    known = evidence(desk.db.conn, full)
    assert known.present == {"account", "contact", "source", "product", "close"}
    assert (known.amount, known.activities) == (None, (Deed("call", desk.now),))
    with pytest.raises(NotFound):
        evidence(desk.db.conn, 99)


def test_requirements_at_an_earlier_time_are_judged_by_what_was_filled_in_then(desk):
    deal = desk.add("one")
    desk.log(deal, "call")
    desk.at("2026-06-10 09:00")
    desk.do(actions.edit, deal, {"fields": {"need": "x"}})
    met = {
        moment: [
            row[0] for row in section(briefing.show(desk.ask(moment), deal), "requirements").rows
        ]
        for moment in ("2026-06-05 09:00", "2026-06-10 09:00")
    }
    assert met == {"2026-06-05 09:00": [True, False], "2026-06-10 09:00": [True, True]}
