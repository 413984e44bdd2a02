"""The database's own settings, shared by everybody who uses it."""

from __future__ import annotations

from datetime import date

from dealflow import followups, money
from dealflow.actions import Actor, Done, lookup
from dealflow.dates import zone
from dealflow.errors import UnknownWord
from dealflow.model import FollowUp, FxRate, Setting
from dealflow.store.database import SETTINGS


def put(by: Actor, key: str, value: str) -> Done:
    """Set one setting, after checking that the value means something."""
    if key not in SETTINGS:
        raise UnknownWord("setting", key, tuple(SETTINGS))
    value = _checked(by, key, value)
    row = by.book.find(Setting, key=key)
    if row is None:
        row = by.book.add(Setting(key=key, value=value))
    else:
        row = by.book.change(row, value=value)
    if key == "timezone":
        _move_days(by, value)
    return Done("setting", (row.id,), (f"{key} = {value}",))


def _checked(by: Actor, key: str, value: str) -> str:
    if key == "timezone":
        zone(value)
        return value
    if key == "currency":
        return money.known_currency(value)
    if key == "pipeline":
        return lookup.pipeline(by, value).key
    return str(followups.parse_cadence(value))


def _move_days(by: Actor, name: str) -> None:
    """A day begins and ends elsewhere in the new zone: open plans become late at other instants."""
    where = zone(name)
    for plan in by.book.where(FollowUp, due_at=None, done_at=None, cancelled_at=None):
        late = followups.late_at(date.fromisoformat(plan.due_day), None, where)
        by.book.change(plan, late_at=late)


def rate(by: Actor, currency: str, day: date, millionths: int) -> Done:
    """What one unit of a currency is worth in the base currency, from a day on."""
    code = money.known_currency(currency)
    row = by.book.find(FxRate, currency=code, day=day.isoformat())
    if row is None:
        row = by.book.add(FxRate(currency=code, day=day.isoformat(), millionths=millionths))
    else:
        row = by.book.change(row, millionths=millionths)
    worth = f"{millionths / 1_000_000:g} {by.db.currency}"
    return Done("fx_rate", (row.id,), (f"1 {code} = {worth} from {day} on",))
