"""`db check --repair`: what is certain is mended, what is not is left alone and named."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from random import Random

import pytest

JOURNAL = {"command", "change", "sqlite_sequence"}


def damage(path, *statements):
    with closing(sqlite3.connect(path)) as con:
        for statement in statements:
            con.execute(statement)
        con.commit()


def asked(path, sql):
    with closing(sqlite3.connect(path)) as con:
        return con.execute(sql).fetchall()


def content(path, *, without=("version", "checksum")):
    """Every row outside the journal, as far as the file can be read."""
    with closing(sqlite3.connect(path)) as con:
        con.text_factory = bytes
        named = con.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        found = {}
        for table in sorted({name.decode() for (name,) in named} - JOURNAL):
            info = con.execute("SELECT name FROM pragma_table_xinfo(?)", (table,)).fetchall()
            kept = [name.decode() for (name,) in info if name.decode() not in without]
            found[table] = con.execute(
                f"SELECT {', '.join(kept)} FROM {table} ORDER BY 1"
            ).fetchall()
    return found


def found(dealflow):
    """What `db check` finds: (what, table, row, repairable)."""
    rows = dealflow("db", "check", "--json").data
    return [(row["what"], row["table"], row["row"], row["repairable"]) for row in rows]


def repaired(dealflow):
    """The check after a repair, which must find nothing more."""
    said = dealflow("db", "check", "--repair", "--yes", "--json")
    assert said.code == 0, said
    assert dealflow.json("db", "check") == []
    return said


@pytest.fixture
def worked(dealflow):
    """Deal 1 is open and went on, 2 is lost, 3 was won and reopened; each with plans or calls."""
    dealflow.ok("accounts", "add", "Acme", "--grade", "A")
    dealflow.ok("add", "Pumps", "-a", "Acme", "-v", "12k", "--next", "fri", "--at", "2026-06-01")
    dealflow.ok("advance", "1", "--force", "--why", "x", "--at", "2026-06-05")
    dealflow.ok("log", "1", "call", "asked for a quote 报价", "--at", "2026-06-06")
    dealflow.ok("add", "Valves", "--next", "fri", "--at", "2026-06-01")
    dealflow.ok("lose", "2", "-r", "price", "--at", "2026-06-10")
    dealflow.ok("add", "Seals", "--at", "2026-06-01")
    dealflow.ok("win", "3", "--force", "--why", "x", "--at", "2026-06-10")
    dealflow.ok("reopen", "3", "--at", "2026-06-20")
    return dealflow


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (
            "UPDATE opportunity SET last_contact_at = 1 WHERE id = 1",
            [("derived", "opportunity", 1)],
        ),
        ("UPDATE opportunity SET next_late_at = NULL", [("derived", "opportunity", 1)]),
        ("UPDATE follow_up SET late_at = 9 WHERE id = 2", [("derived", "follow_up", 2)]),
        ("UPDATE visit SET reopened_at = 7", None),
        (
            "UPDATE opportunity SET stage_id = 5, stage_since = 7, checksum = NULL WHERE id = 1",
            [("visits", "opportunity", 1)],
        ),
        (
            "UPDATE opportunity SET status = 'open', closed_at = NULL, checksum = NULL WHERE id = 2",
            [("visits", "opportunity", 2)] * 2,
        ),
        (
            "UPDATE opportunity SET status = 'won', closed_at = 1781000000, checksum = NULL WHERE id = 1",
            [("visits", "opportunity", 1)] * 2 + [("follow-ups", "follow_up", 1)],
        ),
        ("UPDATE sqlite_sequence SET seq = 1 WHERE name = 'visit'", [("numbers", "visit", 5)]),
    ],
)
def test_what_follows_from_other_facts_is_mended(worked, spoil, told):
    before = content(worked.path)
    damage(worked.path, spoil)
    assert content(worked.path) != before or "sequence" in spoil
    seen = found(worked)
    assert told is None or [row[:3] for row in seen] == told
    assert all(row[3] for row in seen if row[0] != "follow-ups")
    done = repaired(worked)
    assert all(row["mended"] for row in done.data)
    assert content(worked.path) == before


def test_open_plans_of_a_closed_deal_are_cancelled_and_undo_does_not_open_them_again(worked):
    sql = "SELECT cancelled_at, cancelled_why FROM follow_up WHERE id = 2"
    before = asked(worked.path, sql)
    assert before[0][1] == "deal lost"
    damage(
        worked.path,
        "UPDATE follow_up SET cancelled_at = NULL, cancelled_why = NULL, checksum = NULL"
        " WHERE id = 2",
        "UPDATE opportunity SET next_late_at = (SELECT late_at FROM follow_up WHERE id = 2)"
        " WHERE id = 2",
    )
    assert found(worked) == [("follow-ups", "follow_up", 2, True)]
    repaired(worked)
    assert asked(worked.path, sql) == before
    last = worked.json("history")[0]
    assert last["typed"] == "dealflow db check --repair --yes --json"
    assert worked("undo").code == 4, "a plan would be open on a closed deal again"
    assert asked(worked.path, sql) == before


def test_a_mended_deal_is_in_the_journal_and_undo_does_not_spoil_it_again(worked):
    damage(worked.path, "UPDATE opportunity SET stage_since = 7, checksum = NULL WHERE id = 1")
    repaired(worked)
    change = asked(worked.path, "SELECT entity, kind, row_id, before FROM change ORDER BY id DESC")[
        0
    ]
    assert change == ("opportunity", "edit", 1, '{"stage_since":7}')
    assert worked("undo").code == 4, "undo leaves no file that is unsound"
    assert worked.json("db", "check") == []


def unindexed(path, index, statement):
    """Change a row while an index does not hear of it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as con:
        con.execute("PRAGMA writable_schema=ON")
        row = con.execute(
            "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_master WHERE name = ?", (index,)
        ).fetchone()
        con.execute("DELETE FROM sqlite_master WHERE name = ?", (index,))
    with closing(sqlite3.connect(path, isolation_level=None)) as con:
        con.execute(statement)
        con.execute("PRAGMA writable_schema=ON")
        con.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", row)


