"""A file with dealflow's marks whose tables are not dealflow's is damaged, and told apart."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from dealflow.store import connection, shape

REDECLARE = "UPDATE sqlite_master SET sql = replace(sql, '{0}', '{1}') WHERE name = '{2}'"


def damage(path, *statements):
    with closing(sqlite3.connect(path)) as con:
        con.execute("PRAGMA writable_schema=ON")
        for statement in statements:
            con.execute(statement)
        con.commit()


def test_the_fingerprint_is_that_of_a_file_just_made(dealflow):
    with closing(sqlite3.connect(dealflow.path)) as con:
        assert shape.fingerprint(con) == shape.FINGERPRINT, hex(shape.fingerprint(con))


def test_any_flipped_bit_of_a_statement_changes_the_fingerprint(dealflow):
    """Each bit of one table's statement; between the parts, blanks are no part of it."""
    with closing(sqlite3.connect(dealflow.path, isolation_level=None)) as con:
        sql = con.execute("SELECT sql FROM sqlite_master WHERE name = 'stage'").fetchone()[0]
        con.execute("PRAGMA writable_schema=ON")
        con.execute("BEGIN")
        for at, character in enumerate(sql):
            flipped = sql[:at] + chr(ord(character) ^ 1) + sql[at + 1 :]
            con.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'stage'", (flipped,))
            same = shape.fingerprint(con) == shape.FINGERPRINT
            assert not same or not character.strip(), (at, character)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        ("DROP TABLE fx_rate", "the table fx_rate is missing"),
        ("CREATE TABLE leads (id INTEGER)", "dealflow did not make the table leads"),
        ("ALTER TABLE rep DROP COLUMN team", "the column rep.team is missing"),
        ("ALTER TABLE rep ADD COLUMN x TEXT", "dealflow did not make the column rep.x"),
        ("ALTER TABLE visit RENAME TO stay", "the table visit is missing"),
        (
            REDECLARE.format("name TEXT NOT", "name BLOB NOT", "rep"),
            "the column rep.name is BLOB NOT NULL, not TEXT NOT NULL",
        ),
        (
            REDECLARE.format("BETWEEN 0", "BETWEEN 1", "product"),
            "product is declared otherwise",
        ),
        (
            "UPDATE sqlite_master SET name = CAST('rep' AS BLOB) WHERE name = 'rep'",
            "the table rep is missing",
        ),
        ("DROP INDEX ix_account_folded", "the index ix_account_folded is missing"),
        ("CREATE INDEX mine ON rep (name)", "dealflow did not make the index mine"),
    ],
)
def test_a_file_with_other_tables_is_refused_and_the_check_names_what_differs(
    dealflow, spoil, told
):
    damage(dealflow.path, spoil)
    before = dealflow.path.read_bytes()
    for words in (("list",), ("add", "First"), ("leakage",), ("db", "backup")):
        said = dealflow(*words)
        assert (said.code, said.out) == (8, "")
        assert "is not built as dealflow builds it" in said.err
        assert "hint: dealflow db check names what differs" in said.err
    found = dealflow("db", "check", "--json")
    assert found.code == 8
    assert any(row["about"].startswith(told) for row in found.data), found.data
    assert {row["what"] for row in found.data} == {"schema"}
    assert dealflow.path.read_bytes() == before


def test_indexes_that_are_missing_or_foreign_are_put_right(dealflow):
    dealflow.ok("add", "First")
    damage(
        dealflow.path,
        "DROP INDEX ix_account_folded",
        "DROP INDEX ix_visit_opportunity_id_seq",
        "CREATE INDEX mine ON rep (name)",
    )
    tried = dealflow("db", "check", "--repair", "--dry-run", "--json")
    assert [row["repairable"] for row in tried.data] == [True, True, True]
    assert dealflow("list").code == 8
    assert dealflow("db", "check", "--repair").code == 2, "nobody there to say yes"
    done = dealflow("db", "check", "--repair", "--yes", "--json")
    assert (done.code, [row["mended"] for row in done.data]) == (0, [True, True, True])
    assert "as-found.db" in done.err
    assert dealflow.json("db", "check") == []


@pytest.mark.parametrize(
    "damaged",
    [
        "name = 'ix_visit_endee'",
        "name = CAST('ix_visit_ended' AS BLOB)",
        "name = NULL",
        "type = 'indey'",
        "type = CAST('index' AS BLOB)",
        "tbl_name = 'visis'",
        "tbl_name = NULL",
        "rootpage = 0",
        "sql = NULL",
        "sql = CAST(sql AS BLOB)",
        "sql = replace(sql, 'hours', 'hourz')",
    ],
)
def test_an_index_whose_entry_is_damaged_is_built_or_left_alone(dealflow, damaged):
    dealflow.ok("add", "First")
    damage(dealflow.path, f"UPDATE sqlite_master SET {damaged} WHERE name = 'ix_visit_ended'")
    before = dealflow.path.read_bytes()
    said = dealflow("db", "check", "--repair", "--yes")
    if said.code == 0:
        assert dealflow.json("db", "check") == []
        dealflow.ok("leakage")
    else:
        assert said.code == 8
        assert dealflow.path.read_bytes() == before


def test_a_missing_table_is_not_repaired(dealflow):
    damage(dealflow.path, "DROP TABLE fx_rate")
    before = dealflow.path.read_bytes()
    said = dealflow("db", "check", "--repair", "--yes", "--json")
    assert (said.code, {row["repairable"] for row in said.data}) == (8, {False})
    assert "backup" in said.data[0]["help"]
    assert dealflow.path.read_bytes() == before


def test_an_index_that_cannot_be_built_leaves_the_file_as_it_was(dealflow):
    damage(
        dealflow.path,
        "DROP INDEX ix_stage_pipeline_id_key",
        "UPDATE stage SET key = 'lead' WHERE id < 3",
    )
    before = dealflow.path.read_bytes()
    said = dealflow("db", "check", "--repair", "--yes")
    assert (said.code, said.out) == (8, "")
    assert dealflow.path.read_bytes() == before


def test_the_statistics_of_analyze_are_no_odd_table(dealflow):
    damage(dealflow.path, "ANALYZE")
    dealflow.ok("list")


def test_a_file_with_other_tables_is_no_backup_to_restore(dealflow, tmp_path):
    other = tmp_path / "other.db"
    dealflow.ok("db", "backup", str(other))
    damage(other, "DROP TABLE fx_rate")
    assert dealflow("db", "restore", str(other), "--yes").code == 8


def test_looking_at_the_shape_takes_less_than_a_millisecond(dealflow):
    from time import perf_counter

    conn = connection.connect(str(dealflow.path))
    took = []
    for _ in range(20):
        started = perf_counter()
        shape.check(conn, conn.path)
        took.append(perf_counter() - started)
    assert min(took) < 0.001
