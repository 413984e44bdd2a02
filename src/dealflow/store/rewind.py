"""Tables as they stood at an earlier instant, as SQL: what the journal says was so before.

At the present they are the tables themselves, so that nothing is paid for what is not asked. In
the past each is a common table expression `<table>_then`, with only the columns that were asked
for, and where less than all deals can be meant (store/among.py) with only theirs. A row's earlier
values are the `before` of the earliest edit after `now` that still counts (it was not undone, and
is no undo). Events are not rewound: visits and activities carry their times.
"""

from __future__ import annotations

from copy import copy
from typing import Any

from dealflow.model import CONTACT_KINDS
from dealflow.store.among import HISTORIES, OPEN_THEN, Among, narrower
from dealflow.store.conn import Conn
from dealflow.store.past import is_past
from dealflow.store.values import cast

#: every column value of these tables that was edited after :now, as it was before; the earliest
#: edit, in place 1, has the last word
_EDITED = """edited AS MATERIALIZED (
    SELECT x.entity, x.row_id, e.key AS name, e.value,
        row_number() OVER (PARTITION BY x.entity, x.row_id, e.key ORDER BY x.id) AS place
    FROM command c CROSS JOIN change x ON x.command_id = c.id CROSS JOIN json_each(x.before) e
    WHERE c.at > :now AND c.undone_by IS NULL AND c.undoes IS NULL AND x.kind = 'edit'
        AND x.entity IN ({tables}))"""
#: rows of a table that were taken away after :now
_REMOVED = """SELECT x.row_id, x.before
    FROM command c CROSS JOIN change x ON x.command_id = c.id
    WHERE c.at > :now AND c.undone_by IS NULL AND c.undoes IS NULL
    AND x.entity = '{table}' AND x.kind = 'remove'"""
#: what hangs on a deal without a time of its own, and runs of it that were added after :now
_HANGING = frozenset({"opportunity_line", "participant"})
_ADDED = """SELECT x.row_id, x.last_id, x.command_id
    FROM command c CROSS JOIN change x ON x.command_id = c.id
    WHERE c.at > :now AND c.undone_by IS NULL AND c.undoes IS NULL
    AND x.entity = '{table}' AND x.kind = 'add'"""
#: ... of those the row `t`, unless its deal came with the same command: then it always had it
_CAME_LATER = """EXISTS (SELECT 1 FROM added a WHERE t.id BETWEEN a.row_id AND a.last_id
    AND NOT EXISTS (SELECT 1 FROM change x WHERE x.command_id = a.command_id
        AND x.entity = 'opportunity' AND x.kind = 'add'
        AND t.opportunity_id BETWEEN x.row_id AND x.last_id))"""

#: where a deal stood: its last visit begun by :now
_LAST_VISIT = """v.id = (SELECT n.id FROM visit n WHERE n.opportunity_id = t.id
    AND n.entered_at <= :now ORDER BY n.seq DESC LIMIT 1)"""
_LEFT = "v.left_at <= :now AND v.ending IN ('won', 'lost', 'void')"
_CONTACTS = ", ".join(f"'{kind}'" for kind in CONTACT_KINDS)
#: columns of a deal that follow from its events: what they are in the past
_FROM_EVENTS: dict[str, str] = {
    "stage_id": "v.stage_id",
    "pipeline_id": "(SELECT s.pipeline_id FROM stage s WHERE s.id = v.stage_id)",
    "stage_since": "v.entered_at",
    "status": f"CASE WHEN {_LEFT} THEN v.ending ELSE 'open' END",
    "closed_at": f"CASE WHEN {_LEFT} THEN v.left_at END",
    "last_contact_at": f"""(SELECT max(y.at) FROM activity y WHERE y.opportunity_id = t.id
        AND y.at <= :now AND y.kind IN ({_CONTACTS}))""",
    "next_late_at": "next.late_at",
}
#: a history that was imported later says whose the deal was at :now: its visits do, added since
_HISTORIES = f"WITH histories AS MATERIALIZED ({HISTORIES})"
_FROM_HISTORY = "EXISTS (SELECT 1 FROM histories h WHERE v.id BETWEEN h.row_id AND h.last_id)"
_OWNER = ("opportunity", "owner_id")
_OWNER_THERE = "CASE WHEN v.left_at <= :now THEN v.end_owner_id ELSE v.owner_id END"
#: follow-ups that are open
OPEN_NOW = "f.done_at IS NULL AND f.cancelled_at IS NULL"
#: tables that are read as they are: rows with their own times
_EVENTS = frozenset({"visit", "activity"})
#: written once when the row is added; everything else can be edited
_FIXED = frozenset({"id", "created_at", "done_at", "cancelled_at", "opportunity_id"})


