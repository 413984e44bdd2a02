from __future__ import annotations

from datetime import date

import pytest

from dealflow.actions import deals, people, settings
from dealflow.dates import parse_period
from dealflow.errors import NotFound, UnknownWord, UsageError
from dealflow.money import Money
from dealflow.questions.close_rates import close_rates


@pytest.fixture
def close(desk):
    """Adds a deal of a rep and closes it."""
    desk.do(people.add_rep, "Bo", {"team": "east"})

    def add(verb, owner="li", **facts):
        deal = desk.add("deal", owner=owner, **facts)
        desk.move(deal, verb, reason="price" if verb == "lose" else None)
        return deal

    return add


@pytest.fixture
def groups(desk, told):
    """won, lost, void and open by label."""

    def ask(by="rep", moment=None, period=None, words=(), **options):
        asked = desk.ask(moment)
        if period:
            options["period"] = parse_period(period, asked.today)
        report = close_rates(asked, words, by=by.split(","), **options)
        return {
            tuple(row[name] for name in by.split(",")): tuple(
                row[name] for name in ("won", "lost", "void", "open")
            )
            for row in told(report)
        }

    return ask


def test_won_of_won_and_lost_with_the_rest_beside(desk, told, close, groups):
    for verb in ("win", "lose", "lose", "void"):
        close(verb)
    desk.add("open")
    assert groups() == {("li",): (1, 2, 1, 1)}
    [row] = told(close_rates(desk.ask()))
    assert (row["n"], row["close_rate"][:3]) == (3, (1, 3, 1 / 3))


def test_the_credit_goes_to_the_owner_at_the_close_unless_told_otherwise(desk, close, groups):
    deal = desk.add("handed over twice", owner="li")
    desk.do(deals.edit, deal, {"owner": "bo"}, verb="edit")
    desk.move(deal, "win")
    desk.do(deals.edit, deal, {"owner": "li"}, verb="edit")
    desk.add("Bo's", owner="bo")
    assert groups() == {("bo",): (1, 0, 0, 1)}
    assert groups(credit="owner-now") == {("li",): (1, 0, 0, 0), ("bo",): (0, 0, 0, 1)}
    assert groups(credit="owner-at-creation") == groups(credit="owner-now")


def test_a_reopened_close_is_no_outcome_and_is_told(desk, close, groups):
    deal = close("lose")
    desk.at("2026-06-03 09:00")
    desk.move(deal, "reopen", "lead")
    assert groups() == {("li",): (0, 0, 0, 1)}
    assert "1 close in the window reopened since: no outcome" in close_rates(desk.ask()).notes
    assert groups(moment="2026-06-02 09:00") == {("li",): (0, 1, 0, 0)}


def test_one_of_one_does_not_lead(desk, close):
    close("win", owner="bo")
    for n in range(20):
        close("win" if n < 14 else "lose")
    report = close_rates(desk.ask())
    assert [(row[0], row[-1]) for row in report.rows] == [("li", None), ("bo", "too few")]


def test_by_team_segment_source_region_grade_and_pipeline(desk, close, groups):
    desk.do(
        people.add_account,
        "Acme",
        {"segment": "auto", "region": "north", "source": "fair", "grade": "B"},
    )
    close("win", owner="bo", account="Acme")
    close("lose", source="web", grade="A")
    won, lost = (1, 0, 0, 0), (0, 1, 0, 0)
    assert groups("team") == {("east",): won, (None,): lost}
    assert groups("segment") == {("auto",): won, (None,): lost}
    assert groups("region") == {("north",): won, (None,): lost}
    assert groups("source") == {("fair",): won, ("web",): lost}
    assert groups("grade") == {("B",): won, ("A",): lost}
    assert groups("pipeline") == {("en",): (1, 1, 0, 0)}


def test_a_deal_counts_under_each_of_its_products_and_once_in_the_total(desk, told, close, groups):
    for name in ("Pump", "Valve"):
        desk.do(people.add_product, name, {})
    close("win", products=("Pump", "Valve"))
    close("lose", products=("Pump",))
    close("lose")
    assert groups("product") == {
        ("Pump",): (1, 1, 0, 0), ("Valve",): (1, 0, 0, 0), (None,): (0, 1, 0, 0),
    }  # fmt: skip
    report = close_rates(desk.ask(), by=["product"])
    assert report.total[:3] == ("all", 1, 2)
    assert "a deal with several products counts under each of them" in report.notes


def test_a_product_on_every_deal_has_no_others_to_be_below(desk, close):
    for name in ("A", "B"):
        desk.do(people.add_product, name, {})
    for _ in range(10):
        close("win", products=("A", "B"))
        close("lose", products=("A",))
    report = close_rates(desk.ask(), by=["product"])
    assert {row[0]: row[-1] for row in report.rows} == {"A": None, "B": "above"}


def test_a_product_is_held_against_the_deals_without_it(desk, close):
    for name in ("A", "B"):
        desk.do(people.add_product, name, {})
    for _ in range(8):
        close("win", products=("A", "B"))
        close("win", products=("B",))
        close("lose", products=("A",))
        close("lose")
    report = close_rates(desk.ask(), by=["product"])
    assert {row[0]: row[-1] for row in report.rows} == {"A": None, "B": "above", None: "below"}


def test_months_come_in_their_order_and_within_a_month_the_surest_first(desk, close):
    desk.at("2026-06-10 09:00")
    close("lose")
    desk.at("2026-07-10 09:00")
    close("lose", owner="bo")
    for _ in range(3):
        close("win")
    months = close_rates(desk.ask(), by=["month"])
    assert [row[0] for row in months.rows] == ["2026-06", "2026-07"]
    crossed = close_rates(desk.ask(), by=["rep", "month"])
    assert [row[:2] for row in crossed.rows] == [
        ("li", "2026-06"), ("li", "2026-07"), ("bo", "2026-07"),
    ]  # fmt: skip


