"""Made-up pasts: each is written once per module and place, then put back for every test."""

from __future__ import annotations

import pytest

from .worlds import World


@pytest.fixture(scope="module")
def _kept():
    return {}


@pytest.fixture
def world(dealflow, where, _kept):
    """Brings the database to a past: `world(make)` where `make()` yields the deals, and how many reps."""

    def written(make, reps=1):
        key = where, make
        if key not in _kept:
            World(dealflow.db).write(make(), reps)
            _kept[key] = dealflow.keep()
        _kept[key](dealflow)
        dealflow.at("2026-07-01T10:00:00+08:00")
        return dealflow

    return written
