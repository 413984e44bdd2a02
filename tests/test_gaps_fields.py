"""What a team declares of its customers and people, and nobody filled in: a part of `gaps`."""

from __future__ import annotations

import pytest

OF_RECORDS = ("--only", "account_fields,contact_fields")


@pytest.fixture
def team(dealflow):
    """Acme has two open deals, Beta one of wang's, and Idle none; only Wu's birthday is known."""
    return dealflow.once(make_team)


def make_team(dealflow):
    dealflow.ok("reps", "add", "wang")
    for name, person in (("Acme", "Wu"), ("Beta", "Li"), ("Idle", "He")):
        dealflow.ok("accounts", "add", name)
        dealflow.ok("contacts", "add", name, person)
    dealflow.ok("add", "first", "-a", "Acme", "--contact", "Wu")
    dealflow.ok("add", "second", "-a", "Acme", "--owner", "wang")
    dealflow.ok("add", "third", "-a", "Beta", "--contact", "Li", "--owner", "wang")
    dealflow.ok("add", "gone", "-a", "Idle", "--contact", "He")
    dealflow.ok("lose", "4", "-r", "price")
    dealflow.ok("fields", "add", "tier", "--on", "account", "--name", "Rank")
    dealflow.ok("fields", "add", "area", "--on", "account")
    dealflow.ok("fields", "add", "birthday", "--on", "contact", "--type", "date")
    dealflow.ok("fields", "add", "seats", "--type", "number")  # of deals: a stage may ask for it
    dealflow.ok("contacts", "edit", "1", "--set", "birthday=1990-01-01")
    dealflow.ok("accounts", "edit", "Beta", "--set", "area=north")


def lines(dealflow, *words):
    rows = dealflow.json("gaps", *OF_RECORDS, *words)["rows"]
    return [(row["account"], row["owner"], row["missing"], row["kinds"]) for row in rows]


ACME = ("Acme", "li", "Rank, area of the customer", ["field:account.tier", "field:account.area"])
BETA = ("Beta", "wang", "Rank of the customer", ["field:account.tier"])
LI = ("Beta", "wang", "birthday of Li", ["field:contact.birthday"])


def test_each_customer_and_person_of_an_open_deal_has_one_line(team):
    assert lines(team) == [ACME, BETA, LI]
    rows = team.json("gaps", *OF_RECORDS)["rows"]
    assert [row["command"] for row in rows] == [
        "dealflow accounts edit 1 --set tier=… --set area=…",
        "dealflow accounts edit 2 --set tier=…",
        "dealflow contacts edit 2 --set birthday=…",
    ]
    assert {row["id"] for row in rows} == {None}


def test_the_command_that_is_told_mends_it(team):
    for row in team.json("gaps", *OF_RECORDS)["rows"]:
        told = row["command"].replace("birthday=…", "birthday=1991-02-03").replace("=…", "=x")
        team.ok(*told.split()[1:])
    assert lines(team) == []
    assert team.json("gaps")["rows"] != []  # the deals' own


def test_the_deals_in_scope_say_whose_customers_and_whose_gaps_they_are(team):
    assert lines(team, "--for", "li") == [ACME]
    assert lines(team, "owner:wang") == [("Acme", "wang", *ACME[2:]), BETA, LI]
    assert lines(team, "account:Beta") == [BETA, LI]
    assert lines(team, "title:zzz") == []


def test_each_kind_can_be_asked_for_alone(team):
    assert [row["account"] for row in team.json("gaps", "--only", "account_fields")["rows"]] == [
        "Acme",
        "Beta",
    ]
    assert team("gaps", "--only", "contact_fields", "--check").code == 10
    assert team("gaps", "--only", "contact_fields", "--check", "--for", "li").code == 0


def test_they_are_counted_field_by_field_for_each_rep(team):
    rows = {row["owner"]: row for row in team.json("gaps", *OF_RECORDS, "--by", "rep")["rows"]}
    counts = {rep: (r["account_fields"], r["contact_fields"], r["gaps"]) for rep, r in rows.items()}
    assert counts == {"li": (2, 0, 2), "wang": (1, 1, 2)}


def test_a_field_that_is_retired_or_was_not_yet_there_is_no_gap(team):
    team.at("2026-07-03T10:00:00+08:00")
    team.ok("accounts", "edit", "Acme", "--set", "tier=A", "--set", "area=south")
    assert lines(team) == [BETA, LI]
    assert lines(team, "--as-of", "2026-07-01") == [ACME, BETA, LI]
    assert lines(team, "--as-of", "2026-06-30") == []
    team.ok("fields", "remove", "tier", "--on", "account")
    assert lines(team) == [LI]


def test_a_team_without_such_fields_sees_nothing_of_them(dealflow):
    dealflow.ok("add", "Pumps", "-a", "Acme")
    (row,) = dealflow.json("gaps", "--by", "rep")["rows"]
    assert (row["account_fields"], row["contact_fields"]) == (None, None)
    assert "of customers" not in dealflow.ok("gaps", "--by", "rep", "-o", "table").out


def test_what_was_taken_away_is_missing_again(team):
    team.ok("accounts", "edit", "Beta", "--set", "tier=A")
    assert BETA not in lines(team)
    team.ok("accounts", "edit", "Beta", "--set", "tier=none")
    assert BETA in lines(team)
