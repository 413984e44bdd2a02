"""Customers and people that are one: listed, merged with everything that hangs on them, undone."""

from __future__ import annotations

import csv
import io
import json

import pytest


@pytest.fixture
def twins(dealflow):
    """GTXPro (1) and GTX Pro (2), each with people, deals and activities; Beta (3) is another."""
    return dealflow.once(make_twins)


def make_twins(dealflow):
    line = dealflow
    line.ok("reps", "add", "wang")
    line.ok("accounts", "add", "GTXPro", "--grade", "A", "--owner", "li")
    line.ok("accounts", "add", "GTX Pro", "--grade", "B", "--region", "华东", "--domain", "gtx.com")
    line.ok("accounts", "add", "Beta")
    line.ok("contacts", "add", "GTXPro", "Zhao", "--phone", "138 0013 8000")
    line.ok("contacts", "add", "GTX Pro", "zhao", "--phone", "139 0013 9000", "--title", "CTO")
    line.ok("contacts", "add", "GTX Pro", "Qian")
    line.ok("add", "Pumps", "-a", "GTXPro", "-v", "10k", "--contact", "Zhao")
    line.ok("add", "Seals", "-a", "GTX Pro", "-v", "5k", "--contact", "zhao", "--next", "+2d")
    line.ok("add", "Valves", "-a", "GTX Pro", "--contact", "Qian")
    line.ok("log", "2", "call", "asked", "--contact", "zhao")
    line.ok("accounts", "log", "GTX Pro", "visit", "at the fair", "--contact", "Qian")
    line.ok("lose", "3", "-r", "price")


def pairs(line, *words, noun="accounts"):
    return {(row["keep"], row["id"]): row for row in line.json(noun, "duplicates", *words)}


def refused(line, *words, code):
    said = line(*words)
    assert (said.code, said.out) == (code, ""), said
    return said.err


# ── the list ──────────────────────────────────────────────────────────────────────────────────


def test_a_pair_is_told_with_why_how_sure_and_the_command(twins):
    ((row),) = pairs(twins).values()
    assert (row["id"], row["name"], row["keep"], row["keep_name"]) == (1, "GTXPro", 2, "GTX Pro")
    assert row["sure"] == "sure"
    assert row["why"] == "same but for case and spacing"
    assert row["merge"] == "dealflow accounts merge 2 1"
    assert (row["deals"], row["keep_deals"], row["keep_contacts"]) == (1, 2, 2)
    assert (row["owner"], row["keep_owner"], row["signs"]) == ("li", None, ["name"])


def test_domains_addresses_and_numbers_speak_and_free_mail_does_not(dealflow):
    for name, domain in (("Alpha", "one.com"), ("Omega", None), ("Gamma", None), ("Delta", None)):
        dealflow.ok("accounts", "add", name, *(("--domain", domain) if domain else ()))
    dealflow.ok("contacts", "add", "Omega", "Qian", "--email", "Qian <qian@ONE.com>")
    dealflow.ok(
        "contacts", "add", "Gamma", "Sun", "--email", "sun@qq.com", "--phone", "13800138000"
    )
    dealflow.ok(
        "contacts", "add", "Delta", "Li", "--email", "li@qq.com", "--phone", "+8613800138000"
    )
    found = pairs(dealflow)
    assert {key: (row["sure"], row["why"]) for key, row in found.items()} == {
        (2, 1): ("likely", "same domain one.com"),
        (3, 4): ("possible", "same phone 13800138000"),
    }
    dealflow.ok("contacts", "edit", "2", "--email", "li@qq.com")
    assert pairs(dealflow)[3, 4]["why"] == "same e-mail li@qq.com · same phone 13800138000"
    assert pairs(dealflow)[3, 4]["sure"] == "sure"
    dealflow.ok("accounts", "edit", "Alpha", "--parent", "Omega")
    assert (2, 1) not in pairs(dealflow)


