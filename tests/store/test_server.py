"""A database on a server: who may write when, what is shown of it, and the way there and back."""

import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dealflow.errors import Busy, Conflict, Damaged, Unusable
from dealflow.model import Opportunity
from dealflow.store import copying, schema, views
from dealflow.store.book import Author, Book
from dealflow.store.conn import is_server
from dealflow.store.connection import SCHEMA_VERSION as NEWEST
from dealflow.store.connection import connect as connect_file
from dealflow.store.server import connection
from dealflow.store.server import schema as server_schema
from dealflow.store.server.dialect import translated
from dealflow.text import masked

AUTHOR = Author("li", "test", "test", 1_782_871_200)


pytestmark = pytest.mark.server


@pytest.fixture
def conn(dealflow):
    made = connection.connect(dealflow.url)
    yield made
    made.rollback()
    made.close()


# ── the dialect ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("a = ? AND b = :name", "a = %s AND b = %(name)s"),
        ("a LIKE '50%' AND b = ':x?'", "a LIKE '50%%' AND b = ':x?'"),
        ("a % 2", "a %% 2"),
        ("a::TEXT", "a::TEXT"),
        ("a IS NOT NULL AND b IS NULL", "a IS NOT NULL AND b IS NULL"),
        ("a IS NOT b", "a IS DISTINCT FROM b"),
        ("a IS ?", "a IS NOT DISTINCT FROM %s"),
        ("'it''s :x' || :x", "'it''s :x' || %(x)s"),
        ("FROM v CROSS JOIN deal d ON d.id = v.id", "FROM v JOIN deal d ON d.id = v.id"),
        ("FROM v CROSS JOIN json_each(v.passed) p WHERE", "FROM v CROSS JOIN json_each(v.passed) p WHERE"),
    ],
)  # fmt: skip
def test_statements_are_put_in_the_servers_words(ours, theirs):
    assert translated(ours) == theirs


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    zone=st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})),
    day=st.dates(date(1990, 1, 1), date(2024, 12, 30)),
)
def test_a_day_is_over_on_the_server_when_it_is_over_here(conn, zone, day):
    """For days of which both sides' time zone data know the same rules: newer rules may differ."""
    known = "SELECT count(*) FROM pg_timezone_names WHERE name = ?"
    assume(conn.execute(known, (zone,)).fetchone() == (1,))
    conn.teach_days(zone, lambda *_: None)
    (found,) = conn.execute("SELECT overdue_from(?, NULL)", (day.isoformat(),)).fetchone()
    tomorrow = day + timedelta(days=1)
    assert found == int(datetime.combine(tomorrow, time(), ZoneInfo(zone)).timestamp())


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("max(1, 2)", 2),
        ("max(NULL, 2)", None),
        ("instr('abc', 'c')", 3),
        ("iif(NULL, 1, 2)", 2),
        ("(SELECT sum(x > 1) FROM (VALUES (1), (2), (3)) AS v (x))", 2),
        ("(SELECT sum(x > 1) FROM (VALUES (1)) AS v (x) WHERE x > 5)", None),
        ('json_extract(\'{"a b": "c"}\', \'$."a b"\')', "c"),
        ("json_extract('{\"a\": null}', '$.a')", None),
        ("json_array_length('[1, 2]')", 2),
        ("(SELECT count(*) FROM json_each('[\"x\", null]'))", 2),
        ("(SELECT value FROM json_each('{\"x\": 7}'))", "7"),
        ("json_type('[]')", "array"),
        ("json_valid('[')", 0),
    ],
)
def test_what_sqlite_has_built_in_the_schema_has(conn, sql, value):
    assert conn.execute(f"SELECT {sql}").fetchone()[0] == value


def test_sums_of_whole_numbers_are_whole(conn):
    sql = "SELECT sum(x), avg(x), 0.1 + 0.2 FROM (VALUES (CAST(2 AS BIGINT)), (3)) AS v (x)"
    assert [type(cell) for cell in conn.execute(sql).fetchone()] == [int, float, float]


