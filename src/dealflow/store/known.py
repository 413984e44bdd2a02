"""What the file knows already of rows that come from elsewhere: many looked up at once."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import TypeVar

from dealflow.model import Row
from dealflow.store.book import columns
from dealflow.store.conn import Conn

R = TypeVar("R", bound=Row)

#: as many names as it is worth comparing an unknown one with
_FEW = 2000
_AT_ONCE = 500


def matching(conn: Conn, kind: type[R], column: str, values: Iterable[str | int]) -> list[R]:
    """The rows whose `column` is one of `values`, by id."""
    names, values = columns(kind), list(values)
    assert column in names
    value = "value" if all(isinstance(one, str) for one in values) else "CAST(value AS BIGINT)"
    sql = (
        f"SELECT {', '.join(names)} FROM {kind.table}"
        f" WHERE {column} IN (SELECT {value} FROM json_each(:values)) ORDER BY id"
    )
    found = conn.execute(sql, {"values": json.dumps(values)})
    return [kind(**dict(zip(names, row, strict=True))) for row in found]


# ── ids that other databases know records by ──────────────────────────────────────────────────

#: what ids begin with that dealflow gave itself: the uid of the row, in hex, stands behind it
OWN = "dealflow:"


def called(uid: bytes | None, external_id: str | None) -> str | None:
    """What a record is called elsewhere: by the id that it came with, else by its own uid."""
    if external_id is not None or uid is None:
        return external_id
    return OWN + bytes(uid).hex()


def is_own(external_id: str | None) -> bool:
    """Whether an id is one that a dealflow gave, here or elsewhere."""
    return external_id is not None and external_id.startswith(OWN)


def by_id(conn: Conn, kind: type[R], ids: Iterable[str]) -> dict[str, R]:
    """The records that go by these ids: as they came with them, or as they were made here."""
    wanted = [one for one in ids if one]
    found: dict[str, R] = {}
    own = [one for one in wanted if is_own(one)]
    for row in _of_uids(conn, kind, own) if own else ():
        found[OWN + bytes(row.uid).hex()] = row  # type: ignore[attr-defined]
    for row in matching(conn, kind, "external_id", wanted) if wanted else ():
        found[row.external_id] = row  # type: ignore[attr-defined]
    return found


def _of_uids(conn: Conn, kind: type[R], ids: Iterable[str]) -> list[R]:
    """The rows with these uids."""
    names = columns(kind)
    found: list[R] = []
    uids = [uid for told in ids if (uid := _uid(told))]
    for start in range(0, len(uids), _AT_ONCE):
        some = uids[start : start + _AT_ONCE]
        marks = ", ".join("?" * len(some))
        sql = f"SELECT {', '.join(names)} FROM {kind.table} WHERE uid IN ({marks})"
        rows = conn.execute(sql, some).fetchall()
        found += [kind(**dict(zip(names, row, strict=True))) for row in rows]
    return found


def _uid(told: str) -> bytes | None:
    try:
        return bytes.fromhex(told.removeprefix(OWN))
    except ValueError:
        return None


def products_of(conn: Conn, deals: Iterable[int]) -> dict[int, set[int]]:
    """The ids of the products on each of these deals."""
    sql = (
        "SELECT opportunity_id, product_id FROM opportunity_line"
        " WHERE opportunity_id IN (SELECT CAST(value AS BIGINT) FROM json_each(:deals))"
    )
    found: dict[int, set[int]] = defaultdict(set)
    for deal, product in conn.execute(sql, {"deals": json.dumps(list(deals))}):
        found[deal].add(product)
    return found


def names_like(conn: Conn, kind: type[Row], folded: str) -> list[str]:
    """Names to suggest for an unknown one: those with the same first letter, or simply some.

    `kind` is one with the columns `name` and `folded`; at most a few thousand names.
    """
    sql = (
        f"SELECT name FROM {kind.table} WHERE substr(folded, 1, 1) = :letter"
        " UNION ALL SELECT * FROM (SELECT name FROM {0} ORDER BY id LIMIT :few) x LIMIT :few"
    ).format(kind.table)
    found = conn.execute(sql, {"letter": folded[:1], "few": _FEW})
    return list(dict.fromkeys(name for (name,) in found))