#: whether the row `{row}` of a table with uids was there by :now, all that were made by then
#: having uids up to :born. One that was taken away since, as it became one with another, is judged
#: by the command that added it
_THERE = """({row}.id IN (SELECT present.id FROM {table} present WHERE present.uid <= :born)
    OR ({row}.id NOT IN (SELECT present.id FROM {table} present) AND NOT EXISTS (SELECT 1
        FROM change adding JOIN command later ON later.id = adding.command_id
        WHERE adding.entity = '{table}' AND adding.kind = 'add' AND later.undoes IS NULL
        AND later.at > :now AND {row}.id BETWEEN adding.row_id AND adding.last_id)))"""


def latest_uid(now: int) -> bytes:
    """No uid (UUIDv7) that was made up to `now`, epoch seconds UTC, is larger."""
    return (now * 1000 + 999).to_bytes(6) + b"\xff" * 10


def made_at(uid: bytes) -> int:
    """When a row with this uid was added, epoch seconds UTC."""
    return int.from_bytes(uid[:6]) // 1000


class Tables:
    """The names under which a statement reads tables as of `now`, and the WITH terms they need."""

    among: Among | None = None
    """No other deals than these can be meant: no others need winding back."""

    def __init__(self, conn: Conn, now: int) -> None:
        self.past = is_past(conn, now)
        self._now = now
        self._asked: dict[str, dict[str, None]] = {}
        self._narrowed: dict[str, str] = {}

    def copy(self) -> Tables:
        """The same, for one statement: what it names is added to what was named before."""
        other: Tables = copy(self)
        other._asked = {table: dict(named) for table, named in self._asked.items()}
        return other

    def narrow(self, table: str, column: str, test: str) -> None:
        """No rows matter but those whose column passes the test (of `{0}`) at :now.

        So those are wound back that pass as they are, or whose column was edited since.
        """
        edited = f"e.entity = '{table}' AND e.name = '{column}'"
        self._narrowed[table] = (
            f"({test.format(f'p.{column}')}"
            f" OR p.id IN (SELECT e.row_id FROM edited e WHERE {edited}))"
        )

    def name(self, table: str, *columns: str) -> str:
        """What stands for `table` after FROM, where these columns of it (and its id) are read."""
        if not self.past or table in _EVENTS:
            return table
        self._asked.setdefault(table, {}).update(dict.fromkeys(columns))
        if table == "opportunity" and "next_late_at" in columns:
            self.name("follow_up", "opportunity_id", "created_at", "done_at", "cancelled_at")
            self.name("follow_up", "late_at")
        return f"{table}_then"

    def amounts(self) -> str:
        """What stands for the visits, where the amount and currency are read that each began with.

        Visits have their own times. But a visit's currency is that of its end: where it began with
        another, what that was is known from the journal only.
        """
        if not self.past:
            return "visit"
        self._asked.setdefault("visit", {}).update(amount=None, currency=None)
        return "visit_then"

    @property
    def open_plan(self) -> str:
        """The test whether the follow-up `f` is open."""
        return OPEN_THEN if self.past else OPEN_NOW

    def there(self, table: str, row: str) -> str:
        """The test whether the row of this alias had been added by :now; wants `born` bound."""
        return _THERE.format(table=table, row=row) if self.past else "TRUE"

    @property
    def bound(self) -> dict[str, Any]:
        """What the terms and tests bind, besides `:now`."""
        return {"born": latest_uid(self._now)} if self.past else {}

    def with_terms(self, *more: str, among: Among | None = None) -> str:
        """The WITH clause: the tables that were named, then `more`; empty where there is none.

        `among`: no other deals than these matter to this statement.
        """
        terms = [*(self._then(narrower(among, self.among)) if self.past else ()), *more]
        return f"WITH {', '.join(terms)} " if terms else ""

    def _then(self, among: Among | None) -> list[str]:
        ordered = sorted(self._asked, key=lambda table: table == "opportunity")
        listed = ", ".join(f"'{table}'" for table in [*ordered, *(among.edited if among else ())])
        terms = [_EDITED.format(tables=listed or "NULL")]
        terms += [among.term] if among else []
        return terms + [self._term(table, among) for table in ordered]

    def _term(self, table: str, among: Among | None) -> str:
        wanted = [name for name in self._asked[table] if name != "id"]
        if table == "opportunity":
            return _deals_then(wanted, among)
        return _then(table, wanted, _present(table, wanted, among, self._narrowed.get(table)))


