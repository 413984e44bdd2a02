"""Numbers that other tools get wrong, each as somebody would meet it on the command line.

The cases are those that docs and trackers of the field tell of: a loss that counts as progress, a
window that applies to one side, a day that ends in the wrong time zone.
"""

from __future__ import annotations

import pytest

REASON = ("--reason", "price")
FORCE = ("--force", "--why", "test")


@pytest.fixture
def deals(dealflow):
    """Adds deals with these titles; their ids are 1, 2, 3 …"""

    def add(*titles, **options):
        told = [part for name, value in options.items() for part in (f"--{name}", value)]
        for title in titles:
            dealflow.ok("add", title, *told)

    return add


def row(report, **equal):
    [found] = [r for r in report["rows"] if all(r[k] == v for k, v in equal.items())]
    return found


def stage(dealflow, key, *options):
    return row(dealflow.json("leakage", *options), stage=key)


def fates(found):
    names = ("entered", "advanced", "returned", "lost", "void", "still", "skipped")
    return {name: found[name] for name in names if found[name]}


# ── counting ──────────────────────────────────────────────────────────────────────────────────


def test_a_loss_is_not_progress(dealflow, deals):
    """Four deals, three lost, one open, none ever advanced: the advance rate is 0 of 3."""
    deals("a", "b", "c", "d")
    dealflow.ok("lose", "1", "2", "3", *REASON)
    lead = stage(dealflow, "lead")
    assert fates(lead) == {"entered": 4, "lost": 3, "still": 1}
    assert (lead["advance_rate"], lead["leak_rate"]) == (0, 1)


def test_losses_are_not_wins(dealflow, deals):
    """Nine lost and one gone cold is no close rate of 90 %, and one lead is no proof of anything."""
    deals(*map(str, range(10)))
    dealflow.ok("lose", *map(str, range(1, 10)), *REASON)
    li = row(dealflow.json("close-rates"), rep="li")
    assert (li["won"], li["lost"], li["open"], li["close_rate"]) == (0, 9, 1, 0)


def test_lost_deals_stay_in_the_funnel(dealflow, deals):
    deals("kept", "lost")
    dealflow.ok("advance", "1", "2", *FORCE)
    dealflow.ok("lose", "2", *REASON)
    assert fates(stage(dealflow, "lead")) == {"entered": 2, "advanced": 2}
    assert fates(stage(dealflow, "interested")) == {"entered": 2, "lost": 1, "still": 1}


def test_a_deal_that_comes_again_is_one_deal(dealflow, deals):
    deals("to and fro")
    for verb in ("advance", "back", "advance", "back"):
        dealflow.ok(verb, "1", *FORCE if verb == "advance" else ())
    assert fates(stage(dealflow, "lead")) == {"entered": 1, "still": 1}


def test_a_deal_that_never_moved_has_entered_its_first_stage(dealflow, deals):
    deals("new")
    assert fates(stage(dealflow, "lead")) == {"entered": 1, "still": 1}


def test_nought_of_nought_is_absent_and_not_nought_percent(dealflow, deals):
    deals("open")
    lead = stage(dealflow, "lead")
    assert (lead["advance_rate"], lead["leak_rate"], lead["leak_rate_high"]) == (None, None, None)
    li = row(dealflow.json("close-rates"), rep="li")
    assert (li["close_rate"], li["value_rate"], li["median_days"]) == (None, None, None)
    assert " 0.0 %" not in dealflow.ok("close-rates", "-o", "table").out


def test_open_deals_are_not_failures(dealflow, deals):
    deals("won", *"abcdefghi")
    dealflow.ok("win", "1", *FORCE)
    li = row(dealflow.json("close-rates"), rep="li")
    assert (li["won"], li["lost"], li["open"], li["close_rate"]) == (1, 0, 9, 1)
    assert stage(dealflow, "lead")["advance_rate"] == 1


def test_void_is_not_lost(dealflow, deals):
    deals("won", "twice")
    dealflow.ok("win", "1", *FORCE)
    dealflow.ok("void", "2")
    li = row(dealflow.json("close-rates"), rep="li")
    assert (li["won"], li["lost"], li["void"], li["close_rate"]) == (1, 0, 1, 1)
    lead = stage(dealflow, "lead")
    assert fates(lead) == {"entered": 2, "advanced": 1, "void": 1}
    assert lead["leak_rate"] == 0


