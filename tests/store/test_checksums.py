"""Rows and journal entries that are not what dealflow wrote are found, and nothing else is."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from contextlib import closing

import pytest

from dealflow import model
from dealflow.store import chain, checksums, schema
from dealflow.store.book import columns

DERIVED = {("follow_up", "late_at")}


def damage(path, *statements):
    with closing(sqlite3.connect(path)) as con:
        for statement in statements:
            con.execute(statement)
        con.commit()


def asked(path, sql, *values):
    with closing(sqlite3.connect(path)) as con:
        return con.execute(sql, values).fetchall()


def found(dealflow):
    """What `db check` finds: (what, table, row)."""
    said = dealflow("db", "check", "--json")
    assert said.code == (8 if said.data else 0)
    return [(f["what"], f["table"], f["row"]) for f in said.data]


@pytest.fixture
def older(dealflow):
    """A database in which every table of version 4 has rows, and nothing that came later."""
    dealflow.ok("reps", "add", "wang")
    dealflow.ok("products", "add", "Pump", "--price", "12.50")
    dealflow.ok("accounts", "add", "Acme", "--grade", "A")
    dealflow.ok("contacts", "add", "Acme", "王芳", "--phone", "138")
    dealflow.ok("add", "Pumps 泵", "-a", "Acme", "-v", "12k", "--product", "Pump", "--next", "fri")
    dealflow.ok("edit", "1", "--probability", "1")
    dealflow.ok("log", "1", "call", "said yes", "--key", "k1")
    dealflow.ok("settings", "rate", "USD", "7.12")
    dealflow.ok("advance", "1", "--force", "--why", "x")
    dealflow.ok("win", "1", "--force", "--why", "x")
    return dealflow


@pytest.fixture
def worked(older):
    """A database in which every table of the domain has rows."""
    older.ok("join", "1", "wang")
    older.ok("settings", "holidays", "add", "2026-07-14", "company day")
    older.ok("fields", "add", "level", "--choice", "high", "--choice", "low", "--on", "account")
    older.ok("accounts", "edit", "Acme", "--set", "level=high")
    older.ok("targets", "set", "all", "2026-Q3", "5m")
    older.ok("add", "Valves", "-v", "9k", "--close", "2026-08-01", "--probability", "40%")
    older.ok("forecast", "keep", "q3")
    return older


def test_the_checksum_is_crc_32_of_the_table_and_a_json_array(worked):
    names = columns(model.Opportunity)
    listed = ", ".join(names)
    (*values, checksum) = asked(worked.path, f"SELECT {listed}, checksum FROM opportunity")[0]
    told = [value.hex() if isinstance(value, bytes) else value for value in values]
    text = "opportunity" + json.dumps(told, separators=(",", ":"))
    assert "\\u6cf5" in text
    assert checksum == zlib.crc32(text.encode("ascii"))


def test_every_row_has_a_checksum(worked):
    for table in checksums.TABLES:
        rows, summed = asked(worked.path, f"SELECT count(*), count(checksum) FROM {table}")[0]
        assert rows == summed > 0, table


@pytest.mark.parametrize("kind", model.ROWS, ids=lambda kind: kind.table)
def test_a_change_of_any_column_past_dealflow_is_found(worked, kind):
    """Each column of each table, one at a time, changed to another value of its type."""
    kept = worked.path.read_bytes()
    for name in columns(kind):
        if name == "id" or (kind.table, name) in DERIVED:
            continue
        with closing(sqlite3.connect(worked.path)) as con:
            con.execute("PRAGMA ignore_check_constraints=ON")
            change = other(con, kind.table, name)
            con.execute(
                f"UPDATE {kind.table} SET {name} = {change}"
                f" WHERE id = (SELECT max(id) FROM {kind.table})"
            )
            con.commit()
        assert ("checksum", kind.table) in {f[:2] for f in found(worked)}, name
        worked.path.write_bytes(kept)


def other(con, table, name):
    declared = {row[1]: row[2] for row in con.execute(f"PRAGMA table_info({table})")}[name]
    return {
        "INTEGER": f"coalesce({name}, 0) + 1",
        "REAL": f"coalesce({name}, 0) / 3 + 0.1",
        "TEXT": f"coalesce({name}, '') || 'x'",
        "BLOB": "zeroblob(16)",
    }[declared]


def test_a_row_written_past_dealflow_is_nothing_that_was_damaged(worked):
    damage(worked.path, "INSERT INTO loss_reason (version, key, name) VALUES (1, 'x', 'X')")
    assert found(worked) == []


def test_a_row_that_is_edited_after_it_was_damaged_stays_found(worked):
    damage(worked.path, "UPDATE account SET segment = 'ener' WHERE id = 1")
    worked.ok("accounts", "edit", "Acme", "--grade", "B")
    assert found(worked) == [("checksum", "account", 1)]


def test_a_setting_that_is_set_anew_after_it_was_damaged_is_sound(worked):
    damage(worked.path, "UPDATE setting SET value = 'Mars/Base' WHERE key = 'timezone'")
    assert ("checksum", "setting", 2) in found(worked)
    worked.ok("settings", "set", "timezone", "UTC")
    assert found(worked) == []


def test_text_that_is_no_utf_8_is_a_finding_and_not_the_end_of_the_check(worked):
    damage(
        worked.path,
        "UPDATE activity SET note = CAST(x'ff41' AS TEXT)",
        "UPDATE change SET before = CAST(x'ff' AS TEXT) WHERE id = 1",
    )
    assert found(worked) == [("checksum", "activity", 1), ("journal", "command", 1)]


def test_the_use_of_a_key_that_was_changed_is_found(worked):
    damage(worked.path, "UPDATE command_key SET answer = '[\"activity\", [9], []]'")
    assert found(worked) == [("checksum", "command_key", 1)]


# ── the journal ───────────────────────────────────────────────────────────────────────────────


def test_the_chain_is_sha_256_over_the_journal_and_the_chain_before(worked):
    before = b""
    for *head, chained in asked(
        worked.path, "SELECT id, hex(uid), at, actor, verb, typed, undoes, chain FROM command"
    ):
        head[1] = head[1].lower()
        changes = asked(
            worked.path,
            "SELECT id, entity, kind, row_id, last_id, before, after FROM change"
            " WHERE command_id = ? ORDER BY id",
            head[0],
        )
        lines = [json.dumps(list(line), separators=(",", ":")) + "\n" for line in (head, *changes)]
        before = hashlib.sha256(before + "".join(lines).encode("ascii")).digest()
        assert chained == before, head
    assert head[0] > 8


@pytest.mark.parametrize(
    ("spoil", "number"),
    [
        ("UPDATE command SET typed = typed || ' ' WHERE id = 3", 3),
        ("UPDATE command SET actor = 'wang' WHERE id = 4", 4),
        ("UPDATE command SET at = at - 86400 WHERE id = 5", 5),
        ("UPDATE change SET after = '{\"probability\":0.5}' WHERE command_id = 6", 6),
        ("DELETE FROM change WHERE id = (SELECT max(id) FROM change WHERE command_id = 5)", 5),
        ("UPDATE change SET last_id = last_id + 1 WHERE id = 2", 1),
        ("UPDATE change SET command_id = 4 WHERE command_id = 3", 3),
        ("UPDATE command SET chain = zeroblob(32) WHERE id = 7", 7),
        ("UPDATE command SET chain = NULL WHERE id = 7", 7),
    ],
)
def test_a_journal_that_was_edited_is_found_from_the_command_on(worked, spoil, number):
    damage(worked.path, "PRAGMA foreign_keys=OFF", spoil)
    broken = [row for what, _, row in found(worked) if what == "journal"]
    assert broken[0] == number
    assert set(broken) <= {number, number + 1}


def test_a_command_that_was_taken_out_of_the_journal_is_found_at_the_one_behind_it(worked):
    damage(
        worked.path, "DELETE FROM change WHERE command_id = 4", "DELETE FROM command WHERE id = 4"
    )
    assert found(worked) == [("journal", "command", 5)]


def test_two_commands_that_changed_places_are_found(worked):
    damage(
        worked.path,
        "UPDATE change SET command_id = -command_id WHERE command_id IN (3, 4)",
        "UPDATE command SET id = -id WHERE id IN (3, 4)",
        "UPDATE change SET command_id = 7 + command_id WHERE command_id < 0",
        "UPDATE command SET id = 7 + id WHERE id < 0",
    )
    assert {row for _, _, row in found(worked)} >= {3, 4}


def test_last_commands_that_were_cut_off_are_found(worked):
    last = asked(worked.path, "SELECT max(id) FROM command")[0][0]
    damage(
        worked.path,
        f"DELETE FROM change WHERE command_id = {last}",
        f"DELETE FROM command WHERE id = {last}",
    )
    assert found(worked) == [("journal", "command", last - 1)]


def test_a_mark_of_undo_that_no_undo_left_is_found(worked):
    worked.ok("add", "Second")
    worked.ok("undo")
    worked.ok("redo")
    worked.ok("undo")
    assert found(worked) == []
    damage(worked.path, "UPDATE command SET undone_by = NULL WHERE verb = 'add'")
    assert [row for _, _, row in found(worked)] == [
        number
        for (number,) in asked(worked.path, "SELECT id FROM command WHERE typed LIKE '%Second'")
    ]


def test_a_dry_run_and_a_refused_command_leave_the_chain_as_it_was(worked):
    before = worked.path.read_bytes()
    worked.ok("edit", "1", "--source", "fair", "--dry-run")
    assert worked("advance", "99").code == 3
    assert worked.path.read_bytes() == before


# ── older files ───────────────────────────────────────────────────────────────────────────────


def test_a_migration_works_out_what_a_file_would_have_had(older, tmp_path):
    """Taken away and worked out again by the migration: the same sums, the same chain."""
    from importlib.util import module_from_spec, spec_from_file_location

    place = schema.MIGRATIONS / "versions" / "0004_checksums.py"
    spec = spec_from_file_location("m0004", place)
    migration = module_from_spec(spec)
    spec.loader.exec_module(migration)
    later = {"participant", "field", "holiday", "target", "forecast", "forecast_deal"}
    assert set(migration.SUMMED) == set(checksums.TABLES) - later

    def everything():
        return {
            table: asked(older.path, f"SELECT * FROM {table} ORDER BY id")
            for table in (*checksums.TABLES, "command")
        }

    before = everything()
    damage(older.path, "UPDATE command SET chain = NULL")
    damage(older.path, *(f"UPDATE {table} SET checksum = NULL" for table in migration.SUMMED))
    assert everything() != before
    with closing(sqlite3.connect(older.path)) as con:
        for table, names in migration.SUMMED.items():
            migration.write_checksums(con, table, names)
        migration.write_chain(con)
        con.commit()
    assert everything() == before


def test_sha_256_is_the_same_without_openssl():
    assert chain.link(b"", (), ()) == hashlib.sha256(b"[]\n").digest()
