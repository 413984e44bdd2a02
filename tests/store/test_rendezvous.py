"""`db check --share`: two processes find out whether they see each other's locks."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys

import pytest

#: one side, which does to the file what the third word says as soon as it holds the lock
SIDE = """
import sys
from dealflow.store import rendezvous
path, seconds, trick = sys.argv[1:]
def say(told):
    if trick == "lose the lock":
        open(path, "rb").close()  # POSIX: closing any descriptor of a file drops the process's locks
    print(told.partition(":")[0], flush=True)
print(rendezvous.meet(path, float(seconds), say), flush=True)
"""


@pytest.fixture
def side(dealflow):
    """Starts one side as a process of its own; its first line says which side it is."""
    running = []

    def start(seconds="20", trick="none"):
        words = [sys.executable, "-c", SIDE, str(dealflow.path), seconds, trick]
        running.append(
            subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        )
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


def left(dealflow):
    """The files beside the database."""
    return sorted(set(os.listdir(dealflow.path.parent)) - {"pipeline.db", "state", "config"})


def test_processes_on_one_local_file_share_their_locks(dealflow, side):
    first = side()
    assert first.stdout.readline() == "holding the lock\n"
    said = dealflow("db", "check", "--share")
    assert (said.code, said.out) == (0, "shared\n")
    assert "locks are shared" in said.err
    assert "both sides ran on one machine" in said.err
    assert "shared=True" in first.stdout.read()
    assert first.wait() == 0
    assert left(dealflow) == []
    dealflow.ok("add", "First")


def test_a_lock_that_the_other_side_does_not_see_is_noticed_by_both(dealflow, side):
    first = side(trick="lose the lock")
    assert first.stdout.readline() == "holding the lock\n"
    said = dealflow("db", "check", "--share")
    assert (said.code, said.out) == (10, "not shared\n")
    assert "locks are NOT shared: never write from two machines" in said.err
    assert "shared=False" in first.stdout.read()
    assert left(dealflow) == []


def test_whoever_comes_first_holds_the_lock_and_nobody_else_reads_or_writes(dealflow, side):
    first = side()
    first.stdout.readline()
    con = sqlite3.connect(dealflow.path, timeout=0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        con.execute("SELECT 1 FROM rep")
    con.close()
    beside = dealflow.path.with_name("pipeline.db.share-1")
    assert beside.stat().st_mode & 0o777 == 0o600
    assert json.loads(beside.read_text())["step"] == "holding"
    second = side()
    assert second.stdout.readline() == "trying the lock that the other machine holds\n"
    assert (first.wait(), second.wait()) == (0, 0)
    assert "held_here=True" in first.stdout.read()
    assert "held_here=False" in second.stdout.read()


def test_who_stays_alone_ends_by_itself_and_knows_nothing(dealflow):
    before = dealflow.path.read_bytes()
    said = dealflow("db", "check", "--share", "--seconds", "1")
    assert (said.code, said.out) == (5, "")
    assert "no other machine ran it in time" in said.err
    assert left(dealflow) == []
    assert dealflow.path.read_bytes() == before


def test_what_a_killed_side_left_behind_proves_nothing(dealflow, side):
    first = side()
    first.stdout.readline()
    first.kill()
    first.wait()
    said = dealflow("db", "check", "--share", "--seconds", "1")
    assert (said.code, said.out) == (5, "")
    assert "stopped in the middle: whether locks are shared is not known" in said.err
    assert "pipeline.db.share-1" in said.err
    assert left(dealflow) == ["pipeline.db.share-1"]


def test_a_planted_link_is_neither_followed_nor_written_to(dealflow, tmp_path):
    target = tmp_path / "target"
    target.write_text("precious")
    dealflow.path.with_name("pipeline.db.share-1").symlink_to(target)
    assert dealflow("db", "check", "--share", "--seconds", "1").code == 5
    assert target.read_text() == "precious"


def test_a_third_one_is_turned_away(dealflow, side):
    for name in ("share-1", "share-2"):
        dealflow.path.with_name(f"pipeline.db.{name}").write_text("{}")
    said = dealflow("db", "check", "--share", "--seconds", "1")
    assert (said.code, "two machines are at it already" in said.err) == (5, True)


def test_an_interrupted_side_takes_its_file_away(dealflow):
    words = [sys.executable, "-m", "dealflow", "--db", str(dealflow.path), "db", "check", "--share"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    assert process.stderr.readline().startswith("holding the lock")
    process.terminate()
    process.communicate()
    assert left(dealflow) == []


def test_a_database_that_is_not_there_is_named(dealflow):
    assert dealflow("--db", "nothing.db", "db", "check", "--share").code == 7
