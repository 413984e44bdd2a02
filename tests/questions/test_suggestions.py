"""`stages suggest` and `advance --suggested`: what signals say, and who is moved by them."""

from __future__ import annotations

import json

import pytest

from dealflow.requirements import Deed, Evidence, parse_requirement
from dealflow.stages import PipelineSpec, StageSpec, suggested

DOCUMENT = """
key = "p"
name = "P"
[[stage]]
key = "lead"
name = "Lead"
signals = ["site_visit >= 1"]
[[stage]]
key = "needs"
name = "Needs"
requires = ["contact:decides or call:reached >= 1"]
signals = ["download >= 2 and contact_made within 14d", "asks_question >= 1"]
[[stage]]
key = "offer"
name = "Offer"
requires = ["amount >= 100k"]
signals = ["asks_price >= 1", "field:seats >= 50"]
"""


@pytest.fixture
def line(dealflow):
    dealflow.ok("stages", "apply", "-", stdin=DOCUMENT)
    dealflow.ok("settings", "set", "pipeline", "p")
    dealflow.ok("accounts", "add", "Acme")
    dealflow.ok("add", "Pumps", "-a", "Acme")
    dealflow.ok("add", "Valves", "-a", "Acme")
    dealflow.ok("add", "Other")
    return dealflow


def found(line, *words):
    return [
        (one["deal"], one["stage"], one["suggested"], one["signal"], one["times"])
        for one in line.json("stages", "suggest", *words)
    ]


def test_nothing_is_suggested_where_nothing_happened(line):
    said = line.ok("stages", "suggest", "-o", "table")
    assert (said.out, "no deal's signals say another stage" in said.err) == ("", True)
    assert line.json("stages", "suggest") == []


def test_the_furthest_stage_that_one_signal_speaks_for_comes_with_all_that_speaks_for_it(line):
    line.ok("log", "1", "asks_question", "which colours?", "--at", "-3d")
    assert found(line) == [(1, "lead", "needs", "asks_question >= 1", 1)]
    line.ok("log", "1", "asks_price", "--at", "-2d")
    line.ok("log", "1", "asks_price", "--at", "-1d")
    line.ok("edit", "1", "--set", "seats=60")
    assert found(line) == [
        (1, "lead", "offer", "asks_price >= 1", 2),
        (1, "lead", "offer", "field:seats >= 50", None),
    ]
    first = line.json("stages", "suggest")[0]
    assert first["last_at"].startswith("2026-06-30T")
    assert first["evidence"] == "at least 1 request for a price"
    either = (
        "a contact person with the role 'decides' or at least 1 call with the outcome 'reached'"
    )
    assert first["ready"] is False
    assert first["missing"] == [f"needs {either} (has 0)", "needs an amount of at least 100k"]


def test_a_signal_of_two_parts_is_two_lines_of_evidence(line):
    for _ in range(2):
        line.ok("accounts", "log", "Acme", "download", "a.pdf")
    assert found(line) == []
    line.ok("log", "2", "call")
    rule = "download >= 2 and contact_made >= 1 within 14d"
    assert found(line) == [(2, "lead", "needs", rule, 2), (2, "lead", "needs", rule, 1)]


def test_suggestions_are_of_the_filter_of_open_deals_and_as_of_a_day(line):
    line.ok("log", "1", "asks_question", "--at", "-3h")
    line.ok("log", "2", "asks_question", "--at", "-3h")
    assert {row[0] for row in found(line)} == {1, 2}
    assert {row[0] for row in found(line, "title:valves")} == {2}
    assert found(line, "--as-of", "2026-06-30") == []
    line.ok("void", "2")
    assert {row[0] for row in found(line)} == {1}
    assert line("stages", "suggest", "zzz:1").code == 2


def test_the_past_is_judged_by_what_was_so_then(line):
    line.ok("edit", "1", "--set", "seats=60")
    line.at("2026-07-03T10:00:00+08:00")
    line.ok("edit", "1", "--set", "seats=10")
    assert found(line) == []
    assert found(line, "--as-of", "2026-07-02") == [(1, "lead", "offer", "field:seats >= 50", None)]


def test_going_back_is_suggested_on_request_only(line):
    line.ok("log", "1", "asks_price")
    line.ok("advance", "1", "offer", "--force", "--why", "x")
    assert found(line) == found(line, "--back") == []
    line.ok("advance", "2", "offer", "--force", "--why", "x")
    line.ok("log", "2", "site_visit")
    assert found(line) == []
    assert found(line, "--back") == [(2, "offer", "lead", "site_visit >= 1", 1)]


def test_every_format_has_the_deal_on_each_line_and_a_screen_has_it_once(line):
    line.ok("log", "1", "asks_price")
    line.ok("edit", "1", "--set", "seats=60")
    assert line.ok("stages", "suggest", "-o", "ids").out == "1\n"
    rows = [
        json.loads(text) for text in line.ok("stages", "suggest", "-o", "ndjson").out.splitlines()
    ]
    assert [row["deal"] for row in rows] == [1, 1]
    table = line.ok("stages", "suggest", "-o", "table").out
    assert table.count("Pumps") == 1
    assert "dealflow advance --suggested moves them" in table
    tsv = line.ok("stages", "suggest", "-o", "tsv").out.splitlines()
    assert tsv[0].split("\t")[0] == "deal"
    assert [text.split("\t")[0] for text in tsv[1:]] == ["1", "1"]
    assert "1 of 2 deals shown" in _two(line)


