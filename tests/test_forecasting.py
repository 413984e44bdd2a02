"""forecast, forecast keep … backtest, and targets: as commands, by hand, on a file and a server."""

from __future__ import annotations

import pytest

from dealflow.commands import table

PIPELINE = """
key = "one"
name = "One"

[[stage]]
key = "lead"
name = "Lead"
probability = 0.2

[[stage]]
key = "offer"
name = "Offer"

[[stage]]
key = "signed"
name = "Signed"
won = true

[[reason]]
key = "price"
name = "Price"
"""
NOW = "2026-07-01T10:00:00+08:00"


@pytest.fixture(scope="module")
def _made():
    return {}


@pytest.fixture
def team(cli_without_database, tmp_path, where, _made):
    """Ten closed deals that were in Lead, four of them won; nobody was ever in Offer."""
    line = cli_without_database
    if where not in _made:
        _begin(line, tmp_path)
        _made[where] = line.keep()
    _made[where](line)
    line.at(NOW)
    return line


def _begin(line, tmp_path):
    path = tmp_path / "one.toml"
    path.write_text(PIPELINE, "utf-8")
    line.at("2026-05-04T09:00:00+08:00")
    line.ok("init", "--pipeline", str(path), "--currency", "CNY", "--timezone", "Asia/Shanghai")
    line.ok("reps", "edit", "li", "--team", "north")
    line.ok("reps", "add", "王芳", "--handle", "wang", "--team", "south")
    for n in range(10):
        line.ok("add", f"old {n}", "-v", "1000", "--owner", "wang" if n % 2 else "li")
    line.at("2026-06-10T09:00:00+08:00")
    line.ok("win", "1", "2", "3", "4", "--yes")
    line.ok("lose", "5", "6", "7", "8", "9", "10", "-r", "price", "--yes")


def rows(said, *names):
    return [tuple(row[name] for name in names) for row in said["rows"]]


# ── the report ────────────────────────────────────────────────────────────────────────────────


def test_the_probability_is_the_record_shrunk_towards_what_is_configured(team):
    team.ok("add", "A", "-v", "100万", "--close", "2026-08-15")
    said = team.json("forecast")
    # (4 won + 10 × 0.2) / (10 closed + 10)
    assert rows(said, "month", "deals", "expected", "low", "high", "expected_wins", "exact") == [
        ("2026-08", 1, 300000.0, 0.0, 1000000.0, 0.3, True)
    ]
    (lead, offer) = said["probabilities"]
    assert (lead["won"], lead["lost"], lead["record"], lead["configured"]) == (4, 6, 0.4, 0.2)
    assert (lead["probability"], lead["basis"], lead["open"], lead["own"]) == (0.3, "record", 1, 0)
    assert (offer["probability"], offer["basis"]) == (None, "none")


def test_a_reps_own_probability_comes_first_and_a_stage_without_any_is_named(team):
    team.ok("add", "A", "-v", "1000", "--close", "2026-08-15", "--probability", "90%")
    team.ok("add", "B", "-v", "7000", "--close", "2026-08-20", "--stage", "offer")
    said = team.json("forecast")
    assert rows(said, "deals", "value", "expected", "without", "value_without") == [
        (2, 8000.0, 900.0, 1, 7000.0)
    ]
    assert "1 deal in Offer without a probability: no record, none configured" in said["notes"]


def test_dates_that_have_passed_and_none_are_rows_of_their_own(team):
    for close in ("2026-06-30", "2026-07-01", "2026-09-30", "none"):
        team.ok("add", close, "-v", "100", *(["--close", close] if close != "none" else []))
    said = team.json("forecast")
    assert rows(said, "month", "deals") == [
        ("past", 1),
        ("2026-07", 1),
        ("2026-09", 1),
        ("no date", 1),
    ]
    assert said["total"]["deals"] == 4
    assert (
        "1 open deal was expected to close before today: dealflow list 'close:<today'"
        in (said["notes"])
    )


def test_a_window_holds_what_is_expected_in_it_and_names_what_is_not(team):
    for close in ("2026-06-30", "2026-07-20", "2026-10-01"):
        team.ok("add", close, "-v", "100", "--close", close)
    team.ok("add", "undated", "-v", "100")
    quarter = team.json("forecast", "--period", "this-quarter")
    assert rows(quarter, "month", "deals") == [("past", 1), ("2026-07", 1)]
    assert "outside the window: 1 open deal without an expected close" in quarter["notes"]
    coming = team.json("forecast", "--period", "2026-Q4")
    assert rows(coming, "month", "deals") == [("2026-10", 1)]
    assert coming["notes"] == [
        "outside the window: 1 open deal expected before today",
        "outside the window: 1 open deal without an expected close",
    ]
    gone = team.json("forecast", "--period", "2026-Q2")
    assert rows(gone, "month", "deals", "won", "deals_won") == [("2026-06", 0, 4000.0, 4)]


