"""`db merge` as somebody uses it: what it says, what it refuses, what the journal holds after it."""

from __future__ import annotations

import importlib.util
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

pytestmark = pytest.mark.file

_spec = importlib.util.spec_from_file_location("copies", Path(__file__).with_name("copies.py"))
copies = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(copies)
content, copy = copies.content, copies.copy


class Two:
    """Our file and wang's copy of it, at the times that are said."""

    def __init__(self, line) -> None:
        self.line = line
        line.ok("reps", "add", "wang")
        line.ok("add", "Pumps", "-a", "Acme", "-v", "10k")
        line.ok("add", "Seals", "-a", "Acme", "-v", "5k")
        line.ok("plan", "1", "+2d", "call them")
        self.mine = line.path
        self.other = copy(line.path, "wang.db")

    def here(self, time: str, *words: str):
        self.line.at(f"2026-07-01T{time}:00+08:00")
        return self.line.ok(*words)

    def there(self, time: str, *words: str):
        self.line.at(f"2026-07-01T{time}:00+08:00")
        return self.line.ok("--db", str(self.other), "--as", "wang", *words)

    def merge(self, *words: str, time: str = "18:00"):
        self.line.at(f"2026-07-01T{time}:00+08:00")
        return self.line.ok("db", "merge", str(self.other), "--json", *words)

    def deal(self, number: int) -> dict:
        return self.line.json("show", str(number))


@pytest.fixture
def two(dealflow):
    return Two(dealflow)


def test_a_deal_that_comes_back_brings_its_products_plans_and_contacts(dealflow):
    """Wang worked on the deal; li took back that it was added, and with it all that it came with."""
    dealflow.ok("reps", "add", "wang")
    dealflow.ok("products", "add", "Pump", "--price", "3k")
    whole = ("-a", "Acme", "--contact", "Zhao", "--product", "Pump", "--next", "2026-07-08")
    dealflow.ok("add", "Pumps", *whole, "--next-what", "call Ms Wang")
    two = Two.__new__(Two)
    two.line, two.mine = dealflow, dealflow.path
    two.other = copy(dealflow.path, "wang.db")
    two.there("12:00", "edit", "1", "--close", "2026-09-01")
    two.here("13:00", "undo")
    there, mine = content(two.other), copy(two.mine, "mine.db")
    two.merge()
    assert content(two.mine) == there
    dealflow.ok("--db", str(two.other), "db", "merge", str(mine))
    assert content(two.other) == there
    told = dealflow.ok("--db", str(two.other), "db", "merge", str(two.mine))
    assert "nothing new" in told.err
    assert [plan["what"] for plan in dealflow.json("agenda", "--days", "9")] == ["call Ms Wang"]


def test_what_came_with_a_merge_is_told_as_it_was_given(two):
    two.there("11:00", "edit", "1", "--value", "66k")
    two.there("12:00", "edit", "1", "--tag", "hot")
    two.merge(time="18:00")
    told = two.line.json("show", "1", "--all")["timeline"]
    edits = [(one["at"][:16], one["by"]) for one in told if one["kind"] == "edited"]
    assert edits == [("2026-07-01T12:00", "wang"), ("2026-07-01T11:00", "wang")]
    typed = [(one["actor"], one["at"][:16]) for one in two.line.json("history", "1")][:3]
    assert ("wang", "2026-07-01T11:00") in typed
    assert ("wang", "2026-07-01T12:00") in typed


# ── fields ────────────────────────────────────────────────────────────────────────────────────


def test_edits_to_different_fields_of_one_deal_are_both_kept(two):
    two.here("11:00", "edit", "1", "--value", "12k", "--set", "need=quiet", "--tag", "vip")
    two.there("12:00", "edit", "1", "--close", "2026-09-01", "--set", "budget=10", "--tag", "hot")
    told = two.merge().data
    assert told["conflicts"] == []
    deal = two.deal(1)
    assert (deal["amount"], deal["close"]) == (12000.00, "2026-09-01")
    assert deal["tags"] == ["vip", "hot"]
    with closing(sqlite3.connect(two.mine)) as con:
        (fields,) = con.execute("SELECT fields FROM opportunity WHERE id = 1").fetchone()
    assert json.loads(fields) == {"need": "quiet", "budget": "10"}


