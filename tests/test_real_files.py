"""Exports as other systems write them, imported as a newcomer would, against what they have to say.

The files are not part of this repository. DEALFLOW_DATA names their folder (one with `rendered/`,
`salesforce/`, `hubspot/` …); without it these tests are skipped.
"""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("DEALFLOW_DATA", "/nowhere"))
RENDERED = FOLDER / "rendered"

pytestmark = [
    pytest.mark.file,
    pytest.mark.skipif(not (RENDERED / "expected.json").is_file(), reason="the files are not here"),
]

WITH_ALL = ("--create", "all", "--force", "--why", "as it was there")
#: the words of the files for the two open stages, in any language
OPEN_STAGES = {
    **dict.fromkeys(("Prospecting", "潜在客户"), "Prospecting"),
    **dict.fromkeys(("Engaging", "价格谈判"), "Engaging"),
}
#: Salesforce's report has no column for it
WITHOUT_REASONS = "salesforce_report_us.csv"


def expected():
    return json.loads((RENDERED / "expected.json").read_text(encoding="utf-8"))


def deal_files():
    if not RENDERED.is_dir():
        return ["none"]
    return sorted(p.name for p in RENDERED.glob("*.csv") if "跟进" not in p.name)


@pytest.fixture
def line(cli_without_database):
    start = ("init", "--pipeline", "en", "--currency", "USD", "--timezone", "Asia/Shanghai")
    cli_without_database.ok(*start)
    return cli_without_database


@pytest.mark.parametrize("name", deal_files())
def test_forty_deals_are_the_same_in_every_layout(line, name):
    line.ok("import", str(RENDERED / name), *WITH_ALL)
    deals = line.json("list", "status:any", "pipeline:any", "--limit", "0")
    told, words = expected(), {}
    worth, by_rep = Counter(), defaultdict(Counter)
    for deal in deals:
        status = deal["status"]
        words.setdefault(status, []).append(deal)
        worth[status] += round(float(deal["amount"] or 0))
        by_rep[deal["owner"]][status] += 1
        if status == "won":
            by_rep[deal["owner"]]["won_amount"] += round(float(deal["amount"]))
    assert len(deals) == told["opportunities"]
    assert {status: len(found) for status, found in words.items()} == told["by_status"]
    assert worth == told["amount_by_status"]
    stages = Counter(OPEN_STAGES[deal["stage_name"]] for deal in words["open"])
    assert stages == {key: told["by_stage"][key] for key in ("Prospecting", "Engaging")}
    assert len(line.json("accounts", "list", "--limit", "0")) == told["accounts"]
    chinese = not name.isascii()
    for rep, counts in told["by_rep"].items():
        handle = counts.pop("zh") if chinese else rep
        counts.pop("zh", None)
        mine = by_rep[rep_of(line, handle)]
        assert {key: mine[key] for key in counts} == counts, rep
    days = line.rows(
        "SELECT min(created_at), max(created_at), min(closed_at), max(closed_at) FROM opportunity"
    )
    assert [day_of(at) for at in days[0]] == [*told["created"], *told["closed"]]
    if name != WITHOUT_REASONS:
        lost = line.rows(
            "SELECT r.name FROM visit v LEFT JOIN loss_reason r ON r.id = v.reason_id"
            " WHERE v.ending = 'lost'"
        )
        found = Counter(reason or "(blank)" for (reason,) in lost)
        assert sorted(found.values()) == sorted(told["loss_reasons"].values())
        assert found["(blank)"] == told["loss_reasons"]["(blank)"]


def rep_of(line, name):
    """The handle of a rep of this name."""
    return next(rep["handle"] for rep in line.json("reps", "list") if rep["name"] == name)


def day_of(seconds):
    from datetime import datetime
    from zoneinfo import ZoneInfo

    return datetime.fromtimestamp(seconds, ZoneInfo("Asia/Shanghai")).date().isoformat()