def test_an_index_that_does_not_go_with_its_table_is_built_again(worked):
    unindexed(
        worked.path,
        "ix_account_folded",
        "UPDATE account SET name = 'Bolt', folded = 'bolt', checksum = NULL WHERE id = 1",
    )
    assert {row[::3] for row in found(worked)} == {("integrity", True)}
    repaired(worked)
    assert worked.ok("accounts", "show", "Bolt").code == 0


# ── flipped bits ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE opportunity SET title = 'Pumpq' WHERE id = 1",
        "UPDATE opportunity SET amount = amount + 2097152 WHERE id = 1",
        "UPDATE opportunity SET status = 'opdn' WHERE id = 1",
        "UPDATE opportunity SET stage_id = 3 WHERE id = 1",
        "UPDATE opportunity SET version = version + 4 WHERE id = 1",
        "UPDATE opportunity SET currency = 'CNI' WHERE id = 3",
        "UPDATE opportunity SET uid = CAST(x'00' || substr(uid, 2) AS BLOB) WHERE id = 3",
        "UPDATE activity SET note = CAST(x'E1' || substr(CAST(note AS BLOB), 2) AS TEXT)",
        "UPDATE visit SET entered_at = entered_at + 34359738368 WHERE id = 1",
        "UPDATE setting SET value = 'Asia/Shanghci' WHERE key = 'timezone'",
    ],
)
def test_a_flipped_bit_is_turned_back_where_the_checksum_proves_it(worked, spoil):
    before = content(worked.path, without=())
    with closing(sqlite3.connect(worked.path)) as con:
        con.execute("PRAGMA ignore_check_constraints=ON")
        con.execute("PRAGMA foreign_keys=OFF")
        con.execute(spoil)
        con.commit()
    assert content(worked.path, without=()) != before
    changes = asked(worked.path, "SELECT count(*) FROM change")
    said = worked("db", "check", "--repair", "--yes", "--json")
    assert said.code == 0, said
    assert content(worked.path, without=()) == before
    assert asked(worked.path, "SELECT count(*) FROM change") == changes
    assert worked.json("db", "check") == []


def journal(path):
    return asked(path, "SELECT * FROM command"), asked(path, "SELECT * FROM change")


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE command SET typed = replace(typed, 'Pumps', 'Pumqs')",
        "UPDATE command SET typed = replace(typed, 'Acme', 'Akme')",
        "UPDATE command SET at = at + 34359738368 WHERE id = 4",
        "UPDATE command SET chain = CAST(x'00' || substr(chain, 2) AS BLOB) WHERE id = 5",
        "UPDATE change SET row_id = row_id + 256 WHERE id = (SELECT max(id) FROM change)",
        "UPDATE change SET entity = 'vhsit' WHERE entity = 'visit' AND kind = 'edit'",
    ],
)
def test_a_journal_entry_is_put_right_where_the_chain_proves_it(worked, spoil):
    before = journal(worked.path)
    damage(worked.path, spoil)
    assert journal(worked.path) != before
    assert {row[0::3] for row in found(worked)} == {("journal", True)}
    repaired(worked)
    commands, changes = journal(worked.path)
    assert (commands[:-1], changes) == before


def test_a_damaged_digest_is_worked_out_again_where_the_next_one_proves_it(worked):
    before = journal(worked.path)
    damage(worked.path, "UPDATE command SET chain = zeroblob(32) WHERE id = 5")
    assert found(worked) == [("journal", "command", 5, True), ("journal", "command", 6, True)]
    repaired(worked)
    assert journal(worked.path)[0][:-1] == before[0]


def test_a_journal_that_was_cut_off_can_be_accepted(worked):
    last = asked(worked.path, "SELECT max(id) FROM command")[0][0]
    damage(
        worked.path,
        f"DELETE FROM change WHERE command_id = {last}",
        f"DELETE FROM command WHERE id = {last}",
    )
    assert found(worked) == [("journal", "command", last - 1, False)]
    assert worked("db", "check", "--accept", "--yes").code == 0
    assert worked.json("db", "check") == []