def test_different_custom_fields_of_one_customer_and_one_contact_are_both_kept(two):
    two.here("10:30", "contacts", "add", "Acme", "王芳")
    for owner in ("account", "contact"):
        two.here("10:31", "fields", "add", "size", "--type", "number", "--on", owner)
        two.here(
            "10:32", "fields", "add", "tier", "--choice", "gold", "--choice", "tin", "--on", owner
        )
    two.other = copy(two.mine, "wang.db")
    for noun, which in (("accounts", "Acme"), ("contacts", "1")):
        two.here("11:00", noun, "edit", which, "--set", "size=1.2万")
        two.there("12:00", noun, "edit", which, "--set", "tier=GOLD")
    assert two.merge().data["conflicts"] == []
    for noun in ("accounts", "contacts"):
        (row,) = two.line.json(noun, "list")
        assert (row["field:size"], row["field:tier"]) == (12000, "gold")
    assert two.line.ok("db", "check", "--json").data == []


def test_a_field_that_both_copies_declare_is_one(two):
    two.here("11:00", "fields", "add", "level", "--choice", "high", "--choice", "low")
    two.there("12:00", "fields", "add", "level", "--choice", "high", "--name", "等级")
    two.there("12:30", "edit", "1", "--set", "等级=high")
    two.merge()
    (field,) = two.line.json("fields", "list")
    assert field["name"] == "等级"
    assert two.deal(1)["field:level"] == "high"
    two.there("19:00", "db", "merge", str(two.mine))
    assert content(two.other) == content(two.mine)


def test_text_that_one_copy_kept_and_the_other_gave_a_type_is_found_by_the_check(two):
    two.here("11:00", "fields", "add", "seats", "--type", "number")
    two.there("12:00", "edit", "1", "--set", "seats=many")
    two.merge()
    said = two.line("db", "check", "--json")
    assert [(f["what"], f["row"], f["help"]) for f in said.data] == [
        ("field", 1, "dealflow edit 1 --set seats=…")
    ]
    two.here("19:00", "edit", "1", "--set", "seats=5")
    assert two.line.ok("db", "check", "--json").data == []


def test_a_conflict_is_told_with_both_sides_and_goes_to_the_later_edit(two):
    two.here("11:00", "edit", "1", "--value", "12k")
    two.there("12:00", "edit", "1", "--value", "15k")
    said = two.merge()
    assert said.data["conflicts"] == [
        {
            "deal": 1,
            "record": "deal 1 Pumps",
            "field": "amount",
            "ours": "¥12,000",
            "ours_by": "li",
            "ours_at": "2026-07-01T11:00:00+08:00",
            "theirs": "¥15,000",
            "theirs_by": "wang",
            "theirs_at": "2026-07-01T12:00:00+08:00",
            "won": "theirs",
        }
    ]
    assert (
        "conflict: deal 1 Pumps, amount: ¥12,000 (li) here, ¥15,000 (wang) there;"
        " the later edit won: theirs"
    ) in said.err
    assert two.deal(1)["amount"] == 15000.00


@pytest.mark.parametrize(("side", "amount"), [("ours", 12000), ("theirs", 15000)])
def test_a_side_can_be_preferred_and_the_choice_holds_in_the_other_copy_too(two, side, amount):
    two.there("11:00" if side == "theirs" else "12:00", "edit", "1", "--value", "15k")
    two.here("12:00" if side == "theirs" else "11:00", "edit", "1", "--value", "12k")
    assert two.merge("--prefer", side).data["conflicts"][0]["won"] == side
    assert two.deal(1)["amount"] == amount
    two.there("19:00", "db", "merge", str(two.mine))
    assert content(two.other) == content(two.mine)
    assert "nothing new" in two.merge().err
    assert two.deal(1)["amount"] == amount


def test_the_same_change_on_both_sides_is_no_conflict(two):
    two.here("11:00", "edit", "1", "--value", "12k")
    two.there("12:00", "edit", "1", "--value", "12k")
    assert two.merge().data["conflicts"] == []


