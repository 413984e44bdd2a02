"""The views for other programs: there on a file and on a server, and saying what dealflow says."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from dealflow.store import views

#: what is promised; columns may be added behind it, and none of these may go
PROMISED = {
    "v_rep": "id handle name email team active external_id",
    "v_account": "id name grade segment region size source owner parent domain locked released_at"
    " last_owner fields external_id version",
    "v_contact": "id name account account_id title phone email wechat role fields external_id version",
    "v_product": "id name series price currency active external_id version",
    "v_stage": "id pipeline stage name position kind standard probability expected_days retired_at",
    "v_opportunity": "id title account account_id contact owner owner_name team pipeline stage"
    " stage_name status amount currency probability expected_close created_at stage_since closed_at"
    " last_contact_at next_late_at source grade segment region tags fields external_id version",
    "v_line": "id opportunity_id product series quantity price currency",
    "v_visit": "id opportunity_id seq pipeline stage stage_name owner amount currency entered_at"
    " left_at ending to_stage end_owner end_amount reason note forced why reopened_at",
    "v_activity": "id opportunity_id account_id kind channel direction outcome note at rep contact"
    " external_id",
    "v_follow_up": "id opportunity_id due_day due_at late_at what goal kind channel rep planned_by"
    " created_at snoozed done_at activity_id cancelled_at cancelled_why external_id",
    "v_command": "id at actor verb typed undoes undone_by merged_by",
}


@pytest.fixture
def worked(dealflow):
    dealflow.ok("reps", "add", "wang", "--team", "north")
    dealflow.ok("accounts", "add", "Acme", "--grade", "A", "--segment", "energy")
    dealflow.ok("contacts", "add", "Acme", "王芳")
    dealflow.ok("products", "add", "Pump", "--price", "12.50")
    dealflow.ok(
        "add", "Pumps 泵", "-a", "Acme", "-v", "12.5万", "--product", "Pump", "--owner", "wang"
    )
    dealflow.ok("add", "Yen", "-v", "JPY 5000")
    dealflow.ok("add", "Dinar", "-v", "KWD 1.234")
    dealflow.ok("plan", "1", "2026-07-03 14:30", "demo")
    dealflow.ok("log", "1", "call", "talked")
    dealflow.ok("advance", "1", "--force", "--why", "x")
    dealflow.ok("lose", "2", "-r", "price")
    return dealflow


def asked(line, view):
    return line.json("sql", f"SELECT * FROM {view} ORDER BY id")


def test_every_view_is_promised_and_has_what_is_promised(worked):
    assert set(views.NAMES) == PROMISED.keys()
    for view, promised in PROMISED.items():
        rows = asked(worked, view)
        assert rows, view
        names = promised.split()
        assert list(rows[0])[: len(names)] == names


def test_amounts_are_in_their_currency_and_times_in_utc(worked):
    pumps, yen, dinar = asked(worked, "v_opportunity")
    assert [(row["amount"], row["currency"]) for row in (pumps, yen, dinar)] == [
        (125000, "CNY"),
        (5000, "JPY"),
        (1.234, "KWD"),
    ]
    assert pumps["created_at"] == "2026-07-01T02:00:00Z"
    assert asked(worked, "v_follow_up")[0]["due_at"] == "2026-07-03T06:30:00Z"
    assert asked(worked, "v_product")[0]["price"] == 12.5


def test_a_deal_is_what_the_list_says(worked):
    listed = sorted(worked.json("list", "status:any"), key=lambda deal: deal["id"])
    for row, told in zip(asked(worked, "v_opportunity"), listed, strict=True):
        for name in ("title", "account", "owner", "stage", "status", "grade", "version"):
            assert row[name] == told[name], name


def test_a_stay_says_how_it_ended(worked):
    stays = {(row["opportunity_id"], row["seq"]): row for row in asked(worked, "v_visit")}
    moved, lost = stays[1, 1], stays[2, 1]
    assert (moved["stage"], moved["ending"], moved["to_stage"]) == (
        "lead",
        "advanced",
        "interested",
    )
    assert (lost["ending"], lost["reason"]) == ("lost", "price")


@pytest.mark.file
def test_another_program_opens_the_file(worked):
    with closing(sqlite3.connect(f"file:{worked.path}?mode=ro", uri=True)) as con:
        assert con.execute("SELECT count(*) FROM v_opportunity").fetchone() == (3,)


@pytest.mark.file
def test_a_view_that_was_put_in_place_of_ours_stops_every_write(worked):
    with closing(sqlite3.connect(worked.path)) as con:
        con.execute("DROP VIEW v_rep")
        con.execute("CREATE VIEW v_rep AS SELECT 1 AS id")
        con.commit()
    said = worked("add", "X")
    assert said.code == 8
    assert "views that dealflow did not make: v_rep" in said.err


@pytest.mark.file
def test_every_view_can_be_dropped_and_made_again(worked):
    before = asked(worked, "v_opportunity")
    with closing(sqlite3.connect(worked.path)) as con:
        for statement in (*views.dropped(), *views.ddl()):
            con.execute(statement)
        con.commit()
    assert asked(worked, "v_opportunity") == before
    worked.ok("add", "X")
