"""SQL of the journal as people read it: commands, and what each of them did to rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dealflow.named import NamedTuple
from dealflow.store.book import from_json
from dealflow.store.conn import ALL, Conn


class Entry(NamedTuple):
    """One command. `undoes` is what it took back, `merged_by` the merge that it came with."""

    id: int
    at: int
    actor: str
    verb: str
    typed: str
    undone_by: int | None
    undoes: int | None
    merged_by: int | None


class Effect(NamedTuple):
    """What a command did to the rows of one table.

    Of a single row: before, after, and the currency of its amounts; None where they are counts.
    """

    command: int
    entity: str
    kind: str
    rows: int
    row_id: int
    before: dict[str, Any]
    after: dict[str, Any]
    currency: str | None


#: rows that belong to the deal, also those that a later command took away
_MINE = """mine AS (
    SELECT 'opportunity' AS entity, :deal AS id
    UNION ALL SELECT 'visit', id FROM visit WHERE opportunity_id = :deal
    UNION ALL SELECT 'activity', id FROM activity WHERE opportunity_id = :deal
    UNION ALL SELECT 'follow_up', id FROM follow_up WHERE opportunity_id = :deal
    UNION ALL SELECT 'opportunity_line', id FROM opportunity_line WHERE opportunity_id = :deal
    UNION SELECT x.entity, x.row_id FROM command u JOIN change x ON x.command_id = u.id
        WHERE (u.undoes IS NOT NULL OR u.verb = 'edit') AND x.kind = 'remove'
        AND instr(x.before, :mark) > 0)"""
#: one row's own changes, the runs of additions that hold it, and what came with a merge
_TOUCHED = """touched AS (
    SELECT x.command_id AS id FROM mine m JOIN change x
        ON x.entity = m.entity AND x.row_id = m.id
    UNION SELECT x.command_id FROM mine m JOIN change x
        ON x.entity = m.entity AND x.last_id > x.row_id AND x.row_id < m.id
        AND x.last_id >= m.id
    UNION SELECT c.id FROM mine m JOIN merged g ON g.entity = m.entity AND g.row_id = m.id
        JOIN command c ON c.uid = g.uid)"""
_ENTRIES = """
    SELECT c.id, c.at, c.actor, c.verb, c.typed, iif(u.at <= :now, c.undone_by, NULL), c.undoes,
        c.merged_by
    FROM {source} LEFT JOIN command u ON u.id = c.undone_by
    WHERE c.at <= :now AND (CAST(:actor AS TEXT) IS NULL OR c.actor = :actor) AND c.id > :after
    ORDER BY c.id DESC LIMIT :limit