def test_the_conflicts_of_both_directions_are_the_same_with_the_sides_changed(two):
    two.here("11:00", "edit", "1", "--value", "12k", "--close", "2026-09-01")
    two.there("12:00", "edit", "1", "--value", "15k", "--close", "2026-09-02")
    two.here("13:00", "lose", "2", "-r", "price")
    two.there("13:30", "win", "2", "--force", "--why", "x")
    mine = two.line.ok("db", "merge", str(two.other), "--dry-run", "--json").data["conflicts"]
    back = two.there("18:00", "db", "merge", str(two.mine), "--dry-run", "--json").data["conflicts"]
    turned = [
        {
            **{k: clash[k] for k in ("deal", "record", "field")},
            **{f"ours{e}": clash[f"theirs{e}"] for e in ("", "_by", "_at")},
            **{f"theirs{e}": clash[f"ours{e}"] for e in ("", "_by", "_at")},
            "won": {"ours": "theirs", "theirs": "ours"}[clash["won"]],
        }
        for clash in back
    ]
    assert mine == turned
    assert len(mine) == 3


# ── paths, activities, plans ──────────────────────────────────────────────────────────────────


def test_a_deal_that_only_one_side_moved_goes_where_that_side_moved_it(two):
    two.here("11:00", "edit", "1", "--value", "12k")
    two.there("12:00", "advance", "1", "interested", "--force", "--why", "x")
    assert two.merge().data["conflicts"] == []
    deal = two.deal(1)
    assert (deal["stage"], deal["amount"]) == ("interested", 12000)


def test_a_path_in_conflict_is_settled_as_a_whole_and_the_losing_one_stays_readable(two):
    two.here("11:00", "advance", "1", "--force", "--why", "x")
    two.there("11:30", "advance", "1", "--force", "--why", "x")
    two.there("12:00", "win", "1", "--force", "--why", "signed")
    two.here("13:00", "back", "1")
    (clash,) = two.merge().data["conflicts"]
    assert (clash["field"], clash["won"]) == ("stage", "ours")
    assert "won 2026-07-01" in clash["theirs"]
    assert two.deal(1)["status"] == "open"
    with closing(sqlite3.connect(two.mine)) as con:
        (lost,) = con.execute("SELECT lost FROM merged WHERE unit = 'path'").fetchone()
    assert json.loads(lost)["by"] == "wang"
    assert json.loads(lost)["told"] == clash["theirs"]


def test_what_happened_on_both_sides_is_all_there(two):
    two.here("11:00", "log", "1", "call", "here")
    two.there("11:00", "log", "1", "email", "there")
    two.there("11:10", "plan", "1", "+5d", "visit them")
    two.merge()
    with closing(sqlite3.connect(two.mine)) as con:
        notes = {note for (note,) in con.execute("SELECT note FROM activity")}
        plans = {what for (what,) in con.execute("SELECT what FROM follow_up")}
    assert notes == {"here", "there"}
    assert plans == {"call them", "visit them"}


def test_a_plan_for_a_deal_that_was_closed_on_the_other_side_falls_with_it(two):
    two.there("11:00", "plan", "2", "+5d", "visit them")
    two.here("12:00", "win", "2", "--force", "--why", "x")
    two.merge()
    assert two.line.ok("db", "check").code == 0
    with closing(sqlite3.connect(two.mine)) as con:
        sql = "SELECT cancelled_why FROM follow_up WHERE what = 'visit them'"
        assert con.execute(sql).fetchone() == ("deal won",)


def test_a_plan_that_fell_with_a_closing_that_lost_is_open_again(two):
    two.here("11:00", "win", "1", "--force", "--why", "x")
    two.there("12:00", "advance", "1", "--force", "--why", "x")
    assert two.merge().data["conflicts"][0]["won"] == "theirs"
    assert [plan["what"] for plan in two.line.json("agenda", "--days", "9")] == ["call them"]


