"""The sample database: it obeys the rules, it is the same every time, and what was put there is found."""

from __future__ import annotations

import json
import shlex
import sqlite3
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from dealflow import cli, demo, pipelines
from dealflow.analytics import comparison, leakage
from dealflow.commands.table import entry_of, named
from dealflow.demo import customs, present
from dealflow.demo import lives as stories
from dealflow.money import Money
from dealflow.requirements import Evidence, gap
from dealflow.store import derived
from dealflow.store.connection import FileConn

NOW = int(datetime.fromisoformat("2026-07-01T10:00:00+08:00").timestamp())
SATURDAY_NIGHT = int(datetime.fromisoformat("2026-02-28T23:30:00+08:00").timestamp())
BEFORE_WORK = int(datetime.fromisoformat("2028-03-01T06:00:00+08:00").timestamp())
EIGHT_HOURS = timedelta(hours=8)  # Shanghai, all year round


def make(path: Path, *, seed: int = 3, deals: int = 240, now: int = NOW, name: str = "Ada") -> str:
    return demo.create(str(path), demo.Wanted(seed=seed, deals=deals, now=now, name=name))


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """The sample as `dealflow demo` makes it."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    before = time.process_time()
    make(path)
    assert time.process_time() - before < 5, "it is to be there before one looks away"
    return path


@pytest.fixture
def db(whole):
    conn = sqlite3.connect(whole, factory=FileConn)
    yield conn
    conn.close()


#: these tell files apart: two hold the same story under other uids
APART = ("uid", "checksum", "chain")


def content(path: Path, *, without: tuple[str, ...] = APART) -> dict[str, list[tuple]]:
    """Every row of every table, but for the columns that tell files apart."""
    conn = sqlite3.connect(path)
    found = {}
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    for (table,) in conn.execute(tables).fetchall():
        columns = [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]
        kept = [column for column in columns if column not in without]
        found[table] = conn.execute(f"SELECT {', '.join(kept)} FROM {table} ORDER BY 1").fetchall()
    conn.close()
    found["setting"] = [row for row in found["setting"] if "database_id" not in row]
    return found


# ── the same every time ───────────────────────────────────────────────────────────────────────


def test_the_same_seed_makes_the_same_rows(tmp_path):
    make(tmp_path / "a.db", deals=60)
    make(tmp_path / "b.db", deals=60)
    one, other = content(tmp_path / "a.db"), content(tmp_path / "b.db")
    assert {table for table in one if one[table] != other[table]} == set()
    assert len(one["opportunity"]) == 60


def test_another_seed_makes_another_year(tmp_path):
    make(tmp_path / "a.db", deals=60)
    make(tmp_path / "b.db", deals=60, seed=2)
    one, other = content(tmp_path / "a.db"), content(tmp_path / "b.db")
    assert [row for row in one["visit"] if row in other["visit"]] == []


def test_who_looks_at_it_changes_nothing_but_a_name(tmp_path):
    make(tmp_path / "a.db", deals=60, name="Ada")
    make(tmp_path / "b.db", deals=60, name="明 明")
    one, other = content(tmp_path / "a.db"), content(tmp_path / "b.db")
    same = set(one) - {"rep", "command", "change"}
    assert {table for table in same if one[table] != other[table]} == set()


@pytest.mark.parametrize(
    ("name", "you"),
    [
        ("Ada Long", "ada.long"),
        ("", "liu.yang"),
        ("tom.baker", "tom.baker"),
        ("李雷", "li.lei"),
    ],
)
def test_whoever_looks_at_it_is_somebody_in_it(name, you):
    world = demo.world(demo.Wanted(seed=1, deals=20, now=NOW, name=name))
    assert world.you == you
    assert world.you in world.team


# ── it obeys the rules ────────────────────────────────────────────────────────────────────────


def test_the_visits_of_a_deal_follow_each_other_and_one_is_open_where_the_deal_is(db):
    deals = db.execute("SELECT id, status, stage_id, stage_since, created_at FROM opportunity")
    for deal, status, stage, since, created in deals.fetchall():
        visits = db.execute(
            "SELECT seq, stage_id, entered_at, left_at, ending, to_stage_id FROM visit"
            " WHERE opportunity_id = ? ORDER BY seq",
            (deal,),
        ).fetchall()
        assert [visit[0] for visit in visits] == list(range(1, len(visits) + 1))
        assert visits[0][2] == created
        for here, there in pairwise(visits):
            reopened = here[4] in ("lost", "won", "void")
            assert here[3] <= there[2] if reopened else (here[3], here[5]) == (there[2], there[1])
        assert [visit[4] is None for visit in visits] == [False] * (len(visits) - 1) + [
            status == "open"
        ]
        assert visits[-1][4] in {None, status}
        if status == "open":
            assert visits[-1][1:3] == (stage, since)


EVENTS = {
    "opportunity": ("created_at", "stage_since", "closed_at"),
    "visit": ("entered_at", "left_at"),
    "activity": ("at",),
    "follow_up": ("created_at", "done_at", "cancelled_at"),
}


def test_nothing_is_dated_after_the_command_that_recorded_it_or_after_now(db):
    recorded: dict[tuple[str, int], int] = {}
    journal = "SELECT entity, row_id, last_id, at FROM change JOIN command c ON c.id = command_id"
    for entity, first, last, at in db.execute(journal):
        for row in range(first, last + 1):
            recorded[entity, row] = max(at, recorded.get((entity, row), 0))
    for table, columns in EVENTS.items():
        for row, *events in db.execute(f"SELECT id, {', '.join(columns)} FROM {table}"):
            assert max(event or 0 for event in events) <= recorded[table, row]
    times = [row[0] for row in db.execute("SELECT at FROM command ORDER BY id")]
    assert times == sorted(times)
    assert times[-1] <= NOW < times[-1] + 86_400


def test_everybody_works_in_working_hours(db):
    for (at,) in db.execute("SELECT at FROM command"):
        local = datetime.fromtimestamp(at, UTC) + EIGHT_HOURS
        assert local.weekday() < 5
        assert 9 <= local.hour < 18


def test_derived_columns_and_references_are_right(db):
    assert list(derived.wrong(db)) == []
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def rewound(db, deal: int, at: int) -> dict:
    """A deal's columns as they stood after the last command up to `at`."""
    cursor = db.execute("SELECT * FROM opportunity WHERE id = ?", (deal,))
    row = dict(zip([name for name, *_ in cursor.description], cursor.fetchone(), strict=True))
    later = db.execute(
        "SELECT h.before FROM change h JOIN command c ON c.id = h.command_id"
        " WHERE h.entity = 'opportunity' AND h.kind = 'edit' AND h.row_id = ? AND c.at > ?"
        " ORDER BY h.id DESC",
        (deal, at),
    )
    for (before,) in later:
        row |= json.loads(before)
    return row


