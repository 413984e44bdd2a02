"""Which facts a stage asks for and a deal there has not got: roles, compared fields, alternatives."""

from __future__ import annotations

import pytest

PIPELINE = """
key = "short"
name = "Short"

[[stage]]
key = "first"
name = "First"

[[stage]]
key = "second"
name = "Second"
requires = ["contact:Decides", "field:seats >= 50", "field:need or source", "call >= 1", "age >= 3d"]

[[stage]]
key = "won"
won = true
name = "Won"
"""


@pytest.fixture
def team(dealflow):
    """Four deals forced into the second stage, and one in the first."""
    dealflow.ok("stages", "apply", "-", "--yes", stdin=PIPELINE)
    for name in ("Acme", "Beta"):
        dealflow.ok("accounts", "add", name)
    dealflow.ok("contacts", "add", "Acme", "Wu", "--role", "DECIDES")
    dealflow.ok("contacts", "add", "Beta", "Li", "--role", "buyer")
    add = ("add", "--pipeline", "short")
    for title, more in (
        ("all", ("-a", "Acme", "--set", "seats=60", "--set", "need=quiet")),
        ("few", ("-a", "Acme", "--set", "seats=6", "--source", "fair")),
        ("none", ("-a", "Beta")),
        ("bare", ()),
    ):
        dealflow.ok(*add, title, *more, "--stage", "second", "--force", "--why", "x")
    dealflow.ok(*add, "early")
    return dealflow


def test_of_what_is_asked_for_the_facts_are_missing_and_not_the_deeds(team):
    rows = team.json("gaps", "--only", "asked")["rows"]
    lacking = ["contact:Decides", "field:need or source", "field:seats"]
    assert {row["title"]: sorted(row["kinds"]) for row in rows} == {
        "none": lacking,
        "bare": lacking,
    }
    assert rows[0]["command"] == (
        "dealflow edit 3 --set seats=…; dealflow contacts edit ID --role Decides;"
        " dealflow edit 3 --set need=…"
    )
    assert "a contact person with the role 'Decides'" in rows[0]["missing"]


def test_what_is_filled_in_is_missing_no_more(team):
    team.ok("contacts", "edit", "2", "--role", "decides")
    team.ok("edit", "3", "--source", "web", "--set", "seats=1")
    assert [row["title"] for row in team.json("gaps", "--only", "asked")["rows"]] == ["bare"]
    counted = team.json("gaps", "--only", "asked", "--by", "rep")["rows"]
    assert [(row["owner"], row["asked"], row["open"]) for row in counted] == [("li", 3, 5)]


def test_as_of_an_earlier_day_it_is_what_was_missing_then(team):
    team.at("2026-07-03T10:00:00+08:00")
    team.ok("contacts", "edit", "2", "--role", "decides")
    team.ok("edit", "3", "--source", "web", "--set", "seats=1")
    then = team.json("gaps", "--only", "asked", "--as-of", "2026-07-01")["rows"]
    assert [row["title"] for row in then] == ["none", "bare"]
