"""The database's settings: what they may be, and what follows from a new one."""

from __future__ import annotations

import pytest


def test_the_base_currency_cannot_change_under_the_rates(dealflow):
    dealflow.ok("settings", "rate", "USD", "7.1")
    assert dealflow("settings", "set", "currency", "EUR").code == 5
    dealflow.ok("settings", "set", "currency", "CNY")


def test_undo_does_not_change_the_base_currency_under_the_rates(dealflow):
    dealflow.ok("settings", "set", "currency", "EUR")
    number = str(dealflow.json("history")[0]["id"])
    dealflow.ok("settings", "rate", "USD", "0.9")
    assert dealflow("undo", number).code == 4


@pytest.mark.parametrize(
    ("currency", "worth", "code"),
    [("CNY", "2", 5), ("USD", "99999999999999999999", 2), ("USD", "100000000", 0)],
)
def test_a_rate_is_of_another_currency_and_bounded(dealflow, currency, worth, code):
    assert dealflow("settings", "rate", currency, worth).code == code


LATE = "SELECT late_at, (SELECT next_late_at FROM opportunity) FROM follow_up"


def test_plans_become_late_when_the_day_ends_in_the_new_zone_and_with_undo_in_the_old(dealflow):
    dealflow.ok("add", "Alpha", "--next", "2026-07-03")
    in_shanghai = dealflow.rows(LATE)
    dealflow.ok("settings", "set", "timezone", "UTC")
    assert dealflow.rows(LATE) == [(1783123200, 1783123200)]  # 2026-07-04T00:00Z
    dealflow.ok("undo")
    assert dealflow.rows(LATE) == in_shanghai == [(1783094400, 1783094400)]
    dealflow.ok("redo")
    assert dealflow("db", "check").code == 0


def test_a_plan_that_undo_brings_back_is_late_by_the_zone_of_now(dealflow):
    dealflow.ok("add", "Alpha", "--next", "2026-07-03")
    dealflow.ok("snooze", "1", "2026-07-10")
    snoozed = str(dealflow.json("history")[0]["id"])
    dealflow.ok("settings", "set", "timezone", "UTC")
    dealflow.ok("undo", snoozed)
    assert dealflow.rows(LATE) == [(1783123200, 1783123200)]
    assert dealflow("db", "check").code == 0


def test_a_plan_late_at_another_instant_than_its_day_says_is_found(dealflow):
    dealflow.ok("add", "Alpha", "--next", "2026-07-03")
    dealflow.rows("UPDATE follow_up SET late_at = late_at + 1")
    assert "late_at" in dealflow("db", "check").out
