"""Where the open deals stand: how many and how much, per stage and currency."""

from __future__ import annotations

from collections import defaultdict

from dealflow.named import NamedTuple
from dealflow.store.conn import Conn
from dealflow.store.past import before, is_past

_NOW = """
    SELECT stage_id, currency, count(*), coalesce(sum(amount), 0) FROM opportunity
    WHERE status = 'open' GROUP BY stage_id, currency ORDER BY stage_id, currency
"""
_THEN = """
    SELECT o.id, v.stage_id, o.currency, o.amount FROM visit v
    JOIN opportunity o ON o.id = v.opportunity_id
    WHERE v.entered_at <= :now AND (v.left_at IS NULL OR v.left_at > :now)
"""


class Standing(NamedTuple):
    """Open deals of one stage in one currency; `value` in minor units, without those unknown."""

    stage_id: int
    currency: str
    deals: int
    value: int


def standing(conn: Conn, now: int) -> list[Standing]:
    """Per stage and currency, as of `now`."""
    if not is_past(conn, now):
        return [Standing(*found) for found in conn.execute(_NOW)]
    rows = conn.execute(_THEN, {"now": now}).fetchall()
    earlier = before(conn, "opportunity", [row[0] for row in rows], now)
    totals: dict[tuple[int, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for deal, stage, currency, amount in rows:
        was = {"currency": currency, "amount": amount} | earlier.get(deal, {})
        deals, value = totals[stage, was["currency"]]
        totals[stage, was["currency"]] = deals + 1, value + (was["amount"] or 0)
    return [Standing(*key, *totals[key]) for key in sorted(totals)]
