"""A rep who was offline with a file brings it back to the server, and the server to the file."""

from __future__ import annotations

import pytest

from .copies import content

pytestmark = pytest.mark.server


@pytest.fixture
def away(dealflow, tmp_path):
    """wang's copy of the server, taken along as a file; both were worked on since."""
    dealflow.ok("reps", "add", "wang")
    dealflow.ok("add", "Pumps", "-a", "Acme", "-v", "10k", "--next", "+2d")
    dealflow.ok("add", "Seals", "-a", "Acme", "-v", "5k")
    file = tmp_path / "wang.db"
    dealflow.ok("db", "copy", "--to", str(file))
    dealflow.at("2026-07-01T11:00:00+08:00")
    dealflow.ok("edit", "1", "--value", "12k", "--tag", "vip")
    dealflow.ok("add", "Valves", "-a", "Beta")
    dealflow.ok("lose", "2", "--reason", "price")
    dealflow.at("2026-07-01T12:00:00+08:00")
    with_file = ("--db", str(file), "--as", "wang")
    dealflow.ok(*with_file, "edit", "1", "--close", "2026-09-01", "--value", "15k")
    dealflow.ok(*with_file, "log", "1", "call", "price?")
    dealflow.ok(*with_file, "add", "Gauges", "-a", "Beta")
    dealflow.at("2026-07-01T18:00:00+08:00")
    return file


def seen(dealflow, tmp_path, name):
    """The server's content, read from a copy of it."""
    dealflow.ok("db", "copy", "--to", str(tmp_path / name))
    return content(tmp_path / name)


def test_file_into_server_and_server_into_file_come_to_the_same(dealflow, away, tmp_path):
    dealflow.ok("--db", str(away), "--as", "wang", "db", "merge", dealflow.url, "--yes")
    before = content(away)
    told = dealflow.ok("db", "merge", str(away), "--json").data
    assert told is not None
    assert seen(dealflow, tmp_path, "after.db") == before
    deal = dealflow.json("show", "1")
    assert (deal["amount"], deal["close"], deal["tags"]) == (15000.00, "2026-09-01", ["vip"])
    assert {d["title"] for d in dealflow.json("list", "status:any")} == {
        *("Pumps", "Seals", "Valves", "Gauges")
    }
    dealflow.ok("db", "check")


def test_a_merge_into_a_server_is_repeatable_and_undone_whole(dealflow, away, tmp_path):
    before = seen(dealflow, tmp_path, "before.db")
    dealflow.ok("db", "merge", str(away))
    after = dealflow.content()
    dealflow.ok("db", "merge", str(away))
    assert dealflow.content() == after
    dealflow.ok("undo")
    assert seen(dealflow, tmp_path, "undone.db") == before