def test_a_value_that_the_journal_still_knows_is_put_back(worked):
    worked.ok("edit", "1", "--source", "the fair in Hannover")
    before = content(worked.path, without=())
    damage(worked.path, "UPDATE opportunity SET source = 'unknown' WHERE id = 1")
    repaired(worked)
    assert content(worked.path, without=()) == before


@pytest.mark.parametrize("seed", range(4))
def test_whatever_bit_is_flipped_a_repair_that_says_sound_has_put_it_right(worked, seed):
    """Flips all over the file: found or without effect, and a repair that ends well is right."""
    kept = worked.path.read_bytes()
    before = content(worked.path)
    random = Random(seed)
    used = [position for position in range(100, len(kept)) if kept[position]]
    mended = 0
    for position in random.sample(used, 30):
        flipped = bytearray(kept)
        flipped[position] ^= 1 << random.randrange(8)
        worked.path.write_bytes(flipped)
        said = worked("db", "check", "--repair", "--yes")
        assert said.code in {0, 8}, said
        if said.code == 0:
            assert content(worked.path) == before, position
            mended += worked.path.read_bytes() != bytes(flipped)
        worked.path.write_bytes(kept)
    assert mended > 0


# ── what is not certain ───────────────────────────────────────────────────────────────────────


def test_what_cannot_be_known_is_left_and_the_command_that_helps_is_named(worked):
    damage(worked.path, "UPDATE opportunity SET title = 'something else', amount = 7 WHERE id = 1")
    before = worked.path.read_bytes()
    said = worked("db", "check", "--repair", "--yes", "--json")
    assert [(row["repairable"], row["mended"]) for row in said.data] == [(False, False)]
    assert (said.code, said.data[0]["help"]) == (
        8,
        "compare with a backup; dealflow db check --accept takes it as it is",
    )
    assert worked.path.read_bytes() == before


def test_a_deal_is_not_mended_from_a_visit_that_is_damaged_itself(worked):
    damage(
        worked.path,
        "UPDATE visit SET stage_id = 4, note = 'spoilt' WHERE opportunity_id = 1 AND seq = 2",
    )
    assert {row[3] for row in found(worked)} == {False}


def test_the_rest_is_left_where_only_some_of_it_can_be_mended(worked):
    damage(
        worked.path,
        "UPDATE account SET name = 'something else', folded = 'x' WHERE id = 1",
        "UPDATE opportunity SET last_contact_at = 1 WHERE id = 1",
    )
    said = worked("db", "check", "--repair", "--yes", "--json")
    assert said.code == 8
    assert [(row["what"], row["mended"]) for row in said.data] == [
        ("checksum", False),
        ("derived", True),
    ]
    assert found(worked) == [("checksum", "account", 1, False)]


def test_what_was_changed_past_dealflow_can_be_accepted(worked):
    damage(
        worked.path,
        "UPDATE opportunity SET title = 'something else', amount = 7 WHERE id = 1",
        "UPDATE command SET typed = 'something else' WHERE id = 3",
        "UPDATE change SET after = '{}' WHERE id = (SELECT max(id) FROM change)",
    )
    assert len(found(worked)) >= 3
    assert worked("db", "check", "--accept").code == 2
    done = worked("db", "check", "--accept", "--yes", "--json")
    assert (done.code, {row["mended"] for row in done.data}) == (0, {True})
    assert worked.json("db", "check") == []
    assert worked.json("show", "1")["title"] == "something else"
    assert worked.json("history")[0]["typed"] == "dealflow db check --accept --yes --json"


# ── how it is done ────────────────────────────────────────────────────────────────────────────


def test_a_repair_asks_first_and_a_dry_run_only_shows(worked):
    damage(worked.path, "UPDATE opportunity SET last_contact_at = 1 WHERE id = 1")
    before = worked.path.read_bytes()
    said = worked("db", "check", "--repair")
    assert (said.code, said.out) == (2, "")
    assert "hint: add --yes" in said.err
    tried = worked("db", "check", "--repair", "--dry-run", "--json")
    assert (tried.code, [row["mended"] for row in tried.data]) == (0, [True])
    assert "dry run: nothing was changed" in tried.err
    assert worked.path.read_bytes() == before
    assert not (worked.path.parent / "backups").exists()


def test_the_file_is_kept_as_it_was_found(worked):
    damage(worked.path, "UPDATE opportunity SET last_contact_at = 1 WHERE id = 1")
    damaged = content(worked.path, without=())
    said = repaired(worked)
    copy = worked.path.parent / "backups" / "pipeline-20260701-020000Z.as-found.db"
    assert str(copy) in said.err
    assert content(copy, without=()) == damaged
    assert copy.stat().st_mode & 0o777 == 0o600
    assert worked.json("db", "info")["backups"] == []


def test_a_sound_file_is_not_touched_by_a_repair(worked):
    before = worked.path.read_bytes()
    assert worked("db", "check", "--repair", "--yes", "--json").data == []
    assert worked.path.read_bytes() == before


def test_a_check_alone_needs_no_dry_run(worked):
    assert worked("db", "check", "--dry-run").code == 2
