"""Copies of one database, and a reading of their content that knows nothing of how merging works."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

#: columns that count edits, name rows in one file only, or follow from others
_LEFT_OUT = {"id", "version", "checksum"}
_POINTERS = {
    **dict.fromkeys(
        ("owner_id", "first_owner_id", "end_owner_id", "rep_id", "by_id"), ("rep", "uid")
    ),
    "last_owner_id": ("rep", "uid"),
    **dict.fromkeys(("account_id", "parent_id"), ("account", "uid")),
    **dict.fromkeys(("stage_id", "to_stage_id"), ("stage", "uid")),
    "contact_id": ("contact", "uid"),
    "pipeline_id": ("pipeline", "uid"),
    "product_id": ("product", "uid"),
    "opportunity_id": ("opportunity", "uid"),
    "activity_id": ("activity", "uid"),
    "reason_id": ("loss_reason", "key"),
    "deal_id": ("opportunity", "uid"),
    "forecast_id": ("forecast", "uid"),
}
TABLES = (
    *("setting", "rep", "account", "contact", "product", "pipeline", "stage", "stage_definition"),
    *("loss_reason", "fx_rate", "opportunity", "opportunity_line", "visit", "activity"),
    *("follow_up", "participant", "field", "holiday", "target", "forecast", "forecast_deal"),
)


def content(path: Path | str) -> dict[str, list[str]]:
    """Every row of every table without ids: pointers by what they point at, in an order of its own."""
    with closing(sqlite3.connect(path)) as con:
        con.row_factory = sqlite3.Row
        names = {
            (table, name): dict(con.execute(f"SELECT id, {name} FROM {table}").fetchall())
            for table, name in set(_POINTERS.values())
        }
        stages = names["stage", "uid"]
        return {table: sorted(_rows(con, table, names, stages)) for table in TABLES}


def _rows(con: Any, table: str, names: Any, stages: Any) -> list[str]:
    found = []
    for row in con.execute(f"SELECT * FROM {table}"):
        told = {}
        for column in row.keys():  # noqa: SIM118 a row of SQLite is no mapping
            value = row[column]
            if column in _POINTERS and value is not None:
                value = names[_POINTERS[column]][value]
            if column == "passed":
                value = [stages[stage].hex() for stage in json.loads(value)]
            if column not in _LEFT_OUT:
                told[column] = value.hex() if isinstance(value, bytes) else value
        found.append(json.dumps(told, sort_keys=True, ensure_ascii=False))
    return [row for row in found if table != "setting" or '"sharing"' not in row]


def copy(path: Path | str, name: str) -> Path:
    """A copy of the file, as somebody takes one along."""
    there = Path(path).with_name(name)
    shutil.copyfile(path, there)
    return there
