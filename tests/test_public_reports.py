"""Every report on public data, as of three days that are past, held against pandas.

The files are not part of this repository: see tests/test_maven.py and tests/test_helixcore.py.
"""

from __future__ import annotations

import pandas as pd
import pytest

from .public import byhand
from .public.frames import as_of, helixcore, maven
from .test_helixcore import FOLDER as HELIXCORE
from .test_helixcore import funnel
from .test_maven import FOLDER as MAVEN
from .test_maven import company, imported

__all__ = ["company", "funnel", "imported"]

#: the days that are asked about; the last of helixcore is one on which everything has happened
HELIX_DAYS = ("2026-03-31", "2026-06-15", "2026-09-30")
MAVEN_DAYS = ("2017-04-30", "2017-08-15", "2017-11-30")
here = pytest.mark.skipif(
    not (HELIXCORE / "leads.csv.gz").is_file() or not (MAVEN / "sales_pipeline.csv").is_file(),
    reason="the files are not here",
)
pytestmark = here


class Asked:
    """One data set: the program's answers as of a day, and the frames of that day."""

    def __init__(self, line, world, days):
        self.line, self.world, self.days = line, world, days

    def __iter__(self):
        for day in self.days:
            now = pd.Timestamp(day) + byhand.DAY - pd.Timedelta(seconds=1)
            yield day, now, as_of(self.world, now)

    def rows(self, day, *words):
        return self.answer(day, *words)["rows"]

    def answer(self, day, *words):
        return self.line.json(*words, "--as-of", day)


@pytest.fixture(params=["helixcore", "maven"])
def asked(request, cli_without_database):
    assert cli_without_database  # made before it is asked for by name: on a file, on a server
    if request.param == "helixcore":
        return Asked(request.getfixturevalue("funnel"), helixcore(HELIXCORE), HELIX_DAYS)
    return Asked(request.getfixturevalue("imported"), maven(MAVEN), MAVEN_DAYS)


def close(found, expected):
    """Numbers, and None where there is no such number."""
    if expected is None or pd.isna(expected):
        return found is None
    return found == pytest.approx(float(expected), abs=1e-9)


def interval(row, name, expected):
    ends = [row[f"{name}{end}"] for end in ("", "_low", "_high")]
    assert all(map(close, ends, expected)), (name, ends, expected)


def check_leakage(rows, expected):
    for row in rows:
        told = expected[row["stage_name"]]
        for fate in ("entered", "advanced", "returned", "lost", "still", "skipped"):
            assert row[fate] == told[fate], (row["stage"], fate)
        interval(row, "advance_rate", told["rates"])
        assert row["value_leaked"] == pytest.approx(told["value_leaked"], abs=0.005)
        assert row["value_still"] == pytest.approx(told["value_still"], abs=0.005)
        times = (row["days_median"], row["days_p90"], row["oldest_days"])
        assert times == (told["median"], told["p90"], told["oldest"]), row["stage"]


def test_leakage_of_all_deals_and_stays(asked):
    for day, now, world in asked:
        check_leakage(asked.rows(day, "leakage"), byhand.leakage(world, now))
        visits = byhand.leakage(world, now, unit="visits")
        check_leakage(asked.rows(day, "leakage", "--unit", "visits"), visits)


@pytest.mark.parametrize("cohort", ["entered", "created", "closed"])
def test_leakage_of_a_month(asked, cohort):
    for day, now, world in asked:
        first = pd.Timestamp(day).replace(day=1)
        window = first - pd.offsets.MonthBegin(1), first - byhand.DAY
        told = asked.rows(day, "leakage", "--period", f"{window[0]:%Y-%m}", "--cohort", cohort)
        check_leakage(told, byhand.leakage(world, now, window=window, cohort=cohort))


def test_leakage_of_each_rep(asked):
    """Each deal is its owner's of that day."""
    for day, now, world in asked:
        found = asked.rows(day, "leakage", "--by", "rep")
        for rep, mine in world.deals.groupby("owner"):
            expected = byhand.leakage(world, now, only=mine.index)
            for row in found:
                if row["rep"] == rep:
                    told = expected[row["stage_name"]]
                    for fate in ("entered", "advanced", "lost", "still"):
                        assert row[fate] == told[fate], (day, rep, row["stage"], fate)
                    interval(row, "advance_rate", told["rates"])
        assert {row["rep"] for row in found} == set(world.deals.owner)


def dimensions(world):
    deals = world.deals
    deals["month"] = deals.closed.dt.strftime("%Y-%m")
    deals["stage-lost"] = deals.place.map(dict(enumerate(world.stages))).where(
        deals.status == "lost"
    )
    return {"rep": "owner", "product": "product", "team": "team", "month": "month"}


def test_close_rates_by_every_dimension(asked):
    for day, _, world in asked:
        for by, column in dimensions(world).items():
            if column not in world.deals:
                continue
            found = {row[by]: row for row in asked.rows(day, "close-rates", "--by", by)}
            expected = byhand.close_rates(world, column)
            for group, told in expected.items():
                if pd.isna(group):
                    continue  # of what is open there is no month
                row = found[group]
                assert (row["won"], row["lost"]) == (told["won"], told["lost"]), (day, by, group)
                interval(row, "close_rate", told["rates"])
                assert close(row["value_rate"], told["value"]), (day, by, group)
                assert close(row["median_days"], told["days"]), (day, by, group)
                if by != "month":
                    assert row["open"] == told["open"], (day, by, group)
                assert row["mark"] == told["mark"], (day, by, group)


