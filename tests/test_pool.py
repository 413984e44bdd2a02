"""The pool: customers that nobody owns are listed, claimed, given back, and recycled by rule."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest


@pytest.fixture
def early(cli_without_database):
    """A new database of 2 March 2026."""
    return cli_without_database.once(make_early)


def make_early(cli_without_database):
    line = cli_without_database
    line.at("2026-03-02T10:00:00+08:00")
    line.ok("init", "--pipeline", "en", "--currency", "CNY", "--timezone", "Asia/Shanghai")


@pytest.fixture
def pool(early):
    """li has 华联 (A) and Beta (B), wang has Gamma; Delta and Acme 2 are nobody's."""
    return early.once(make_pool)


def make_pool(early):
    dealflow = early
    dealflow.at("2026-06-01T10:00:00+08:00")
    dealflow.ok("reps", "add", "wang")
    dealflow.ok("accounts", "add", "华联", "--grade", "A", "--owner", "li", "--region", "华东")
    dealflow.ok("accounts", "add", "Beta", "--grade", "B", "--owner", "li")
    dealflow.ok("accounts", "add", "Gamma", "--grade", "A", "--owner", "wang")
    dealflow.ok("accounts", "add", "Delta", "--region", "华东")
    dealflow.ok("accounts", "add", "Acme 2", "--grade", "A")


def owner(dealflow, name):
    return dealflow.json("accounts", "show", name)["owner"]


def inside(dealflow, *words):
    return [row["name"] for row in dealflow.json("pool", "list", *words)]


def refused(dealflow, *words, **more):
    said = dealflow(*words, **more)
    assert (said.code, said.out) == (5, ""), said
    return said.err


def keeps(dealflow, name):
    """The three columns that say whose a customer is and was."""
    found = dealflow.rows(
        f"SELECT owner_id, released_at, last_owner_id FROM account WHERE name = '{name}'"
    )
    return found[0]


# ── claiming and giving back ──────────────────────────────────────────────────────────────────


def test_what_is_claimed_is_owned_and_what_is_released_is_not(pool):
    assert inside(pool) == ["Acme 2", "Delta"]
    said = pool.ok("pool", "claim", "delta")
    assert (said.out, said.err) == ("4\n", "Delta is li's now\n")
    assert owner(pool, "Delta") == "li"
    said = pool.ok("pool", "release", "Delta", "华联", "--why", "no budget before 2027")
    assert said.err.splitlines() == [
        "Delta is in the pool; it was li's",
        "华联 is in the pool; it was li's",
    ]
    rows = {row["name"]: row for row in pool.json("pool", "list")}
    assert rows["Delta"]["last_owner"] == "li"
    assert rows["Delta"]["why"] == "no budget before 2027"
    assert rows["Delta"]["pool_since"] == rows["Acme 2"]["pool_since"] == "2026-06-01"
    assert rows["Delta"]["released_at"] == "2026-06-01T10:00:00+08:00"
    assert rows["Acme 2"]["released_at"] is None
    assert (rows["Acme 2"]["last_owner"], rows["Acme 2"]["why"]) == (None, None)
    pool.ok("pool", "claim", "Delta", "--rep", "wang")
    assert owner(pool, "Delta") == "wang"
    assert keeps(pool, "Delta") == (2, None, None)
    pool.ok("db", "check")


def test_the_pool_feeds_the_claim_and_numbers_on_stdin_are_ids(pool):
    pool.ok("accounts", "add", "5")  # number 6: its name is somebody else's number
    ids = pool.ok("pool", "list", "grade:A", "-o", "ids").out
    assert ids == "5\n"
    pool.ok("pool", "claim", "-", stdin=ids)
    assert (owner(pool, "Acme 2"), owner(pool, "#6"[1:])) == ("li", None)
    pool.ok("pool", "claim", "5")  # typed, a name goes before a number
    assert owner(pool, "6") == "li"
    pool.ok("pool", "release", "#5", "6", "--why", "x")
    said = pool("pool", "claim", "-", stdin="5\n6\n")
    assert (said.code, said.out) == (2, "")
    pool.ok("pool", "claim", "-", "--yes", stdin="5\n6\n")
    assert inside(pool) == ["Delta"]


def test_a_batch_claims_and_gives_back(pool):
    lines = [
        '{"command": "pool claim", "args": ["Delta"], "rep": "wang"}',
        '{"command": "pool release", "args": ["Delta", "Beta"], "why": "x"}',
        '{"command": "pool claim", "args": ["Beta"]}',
    ]
    pool.ok("apply", "-", stdin="\n".join(lines))
    assert inside(pool) == ["Acme 2", "Delta"]
    said = pool("apply", "-", stdin='{"command": "pool claim", "args": ["-"]}\nAcme 2\n')
    assert (said.code, "stdin holds the lines" in said.err) == (2, True)


