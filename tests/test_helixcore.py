"""A public history of 5,200 leads, imported, and the reports held against pandas on the raw rows.

The files are not part of this repository. DEALFLOW_HELIXCORE names their folder; without it, and
without a folder data/helixcore beside the repository, these tests are skipped. The rows contradict
one another; pandas settles them by the rule of docs/definitions.md, in its own way.
"""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pandas as pd
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

HERE = Path(__file__).parent
BESIDE = next(iter(sorted(HERE.parent.parent.glob("*/data/helixcore"))), HERE)
FOLDER = Path(os.environ.get("DEALFLOW_HELIXCORE", BESIDE))
PIPELINE = HERE / "data" / "funnel.toml"
STAGES = [
    "New",
    "Attempted",
    "Working",
    "Contacted",
    "Qualified",
    "SQL",
    "Demo Completed",
    "Proposal",
]
CLOSED = ["Closed Won", "Closed Lost"]
NOW = "2026-10-01T10:00:00+00:00"

pytestmark = pytest.mark.skipif(
    not (FOLDER / "funnel_stage_history.csv.gz").is_file(), reason="the files are not here"
)
MADE = {}


@pytest.fixture(scope="module")
def rows():
    """The raw rows, in the order that the rule gives them, each with what came after it."""
    found = pd.read_csv(FOLDER / "funnel_stage_history.csv.gz", parse_dates=["entered_at"])
    found["place"] = found.stage.map({name: n for n, name in enumerate([*STAGES, *CLOSED])})
    found = found.sort_values(["lead_id", "entered_at", "place"], kind="stable")
    after = found.groupby("lead_id")[["stage", "place", "entered_at", "owner_rep_id"]].shift(-1)
    found[["next", "next_place", "left", "next_owner"]] = after
    return found


def unpacked(name, folder):
    path = folder / name
    path.write_bytes(gzip.decompress((FOLDER / f"{name}.gz").read_bytes()))
    return str(path)


@pytest.fixture
def funnel(cli_without_database, tmp_path):
    line = cli_without_database
    place = line.url is None
    if place not in MADE:
        line.at(NOW)
        line.ok("init", "--pipeline", str(PIPELINE), "--currency", "USD", "--timezone", "UTC")
        who = ("--map", "rep_id=handle,rep_name=name")
        line.ok("import", "reps", str(FOLDER / "reps.csv"), *who)
        leads = ("--map", "lead_id=external_id,created_at=created,expected_mrr_usd=amount")
        line.ok("import", "deals", unpacked("leads.csv", tmp_path), *leads)
        said = line.ok("import", "history", unpacked("funnel_stage_history.csv", tmp_path))
        MADE[place] = line.keep(), said
    MADE[place][0](line)
    line.said = MADE[place][1]
    line.at(NOW)
    return line


def test_what_contradicts_itself_is_counted(funnel):
    for told in (
        "16 rows out of time order",
        "333 rows at the same instant",
        "11,216 rows end after the next begins",
        "8,892 rows end before the next begins",
    ):
        assert told in funnel.said.err


def test_every_row_is_a_visit_or_the_end_of_one(funnel, rows):
    ((count,),) = funnel.rows("SELECT count(*) FROM visit")
    assert count == rows.stage.isin(STAGES).sum()
    ends = dict(funnel.rows("SELECT status, count(*) FROM opportunity GROUP BY status"))
    last = rows.groupby("lead_id").stage.last()
    expected = {"won": (last == "Closed Won").sum(), "lost": (last == "Closed Lost").sum()}
    assert ends == expected | {"open": last.isin(STAGES).sum()}
    funnel.ok("db", "check")


def test_leakage_is_that_of_the_raw_rows(funnel, rows):
    """The fate of a deal at a stage is that of its last visit there."""
    found = {row["stage_name"]: row for row in funnel.json("leakage")["rows"]}
    visits = rows[rows.stage.isin(STAGES)]
    last = visits.groupby(["stage", "lead_id"]).tail(1)
    for name, at in last.groupby("stage"):
        place = STAGES.index(name)
        fates = {
            "entered": len(at),
            "lost": (at.next == "Closed Lost").sum(),
            "returned": (at.next_place < place).sum(),
            "still": at.next.isna().sum(),
            "advanced": ((at.next_place > place) & (at.next != "Closed Lost")).sum(),
        }
        assert {key: found[name][key] for key in fates} == fates, name


def test_days_in_a_stage_are_those_of_the_raw_rows(funnel, rows):
    """Kaplan and Meier's median by statsmodels, over stays, those that go on as censored."""
    found = {row["stage_name"]: row for row in funnel.json("leakage")["rows"]}
    now = pd.Timestamp(NOW).tz_localize(None)
    for name, at in rows[rows.stage.isin(STAGES)].groupby("stage"):
        days = (at.left.fillna(now) - at.entered_at).dt.total_seconds() / 86_400
        median = SurvfuncRight(days, at.left.notna().astype(int)).quantile(0.5)
        assert found[name]["days_median"] == pytest.approx(median, abs=0.06), name


def test_close_rates_are_those_of_whoever_closed(funnel, rows):
    closed = rows[rows.stage.isin(CLOSED)]
    expected = pd.crosstab(closed.owner_rep_id, closed.stage)
    found = {row["rep"]: (row["won"], row["lost"]) for row in funnel.json("close-rates")["rows"]}
    for rep, told in expected.iterrows():
        assert found[rep] == (told["Closed Won"], told["Closed Lost"]), rep


def test_the_same_history_again_changes_nothing(funnel, tmp_path):
    before = funnel.rows("SELECT count(*) FROM change")
    said = funnel.ok("import", "history", unpacked("funnel_stage_history.csv", tmp_path))
    assert "nothing changed" in said.err
    assert funnel.rows("SELECT count(*) FROM change") == before


def test_the_deals_say_what_they_were_worth(funnel):
    columns = "lead_id=external_id,deal_created_at=created,close_at=closed,final_mrr_usd=amount"
    said = funnel.ok(
        *("import", "deals", str(FOLDER / "deals.csv"), "--json"),
        *("--map", f"{columns},owner_rep_id=owner,deal_id=,lost_reason="),
    )
    raw = pd.read_csv(FOLDER / "deals.csv")
    assert said.data[0]["created"] == 0
    assert said.data[0]["updated"] + said.data[0]["unchanged"] == len(raw) == 693
    won = raw[raw.status == "Closed Won"].final_mrr_usd.mul(100).round().sum()
    assert funnel.rows("SELECT sum(end_amount) FROM visit WHERE ending = 'won'") == [(int(won),)]
    funnel.ok("db", "check")