# ── one line of changes ──────────────────────────────────────────────────────────────────────


def test_who_writes_waits_for_who_is_writing_and_gives_up_in_time(dealflow, conn):
    conn.begin()
    other = connection.connect(dealflow.url)
    other.patience = 0.5
    waits = []
    other.on_wait = waits.append
    with pytest.raises(Busy):
        other.begin()
    conn.rollback()
    other.begin()
    other.rollback()
    other.close()


def test_who_reads_waits_for_nobody_and_sees_one_state(dealflow, conn):
    dealflow.ok("add", "Acme")
    conn.begin_reading()
    before = conn.execute("SELECT count(*) FROM opportunity").fetchone()
    dealflow.ok("add", "Later")
    assert conn.execute("SELECT count(*) FROM opportunity").fetchone() == before == (1,)


def test_a_reading_transaction_cannot_write(conn):
    conn.begin_reading()
    with pytest.raises(conn.failure) as refused:
        conn.execute("DELETE FROM opportunity")
    assert isinstance(conn.explain(refused.value), Unusable)


def test_a_row_that_was_changed_meanwhile_is_a_conflict(dealflow, conn):
    dealflow.ok("add", "Acme", "-v", "1k")
    book = Book(conn, AUTHOR)
    known = book.load(Opportunity, 1)
    dealflow.ok("edit", "1", "-v", "2k")
    conn.begin()
    with pytest.raises(Conflict):
        book.change(known, amount=5)


def test_many_who_write_at_once_lose_nothing_and_number_without_gaps(dealflow):
    """Six processes with five changes each; the journal's numbers are those of its order."""
    words = [sys.executable, "-m", "dealflow", "--db", dealflow.url, "--as", "li", "add"]
    script = f"for i in 1 2 3 4 5; do {shlex.join(words)} $0-$i || exit 1; done"
    env = {name: value for name, value in os.environ.items() if name != "DEALFLOW_NOW"}
    crowd = [
        subprocess.Popen(["sh", "-c", script, str(n)], env=env, stdout=subprocess.DEVNULL)
        for n in range(6)
    ]
    assert [process.wait() for process in crowd] == [0] * 6
    assert dealflow.rows("SELECT count(DISTINCT title), max(id) FROM opportunity") == [(30, 30)]
    numbers = [number for (number,) in dealflow.rows("SELECT id FROM command ORDER BY id")]
    assert numbers == list(range(1, 32))


def test_a_dry_run_uses_no_number_up(dealflow):
    dealflow.ok("add", "Acme", "--dry-run")
    dealflow.ok("add", "Acme")
    assert dealflow.json("list")[0]["id"] == 1


def test_a_connection_that_is_lost_says_whether_something_was_changed(dealflow, conn):
    conn.begin()
    conn.execute("UPDATE opportunity SET amount = 1")
    pid = conn.raw.info.backend_pid
    dealflow.rows(f"SELECT pg_terminate_backend({pid}, 5000)")
    with pytest.raises(conn.failure) as lost:
        conn.execute("SELECT 1")
    assert "nothing was changed" in str(conn.explain(lost.value))


def test_a_connection_that_is_lost_while_saving_leaves_it_open(dealflow, conn):
    conn.begin()
    pid = conn.raw.info.backend_pid
    gone = threading.Event()

    def cut() -> None:
        dealflow.rows(f"SELECT pg_terminate_backend({pid}, 5000)")
        gone.set()

    conn.on_commit = cut
    with pytest.raises(Unusable, match="may be saved, or not"):
        conn.commit()
    assert gone.is_set()


# ── what is there, and what is not ───────────────────────────────────────────────────────────


def test_a_server_without_our_schema_says_how_to_make_it(cli_without_database):
    said = cli_without_database("list")
    assert (said.code, said.out) == (7, "")
    assert "hint: dealflow init" in said.err


def test_a_newer_schema_is_refused_by_name(dealflow):
    dealflow.rows("UPDATE alembic_version SET version_num = '0099'")
    said = dealflow("list")
    assert (said.code, said.out) == (9, "")
    assert "99" in said.err
    assert dealflow("db", "migrate").code == 9