"""


def first_command(conn: Conn) -> int | None:
    """When the first command was given, epoch seconds UTC."""
    found: int | None = conn.execute("SELECT min(at) FROM command").fetchone()[0]
    return found


def entries(
    conn: Conn,
    now: int,
    *,
    deal: int | None,
    actor: str | None,
    limit: int | None,
    after: int = 0,
) -> list[Entry]:
    """Commands after number `after` up to `now`, the latest first; those that touched `deal`."""
    asked: dict[str, Any] = {"now": now, "actor": actor, "limit": limit or ALL, "after": after}
    if deal is None:
        return [Entry(*row) for row in conn.execute(_ENTRIES.format(source="command c"), asked)]
    # The journal writes JSON without blanks, and another column follows this one.
    asked |= {"deal": deal, "mark": f'"opportunity_id":{deal},'}
    source = "touched t JOIN command c ON c.id = t.id"
    sql = f"WITH {_MINE}, {_TOUCHED} {_ENTRIES.format(source=source)}"
    return [Entry(*row) for row in conn.execute(sql, asked)]


#: grouped; where a group is one row, the least values are that row's. A deal's currency is what the
#: next change of it says was there before
_EFFECTS = """
    SELECT x.command_id, x.entity, x.kind, sum(x.last_id - x.row_id + 1), min(x.row_id),
        min(x.before), min(x.after), min(coalesce(
            (SELECT json_extract(y.before, '$.currency') FROM change y
                WHERE x.entity = 'opportunity' AND y.entity = 'opportunity' AND y.kind = 'edit'
                AND y.row_id = x.row_id AND y.id > x.id AND instr(y.before, '"currency":') > 0
                ORDER BY y.id LIMIT 1),
            o.currency, p.currency,
            CASE WHEN coalesce(g.measure, (SELECT json_extract(r.before, '$.measure') FROM change r
                WHERE r.entity = 'target' AND r.kind = 'remove' AND r.row_id = x.row_id
                ORDER BY r.id DESC LIMIT 1)) = 'value' THEN s.value END))
    FROM json_each(:commands) j JOIN change x ON x.command_id = CAST(j.value AS BIGINT)
    LEFT JOIN opportunity o ON x.entity = 'opportunity' AND o.id = x.row_id
    LEFT JOIN product p ON x.entity = 'product' AND p.id = x.row_id
    LEFT JOIN target g ON x.entity = 'target' AND g.id = x.row_id
    LEFT JOIN setting s ON s.key = 'currency'
    GROUP BY x.command_id, x.entity, x.kind ORDER BY x.command_id, min(x.id)
"""


_TOUCHES = """
    SELECT x.command_id, x.kind, x.entity, x.row_id, x.last_id
    FROM json_each(:commands) j JOIN change x ON x.command_id = CAST(j.value AS BIGINT)
    ORDER BY x.command_id, x.id
"""


def touched(conn: Conn, commands: Sequence[int]) -> dict[int, list[str]]:
    """By command, the rows that it added, edited and removed: `add opportunity 3-7`."""
    runs: dict[int, list[list[Any]]] = {}
    for command, kind, entity, first, last in conn.execute(
        _TOUCHES, {"commands": json.dumps(list(commands))}
    ):
        mine = runs.setdefault(command, [])
        if mine and mine[-1][:2] == [kind, entity] and mine[-1][3] + 1 == first:
            mine[-1][3] = last
        else:
            mine.append([kind, entity, first, last])
    return {command: [_run(*run) for run in mine] for command, mine in runs.items()}


def _run(kind: str, entity: str, first: int, last: int) -> str:
    return f"{kind} {entity} {first}" + (f"-{last}" if last != first else "")


_WHOLE = "SELECT id, uid, at, actor, verb, typed, undoes FROM command WHERE id = ?"
_CHANGES = """
    SELECT entity, kind, row_id, last_id, before, after FROM change
    WHERE command_id = ? ORDER BY id
"""


def whole(conn: Conn, command: int) -> dict[str, Any]:
    """One entry with every change of it, as JSON has it; of added rows only their ids."""
    number, uid, at, actor, verb, typed, undoes = conn.execute(_WHOLE, (command,)).fetchone()
    changes = [
        {
            "table": entity,
            "kind": kind,
            "id": first,
            **({"last_id": last} if last != first else {}),
            **({"before": json.loads(before)} if before else {}),
            **({"after": json.loads(after)} if after else {}),
        }
        for entity, kind, first, last, before, after in conn.execute(_CHANGES, (command,))
    ]
    return {
        "command": number,
        "uid": uid.hex(),
        "at": at,
        "actor": actor,
        "verb": verb,
        "typed": typed,
        "undoes": undoes,
        "changes": changes,
    }


def effects(conn: Conn, commands: Sequence[int]) -> list[Effect]:
    """What these commands did, by table and kind of change, in the order it was done."""
    found = conn.execute(_EFFECTS, {"commands": json.dumps(list(commands))})
    return [
        Effect(command, entity, kind, rows, row_id, from_json(old), from_json(new), currency)
        for command, entity, kind, rows, row_id, old, new, currency in found
    ]
