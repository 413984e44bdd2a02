"""Two copies, in one of which customers became one, while the other went on working on them."""

from __future__ import annotations

import importlib.util
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
    """li's file and wang's copy of it: customers 1 and 2 are one, each with a deal and people."""

    def __init__(self, line) -> None:
        self.line = line
        line.ok("reps", "add", "wang")
        for name, other in (("GTXPro", "Qian"), ("GTX Pro", "Sun")):
            line.ok("accounts", "add", name)
            line.ok("contacts", "add", name, "Zhao")
            line.ok("contacts", "add", name, other)
            line.ok("add", f"of {name}", "-a", name, "--contact", "Zhao")
        self.mine, self.other = line.path, copy(line.path, "wang.db")

    def here(self, *words: str):
        return self.line.ok(*words)

    def there(self, *words: str):
        return self.line.ok("--db", str(self.other), "--as", "wang", *words)

    def at(self, time: str) -> None:
        self.line.at(f"2026-07-01T{time}:00+08:00")

    def agree(self) -> sqlite3.Connection:
        """Each takes in the other, and both come to the same; a sound file to look at."""
        self.at("18:00")
        was = copy(self.mine, "was.db")
        self.here("db", "merge", str(self.other))
        self.there("db", "merge", str(was))
        assert content(self.mine) == content(self.other)
        for path, other in ((self.mine, self.other), (self.other, self.mine)):
            self.line.ok("--db", str(path), "db", "check")
            again = self.line.ok("--db", str(path), "db", "merge", str(other))
            assert "nothing new" in again.err
        return sqlite3.connect(self.mine)


@pytest.fixture
def two(dealflow):
    found = Two(dealflow)
    found.at("11:00")
    found.here("accounts", "merge", "1", "2", "--yes")
    found.at("12:00")
    return found


def accounts(conn):
    with closing(conn):
        deals = conn.execute(
            "SELECT o.title, a.name FROM opportunity o JOIN account a ON a.id = o.account_id"
        ).fetchall()
        return {name for (name,) in conn.execute("SELECT name FROM account")}, dict(deals)


def test_who_did_nothing_there_gets_the_merge(two):
    two.there("edit", "2", "--value", "5k")
    names, deals = accounts(two.agree())
    assert names == {"GTXPro"}
    assert deals == {"of GTXPro": "GTXPro", "of GTX Pro": "GTXPro"}


def test_a_customer_that_was_worked_on_there_stays_with_that_work(two):
    two.there("add", "new", "-a", "GTX Pro")
    two.there("accounts", "log", "GTX Pro", "visit", "at the fair")
    names, deals = accounts(two.agree())
    assert names == {"GTXPro", "GTX Pro"}
    assert deals == {"of GTXPro": "GTXPro", "of GTX Pro": "GTXPro", "new": "GTX Pro"}
    assert two.line.json("accounts", "duplicates")[0]["sure"] == "sure"


def test_a_deal_goes_with_its_contact(two):
    """There the deal got a contact who is at the other customer here."""
    two.there("edit", "2", "--contact", "Sun")
    names, deals = accounts(two.agree())
    assert deals == {"of GTXPro": "GTXPro", "of GTX Pro": "GTXPro"}
    assert names <= {"GTXPro", "GTX Pro"}


def test_a_contact_that_became_another_and_was_worked_on_there_stays(two):
    two.there("contacts", "edit", "3", "--phone", "13800138000")
    conn = two.agree()
    with closing(conn):
        phones = conn.execute("SELECT name, phone FROM contact WHERE phone IS NOT NULL").fetchall()
    assert phones == [("Zhao", "13800138000")]


def test_both_merged_the_same_customers_the_other_way_round(two):
    two.there("accounts", "merge", "2", "1", "--yes")
    names, deals = accounts(two.agree())
    assert names <= {"GTXPro", "GTX Pro"}
    assert set(deals) == {"of GTXPro", "of GTX Pro"}


def test_both_merged_the_same_customers_alike(two):
    two.there("accounts", "merge", "1", "2", "--yes")
    names, deals = accounts(two.agree())
    assert names == {"GTXPro"}
    assert deals == {"of GTXPro": "GTXPro", "of GTX Pro": "GTXPro"}


def test_a_merge_of_copies_is_undone_whole(two):
    two.there("add", "new", "-a", "GTX Pro")
    before = content(two.mine)
    two.at("18:00")
    two.here("db", "merge", str(two.other))
    two.here("undo")
    assert content(two.mine) == before