def test_a_rehearsed_init_makes_nothing(cli_without_database):
    said = cli_without_database.ok("init", "--dry-run")
    assert "would create" in said.err
    assert cli_without_database.rows("SELECT to_regnamespace('dealflow')") == [(None,)]


def test_a_schema_of_that_name_is_never_taken_over(cli_without_database):
    cli_without_database.rows("CREATE SCHEMA dealflow")
    said = cli_without_database("init")
    assert (said.code, said.out) == (4, "")
    assert cli_without_database.rows(
        "SELECT count(*) FROM pg_tables WHERE schemaname = 'dealflow'"
    ) == [(0,)]


def test_a_server_that_is_not_there_is_named_without_its_password(cli_without_database):
    url = "postgresql://li:s3cret@127.0.0.1:1/sales?connect_timeout=1"
    said = cli_without_database("--db", url, "list")
    assert (said.code, said.out) == (7, "")
    assert "li:***@127.0.0.1:1/sales" in said.err
    assert "s3cret" not in said.err


def test_another_kind_of_server_is_refused_by_name(cli_without_database):
    said = cli_without_database("--db", "mysql://localhost/x", "list")
    assert (said.code, said.out) == (2, "")
    assert "postgresql://" in said.err


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://li:pw@host/db", "postgresql://li:***@host/db"),
        ("postgresql://li@host/db", "postgresql://li@host/db"),
        ("postgresql://host/db?user=li&password=pw&x=1", "postgresql://host/db?user=li&password=***&x=1"),
        ("postgresql://host/db?sslpassword=pw", "postgresql://host/db?sslpassword=***"),
        ("postgresql://li:p%40w@[::1]:5432/db", "postgresql://li:***@[::1]:5432/db"),
        ("call at 10:30 a@b", "call at 10:30 a@b"),
    ],
)  # fmt: skip
def test_passwords_are_made_unreadable(text, shown):
    assert masked(text) == shown


def test_a_password_that_was_typed_is_written_nowhere(dealflow, server):
    """Trust is the test server's rule: any password will do."""
    url = server.signed_in(dealflow.url, "owner:s3cret")
    for words in (
        ("add", "Acme"),
        ("db", "info"),
        ("db", "check"),
        ("history",),
        ("list", "stage:nope"),
    ):
        said = dealflow("--db", url, *words, "-o", "json")
        assert "s3cret" not in said.out + said.err
    assert dealflow.rows("SELECT count(*) FROM command WHERE typed LIKE '%***%'") == [(1,)]
    assert dealflow.rows("SELECT count(*) FROM command WHERE typed LIKE '%s3cret%'") == [(0,)]
    state = Path(os.environ["XDG_STATE_HOME"])
    assert all("s3cret" not in f.read_text() for f in state.rglob("*") if f.is_file())


# ── there and back ───────────────────────────────────────────────────────────────────────────


def whole(conn):
    """Every row of every table, ids and journal included."""
    return {
        table: conn.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()
        for table in copying.TABLES
    }


@pytest.fixture
def used(dealflow):
    """A database in which things were changed, undone and removed."""
    dealflow.ok("add", "Acme 水泵", "-a", "Acme", "-v", "12.5k", "--next", "+3d", "--tag", "vip")
    dealflow.ok("log", "1", "call", "price?\nyes", "--key", "k1")
    dealflow.ok("add", "Gone")
    dealflow.ok("undo")
    dealflow.ok("edit", "1", "-v", "13k", "--probability", "35%")
    dealflow.ok("lose", "1", "--reason", "price")
    return dealflow


def test_a_server_copied_to_a_file_and_back_is_the_same(used, tmp_path, server):
    there = str(tmp_path / "copy.db")
    used.ok("db", "copy", "--to", there)
    back = server.named()
    server.make(back)
    used.ok("--db", there, "db", "copy", "--to", server.url.format(back))
    first, second = connection.connect(used.url), connect_file(there)
    third = connection.connect(server.url.format(back))
    assert whole(first) == whole(second) == whole(third)
    for opened in (first, second, third):
        opened.close()
    assert used.json("history") == used.json("--db", there, "history")
    for place in (there, server.url.format(back)):
        used.ok("--db", place, "db", "check")
        used.ok("--db", place, "add", "Next")
        assert used.json("--db", place, "list", "next")[0]["id"] == 3
    server.drop(back)


