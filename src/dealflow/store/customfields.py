"""Custom fields in the database: what is declared, what is in use, and what SQL reads of a value.

In a question a field goes by a name: `field:need` is the deal's own, `field:account.need` the
customer's, `field:contact.need` the contact's. Short of these, `field:need` is also the customer's
or the contact's, where the deal has no such field; and each goes by what people call it as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from dealflow.customfields import (
    BOOL,
    CHOICE,
    DATE,
    MARK,
    MONEY,
    NUMBER,
    TEXT,
    Shape,
    choices_of,
    value,
)
from dealflow.model import FIELD_KINDS, FIELD_OWNERS, CustomField
from dealflow.named import NamedTuple
from dealflow.patterns import pattern
from dealflow.store.book import columns, rows_of
from dealflow.store.conn import Conn
from dealflow.store.past import is_past, rows_at
from dealflow.store.rewind import Tables
from dealflow.store.values import mapping

_DEAL = FIELD_OWNERS[0]
#: the tables' aliases in a scope
_ALIAS = {"opportunity": "o", "account": "a", "contact": "c"}


# ── what there is ─────────────────────────────────────────────────────────────────────────────

_ADDED_LATER = """
    SELECT x.row_id, x.last_id FROM command c JOIN change x ON x.command_id = c.id
    WHERE c.at > :now AND c.undone_by IS NULL AND c.undoes IS NULL
      AND x.entity = 'field' AND x.kind = 'add'
