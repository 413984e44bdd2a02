"""Hooks: the user's own programs, told of each change once it is saved."""

from __future__ import annotations

import json
import os
import stat

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="what may be executed is POSIX's")


@pytest.fixture
def folder(dealflow, tmp_path):
    """The folder of hooks; what they are told is kept in a file beside it."""
    from dealflow import config

    place = os.path.join(config.folder(os.environ), "hooks")
    os.makedirs(place, mode=0o700)
    return place


def hook(folder, name, text, mode=0o700):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\n{text}\n")
    os.chmod(path, mode)
    return path


def told(path):
    return (
        [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
    )


def test_each_change_is_told_once_it_is_saved(dealflow, folder, tmp_path):
    kept = tmp_path / "told"
    hook(folder, "10-keep", f"cat >> {kept}")
    dealflow.ok("add", "Pumps 泵", "--value", "12k")
    dealflow.ok("edit", "1", "--source", "fair")
    added, edited = told(kept)
    assert (added["verb"], added["typed"]) == ("add", "dealflow add 'Pumps 泵' --value 12k")
    assert {(c["table"], c["kind"], c["id"]) for c in added["changes"]} == {
        ("opportunity", "add", 1),
        ("visit", "add", 1),
    }
    (change,) = edited["changes"]
    assert (change["before"], change["after"]) == ({"source": None}, {"source": "fair"})
    numbers = [entry["id"] for entry in dealflow.json("history", "--limit", "2")]
    assert [edited["command"], added["command"]] == numbers


def test_what_changes_nothing_is_not_told(dealflow, folder, tmp_path):
    kept = tmp_path / "told"
    hook(folder, "keep", f"cat >> {kept}")
    dealflow.ok("list")
    dealflow.ok("add", "Pumps", "--dry-run")
    assert dealflow("win", "9").code == 3
    assert told(kept) == []


def test_hooks_run_in_the_order_of_their_names_and_print_to_stderr(dealflow, folder):
    hook(folder, "20-b", "echo second")
    hook(folder, "10-a", "echo first")
    hook(folder, "30-c", "echo never", mode=0o600)
    hook(folder, ".hidden", "echo never")
    said = dealflow.ok("add", "Pumps", "--json")
    assert said.data["id"] == 1
    assert said.err == "first\nsecond\n"


def test_a_hook_that_fails_takes_nothing_back(dealflow, folder):
    path = hook(folder, "bad", "exit 3")
    said = dealflow.ok("add", "Pumps")
    assert f"warning: hook {path} ended with 3" in said.err
    assert len(dealflow.json("list")) == 1


def test_a_hook_without_an_interpreter_is_a_warning(dealflow, folder):
    path = os.path.join(folder, "odd")
    with open(path, "w", encoding="utf-8") as file:
        file.write("#!/nowhere/at/all\n")
    os.chmod(path, 0o700)
    assert f"warning: hook {path} cannot be run: no such file" in dealflow.ok("add", "X").err


@pytest.mark.parametrize("what", ["hook", "folder"])
def test_a_hook_that_others_can_write_is_refused_before_anything_is_done(dealflow, folder, what):
    path = hook(folder, "open", "echo run")
    where = path if what == "hook" else folder
    os.chmod(where, stat.S_IMODE(os.stat(where).st_mode) | stat.S_IWOTH)
    before = dealflow.state()
    said = dealflow("add", "Pumps")
    assert (said.code, said.out) == (7, "")
    assert f"{where} can be written by others" in said.err
    assert dealflow.state() == before


def test_nothing_is_run_from_the_current_folder(dealflow, tmp_path, monkeypatch):
    place = tmp_path / "work"
    (place / "hooks").mkdir(parents=True)
    hook(str(place / "hooks"), "evil", "echo run")
    monkeypatch.chdir(place)
    assert "run" not in dealflow.ok("add", "Pumps").err


def test_each_line_of_a_batch_is_a_change_of_its_own_or_all_are_one(dealflow, folder, tmp_path):
    kept = tmp_path / "told"
    hook(folder, "keep", f"cat >> {kept}")
    batch = '{"command": "add", "args": ["A"]}\n{"command": "add", "args": ["B"]}\n'
    dealflow.ok("apply", "-", "--each", stdin=batch)
    dealflow.ok("apply", "-", stdin=batch)
    assert [entry["verb"] for entry in told(kept)] == ["add", "add", "apply"]