def test_a_copy_goes_nowhere_where_something_is(used, tmp_path):
    there = tmp_path / "copy.db"
    there.write_bytes(b"mine")
    assert used("db", "copy", "--to", str(there)).code == 4
    assert there.read_bytes() == b"mine"
    assert used("db", "copy", "--to", used.url).code == 4


def test_a_copy_that_differs_from_its_source_is_noticed(used, tmp_path):
    there = str(tmp_path / "copy.db")
    used.ok("db", "copy", "--to", there)
    source, target = connection.connect(used.url), connect_file(there)
    copying.compare(source, target)
    used.rows("UPDATE activity SET note = 'price?' WHERE id = 1")
    with pytest.raises(Damaged, match="activity"):
        copying.compare(source, target)
    used.rows("DELETE FROM activity")
    with pytest.raises(Damaged, match="activity has more"):
        copying.compare(source, target)
    source.close()
    target.close()


def test_a_backup_of_a_server_is_a_file_and_can_be_put_back(used, tmp_path):
    before = used.state()
    kept = str(tmp_path / "kept.db")
    used.ok("db", "backup", kept)
    used.ok("add", "Later")
    said = used.ok("db", "restore", kept, "--yes")
    assert "1 later command included" in said.err
    assert used.state() == before
    used.ok("db", "check")


def test_a_server_is_kept_as_it_was_found_among_its_backups(used, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    used.rows("UPDATE opportunity SET last_contact_at = 1 WHERE id = 1")
    said = used.ok("db", "check", "--repair", "--yes")
    kept = re.search(r"as it was found is kept as (\S+)", said.err)[1]
    assert os.path.dirname(kept) == str(tmp_path / "data" / "dealflow" / "backups")
    with closing(sqlite3.connect(kept)) as con:
        sql = "SELECT last_contact_at FROM opportunity WHERE id = 1"
        assert con.execute(sql).fetchall() == [(1,)]
    assert [entry.name for entry in tmp_path.iterdir() if "postgres" in entry.name] == []


def test_migrating_a_server_that_is_new_enough_says_so(used):
    assert "already" in used.ok("db", "migrate").err


def test_a_migration_runs_on_the_server_in_one_transaction(used, tmp_path, monkeypatch):
    """A version that is still to come: a column more, and the next number."""
    last, coming = f"{NEWEST:04d}", f"{NEWEST + 1:04d}"
    folder = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, folder)
    (folder / "versions" / f"{coming}_later.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision, down_revision = '{coming}', '{last}'\n"
        "def upgrade():\n    op.add_column('rep', sa.Column('phone', sa.Text()))\n"
    )
    monkeypatch.setattr(schema, "MIGRATIONS", folder)
    monkeypatch.setattr("dealflow.store.server.schema.SCHEMA_VERSION", NEWEST + 1)
    assert server_schema.migrate(used.url, lambda: None) == (NEWEST, NEWEST + 1)
    assert used.rows("SELECT version_num FROM alembic_version") == [(coming,)]
    assert used.rows("SELECT count(phone) FROM rep") == [(0,)]