def evidence(db, deal: int, at: int) -> Evidence:
    row = rewound(db, deal, at)
    filled = {"contact": "contact_id", "account": "account_id", "close": "expected_close"}
    return Evidence(
        created_at=row["created_at"],
        present=frozenset(fact for fact, column in filled.items() if row[column] is not None),
        fields=json.loads(row["fields"]),
        activities=tuple(
            db.execute("SELECT kind, at FROM activity WHERE opportunity_id = ?", (deal,))
        ),
        amount=None if row["amount"] is None else Money(row["amount"], row["currency"]),
    )


def test_every_move_met_its_requirements_or_says_why_not(db):
    stages = {
        row[0]: row[1:]
        for row in db.execute(
            "SELECT s.id, p.key, s.position FROM stage s JOIN pipeline p ON p.id = s.pipeline_id"
        )
    }
    specs = {key: pipelines.template(key).stages for key in ("zh", "saas")}
    moves = db.execute(
        "SELECT opportunity_id, stage_id, to_stage_id, left_at, forced, why FROM visit"
        " WHERE ending IN ('advanced', 'won')"
    ).fetchall()
    forced = 0
    for deal, here, there, at, was_forced, why in moves:
        key, position = stages[here]
        ahead = specs[key][position : stages[there][1]]
        known = evidence(db, deal, at)
        gaps = [told for s in ahead for req in s.requires if (told := gap(req, known, at))]
        assert (deal, bool(gaps)) == (deal, bool(was_forced))
        assert bool(why) == bool(was_forced)
        forced += was_forced
    assert 1 <= forced < len(moves) / 20


