"""`dealflow import history`: stage rows become visits, with their own people and times."""

from datetime import datetime

import pytest

HEADING = "opportunity_id,stage,entered_at,owner,amount\n"
VISITS = (
    "SELECT o.external_id, v.seq, s.key, v.entered_at, v.left_at, v.ending, v.owner_id,"
    " v.end_owner_id, v.amount, v.end_amount FROM visit v JOIN stage s ON s.id = v.stage_id"
    " JOIN opportunity o ON o.id = v.opportunity_id ORDER BY o.external_id, v.seq"
)


def at(local):
    return int(datetime.fromisoformat(f"{local}+08:00").timestamp())


def tally(said, table):
    return next(row for row in said.data if row["table"] == table)


@pytest.fixture
def team(dealflow):
    dealflow.ok("reps", "add", "wang", "--email", "wang@example.com")
    return dealflow


@pytest.fixture
def moved(team):
    """A deal that was imported as it stands, and the history of it and of another one."""
    deals = (
        "external_id,title,stage,created,closed,amount,owner\n"
        "a,Pumps,Closed Lost,2026-05-01,2026-05-20,900,li\n"
    )
    team.ok("import", "deals", "-", "--closed-in", "lead", stdin=deals)
    team.history = HEADING + (
        "b,needs,2026-05-03 10:00,wang,70\n"
        "a,lead,2026-05-01 09:00,wang,500\n"
        "b,lead,2026-05-02 10:00,li,70\n"
        "a,solution,2026-05-05 09:00,wang,700\n"
        "a,Closed Lost,2026-05-20 15:00,li,900\n"
    )
    return team


def test_rows_become_visits_of_deals_that_are_there_and_make_those_that_are_not(moved):
    said = moved.ok("import", "history", "-", "--json", stdin=moved.history)
    assert tally(said, "deals") | {"table": ""} == {
        "table": "",
        "created": 1,
        "updated": 1,
        "unchanged": 0,
        "rejected": 0,
    }
    assert (tally(said, "history")["created"], tally(said, "history")["updated"]) == (3, 1)
    assert moved.rows(VISITS) == [
        (
            "a",
            1,
            "lead",
            at("2026-05-01 09:00"),
            at("2026-05-05 09:00"),
            "advanced",
            2,
            2,
            50000,
            50000,
        ),
        (
            "a",
            2,
            "solution",
            at("2026-05-05 09:00"),
            at("2026-05-20 15:00"),
            "lost",
            2,
            1,
            70000,
            90000,
        ),
        (
            "b",
            1,
            "lead",
            at("2026-05-02 10:00"),
            at("2026-05-03 10:00"),
            "advanced",
            1,
            1,
            7000,
            7000,
        ),
        ("b", 2, "needs", at("2026-05-03 10:00"), None, None, 2, None, 7000, None),
    ]
    assert moved.rows("SELECT external_id, status, owner_id FROM opportunity ORDER BY 1") == [
        ("a", "lost", 1),
        ("b", "open", 2),
    ]
    assert "2 moves passed over stages" in said.err
    assert "1 deal made from history alone" in said.err
    moved.ok("db", "check")


def test_on_a_day_of_the_history_a_deal_was_whose_it_was(moved):
    moved.ok("import", "history", "-", stdin=moved.history)
    moved.at("2026-07-02T10:00:00+08:00")
    moved.ok("edit", "2", "--owner", "li")
    owners = {
        day: {r["title"]: r["owner"] for r in moved.json("list", "status:any", "--as-of", day)}
        for day in ("2026-05-02", "2026-05-10", "2026-05-20", "2026-07-01")
    }
    assert owners == {
        "2026-05-02": {"Pumps": "wang", "b": "li"},
        "2026-05-10": {"Pumps": "wang", "b": "wang"},
        "2026-05-20": {"Pumps": "li", "b": "wang"},
        "2026-07-01": {"Pumps": "li", "b": "wang"},
    }
    assert moved.json("show", "1", "--as-of", "2026-05-10")["owner"] == "wang"