def test_what_was_won_goes_to_who_closed_it_and_stands_beside_the_target(team):
    team.ok("targets", "set", "li", "2026-Q2", "10000")
    team.ok("edit", "1", "--owner", "wang")  # won by li: it stays li's
    said = team.json("forecast", "--by", "rep", "--period", "2026-Q2")
    assert rows(said, "rep", "won", "target", "attainment", "gap") == [
        ("li", 2000.0, 10000.0, 0.2, 8000.0),
        ("wang", 2000.0, None, None, None),
    ]
    assert said["total"]["won"] == 4000.0
    assert said["total"]["target"] is None
    only = team.json("forecast", "owner:me", "--period", "2026-Q2")
    assert (only["total"]["won"], only["total"]["target"]) == (2000.0, 10000.0)
    other = team.json("forecast", "value:>1", "--period", "2026-Q2")
    assert other["total"]["target"] is None


def test_a_filter_changes_no_probability(team):
    team.ok("add", "A", "-v", "1000", "--owner", "wang", "--close", "2026-08-15")
    team.ok("add", "B", "-v", "1000", "--owner", "li", "--close", "2026-08-15")
    every = team.json("forecast")["total"]["expected"]
    parts = [team.json("forecast", f"owner:{rep}")["total"]["expected"] for rep in ("li", "wang")]
    assert sum(parts) == every == 600.0
    by_rep = team.json("forecast", "--by", "rep")
    assert rows(by_rep, "rep", "expected") == [("li", 300.0), ("wang", 300.0)]


def test_other_currencies_are_converted_or_stand_apart(team):
    team.ok("settings", "rate", "USD", "7")
    team.ok("add", "A", "-v", "1000", "--close", "2026-08-15")
    team.ok("add", "B", "-v", "USD 1000", "--close", "2026-08-15")
    team.ok("add", "C", "-v", "EUR 1000", "--close", "2026-08-15")
    said = team.json("forecast")
    assert rows(said, "value", "expected", "currency") == [(8000.0, 2400.0, "CNY")]
    assert said["other_currencies"] == [
        {
            "month": "2026-08",
            "deals": 1,
            "value": 1000.0,
            "expected": 300.0,
            "won": 0.0,
            "currency": "EUR",
        }
    ]
    assert (
        "USD converted to CNY at today's rate, what was won at that of its close" in said["notes"]
    )


def test_in_one_foreign_currency_all_stays_in_it_until_a_target_asks_for_the_base(team):
    team.ok("add", "B", "-v", "USD 1000", "--close", "2026-08-15")
    only = ("forecast", "close:any")
    assert rows(team.json(*only), "value", "currency") == [(1000.0, "USD")]
    team.ok("targets", "set", "all", "2026-08", "5000")
    team.ok("settings", "rate", "USD", "7")
    assert rows(team.json(*only), "value", "currency") == [(7000.0, "CNY")]


def test_a_deal_of_two_products_counts_under_each_and_once_in_the_total(team):
    team.ok("products", "add", "Pump")
    team.ok("products", "add", "Valve")
    team.ok("add", "A", "-v", "1000", "--product", "Pump", "--product", "Valve")
    said = team.json("forecast", "--by", "product")
    assert rows(said, "product", "deals") == [("Pump", 1), ("Valve", 1)]
    assert said["total"]["deals"] == 1


def test_it_can_be_by_a_custom_field_and_by_two_dimensions(team):
    team.ok("fields", "add", "need")
    team.ok("add", "A", "-v", "1000", "--set", "need=quiet", "--close", "2026-08-15")
    team.ok("add", "B", "-v", "2000", "--close", "2026-07-15", "--owner", "wang")
    said = team.json("forecast", "--by", "field:need")
    assert rows(said, "field:need", "expected") == [(None, 600.0), ("quiet", 300.0)]
    both = team.json("forecast", "--by", "team,month")
    assert rows(both, "team", "month", "expected") == [
        ("north", "2026-08", 300.0),
        ("south", "2026-07", 600.0),
    ]