def test_a_range_asks_and_an_unknown_customer_is_not_found(pool):
    assert pool("pool", "claim", "4-5").code == 2
    pool.ok("pool", "claim", "4-5", "--yes")
    assert inside(pool) == []
    assert pool.ok("pool", "list", "-o", "table").err == "the pool is empty\n"
    said = pool("pool", "claim", "Dleta")
    assert (said.code, said.out) == (3, "")
    assert 'did you mean "Delta"?' in said.err
    assert pool("pool", "claim", "5-9").code == 3
    assert pool("pool", "release", "Beta").code == 2  # without a why
    assert pool("pool", "release", "Beta", "--why", " ").code == 2
    assert pool("pool", "claim", "Delta", "--force").code == 2
    assert pool("pool", "claim", "Delta", "--why", "x").code == 2


def test_what_somebody_owns_is_not_claimed_by_force_either(pool):
    before = pool.state()
    for more in ((), ("--force", "--why", "x")):
        said = refused(pool, "pool", "claim", "Gamma", *more)
        assert "Gamma is wang's\nhint: dealflow accounts edit 3 --owner li" in said
    assert "Beta is li's already" in refused(pool, "pool", "claim", "Beta")
    said = refused(pool, "pool", "claim", "Delta", "Gamma", "Beta")
    assert said.splitlines()[:3] == [
        "error: 2 of 3 customers cannot be claimed; nothing was changed",
        "  Gamma is wang's",
        "  Beta is li's already",
    ]
    said = refused(pool, "pool", "release", "Delta", "--why", "x")
    assert "Delta is in the pool already" in said
    assert pool.state() == before
    pool.ok("reps", "edit", "wang", "--left")
    assert "not in the team" in refused(pool, "pool", "claim", "Delta", "--rep", "wang")


def test_what_is_locked_does_not_go_to_the_pool_by_any_way(pool):
    pool.ok("accounts", "edit", "Beta", "--locked")
    assert pool.json("accounts", "show", "Beta")["locked"] is True
    said = refused(pool, "pool", "release", "Beta", "华联", "--why", "x")
    assert said == (
        "error: Beta is locked: it does not go to the pool\n"
        "hint: dealflow accounts edit 2 --unlocked\n"
    )
    assert "locked" in refused(pool, "accounts", "edit", "Beta", "--owner", "none")
    assert [r["name"] for r in pool.json("accounts", "list", "locked:yes")] == ["Beta"]
    pool.ok("accounts", "edit", "Beta", "--unlocked", "--owner", "none")
    assert inside(pool) == ["Acme 2", "Beta", "Delta"]
    assert pool.json("accounts", "show", "Beta")["locked"] is False


def test_open_deals_stay_with_their_owners(pool):
    pool.ok("add", "Pumps", "-a", "Beta", "--next", "fri")
    pool.ok("add", "Seals", "-a", "Beta", "--owner", "wang")
    said = pool.ok("pool", "release", "Beta", "--why", "x")
    told = "1 open deal stays with li; 1 open deal stays with wang"
    assert said.err == f"Beta is in the pool; it was li's; {told}\n"
    assert pool.json("pool", "list", "beta")[0]["deals"] == 2
    assert {row["owner"] for row in pool.json("list")} == {"li", "wang"}
    assert len(pool.json("agenda", "for:any")) == 1
    said = pool.ok("pool", "claim", "Beta", "--rep", "wang")
    assert said.err == "Beta is wang's now; 1 open deal stays with li\n"


def test_the_owner_is_edited_as_it_is_claimed_and_released(pool):
    pool.ok("accounts", "edit", "Beta", "--owner", "none")
    at = datetime.fromisoformat("2026-06-01T10:00:00+08:00").timestamp()
    assert keeps(pool, "Beta") == (None, at, 1)
    assert inside(pool, "was:li") == ["Beta"]
    pool.ok("settings", "set", "pool.reclaim-days", "3")
    said = refused(pool, "accounts", "edit", "Beta", "--owner", "li")
    assert "hint: dealflow pool claim 2 --rep li --force --why" in said
    pool.ok("accounts", "edit", "Beta", "--owner", "wang")
    assert keeps(pool, "Beta") == (2, None, None)
    said = pool.ok("accounts", "edit", "Beta", "--owner", "li")  # handed over, not claimed
    assert said.err == "Beta changed: owner_id\n"
    pool.ok("accounts", "edit", "Beta", "--owner", "none")
    pool.ok("accounts", "edit", "Beta", "--owner", "none")
    pool.ok("db", "check")


