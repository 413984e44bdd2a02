from __future__ import annotations

from datetime import date

import pytest

from dealflow.actions import activities, deals, people
from dealflow.errors import NotFound, UnknownActor, UnknownWord
from dealflow.money import Money
from dealflow.questions.overdue import overdue


@pytest.fixture
def deal(desk):
    desk.do(people.add_rep, "Bo", {"team": "east"})
    return desk.add("Pump", amount=Money(100_00, "CNY"), grade="A")


def whats(report):
    return [row[4] for row in report.rows]


def test_a_row_tells_what_is_late_and_where_it_belongs(desk, told, deal):
    desk.do(people.add_account, "Acme", {})
    desk.do(deals.edit, deal, {"account": "Acme"}, verb="edit")
    plan = desk.plan(deal, date(2026, 6, 5), "call", goal="send quote", for_="bo")
    [row] = told(overdue(desk.ask("2026-06-09 09:00")))
    assert row == {
        "id": plan,
        "due": date(2026, 6, 5),
        "days_late": 4,
        "workdays_late": 2,
        "what": "call",
        "goal": "send quote",
        "kind": "call",
        "channel": None,
        "deal": deal,
        "title": "Pump",
        "account": "Acme",
        "stage": "lead",
        "stage_name": "Lead",
        "for": "bo",
        "owner": "li",
        "amount": Money(100_00, "CNY"),
        "currency": "CNY",
        "grade": "A",
        "snoozed": 0,
    }


def test_a_day_is_over_at_its_last_midnight_and_a_time_right_after_it(desk, deal):
    desk.plan(deal, date(2026, 6, 2), "by day")
    desk.plan(deal, desk.at("2026-06-02 14:00"), "by time")
    assert whats(overdue(desk.ask("2026-06-02 14:00"))) == []
    assert whats(overdue(desk.ask("2026-06-02 14:01"))) == ["by time"]
    assert whats(overdue(desk.ask("2026-06-02 23:59"))) == ["by time"]
    assert whats(overdue(desk.ask("2026-06-03 00:00"))) == ["by time", "by day"]


def test_what_is_done_cancelled_or_on_a_closed_deal_is_not_overdue(desk, deal):
    for what in ("done", "cancelled", "left"):
        desk.plan(deal, date(2026, 6, 2), what)
    desk.at("2026-06-04 10:00")
    desk.do(activities.done, 1, None)
    desk.do(activities.cancel, 2, "no need")
    assert whats(overdue(desk.ask())) == ["left"]
    desk.move(deal, "lose", reason="price")
    assert whats(overdue(desk.ask())) == []
    assert whats(overdue(desk.ask("2026-06-03 10:00"))) == ["done", "cancelled", "left"]


def test_the_past_knows_nothing_of_a_later_snooze_or_hand_over(desk, told, deal):
    plan = desk.plan(deal, date(2026, 6, 2), "call")
    desk.at("2026-06-05 09:00")
    desk.do(activities.snooze, plan, date(2026, 6, 8))
    desk.do(deals.edit, deal, {"owner": "bo"}, verb="edit")
    assert overdue(desk.ask()).rows == []
    [then] = told(overdue(desk.ask("2026-06-04 09:00")))
    assert (then["for"], then["days_late"], then["snoozed"]) == ("li", 2, 0)
    [later] = told(overdue(desk.ask("2026-06-10 09:00")))
    assert (later["for"], later["days_late"], later["snoozed"]) == ("bo", 2, 1)


def test_the_summary_counts_follow_ups_deals_and_reps(desk, deal):
    desk.plan(deal, date(2026, 6, 1), "a")
    desk.plan(deal, date(2026, 6, 2), "b", for_="bo")
    desk.plan(desk.add("Valve"), date(2026, 6, 2), "c", for_="bo")
    report = overdue(desk.ask("2026-06-05 09:00"))
    assert report.notes[0] == "3 overdue on 2 deals; by rep: bo 2, li 1"
    assert "weekends only" in report.notes[-1]
    assert report.parameters == {"filter": "", "n": 3}


def test_a_cut_list_says_so(desk, deal):
    for n in range(3):
        desk.plan(deal, date(2026, 6, 1), str(n))
    report = overdue(desk.ask("2026-06-05 09:00"), limit=2)
    assert whats(report) == ["0", "1"]
    assert "2 of 3 shown; --limit 0 for all" in report.notes


def test_it_can_be_of_one_rep_and_of_some_deals(desk, deal):
    desk.plan(deal, date(2026, 6, 1), "mine")
    desk.plan(deal, date(2026, 6, 2), "his", for_="bo")
    desk.plan(desk.add("Valve", grade="C"), date(2026, 6, 3), "small")
    ask = desk.ask("2026-06-09 09:00")
    assert whats(overdue(ask, for_="Bo")) == whats(overdue(ask, ["for:bo"])) == ["his"]
    assert whats(overdue(ask, for_="me")) == ["mine", "small"]
    assert whats(overdue(ask, ["grade:A"])) == ["mine", "his"]
    assert whats(overdue(ask, ["late:>6d"])) == ["mine", "his"]
    assert whats(overdue(ask, ["due:2026-06-02"])) == ["his"]
    assert whats(overdue(ask, ["-kind:none"])) == []


def test_an_unknown_name_is_an_error_and_never_an_empty_answer(desk, deal):
    ask = desk.ask("2026-06-09 09:00")
    with pytest.raises(NotFound, match="no rep 'boo'") as caught:
        overdue(ask, for_="boo")
    assert caught.value.hint == "did you mean Bo?"
    with pytest.raises(UnknownWord):
        overdue(ask, ["grad:A"])
    with pytest.raises(UnknownActor):
        overdue(desk.ask(me="nobody"), for_="me")
