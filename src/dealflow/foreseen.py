"""Rows of what is wanted and what is expected: targets, and forecasts that were kept.

Part of the model in `model.py`, through which they are imported.
"""

from __future__ import annotations

from typing import ClassVar

from dealflow.rows import Row

#: what a target counts: money won, in the base currency, or deals won
BY_VALUE, BY_COUNT = "value", "count"
MEASURES = (BY_VALUE, BY_COUNT)


class Target(Row):
    """What somebody is to win in a period."""

    table: ClassVar[str] = "target"
    whose: str
    """`all`, `team:NAME` or `rep:HANDLE`."""
    period: str
    """A month, quarter or year of the business calendar: 2026-07, 2026-Q3, 2026."""
    measure: str
    """One of MEASURES."""
    amount: int
    """Minor units of the base currency, or a number of deals."""


class KeptForecast(Row):
    """A forecast that was kept, to be scored against what happened."""

    table: ClassVar[str] = "forecast"
    uid: bytes = b""
    name: str
    at: int
    """The instant as of which it was made."""
    rep_id: int
    """Who kept it."""
    filter: str = ""
    """Of which deals, in the filter language."""


class ForecastDeal(Row):
    """What a kept forecast said of one deal that was open."""

    table: ClassVar[str] = "forecast_deal"
    forecast_id: int
    deal_id: int
    stage_id: int
    rep_id: int
    """The owner at that time."""
    probability: float | None = None
    """None where neither the deal, its stage's record nor the stage had one."""
    amount: int | None = None
    """Minor units of the base currency; None without an amount or a rate."""
    expected_close: str | None = None
