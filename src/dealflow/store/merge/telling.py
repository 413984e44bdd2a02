"""How a person says what a unit holds: names for pointers, money, days, a path as its stages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from dealflow import merging
from dealflow.merging import PATH
from dealflow.model import LOST, VOID, WON
from dealflow.money import Money, shown
from dealflow.store.merge.copies import Copy, Key, Ref

NOTHING = "–"
ENDS = {WON, LOST, VOID}
#: what a row is called
_LABELS: Mapping[str, str] = {
    "rep": "SELECT handle FROM rep WHERE id = ?",
    "account": "SELECT name FROM account WHERE id = ?",
    "contact": "SELECT name FROM contact WHERE id = ?",
    "product": "SELECT name FROM product WHERE id = ?",
    "pipeline": "SELECT name FROM pipeline WHERE id = ?",
    "opportunity": "SELECT title FROM opportunity WHERE id = ?",
    "activity": "SELECT note FROM activity WHERE id = ?",
    "forecast": "SELECT name FROM forecast WHERE id = ?",
    "follow_up": "SELECT what FROM follow_up WHERE id = ?",
    "stage": """
        SELECT name FROM stage_definition WHERE stage_id = ? ORDER BY effective_from DESC, id DESC
    """,
}
#: columns that say nothing more beside the others of their unit
_SILENT = {"folded", "currency", "snoozed", "released_at", "last_owner_id"}


class Teller:
    """Tells values of either copy."""

    def __init__(self, ours: Copy, theirs: Copy, zone: tzinfo) -> None:
        self._copies = ours, theirs
        self._zone = zone
        self._known: dict[Key, str] = {}

    def name(self, key: Key) -> str:
        """What the row is called that is so named."""
        if key not in self._known:
            self._known[key] = self._name(key)
        return self._known[key]

    def _name(self, key: Key) -> str:
        table = key[0]
        if table in {"opportunity_line", "stage_definition", "participant", "forecast_deal"}:
            return " · ".join(self.name(part) for part in key[1:3] if isinstance(part, tuple))
        if table not in _LABELS:
            return " ".join(str(part) for part in key[1:])
        for copy in self._copies:
            row_id = copy.find(key)
            if row_id is not None:
                found = copy.conn.execute(_LABELS[table], (row_id,)).fetchone()
                return str(found[0]) if found and found[0] else f"{table} {row_id}"
        return NOTHING

    def value(self, table: str, unit: str, value: Any) -> str:
        """What a unit of a row of this table holds."""
        if unit == PATH:
            return self._path(value)
        held = merging.columns(table, {unit: value}) or {unit: value}
        told = [
            self._column(name, one, held.get("currency"))
            for name, one in held.items()
            if one is not None and name not in _SILENT
        ]
        return ", ".join(told) or NOTHING

    def _column(self, name: str, value: Any, currency: str | None) -> str:
        if isinstance(value, Ref):
            return self.name(value)
        if currency and name in {"amount", "price"}:
            return shown(Money(value, currency))
        if name.endswith("_at") or name == "effective_from":
            return f"{datetime.fromtimestamp(value, self._zone):%Y-%m-%d %H:%M}"
        if name == "probability":
            return f"{value * 100:.4g} %"
        if name == "millionths":
            return f"{value / 1_000_000:.7g}"
        return "yes" if value is True else str(value)

    def _path(self, path: tuple[Any, ...]) -> str:
        """`Lead 2026-07-01 → Needs 2026-07-03 → won 2026-07-04`."""
        told: list[str] = []
        for visit in map(dict, path[-1]):
            told.append(f"{self._stage(visit['stage_id'])} {self._day(visit['entered_at'])}")
            if visit["ending"] in ENDS:
                told.append(f"{visit['ending']} {self._day(visit['left_at'])}")
        return " → ".join(told) or NOTHING

    def _stage(self, key: Ref | None) -> str:
        return self.name(key) if key is not None else NOTHING

    def _day(self, instant: int) -> str:
        return f"{datetime.fromtimestamp(instant, self._zone):%Y-%m-%d}"
