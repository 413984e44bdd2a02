"""Undo: after any sequence of commands, taking them back restores the same content."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

BOOKKEEPING = {"command", "change", "sqlite_sequence", "alembic_version"}


def content(path: Path) -> dict[str, list[tuple]]:
    """Every table but the journal; `version` counts edits and is not content."""
    con = sqlite3.connect(path)
    names = [row[0] for row in con.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {}
    for name in sorted(set(names) - BOOKKEEPING):
        columns = [row[1] for row in con.execute(f"PRAGMA table_info({name})")]
        kept = ", ".join(column for column in columns if column != "version")
        found[name] = con.execute(f"SELECT {kept} FROM {name} ORDER BY id").fetchall()
    con.close()
    return found


IDS = st.integers(1, 4).map(str)
COMMANDS = st.one_of(
    st.tuples(
        st.just("add"), st.sampled_from(["Alpha", "贝塔"]), st.just("--next"), st.just("+2d")
    ),
    st.tuples(st.just("add"), st.just("Gamma"), st.just("-a"), st.sampled_from(["Acme", "华联"])),
    st.tuples(st.just("edit"), IDS, st.just("--value"), st.sampled_from(["10k", "20k", "none"])),
    st.tuples(st.just("edit"), IDS, st.just("--owner"), st.sampled_from(["li", "wang"])),
    st.tuples(st.just("edit"), IDS, st.just("--tag"), st.sampled_from(["vip", "x"])),
    st.tuples(st.just("advance"), IDS, st.just("--force"), st.just("--why"), st.just("test")),
    st.tuples(st.just("back"), IDS),
    st.tuples(st.just("win"), IDS, st.just("--force"), st.just("--why"), st.just("test")),
    st.tuples(st.just("lose"), IDS, st.just("-r"), st.just("price")),
    st.tuples(st.just("void"), IDS),
    st.tuples(st.just("reopen"), IDS),
    st.tuples(
        st.just("log"), IDS, st.just("call"), st.just("hello"), st.just("--next"), st.just("fri")
    ),
    st.tuples(st.just("plan"), IDS, st.just("+1w"), st.just("demo")),
    st.tuples(st.just("done"), IDS),
    st.tuples(st.just("snooze"), IDS, st.just("+3d")),
    st.tuples(st.just("accounts"), st.just("add"), st.sampled_from(["Acme", "Beta"])),
    st.tuples(st.just("settings"), st.just("set"), st.just("timezone"), st.just("Europe/Berlin")),
)


def random_commands(**more):
    return settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
        **more,
    )


@pytest.fixture
def prepared(dealflow):
    """A database with two reps; `restore` brings it back to that between examples."""
    dealflow.ok("reps", "add", "wang")
    kept = dealflow.path.read_bytes()
    dealflow.restore = lambda: dealflow.path.write_bytes(kept)
    return dealflow


@random_commands()
@given(commands=st.lists(COMMANDS, max_size=14))
def test_undoing_step_by_step_goes_back_through_every_state(prepared, commands):
    prepared.restore()
    states = [content(prepared.path)]
    for command in commands:
        done = prepared(*command)
        now = content(prepared.path)
        if done.code == 0 and now != states[-1]:
            states.append(now)
    for state in reversed(states[:-1]):
        prepared.ok("undo")
        assert content(prepared.path) == state


@random_commands()
@given(commands=st.lists(COMMANDS | st.tuples(st.sampled_from(["undo", "redo"])), max_size=16))
def test_the_file_stays_sound_whatever_is_undone_and_done_again(prepared, commands):
    prepared.restore()
    for command in commands:
        assert prepared(*command).code in {0, 2, 3, 4, 5}
    assert prepared("db", "check").code == 0


def test_the_creation_of_the_database_cannot_be_undone(dealflow):
    assert dealflow("undo", "1").code == 5


@pytest.mark.parametrize(
    "command",
    [
        ("add", "New", "-a", "Newcomer", "--next", "fri"),
        ("edit", "1", "--value", "77", "--owner", "wang", "--set", "need=x", "--tag", "t"),
        ("advance", "1", "--force", "--why", "because"),
        ("win", "1", "--force", "--why", "because"),
        ("lose", "1", "-r", "price", "--note", "too dear"),
        ("void", "1"),
        ("reopen", "2", "needs"),
        ("log", "1", "call", "said yes", "--next", "tomorrow"),
        ("plan", "1", "fri 14:30", "demo", "--for", "wang"),
        ("done", "1", "--next", "fri"),
        ("snooze", "1", "+1w"),
        ("cancel", "1", "--why", "no time"),
        ("reps", "edit", "wang", "--team", "north"),
        ("accounts", "edit", "Acme", "--grade", "A", "--name", "Acme Corp"),
        ("contacts", "add", "Acme", "王芳", "--phone", "138"),
        ("products", "add", "Box", "--price", "12.50"),
        ("settings", "set", "timezone", "America/New_York"),
        ("settings", "rate", "USD", "7.12"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_one_undo_takes_back_one_command_and_redo_does_it_again(dealflow, command):
    dealflow.ok("reps", "add", "wang")
    dealflow.ok("add", "First", "-a", "Acme", "--next", "+3d")
    dealflow.ok("add", "Second")
    dealflow.ok("lose", "2", "-r", "price")
    before = content(dealflow.path)
    dealflow.ok(*command)
    after = content(dealflow.path)
    assert after != before
    dealflow.ok("undo")
    assert content(dealflow.path) == before
    dealflow.ok("redo")
    assert content(dealflow.path) == after
    assert dealflow("db", "check").code == 0


def test_undo_of_an_older_command_leaves_later_ones_that_do_not_touch_it(dealflow):
    dealflow.ok("add", "First")
    dealflow.ok("edit", "1", "--value", "10k")
    dealflow.ok("edit", "1", "--source", "fair")
    number = next(c["id"] for c in dealflow.json("history") if "10k" in c["typed"])
    dealflow.ok("undo", str(number))
    shown = dealflow.json("show", "1")
    assert (shown["amount"], shown["source"]) == (None, "fair")


def test_undo_refuses_what_a_later_command_built_on_and_names_it(dealflow):
    dealflow.ok("add", "First")
    added = dealflow.json("history")[0]["id"]
    dealflow.ok("edit", "1", "--value", "10k")
    edited = dealflow.json("history")[0]["id"]
    said = dealflow("undo", str(added))
    assert (said.code, said.out) == (4, "")
    assert f"hint: dealflow undo {edited}" in said.err


def test_undo_takes_back_ones_own_commands_not_a_colleagues(dealflow):
    dealflow.ok("reps", "add", "wang")
    dealflow.ok("add", "mine")
    dealflow.ok("--as", "wang", "add", "theirs")
    dealflow.ok("undo")
    assert [deal["title"] for deal in dealflow.json("list")] == ["theirs"]


def test_an_undone_id_is_never_given_again(dealflow):
    dealflow.ok("add", "First")
    dealflow.ok("undo")
    assert dealflow.ok("add", "Second").out == "2\n"


def test_undo_twice_is_refused(dealflow):
    dealflow.ok("add", "First")
    number = str(dealflow.json("history")[0]["id"])
    dealflow.ok("undo", number)
    assert dealflow("undo", number).code == 4


def test_nothing_to_undo_is_refused_with_exit_5(dealflow):
    while dealflow("undo").code == 0:
        pass
    assert dealflow("undo").code == 5
