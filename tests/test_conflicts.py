"""Two people, one deal: whoever comes second with an old version is told what changed, and by whom."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

CHANGES = [
    ["edit", "1", "--value", "20k"],
    ["edit", "1", "--product", "Pump"],
    ["advance", "1", "--force", "--why", "x"],
    ["back", "2"],
    ["win", "1", "--force", "--why", "x"],
    ["lose", "1", "-r", "price"],
    ["void", "1"],
    ["reopen", "3"],
    ["log", "1", "call"],
    ["plan", "1", "fri", "demo"],
]


@pytest.fixture
def team(dealflow):
    """Deal 1 at version 1, deal 2 in the second stage, deal 3 closed; reps li and wang."""
    return dealflow.once(make_team)


def make_team(dealflow):
    dealflow.ok("reps", "add", "wang")
    dealflow.ok("products", "add", "Pump", "--price", "3k")
    dealflow.ok("products", "add", "Valve", "--price", "1k")
    for title in ("Acme", "Beta", "Gamma"):
        dealflow.ok("add", title, "-v", "10k", "-a", title)
    dealflow.ok("log", "2", "call")
    dealflow.ok("advance", "2", "--force", "--why", "x")
    dealflow.ok("void", "3")


def version(team, deal: str) -> int:
    return team.json("show", deal)["version"]


@pytest.mark.parametrize("words", CHANGES, ids=lambda words: " ".join(words[:3]))
def test_every_change_of_a_deal_can_be_made_on_condition(team, words):
    deal = words[1]
    before = version(team, deal)
    stale = team(*words, "--if-version", str(before - 1 or 7))
    assert (stale.code, stale.out) == (4, "")
    assert version(team, deal) == before
    team.ok(*words, "--if-version", str(before))


@pytest.mark.parametrize(
    "words", [["done", "1"], ["snooze", "1", "+3d"], ["cancel", "1", "--why", "x"]]
)
def test_every_change_of_a_follow_up_can_be_made_on_condition(team, words):
    team.ok("plan", "1", "fri", "demo")
    (plan,) = team.json("agenda", "--days", "30")
    assert plan["version"] == 1
    team.ok("snooze", "1", "mon", "--as", "wang")
    stale = team(*words, "--if-version", "1")
    assert (stale.code, stale.out) == (4, "")
    assert "follow-up 1 demo was changed since version 1: it is at version 2 now" in stale.err
    assert "wang (snooze): due 2026-07-03 → 2026-07-06" in stale.err
    team.ok(*words, "--if-version", "2")


def test_lists_and_records_show_the_version(team):
    team.ok("edit", "1", "--value", "20k")
    assert version(team, "1") == 2
    assert {d["id"]: d["version"] for d in team.json("list")}[1] == 2


def test_the_second_is_told_what_changed_from_what_to_what_by_whom_and_when(team):
    team.at("2026-07-01T10:05:00+08:00")
    team.ok("edit", "1", "--value", "20k", "--as", "wang")
    team.at("2026-07-01T10:07:00+08:00")
    team.ok("edit", "1", "--owner", "wang", "--tag", "vip", "--set", "need=quiet")
    team.at("2026-07-01T10:09:00+08:00")
    said = team("edit", "1", "--value", "30k", "--if-version", "1")
    assert (said.code, said.out) == (4, "")
    now = version(team, "1")
    assert said.err == (
        f"error: deal 1 Acme was changed since version 1: it is at version {now} now\n"
        "  2026-07-01 10:05 wang: amount ¥10,000 → ¥20,000\n"
        "  2026-07-01 10:07 li: tags – → vip, need – → quiet, owner li → wang\n"
        f"hint: dealflow show 1; to go on all the same: --if-version {now}\n"
    )
    assert team.json("show", "1")["amount"] == 20_000
    team.ok("edit", "1", "--value", "30k", "--if-version", str(now))


def test_a_program_is_told_the_same(team):
    team.ok("edit", "1", "--value", "20k", "--as", "wang")
    said = team("edit", "1", "--value", "30k", "--if-version", "1", "--json")
    told = json.loads(said.err)
    assert (said.code, said.out, told["error"], told["version"]) == (4, "", "changed_since", 2)
    (change,) = told["changes"]
    assert change == {
        "command": change["command"],
        "at": "2026-07-01T10:00:00+08:00",
        "by": "wang",
        "field": "amount",
        "from": "¥10,000",
        "to": "¥20,000",
    }


def test_a_move_is_told_by_its_stages(team):
    team.ok("log", "1", "call")
    team.ok("advance", "1", "--force", "--why", "x", "--as", "wang")
    said = team("lose", "1", "-r", "price", "--if-version", "1")
    assert "wang (advance): stage Lead → " in said.err
    assert team.json("show", "1")["status"] == "open"


def test_products_count_as_a_change_of_the_deal(team):
    team.ok("edit", "1", "--product", "Pump", "--as", "wang")
    assert version(team, "1") == 2
    said = team("edit", "1", "--product", "Valve", "--if-version", "1")
    assert (said.code, "wang: products" in said.err) == (4, True)
    team.ok("edit", "1", "--product", "Pump")
    assert version(team, "1") == 2
    team.ok("undo", "--as", "wang")
    assert version(team, "1") == 3
    team.ok("redo", "--as", "wang")
    assert version(team, "1") == 4
    team.ok("db", "check")
    history = team.json("history", "1")
    assert [entry["changed"] for entry in history if entry["verb"] == "edit"] == ["+product line 1"]


def test_an_undo_is_a_change_too(team):
    team.ok("edit", "1", "--value", "20k")
    team.ok("undo")
    said = team("edit", "1", "--value", "30k", "--if-version", "1")
    assert said.err.count("¥10,000 → ¥20,000") == said.err.count("¥20,000 → ¥10,000") == 1


def test_many_changes_are_told_from_the_latest_and_counted(team):
    for number in range(1, 15):
        team.ok("edit", "1", "--value", f"{number}k")
    said = team("void", "1", "--if-version", "1")
    lines = said.err.splitlines()
    assert lines[1] == "  4 earlier changes"
    assert len(lines) == 1 + 1 + 10 + 1
    assert "¥13,000 → ¥14,000" in lines[-2]


def test_what_does_not_change_the_deal_itself_is_no_conflict(team):
    before = str(version(team, "1"))
    team.ok("log", "1", "call", "hello", "--as", "wang")
    team.ok("plan", "1", "fri", "demo", "--as", "wang")
    team.ok("accounts", "edit", "Acme", "--grade", "A", "--as", "wang")
    team.ok("edit", "1", "--value", "30k", "--if-version", before)


def test_a_version_that_never_was_is_a_conflict(team):
    said = team("edit", "1", "--value", "30k", "--if-version", "9")
    assert (said.code, "never was at 9" in said.err) == (4, True)


def test_a_version_is_of_one_record(team):
    said = team("edit", "1", "2", "--value", "30k", "--if-version", "1", "--yes")
    assert (said.code, said.out) == (2, "")


def test_a_deal_that_is_not_there_is_not_found_whatever_its_version(team):
    assert team("edit", "99", "--value", "1", "--if-version", "1").code == 3


def test_a_repeated_key_answers_although_the_deal_has_moved_on(team):
    words = ("edit", "1", "--value", "30k", "--if-version", "1", "--key", "job-1")
    team.ok(*words)
    assert team.ok(*words, "--json").data[0]["repeated"] is True


def test_a_rehearsal_tells_of_the_conflict(team):
    team.ok("edit", "1", "--value", "20k")
    assert team("edit", "1", "--value", "30k", "--if-version", "1", "--dry-run").code == 4


def test_of_many_at_once_with_one_version_exactly_one_gets_through(team):
    """Twelve processes that all read version 1."""

    def edit(number: int) -> int:
        words = ["edit", "1", "--tag", f"t{number}", "--if-version", "1"]
        command = [sys.executable, "-m", "dealflow", "--as", "li", *words]
        return subprocess.run(command, capture_output=True, check=False).returncode

    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(edit, range(12)))
    assert sorted(codes) == [0] + [4] * 11
    assert team.json("show", "1")["tags"] == [f"t{codes.index(0)}"]
    assert version(team, "1") == 2


@pytest.mark.parametrize(
    "command",
    [
        (
            ("accounts", "add", "Acme"),
            ("accounts", "edit", "Acme", "--grade", "A", "--set", "tier=gold"),
            ("accounts", "edit", "acme", "--grade", "B"),
            (
                "customer Acme was changed since version 1: it is at version 2 now\n"
                "  2026-07-01 10:00 li (accounts edit): grade – → A, tier – → gold\n"
            ),
            "dealflow accounts show 1",
        ),
        (
            ("contacts", "add", "Acme", "Ms Li"),
            ("contacts", "edit", "1", "--title", "CEO"),
            ("contacts", "edit", "1", "--title", "CFO"),
            (
                "contact 1 Ms Li was changed since version 1: it is at version 2 now\n"
                "  2026-07-01 10:00 li (contacts edit): title – → CEO\n"
            ),
            "dealflow contacts list",
        ),
        (
            ("products", "add", "Pump", "--price", "3k"),
            ("products", "edit", "Pump", "--price", "4k"),
            ("products", "edit", "1", "--price", "5k"),
            "  2026-07-01 10:00 li (products edit): price ¥3,000 → ¥4,000\n",
            "dealflow products list",
        ),
        (
            ("reps", "add", "wang"),
            ("reps", "edit", "wang", "--team", "north"),
            ("reps", "edit", "wang", "--team", "south"),
            (
                "rep wang was changed since version 1: it is at version 2 now\n"
                "  2026-07-01 10:00 li (reps edit): team – → north\n"
            ),
            "dealflow reps list",
        ),
        (
            ("fields", "add", "tier", "--choice", "a", "--choice", "b", "--type", "choice"),
            ("fields", "edit", "tier", "--name", "Tier"),
            ("fields", "edit", "tier", "--name", "Rank"),
            (
                "field tier was changed since version 1: it is at version 2 now\n"
                "  2026-07-01 10:00 li (fields edit): name tier → Tier\n"
            ),
            "dealflow fields list",
        ),
    ],
    ids=lambda command: command[0][0],
)
def test_edits_of_all_records_can_take_a_version_for_granted(dealflow, command):
    made, edited, again, told, shown = command
    if made[0] == "contacts":
        dealflow.ok("accounts", "add", "Acme")
    dealflow.ok(*made)
    dealflow.ok(*edited, "--if-version", "1")
    said = dealflow(*again, "--if-version", "1")
    assert (said.code, said.out) == (4, "")
    assert told in said.err
    assert f"hint: {shown}; to go on all the same: --if-version 2\n" in said.err
    dealflow.ok(*again, "--if-version", "2")
