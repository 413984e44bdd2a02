"""What every report says of itself: which filter, which window, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from dealflow import filters
from dealflow.customfields import MARK
from dealflow.dates import Period, bounds
from dealflow.filters import ACCOUNT_KEYS, KEYS, Filter, Key
from dealflow.questions import Ask


def chosen(ask: Ask, words: Sequence[str], keys: Sequence[Key] = KEYS) -> Filter:
    """The filter that the words write. Errors: the UsageErrors of filters."""
    setting = filters.Setting(ask.now, ask.zone, ask.currency, ask.is_workday)
    if any(MARK in word.casefold().replace("：", ":") for word in words):
        from dealflow.questions.customfields import keys_in

        owner = "account" if keys is ACCOUNT_KEYS else None
        keys = (*keys, *keys_in(ask, words, owner))
    return filters.parse(words, keys, setting)


def window(ask: Ask, period: Period) -> tuple[int | None, int | None]:
    """The period as instants, half-open; None is no limit."""
    return bounds(period, ask.zone)


def told(ask: Ask, period: Period) -> str:
    """The window as the caption names it; one that reaches beyond now says so."""
    _, end = bounds(period, ask.zone)
    unfinished = end is not None and end > ask.now + 1
    started = period.start is None or period.start <= ask.today
    if not (unfinished and started):
        return period.label
    last = None if period.end is None else period.end - timedelta(days=1)
    return period.label if last == ask.today else f"{period.label} (so far)"


def plural(number: int, noun: str) -> str:
    """`1 deal`, `1,234 deals`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
