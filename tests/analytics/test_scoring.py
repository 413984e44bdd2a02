"""Which model is used: what is learnt from, what is held back, and when neither is good enough."""

from __future__ import annotations

from random import Random

import pytest

from dealflow.analytics import scoring
from dealflow.analytics.scoring import Learning, Look, any_won, cut, enough, learn, stage_chance


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
    assert learn(learning(few)).why == "held"
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
