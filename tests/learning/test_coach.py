"""`dealflow coach`: each rep beside the others, and nothing named that chance explains."""

from __future__ import annotations

from random import Random
from statistics import median

import pytest

from .worlds import DAY, NOW, Made, ended

YEAR = 365 * DAY


def _team(shares, seed):
    """Reps of whose deals these shares are won; all else is alike."""
    chance = Random(seed)
    deals = []
    for rep, share in enumerate(shares):
        for n in range(60):
            created = NOW - int(chance.uniform(5, 340) * DAY)
            end = created + int(chance.uniform(10, 80) * DAY)
            moved = created + (min(end, NOW) - created) // 2
            did = (("call", created + DAY),) if n % 2 else ()
            made = Made(created, stays=((0, created), (1, moved)), did=did, owner=rep)
            deals.append(ended(made, end, won=chance.random() < share))
    return deals


def _one_is_better():
    return _team([0.8, 0.35, 0.35, 0.35], 1)


def _all_alike():
    return _team([0.45] * 4, 2)


def test_who_closes_more_is_named_and_nobody_else(world):
    report = world(_one_is_better, 4).json("coach")
    marked = {(row["rep"], row["measure"], row["mark"]) for row in report["what_stands_out"]}
    assert ("li", "close rate", "higher") in marked
    # the others are held against a rest that has li in it: some of them may well be below it
    assert {(rep, mark) for rep, _, mark in marked if mark == "higher"} == {("li", "higher")}
    first = next(row for row in report["what_stands_out"] if row["rep"] == "li")
    assert first["difference_low"] <= 0.45 <= first["difference_high"]


def test_among_equals_nobody_is_named(world):
    report = world(_all_alike, 4).json("coach")
    assert report["what_stands_out"] == []
    assert report["notes"][0].startswith("no difference stands out: ")


def test_figures_are_those_of_the_deals_one_by_one(world):
    made = _one_is_better()
    report = world(_one_is_better, 4).json("coach", "--from", "2024-01-01")
    for at, row in enumerate(sorted(report["rows"], key=lambda row: row["rep"])):
        mine = [one for one in made if one.owner == at]
        won = [one for one in mine if one.won]
        lost = [one for one in mine if one.won is False]
        assert (row["won"], row["lost"]) == (len(won), len(lost))
        assert row["close_rate"] == pytest.approx(len(won) / (len(won) + len(lost)))
        assert row["days_to_win"] == median((one.closed - one.created) // DAY for one in won)
        # every move on is a stay that went on, and so is every win
        moved = len(mine)
        assert row["went_on"] == pytest.approx((moved + len(won)) / (moved + len(won) + len(lost)))
        old = [one for one in mine if one.created + 3 * DAY <= NOW or one.did]
        assert row["prompt"] == pytest.approx(sum(bool(one.did) for one in old) / len(old))
        assert row["open"] == len(mine) - len(won) - len(lost)
    total = report["total"]
    assert total["won"] == sum(row["won"] for row in report["rows"])


def test_about_one_rep_everything_is_beside_the_others(world):
    dealflow = world(_one_is_better, 4)
    report = dealflow.json("coach", "--rep", "rep1")
    assert [row["rep"] for row in report["rows"]] == ["rep1"]
    assert {row["rep"] for row in report["beside_the_others"]} == {"rep1"}
    measures = [row["measure"] for row in report["beside_the_others"]]
    assert measures[0] == "close rate"
    assert "went on from Lead" in measures
    assert {row["rep"] for row in report["deals_to_look_at"]} == {"rep1"}
    assert dealflow.json("coach", "--rep", "me")["rows"][0]["rep"] == "li"
    said = dealflow("coach", "--rep", "rap1")
    assert (said.code, said.out) == (3, "")
    assert "rep1" in said.err


def test_deals_to_look_at_come_with_a_command_that_runs(world):
    dealflow = world(_one_is_better, 4)
    rows = dealflow.json("coach")["deals_to_look_at"]
    assert rows
    for row in rows[:6]:
        words = row["command"].replace('"…"', "talked").split()
        assert words[0] == "dealflow"
        assert str(row["id"]) in words or "done" in words
        assert dealflow(*words[1:], "--dry-run" if words[1] != "show" else "--json").code in {0, 5}


def test_markdown_is_the_whole_page(world):
    said = world(_one_is_better, 4).ok("coach", "-o", "md")
    assert said.err == ""
    lines = said.out.splitlines()
    assert lines[0] == "# For the team meeting"
    headings = [line for line in lines if line.startswith("## ")]
    assert headings == ["## What stands out", "## What goes with winning", "## Deals to look at"]
    assert any(line.startswith("| li | close rate | ") for line in lines)
    assert lines[-1].startswith("in the window: close rate = won / (won + lost)")


def test_the_window_is_a_year_if_not_said_otherwise(world):
    dealflow = world(_one_is_better, 4)
    assert dealflow.json("coach")["parameters"]["window"].startswith("2025-07-02")
    april = dealflow.json("coach", "--period", "2026-04")
    made = [one for one in _one_is_better() if one.closed]
    start, end = 1_774_972_800, 1_777_564_800
    assert april["parameters"]["n"] == sum(start <= one.closed < end for one in made)


def test_an_empty_database_has_a_page_too(dealflow):
    said = dealflow.ok("coach", "-o", "md")
    assert "nobody has deals in the window" in said.out
    assert "too few deals to compare anybody" in said.out