def test_an_import_gives_owners_by_the_same_rules(pool, tmp_path):
    pool.ok("settings", "set", "pool.cap", "2")
    rows = tmp_path / "rows.csv"
    rows.write_text("name,owner\nDelta,li\n", "utf-8")
    said = pool("import", "accounts", str(rows))
    assert said.code == 5
    assert "li would have 3 customers: pool.cap is 2" in said.err
    rows.write_text("name,owner\nDelta,wang\n", "utf-8")
    pool.ok("import", "accounts", str(rows))
    assert owner(pool, "Delta") == "wang"


# ── caps, and waiting ─────────────────────────────────────────────────────────────────────────


def test_a_cap_counts_what_is_claimed_with_it_but_no_customers_that_bought(pool):
    pool.ok("settings", "set", "pool.cap", "3")
    said = refused(pool, "pool", "claim", "Delta", "Acme 2")
    assert said == (
        'error: li would have 4 customers: pool.cap is 3\nhint: --force --why "…" overrides\n'
    )
    pool.ok("add", "Pumps", "-a", "华联")
    pool.ok("win", "1", "--force", "--why", "signed")
    pool.ok("pool", "claim", "Delta", "Acme 2")  # Beta, Delta, Acme 2
    screen = pool.ok("pool", "list", "-o", "table")
    assert screen.err == "the pool is empty\n"
    pool.ok("accounts", "add", "Epsilon", "--owner", "li")  # no claim, but it counts
    pool.ok("pool", "release", "Delta", "--why", "x")
    assert "4 customers" in refused(pool, "pool", "claim", "Delta")
    screen = pool.ok("pool", "list", "-o", "table").out
    assert "1 in the pool\nyou have 3 of at most 3 customers (pool.cap)\n" in screen
    pool.ok("settings", "set", "pool.cap", "none")
    pool.ok("pool", "claim", "Delta")


def test_a_cap_of_one_grade_is_for_that_grade(pool):
    pool.ok("settings", "set", "pool.cap.A", "1")
    pool.ok("settings", "set", "pool.cap.-", "0")  # none
    said = refused(pool, "pool", "claim", "Acme 2", "--rep", "wang")
    assert "wang would have 2 customers of grade A: pool.cap.A is 1" in said
    pool.ok("pool", "claim", "Delta", "--rep", "wang")
    pool.ok("settings", "set", "pool.cap", "2")
    said = refused(pool, "pool", "claim", "Acme 2", "--rep", "wang")
    assert len([line for line in said.splitlines() if "wang would have" in line]) == 2
    pool.ok("pool", "claim", "Acme 2", "--rep", "wang", "--force", "--why", "the boss said so")
    notes = pool.json("accounts", "show", "Acme 2")["activities"]
    assert [(n["outcome"], n["note"]) for n in notes] == [("claimed", "the boss said so")]


@pytest.mark.parametrize(
    ("zone", "moments"),
    [
        # half an hour before midnight in Shanghai: the day of the release is the 1st
        (
            "Asia/Shanghai",
            ("2026-06-01T23:30:00+08:00", "2026-06-07T23:59:59+08:00", "2026-06-08T00:00:00+08:00"),
        ),
        # the same instant is half past eleven in the morning in New York
        (
            "America/New_York",
            ("2026-06-01T23:30:00+08:00", "2026-06-08T11:59:59+08:00", "2026-06-08T12:00:00+08:00"),
        ),
        # a week with the hour that is left out in spring: 2026-03-08
        (
            "America/New_York",
            ("2026-03-05T23:30:00-05:00", "2026-03-11T23:59:59-04:00", "2026-03-12T00:00:00-04:00"),
        ),
    ],
)
def test_the_last_owner_waits_by_the_days_of_the_business(early, zone, moments):
    released, waits, free = moments
    early.ok("reps", "add", "wang")
    early.ok("settings", "set", "timezone", zone)
    early.ok("settings", "set", "pool.reclaim-days", "7")
    early.ok("accounts", "add", "Acme", "--owner", "li")
    early.at(released)
    early.ok("pool", "release", "Acme", "--why", "x")
    day = free[:10]
    early.at(waits)
    assert f"can be again from {day} on" in refused(early, "pool", "claim", "Acme")
    early.ok("pool", "claim", "Acme", "--rep", "wang", "--dry-run")
    early.ok("pool", "claim", "Acme", "--force", "--why", "they called", "--dry-run")
    early.at(free)
    early.ok("pool", "claim", "Acme")


# ── recycling ─────────────────────────────────────────────────────────────────────────────────


def gone(dealflow, *words):
    """What a recycle would take now."""
    return [row["name"] for row in dealflow.json("pool", "recycle", "--dry-run", "--yes", *words)]


