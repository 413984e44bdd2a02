"""What the program says of histories whose truth is known: docs/truth.py makes them.

Each check counts, over many worlds of one fixed seed, how often an interval holds the truth or a mark
is false. The bounds are those that a binomial count of that many worlds leaves once in a thousand
times where the promise is kept exactly; none is tuned to what was found.
"""

from __future__ import annotations

import importlib
import sys
from collections import Counter
from math import exp, log
from pathlib import Path
from random import Random

import pytest
from scipy.stats import binom

from dealflow.analytics import close_rates, coaching, forecast, leakage, review
from dealflow.analytics.comparison import compare_pairs
from dealflow.analytics.incidence import aalen_johansen
from dealflow.analytics.intervals import difference, wilson
from dealflow.analytics.leakage import StageCounts
from dealflow.analytics.sums import Chance, spread
from dealflow.analytics.survival import kaplan_meier

DOCS = Path(__file__).parent.parent / "docs"
WORLDS = 300
SINCE = 360.0
"""When as many deals come as go: closes from then on are those of all deals alike."""


def module(name):
    sys.path.insert(0, str(DOCS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(DOCS))


truth = module("truth")
peers = module("peers")
WORLD = truth.Truth(
    (truth.Stage(0.7, 12), truth.Stage(0.6, 20), truth.Stage(0.75, 45), truth.Stage(0.6, 25)),
    deals=300,
)


@pytest.fixture(scope="module")
def worlds():
    """Histories in which all reps are alike, as they stand on the last day."""
    lots = Random(20260701)
    return [truth.seen(WORLD, lots) for _ in range(WORLDS)]


def kept(covered, of, share=0.95):
    """Whether so many intervals of so many may hold the truth where each does with this chance."""
    return binom.ppf(0.0005, of, share) <= covered <= binom.ppf(0.9995, of, share)


def promised(false, of, share=0.05):
    """Whether so many worlds with a false mark are no more than promised."""
    return false <= binom.ppf(0.999, of, share)


# ── rates ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("trials", [8, 20, 60, 250])
def test_wilsons_interval_holds_the_truth_as_often_as_it_says_on_average(trials):
    """Exactly, over all counts, for shares from 5 to 95 %: for one share it is now more, now less."""
    shares = [n / 200 for n in range(10, 191)]
    ends = [wilson(count, trials)[3:] for count in range(trials + 1)]
    held = [
        sum(
            binom.pmf(count, trials, share)
            for count, (low, high) in enumerate(ends)
            if low <= share <= high
        )
        for share in shares
    ]
    assert sum(held) / len(held) == pytest.approx(0.95, abs=0.01)
    assert min(held) > 0.85


def test_the_leak_rate_of_each_stage_holds_the_truth(worlds):
    """Deals that are still there are in neither count: they would hide losses."""
    for place, stage in enumerate(WORLD.stages):
        covered = 0
        for world in worlds:
            on, lost, still = world.fates(place)
            counts = StageCounts("s", on + lost + still, on, 0, lost, 0, still)
            (row,) = leakage.judge([counts])
            covered += row.leak.low <= 1 - stage.on <= row.leak.high
        assert kept(covered, WORLDS), (place, covered)


def test_a_close_rate_holds_the_truth_rep_by_rep(worlds):
    covered, of = 0, 0
    for world in worlds:
        for won, lost in world.by_rep(SINCE).values():
            rate = close_rates.rated(close_rates.GroupCounts("g", won=won, lost=lost)).rate
            covered += rate.low <= WORLD.close_rate() <= rate.high
            of += 1
    assert kept(covered, of), (covered, of)


def test_the_difference_of_two_reps_holds_the_truth():
    """Half of the team goes on more often, at every stage."""
    better = truth.Truth(WORLD.stages, deals=400, better=(1.15, 1))
    lots, covered = Random(2), 0
    rates = [1.0, 1.0]
    for stage in better.stages:
        rates = [rate * stage.on * by for rate, by in zip(rates, better.better, strict=True)]
    for _ in range(WORLDS):
        found = [
            wilson(won, won + lost) for won, lost in truth.seen(better, lots).by_rep(SINCE).values()
        ]
        change = difference(*found)
        covered += change.low <= rates[0] - rates[1] <= change.high
    assert kept(covered, WORLDS), covered


# ── durations ─────────────────────────────────────────────────────────────────────────────────


def lengths(world, place):
    """Hours of the stays that went on, that were lost, and that are going on."""
    found = {True: Counter(), False: Counter(), None: Counter()}
    for stay in world.stays:
        if stay.stage == place:
            until = world.now if stay.left is None else stay.left
            found[stay.on][int((until - stay.entered) * 24)] += 1
    return found[True], found[False], found[None]


def test_the_median_of_a_stage_holds_the_truth(worlds):
    """Brookmeyer and Crowley's interval; days are exponential, going on or lost alike."""
    for place, stage in enumerate(WORLD.stages):
        covered = 0
        for world in worlds:
            on, lost, going = lengths(world, place)
            low, high = kaplan_meier(on + lost, going).quantile_interval(0.5)
            median = log(2) * stage.days * 24
            covered += (low or 0) <= median <= (high or float("inf"))
        assert kept(covered, WORLDS), (place, covered)


def test_what_has_happened_by_a_day_holds_the_truth(worlds):
    """Aalen and Johansen's shares, from stays of which some are going on."""
    for place, stage in enumerate(WORLD.stages):
        covered, of, ended = 0, 0, 1 - exp(-30 / stage.days)
        for world in worlds:
            on, lost, going = lengths(world, place)
            found = aalen_johansen({"on": on, "lost": lost}, going)
            for way, share in (("on", stage.on), ("lost", 1 - stage.on)):
                rate = found.within(way, 30 * 24 - 1)
                covered += rate.low <= share * ended <= rate.high
            of += 1
        # the two shares of one world go together: each by itself is a half of the count
        assert binom.ppf(0.0005, of, 0.95) * 2 <= covered <= 2 * binom.ppf(0.9995, of, 0.95)


# ── what is to come ───────────────────────────────────────────────────────────────────────────


def test_what_the_open_deals_bring_lies_in_the_range_as_often_as_it_says():
    """Four of five times, with the chances that are true: they are drawn, deal by deal."""
    lots, inside, worlds = Random(3), 0, 400
    for _ in range(worlds):
        chances = [Chance(lots.uniform(0.05, 0.95), lots.randint(1, 300) * 100) for _ in range(40)]
        brought = sum(one.amount for one in chances if lots.random() < one.probability)
        ends = spread(chances)
        inside += ends.low <= brought <= ends.high
    assert kept(inside, worlds, 0.8), inside


def test_a_stages_record_comes_to_the_chance_that_is_true(worlds):
    """Over all worlds, of deals that were once there and are closed: a tenth of a point for luck.

    Deals that are open now are the slow ones, and here slow deals are won as often as quick ones.
    """
    for place in range(len(WORLD.stages)):
        won = closed = 0
        for world in worlds:
            ended = {deal.number: deal.status for deal in world.closed(SINCE)}
            there = [ended[s.deal] for s in world.stays if s.stage == place and s.deal in ended]
            won += there.count("won")
            closed += len(there)
        found = forecast.of_stage(forecast.StageRecord(won, closed - won, None)).value
        low, high = (
            binom.ppf(q, closed, WORLD.close_rate(place)) / closed for q in (0.0005, 0.9995)
        )
        assert low <= found <= high, (place, found)


# ── marks ─────────────────────────────────────────────────────────────────────────────────────


def test_where_reps_are_alike_nobody_stands_out_more_often_than_promised(worlds):
    flagged = sum(
        any(
            row.mark in {"above", "below"}
            for row in close_rates.judge(
                [
                    close_rates.GroupCounts(str(rep), won=won, lost=lost)
                    for rep, (won, lost) in world.by_rep().items()
                ]
            )
        )
        for world in worlds
    )
    assert promised(flagged, WORLDS), flagged


def test_where_stages_leak_alike_none_is_named_more_often_than_promised():
    alike = truth.Truth([truth.Stage(0.7, days) for days in (12, 20, 45, 25, 10)], deals=300)
    lots, named = Random(4), 0
    for _ in range(WORLDS):
        world = truth.seen(alike, lots)
        rows = leakage.judge(
            StageCounts(str(place), sum(world.fates(place)), on, 0, lost, 0, still)
            for place in range(5)
            for on, lost, still in [world.fates(place)]
        )
        named += leakage.worst_leak(rows) is not None
    assert promised(named, WORLDS), named


def test_between_two_periods_alike_no_stage_is_marked_more_often_than_promised(worlds):
    """Each world against the next one."""
    marked = 0
    for world, other in zip(worlds[::2], worlds[1::2], strict=True):
        pairs = [
            tuple(wilson(on, on + lost) for on, lost, _ in (one.fates(place), two.fates(place)))
            for place in range(len(WORLD.stages))
            for one, two in [(world, other)]
        ]
        marked += any(change in {"up", "down"} for change in compare_pairs(pairs))
    assert promised(marked, WORLDS // 2), marked


def shares(world):
    """What a page for a meeting compares: each rep's close rate, and what went on of each stage."""
    owners = {deal.number: deal.rep for deal in world.deals}
    by_rep = world.by_rep()
    total = [sum(column) for column in zip(*by_rep.values(), strict=True)]
    found = [
        coaching.Share(str(rep), "close rate", (won, won + lost), (total[0], sum(total)))
        for rep, (won, lost) in by_rep.items()
    ]
    for place in range(len(WORLD.stages)):
        here = [
            (owners[s.deal], s.on) for s in world.stays if s.stage == place and s.on is not None
        ]
        team = sum(on for _, on in here), len(here)
        for rep in by_rep:
            mine = [on for owner, on in here if owner == rep]
            found.append(coaching.Share(str(rep), f"stage {place}", (sum(mine), len(mine)), team))
    return found


def days(world):
    """Days to win, each rep beside the others."""
    taken = [(d.rep, int(d.closed - d.created)) for d in world.closed() if d.status == "won"]
    return [
        coaching.Days(
            str(rep),
            "days to win",
            Counter(t for owner, t in taken if owner == rep),
            Counter(t for owner, t in taken if owner != rep),
        )
        for rep in range(len(WORLD.better))
    ]


def test_the_page_of_a_team_of_equals_names_nobody_more_often_than_promised(worlds):
    named = sum(
        any(one.mark not in {None, "too few"} for one in coaching.compare(shares(w), days(w)))
        for w in worlds
    )
    assert promised(named, WORLDS), named


def test_a_rep_who_is_far_better_is_found():
    """So that nobody is named in a world of equals for a reason."""
    best = truth.Truth(WORLD.stages, deals=600, better=(1.3, 1, 1, 1, 1, 1))
    lots = Random(6)
    found = 0
    for _ in range(40):
        groups = [
            close_rates.GroupCounts(str(rep), won=won, lost=lost)
            for rep, (won, lost) in truth.seen(best, lots).by_rep().items()
        ]
        found += any(r.mark == "above" and r.counts.name == "0" for r in close_rates.judge(groups))
    assert found > 20


def test_a_review_recommends_a_probability_that_is_right_no_more_often_than_promised(worlds):
    """99 % intervals, and only what is off by five points or more."""
    told = 0
    for world in worlds:
        ended = {deal.number: deal.status for deal in world.closed(SINCE)}
        there = [ended[s.deal] for s in world.stays if s.stage == 0 and s.deal in ended]
        facts = review.StageFacts(
            WORLD.close_rate(), won=there.count("won"), lost=there.count("lost")
        )
        told += any(one.what == "probability" for one in review.findings(facts))
    assert promised(told, WORLDS, 0.01), told


# ── other formulas ────────────────────────────────────────────────────────────────────────────


def test_each_other_formula_of_the_page_is_further_off():
    for row, ours, theirs in peers.compared():
        assert theirs > 1.5 * ours, row


def test_other_formulas_are_off_for_a_reason_and_not_by_chance():
    """Ten times as many deals bring dealflow's numbers to the truth, and not the others."""
    lots = Random(9)
    many = peers.TRUTH._replace(deals=8000)
    world = truth.seen(many, lots)
    for row in peers.rows():
        if row.unit == "of the worlds":
            continue
        scale = max(row.truth, 1e-9)
        assert abs(row.ours(world) - row.truth) / scale < 0.12, row.what
        assert abs(row.theirs(world) - row.truth) / scale > 0.12, row.what
