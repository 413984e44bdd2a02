"""SQL of the forecast: what stages have led to, and the open deals with what is expected of them.

Everything is a function of the scope and `:now`. A stage's record is that of the whole database,
whatever the scope: a deal is as likely to be won whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dealflow.store.conn import Conn
from dealflow.store.dimensions import Dimension, keys, lines
from dealflow.store.scope import Scope

#: columns of `deal` that are read
READS = (
    *("status", "owner_id", "stage_id", "probability"),
    *("expected_close", "amount", "currency"),
)

Cells = tuple[Any, ...]

_CLOSES = """
    SELECT v.opportunity_id, v.ending FROM visit v
    WHERE v.ending IN ('won', 'lost', 'void') AND v.ending <> 'void' AND v.left_at <= :now
      AND (v.reopened_at IS NULL OR v.reopened_at > :now)
"""
_WON, _LOST = b"\x01", b"\x02"
_APART = 2**32
"""More than there are deals: a sum of ones and of these tells how many of each there were."""
#: of each deal that was once in a stage its last visit there, read from an index alone; the byte is
#: looked up once for both outcomes
_LED_TO = """
    SELECT v.stage_id, sum(CASE substr(:fates, CAST(v.opportunity_id AS INTEGER), 1)
        WHEN :won THEN CAST(1 AS BIGINT) WHEN :lost THEN CAST({apart} AS BIGINT)
        ELSE CAST(0 AS BIGINT) END)
    FROM visit v WHERE v.stage_id IN ({stages}) AND v.entered_at <= :now
      AND (v.revisited_at IS NULL OR v.revisited_at > :now)
    GROUP BY v.stage_id
"""


def records(conn: Conn, now: int) -> dict[int, tuple[int, int]]:
    """By stage: of the deals that were once there, how many are won, and lost, as of `now`.

    Outcomes go over as one byte for each deal, by its number: looked up there they cost a quarter
    of what a join costs.
    """
    fates = bytearray(conn.execute("SELECT coalesce(max(id), 0) FROM opportunity").fetchone()[0])
    for deal, ending in conn.execute(_CLOSES, {"now": now}):
        fates[deal - 1 : deal] = _WON if ending == "won" else _LOST
    stages = [row[0] for row in conn.execute("SELECT id FROM stage ORDER BY id")]
    sql = _LED_TO.format(stages=", ".join(map(str, stages)) or "NULL", apart=_APART)
    values = {"fates": bytes(fates), "won": _WON, "lost": _LOST, "now": now}
    found = {stage: divmod(both, _APART) for stage, both in conn.execute(sql, values)}
    return {stage: (won, lost) for stage, (lost, won) in found.items()}


def open_deals(about: Scope, by: Sequence[Dimension] = ()) -> Iterator[Cells]:
    """Each open deal: the keys of the dimensions, then id, stage, owner, its own probability, the
    expected close, amount and currency. In the order of their ids, so that sums of fractions are
    the same wherever the rows come from.

    A deal with several products has a row for each, where that is a dimension. A month is no column
    of a deal: its key is NULL. The scope has READS and what the dimensions read.
    """
    listed = ", ".join(
        [
            *keys(by, "d.owner_id"),
            *("d.id", "d.stage_id", "d.owner_id", "d.probability"),
            *("d.expected_close", "d.amount", "d.currency"),
        ]
    )
    sql = f"SELECT {listed} FROM deal d {lines(about, by)} WHERE d.status = 'open' ORDER BY d.id"
    return iter(about.conn.execute(about.sql(sql), about.values))