def test_offline_copies_that_both_added_and_moved_deals(two):
    two.here("11:00", "add", "Valves", "-a", "Beta")
    two.here("11:10", "advance", "3", "--force", "--why", "x")
    two.there("11:00", "add", "Hoses", "-a", "Gamma")
    two.there("11:10", "add", "Tubes", "-a", "Gamma")
    two.there("11:20", "advance", "4", "--force", "--why", "x")
    two.there("11:30", "advance", "1", "--force", "--why", "x")
    said = two.merge()
    assert said.data["deals"] == [
        {"id": 4, "there": 4, "title": "Tubes"},
        {"id": 5, "there": 3, "title": "Hoses"},
    ]
    assert "deal 3 there is 5 here: Hoses" in said.err
    found = {deal["title"]: deal["stage"] for deal in two.line.json("list")}
    assert found == {
        "Pumps": "interested",
        "Seals": "lead",
        "Valves": "interested",
        "Hoses": "lead",
        "Tubes": "interested",
    }
    assert two.line.ok("db", "check").code == 0


# ── made twice, removed ───────────────────────────────────────────────────────────────────────


def test_what_both_sides_made_under_one_name_is_one_and_said_so(two):
    for do, own in ((two.here, "South"), (two.there, "North")):
        do("11:00", "reps", "add", "zhang")
        do("11:01", "accounts", "add", "Delta")
        do("11:02", "products", "add", "Meter")
        do("11:03", "add", own, "-a", "Delta", "--owner", "zhang", "--product", "Meter")
        do("11:04", "add", "Tender", "--external-id", "T-1", "-a", "Delta")
    two.there("11:05", "accounts", "edit", "Delta", "--segment", "energy")
    said = two.merge()
    assert {(one["what"], one["name"]) for one in said.data["united"]} == {
        ("rep", "zhang"),
        ("customer", "Delta"),
        ("product", "Meter"),
        ("deal", "Tender"),
    }
    assert "customer Delta was made in both copies: it is one now" in said.err
    assert {c["field"] for c in said.data["conflicts"]} <= {"stage", "owner"}
    found = two.line.json("list", "owner:zhang")
    assert {(deal["title"], deal["account"]) for deal in found} == {
        ("South", "Delta"),
        ("North", "Delta"),
    }
    assert len(two.line.json("list", "account:Delta")) == 3
    assert two.line.json("accounts", "show", "Delta")["segment"] == "energy"
    assert two.line.ok("db", "check").code == 0
    two.there("19:00", "db", "merge", str(two.mine))
    assert content(two.other) == content(two.mine)


def test_a_third_copy_that_knows_the_other_name_of_what_became_one_finds_it(two):
    two.here("11:00", "accounts", "add", "Delta")
    third = copy(two.mine, "third.db")
    two.line.at("2026-07-01T12:00:00+08:00")
    two.line.ok("--db", str(third), "accounts", "edit", "Delta", "--name", "Delta Ltd")
    two.there("10:30", "accounts", "add", "Delta")
    two.merge()
    two.line.ok("db", "merge", str(third))
    assert [row["name"] for row in two.line.json("accounts", "list")] == ["Acme", "Delta Ltd"]
    two.line.ok("--db", str(third), "db", "merge", str(two.mine))
    assert content(third) == content(two.mine)


def test_what_one_side_removed_and_the_other_built_on_stays(two):
    two.here("11:00", "add", "Valves")
    two.there("11:10", "db", "merge", str(two.mine))
    two.there("11:20", "log", "3", "call", "they want it")
    two.here("11:30", "undo")
    (clash,) = two.merge().data["conflicts"]
    assert (clash["field"], clash["ours"], clash["theirs"], clash["won"]) == (
        *("record", "removed", "kept"),
        "theirs",
    )
    assert clash["ours_by"] == "li"
    assert two.line.json("list", "Valves")[0]["title"] == "Valves"
    two.there("19:00", "db", "merge", str(two.mine))
    assert content(two.other) == content(two.mine)


def test_what_the_other_side_removed_and_we_built_on_stays_in_both_directions(two):
    (seals,) = [row for row in two.line.json("history") if "Seals" in row["typed"]]
    two.there("11:00", "undo", str(seals["id"]))
    two.here("12:00", "log", "2", "call", "they want it")
    back = two.there("18:00", "db", "merge", str(two.mine), "--dry-run", "--json").data
    (clash,) = two.merge().data["conflicts"]
    assert (clash["record"], clash["ours"], clash["theirs"]) == ("deal 2 Seals", "kept", "removed")
    assert (clash["won"], back["conflicts"][0]["won"]) == ("ours", "theirs")
    assert two.deal(2)["title"] == "Seals"
    two.there("19:00", "db", "merge", str(two.mine))
    assert content(two.other) == content(two.mine)


