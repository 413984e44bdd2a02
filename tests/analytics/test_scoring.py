"""Which model is used: what is learnt from, what is held back, and when neither is good enough."""

from __future__ import annotations

from collections import Counter
from itertools import product
from math import exp, log
from random import Random

import numpy as np
import pytest
from scipy.stats import mannwhitneyu
from statsmodels.api import OLS

from dealflow.analytics import scoring
from dealflow.analytics.logistic import Fit
from dealflow.analytics.scoring import (
    Learning,
    Look,
    Model,
    any_won,
    cut,
    enough,
    learn,
    stage_chance,
)


def looks(number, effect, seed=1):
    """One look each; stage 1 or 2 and a colour, by which the share won differs by `effect`."""
    chance = Random(seed)
    found = []
    for deal in range(number):
        colour = chance.choice(("red", "blue"))
        p = 0.5 + (effect if colour == "red" else -effect)
        levels = (chance.choice((1, 2)), colour)
        found.append(Look(deal, deal * 10, deal * 10 + 5, int(chance.random() < p), levels))
    return found


def learning(found, border=None):
    border = cut([look.closed_at for look in found]) if border is None else border
    return Learning(found, border, {1: 0.5, 2: 0.5}, 0.5)


def test_a_model_that_does_better_than_the_stages_is_used():
    learnt = learn(learning(looks(600, 0.3)))
    assert learnt.model is not None
    assert learnt.why is None
    assert learnt.held[learnt.model.kind].brier == min(one.brier for one in learnt.held.values())
    assert learnt.model.chance((1, "red")) == pytest.approx(0.8, abs=0.08)
    assert learnt.model.chance((1, "blue")) == pytest.approx(0.2, abs=0.08)
    red, blue = learnt.model.points((1, "red")), learnt.model.points((1, "blue"))
    assert red[1] > 0.5
    assert blue[1] < -0.5
    assert abs(red[0]) < 0.3


def test_a_level_that_was_never_seen_says_little():
    model = learn(learning(looks(600, 0.3))).model
    assert model.chance((9, "green")) == pytest.approx(0.5, abs=0.1)


def test_where_the_stages_tell_as_much_no_model_is_used():
    found = [
        look._replace(won=look.deal % 2, levels=(look.deal % 2, "x")) for look in looks(400, 0)
    ]
    learnt = learn(Learning(found, cut([x.closed_at for x in found]), {0: 0.0, 1: 1.0}, 0.5))
    assert (learnt.model, learnt.why) == (None, "no better")
    assert learnt.held["logistic"].base == 0


def test_where_nothing_tells_a_model_is_seldom_used():
    """Fifteen traits of noise; in five of six such pasts no model is used."""
    pasts, used = 24, 0
    for seed in range(pasts):
        chance = Random(seed)
        found = [
            look._replace(levels=(1, *(chance.randrange(4) for _ in range(15))))
            for look in looks(200, 0, seed)
        ]
        model = learn(Learning(found, cut([x.closed_at for x in found]), {1: 0.5}, 0.5)).model
        used += model is not None
    assert used <= pasts / 6 + 3 * (pasts * 5 / 36) ** 0.5


def test_what_is_held_back_is_later_and_of_other_deals():
    """A deal that was closed before the cut is learnt from; its later looks (reopened) are not tests."""
    found = looks(300, 0.3)
    border = cut([look.closed_at for look in found])
    again = [Look(0, border + 50, border + 60, 1, (1, "red"))]
    held = learn(learning([*found, *again], border)).held["logistic"]
    later = [look for look in found if look.at >= border]
    assert (held.deals, held.looks, held.since) == (len(later), len(later), border)
    assert held.won == sum(look.won for look in later)
    assert sum(looks_ for _, _, looks_, _, _ in held.bins) == held.looks
    assert sum(won for *_, won in held.bins) == held.won
    assert sum(n * mean for _, _, n, mean, _ in held.bins) == pytest.approx(held.expected)


def test_too_few_of_one_outcome_after_the_cut_are_no_test():
    found = [x._replace(won=0) if x.deal > 210 and x.deal % 10 else x for x in looks(300, 0.3)]
    few = [x if x.deal < 215 else x._replace(won=0) for x in found]
    assert learn(learning(few)) == (None, {}, "held")
    one_sided = [x._replace(won=1) if x.deal < 215 else x for x in looks(300, 0.3)]
    assert learn(learning(one_sided)).why == "held"


