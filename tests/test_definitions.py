"""Definitions over time: the plan is shown and asked for, days, other keys, what was before."""

from __future__ import annotations

import json

import pytest

BEFORE = """
key = "p"
name = "流程"
[[stage]]
key = "a"
name = "线索"
probability = 0.1
[[stage]]
key = "b"
name = "方案"
[[stage]]
key = "c"
name = "谈判"
[[stage]]
key = "w"
name = "成交"
won = true
"""
WITHOUT_B = BEFORE.replace('[[stage]]\nkey = "b"\nname = "方案"\n', "")


@pytest.fixture
def line(dealflow):
    dealflow.ok("stages", "apply", "-", stdin=BEFORE)
    dealflow.ok("settings", "set", "pipeline", "p")
    dealflow.ok("add", "Pumps")
    dealflow.ok("add", "Valves", "--stage", "b")
    return dealflow


def apply(line, text, *more):
    return line("stages", "apply", "-", *more, stdin=text)


def keys(line):
    sql = (
        "SELECT s.key FROM stage s JOIN pipeline p ON p.id = s.pipeline_id"
        " WHERE p.key = 'p' AND s.retired_at IS NULL ORDER BY s.position"
    )
    return [key for (key,) in line.rows(sql)]


# ── asked before ──────────────────────────────────────────────────────────────────────────────


def test_a_stage_is_retired_only_where_somebody_agrees(line):
    before = line.state()
    said = apply(line, WITHOUT_B, "--home", "b=c")
    assert (said.code, said.out) == (2, "")
    assert "retire b (方案), its open deal goes to c needs a yes" in said.err
    assert "hint: add --yes" in said.err
    assert line.state() == before
    said = apply(line, WITHOUT_B, "--home", "b=c", "--yes")
    assert said.code == 0
    assert keys(line) == ["a", "c", "w"]
    assert line.json("show", "2")["stage"] == "c"
    assert line.ok("db", "check").code == 0
    line.ok("undo")
    assert keys(line) == ["a", "b", "c", "w"]
    assert line.json("show", "2")["stage"] == "b"


def test_deals_that_have_no_home_stay_and_are_named(line):
    said = apply(line, WITHOUT_B, "--yes")
    assert said.code == 5
    assert "1 open deal is in 方案, which the new definition leaves out" in said.err
    assert "hint: --home b=STAGE says where they go" in said.err


def test_a_dry_run_shows_the_plan_and_asks_nothing(line):
    before = line.state()
    said = apply(line, WITHOUT_B, "--home", "b=a", "--dry-run")
    assert said.code == 0
    assert "retire b (方案), its open deal goes to a" in said.err
    assert line.state() == before


def test_what_retires_nothing_is_not_asked_for(line):
    said = apply(line, BEFORE.replace("probability = 0.1", "probability = 0.2"))
    assert said.code == 0
    assert "redefine a: probability 0.1 → 0.2" in said.err


def test_many_stages_are_warned_of(line):
    more = "".join(f'[[stage]]\nkey = "x{n}"\nname = "X{n}"\n' for n in range(6))
    said = apply(line, BEFORE.replace('[[stage]]\nkey = "w"', more + '[[stage]]\nkey = "w"'))
    assert "9 open stages are many: past 8, people pick one at random" in said.err


# ── other keys ────────────────────────────────────────────────────────────────────────────────


def test_a_new_key_with_the_same_name_is_the_same_stage(line):
    said = apply(line, BEFORE.replace('key = "b"', 'key = "offer"'))
    assert said.code == 0
    assert "rename the key of 方案: b → offer" in said.err
    assert keys(line) == ["a", "offer", "c", "w"]
    assert line.json("show", "2")["stage"] == "offer"
    assert line.json("leakage", "--pipeline", "p")["rows"][1]["entered"] == 1
    line.ok("undo")
    assert line.json("show", "2")["stage"] == "b"


def test_key_and_name_change_together_where_that_is_said(line):
    text = BEFORE.replace('key = "b"\nname = "方案"', 'key = "offer"\nname = "报价"')
    said = apply(line, text)
    assert said.code == 5
    said = apply(line, text, "--rename", "b=offer")
    assert said.code == 0
    assert "rename the key of 方案: b → offer" in said.err
    assert "redefine offer: name 方案 → 报价" in said.err


