"""Days, instants and periods: each word against a calendar worked out by hand."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from dealflow.dates import (
    ALL,
    Period,
    add_months,
    add_workdays,
    bounds,
    day_of,
    end_of,
    iso,
    parse_day,
    parse_instant,
    parse_period,
    parse_when,
    period_between,
    start_of,
    weekday,
    workdays_between,
    zone,
)
from dealflow.errors import BadDate, BadPeriod, UnknownWord, UsageError

SHANGHAI = zone("Asia/Shanghai")
NEW_YORK = zone("America/New_York")
SAO_PAULO = zone("America/Sao_Paulo")
TODAY = date(2026, 6, 24)  # a Wednesday, in ISO week 26
NOW = int(datetime(2026, 6, 24, 6, 30, tzinfo=UTC).timestamp())  # 14:30 in Shanghai

ZONES = [
    "UTC", "Asia/Shanghai", "America/New_York", "America/Sao_Paulo", "Europe/London",
    "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Kiritimati", "America/St_Johns",
]  # fmt: skip
zones = st.sampled_from(ZONES).map(zone)
days = st.dates(date(1971, 1, 1), date(2199, 12, 31))
instants = st.integers(86_400, 7_200_000_000)


TWO_WAYS = "can be read in two ways; write the year first, as in 2026-07-01"


def utc(*parts):
    return int(datetime(*parts, tzinfo=UTC).timestamp())


def when(text, **how):
    return parse_when(text, NOW, SHANGHAI, **how)


def local(text, **how):
    return iso(when(text, **how), SHANGHAI)


# ── days ──────────────────────────────────────────────────────────────────────────────────────

DAYS = [
    # written out
    ("2026-07-01", "2026-07-01"),
    ("2026-7-1", "2026-07-01"),
    ("2026/7/1", "2026-07-01"),
    ("2026.7.1", "2026-07-01"),
    ("20260701", "2026-07-01"),
    ("２０２６－０７－０１", "2026-07-01"),
    ("  2026-07-01 ", "2026-07-01"),
    ("2026年7月1日", "2026-07-01"),
    ("2026 年 7 月 1 日", "2026-07-01"),
    ("2026年十二月二十一号", "2026-12-21"),
    ("2024-02-29", "2024-02-29"),
    ("1970-01-01", "1970-01-01"),
    ("2200-12-31", "2200-12-31"),
    ("July 1 2026", "2026-07-01"),
    ("July 1st, 2026", "2026-07-01"),
    ("Wed, 1 Jul 2026", "2026-07-01"),
    ("1-Jul-2026", "2026-07-01"),
    ("2026 July 1", "2026-07-01"),
    # without a year: the next such day, today included
    ("7月1日", "2026-07-01"),
    ("6月24日", "2026-06-24"),
    ("6月23号", "2027-06-23"),
    ("七月一日", "2026-07-01"),
    ("2月29日", "2028-02-29"),
    ("1 Jul", "2026-07-01"),
    ("1 jul" + "." * 59, "2026-07-01"),
    ("1st of July", "2026-07-01"),
    ("jun 23", "2027-06-23"),
    ("29 feb", "2028-02-29"),
    ("dec 31", "2026-12-31"),
    # near today
    ("today", "2026-06-24"),
    ("Tomorrow", "2026-06-25"),
    ("yesterday", "2026-06-23"),
    ("今天", "2026-06-24"),
    ("明天", "2026-06-25"),
    ("后天", "2026-06-26"),
    ("後天", "2026-06-26"),
    ("大后天", "2026-06-27"),
    ("昨天", "2026-06-23"),
    ("前天", "2026-06-22"),
    # weekdays
    ("thu", "2026-06-25"),
    ("fri", "2026-06-26"),
    ("Friday", "2026-06-26"),
    ("tue", "2026-06-30"),
    ("wed", "2026-07-01"),
    ("wednesday", "2026-07-01"),
    ("this fri", "2026-06-26"),
    ("this mon", "2026-06-22"),
    ("next fri", "2026-07-03"),
    ("next monday", "2026-06-29"),
    ("last fri", "2026-06-19"),
    ("last mon", "2026-06-15"),
    ("周五", "2026-06-26"),
    ("周三", "2026-07-01"),
    ("星期日", "2026-06-28"),
    ("礼拜天", "2026-06-28"),
    ("本周五", "2026-06-26"),
    ("这周一", "2026-06-22"),
    ("下周五", "2026-07-03"),
    ("下週五", "2026-07-03"),
    ("下个星期一", "2026-06-29"),
    ("下下周一", "2026-07-06"),
    ("上周五", "2026-06-19"),
    # moved
    ("+3d", "2026-06-27"),
    ("3d", "2026-06-27"),
    ("3 days", "2026-06-27"),
    ("in 3 days", "2026-06-27"),
    ("3 days ago", "2026-06-21"),
    ("-2w", "2026-06-10"),
    ("+1m", "2026-07-24"),
    ("+1q", "2026-09-24"),
    ("+1y", "2027-06-24"),
    ("+0d", "2026-06-24"),
    ("+3wd", "2026-06-29"),
    ("-3wd", "2026-06-19"),
    ("2 working days ago", "2026-06-22"),
    ("3天后", "2026-06-27"),
    ("三天之后", "2026-06-27"),
    ("两天前", "2026-06-22"),
    ("2周后", "2026-07-08"),
    ("1个月后", "2026-07-24"),
    ("十二个月以前", "2025-06-24"),
    ("1年后", "2027-06-24"),
    ("3个工作日后", "2026-06-29"),
    # edges
    ("sow", "2026-06-22"),
    ("eow", "2026-06-28"),
    ("som", "2026-06-01"),
    ("eom", "2026-06-30"),
    ("soq", "2026-04-01"),
    ("eoq", "2026-06-30"),
    ("soy", "2026-01-01"),
    ("EOY", "2026-12-31"),
    ("end of month", "2026-06-30"),
    ("end of next quarter", "2026-09-30"),
    ("start of last year", "2025-01-01"),
    ("next week", "2026-06-29"),
    ("next month", "2026-07-01"),
    ("下周", "2026-06-29"),
    ("下月", "2026-07-01"),
    ("下个月", "2026-07-01"),
    ("明年", "2027-01-01"),
    ("周初", "2026-06-22"),
    ("下周底", "2026-07-05"),
    ("月初", "2026-06-01"),
    ("月底", "2026-06-30"),
    ("季末", "2026-06-30"),
    ("季底", "2026-06-30"),
    ("下季度初", "2026-07-01"),
    ("年底", "2026-12-31"),
    ("下月底", "2026-07-31"),
    ("上个月底", "2026-05-31"),
    ("明年底", "2027-12-31"),
]


@pytest.mark.parametrize(("text", "day"), DAYS)
def test_a_word_names_its_day(text, day):
    assert when(text) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("fri", "2026-06-19"),
        ("wed", "2026-06-17"),
        ("tue", "2026-06-23"),
        ("周五", "2026-06-19"),
        ("3d", "2026-06-21"),
        ("2 weeks", "2026-06-10"),
        ("3wd", "2026-06-19"),
        ("7月1日", "2025-07-01"),
        ("6月24日", "2026-06-24"),
        ("2月29日", "2024-02-29"),
        ("Jul 1", "2025-07-01"),
        # a direction that is said stays
        ("+3d", "2026-06-27"),
        ("3天后", "2026-06-27"),
        ("next fri", "2026-07-03"),
        ("in 3 days", "2026-06-27"),
    ],
)
def test_looking_back_a_word_without_a_direction_names_the_day_before(text, day):
    assert when(text, past=True) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("today", "text", "day"),
    [
        ("2026-01-31", "+1m", "2026-02-28"),
        ("2024-01-31", "+1m", "2024-02-29"),
        ("2026-03-31", "-1m", "2026-02-28"),
        ("2024-02-29", "+1y", "2025-02-28"),
        ("2024-02-29", "+4y", "2028-02-29"),
        ("2026-12-31", "+2m", "2027-02-28"),
        ("2026-12-31", "next month", "2027-01-01"),
        ("2026-12-31", "下月底", "2027-01-31"),
        ("2026-01-31", "下月底", "2026-02-28"),
        ("2024-02-10", "eom", "2024-02-29"),
        ("2026-02-10", "eom", "2026-02-28"),
        ("2026-12-31", "eoq", "2026-12-31"),
        ("2026-10-01", "soq", "2026-10-01"),
        ("2026-06-29", "sow", "2026-06-29"),
        ("2026-06-28", "sow", "2026-06-22"),
        ("2026-06-28", "eow", "2026-06-28"),
        ("2026-06-28", "next week", "2026-06-29"),
        ("2026-06-28", "next fri", "2026-07-03"),
        ("2026-06-28", "last fri", "2026-06-19"),
        ("2026-06-28", "下周一", "2026-06-29"),
        ("2026-06-29", "下周一", "2026-07-06"),
        ("2026-12-31", "fri", "2027-01-01"),
        ("2026-06-26", "+1wd", "2026-06-29"),
        ("2026-06-27", "-1wd", "2026-06-26"),
    ],
)
def test_words_hold_at_the_borders_of_weeks_months_and_years(today, text, day):
    noon = int(datetime.fromisoformat(f"{today}T12:00:00+08:00").timestamp())
    assert parse_when(text, noon, SHANGHAI) == date.fromisoformat(day)


def test_today_is_the_day_in_the_business_zone():
    late = utc(2026, 6, 24, 22, 0)
    assert parse_when("today", late, SHANGHAI) == date(2026, 6, 25)
    assert parse_when("today", late, NEW_YORK) == date(2026, 6, 24)


def test_working_days_follow_the_calendar_that_is_given():
    def open_on(day):
        return weekday(day) and day != date(2026, 6, 25)

    assert when("+1wd", is_workday=open_on) == date(2026, 6, 26)
    assert parse_day("3个工作日后", NOW, SHANGHAI, is_workday=open_on) == date(2026, 6, 30)


# ── instants ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("now", "2026-06-24T14:30:00+08:00"),
        ("现在", "2026-06-24T14:30:00+08:00"),
        ("+2h", "2026-06-24T16:30:00+08:00"),
        ("-2 hours", "2026-06-24T12:30:00+08:00"),
        ("30min", "2026-06-24T15:00:00+08:00"),
        ("30 minutes ago", "2026-06-24T14:00:00+08:00"),
        ("2小时后", "2026-06-24T16:30:00+08:00"),
        ("2个小时前", "2026-06-24T12:30:00+08:00"),
        ("十分钟前", "2026-06-24T14:20:00+08:00"),
        ("14:30", "2026-06-24T14:30:00+08:00"),
        ("9:05", "2026-06-24T09:05:00+08:00"),
        ("14：30", "2026-06-24T14:30:00+08:00"),
        ("23:59:59", "2026-06-24T23:59:59+08:00"),
        ("0:00", "2026-06-24T00:00:00+08:00"),
        ("noon", "2026-06-24T12:00:00+08:00"),
        ("12am", "2026-06-24T00:00:00+08:00"),
        ("12pm", "2026-06-24T12:00:00+08:00"),
        ("12:30 am", "2026-06-24T00:30:00+08:00"),
        ("9 PM", "2026-06-24T21:00:00+08:00"),
        ("10点", "2026-06-24T10:00:00+08:00"),
        ("7点", "2026-06-24T07:00:00+08:00"),
        ("十点", "2026-06-24T10:00:00+08:00"),
        ("15点20分", "2026-06-24T15:20:00+08:00"),
        ("下午3点", "2026-06-24T15:00:00+08:00"),
        ("下午3:30", "2026-06-24T15:30:00+08:00"),
        ("下午15点", "2026-06-24T15:00:00+08:00"),
        ("下午三點一刻", "2026-06-24T15:15:00+08:00"),
        ("中午12点", "2026-06-24T12:00:00+08:00"),
        ("中午1点", "2026-06-24T13:00:00+08:00"),
        ("凌晨3点", "2026-06-24T03:00:00+08:00"),
        ("晚上8点整", "2026-06-24T20:00:00+08:00"),
        ("tomorrow 14:30", "2026-06-25T14:30:00+08:00"),
        ("fri 9am", "2026-06-26T09:00:00+08:00"),
        ("fri at 9am", "2026-06-26T09:00:00+08:00"),
        ("9am fri", "2026-06-26T09:00:00+08:00"),
        ("next fri noon", "2026-07-03T12:00:00+08:00"),
        ("+3d 14:30", "2026-06-27T14:30:00+08:00"),
        ("eom 18:00", "2026-06-30T18:00:00+08:00"),
        ("明天 14:30", "2026-06-25T14:30:00+08:00"),
        ("明天下午3点半", "2026-06-25T15:30:00+08:00"),
        ("下周五上午10点", "2026-07-03T10:00:00+08:00"),
        ("周二十点", "2026-06-30T10:00:00+08:00"),
        ("7月1日下午2点", "2026-07-01T14:00:00+08:00"),
        ("July 1 2026 9:00", "2026-07-01T09:00:00+08:00"),
        ("2026-07-01 14:30", "2026-07-01T14:30:00+08:00"),
        ("2026-07-01T14:30", "2026-07-01T14:30:00+08:00"),
        ("2026-07-01T14:30:59.999", "2026-07-01T14:30:59+08:00"),
        ("2026/7/1 14:30", "2026-07-01T14:30:00+08:00"),
        ("20260701 9am", "2026-07-01T09:00:00+08:00"),
        ("2026-07-01T14:30Z", "2026-07-01T22:30:00+08:00"),
        ("2026-07-01T14:30:00+02:00", "2026-07-01T20:30:00+08:00"),
        ("2026-07-01 14:30 -0330", "2026-07-02T02:00:00+08:00"),
        ("2026-07-01T12:00+15:59:59", "2026-07-01T04:00:01+08:00"),
        ("fri at 下午3点", "2026-06-26T15:00:00+08:00"),
        ("周五 at 9am", "2026-06-26T09:00:00+08:00"),
        ("1970-01-01T00:00+08:00", "1970-01-01T00:00:00+08:00"),
        ("1970-01-01T00:00Z", "1970-01-01T08:00:00+08:00"),
    ],
)
def test_a_time_of_day_makes_it_an_instant(text, instant):
    assert local(text) == instant


def test_looking_back_hours_and_weekdays_with_a_time_lie_behind():
    assert local("2h", past=True) == "2026-06-24T12:30:00+08:00"
    assert local("fri 9am", past=True) == "2026-06-19T09:00:00+08:00"


def test_a_time_that_clocks_skip_moves_on_and_one_that_they_repeat_is_the_first():
    skipped = parse_when("2026-03-08 02:30", NOW, NEW_YORK)
    repeated = parse_when("2026-11-01 01:30", NOW, NEW_YORK)
    assert iso(skipped, NEW_YORK) == "2026-03-08T03:30:00-04:00"
    assert iso(repeated, NEW_YORK) == "2026-11-01T01:30:00-04:00"


def test_something_that_happened_on_a_day_happened_at_its_noon_or_now_if_today():
    assert parse_instant("today", NOW, SHANGHAI) == NOW
    assert parse_instant("fri", NOW, SHANGHAI) == utc(2026, 6, 19, 4)
    assert parse_instant("2026-06-01", NOW, SHANGHAI) == utc(2026, 6, 1, 4)
    assert parse_instant("9:15", NOW, SHANGHAI) == utc(2026, 6, 24, 1, 15)
    assert parse_instant("fri", NOW, SHANGHAI, past=False) == utc(2026, 6, 26, 4)
    late = utc(2026, 6, 24, 22)
    assert parse_instant("today", late, SHANGHAI) == late


def test_working_days_ago_are_those_of_the_calendar_that_is_given():
    def open_on(day):
        return weekday(day) and day != date(2026, 6, 23)

    assert parse_instant("1wd", NOW, SHANGHAI, is_workday=open_on) == utc(2026, 6, 22, 4)


def test_the_first_and_the_last_year_can_be_named():
    assert parse_when("1月1日", utc(2199, 12, 31, 4), SHANGHAI) == date(2200, 1, 1)
    assert parse_when("12月31日", utc(1971, 1, 1, 4), SHANGHAI, past=True) == date(1970, 12, 31)
    with pytest.raises(BadDate, match=r"^'1月1日' lies outside the years 1970 to 2200$"):
        parse_when("1月1日", utc(2200, 12, 31, 4), SHANGHAI)
    with pytest.raises(BadDate, match=r"^'-99999h' lies outside the years 1970 to 2200$"):
        parse_when("-99999h", utc(1975, 1, 1), SHANGHAI)


@pytest.mark.parametrize("hour", range(1, 7))
def test_what_is_proposed_for_an_hour_that_can_be_two_means_those_two(hour):
    with pytest.raises(BadDate) as refused:
        when(f"{hour}点")
    early, late = refused.value.message.partition("; say ")[2].split(" or ")
    assert local(early) == f"2026-06-24T{hour:02}:00:00+08:00"
    assert local(late) == f"2026-06-24T{hour + 12}:00:00+08:00"


@pytest.mark.parametrize("text", ["14:30", "now", "fri 9am", "2026-07-01T00:00Z", "+2h"])
def test_where_only_a_day_fits_a_time_is_refused(text):
    with pytest.raises(BadDate, match=r"' has a time of day, and only a day fits here$"):
        parse_day(text, NOW, SHANGHAI)


def test_where_only_a_day_fits_words_mean_what_they_mean_elsewhere():
    assert parse_day("fri", NOW, SHANGHAI) == date(2026, 6, 26)
    assert parse_day("fri", NOW, SHANGHAI, past=True) == date(2026, 6, 19)
    assert parse_day("today", utc(2026, 6, 24, 22), SHANGHAI) == date(2026, 6, 25)


# ── what is refused ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("01/02/2026", TWO_WAYS),
        ("13/02/2026", TWO_WAYS),
        ("1.2.2026", TWO_WAYS),
        ("26-07-01", TWO_WAYS),
        ("7/1", TWO_WAYS),
        ("01/02/2026 14:30", TWO_WAYS),
        ("2026-07", "is not a day; write year, month and day, as in 2026-07-01"),
        ("202607", "is not a day; write year, month and day, as in 2026-07-01"),
        ("2026-02-30", "is not a day in the calendar"),
        ("2026-02-29", "is not a day in the calendar"),
        ("2026-13-01", "is not a day in the calendar"),
        ("20260631", "is not a day in the calendar"),
        ("0000-01-01", "is not a day in the calendar"),
        ("2026年2月30日", "is not a day in the calendar"),
        ("2月30日", "is not a day in the calendar"),
        ("30 Feb", "is not a day in the calendar"),
        ("2026-02-30 10:00", "is not a day in the calendar"),
        ("Mon 1 Jul 2026", "falls on wed, not on mon"),
        ("1969-12-31", "lies outside the years 1970 to 2200"),
        ("2201-01-01", "lies outside the years 1970 to 2200"),
        ("2201-01-01 00:00", "lies outside the years 1970 to 2200"),
        ("1 Jul 1815", "lies outside the years 1970 to 2200"),
        ("+99999d", "lies outside the years 1970 to 2200"),
        ("-99999m", "lies outside the years 1970 to 2200"),
        ("+99999y", "lies outside the years 1970 to 2200"),
        ("+99999wd", "lies outside the years 1970 to 2200"),
        ("-99999 wd", "lies outside the years 1970 to 2200"),
        ("25:00", "has no such time of day"),
        ("24:00", "has no such time of day"),
        ("14:60", "has no such time of day"),
        ("15am", "has no such time of day"),
        ("晚上12点", "has no such time of day"),
        ("下午9点", "has no such time of day"),
        ("2026-07-01T25:00Z", "has no such time of day"),
        ("凌晨13点", "has no such time of day"),
        ("2026-07-01T12:00+16:00", "has an impossible offset from UTC"),
        ("2026-07-01T12:00+15:60", "has an impossible offset from UTC"),
        ("2026-07-01T12:00+15:59:60", "has an impossible offset from UTC"),
        ("2026-07-01T12:00+99:00", "has an impossible offset from UTC"),
        ("1点", "can be morning or afternoon; say 凌晨1点 or 下午1点"),
        ("6点", "can be morning or afternoon; say 早上6点 or 下午6点"),
        ("明天3点", "can be morning or afternoon; say 凌晨3点 or 下午3点"),
        ("", "is not a date"),
        ("   ", "is not a date"),
        ("someday", "is not a date"),
        ("frday", "is not a date"),
        ("frinoon", "is not a date"),
        ("eod", "is not a date"),
        ("周末", "is not a date"),
        ("上月", "is not a date"),
        ("last week", "is not a date"),
        ("this week", "is not a date"),
        ("本月", "is not a date"),
        ("July", "is not a date"),
        ("July 2026", "is not a date"),
        ("1 Jul 26", "is not a date"),
        ("99 Jul", "is not a date"),
        ("001 Jul", "is not a date"),
        ("1 Jul 2026 2026", "is not a date"),
        ("Wed Wed 1 Jul 2026", "is not a date"),
        ("1 Jul Aug", "is not a date"),
        ("26", "is not a date"),
        ("2026", "is not a date"),
        ("+d", "is not a date"),
        ("+1.5d", "is not a date"),
        ("+3d ago", "is not a date"),
        ("in 3 days ago", "is not a date"),
        ("+999999d", "is not a date"),
        ("2026-07-11pm", "is not a date"),
        ("2026-07-01 14", "is not a date"),
        ("202607-01T10:00", "is not a date"),
        ("125:00", "is not a date"),
        ("14:30 14:30", "is not a date"),
        ("٢٠٢٦-٠٧-٠١", "is not a date"),
        ("2026-07-01\x00", "is not a date"),
        ("\ud800", "is not a date"),
        ("1 jul" + "." * 60, "is not a date"),
        ("1" * 10_000, "is not a date"),
    ],
)
def test_what_is_not_clearly_a_date_is_refused_with_the_reason(text, why):
    with pytest.raises(BadDate) as refused:
        when(text)
    assert refused.value.message == f"'{text[:64]}' {why}"
    assert refused.value.hint


LETTERS = "0123456789+-/.:,; tzdwmyhqeosapnfri年月日号周星期一二三五十天后前上下个本午点半时小分钟底初末季度今明去"
typed = (
    st.text()
    | st.text(alphabet=LETTERS, max_size=14)
    | st.lists(
        st.sampled_from(
            [text for text, _ in DAYS] + ["14:30", "9am", "下午3点", "..", "q3", "w28"]
        ),
        min_size=2,
        max_size=3,
    ).map(" ".join)
)


@given(typed, st.booleans(), zones)
@settings(deadline=None, max_examples=600)
def test_any_text_is_a_date_or_wrong_usage(text, past, tz):
    try:
        found = parse_when(text, NOW, tz, past=past)
    except UsageError:
        return
    day = day_of(found, tz) if isinstance(found, int) else found
    assert 1970 <= day.year <= 2200


@given(typed, days)
@settings(deadline=None, max_examples=400)
def test_any_text_is_a_period_or_wrong_usage(text, today):
    try:
        found = parse_period(text, today)
    except BadPeriod:
        return
    assert found.start is None or found.end is None or found.start < found.end


@given(st.text(max_size=30) | st.sampled_from(["America", "../UTC", "/etc/passwd", "", "a\0b"]))
@settings(deadline=None, max_examples=30)
def test_any_text_is_a_zone_or_wrong_usage(name):
    with suppress(UnknownWord):
        zone(name)


# ── zones ─────────────────────────────────────────────────────────────────────────────────────


def test_utc_needs_no_zone_files():
    assert zone("UTC") is UTC


@pytest.mark.parametrize("name", ["asia/shanghai", "Asia/Shangai", "Shanghai"])
def test_an_unknown_zone_is_an_error_with_the_nearest_one(name):
    with pytest.raises(UnknownWord) as unknown:
        zone(name)
    assert unknown.value.message == f"unknown time zone '{name}'"
    assert unknown.value.hint == "did you mean Asia/Shanghai?"


def test_the_nearest_zone_may_be_one_that_no_example_names():
    with pytest.raises(UnknownWord) as unknown:
        zone("Europe/Berln")
    assert unknown.value.hint == "did you mean Europe/Berlin?"


@pytest.mark.parametrize("name", ["localtime", "right/Asia/Shanghai", "posixrules", "Factory"])
def test_zones_that_differ_by_machine_or_count_leap_seconds_are_refused(name):
    with pytest.raises(UnknownWord):
        zone(name)


@pytest.mark.parametrize(
    ("name", "day", "start", "hours"),
    [
        ("Asia/Shanghai", date(2026, 6, 24), utc(2026, 6, 23, 16), 24),
        ("America/New_York", date(2026, 3, 8), utc(2026, 3, 8, 5), 23),
        ("America/New_York", date(2026, 11, 1), utc(2026, 11, 1, 4), 25),
        ("America/New_York", date(2026, 11, 2), utc(2026, 11, 2, 5), 24),
        # clocks went from 24:00 to 01:00: the day began at one
        ("America/Sao_Paulo", date(2018, 11, 4), utc(2018, 11, 4, 3), 23),
        # clocks went from 24:00 back to 23:00
        ("America/Sao_Paulo", date(2018, 2, 17), utc(2018, 2, 17, 2), 25),
        ("America/Sao_Paulo", date(2018, 2, 18), utc(2018, 2, 18, 3), 24),
        # the island moved across the date line: that Friday never was
        ("Pacific/Apia", date(2011, 12, 30), utc(2011, 12, 30, 10), 0),
        ("Pacific/Apia", date(2011, 12, 31), utc(2011, 12, 30, 10), 24),
    ],
)
def test_a_day_has_the_hours_that_its_zone_gives_it(name, day, start, hours):
    tz = zone(name)
    assert start_of(day, tz) == start
    assert end_of(day, tz) == start + hours * 3600 - 1


def test_the_first_instant_of_a_day_without_a_midnight_is_one_o_clock():
    assert iso(start_of(date(2018, 11, 4), SAO_PAULO), SAO_PAULO) == "2018-11-04T01:00:00-02:00"


@given(days, zones)
@settings(deadline=None)
@example(date(1994, 12, 31), zone("Pacific/Kiritimati"))
@example(date(1995, 1, 1), zone("Pacific/Kiritimati"))
def test_a_day_begins_at_its_start_and_not_a_second_earlier(day, tz):
    day_before = day - timedelta(days=1)
    # an island that moved across the date line skipped a day: nothing is on it
    assume(all(end_of(each, tz) > start_of(each, tz) for each in (day_before, day)))
    start = start_of(day, tz)
    assert day_of(start, tz) == day
    assert day_of(start - 1, tz) == day_before
    assert day_of(end_of(day, tz), tz) == day
    assert end_of(day, tz) + 1 == start_of(day + timedelta(days=1), tz)


@given(instants, zones)
@settings(deadline=None)
def test_what_iso_writes_reads_back_as_the_same_instant(instant, tz):
    assert parse_when(iso(instant, tz), NOW, SHANGHAI) == instant


@given(days, zones)
@settings(deadline=None)
def test_a_day_reads_back_from_each_way_of_writing_it(day, tz):
    ways = (
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.day} {day:%B} {day.year}",
    )
    assert {parse_day(text, NOW, tz) for text in ways} == {day}


# ── arithmetic ────────────────────────────────────────────────────────────────────────────────


@given(days, st.integers(-600, 600))
def test_adding_months_agrees_with_dateutil(day, months):
    from dateutil.relativedelta import relativedelta

    assert add_months(day, months) == day + relativedelta(months=months)


@given(days, st.integers(-60, 60))
def test_the_nth_working_day_is_found_by_walking(day, n):
    found = add_workdays(day, n)
    if n == 0:
        assert found == day
        return
    step = timedelta(days=1 if n > 0 else -1)
    walked = [day + step * i for i in range(1, abs(found - day).days + 1)]
    assert sum(d.weekday() < 5 for d in walked) == abs(n)
    assert found.weekday() < 5


def test_a_calendar_without_working_days_is_wrong_usage():
    with pytest.raises(UsageError, match="there is no working day"):
        add_workdays(TODAY, 1, lambda _: False)
    with pytest.raises(UsageError, match="there is no working day"):
        add_workdays(TODAY, -1, lambda _: False)


@pytest.mark.parametrize("way", [1, -1])
def test_a_break_of_a_year_is_looked_past_and_no_longer_one(way):
    """366 days off, and worked on the next; then a day more."""
    there = TODAY + timedelta(days=367 * way)
    assert add_workdays(TODAY, way, lambda day: day == there) == there
    with pytest.raises(UsageError, match=r"^there is no working day in the year around 202[57]-"):
        add_workdays(TODAY, way, lambda day: day == there + timedelta(days=way))


@pytest.mark.parametrize(
    ("start", "end", "late"),
    [
        ("2026-06-26", "2026-06-26", 0),
        ("2026-06-26", "2026-06-27", 0),
        ("2026-06-26", "2026-06-28", 0),
        ("2026-06-26", "2026-06-29", 1),
        ("2026-06-25", "2026-06-26", 1),
        ("2026-06-27", "2026-06-29", 1),
        ("2026-06-22", "2026-06-29", 5),
        ("2026-06-24", "2026-07-24", 22),
        ("2026-06-29", "2026-06-26", 0),
    ],
)
def test_working_days_late_count_from_the_day_after(start, end, late):
    assert workdays_between(date.fromisoformat(start), date.fromisoformat(end)) == late


@given(days, st.integers(-10, 800))
def test_working_days_between_are_counted_one_by_one(start, length):
    end = start + timedelta(days=length)
    expected = sum((start + timedelta(days=n)).weekday() < 5 for n in range(1, length + 1))
    assert workdays_between(start, end) == expected
    assert workdays_between(start, end, lambda day: day.weekday() < 5) == expected


def test_a_holiday_is_not_a_working_day_late():
    holidays = {date(2026, 6, 25)}
    open_on = lambda day: weekday(day) and day not in holidays  # noqa: E731
    assert workdays_between(date(2026, 6, 24), date(2026, 6, 29), open_on) == 2


# ── periods ───────────────────────────────────────────────────────────────────────────────────

PERIODS = [
    ("2026", "2026-01-01", "2027-01-01", "2026"),
    ("2026年", "2026-01-01", "2027-01-01", "2026"),
    ("1970", "1970-01-01", "1971-01-01", "1970"),
    ("2200", "2200-01-01", "2201-01-01", "2200"),
    ("2026-Q3", "2026-07-01", "2026-10-01", "2026-Q3"),
    ("2026q3", "2026-07-01", "2026-10-01", "2026-Q3"),
    ("Q4", "2026-10-01", "2027-01-01", "2026-Q4"),
    ("第三季度", "2026-07-01", "2026-10-01", "2026-Q3"),
    ("2025年第1季度", "2025-01-01", "2025-04-01", "2025-Q1"),
    ("2026-H1", "2026-01-01", "2026-07-01", "2026-H1"),
    ("2025h2", "2025-07-01", "2026-01-01", "2025-H2"),
    ("H2", "2026-07-01", "2027-01-01", "2026-H2"),
    ("上半年", "2026-01-01", "2026-07-01", "2026-H1"),
    ("2025年下半年", "2025-07-01", "2026-01-01", "2025-H2"),
    ("last-half", "2025-07-01", "2026-01-01", "2025-H2"),
    ("this half", "2026-01-01", "2026-07-01", "2026-H1"),
    ("近2个半年", "2025-06-25", "2026-06-25", "2025-06-25..2026-06-24"),
    ("2026-07", "2026-07-01", "2026-08-01", "2026-07"),
    ("2026年12月", "2026-12-01", "2027-01-01", "2026-12"),
    ("2024-02", "2024-02-01", "2024-03-01", "2024-02"),
    ("2026-W28", "2026-07-06", "2026-07-13", "2026-W28"),
    ("2026-W01", "2025-12-29", "2026-01-05", "2026-W01"),
    ("2026-W53", "2026-12-28", "2027-01-04", "2026-W53"),
    ("2026-07-15", "2026-07-15", "2026-07-16", "2026-07-15"),
    ("today", "2026-06-24", "2026-06-25", "2026-06-24"),
    ("昨天", "2026-06-23", "2026-06-24", "2026-06-23"),
    ("this-week", "2026-06-22", "2026-06-29", "2026-W26"),
    ("last week", "2026-06-15", "2026-06-22", "2026-W25"),
    ("Next-Week", "2026-06-29", "2026-07-06", "2026-W27"),
    ("this-month", "2026-06-01", "2026-07-01", "2026-06"),
    ("last-month", "2026-05-01", "2026-06-01", "2026-05"),
    ("next-month", "2026-07-01", "2026-08-01", "2026-07"),
    ("this-quarter", "2026-04-01", "2026-07-01", "2026-Q2"),
    ("last-quarter", "2026-01-01", "2026-04-01", "2026-Q1"),
    ("next-quarter", "2026-07-01", "2026-10-01", "2026-Q3"),
    ("this-year", "2026-01-01", "2027-01-01", "2026"),
    ("last-year", "2025-01-01", "2026-01-01", "2025"),
    ("本周", "2026-06-22", "2026-06-29", "2026-W26"),
    ("本月", "2026-06-01", "2026-07-01", "2026-06"),
    ("上月", "2026-05-01", "2026-06-01", "2026-05"),
    ("上个月", "2026-05-01", "2026-06-01", "2026-05"),
    ("本季度", "2026-04-01", "2026-07-01", "2026-Q2"),
    ("上季度", "2026-01-01", "2026-04-01", "2026-Q1"),
    ("今年", "2026-01-01", "2027-01-01", "2026"),
    ("去年", "2025-01-01", "2026-01-01", "2025"),
    ("last-1d", "2026-06-24", "2026-06-25", "2026-06-24"),
    ("last-7d", "2026-06-18", "2026-06-25", "2026-06-18..2026-06-24"),
    ("last-90d", "2026-03-27", "2026-06-25", "2026-03-27..2026-06-24"),
    ("last 90 days", "2026-03-27", "2026-06-25", "2026-03-27..2026-06-24"),
    ("近90天", "2026-03-27", "2026-06-25", "2026-03-27..2026-06-24"),
    ("last-6m", "2025-12-25", "2026-06-25", "2025-12-25..2026-06-24"),
    ("最近3个月", "2026-03-25", "2026-06-25", "2026-03-25..2026-06-24"),
    ("next-30d", "2026-06-25", "2026-07-25", "2026-06-25..2026-07-24"),
    ("next-2m", "2026-06-25", "2026-08-25", "2026-06-25..2026-08-24"),
    ("未来2周", "2026-06-25", "2026-07-09", "2026-06-25..2026-07-08"),
    ("全部", None, None, "all"),
    ("wtd", "2026-06-22", "2026-06-25", "2026-06-22..2026-06-24"),
    ("mtd", "2026-06-01", "2026-06-25", "2026-06-01..2026-06-24"),
    ("qtd", "2026-04-01", "2026-06-25", "2026-04-01..2026-06-24"),
    ("ytd", "2026-01-01", "2026-06-25", "2026-01-01..2026-06-24"),
    ("all", None, None, "all"),
    ("2026-01-15..2026-03-31", "2026-01-15", "2026-04-01", "2026-01-15..2026-03-31"),
    ("2026-06-24..2026-06-24", "2026-06-24", "2026-06-25", "2026-06-24"),
    ("2026-Q1..2026-Q2", "2026-01-01", "2026-07-01", "2026-01-01..2026-06-30"),
    ("30d..today", "2026-05-25", "2026-06-25", "2026-05-25..2026-06-24"),
    ("2026-01-15..", "2026-01-15", None, "2026-01-15.."),
    ("..2026-03-31", None, "2026-04-01", "..2026-03-31"),
]


@pytest.mark.parametrize(("text", "start", "end", "label"), PERIODS)
def test_a_period_is_half_open_and_its_label_says_which_days(text, start, end, label):
    found = parse_period(text, TODAY)
    assert found == (
        start and date.fromisoformat(start),
        end and date.fromisoformat(end),
        label,
    )
    assert parse_period(label, date(1999, 1, 1)) == found


@pytest.mark.parametrize(
    ("today", "text", "label"),
    [
        ("2026-01-01", "last-month", "2025-12"),
        ("2026-01-01", "last-quarter", "2025-Q4"),
        ("2026-01-01", "last-week", "2025-W52"),
        ("2026-01-01", "this-week", "2026-W01"),
        ("2026-01-01", "ytd", "2026-01-01"),
        ("2026-12-31", "next-month", "2027-01"),
        ("2026-12-31", "this-week", "2026-W53"),
        ("2026-03-31", "last-month", "2026-02"),
        ("2026-06-30", "last-6m", "2026-01-01..2026-06-30"),
        ("2024-02-29", "last-year", "2023"),
        ("2026-06-28", "last-week", "2026-W25"),
        ("2026-06-29", "last-week", "2026-W26"),
    ],
)
def test_periods_hold_at_the_borders_of_weeks_quarters_and_years(today, text, label):
    assert parse_period(text, date.fromisoformat(today)).label == label


@given(days, st.sampled_from(["week", "month", "quarter", "half", "year"]))
def test_last_this_and_next_follow_without_a_gap_and_hold_today(today, unit):
    last, this, after = (parse_period(f"{way}-{unit}", today) for way in ("last", "this", "next"))
    assert last.end == this.start <= today < this.end == after.start


@given(days, st.integers(1, 300))
def test_the_last_n_days_are_n_days_that_end_today(today, n):
    found = parse_period(f"last-{n}d", today) if today.year > 1971 else None
    if found:
        assert (found.end - found.start).days == n
        assert found.end == today + timedelta(days=1)


@given(days, st.sampled_from([text for text, *_ in PERIODS]))
def test_a_label_reads_back_as_the_same_period_on_any_day(today, text):
    with suppress(BadPeriod):
        found = parse_period(text, today)
        assert parse_period(found.label, TODAY) == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not a period"),
        ("..", "is not a period"),
        ("fri", "is not a period"),
        ("last-fortnight", "is not a period"),
        ("last-0d", "is not a period"),
        ("last-5h", "is not a period"),
        ("26-Q3", "is not a period"),
        ("2026-Q5", "is not a period"),
        ("07/2026", "is not a period"),
        ("2026-13", "is not in the calendar"),
        ("2026-02-30", "is not in the calendar"),
        ("2025-W53", "is not in the calendar"),
        ("2026-W00", "is not in the calendar"),
        ("0000", "is not in the calendar"),
        ("last-99999y", "is not in the calendar"),
        ("1969", "lies outside the years 1970 to 2200"),
        ("2201-01", "lies outside the years 1970 to 2200"),
        ("next-99999d", "lies outside the years 1970 to 2200"),
        ("2026-05-01..2026-04-01", "ends before it starts"),
        ("2026-05-01..2026-04-30", "ends before it starts"),
        ("2026-01-01..x", "is not a period: 'x' is not a day"),
        ("2026...2027", "is not a period: '.2027' is not a day"),
        ("2026-02-30..", "is not a period: '2026-02-30' is not in the calendar"),
        ("2026-01-01 10:00..today", "is not a period: '2026-01-01 10:00' is not a day"),
        (
            "01/02/2026..today",
            f"is not a period: '01/02/2026' {TWO_WAYS}",
        ),
        ("2" * 10_000, "is not a period"),
    ],
)
def test_what_is_not_a_period_is_refused_with_the_reason(text, why):
    with pytest.raises(BadPeriod) as refused:
        parse_period(text, TODAY)
    assert refused.value.message == f"'{text[:64]}' {why}"


def between(from_=None, to=None, period=None):
    return period_between(from_, to, period, NOW, SHANGHAI)


def test_from_and_to_name_the_first_and_the_last_day():
    january = Period(date(2026, 1, 1), date(2026, 2, 1), "2026-01-01..2026-01-31")
    assert between("2026-01-01", "2026-01-31") == january
    assert between("2026-01", "2026-01") == january
    assert between("2026-01-31", "2026-01-31").label == "2026-01-31"
    assert between(from_="fri") == (date(2026, 6, 19), None, "2026-06-19..")
    assert between(to="today") == (None, date(2026, 6, 25), "..2026-06-24")
    assert between(period="last-month").label == "2026-05"
    assert between() == ALL


@pytest.mark.parametrize(
    "options",
    [{"from_": "2026-01-01"}, {"to": "today"}, {"from_": ""}, {"from_": "som", "to": "today"}],
)
def test_a_period_does_not_go_together_with_from_or_to(options):
    with pytest.raises(UsageError) as refused:
        between(**options, period="2026")
    assert refused.value.message == "--period does not go together with --from or --to"
    assert refused.value.hint == "use one of them"


def test_today_is_that_of_the_zone_in_periods_too():
    late = utc(2026, 6, 24, 22)
    assert period_between(None, None, "today", late, SHANGHAI).label == "2026-06-25"
    assert period_between("today", "today", None, late, SHANGHAI).label == "2026-06-25"


def test_working_days_of_a_period_follow_the_calendar_that_is_given():
    """Closed on the day before: one working day ago is the day before that."""

    def open_on(day):
        return weekday(day) and day != date(2026, 6, 23)

    one_day = "2026-06-22"
    assert parse_period("1wd..1wd", TODAY, is_workday=open_on).label == one_day
    for said in (("1wd", "1wd", None), (None, None, "1wd..1wd")):
        assert period_between(*said, NOW, SHANGHAI, is_workday=open_on).label == one_day


def test_from_after_to_is_wrong_usage():
    with pytest.raises(UsageError, match="ends before it starts: 2026-02-01 to 2026-01-31"):
        between("2026-02-01", "2026-01-31")


@pytest.mark.parametrize("text", ["", "nonsense", "2026-02-30", "14:30", "01/02/2026"])
def test_from_and_to_want_a_day(text):
    with pytest.raises(BadDate):
        between(from_=text)
    with pytest.raises(BadDate):
        between(to=text)


def test_bounds_are_the_midnights_of_the_zone():
    march = parse_period("2026-03", TODAY)
    assert bounds(march, NEW_YORK) == (utc(2026, 3, 1, 5), utc(2026, 4, 1, 4))
    assert bounds(march, SHANGHAI) == (utc(2026, 2, 28, 16), utc(2026, 3, 31, 16))
    assert bounds(ALL, SHANGHAI) == (None, None)


@given(days, instants, zones, st.sampled_from(["this-week", "last-month", "2026-Q1", "ytd"]))
@settings(deadline=None)
def test_an_instant_lies_within_the_bounds_when_its_day_lies_in_the_period(today, at, tz, text):
    period = parse_period(text, today)
    first, end = bounds(period, tz)
    assert (first <= at < end) == (period.start <= day_of(at, tz) < period.end)


def test_zone_names_give_the_zones_of_the_standard_library():
    assert zone("Asia/Shanghai") == ZoneInfo("Asia/Shanghai")