#: how the fourth version differs from this one
FOURTH = """
    DROP TABLE participant, field, holiday, reminder, target, forecast, forecast_deal;
    DELETE FROM counter WHERE name IN ('participant', 'field', 'holiday', 'reminder',
        'target', 'forecast', 'forecast_deal');
    DROP INDEX ix_activity_opportunity_id_at_kind;
    CREATE INDEX ix_activity_opportunity_id_at ON activity (opportunity_id, at);
    DROP INDEX ix_visit_close;
    CREATE INDEX ix_visit_close ON visit (left_at);
    DROP INDEX ix_opportunity_open;
    CREATE INDEX ix_opportunity_stage_id ON opportunity (stage_id) WHERE status = 'open';
    ALTER TABLE rep DROP external_id;
    ALTER TABLE account DROP external_id;
    ALTER TABLE contact DROP external_id;
    ALTER TABLE product DROP external_id;
    ALTER TABLE follow_up DROP external_id;
    ALTER TABLE account DROP domain, DROP fields, DROP locked, DROP released_at,
        DROP last_owner_id;
    ALTER TABLE activity DROP account_id, DROP external_id,
        ALTER COLUMN opportunity_id SET NOT NULL;
    ALTER TABLE contact DROP fields;
    ALTER TABLE stage_definition DROP plan;
    ALTER TABLE follow_up DROP channel;
    UPDATE alembic_version SET version_num = '0004'
"""
DECLARED = (
    """SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name
    FROM information_schema.columns WHERE table_schema = 'dealflow' ORDER BY 1, 2""",
    """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'dealflow'::regnamespace AND contype <> 'n' ORDER BY 1, 2""",
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'dealflow' ORDER BY 1",
    "SELECT name FROM counter ORDER BY 1",
)


def test_a_server_of_the_fourth_version_becomes_like_one_just_made(used):
    made, before = [used.rows(sql) for sql in DECLARED], used.content()
    for statement in (*views.dropped(), *FOURTH.split(";")):
        used.rows(statement)
    assert used("list").code == 9
    assert [used.rows(sql) for sql in DECLARED] != made
    assert used.ok("db", "migrate").code == 0
    assert [used.rows(sql) for sql in DECLARED] == made
    assert used.content() == before
    used.ok("db", "check")


def test_what_is_a_server_goes_by_its_scheme():
    assert is_server("postgresql://x/y")
    assert not is_server("postgresql.db")


# ── SQL by hand ──────────────────────────────────────────────────────────────────────────────


def test_sql_by_hand_is_answered(used):
    rows = used.ok("sql", "SELECT id, title, uid FROM opportunity ORDER BY id", "--json").data
    assert [(row["id"], row["title"], len(row["uid"])) for row in rows] == [(1, "Acme 水泵", 32)]
    assert used.ok("sql", "SELECT 1 AS x WHERE FALSE", "--json").data == []
    assert used.ok("sql", "SELECT generate_series(1, 9) AS n", "--limit", "2", "-o", "csv").out == (
        '"n"\n"1"\n"2"\n'
    )


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM opportunity",
        "WITH gone AS (DELETE FROM opportunity RETURNING id) SELECT * FROM gone",
        "SELECT next_id('opportunity')",
        "SELECT set_config('transaction_read_only', 'off', TRUE), next_id('opportunity')",
        "SELECT 1; DELETE FROM opportunity",
        "SELECT nosuch FROM opportunity",
        "EXPLAIN ANALYZE DELETE FROM opportunity",
    ],
)
def test_sql_by_hand_only_reads(used, sql):
    before = used.state()
    said = used("sql", sql)
    assert (said.code, said.out) == (2, "")
    assert used.state() == before


def test_a_pragma_is_answered_with_what_a_server_has_instead(used):
    said = used("sql", "pragma table_info(opportunity)")
    assert (said.code, said.out) == (2, "")
    hint = said.err.splitlines()[1].removeprefix("hint: dealflow sql ")
    rows = used.json("sql", *shlex.split(hint))
    assert "title" in {row["column_name"] for row in rows}


def test_sql_by_hand_ends_in_time(used):
    said = used("sql", "SELECT pg_sleep(30)", "--timeout", "1")
    assert (said.code, said.out) == (5, "")
    assert "longer than 1 s" in said.err


