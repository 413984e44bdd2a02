"""leakage --by, --compare and --paths, and what close-rates crosses: by hand, on file and server."""

from __future__ import annotations

import pytest

FORCE = ("--force", "--why", "test")


@pytest.fixture
def sold(dealflow):
    """June: two of li's won the straight way, one lost early, one back and forth; bo skips one."""
    return dealflow.once(make_sold)


def make_sold(dealflow):
    dealflow.ok("reps", "add", "bo", "--team", "east")
    dealflow.at("2026-05-04T09:00:00+08:00")
    dealflow.ok("add", "old")
    dealflow.ok("advance", "1", *FORCE)
    dealflow.ok("lose", "1", "-r", "price")
    dealflow.at("2026-06-04T09:00:00+08:00")
    for title, owner in zip("abcde", ("li", "li", "li", "li", "bo"), strict=True):
        dealflow.ok("add", title, "--owner", owner)
    for deal in ("2", "3"):
        for _ in range(4):
            dealflow.ok("advance", deal, *FORCE)
        dealflow.ok("win", deal, *FORCE)
    dealflow.ok("lose", "4", "-r", "price")
    dealflow.ok("advance", "5", *FORCE)
    dealflow.ok("back", "5", "lead")
    dealflow.ok("void", "5")
    dealflow.ok("advance", "6", "needs", *FORCE)
    dealflow.at("2026-07-01T10:00:00+08:00")


def test_each_group_has_a_funnel(sold):
    report = sold.json("leakage", "--by", "rep", "--period", "2026-06")
    found = {
        (row["rep"], row["stage"]): tuple(
            row[name] for name in ("entered", "advanced", "lost", "void", "still", "skipped")
        )
        for row in report["rows"]
    }
    assert found["li", "lead"] == (4, 2, 1, 1, 0, 0)
    assert found["li", "interested"] == (3, 2, 0, 0, 0, 0)  # and one went back
    assert found["bo", "lead"] == (1, 1, 0, 0, 0, 0)
    assert found["bo", "interested"] == (0, 0, 0, 0, 0, 1)
    assert found["bo", "needs"] == (1, 0, 0, 0, 1, 0)
    assert report["parameters"]["n"] == 5


def test_few_are_not_made_a_rate_of_on_the_screen(sold):
    out = sold.ok("leakage", "--by", "rep", "-o", "table").out
    assert "too few (4)" in out
    assert " % of " not in out


def test_groups_beyond_the_limit_are_told(sold):
    said = sold.ok("leakage", "--by", "rep", "--limit", "1", "-o", "table")
    assert "1 group more: --limit 0 shows all" in said.out + said.err
    assert {row["rep"] for row in sold.json("leakage", "--by", "rep", "--limit", "1")["rows"]} == {
        "li"
    }


def test_a_period_is_compared_with_the_one_before_at_the_same_age(sold):
    report = sold.json("leakage", "--period", "2026-06", "--compare", "previous")
    assert report["parameters"]["compared_with"] == "2026-05"
    assert report["parameters"]["compared_as_of"] == "2026-05-31"
    rows = {row["stage"]: row for row in report["rows"]}
    lead = rows["lead"]
    assert (lead["entered"], lead["advanced"], lead["lost"]) == (5, 3, 1)
    assert (lead["entered_before"], lead["advanced_before"], lead["lost_before"]) == (1, 1, 0)
    assert lead["difference"] == pytest.approx(-0.25)
    assert lead["mark"] == "too few"
    as_it_was = sold.json("leakage", "--period", "2026-05", "--as-of", "2026-05-31")["rows"]
    for row in as_it_was:
        names = ("entered", "advanced", "lost")
        assert [row[n] for n in names] == [rows[row["stage"]][f"{n}_before"] for n in names]


@pytest.mark.parametrize(
    ("word", "label"),
    [
        ("previous", "2026-05"),
        ("环比", "2026-05"),
        ("year-ago", "2025-06"),
        ("同比", "2025-06"),
        ("2026-Q1", "2026-Q1"),
        ("2026-05-01..2026-05-10", "2026-05-01..2026-05-10"),
    ],
)
def test_what_a_period_can_be_compared_with(sold, word, label):
    report = sold.json("leakage", "--period", "2026-06", "--compare", word)
    assert report["parameters"]["compared_with"] == label


