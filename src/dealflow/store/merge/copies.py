"""One copy of the database as merging sees it: rows by what names them everywhere, with stamps."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from dealflow import merging
from dealflow.merging import ALIAS, PATH, Event, State
from dealflow.model import (
    ROWS,
    CustomField,
    FxRate,
    Holiday,
    LossReason,
    Row,
    Setting,
    Target,
    Visit,
)
from dealflow.named import NamedTuple
from dealflow.store.book import columns, from_json, rows_of
from dealflow.store.conn import Conn
from dealflow.store.merge.lineage import Lineage, Same

R = TypeVar("R", bound=Row)
Key = tuple[Any, ...]
"""What names a row in every copy: its table, then its uid or what it goes by."""


class Ref(tuple[Any, ...]):
    """A key as the value of a column that points at a row."""

    __slots__ = ()


KINDS: dict[str, type[Row]] = {kind.table: kind for kind in ROWS}
#: columns that hold another row's id, and of which table
REFS: Mapping[str, str] = {
    **dict.fromkeys(("owner_id", "first_owner_id", "end_owner_id", "rep_id", "by_id"), "rep"),
    "last_owner_id": "rep",
    **dict.fromkeys(("account_id", "parent_id"), "account"),
    **dict.fromkeys(("stage_id", "to_stage_id"), "stage"),
    "contact_id": "contact",
    "pipeline_id": "pipeline",
    "product_id": "product",
    "opportunity_id": "opportunity",
    "activity_id": "activity",
    "reason_id": "loss_reason",
    "deal_id": "opportunity",
    "forecast_id": "forecast",
}
#: rows without a uid, and the columns that they go by
NATURAL: Mapping[type[Row], tuple[str, ...]] = {
    Setting: ("key",),
    LossReason: ("key",),
    FxRate: ("currency", "day"),
    CustomField: ("entity", "key"),
    Holiday: ("day",),
    Target: ("whose", "period", "measure"),
}
#: rows that go by their parent: (the parent's column, what tells them apart there)
WITHIN: Mapping[str, tuple[str, str]] = {
    "stage_definition": ("stage_id", "effective_from"),
    "opportunity_line": ("opportunity_id", "product_id"),
    "participant": ("opportunity_id", "rep_id"),
    "forecast_deal": ("forecast_id", "deal_id"),
}
#: tables that are too long to be read as a whole for the sake of their uids
_LONG = {"activity", "follow_up"}


class Touched(NamedTuple):
    """Rows of one table that commands touched: the ids, and what was removed as it was."""

    ids: set[int]
    gone: list[tuple[dict[str, Any], int]]
    """With the command that removed it."""


_TOUCHED = """
    SELECT x.entity, x.kind, x.row_id, x.last_id, x.before, x.command_id
    FROM json_each(:commands) j
    CROSS JOIN change x ON x.command_id = CAST(j.value AS BIGINT) ORDER BY x.id
"""
_SETTLED_BY = """
    SELECT m.entity, m.row_id FROM json_each(:commands) j
    CROSS JOIN merged m ON m.command_id = CAST(j.value AS BIGINT)
"""
_SINGLE = """
    SELECT x.row_id, x.id, x.command_id, x.kind, x.before, x.after
    FROM json_each(:ids) j
    CROSS JOIN change x ON x.entity = :entity AND x.row_id = CAST(j.value AS BIGINT)
    WHERE x.last_id = x.row_id
"""
_RUNS = "SELECT row_id, last_id, id, command_id FROM change WHERE entity = ? AND last_id > row_id"
_SETTLED = """
    SELECT m.row_id, m.id, m.command_id, m.unit, m.at, m.uid
    FROM json_each(:ids) j
    CROSS JOIN merged m ON m.entity = :entity AND m.row_id = CAST(j.value AS BIGINT)
    WHERE m.unit <> 'uid'
