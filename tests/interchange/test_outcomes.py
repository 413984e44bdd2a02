"""Stage and status words, and when a deal was created and closed."""

from datetime import UTC, date, datetime

import pytest

from dealflow.errors import DealflowError, Refused, UnknownWord
from dealflow.interchange.outcomes import Outcomes, Times, span, times
from dealflow.interchange.values import Cells, Moment
from dealflow.model import LOST, OPEN, VOID, WON
from dealflow.pipelines import template

NOW = int(datetime(2026, 7, 1, 12, tzinfo=UTC).timestamp())


def at(day: str, time: str = "") -> Moment:
    return Cells(NOW, UTC, "CNY").moment(f"{day} {time}".strip())


def standing(stage=None, status=None):
    said = {"stage": stage, "status": status}
    found = Outcomes(template("en")).standing({k: v for k, v in said.items() if v})
    return found.stage.key if found.stage else None, found.status


@pytest.mark.parametrize(
    ("stage", "status", "expected"),
    [
        ("lead", None, ("lead", OPEN)),
        ("Needs defined", None, ("needs", OPEN)),
        ("Won", None, (None, WON)),
        ("Closed Won", None, (None, WON)),
        ("closed/lost", None, (None, LOST)),
        ("赢单", None, (None, WON)),
        ("输单", None, (None, LOST)),
        ("成交", None, (None, WON)),
        ("无效", None, (None, VOID)),
        ("solution", "won", ("solution", WON)),
        ("solution", "进行中", ("solution", OPEN)),
        ("Lost", "lost", (None, LOST)),
        (None, "lost", (None, LOST)),
        (None, None, (None, None)),
    ],
)
def test_words_of_other_systems_say_where_a_deal_stands(stage, status, expected):
    assert standing(stage, status) == expected


def test_what_contradicts_itself_or_is_unknown_is_refused():
    with pytest.raises(Refused):
        standing("Won", "lost")
    with pytest.raises(Refused, match="no stage 'Leed'; did you mean"):
        standing("Leed")
    with pytest.raises(UnknownWord):
        standing("lead", "maybe")


def test_a_close_date_is_expected_while_open_and_past_once_closed():
    values = {"created": at("2026-01-01"), "close_date": at("2026-09-01")}
    assert times(values, OPEN, NOW).expected == "2026-09-01"
    with pytest.raises(Refused, match="future"):
        times(values, WON, NOW)
    values["close_date"] = at("2026-03-01")
    assert times(values, WON, NOW) == Times(at("2026-01-01"), at("2026-03-01"), None)


def test_an_open_deal_was_not_closed():
    with pytest.raises(Refused, match="it is open"):
        times({"closed": at("2026-03-01")}, OPEN, NOW)


def test_a_deal_is_not_created_in_the_future():
    with pytest.raises(Refused, match="created on 2026-07-02"):
        times({"created": at("2026-07-02")}, OPEN, NOW)
    assert times({"created": at("2026-07-01")}, OPEN, NOW).created.day == date(2026, 7, 1)


def test_an_open_deal_without_a_date_is_recorded_as_of_now():
    assert span(Times(None, None, None), OPEN, NOW) == (NOW, None)


@pytest.mark.parametrize(
    ("created", "closed"), [(None, at("2026-03-01")), (at("2026-03-01"), None), (None, None)]
)
def test_a_closed_deal_without_its_dates_is_refused(created, closed):
    with pytest.raises(Refused, match=r"date$"):
        span(Times(created, closed, None), WON, NOW)


def test_closed_on_the_day_of_its_creation_is_not_before_it():
    created = at("2026-03-01", "09:30")
    assert span(Times(created, at("2026-03-01"), None), LOST, NOW) == (created.at, created.at)
    with pytest.raises(Refused, match="before it was created"):
        span(Times(created, at("2026-02-28"), None), LOST, NOW)
    with pytest.raises(Refused, match="before it was created"):
        span(Times(created, at("2026-03-01", "09:00"), None), LOST, NOW)


@pytest.mark.parametrize("text", ["01/02/2026", "tomorrow", "+3d", "fri", "2026-02-30", "7月1日"])
def test_a_file_says_days_that_mean_one_thing_whenever_they_are_read(text):
    with pytest.raises(DealflowError):
        at(text)


def test_a_day_is_a_day_of_the_business_time_zone():
    from dealflow.dates import zone

    shanghai = Cells(NOW, zone("Asia/Shanghai"), "CNY").moment("2026-06-01")
    assert shanghai.at == int(datetime(2026, 5, 31, 16, tzinfo=UTC).timestamp())