def test_without_a_rule_nothing_is_recycled(pool):
    pool.at("2027-06-01T10:00:00+08:00")
    said = pool.ok("pool", "recycle")
    assert said.out == ""
    assert "dealflow settings set pool.A 30d" in said.err


@pytest.mark.parametrize(
    ("zone", "rule", "moments"),
    [
        # 11 June 2026 is a Thursday
        (
            "Asia/Shanghai",
            "10d",
            ("2026-06-01T23:59:00+08:00", "2026-06-11T23:59:59+08:00", "2026-06-12T00:00:00+08:00"),
        ),
        # in New York that is the day before noon: the 11th there ends at noon of the 12th here
        (
            "America/New_York",
            "10d",
            ("2026-06-01T23:59:00+08:00", "2026-06-12T11:59:59+08:00", "2026-06-12T12:00:00+08:00"),
        ),
        # 13 June is a Saturday: what falls on it may be done on Monday
        (
            "Asia/Shanghai",
            "12d",
            ("2026-06-01T10:00:00+08:00", "2026-06-15T23:59:59+08:00", "2026-06-16T00:00:00+08:00"),
        ),
        # five working days after Monday 1 June are Monday 8 June
        (
            "Asia/Shanghai",
            "5wd",
            ("2026-06-01T10:00:00+08:00", "2026-06-08T23:59:59+08:00", "2026-06-09T00:00:00+08:00"),
        ),
        # a month after Friday 31 July is Monday 31 August
        (
            "Asia/Shanghai",
            "1m",
            ("2026-07-31T10:00:00+08:00", "2026-08-31T23:59:59+08:00", "2026-09-01T00:00:00+08:00"),
        ),
        # over the night in which New York puts its clocks back, 1 November 2026
        (
            "America/New_York",
            "1w",
            ("2026-10-27T23:30:00-04:00", "2026-11-03T23:59:59-05:00", "2026-11-04T00:00:00-05:00"),
        ),
    ],
)
def test_the_last_day_still_keeps_a_customer(early, zone, rule, moments):
    touched, keeps_until, goes = moments
    early.at("2026-05-04T10:00:00+08:00")
    early.ok("settings", "set", "timezone", zone)
    early.ok("settings", "set", "pool.A", rule)
    early.ok("accounts", "add", "Acme", "--grade", "A", "--owner", "li")
    early.at(touched)
    early.ok("accounts", "log", "Acme", "call", "hello")
    early.at(keeps_until)
    assert gone(early) == []
    last = datetime.fromisoformat(keeps_until).astimezone(ZoneInfo(zone)).date()
    assert early.json("pool", "recycle", "--warn")[0]["until"] == str(last)
    early.at(goes)
    assert gone(early) == ["Acme"]


@pytest.fixture
def ruled(pool):
    """Grade A has a rule of ten days, grade B one of a month; it is 15 June."""
    return pool.once(make_ruled)


def make_ruled(pool):
    pool.ok("settings", "set", "pool.A", "10d")
    pool.ok("settings", "set", "pool.B", "1m")
    pool.at("2026-06-15T10:00:00+08:00")


def test_a_rehearsal_says_and_shows_what_the_run_does(ruled):
    before = ruled.state()
    rows = ruled.json("pool", "recycle", "--dry-run")
    dry = ruled.ok("pool", "recycle", "--dry-run")
    assert ruled.state() == before
    real = ruled.ok("pool", "recycle", "--yes")
    assert dry.out == real.out == "1\n3\n"
    after = {row["id"]: row for row in ruled.json("accounts", "list")}
    assert [after[1], after[3]] == rows
    assert [row["name"] for row in rows] == ["华联", "Gamma"]
    assert (rows[1]["owner"], rows[1]["last_owner"]) == (None, "wang")
    assert dry.err.splitlines() == [*real.err.splitlines(), "dry run: nothing was changed"]
    assert real.err.splitlines()[0] == (
        "华联 is in the pool; it was li's, untouched for 14 days (pool.A 10d)"
    )
    assert [(r["name"], r["why"]) for r in ruled.json("pool", "list", "was:any")] == [
        ("华联", "recycled"),
        ("Gamma", "recycled"),
    ]
    ruled.ok("db", "check")


def test_to_run_it_again_changes_nothing_and_one_undo_takes_it_back(ruled):
    before = ruled.content()
    assert ruled("pool", "recycle").code == 2  # two customers, and nobody to ask
    ruled.ok("pool", "recycle", "--yes")
    after = ruled.state()
    said = ruled.ok("pool", "recycle")
    assert (said.out, said.err) == ("", "nothing to recycle\n")
    assert ruled.state() == after
    ruled.ok("undo")
    assert ruled.content() == before
    assert gone(ruled) == ["华联", "Gamma"]
    ruled.ok("redo")
    assert inside(ruled, "was:any") == ["华联", "Gamma"]