def test_what_it_cannot_be_by_is_said(team):
    assert "unknown dimension 'reps'" in team("forecast", "--by", "reps").err
    assert team("forecast", "--by", "rep,team,month").code == 2
    assert team("forecast", "stge:lead").code == 2


def test_on_a_screen_the_probabilities_are_shown_on_request(team):
    team.ok("add", "A", "-v", "1000")
    assert "probabilities" not in team.ok("forecast", "-o", "table").out
    assert "probabilities" in team.ok("forecast", "--explain", "-o", "table").out


def test_nothing_open_is_an_answer(team):
    said = team.ok("forecast", "-o", "table")
    assert "no open deals, and nothing was won in the window" in said.err


def test_as_of_prints_what_was_printed_then(team):
    """Built command by command; each day's report is kept, and asked for again at the end."""
    kept = {}
    days = {
        "2026-07-02": [("add", "A", "-v", "5000", "--close", "2026-07-20"), ("targets", "set", "all", "2026-07", "9k")],
        "2026-07-03": [("edit", "11", "--value", "8000", "--probability", "60%"), ("add", "B", "-v", "70", "--close", "2026-07-02")],
        "2026-07-06": [("targets", "set", "all", "2026-07", "20k"), ("win", "12", "--force", "--why", "x"), ("forecast", "keep", "monday")],
        "2026-07-07": [("reps", "edit", "wang", "--handle", "fang"), ("targets", "remove", "1"), ("lose", "11", "-r", "price")],
        "2026-07-08": [("targets", "set", "rep:li", "2026-Q3", "7k"), ("edit", "11", "--close", "2026-09-01")],
    }  # fmt: skip
    asked = [
        ("forecast", "--period", "2026-Q3"),
        ("forecast", "--by", "rep,month"),
        ("targets", "--period", "2026"),
        ("targets", "list", "-o", "table"),
        ("forecast", "score"),
        ("forecast", "backtest", "--months", "2"),
    ]
    for day, commands in days.items():
        team.at(f"{day}T12:00:00+08:00")
        for words in commands:
            team.ok(*words)
        team.at(f"{day}T23:59:59+08:00")
        kept[day] = [team.ok(*words).out for words in asked]
    team.at("2026-08-15T09:00:00+08:00")
    for day in days:
        again = [team.ok(*words, "--as-of", day).out for words in asked]
        assert again == kept[day], day


def test_further_words_are_told_and_recognised(team):
    said = team.ok("forecast", "--help").out
    assert "backtest  How good the forecasts of past months would have been" in said
    assert "forecast keep" in team.ok("forecast", "keep", "--help").out
    assert table.named(["forecast", "owner:me"]) == ("forecast",)
    assert table.named(["forecast", "keep", "x"]) == ("forecast", "keep")
    assert table.named(["reps", "add", "x"]) == ("reps", "add")


def test_a_slip_in_a_further_word_is_no_silent_answer(team):
    team.ok("add", "A")
    assert "did you mean dealflow forecast score?" in team.ok("forecast", "scroe").err
    assert "did you mean" not in team.ok("forecast", "A").err


# ── targets ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("whose", "kept"),
    [
        ("all", "all"),
        ("全部", "all"),
        ("me", "rep:li"),
        ("rep:WANG", "rep:wang"),
        ("王芳", "rep:wang"),
        ("north", "team:north"),
        ("团队：South", "team:south"),
    ],
)
def test_whose_a_target_is_can_be_said_as_people_do(team, whose, kept):
    (row,) = [team.json("targets", "set", whose, "this-quarter", "50万")]
    assert (row["whose"], row["period"], row["amount"]) == (kept, "2026-Q3", 500000.0)


def test_a_name_that_is_a_rep_and_a_team_wants_to_be_told_apart(team):
    team.ok("reps", "add", "north")
    said = team("targets", "set", "north", "2026", "5")
    assert (said.code, said.err) == (
        2,
        "error: 'north' is a rep and a team\nhint: write rep:north or team:north\n",
    )
    team.ok("targets", "set", "team:north", "2026", "5")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("wagn", "2026", "5"), 3, "hint: did you mean wang?"),
        (("team:nroth", "2026", "5"), 3, "hint: did you mean north?"),
        (("all", "last-90d", "5"), 2, "is not a month, a quarter or a year"),
        (("all", "2026-07-01", "5"), 2, "is not a month, a quarter or a year"),
        (("all", "2026", "0"), 2, "a target is more than nothing"),
        (("all", "2026", "USD 5"), 5, "targets are in the base currency, CNY, not in USD"),
        (("all", "2026", "1.5", "--deals"), 2, "is not a number of deals"),
    ],
)
def test_what_is_no_target_is_refused_and_changes_nothing(team, words, code, told):
    before = team.state()
    said = team("targets", "set", *words)
    assert (said.code, said.out) == (code, "")
    assert told in said.err
    assert team.state() == before


