"""days, reasons, pipeline, changes and pushes as a user meets them: on a file and on a server."""

from __future__ import annotations

import pytest


def lines(answer):
    """By line: how many deals, and what it adds."""
    return {row["line"]: (row["deals"], row["value"]) for row in answer["rows"]}


def money(line, *args):
    return lines(line.json("changes", *args))


FORCE = ("--force", "--why", "known for years")


@pytest.fixture
def june(dealflow):
    """Three deals of May; in June one grows and is won, one is put off, one is handed over."""
    return dealflow.once(make_june)


def make_june(dealflow):
    dealflow.at("2026-05-10T09:00:00+08:00")
    dealflow.ok("reps", "add", "wang")
    dealflow.ok("add", "Pumps", "-v", "1000", "--close", "2026-06-20")
    dealflow.ok("add", "Valves", "-v", "2000", "--close", "2026-06-25")
    dealflow.ok("add", "Seals", "-v", "4000")
    dealflow.at("2026-06-10T09:00:00+08:00")
    dealflow.ok("edit", "1", "--value", "1500")
    dealflow.ok("edit", "2", "--close", "2026-07-15")
    dealflow.ok("edit", "3", "--owner", "wang", "--close", "2026-06-30")
    dealflow.ok("add", "Gaskets", "-v", "800", "--close", "2026-06-30")
    dealflow.at("2026-06-20T09:00:00+08:00")
    dealflow.ok("win", "1", *FORCE)
    dealflow.ok("lose", "4", "-r", "price")
    dealflow.at("2026-07-01T10:00:00+08:00")


# ── changes ───────────────────────────────────────────────────────────────────────────────────


def test_a_balance_tells_each_change_once(june):
    assert money(june, "--period", "2026-06") == {
        "opening": (3, 7000), "new": (1, 800), "reopened": (0, 0), "grew": (1, 500),
        "shrank": (0, 0), "won": (1, -1500), "lost": (1, -800), "void": (0, 0),
        "closing": (2, 6000),
    }  # fmt: skip


def test_with_a_window_of_closes_what_is_put_off_is_pushed_out(june):
    found = money(june, "--period", "2026-06", "close:2026-06")
    assert (found["opening"], found["pushed_out"]) == ((2, 3000), (1, -2000))
    assert found["moved_in"] == (1, 4000)  # it had no expected close before
    assert found["closing"] == (1, 4000)


def test_what_is_moved_up_into_the_window_is_pulled_in(june):
    june.ok("edit", "2", "--close", "2026-06-29")
    found = money(june, "--period", "this-month", "close:2026-06")
    assert (found["pulled_in"], found["closing"]) == ((1, 2000), (2, 6000))
    assert money(june, "--period", "this-month", "close:2026-07")["moved_out"] == (1, -2000)


def test_a_deal_that_is_handed_over_moves_from_rep_to_rep(june):
    rows = {
        row["rep"]: row
        for row in june.json("changes", "--period", "2026-06", "--by", "rep")["rows"]
    }
    assert (rows["li"]["moved_out"], rows["wang"]["moved_in"]) == (-4000, 4000)
    assert (rows["li"]["closing"], rows["wang"]["closing"]) == (2000, 4000)
    assert rows["wang"]["closing_deals"] == 1


def test_by_stage_a_move_takes_value_from_the_one_to_the_other(june):
    june.ok("advance", "3", *FORCE)
    answer = june.json("changes", "--period", "this-month", "--by", "stage")
    rows = {row["stage"]: row for row in answer["rows"]}
    assert (rows["lead"]["moved_out"], rows["lead"]["closing"]) == (-4000, 2000)
    assert (rows["interested"]["moved_in"], rows["interested"]["closing"]) == (4000, 4000)
    assert (answer["total"]["moved_in"], answer["total"]["closing"]) == (0, 6000)


def test_closing_is_the_opening_of_the_next_and_what_the_pipeline_said(june):
    may = money(june, "--period", "2026-05")["closing"]
    assert may == money(june, "--period", "2026-06")["opening"] == (3, 7000)
    total = june.json("pipeline", "--as-of", "2026-05-31")["total"]
    assert (total["deals"], total["value"]) == may


def test_a_rate_that_changed_stands_in_a_line_of_its_own(june):
    june.at("2026-06-01T09:00:00+08:00")
    june.ok("settings", "rate", "USD", "7", "--from", "2026-05-01")
    june.ok("add", "Abroad", "-v", "USD 100")
    june.at("2026-06-15T09:00:00+08:00")
    june.ok("settings", "rate", "USD", "8", "--from", "2026-07-01")
    june.at("2026-07-02T10:00:00+08:00")
    found = money(june, "--period", "this-month")
    assert found["opening"] == (3, 6700)
    assert found["rates"] == (None, 100)
    assert found["closing"] == (3, 6800)


