"""unplanned, quiet, stuck and next on deals that one can follow by hand."""

from __future__ import annotations

from datetime import date

import pytest

from dealflow.actions import activities, deals, people, settings
from dealflow.errors import NotFound, UnknownActor, UnknownWord
from dealflow.money import Money
from dealflow.questions.next import worklist_of
from dealflow.questions.quiet import quiet
from dealflow.questions.stuck import stuck
from dealflow.questions.unplanned import unplanned


def ids(report):
    return [row[0] for row in report.rows]


@pytest.fixture
def pump(desk):
    """A deal of grade A, entered on Monday 1 June at nine."""
    desk.do(people.add_rep, "Bo", {})
    return desk.add(
        "Pump", grade="A", account="Acme", new_account=True, amount=Money(480_000_00, "CNY")
    )


# ── unplanned ─────────────────────────────────────────────────────────────────────────────────


def test_a_deal_is_unplanned_until_something_is_planned_and_again_when_it_is_done(desk, pump):
    assert ids(unplanned(desk.ask("2026-06-01 10:00"))) == [pump]
    plan = desk.plan(pump, date(2026, 6, 5))
    assert ids(unplanned(desk.ask("2026-06-02 10:00"))) == []
    desk.do(activities.cancel, plan, "no need")
    assert ids(unplanned(desk.ask("2026-06-03 10:00"))) == [pump]
    assert ids(unplanned(desk.ask("2026-06-02 09:59"))) == []
    desk.at("2026-06-04 10:00")
    desk.move(pump, "lose", reason="price")
    report = unplanned(desk.ask("2026-06-05 10:00"))
    assert (ids(report), report.notes) == ([], ())


def test_those_without_contact_for_longest_come_first_and_the_counts_are_by_rep(desk, told, pump):
    other = desk.add("Valve", owner="bo")
    desk.at("2026-06-03 10:00")
    desk.log(pump, "call")
    report = unplanned(desk.ask("2026-06-06 10:00"))
    assert [(row["id"], row["days_without_contact"]) for row in told(report)] == [
        (other, 5),
        (pump, 3),
    ]
    assert report.notes == ("2 unplanned deals; by rep: bo 1, li 1",)
    cut = unplanned(desk.ask(), limit=1)
    assert (ids(cut), cut.notes[-1]) == ([other], "1 of 2 shown; --limit 0 for all")
    assert (
        ids(unplanned(desk.ask(), for_="Bo")) == ids(unplanned(desk.ask(), ["owner:bo"])) == [other]
    )
    with pytest.raises(NotFound):
        unplanned(desk.ask(), for_="nobody")
    with pytest.raises(UnknownActor):
        unplanned(desk.ask(me=None), for_="me")


# ── quiet ─────────────────────────────────────────────────────────────────────────────────────


def test_a_deal_of_grade_a_is_quiet_when_a_week_and_the_due_day_are_over(desk, told, pump):
    desk.at("2026-06-02 23:00")
    desk.log(pump, "call")
    assert ids(quiet(desk.ask("2026-06-09 23:59"))) == []  # due on this day
    [row] = told(quiet(desk.ask("2026-06-10 00:00")))
    assert (row["cadence"], row["due"], row["days_late"]) == ("7d", date(2026, 6, 9), 1)


def test_only_contact_counts(desk, pump):
    desk.at("2026-06-08 12:00")
    for kind in ("note", "site_visit", "asks_price"):
        desk.log(pump, kind)
    assert ids(quiet(desk.ask("2026-06-09 10:00"))) == [pump]
    desk.log(pump, "email")
    assert ids(quiet(desk.ask("2026-06-09 10:01"))) == []


def test_the_grade_is_the_customers_where_the_deal_has_none_and_both_may_lack_it(desk, pump):
    desk.do(people.edit_account, "Acme", {"grade": "C"})
    by_customer = desk.add("Valve", account="Acme")
    ungraded = desk.add("Seal")
    assert set(ids(quiet(desk.ask("2026-06-20 10:00")))) == {pump, ungraded}  # 7 and 14 days
    assert set(ids(quiet(desk.ask("2026-07-02 10:00")))) == {pump, ungraded, by_customer}


def test_a_cadence_in_working_days_passes_over_the_weekend(desk, pump):
    desk.do(settings.put, "cadence.A", "5wd")
    assert ids(quiet(desk.ask("2026-06-08 10:00"))) == []  # due on that Monday
    assert ids(quiet(desk.ask("2026-06-09 10:00"))) == [pump]


# ── stuck ─────────────────────────────────────────────────────────────────────────────────────


def test_a_deal_is_stuck_after_the_expected_days_of_its_stage(desk, told, pump):
    # `en` expects 14 days of a lead
    assert ids(stuck(desk.ask("2026-06-15 09:00"))) == []
    [row] = told(stuck(desk.ask("2026-06-15 09:01")))
    assert (row["days_in_stage"], row["limit_days"], row["limit_is"]) == (14, 14.0, "expected")
    [row] = told(stuck(desk.ask("2026-06-29 09:00")))
    assert row["times"] == 2.0


# ── next ──────────────────────────────────────────────────────────────────────────────────────


