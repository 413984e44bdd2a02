"""Cadences, due days and lateness."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealflow.errors import UsageError
from dealflow.followups import (
    DEFAULT_CADENCES,
    days_late,
    is_overdue,
    late_at,
    next_due,
    parse_cadence,
    quiet_before,
    workdays_late,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


def weekday(day):
    return day.weekday() < 5


def seconds(text):
    return int(datetime.fromisoformat(text).timestamp())


days = st.dates(date(2024, 1, 1), date(2027, 1, 1))


@given(st.integers(1, 999), st.sampled_from(["d", "w", "m", "wd"]))
def test_a_cadence_is_written_as_it_is_read(count, unit):
    assert str(parse_cadence(f"{count}{unit}")) == f"{count}{unit}"


@pytest.mark.parametrize(
    "text", ["", "7", "d", "0d", "-7d", "7 days", "1y", "1.5d", "10000d", "٣d"]
)
def test_what_is_not_a_cadence_is_refused(text):
    with pytest.raises(UsageError) as caught:
        parse_cadence(text)
    assert caught.value.message == f"'{text}' is not a cadence"
    assert caught.value.hint == "try 7d, 2w, 1m, 5wd"
    assert caught.value.facts == {"given": text}


def test_every_default_is_a_cadence_and_important_customers_are_weekly_ordinary_ones_monthly():
    assert {str(parse_cadence(text)) for text in DEFAULT_CADENCES.values()}
    assert (DEFAULT_CADENCES["A"], DEFAULT_CADENCES["C"]) == ("7d", "1m")


@pytest.mark.parametrize(
    ("last", "cadence", "due"),
    [
        ("2026-07-01", "7d", "2026-07-08"),
        ("2026-07-01", "2w", "2026-07-15"),
        ("2026-07-01", "3d", "2026-07-06"),  # a Saturday: Monday
        ("2026-07-03", "1wd", "2026-07-06"),
        ("2026-07-04", "1wd", "2026-07-06"),
        ("2026-07-01", "5wd", "2026-07-08"),
        ("2026-07-31", "1m", "2026-08-31"),
        ("2026-01-30", "1m", "2026-03-02"),  # 28 February is a Saturday: Monday
        ("2028-01-31", "1m", "2028-02-29"),
        ("2026-11-30", "3m", "2027-03-01"),  # 28 February is a Sunday: Monday
        ("2026-12-15", "1m", "2027-01-15"),
        ("2026-07-15", "12m", "2027-07-15"),
    ],
)
def test_the_next_contact_is_due(last, cadence, due):
    found = next_due(date.fromisoformat(last), parse_cadence(cadence), weekday)
    assert found == date.fromisoformat(due)


def test_holidays_are_days_off_too():
    def works(day):
        return weekday(day) and not date(2026, 10, 1) <= day <= date(2026, 10, 7)

    assert next_due(date(2026, 9, 24), parse_cadence("7d"), works) == date(2026, 10, 8)
    assert next_due(date(2026, 9, 30), parse_cadence("2wd"), works) == date(2026, 10, 9)


def test_a_calendar_without_working_days_still_has_due_days():
    def due(cadence):
        return next_due(date(2026, 7, 1), parse_cadence(cadence), lambda day: False)

    assert due("5wd") == date(2026, 7, 6)
    assert due("7d") == date(2026, 7, 9)  # the 8th is a day off like any other: the day after


@given(days, st.integers(1, 60), st.sampled_from(["d", "w", "m", "wd"]))
def test_the_next_contact_is_due_later_and_on_a_working_day(last, count, unit):
    due = next_due(last, parse_cadence(f"{count}{unit}"), weekday)
    assert due > last
    assert weekday(due)


def test_due_today_is_not_overdue_today():
    late = late_at(date(2026, 7, 1), None, SHANGHAI)
    assert not is_overdue(late, seconds("2026-07-01T00:00:00+08:00"))
    assert not is_overdue(late, seconds("2026-07-01T23:59:59+08:00"))
    assert is_overdue(late, seconds("2026-07-02T00:00:00+08:00"))
    assert days_late(date(2026, 7, 1), date(2026, 7, 1)) == 0


def test_the_day_is_that_of_the_business_time_zone():
    instant = seconds("2026-07-01T20:00:00+00:00")
    assert is_overdue(late_at(date(2026, 7, 1), None, SHANGHAI), instant)
    assert not is_overdue(late_at(date(2026, 7, 1), None, UTC), instant)


def test_due_at_an_instant_is_overdue_right_after_it():
    due = seconds("2026-07-01T14:30:00+08:00")
    late = late_at(date(2026, 7, 1), due, SHANGHAI)
    assert not is_overdue(late, due)
    assert is_overdue(late, due + 1)


def test_a_day_with_a_clock_change_is_over_when_the_next_one_starts():
    berlin = ZoneInfo("Europe/Berlin")
    spring = late_at(date(2026, 3, 29), None, berlin) - late_at(date(2026, 3, 28), None, berlin)
    autumn = late_at(date(2026, 10, 25), None, berlin) - late_at(date(2026, 10, 24), None, berlin)
    assert (spring, autumn) == (23 * 3600, 25 * 3600)


@pytest.mark.parametrize(
    ("due", "today", "calendar", "working"),
    [
        ("2026-07-03", "2026-07-03", 0, 0),
        ("2026-07-03", "2026-07-04", 1, 0),
        ("2026-07-03", "2026-07-06", 3, 1),
        ("2026-07-03", "2026-07-13", 10, 6),
        ("2026-07-04", "2026-07-05", 1, 0),
        ("2026-07-10", "2026-07-03", 0, 0),
    ],
)
def test_lateness_is_counted_in_calendar_and_in_working_days(due, today, calendar, working):
    due, today = date.fromisoformat(due), date.fromisoformat(today)
    assert days_late(due, today) == calendar
    assert workdays_late(due, today, weekday) == working


def test_holidays_do_not_make_a_follow_up_later_in_working_days():
    def works(day):
        return weekday(day) and not date(2026, 10, 1) <= day <= date(2026, 10, 7)

    assert workdays_late(date(2026, 9, 29), date(2026, 10, 9), works) == 3  # the 30th, 8th and 9th


@given(days, days)
def test_working_days_late_are_never_more_than_calendar_days(due, today):
    assert 0 <= workdays_late(due, today, weekday) <= days_late(due, today)


def test_a_snooze_counts_from_the_day_that_it_is_due_or_from_today(dealflow):
    dealflow.ok("add", "Acme", "--next", "2026-07-10", "--next-what", "call")
    assert "2026-07-12" in dealflow.ok("snooze", "1", "+2d").err
    dealflow.at("2026-07-20T10:00:00+08:00")
    assert "2026-07-22" in dealflow.ok("snooze", "1", "+2d").err
    assert dealflow.json("show", "1")["planned"][0]["snoozed"] == 2


def test_what_is_brought_forward_or_not_moved_was_not_put_off(dealflow):
    dealflow.ok("add", "Acme", "--next", "2026-07-10", "--next-what", "call")
    assert "is as it was" in dealflow.ok("snooze", "1", "2026-07-10").err
    assert "brought forward" in dealflow.ok("snooze", "1", "2026-07-08").err
    assert dealflow.json("show", "1")["planned"][0]["snoozed"] == 0


@pytest.mark.parametrize(
    ("zone", "day", "late"),
    [
        # the day on which clocks go forward has 23 hours, the one on which they go back 25
        (BERLIN, "2026-03-29", "2026-03-30T00:00:00+02:00"),
        (BERLIN, "2026-10-25", "2026-10-26T00:00:00+01:00"),
        (NEW_YORK, "2026-03-08", "2026-03-09T00:00:00-04:00"),
        (NEW_YORK, "2026-11-01", "2026-11-02T00:00:00-05:00"),
    ],
)
def test_a_day_is_over_at_midnight_whatever_its_hours(zone, day, late):
    due = date.fromisoformat(day)
    assert late_at(due, None, zone) == datetime.fromisoformat(late).timestamp()
    assert days_late(due, date.fromisoformat(late[:10])) == 1


@pytest.mark.parametrize(
    "cadence", ["1d", "7d", "2w", "1m", "3m", "1wd", "5wd", "30wd", "999d", "999m"]
)
def test_the_day_that_parts_the_quiet_from_the_others(cadence):
    told = parse_cadence(cadence)
    off = {date(2026, 10, n) for n in range(1, 8)}

    def worked(day):
        return day == date(2026, 10, 10) or (day.weekday() < 5 and day not in off)

    for today in (date(2026, 10, 1), date(2026, 10, 8), date(2026, 10, 12), date(2026, 3, 2)):
        first = quiet_before(told, today, worked)
        assert next_due(first, told, worked) >= today
        for n in range(1, 15):
            assert next_due(date.fromordinal(first.toordinal() - n), told, worked) < today


def test_in_the_first_centuries_everything_is_recent_enough():
    """No day is long enough before the year 2, and the calendar begins with the year 1."""
    assert quiet_before(parse_cadence("999m"), date(2, 1, 1), weekday) == date.min
    assert quiet_before(parse_cadence("1d"), date(1, 1, 20), weekday) == date.min


@pytest.mark.parametrize(
    ("cadence", "first"),
    [
        # Wednesday the 1st of July; whoever was contacted a day earlier was due yesterday
        ("1d", "2026-06-30"),
        ("7d", "2026-06-24"),
        ("2w", "2026-06-17"),
        ("1m", "2026-06-01"),
        ("1wd", "2026-06-30"),
        ("5wd", "2026-06-24"),
    ],
)
def test_the_first_day_that_is_recent_enough_by_the_calendar(cadence, first):
    assert quiet_before(parse_cadence(cadence), date(2026, 7, 1), weekday) == date.fromisoformat(
        first
    )


def test_a_contact_before_a_long_time_off_is_recent_until_it_is_over():
    """Nobody works for a hundred days: what was due in them is due on the day after."""
    back = date(2026, 10, 1)

    def worked(day):
        return day.weekday() < 5 and not 0 < (back - day).days <= 100

    # due on the last working day before, 2026-06-22, a Monday: with 1wd since the 19th, a Friday
    assert quiet_before(parse_cadence("1wd"), back, worked) == date(2026, 6, 22)
    assert quiet_before(parse_cadence("1d"), back, worked) == date(2026, 6, 22)
    assert quiet_before(parse_cadence("7d"), back, worked) == date(2026, 6, 16)
