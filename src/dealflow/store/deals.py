"""SQL of the list of deals: which, in what order, how many; and their rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dealflow.named import NamedTuple
from dealflow.store.among import PICKED
from dealflow.store.conn import ALL, Conn
from dealflow.store.rewind import Tables
from dealflow.store.scope import Scope

#: what a list can be sorted by, and the columns of a scope that it reads
ORDERS: dict[str, tuple[str, ...]] = {
    "id": ("id",),
    "title": ("folded",),
    "account": ("account",),
    "stage": ("pipeline", "position"),
    "status": ("status",),
    "owner": ("owner",),
    "amount": ("currency", "amount"),
    "probability": ("probability",),
    "close": ("expected_close",),
    "grade": ("grade",),
    "next": ("next_late_at",),
    "days_in_stage": ("stage_since",),
    "source": ("source",),
    "created": ("created_at",),
    "closed": ("closed_at",),
    "last": ("last_contact_at",),
}
#: what runs the other way than the column it is read from: long there means since early
_BACKWARDS = frozenset({"days_in_stage"})
NO_MORE: Mapping[str, tuple[str, ...]] = {}


class Total(NamedTuple):
    """Deals of one currency; `amount` is the sum of those that have one, in minor units."""

    currency: str
    deals: int
    valued: int
    amount: int


Orders = Mapping[str, tuple[str, ...]]


def chosen(
    about: Scope, order: Sequence[tuple[str, bool]], limit: int | None, more: Orders = NO_MORE
) -> list[int]:
    """Ids of the deals in scope, by names of ORDERS and `more` (True: descending); absent is last.

    The scope must have the columns that the order reads. In two parts, those that have what is
    sorted by first: so an index gives the first rows without a look at the rest.
    """
    columns = {**ORDERS, **more}
    (first, down), *rest = order
    found: list[int] = []
    tail = [term for name, way in rest for term in _terms(columns, name, way)]
    for test, terms in (("IS NOT NULL", [_plain(columns, first, down)]), ("IS NULL", [])):
        if limit is None or len(found) < limit:
            sql = (
                f"SELECT d.id FROM deal d WHERE d.{columns[first][-1]} {test}"
                f" ORDER BY {', '.join([*_groups(columns, first), *terms, *tail, 'd.id'])}"
                " LIMIT :limit"
            )
            left = ALL if limit is None else limit - len(found)
            rows = about.conn.execute(about.sql(sql), about.values | {"limit": left})
            found += [row[0] for row in rows]
    return found


def _groups(columns: Orders, name: str) -> list[str]:
    """What comes before the column itself: amounts of one currency stand together."""
    return [f"d.{group}" for group in columns[name][:-1]]


def _plain(columns: Orders, name: str, down: bool) -> str:
    return f"d.{columns[name][-1]} {'DESC' if down is not (name in _BACKWARDS) else 'ASC'}"


def _terms(columns: Orders, name: str, down: bool) -> list[str]:
    return [*_groups(columns, name), f"{_plain(columns, name, down)} NULLS LAST"]


_TOTALS = """
    SELECT d.currency, count(*), count(d.amount), coalesce(sum(d.amount), 0) FROM deal d
    GROUP BY d.currency ORDER BY count(*) DESC, d.currency
"""


def totals(about: Scope) -> list[Total]:
    """The deals in scope, counted and summed up by currency; needs `currency` and `amount`."""
    return [Total(*row) for row in about.conn.execute(about.sql(_TOTALS), about.values)]


# ── rows ──────────────────────────────────────────────────────────────────────────────────────

_STAGES = """stages AS MATERIALIZED (
    SELECT s.id, s.key, d.name, p.key AS pipeline FROM {stage} s
    JOIN {pipeline} p ON p.id = s.pipeline_id
    JOIN stage_definition d ON d.id = (
        SELECT id FROM stage_definition WHERE stage_id = s.id AND effective_from <= max(:now, (
            SELECT min(effective_from) FROM stage_definition WHERE stage_id = s.id))
        ORDER BY effective_from DESC, id DESC LIMIT 1))"""
#: the deals that are asked for, each with the open follow-up that comes next. They are joined here:
#: SQLite takes what it finds for a few ids, and looks through all of it for every deal
_NEXT = """next AS MATERIALIZED (SELECT place, deal, due_day, due_at FROM (
    SELECT CAST(j.key AS BIGINT) AS place, CAST(j.value AS BIGINT) AS deal, f.due_day, f.due_at,
        row_number() OVER (PARTITION BY j.key ORDER BY f.late_at, f.id) AS turn
    FROM json_each(:ids) j
    LEFT JOIN {follow_up} f ON f.opportunity_id = CAST(j.value AS BIGINT) AND {open_plan}
) each_one WHERE turn = 1)"""
_ROWS = """
    SELECT t.id, t.title, a.name, s.key, s.name, t.status, r.handle,
        t.amount, t.currency, t.currency, t.probability, t.expected_close,
        coalesce(t.grade, a.grade), n.due_day, n.due_at,
        max(coalesce(t.closed_at, :now) - t.stage_since, 0) / 86400,
        coalesce(t.source, a.source), s.pipeline, t.tags,
        t.created_at, t.stage_since, t.closed_at, t.external_id, t.version
    FROM next n CROSS JOIN {opportunity} t ON t.id = n.deal
    JOIN stages s ON s.id = t.stage_id JOIN {rep} r ON r.id = t.owner_id
    LEFT JOIN {account} a ON a.id = t.account_id
    ORDER BY n.place
"""
_READ: dict[str, tuple[str, ...]] = {
    "opportunity": (
        *("title", "account_id", "stage_id", "status", "owner_id", "amount", "currency"),
        *("probability", "expected_close", "grade", "source", "tags", "created_at"),
        *("stage_since", "closed_at", "external_id", "version"),
    ),
    "follow_up": (
        *("opportunity_id", "due_day", "due_at", "late_at"),
        *("created_at", "done_at", "cancelled_at"),
    ),
    "account": ("name", "grade", "source"),
    "rep": ("handle",),
    "stage": ("key", "pipeline_id"),
    "pipeline": ("key",),
}


def rows(
    conn: Conn, ids: Sequence[int], now: int, *, present: bool = False
) -> list[tuple[Any, ...]]:
    """The deals' rows in the order of `ids`, as of `now`; `present`: as they are, whatever `now`.

    Cells stand in the order of the columns that the questions declare.
    """
    tables = Tables(conn, now)
    tables.past = tables.past and not present
    names = {table: tables.name(table, *columns) for table, columns in _READ.items()}
    upcoming = _NEXT.format(open_plan=tables.open_plan, **names)
    sql = tables.with_terms(_STAGES.format(**names), upcoming, among=PICKED) + _ROWS.format(**names)
    return picked(conn, sql, ids, {"now": now})


#: ids in one text: a connection takes no text without end, however many ids there are
_AT_ONCE = 50_000


def picked(
    conn: Conn, sql: str, ids: Sequence[int], asked: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """The rows that `sql` finds for `:ids` (a JSON array), for any number of ids, in their order.

    The statement must treat each id by itself, and put its rows in the order of the array.
    """
    found: list[tuple[Any, ...]] = []
    for start in range(0, len(ids), _AT_ONCE):
        some = json.dumps(list(ids[start : start + _AT_ONCE]))
        found += conn.execute(sql, {**asked, "ids": some})
    return found