def test_a_run_is_made_once_with_a_key(ruled):
    once = ruled.ok("pool", "recycle", "--yes", "--key", "night-1", "--json").data
    ruled.ok("pool", "claim", "Gamma", "--rep", "wang")
    again = ruled.ok("pool", "recycle", "--yes", "--key", "night-1", "--json").data
    assert [row["id"] for row in again] == [row["id"] for row in once]
    assert owner(ruled, "Gamma") == "wang"


def test_locked_customers_and_those_who_bought_are_exempt(ruled):
    ruled.at("2026-06-02T10:00:00+08:00")
    ruled.ok("add", "Pumps", "-a", "Gamma")
    ruled.ok("win", "1", "--force", "--why", "signed")
    ruled.ok("accounts", "edit", "华联", "--locked")
    ruled.at("2026-09-01T10:00:00+08:00")
    assert gone(ruled) == ["Beta"]
    ruled.ok("reopen", "1")
    ruled.ok("lose", "1", "-r", "price")
    ruled.ok("accounts", "edit", "华联", "--unlocked")
    assert set(gone(ruled)) == {"Beta", "华联"}
    ruled.at("2026-09-20T10:00:00+08:00")
    assert set(gone(ruled)) == {"Beta", "华联", "Gamma"}


def test_an_open_deal_keeps_a_customer_only_where_the_team_says_so(ruled):
    ruled.at("2026-06-02T10:00:00+08:00")
    ruled.ok("add", "Pumps", "-a", "Gamma", "--owner", "wang")
    ruled.at("2026-06-12T10:00:00+08:00")
    assert gone(ruled) == ["华联"]  # the deal was added on the 2nd
    ruled.at("2026-06-13T10:00:00+08:00")
    assert gone(ruled) == ["华联", "Gamma"]
    ruled.ok("settings", "set", "pool.open-deals", "keep")
    assert gone(ruled) == ["华联"]
    ruled.ok("lose", "1", "-r", "price", "--at", "2026-06-02T11:00:00+08:00")
    assert gone(ruled) == ["华联", "Gamma"]
    said = ruled("settings", "set", "pool.open-deals", "kep")
    assert (said.code, "did you mean keep?" in said.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "touches"),
    [
        (("accounts", "log", "华联", "call"), True),
        (("accounts", "log", "华联", "note", "thought of them"), True),
        (("accounts", "log", "华联", "asks_price", "--in"), True),
        (("accounts", "log", "华联", "site_visit"), False),
        (("accounts", "log", "华联", "email_open"), False),
        (("log", "1", "visit"), True),
        (("log", "1", "download"), False),
        (("advance", "1", "--force", "--why", "x"), True),
        (("lose", "1", "-r", "price"), True),
        (("add", "Another", "-a", "华联"), True),
        (("edit", "1", "-v", "9k"), False),
        (("plan", "1", "+9d", "call"), False),
        (("accounts", "edit", "华联", "--region", "华北"), False),
        (("accounts", "edit", "华联", "--owner", "wang"), True),
        (("hand-over", "--to", "wang", "--accounts", "--yes"), True),
        (("accounts", "log", "Beta", "call"), False),
        (("accounts", "log", "华联", "call", "--at", "2026-06-02"), False),
    ],
)
def test_what_is_done_with_a_customer_starts_its_clock_again(ruled, words, touches):
    ruled.at("2026-06-01T10:00:00+08:00")
    ruled.ok("add", "Pumps", "-a", "华联")
    ruled.at("2026-06-12T10:00:00+08:00")
    ruled.ok(*words)
    ruled.at("2026-06-15T10:00:00+08:00")
    assert ("华联" not in gone(ruled)) is touches
    ruled.ok("undo")
    assert "华联" in gone(ruled)


THREE = """
key = "p"
name = "p"
[[stage]]
key = "a"
name = "a"
[[stage]]
key = "b"
name = "b"
[[stage]]
key = "w"
name = "w"
won = true
"""


def test_a_stage_that_is_retired_under_a_deal_is_no_touch(ruled):
    ruled.at("2026-06-01T10:00:00+08:00")
    ruled.ok("stages", "apply", "-", stdin=THREE)
    ruled.ok("add", "Pumps", "-a", "华联", "--pipeline", "p", "--stage", "a")
    ruled.at("2026-06-12T10:00:00+08:00")
    without = THREE.replace('[[stage]]\nkey = "a"\nname = "a"\n', "")
    ruled.ok("stages", "apply", "-", "--home", "a=b", "--yes", stdin=without)
    assert ruled.json("show", "1")["stage"] == "b"
    ruled.at("2026-06-15T10:00:00+08:00")
    assert "华联" in gone(ruled)
    ruled.ok("win", "1", "--force", "--why", "x")
    ruled.ok("reopen", "1")
    assert "华联" not in gone(ruled)