def _then(table: str, wanted: list[str], present: str) -> str:
    """The WITH term of one table as it stood at :now; what is present is read from `present`."""
    values, joins = _values(table, wanted)
    listed = ", ".join(["t.id", *values])
    first, test = "", "TRUE"
    if table in _HANGING:
        added = _ADDED.format(table=table)
        first, test = f"WITH added AS MATERIALIZED ({added})", f"NOT {_CAME_LATER}"
    return (
        f"{table}_then AS ({first} SELECT {listed} FROM ({_rows(table, wanted, present)}) t"
        f"\n{joins} WHERE {test})"
    )


def _present(table: str, columns: list[str], among: Among | None, test: str | None) -> str:
    """The present rows `p` that matter: of few deals, theirs alone."""
    of_few = among is not None and among.few and "opportunity_id" in columns
    rows = f"among m CROSS JOIN {table} p ON p.opportunity_id = m.id" if of_few else f"{table} p"
    return f"{rows} WHERE {test}" if test else rows


def _rows(table: str, columns: list[str], present: str) -> str:
    """The rows there are, and those that were taken away since."""
    listed = "".join(f", p.{name}" for name in columns)
    kept = {name: cast(table, name, f"json_extract(w.before, '$.{name}')") for name in columns}
    was = "".join(f", {value} AS {name}" for name, value in kept.items())
    removed = _REMOVED.format(table=table)
    return (
        f"SELECT p.id{listed} FROM {present}"
        f" UNION ALL SELECT w.row_id AS id{was} FROM ({removed}) w"
    )


def _values(table: str, columns: list[str]) -> tuple[list[str], str]:
    """For each column its value at :now, and the joins that the values need."""
    values, joins = [], []
    for name in columns:
        if name in _FIXED:
            values.append(f"t.{name}")
            continue
        was = f"was_{name}"
        value = cast(table, name, f"{was}.value")
        told = f"WHEN {_FROM_HISTORY} THEN {_OWNER_THERE}" * ((table, name) == _OWNER)
        values.append(
            f"CASE {told} WHEN {was}.name IS NULL THEN t.{name} ELSE {value} END AS {name}"
        )
        joins.append(
            f"LEFT JOIN edited {was} ON {was}.entity = '{table}' AND {was}.row_id = t.id"
            f" AND {was}.name = '{name}' AND {was}.place = 1"
        )
    return values, "\n".join(joins)


def _deals_then(columns: list[str], among: Among | None) -> str:
    """Deals that existed at :now; where they stood is told by their visits."""
    told = [name for name in columns if name in _FROM_EVENTS]
    values, joins = _values("opportunity", [name for name in columns if name not in told])
    values += [f"{_FROM_EVENTS[name]} AS {name}" for name in told]
    if "owner_id" in columns or any("v." in _FROM_EVENTS[name] for name in told):
        joins += f"\nJOIN visit v ON {_LAST_VISIT}"
    if "next_late_at" in told:
        joins += (
            "\nLEFT JOIN (SELECT f.opportunity_id, min(f.late_at) AS late_at"
            f" FROM follow_up_then f WHERE {OPEN_THEN} GROUP BY f.opportunity_id) next"
            " ON next.opportunity_id = t.id"
        )
    listed = ", ".join(["t.id", *values])
    deals = "among m CROSS JOIN opportunity t ON t.id = m.id" if among else "opportunity t"
    return (
        f"opportunity_then AS ({_HISTORIES * ('owner_id' in columns)} SELECT {listed}"
        f" FROM {deals} {joins}"
        " WHERE t.created_at <= :now)"
    )