def test_a_second_time_changes_nothing_and_one_undo_takes_it_back(moved):
    before = moved.content()
    moved.ok("import", "history", "-", stdin=moved.history)
    after = moved.content()
    again = moved.ok("import", "history", "-", "--json", stdin=moved.history)
    assert tally(again, "history")["unchanged"] == 4
    assert "nothing changed" in again.err
    assert moved.content() == after
    moved.ok("undo")
    assert moved.content() == before
    moved.ok("db", "check")


def test_next_months_history_goes_on_from_there(moved):
    moved.ok("import", "history", "-", stdin=moved.history)
    more = moved.history + "b,solution,2026-06-03 10:00,wang,80\n"
    said = moved.ok("import", "history", "-", "--json", stdin=more)
    assert tally(said, "history")["created"] == 1
    assert moved.rows(VISITS)[-1][2:6] == ("solution", at("2026-06-03 10:00"), None, None)
    moved.ok("db", "check")


def test_what_was_moved_here_since_stands(moved):
    moved.ok("import", "history", "-", stdin=moved.history)
    moved.ok("advance", "2", "solution", "--force", "--why", "x")
    before = moved.content()
    said = moved.ok("import", "history", "-", "--json", stdin=moved.history)
    assert tally(said, "history")["unchanged"] == 4
    other = moved.history.replace("b,needs,2026-05-03", "b,needs,2026-05-04")
    told = moved.ok("import", "history", "-", stdin=other)
    assert "1 deal moved here otherwise than the file says" in told.err
    assert moved.content() == before


def test_a_close_that_only_the_deal_knows_ends_its_history(moved):
    text = "\n".join(moved.history.splitlines()[:-1]) + "\n"
    said = moved.ok("import", "history", "-", stdin=text)
    assert "1 deal closed later than the history ends: that close stands" in said.err
    ends = [row[4:6] for row in moved.rows(VISITS) if row[0] == "a"]
    assert ends[-1] == (at("2026-05-20 00:00"), "lost")
    again = moved.ok("import", "history", "-", "--json", stdin=text)
    assert tally(again, "history")["unchanged"] == 4
    moved.ok("db", "check")


def test_bad_rows_are_told_by_line_and_nothing_is_changed(team):
    before = team.content()
    text = HEADING + (
        "a,lead,2026-05-01,li,\n"
        "a,nowhere,2026-05-02,li,\n"
        "a,needs,2027-05-02,li,\n"
        "a,needs,,li,\n"
        ",needs,2026-05-02,li,\n"
        "a,needs,2026-05-02,nobody,\n"
    )
    said = team("import", "history", "-", stdin=text)
    assert said.code == 5
    for line, told in (
        (3, "no stage 'nowhere'"),
        (4, "lies in the future"),
        (5, "does not say when"),
        (6, "does not say of which deal"),
        (7, "no rep 'nobody'"),
    ):
        assert any(f"line {line}: " in row and told in row for row in said.err.splitlines())
    assert team.content() == before


def test_a_field_history_tells_the_stage_before_the_first_change(team):
    text = (
        "OpportunityId,CreatedById,CreatedDate,OldValue,NewValue\n"
        "a,wang,2026-05-05 09:00,Lead,Needs\n"
    )
    deals = "external_id,title,stage,created\na,Pumps,lead,2026-05-01\n"
    team.ok("import", "-", stdin=deals)
    team.ok("import", "history", "-", stdin=text)
    assert [row[2:6] for row in team.rows(VISITS)] == [
        ("lead", at("2026-05-01 00:00"), at("2026-05-05 09:00"), "advanced"),
        ("needs", at("2026-05-05 09:00"), None, None),
    ]


def test_a_dry_run_says_the_same_and_saves_nothing(moved):
    before = moved.content()
    said = moved.ok("import", "history", "-", "--dry-run", "--json", stdin=moved.history)
    assert moved.content() == before
    assert moved.ok("import", "history", "-", "--json", stdin=moved.history).data == said.data
