from __future__ import annotations

from datetime import date

import pytest

from dealflow.actions import deals, pipelines, settings
from dealflow.dates import parse_period
from dealflow.errors import NotFound, UnknownWord
from dealflow.money import Money
from dealflow.pipelines import Wish, template
from dealflow.questions.leakage import COLUMNS, leakage
from dealflow.stages import PipelineSpec, StageSpec

FATES = ("entered", "skipped", "advanced", "returned", "lost", "void", "still")


@pytest.fixture
def stages(desk, told):
    """The rows of a report by stage; given names, the figures of these."""

    def ask(moment=None, *words, period=None, **options):
        asked = desk.ask(moment)
        if period:
            options["period"] = parse_period(period, asked.today)
        report = leakage(asked, words, **options)
        return {row["stage"]: row for row in told(report)}

    return ask


def counts(row):
    return {name: row[name] for name in FATES if row[name]}


def test_each_deal_has_the_fate_of_its_last_visit(desk, stages):
    for title, ways in {
        "on": ["advance"],
        "back": ["advance", "back"],
        "gone": ["lose"],
        "never": ["void"],
        "here": [],
    }.items():
        deal = desk.add(title)
        for way in ways:
            desk.move(deal, way, reason="price" if way == "lose" else None)
    rows = stages()
    assert counts(rows["lead"]) == {"entered": 5, "advanced": 1, "lost": 1, "void": 1, "still": 2}
    assert counts(rows["interested"]) == {"entered": 2, "returned": 1, "still": 1}


def test_visits_can_be_counted_instead_of_deals(desk, stages):
    deal = desk.add("to and fro")
    for way in ("advance", "back", "advance", "back"):
        desk.move(deal, way)
    assert counts(stages()["lead"]) == {"entered": 1, "still": 1}
    assert counts(stages(unit="visits")["lead"]) == {"entered": 3, "advanced": 2, "still": 1}
    assert counts(stages(unit="visits")["interested"]) == {"entered": 2, "returned": 2}


def test_a_stage_that_is_jumped_is_skipped_and_not_entered(desk, stages):
    deal = desk.add("quick")
    desk.move(deal, "advance", "solution")
    assert counts(stages()["needs"]) == {"skipped": 1}
    desk.at("2026-06-02 09:00")
    desk.move(deal, "back", "needs")
    assert counts(stages()["needs"]) == {"entered": 1, "still": 1}
    assert counts(stages("2026-06-01 10:00")["needs"]) == {"skipped": 1}


def test_a_win_passes_over_all_that_was_left(desk, stages):
    desk.move(desk.add("quick"), "win")
    rows = stages()
    assert counts(rows["lead"]) == {"entered": 1, "advanced": 1}
    assert counts(rows["negotiation"]) == {"skipped": 1}
    assert "won" not in rows


def test_a_close_that_was_reopened_is_where_the_deal_went_on(desk, stages):
    for title, to in (("further", "needs"), ("earlier", "lead"), ("same", "interested")):
        deal = desk.add(title)
        desk.move(deal, "advance", "interested")
        desk.move(deal, "lose", reason="price")
        desk.at(f"2026-06-0{deal + 1} 09:00")
        desk.move(deal, "reopen", to)
    by_deal = counts(stages()["interested"])
    assert by_deal == {"entered": 3, "advanced": 1, "returned": 1, "still": 1}
    assert counts(stages("2026-06-01 23:00")["interested"]) == {"entered": 1, "lost": 1}
    by_visit = counts(stages("2026-06-05 09:00", unit="visits")["interested"])
    assert by_visit == {"entered": 4, "advanced": 1, "returned": 2, "still": 1}


def test_the_window_is_about_entering_and_the_fate_may_come_later(desk, stages):
    deal = desk.add("May", at=desk.at("2026-05-31 23:59"))
    desk.at("2026-06-01 00:00")
    desk.add("June")
    desk.at("2026-06-20 09:00")
    desk.move(deal, "lose", reason="price")
    assert counts(stages(period="2026-05")["lead"]) == {"entered": 1, "lost": 1}
    assert counts(stages(period="2026-06")["lead"]) == {"entered": 1, "still": 1}


def test_who_comes_back_after_the_window_belongs_to_it_still(desk, stages):
    """Also at the very second at which the window ends."""
    deal = desk.add("again")
    desk.move(deal, "advance")
    desk.at("2026-07-01 00:00")
    desk.move(deal, "back")
    assert counts(stages(period="2026-06")["lead"]) == {"entered": 1, "still": 1}
    assert counts(stages(period="2026-07")["lead"]) == {"entered": 1, "still": 1}
    assert counts(stages(period="2026-06", unit="visits")["lead"]) == {"entered": 1, "advanced": 1}
    desk.at("2026-07-05 09:00")
    desk.move(deal, "lose", reason="price")
    assert counts(stages(period="2026-06")["lead"]) == {"entered": 1, "lost": 1}


