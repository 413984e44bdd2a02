from __future__ import annotations

from datetime import date

import pytest

from dealflow.actions import activities, people
from dealflow.errors import NotFound, UnknownActor
from dealflow.money import Money
from dealflow.questions import agenda
from dealflow.questions.telling import when


def days_of(table, told):
    return [(row["id"], row["when"]) for row in told(table, screen=True)]


def test_overdue_today_and_the_next_days_stand_in_the_order_they_are_due(desk, told):
    deal = desk.add("one", amount=Money(100, "CNY"))
    desk.plan(deal, date(2026, 6, 8), "in a week")
    desk.plan(deal, date(2026, 6, 1), "today")
    desk.plan(deal, date(2026, 6, 9), "too far")
    desk.plan(deal, date(2026, 5, 29), "late")
    desk.plan(deal, date(2026, 6, 2), "tomorrow")
    table = agenda.agenda(desk.ask())
    assert days_of(table, told) == [
        (4, "3 days late"),
        (2, "today"),
        (5, "tomorrow"),
        (1, "Mon 8 Jun"),
    ]
    assert table.summary[0] == "1 overdue · 1 today · 2 later"


def test_due_today_is_not_late_and_a_time_today_is_late_once_it_is_past(desk, told):
    deal = desk.add("one")
    desk.plan(deal, desk.at("2026-06-01 14:30"))
    desk.plan(deal, date(2026, 6, 1))
    table = agenda.agenda(desk.ask("2026-06-01 14:30"))
    assert days_of(table, told) == [(1, "today 14:30"), (2, "today")]
    table = agenda.agenda(desk.ask("2026-06-01 14:31"))
    assert days_of(table, told) == [(1, "late since 14:30"), (2, "today")]
    assert table.summary[0] == "1 overdue · 1 today"
    assert days_of(agenda.agenda(desk.ask("2026-06-02 00:00")), told)[1] == (2, "1 day late")


def test_only_open_plans_on_open_deals_are_shown(desk):
    kept, closed = desk.add("kept"), desk.add("closed")
    done = desk.plan(kept, date(2026, 6, 2))
    desk.do(activities.done, done, activities.Happened(kind="call"))
    cancelled = desk.plan(kept, date(2026, 6, 2))
    desk.do(activities.cancel, cancelled, "no need")
    desk.plan(closed, date(2026, 6, 2))
    desk.move(closed, "void")
    mine = desk.plan(kept, date(2026, 6, 3))
    assert [row[0] for row in agenda.agenda(desk.ask()).rows] == [mine]


def test_mine_are_shown_where_there_are_any_otherwise_everybodys(desk):
    desk.do(people.add_rep, "wang", {})
    deal = desk.add("one")
    desk.plan(deal, date(2026, 6, 2), for_="wang")
    everybodys = agenda.agenda(desk.ask())
    assert [row[0] for row in everybodys.rows] == [1]
    assert "everybody's: nothing is planned for you" in everybodys.summary
    desk.plan(deal, date(2026, 6, 3))
    mine = agenda.agenda(desk.ask())
    assert [row[0] for row in mine.rows] == [2]
    assert any(note.startswith("yours") for note in mine.summary)
    assert [row[0] for row in agenda.agenda(desk.ask(), for_="wang").rows] == [1]
    assert [row[0] for row in agenda.agenda(desk.ask(), ["for:any"]).rows] == [1, 2]
    assert [row[0] for row in agenda.agenda(desk.ask(me=None)).rows] == [1, 2]


def test_somebody_unknown_is_not_an_empty_agenda(desk):
    with pytest.raises(NotFound):
        agenda.agenda(desk.ask(), for_="nobody")
    with pytest.raises(UnknownActor):
        agenda.agenda(desk.ask(me=None), for_="me")


def test_a_filter_on_the_due_day_replaces_the_days(desk):
    deal = desk.add("one")
    desk.plan(deal, date(2026, 6, 2))
    desk.plan(deal, date(2026, 8, 20))
    assert [row[0] for row in agenda.agenda(desk.ask(), ["due:2026-08"]).rows] == [2]
    assert [row[0] for row in agenda.agenda(desk.ask(), days=90).rows] == [1, 2]


def test_a_cut_agenda_says_so(desk):
    deal = desk.add("one")
    for _ in range(3):
        desk.plan(deal, date(2026, 6, 2))
    table = agenda.agenda(desk.ask(), limit=2)
    assert (len(table.rows), table.notes[-1]) == (2, "2 of 3 shown; --limit 0 for all")


def test_an_earlier_agenda_has_the_plans_as_they_stood(desk, told):
    deal = desk.add("one")
    plan = desk.plan(deal, date(2026, 6, 3))
    desk.at("2026-06-05 10:00")
    desk.do(activities.snooze, plan, date(2026, 6, 30))
    desk.plan(deal, date(2026, 6, 5))
    desk.at("2026-06-08 10:00")
    desk.move(deal, "void")
    assert agenda.agenda(desk.ask()).rows == []
    assert days_of(agenda.agenda(desk.ask("2026-06-04 10:00")), told) == [(plan, "1 day late")]


@pytest.mark.parametrize(
    ("due", "told"),
    [
        (date(2026, 12, 31), "today"),
        (date(2027, 1, 1), "tomorrow"),
        (date(2027, 1, 4), "Mon 4 Jan 2027"),
        (date(2026, 12, 28), "3 days late"),
    ],
)
def test_a_day_in_another_year_says_which(desk, due, told):
    now = desk.at("2026-12-31 23:59")
    assert when(due, now, desk.ask().zone) == told