def test_both_models_are_right_on_average_on_what_they_have_not_seen():
    held = learn(learning(looks(2000, 0.3, seed=7))).held
    for one in held.values():
        # the sum of 600 outcomes has a standard deviation of at most sqrt(600 / 4)
        assert abs(one.expected - one.won) < 3 * (one.looks / 4) ** 0.5
        assert one.auc == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize(
    ("won", "lost", "is_enough"),
    [
        (50, 50, True),
        (25, 75, True),
        (24, 76, False),
        (76, 24, False),
        (49, 50, False),
        (0, 900, False),
    ],
)
def test_a_hundred_closed_deals_and_twenty_five_of_either_are_enough(won, lost, is_enough):
    assert enough(won, lost) is is_enough


def test_the_cut_is_where_seven_of_ten_had_been_closed():
    assert cut(list(range(1, 12))) == 8
    assert cut([5]) == 5


def test_a_stage_is_drawn_towards_its_prior_by_ten_deals():
    assert stage_chance(0, 0, 0.3) == pytest.approx(0.3)
    assert stage_chance(9, 10, 0.5) == pytest.approx(14 / 20)


def test_one_of_several_is_won_unless_none_is():
    assert any_won([]) == 0
    assert any_won([0.5, 0.5]) == 0.75
    assert any_won([0.2, 1.0]) == 1


def test_rare_levels_are_taken_together():
    found = [
        x._replace(levels=(1, f"rare {x.deal}")) if x.deal % 8 == 0 else x for x in looks(600, 0.3)
    ]
    model = learn(learning(found)).model
    assert sorted(model.codes[1]) == ["blue", "red"]
    assert scoring.RARE == 10


# ── what a model says ────────────────────────────────────────────────────────────────────────

BY_HAND = Model(
    kind="logistic",
    fit=Fit(0.5, ((0.0,), (0.1, 0.7, -0.4))),
    codes=({}, {"red": 1, "blue": 2}),
    means=(0.0, 0.2),
    slope=2.0,
    shift=-0.3,
    counts=({}, {"red": (6, 3), "blue": (4, 1)}),
)


@pytest.mark.parametrize(("colour", "weight"), [("red", 0.7), ("blue", -0.4), ("green", 0.1)])
def test_a_chance_is_the_sum_of_what_each_level_counts(colour, weight):
    """What was never seen counts as what is rare, the first weight."""
    assert BY_HAND.chance((7, colour)) == pytest.approx(1 / (1 + exp(0.3 - 2 * (0.5 + weight))))
    assert BY_HAND.points((7, colour)) == pytest.approx([0.0, 2 * (weight - 0.2)])


@pytest.mark.parametrize("levels", [(7,), (7, "red", "x")])
def test_levels_that_are_not_one_of_each_trait_are_a_mistake(levels):
    with pytest.raises(ValueError, match="zip"):
        BY_HAND.chance(levels)
    with pytest.raises(ValueError, match="zip"):
        BY_HAND.points(levels)


def several(number, seed, effect=1.2):
    """Deals that are looked at once to four times; colours of which some are rare, one trait alike."""
    chance = Random(seed)
    found = []
    for deal in range(number):
        colour = chance.choice(["red"] * 20 + ["blue"] * 15 + ["grey"] * 12 + ["odd", "new"])
        size = chance.choice((1, 2, 3))
        odds = {"red": effect, "blue": -effect}.get(colour, 0.0) + 0.3 * (size - 2)
        won = int(chance.random() < 1 / (1 + exp(-odds)))
        for n in range(chance.randrange(1, 5)):
            at = deal * 10 + n
            found.append(Look(deal, at, deal * 10 + 5, won, (size, colour, "alike")))
    return found


def test_the_logistic_model_is_where_its_objective_is_flat():
    """Σ (won - chance) is nothing, and by level it is what the ridge pulls back; ±0.5 makes it 4."""
    told = several(300, 3)
    model = scoring._logistic(told)
    weight = 300 / len(told)
    left = [look.won - model.chance(look.levels) for look in told]
    assert sum(left) == pytest.approx(0, abs=1e-5)
    for at in (0, 1):
        here = Counter(look.levels[at] for look in told)
        common = [level for level in here if here[level] >= 10]
        assert sorted(model.codes[at], key=str) == sorted(common, key=str)
        for level in (*common, "any other"):
            mine = [
                rest
                for rest, look in zip(left, told, strict=True)
                if (look.levels[at] if look.levels[at] in common else "any other") == level
            ]
            told_weight = model.fit.weights[at][model.codes[at].get(level, 0)]
            assert weight * sum(mine) == pytest.approx(4.0 * told_weight, abs=1e-5)
    assert (model.codes[2], model.fit.weights[2], model.means[2]) == ({}, (0.0,), 0.0)
    assert (model.kind, model.slope, model.shift) == ("logistic", 1.0, 0.0)


