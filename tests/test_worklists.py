"""next, unplanned, quiet, stuck and gaps as they are typed, on a file and on a server."""

from __future__ import annotations

from datetime import date, datetime

import pytest

LISTS = ("next", "unplanned", "quiet", "stuck", "gaps")


@pytest.fixture
def team(dealflow):
    """A deal of li's that lacks much, one of wang's that is whole, and one in another currency."""
    return dealflow.once(make_team)


def make_team(dealflow):
    dealflow.at("2026-05-04T10:00:00+08:00")
    dealflow.ok("reps", "add", "王芳", "--handle", "wang")
    dealflow.ok("accounts", "add", "Bolt")
    dealflow.ok("add", "年度合同", "--grade", "A")
    dealflow.ok("add", "Valves", "-a", "Acme", "-v", "12万", "--owner", "wang", "--close", "2026-08-31",
                "--contact", "Zhao", "--next", "2026-07-20")  # fmt: skip
    dealflow.ok("add", "Seals", "-a", "Acme", "-v", "USD 900", "--close", "2026-06-01")
    dealflow.ok("plan", "3", "2026-06-26", "call")
    dealflow.at("2026-07-01T10:00:00+08:00")


def titles(answer):
    return [row["title"] for row in answer["rows"]]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_a_report_in_every_format_and_exits_with_10_when_asked_to_check(team, name):
    report = team.json(name)
    assert report["report"] == name
    assert report["rows"]
    for format_ in ("table", "ndjson", "csv", "tsv", "md", "ids"):
        said = team(name, "-o", format_)
        assert (said.code, bool(said.out)) == (0, True), said.err
    assert team(name, "--check").code == 10
    assert team(name, "--check", "title:nothing-like-it").code == 0
    assert team(name, "grad:A").code == 2
    assert team(name, "--for", "nobody").code == 3
    assert titles(team.json(name, "--limit", "1")) == titles(report)[:1]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_knows_the_past(team, name):
    before = team.json(name, "--as-of", "2026-06-30")
    team.ok("plan", "1", "2026-08-20", "call")
    team.ok("log", "1", "call")
    team.ok("edit", "1", "-v", "5万", "-a", "Bolt", "--contact", "Li", "--close", "2026-09-30")
    team.ok("lose", "3", "-r", "price")
    after = team.json(name, "--as-of", "2026-06-30")
    assert before["rows"] == after["rows"]
    assert before["notes"] == after["notes"]
    assert team.json(name)["rows"] != before["rows"]


def test_who_is_where_in_the_lists(team):
    assert titles(team.json("unplanned")) == ["年度合同"]
    assert titles(team.json("quiet")) == ["年度合同", "Valves", "Seals"]  # A 7d; none 14d
    assert titles(team.json("stuck")) == ["年度合同", "Valves", "Seals"]  # a lead for 58 days
    # 1 unplanned + 3 quiet + 3 stuck + 2 grade; 3 × 1.6 late + 3 quiet + 3 stuck + 1 close; 7
    assert [row["score"] for row in team.json("next", "--all")["rows"]] == [11.8, 9.0, 7.0]
    assert titles(team.json("next", "--all")) == ["Seals", "年度合同", "Valves"]
    assert titles(team.json("next")) == ["Seals", "年度合同"]
    assert titles(team.json("next", "--for", "王芳")) == ["Valves"]
    told = team.json("next", "id:3")["rows"][0]
    assert told["why"].startswith("5 days late · 4.1× the expected time in this stage")
    assert "close date passed 30 days ago" in told["why"]


def test_a_weight_is_a_number_and_is_undone_like_any_setting(team):
    team.ok("settings", "set", "next.late", "7.5")
    assert ("next.late", "7.5") in team.rows("SELECT key, value FROM setting")
    assert team.json("next", "--explain")["formula"][0]["weight"] == 7.5
    for wrong in ("-1", "101", "nan", "inf", "many", "٣"):
        assert team("settings", "set", "next.late", wrong).code == 2, wrong
    assert team("settings", "set", "next.lat", "1").code == 2
    team.ok("undo")
    assert team.json("next", "--explain")["formula"][0]["weight"] == 3


# ── gaps ──────────────────────────────────────────────────────────────────────────────────────


def gap(answer, deal):
    return next(row for row in answer["rows"] if row["id"] == deal)


def test_what_is_missing_comes_with_the_command_that_mends_it(team):
    report = team.json("gaps")
    assert [row["id"] for row in report["rows"]] == [1, 3]
    assert gap(report, 1)["kinds"] == ["account", "contact", "amount", "close"]
    assert gap(report, 1)["command"] == (
        "dealflow edit 1 --account NAME --contact NAME --value AMOUNT --close DATE"
    )
    assert gap(report, 3)["kinds"] == ["contact", "close_past"]
    assert report["notes"] == ["6 gaps; by rep: li 6"]
    team.ok("edit", "1", "--account", "Bolt", "--contact", "Li", "--value", "5万", "--close", "eoq")
    assert [row["id"] for row in team.json("gaps")["rows"]] == [3]


