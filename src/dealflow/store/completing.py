"""SQL of completion: a few records of each kind, those first that are most likely meant.

Each statement looks at a bounded number of rows, however large the database. `:most` is how many
are wanted, `:start` the beginning of the folded name and `:length` how long that is, `:me` the id
of the rep who types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dealflow.store.conn import Conn

Found = list[tuple[Any, ...]]
"""Rows of a word, another one for the same (or ''), and what it is."""

#: rows at the end of a table among which texts are looked for that many rows share
_RECENT = 20_000
#: digits of the largest id that is looked for
_DIGITS = 9


def _shared(column: str, table: str) -> str:
    """The values of a column among the latest rows, the most frequent first."""
    return (
        f"SELECT x.{column}, '', '' FROM (SELECT {column} FROM {table} ORDER BY id DESC"
        f" LIMIT {_RECENT}) x WHERE x.{column} IS NOT NULL AND x.{column} <> ''"
        f" GROUP BY x.{column} ORDER BY count(*) DESC, x.{column} LIMIT :most"
    )


_BEGINS = "substr({}.folded, 1, CAST(:length AS INTEGER)) = :start"
_STAGES = """
    SELECT s.key, (SELECT d.name FROM stage_definition d WHERE d.stage_id = s.id
        ORDER BY d.effective_from DESC, d.id DESC LIMIT 1), p.key, s.position, p.name, s.kind
    FROM stage s JOIN pipeline p ON p.id = s.pipeline_id
    WHERE s.retired_at IS NULL AND p.retired_at IS NULL ORDER BY p.position, p.id, s.position
"""

_STATEMENTS: Mapping[str, str] = {
    "customer": f"""
        SELECT a.name, '', trim(coalesce(a.grade, '') || ' ' || coalesce(a.region, '') || ' '
            || coalesce(r.handle, ''))
        FROM account a LEFT JOIN rep r ON r.id = a.owner_id
        WHERE {_BEGINS.format("a")} ORDER BY a.folded LIMIT :most""",
    "customer-of-nobody": f"""
        SELECT a.name, '', coalesce(a.grade, '') FROM account a
        WHERE a.owner_id IS NULL AND {_BEGINS.format("a")} ORDER BY a.folded LIMIT :most""",
    "customer-of-somebody": f"""
        SELECT a.name, '', coalesce(r.handle, '') FROM account a JOIN rep r ON r.id = a.owner_id
        WHERE {_BEGINS.format("a")}
        ORDER BY CASE WHEN a.owner_id = :me THEN 0 ELSE 1 END, a.folded LIMIT :most""",
    "person": f"""
        SELECT c.name, '', trim(a.name || ' ' || coalesce(c.title, ''))
        FROM contact c JOIN account a ON a.id = c.account_id
        WHERE {_BEGINS.format("c")} ORDER BY c.folded LIMIT :most""",
    "person-at": f"""
        SELECT c.name, '', coalesce(c.title, '')
        FROM contact c JOIN account a ON a.id = c.account_id
        WHERE {_BEGINS.format("c")} AND a.folded = :at ORDER BY c.folded LIMIT :most""",
    "person-of": f"""
        SELECT c.name, '', coalesce(c.title, '')
        FROM contact c JOIN opportunity o ON o.account_id = c.account_id
        WHERE {_BEGINS.format("c")} AND o.id = :deal ORDER BY c.folded LIMIT :most""",
    "product": f"""
        SELECT p.name, '', coalesce(p.series, '') FROM product p
        WHERE p.active = 1 AND {_BEGINS.format("p")} ORDER BY p.folded LIMIT :most""",
    "rep": "SELECT handle, name, coalesce(team, '') FROM rep WHERE active = 1 ORDER BY handle",
    "team": "SELECT DISTINCT team, '', '' FROM rep WHERE team IS NOT NULL ORDER BY team",
    "role": _shared("role", "participant"),
    "pipeline": "SELECT key, name, '' FROM pipeline WHERE retired_at IS NULL ORDER BY position, id",
    "reason": "SELECT key, name, '' FROM loss_reason WHERE retired_at IS NULL ORDER BY id",
    "stage": _STAGES,
    "field": "SELECT key, name, kind, entity, choices FROM field WHERE retired_at IS NULL"
    " ORDER BY position, id",
    "retired-field": "SELECT key, name, kind FROM field ORDER BY position, id",
    "source": f"""
        SELECT DISTINCT x.source, '', '' FROM (
            SELECT * FROM (SELECT source FROM account ORDER BY id DESC LIMIT {_RECENT}) a
            UNION ALL
            SELECT * FROM (SELECT source FROM opportunity ORDER BY id DESC LIMIT {_RECENT}) o
        ) x WHERE x.source IS NOT NULL ORDER BY x.source LIMIT :most""",
    "segment": _shared("segment", "account"),
    "region": _shared("region", "account"),
    "size": _shared("size", "account"),
    "domain": _shared("domain", "account"),
    "person-title": _shared("title", "contact"),
    "person-role": _shared("role", "contact"),
    "series": _shared("series", "product"),
    "channel": _shared("channel", "activity"),
    "outcome": _shared("outcome", "activity"),
    "tag": f"""
        SELECT e.value, '', ''
        FROM (SELECT tags FROM opportunity ORDER BY id DESC LIMIT {_RECENT}) x
        CROSS JOIN json_each(x.tags) e GROUP BY e.value ORDER BY count(*) DESC, e.value
        LIMIT :most""",
    "forecast": "SELECT name, id, filter FROM forecast ORDER BY at DESC, id DESC LIMIT :most",
    "target": "SELECT id, '', whose || ' ' || period FROM target ORDER BY id DESC LIMIT :most",
    "command": "SELECT id, '', typed FROM command WHERE undone_by IS NULL AND undoes IS NULL"
    " ORDER BY id DESC LIMIT :most",
    "follow-up": """
        SELECT f.id, '', f.due_day || ' ' || f.what || ' · ' || o.title
        FROM follow_up f JOIN opportunity o ON o.id = f.opportunity_id
        WHERE f.done_at IS NULL AND f.cancelled_at IS NULL
        ORDER BY CASE WHEN f.rep_id = :me THEN 0 ELSE 1 END, f.late_at, f.id LIMIT :most""",
    "contact": """
        SELECT c.id, '', c.name || ' · ' || a.name
        FROM contact c JOIN account a ON a.id = c.account_id ORDER BY c.id DESC LIMIT :most""",
}


def found(conn: Conn, kind: str, **values: Any) -> Found:
    """The records of one kind."""
    return conn.execute(_STATEMENTS[kind], values).fetchall()


_DEALS = """
    SELECT o.id, o.title, coalesce(a.name, ''), o.status
    FROM opportunity o LEFT JOIN account a ON a.id = o.account_id WHERE {}
