"""Filters on the lists of customers and of the people there."""

from __future__ import annotations

import pytest


@pytest.fixture
def team(dealflow):
    """Four customers, of whom one is nobody's, with four people and two deals."""
    dealflow.ok("reps", "add", "wang", "--team", "north")
    dealflow.ok(
        "fields",
        "add",
        "tier",
        "--on",
        "account",
        "--type",
        "choice",
        "--choice",
        "gold",
        "--choice",
        "tin",
    )
    dealflow.ok("fields", "add", "vip", "--on", "contact", "--type", "bool")
    add = ("accounts", "add")
    south = ("--region", "South", "--source", "fair")
    dealflow.ok(*add, "Acme Pumps", "--grade", "A", "--owner", "li", *south, "--set", "tier=gold")
    dealflow.ok(
        *add, "Beta", "--grade", "B", "--owner", "wang", "--segment", "Steel", "--size", "Large"
    )
    dealflow.ok(*add, "华联", "--domain", "Hualian.cn", *south)
    dealflow.ok(*add, "Acme Valves", "--parent", "Acme Pumps", "--owner", "li", "--set", "tier=tin")
    person = ("contacts", "add")
    dealflow.ok(
        *person, "Acme Pumps", "Wu", "--role", "Buyer", "--phone", "123", "--set", "vip=yes"
    )
    dealflow.ok(*person, "Acme Pumps", "Zhou", "--title", "CTO", "--email", "Zhou@acme.com")
    dealflow.ok(*person, "Beta", "Acmeson", "--wechat", "wx1", "--phone", "456")
    dealflow.ok(*person, "华联", "孙", "--role", "buyer's boss")
    dealflow.ok("add", "one", "-a", "Acme Pumps")
    dealflow.ok("add", "two", "-a", "Beta")
    dealflow.ok("log", "1", "call", "hello", "--at", "2026-06-20")
    dealflow.ok("accounts", "log", "华联", "visit", "--at", "2026-04-02")
    return dealflow


CUSTOMERS = (
    (["grade:A,B"], [1, 2]),
    (["grade:none"], [4, 3]),
    (["-grade:A"], [4, 2, 3]),
    (["owner:none"], [3]),
    (["owner:me"], [1, 4]),
    (["team:north"], [2]),
    (["team:none"], [1, 4, 3]),
    (["segment:steel"], [2]),
    (["region:south", "-source:fair"], []),
    (["region:south", "owner:li"], [1]),
    (["地区:south 负责人:none"], [3]),
    (["size:LARGE"], [2]),
    (["domain:hualian"], [3]),
    (["parent:pumps"], [4]),
    (["parent:none", "acme"], [1]),
    (["id:2..3"], [2, 3]),
    (["deals:>=1"], [1, 2]),
    (["deals:0"], [4, 3]),
    (["last:none"], [4, 2]),
    (["last:<2026-05-01"], [3]),
    (["last:last-30d"], [1]),
    (["field:tier:gold"], [1]),
    (["field:tier:any"], [1, 4]),
    (["-field:account.tier:gold"], [4, 2, 3]),
    (["acme", "-name:pumps"], [4]),
    (["name:华"], [3]),
)
PEOPLE = (
    (["acme"], ["Acmeson", "Wu", "Zhou"]),
    (["account:acme"], ["Wu", "Zhou"]),
    (["name:acme"], ["Acmeson"]),
    (["role:BUYER"], ["Wu", "孙"]),
    (["title:cto"], ["Zhou"]),
    (["职务:none", "grade:A"], ["Wu"]),
    (["phone:any"], ["Acmeson", "Wu"]),
    (["email:ZHOU@"], ["Zhou"]),
    (["wechat:wx1"], ["Acmeson"]),
    (["owner:wang"], ["Acmeson"]),
    (["owner:none"], ["孙"]),
    (["region:South", "role:none"], ["Zhou"]),
    (["field:vip:yes"], ["Wu"]),
    (["field:tier:gold"], ["Wu", "Zhou"]),
)


def test_customers_are_chosen_by_what_they_are(team):
    for words, found in CUSTOMERS:
        assert [row["id"] for row in team.json("accounts", "list", *words)] == found, words


def test_people_are_chosen_by_what_they_and_their_customer_are(team):
    for words, found in PEOPLE:
        assert [row["name"] for row in team.json("contacts", "list", *words)] == found, words


def test_what_a_filter_asks_about_stands_on_the_screen(team):
    drawn = team.ok("accounts", "list", "field:tier:any", "parent:any", "-o", "table").out
    assert "belongs to" in drawn
    assert "tier" in drawn
    assert "tier" not in team.ok("accounts", "list", "-o", "table").out


def refused(team, code, *words):
    said = team(*words)
    assert (said.code, said.out) == (code, "")
    return said


def test_what_does_not_exist_is_an_error_and_names_the_nearest(team):
    assert "did you mean grade" in refused(team, 2, "accounts", "list", "grad:A").err
    assert "value" in refused(team, 2, "accounts", "list", "value:>1").err
    assert "segment" in refused(team, 3, "accounts", "list", "segment:Stel").err
    assert "wang" in refused(team, 3, "contacts", "list", "owner:wong").err
    assert "tier" in refused(team, 2, "accounts", "list", "field:teir:gold").err
    refused(team, 3, "contacts", "list", "account:nobody")


def test_a_list_that_is_cut_says_how_many_match(team):
    said = team.ok("accounts", "list", "acme", "--limit", "1", "-o", "table")
    assert "1 of 2 shown" in said.out + said.err
    assert (
        "no customers match deals:>5" in team.ok("accounts", "list", "deals:>5", "-o", "table").err
    )
