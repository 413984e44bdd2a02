"""How a person says things: what an edit changed, when something is due, how long ago it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, tzinfo
from typing import Any

from dealflow.dates import day_of
from dealflow.money import Money, shown
from dealflow.store.labels import Labels
from dealflow.store.values import array, mapping

NOTHING = "–"
_DAY = 86_400
_LONG = 40
#: columns whose edit follows from another one, or is told by the move itself
_SILENT = {
    *("folded", "stage_since", "closed_at", "late_at", "currency", "due_at", "snoozed"),
    *("released_at", "last_owner_id"),
}
_LABELS = {"expected_close": "close", "due_day": "due", "external_id": "external id"}


# ── edits ─────────────────────────────────────────────────────────────────────────────────────


def edited(
    before: Mapping[str, Any], after: Mapping[str, Any], currency: str, labels: Labels
) -> Iterator[str]:
    """Each change as `amount ¥100,000 → ¥120,000`; amounts in `currency` unless it was changed."""
    for label, old, new in edits(before, after, currency, labels):
        yield f"{label} {old} → {new}"


def edits(
    before: Mapping[str, Any], after: Mapping[str, Any], currency: str, labels: Labels
) -> Iterator[tuple[str, str, str]]:
    """Each change as its field, and what was and is there, as a person reads it."""
    was = {"currency": currency, **before}
    now = {"currency": currency, **after}
    for column in after:
        if column == "fields":
            yield from _fields(before[column], after[column])
        elif column not in _SILENT:
            label = _LABELS.get(column, column.removesuffix("_id"))
            old, new = (_value(column, values, labels) for values in (was, now))
            yield label, old, new
    if "currency" in after and "amount" not in after:
        yield "currency", was["currency"], now["currency"]


def _fields(before: str | None, after: str | None) -> Iterator[tuple[str, str, str]]:
    old, new = mapping(before or "{}"), mapping(after or "{}")
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield name, short(old.get(name)), short(new.get(name))


def _value(column: str, values: Mapping[str, Any], labels: Labels) -> str:
    value = values[column]
    if value is None:
        return NOTHING
    if column in {"amount", "price"} and values["currency"]:
        return shown(Money(value, values["currency"]))
    if column == "probability":
        return percent(value)
    if column in {"tags", "choices"}:
        return ", ".join(map(str, array(value))) or NOTHING
    return short(labels.of(column, value) if column in labels else value)


def short(value: object) -> str:
    """A value in a sentence, cut where it is long."""
    text = NOTHING if value is None else str(value)
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"


def percent(share: float) -> str:
    return f"{share * 100:.4g} %"


# ── days ──────────────────────────────────────────────────────────────────────────────────────


def days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


def whole_days(start: int, end: int) -> int:
    """Whole days of 24 hours between two instants."""
    return max(end - start, 0) // _DAY


def ago(instant: int, now: int, zone: tzinfo) -> str:
    """`2026-06-24, 6 days ago`: by the calendar of the business time zone."""
    day = day_of(instant, zone)
    past = (day_of(now, zone) - day).days
    return f"{day}, {'today' if past == 0 else 'yesterday' if past == 1 else f'{past} days ago'}"


def when(due: date | int, now: int, zone: tzinfo) -> str:
    """When something is due, seen from now: `3 days late`, `today 14:30`, `Fri 27 Nov`."""
    today = day_of(now, zone)
    day, time = (due, "") if isinstance(due, date) else _moment(due, zone)
    ahead = (day - today).days
    if ahead < 0:
        return f"{days(-ahead)} late"
    if not isinstance(due, date) and due < now:
        return f"late since{time}"
    return _day(day, ahead, today.year) + time


def _moment(instant: int, zone: tzinfo) -> tuple[date, str]:
    from datetime import datetime

    there = datetime.fromtimestamp(instant, zone)
    return there.date(), f" {there:%H:%M}"


def _day(day: date, ahead: int, year: int) -> str:
    if ahead <= 1:
        return ("today", "tomorrow")[ahead]
    return f"{day:%a} {day.day} {day:%b}" + (f" {day.year}" if day.year != year else "")