def test_a_filter_chooses_one_of_the_two_and_least_how_sure(twins):
    twins.ok("accounts", "add", "Betas", "--region", "华南")
    twins.ok("accounts", "add", "Wholesaler", "--region", "华北")
    twins.ok("accounts", "add", "Wholesalers")
    assert set(pairs(twins)) == {(2, 1), (3, 4), (5, 6)} - {(3, 4)}  # Beta has four letters
    assert set(pairs(twins, "region:华东")) == {(2, 1)}
    assert set(pairs(twins, "wholesalers")) == {(5, 6)}
    assert set(pairs(twins, "--least", "likely")) == {(2, 1)}
    err = refused(twins, "accounts", "duplicates", "--least", "shure", code=2)
    assert "did you mean sure?" in err


def test_every_format_and_ids(twins):
    assert twins.ok("accounts", "duplicates", "-o", "ids").out == "1\n"
    (row,) = csv.DictReader(io.StringIO(twins.ok("accounts", "duplicates", "-o", "csv").out))
    assert (row["id"], row["keep"], row["sure"]) == ("1", "2", "sure")
    assert json.loads(twins.ok("accounts", "duplicates", "-o", "ndjson").out)["id"] == 1
    assert "GTXPro" in twins.ok("accounts", "duplicates", "-o", "md").out
    assert "GTXPro" in twins.ok("accounts", "duplicates", "-o", "table").out
    twins.ok("accounts", "merge", "2", "1", "--yes")
    assert twins.ok("accounts", "duplicates", "-o", "ids").out == ""
    assert "no customers" in twins.ok("accounts", "duplicates", "-o", "table").err


def test_people_are_compared_within_their_customer(twins):
    assert pairs(twins, noun="contacts") == {}
    twins.ok("contacts", "add", "GTX Pro", "Qian女士")
    twins.ok("contacts", "add", "GTX Pro", "Sun", "--phone", "13900139000")
    found = pairs(twins, noun="contacts")
    assert {key: (row["sure"], row["why"], row["account"]) for key, row in found.items()} == {
        (3, 4): ("likely", "same but for form of address", "GTX Pro"),
        (2, 5): ("likely", "same phone 13900139000", "GTX Pro"),
    }


def test_the_past_has_its_own_duplicates(twins):
    twins.at("2026-07-03T10:00:00+08:00")
    twins.ok("accounts", "merge", "1", "2", "--yes")
    assert pairs(twins) == {}
    assert set(pairs(twins, "--as-of", "2026-07-02")) == {(2, 1)}
    was = twins.json("accounts", "list", "--as-of", "2026-07-02")
    assert [row["name"] for row in was] == ["Beta", "GTX Pro", "GTXPro"]
    assert twins.json("accounts", "list", "--as-of", "2026-06-01") == []
    deals = twins.json("list", "status:any", "--as-of", "2026-07-02")
    assert {row["title"]: row["account"] for row in deals}["Seals"] == "GTX Pro"
    (seals,) = (row["id"] for row in deals if row["title"] == "Seals")
    assert twins.json("show", str(seals), "--as-of", "2026-07-02")["account"] == "GTX Pro"
    inside = twins.json("pool", "list", "--as-of", "2026-07-02")
    assert {row["name"]: row["pool_since"] for row in inside}["GTX Pro"] == "2026-07-01"


# ── merging customers ─────────────────────────────────────────────────────────────────────────


def test_everything_of_the_other_is_the_first_ones(twins):
    said = twins.ok("accounts", "merge", "GTXPro", "GTX Pro", "--yes")
    assert said.out == "1\n"
    assert said.err.splitlines() == [
        "merged GTX Pro (#2) into GTXPro (#1): 2 deals, 2 people, 1 activity",
        "taken over: region 华东, domain gtx.com",
        "grade A stays; GTX Pro (#2) had B",
        "zhao (#2) is Zhao (#1)",
        "Zhao: taken over: title CTO",
        "Zhao: phone 138 0013 8000 stays; zhao (#2) had 139 0013 9000",
    ]
    kept = twins.json("accounts", "show", "1")
    assert (kept["grade"], kept["region"], kept["domain"], kept["owner"]) == (
        *("A", "华东", "gtx.com"),
        "li",
    )
    assert {row["title"] for row in kept["deals"]} == {"Pumps", "Seals", "Valves"}
    assert {(row["id"], row["name"], row["title"]) for row in kept["contacts"]} == {
        (1, "Zhao", "CTO"),
        (3, "Qian", None),
    }
    assert [row["note"] for row in kept["activities"]] == ["at the fair"]
    assert twins.rows("SELECT id, contact_id FROM opportunity ORDER BY id") == [
        (1, 1),
        (2, 1),
        (3, 3),
    ]
    assert twins.rows("SELECT contact_id FROM activity WHERE note = 'asked'") == [(1,)]
    assert twins("accounts", "show", "GTX Pro").code == 3
    twins.ok("db", "check")