@pytest.mark.parametrize(
    "made",
    [
        "CREATE ROLE mighty LOGIN SUPERUSER",
        "CREATE ROLE mighty LOGIN IN ROLE pg_read_server_files",
        "CREATE ROLE mighty LOGIN NOINHERIT IN ROLE pg_execute_server_program",
        "CREATE ROLE mighty LOGIN IN ROLE pg_signal_backend",
        "CREATE ROLE mighty LOGIN IN ROLE postgres",
    ],
)
def test_sql_by_hand_is_not_for_who_can_reach_beyond_the_database(used, server, made):
    server.run(made)
    try:
        server.run("GRANT owner TO mighty WITH INHERIT TRUE")
        url = server.signed_in(used.url, "mighty")
        said = used("--db", url, "sql", "SELECT 1")
        assert (said.code, said.out) == (5, "")
        assert "mighty can do more on the server than read this database" in said.err
        assert used.json("--db", url, "list", "status:any")
    finally:
        server.run("DROP ROLE mighty")


@pytest.mark.parametrize(
    "sql", ["SELECT pg_read_file('/etc/passwd')", "SELECT pg_ls_dir('.')", "SELECT lo_import('/x')"]
)
def test_sql_by_hand_reads_no_file_of_the_server(used, sql):
    said = used("sql", sql)
    assert (said.code, said.out) == (5, "")
    assert "permission denied" in said.err


# ── roles ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def roles(used, server):
    """Logins of all three roles: li has deal 1, wang deal 2; the addresses by name."""
    used.ok("reps", "add", "wang")
    used.ok("add", "Wang's", "--owner", "wang", "-v", "2k", "--next", "+1d")
    used.ok("reopen", "1", "lead")
    script = used.ok("db", "roles").out
    used.rows(script)
    used.rows(script)  # again changes nothing
    for login, role in (("wang", "rep"), ("chen", "reader"), ("boss", "manager")):
        used.rows(
            f"DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{login}')"
            f" THEN CREATE ROLE {login} LOGIN; END IF; END $$"
        )
        used.rows(f"GRANT dealflow_{role} TO {login}")
    used.ok("reps", "add", "boss")
    used.ok("reps", "add", "chen")
    yield {name: server.signed_in(used.url, name) for name in ("wang", "chen", "boss")}
    for name in ("wang", "chen", "boss", "dealflow_rep", "dealflow_reader", "dealflow_manager"):
        server.run(f"DROP OWNED BY {name}", used.name)
        server.run(f"DROP ROLE {name}", used.name)


def test_a_rep_changes_what_is_theirs_and_nothing_else(used, roles):
    as_wang = ("--db", roles["wang"], "--as", "wang")
    used.ok(*as_wang, "edit", "3", "-v", "3k")
    used.ok(*as_wang, "log", "3", "call", "hello")
    used.ok(*as_wang, "add", "Mine", "-a", "Gamma", "--next", "+2d")
    used.ok(*as_wang, "done", "2")
    assert len(used.json(*as_wang, "list")) == 3
    before = used.content()
    for words in (
        ("edit", "1", "-v", "1"),
        ("log", "1", "call", "x"),
        ("lose", "1", "-r", "price"),
    ):
        said = used(*as_wang, *words)
        assert (said.code, said.out) == (5, ""), said.err
        assert "role on the server" in said.err
    said = used(*as_wang, "settings", "set", "cadence.A", "1d")
    assert (said.code, said.out) == (5, "")
    assert used.content() == before
    used.ok(*as_wang, "undo")
    used.ok("db", "check")


def test_a_rep_claims_and_gives_back_as_anybody_does(used, roles):
    as_wang = ("--db", roles["wang"], "--as", "wang")
    used.ok("accounts", "add", "Nobody's")
    used.ok(*as_wang, "pool", "claim", "Nobody's")
    used.ok(*as_wang, "pool", "release", "Nobody's", "--why", "too far away")
    assert [row["why"] for row in used.json("pool", "list", "nobody")] == ["too far away"]
    used.ok("settings", "set", "pool.-", "1d")
    used.ok("accounts", "edit", "Nobody's", "--owner", "li")
    used.at("2026-08-03T10:00:00+08:00")
    used.ok(*as_wang, "pool", "recycle", "--yes")
    said = used("--db", roles["chen"], "--as", "chen", "pool", "claim", "Nobody's")
    assert (said.code, said.out) == (5, "")
    used.ok("db", "check")