def test_a_target_that_is_set_again_is_changed_and_undone(team):
    team.ok("targets", "set", "all", "2026", "100")
    said = team.ok("targets", "set", "all", "2026", "200")
    assert said.err == "all is to win ¥200 in 2026, before ¥100\n"
    assert "(as it was)" in team.ok("targets", "set", "all", "2026", "200").err
    team.ok("undo")
    (row,) = team.json("targets", "list")
    assert row["amount"] == 100.0
    team.ok("targets", "remove", "1")
    assert team.json("targets", "list") == []
    team.ok("undo")
    assert team.json("targets", "list") == [{**row, "version": 2} | {"version": row["version"]}]


def test_a_dry_run_and_a_key_work_as_everywhere(team):
    team.ok("targets", "set", "all", "2026", "100", "--dry-run")
    assert team.json("targets", "list") == []
    for _ in range(2):
        team.ok("targets", "set", "all", "2026", "100", "--key", "t1")
    assert len(team.json("targets", "list")) == 1
    assert team("targets", "set", "all", "2026", "300", "--key", "t1").code == 4


def test_targets_go_along_with_a_reps_new_handle(team):
    team.ok("targets", "set", "wang", "2026", "100")
    said = team.ok("reps", "edit", "wang", "--handle", "fang")
    assert "1 target of wang go by fang now" in said.err
    assert [row["whose"] for row in team.json("targets", "list")] == ["rep:fang"]
    team.ok("undo")
    assert [row["whose"] for row in team.json("targets", "list")] == ["rep:wang"]
    assert team.json("db", "check") == []


def test_targets_of_nobody_are_named_with_the_command_that_takes_them_away(team):
    team.ok("targets", "set", "team:south", "2026", "100")
    assert "nobody" not in team.ok("targets", "list").err
    team.ok("reps", "edit", "wang", "--team", "west")
    assert "team:south is nobody: dealflow targets remove 1" in team.ok("targets", "list").err


def test_attainment_pace_gap_and_what_is_needed(team):
    team.ok("targets", "set", "all", "2026-06", "8000")
    team.ok("targets", "set", "all", "2026-07", "4000")
    team.ok("targets", "set", "all", "2026-07", "3", "--deals")
    team.ok("add", "A", "-v", "1000", "--close", "2026-07-20")
    team.ok("add", "B", "-v", "9000", "--close", "2026-06-20")  # past: it can still close
    team.ok("add", "C", "-v", "9000", "--close", "2026-08-20")
    team.ok("win", "11", "--force", "--why", "x")
    said = team.json("targets", "--period", "2026")
    june, july, deals = said["rows"]
    assert (june["won"], june["attainment"], june["gone"], june["pace"]) == (4000.0, 0.5, 1.0, 0.5)
    assert (june["gap"], june["open_deals"], june["needed"]) == (4000.0, 0, None)
    # the first of 23 working days
    assert (july["won"], july["attainment"], july["gone"]) == (1000.0, 0.25, 1 / 23)
    assert july["pace"] == pytest.approx(0.25 * 23)
    assert (july["gap"], july["open_value"], july["needed"]) == (3000.0, 9000.0, 1 / 3)
    assert (deals["target_deals"], deals["deals_won"], deals["gap_deals"]) == (3, 1, 2)
    assert (deals["needed"], deals["target"]) == (2.0, None)
    assert "all 2026-07: more is missing than is open for it" in said["notes"]


def test_the_calendar_decides_how_much_of_a_period_is_gone(team):
    team.ok("targets", "set", "all", "2026-07", "4000")
    team.ok("settings", "holidays", "add", "2026-07-01", "day off")
    (row,) = team.json("targets")["rows"]
    assert (row["gone"], row["pace"]) == (0.0, None)