def test_what_changes_cannot_say_is_refused(june):
    for words, told in (
        (["status:open"], "changes are about what is open and what became of it"),
        (["--to", "2026-06-30"], "a balance begins on some day"),
        (["--period", "2027"], "the period has not begun: 2027"),
        (["--by", "product"], "a deal can have several products: a balance by product is none"),
        (["--by", "month"], "open deals have no month closed"),
        (["--by", "rep,team"], "at most 1 dimension can be asked for, not 2"),
        (["--by", "colour"], "unknown dimension 'colour'"),
    ):
        said = june("changes", *words)
        assert (said.code, said.out) == (2, "")
        assert told in said.err, said.err


def test_a_name_that_nobody_had_yet_matches_nothing_then(june):
    june.ok("reps", "add", "zhao")
    june.ok("edit", "2", "--owner", "zhao")
    assert money(june, "--period", "this-month", "owner:zhao")["moved_in"] == (1, 2000)


# ── pushes ────────────────────────────────────────────────────────────────────────────────────


def pushes(line, *args):
    return {row["rep"]: row for row in line.json("pushes", *args)["rows"]}


def test_a_push_is_a_later_day_and_a_pull_an_earlier_one(june):
    june.ok("edit", "2", "--close", "2026-07-10")
    row = pushes(june)["li"]
    assert [row[name] for name in ("deals", "pushed_deals", "pushes", "pulls")] == [3, 1, 1, 1]
    assert (row["days_median"], row["won_pushed"], row["lost_pushed"]) == (20, 0, 0)
    assert pushes(june, "--as-of", "2026-06-09")["li"]["pushes"] == 0
    assert pushes(june, "--period", "this-month")["li"]["pulls"] == 1


def test_taking_a_date_away_and_setting_it_anew_hides_no_push(june):
    june.ok("edit", "2", "--close", "none")
    assert pushes(june)["li"]["pushes"] == 1
    june.ok("edit", "2", "--close", "2026-08-01")
    row = pushes(june)["li"]
    assert (row["pushes"], row["days_median"]) == (2, 18.5)


def test_what_was_undone_or_edited_after_the_close_is_no_push(june):
    june.ok("edit", "1", "--close", "2026-12-01")
    june.ok("edit", "2", "--close", "2026-12-01")
    june.ok("undo")
    assert pushes(june)["li"]["pushes"] == 1


def test_days_are_counted_over_leap_days_and_years(june):
    june.ok("edit", "3", "--close", "2027-12-31")
    june.ok("edit", "3", "--close", "2028-03-01")
    (row,) = june.json("pushes", "--deals", "owner:wang")["rows"]
    assert (row["pushes"], row["slipped_days"]) == (2, 549 + 61)
    assert (row["first_close"], row["expected_close"]) == ("2026-06-30", "2028-03-01")


def test_the_deals_that_were_pushed_can_be_piped_on(june):
    assert june.ok("pushes", "--deals", "-o", "ids").out == "2\n"
    said = june("pushes", "--deals", "--by", "rep")
    assert (said.code, said.out) == (2, "")
    assert "--deals lists deals, and --by counts them" in said.err


# ── pipeline ──────────────────────────────────────────────────────────────────────────────────


def test_weighted_is_the_deals_own_probability_or_the_stages(june):
    june.ok("edit", "3", "--probability", "25%")
    rows = {row["stage"]: row for row in june.json("pipeline")["rows"]}
    assert (rows["lead"]["deals"], rows["lead"]["value"]) == (2, 6000)
    of_stage = (1 + 10 * 0.1) / (2 + 10)  # one of two that were once there was won; configured 10 %
    assert rows["lead"]["weighted"] == round(2000 * of_stage + 4000 * 0.25, 2)
    assert (rows["lead"]["past_close"], rows["lead"]["age"]) == (1, 52)
    assert (rows["needs"]["deals"], rows["needs"]["value"], rows["needs"]["age"]) == (0, 0, None)


def test_a_period_chooses_by_expected_close(june):
    answer = june.json("pipeline", "--period", "2026-07", "--by", "month")
    assert [(r["month"], r["deals"], r["value"]) for r in answer["rows"]] == [("2026-07", 1, 2000)]
    assert answer["parameters"]["expected_close"] == "2026-07"


# ── reasons ───────────────────────────────────────────────────────────────────────────────────