def test_a_skipped_stage_was_not_entered(dealflow, deals):
    deals("quick")
    dealflow.ok("advance", "1", "solution", *FORCE)
    assert fates(stage(dealflow, "interested")) == {"skipped": 1}
    assert fates(stage(dealflow, "needs")) == {"skipped": 1}
    assert fates(stage(dealflow, "solution")) == {"entered": 1, "still": 1}


# ── clocks and windows ────────────────────────────────────────────────────────────────────────


def test_won_in_a_period_goes_by_the_win_not_by_creation_or_the_last_edit(dealflow, deals):
    dealflow.at("2026-01-10T10:00:00+08:00")
    deals("deal")
    dealflow.at("2026-03-10T10:00:00+08:00")
    dealflow.ok("win", "1", *FORCE)
    dealflow.at("2026-06-10T10:00:00+08:00")
    dealflow.ok("edit", "1", "--title", "renamed later")
    won = {
        month: [r["won"] for r in dealflow.json("close-rates", "--period", month)["rows"]]
        for month in ("2026-01", "2026-03", "2026-06")
    }
    assert won == {"2026-01": [], "2026-03": [1], "2026-06": []}


def test_days_in_a_stage_begin_when_it_was_entered(dealflow, deals):
    dealflow.at("2026-01-01T10:00:00+08:00")
    deals("deal")
    dealflow.at("2026-06-20T10:00:00+08:00")
    dealflow.ok("advance", "1", *FORCE)
    dealflow.at("2026-06-30T10:00:00+08:00")
    dealflow.ok("log", "1", "note", "this is no move")
    assert stage(dealflow, "interested")["oldest_days"] == 10


def test_a_window_restricts_both_sides(dealflow, deals):
    deals("lost", "open")
    dealflow.ok("lose", "1", *REASON)
    report = dealflow.json("leakage", "--from", "2099-01-01")
    assert all(fates(r) == {} for r in report["rows"])
    assert dealflow.json("close-rates", "--from", "2099-01-01")["total"]["lost"] == 0


def test_losses_have_a_date_and_a_reopened_close_keeps_none(dealflow, deals):
    deals("lost", "reopened")
    dealflow.ok("lose", "1", "2", *REASON)
    dealflow.at("2026-07-03T10:00:00+08:00")
    dealflow.ok("reopen", "2", "lead")
    [first, second] = dealflow.json("list", "id:1..2", "--sort", "id")
    assert first["closed_at"].startswith("2026-07-01")
    assert second["closed_at"] is None
    li = row(dealflow.json("close-rates", "--period", "2026-07"), rep="li")
    assert (li["lost"], li["open"]) == (1, 1)
    assert fates(stage(dealflow, "lead")) == {"entered": 2, "lost": 1, "still": 1}


def test_a_deal_won_again_counts_once_and_at_the_later_date(dealflow, deals):
    deals("twice won")
    dealflow.ok("win", "1", *FORCE)
    dealflow.at("2026-08-05T10:00:00+08:00")
    dealflow.ok("reopen", "1", "negotiation", *FORCE)
    dealflow.ok("win", "1", *FORCE)
    assert dealflow.json("close-rates", "--period", "2026-07")["rows"] == []
    assert row(dealflow.json("close-rates", "--period", "2026-08"), rep="li")["won"] == 1
    assert row(dealflow.json("close-rates"), rep="li")["won"] == 1


@pytest.mark.parametrize("moment", ["2026-07-01T00:00:00+08:00", "2026-07-01T23:59:59+08:00"])
def test_todays_win_is_in_today_this_week_and_this_month(dealflow, deals, moment):
    """In Shanghai: by UTC one of the two moments would be the day, and the month, before."""
    dealflow.at("2026-06-20T12:00:00+08:00")
    deals("deal")
    dealflow.at(moment)
    dealflow.ok("win", "1", *FORCE)
    for period in ("today", "this-week", "this-month", "this-quarter", "this-year"):
        assert row(dealflow.json("close-rates", "--period", period), rep="li")["won"] == 1, period
    for period in ("yesterday", "last-week", "last-month", "last-quarter", "2026-07-02"):
        assert dealflow.json("close-rates", "--period", period)["total"]["won"] == 0, period
    assert row(dealflow.json("close-rates", "--by", "month"), month="2026-07")["won"] == 1


