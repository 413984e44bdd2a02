"""The database's own settings: what can be set, the defaults, and what is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealflow.analytics.worklist import WEIGHTS
from dealflow.errors import Damaged, UsageError
from dealflow.followups import DEFAULT_CADENCES
from dealflow.store.conn import Conn

if TYPE_CHECKING:
    from datetime import tzinfo

#: the file is for one person on one computer at a time, wherever it lies
SINGLE_USER = "single-user"
SHARING = ("team", SINGLE_USER)
#: calendar days late; 0: never
DEFAULT_ESCALATION = {"rep": "3", "manager": "5", "reassign": "7"}

#: when customers go to the pool and come out of it; empty: there is no such rule
POOL_RULES = {f"pool.{grade}": "" for grade in DEFAULT_CADENCES}
#: written as cadences are
POOL_SPANS = (*POOL_RULES, "pool.warn")
POOL_CAPS = {"pool.cap": "", **{f"pool.cap.{grade}": "" for grade in DEFAULT_CADENCES}}
#: what becomes of a customer with an open deal that nobody touched
OPEN_DEALS = ("recycle", "keep")
POOL = {
    **POOL_RULES,
    "pool.warn": "3d",
    **POOL_CAPS,
    "pool.reclaim-days": "0",
    "pool.open-deals": OPEN_DEALS[0],
}

#: every setting with its default; `init` writes time zone and currency
SETTINGS: dict[str, str] = {
    "timezone": "UTC",
    "currency": "USD",
    **{f"cadence.{grade}": cadence for grade, cadence in DEFAULT_CADENCES.items()},
    "workdays": "mon-fri",
    **{f"next.{part}": f"{weight:g}" for part, weight in WEIGHTS.items()},
    "pipeline": "",
    "sharing": SHARING[0],
    "manager": "",
    **{f"escalate.{step}": days for step, days in DEFAULT_ESCALATION.items()},
    **POOL,
}
#: settings of which there is one for each name that follows
FAMILIES = ("manager.",)


#: settings with a name in them: the pipeline of new deals of a product, or of a segment
ROUTES = ("pipeline.product.", "pipeline.segment.")


def route(key: str) -> tuple[str, str] | None:
    """The kind of route that a setting is, and the product or segment that it names."""
    for kind in ROUTES:
        if key.startswith(kind) and key.removeprefix(kind).strip():
            return kind, key.removeprefix(kind).strip()
    return None


#: what every day is read by, whenever it was: the file's word of today holds for the past as well
TIMELESS = frozenset({"timezone", "currency", "workdays", "sharing"})


def stored(conn: Conn, now: int | None = None) -> dict[str, str]:
    """Every setting as the file has it, else its default; as of `now` where that is given."""
    present = SETTINGS | dict(conn.execute("SELECT key, value FROM setting").fetchall())
    if now is None:
        return present
    from dealflow.model import Setting
    from dealflow.store.past import all_at

    then = SETTINGS | {row.key: row.value for row in all_at(conn, Setting, now)}
    return then | {key: present[key] for key in TIMELESS}


def stored_zone(name: str) -> tzinfo:
    """The time zone behind a stored name. Error: Damaged."""
    from dealflow.dates import zone

    try:
        return zone(name)
    except UsageError as exc:
        hint = "dealflow settings set timezone ZONE"
        raise Damaged(f"the stored time zone is damaged: {exc.message}", hint) from None