"""
_IS = {"open": "o.status = 'open'", "closed": "o.status <> 'open'", "": "o.id > 0"}


def deals(conn: Conn, standing: str, start: str, me: int, most: int) -> Found:
    """Number, title, customer and status of deals whose number begins so.

    `standing` is `open`, `closed` or '' for any. Open ones come before closed ones, and mine first:
    without a number, as they were touched last.
    """
    if start:
        return _numbered(conn, standing, int(start), {"me": me, "most": most})
    mine = (
        f"{_DEALS.format(_IS[standing])} AND o.owner_id = :me ORDER BY {_OPEN_FIRST},"
        " coalesce(o.last_contact_at, o.created_at) DESC, o.id DESC LIMIT :most"
    )
    others = f"{_DEALS.format(_IS[standing])} AND o.owner_id <> :me ORDER BY o.id DESC LIMIT :most"
    rows = conn.execute(mine, {"me": me, "most": most}).fetchall()
    if len(rows) < most:
        rows += conn.execute(others, {"me": me, "most": most - len(rows)}).fetchall()
    return rows


_OPEN_FIRST = "CASE WHEN o.status = 'open' THEN 0 ELSE 1 END"


def _numbered(conn: Conn, standing: str, start: int, values: Mapping[str, int]) -> Found:
    """4 begins 4, 40 to 49, 400 to 499 …: a few runs of ids, whatever the size of the table."""
    runs = [(start * 10**n, (start + 1) * 10**n - 1) for n in range(_DIGITS)]
    last = 10**_DIGITS
    within = " OR ".join(f"o.id BETWEEN {low} AND {high}" for low, high in runs if high < last)
    if start <= 0 or not within:
        return []
    sql = (
        f"{_DEALS.format(_IS[standing])} AND ({within}) ORDER BY {_OPEN_FIRST},"
        " CASE WHEN o.owner_id = :me THEN 0 ELSE 1 END, o.id LIMIT :most"
    )
    return conn.execute(sql, values).fetchall()


def standing_at(conn: Conn, ids: list[int]) -> Found:
    """Pipeline's key and stage's position of these deals."""
    marks = ", ".join("?" * len(ids))
    sql = (
        "SELECT DISTINCT p.key, s.position FROM opportunity o JOIN pipeline p ON p.id ="
        f" o.pipeline_id JOIN stage s ON s.id = o.stage_id WHERE o.id IN ({marks})"
    )
    return conn.execute(sql, ids).fetchall()


def reps(conn: Conn) -> Found:
    """Id, handle and name of everybody."""
    return conn.execute("SELECT id, handle, name FROM rep ORDER BY id").fetchall()