def test_cohorts_can_be_of_creation_or_closing(desk, stages):
    old, _ = desk.add("old", at=desk.at("2026-04-01 09:00")), desk.at("2026-06-02 09:00")
    desk.add("new")
    desk.move(old, "advance")
    desk.move(old, "lose", reason="price")
    june = {"period": "2026-06"}
    assert counts(stages(**june, cohort="created")["lead"]) == {"entered": 1, "still": 1}
    closed = stages(**june, cohort="closed")
    assert counts(closed["lead"]) == {"entered": 1, "advanced": 1}
    assert counts(closed["interested"]) == {"entered": 1, "lost": 1}


def test_amounts_are_those_at_the_loss_and_of_the_deals_still_there(desk, stages):
    lost, still = (desk.add(t, amount=Money(100_00, "CNY")) for t in ("lost", "still"))
    desk.do(deals.edit, lost, {"amount": Money(80_00, "CNY")}, verb="edit")
    desk.move(lost, "lose", reason="price")
    desk.do(deals.edit, lost, {"amount": Money(1_00, "CNY")}, verb="edit")
    desk.at("2026-06-03 09:00")
    desk.do(deals.edit, still, {"amount": Money(120_00, "CNY")}, verb="edit")
    assert stages()["lead"]["value_leaked"] == Money(80_00, "CNY")
    assert stages()["lead"]["value_still"] == Money(120_00, "CNY")
    assert stages("2026-06-02 09:00")["lead"]["value_still"] == Money(100_00, "CNY")


def test_currencies_are_converted_by_the_rate_of_their_day_or_kept_apart(desk, stages, told):
    desk.do(settings.rate, "USD", date(2026, 1, 1), 7_000_000)
    desk.do(settings.rate, "USD", date(2026, 6, 10), 8_000_000)
    for currency in ("CNY", "USD", "EUR"):
        deal = desk.add(currency, amount=Money(10_00, currency))
        desk.move(deal, "lose", reason="price")
    desk.add("open", amount=Money(10_00, "USD"))
    row = stages("2026-06-12 09:00")["lead"]
    assert row["value_leaked"] == Money(10_00 + 70_00, "CNY")
    assert row["value_still"] == Money(80_00, "CNY")
    [apart] = leakage(desk.ask()).sections
    assert told(apart)[0]["value_leaked"] == Money(10_00, "EUR")
    assert apart.notes == ("no rate to CNY: not in the values above",)


def test_what_has_no_amount_is_worth_nobody_knows_what(desk, stages):
    desk.move(desk.add("lost"), "lose", reason="price")
    assert stages()["lead"]["value_leaked"] is None
    assert stages()["lead"]["value_still"] == Money(0, "CNY")
    assert "without an amount: 1 lost" in leakage(desk.ask()).notes


def test_days_count_those_still_there(desk, stages):
    for n in range(4):
        desk.at("2026-06-01 09:00")
        deal = desk.add(str(n))
        if n:
            desk.at(f"2026-06-0{n + 1} 21:00")
            desk.move(deal, "advance")
    row = stages("2026-06-11 09:00")["lead"]
    assert (row["days_median"], row["days_p90"], row["oldest_days"]) == (2.5, None, 10.0)


def test_the_three_most_frequent_reasons_are_counted(desk, stages):
    known = [key for key, _ in template("en").reasons][:4]
    for n, reason in enumerate(known):
        for _ in range(4 - n):
            desk.move(desk.add("x"), "lose", reason=reason)
    names = dict(template("en").reasons)
    told = tuple(f"{names[reason]} {4 - n}" for n, reason in enumerate(known[:3]))
    assert stages()["lead"]["lost_reasons"] == told


def test_the_worst_leak_is_named_only_where_it_is_supported(desk):
    desk.move(desk.add("one"), "lose", reason="price")
    assert "no stage stands out" in leakage(desk.ask()).notes
    for n in range(12):
        deal = desk.add(str(n))
        desk.move(deal, "advance")
        desk.move(deal, "lose", reason="price")
    [worst, *_] = leakage(desk.ask()).notes
    assert worst == (
        "Interested leaks most: 12 of 12 (100.0 %) were lost there, elsewhere 1 of 13 (7.7 %)"
    )


def test_forced_moves_are_counted(desk):
    desk.move(desk.add("one"), "advance")
    assert "1 move overrode requirements (forced)" in leakage(desk.ask()).notes


def test_a_stage_that_was_defined_anew_within_the_window_is_told(desk, stages):
    spec = template("en")
    lead = spec.stages[0]
    renamed = StageSpec(**{f: getattr(lead, f) for f in ("key", "kind")}, name="Suspect")
    new = PipelineSpec(key="en", name=spec.name, stages=(renamed, *spec.stages[1:]))
    deal = desk.add("old")
    desk.at("2026-06-10 09:00")
    desk.do(pipelines.apply, new, Wish())
    note = "Suspect was defined anew on 2026-06-10: before and after are together"
    assert note in leakage(desk.ask()).notes
    asked = desk.ask()
    earlier = leakage(asked, period=parse_period("2026-05", asked.today))
    assert note not in earlier.notes
    row = stages()["lead"]
    assert (row["stage_name"], counts(row)) == ("Suspect", {"entered": 1, "still": 1})
    assert stages("2026-06-09 09:00")["lead"]["stage_name"] == "Lead"
    assert deal