def test_every_line_of_the_journal_could_have_been_typed(db):
    parsers = {}
    for (line,) in db.execute("SELECT typed FROM command WHERE id % 5 = 0 OR verb <> 'log'"):
        program, *words = shlex.split(line)
        name = named(words)
        if name not in parsers:
            parsers[name] = cli._build("it", entry_of(name))
        parsers[name].make_context(program, words[len(name) :])


# ── what happens in it ────────────────────────────────────────────────────────────────────────


def count(db, sql: str) -> int:
    return db.execute(f"SELECT count(*) FROM {sql}").fetchone()[0]


def test_everything_that_can_happen_to_a_deal_happens(db):
    assert count(db, "visit WHERE passed <> '[]'") >= 5
    assert count(db, "visit WHERE ending = 'returned'") >= 5
    assert count(db, "visit WHERE reopened_at IS NOT NULL") >= 2
    assert count(db, "opportunity WHERE owner_id <> first_owner_id") >= 5
    assert count(db, "opportunity WHERE currency = 'USD'") >= 5
    assert count(db, "fx_rate WHERE currency = 'USD'") == 2
    statuses = dict(db.execute("SELECT status, count(*) FROM opportunity GROUP BY 1"))
    assert set(statuses) == {"open", "won", "lost", "void"}
    assert 30 <= statuses["open"] <= 65
    assert 4 <= statuses["void"] <= 18
    kinds = {row[0] for row in db.execute("SELECT DISTINCT kind FROM activity")}
    assert {"call", "visit", "meeting", "demo", "quote", "asks_price", "download"} <= kinds


def test_loss_reasons_differ_by_stage(db):
    found = db.execute(
        "SELECT s.key, r.key, count(*) FROM visit v JOIN stage s ON s.id = v.stage_id"
        " JOIN loss_reason r ON r.id = v.reason_id WHERE v.ending = 'lost' GROUP BY 1, 2"
        " ORDER BY 3"
    ).fetchall()
    first = {stage: reason for stage, reason, _ in found}
    assert (first["negotiation"], first["trial"]) == ("price", "no_decision")
    assert first["solution"] != "price"


def test_follow_ups_are_kept_late_snoozed_cancelled_and_open(db):
    assert count(db, "follow_up WHERE done_at < late_at") > 500
    assert count(db, "follow_up WHERE done_at >= late_at") > 100
    assert count(db, "follow_up WHERE snoozed > 0") > 20
    reasons = Counter(row[0] for row in db.execute("SELECT cancelled_why FROM follow_up"))
    assert reasons["deal lost"] > 10
    assert reasons["客户出差,改期再约"] > 2


OPEN_PLANS = "follow_up WHERE done_at IS NULL AND cancelled_at IS NULL"


