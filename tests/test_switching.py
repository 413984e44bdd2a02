"""Several pipelines: deals move between them, new ones find theirs, and one can be given up."""

from __future__ import annotations

import pytest

OTHER = """
key = "fast"
name = "快单"
[[stage]]
key = "quick"
name = "速办"
plan = ["call in 1wd: 确认"]
[[stage]]
key = "sign"
name = "签约"
requires = ["amount"]
[[stage]]
key = "done"
name = "完成"
won = true
"""
FATES = ("advanced", "returned", "lost", "void", "still")


@pytest.fixture
def line(dealflow):
    """A database of two pipelines; the first is `en`."""
    dealflow.ok("stages", "apply", "-", stdin=OTHER)
    dealflow.ok("accounts", "add", "Acme")
    dealflow.ok("accounts", "edit", "Acme", "--segment", "能源")
    dealflow.ok("products", "add", "Pump")
    dealflow.ok("add", "Pumps", "-a", "Acme")
    return dealflow


def fates(line, *more):
    """By stage what became of those who entered; each has one fate."""
    rows = line.json("leakage", *more)["rows"]
    assert all(row["entered"] == sum(row[name] for name in FATES) for row in rows)
    return {
        row["stage"]: {name: row[name] for name in FATES if row[name]}
        for row in rows
        if row["entered"]
    }


# ── moving ────────────────────────────────────────────────────────────────────────────────────


def test_a_deal_goes_into_another_pipeline_and_returned_from_its_own(line):
    line.at("2026-07-02T10:00:00+08:00")
    said = line.ok("move", "1", "快单")
    assert "→ 快单, 速办" in said.err
    assert "planned follow-up 1 on deal 1 Pumps: Fri 2026-07-03 确认" in said.err
    deal = line.json("show", "1")
    assert (deal["pipeline"], deal["stage"]) == ("fast", "quick")
    assert fates(line) == {"lead": {"returned": 1}, "quick": {"still": 1}}
    report = line.json("leakage")
    assert "1 move into another pipeline: among the returned, in no rate" in report["notes"]
    assert report["rows"][0]["advance_rate"] is None
    assert line.ok("db", "check").code == 0
    line.ok("undo")
    deal = line.json("show", "1")
    assert (deal["pipeline"], deal["stage"], deal["planned"]) == ("en", "lead", [])


def test_whoever_looks_at_one_pipeline_sees_those_that_left_it(line):
    line.at("2026-07-02T10:00:00+08:00")
    line.ok("move", "1", "fast")
    for more in ([], ["--cohort", "created"], ["owner:li"], ["--cohort", "created", "owner:li"]):
        assert fates(line, "--pipeline", "en", *more) == {"lead": {"returned": 1}}
        assert fates(line, "--pipeline", "fast", *more) == {"quick": {"still": 1}}


def test_the_day_before_it_was_where_it_was(line):
    line.at("2026-07-03T10:00:00+08:00")
    line.ok("move", "1", "fast", "--at", "2026-07-02T09:00")
    then = line.json("show", "1", "--as-of", "2026-07-01")
    assert (then["pipeline"], then["stage"]) == ("en", "lead")
    assert [row["id"] for row in line.json("list", "pipeline:en", "--as-of", "2026-07-01")] == [1]
    assert [row["id"] for row in line.json("list", "pipeline:fast", "--as-of", "2026-07-02")] == [1]
    assert line.json("list", "pipeline:en", "--as-of", "2026-07-02") == []


def test_it_has_to_meet_what_a_new_deal_has_to(line):
    before = line.state()
    said = line("move", "1", "fast", "--stage", "sign")
    assert (said.code, said.out) == (5, "")
    assert "deal 1 (Pumps) cannot move to 签约: needs an amount" in said.err
    assert line.state() == before
    line.ok("move", "1", "fast", "--stage", "sign", "--force", "--why", "promised")
    visits = line.json("show", "1", "--all")["visits"]
    assert [(v["stage"], v["ending"], v["to_stage"]) for v in visits] == [
        ("lead", "returned", "sign"),
        ("sign", None, None),
    ]
    assert line.rows("SELECT forced, entry_why FROM visit ORDER BY seq") == [
        (0, None),
        (0, "promised"),
    ]
    timeline = line.json("show", "1", "--all")["timeline"]
    assert "moved" in {event["kind"] for event in timeline}


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["move", "1", "en"], 5, "is in the pipeline Sales process already"),
        (["move", "1", "fast", "--stage", "done"], 5, "cannot be open in 完成"),
        (["move", "1", "fst"], 3, "no pipeline 'fst'"),
        (["move", "1", "fast", "--stage", "zzz"], 3, "no stage 'zzz'"),
        (["move", "1"], 2, "where to is not said"),
        (["move", "1", "fast", "--at", "2026-07-09"], 5, "cannot move in the future"),
        (["move", "1", "fast", "--at", "2026-06-09"], 5, "came to its stage after that"),
        (["move", "1", "fast", "--force"], 2, "a forced move says why"),
    ],
)
def test_what_cannot_be_is_said(line, words, code, told):
    said = line(*words)
    assert said.code == code
    assert told in said.err