def test_close_rates_of_a_quarter(asked):
    for day, _, world in asked:
        quarter = pd.Period(day, "Q") - 1
        window = quarter.start_time, quarter.end_time.normalize()
        expected = byhand.close_rates(world, "owner", window)
        period = f"{quarter.year}-Q{quarter.quarter}"
        for row in asked.rows(day, "close-rates", "--period", period):
            if row["rep"] in expected:
                told = expected[row["rep"]]
                assert (row["won"], row["lost"]) == (told["won"], told["lost"])
                interval(row, "close_rate", told["rates"])
            else:
                assert (row["won"], row["lost"]) == (0, 0)


def test_how_long_deals_and_stays_last(asked):
    """Kaplan and Meier with the median's interval, Aalen and Johansen for how they end."""
    for day, now, world in asked:
        for row in asked.rows(day, "days"):
            if row["stage"] is None:
                (times, incidence) = byhand.cycles(world, now)
            else:
                place = world.stages.index(row["stage_name"])
                if not (world.stays.place == place).any():
                    assert row["n"] == 0
                    continue
                times, incidence = byhand.stays(world, now, place)
            names = ("days_median", "days_median_low", "days_median_high", "days_p90")
            assert [row[name] for name in names] == times, (day, row["stage_name"])
            for (way, days), share in incidence.items():
                name = {1: "forward", 2: "lost", 3: "other"}[way]
                assert close(row[f"{name}_{days}"], share), (day, row["stage_name"], name, days)


def test_reasons_by_stage(asked):
    for day, _, world in asked:
        found = {
            row["stage_name"]: (row["lost"], row["lost_value"], row["share_low"])
            for row in asked.rows(day, "reasons", "--by", "stage")
        }
        expected = byhand.reasons(world)
        assert found.keys() == expected.keys()
        for stage, (lost, value, rates) in expected.items():
            told = found[stage]
            assert told[0] == lost
            assert told[1] == pytest.approx(value, abs=0.005)
            assert told[2] == pytest.approx(rates[1], abs=1e-9)


def check_open(row, told):
    assert row["deals"] == told["deals"]
    assert row["value"] == pytest.approx(told["value"], abs=0.005)
    assert row["weighted"] == pytest.approx(told["weighted"], abs=0.01)
    assert (row["days_in_stage"], row["oldest_in_stage"]) == told["days"]
    assert (row["age"], row["oldest"]) == told["age"]
    assert row["without_amount"] == told["without_amount"]


def test_the_pipeline_by_stage_and_by_rep(asked):
    for day, now, world in asked:
        expected = byhand.pipeline(world, now)
        for row in asked.rows(day, "pipeline"):
            place = world.stages.index(row["stage_name"])
            if place in expected:
                check_open(row, expected[place])
            else:
                assert row["deals"] == 0
        reps = byhand.pipeline(world, now, "owner")
        found = asked.rows(day, "pipeline", "--by", "rep")
        assert {row["rep"] for row in found} == reps.keys()
        for row in found:
            check_open(row, reps[row["rep"]])


def test_changes_of_a_month(asked):
    for day, _, _ in asked:
        first = pd.Timestamp(day).replace(day=1)
        window = first - pd.offsets.MonthBegin(1), first - byhand.DAY
        before, after = (
            as_of(asked.world, end + byhand.DAY - pd.Timedelta(seconds=1))
            for end in (window[0] - byhand.DAY, window[1])
        )
        rows = asked.rows(day, "changes", "--period", f"{window[0]:%Y-%m}")
        found = {row["line"]: (row["deals"], row["value"]) for row in rows}
        for line, (deals, value) in byhand.changes(before, after, window).items():
            sign = -1 if line in {"won", "lost"} else 1
            assert found[line][0] == deals, (day, line)
            assert found[line][1] == pytest.approx(sign * value, abs=0.005), (day, line)
        came = sum(v for line, (_, v) in found.items() if line != "closing")
        assert came == pytest.approx(found["closing"][1], abs=0.005)


def test_what_the_open_deals_are_expected_to_bring(asked):
    for day, now, world in asked:
        groups = byhand.pipeline(world, now)
        total = asked.answer(day, "forecast")["total"]
        assert total["deals"] == sum(row["deals"] for row in groups.values())
        assert total["expected"] == pytest.approx(
            sum(row["weighted"] for row in groups.values()), abs=0.51
        )
        wins = sum(row["wins"] for row in groups.values())
        assert total["expected_wins"] == pytest.approx(wins, abs=1e-6)
        assert total["low"] < total["expected"] < total["high"] or not total["deals"]


def test_targets_are_reached_by_what_was_won_in_their_time(asked):
    """A target that is set today for a quarter gone by was none at that time."""
    day = asked.days[-1]
    quarter = pd.Period(day, "Q")
    period = f"{quarter.year}-Q{quarter.quarter}"
    whole = as_of(asked.world, quarter.end_time)
    won = whole.deals[whole.deals.status == "won"]
    won = won[byhand.within(won.closed, (quarter.start_time, quarter.end_time.normalize()))]
    best = won.groupby("owner").amount.sum().idxmax()
    asked.line.ok("targets", "set", "all", period, "1m")
    asked.line.ok("targets", "set", f"rep:{best}", period, "20k")
    found = {row["whose"]: row for row in asked.line.json("targets", "--period", period)["rows"]}
    for whose, mine in (("all", won), (f"rep:{best}", won[won.owner == best])):
        row = found[whose]
        assert (row["won"], row["deals_won"]) == (
            pytest.approx(mine.amount.sum(), abs=0.005),
            len(mine),
        )
        assert row["attainment"] == pytest.approx(mine.amount.sum() / row["target"])
    assert asked.rows(day, "targets", "--period", period) == []


def test_no_expected_close_was_ever_pushed(asked):
    """Neither file has them."""
    for day, _, _ in asked:
        assert asked.answer(day, "pushes")["parameters"]["n"] == 0
