"""A file that was put back, so that it no longer holds what this user saw saved, is noticed."""

from __future__ import annotations

import os
import shutil
import stat

import pytest

pytestmark = pytest.mark.file


def state(dealflow):
    return dealflow.path.parent / "state" / "dealflow"


def test_a_change_that_is_gone_from_the_file_is_told_once_and_kept(dealflow, tmp_path):
    older = tmp_path / "older.db"
    dealflow.ok("add", "Pumps")
    shutil.copy(dealflow.path, older)
    dealflow.ok("add", "Seals", "--value", "9k")
    dealflow.ok("log", "1", "call", "wants a quote")
    shutil.copy(older, dealflow.path)
    said = dealflow.ok("list", "--json")
    assert [deal["title"] for deal in said.data] == ["Pumps"]
    (kept,) = state(dealflow).glob("*.lost")
    assert said.err.splitlines() == [
        "warning: the file has lost your last 2 changes: it was put back or replaced (a sync client?)",
        "  3  dealflow add Seals --value 9k",
        "  4  dealflow log 1 call 'wants a quote'",
        f"hint: what was typed is kept in {kept}",
    ]
    assert "wants a quote" in kept.read_text()
    assert dealflow.ok("list", "--json").err == ""


def test_a_number_that_another_command_has_now_is_a_loss_all_the_same(dealflow, tmp_path):
    older = tmp_path / "older.db"
    shutil.copy(dealflow.path, older)
    dealflow.ok("add", "Pumps")
    shutil.copy(older, dealflow.path)
    elsewhere = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "colleague")}
    dealflow.monkeypatch.setenv("XDG_STATE_HOME", elsewhere["XDG_STATE_HOME"])
    assert dealflow.ok("add", "Belts").err.startswith("added deal")
    dealflow.monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert "lost your last change:" in dealflow.ok("list", "--json").err


def test_what_is_as_it_was_left_is_not_remarked_upon(dealflow):
    dealflow.ok("add", "Pumps")
    dealflow.ok("undo")
    dealflow.ok("redo")
    dealflow.ok("add", "Seals", "--dry-run")
    for _ in range(2):
        assert dealflow.ok("list", "--json").err == ""


def test_another_database_at_the_same_place_is_no_loss(dealflow):
    dealflow.ok("add", "Pumps")
    dealflow.path.unlink()
    dealflow.ok("init", "--pipeline", "zh")
    assert dealflow.ok("list", "--json").err == ""


def test_only_the_user_can_read_what_is_kept(dealflow):
    dealflow.ok("add", "Pumps")
    (kept,) = state(dealflow).iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(state(dealflow).stat().st_mode) == 0o700


def test_a_state_folder_that_cannot_be_made_stops_nothing(dealflow, tmp_path):
    (tmp_path / "state").write_text("a file where the folder should be")
    assert dealflow.ok("add", "Pumps").out == "1\n"
    assert dealflow.ok("list", "-o", "ids").out == "1\n"


def test_what_was_written_down_and_cannot_be_read_stops_nothing(dealflow):
    dealflow.ok("add", "Pumps")
    (kept,) = state(dealflow).iterdir()
    database = kept.read_bytes().splitlines()[0]
    for rest in (b"x\ty\tz\tw", b"1\t2", b"\xff\x00", b"\t\t\t"):
        kept.write_bytes(database + b"\n" + rest)
        said = dealflow.ok("list", "-o", "ids")
        assert (said.out, said.err) == ("1\n", "")


def test_fifty_changes_are_kept(dealflow):
    for n in range(55):
        dealflow.ok("add", f"Deal {n}")
    (kept,) = state(dealflow).iterdir()
    assert len(kept.read_text().splitlines()) == 51  # and the database's name