def test_ways_with_what_they_pass_over_and_where_they_turn_back(sold):
    report = sold.json("leakage", "--paths")
    found = {
        tuple(row["path"]): tuple(
            row[name] for name in ("deals", "won", "lost", "open", "void", "returns")
        )
        for row in report["rows"]
    }
    assert found == {
        ("lead", "interested", "needs", "solution", "negotiation"): (2, 2, 0, 0, 0, 0),
        ("lead", "interested"): (1, 0, 1, 0, 0, 0),
        ("lead",): (1, 0, 1, 0, 0, 0),
        ("lead", "needs"): (1, 0, 0, 1, 0, 0),
        ("lead", "interested", "lead"): (0, 0, 0, 0, 1, 1),
    }
    assert next(row for row in report["rows"] if row["path"] == ["lead", "needs"])["skipped"] == [
        "interested"
    ]
    assert "1 void deal apart: in no rate and no share" in report["notes"]
    out = sold.ok("leakage", "--paths", "-o", "table").out
    assert "→ (Interested) →" in out
    assert "↩ Lead" in out


def test_ways_through_one_pipeline_are_of_its_deals(sold):
    other = sold.ok("stages", "export", "en").out.replace('"en"', '"two"')
    sold.ok("stages", "apply", "-", stdin=other)
    sold.ok("add", "elsewhere", "--pipeline", "two")
    assert sum(row["deals"] for row in sold.json("leakage", "--paths")["rows"]) == 6
    [row] = sold.json("leakage", "--paths", "--pipeline", "two")["rows"]
    assert (row["path"], row["deals"], row["share"]) == (["lead"], 1, 1)


def test_each_figure_is_explained(sold):
    for words in ("leakage", "leakage --by rep", "leakage --paths", "close-rates"):
        report = sold.json(*words.split(), "--explain")
        figures = {row["figure"]: row for row in report["figures"]}
        fields = {name.removesuffix("_low").removesuffix("_high") for name in report["rows"][0]}
        assert fields <= figures.keys()
        assert all(row["meaning"] for name, row in figures.items() if name != "mark")
    assert figures["close_rate"]["example"] == "2 of 4 = 50.0 %; Wilson, 95 %: 15.0 to 85.0 %"


def test_ways_of_deals_too_long_for_one_number(dealflow):
    dealflow.ok("add", "there and back")
    for _ in range(15):
        dealflow.ok("advance", "1", *FORCE)
        dealflow.ok("back", "1", "lead")
    [row] = dealflow.json("leakage", "--paths")["rows"]
    assert row["path"] == ["lead", "interested"] * 15 + ["lead"]
    assert row["returns"] == 15


def test_conversion_is_another_number_than_the_close_rate(sold):
    [row] = [
        row
        for row in sold.json("close-rates", "--conversion", "--period", "2026-06")["rows"]
        if row["rep"] == "li"
    ]
    assert (row["won"], row["lost"], row["close_rate"]) == (2, 1, pytest.approx(2 / 3))
    assert (row["created"], row["created_void"], row["created_won"]) == (4, 1, 2)
    assert row["conversion"] == pytest.approx(2 / 3)
    bo = sold.json("close-rates", "--conversion", "--period", "2026-06")["rows"][-1]
    assert (bo["rep"], bo["created"], bo["created_won"], bo["conversion"]) == ("bo", 1, 0, 0)


def test_a_trend_is_long_for_programs_and_short_for_people(sold):
    rows = sold.json("close-rates", "--trend", "month")["rows"]
    assert [(row["month"], row["rep"], row["won"], row["n"]) for row in rows] == [
        ("2026-05", "li", 0, 1),
        ("2026-06", "li", 2, 3),
    ]
    out = sold.ok("close-rates", "--trend", "month", "-o", "table").out
    assert "▁▆" in out
    assert "2026-05 to 2026-06" in out


def test_two_dimensions_are_crossed_on_the_screen(sold):
    out = sold.ok("close-rates", "--by", "rep,month", "-o", "table").out
    assert out.split("\n")[3].split() == ["rep", "2026-05", "2026-06"]
    assert "too few (1)" in out
    assert len(sold.json("close-rates", "--by", "rep,month")["rows"]) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("leakage", "--compare", "previous"), "only a period with two ends"),
        (("leakage", "--period", "2026-05", "--compare", "2026-06"), "does not end before"),
        (("leakage", "--period", "2026-06", "--compare", "2026-Q2"), "does not end before"),
        (("leakage", "--paths", "--by", "rep"), "different reports"),
        (("leakage", "--by", "shoesize"), "shoesize"),
        (("leakage", "--by", "rep,team,source"), "one or two dimensions"),
        (("leakage", "--by", "rep", "--unit", "visits"), "counts deals"),
        (("close-rates", "--trend", "hour"), "hour"),
        (("close-rates", "--trend", "month", "--by", "rep,team"), "one dimension"),
        (("close-rates", "--conversion", "--by", "reason"), "has no reason yet"),
    ],
)
def test_what_cannot_be_answered_is_refused(sold, words, said):
    answer = sold(*words)
    assert answer.code == 2
    assert said in answer.err