def test_pipelines_stand_side_by_side_and_can_be_chosen(desk, told):
    desk.do(pipelines.apply, template("saas"), Wish())
    desk.add("product")
    assert {row["pipeline"] for row in told(leakage(desk.ask()))} == {"en"}
    assert "no deals in saas" in leakage(desk.ask()).notes
    desk.add("service", pipeline="saas")
    both = leakage(desk.ask())
    assert [row["pipeline"] for row in told(both) if row["entered"]] == ["en", "saas"]
    assert all("pipeline" in panel for panel in both.panels)
    one = leakage(desk.ask(), pipeline="saas")
    assert {row["pipeline"] for row in told(one)} == {"saas"}
    assert one.parameters["n"] == 1
    with pytest.raises(NotFound):
        leakage(desk.ask(), pipeline="sass-y-thing")


def test_a_filter_restricts_the_deals_and_knows_what_they_were(desk, stages):
    small, big = (desk.add(t, amount=Money(n, "CNY")) for t, n in (("s", 100), ("b", 900)))
    desk.at("2026-06-05 09:00")
    desk.do(deals.edit, small, {"amount": Money(2000, "CNY")}, verb="edit")
    assert counts(stages(None, "value:>=CNY 5")["lead"])["entered"] == 2
    assert counts(stages("2026-06-04 09:00", "value:>=CNY 5")["lead"])["entered"] == 1
    assert big


def test_the_caption_names_window_cohort_unit_and_n(desk):
    desk.add("one")
    asked = desk.ask("2026-06-15 09:00")
    report = leakage(asked, ["owner:me"], period=parse_period("this-month", asked.today))
    assert report.parameters == {
        "pipeline": None,
        "cohort": "entered",
        "unit": "deals",
        "window": "2026-06 (so far)",
        "filter": "owner:me",
        "n": 1,
    }
    assert tuple(c.name for c in report.columns) == tuple(c.name for c in COLUMNS)


@pytest.mark.parametrize("option", [{"cohort": "enterd"}, {"unit": "deal"}])
def test_an_unknown_option_names_the_nearest(desk, option):
    with pytest.raises(UnknownWord) as caught:
        leakage(desk.ask(), **option)
    assert caught.value.hint in {"did you mean entered?", "did you mean deals?"}


def test_an_empty_database_has_stages_and_no_rates(desk, stages):
    assert all(row["entered"] == 0 and row["leak_rate"].value is None for row in stages().values())


def reshaped(desk, *keys, homes=None):
    """The pipeline en with these open stages, in this order; a key that it lacks is added."""
    spec = template("en")
    known = {stage.key: stage for stage in spec.stages}
    stages = [known.get(key, StageSpec(key=key, name=key.title())) for key in (*keys, "won")]
    desk.do(
        pipelines.apply,
        PipelineSpec(key="en", name=spec.name, stages=tuple(stages)),
        Wish(homes=homes),
    )


def test_what_was_skipped_stays_so_whatever_becomes_of_the_stages(desk, stages):
    desk.move(desk.add("direct"), "advance", "interested")
    desk.move(desk.add("quick"), "advance", "needs")
    before = {key: row["skipped"] for key, row in stages().items()}
    assert before == {"lead": 0, "interested": 1, "needs": 0, "solution": 0, "negotiation": 0}
    desk.at("2026-06-05 09:00")
    reshaped(desk, "lead", "new", "needs", "solution", "negotiation", "interested", homes={})
    assert {key: row["skipped"] for key, row in stages().items()} == before | {"new": 0}
    assert stages("2026-06-02 09:00")["interested"]["skipped"] == 1


def test_a_retired_stage_is_shown_while_it_holds_history(desk, stages):
    desk.move(desk.add("direct"), "advance")
    desk.move(1, "advance")
    desk.move(desk.add("quick"), "advance", "needs")
    reshaped(desk, "lead", "needs", homes={})
    rows = stages()
    assert [*rows] == ["lead", "interested", "needs"]
    assert counts(rows["interested"]) == {"entered": 1, "skipped": 1, "advanced": 1}


def test_a_win_that_was_reopened_skipped_nothing(desk, stages):
    deal = desk.add("too soon")
    desk.move(deal, "win")
    desk.at("2026-06-02 09:00")
    desk.move(deal, "reopen")
    assert counts(stages()["needs"]) == {}
    assert counts(stages("2026-06-01 10:00")["needs"]) == {"skipped": 1}


def test_deals_of_a_retired_stage_count_as_forced_moves_to_a_later_home(desk, stages):
    desk.add("here", amount=Money(100, "USD"))
    reshaped(desk, "new", "interested", "needs", homes={"lead": "new"})
    assert counts(stages()["lead"]) == {"entered": 1, "advanced": 1}
    assert "1 move overrode requirements (forced)" in leakage(desk.ask()).notes
