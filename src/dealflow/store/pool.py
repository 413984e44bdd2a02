"""SQL of the pool: when a customer was last touched, who owned it, and why it was given back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from dealflow.model import BEHAVIOUR_KINDS, RETIRED_UNDER_IT, WON
from dealflow.named import NamedTuple
from dealflow.store.book import from_json
from dealflow.store.conn import Conn
from dealflow.store.past import cell_at
from dealflow.store.rewind import Tables, made_at

#: the channel of the notes that say why a customer was given back, or taken against a rule
CHANNEL = "pool"
RELEASED, CLAIMED = "released", "claimed"
_BEHAVIOURS = ", ".join(f"'{kind}'" for kind in BEHAVIOUR_KINDS)
#: what a rep did with the customer: not what the customer was seen to do, nor the pool's own notes
_LOGGED = f"""y.at <= :now AND y.kind NOT IN ({_BEHAVIOURS})
    AND coalesce(y.channel, '') <> '{CHANNEL}'"""
#: edits that still count and set the owner, with the time of the command that made them: what came
#: with a merge is of the time when it was done
_BY = """command c ON c.id = x.command_id
    LEFT JOIN merged g ON g.command_id = c.id AND g.entity = 'account' AND g.row_id = x.row_id
        AND g.unit = 'owner_id'
    LEFT JOIN command k ON k.uid = g.uid"""
_COUNTS = """x.entity = 'account' AND x.kind = 'edit' AND c.at <= :now
    AND c.undone_by IS NULL AND c.undoes IS NULL AND instr(x.after, '"owner_id":') > 0"""
_CHOSEN = "json_each(:ids) j"
_OF = "CAST(j.value AS BIGINT)"
_DEALS = f"{_CHOSEN} CROSS JOIN {{opportunity}} o ON o.account_id = {_OF}"


def _handed_on(visit: str) -> str:
    """The test whether a visit ended because its stage was retired: nobody touched the deal."""
    retired = RETIRED_UNDER_IT.format("%")
    return f"coalesce({visit}.forced, 0) = 1 AND coalesce({visit}.why, '') LIKE '{retired}'"


#: everything that touches a customer; a deal's first visit begins when it is created. Last the
#: owner that a new customer of another copy came with
_TOUCHED = f"""
    SELECT q.id, max(q.at) FROM (
        SELECT y.account_id AS id, y.at FROM {_CHOSEN}
            CROSS JOIN activity y ON y.account_id = {_OF} WHERE {_LOGGED}
        UNION ALL SELECT o.account_id, y.at FROM {_DEALS}
            CROSS JOIN activity y ON y.opportunity_id = o.id WHERE {_LOGGED}
        UNION ALL SELECT o.account_id, v.entered_at
            FROM {_DEALS} CROSS JOIN visit v ON v.opportunity_id = o.id
            LEFT JOIN visit p ON p.opportunity_id = o.id AND p.seq = v.seq - 1
            WHERE v.entered_at <= :now AND NOT ({_handed_on("p")})
        UNION ALL SELECT o.account_id, v.left_at
            FROM {_DEALS} CROSS JOIN visit v ON v.opportunity_id = o.id
            WHERE v.left_at <= :now AND NOT ({_handed_on("v")})
        UNION ALL SELECT x.row_id, coalesce(g.at, c.at) FROM {_CHOSEN}
            CROSS JOIN change x ON x.entity = 'account' AND x.row_id = {_OF}
            JOIN {_BY} WHERE {_COUNTS} AND instr(x.after, '"owner_id":null') = 0
        UNION ALL SELECT g.row_id, g.at FROM {_CHOSEN}
            CROSS JOIN merged g ON g.entity = 'account' AND g.row_id = {_OF}
            JOIN command c ON c.id = g.command_id JOIN account a ON a.id = g.row_id
            WHERE g.unit = 'owner_id' AND c.undone_by IS NULL AND c.at <= :now
            AND a.released_at IS NOT g.at
    ) q GROUP BY q.id
"""
_PASSED = f"""
    SELECT coalesce(g.at, c.at), coalesce(k.actor, c.actor), coalesce(k.verb, c.verb), x.before,
        x.after
    FROM change x JOIN {_BY} WHERE x.row_id = :account AND {_COUNTS} ORDER BY x.id DESC
"""
#: for each of the customers, how and why it last went to the pool
_GIVEN_BACK = f"""
    SELECT {_OF}, (SELECT y.note FROM activity y WHERE y.account_id = {_OF} AND y.at <= :now
            AND y.channel = '{CHANNEL}' AND y.outcome = '{RELEASED}' AND y.at = a.released_at
            ORDER BY y.id DESC LIMIT 1),
        (SELECT coalesce(k.verb, c.verb) FROM change x JOIN {_BY}
            WHERE x.row_id = {_OF} AND {_COUNTS} ORDER BY x.id DESC LIMIT 1),
        u.uid
    FROM {_CHOSEN} CROSS JOIN {{account}} a ON a.id = {_OF} LEFT JOIN account u ON u.id = a.id