def test_a_past_morning_was_warned_of_what_was_due_then(ruled):
    ruled.at("2026-06-12T10:00:00+08:00")
    ruled.ok("accounts", "log", "华联", "call")
    ruled.at("2026-06-15T10:00:00+08:00")
    assert "pool" not in ruled.ok("agenda").err
    assert "1 customer of yours goes" in ruled.ok("agenda", "--as-of", "2026-06-09").err
    assert "pool" not in ruled.ok("agenda", "--as-of", "2026-06-05").err
    ruled.ok("accounts", "edit", "华联", "--locked")
    assert "1 customer of yours goes" in ruled.ok("agenda", "--as-of", "2026-06-09").err
    assert ruled("pool", "recycle", "--as-of", "2026-06-09", "--yes").code == 2


def test_what_was_claimed_is_not_taken_away_the_next_night(ruled):
    ruled.ok("pool", "claim", "Acme 2")
    ruled.ok("pool", "release", "华联", "--why", "x")
    ruled.ok("pool", "claim", "华联", "--rep", "wang")
    assert gone(ruled) == ["Gamma"]
    ruled.at("2026-06-25T10:00:00+08:00")
    assert gone(ruled) == ["Gamma"]
    ruled.at("2026-06-26T10:00:00+08:00")
    assert set(gone(ruled)) == {"Gamma", "Acme 2", "华联"}


def test_holidays_put_the_last_day_off(ruled):
    ruled.ok("settings", "holidays", "add", "2026-06-11")
    ruled.at("2026-06-12T10:00:00+08:00")
    assert gone(ruled) == []
    ruled.at("2026-06-13T00:00:00+08:00")
    assert gone(ruled) == ["华联", "Gamma"]


def test_customers_are_warned_of_before_they_go(ruled):
    ruled.at("2026-06-08T10:00:00+08:00")  # Monday; the last day of grade A is Thursday 11th
    rows = ruled.json("pool", "recycle", "--warn")
    assert [(r["name"], r["owner"], r["until"], r["state"]) for r in rows] == [
        ("华联", "li", "2026-06-11", "soon"),
        ("Gamma", "wang", "2026-06-11", "soon"),
    ]
    assert (rows[0]["days_untouched"], rows[0]["rule"]) == (7, "10d")
    said = ruled.ok("pool", "recycle", "--dry-run").err
    assert "soon: Gamma (wang) has its last day in 3 days, 2026-06-11 (pool.A 10d)" in said
    assert [r["name"] for r in ruled.json("pool", "recycle", "--warn", "--for", "me")] == ["华联"]
    ruled.at("2026-06-05T10:00:00+08:00")  # three days on is Monday 8th
    assert ruled.json("pool", "recycle", "--warn") == []
    ruled.ok("settings", "set", "pool.warn", "4wd")
    assert len(ruled.json("pool", "recycle", "--warn")) == 2
    ruled.ok("settings", "set", "pool.warn", "none")
    ruled.at("2026-06-11T10:00:00+08:00")
    assert ruled.json("pool", "recycle", "--warn") == []
    ruled.at("2026-06-12T10:00:00+08:00")
    assert {r["state"] for r in ruled.json("pool", "recycle", "--warn")} == {"now"}


def test_only_the_customers_of_one_rep(ruled):
    said = ruled.ok("pool", "recycle", "--for", "wang")
    assert said.out == "3\n"
    assert owner(ruled, "华联") == "li"
    assert ruled("pool", "recycle", "--for", "nobody").code == 3


def test_the_morning_says_what_goes_to_the_pool(ruled):
    ruled.at("2026-06-10T10:00:00+08:00")
    said = ruled.ok("agenda", "-o", "table")
    told = (
        "1 customer of yours goes to the pool unless touched: dealflow pool recycle --warn --for me"
    )
    assert told in said.out + said.err
    (mine,) = [one for one in ruled.ok("remind", "--json").data["digests"] if one["rep"] == "li"]
    assert mine["pool"] == [
        {
            "customer": 1,
            "name": "华联",
            "grade": "A",
            "until": "2026-06-11",
            "days_untouched": 9,
        }
    ]
    assert mine["subject"] == "1 going to the pool · 2026-06-10"


# ── lists, the past, history ──────────────────────────────────────────────────────────────────