@pytest.mark.parametrize("name", deal_files())
def test_the_same_file_again_changes_nothing(line, name):
    line.ok("import", str(RENDERED / name), *WITH_ALL)
    before = line.content()
    again = line.ok("import", str(RENDERED / name), *WITH_ALL)
    assert "nothing changed" in again.err
    assert line.content() == before


def test_follow_ups_are_overdue_as_the_file_says(line):
    told = expected()["followups"]
    line.ok("import", str(RENDERED / "简道云_商机_utf8bom.csv"), *WITH_ALL)
    said = line.ok("import", str(RENDERED / told["file"]), "--json")
    made = {row["table"]: row["created"] for row in said.data}
    assert made == {"activities": told["records"], "follow-ups": told["with_next_date"]}
    as_of = ("--as-of", told["as_of"])
    rows = line.json("overdue", *as_of, "--limit", "0")["rows"]
    late = {row["title"] for row in rows if row["due"][:10] < told["as_of"]}
    assert late == set(told["overdue_before_as_of_date"])
    today = {
        row["title"] for row in line.json("agenda", *as_of) if row["due"][:10] == told["as_of"]
    }
    assert today == set(told["due_on_as_of_date"])


#: by folder its other files in the order in which they stand on each other, with what they do not
#: say themselves, and how many of their rows are of nobody that is known
TRANSLATED = ("--value", "product:GTXPro=GTX Pro", "--closed-in", "engaging")
TYPES = ("--value", "kind:whatsapp=message", "--value", "kind:task=note")
OTHERS = {
    "salesforce": [
        ("opportunity_sample_org.csv", 36, WITH_ALL, 0),
        ("opportunity_history_sample_org.csv", 48, WITH_ALL, 0),
        ("opportunities_apex_recipes.csv", 50, WITH_ALL, 0),
    ],
    "hubspot": [
        ("hubspot_deals.csv", 500, WITH_ALL, 0),
        ("hubspot_activities.csv.gz", 2000, ("--create", "reps"), 1261),
    ],
    "maven_crm": [
        ("sales_teams.csv", 35, (), 0),
        ("products.csv", 7, (), 0),
        ("accounts.csv", 85, ("--create", "all"), 0),
        ("sales_pipeline.csv", 8800, (*WITH_ALL, *TRANSLATED), 0),
    ],
    "helixcore": [
        ("reps.csv", 18, (), 0),
        ("leads.csv.gz", 5200, ("--create", "all"), 0),
        ("funnel_stage_history.csv.gz", 26436, (), 0),
        ("sales_activities.csv.gz", 30160, TYPES, 0),
        ("deals.csv", 693, ("--map", "deal_id=,owner_rep_id=owner,lost_reason="), 0),
    ],
}
PIPELINES = {"maven_crm": "hardware.toml", "helixcore": "funnel.toml"}


@pytest.mark.parametrize("system", OTHERS)
def test_every_other_file_comes_in_by_its_headings_and_again_changes_nothing(
    cli_without_database, tmp_path, system
):
    line = cli_without_database
    line.at("2026-11-25T12:00:00+00:00")
    own = PIPELINES.get(system)
    pipeline = str(Path(__file__).parent / "data" / own) if own else "en"
    line.ok("init", "--pipeline", pipeline, "--currency", "USD", "--timezone", "UTC")
    for name, rows, words, unknown in OTHERS[system]:
        file = ("import", str(FOLDER / system / name), *words)
        bad = tmp_path / f"{name}.bad"
        said = line(*file, "--json", "--skip-bad", str(bad))
        assert said.code == (11 if unknown else 0), (name, said.err)
        assert sum(row["rejected"] for row in said.data) == unknown, name
        assert sum(map(taken, said.data)) + unknown >= rows, name
        again = line(*file, "--json", "--skip-bad", f"{bad}.again")
        assert sum(row["created"] + row["updated"] for row in again.data) == 0, name


def taken(row):
    return row["created"] + row["updated"] + row["unchanged"]