def test_a_union_that_was_undone_is_forgotten(two):
    two.here("11:00", "accounts", "add", "Delta")
    two.there("11:10", "accounts", "add", "Delta")
    two.merge()
    two.line.ok("undo")
    two.there("12:00", "accounts", "edit", "Delta", "--name", "Gamma")
    two.merge()
    names = {row["name"] for row in two.line.json("accounts", "list")}
    assert names == {"Acme", "Delta", "Gamma"}


def test_what_one_side_took_back_goes_on_the_other_too(two):
    two.here("11:00", "add", "Valves", "-a", "Beta")
    two.there("11:10", "db", "merge", str(two.mine))
    two.here("11:20", "undo")
    assert len(two.line.json("list")) == 2
    said = two.there("12:00", "db", "merge", str(two.mine), "--json")
    assert said.data["removed"] == 2
    assert content(two.other) == content(two.mine)


def test_a_name_that_two_different_records_would_have_is_refused(two):
    two.here("11:00", "products", "add", "Meter")
    two.here("11:01", "products", "add", "Gauge")
    two.there("11:10", "db", "merge", str(two.mine))
    two.here("11:20", "products", "edit", "Meter", "--name", "Dial")
    two.there("11:30", "products", "edit", "Gauge", "--name", "Dial")
    before = content(two.mine)
    said = two.line("db", "merge", str(two.other))
    assert (said.code, said.out) == (4, "")
    assert "both copies have 'Dial', as different records: product 1 has the name here" in said.err
    assert content(two.mine) == before


# ── the journal ───────────────────────────────────────────────────────────────────────────────


def test_history_shows_whose_commands_came_with_the_merge_and_none_can_be_undone_alone(two):
    two.there("12:00", "edit", "1", "--value", "15k")
    number = two.merge().data["command"]
    (head,) = [row for row in two.line.json("history") if row["actor"] == "wang"]
    assert (head["verb"], head["merged_by"]) == ("edit", number)
    assert head["at"] == "2026-07-01T12:00:00+08:00"
    said = two.line("undo", str(head["id"]))
    assert said.code == 5
    assert f"hint: to take back the whole merge: dealflow undo {number}" in said.err
    assert f"came with {number}" in two.line.ok("history", "-o", "table").out


def test_undo_takes_back_the_merge_and_it_can_be_merged_again(two):
    two.there("12:00", "add", "Hoses", "-a", "Gamma")
    two.there("12:10", "edit", "1", "--value", "15k")
    before = content(two.mine)
    two.merge()
    after = content(two.mine)
    two.line.ok("undo")
    assert content(two.mine) == before
    assert two.merge().data["added"] > 0
    assert content(two.mine) == after
    two.line.ok("undo")
    two.line.ok("redo")
    assert content(two.mine) == after


def test_what_came_with_a_merge_that_was_undone_comes_again_by_way_of_another_copy(two):
    """The third copy has it from wang, and had brought it here already once, to no effect."""
    third = copy(two.mine, "third.db")
    two.there("12:00", "edit", "1", "--value", "15k")
    two.there("12:10", "add", "Hoses", "-a", "Gamma")
    number = two.merge().data["command"]
    two.line.ok("--db", str(third), "db", "merge", str(two.other))
    two.line.ok("--db", str(third), "edit", "2", "--value", "9k")
    two.line.ok("db", "merge", str(third))
    after = content(two.mine)
    two.line.ok("undo", str(number))
    assert two.deal(1)["amount"] == 10000
    two.line.ok("db", "merge", str(third))
    assert content(two.mine) == after == content(third)


