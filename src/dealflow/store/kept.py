"""Forecasts that were kept, and what has become of their deals as of `:now`."""

from __future__ import annotations

import json
from collections.abc import Iterable

from dealflow.named import NamedTuple
from dealflow.store.conn import Conn
from dealflow.store.rewind import Tables

_KEPT = """
    SELECT f.id, f.name, f.at, r.handle, f.filter, f.version FROM {forecast} f
    JOIN {rep} r ON r.id = f.rep_id WHERE f.at <= :now ORDER BY f.at, f.id
"""
#: a deal has at most one close that stands
_SAID = """
    SELECT x.forecast_id, x.deal_id, o.title, x.stage_id, r.handle, x.probability, x.amount,
        x.expected_close, v.ending, v.left_at, v.end_amount, v.currency
    FROM json_each(:forecasts) j
    CROSS JOIN {forecast_deal} x ON x.forecast_id = CAST(j.value AS BIGINT)
    JOIN {opportunity} o ON o.id = x.deal_id JOIN {rep} r ON r.id = x.rep_id
    LEFT JOIN visit v ON v.opportunity_id = x.deal_id AND v.ending IN ('won', 'lost', 'void')
        AND v.left_at <= :now AND (v.reopened_at IS NULL OR v.reopened_at > :now)
    ORDER BY x.forecast_id, x.deal_id
"""


_CLOSES = """
    SELECT v.opportunity_id, v.ending, v.left_at, v.end_amount, v.currency
    FROM json_each(:deals) j
    CROSS JOIN visit v ON v.opportunity_id = CAST(j.value AS BIGINT)
    WHERE v.ending IN ('won', 'lost', 'void') AND v.left_at <= :now
        AND (v.reopened_at IS NULL OR v.reopened_at > :now)
"""
_OUTCOMES = """
    SELECT v.ending, count(*) FROM visit v
    WHERE v.ending IN ('won', 'lost', 'void') AND v.left_at > :since AND v.left_at <= :now
        AND (v.reopened_at IS NULL OR v.reopened_at > :now) GROUP BY 1
"""


class Close(NamedTuple):
    """How a deal was closed; the amount in minor units, as it stood then."""

    ending: str
    at: int
    amount: int | None
    currency: str


class Kept(NamedTuple):
    """A forecast: as of when it was made, by whom, and of which deals."""

    id: int
    name: str
    at: int
    by: str
    filter: str
    version: int


class Said(NamedTuple):
    """What a forecast said of a deal, and how the deal has been closed since, if it has."""

    forecast_id: int
    deal_id: int
    title: str
    stage_id: int
    rep: str
    probability: float | None
    amount: int | None
    """Minor units of the base currency."""
    expected_close: str | None
    ending: str | None
    closed_at: int | None
    won_amount: int | None
    """As it stood at the close, minor units of `currency`."""
    currency: str | None


def forecasts(conn: Conn, now: int) -> list[Kept]:
    """Those that were kept by `now`, and not given up by then, in order of time."""
    return [Kept(*row) for row in conn.execute(_then(conn, _KEPT, now), {"now": now})]


def said(conn: Conn, ids: Iterable[int], now: int) -> list[Said]:
    """What these forecasts said of each deal."""
    values = {"forecasts": json.dumps(list(ids)), "now": now}
    return [Said(*row) for row in conn.execute(_then(conn, _SAID, now), values)]


_READ = {
    "forecast": ("name", "at", "rep_id", "filter", "version"),
    "forecast_deal": (
        *("forecast_id", "deal_id", "stage_id", "rep_id"),
        *("probability", "amount", "expected_close"),
    ),
    "opportunity": ("title",),
    "rep": ("handle",),
}


def _then(conn: Conn, sql: str, now: int) -> str:
    """The statement over the tables that it names, as they stood at `now`."""
    tables = Tables(conn, now)
    names = {name: tables.name(name, *read) for name, read in _READ.items() if f"{{{name}}}" in sql}
    return tables.with_terms() + sql.format(**names)


def closes(conn: Conn, deals: Iterable[int], now: int) -> dict[int, Close]:
    """By deal: how those of these deals that are closed as of `now` were closed."""
    values = {"deals": json.dumps(list(deals)), "now": now}
    return {deal: Close(*rest) for deal, *rest in conn.execute(_CLOSES, values)}


def outcomes(conn: Conn, since: int, now: int) -> dict[str, int]:
    """How many deals were won, lost and void after `since`, by `now`, as of `now`."""
    return dict(conn.execute(_OUTCOMES, {"since": since, "now": now}).fetchall())


def currencies(conn: Conn) -> list[str]:
    """Those of all amounts there are."""
    sql = "SELECT DISTINCT currency FROM opportunity WHERE amount IS NOT NULL ORDER BY 1"
    return [row[0] for row in conn.execute(sql)]