def test_reasons_are_counted_and_what_has_none_is_said(june, tmp_path):
    june.ok("lose", "2", "-r", "price")
    june.ok("lose", "3", "-r", "timing")
    path = tmp_path / "old.csv"
    path.write_text("title,stage,status,created,closed\nOld,lead,lost,2026-06-01,2026-06-02\n")
    june.ok("import", "deals", str(path))
    answer = june.json("reasons")
    found = [(row["reason"], row["lost"], row["lost_value"]) for row in answer["rows"]]
    assert found == [("Price", 2, 2800), ("Timing", 1, 4000), ("no reason given", 1, None)]
    assert "no reason given: 1 of 4 deals lost" in answer["notes"]
    assert june.json("reasons", "--by", "rep", "owner:wang")["rows"][0]["of"] == 1


# ── days ──────────────────────────────────────────────────────────────────────────────────────


def test_days_count_what_still_goes_on(june):
    cycle, lead, *_ = june.json("days", "--within", "30,45")["rows"]
    assert [cycle[name] for name in ("n", "ended", "going")] == [4, 2, 2]
    assert (cycle["days_median"], cycle["days_to_win"]) == (41, 41)
    # lost after 10 days of four; won after 41 of the three that were left
    assert (cycle["forward_30"], cycle["lost_30"]) == (0, 0.25)
    assert cycle["forward_45"] == pytest.approx(0.75 / 3)
    assert (lead["stage"], lead["n"], lead["days_p90"]) == ("lead", 4, None)


def test_days_in_a_stage_by_rep(june):
    rows = june.json("days", "--stage", "lead", "--by", "rep")["rows"]
    assert [(row["rep"], row["n"], row["going"]) for row in rows] == [("li", 3, 1), ("wang", 1, 1)]


@pytest.mark.parametrize("words", ["0", "abc", "1,2,3,4,5,6,7", "99999", "-5", ""])
def test_horizons_are_a_few_whole_numbers_of_days(june, words):
    said = june("days", f"--within={words}")
    assert (said.code, said.out) == (2, "")
    assert "--within 30,60,90" in said.err


# ── of all of them ────────────────────────────────────────────────────────────────────────────

ALL = ("days", "reasons", "pipeline", "changes", "pushes")


@pytest.mark.parametrize("command", ALL)
def test_explain_says_what_each_figure_is(june, command):
    answer = june.json(command, "--explain")
    rows = answer["figures"]
    assert all(row["meaning"] for row in rows)
    assert len(rows) > 5
    assert "figures" not in june.json(command)


@pytest.mark.parametrize("command", ALL)
def test_an_empty_database_has_nothing_to_report(dealflow, command):
    said = dealflow.ok(command, "--json")
    assert all(not row.get("n") and not row.get("deals") for row in said.data["rows"])
    drawn = dealflow.ok(command, "-o", "table")
    assert drawn.err.startswith("no deal") or not drawn.err


@pytest.mark.parametrize("command", ALL)
def test_an_earlier_day_is_told_as_it_was_told_then(june, command):
    june.at("2026-06-15T23:59:59+08:00")
    then = june.ok(command, "-o", "csv").out
    june.at("2026-07-01T10:00:00+08:00")
    words = ["--from", "2026-06-09", "--to", "2026-06-15"] if command == "changes" else []
    assert june.ok(command, *words, "--as-of", "2026-06-15", "-o", "csv").out == then


def test_chinese_pipelines_are_told_in_their_own_names(cli_without_database):
    line = cli_without_database
    line.ok("init", "-p", "zh", "--currency", "CNY", "--timezone", "Asia/Shanghai")
    line.ok("add", "水泵", "-a", "北京华联", "-v", "12.5万")
    line.ok("lose", "1", "-r", "价格太高")
    assert "价格太高" in line.ok("reasons", "--by", "stage", "-o", "table").out
    assert "潜在客户" in line.ok("days", "-o", "table").out
    assert "潜在客户" in line.ok("pipeline", "-o", "md").out


def test_a_deal_that_left_the_filter_for_its_stage_was_not_pushed_out_of_it(june):
    """Its date moved as well; without a line for that, the balance would not come out."""
    june.ok("edit", "2", "--close", "2027-12-31")
    june.ok("advance", "2", "--force", "--why", "x")
    answer = june.json("changes", "stage:lead", "--period", "this-month")
    lines = {row["line"]: row["value"] for row in answer["rows"]}
    assert "pushed_out" not in lines
    between = [value for name, value in lines.items() if name not in {"opening", "closing"}]
    assert lines["opening"] + sum(between) == lines["closing"]