def test_a_year_that_is_not_the_sum_of_its_quarters_is_told(team):
    for period, amount in {"2026": "100", **{f"2026-Q{n}": "20" for n in (1, 2, 3, 4)}}.items():
        team.ok("targets", "set", "all", period, amount)
    said = team.ok("targets", "list")
    assert "all 2026: ¥100, its quarters come to ¥80" in said.err
    team.ok("targets", "remove", "1")
    year, *_ = team.json("targets", "--period", "2026")["rows"]
    assert (year["period"], year["target"], year["summed"]) == ("2026", 80.0, True)


def test_targets_of_those_who_are_named(team):
    team.ok("targets", "set", "all", "2026", "100")
    team.ok("targets", "set", "wang", "2026", "50")
    team.ok("targets", "set", "north", "2026", "50")
    assert rows(team.json("targets"), "whose") == [("all",), ("team:north",), ("rep:wang",)]
    assert rows(team.json("targets", "wang", "team:north"), "whose") == [
        ("team:north",),
        ("rep:wang",),
    ]
    assert team("targets", "me").code == 3


def test_the_base_currency_stays_while_something_is_in_it(team):
    team.ok("targets", "set", "all", "2026", "100")
    said = team("settings", "set", "currency", "USD")
    assert (said.code, said.err.partition("\n")[0]) == (5, "error: the targets are in CNY")
    team.ok("targets", "remove", "1")
    team.ok("add", "A")
    team.ok("forecast", "keep")
    said = team("settings", "set", "currency", "USD")
    assert said.err.startswith("error: the forecasts that were kept are in CNY")


# ── kept forecasts ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def kept(team):
    """Two forecasts: of six deals by both reps, and of li's three."""
    for n in range(6):
        rep, chance = ("wang", "80%") if n % 2 else ("li", "20%")
        team.ok("add", f"D{n}", "-v", "1000", "--owner", rep, "--close", "2026-07-20", "--probability", chance)  # fmt: skip
    team.ok("forecast", "keep", "july")
    team.ok("forecast", "keep", "mine", "owner:me")
    return team


def test_a_forecast_is_kept_listed_shown_and_taken_away(kept):
    first, second = kept.json("forecast", "list")
    assert (first["name"], first["deals"], first["expected"], first["by"]) == (
        "july",
        6,
        3000.0,
        "li",
    )
    assert (second["name"], second["deals"], second["filter"]) == ("mine", 3, "owner:me")
    shown = kept.json("forecast", "show", "JULY")
    assert (shown["value"], shown["low"], shown["high"]) == (6000.0, 2000.0, 4000.0)
    assert [deal["probability"] for deal in shown["deals"]] == [0.2, 0.8] * 3
    assert {deal["outcome"] for deal in shown["deals"]} == {"open"}
    kept.ok("forecast", "remove", "1", "mine")
    assert kept.json("forecast", "list") == []
    kept.ok("undo")
    assert [row["name"] for row in kept.json("forecast", "list")] == ["july", "mine"]
    assert kept.json("forecast", "show", "1") == shown
    assert kept.json("db", "check") == []


def test_a_name_is_used_once_and_is_the_day_where_none_is_given(kept):
    said = kept("forecast", "keep", "July")
    assert (said.code, said.out) == (4, "")
    kept.ok("forecast", "keep", "owner:wang")
    assert kept.json("forecast", "list")[-1]["name"] == "2026-07-01"
    assert kept("forecast", "keep", "x", "owner:me", "value:>1m").code == 5
    assert kept("forecast", "show", "juli").err.endswith("hint: did you mean july?\n")


def test_nothing_is_scored_before_it_is_known(kept):
    said = kept.json("forecast", "score", "july")
    assert said["rows"] == []
    assert said["forecasts"][0]["open"] == 6
    assert (
        "0 of 6 deals closed so far: those that close quickly, which may be other ones"
        in (said["notes"])
    )


