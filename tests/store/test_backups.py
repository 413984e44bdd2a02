"""db backup, db restore, db info, and the backup that a migration makes."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat

import pytest

from dealflow.errors import Busy
from dealflow.store import backups, schema
from dealflow.store.connection import connect

pytestmark = pytest.mark.file


def content(path):
    """Every row of every table, whatever the pages look like."""
    with sqlite3.connect(path) as con:
        names = [
            row[0] for row in con.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return {name: sorted(con.execute(f"SELECT * FROM {name}"), key=repr) for name in names}


@pytest.fixture
def folder(dealflow):
    return dealflow.path.parent / "backups"


def test_a_backup_holds_what_the_database_holds(dealflow, folder):
    dealflow.ok("add", "Pumps", "--value", "12k")
    said = dealflow.ok("db", "backup")
    made = folder / "pipeline-20260701-020000Z.db"
    assert said.out == f"{made}\n"
    assert said.err == f"backed up to {made}\n"
    assert content(made) == content(dealflow.path)
    assert dealflow.json("--db", str(made), "list") == dealflow.json("list")
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [p.name for p in folder.iterdir()] == [made.name]


def test_a_second_backup_at_the_same_moment_has_a_name_of_its_own(dealflow, folder):
    dealflow.ok("db", "backup")
    assert dealflow.ok("db", "backup").out == f"{folder}/pipeline-20260701-020000Z-2.db\n"


def test_the_oldest_beyond_those_that_are_kept_go_and_are_named(dealflow, folder):
    (folder).mkdir()
    (folder / "other-20200101-000000Z.db").write_text("not ours")
    for day in range(1, 5):
        dealflow.at(f"2026-07-0{day}T10:00:00+08:00")
        said = dealflow.ok("db", "backup", "--keep", "3")
    assert (
        said.err.splitlines()[1]
        == f"removed the older backup {folder}/pipeline-20260701-020000Z.db"
    )
    assert sorted(p.name for p in folder.iterdir()) == [
        "other-20200101-000000Z.db",
        "pipeline-20260702-020000Z.db",
        "pipeline-20260703-020000Z.db",
        "pipeline-20260704-020000Z.db",
    ]


def test_copies_made_before_a_restore_push_none_out_that_somebody_asked_for(dealflow, folder):
    kept = dealflow.ok("db", "backup", "--keep", "2").out.strip()
    for _ in range(3):
        dealflow.ok("db", "restore", kept, "--yes")
    dealflow.ok("db", "backup", "--keep", "2")
    assert sorted(path.name for path in folder.iterdir()) == [
        "pipeline-20260701-020000Z-2.before.db",
        "pipeline-20260701-020000Z-2.db",
        "pipeline-20260701-020000Z-3.before.db",
        "pipeline-20260701-020000Z.db",
    ]


def test_an_open_write_of_somebody_else_is_not_in_the_backup_and_does_not_stop_it(
    dealflow, tmp_path
):
    dealflow.ok("add", "Pumps")
    other = sqlite3.connect(dealflow.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE opportunity SET title = 'half'")
    copy = tmp_path / "copy.db"
    dealflow.ok("db", "backup", str(copy))
    other.execute("COMMIT")
    other.close()
    assert [deal["title"] for deal in dealflow.json("--db", str(copy), "list")] == ["Pumps"]


def test_a_file_that_exists_is_replaced_only_by_force_and_never_the_database_itself(
    dealflow, tmp_path
):
    copy = tmp_path / "copy.db"
    dealflow.ok("db", "backup", str(copy))
    dealflow.ok("add", "Acme")
    said = dealflow("db", "backup", str(copy))
    assert (said.code, said.out) == (4, "")
    assert content(copy) != content(dealflow.path)
    dealflow.ok("db", "backup", str(copy), "--force")
    assert content(copy) == content(dealflow.path)
    before = dealflow.path.read_bytes()
    assert dealflow("db", "backup", str(dealflow.path), "--force").code == 7
    assert dealflow.path.read_bytes() == before


def test_a_planted_link_is_not_followed(dealflow, tmp_path, folder):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    folder.mkdir()
    (folder / "pipeline-20260701-020000Z.db").symlink_to(victim)
    made = dealflow.ok("db", "backup").out.strip()
    assert made.endswith("Z-2.db")
    (tmp_path / "named.db").symlink_to(victim)
    dealflow.ok("db", "backup", str(tmp_path / "named.db"), "--force")
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("target", ["missing/copy.db", "missing/deep/"])
def test_a_target_in_a_missing_folder(dealflow, tmp_path, target):
    said = dealflow("db", "backup", f"{tmp_path}/{target}")
    if target.endswith("/"):
        assert said.code == 0
    else:
        assert (said.code, said.out) == (7, "")
        assert "hint: create the folder first" in said.err


def test_restoring_brings_back_what_was_backed_up_and_keeps_what_there_was(
    dealflow, tmp_path, folder
):
    dealflow.ok("add", "Pumps", "--value", "12k")
    copy = tmp_path / "copy.db"
    dealflow.ok("db", "backup", str(copy))
    then = content(dealflow.path)
    inode = dealflow.path.stat().st_ino
    dealflow.ok("add", "Seals")
    later = content(dealflow.path)
    said = dealflow.ok("db", "restore", str(copy), "--yes")
    kept = folder / "pipeline-20260701-020000Z.before.db"
    assert said.out == f"{dealflow.path}\n"
    assert said.err.splitlines() == [
        f"restored {dealflow.path} from {copy}: 1 deal, 2 commands",
        f"what it held before is in {kept}, 1 later command included",
    ]
    assert content(dealflow.path) == then
    assert content(kept) == later
    assert dealflow.path.stat().st_ino == inode
    assert dealflow.ok("list", "--json").err == ""  # a loss on purpose is no loss
    dealflow.ok("db", "check")


def test_others_who_have_the_file_open_see_the_restored_state(dealflow, tmp_path):
    copy = tmp_path / "copy.db"
    dealflow.ok("db", "backup", str(copy))
    dealflow.ok("add", "Pumps")
    other = connect(str(dealflow.path))
    assert other.execute("SELECT count(*) FROM opportunity").fetchone() == (1,)
    dealflow.ok("db", "restore", str(copy), "--yes")
    assert other.execute("SELECT count(*) FROM opportunity").fetchone() == (0,)
    other.close()


def test_a_restore_waits_for_a_reader_only_so_long(dealflow, tmp_path):
    copy = tmp_path / "copy.db"
    dealflow.ok("db", "backup", str(copy))
    reader = sqlite3.connect(dealflow.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM opportunity").fetchone()
    conn = connect(str(dealflow.path))
    conn.patience = 0.1
    with pytest.raises(Busy):
        backups.restore(conn, str(copy), "20260701-020000Z", "team")
    conn.close()
    reader.close()
    dealflow.ok("db", "check")


def test_without_a_terminal_a_restore_needs_yes(dealflow, tmp_path):
    copy = tmp_path / "copy.db"
    dealflow.ok("db", "backup", str(copy))
    dealflow.ok("add", "Pumps")
    said = dealflow("db", "restore", str(copy))
    assert (said.code, said.out) == (2, "")
    assert len(dealflow.json("list")) == 1


def flipped(path):
    data = bytearray(path.read_bytes())
    for at in range(8192, len(data), 512):
        data[at] ^= 0xFF
    path.write_bytes(data)


def newer(path):
    with sqlite3.connect(path) as con:
        con.execute("PRAGMA user_version=99")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (flipped, 8),
        (newer, 9),
        (lambda path: path.write_text("not a database, but long enough to be one" * 50), 8),
        (lambda path: path.unlink(), 7),
        (lambda path: path.write_bytes(b""), 8),
    ],
)
def test_a_backup_that_is_no_good_is_refused_and_nothing_changes(dealflow, tmp_path, spoil, code):
    copy = tmp_path / "copy.db"
    dealflow.ok("db", "backup", str(copy))
    dealflow.ok("add", "Pumps")
    spoil(copy)
    before = content(dealflow.path)
    said = dealflow("db", "restore", str(copy), "--yes")
    assert (said.code, said.out) == (code, "")
    assert content(dealflow.path) == before


def test_a_database_that_is_damaged_is_put_aside(dealflow, tmp_path):
    dealflow.ok("add", "Pumps")
    copy = tmp_path / "copy.db"
    dealflow.ok("db", "backup", str(copy))
    dealflow.path.write_bytes(b"x" * 5000)
    journal = dealflow.path.parent / "pipeline.db-journal"
    journal.write_bytes(b"what is left of a write")
    said = dealflow.ok("db", "restore", str(copy), "--yes")
    aside = dealflow.path.parent / "pipeline.db.damaged-20260701-020000Z"
    assert said.err.splitlines()[1] == f"the damaged file is kept as {aside}"
    assert aside.read_bytes() == b"x" * 5000
    assert not journal.exists()
    assert content(dealflow.path) == content(copy)


def test_a_database_that_is_gone_comes_back(dealflow, tmp_path):
    copy = tmp_path / "copy.db"
    dealflow.ok("db", "backup", str(copy))
    dealflow.path.unlink()
    dealflow.ok("db", "restore", str(copy), "--yes")
    assert content(dealflow.path) == content(copy)


def test_info_tells_what_the_file_is_and_lists_its_backups(dealflow, folder):
    dealflow.ok("add", "Pumps")
    dealflow.ok("db", "backup")
    found = dealflow.json("db", "info")
    assert found["path"] == str(dealflow.path)
    assert found["bytes"] == os.path.getsize(dealflow.path)
    assert (found["opportunity"], found["visit"], found["rep"]) == (1, 1, 1)
    assert (found["last_command"], found["last_by"]) == (2, "li")
    assert (found["timezone"], found["currency"], found["pipelines"]) == (
        "Asia/Shanghai",
        "CNY",
        ["en"],
    )
    assert [one["path"] for one in found["backups"]] == [f"{folder}/pipeline-20260701-020000Z.db"]


def test_a_folder_that_cannot_be_written_to(dealflow, tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    said = dealflow("db", "backup", str(closed))
    assert (said.code, said.out) == (7, "")


def test_a_backup_made_by_copying_a_backup_restores_too(dealflow, tmp_path):
    dealflow.ok("db", "backup", str(tmp_path / "a.db"))
    shutil.copy(tmp_path / "a.db", tmp_path / "b.db")
    dealflow.ok("db", "restore", str(tmp_path / "b.db"), "--yes")


def test_what_a_killed_writer_left_beside_a_missing_file_is_not_played_into_the_restored_one(
    dealflow, tmp_path
):
    copy = tmp_path / "copy.db"
    dealflow.ok("db", "backup", str(copy))
    writer = sqlite3.connect(dealflow.path, isolation_level=None)
    writer.execute("PRAGMA cache_size=1")
    writer.execute("PRAGMA cache_spill=1")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE rep SET name = hex(randomblob(100000))")
    journal = dealflow.path.parent / "pipeline.db-journal"
    hot = journal.read_bytes()
    writer.close()
    dealflow.path.unlink()
    journal.write_bytes(hot)
    dealflow.ok("db", "restore", str(copy), "--yes")
    assert content(dealflow.path) == content(copy)
    dealflow.ok("db", "check")


def test_backups_of_another_database_of_the_same_name_stay(dealflow, tmp_path):
    shared = tmp_path / "shared"
    other = tmp_path / "other" / "pipeline.db"
    other.parent.mkdir()
    dealflow.ok("--db", str(other), "init", "--pipeline", "zh")
    dealflow.ok("--db", str(other), "db", "backup", f"{shared}/")
    dealflow.at("2026-07-02T10:00:00+08:00")
    dealflow.ok("db", "backup", str(shared))
    dealflow.at("2026-07-03T10:00:00+08:00")
    dealflow.ok("db", "backup", str(shared), "--keep", "1")
    assert sorted(p.name for p in shared.iterdir()) == [
        "pipeline-20260701-020000Z.db",
        "pipeline-20260703-020000Z.db",
    ]


def test_a_database_of_another_program_is_not_replaced(dealflow, tmp_path):
    copy, foreign = tmp_path / "copy.db", tmp_path / "foreign.db"
    dealflow.ok("db", "backup", str(copy))
    with sqlite3.connect(foreign) as con:
        con.execute("CREATE TABLE photo (id INTEGER)")
    before = foreign.read_bytes()
    said = dealflow("--db", str(foreign), "db", "restore", str(copy), "--yes")
    assert (said.code, said.out, foreign.read_bytes()) == (8, "", before)


def test_a_backup_with_a_planted_trigger_is_refused(dealflow, tmp_path):
    copy = tmp_path / "copy.db"
    dealflow.ok("db", "backup", str(copy))
    with sqlite3.connect(copy) as con:
        con.execute("CREATE TRIGGER t AFTER INSERT ON rep BEGIN DELETE FROM visit; END")
    said = dealflow("db", "restore", str(copy), "--yes")
    assert (said.code, said.out) == (8, "")


def test_a_database_in_wal_mode_has_backups_that_are_one_file(dealflow, folder):
    with sqlite3.connect(dealflow.path) as con:
        con.execute("PRAGMA journal_mode=WAL")
    dealflow.ok("add", "Pumps")
    dealflow.ok("db", "backup")
    assert [p.name for p in folder.iterdir()] == ["pipeline-20260701-020000Z.db"]


def test_a_database_is_not_restored_from_itself(dealflow):
    said = dealflow("db", "restore", str(dealflow.path), "--yes")
    assert (said.code, said.out) == (2, "")


def test_nothing_is_missed_after_a_file_that_was_gone_came_back(dealflow, tmp_path):
    copy = tmp_path / "copy.db"
    dealflow.ok("db", "backup", str(copy))
    dealflow.ok("add", "Pumps")
    dealflow.path.unlink()
    dealflow.ok("db", "restore", str(copy), "--yes")
    assert dealflow.ok("list", "--json").err == ""


def test_others_can_write_again_after_a_restore(dealflow, tmp_path):
    copy = tmp_path / "copy.db"
    dealflow.ok("db", "backup", str(copy))
    conn = connect(str(dealflow.path))
    backups.restore(conn, str(copy), "20260701-020000Z", "team")
    with sqlite3.connect(dealflow.path, timeout=0) as con:
        con.execute("UPDATE rep SET name = 'Li'")
    conn.close()


def test_a_backup_that_somebody_keeps_locked_is_not_waited_for_without_end(
    dealflow, tmp_path, monkeypatch
):
    monkeypatch.setattr(backups, "PATIENCE", 0)
    source = tmp_path / "kept.db"
    dealflow.ok("db", "backup", str(source))
    dealflow.ok("add", "Later")
    before = content(dealflow.path)
    with sqlite3.connect(source, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        conn = connect(str(dealflow.path))
        with pytest.raises(Busy):
            backups.restore(conn, str(source), "20260701-020000Z", "")
        conn.close()
        other.execute("ROLLBACK")
    assert content(dealflow.path) == before


def test_a_migration_that_breaks_off_tells_the_first_error_and_not_that_of_tidying_up():
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import DBAPIError

    def tidied_up():
        with create_engine("sqlite://").connect() as conn:
            try:
                conn.execute(text("INSERT INTO gone VALUES (1)"))
            finally:
                conn.execute(text("DROP TABLE tidy"))

    with pytest.raises(DBAPIError, match="no such table: tidy") as raised:
        tidied_up()
    assert str(schema.began_with(raised.value)) == "no such table: gone"


def test_a_file_that_is_no_database_is_not_replaced_even_by_force(dealflow, tmp_path):
    mine = tmp_path / "letter.txt"
    mine.write_text("dear Ms Wang")
    assert dealflow("db", "backup", str(mine), "--force").code == 7
    assert mine.read_text() == "dear Ms Wang"


def test_that_a_backup_is_of_another_database_is_said_before_it_is_restored(dealflow, tmp_path):
    other = tmp_path / "other.db"
    dealflow.ok("--db", str(other), "init", "-p", "en")
    dealflow.ok("add", "Acme")
    said = dealflow("db", "restore", str(other))
    assert said.code in {2, 5}
    assert "the two were created apart" in said.err
    told = dealflow.ok("db", "restore", str(other), "--yes").err
    assert "later command" not in told