def test_pipelines_and_stages_that_both_sides_made_are_one(two):
    for name, do, place in (("mine", two.here, 2), ("other", two.there, 3)):
        document = two.mine.with_name(f"{name}.toml")
        parts = do("10:30", "stages", "export").out.split("\n[[stage]]")
        new = '\nkey = "trial"\nname = "Trial"\n'
        own = f'\nkey = "{name}"\nname = "{name}"\n'
        document.write_text("\n[[stage]]".join([*parts[:place], new, own, *parts[place:]]), "utf-8")
        do("11:00", "stages", "apply", str(document))
        do("11:10", "stages", "apply", str(_saas(two.mine)))
        do("11:20", "add", f"Deal {name}", "--stage", "trial", "--force", "--why", "x")
    back, before = copy(two.other, "back.db"), copy(two.mine, "before.db")
    two.merge()
    assert two.line.ok("db", "check").code == 0
    listed = [row["key"] for row in two.line.json("stages", "list") if row["pipeline"] == "en"]
    assert sorted(listed) == sorted(set(listed))
    assert {"trial", "mine", "other"} < set(listed)
    assert listed[-1] == "won"
    with closing(sqlite3.connect(two.mine)) as con:
        places = con.execute("SELECT pipeline_id, position FROM stage").fetchall()
    assert len(places) == len(set(places))
    found = {deal["title"]: deal["stage"] for deal in two.line.json("list", "stage:trial")}
    assert found == {"Deal mine": "trial", "Deal other": "trial"}
    two.line.ok("--db", str(back), "db", "merge", str(before))
    assert content(back) == content(two.mine)


def _saas(beside: Path) -> Path:
    from dealflow.pipelines import template_text

    path = beside.with_name("saas.toml")
    path.write_text(template_text("saas"), "utf-8")
    return path


def test_undo_of_ones_own_last_command_never_means_one_that_came_with_a_merge(two):
    two.here("11:00", "edit", "1", "--value", "12k")
    two.there("12:00", "edit", "2", "--value", "9k")
    two.merge()
    two.line.at("2026-07-01T19:00:00+08:00")
    said = two.line("--as", "wang", "undo")
    assert (said.code, said.out) == (5, "")
    assert "there is nothing to undo" in said.err


def test_the_past_is_told_as_this_file_knew_it(two):
    two.there("12:00", "edit", "1", "--value", "15k")
    two.line.at("2026-07-02T09:00:00+08:00")
    two.line.ok("db", "merge", str(two.other))
    two.line.at("2026-07-03T09:00:00+08:00")
    yesterday = two.line.json("list", "Pumps", "--as-of", "2026-07-01")
    assert two.line.json("list", "Pumps")[0]["amount"] == 15000
    assert yesterday[0]["amount"] == 10000


def test_the_past_before_an_edit_that_was_undone_in_the_other_copy_stays_what_it_was(two):
    two.line.at("2026-07-02T09:00:00+08:00")
    two.line.ok("edit", "1", "--value", "12k")
    edit = two.line.json("history")[0]["id"]
    two.line.at("2026-07-03T09:00:00+08:00")
    third = copy(two.mine, "third.db")
    two.line.ok("--db", str(third), "undo", str(edit))
    two.line.at("2026-07-04T09:00:00+08:00")
    two.line.ok("db", "merge", str(third))
    two.line.at("2026-07-05T09:00:00+08:00")
    told = [
        two.line.json("list", "Pumps", "--as-of", f"2026-07-0{day}")[0]["amount"]
        for day in (1, 2, 3, 4)
    ]
    assert told == [10000, 12000, 12000, 10000]


def test_a_choice_is_learnt_by_way_of_a_third_copy(two):
    two.here("11:00", "edit", "1", "--value", "12k")
    third = copy(two.mine, "third.db")
    two.there("12:00", "edit", "1", "--value", "15k")
    two.merge("--prefer", "ours")
    two.line.ok("--db", str(third), "db", "merge", str(two.mine))
    two.there("19:00", "db", "merge", str(third))
    assert content(two.other) == content(two.mine) == content(third)


