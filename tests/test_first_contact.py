"""The source document's own example, in Chinese and in English.

At "first contact": at least one phone call with the customer, and the customer's basic needs
recorded, before the deal may move on.
"""

from __future__ import annotations

import pytest

CHINESE = """
key = "duan"
name = "五步"
[[stage]]
key = "潜在客户"
name = "潜在客户"
[[stage]]
key = "初步接触"
name = "初步接触"
standard = "至少一次电话沟通，并记录客户基本需求"
activities = ["初次电话沟通"]
result = "获取基本信息"
[[stage]]
key = "需求确认"
name = "需求确认"
requires = ["call >= 1", "field:基本需求"]
signals = ["asks_question >= 1"]
[[stage]]
key = "方案提供"
name = "方案提供"
[[stage]]
key = "谈判签约"
name = "谈判签约"
won = true
"""
ENGLISH = """
key = "five"
name = "Five steps"
[[stage]]
key = "prospect"
name = "Prospect"
[[stage]]
key = "first-contact"
name = "First contact"
standard = "at least one phone call, and the basic need recorded"
[[stage]]
key = "need"
name = "Need confirmed"
requires = ["call:reached >= 1", "field:need"]
signals = ["asks_question >= 1"]
[[stage]]
key = "signed"
name = "Signed"
won = true
"""


@pytest.fixture
def chinese(dealflow):
    dealflow.ok("stages", "apply", "-", stdin=CHINESE)
    dealflow.ok("settings", "set", "pipeline", "duan")
    dealflow.ok("add", "泵站改造", "-a", "上海精密", "--new-account")
    dealflow.ok("advance", "1")
    return dealflow


def test_first_contact_in_chinese_asks_for_a_call_and_the_basic_need(chinese):
    said = chinese("advance", "1")
    assert (said.code, said.out) == (5, "")
    gaps = "needs at least 1 call (has 0); needs the field '基本需求'"
    assert said.err.splitlines() == [
        f"error: deal 1 (泵站改造) cannot move to 需求确认: {gaps}",
        'hint: dealflow log 1 call "…"',
    ]
    chinese.ok("log", "1", "微信", "加了好友")
    assert chinese("advance", "1").code == 5, "a message is no phone call"
    chinese.ok("log", "1", "电话", "初次电话沟通")
    said = chinese("advance", "1")
    assert "needs the field '基本需求'" in said.err
    assert "call" not in said.err.splitlines()[0]
    assert said.err.splitlines()[1] == "hint: dealflow edit 1 --set 基本需求=…"
    chinese.ok("edit", "1", "--set", "基本需求=换三台静音泵")
    assert chinese.ok("advance", "1").err.startswith("deal 1 泵站改造: 初步接触 → 需求确认")


def test_jumping_the_stage_in_chinese_does_not_get_round_it(chinese):
    chinese.ok("back", "1")
    said = chinese("advance", "1", "方案提供")
    assert said.code == 5
    assert "needs at least 1 call (has 0); needs the field '基本需求'" in said.err


def test_a_call_to_the_customer_about_no_deal_in_particular_counts(chinese):
    chinese.ok("accounts", "log", "上海精密", "电话", "总机转采购")
    chinese.ok("edit", "1", "--set", "基本需求=静音")
    chinese.ok("advance", "1")


def test_a_signal_in_chinese_suggests_the_stage_and_moves_nothing_by_itself(chinese):
    chinese.ok("log", "1", "asks_question", "能不能上门看？")
    (found,) = chinese.json("stages", "suggest")
    assert (found["suggested_name"], found["ready"]) == ("需求确认", False)
    assert chinese.json("show", "1")["stage_name"] == "初步接触"
    assert chinese("advance", "--suggested", "--yes").code == 5
    chinese.ok("log", "1", "call")
    chinese.ok("edit", "1", "--set", "基本需求=静音")
    chinese.ok("advance", "--suggested", "--yes")
    assert chinese.json("show", "1")["stage_name"] == "需求确认"


@pytest.fixture
def english(dealflow):
    dealflow.ok("stages", "apply", "-", stdin=ENGLISH)
    dealflow.ok("settings", "set", "pipeline", "five")
    dealflow.ok("add", "Pump station", "-a", "Acme", "--new-account")
    dealflow.ok("advance", "1")
    return dealflow


def test_first_contact_asks_for_a_call_that_reached_somebody_and_for_the_need(english):
    english.ok("log", "1", "call", "rang out", "--outcome", "no answer")
    shown = english.json("show", "1")["requirements"]
    assert [(one["requirement"], one["met"]) for one in shown] == [
        ("call:reached >= 1", False), ("field:need", False),
    ]  # fmt: skip
    assert [one["remedy"] for one in shown] == [
        'dealflow log 1 call "…" --outcome reached',
        "dealflow edit 1 --set need=…",
    ]
    english.ok("log", "1", "call", "Zhao, purchasing", "--outcome", "Reached")
    english.ok("edit", "1", "--set", "need=three quiet pumps")
    told = [one["told"] for one in english.json("show", "1")["requirements"]]
    assert told == ["at least 1 call with the outcome 'reached' (has 1)", "the field 'need'"]
    english.ok("advance", "1")


def test_the_need_that_is_taken_away_again_holds_the_deal_up(english):
    english.ok("log", "1", "call", "--outcome", "reached")
    english.ok("edit", "1", "--set", "need=x")
    english.ok("edit", "1", "--set", "need=")
    assert "needs the field 'need'" in english("advance", "1").err


def test_stages_show_says_in_sentences_what_is_asked_for(english):
    shown = english.json("stages", "show", "need")
    assert [one["told"] for one in shown["requires"]] == [
        "at least 1 call with the outcome 'reached'", "the field 'need'",
    ]  # fmt: skip
