"""`dealflow effort`: contacts and kept plans, counted by hand."""

from __future__ import annotations

import pytest


@pytest.fixture
def week(dealflow):
    """li and wang work from Monday 29 June to Wednesday 1 July 2026."""
    dealflow.at("2026-06-29T09:00:00+08:00")
    dealflow.ok("reps", "add", "wang", "--team", "north")
    dealflow.ok("add", "Pumps", "-a", "Acme")
    dealflow.ok("add", "Valves", "-a", "Beta", "--owner", "wang")
    dealflow.ok("plan", "1", "2026-06-29", "call")
    dealflow.ok("plan", "1", "2026-06-29", "visit")
    dealflow.ok("plan", "1", "2026-06-30", "demo")
    dealflow.ok("plan", "1", "2026-06-30", "given up")
    dealflow.ok("plan", "1", "2026-07-01", "today")
    dealflow.ok("done", "1")
    dealflow.ok("log", "1", "call", "--channel", "phone")
    dealflow.ok("log", "2", "email", "--as", "wang")
    dealflow.ok("log", "1", "site_visit", "a page")
    dealflow.ok("accounts", "log", "Beta", "meeting")
    dealflow.at("2026-06-30T09:00:00+08:00")
    dealflow.ok("done", "2")
    dealflow.ok("cancel", "4", "--why", "no time")
    dealflow.at("2026-07-01T10:00:00+08:00")
    return dealflow


def told(dealflow, *words):
    rows = dealflow.json("effort", *words)["rows"]
    return {row.pop(next(iter(row))): row for row in rows}


def test_contacts_and_plans_of_a_week(week):
    rows = told(week, "--period", "this-week")
    li, wang = rows["li"], rows["wang"]
    assert (li["contacts"], li["calls"], li["visits"]) == (4, 2, 2)
    assert (li["customers"], li["deals"]) == (2, 1)
    assert (li["due"], li["on_time"], li["late"], li["open"], li["given_up"]) == (5, 1, 1, 2, 1)
    assert li["kept"] == pytest.approx(1 / 4)
    assert (wang["contacts"], wang["messages"], wang["due"]) == (1, 1, 0)


def test_today_if_nothing_is_said_and_as_of_another_day(week):
    today = told(week)["li"]
    assert (today["contacts"], today["due"], today["open"]) == (0, 1, 1)
    row = told(week, "--as-of", "2026-06-30")["li"]
    assert (row["contacts"], row["visits"]) == (1, 1)
    assert (row["due"], row["open"], row["given_up"]) == (2, 1, 1)
    before = told(week, "--as-of", "2026-06-29")["li"]
    assert (before["contacts"], before["due"], before["on_time"], before["open"]) == (3, 2, 1, 1)


def test_by_channel_and_by_kind(week):
    assert told(week, "--by", "channel", "--period", "this-week")["phone"]["contacts"] == 2
    kinds = told(week, "--by", "kind", "--period", "this-week")
    assert {kind: row["contacts"] for kind, row in kinds.items()} == {
        "call": 2,
        "visit": 1,
        "email": 1,
        "meeting": 1,
        "demo": 0,
        None: 0,
    }
    assert {kind: (row["due"], row["on_time"], row["late"]) for kind, row in kinds.items()} == {
        "call": (1, 1, 0),
        "visit": (1, 0, 1),
        "demo": (1, 0, 0),
        None: (2, 0, 0),
        "email": (0, 0, 0),
        "meeting": (0, 0, 0),
    }
    assert week("effort", "--by", "moon").code == 2


def test_a_filter_asks_for_deals_and_what_has_none_is_left_out(week):
    rows = told(week, "account:Acme", "--period", "this-week")
    assert rows["li"]["contacts"] == 3
    assert "wang" not in rows


def test_it_can_be_pasted(week):
    out = week.ok("effort", "--period", "this-week", "-o", "md").out
    assert "| li" in out


def test_one_contact_among_many_of_other_days_is_counted_as_many_are(week):
    """Few are looked up by when they happened, else all are gone through."""
    week.at("2026-07-02T10:00:00+08:00")
    for _ in range(40):
        week.ok("log", "2", "message", "--as", "wang")
    week.at("2026-07-03T10:00:00+08:00")
    week.ok("log", "1", "call")
    for more in ((), ("owner:li",), ("-owner:wang",)):
        assert [(who, row["contacts"]) for who, row in told(week, *more).items()] == [("li", 1)]
    assert told(week, "owner:wang") == {}
    thursday = told(week, "owner:wang", "--period", "2026-07-02")["wang"]
    assert (thursday["contacts"], thursday["customers"], thursday["deals"]) == (40, 1, 1)
    whole = told(week, "--period", "all", "--by", "team")
    assert (whole["north"]["contacts"], whole[None]["contacts"]) == (41, 5)
