"""The public CRM sales data of Maven Analytics, imported and counted: 8,800 deals of one company.

The files are not part of this repository. DEALFLOW_MAVEN names their folder; without it, and
without a folder data/maven_crm beside the repository, these tests are skipped.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
BESIDE = next(iter(sorted(HERE.parent.parent.glob("*/data/maven_crm"))), HERE)
FOLDER = Path(os.environ.get("DEALFLOW_MAVEN", BESIDE))
PIPELINE = HERE / "data" / "hardware.toml"

pytestmark = pytest.mark.skipif(
    not (FOLDER / "sales_pipeline.csv").is_file(), reason="the Maven files are not here"
)

TRANSLATED = ("--value", "product:GTXPro=GTX Pro")
DEALS = (
    *("import", "deals", str(FOLDER / "sales_pipeline.csv")),
    *("--map", "sales_agent=rep,close_value=amount", "--closed-in", "engaging"),
)


def source():
    """The file itself, read with nothing but the csv module."""
    with (FOLDER / "sales_pipeline.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


#: finished databases, by name and place, so that each is made once
MADE: dict[tuple[str, bool], tuple[Any, Any]] = {}


def made_once(line, name, make):
    """The line on a database of its own that `make` made, and what `make` said."""
    place = name, line.url is None
    if place not in MADE:
        said = make(line)
        MADE[place] = line.keep(), said
    MADE[place][0](line)
    line.said = MADE[place][1]
    return line


def people(line):
    line.ok("init", "--pipeline", str(PIPELINE), "--currency", "USD", "--timezone", "UTC")
    agents = ("--map", "sales_agent=name,regional_office=team")
    line.ok("import", "reps", str(FOLDER / "sales_teams.csv"), *agents)
    line.ok("import", "products", str(FOLDER / "products.csv"))
    said = line.ok("import", "accounts", str(FOLDER / "accounts.csv"))
    assert "ignored: year_established, revenue" in said.err


@pytest.fixture
def company(cli_without_database):
    """The company's people, products and customers."""
    return made_once(cli_without_database, "company", people)


@pytest.fixture
def imported(company):
    """The company with all its deals."""
    return made_once(company, "imported", lambda line: line.ok(*DEALS, *TRANSLATED, "--json"))


def test_reps_products_and_customers_are_all_there(company):
    for table, count in (("rep", 35 + 1), ("product", 7), ("account", 85)):
        assert company.rows(f"SELECT count(*) FROM {table}") == [(count,)]
    with (FOLDER / "accounts.csv").open(encoding="utf-8", newline="") as file:
        children = {
            r["account"]: r["subsidiary_of"] for r in csv.DictReader(file) if r["subsidiary_of"]
        }
    found = company.rows(
        "SELECT a.name, p.name FROM account a JOIN account p ON p.id = a.parent_id"
    )
    assert dict(found) == children


def test_every_deal_comes_in_with_its_outcome_and_value(imported):
    assert imported.said.data == [
        {"table": "deals", "created": 8800, "updated": 0, "unchanged": 0, "rejected": 0}
    ]
    assert "500 deals without a created date" in imported.said.err
    assert "2,473 deals lost without a reason" in imported.said.err
    found = imported.rows("SELECT status, count(*), sum(amount) FROM opportunity GROUP BY 1")
    assert found == [("lost", 2473, 0), ("open", 2089, None), ("won", 4238, 1_000_553_400)]
    open_in = "SELECT s.key, count(*) FROM opportunity o JOIN stage s ON s.id = o.stage_id"
    assert imported.rows(open_in + " WHERE o.status = 'open' GROUP BY s.key ORDER BY 2") == [
        ("prospecting", 500),
        ("engaging", 1589),
    ]
    imported.ok("db", "check")