def test_a_key_that_was_used_in_the_other_copy_is_not_used_again_here(two):
    two.here("11:00", "add", "Valves")
    two.there("12:00", "add", "Hoses", "--key", "order-1")
    two.merge()
    two.line.at("2026-07-01T19:00:00+08:00")
    said = two.line.ok("add", "Hoses", "--key", "order-1", "--json")
    assert (said.data["id"], said.data["repeated"]) == (4, True)
    two.line.ok("undo")
    assert two.line("add", "Hoses", "--key", "order-1").code == 4
    two.merge()
    assert two.line.ok("add", "Hoses", "--key", "order-1", "--json").data["id"] == 5


def test_a_merge_with_a_key_is_done_once(two):
    two.there("12:00", "edit", "1", "--value", "15k")
    first = two.merge("--key", "evening").data
    again = two.merge("--key", "evening")
    assert again.data == first
    assert "this was done before with the same key; nothing was changed" in again.err
    two.there("12:30", "edit", "1", "--value", "16k")
    assert two.line("db", "merge", str(two.other), "--key", "evening").code == 4


# ── what is left alone, and what is refused ───────────────────────────────────────────────────


def test_merging_again_changes_nothing_and_says_so(two):
    two.there("12:00", "edit", "1", "--value", "15k")
    two.merge()
    before = two.mine.read_bytes()
    said = two.merge()
    assert said.data["command"] is None
    assert "nothing new: this copy knows all that the other one does" in said.err
    assert two.mine.read_bytes() == before
    assert len(os.listdir(two.mine.parent / "backups")) == 1


def test_a_dry_run_says_what_would_happen_and_leaves_both_files_as_they_were(two):
    two.here("11:00", "edit", "1", "--value", "12k")
    two.there("12:00", "edit", "1", "--value", "15k")
    two.there("12:10", "add", "Hoses")
    before = two.mine.read_bytes(), two.other.read_bytes()
    said = two.merge("--dry-run")
    assert "dry run: nothing was changed" in said.err
    assert (two.mine.read_bytes(), two.other.read_bytes()) == before
    assert not (two.mine.parent / "backups").exists()
    done = two.merge()
    told = {key: value for key, value in said.data.items() if key != "notes"}
    assert told == {key: value for key, value in done.data.items() if key != "notes"}


def test_the_other_copy_is_only_read(two):
    two.there("12:00", "edit", "1", "--value", "15k")
    before = two.other.read_bytes()
    two.other.chmod(0o400)
    two.merge()
    assert two.other.read_bytes() == before


def test_what_there_was_is_backed_up_first(two):
    two.there("12:00", "edit", "1", "--value", "15k")
    before = content(two.mine)
    said = two.merge()
    (name,) = os.listdir(two.mine.parent / "backups")
    assert f"backed up to {two.mine.parent / 'backups' / name}" in said.err
    assert content(two.mine.parent / "backups" / name) == before


def test_a_database_that_was_created_apart_is_refused(two):
    other = two.mine.with_name("apart.db")
    two.line.ok("--db", str(other), "init")
    said = two.line("db", "merge", str(other))
    assert (said.code, said.out) == (5, "")
    assert "is no copy of this database: they were created apart" in said.err
    assert "hint: to take in what it holds: dealflow import" in said.err


def test_the_same_file_twice_is_wrong_usage(two):
    link = two.mine.with_name("link.db")
    link.symlink_to(two.mine)
    for name in (two.mine, link):
        said = two.line("db", "merge", str(name))
        assert (said.code, said.out) == (2, "")
        assert "a database cannot be merged with itself" in said.err


@pytest.mark.parametrize(("version", "code"), [(2, 9), (99, 9), (0, 8)])
def test_a_copy_of_another_schema_version_is_refused(two, version, code):
    with closing(sqlite3.connect(two.other)) as con:
        con.execute(f"PRAGMA user_version={version}")
    said = two.line("db", "merge", str(two.other))
    assert (said.code, said.out) == (code, "")


def test_a_damaged_value_in_the_other_copy_is_said_so(two):
    two.there("12:00", "edit", "1", "--value", "15k")
    with closing(sqlite3.connect(two.other)) as con:
        con.execute("UPDATE opportunity SET tags = '[' WHERE id = 1")
        con.commit()
    said = two.line("db", "merge", str(two.other))
    assert (said.code, said.out) == (8, "")
    assert "a stored value is damaged" in said.err