"""
#: customers of somebody that a recycle may take: neither locked nor won
_HELD = """
    SELECT a.id, a.name, a.grade, a.owner_id, r.handle, u.uid
    FROM {account} a LEFT JOIN account u ON u.id = a.id JOIN {rep} r ON r.id = a.owner_id
    WHERE coalesce(a.locked, 0) = 0 AND {whose} AND coalesce(a.grade, '-') IN ({grades})
    AND {there} AND NOT EXISTS (SELECT 1 FROM {opportunity} o
        WHERE o.account_id = a.id AND o.status IN ({exempt}))
    ORDER BY a.folded, a.id
"""
#: what counts against a cap: customers of a rep to whom nothing was sold yet
_COUNTED = f"""
    SELECT coalesce(a.grade, '-'), count(*) FROM account a WHERE a.owner_id = ?
    AND NOT EXISTS (SELECT 1 FROM opportunity o WHERE o.account_id = a.id AND o.status = '{WON}')
    GROUP BY 1
"""
_OPEN_DEALS = """
    SELECT r.handle, count(*) FROM opportunity o JOIN rep r ON r.id = o.owner_id
    WHERE o.account_id = ? AND o.status = 'open' GROUP BY r.handle ORDER BY r.handle
"""
_AT_ONCE = 50_000


class Held(NamedTuple):
    """A customer of somebody that may be recycled, and when it was last touched."""

    id: int
    name: str
    grade: str | None
    owner_id: int
    owner: str
    touched: int


class Passed(NamedTuple):
    """A change of owner: when, by whose command, and the columns before and after."""

    at: int
    actor: str
    verb: str
    before: dict[str, Any]
    after: dict[str, Any]


class Back(NamedTuple):
    """How a customer came to the pool."""

    note: str | None
    """What was said when it was released."""
    verb: str | None
    """The command that last set or took away its owner; None where it never had another one."""
    made_at: int
    """When the customer was added."""


def touched(conn: Conn, ids: Sequence[int], now: int) -> dict[int, int]:
    """By customer when somebody last did something, as of `now`; without its own creation."""
    tables = Tables(conn, now)
    deals = tables.name("opportunity", "account_id")
    sql = tables.with_terms() + _TOUCHED.format(opportunity=deals)
    found: dict[int, int] = {}
    for some in _chunks(ids):
        found |= dict(conn.execute(sql, {"ids": some, "now": now}).fetchall())
    return found


def held(
    conn: Conn, now: int, grades: Iterable[str], *, keep_open: bool, owner: int | None = None
) -> list[Held]:
    """Customers of these grades (`-`: none) that a recycle may take, by name."""
    tables = Tables(conn, now)
    named = {
        "account": tables.name(
            "account", "name", "folded", "grade", "owner_id", "locked", "released_at"
        ),
        "rep": tables.name("rep", "handle"),
        "opportunity": tables.name("opportunity", "account_id", "status"),
        "whose": "a.owner_id IS NOT NULL" if owner is None else "a.owner_id = :owner",
        "grades": ", ".join(f"'{grade}'" for grade in grades),
        "exempt": f"'{WON}', 'open'" if keep_open else f"'{WON}'",
        "there": tables.there("account", "a"),
    }
    asked = {"now": now, "owner": owner} | tables.bound
    rows = conn.execute(tables.with_terms() + _HELD.format(**named), asked).fetchall()
    known = touched(conn, [row[0] for row in rows], now)
    return [
        Held(one, name, grade, owner_id, handle, max(_added(conn, one, uid), known.get(one, 0)))
        for one, name, grade, owner_id, handle, uid in rows
    ]


def given_back(conn: Conn, ids: Sequence[int], now: int) -> dict[int, Back]:
    tables = Tables(conn, now)
    sql = _GIVEN_BACK.format(account=tables.name("account", "released_at"))
    found: dict[int, Back] = {}
    for some in _chunks(ids):
        rows = conn.execute(tables.with_terms() + sql, {"ids": some, "now": now}).fetchall()
        found |= {one: Back(note, verb, _added(conn, one, uid)) for one, note, verb, uid in rows}
    return found


def _added(conn: Conn, account: int, uid: bytes | None) -> int:
    """When a customer was added; one without a row has become one with another since."""
    return made_at(uid) if uid else made_at(cell_at(conn, ("account", "uid"), account, 0))


def _chunks(ids: Sequence[int]) -> Iterable[str]:
    for start in range(0, len(ids), _AT_ONCE):
        yield json.dumps(list(ids[start : start + _AT_ONCE]))


def passed(conn: Conn, account: int, now: int) -> list[Passed]:
    """Every change of a customer's owner up to `now`, the latest first."""
    found = conn.execute(_PASSED, {"account": account, "now": now}).fetchall()
    return [
        Passed(at, actor, verb, from_json(old), from_json(new))
        for at, actor, verb, old, new in found
    ]


def counted(conn: Conn, rep: int) -> dict[str, int]:
    """By grade (`-`: none) how many customers of a rep count against a cap."""
    return dict(conn.execute(_COUNTED, (rep,)).fetchall())


def open_deals(conn: Conn, account: int) -> list[tuple[str, int]]:
    """Whose open deals a customer has: handle, how many."""
    return [(handle, count) for handle, count in conn.execute(_OPEN_DEALS, (account,))]