def test_who_takes_part_in_a_deal_can_work_on_it(used, roles):
    as_wang = ("--db", roles["wang"], "--as", "wang")
    assert used(*as_wang, "log", "1", "call", "x").code == 5
    assert used(*as_wang, "join", "1", "wang").code == 5
    used.ok("join", "1", "wang", "--role", "support")
    used.ok("plan", "1", "+1d", "demo", "--for", "wang")
    used.ok(*as_wang, "log", "1", "call", "x")
    used.ok(*as_wang, "done", "3")
    used.ok("leave", "1", "wang")
    assert used(*as_wang, "log", "1", "call", "x").code == 5
    used.ok("db", "check")


def test_what_belongs_to_no_deal_is_anybodys_to_write_down(used, roles):
    as_wang = ("--db", roles["wang"], "--as", "wang")
    used.ok(*as_wang, "accounts", "log", "Acme", "call", "about nothing in particular")
    used.ok("accounts", "log", "Acme", "visit", "by somebody else")
    assert [row["kind"] for row in used.json("accounts", "show", "Acme")["activities"]] == [
        "visit",
        "call",
    ]
    as_chen = ("--db", roles["chen"], "--as", "chen")
    assert used(*as_chen, "accounts", "log", "Acme", "call").code == 5
    assert used.rows("SELECT dealflow.is_mine(NULL)") == [(True,)]
    assert used.rows("SELECT dealflow.is_mine(1)") == [(False,)]  # who asks here is no rep
    used.ok("db", "check")


def test_a_reader_reads_and_a_manager_changes_everything(used, roles):
    as_chen = ("--db", roles["chen"], "--as", "chen")
    assert used.json(*as_chen, "list")
    used.ok(*as_chen, "leakage", "--as-of", "2026-06-30")
    said = used(*as_chen, "add", "x")
    assert (said.code, said.out) == (5, "")
    as_boss = ("--db", roles["boss"], "--as", "boss")
    used.ok(*as_boss, "edit", "1", "-v", "1k")
    used.ok(*as_boss, "settings", "set", "cadence.A", "9d")
    used.ok(*as_boss, "undo")
    used.ok("db", "check")


def test_a_login_is_its_rep_unless_something_else_is_said(used, roles, monkeypatch):
    as_wang = ("--db", roles["wang"])
    monkeypatch.delenv("DEALFLOW_REP")
    used.ok(*as_wang, "log", "3", "call", "hello")
    assert used.json("--as", "li", "history")[0]["actor"] == "wang"
    monkeypatch.setenv("DEALFLOW_REP", "li")
    for words in ((), ("--as", "boss")):
        said = used(*as_wang, *words, "log", "3", "call", "hello")
        assert (said.code, said.out) == (5, "")
        assert "a rep's login on the server signs with its own name" in said.err
        assert "hint: leave --as out" in said.err
    used.ok("--db", roles["boss"], "--as", "wang", "log", "3", "call", "hello")
    used.ok("db", "check")


def test_what_a_rep_may_not_is_said_of_deals_and_not_of_tables(used, roles):
    as_wang = ("--db", roles["wang"], "--as", "wang")
    said = used(*as_wang, "settings", "set", "cadence.A", "1d")
    assert "does not let you change settings\n" in said.err
    said = used(*as_wang, "log", "1", "call", "x")
    assert "only deals that are yours or that you take part in\n" in said.err
    used.ok(*as_wang, "edit", "3", "--owner", "li")
    said = used(*as_wang, "undo")
    assert (said.code, said.out) == (5, "")
    assert "ask its owner or a manager" in said.err


def test_the_journal_cannot_be_rewritten(used, roles):
    import psycopg

    with psycopg.connect(roles["boss"], autocommit=True) as conn:
        for sql in (
            "DELETE FROM dealflow.command",
            "DELETE FROM dealflow.change",
            "UPDATE dealflow.command SET actor = 'li'",
            "UPDATE dealflow.change SET after = '{}'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(sql.encode())
