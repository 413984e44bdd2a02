"""The database's own settings, shared by everybody who uses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from dealflow import followups, money
from dealflow.actions import Actor, Done, lookup, routing
from dealflow.dates import zone
from dealflow.dates.workdays import parse_week, week_told
from dealflow.errors import Refused, UnknownWord, UsageError
from dealflow.model import BY_VALUE, FxRate, KeptForecast, Setting, Target
from dealflow.store.settings import FAMILIES, OPEN_DEALS, POOL_CAPS, SETTINGS, SHARING, route

#: the highest rate, in millionths: no currency is worth a hundred million of another
MOST_WORTH = 10**14
LONGEST_LADDER = 365
#: of a number of customers
_DIGITS = 6
#: the most that a part of the worklist's score can count
MOST_WEIGHT = 100
#: words that take a rule of the pool away
_NEVER = {"none", "never", "0", ""}


def put(by: Actor, key: str, value: str) -> Done:
    """Set one setting, after checking that the value means something."""
    if route(key):
        return routing.put(by, key, value)
    if key not in SETTINGS and not key.startswith(FAMILIES):
        raise UnknownWord("setting", key, tuple(SETTINGS))
    value = _checked(by, key, value)
    row = by.book.find(Setting, key=key)
    if row is None:
        row = by.book.add(Setting(key=key, value=value))
    else:
        row = by.book.change(row, value=value)
    return Done("setting", (row.id,), (f"{key} = {value}",))


def _checked(by: Actor, key: str, value: str) -> str:
    """The value as it is kept, by the checker of its key, or of the family that the key is of."""
    family, dot, _ = key.partition(".")
    check = _CHECKERS.get(key) or _CHECKERS[family + dot]
    return check(by, value)


def _timezone(_: Actor, value: str) -> str:
    zone(value)
    return value


def _manager(by: Actor, value: str) -> str:
    return "" if value == "none" else lookup.rep(by, value).handle


def _days(_: Actor, value: str) -> str:
    """Calendar days, 0 for never. Error: UsageError."""
    if not (value.isdecimal() and len(value) <= _DIGITS and int(value) <= LONGEST_LADDER):
        raise UsageError(f"'{value}' is no number of days", "0 to 365; 0 for never")
    return str(int(value))


def _pool(_: Actor, value: str) -> str:
    """After how many days a customer goes to the pool, or is warned of; '' for never."""
    return "" if value in _NEVER else str(followups.parse_cadence(value))


def _open_deals(_: Actor, value: str) -> str:
    if value not in OPEN_DEALS:
        raise UnknownWord("way with open deals", value, OPEN_DEALS)
    return value


def _reclaim(by: Actor, value: str) -> str:
    return "0" if value == "none" else _days(by, value)


def _cap(_: Actor, value: str) -> str:
    """How many customers a rep may have; '' for no cap. Error: UsageError."""
    if value in _NEVER:
        return ""
    if not (value.isascii() and value.isdecimal() and len(value) <= _DIGITS):
        told = f"'{value[:64]}' is no number of customers"
        raise UsageError(told, "try 50; none for no cap", given=value[:64])
    return str(int(value))


def _weight(_: Actor, value: str) -> str:
    """What a part of the worklist's score counts. Error: UsageError."""
    try:
        weight = float(value) if value.isascii() else -1.0
    except ValueError:
        weight = -1.0
    if not 0 <= weight <= MOST_WEIGHT:
        told = f"'{value[:64]}' is not a weight: a number from 0 to {MOST_WEIGHT}"
        raise UsageError(told, "try 3, or 0 to leave it out", given=value[:64])
    return f"{round(weight, 2):g}"


def known_sharing(value: str) -> str:
    """`team` or `single-user`. Error: UnknownWord."""
    if value not in SHARING:
        raise UnknownWord("sharing", value, SHARING)
    return value


def _currency(by: Actor, value: str) -> str:
    """Rates are worth in the base currency: another one would give them another meaning."""
    code = money.known_currency(value)
    if code != by.db.currency and by.book.where(FxRate):
        hint = "take the rates back first: dealflow history shows them, dealflow undo N"
        raise Refused(f"the exchange rates are in {by.db.currency}", hint)
    if code != by.db.currency and by.book.where(Target, measure=BY_VALUE):
        raise Refused(f"the targets are in {by.db.currency}", "dealflow targets list shows them")
    if code != by.db.currency and by.book.where(KeptForecast):
        told = f"the forecasts that were kept are in {by.db.currency}"
        raise Refused(told, "dealflow forecast list shows them")
    return code


#: how the value of each setting is checked, and of each family of them (with the dot); what comes
#: back is kept
_CHECKERS: Mapping[str, Callable[[Actor, str], str]] = {
    "timezone": _timezone,
    "currency": _currency,
    "workdays": lambda _, value: week_told(parse_week(value)),
    "pipeline": lambda by, value: lookup.pipeline(by, value).key,
    "sharing": lambda _, value: known_sharing(value),
    "manager": _manager,
    "manager.": _manager,
    "escalate.": _days,
    "next.": _weight,
    "pool.": _pool,
    "pool.open-deals": _open_deals,
    "pool.reclaim-days": _reclaim,
    **dict.fromkeys(POOL_CAPS, _cap),
    "cadence.": lambda _, value: str(followups.parse_cadence(value)),
}


def rate(by: Actor, currency: str, day: date, millionths: int) -> Done:
    """What one unit of a currency is worth in the base currency, from a day on.

    Errors: UsageError beyond MOST_WORTH, Refused for the base currency itself.
    """
    code = money.known_currency(currency)
    if code == by.db.currency:
        raise Refused(f"{code} is the base currency: one is worth one")
    if not 0 < millionths <= MOST_WORTH:
        raise UsageError(f"a rate lies between 0.000001 and {MOST_WORTH // 1_000_000:,}")
    row = by.book.find(FxRate, currency=code, day=day.isoformat())
    if row is None:
        row = by.book.add(FxRate(currency=code, day=day.isoformat(), millionths=millionths))
    else:
        row = by.book.change(row, millionths=millionths)
    worth = f"{millionths / 1_000_000:g} {by.db.currency}"
    return Done("fx_rate", (row.id,), (f"1 {code} = {worth} from {day} on",))