def test_what_a_stage_asks_for_is_missing_there_and_beyond_and_nowhere_else(team):
    # in `en` the stage needs asks for the field need
    for deal, stage in ((1, "interested"), (2, "needs"), (3, "solution")):
        team.ok("advance", str(deal), stage, "--force", "--why", "x")
    found = {row["id"]: row["kinds"] for row in team.json("gaps", "--only", "asked")["rows"]}
    asking = team.json("stages", "show", "interested")["requires"]
    early = any("field:need" in rule["rule"] for rule in asking)
    assert {deal for deal, kinds in found.items() if "field:need" in kinds} == (
        {1, 2, 3} if early else {2, 3}
    )
    assert "--set need=…" in team.json("gaps", "--only", "asked")["rows"][0]["command"]
    team.ok("edit", "3", "--set", "need=quiet")
    assert "field:need" not in {
        row["id"]: row["kinds"] for row in team.json("gaps", "--only", "asked")["rows"]
    }.get(3, [])


def test_a_deal_moved_twice_within_a_minute(team):
    force = ("--force", "--why", "x")
    team.ok("advance", "2", *force)
    team.at("2026-07-01T10:01:00+08:00")
    team.ok("advance", "2", *force)
    [row] = team.json("gaps", "--only", "moved_twice")["rows"]
    assert (row["id"], row["owner"], row["command"]) == (2, "wang", "dealflow history 2")
    assert row["missing"] == "moved twice within 60 s on 2026-07-01"
    team.at("2026-07-01T10:02:01+08:00")
    team.ok("advance", "3", *force)
    team.at("2026-07-01T10:03:02+08:00")
    team.ok("advance", "3", *force)
    assert [r["id"] for r in team.json("gaps", "--only", "moved_twice")["rows"]] == [2]
    team.at("2026-12-01T10:00:00+08:00")
    assert team.json("gaps", "--only", "moved_twice")["rows"] == []
    assert len(team.json("gaps", "--only", "moved_twice", "--period", "2026-07")["rows"]) == 1


def test_a_deal_closed_without_a_contact_logged(team):
    team.ok("lose", "1", "-r", "price")
    team.ok("void", "3")
    [row] = team.json("gaps", "--only", "closed_in_silence")["rows"]
    assert (row["id"], row["missing"]) == (1, "lost without a contact logged")
    team.ok("log", "1", "call", "--at", "2026-06-30")
    assert team.json("gaps", "--only", "closed_in_silence")["rows"] == []


@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("2026-05-29", True),  # the Friday before a Sunday that ends the month
        ("2026-05-31", True),
        ("2026-05-28", False),
        ("2026-06-30", True),
    ],
)
def test_many_deals_moved_within_an_hour_at_a_months_end(team, day, found):
    team.at("2026-05-20T09:00:00+08:00")
    for n in range(5):
        team.ok("add", f"Deal {n}")
    for n, minute in enumerate((0, 10, 20, 50, 60)):
        team.at(f"{day}T{17 + minute // 60}:{minute % 60:02}:00+08:00")
        team.ok("advance", str(4 + n), "--force", "--why", "x")
    team.at("2026-07-01T10:00:00+08:00")
    rows = team.json("gaps", "--only", "month_end")["rows"]
    assert bool(rows) == found
    if found:
        assert (rows[0]["owner"], rows[0]["command"]) == ("li", "dealflow list id:4,5,6,7,8")
        assert rows[0]["missing"] == f"5 deals moved at a month's end: {day}, 17:00 to 18:00"
        assert len(team.json("list", "id:4,5,6,7,8")) == 5
        team.ok("undo")
        assert team.json("gaps", "--only", "month_end")["rows"] == []


def test_gaps_are_counted_rep_by_rep(team):
    report = team.json("gaps", "--by", "rep")
    by_rep = {row["owner"]: row for row in report["rows"]}
    assert (by_rep["li"]["gaps"], by_rep["li"]["open"], by_rep["li"]["complete"]) == (6, 2, 0)
    assert (by_rep["wang"]["gaps"], by_rep["wang"]["complete"]) == (0, 1)
    assert by_rep["li"]["contact"] == 2
    assert team("gaps", "--by", "team").code == 2
    assert team("gaps", "--only", "contct").err.splitlines()[-1] == "hint: did you mean contact?"


# ── on the borders of summer time ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("zone", "contact", "quiet_from"),
    [
        # a week later by the calendar, over 167 and over 169 hours
        ("Europe/Berlin", "2026-03-25T23:30:00+01:00", "2026-04-02T00:00:00+02:00"),
        ("Europe/Berlin", "2026-10-21T00:30:00+02:00", "2026-10-29T00:00:00+01:00"),
        ("America/New_York", "2026-03-04T23:30:00-05:00", "2026-03-12T00:00:00-04:00"),
        ("America/New_York", "2026-10-28T00:30:00-04:00", "2026-11-05T00:00:00-05:00"),
    ],
)
def test_a_deal_goes_quiet_at_a_midnight_across_the_change_of_clocks(
    dealflow, zone, contact, quiet_from
):
    dealflow.ok("settings", "set", "timezone", zone)
    moment = datetime.fromisoformat(contact)
    dealflow.at(contact)
    dealflow.ok("add", "Pump", "--grade", "A")
    dealflow.ok("log", "1", "call")
    border = datetime.fromisoformat(quiet_from)
    dealflow.at(datetime.fromtimestamp(border.timestamp() - 1, border.tzinfo).isoformat())
    assert dealflow.json("quiet")["rows"] == []
    dealflow.at(quiet_from)
    [row] = dealflow.json("quiet")["rows"]
    assert (row["days_late"], row["due"]) == (1, str(date.fromordinal(moment.toordinal() + 7)))
