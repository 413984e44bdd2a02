"""Pipelines as documents: read, written, built in, edited."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealflow.errors import BadDefinition, NotFound, UnknownWord
from dealflow.pipelines import (
    TEMPLATES,
    Wish,
    parse_pipeline,
    pipeline_toml,
    plan_definition_change,
    template,
    template_text,
    too_many_stages,
)
from dealflow.stages import PipelineSpec, StageSpec, parse_requirement
from dealflow.steps import parse_step

MINIMAL = 'key = "p"\nname = "P"\n[[stage]]\nkey = "a"\nname = "A"\n'

# ── templates ─────────────────────────────────────────────────────────────────────────────────

CHINESE = [
    ("lead", "潜在客户", "初步接触,有意向但未深入了解", "初次电话沟通、邮件联系", "获取基本信息"),
    ("interested", "意向客户", "对产品或服务有明确需求", "深入沟通、需求分析", "确认客户需求"),
    (
        "needs",
        "需求明确",
        "客户明确提出需求,进入需求分析阶段",
        "方案讨论、需求确认",
        "制定解决方案",
    ),
    ("solution", "方案定制", "根据客户需求,定制解决方案", "方案演示、技术交流", "客户认可方案"),
    (
        "negotiation",
        "价格谈判",
        "与客户进行价格和合同条款的谈判",
        "价格谈判、合同洽谈",
        "确定合同条款",
    ),
    ("won", "成交", "客户签订合同,完成交易", "合同签订、回款", "完成销售闭环"),
]


def test_the_chinese_template_is_the_process_in_the_users_own_words():
    told = [
        (s.key, s.name, s.standard, "、".join(s.activities), s.result)
        for s in template("zh").stages
    ]
    assert told == CHINESE


def test_the_english_template_is_the_twin_of_the_chinese_one():
    def bones(name):
        return [
            (s.key, s.kind, s.probability, s.expected_days, s.requires, s.signals)
            for s in template(name).stages
        ]

    assert bones("en") == bones("zh")
    assert [k for k, _ in template("en").reasons] == [k for k, _ in template("zh").reasons]


def test_a_first_contact_asks_for_a_call_and_the_basic_need():
    assert list(map(str, template("zh").stage("意向客户").requires)) == ["call >= 1", "field:need"]


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_is_helpful_and_not_harassing(name):
    pipeline = template(name)
    assert pipeline.key == name
    assert pipeline.won_stage == pipeline.stages[-1]
    assert pipeline.won_stage.probability == 1
    assert all(len(stage.requires) <= 3 for stage in pipeline.stages)
    assert all(stage.expected_days for stage in pipeline.open_stages)
    chances = [stage.probability for stage in pipeline.stages]
    assert chances == sorted(set(chances))
    assert {"price", "competitor", "timing", "other"} <= {key for key, _ in pipeline.reasons}
    assert too_many_stages(pipeline) is None


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_stands_as_it_would_be_exported(name):
    assert pipeline_toml(template(name)) == template_text(name)


def test_an_unknown_template_is_refused_with_those_there_are():
    with pytest.raises(UnknownWord) as caught:
        template("../errors")
    assert caught.value.hint == "known: zh, en, saas"


def test_a_team_divides_stages_its_own_way():
    names = ["潜在客户", "初步接触", "需求确认", "方案提供", "谈判签约"]
    stages = "".join(f'[[stage]]\nkey = "s{n}"\nname = "{name}"\n' for n, name in enumerate(names))
    pipeline = parse_pipeline(f'key = "second"\nname = "第二"\n{stages}')
    assert [stage.name for stage in pipeline.open_stages] == names
    assert pipeline.won_stage is None


# ── reading ───────────────────────────────────────────────────────────────────────────────────


def problems(text):
    with pytest.raises(BadDefinition) as caught:
        parse_pipeline(text)
    return caught.value.facts["problems"]


def test_a_stage_says_all_that_design_has_a_key_for():
    text = """
        key = "zh"
        name = "销售"
        [[stage]]
        key = "interested"
        name = "意向客户"
        standard = "客户对产品或服务有明确需求"
        activities = ["深入沟通", "需求分析"]
        result = "确认客户需求"
        probability = 0.2
        expected_days = 14
        requires = ["contact", "call >= 1", "field:need"]
        signals  = ["asks_price >= 1", "download >= 2", "demo >= 1 within 30d"]
        [[stage]]
        key = "won"
        name = "成交"
        won = true
        probability = 1
        [[reason]]
        key = "price"
        name = "价格"
    """
    pipeline = parse_pipeline(text)
    first, last = pipeline.stages
    assert first == StageSpec(
        key="interested",
        name="意向客户",
        kind="open",
        standard="客户对产品或服务有明确需求",
        activities=("深入沟通", "需求分析"),
        result="确认客户需求",
        probability=0.2,
        expected_days=14,
        requires=tuple(map(parse_requirement, ["contact", "call >= 1", "field:need"])),
        signals=tuple(
            map(parse_requirement, ["asks_price >= 1", "download >= 2", "demo >= 1 within 30d"])
        ),
        position=1,
    )
    assert (last.kind, last.position, last.probability) == ("won", 2, 1.0)
    assert pipeline.reasons == (("price", "价格"),)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("probabilty = 0.2", "unknown key 'probabilty' (did you mean probability?)"),
        ("probability = 20", "probability ought to be from 0 to 1, as 0.2 for 20 %, not 20"),
        ("probability = nan", "probability ought to be from 0 to 1, as 0.2 for 20 %, not nan"),
        ("probability = true", "probability ought to be from 0 to 1, as 0.2 for 20 %, not True"),
        ("expected_days = 0", "expected_days ought to be a whole number from 1 to 3650, not 0"),
        ("expected_days = 1.5", "expected_days ought to be a whole number from 1 to 3650, not 1.5"),
        ("activities = 'call'", "activities ought to be a list of texts, not 'call'"),
        ("standard = 3", "standard ought to be text, not 3"),
        ("won = 1", "won ought to be true or false, not 1"),
        (
            "requires = ['cal >= 1']",
            "requires: requirement 'cal >= 1': 'cal' is not known (did you mean call?)",
        ),
        (
            "signals = ['contact >= 1']",
            "signals: requirement 'contact >= 1': 'contact' is filled in or not (write contact alone)",
        ),
    ],
)
def test_what_is_wrong_with_a_stage_is_told_with_its_place(line, problem):
    assert problems(MINIMAL + line + "\n") == [f"stage 1 (a): {problem}"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "key is missing"),
        ('key = "p"\nname = "P"\n', "there is no open stage"),
        (MINIMAL + '[[stage]]\nkey = "b"\n', "stage 2 (b): name is missing"),
        (MINIMAL + '[[stage]]\nname = "B"\n', "stage 2 (no key): key is missing"),
        (MINIMAL + '[[stage]]\nkey = "A"\nname = "B"\n', "stage key 'A' stands twice"),
        (MINIMAL + '[[stage]]\nkey = "b"\nname = "a"\n', "stage name 'a' stands twice"),
        (
            MINIMAL.replace('name = "A"', 'name = "A"\nwon = true')
            + '[[stage]]\nkey="b"\nname="B"',
            "stage 1 (a): only the last stage can be won",
        ),
        (MINIMAL.replace('"a"', '"a b"'), "stage 1 (a b): key ought to be one word"),
        (MINIMAL.replace('"A"', '" "'), "stage 1 (a): name ought to be one line of text"),
        (MINIMAL.replace('"A"', '"A\\u0000"'), "stage 1 (a): name ought to be one line of text"),
        ("stage = 3\n" + 'key = "p"\nname = "P"\n', "stage ought to be tables"),
        (MINIMAL + '[[reason]]\nkey = "x"\n', "reason 1 (x): name is missing"),
        ("colour = 1\n" + MINIMAL, "unknown key 'colour'"),
    ],
)
def test_what_is_wrong_with_a_document_is_told(text, problem):
    found = problems(text)
    assert any(told.startswith(problem) for told in found)


def test_all_problems_are_told_at_once():
    text = MINIMAL + "probability = 7\nresult = 1\n[[stage]]\nkey = 'b'\nrequires = ['x', 'call']\n"
    assert len(problems(text)) == 5


@pytest.mark.parametrize("text", ["[[stage", "key = ", "a" + "=[" * 5000])
def test_what_is_not_toml_is_refused(text):
    with pytest.raises(BadDefinition, match="is not TOML"):
        parse_pipeline(text)


# ── writing ───────────────────────────────────────────────────────────────────────────────────

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
names = words.map(lambda text: "".join(text.split()) or "名")
keys = st.from_regex(r"[a-z][a-z0-9_-]{0,6}", fullmatch=True)
requirements = st.lists(
    st.sampled_from(
        ["contact", "field:need", "call >= 1", "demo > 2 within 4w", "amount >= 12.5万"]
    ),
    max_size=3,
).map(lambda texts: tuple(map(parse_requirement, texts)))
stages = st.builds(
    StageSpec,
    key=keys,
    name=names,
    standard=words,
    activities=st.lists(words, max_size=3).map(tuple),
    result=words,
    probability=st.none() | st.floats(0, 1),
    expected_days=st.none() | st.integers(1, 3650),
    requires=requirements,
    signals=requirements,
    plan=st.lists(
        st.sampled_from(["call in 2wd: 初次电话", "in 1w for support: x -> y"]), max_size=2
    ).map(lambda texts: tuple(map(parse_step, texts))),
)


@st.composite
def pipelines(draw):
    found = draw(
        st.lists(stages, min_size=1, max_size=5, unique_by=(
            lambda s: s.key, lambda s: s.name.casefold()))
    )  # fmt: skip
    if len(found) > 1 and draw(st.booleans()):
        found[-1] = replace(found[-1], kind="won", plan=())
    return PipelineSpec(
        key=draw(keys),
        name=draw(names),
        stages=tuple(replace(s, position=n) for n, s in enumerate(found, 1)),
        reasons=tuple(
            draw(st.lists(st.tuples(keys, names), max_size=3, unique_by=lambda reason: reason[0]))
        ),
    )


@given(pipelines())
def test_a_pipeline_is_written_as_it_is_read(pipeline):
    text = pipeline_toml(pipeline)
    assert parse_pipeline(text) == pipeline
    assert pipeline_toml(parse_pipeline(text)) == text


def test_chinese_is_written_as_chinese():
    assert 'name = "意向客户"\n' in pipeline_toml(template("zh"))


def test_what_is_not_defined_is_not_written():
    assert pipeline_toml(parse_pipeline(MINIMAL)) == (
        'key = "p"\nname = "P"\n\n[[stage]]\nkey = "a"\nname = "A"\n'
    )


def test_a_probability_of_zero_is_written():
    assert "probability = 0.0\n" in pipeline_toml(parse_pipeline(MINIMAL + "probability = 0\n"))


def test_retired_stages_are_not_written():
    pipeline = parse_pipeline(MINIMAL)
    gone = StageSpec(key="gone", name="Gone", retired=True, position=2)
    whole = replace(pipeline, stages=(*pipeline.stages, gone))
    assert pipeline_toml(whole) == pipeline_toml(pipeline)


# ── changing ──────────────────────────────────────────────────────────────────────────────────


def pipeline_of(*specs, name="P", reasons=()):
    return PipelineSpec(
        key="p",
        name=name,
        reasons=reasons,
        stages=tuple(replace(s, position=n) for n, s in enumerate(specs, 1)),
    )


A = StageSpec(id=1, key="a", name="A")
B = StageSpec(id=2, key="b", name="B", probability=0.2)
C = StageSpec(id=3, key="c", name="C")
W = StageSpec(id=4, key="w", name="W", kind="won")


def changes(old, new, homes=None):
    return [(c.kind, c.sentence) for c in plan_definition_change(old, new, Wish(homes=homes or {}))]


@given(pipelines())
def test_equal_pipelines_need_no_change(pipeline):
    stored = replace(
        pipeline, id=9, stages=tuple(replace(s, id=n) for n, s in enumerate(pipeline.stages, 5))
    )
    assert plan_definition_change(stored, pipeline) == ()


def test_a_new_stage_is_added_at_its_place_and_moves_no_other():
    new = StageSpec(key="n", name="N")
    assert changes(pipeline_of(A, B, W), pipeline_of(A, new, B, W)) == [
        ("add", "add stage 2, n (N)")
    ]


def test_a_redefinition_says_which_fields_change_and_how():
    other = replace(B, id=0, name="Bee", probability=None, requires=(parse_requirement("contact"),))
    (change,) = plan_definition_change(pipeline_of(A, B), pipeline_of(A, other))
    assert change.kind == "redefine"
    assert change.fields == ("name", "probability", "requires")
    assert change.sentence == (
        "redefine b: name B → Bee; probability 0.2 → none; requires none → contact"
    )
    assert change.stage.id == 2


def test_swapped_stages_move():
    assert changes(pipeline_of(A, B, C, W), pipeline_of(B, A, C, W)) == [
        ("move", "move b (B) to 1"),
        ("move", "move a (A) to 2"),
    ]


def test_a_stage_that_is_left_out_is_retired_and_its_deals_go_home():
    new = StageSpec(key="n", name="新")
    found = plan_definition_change(
        pipeline_of(A, B, W), pipeline_of(A, new, W), Wish(homes={"b": "新"})
    )
    assert [(c.kind, c.sentence) for c in found] == [
        ("add", "add stage 2, n (新)"),
        ("retire", "retire b (B), its deals go to n"),
    ]
    assert (found[1].home, found[1].stage.id) == ("n", 2)


def test_a_stage_is_retired_without_a_home_too():
    assert changes(pipeline_of(A, B), pipeline_of(A)) == [("retire", "retire b (B)")]


def test_a_retired_stage_that_stands_in_the_document_again_is_brought_back():
    gone = replace(B, retired=True)
    (change,) = plan_definition_change(pipeline_of(A, gone), pipeline_of(A, replace(B, id=0)))
    assert (change.kind, change.stage.id) == ("restore", 2)


def test_a_retired_stage_that_stays_away_is_no_change():
    assert changes(pipeline_of(A, replace(B, retired=True), C), pipeline_of(A, C)) == []


def test_names_of_the_pipeline_and_reasons_change_too_and_reasons_stay():
    old = pipeline_of(A, reasons=(("price", "Price"), ("fit", "Fit")))
    new = pipeline_of(A, name="Q", reasons=(("price", "Too dear"), ("timing", "Timing")))
    assert changes(old, new) == [
        ("rename", "rename the pipeline: P → Q"),
        ("reason", "rename reason price: Price → Too dear"),
        ("reason", "add reason timing (Timing)"),
    ]


@pytest.mark.parametrize("homes", [{"a": "b"}, {"zzz": "a"}, {"b": "w"}])
def test_a_home_that_is_no_use_is_refused(homes):
    with pytest.raises(BadDefinition):
        plan_definition_change(pipeline_of(A, B, W), pipeline_of(A, W), Wish(homes=homes))


def test_a_home_that_there_is_not_is_not_found():
    with pytest.raises(NotFound):
        plan_definition_change(
            pipeline_of(A, B, W), pipeline_of(A, W), Wish(homes={"b": "nowhere"})
        )


def test_a_stage_does_not_turn_from_open_into_won():
    with pytest.raises(BadDefinition, match="cannot turn from open into won"):
        plan_definition_change(pipeline_of(A, B), pipeline_of(A, replace(B, kind="won")))


def test_more_than_eight_open_stages_are_warned_of():
    many = [StageSpec(key=f"s{n}", name=f"S{n}") for n in range(9)]
    assert too_many_stages(pipeline_of(*many[:8], W)) is None
    assert too_many_stages(pipeline_of(*many, W)).startswith("9 open stages are many")