def test_plans_are_overdue_by_days_and_weeks_due_today_and_ahead(db):
    late = [NOW - row[0] for row in db.execute(f"SELECT late_at FROM {OPEN_PLANS}")]
    overdue = [seconds // 86_400 + 1 for seconds in late if seconds >= 0]
    assert 8 <= len(overdue) <= 24
    assert max(overdue) <= 22
    assert len(set(overdue)) >= 4
    today = count(db, f"{OPEN_PLANS} AND due_day = '2026-07-01'")
    assert today >= 3
    assert len(late) - len(overdue) - today >= 10
    open_deals = count(db, "opportunity WHERE status = 'open'")
    assert open_deals - len(late) >= 3


@pytest.mark.parametrize(("seed", "now"), [(1, NOW), (2, SATURDAY_NIGHT), (3, BEFORE_WORK)])
def test_the_newcomer_finds_work_that_is_late_due_today_and_ahead(tmp_path, now, seed):
    you = make(tmp_path / "demo.db", seed=seed, now=now, deals=150)
    conn = sqlite3.connect(tmp_path / "demo.db")
    sql = f"SELECT late_at FROM {OPEN_PLANS} AND rep_id = (SELECT id FROM rep WHERE handle = ?)"
    late = [row[0] - now for row in conn.execute(sql, (you,))]
    conn.close()
    assert sum(away <= 0 for away in late) >= 1
    assert sum(0 < away <= 86_400 for away in late) >= 1
    assert sum(away > 86_400 for away in late) >= 1


def test_it_speaks_chinese_and_english(db):
    titles = [row[0] for row in db.execute("SELECT title FROM opportunity")]
    assert sum(title.isascii() for title in titles) >= 80
    assert sum(not title.isascii() for title in titles) >= 100
    assert ("韩梅梅",) in db.execute("SELECT name FROM rep WHERE handle = 'han.meimei'").fetchall()
    assert ("价格谈判",) in db.execute("SELECT name FROM stage_definition").fetchall()


# ── what was put there is found ───────────────────────────────────────────────────────────────


def told(seed: int, now: int = NOW) -> tuple[stories.World, list[stories.Life]]:
    world = demo.world(demo.Wanted(seed=seed, deals=240, now=now, name="Ada"))
    return world, stories.lives(world)


def past_moves(seed: int):
    """The stays that had ended at present: life, stage, verb of the move, owner then."""
    world, found = told(seed)
    return [
        (life, stay.stage, stay.leave.verb, life.owner_at(stay.end))
        for life in found
        for stay in life.stays
        if stay.end <= world.hours.present
    ]


@pytest.mark.parametrize("seed", range(1, 8))
def test_the_leaks_stand_out_whatever_the_seed(seed):
    moves = past_moves(seed)
    for track, planted in (("zh", "negotiation"), ("saas", "trial")):
        ended = Counter((stage, verb) for life, stage, verb, _ in moves if life.track == track)
        counts = [
            leakage.StageCounts(stage, 0, forward, 0, ended[stage, "lose"], 0, 0)
            for stage in customs.PACE[track]
            for forward in [ended[stage, "advance"] + ended[stage, "win"]]
        ]
        assert leakage.worst_leak(leakage.judge(counts)) == planted


@pytest.mark.parametrize("seed", range(1, 8))
def test_one_rep_is_marked_above_one_below_and_the_newcomer_has_too_few(seed):
    won: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for _, _, verb, owner in past_moves(seed):
        won[owner] += verb == "win"
        lost[owner] += verb == "lose"
    reps = sorted(won | lost)
    marks = comparison.compare_groups([(won[rep], lost[rep]) for rep in reps])
    marked = {rep: mark for rep, mark in zip(reps, marks, strict=True) if mark}
    assert marked == {"ada": "too few", "han.meimei": "above", "tom.baker": "below"}


def test_a_life_is_told_in_the_order_it_happened():
    world, found = told(3)
    for life in found[::10]:
        steps = present.steps(world, life)
        assert all(life.born <= step.at <= world.hours.present for step in steps)


@pytest.fixture
def asked(whole, cli_without_database, monkeypatch):
    """The command line on the sample."""
    monkeypatch.setenv("DEALFLOW_DB", str(whole))
    return cli_without_database


def test_the_leakage_report_names_both_leaks(asked):
    report = asked.json("leakage")
    worst = [note.partition(":")[0::2] for note in report["notes"] if "leaks most" in note]
    assert [(key, told.split()[0]) for key, told in worst] == [
        ("zh", "价格谈判"),
        ("saas", "Trial"),
    ]


def test_the_leakage_report_names_them_in_the_past_too(asked):
    report = asked.json("leakage", "--as-of", "2026-03-31")
    assert sum("leaks most" in note for note in report["notes"]) == 2


def test_the_close_rates_mark_who_was_made_different(asked):
    rows = asked.json("close-rates")["rows"]
    assert {row["rep"]: row["mark"] for row in rows if row["mark"]} == {
        "han.meimei": "above",
        "tom.baker": "below",
        "ada": "too few",
    }


def test_the_overdue_report_has_something_of_yours(asked):
    rows = asked.json("overdue")["rows"]
    assert 8 <= len(rows) <= 24
    assert "ada" in {row["for"] for row in rows}


# ── the command ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def line(cli_without_database, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return cli_without_database


def test_it_makes_demo_db_here_and_answers_a_pipe_with_its_name(line, tmp_path):
    said = line("demo", "--deals", "20")
    assert (said.code, said.out) == (0, "demo.db\n")
    assert (tmp_path / "demo.db").exists()
    assert not line.path.exists(), "the user's own database is left alone"
    assert 'export DEALFLOW_DB="$PWD"/demo.db' in said.err
    assert "you are li" in said.err


def test_a_person_sees_the_three_reports_and_then_how_to_go_on(line):
    said = line.ok("demo", "--deals", "60", "-o", "table")
    titles = ["Overdue follow-ups", "Where the funnel leaks", "Close rates by rep"]
    places = [said.out.index(title) for title in titles]
    assert places == sorted(places)
    assert said.err.splitlines()[-3].startswith("created demo.db: 60 deals")


def test_it_says_so_as_json(line):
    assert line.json("demo", "--deals", "20", "--db", "x.db") == {"database": "x.db"}


def test_it_never_overwrites(line, tmp_path):
    (tmp_path / "demo.db").write_text("mine")
    said = line("demo")
    assert (said.code, said.out) == (4, "")
    assert "exists already" in said.err
    assert "hint: dealflow demo --db OTHER.db" in said.err
    assert (tmp_path / "demo.db").read_text() == "mine"


def test_the_database_works_at_once(line):
    line.ok("demo", "--deals", "60")
    agenda = line.json("agenda", "--db", "demo.db")
    assert len(agenda) >= 1
    assert line.json("db", "check", "--db", "demo.db") == []


def test_one_of_the_team_may_look_at_it(line):
    said = line.ok("demo", "--deals", "20", "--as", "韩梅梅")
    assert "you are han.meimei" in said.err


@pytest.mark.parametrize("deals", ["19", "20001", "many"])
def test_a_number_of_deals_that_makes_no_sense_is_wrong_usage(line, deals):
    assert line("demo", "--deals", deals).code == 2


# ── customers ─────────────────────────────────────────────────────────────────────────────────


def test_a_customer_with_an_open_deal_is_somebody_s_who_is_there(db):
    owners = db.execute(
        "SELECT a.name, r.active FROM opportunity o JOIN account a ON a.id = o.account_id"
        " LEFT JOIN rep r ON r.id = a.owner_id WHERE o.status = 'open'"
    ).fetchall()
    assert {name for name, active in owners if active != 1} == set()
    yours = "SELECT count(*) FROM account a JOIN rep r ON r.id = a.owner_id WHERE r.handle = 'ada'"
    assert db.execute(yours).fetchone()[0] >= 5


def test_the_pool_holds_a_few_customers_and_says_why(db):
    (every,) = db.execute("SELECT count(*) FROM account").fetchone()
    pool = db.execute("SELECT id FROM account WHERE owner_id IS NULL").fetchall()
    assert 5 <= len(pool) <= every / 3
    told = db.execute("SELECT DISTINCT account_id FROM activity WHERE channel = 'pool'").fetchall()
    assert set(pool) <= set(told)


def test_in_a_small_team_whom_nobody_knows_is_in_the_pool(tmp_path):
    make(tmp_path / "small.db", deals=12)
    conn = sqlite3.connect(tmp_path / "small.db")
    unknown = conn.execute(
        "SELECT count(*), count(owner_id) FROM account a"
        " WHERE NOT EXISTS (SELECT 1 FROM opportunity o WHERE o.account_id = a.id)"
    ).fetchone()
    conn.close()
    assert unknown[0] > 0 == unknown[1]
