"""What the database knows of exchange rates."""

from __future__ import annotations

from collections import defaultdict

from dealflow.store.conn import Conn

#: beside an amount in the currency {0}: when it was fixed ({1}), where a rate may depend on it
FIXED_AT = "CASE WHEN {0} IN (SELECT x.currency FROM fx_rate x) THEN {1} END"


def rates(conn: Conn) -> dict[str, list[tuple[str, int]]]:
    """For each currency its rates: the day from which each holds, and its millionths, in order."""
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for currency, day, millionths in conn.execute(
        "SELECT currency, day, millionths FROM fx_rate ORDER BY currency, day"
    ):
        found[currency].append((day, millionths))
    return dict(found)


def fixed_at(conn: Conn, currency: str, at: str) -> str:
    """SQL of FIXED_AT; where no rate is known, NULL, which need not be grouped by."""
    known = conn.execute("SELECT 1 FROM fx_rate LIMIT 1").fetchone()
    return FIXED_AT.format(currency, at) if known else "NULL"