"""
_ALIASES = f"SELECT entity, row_id, uid, command_id FROM merged WHERE unit = '{ALIAS}'"


class Copy:
    """One file. `same` is shared by both copies of a merge."""

    def __init__(self, conn: Conn, same: Same) -> None:
        self.conn, self.same, self.lineage = conn, same, Lineage(conn)
        self._uids: dict[str, dict[int, bytes]] = {}
        self._ids: dict[str, dict[bytes, int]] = {}
        self._words: dict[str, dict[int, str]] = {}
        self._gone: dict[tuple[str, int], bytes] = {}
        """The uids of rows that were removed: what is gone with them points at them."""
        self.aliases = dict(self._aliases())
        for absorbed, uid in self.aliases.items():
            same.join(absorbed, uid)

    def _aliases(self) -> Iterator[tuple[bytes, bytes]]:
        """Uids that go by another one since a merge."""
        for entity, row_id, uid, command in self.conn.execute(_ALIASES).fetchall():
            if self.lineage.heads[command].undone_by is None:
                now = self.uid(entity, row_id)
                if now is not None:
                    yield uid, now

    # ── what was touched ──────────────────────────────────────────────────────────────────────

    def touched(self, commands: Iterable[int], *, only_gone: bool = False) -> dict[str, Touched]:
        """The rows that these commands touched, by table, or only those that they removed."""
        found: dict[str, Touched] = defaultdict(lambda: Touched(set(), []))
        asked = {"commands": json.dumps(list(commands))}
        for entity, kind, first, last, before, command in self.conn.execute(_TOUCHED, asked):
            if kind == "remove":
                values = from_json(before)
                found[entity].gone.append((values, command))
                if "uid" in values:
                    self._gone[entity, first] = values["uid"]
            if not only_gone:
                found[entity].ids.update(range(first, last + 1))
        for entity, row_id in self.conn.execute(_SETTLED_BY, asked) if not only_gone else ():
            found[entity].ids.add(row_id)
        return found

    # ── rows and their names ──────────────────────────────────────────────────────────────────

    def rows(self, kind: type[R], ids: Iterable[int], column: str = "id") -> list[R]:
        """The rows with these ids, or with these values in another column, by id."""
        names = ", ".join(f"t.{name}" for name in columns(kind))
        sql = (
            f"SELECT {names} FROM json_each(?) j"
            f" CROSS JOIN {kind.table} t ON t.{column} = CAST(j.value AS BIGINT) ORDER BY t.id"
        )
        return rows_of(kind, self.conn.execute(sql, (json.dumps(sorted(set(ids))),)).fetchall())

    def uid(self, table: str, row_id: int) -> bytes | None:
        """The uid that the row has in this file."""
        if table in _LONG:
            sql = f"SELECT uid FROM {table} WHERE id = ?"
            found = self.conn.execute(sql, (row_id,)).fetchone()
            return found[0] if found else None
        return self._all(table).get(row_id)

    def _all(self, table: str) -> dict[int, bytes]:
        if table not in self._uids:
            found = dict(self.conn.execute(f"SELECT id, uid FROM {table}").fetchall())
            self._uids[table] = found
            self._ids[table] = {uid: row_id for row_id, uid in found.items()}
        return self._uids[table]

    def key(self, table: str, row_id: int | None) -> Ref | None:
        """What names the row with this id, or named it before it was removed; else None."""
        if row_id is None:
            return None
        if table == "loss_reason":
            word = self._reasons().get(row_id)
            return Ref((table, word)) if word is not None else None
        uid = self.uid(table, row_id) or self._gone.get((table, row_id))
        return Ref((table, self.same.of(uid))) if uid is not None else None

    def _reasons(self) -> dict[int, str]:
        if "loss_reason" not in self._words:
            found = self.conn.execute("SELECT id, key FROM loss_reason").fetchall()
            self._words["loss_reason"] = dict(found)
        return self._words["loss_reason"]

    def find(self, key: Key) -> int | None:
        """The id in this file of the row that is so named."""
        table, *names = key
        kind = KINDS[table]
        if kind in NATURAL:
            test = " AND ".join(f"{column} = ?" for column in NATURAL[kind])
            found = self.conn.execute(f"SELECT id FROM {table} WHERE {test}", names).fetchone()
            return found[0] if found else None
        for uid in sorted(self.same.names(self.same.of(names[0]))):
            found = self._found(table, uid)
            if found is not None:
                return found
        return None

    def _found(self, table: str, uid: bytes) -> int | None:
        if table in _LONG:
            found = self.conn.execute(f"SELECT id FROM {table} WHERE uid = ?", (uid,)).fetchone()
            return found[0] if found else None
        self._all(table)
        return self._ids[table].get(uid)

    def named(self, row: Row) -> Key:
        """What names a row of a kind that has a uid or a natural key of its own."""
        return self.named_by(type(row), row.__dict__ | {"uid": getattr(row, "uid", b"")})

    def named_by(self, kind: type[Row], values: Mapping[str, Any]) -> Key:
        """As `named`, from the row's columns."""
        if kind in NATURAL:
            return (kind.table, *(values[name] for name in NATURAL[kind]))
        return (kind.table, self.same.of(values["uid"]))

    def within(self, kind: type[R], parents: Collection[int]) -> dict[Key, R]:
        """Rows that go by their parents, of these parents; like ones are counted in their order."""
        column, apart = WITHIN[kind.table]
        found: dict[Key, R] = {}
        counted: dict[Key, int] = defaultdict(int)
        for row in self.rows(kind, parents, column):
            parent = self.key(REFS[column], getattr(row, column))
            value = getattr(row, apart)
            one = (kind.table, parent, self.key(REFS[apart], value) if apart in REFS else value)
            found[*one, counted[one]] = row
            counted[one] += 1
        return found

    def visits(self, deals: Iterable[int]) -> dict[int, list[Visit]]:
        """The visits of these deals, in their order."""
        found: dict[int, list[Visit]] = defaultdict(list)
        for visit in self.rows(Visit, deals, "opportunity_id"):
            found[visit.opportunity_id].append(visit)
        return {deal: sorted(stays, key=lambda visit: visit.seq) for deal, stays in found.items()}

    def alike(self, kind: type[R], values: Mapping[str, Any]) -> R | None:
        """The row with these values; a value that is None is like no other."""
        if None in values.values():
            return None
        test = " AND ".join(f"{name} = ?" for name in values)
        sql = (
            f"SELECT {', '.join(columns(kind))} FROM {kind.table} WHERE {test} ORDER BY id LIMIT 1"
        )
        found = self.conn.execute(sql, tuple(values.values())).fetchall()
        return next(iter(rows_of(kind, found)), None)

    def pointing(self, table: str, ids: Collection[int]) -> Iterator[tuple[tuple[str, int], int]]:
        """Rows that point at these of a table: ((table, id), the id that it points at).

        A visit is no row of its own: its deal points where it does.
        """
        asked = json.dumps(sorted(ids))
        found = [(kind, name) for kind in ROWS for name in columns(kind) if REFS.get(name) == table]
        for kind, column in found:
            if (kind, column) == (Visit, "opportunity_id"):
                continue
            of, row = ("opportunity", "opportunity_id") if kind is Visit else (kind.table, "id")
            sql = (
                f"SELECT t.{row}, t.{column}"
                f" FROM json_each(?) j JOIN {kind.table} t ON t.{column} = CAST(j.value AS BIGINT)"
            )
            for row_id, target in self.conn.execute(sql, (asked,)).fetchall():
                yield (of, row_id), target

    # ── rows as merging compares them ─────────────────────────────────────────────────────────

    def told(self, row: Row) -> dict[str, Any]:
        """The columns of a row, with what they point at by its name."""
        found: dict[str, Any] = {}
        for name in columns(type(row)):
            value = getattr(row, name)
            if name in REFS:
                value = self.key(REFS[name], value)
            elif name == "passed":
                value = tuple(self.key("stage", stage) for stage in json.loads(value))
            found[name] = value
        return found

    def path(self, visits: Iterable[Visit]) -> tuple[tuple[tuple[str, Any], ...], ...]:
        """The visits of one deal by what they hold; ids aside."""
        leave = {"id", "version", "opportunity_id"}
        return tuple(
            tuple((name, value) for name, value in self.told(visit).items() if name not in leave)
            for visit in visits
        )

    def states(
        self, rows: Collection[Row], history: Mapping[int, list[Event]], visits: Mapping[int, Any]
    ) -> dict[int, State]:
        """The states of rows of one table, by id."""
        found = {}
        for row in rows:
            held = merging.units(row.table, self.told(row))
            if row.table == "opportunity":
                held[PATH] = (*held[PATH], self.path(visits.get(row.id, ())))
            found[row.id] = State(held, *merging.replay(history.get(row.id, ())))
        return found

    # ── what happened to rows ─────────────────────────────────────────────────────────────────

    def history(self, table: str, ids: Collection[int]) -> dict[int, list[Event]]:
        """What happened to these rows, in the order of the journal."""
        found = self._happened(table, ids)
        return {row_id: [event for *_, event in sorted(told)] for row_id, told in found.items()}

    def deals_history(self, visits: Mapping[int, list[Visit]]) -> dict[int, list[Event]]:
        """As `history` of deals, where what happens to a visit happens to its deal's path."""
        found = self._happened("opportunity", visits.keys())
        deals = {visit.id: deal for deal, stays in visits.items() for visit in stays}
        for visit, told in self._happened("visit", deals.keys()).items():
            found[deals[visit]] += [
                (command, number, Event("edit", event.at, event.uid, (PATH,)))
                for command, number, event in told
                if event.kind != "remove"
            ]
        return {row_id: [event for *_, event in sorted(told)] for row_id, told in found.items()}

    def _happened(
        self, table: str, ids: Collection[int]
    ) -> dict[int, list[tuple[int, int, Event]]]:
        """By row: (command, number within it, event); of merges, what they settled."""
        found: dict[int, list[tuple[int, int, Event]]] = defaultdict(list)
        asked = {"ids": json.dumps(sorted(ids)), "entity": table}
        heads = self.lineage.heads
        for row_id, number, command, *change in self.conn.execute(_SINGLE, asked).fetchall():
            event = (
                None if self.lineage.is_of_merge(command) else self._event(table, command, *change)
            )
            if event is not None:
                found[row_id].append((command, number, event))
        for row_id, number, command in self._in_runs(table, set(ids)):
            head = heads[command]
            found[row_id].append((command, number, Event("add", head.at, head.uid)))
        for row_id, number, command, unit, at, uid in self.conn.execute(_SETTLED, asked).fetchall():
            if heads[command].undone_by is None:
                found[row_id].append((command, number, Event("settled", at, uid, (unit,))))
        return found

    def _event(
        self, table: str, command: int, kind: str, before: str | None, after: str | None
    ) -> Event | None:
        head = self.lineage.heads[command]
        if kind != "edit":
            return Event(kind, head.at, head.uid)
        set_units = merging.changed(table, from_json(before), from_json(after))
        return Event(kind, head.at, head.uid, set_units) if set_units else None

    def _in_runs(self, table: str, ids: set[int]) -> Iterator[tuple[int, int, int]]:
        """Which of these rows were added in runs: (row, change, command)."""
        for first, last, number, command in self.conn.execute(_RUNS, (table,)).fetchall():
            if self.lineage.is_of_merge(command):
                continue
            run = range(first, last + 1)
            inside = (
                (i for i in ids if i in run)
                if len(ids) < len(run)
                else (i for i in run if i in ids)
            )
            for row_id in inside:
                yield row_id, number, command