"""


def every(conn: Conn, now: int | None = None) -> list[CustomField]:
    """All fields, retired ones too, in their order; as of `now` where that is given."""
    sql = f"SELECT {', '.join(columns(CustomField))} FROM field ORDER BY position, id"
    rows = rows_of(CustomField, conn.execute(sql))
    if not rows or now is None or not is_past(conn, now):
        return rows
    later = conn.execute(_ADDED_LATER, {"now": now}).fetchall()
    then = [row.id for row in rows if not any(first <= row.id <= last for first, last in later)]
    found = rows_at(conn, CustomField, then, now)
    return sorted(found, key=lambda row: (row.position, row.id))


def declared(conn: Conn, now: int | None = None) -> list[CustomField]:
    """The fields that can be filled in."""
    return [row for row in every(conn, now) if row.retired_at is None]


def declared_on(conn: Conn, owner: str, now: int | None = None) -> list[CustomField]:
    """Those of one kind of record: an owner of model.FIELD_OWNERS."""
    return [row for row in declared(conn, now) if row.entity == owner]


def shape(row: CustomField) -> Shape:
    live, retired = choices_of(row.choices)
    return Shape(row.kind, row.name, live, retired)


def used(conn: Conn, owner: str, now: int | None = None) -> dict[str, int]:
    """How many records hold a value, by the key of the field, declared or not; as of `now`."""
    tables = Tables(conn, now or 0)
    tables.past = tables.past and now is not None
    name = tables.name(owner, "fields")
    there = "TRUE" if owner == _DEAL else tables.there(owner, "t")
    sql = (
        f"{tables.with_terms()}SELECT e.key, count(*) FROM {name} t"
        " CROSS JOIN json_each(t.fields) e WHERE t.fields IS NOT NULL AND t.fields <> '{}'"
        f" AND {there} GROUP BY e.key ORDER BY e.key"
    )
    asked = {"now": now} | tables.bound if tables.past else {}
    return dict(conn.execute(sql, asked).fetchall())


def holders(conn: Conn, owner: str, key: str) -> list[int]:
    """The records that hold a value of the field."""
    sql = f"SELECT id FROM {owner} WHERE json_extract(fields, ?) IS NOT NULL ORDER BY id"
    return [row[0] for row in conn.execute(sql, (_path(key),))]


_REQUIRED = pattern(r"field:([\w.-]+)")


def required(conn: Conn) -> set[str]:
    """The fields of deals that a stage ever asked for, declared or not."""
    told = conn.execute("SELECT requires, signals FROM stage_definition").fetchall()
    return {name for texts in told for text in texts for name in _REQUIRED.findall(text)}


def held(
    conn: Conn, owner: str, ids: Sequence[int], now: int | None
) -> dict[int, Mapping[str, Any]]:
    """The custom fields of these records, as kept, as of `now` (None: today). Error: Damaged."""
    tables = Tables(conn, now or 0)
    tables.past = tables.past and now is not None
    name = tables.name(owner, "fields")
    sql = (
        f"{tables.with_terms()}SELECT t.id, t.fields FROM json_each(:ids) j"
        f" CROSS JOIN {name} t ON t.id = CAST(j.value AS BIGINT)"
        " WHERE t.fields IS NOT NULL AND t.fields <> '{}'"
    )
    found = conn.execute(sql, {"ids": json.dumps(list(ids)), "now": now})
    return {row_id: mapping(text) for row_id, text in found}


def misfits(conn: Conn) -> Iterator[tuple[str, int, str, str]]:
    """What is kept and does not fit its field: table, row, key and type of the field."""
    for field in declared(conn):
        if field.entity not in FIELD_OWNERS or field.kind not in FIELD_KINDS:
            continue  # what its checksum finds
        path = _path(field.key)
        found = conn.execute(
            f"SELECT id, json_extract(fields, :path) FROM {field.entity}"
            " WHERE CASE WHEN json_valid(fields) THEN json_extract(fields, :path) END IS NOT NULL"
            " ORDER BY id",
            {"path": path},
        )
        of = shape(field)
        for row, text in found.fetchall():
            if value(of, text) is None:
                yield field.entity, row, field.key, field.kind


# ── names in questions ────────────────────────────────────────────────────────────────────────


class Named(NamedTuple):
    """A field as a question names it."""

    name: str
    """`field:need`, `field:account.need`: the one name that it has in answers."""
    words: tuple[str, ...]
    """What else it may be called, each with `field:` before it."""
    shape: Shape


def named(
    conn: Conn, now: int, owners: Sequence[str] = FIELD_OWNERS, *, undeclared: bool = False
) -> list[Named]:
    """The fields that a question can name, and with `undeclared` what is only in use or asked for.

    Those of `owners`; of two that go by one word the one of the earlier owner comes first.
    """
    rows = [row for row in declared(conn, now) if row.entity in owners]
    rows.sort(key=lambda row: owners.index(row.entity))
    found = [_named(row.entity, row.key, shape(row)) for row in rows]
    if undeclared:
        known = {one.name for one in found}
        keys = {owner: set(used(conn, owner)) for owner in owners}
        if _DEAL in keys:
            keys[_DEAL] |= required(conn)
        loose = [(owner, key) for owner in owners for key in sorted(keys[owner])]
        more = [_named(owner, key, Shape(TEXT, key)) for owner, key in loose]
        found += [one for one in more if one.name not in known]
    return found


def _named(owner: str, key: str, of: Shape) -> Named:
    start = "" if owner == _DEAL else f"{owner}."
    words = [f"{start}{key}", f"{start}{of.name}", key, of.name]
    first, *others = dict.fromkeys(f"{MARK}{word}" for word in words)
    return Named(first, tuple(others), of)


def by_word(fields: Iterable[Named]) -> dict[str, Named]:
    """Each field by everything that it may be called; where two share a word, the first has it."""
    found: dict[str, Named] = {}
    listed = list(fields)
    for one in listed:
        found.setdefault(one.name.casefold(), one)
    for one in listed:
        for word in one.words:
            found.setdefault(word.casefold(), one)
    return found


# ── what SQL reads ────────────────────────────────────────────────────────────────────────────


class Expression(NamedTuple):
    """A column of a scope: its name there, its SQL, and the values that are bound to it."""

    name: str
    sql: str
    values: Mapping[str, Any]


def kept(name: str, path: str) -> tuple[str, str]:
    """SQL for the kept text of the field of this name, and what to bind to `path`."""
    owner, _, key = name.removeprefix(MARK).partition(".")
    if owner not in _ALIAS or owner == _DEAL or not key:
        owner, key = _DEAL, name.removeprefix(MARK)
    return f"json_extract({_ALIAS[owner]}.fields, {path})", _path(key)


def _path(key: str) -> str:
    return '$."' + key.replace('"', "") + '"'


def as_number(text: str) -> str:
    """SQL for a number; NULL for what is kept and is none."""
    numeric = f"json_type({text}) IN ('integer', 'real', 'number')"
    number = f"CASE WHEN {numeric} THEN CAST({text} AS DOUBLE PRECISION) END"
    return f"CASE WHEN json_valid({text}) THEN {number} END"


def as_minor(text: str) -> str:
    """SQL for the minor units of an amount; NULL for what is kept and is none."""
    digits = f"replace(substr({text}, 5), '.', '')"
    whole = f"length({digits}) BETWEEN 1 AND 18 AND trim({digits}, '0123456789') = ''"
    return f"CASE WHEN {whole} THEN CAST({digits} AS BIGINT) END"


def currency(text: str) -> str:
    """SQL for the currency of an amount."""
    return f"substr({text}, 1, 3)"


def sorting(field: Named, place: int) -> list[Expression]:
    """The columns that a list is sorted by: what amounts are grouped by comes first."""
    text, path = kept(field.name, f":path{place}")
    bound: dict[str, Any] = {f"path{place}": path}
    match field.shape.kind:
        case "money":
            return [
                Expression(f"code{place}", currency(text), bound),
                Expression(f"sorted{place}", as_minor(text), bound),
            ]
        case "number":
            text = as_number(text)
        case "choice":
            listed = json.dumps([*field.shape.choices, *field.shape.retired], ensure_ascii=False)
            bound |= {f"listed{place}": listed}
            each = f"json_each(:listed{place}) w WHERE w.value = {text}"
            text = f"(SELECT CAST(w.key AS BIGINT) FROM {each})"
    return [Expression(f"sorted{place}", text, bound)]


def grouping(field: Named, place: int) -> Expression:
    """The column that deals are grouped by: a day by its month."""
    text, path = kept(field.name, f":path{place}")
    group = f"substr({text}, 1, 7)" if field.shape.kind == DATE else text
    return Expression(f"group{place}", group, {f"path{place}": path})


#: kinds that make groups: amounts are hardly ever twice the same
GROUPED = (TEXT, NUMBER, DATE, CHOICE, BOOL)
assert MONEY not in GROUPED
