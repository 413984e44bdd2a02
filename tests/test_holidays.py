"""The team's holiday calendar: loaded, listed, changed, undone, and obeyed by everything that counts."""

from __future__ import annotations

import sys

import pytest


def said(dealflow, *words, **more):
    answer = dealflow(*words, **more)
    assert answer.code == 0, answer.err
    return answer.err


HOLIDAYS = ("settings", "holidays")


def test_the_holidays_of_a_country_are_loaded_once(dealflow):
    assert "holiday calendar: 39 added" in said(dealflow, *HOLIDAYS, "load", "CN", "2026")
    rows = dealflow.json(*HOLIDAYS, "list", "2026-02")
    assert [(row["day"], row["kind"]) for row in rows if row["kind"] == "work"] == [
        ("2026-02-14", "work"),
        ("2026-02-28", "work"),
    ]
    assert rows[1]["name"] == "春节"
    before = dealflow.rows("SELECT count(*) FROM command")
    assert "39 already there" in said(dealflow, *HOLIDAYS, "load", "CN", "2026")
    assert dealflow.rows("SELECT count(*) FROM command") == before


def test_a_rehearsed_load_says_what_would_change_and_changes_nothing(dealflow):
    dealflow.ok(*HOLIDAYS, "add", "2026-10-01", "国庆")
    before = dealflow.state()
    told = said(dealflow, *HOLIDAYS, "load", "CN", "2026", "--dry-run")
    assert "38 added, 1 changed" in told
    assert "2026-10-01: off 国庆 → off 国庆节" in told
    assert dealflow.state() == before


def test_undo_takes_the_calendar_back_whole(dealflow):
    dealflow.ok(*HOLIDAYS, "load", "CN", "2025-2026")
    dealflow.ok(*HOLIDAYS, "remove", "2026", "--yes")
    assert {row["day"][:4] for row in dealflow.json(*HOLIDAYS, "list")} == {"2025"}
    dealflow.ok("undo")
    assert len(dealflow.json(*HOLIDAYS, "list", "2026")) == 39
    dealflow.ok("undo")
    dealflow.ok("undo") if dealflow.json(*HOLIDAYS, "list") else None
    assert dealflow("db", "check").code == 0


def test_to_remove_many_days_asks_and_none_is_nothing(dealflow):
    dealflow.ok(*HOLIDAYS, "add", "2026-07-14")
    assert dealflow(*HOLIDAYS, "remove", "2026").code == 2
    assert "nothing to remove" in said(dealflow, *HOLIDAYS, "remove", "2026-07-15")
    dealflow.ok(*HOLIDAYS, "remove", "2026-07-14")
    assert dealflow.json(*HOLIDAYS, "list") == []


def test_a_file_of_days_is_read_in_the_ways_people_write_them(dealflow):
    text = "日期,类型,名称\n2026-10-01,休,国庆节\n2026/10/10\twork\t补班\n20261224\n2026年12月31日 放假\n# no\n\n2026-12-30;Retreat\n"
    dealflow.ok(*HOLIDAYS, "load", "-", stdin=text)
    listed = [(r["day"], r["kind"], r["name"]) for r in dealflow.json(*HOLIDAYS, "list")]
    assert listed == [
        ("2026-10-01", "off", "国庆节"),
        ("2026-10-10", "work", "补班"),
        ("2026-12-24", "off", "day off"),
        ("2026-12-30", "off", "Retreat"),
        ("2026-12-31", "off", "day off"),
    ]


def test_every_line_that_cannot_be_read_is_named_and_nothing_is_changed(dealflow):
    before = dealflow.state()
    answer = dealflow(
        *HOLIDAYS,
        "load",
        "-",
        stdin="2026-02-30\n2026-03-02,off\n2026-03-02,work\n2026-03-03,wrok\n",
    )
    assert (answer.code, answer.out) == (5, "")
    for part in (
        "line 1: 2026-02-30 is not in the calendar",
        "line 3",
        "both off and worked",
        "'wrok'",
    ):
        assert part in answer.err
    assert dealflow.state() == before


def test_a_year_that_nobody_published_is_not_found(dealflow):
    answer = dealflow(*HOLIDAYS, "load", "CN", "2199")
    assert (answer.code, answer.out) == (3, "")
    assert "pip install --upgrade chinesecalendar" in answer.err
    assert dealflow(*HOLIDAYS, "load", "ZZ", "2026").code == 3
    assert dealflow(*HOLIDAYS, "load", "CN", "soon").code == 2
    assert "hint: dealflow settings holidays load CN 2026" in dealflow(*HOLIDAYS, "load", "CN").err