def test_scores_by_hand(kept):
    kept.at("2026-07-15T10:00:00+08:00")
    kept.ok("win", "12", "--force", "--why", "x")  # 0.8
    kept.ok("win", "14", "--force", "--why", "x")  # 0.8
    kept.ok("lose", "16", "-r", "price")  # 0.8
    kept.ok("lose", "11", "-r", "price")  # 0.2
    kept.ok("void", "13")
    kept.at("2026-08-02T10:00:00+08:00")
    said = kept.json("forecast", "score", "july")
    (one,) = said["forecasts"]
    assert (one["n"], one["open"], one["void"]) == (4, 1, 1)
    assert one["brier"] == pytest.approx((0.04 + 0.04 + 0.64 + 0.04) / 4)
    assert one["reference"] == 0.25
    assert one["skill"] == pytest.approx(1 - 0.19 / 0.25)
    assert rows(said, "probability", "n", "mean", "won") == [
        ("20–30 %", 1, 0.2, 0),
        ("80–90 %", 3, pytest.approx(0.8), 2),
    ]
    assert [(row["rep"], row["n"], row["won"], row["verdict"]) for row in said["reps"]] == [
        ("li", 1, 0, "too few"),
        ("wang", 3, 2, "too few"),
    ]
    assert said["reps"][1]["bias"] == pytest.approx(0.8 - 2 / 3)
    (july,) = said["months"]
    assert (july["month"], july["expected"], july["won"], july["inside"]) == (
        *("2026-07", 3000.0, 2000.0),
        True,
    )
    both = kept.json("forecast", "score")
    assert [row["name"] for row in both["forecasts"]] == ["july", "mine", "each once"]
    assert both["parameters"]["n"] == 4


def test_a_close_that_was_reopened_is_not_scored(kept):
    kept.ok("lose", "11", "-r", "price")
    kept.at("2026-07-03T10:00:00+08:00")
    kept.ok("reopen", "11", "lead")
    assert kept.json("forecast", "score", "mine")["parameters"]["n"] == 0
    assert kept.json("forecast", "score", "mine", "--as-of", "2026-07-02")["parameters"]["n"] == 1


# ── backtest ──────────────────────────────────────────────────────────────────────────────────


def test_a_backtest_is_what_the_forecasts_of_then_said(team):
    """Each month's figures are those of `forecast --as-of` the day before it."""
    team.at("2026-05-20T09:00:00+08:00")
    for n in range(4):
        team.ok("add", f"M{n}", "-v", f"{n + 1}000", "--close", f"2026-06-1{n}")
    team.at("2026-06-20T09:00:00+08:00")
    team.ok("win", "12", "14", "--force", "--why", "x", "--yes")
    team.ok("lose", "11", "-r", "price")
    team.at("2026-07-03T09:00:00+08:00")
    said = team.json("forecast", "backtest", "--months", "2")
    (june,) = said["rows"]
    then = team.json("forecast", "close:2026-06", "--as-of", "2026-05-31")
    assert june["month"] == "2026-06"
    assert june["open"] == 14
    assert june["due"] == then["total"]["deals"] == 4
    assert [june[name] for name in ("expected", "low", "high")] == [
        then["total"][name] for name in ("expected", "low", "high")
    ]
    assert june["expected"] == 2000.0  # nothing was closed before: 0.2 as configured
    assert june["won"] == 10000.0  # 4 × 1000 that nobody expected, 2000 and 4000 that were due
    assert june["won_due"] == 6000.0
    assert june["n"] == 13
    assert june["brier"] == pytest.approx((6 * 0.64 + 7 * 0.04) / 13)
    assert june["brier_last_year"] is None
    methods = {row["method"]: row for row in said["methods"]}
    assert methods["this forecast"]["error"] == 8000.0
    assert methods["this forecast"]["bias"] == -8000.0
    assert "1 month: too few to tell one method from another" in said["notes"]
    assert "1 of 2 months left out: no deal was open before" in said["notes"]


def test_nothing_to_test_is_an_answer(dealflow):
    assert dealflow.json("forecast", "backtest")["rows"] == []


# ── two copies ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.file
def test_targets_and_forecasts_come_along_in_a_merge(kept, tmp_path):
    other = str(tmp_path / "copy.db")
    kept.ok("db", "backup", other)
    kept.at("2026-07-02T10:00:00+08:00")
    kept.ok("targets", "set", "wang", "2026-Q3", "100", "--db", other)
    kept.ok("forecast", "keep", "theirs", "--db", other)
    kept.at("2026-07-02T11:00:00+08:00")
    kept.ok("targets", "set", "wang", "2026-Q3", "90")
    kept.ok("targets", "set", "all", "2026", "900")
    kept.ok("db", "merge", other)
    assert {(row["whose"], row["amount"]) for row in kept.json("targets", "list")} == {
        ("rep:wang", 90.0),
        ("all", 900.0),
    }
    assert [row["name"] for row in kept.json("forecast", "list")] == ["july", "mine", "theirs"]
    assert kept.json("forecast", "show", "theirs")["expected"] == 3000.0
    assert kept.json("db", "check") == []
