"""`db dump` and `db load`: the whole database as lines, and back to the same bytes."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HOSTILE = "泵\x1b[31m\u202e \x00 hex:00 \u2028 = é e\u0301 \x9b"


@pytest.fixture
def worked(dealflow):
    """A database with a bit of everything, an undone command and hostile text."""
    return dealflow.once(make_worked)


def make_worked(dealflow):
    dealflow.ok("reps", "add", "wang", "--team", "hex:team")
    dealflow.ok("accounts", "add", "text:Acme", "--grade", "A")
    dealflow.ok(
        "add", HOSTILE.replace("\x00", ""), "-a", "text:Acme", "-v", "12.5万", "--next", "fri"
    )
    dealflow.ok("edit", "1", "--probability", "1", "--tag", "new", "--set", "need=静音")
    dealflow.ok("log", "1", "call", "talked", "--key", "k1")
    dealflow.ok("add", "Gone")
    dealflow.ok("undo")
    dealflow.ok("advance", "1", "--force", "--why", "x")
    dealflow.ok("settings", "rate", "USD", "7.12")


@pytest.fixture
def other(tmp_path):
    return str(tmp_path / "other.db")


def test_what_is_loaded_dumps_to_the_same_bytes(worked, other):
    first = worked.ok("db", "dump").out
    worked.ok("db", "load", "-", "--to", other, stdin=first)
    assert worked.ok("--db", other, "db", "dump").out == first
    worked.ok("--db", other, "db", "check")


def test_everything_is_there_the_journal_included(worked, other):
    worked.ok("db", "load", "-", "--to", other, stdin=worked.ok("db", "dump").out)
    for words in (("list",), ("show", "1"), ("history", "--limit", "0"), ("settings", "list")):
        assert worked.json("--db", other, *words) == worked.json(*words)
    worked.ok("--db", other, "undo")
    again = worked.json("--db", other, "log", "1", "call", "talked", "--key", "k1")
    assert again["repeated"] is True


def test_ids_that_were_used_are_not_used_again(worked, other):
    """The second deal was taken back; its number is gone for good, here and there."""
    worked.ok("db", "load", "-", "--to", other, stdin=worked.ok("db", "dump").out)
    assert worked.json("--db", other, "add", "New")["id"] == worked.json("add", "New")["id"] == 3


def test_a_dump_is_plain_text_without_what_steers_a_terminal(worked):
    text = worked.ok("db", "dump").out
    assert all(char == "\n" or char.isprintable() for char in text)


@pytest.mark.parametrize(
    ("spoil", "code", "told"),
    [
        (lambda lines: lines[:-1], 8, "cut short"),
        (lambda lines: lines[:9], 8, "cut short"),
        (lambda lines: lines[:9] + lines[10:], 8, "not whole"),
        (lambda lines: [*lines, lines[5]], 8, "not whole"),
        (lambda lines: [*lines[:5], "{", *lines[5:]], 8, "line 6 of the dump is not JSON"),
        (lambda lines: [*lines[:5], '{"table":"nope","id":1}', *lines[5:]], 8, "line 6"),
        (lambda lines: lines[1:], 2, "no dump"),
        (lambda lines: ["title,account"], 2, "no dump"),
        (lambda lines: [], 2, "no dump"),
        (lambda lines: [lines[0].replace('"format":1', '"format":9'), *lines[1:]], 9, "format 9"),
        (lambda lines: [lines[0].replace('"schema":', '"schema":1'), *lines[1:]], 9, "schema 1"),
        (
            lambda lines: [lines[0].replace('"rep":', '"rap":'), *lines[1:]],
            8,
            "which ids come next",
        ),
        (lambda lines: [line.replace("wang", "wong") for line in lines], 8, "rep 2: "),
        (lambda lines: [line.replace('"hex:0', '"hex:z') for line in lines], 8, "not hex"),
    ],
)
def test_a_dump_that_is_not_whole_and_sound_makes_nothing(worked, other, spoil, code, told):
    lines = worked.ok("db", "dump").out.splitlines()
    spoiled = "".join(f"{line}\n" for line in spoil(lines))
    said = worked("db", "load", "-", "--to", other, stdin=spoiled)
    assert (said.code, said.out) == (code, "")
    assert told in said.err
    assert not os.path.exists(other)


def test_an_existing_database_is_left_alone(worked):
    before = worked.state()
    said = worked("db", "load", "-", stdin=worked.ok("db", "dump").out)
    assert said.code == 4
    assert worked.state() == before


def test_a_server_and_a_file_dump_alike(worked, other, pytestconfig):
    """What a server holds goes to a file, and the file's dump is the server's."""
    text = worked.ok("db", "dump").out
    worked.ok("db", "copy", "--to", other)
    assert worked.ok("--db", other, "db", "dump").out == text
    worked.wipe()
    worked.ok("db", "load", "-", stdin=worked.ok("--db", other, "db", "dump").out)
    assert worked.ok("db", "dump").out == text


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    title=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40)
)
@pytest.mark.file
def test_any_text_comes_back_as_it_was(dealflow, tmp_path_factory, title):
    said = dealflow("add", "Deal", "--source", title)
    if said.code:
        return
    other = str(tmp_path_factory.mktemp("other") / "other.db")
    dealflow.ok("db", "load", "-", "--to", other, stdin=dealflow.ok("db", "dump").out)
    sql = "SELECT source FROM opportunity ORDER BY id DESC LIMIT 1"
    (row,) = dealflow.json("--db", other, "sql", sql)
    assert row["source"] == json.loads(json.dumps(dealflow.rows(sql)[0][0]))