def test_due_today_is_not_overdue_today(dealflow, deals):
    deals("deal")
    dealflow.ok("plan", "1", "today", "call")
    assert dealflow.json("overdue")["rows"] == []
    dealflow.at("2026-07-01T23:59:59+08:00")
    assert dealflow.json("overdue")["rows"] == []
    dealflow.at("2026-07-02T00:00:00+08:00")
    assert [r["days_late"] for r in dealflow.json("overdue")["rows"]] == [1]


def test_due_days_end_with_the_business_day_not_the_day_in_utc(dealflow, deals):
    """At 07:59 in Shanghai it is still yesterday in Greenwich."""
    deals("deal")
    dealflow.ok("plan", "1", "2026-07-01", "call")
    dealflow.at("2026-07-02T07:59:00+08:00")
    assert len(dealflow.json("overdue")["rows"]) == 1
    assert dealflow.json("overdue")["rows"][0]["days_late"] == 1


# ── nothing without a word ────────────────────────────────────────────────────────────────────


def test_nothing_is_cut_without_a_word(dealflow, deals):
    deals(*map(str, range(120)))
    for n in range(1, 121):
        dealflow.ok("plan", str(n), "2026-06-01", "call")
    assert len(dealflow.json("overdue")["rows"]) == 120
    assert len(dealflow.ok("overdue", "-o", "ids").out.split()) == 120


def test_a_report_says_what_it_counted(dealflow, deals):
    deals("one", "two")
    report = dealflow.json("leakage", "--period", "2026-07", "owner:li")
    assert report["definition"].startswith("entered = advanced + returned + lost + void + still")
    told = report["parameters"]
    assert (told["cohort"], told["unit"], told["n"]) == ("entered", "deals", 2)
    assert (told["window"], told["filter"]) == ("2026-07 (so far)", "owner:li")


@pytest.mark.parametrize(
    ("words", "code", "near"),
    [
        (("leakage", "stag:lead"), 2, "stage"),
        (("leakage", "stage:needz"), 3, "needs"),
        (("leakage", "owner:lii"), 3, "li"),
        (("close-rates", "--by", "rap"), 2, "rep"),
        (("close-rates", "--period", "2026-13"), 2, ""),
        (("overdue", "--for", "lii"), 3, "li"),
    ],
)
def test_an_unknown_word_is_an_error_and_never_an_empty_answer(dealflow, deals, words, code, near):
    deals("deal")
    said = dealflow(*words)
    assert (said.code, said.out) == (code, "")
    assert near in said.err


# ── history ───────────────────────────────────────────────────────────────────────────────────


def test_renaming_a_stage_keeps_its_history(dealflow, deals, tmp_path):
    deals("old")
    dealflow.ok("lose", "1", *REASON)
    text = dealflow.ok("stages", "export").out
    assert 'name = "Lead"' in text
    file = tmp_path / "pipeline.toml"
    file.write_text(text.replace('name = "Lead"', 'name = "from lead to | suspect"'), "utf-8")
    dealflow.at("2026-07-02T10:00:00+08:00")
    dealflow.ok("stages", "apply", str(file), "--yes")
    lead = stage(dealflow, "lead")
    assert lead["stage_name"] == "from lead to | suspect"
    assert fates(lead) == {"entered": 1, "lost": 1}


def test_a_transfer_keeps_the_stage_the_plans_and_the_credit(dealflow, deals):
    dealflow.ok("reps", "add", "Bo")
    deals("closed", "open")
    dealflow.ok("win", "1", *FORCE)
    dealflow.ok("advance", "2", *FORCE)
    dealflow.ok("plan", "2", "2026-06-01", "call")
    dealflow.ok("edit", "1", "--owner", "bo")
    dealflow.ok("edit", "2", "--owner", "bo")
    assert fates(stage(dealflow, "interested")) == {"entered": 1, "still": 1, "skipped": 1}
    [late] = dealflow.json("overdue")["rows"]
    assert (late["for"], late["owner"], late["stage"]) == ("bo", "bo", "interested")
    rates = dealflow.json("close-rates")
    assert row(rates, rep="li")["won"] == 1
    assert row(rates, rep="bo")["won"] == 0
    assert row(dealflow.json("close-rates", "--credit", "owner-now"), rep="bo")["won"] == 1


def test_editing_a_lost_deal_does_not_revive_it(dealflow, deals):
    deals("lost")
    dealflow.ok("lose", "1", *REASON)
    dealflow.ok("edit", "1", "--title", "still lost")
    assert fates(stage(dealflow, "lead")) == {"entered": 1, "lost": 1}
    assert row(dealflow.json("close-rates"), rep="li")["lost"] == 1
