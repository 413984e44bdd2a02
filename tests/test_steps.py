"""What entering a stage plans: the language, and what it does to a deal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealflow.errors import BadDefinition
from dealflow.steps import KINDS, Step, parse_step, when_told

# ── the language ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("call in 2wd: 初次电话", Step(count=2, unit="wd", what="初次电话", kind="call")),
        ("in 3d: send it", Step(count=3, unit="d", what="send it")),
        (
            "Demo in 1W for support: our case -> they want it",
            Step(
                count=1, unit="w", what="our case", kind="demo", role="support",
                goal="they want it",
            ),
        ),
        ("call in 0d for Owner: now", Step(count=0, unit="d", what="now", kind="call")),
        (
            "visit in ２d：拜访→了解需求",
            Step(count=2, unit="d", what="拜访", kind="visit", goal="了解需求"),
        ),
        ("in 1m for 技术支持: a: b", Step(count=1, unit="m", what="a: b", role="技术支持")),
    ],
)  # fmt: skip
def test_a_step_is_read_as_it_is_written(text, step):
    assert parse_step(text) == step


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("call", "cannot be read"),
        ("call 2wd: x", "cannot be read"),
        ("call in 2wd:", "cannot be read"),
        ("call in 2h: x", "'2h' is not a span of time"),
        ("cal in 2d: x", "'cal' is no kind of follow-up"),
        ("download in 2d: x", "'download' is no kind of follow-up"),
        ("call in 2d: -> x", "what is to be done is not said"),
        ("call in 2d: x ->", "no goal"),
        ("call in 2d: " + "x" * 600, "has 612 characters"),
    ],
)
def test_what_is_no_step_says_what_is_wrong(text, told):
    with pytest.raises(BadDefinition, match=told):
        parse_step(text)


_WORDS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=9)
_STEPS = st.builds(
    Step,
    count=st.integers(0, 999),
    unit=st.sampled_from(["d", "wd", "w", "m"]),
    what=_WORDS,
    kind=st.none() | st.sampled_from(KINDS),
    role=st.none() | _WORDS.filter(lambda word: word.casefold() != "owner"),
    goal=st.none() | _WORDS,
)


@given(_STEPS)
def test_the_text_of_a_step_reads_back_as_itself(step):
    assert parse_step(str(step)) == step


def test_when_is_said_as_people_do():
    told = [when_told(parse_step(f"in {span}: x")) for span in ("0d", "1d", "2wd", "3w", "1m")]
    assert told == [
        *("on the day", "1 day after", "2 working days after", "3 weeks after", "1 month after"),
    ]


# ── on a deal ─────────────────────────────────────────────────────────────────────────────────

LINE = """
key = "p"
name = "流程"
[[stage]]
key = "a"
name = "线索"
plan = ["call in 2wd: 初次电话 -> 了解需求"]
[[stage]]
key = "b"
name = "方案"
plan = ["demo in 1w for support: 方案演示", "in 0d: 发送资料"]
[[stage]]
key = "w"
name = "成交"
won = true
"""


@pytest.fixture
def line(dealflow):
    """A database whose pipeline plans; Li is who types."""
    dealflow.ok("stages", "apply", "-", stdin=LINE)
    dealflow.ok("settings", "set", "pipeline", "p")
    return dealflow


def plans(line, *, every=False):
    """What is planned: day, kind, what, for."""
    where = "" if every else "WHERE f.done_at IS NULL AND f.cancelled_at IS NULL"
    return line.rows(
        "SELECT f.due_day, f.kind, f.what, r.handle FROM follow_up f JOIN rep r ON r.id = f.rep_id "
        f"{where} ORDER BY f.id"
    )


FIRST = ("2026-07-03", "call", "初次电话", "li")


def test_a_new_deal_has_what_its_stage_plans(line):
    said = line.ok("add", "Pumps")
    assert plans(line) == [FIRST]
    assert "planned follow-up 1 on deal 1 Pumps: Fri 2026-07-03 初次电话" in said.err
    assert line.rows("SELECT goal FROM follow_up") == [("了解需求",)]
    line.ok("undo")
    assert plans(line) == []


def test_a_move_plans_for_who_has_the_role_or_is_called_so_else_for_the_owner(line):
    line.ok("add", "Pumps", "--no-plan")
    said = line.ok("advance", "1")
    assert plans(line) == [
        ("2026-07-08", "demo", "方案演示", "li"),
        ("2026-07-01", None, "发送资料", "li"),
    ]
    assert "nobody is support here: it is the owner's" in said.err
    line.ok("undo")
    line.ok("reps", "add", "support")
    line.ok("advance", "1")
    assert plans(line)[0] == ("2026-07-08", "demo", "方案演示", "support")


def test_what_is_open_already_is_not_planned_again(line):
    line.ok("add", "Pumps")
    line.ok("advance", "1", "--no-plan")
    line.ok("back", "1")
    assert plans(line) == [FIRST]
    line.ok("done", "1")
    line.ok("advance", "1", "--no-plan")
    line.ok("back", "1")
    assert plans(line) == [FIRST]
    assert len(plans(line, every=True)) == 2


def test_reopening_plans_anew_what_the_close_cancelled(line):
    line.ok("add", "Pumps")
    line.ok("void", "1")
    assert plans(line) == []
    line.ok("reopen", "1", "--no-plan")
    assert plans(line) == []
    line.ok("undo")
    line.ok("reopen", "1")
    assert plans(line) == [FIRST]


def test_a_step_whose_day_has_passed_is_said_and_not_planned(line):
    said = line.ok("add", "Pumps", "--at", "2026-06-01")
    assert plans(line) == []
    assert "not planned on deal 1, its day has passed (2026-06-03): 初次电话" in said.err
    line.ok("advance", "1", "--at", "2026-06-30")
    assert plans(line) == [("2026-07-07", "demo", "方案演示", "li")]


def test_an_import_plans_nothing(line):
    line.ok("import", "deals", "-", "--format", "csv", stdin="title\nPumps\n")
    assert plans(line) == []


def test_a_step_is_stored_as_written_shown_and_exported(line):
    shown = line.json("stages", "show", "b", "--pipeline", "p")
    assert [row["step"] for row in shown["plan"]] == [
        "demo in 1w for support: 方案演示",
        "in 0d: 发送资料",
    ]
    assert [row["when"] for row in shown["plan"]] == ["1 week after", "on the day"]
    text = line.ok("stages", "export", "p").out
    assert 'plan = ["demo in 1w for support: 方案演示", "in 0d: 发送资料"]' in text
    assert "is as it was" in line.ok("stages", "apply", "-", stdin=text).err
    assert line.ok("db", "check").code == 0


def test_a_won_stage_plans_nothing(line):
    said = line("stages", "apply", "-", stdin=LINE + 'plan = ["call in 2d: x"]\n')
    assert said.code == 2
    assert "stage 3 (w): plan: a deal that is won has nothing planned" in said.err


def test_a_damaged_step_is_found(line):
    broken = json.dumps(["call in 2parsecs: x"])
    line.rows(f"UPDATE stage_definition SET plan = '{broken}' WHERE plan LIKE '%初次%'")
    said = line("db", "check")
    assert "'2parsecs' is not a span of time" in said.out