def bayes_by_hand(told):
    """Log-odds of the two traits that differ, from the formula."""
    number, wins = len(told), sum(look.won for look in told)

    counts = [Counter(look.levels[at] for look in told) for at in (0, 1)]

    def level(at, look):
        return look.levels[at] if counts[at][look.levels[at]] >= 10 else "rare"

    ratios = {}
    for at in (0, 1):
        for mine in {level(at, look) for look in told}:
            with_it = [look.won for look in told if level(at, look) == mine]
            share = len(with_it) / number
            ratios[at, mine] = log((sum(with_it) + 10 * share) / (wins + 10)) - log(
                (len(with_it) - sum(with_it) + 10 * share) / (number - wins + 10)
            )

    def odds(look):
        parts = [ratios.get((at, level(at, look)), 0.0) for at in (0, 1)]
        return log(wins / (number - wins)) + sum(parts)

    return odds


def test_naive_bayes_is_calibrated_on_the_later_part_of_what_it_learnt_from():
    told = several(120, 5)
    border = 825
    told.append(Look(500, border, border + 999, 1, (1, "red", "alike")))  # at the very border
    model = scoring._bayes(told)
    assert border == sorted(look.closed_at for look in told)[int(0.7 * (len(told) - 1))]
    trial = bayes_by_hand([look for look in told if look.closed_at <= border])
    later = [look for look in told if look.at >= border]
    rest = [
        (look.won - 1 / (1 + exp(-model.slope * trial(look) - model.shift)), trial(look))
        for look in later
    ]
    # where Platt's objective is flat, drawn to 1 and 0
    assert sum(one * odds for one, odds in rest) == pytest.approx(model.slope - 1, abs=1e-6)
    assert sum(one for one, _ in rest) == pytest.approx(model.shift, abs=1e-6)
    assert 0.2 < model.slope < 1.5
    whole = bayes_by_hand(told)
    for look in told[::7]:
        expected = 1 / (1 + exp(-model.slope * whole(look) - model.shift))
        assert model.chance(look.levels) == pytest.approx(expected, abs=1e-9)
    assert model.kind == "bayes"


def test_naive_bayes_that_cannot_be_calibrated_is_left_as_it_is():
    """Of one outcome before the cut there is nothing to try; nor without a look after it."""
    told = [x._replace(won=1) if x.deal < 90 else x for x in several(120, 5)]
    assert (scoring._bayes(told).slope, scoring._bayes(told).shift) == (1.0, 0.0)
    assert 0 < scoring._inside(0.0) < 1e-9
    assert 1 - 1e-9 < scoring._inside(1.0) < 1
    assert scoring._inside(0.25) == 0.25
    early = [x._replace(at=-1) for x in several(120, 5)]
    assert (scoring._bayes(early).slope, scoring._bayes(early).shift) == (1.0, 0.0)


@pytest.mark.parametrize("make", [scoring._logistic, scoring._bayes])
def test_a_model_knows_how_often_it_saw_each_level_and_what_is_average(make):
    told = several(200, 9)
    model = make(told)
    for at, counts in enumerate(model.counts):
        here = Counter(look.levels[at] for look in told)
        wins = Counter(look.levels[at] for look in told if look.won)
        known = {one: (here[one], wins[one]) for one in here if here[one] >= 10 and at < 2}
        assert counts == known
        weights = [model.fit.weights[at][model.codes[at].get(look.levels[at], 0)] for look in told]
        assert model.means[at] == pytest.approx(sum(weights) / len(told), abs=1e-12)
    # what is average counts for nothing
    points = np.array([model.points(look.levels) for look in told])
    assert points.mean(axis=0) == pytest.approx([0, 0, 0], abs=1e-9)


