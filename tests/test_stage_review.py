"""`dealflow stages review`, from the command line: counts, what blocks, and what is recommended."""

from __future__ import annotations

import csv
import io

import pytest

from dealflow.store import review as store

FORCE = ("--force", "--why", "展会", "--yes")


@pytest.fixture
def line(dealflow):
    """Forty deals of the Chinese pipeline: 36 won past two stages, four lost, and two more open."""
    return dealflow.once(make_line)


def make_line(dealflow):
    rows = "title\n" + "".join(f"泵 {n}\n" for n in range(1, 43))
    dealflow.ok("stages", "apply", "-", stdin=dealflow.ok("stages", "export").out)
    dealflow.ok("import", "deals", "-", "--format", "csv", stdin=rows)
    dealflow.at("2026-07-11T10:00:00+08:00")
    dealflow.ok("log", "42", "call", "hello")
    dealflow.ok("advance", "1-40", "solution", *FORCE)
    dealflow.at("2026-07-21T10:00:00+08:00")
    for deal in range(1, 37):
        dealflow.ok("log", str(deal), "demo")
    dealflow.ok("win", "1-36", *FORCE)
    dealflow.ok("lose", "37-40", "--reason", "price", "--yes")


def by_stage(line, *more):
    return {row["stage"]: row for row in line.json("stages", "review", *more)["rows"]}


def test_every_figure_of_a_small_history_can_be_counted(line):
    rows = by_stage(line)
    lead, needs, solution = rows["lead"], rows["needs"], rows["solution"]
    assert (lead["entered"], lead["open"], lead["days_median"]) == (42, 2, 10.0)
    assert (needs["entered"], needs["won_skipped"], needs["winners"]) == (0, 1.0, 36)
    assert (solution["win_rate"], solution["closed"]) == (0.9, 40)
    assert (solution["forced_rate"], solution["stays"]) == (1.0, 40)
    assert lead["forced_rate"] == 0.0
    assert lead["blocked_by"] == ["the field 'need' 2", "at least 1 call 1"]


def test_a_pipeline_has_as_many_stages_as_it_likes(line, monkeypatch):
    """Which stages a deal was in is counted in whole numbers; here each has room for two."""
    before = line.json("stages", "review")
    monkeypatch.setattr(store, "_STAGES", 2)
    assert line.json("stages", "review") == before


def test_activities_are_those_of_the_deals_closed_last(dealflow, monkeypatch):
    dealflow.ok("import", "deals", "-", "--format", "csv", stdin="title\n" + "泵\n" * 40)
    dealflow.ok("win", "1-16", *FORCE)
    dealflow.at("2026-07-11T10:00:00+08:00")
    for deal in range(17, 29):
        dealflow.ok("log", str(deal), "demo")
    dealflow.ok("win", "17-28", *FORCE)
    dealflow.ok("lose", "29-40", "--reason", "price", "--yes")
    assert activities(dealflow) == [("demo", 12 / 28, 0.0)]
    monkeypatch.setattr(store, "RECENT", 24)
    assert activities(dealflow) == [("demo", 1.0, 0.0)]
    assert "of the 24 deals closed last" in dealflow.ok("stages", "review", "-o", "table").out
    rows = by_stage(dealflow)
    assert (rows["lead"]["closed"], rows["lead"]["win_rate"]) == (40, 28 / 40)
    monkeypatch.setattr(store, "RECENT", 12)  # the losses, which came last
    assert activities(dealflow) == []


def activities(line):
    report = line.json("stages", "review")
    return [(row["kind"], row["won_did"], row["lost_did"]) for row in report["activities"]]


def test_recommended_is_what_the_numbers_support(line):
    notes = line.json("stages", "review")["notes"]
    told = [note.split(":")[0] for note in notes]
    skipped = "is skipped by 100 % (90–100 %, n=36) of the won deals"
    assert [note for note in told if skipped in note] == [
        f"{by_stage(line)[key]['stage_name']} {skipped}"
        for key in ("interested", "needs", "negotiation")
    ]
    assert any("says 60 %, observed 77–96 % won, n=40" in note for note in notes)
    assert any("began by overriding what it asks for" in note for note in notes)
    assert "36 of 36 wins overrode what winning asks for" in notes


def test_a_filter_a_window_and_another_day_choose_what_is_counted(line):
    assert by_stage(line, "--as-of", "2026-07-12")["solution"]["open"] == 40
    assert by_stage(line, "--as-of", "2026-07-12")["solution"]["win_rate"] is None
    assert by_stage(line, "--period", "2026-06")["lead"]["entered"] == 0
    assert by_stage(line, "泵 42")["lead"]["blocked_by"] == ["the field 'need' 1"]


def test_few_deals_recommend_nothing(dealflow):
    dealflow.ok("add", "Pumps")
    report = dealflow.json("stages", "review")
    assert report["notes"] == ["these numbers recommend no change of the stages"]
    assert report["rows"][0]["advance_rate"] is None


def test_every_format_has_it(line):
    rows = list(csv.DictReader(io.StringIO(line.ok("stages", "review", "-o", "csv").out)))
    assert {row["stage"] for row in rows} >= {"lead", "solution"}
    for form in ("table", "ndjson", "tsv", "md"):
        assert line.ok("stages", "review", "-o", form).out
    assert line("stages", "review", "--pipeline", "zzz").code == 3
    assert line("stages", "review", "zzz:1").code == 2