def test_one_undo_brings_everything_back_and_redo_does_it_again(twins):
    before = twins.content()
    twins.ok("accounts", "merge", "1", "2", "3", "--take", "grade", "--take", "name", "--yes")
    after = twins.content()
    assert after != before
    twins.ok("undo")
    assert twins.content() == before
    twins.ok("db", "check")
    twins.ok("redo")
    assert twins.content() == after
    twins.ok("db", "check")


def test_credit_visits_and_forecasts_are_untouched(twins):
    twins.ok("win", "2", "--force", "--why", "signed")
    rates, visits = twins.json("close-rates"), twins.rows("SELECT * FROM visit ORDER BY id")
    twins.ok("accounts", "merge", "1", "2", "--yes")
    assert twins.rows("SELECT * FROM visit ORDER BY id") == visits
    assert twins.json("close-rates")["rows"] == rates["rows"]


def test_a_dry_run_says_the_same_and_changes_nothing(twins):
    before = twins.state()
    dry = twins.ok("accounts", "merge", "1", "2", "--dry-run")
    assert twins.state() == before
    real = twins.ok("accounts", "merge", "1", "2", "--yes")
    assert dry.err.splitlines() == [*real.err.splitlines(), "dry run: nothing was changed"]
    assert dry.out == real.out


def test_it_asks_first_and_says_what_is_at_stake(twins):
    before = twins.state()
    err = refused(twins, "accounts", "merge", "1", "2", "3", code=2)
    assert "merging 2 customers into GTXPro (#1)" in err
    assert "GTX Pro (#2): 2 deals, 2 contacts, 1 activity without a deal\n" in err
    assert "Beta (#3): nothing but itself" in err
    assert "--yes" in err
    assert twins.state() == before


def test_take_takes_the_others_word(twins):
    said = twins.ok("accounts", "merge", "1", "2", "--take", "grade", "--take", "name", "--yes")
    kept = twins.json("accounts", "show", "1")
    assert (kept["name"], kept["grade"]) == ("GTX Pro", "B")
    assert "taken over: name GTX Pro, grade B" in said.err
    assert "grade B stays; GTXPro (#1) had A" in said.err
    assert twins.json("accounts", "list", "gtx pro")[0]["id"] == 1


def test_a_field_that_nobody_has_is_not_taken(twins):
    before = twins.state()
    assert "segment" in refused(
        twins, "accounts", "merge", "1", "2", "--take", "segment", "--yes", code=2
    )
    err = refused(twins, "accounts", "merge", "1", "2", "--take", "regoin", "--yes", code=2)
    assert "region" in err
    assert twins.state() == before


def test_custom_fields_fill_gaps_and_never_overwrite(twins):
    for key in ("tier", "need", "port"):
        twins.ok("fields", "add", key, "--on", "account")
    twins.ok("accounts", "edit", "1", "--set", "tier=gold", "--set", "port=8")
    twins.ok("accounts", "edit", "2", "--set", "tier=tin", "--set", "need=安静", "--set", "port=9")
    said = twins.ok("accounts", "merge", "1", "2", "--take", "port", "--yes")
    assert "tier gold stays; GTX Pro (#2) had tin" in said.err
    kept = json.loads(twins.rows("SELECT fields FROM account WHERE id = 1")[0][0])
    assert kept == {"tier": "gold", "port": "9", "need": "安静"}


def test_the_owner_of_the_other_owns_what_nobody_owned(twins):
    twins.ok("accounts", "edit", "2", "--owner", "wang")
    twins.ok("pool", "release", "1", "--why", "no budget")
    twins.ok("accounts", "merge", "1", "2", "--yes")
    assert twins.rows("SELECT owner_id, released_at, last_owner_id FROM account WHERE id = 1") == [
        (2, None, None)
    ]
    twins.ok("db", "check")