def test_a_closed_deal_stays_where_it_was_closed(line):
    line.ok("void", "1")
    said = line("move", "1", "fast")
    assert said.code == 5
    assert "hint: dealflow reopen 1" in said.err


# ── where new deals go ────────────────────────────────────────────────────────────────────────


def pipeline_of(line, *words):
    number = line.json("add", "New", *words)["id"]
    return line.json("show", str(number))["pipeline"]


def test_product_and_segment_choose_the_pipeline_of_a_new_deal(line):
    line.ok("settings", "set", "pipeline.segment.能源", "fast")
    said = line.ok("add", "Seals", "-a", "Acme")
    assert "in the pipeline 快单, as segment 能源 says" in said.err
    assert pipeline_of(line, "-a", "Acme") == "fast"
    assert pipeline_of(line) == "en"
    assert pipeline_of(line, "-a", "Acme", "--pipeline", "en") == "en"
    line.ok("settings", "set", "pipeline.product.PUMP", "en")
    assert pipeline_of(line, "-a", "Acme", "--product", "Pump") == "en"
    listed = {row["key"]: row["value"] for row in line.json("settings", "list")}
    assert listed["pipeline.segment.能源"] == "fast"
    line.ok("settings", "set", "pipeline.segment.能源", "none")
    assert pipeline_of(line, "-a", "Acme") == "en"


def test_a_route_leads_to_a_pipeline_that_there_is(line):
    assert line("settings", "set", "pipeline.segment.能源", "zzz").code == 3
    assert line("settings", "set", "pipeline.segment.", "fast").code == 2


# ── the pipelines themselves ──────────────────────────────────────────────────────────────────


def test_pipelines_are_listed_renamed_and_retired(line):
    rows = line.json("pipelines", "list")
    assert [(row["key"], row["stages"], row["deals"], row["takes"]) for row in rows] == [
        ("en", 5, 1, ["all others"]),
        ("fast", 2, 0, []),
    ]
    line.ok("settings", "set", "pipeline.segment.能源", "fast")
    line.ok("pipelines", "rename", "fast", "--new-key", "express", "--name", "快单二")
    rows = line.json("pipelines", "list")
    assert (rows[1]["key"], rows[1]["name"], rows[1]["takes"]) == ("express", "快单二", ["能源"])
    assert line("pipelines", "rename", "express", "--new-key", "en").code == 4
    assert line("pipelines", "rename", "express", "--new-key", "a b").code == 2
    said = line("pipelines", "retire", "express")
    assert (said.code, "hint: dealflow settings set pipeline.segment.能源 en" in said.err) == (
        5,
        True,
    )
    line.ok("settings", "set", "pipeline.segment.能源", "none")
    line.ok("pipelines", "retire", "express")
    assert line.json("pipelines", "list")[1]["retired"] is True
    assert line("add", "X", "--pipeline", "express").code == 3
    text = OTHER.replace('"fast"', '"express"', 1)
    assert "bring back pipeline express" in line.ok("stages", "apply", "-", stdin=text).err
    assert line.json("pipelines", "list")[1]["retired"] is False


def test_a_pipeline_with_open_deals_is_not_retired_and_its_past_stays(line):
    said = line("pipelines", "retire", "en")
    assert said.code == 5
    assert "1 open deal is in Sales process" in said.err
    assert "| dealflow move - fast --yes moves them" in said.err
    line.ok("move", "1", "fast")
    line.ok("settings", "set", "pipeline", "fast")
    line.ok("pipelines", "retire", "en")
    assert fates(line)["lead"] == {"returned": 1}
    assert line("pipelines", "retire", "fast").code == 5