def test_words_that_are_names_of_tables_are_words(two):
    two.here("11:00", "edit", "1", "--title", "account", "--set", "need=rep")
    two.there("12:00", "edit", "1", "--title", "stage", "--set", "need=contact")
    told = {
        clash["field"]: (clash["ours"], clash["theirs"]) for clash in two.merge().data["conflicts"]
    }
    assert told == {"title": ("account", "stage"), "need": ("rep", "contact")}


def test_every_kind_of_field_in_conflict_is_told_in_words(two):
    two.here("10:10", "plan", "2", "+4d", "send quote")
    two.there("10:20", "db", "merge", str(two.mine))
    for do, time, words in (
        (two.here, "11:00", ("li", "20%", "A", "2026-08-01", "X-1", "3d")),
        (two.there, "12:00", ("wang", "40%", "B", "2026-08-02", "X-2", "9d")),
    ):
        owner, share, grade, close, key, days = words
        do(time, "edit", "1", "--owner", "wang")
        do(time, "edit", "1", "--owner", owner, "--probability", share, "--grade", grade)
        do(time, "edit", "1", "--close", close, "--external-id", key)
        do(time, "snooze", "2", f"+{days}")
        do(time, "settings", "set", "cadence.A", days)
        do(time, "products", "add", f"Only {owner}")
        do(
            time,
            "settings",
            "rate",
            "USD",
            "7.1" if owner == "li" else "7.2",
            "--from",
            "2026-07-01",
        )
    told = {
        (clash["record"], clash["field"]): (clash["ours"], clash["theirs"])
        for clash in two.merge().data["conflicts"]
    }
    assert told == {
        ("deal 1 Pumps", "close"): ("2026-08-01", "2026-08-02"),
        ("deal 1 Pumps", "external id"): ("X-1", "X-2"),
        ("deal 1 Pumps", "grade"): ("A", "B"),
        ("deal 1 Pumps", "owner"): ("li", "wang"),
        ("deal 1 Pumps", "probability"): ("20 %", "40 %"),
        ("exchange rate USD 2026-07-01", "rate"): ("7.1", "7.2"),
        ("follow-up 1 call them", "rep"): ("li", "wang"),
        ("follow-up 2 send quote", "due"): ("2026-07-08", "2026-07-14"),
        ("setting cadence.A", "value"): ("3d", "9d"),
    }


def test_a_file_that_is_not_there_is_said_so(two):
    assert two.line("db", "merge", "nowhere.db").code == 7


def test_an_unknown_side_is_wrong_usage(two):
    said = two.line("db", "merge", str(two.other), "--prefer", "our")
    assert (said.code, said.out) == (2, "")
    assert "did you mean ours?" in said.err


def test_what_does_not_fit_together_is_refused_and_nothing_is_changed(two):
    """One side retires a stage, the other has moved a deal into it since."""
    text = two.line.ok("stages", "export").out
    kept = "\n[[stage]]".join(
        part for part in text.split("\n[[stage]]") if 'key = "solution"' not in part
    )
    document = two.mine.with_name("pipeline.toml")
    document.write_text(kept, "utf-8")
    two.here("11:00", "stages", "apply", str(document), "--yes")
    two.there("12:00", "advance", "1", "solution", "--force", "--why", "x")
    before = content(two.mine)
    said = two.line("db", "merge", str(two.other))
    assert (said.code, said.out) == (4, "")
    assert "opportunity 1: broken rule: an open deal is in a stage that is not retired" in said.err
    assert content(two.mine) == before


def test_rates_in_two_base_currencies_are_not_mixed(two):
    two.here("11:00", "settings", "rate", "USD", "7.1")
    two.there("12:00", "settings", "set", "currency", "EUR")
    said = two.line("db", "merge", str(two.other))
    assert said.code == 4
    assert "the base currency is CNY here and EUR there" in said.err


def test_where_a_copy_lies_is_its_own_affair(two):
    two.there("12:00", "settings", "set", "sharing", "single-user")
    two.there("12:10", "settings", "set", "cadence.A", "3d")
    two.merge()
    told = {row["key"]: row["value"] for row in two.line.json("settings", "list")}
    assert (told["sharing"], told["cadence.A"]) == ("team", "3d")