def test_customers_are_filtered_by_owner_and_the_rest(pool):
    def found(*words):
        return [row["name"] for row in pool.json("accounts", "list", *words)]

    assert found("owner:none") == ["Acme 2", "Delta"]
    assert found("owner:me") == ["Beta", "华联"]
    assert found("负责人:wang") == ["Gamma"]
    assert found("-owner:none", "grade:A") == ["Gamma", "华联"]
    assert found("region:华东") == ["Delta", "华联"]
    assert found("2", "ACME") == ["Acme 2"]
    assert found("-account:acme", "grade:A,none", "owner:none") == ["Delta"]
    assert inside(pool, "region:华东") == ["Delta"]
    assert inside(pool, "owner:li") == []
    said = pool("accounts", "list", "stage:lead")
    assert (said.code, said.out) == (2, "")
    assert "filter key" in said.err
    pool.ok("fields", "add", "tier", "--on", "account")
    pool.ok("fields", "add", "tier2")
    pool.ok("accounts", "edit", "Delta", "--set", "tier=gold")
    assert found("field:tier:gold") == inside(pool, "field:account.tier:any") == ["Delta"]
    assert pool("accounts", "list", "field:tier2:any").code == 2
    assert [row["field:tier"] for row in pool.json("pool", "list", "delta")] == ["gold"]


def test_the_list_is_sorted_as_it_is_asked_and_what_is_absent_comes_last(pool):
    pool.at("2026-06-05T10:00:00+08:00")
    pool.ok("pool", "release", "华联", "Beta", "--why", "gone quiet")
    pool.ok("accounts", "log", "Delta", "call")
    pool.at("2026-06-09T10:00:00+08:00")
    assert inside(pool) == ["华联", "Acme 2", "Beta", "Delta"]
    assert inside(pool, "--sort", "name") == ["Acme 2", "Beta", "Delta", "华联"]
    assert inside(pool, "--sort", "-name") == ["华联", "Delta", "Beta", "Acme 2"]
    assert inside(pool, "--sort", "region,-id") == ["Delta", "华联", "Acme 2", "Beta"]
    assert inside(pool, "--sort", "-region,id") == ["华联", "Delta", "Beta", "Acme 2"]
    assert inside(pool, "--sort", "since,name") == ["Acme 2", "Delta", "Beta", "华联"]
    assert inside(pool, "--sort", "was") == ["华联", "Beta", "Delta", "Acme 2"]
    assert inside(pool, "--sort", "untouched")[0] == "Delta"
    assert inside(pool, "--sort", "-untouched", "--limit", "1") == ["华联"]
    said = pool("pool", "list", "--sort", "nmae")
    assert (said.code, said.out) == (2, "")
    assert said.err == "error: unknown column to sort by 'nmae'\nhint: did you mean name?\n"


def test_the_past_knows_what_was_in_the_pool(pool):
    pool.at("2026-06-10T10:00:00+08:00")
    pool.ok("pool", "release", "Beta", "--why", "x")
    pool.ok("accounts", "add", "Late")
    pool.at("2026-06-20T10:00:00+08:00")
    pool.ok("pool", "claim", "Beta", "Delta", "--rep", "wang")
    assert inside(pool) == ["Acme 2", "Late"]
    (beta,) = pool.json("pool", "list", "beta", "--as-of", "2026-06-12")
    assert (beta["last_owner"], beta["why"], beta["days_untouched"]) == ("li", "x", 11)
    assert inside(pool, "--as-of", "2026-06-12") == ["Acme 2", "Beta", "Delta", "Late"]
    assert inside(pool, "--as-of", "2026-06-05") == ["Acme 2", "Delta"]
    owners = {r["name"]: r["owner"] for r in pool.json("accounts", "list", "--as-of", "2026-06-05")}
    assert (owners["Beta"], "Late" in owners) == ("li", False)
    assert pool.json("accounts", "show", "Beta", "--as-of", "2026-06-12")["owner"] is None


def test_the_screen_of_a_customer_tells_every_owner_it_had(pool):
    pool.at("2026-06-10T10:00:00+08:00")
    pool.ok("pool", "release", "Beta", "--why", "too small")
    screen = pool.ok("accounts", "show", "Beta", "-o", "table").out
    assert "in the pool since  2026-06-10\n" in screen
    assert "too small" in screen
    pool.ok("pool", "claim", "Beta", "--rep", "wang")
    pool.ok("pool", "claim", "Delta")
    pool.ok("undo")
    shown = pool.json("accounts", "show", "Beta")
    assert [(o["how"], o["by"], o["was"], o["owner"]) for o in shown["owners"]] == [
        ("pool claim", "li", None, "wang"),
        ("pool release", "li", "li", None),
    ]
    assert (shown["pool_since"], shown["pool_why"]) == (None, None)
    assert pool.json("accounts", "show", "Delta")["owners"] == []
    told = [row["changed"] for row in pool.json("history")]
    assert "customer 2 owner – → wang" in told
    assert "customer 2 owner li → –, +activity 1" in told