@pytest.mark.parametrize("by", ["sales_agent", "product"])
def test_wins_and_losses_per_rep_and_per_product_are_those_of_the_file(imported, by):
    expected = Counter(
        (row[by].replace("GTXPro", "GTX Pro"), row["deal_stage"].lower())
        for row in source()
        if row["deal_stage"] in {"Won", "Lost"}
    )
    name = {
        "sales_agent": "SELECT name FROM rep WHERE id = v.end_owner_id",
        "product": "SELECT p.name FROM opportunity_line l JOIN product p ON p.id = l.product_id"
        " WHERE l.opportunity_id = v.opportunity_id",
    }[by]
    found = imported.rows(
        f"SELECT ({name}), v.ending, count(*) FROM visit v WHERE v.ending IS NOT NULL GROUP BY 1, 2",
    )
    assert {(who, ending): count for who, ending, count in found} == expected


def test_days_and_amounts_of_every_closed_deal_are_those_of_the_file(imported):
    expected = {
        row["opportunity_id"]: (
            row["engage_date"],
            row["close_date"],
            int(row["close_value"]) * 100,
        )
        for row in source()
        if row["close_date"]
    }
    found = imported.rows(
        "SELECT o.external_id, v.entered_at, v.left_at,"
        " v.end_amount FROM opportunity o JOIN visit v ON v.opportunity_id = o.id"
        " WHERE v.ending IS NOT NULL",
    )
    told = {
        key: (
            str(datetime.fromtimestamp(entered, UTC).date()),
            str(datetime.fromtimestamp(left, UTC).date()),
            amount,
        )
        for key, entered, left, amount in found
    }
    assert told == expected


def test_the_same_files_again_change_nothing(imported):
    journal = "SELECT (SELECT count(*) FROM command), (SELECT count(*) FROM change)"
    before = imported.rows(journal)
    imported.at("2026-07-08T10:00:00+08:00")
    said = imported.ok(*DEALS, *TRANSLATED, "--json")
    assert said.data[0]["unchanged"] == 8800
    imported.ok("import", "accounts", str(FOLDER / "accounts.csv"))
    assert imported.rows(journal) == before


def test_undo_takes_everything_away(imported):
    imported.ok("undo")
    for table in ("opportunity", "opportunity_line", "visit"):
        assert imported.rows(f"SELECT count(*) FROM {table}") == [(0,)]
    assert imported.rows("SELECT count(*) FROM account") == [(85,)]


def test_without_the_translation_the_unknown_product_is_named_once(company, tmp_path):
    said = company(*DEALS)
    assert (said.code, said.out) == (5, "")
    assert "1,480 of 8,800 rows cannot be taken in; nothing was changed" in said.err
    assert "line 3: no product 'GTXPro'; did you mean GTX Pro? (1,480 rows)" in said.err
    assert '--value "product:GTXPro=GTX Pro"' in said.err
    assert company.rows("SELECT count(*) FROM opportunity") == [(0,)]


def test_without_the_translation_the_other_rows_can_come_first(company, tmp_path):
    kept = tmp_path / "rejected.csv"
    said = company(*DEALS, "--skip-bad", str(kept))
    assert said.code == 11
    with kept.open(encoding="utf-8", newline="") as file:
        assert {row["product"] for row in csv.DictReader(file)} == {"GTXPro"}
    later = company.ok(*DEALS[:2], str(kept), *DEALS[3:], *TRANSLATED, "--json")
    assert later.data[0]["created"] == 1480
    assert company.rows("SELECT count(*) FROM opportunity") == [(8800,)]


def test_the_close_rate_and_its_interval_are_those_of_the_file(imported):
    """4,238 of 6,711: Wilson's interval, worked out elsewhere (statsmodels' proportion_confint)."""
    total = imported.json("close-rates")["total"]
    assert (total["won"], total["lost"], total["open"]) == (4238, 2473, 2089)
    rate = [round(total[f"close_rate{end}"], 4) for end in ("", "_low", "_high")]
    assert rate == [0.6315, 0.6199, 0.6430]


def test_the_close_rates_of_the_reps_are_those_of_the_file(imported):
    expected = Counter((row["sales_agent"], row["deal_stage"]) for row in source())
    found = imported.json("close-rates", "--by", "rep")["rows"]
    assert {row["rep"]: (row["won"], row["lost"]) for row in found} == {
        ".".join(name.lower().split()): (expected[name, "Won"], expected[name, "Lost"])
        for name in {name for name, _ in expected}
    }