def test_families_stay_families(dealflow):
    """Holding > A > B, and B2 > C: A and B2 merge, then the two that stand above each other."""
    for name, parent in (("Holding", ""), ("A", "Holding"), ("B", "A"), ("B2", ""), ("C", "B2")):
        dealflow.ok("accounts", "add", name, *(("--parent", parent) if parent else ()))
    before = dealflow.content()

    def parents():
        return dict(
            dealflow.rows(
                "SELECT a.name, p.name FROM account a LEFT JOIN account p ON p.id = a.parent_id"
            )
        )

    dealflow.ok("accounts", "merge", "B2", "A", "--yes")
    assert parents() == {"Holding": None, "B2": "Holding", "B": "B2", "C": "B2"}
    dealflow.ok("accounts", "merge", "C", "Holding", "--yes")
    assert parents() == {"C": None, "B2": "C", "B": "B2"}
    dealflow.ok("accounts", "merge", "B", "B2", "--yes")
    assert parents() == {"B": "C", "C": None}
    dealflow.ok("db", "check")
    for _ in range(3):
        dealflow.ok("undo")
    assert dealflow.content() == before


def test_the_id_of_another_system_goes_along_or_is_told(twins):
    twins.rows("UPDATE account SET external_id = 'sf:2', checksum = NULL WHERE id = 2")
    said = twins.ok("accounts", "merge", "1", "2", "--yes")
    assert "external id sf:2" in said.err
    assert twins.rows("SELECT external_id FROM account WHERE id = 1") == [("sf:2",)]
    twins.rows("UPDATE account SET external_id = 'sf:3', checksum = NULL WHERE id = 3")
    said = twins.ok("accounts", "merge", "1", "3", "--yes")
    assert "external id sf:2 stays; Beta (#3) had sf:3" in said.err


# ── what is refused ───────────────────────────────────────────────────────────────────────────


def test_a_merge_names_two_that_exist(twins):
    before = twins.state()
    assert "two or more" in refused(twins, "accounts", "merge", "1", "--yes", code=2)
    assert "two or more" in refused(twins, "accounts", "merge", "1", "GTXPro", "--yes", code=2)
    refused(twins, "accounts", "merge", "1", "99", "--yes", code=3)
    refused(twins, "contacts", "merge", "1", "99", "--yes", code=3)
    err = refused(twins, "contacts", "merge", "1", "2", "--yes", code=5)
    assert "Zhao is at GTXPro, and zhao at GTX Pro" in err
    assert "dealflow accounts merge 1 2" in err
    assert twins.state() == before


def test_if_version_is_that_of_the_one_that_stays(twins):
    version = twins.json("accounts", "show", "1")["version"]
    twins.ok("accounts", "edit", "1", "--segment", "energy")
    refused(twins, "accounts", "merge", "1", "2", "--yes", "--if-version", str(version), code=4)
    twins.ok("accounts", "merge", "1", "2", "--yes", "--if-version", str(version + 1))


def test_a_key_merges_once(twins):
    words = ("accounts", "merge", "1", "2", "--yes", "--key", "m1")
    twins.ok(*words)
    after = twins.content()
    said = twins(*words)
    assert (said.code, said.out) == (0, "1\n"), said.err
    assert "done before" in said.err
    assert twins.content() == after


def test_ids_come_on_stdin(twins):
    twins.ok("accounts", "merge", "-", "--yes", stdin="1\n2\n")
    assert [row["id"] for row in twins.json("accounts", "list")] == [3, 1]


# ── merging people ────────────────────────────────────────────────────────────────────────────


def test_people_become_one_with_their_deals_and_activities(twins):
    before = twins.content()
    said = twins.ok("contacts", "merge", "3", "2", "--yes")
    assert said.out == "3\n"
    assert "merged zhao (#2) into Qian (#3): 1 deal, 1 activity" in said.err
    assert "taken over: title CTO, phone 139 0013 9000" in said.err
    assert twins.rows("SELECT contact_id FROM opportunity ORDER BY id") == [(1,), (3,), (3,)]
    assert twins.rows("SELECT count(*) FROM activity WHERE contact_id = 3") == [(2,)]
    twins.ok("db", "check")
    twins.ok("undo")
    assert twins.content() == before