def _two(line):
    line.ok("log", "2", "asks_price")
    return line.ok("stages", "suggest", "--limit", "1", "-o", "table").out


# ── moving them ───────────────────────────────────────────────────────────────────────────────


def test_nobody_is_moved_without_a_yes(line):
    line.ok("log", "1", "asks_question")
    before = line.content()
    said = line("advance", "--suggested")
    assert (said.code, said.out) == (2, "")
    assert "moving 1 deal to the stage that is suggested needs a yes" in said.err
    assert line.content() == before


def test_those_that_requirements_let_through_move_and_the_others_are_listed(line):
    for deal in ("1", "2"):
        line.ok("log", deal, "asks_question")
    line.ok("log", "1", "call", "--outcome", "Reached")
    before = line.content()
    tried = line("advance", "--suggested", "--dry-run")
    assert tried.code == 11
    assert line.content() == before
    said = line("advance", "--suggested", "--yes")
    assert (said.code, said.out) == (11, "1\n")
    assert "deal 1 Pumps: Lead → Needs" in said.err
    assert "stays: deal 2 (Valves) cannot move to Needs: needs a contact person" in said.err
    assert line.json("show", "1")["stage"] == "needs"
    assert line.json("show", "2")["stage"] == "lead"
    line.ok("undo")
    assert line.json("show", "1")["stage"] == "lead"


def test_where_none_can_move_it_is_refused_and_force_says_why(line):
    line.ok("log", "2", "asks_question")
    said = line("advance", "--suggested", "--yes")
    assert (said.code, said.out) == (5, "")
    assert "stays: deal 2 (Valves)" in said.err
    line.ok("advance", "--suggested", "--yes", "--force", "--why", "met at the fair")
    assert line.json("show", "2")["stage"] == "needs"


def test_only_the_deals_that_are_named_or_match_are_moved(line):
    for deal in ("1", "2", "3"):
        line.ok("log", deal, "asks_question")
    force = ("--yes", "--force", "--why", "x")
    assert line.ok("advance", "--suggested", "title:pumps", *force).out == "1\n"
    assert line.ok("advance", "--suggested", "1-2", *force).out == "2\n"
    assert line.ok("advance", "--suggested", "-", *force, stdin="1 3\n").out == "3\n"
    said = line.ok("advance", "--suggested", *force)
    assert said.out == ""
    assert "no deal's signals say a later stage; nothing was changed" in said.err


def test_words_that_do_not_go_together_are_refused(line):
    assert line("advance").code == 2
    assert line("advance", "--suggested", "1", "needs").code == 2
    assert line("advance", "--suggested", "1", "--if-version", "1").code == 2


def test_a_key_repeats_the_answer_although_nothing_is_suggested_any_more(line):
    line.ok("log", "1", "asks_question")
    words = ("advance", "--suggested", "--yes", "--force", "--why", "x", "--key", "k")
    assert line.ok(*words).out == "1\n"
    again = line.ok(*words)
    assert again.out == "1\n"
    assert "done before with the same key" in again.err


def test_show_says_what_is_met_what_is_missing_and_what_is_suggested(line):
    line.ok("log", "1", "call", "--outcome", "reached")
    line.ok("log", "1", "asks_price")
    shown = line.ok("show", "1", "-o", "table").out
    rule = "a contact person with the role 'decides' or at least 1 call with the outcome 'reached'"
    assert f"{rule} (has 1)" in " ".join(shown.split())
    note = (
        "it may belong in Offer (offer): at least 1 request for a price (1, last 2026-07-01)"
        " · dealflow advance 1 offer"
    )
    assert note in " ".join(shown.split())


# ── the rule itself ───────────────────────────────────────────────────────────────────────────


def spec(*signals):
    stages = [
        StageSpec(
            id=n, key=f"s{n}", name=f"S{n}", position=n, retired=some is None,
            signals=tuple(map(parse_requirement, some or ())),
        )
        for n, some in enumerate(signals, 1)
    ]  # fmt: skip
    return PipelineSpec(key="p", name="P", stages=tuple(stages))


CALLED = Evidence(created_at=0, activities=(Deed("call", 5),))


@pytest.mark.parametrize(
    ("signals", "here", "back", "expected"),
    [
        ([(), ("call >= 1",), ()], 1, False, 2),
        ([(), ("call >= 1",), ("call >= 1",)], 1, False, 3),
        ([(), ("call >= 1",), ("call >= 2",)], 2, False, None),
        ([(), ("call >= 1",), None], 1, False, 2),
        ([("call >= 1",), (), ()], 2, False, None),
        ([("call >= 1",), (), ()], 2, True, None),
        ([("call >= 1",), ("demo >= 1",), ()], 2, True, 1),
        ([("call >= 1",), ("call >= 1",), ()], 2, True, None),
    ],
)
def test_the_furthest_open_stage_that_a_signal_speaks_for(signals, here, back, expected):
    pipeline = spec(*signals)
    found = suggested(pipeline, pipeline.by_id(here), CALLED, 10, back=back)
    assert (found and found.id) == expected