def test_months_are_those_of_the_business_time_zone(desk, close, groups):
    desk.at("2026-06-30 23:59")
    close("win")
    desk.at("2026-07-01 00:00")
    close("lose")
    desk.at("2026-12-31 23:59")
    close("lose")
    desk.add("open")
    assert groups("month") == {
        ("2026-06",): (1, 0, 0, None),
        ("2026-07",): (0, 1, 0, None),
        ("2026-12",): (0, 1, 0, None),
    }
    report = close_rates(desk.ask(), by=["month"])
    assert report.total[:5] == ("all", 1, 2, 0, 1)
    note = "open deals are in the total only: month closed is told of closed ones"
    assert note in report.notes


def test_two_dimensions_make_a_cross_table(desk, close, groups):
    close("win", owner="bo", source="web")
    close("lose", owner="bo", source="fair")
    close("lose", source="web")
    assert groups("rep,source") == {
        ("bo", "web"): (1, 0, 0, 0),
        ("bo", "fair"): (0, 1, 0, 0),
        ("li", "web"): (0, 1, 0, 0),
    }


def test_value_and_days_are_of_the_close(desk, told, close):
    deal = desk.add("ours", amount=Money(300_00, "CNY"))
    desk.at("2026-06-11 08:00")
    desk.move(deal, "win")
    desk.do(deals.edit, deal, {"amount": Money(1_00, "CNY")}, verb="edit")
    close("lose", amount=Money(100_00, "CNY"))
    [row] = told(close_rates(desk.ask()))
    assert row["won_value"] == Money(300_00, "CNY")
    assert row["value_rate"] == 0.75
    assert row["median_days"] == 9


def test_currencies_are_converted_by_the_rate_of_the_day_of_the_close(desk, told, close):
    desk.do(settings.rate, "USD", date(2026, 6, 1), 7_000_000)
    desk.do(settings.rate, "USD", date(2026, 6, 5), 9_000_000)
    close("win", amount=Money(10_00, "USD"))
    close("win", amount=Money(10_00, "CNY"))
    close("lose", amount=Money(10_00, "EUR"))
    report = close_rates(desk.ask("2026-06-08 09:00"))
    assert told(report)[0]["won_value"] == Money(80_00, "CNY")
    [apart] = report.sections
    assert Money(80_00, "CNY") in report.total
    assert told(apart)[0]["lost_value"] == Money(10_00, "EUR")


def test_a_value_rate_never_leaves_an_amount_out_in_silence(desk, told, close):
    """A million dollars won that no rate converts, a hundred yuan lost: that is not 0 %."""
    close("win", amount=Money(1_000_000_00, "USD"))
    close("lose", amount=Money(100_00, "CNY"))
    close("win", owner="bo", amount=Money(100_00, "CNY"))
    report = close_rates(desk.ask())
    rates = {row["rep"]: row["value_rate"] for row in told(report)}
    assert rates == {"li": None, "bo": 1.0}
    at = [column.name for column in report.columns].index("value_rate")
    assert report.total[at] is None
    assert "no value rate where an amount has no rate to CNY" in report.notes[-1]
    [apart] = report.sections
    assert told(apart) == [
        {"rep": "li", "won_value": Money(1_000_000_00, "USD"), "lost_value": Money(0, "USD"),
         "currency": "USD"},
    ]  # fmt: skip


def test_what_stands_apart_is_told_group_by_group_in_the_order_of_the_groups(desk, told, close):
    close("lose", owner="bo", source="web", amount=Money(5_00, "EUR"))
    close("win", source="web", amount=Money(7_00, "USD"))
    close("win", source="fair", amount=Money(9_00, "CNY"))
    [apart] = close_rates(desk.ask(), by=["rep", "source"]).sections
    assert [(r["rep"], r["source"], r["won_value"], r["lost_value"]) for r in told(apart)] == [
        ("li", "web", Money(7_00, "USD"), Money(0, "USD")),
        ("bo", "web", Money(0, "EUR"), Money(5_00, "EUR")),
    ]


def test_one_currency_alone_stays_as_it_is(desk, told, close):
    close("win", amount=Money(10_00, "USD"))
    [row] = told(close_rates(desk.ask()))
    assert row["won_value"] == Money(10_00, "USD")


def test_a_window_is_of_closing(desk, close, groups):
    deal = desk.add("old", at=desk.at("2026-01-05 09:00"))
    desk.at("2026-06-20 09:00")
    desk.move(deal, "win")
    assert groups(period="2026-01") == {}
    assert groups(period="2026-06") == {("li",): (1, 0, 0, 0)}


def test_the_past_credits_the_team_of_then(desk, close, groups):
    close("win", owner="bo")
    desk.at("2026-06-05 09:00")
    desk.do(people.edit_rep, "bo", {"team": "west"})
    assert groups("team") == {("west",): (1, 0, 0, 0)}
    assert groups("team", moment="2026-06-04 09:00") == {("east",): (1, 0, 0, 0)}


def test_unknown_words_are_errors(desk, close):
    with pytest.raises(UnknownWord, match="unknown dimension 'reps'") as caught:
        close_rates(desk.ask(), by=["reps"])
    assert caught.value.hint == "did you mean rep?"
    with pytest.raises(UnknownWord, match="credit rule"):
        close_rates(desk.ask(), credit="owner")
    with pytest.raises(UsageError, match="one or two"):
        close_rates(desk.ask(), by=["rep", "team", "grade"])
    with pytest.raises(NotFound, match="no team 'eats'"):
        close_rates(desk.ask(), ["team:eats"])
