"""SQL of an export: which records, and each as another database can take it in.

Records are told in the order in which they were made, by names instead of ids, and each by its
uid and the id it has in the system it came from. They are read a page of ids at a time, so that
memory holds a page, whatever the table. At the present the tables themselves are read, in the past
they are rewound (store/rewind.py).
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from dealflow.model import LossReason, Pipeline
from dealflow.store.book import from_json
from dealflow.store.choosing import Chosen
from dealflow.store.conn import Conn
from dealflow.store.past import all_at
from dealflow.store.rewind import Tables
from dealflow.store.scope import Scope

Rows = list[tuple[Any, ...]]
_PAGE = 5_000

#: the ids of what hangs on the deals in scope; [deal] joins them where a deal was left out
_HANGING: Mapping[str, str] = {
    "opportunity": "SELECT d.id FROM deal d ORDER BY d.id",
    "visit": """SELECT t.id FROM visit t [deal]
        WHERE t.entered_at <= :now ORDER BY t.opportunity_id, t.seq""",
    "activity": "SELECT t.id FROM activity t [deal] WHERE t.at <= :now ORDER BY t.id",
    "opportunity_line": """SELECT t.id FROM {opportunity_line} t JOIN deal d
        ON d.id = t.opportunity_id ORDER BY t.opportunity_id, t.id""",
    "participant": """SELECT t.id FROM {participant} t JOIN deal d
        ON d.id = t.opportunity_id ORDER BY t.opportunity_id, t.id""",
    "follow_up": """SELECT f.id FROM {follow_up} f JOIN deal d ON d.id = f.opportunity_id
        WHERE f.created_at <= :now AND [test] ORDER BY f.id""",
}
_JOIN = "JOIN deal d ON d.id = t.opportunity_id"

R = TypeVar("R", LossReason, Pipeline)


def of_deals(about: Scope, table: str) -> array[int]:
    """The ids in `table` of the deals in scope, or of what hangs on them; all of them, if all.

    What was done with a customer and no deal belongs to no choice of deals.
    """
    tables = {
        name: about.table(name, *_READ[name])
        for name in _HANGING
        if f"{{{name}}}" in _HANGING[table]
    }
    sql = _HANGING[table].format(**tables)
    sql = sql.replace("[deal]", "" if about.everything else _JOIN)
    sql = sql.replace("[test]", about.follow_up_test)
    return _ids(about.conn.execute(about.sql(sql), about.values))


def every(conn: Conn, table: str) -> array[int]:
    """The ids of a whole table."""
    return _ids(conn.execute(f"SELECT id FROM {table} ORDER BY id"))


def of_choice(conn: Conn, chosen: Chosen) -> array[int]:
    """The ids that were chosen."""
    sql = chosen.ask("SELECT x.id FROM ({chosen}) x ORDER BY x.id")
    return _ids(conn.execute(sql, chosen.values))


def _ids(found: Iterable[Sequence[Any]]) -> array[int]:
    return array("q", (row[0] for row in found))


# ── their rows ────────────────────────────────────────────────────────────────────────────────

#: {uid of t}: the uid of a row, which no edit changes; [t] is the page of rows
_ROWS: Mapping[str, str] = {
    "rep": """SELECT <t>, t.external_id, t.handle, t.name, t.email, t.team, t.active
        FROM [t]""",
    "account": """SELECT <t>, t.external_id, t.name, r.handle, t.grade, t.segment, t.region,
            t.size, t.source, p.name, t.domain, coalesce(t.locked, 0), t.fields
        FROM [t] LEFT JOIN {rep} r ON r.id = t.owner_id
        LEFT JOIN {account} p ON p.id = t.parent_id""",
    "contact": """SELECT <t>, t.external_id, t.name, a.name, t.title, t.role, t.phone, t.email,
            t.wechat, t.fields
        FROM [t] JOIN {account} a ON a.id = t.account_id""",
    "product": """SELECT <t>, t.external_id, t.name, t.series, t.price, t.currency, t.active
        FROM [t]""",
    "opportunity": """SELECT t.id, <t>, t.external_id, t.title, a.name, c.name, r.handle,
            t.stage_id, t.status, t.amount, t.currency, t.probability, t.expected_close,
            t.created_at, t.closed_at, l.key, l.name, t.source, t.grade, t.tags, t.fields
        FROM [t] JOIN {rep} r ON r.id = t.owner_id
        LEFT JOIN {account} a ON a.id = t.account_id
        LEFT JOIN {contact} c ON c.id = t.contact_id
        LEFT JOIN {loss_reason} l ON t.status = 'lost' AND l.id = (SELECT x.reason_id FROM visit x
            WHERE x.opportunity_id = t.id AND x.entered_at <= :now ORDER BY x.seq DESC LIMIT 1)""",
    "visit": """SELECT <o>, o.external_id, o.title, a.name, t.seq, t.stage_id, t.entered_at,
            t.left_at, t.ending, r.handle, e.handle,
            CASE WHEN t.left_at <= :now THEN t.amount ELSE m.amount END, t.end_amount,
            CASE WHEN t.left_at <= :now THEN t.currency ELSE m.currency END,
            l.key, l.name, t.passed, t.forced, t.why, t.entry_why, t.note
        FROM [t] JOIN {amounts} m ON m.id = t.id JOIN {opportunity} o ON o.id = t.opportunity_id
        LEFT JOIN {account} a ON a.id = o.account_id JOIN {rep} r ON r.id = t.owner_id
        LEFT JOIN {rep} e ON e.id = t.end_owner_id
        LEFT JOIN {loss_reason} l ON l.id = t.reason_id""",
    "activity": """SELECT <t>, t.external_id, t.at, t.kind, <o>, o.external_id, o.title, a.name,
            c.name, t.note, t.outcome, t.channel, t.direction, r.handle
        FROM [t] JOIN {rep} r ON r.id = t.rep_id
        LEFT JOIN {opportunity} o ON o.id = t.opportunity_id
        LEFT JOIN {account} a ON a.id = coalesce(o.account_id, t.account_id)
        LEFT JOIN {contact} c ON c.id = t.contact_id""",
    "follow_up": """SELECT <t>, (SELECT u.external_id FROM follow_up u WHERE u.id = t.id),
            t.due_day, t.due_at, t.what, t.goal, t.kind, t.channel,
            <o>, o.external_id, o.title, a.name, r.handle, b.handle, t.created_at, t.snoozed,
            CASE WHEN t.done_at <= :now THEN t.done_at END,
            CASE WHEN t.cancelled_at <= :now THEN t.cancelled_at END,
            CASE WHEN t.cancelled_at <= :now THEN t.cancelled_why END
        FROM [t] JOIN {opportunity} o ON o.id = t.opportunity_id JOIN {rep} r ON r.id = t.rep_id
        JOIN {rep} b ON b.id = t.by_id LEFT JOIN {account} a ON a.id = o.account_id""",
    "opportunity_line": """SELECT <o>, o.external_id, o.title, a.name, p.name, p.series,
            t.quantity, t.price, o.currency
        FROM [t] JOIN {opportunity} o ON o.id = t.opportunity_id
        JOIN {product} p ON p.id = t.product_id LEFT JOIN {account} a ON a.id = o.account_id""",
    "participant": """SELECT <o>, o.external_id, o.title, a.name, r.handle, t.role
        FROM [t] JOIN {opportunity} o ON o.id = t.opportunity_id JOIN {rep} r ON r.id = t.rep_id
        LEFT JOIN {account} a ON a.id = o.account_id""",
}
#: which columns of a table the statements read: in the past each has its price
_READ: Mapping[str, tuple[str, ...]] = {
    "rep": ("external_id", "handle", "name", "email", "team", "active"),
    "account": (
        *("external_id", "name", "owner_id", "grade", "segment", "region", "size", "source"),
        *("parent_id", "domain", "locked", "fields"),
    ),
    "contact": (
        *("external_id", "account_id", "name", "title", "role", "phone", "email", "wechat"),
        "fields",
    ),
    "product": ("external_id", "name", "series", "price", "currency", "active"),
    "opportunity": (
        *("external_id", "title", "account_id", "contact_id", "owner_id", "stage_id", "status"),
        *("amount", "currency", "probability", "expected_close", "created_at", "closed_at"),
        *("source", "grade", "tags", "fields"),
    ),
    "visit": ("amount", "currency", "owner_id"),
    "activity": (),
    "follow_up": (
        *("due_day", "due_at", "what", "goal", "kind", "channel", "opportunity_id", "rep_id"),
        *("by_id", "created_at", "snoozed", "done_at", "cancelled_at", "cancelled_why", "late_at"),
    ),
    "opportunity_line": ("opportunity_id", "product_id", "quantity", "price"),
    "participant": ("opportunity_id", "rep_id", "role"),
}
#: of tables that are only referred to
_NAMES: Mapping[str, tuple[str, ...]] = {
    "rep": ("handle",),
    "account": ("name",),
    "contact": ("name",),
    "product": ("name", "series"),
    "loss_reason": ("key", "name"),
    "opportunity": ("external_id", "title", "account_id", "currency"),
}


def pages(conn: Conn, table: str, ids: array[int], now: int) -> Iterator[Rows]:
    """The rows of these records as they stood at `now`, some thousands at a time, in order.

    Of a visit that had not ended by then, what came of it is cut off.
    """
    tables = Tables(conn, now)
    own = tables.name(table, *_READ[table])
    others = {
        name: tables.name(name, *columns)
        for name, columns in _NAMES.items()
        if f"{{{name}}}" in _ROWS[table]
    }
    others["amounts"] = tables.amounts() if table == "visit" else ""
    page = f"json_each(:ids) j CROSS JOIN {own} t ON t.id = CAST(j.value AS BIGINT)"
    sql = _ROWS[table].format(**others).replace("[t]", page)
    for alias, of in (("t", table), ("o", "opportunity")):
        uid = (
            f"(SELECT u.uid FROM {of} u WHERE u.id = {alias}.id)" if tables.past else f"{alias}.uid"
        )
        sql = sql.replace(f"<{alias}>", uid)
    merged = _merged_since(conn, table) if tables.past and table in _MERGED else None
    if merged is not None:
        sql = sql.replace("SELECT ", "SELECT t.id, ", 1)
    sql = f"{tables.with_terms()}{sql} ORDER BY CAST(j.key AS BIGINT)"
    for start in range(0, len(ids), _PAGE):
        some = json.dumps(ids[start : start + _PAGE].tolist())
        rows = conn.execute(sql, {"ids": some, "now": now}).fetchall()
        if merged is not None:
            rows = [(uid or merged[number], *rest) for number, uid, *rest in rows]
        yield rows


#: whose rows go when they are made one with others; nothing else that has a past is removed
_MERGED = {"account", "contact"}


def _merged_since(conn: Conn, table: str) -> dict[int, bytes]:
    """The uids of rows that are not there any more."""
    sql = "SELECT row_id, before FROM change WHERE entity = :entity AND kind = 'remove'"
    found = conn.execute(sql, {"entity": table})
    return {row_id: from_json(before)["uid"] for row_id, before in found}


def products(conn: Conn, deals: Sequence[int], now: int) -> dict[int, list[str]]:
    """The names of the products on each of these deals, each once, in the order of the lines."""
    tables = Tables(conn, now)
    line = tables.name("opportunity_line", "opportunity_id", "product_id")
    product = tables.name("product", "name")
    sql = (
        f"{tables.with_terms()}SELECT l.opportunity_id, p.name FROM {line} l"
        f" JOIN {product} p ON p.id = l.product_id WHERE l.opportunity_id IN"
        " (SELECT CAST(value AS BIGINT) FROM json_each(:deals)) ORDER BY l.opportunity_id, l.id"
    )
    found: dict[int, dict[str, None]] = {}
    for deal, name in conn.execute(sql, {"deals": json.dumps(list(deals)), "now": now}):
        found.setdefault(deal, {})[name] = None
    return {deal: list(names) for deal, names in found.items()}


def all_pipelines(conn: Conn, now: int) -> list[int]:
    """The ids of all pipelines that there were at `now`, retired ones too, the live ones first."""
    return [row.id for row in _live_first(all_at(conn, Pipeline, now))]


def all_reasons(conn: Conn, now: int) -> list[tuple[str, str]]:
    """Key and name of every reason to lose a deal at `now`, the live ones first."""
    return [(row.key, row.name) for row in _live_first(all_at(conn, LossReason, now))]


def _live_first(rows: list[R]) -> list[R]:
    return sorted(rows, key=lambda row: row.retired_at is not None)
