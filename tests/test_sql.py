"""`dealflow sql`: one statement, which can only read, in every format."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys

import pytest

pytestmark = pytest.mark.file  # SQL as SQLite has it; test_server.py asks a server

ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"


@pytest.fixture
def filled(dealflow):
    dealflow.ok("add", "Acme", "-v", "10k")
    dealflow.ok("add", "=Beta", "-v", "3k")
    return dealflow


def fingerprint(path):
    return hashlib.sha256(path.read_bytes()).hexdigest(), sorted(os.listdir(path.parent))


def refused(said, code=2):
    assert (said.code, said.out) == (code, ""), said
    assert said.err.startswith("error: "), said.err
    return said.err


# ── what is answered ──────────────────────────────────────────────────────────────────────────


def test_values_come_as_sql_has_them(filled):
    uid = (
        sqlite3.connect(filled.path)
        .execute("SELECT uid FROM opportunity WHERE id = 1")
        .fetchone()[0]
    )
    asked = "SELECT id, title, amount, created_at, uid, 1.5 AS x, NULL AS n FROM opportunity"
    (first,) = filled.json("sql", f"{asked} WHERE id = 1")
    assert first == {
        "id": 1,
        "title": "Acme",
        "amount": 1_000_000,
        "created_at": 1_782_871_200,  # 2026-07-01T10:00+08:00
        "uid": uid.hex(),
        "x": 1.5,
        "n": None,
    }


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        ("tsv", "id\ttitle\n1\tAcme\n2\t=Beta\n"),
        ("csv", '"id","title"\n"1","Acme"\n"2","\'=Beta"\n'),
        ("ndjson", '{"id": 1, "title": "Acme"}\n{"id": 2, "title": "=Beta"}\n'),
        ("ids", "1\n2\n"),
        ("md", "| id | title |\n| --- | --- |\n| 1 | Acme |\n| 2 | =Beta |\n"),
    ],
)
def test_every_format_shows_the_rows(filled, style, shown):
    said = filled.ok("sql", "SELECT id, title FROM opportunity ORDER BY id", "-o", style)
    assert said.out == shown


def test_a_table_is_drawn_with_figures_as_they_are(filled):
    out = filled.ok("sql", "SELECT 1782871200 AS at, 'x' AS t", "-o", "table").out
    assert "1782871200" in out


def test_columns_with_one_name_are_told_apart(filled):
    said = filled.json("sql", "SELECT 1 AS id, 2 AS id, 3 AS id_2, 4 AS id")
    assert said == [{"id": 1, "id_3": 2, "id_2": 3, "id_4": 4}]


def test_a_column_of_several_kinds_keeps_them(filled):
    said = filled.ok("sql", "SELECT 1 AS a, 2 AS b UNION ALL SELECT 'x', -2.5", "--json")
    assert json.loads(said.out) == [{"a": 1, "b": 2}, {"a": "x", "b": -2.5}]
    csv = filled.ok("sql", "SELECT -1e-9 AS a, 2 AS b", "-o", "csv").out
    assert csv == '"a","b"\n"-1e-09","2"\n'


def test_a_figure_that_is_not_finite_is_absent(filled):
    assert filled.json("sql", "SELECT 9e999 AS a, 1 AS b") == [{"a": None, "b": 1}]


def test_bytes_that_are_no_text_are_written_out(filled):
    assert filled.ok("sql", "SELECT CAST(x'41ff1b' AS TEXT)").out.endswith("A\\xff\\x1b\n")


def test_the_statement_can_come_from_stdin(filled):
    said = filled.ok("sql", "-", stdin="-- how many\nSELECT count(*) AS n FROM opportunity;\n")
    assert said.out == "n\n2\n"


def test_stdin_that_is_not_utf8_is_refused(filled):
    assert "byte 9" in refused(filled("sql", "-", stdin=b"SELECT '\xff'"))


def test_a_question_can_follow_the_ids_of_another(filled):
    ids = filled.ok("sql", "SELECT id FROM opportunity WHERE amount > 500000", "-o", "ids").out
    filled.ok("edit", "-", "--tag", "big", stdin=ids)
    assert [deal["id"] for deal in filled.json("list", "tag:big")] == [1]


def test_a_limit_says_that_there_is_more(filled):
    many = f"{ENDLESS} SELECT x FROM c LIMIT 60"
    drawn = filled.ok("sql", many, "-o", "table")
    assert len(drawn.out.strip().splitlines()) < 60
    assert "the first 50 rows shown; --limit 0 for all" in drawn.out + drawn.err
    assert filled.ok("sql", many).out.count("\n") == 61
    assert filled.ok("sql", many, "--limit", "60").err == ""
    cut = filled.ok("sql", many, "--limit", "3")
    assert (cut.out, "the first 3 rows" in cut.err) == ("x\n1\n2\n3\n", True)


def test_no_rows_are_an_answer(filled):
    assert filled.ok("sql", "SELECT id FROM opportunity WHERE 0").out == "id\n"


@pytest.mark.parametrize(
    "question",
    [
        "PRAGMA table_info(rep)",
        "SELECT name FROM pragma_table_info('rep')",
        "SELECT r.name FROM sqlite_master AS m, pragma_table_info(m.name) AS r",
        "SELECT value FROM json_each('[1]')",
        "EXPLAIN QUERY PLAN SELECT * FROM opportunity",
        "VALUES (1), (2)",
        "/* first */ with x AS (SELECT 1) SELECT * FROM x",
        "SELECT 1; -- and a remark",
    ],
)
def test_whatever_only_reads_is_answered(filled, question):
    assert filled.ok("sql", question).out.count("\n") > 1


# ── what is refused ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM opportunity",
        "WITH x AS (SELECT 1) DELETE FROM opportunity",
        "WITH x AS (SELECT 1) UPDATE opportunity SET title = 'x'",
        "WITH x AS (SELECT 1) INSERT INTO rep (handle) SELECT 1",
        "DROP TABLE opportunity",
        "CREATE TABLE x (a)",
        "CREATE TEMP TABLE x AS SELECT 1",
        "CREATE TEMP VIEW x AS SELECT 1",
        "ATTACH 'other.db' AS other",
        "DETACH main",
        "VACUUM",
        "VACUUM INTO 'other.db'",
        "BEGIN",
        "BEGIN IMMEDIATE",
        "COMMIT",
        "SAVEPOINT x",
        "REINDEX",
        "ANALYZE",
        "PRAGMA journal_mode = WAL",
        "PRAGMA journal_mode",
        "PRAGMA user_version = 9",
        "PRAGMA writable_schema = ON",
        "PRAGMA query_only = OFF",
        "PRAGMA wal_checkpoint",
        "EXPLAIN PRAGMA optimize",
        "SELECT * FROM pragma_journal_mode",
        "SELECT load_extension('x.so')",
        "SELECT LOAD_EXTENSION('x.so', 'f')",
        "SELECT fts3_tokenizer('simple')",
        "SELECT * FROM sqlite_dbpage",
        "SELECT 1; DELETE FROM opportunity",
        "SELECT 1; SELECT 2",
    ],
)
def test_nothing_but_reading_is_done(filled, statement):
    before = fingerprint(filled.path)
    refused(filled("sql", statement))
    assert fingerprint(filled.path) == before


def test_what_was_refused_is_named(filled):
    err = refused(filled("sql", "WITH x AS (SELECT 1) DELETE FROM opportunity"))
    assert "only reading is allowed, not DELETE opportunity" in err
    assert "load_extension" in refused(filled("sql", "SELECT load_extension('x')"))


def test_the_connection_itself_cannot_write(filled):
    """Without fence and first word: the file is open for reading only."""
    from dealflow.store import connection

    conn = connection.connect(str(filled.path))
    reader = connection.connect_reading(conn)
    for query_only in ("ON", "OFF"):
        reader.execute(f"PRAGMA query_only={query_only}")
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.execute("UPDATE opportunity SET title = 'x'")


@pytest.mark.parametrize(
    ("question", "told", "hint"),
    [
        ("SELECT * FRM opportunity", 'near "FRM": syntax error, at character 10', ""),
        ("SELECT", "incomplete input", ""),
        ("SELECT * FROM oportunity", "no such table: oportunity", "did you mean opportunity?"),
        ("SELECT * FROM deals", "no such table: deals", "tables: account, activity,"),
        ("SELECT o.titel FROM opportunity o", "no such column: o.titel", "did you mean title?"),
        ("SELECT nosuch(1)", "no such function: nosuch", ""),
        ("SELECT ? + :x", "places for values", ""),
        ("", "there is no question in it", ""),
        (" -- nothing\n /* here */ ", "there is no question in it", ""),
        ("SELECT '\ud800'", "not UTF-8", ""),
        ("SELECT json('x')", "malformed JSON", ""),
        ("SELECT abs(-9223372036854775808)", "integer overflow", ""),
        ("SELECT zeroblob(1000001)", "too big", ""),
        ("SELECT 1" + " + 1" * 2000, "too large", ""),
        ("SELECT 1 -- " + "x" * 100_000, "longer than 100,000 characters", ""),
    ],
)
def test_a_mistake_is_told_as_sqlite_tells_it(filled, question, told, hint):
    err = refused(filled("sql", question))
    assert told in err
    assert hint in err


def test_a_refusal_is_json_where_json_was_asked_for(filled):
    said = filled("sql", "SELECT nope FROM opportunity", "--json")
    assert json.loads(said.err)["error"] == "bad_query"
    assert said.out == ""


def test_sql_knows_no_earlier_day(filled):
    refused(filled("sql", "SELECT 1", "--as-of", "2026-06-01"))


def test_a_question_that_takes_too_long_is_given_up(filled):
    said = filled("sql", f"{ENDLESS} SELECT count(*) FROM c", "--timeout", "1")
    assert "took longer than 1 s" in refused(said, 5)


def test_one_function_cannot_run_for_ever(filled):
    """Between two steps nobody looks at the clock: what a step can be given is limited instead."""
    slow = "instr(hex(zeroblob(249990)), hex(zeroblob(125000)) || '1')"
    many = f"{ENDLESS} SELECT {slow} + {slow} + x FROM c"
    assert "took longer than 1 s" in refused(filled("sql", many, "--timeout", "1"), 5)
    refused(filled("sql", f"SELECT {slow.replace('249990', '2499900')}"))


def test_an_answer_that_is_too_large_is_given_up(filled):
    said = filled("sql", f"{ENDLESS} SELECT zeroblob(999999) FROM c")
    assert "larger than 256 MB" in refused(said, 5)
    assert filled("sql", f"{ENDLESS} SELECT zeroblob(1) FROM c", "--limit", "2").code == 0


_INTERRUPTED_AT_WORK = """
import os, signal, sys
signal.signal(signal.SIGVTALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
signal.setitimer(signal.ITIMER_VIRTUAL, 1.0)  # of computing: the question runs by then
sys.argv[1:] = ["sql", sys.argv[1], "--timeout", "0"]
from dealflow.__main__ import main
main()
"""


def test_ctrl_c_ends_a_long_question(filled):
    command = [sys.executable, "-c", _INTERRUPTED_AT_WORK, f"{ENDLESS} SELECT count(*) FROM c"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "interrupted; nothing was changed\n"


def test_a_planted_view_is_read_without_its_powers(filled):
    """A view in a file from somebody else cannot call what reaches out of the file."""
    with sqlite3.connect(filled.path) as conn:
        conn.execute("CREATE VIEW bait AS SELECT load_extension('x.so')")
    refused(filled("sql", "SELECT * FROM bait"))
