"""Counts of durations as a curve of all endings and one for each way, by hand."""

from __future__ import annotations

import pytest

from dealflow.analytics.timing import timing


def test_all_endings_together_make_the_curve_and_each_way_its_own():
    """Ten deals: two won after 10 days, two lost after 10 and one after 20; five go on at 30."""
    found = timing({"won": {10: 2}, "lost": {10: 2, 20: 1}}, {30: 5}, until=40)
    assert (found.ended, found.going, found.number, found.longest) == (5, 5, 10, 30)
    assert [point[:3] for point in found.curve.points] == [(10, 10, 4), (20, 6, 1)]
    assert [point.survival for point in found.curve.points] == pytest.approx([0.6, 0.5])
    assert found.curve.median == 20
    won, lost = (found.incidence.within(way, 20) for way in ("won", "lost"))
    assert (won.successes, won.trials, won.value) == (2, 10, pytest.approx(0.2))
    assert (lost.successes, lost.trials, lost.value) == (3, 10, pytest.approx(0.3))


def test_who_still_goes_on_lengthens_the_curve():
    assert timing({"won": {1: 1, 2: 1}}, {}, until=9).curve.median == 1
    assert timing({"won": {1: 1, 2: 1}}, {5: 8}, until=9).curve.median is None


def test_the_ways_are_told_apart_up_to_a_duration_and_the_curve_is_of_all():
    found = timing({"won": {10: 1, 50: 1}}, {}, until=20)
    assert [step.duration for step in found.incidence.ways["won"]] == [10]
    assert [point.duration for point in found.curve.points] == [10, 50]


def test_of_nothing_there_is_nothing_to_say():
    found = timing({}, {}, until=90)
    assert (found.number, found.ended, found.going, found.longest) == (0, 0, 0, None)
    assert found.curve.points == ()
