"""Through which channel something is planned, and was done."""

from __future__ import annotations

import tomllib

import pytest


@pytest.fixture
def desk(dealflow):
    dealflow.ok("add", "Pumps", "-a", "Acme")
    return dealflow


def test_a_plan_keeps_its_channel_until_it_is_done_that_way(desk):
    said = desk.ok(
        "plan", "1", "fri", "ask for the sizes", "--channel", "微信", "--goal", "a quote"
    )
    assert "Fri 2026-07-03 ask for the sizes (微信)" in said.err
    desk.ok("snooze", "1", "+3d")
    assert [row["channel"] for row in desk.json("agenda")] == ["微信"]
    assert [row["channel"] for row in desk.json("show", "1")["planned"]] == ["微信"]
    desk.at("2026-07-10T10:00:00+08:00")
    assert desk.json("overdue")["rows"][0]["channel"] == "微信"
    (line,) = desk.json("next")["rows"]
    assert line["channel"] == "微信"
    assert "(微信)" in line["why"]
    assert "\\nvia 微信" in desk.ok("export", "--ics").out
    desk.ok("done", "1", "--kind", "message")
    assert desk.json("show", "1")["timeline"][0]["channel"] == "微信"


def test_it_can_be_done_another_way(desk):
    desk.ok("plan", "1", "fri", "call", "--channel", "phone")
    desk.ok("done", "1", "--channel", "WeChat")
    assert desk.json("show", "1")["timeline"][0]["channel"] == "WeChat"


def test_follow_ups_are_found_by_their_channel(desk):
    desk.ok("plan", "1", "fri", "one", "--channel", "Phone")
    desk.ok("plan", "1", "fri", "two")
    assert [row["what"] for row in desk.json("agenda", "channel:phone")] == ["one"]
    assert [row["what"] for row in desk.json("agenda", "渠道:none")] == ["two"]


def test_the_screen_shows_channels_where_there_are_any(desk):
    desk.ok("plan", "1", "fri", "one")
    assert " via " not in desk.ok("agenda", "-o", "table").out
    desk.ok("plan", "1", "fri", "two", "--channel", "phone")
    assert "phone" in desk.ok("agenda", "-o", "table").out
    assert "phone" in desk.ok("show", "1", "-o", "table").out


def test_entering_a_stage_plans_calls_by_phone_and_what_else_without_a_channel(desk):
    text = desk.ok("stages", "export").out
    stage = tomllib.loads(text)["stage"][1]["key"]
    plan = 'plan = ["call in 2wd: first call", "email in 1d: brochure", "visit in 1w: visit"]\n'
    at = f'key = "{stage}"\n'
    desk.ok("stages", "apply", "-", "--yes", stdin=text.replace(at, at + plan))
    desk.ok("advance", "1", "--force", "--why", "trying")
    planned = {row["what"]: row["channel"] for row in desk.json("show", "1")["planned"]}
    assert planned == {"first call": "phone", "brochure": "email", "visit": None}


def test_effort_counts_a_call_by_phone_whoever_said_so_and_plans_by_their_channel(desk):
    desk.ok("log", "1", "call")
    desk.ok("log", "1", "call", "--channel", "video")
    desk.ok("log", "1", "email", "hello")
    desk.ok("log", "1", "visit")
    desk.ok("plan", "1", "2026-07-01", "call")
    desk.ok("plan", "1", "2026-07-01", "ask", "--channel", "video")
    desk.ok("done", "1")
    rows = {row["channel"]: row for row in desk.json("effort", "--by", "channel")["rows"]}
    told = {way: (row["contacts"], row["due"], row["open"]) for way, row in rows.items()}
    assert told == {
        "phone": (2, 1, 0),
        "video": (1, 1, 1),
        "email": (1, 0, 0),
        None: (1, 0, 0),
    }
