"""Working days: the week as it is written, the calendar, and China's 2024 to 2026 with make-up days."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealflow.dates.reckoning import add_workdays, workdays_between
from dealflow.dates.workdays import MON_FRI, Calendar, parse_week, week_told, years_told
from dealflow.errors import UsageError
from dealflow.interchange.holidays import published

DAY = timedelta(days=1)
near = st.dates(date(2025, 1, 1), date(2027, 12, 31))
weeks = st.frozensets(st.integers(0, 6), min_size=1)
calendars = st.builds(Calendar, weeks, st.dictionaries(near, st.booleans(), max_size=60))


def days(*texts):
    return [date.fromisoformat(text) for text in texts]


# ── the week ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mon-fri", "mon-fri"),
        ("Monday - Saturday", "mon-sat"),
        ("sun-thu", "sun-thu"),
        ("sat..wed", "sat-wed"),
        ("mon,wed,fri", "mon,wed,fri"),
        ("mon tue", "mon,tue"),
        ("周一至周六", "mon-sat"),
        ("周一、周三到周五", "mon,wed-fri"),
        ("星期日-星期四", "sun-thu"),
        ("mon-sun", "mon-sun"),
        ("fri-fri", "fri"),
        ("fri,fri", "fri"),
        ("ｍｏｎ－ｆｒｉ", "mon-fri"),
    ],
)
def test_a_week_is_written_in_many_ways_and_kept_in_one(text, told):
    assert week_told(parse_week(text)) == told


@pytest.mark.parametrize(
    "text", ["", "x", "mon-", "-fri", "mon-wed-fri", "1-5", "monfri", ",", "0", "x" * 70]
)
def test_what_is_no_week_is_refused(text):
    with pytest.raises(UsageError) as refused:
        parse_week(text)
    assert refused.value.message == f"'{text[:64]}' is not a week"
    assert refused.value.hint == "try mon-fri, mon-sat, sun-thu, mon,wed,fri"
    assert refused.value.facts["given"] == text[:64]


@given(weeks)
def test_a_week_is_read_as_it_was_told(week):
    assert parse_week(week_told(week)) == week


@given(st.text(max_size=30))
def test_any_text_is_a_week_or_a_usage_error(text):
    with suppress(UsageError):
        assert parse_week(text) <= set(range(7))


def test_years_are_told_in_runs():
    assert years_told({2026, 2024, 2025, 2028}) == "2024–2026, 2028"
    assert years_told([2026, 2025]) == "2025–2026"


# ── the calendar ──────────────────────────────────────────────────────────────────────────────


@given(calendars, near, near)
def test_worked_days_between_are_those_one_counts_on_the_fingers(calendar, start, end):
    counted = 0
    day = start
    while day < end:
        day += DAY
        counted += calendar(day)
    assert calendar.between(start, end) == counted
    assert workdays_between(start, end, calendar) == counted


@given(calendars, near, st.integers(1, 30))
def test_so_many_working_days_later_lie_as_many_between(calendar, day, n):
    assert calendar.between(day, add_workdays(day, n, calendar)) == n


@given(near, near)
def test_without_holidays_it_is_the_week_alone(start, end):
    assert Calendar().between(start, end) == workdays_between(start, end)
    assert Calendar(MON_FRI)(start) == (start.weekday() < 5)


def test_it_knows_which_years_it_does_not_know():
    calendar = Calendar(MON_FRI, dict.fromkeys(days("2025-01-01", "2026-01-01"), False))
    assert calendar.unknown(date(2024, 12, 31), date(2027, 1, 1)) == (2024, 2027)
    assert calendar.unknown(date(2025, 3, 1), date(2026, 3, 1)) == ()


# ── China, as the State Council announced each year ───────────────────────────────────────────

#: worked although a Saturday or Sunday (调休上班)
MADE_UP = {
    2024: "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
    2025: "01-26 02-08 04-27 09-28 10-11",
    2026: "01-04 02-14 02-28 05-09 09-20 10-10",
}
#: off, first and last day
OFF = {
    2024: "01-01/01-01 02-10/02-17 04-04/04-06 05-01/05-05 06-10/06-10 09-15/09-17 10-01/10-07",
    2025: "01-01/01-01 01-28/02-04 04-04/04-06 05-01/05-05 05-31/06-02 10-01/10-08",
    2026: "01-01/01-03 02-15/02-23 04-04/04-06 05-01/05-05 06-19/06-21 09-25/09-27 10-01/10-07",
}
#: 365 or 366 days less 104 at weekends less 11 legal holidays, since 2025 13
WORKED = {2024: 251, 2025: 248, 2026: 248}


@pytest.fixture(scope="module")
def china():
    loaded = [one for year in MADE_UP for one in published("CN", None, year)]
    return Calendar(MON_FRI, {one.day: one.kind == "work" for one in loaded})


@pytest.mark.parametrize("year", MADE_UP)
def test_the_chinese_year_is_as_it_was_announced(china, year):
    off = set()
    for span in OFF[year].split():
        first, last = (date.fromisoformat(f"{year}-{part}") for part in span.split("/"))
        off |= {first + DAY * n for n in range((last - first).days + 1)}
    made_up = {date.fromisoformat(f"{year}-{part}") for part in MADE_UP[year].split()}
    assert all(day.weekday() >= 5 for day in made_up)
    day = date(year, 1, 1)
    while day.year == year:
        assert china(day) == (day in made_up or (day not in off and day.weekday() < 5)), day
        day += DAY
    assert china.between(date(year - 1, 12, 31), date(year, 12, 31)) == WORKED[year]


def test_three_working_days_before_spring_festival_2026_end_on_a_worked_saturday(china):
    assert add_workdays(date(2026, 2, 11), 3, china) == date(2026, 2, 14)
    assert add_workdays(date(2026, 2, 14), 1, china) == date(2026, 2, 24)
    assert add_workdays(date(2026, 2, 24), -1, china) == date(2026, 2, 14)
    assert china.between(date(2026, 9, 30), date(2026, 10, 10)) == 3  # the 8th, 9th, 10th
