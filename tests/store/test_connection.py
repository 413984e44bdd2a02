"""The one door to the file: what it refuses, how it waits, what it never does."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from dealflow.errors import Busy, Damaged, NoDatabase, SchemaVersion, Unusable
from dealflow.model import Rep
from dealflow.store import connection, explaining, soundness
from dealflow.store.book import Author
from dealflow.store.connection import connect, permit_writing
from dealflow.store.database import Database

pytestmark = pytest.mark.file

AUTHOR = Author("li", "test", "dealflow test", 1_780_000_000)


@pytest.fixture
def path(dealflow) -> str:
    return str(dealflow.path)


def pragma(conn: sqlite3.Connection, name: str) -> object:
    return conn.execute(f"PRAGMA {name}").fetchone()[0]


def test_a_reader_has_the_settings_that_keep_data_safe(path):
    conn = connect(path)
    assert pragma(conn, "journal_mode") == "delete"
    assert pragma(conn, "synchronous") == 3  # EXTRA
    assert pragma(conn, "foreign_keys") == 1
    assert pragma(conn, "trusted_schema") == 0
    assert pragma(conn, "cell_size_check") == 1
    assert pragma(conn, "query_only") == 1
    assert pragma(conn, "mmap_size") == 0
    assert conn.isolation_level is None


def test_a_reader_cannot_write_until_it_is_permitted(path):
    conn = connect(path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        conn.execute("DELETE FROM visit")
    permit_writing(conn)
    conn.execute("DELETE FROM visit")


def test_a_reader_rolls_back_what_a_killed_writer_left(path):
    """A hot journal: the reader must be able to write to undo it."""
    child = os.fork()
    if child == 0:
        con = sqlite3.connect(path, isolation_level=None)
        con.execute("PRAGMA cache_size=1")
        con.execute("BEGIN IMMEDIATE")
        con.execute("UPDATE rep SET name = 'half done'")
        con.executemany(
            "INSERT INTO setting (key, value, version) VALUES (?, ?, 1)",
            [(f"k{i}", "x" * 3000) for i in range(400)],
        )
        os._exit(0)
    os.waitpid(child, 0)
    assert Path(path + "-journal").exists()
    assert connect(path).execute("SELECT name FROM rep").fetchall() == [("li",)]


def test_a_new_database_is_private_and_leaves_nothing_beside_it(path):
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert sorted(os.listdir(os.path.dirname(path))) == [os.path.basename(path)]


def test_a_missing_file_is_named_and_not_created(tmp_path):
    with pytest.raises(NoDatabase, match=r"nothing\.db"):
        connect(str(tmp_path / "nothing.db"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"x", b"x" * 4096])
def test_what_is_not_a_database_is_refused_and_left_alone(tmp_path, content):
    file = tmp_path / "other.db"
    file.write_bytes(content)
    with pytest.raises(Damaged):
        connect(str(file))
    assert file.read_bytes() == content


def test_somebody_elses_database_is_refused(tmp_path):
    file = tmp_path / "other.db"
    con = sqlite3.connect(file)
    con.execute("CREATE TABLE t (x)")
    con.commit()
    con.close()
    with pytest.raises(Damaged, match="not one of dealflow's"):
        connect(str(file))


def test_a_newer_schema_is_refused_naming_both_versions(path):
    con = sqlite3.connect(path)
    con.execute(f"PRAGMA user_version={connection.SCHEMA_VERSION + 41}")
    con.close()
    with pytest.raises(SchemaVersion, match=f"version {connection.SCHEMA_VERSION + 41}.*up to"):
        connect(path)


def test_a_folder_and_a_pipe_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name in ("", "pipe"):
        with pytest.raises(Unusable, match="folder or a device"):
            connect(str(tmp_path / name))


def test_a_planted_trigger_stops_every_write(path):
    con = sqlite3.connect(path)
    con.execute("CREATE TRIGGER t AFTER INSERT ON rep BEGIN DELETE FROM visit; END")
    con.close()
    with pytest.raises(Damaged, match="triggers"):
        permit_writing(connect(path))


def test_waiting_ends_when_the_other_lets_go(path):
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    released = threading.Timer(0.3, lambda: other.execute("ROLLBACK"))
    released.start()
    db = Database(path)
    with db.writing(AUTHOR) as book:
        book.add(Rep(handle="wang", name="Wang"))
    released.join()
    assert db.conn.execute("SELECT count(*) FROM rep").fetchone() == (2,)


def test_waiting_is_bounded_and_the_message_says_nothing_changed(path):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    db = Database(path)
    db.conn.patience = 0.1
    with pytest.raises(Busy, match="changed nothing"), db.writing(AUTHOR):
        pass


def test_a_writer_holds_the_lock_before_it_reads(path):
    """Begun IMMEDIATE: a transaction that upgrades later fails at once whatever the patience."""
    db = Database(path)
    with db.writing(AUTHOR):
        other = sqlite3.connect(path, isolation_level=None, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")


def test_a_replaced_file_is_noticed_before_the_answer(path, tmp_path):
    copy = tmp_path / "copy.db"
    copy.write_bytes(Path(path).read_bytes())
    db = Database(path)

    def write() -> None:
        with db.writing(AUTHOR) as book:
            book.add(Rep(handle="wang", name="Wang"))
            os.replace(copy, path)

    with pytest.raises(Unusable, match="replaced"):
        write()
    assert connect(path).execute("SELECT count(*) FROM rep").fetchone() == (1,)


def test_an_error_inside_the_block_changes_nothing(path):
    db = Database(path)

    def write() -> None:
        with db.writing(AUTHOR) as book:
            book.add(Rep(handle="wang", name="Wang"))
            raise ZeroDivisionError

    before = Path(path).read_bytes()
    with pytest.raises(ZeroDivisionError):
        write()
    assert Path(path).read_bytes() == before


def damage(path, *statements):
    con = sqlite3.connect(path)
    for statement in statements:
        con.execute(statement)
    con.commit()
    con.close()


def test_a_file_format_that_sqlite_does_not_know_is_damage(dealflow):
    """SQLite calls it a plain error, as it does a wrong statement."""
    content = bytearray(dealflow.path.read_bytes())
    content[47] = 9  # the schema format number, 4 at most
    dealflow.path.write_bytes(content)
    for words in (("list",), ("db", "check"), ("db", "migrate")):
        assert dealflow(*words).code == 8, words


def test_a_stored_value_that_is_not_json_is_damage_and_found(dealflow):
    dealflow.ok("add", "First", "--tag", "vip")
    damage(dealflow.path, "UPDATE opportunity SET tags = '[\"vip'")
    assert dealflow("list", "tag:vip").code == 8
    found = dealflow("db", "check", "--json")
    assert found.code == 8
    assert "tags is not the JSON it should be" in [row["about"] for row in found.data]


def test_a_stored_requirement_that_does_not_parse_is_found(dealflow):
    damage(dealflow.path, "UPDATE stage_definition SET requires = '[\"gibberish ~\"]' WHERE id = 2")
    found = dealflow("db", "check", "--json")
    assert (found.code, {row["table"] for row in found.data}) == (8, {"stage_definition"})


def test_a_stored_time_zone_that_does_not_exist_is_damage_and_can_be_set_anew(dealflow):
    dealflow.ok("add", "First", "--next", "fri")
    damage(dealflow.path, "UPDATE setting SET value = 'Mars/Base' WHERE key = 'timezone'")
    assert dealflow("list").code == 8
    dealflow.ok("settings", "set", "timezone", "Europe/Berlin")
    dealflow.ok("list")
    dealflow.ok("db", "check")


def test_a_stored_time_zone_that_does_not_exist_is_a_finding(made_sound):
    conn = made_sound
    conn.execute("PRAGMA query_only=OFF")
    conn.execute("UPDATE setting SET value = 'Mars/Base' WHERE key = 'timezone'")
    assert {finding.table for finding in soundness.findings(conn)} == {"setting"}


@pytest.fixture
def made_sound(dealflow):
    conn = connection.connect(str(dealflow.path))
    yield conn
    conn.close()


def test_a_waiting_writer_sees_the_settings_that_another_one_has_just_committed(dealflow):
    waiting = Database(str(dealflow.path))
    assert waiting.setting("timezone") == "Asia/Shanghai"
    dealflow.ok("settings", "set", "timezone", "UTC")
    with waiting.writing(AUTHOR, keep=False):
        assert waiting.setting("timezone") == "UTC"
    waiting.close()


@pytest.mark.parametrize(
    ("name", "doubt"),
    [
        ("SQLITE_IOERR_FSYNC", True),
        ("SQLITE_IOERR_LOCK", True),
        ("SQLITE_FULL", False),
        ("", False),
    ],
)
def test_a_commit_is_in_doubt_only_where_the_disk_did_not_say(name, doubt):
    exc = sqlite3.OperationalError("disk I/O error")
    exc.sqlite_errorname = name
    assert explaining.is_in_doubt(exc) is doubt


def test_a_damaged_value_that_a_question_meets_is_damage_and_no_bug(dealflow):
    dealflow.ok("add", "Acme")
    dealflow.rows("UPDATE opportunity SET created_at = 99999999999999999")
    said = dealflow("list", "--json")
    assert (said.code, said.out) == (8, "")
    assert "db check" in said.err


def test_what_was_saved_is_shown_without_another_look_at_the_file(path):
    """A disk that fails after the commit must not turn the answer into "nothing changed"."""
    db = Database(path)
    with db.writing(AUTHOR) as book:
        book.add(Rep(handle="wang", name="Wang"))
    db.close()
    assert db.currency
    assert str(db.zone)


@pytest.mark.parametrize("keep", [False, True])
def test_settings_that_were_not_saved_are_forgotten(path, keep):
    db = Database(path)
    before = db.currency

    def change():
        with db.writing(AUTHOR, keep=keep) as book:
            book.conn.execute("UPDATE setting SET value = 'XYZ' WHERE key = 'currency'")
            assert db.currency == "XYZ"
            if keep:
                raise RuntimeError

    if keep:
        with pytest.raises(RuntimeError):
            change()
    else:
        change()
    assert db.currency == before


def test_a_new_database_is_told_to_be_there_before_it_has_its_name(tmp_path):
    """From then on Ctrl-C, which would say that nothing was changed, has to wait."""
    from dealflow.actions import setup
    from dealflow.pipelines import template

    path, there = tmp_path / "new.db", []
    start = setup.Start((template("en"),), "CNY", "Asia/Shanghai", "li")
    setup.create(str(path), AUTHOR, start, on_commit=lambda: there.append(path.exists()))
    assert there == [False]
    assert path.exists()
