"""People around a deal: who takes part, and who takes over."""

from __future__ import annotations

import pytest


@pytest.fixture
def team(dealflow):
    """li owns two deals and has won a third; wang and zhao are there as well."""
    for name in ("wang", "zhao"):
        dealflow.ok("reps", "add", name)
    dealflow.ok("accounts", "add", "华联", "--owner", "li")
    dealflow.ok("add", "Pumps", "-a", "华联", "-v", "12k", "--next", "fri")
    dealflow.ok("add", "Valves", "-v", "3k", "--next", "fri")
    dealflow.ok("add", "Seals", "-v", "5k")
    dealflow.ok("win", "3", "--force", "--why", "signed")
    return dealflow


def found(dealflow, *words):
    return [row["id"] for row in dealflow.json("list", *words)]


def test_who_takes_part_is_shown_and_found_by_name_and_by_role(team):
    said = team.ok("join", "1", "2", "wang", "--role", "support")
    assert said.err.splitlines() == [
        "wang takes part in deal 1 Pumps: support",
        "wang takes part in deal 2 Valves: support",
    ]
    team.ok("join", "1", "zhao", "--role", "市场")
    assert team.json("show", "1")["participants"] == [
        {"rep": "wang", "name": "wang", "role": "support"},
        {"rep": "zhao", "name": "zhao", "role": "市场"},
    ]
    assert found(team, "with:support") == found(team, "with:wang") == [1, 2]
    assert found(team, "with:市场") == [1]
    assert found(team, "with:zhao") == found(team, "--as", "zhao", "with:me") == [1]
    assert found(team, "-with:zhao") == found(team, "-with:市场") == [2]
    assert found(team, "with:none", "status:any") == [3]
    assert found(team, "with:any") == [1, 2]


def test_a_filter_for_nobody_is_an_error(team):
    team.ok("join", "1", "wang")
    said = team("list", "with:suport")
    assert (said.code, said.out) == (3, "")
    assert "did you mean support?" in said.err


def test_the_past_knows_who_took_part_then(team):
    team.at("2026-07-03T09:00:00+08:00")
    team.ok("join", "1", "wang")
    team.at("2026-07-06T09:00:00+08:00")
    team.ok("leave", "1", "wang")
    team.ok("join", "2", "zhao")
    assert found(team, "with:any", "--as-of", "2026-07-02") == []
    assert found(team, "with:any", "--as-of", "2026-07-04") == [1]
    assert found(team, "with:any") == [2]


def test_another_role_is_an_edit_and_the_owner_takes_no_part(team):
    team.ok("join", "1", "wang")
    team.ok("join", "1", "wang", "--role", "manager")
    assert [one["role"] for one in team.json("show", "1")["participants"]] == ["manager"]
    said = team("join", "1", "li")
    assert (said.code, said.err) == (5, "error: li owns deal 1 (Pumps)\n")
    team.ok("reps", "edit", "zhao", "--left")
    assert team("join", "1", "zhao").code == 5
    assert team("join", "1").code == 2


def test_leaving_tells_what_is_still_planned(team):
    team.ok("join", "1", "wang")
    team.ok("plan", "1", "mon", "demo", "--for", "wang")
    said = team.ok("leave", "1", "wang")
    assert "still planned for wang: 3" in said.err
    assert team("leave", "1", "wang").code == 3


def test_joining_counts_as_an_edit_and_is_undone(team):
    before = team.content()
    version = team.json("show", "1")["version"]
    team.ok("join", "1", "wang", "--if-version", str(version))
    said = team("edit", "1", "--value", "13k", "--if-version", str(version))
    assert said.code == 4
    team.ok("undo")
    assert team.content() == before
    team.ok("redo")
    assert found(team, "with:wang") == [1]


# ── handing over ──────────────────────────────────────────────────────────────────────────────


def test_open_deals_and_their_plans_move_and_nothing_else(team):
    team.ok("join", "1", "wang", "--role", "support")
    visits = team.content()["visit"]
    team.ok("plan", "1", "mon", "ask", "--for", "zhao")
    said = team.ok("hand-over", "--from", "li", "--to", "wang", "--yes")
    assert said.err.splitlines() == [
        "deal 1 Pumps is wang's now with 1 planned follow-up",
        "deal 2 Valves is wang's now with 1 planned follow-up",
    ]
    assert found(team, "owner:wang") == [1, 2]
    assert found(team, "owner:li", "status:any") == [3]
    assert team.content()["visit"] == visits
    plans = {row["id"]: row["for"] for row in team.json("agenda", "for:any")}
    assert plans == {1: "wang", 2: "wang", 3: "zhao"}
    assert team.json("show", "1")["participants"] == []
    team.ok("db", "check")


def test_the_win_stays_the_winners(team):
    team.ok("hand-over", "--to", "wang", "--yes")
    rows = {row["rep"]: row["won"] for row in team.json("close-rates")["rows"]}
    assert rows["li"] == 1
    assert rows.get("wang", 0) == 0


def test_a_filter_says_which_and_a_rehearsal_changes_nothing(team):
    before = team.state()
    said = team.ok("hand-over", "value:>10k", "--to", "wang", "--dry-run")
    assert "deal 1 Pumps is wang's now" in said.err
    assert "Valves" not in said.err
    assert team.state() == before
    team.ok("hand-over", "value:>10k", "--to", "wang")
    assert found(team, "owner:wang") == [1]


def test_customers_move_where_it_is_said(team):
    team.ok("hand-over", "--to", "wang", "--yes")
    assert team.json("accounts", "list")[0]["owner"] == "li"
    said = team.ok("hand-over", "--from", "li", "--to", "wang", "--accounts")
    assert "1 customer moved to wang" in said.err
    assert team.json("accounts", "list")[0]["owner"] == "wang"


def test_handing_over_is_refused_where_it_means_nothing(team):
    assert team("hand-over", "--to", "li", "--yes").code == 5
    assert team("hand-over").code == 2
    assert team("hand-over", "--from", "nobody", "--to", "li").code == 3
    assert team("hand-over", "--to", "wang").code == 2  # two deals are not moved unasked
    team.ok("reps", "edit", "wang", "--left")
    assert team("hand-over", "--to", "wang", "--yes").code == 5


def test_handing_over_is_one_command(team):
    before = team.content()
    team.ok("hand-over", "--to", "wang", "--yes", "--accounts")
    team.ok("undo")
    assert team.content() == before