def test_a_claim_is_undone_and_asked_for_by_version_and_by_key(pool):
    before = pool.content()
    version = str(pool.json("pool", "list", "delta")[0]["version"])
    pool.ok("pool", "claim", "Delta", "--if-version", version, "--key", "k1")
    said = pool("pool", "release", "Delta", "--why", "x", "--if-version", version)
    assert said.code == 4
    assert "owner – → li" in said.err
    assert pool("pool", "claim", "4-5", "--yes", "--if-version", "1").code == 2
    again = pool.ok("pool", "claim", "Delta", "--if-version", version, "--key", "k1")
    assert "done before" in again.err
    pool.ok("undo")
    assert pool.content() == before
    state = pool.state()
    pool.ok("pool", "claim", "Delta", "--dry-run")
    pool.ok("pool", "release", "Beta", "--why", "x", "--dry-run")
    assert pool.state() == state


@pytest.mark.file
def test_two_copies_agree_on_who_has_a_customer(pool, tmp_path):
    other = tmp_path / "copy.db"
    shutil.copyfile(pool.path, other)
    there = ("--db", str(other), "--as", "wang")
    pool.at("2026-06-10T10:00:00+08:00")
    pool.ok("pool", "release", "Beta", "--why", "x")
    pool.ok("pool", "claim", "Delta")
    pool.at("2026-06-11T10:00:00+08:00")
    pool.ok(*there, "pool", "claim", "Delta")
    pool.ok(*there, "pool", "claim", "Acme 2")
    pool.at("2026-06-12T10:00:00+08:00")
    pool.ok("db", "merge", str(other))
    pool.ok(*there, "db", "merge", str(pool.path))
    for where in ((), there):
        assert [r["name"] for r in pool.json(*where, "pool", "list")] == ["Beta"]
        shown = pool.json(*where, "accounts", "show", "Delta")
        assert (shown["owner"], shown["released_at"], shown["last_owner"]) == ("wang", None, None)
        assert pool.json(*where, "pool", "list")[0]["why"] == "x"
        pool.ok(*where, "db", "check")
    pool.ok("settings", "set", "pool.A", "1w")
    pool.at("2026-06-19T10:00:00+08:00")  # Acme 2 was claimed on the 11th, whatever copy it was in
    until = {r["name"]: r["until"] for r in pool.json("pool", "recycle", "--warn")}
    assert until["Acme 2"] == "2026-06-18"


def test_a_customer_that_is_owned_and_released_is_found_and_mended(pool):
    pool.rows("UPDATE account SET released_at = 1780000000 WHERE name = 'Beta'")
    pool("db", "check", "--accept", "--yes")
    said = pool("db", "check")
    assert said.code != 0
    assert "a customer that somebody owns is not in the pool" in said.out + said.err
    pool.ok("db", "check", "--repair", "--yes")
    assert keeps(pool, "Beta") == (1, None, None)


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("pool.A", "20wd", "20wd"),
        ("pool.A", "never", ""),
        ("pool.A", "0", ""),
        ("pool.warn", "none", ""),
        ("pool.cap", "50", "50"),
        ("pool.cap.B", "0", ""),
        ("pool.reclaim-days", "none", "0"),
        ("pool.reclaim-days", "30", "30"),
    ],
)
def test_rules_are_set_and_taken_away(dealflow, key, value, kept):
    dealflow.ok("settings", "set", key, value)
    assert dealflow.rows(f"SELECT value FROM setting WHERE key = '{key}'") == [(kept,)]
    dealflow.ok("db", "check")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("pool.A", "30"),
        ("pool.A", "x"),
        ("pool.cap", "-1"),
        ("pool.cap", "9" * 5000),
        ("pool.cap", "１"),
        ("pool.reclaim-days", "366"),
        ("pool.reclaim-days", "9" * 5000),
        ("pool.D", "30d"),
        ("pool.warn", "3"),
    ],
)
def test_what_is_no_rule_is_refused(dealflow, key, value):
    said = dealflow("settings", "set", key, value)
    assert (said.code, said.out) == (2, "")


def test_days_are_counted_by_the_calendar(pool):
    pool.at("2026-07-01T00:00:01+08:00")
    row = pool.json("pool", "list", "delta")[0]
    assert row["days_untouched"] == (date(2026, 7, 1) - date(2026, 6, 1)).days
