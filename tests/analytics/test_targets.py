"""Targets of a period from those of its parts, and how they stand."""

from __future__ import annotations

import pytest

from dealflow.analytics.targets import Progress, Wanted, needed, parts, progress, summed, wanted

MONTHS = {f"2026-{n:02}": n for n in range(1, 13)}


def test_a_year_has_quarters_and_a_quarter_months():
    assert parts("2026") == ("2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4")
    assert parts("2026-Q3") == ("2026-07", "2026-08", "2026-09")
    assert parts("2026-Q4") == ("2026-10", "2026-11", "2026-12")
    assert parts("2026-07") == ()


@pytest.mark.parametrize(
    ("told", "period", "expected"),
    [
        ({"2026-Q3": 5}, "2026-Q3", Wanted(5, summed=False)),
        (MONTHS, "2026-Q3", Wanted(24, summed=True)),
        (MONTHS, "2026", Wanted(78, summed=True)),
        ({**MONTHS, "2026-Q3": 30}, "2026", Wanted(84, summed=True)),
        ({**MONTHS, "2026": 100}, "2026", Wanted(100, summed=False)),
        ({"2026-07": 1, "2026-08": 2}, "2026-Q3", None),
        ({"2026-Q1": 1}, "2026", None),
        ({"2026": 12}, "2026-Q1", None),
        ({}, "2026-07", None),
    ],
)
def test_what_is_wanted_is_what_was_set_or_else_the_whole_of_its_parts(told, period, expected):
    assert wanted(told, period) == expected


def test_the_sum_of_the_parts_is_told_beside_what_was_set():
    assert summed({**MONTHS, "2026": 100}, "2026") == 78
    assert summed({"2026": 100}, "2026") is None


def test_progress_by_hand():
    assert progress(200, 50, 0.5) == Progress(0.25, 100, 0.5, 150)
    assert progress(200, 250, 1.0) == Progress(1.25, 200, 1.25, -50)
    assert progress(200, 0, 0.0) == Progress(0.0, 0, None, 200)


def test_what_is_needed_is_a_share_of_what_is_within_reach():
    assert needed(50, 200) == 0.25
    assert needed(300, 200) == 1.5
    assert needed(0, 200) is needed(-5, 200) is needed(50, 0) is None
    assert needed(1, 4) == 0.25
    assert needed(3, 1) == 3