@pytest.mark.parametrize(("country", "package"), [("CN", "chinese_calendar"), ("DE", "holidays")])
def test_without_the_extra_the_hint_says_how_to_get_it(dealflow, monkeypatch, country, package):
    monkeypatch.setitem(sys.modules, package, None)
    answer = dealflow(*HOLIDAYS, "load", country, "2026")
    assert (answer.code, answer.out) == (5, "")
    assert "pip install 'dealflow[holidays]'" in answer.err


def test_other_countries_and_their_parts(dealflow):
    dealflow.ok(*HOLIDAYS, "load", "DE-BY", "2026")
    days = {row["day"] for row in dealflow.json(*HOLIDAYS, "list")}
    assert {"2026-01-06", "2026-10-03", "2026-12-25"} <= days  # Epiphany is kept in Bavaria


# ── who obeys it ──────────────────────────────────────────────────────────────────────────────


def test_a_typed_working_day_goes_over_holidays_and_lands_on_a_made_up_one(dealflow):
    dealflow.ok(*HOLIDAYS, "load", "CN", "2026")
    dealflow.at("2026-02-11T10:00:00+08:00")
    dealflow.ok("add", "Pump", "--next", "+3wd")
    dealflow.ok("plan", "1", "4个工作日后", "call")
    assert [row["due"] for row in dealflow.json("agenda", "--days", "30")] == [
        "2026-02-14",
        "2026-02-24",
    ]
    assert [r["due"] for r in dealflow.json("agenda", "due:+4wd", "--days", "30")] == ["2026-02-24"]


def test_beyond_the_loaded_years_it_says_weekends_only(dealflow):
    dealflow.ok(*HOLIDAYS, "load", "CN", "2026")
    dealflow.ok("add", "Pump")
    dealflow.at("2026-12-31T10:00:00+08:00")
    answer = dealflow("plan", "1", "+2wd", "call")
    assert "note: weekends only: the holiday calendar has no days of 2027" in answer.err
    assert dealflow.rows("SELECT due_day FROM follow_up") == [("2027-01-04",)]


def test_working_days_late_are_by_the_calendar_and_the_report_says_which(dealflow):
    dealflow.ok("add", "Pump")
    dealflow.ok("plan", "1", "2026-09-30", "call")
    dealflow.at("2026-10-11T10:00:00+08:00")
    report = dealflow.json("overdue")
    assert (report["rows"][0]["days_late"], report["rows"][0]["workdays_late"]) == (11, 7)
    assert "weekends only, because no holiday calendar is set" in report["notes"][-1]
    dealflow.ok(*HOLIDAYS, "load", "CN", "2026")
    report = dealflow.json("overdue")
    assert report["rows"][0]["workdays_late"] == 3  # 8, 9 and the made-up 10 October
    assert report["notes"][-1] == "working days: by the holiday calendar of 2026"
    dealflow.at("2027-01-05T10:00:00+08:00")
    assert "weekends only in 2027" in dealflow.json("overdue")["notes"][-1]


def test_the_week_is_a_setting(dealflow):
    dealflow.ok("settings", "set", "workdays", "sun-thu")
    dealflow.ok("add", "Pump")
    dealflow.at("2026-07-02T10:00:00+08:00")  # a Thursday
    dealflow.ok("plan", "1", "+1wd", "call")
    assert dealflow.rows("SELECT due_day FROM follow_up") == [("2026-07-05",)]
    dealflow.at("2026-07-07T10:00:00+08:00")
    report = dealflow.json("overdue")
    assert report["rows"][0]["workdays_late"] == 2
    assert "(the week is sun-thu)" in report["notes"][-1]
    assert dealflow("settings", "set", "workdays", "never").code == 2


def test_the_proposal_of_the_cadence_is_a_day_on_which_somebody_works(dealflow):
    dealflow.ok(*HOLIDAYS, "load", "CN", "2026")
    dealflow.ok("add", "Pump", "--grade", "A")
    dealflow.at("2026-09-25T10:00:00+08:00")
    assert "proposes Thu 2026-10-08" in said(dealflow, "log", "1", "call")
    dealflow.at("2026-12-30T10:00:00+08:00")
    assert "2027-01-06 (weekends only)" in said(dealflow, "log", "1", "call")
