"""db journal: a write-ahead log by explicit choice, and everything else on a file that keeps one."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing

import pytest

from dealflow.errors import InUse
from dealflow.store import backups, connection, writeahead
from dealflow.store.connection import connect

RISK = "--risk-lost-changes"


def journal_of(path) -> str:
    with closing(sqlite3.connect(path)) as con:
        return con.execute("PRAGMA journal_mode").fetchone()[0]


def release(monkeypatch, version: str) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version", version)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", tuple(map(int, version.split("."))))


@pytest.fixture
def wal(dealflow):
    dealflow.ok("add", "Pumps", "-v", "12k")
    dealflow.ok("db", "journal", "wal", RISK)
    assert journal_of(dealflow.path) == "wal"
    return dealflow


# ── the choice ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("version", "mended"),
    [
        ("3.7.0", False), ("3.40.1", False), ("3.44.5", False), ("3.44.6", True),
        ("3.44.10", True), ("3.45.0", False), ("3.49.2", False), ("3.50.6", False),
        ("3.50.7", True), ("3.51.0", False), ("3.51.2", False), ("3.51.3", True),
        ("3.52.0", True), ("4.0.0", True),
    ],
)  # fmt: skip
def test_the_releases_with_the_race_mended_are_known(version, mended):
    assert writeahead.is_mended(tuple(map(int, version.split(".")))) is mended


def test_a_new_file_keeps_a_rollback_journal(dealflow):
    assert journal_of(dealflow.path) == "delete"
    assert "keeps a rollback journal" in dealflow.ok("db", "journal", "rollback", "-o", "table").err


def test_an_sqlite_that_can_lose_changes_is_refused_by_its_version(dealflow, monkeypatch):
    release(monkeypatch, "3.50.6")
    said = dealflow("db", "journal", "wal")
    assert (said.code, said.out, journal_of(dealflow.path)) == (5, "", "delete")
    for word in ("3.50.6", "3.44.6", "3.50.7", "3.51.3", "can lose saved changes", RISK):
        assert word in said.err


def test_the_risk_is_taken_only_by_its_name_and_said_again(dealflow, monkeypatch):
    release(monkeypatch, "3.50.6")
    assert dealflow("db", "journal", "wal", "--yes").code == 2
    said = dealflow.ok("db", "journal", "wal", RISK)
    assert journal_of(dealflow.path) == "wal"
    assert "warning: SQLite 3.50.6 can lose saved changes" in said.err
    info = dealflow.ok("db", "info", "--json")
    assert info.data["journal"] == "wal"
    assert "SQLite 3.50.6 can lose saved changes" in info.err


def test_an_sqlite_with_the_race_mended_needs_no_such_word(dealflow, monkeypatch):
    release(monkeypatch, "3.51.3")
    said = dealflow.ok("db", "journal", "wal", "-o", "table")
    assert said.err == f"{dealflow.path} now keeps a write-ahead log\n"
    assert journal_of(dealflow.path) == "wal"
    assert dealflow.ok("db", "info", "--json").err == ""
    assert "keeps a write-ahead log" in dealflow.ok("db", "journal", "wal", "-o", "table").err


def test_the_way_back_leaves_one_file(wal):
    wal.ok("add", "Valves")
    wal.ok("db", "journal", "rollback")
    assert journal_of(wal.path) == "delete"
    assert [name for name in os.listdir(wal.path.parent) if "pipeline" in name] == ["pipeline.db"]
    assert [deal["title"] for deal in wal.json("list")] == ["Pumps", "Valves"]


def test_an_unknown_journal_is_refused(dealflow):
    said = dealflow("db", "journal", "wall")
    assert (said.code, said.out, "did you mean wal?" in said.err) == (2, "", True)


@pytest.mark.parametrize(
    "mount",
    [
        "nfs4 nas:/sales rw,vers=4.2,local_lock=none",
        "cifs //nas/sales rw,vers=3.0",
        "fuse.sshfs host:/ rw",
        "9p share rw",
    ],
)
@pytest.mark.parametrize("sharing", ["team", "single-user"])
def test_a_log_is_kept_on_local_disks_only(dealflow, tmp_path, mount, sharing):
    dealflow.ok("settings", "set", "sharing", sharing)
    kind, what, options = mount.split(" ")
    (tmp_path / "mountinfo").write_text(
        "35 1 8:1 / / rw - ext4 /dev/sda rw\n"
        f"36 35 98:0 / {tmp_path} rw,noatime - {kind} {what} {options}\n"
    )
    dealflow.monkeypatch.setattr("dealflow.store.places.MOUNTINFO", str(tmp_path / "mountinfo"))
    said = dealflow("db", "journal", "wal", RISK)
    assert (said.code, said.out) == (7, "")
    assert kind in said.err
    assert journal_of(dealflow.path) == "delete"


def test_a_log_that_came_to_a_share_can_be_given_up_there(wal, tmp_path):
    (tmp_path / "mountinfo").write_text(
        "35 1 8:1 / / rw - ext4 /dev/sda rw\n"
        f"36 35 98:0 / {tmp_path} rw,noatime - nfs4 nas:/sales rw,local_lock=none\n"
    )
    wal.monkeypatch.setattr("dealflow.store.places.MOUNTINFO", str(tmp_path / "mountinfo"))
    said = wal("add", "Valves")
    assert (said.code, "dealflow db journal rollback" in said.err) == (7, True)
    assert [deal["title"] for deal in wal.json("list")] == ["Pumps"]
    wal.ok("db", "journal", "rollback")
    wal.ok("add", "Valves")


@pytest.mark.parametrize("word", ["wal", "rollback"])
def test_nothing_is_switched_while_others_read(dealflow, word):
    if word == "rollback":
        dealflow.ok("db", "journal", "wal", RISK)
    before = journal_of(dealflow.path)
    other = sqlite3.connect(dealflow.path, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT * FROM rep").fetchall()
    conn = connect(str(dealflow.path))
    conn.patience = 0.05
    with pytest.raises(InUse, match=r"others have .*pipeline.db open; nothing was changed") as told:
        writeahead.switch(conn, word, "team", accepted=True)
    assert told.value.exit_code == 6
    other.execute("COMMIT")
    other.close()
    assert journal_of(dealflow.path) == before
    writeahead.switch(conn, word, "team", accepted=True)
    conn.close()
    assert journal_of(dealflow.path) != before


_HOLDS_OPEN = """
import sqlite3, sys
con = sqlite3.connect(sys.argv[1], isolation_level=None)
con.execute("SELECT * FROM rep").fetchall()
print("open", flush=True)
sys.stdin.read()
"""


def test_another_program_that_has_the_file_open_keeps_the_log(wal, monkeypatch):
    monkeypatch.setattr(connection.FileConn, "patience", 0.05)
    command = [sys.executable, "-c", _HOLDS_OPEN, str(wal.path)]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout.readline() == "open\n"
        said = wal("db", "journal", "rollback")
        assert (said.code, said.out) == (6, "")
        assert said.err.startswith(f"error: others have {wal.path} open; nothing was changed\n")
        wal.ok("add", "Valves")
        other.stdin.close()
        assert other.wait() == 0
    wal.ok("db", "journal", "rollback")
    assert len(wal.json("list")) == 2


def test_what_is_saved_in_a_log_is_synced(wal):
    conn = connect(str(wal.path))
    assert conn.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL
    conn.close()


# ── everything else, on such a file ───────────────────────────────────────────────────────────


def test_a_reader_does_not_stop_a_commit(wal):
    reader = connect(str(wal.path))
    reader.begin_reading()
    before = reader.execute("SELECT count(*) FROM opportunity").fetchone()
    wal.ok("add", "Valves")
    assert reader.execute("SELECT count(*) FROM opportunity").fetchone() == before == (1,)
    reader.rollback()
    reader.close()


def test_sql_reads_a_log(wal):
    keeper = connect(str(wal.path))  # so that the log is not emptied into the file
    wal.ok("add", "Valves")
    assert os.path.getsize(f"{wal.path}-wal") > 0
    assert wal.ok("sql", "SELECT count(*) FROM opportunity", "--no-header").out == "2\n"
    assert wal("sql", "DELETE FROM rep").code == 2
    keeper.close()


def test_a_backup_holds_what_is_only_in_the_log(wal, tmp_path):
    keeper = connect(str(wal.path))
    wal.ok("add", "Valves")
    copy = tmp_path / "copy.db"
    wal.ok("db", "backup", str(copy))
    keeper.close()
    assert journal_of(copy) == "delete"
    assert sorted(name for name in os.listdir(tmp_path) if "copy" in name) == ["copy.db"]
    with closing(sqlite3.connect(copy)) as con:
        assert con.execute("SELECT count(*) FROM opportunity").fetchone() == (2,)


def test_a_restore_into_a_log_is_whole(wal, tmp_path):
    copy = tmp_path / "copy.db"
    wal.ok("db", "backup", str(copy))
    wal.ok("add", "Valves")
    wal.ok("db", "restore", str(copy), "--yes")
    assert journal_of(wal.path) == "wal"
    assert [deal["title"] for deal in wal.json("list")] == ["Pumps"]
    wal.ok("add", "Seals")
    wal.ok("db", "check")
    assert [deal["title"] for deal in wal.json("list")] == ["Pumps", "Seals"]


def test_nobody_writes_between_the_copy_and_the_restore_of_a_log(wal, tmp_path):
    copy = tmp_path / "copy.db"
    wal.ok("db", "backup", str(copy))
    conn = connect(str(wal.path))
    tried = []

    def write() -> None:
        with closing(sqlite3.connect(wal.path, timeout=0, isolation_level=None)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as exc:
                tried.append(str(exc))

    conn.on_commit = write
    backups.restore(conn, str(copy), "20260701-020000Z", "team")
    conn.close()
    assert tried == ["database is locked"]


def test_a_restore_into_a_log_waits_until_nobody_has_the_file_open(wal, tmp_path, monkeypatch):
    copy = tmp_path / "copy.db"
    wal.ok("db", "backup", str(copy))
    wal.ok("add", "Valves")
    other = connect(str(wal.path))
    monkeypatch.setattr(connection.FileConn, "patience", 0.05)
    said = wal("db", "restore", str(copy), "--yes")
    assert (said.code, said.out) == (6, "")
    assert "others have" in said.err
    assert len(wal.json("list")) == 2
    other.close()
    wal.ok("db", "restore", str(copy), "--yes")
    assert len(wal.json("list")) == 1


def test_an_import_into_a_log(wal, tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text("title,account,stage\n" + "".join(f"D{n},Acme,lead\n" for n in range(40)))
    wal.ok("import", "deals", str(rows), "--create", "accounts")
    assert len(wal.json("list")) == 41
    wal.ok("undo")
    assert len(wal.json("list")) == 1
    wal.ok("db", "check")


def test_a_rehearsal_leaves_a_log_alone(wal):
    before = wal.json("history")
    wal.ok("add", "Valves", "--dry-run")
    assert wal("init", "--dry-run").code == 4
    assert wal.json("history") == before


def test_an_older_file_with_a_log_is_migrated(dealflow, tmp_path):
    from dealflow.store import schema

    older = tmp_path / "older.db"
    open(older, "xb").close()
    conn = connection.connect_new(str(older))
    conn.begin()
    from alembic import command

    command.upgrade(schema.alembic_config(conn), "0001")
    conn.execute("PRAGMA user_version=1")
    conn.commit()
    conn.execute("PRAGMA journal_mode=WAL")
    conn.close()
    dealflow.ok("--db", str(older), "db", "migrate")
    assert journal_of(older) == "wal"
    with closing(sqlite3.connect(older)) as con:
        assert con.execute("PRAGMA user_version").fetchone() == (connection.SCHEMA_VERSION,)
    (copy,) = (tmp_path / "backups").iterdir()
    assert journal_of(copy) == "delete"


def test_the_log_of_a_shared_file_is_the_groups(wal):
    os.chmod(wal.path, 0o660)
    before = os.umask(0o077)
    try:
        keeper = connect(str(wal.path))
        wal.ok("add", "Valves")
        for suffix in ("", "-wal", "-shm"):
            assert stat.S_IMODE(os.stat(f"{wal.path}{suffix}").st_mode) == 0o660
        keeper.close()
    finally:
        os.umask(before)