def test_levels_of_a_trait_can_be_of_several_kinds():
    levels = (None, "a", 3, True, ("a", "b"))
    told = [Look(n, n, n, n % 2, (n % 2, levels[n % 5])) for n in range(60)]
    assert scoring._logistic(told).codes[1].keys() == set(levels)


def test_a_level_is_rare_below_ten_looks():
    told = [
        Look(n, n, n, n % 2, (1, "ten" if n < 10 else "nine" if n < 19 else "many"))
        for n in range(60)
    ]
    assert sorted(scoring._logistic(told).codes[1]) == ["many", "ten"]


# ── how it is judged ─────────────────────────────────────────────────────────────────────────


def test_what_was_held_back_is_judged_by_scores_that_other_libraries_give():
    told = [
        look._replace(
            levels=(look.levels[0], "blue" if look.levels[1] == "new" else look.levels[1])
        )
        for look in several(80, 13)
    ]
    record = {1: 0.2, 2: 0.45}
    held = scoring._held(BY_HAND, told, Learning(told, 77, record, 0.3))
    won = np.array([look.won for look in told], dtype=float)
    chances = np.array([BY_HAND.chance(look.levels) for look in told])
    stages = np.array([record.get(look.levels[0], 0.3) for look in told])
    assert (held.since, held.deals, held.looks, held.won) == (77, 80, len(told), int(won.sum()))
    assert held.expected == pytest.approx(chances.sum())
    assert held.brier == pytest.approx(np.mean((chances - won) ** 2))
    assert held.base == pytest.approx(np.mean((stages - won) ** 2))
    assert held.flat == pytest.approx(np.mean((0.3 - won) ** 2))
    pairs = won.sum() * (1 - won).sum()
    area = mannwhitneyu(chances[won == 1], chances[won == 0]).statistic / pairs
    assert held.auc == pytest.approx(area)
    apart = (stages - won) ** 2 - (chances - won) ** 2
    groups = {"groups": np.array([look.deal for look in told]), "use_correction": False}
    clustered = OLS(apart, np.ones(len(told))).fit(cov_type="cluster", cov_kwds=groups)
    assert held.error == pytest.approx(clustered.bse[0])


def test_chances_stand_in_five_bins_beside_what_became_of_them():
    chances = [0.0, 0.1, 0.2, 0.39, 0.6, 0.799, 0.8, 0.99, 1.0]
    won = [0, 1, 0, 1, 1, 1, 0, 1, 1]
    assert scoring._bins(chances, won) == [
        (0.0, 0.2, 2, pytest.approx(0.05), 1),
        (0.2, 0.4, 2, pytest.approx(0.295), 1),
        (0.4, 0.6, 0, 0.0, 0),
        (0.6, 0.8, 2, pytest.approx(0.6995), 2),
        (0.8, 1.0, 3, pytest.approx(2.79 / 3), 2),
    ]


@pytest.mark.parametrize(("seed", "effect"), list(product(range(4), (0.0, 0.25, 1.2))))
def test_a_model_is_used_where_it_beats_the_stages_by_half_a_standard_error(seed, effect):
    told = several(150, seed, effect)
    learnt = learn(Learning(told, cut([x.closed_at for x in told]), {1: 0.4, 2: 0.5, 3: 0.6}, 0.5))
    assert sorted(learnt.held) == ["bayes", "logistic"]
    kind, best = min(learnt.held.items(), key=lambda item: item[1].brier)
    if best.base - best.brier > 0.5 * best.error:
        assert (learnt.model.kind, learnt.why) == (kind, None)
        # learnt again from everything
        assert sum(looks_ for looks_, _ in learnt.model.counts[0].values()) == len(told)
    else:
        assert (learnt.model, learnt.why) == (None, "no better")


def test_a_look_at_the_cut_is_held_back_and_what_was_closed_at_it_is_learnt_from():
    told = looks(300, 0.3)
    border = told[200].at
    held = learn(learning(told, border)).held["bayes"]
    assert held.deals == 100
    border = told[200].closed_at
    assert learn(learning(told, border)).held["bayes"].deals == 99


def test_ten_of_each_outcome_held_back_are_enough():
    """After deal 199 ten, or nine, are lost."""
    for lost, why in ((10, None), (9, "held")):
        told = [
            x if x.deal < 200 else x._replace(won=int(x.deal >= 200 + lost), levels=(1, "red"))
            for x in looks(260, 0.4)
        ]
        assert (learn(learning(told, told[200].at)).why == "held") == (why == "held")