def test_a_line_says_why_it_is_there(desk, told, pump):
    for n in range(4):
        desk.add(f"Other {n}", amount=Money(100_000_00, "CNY"))
    plan = desk.plan(pump, date(2026, 6, 26), "send the quote")
    row = told(worklist_of(desk.ask("2026-06-29 09:00"), ["title:pump"]))[0]
    assert row["why"] == (
        "3 days late · grade A · ¥48万 · twice the expected time in this stage"
        " · no contact for 28 days"
    )
    assert (row["follow_up"], row["what"]) == (plan, "send the quote")
    # one working day late; 28 days against 7, and 4.8 times the median, count 3 at most
    parts = {
        name: row[f"{name}_points"]
        for name in ("late", "today", "quiet", "stuck", "grade", "amount")
    }
    assert parts == {"late": 3.6, "today": 0, "quiet": 3, "stuck": 2, "grade": 2, "amount": 3}
    assert row["score"] == pytest.approx(13.6)


def test_what_is_put_off_and_for_somebody_else_is_told(desk, told, pump):
    plan = desk.plan(pump, date(2026, 6, 2), "demo", for_="bo")
    for day in (3, 4):
        desk.do(activities.snooze, plan, date(2026, 6, day))
    row = told(worklist_of(desk.ask("2026-06-05 09:00")))[0]
    assert row["why"].startswith("1 day late (for bo) (snoozed 2×) · grade A")
    # and it is on bo's list, for this and nothing else
    [row] = told(worklist_of(desk.ask(), for_="bo"))
    assert row["unplanned_points"] == row["quiet_points"] == 0
    assert told(worklist_of(desk.ask(me="bo")))[0]["id"] == pump


def test_without_a_reason_a_deal_is_not_on_the_list_and_a_weight_of_zero_takes_one_away(desk, pump):
    desk.plan(pump, date(2026, 6, 5))
    assert ids(worklist_of(desk.ask("2026-06-01 10:00"))) == []
    assert ids(worklist_of(desk.ask("2026-06-05 10:00"))) == [pump]  # due today
    desk.do(settings.put, "next.today", "0")
    assert ids(worklist_of(desk.ask())) == []


def test_the_weights_are_settings_and_explain_shows_them(desk, told, pump):
    desk.plan(pump, date(2026, 6, 2))
    desk.add("Valve")  # nothing planned
    ask = desk.ask("2026-06-04 10:00")
    assert ids(worklist_of(ask)) == [1, 2]
    desk.do(settings.put, "next.unplanned", "50")
    report = worklist_of(desk.ask(), explain=True)
    assert ids(report) == [2, 1]
    formula = {row["part"]: row["weight"] for row in told(report.sections[0])}
    assert (formula["unplanned"], formula["late"]) == (50, 3)
    shown = told(report, screen=True)[0]
    assert shown["unplanned_points"] == shown["score"] == 50


def test_the_list_is_ones_own_unless_told_otherwise(desk, pump):
    his = desk.add("Valve", owner="bo")
    ask = desk.ask("2026-06-02 10:00")
    assert ids(worklist_of(ask)) == [pump]
    assert set(ids(worklist_of(ask, everybody=True))) == {pump, his}
    assert ids(worklist_of(ask, for_="Bo")) == ids(worklist_of(ask, ["owner:bo"])) == [his]
    assert set(ids(worklist_of(desk.ask(me="nobody")))) == {pump, his}


def test_amounts_of_two_currencies_are_compared_by_the_rate_or_not_at_all(desk, told, pump):
    desk.do(settings.rate, "USD", date(2026, 1, 1), 7_000_000)
    dollars = desk.add("Valve", amount=Money(1_000_00, "USD"))
    euros = desk.add("Seal", amount=Money(9_000_00, "EUR"))
    rows = told(worklist_of(desk.ask("2026-06-02 10:00")))
    points = {row["id"]: row["amount_points"] for row in rows}
    middle = (480_000 + 7_000) / 2
    assert points == {pump: 1.97, dollars: round(7_000 / middle, 2), euros: 0}


def test_an_expected_close_counts_the_more_the_nearer_it_is(desk, told, pump):
    desk.do(deals.edit, pump, {"close": date(2026, 6, 10)}, verb="edit")
    desk.plan(pump, date(2026, 7, 31))
    desk.log(pump, "call")
    found = {}
    for day in ("05-31", "06-01", "06-03", "06-10", "06-12"):
        rows = told(worklist_of(desk.ask(f"2026-{day} 10:00"))) if day > "06" else []
        found[day] = (rows[0]["close_points"], rows[0]["why"].split(" · ")[-1]) if rows else None
    assert found["06-03"] == (0.5, "to close in 7 days")
    assert found["06-10"][0] == found["06-12"][0] == 1
    assert (
        "close date passed 2 days ago" in told(worklist_of(desk.ask("2026-06-12 10:00")))[0]["why"]
    )


def test_words_that_are_not_known_are_errors(desk, pump):
    for question in (unplanned, quiet, stuck, worklist_of):
        with pytest.raises(UnknownWord):
            question(desk.ask(), ["grad:A"])