@pytest.mark.parametrize("told", ["a=b", "zzz=offer", "b=zzz"])
def test_a_rename_that_is_none_is_refused(line, told):
    text = BEFORE.replace('key = "b"\nname = "方案"', 'key = "offer"\nname = "报价"')
    assert apply(line, text, "--rename", told).code == 2


# ── days ──────────────────────────────────────────────────────────────────────────────────────

DEARER = BEFORE.replace("probability = 0.1", "probability = 0.3")


def probability(line, *more):
    return line.json("stages", "show", "a", *more)["probability"]


def test_a_definition_holds_from_the_day_that_is_said(line):
    said = apply(line, DEARER, "--from", "2026-08-01")
    assert said.code == 0
    assert probability(line) == 0.1
    line.at("2026-07-31T23:59:59+08:00")
    assert probability(line) == 0.1
    line.at("2026-08-01T00:00:00+08:00")
    assert probability(line) == 0.3
    assert probability(line, "--as-of", "2026-07-15") == 0.1
    report = line.json("leakage", "--pipeline", "p")
    told = "线索 was defined anew on 2026-08-01: before and after are together"
    assert told in report["notes"]
    assert told in line.json("stages", "review", "--pipeline", "p")["notes"]


def test_what_is_applied_before_a_day_that_is_planned_says_until_when(line):
    apply(line, DEARER, "--from", "2026-08-01")
    said = apply(line, BEFORE.replace("probability = 0.1", "probability = 0.2"))
    assert "线索 is defined anew later: this holds until then" in said.err
    line.at("2026-08-02T09:00:00+08:00")
    assert probability(line) == 0.3


def test_a_day_gone_by_changes_what_it_was_and_no_move(line):
    line.at("2026-07-20T09:00:00+08:00")
    said = apply(line, DEARER, "--from", "2026-07-10")
    assert "were judged by the definitions of their time, and stay" in said.err
    shares = [probability(line, "--as-of", day) for day in ("2026-07-09", "2026-07-10")]
    assert shares == [0.1, 0.3]
    assert probability(line) == 0.3


def test_a_name_to_come_is_told_of_nothing_before(line):
    renamed = BEFORE.replace('name = "线索"', 'name = "新名"', 1)
    apply(line, renamed, "--from", "2026-08-01")
    created = line.json("show", "1")["timeline"][-1]["what"]
    assert (created, line.json("list")[0]["stage_name"]) == ("in 线索", "线索")
    line.at("2026-08-02T09:00:00+08:00")
    assert line.json("show", "1")["timeline"][-1]["what"] == "in 新名"


def test_only_meanings_can_change_from_another_day(line):
    said = apply(line, WITHOUT_B, "--home", "b=a", "--from", "2026-08-01")
    assert said.code == 5
    assert "only what a stage means can change from another day on" in said.err
    assert apply(line, BEFORE.replace('"p"', '"q"', 1), "--from", "2026-08-01").code == 5


def test_the_same_day_said_twice_is_one_definition(line):
    apply(line, DEARER, "--from", "2026-08-01")
    apply(line, DEARER.replace("0.3", "0.4"), "--from", "2026-08-01")
    rows = line.json("stages", "show", "a", "--history")
    assert [(row["from"], row["until"], row["state"], row["probability"]) for row in rows] == [
        ("2026-08-01", None, "to come", 0.4),
        ("2026-07-01", "2026-08-01", "now", 0.1),
    ]
    assert rows[0]["changed"] == ["probability 0.1 → 0.4"]
    assert rows[1]["changed"] == ["first definition"]
    assert {row["by"] for row in rows} == {"li"}
    assert line.ok("db", "check").code == 0


def test_a_document_of_another_day_is_that_days(line):
    line.at("2026-07-05T09:00:00+08:00")
    apply(line, DEARER)
    line.at("2026-07-08T09:00:00+08:00")
    apply(line, WITHOUT_B.replace('key = "c"', 'key = "talks"'), "--home", "b=talks", "--yes")

    def exported(*more):
        found = json.loads(line.ok("stages", "export", "p", "--json", *more).out)["stage"]
        return [(stage["key"], stage.get("probability")) for stage in found]

    assert exported() == [("a", 0.1), ("talks", None), ("w", None)]
    assert exported("--as-of", "2026-07-06") == [("a", 0.3), ("b", None), ("c", None), ("w", None)]
    assert exported("--as-of", "2026-07-02")[0] == ("a", 0.1)
