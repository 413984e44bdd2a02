"""A whole database as lines of JSON, and back: every id, version, checksum and journal entry.

The first line says what it is, how it is written and which ids come next; then each row is a line,
tables in a fixed order and rows by id; the last line counts them, so that a dump that was cut short
is noticed. The same content always gives the same bytes, on a file and on a server:

    {"dealflow":"dump","format":1,"schema":6,"next":{"rep":3}}
    {"table":"rep","id":1,"version":1,"uid":"hex:0190…","handle":"li"}
    {"dealflow":"end","rows":1}

Bytes are hex after `hex:`; a text that itself begins so has `text:` before it. Text is exact, with
what must not reach a terminal written as JSON escapes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from dealflow.errors import Damaged, SchemaVersion, UsageError
from dealflow.output.text import escape_in_json
from dealflow.store import copying, soundness
from dealflow.store.conn import Conn
from dealflow.store.connection import SCHEMA_VERSION

FORMAT = 1
_BYTES, _TEXT = "hex:", "text:"
_AT_ONCE = 5_000


# ── out ───────────────────────────────────────────────────────────────────────────────────────


def lines(conn: Conn) -> Iterator[str]:
    """The dump, line by line, each with its line end; inside a reading transaction."""
    coming = {table: conn.next_id(table) for table in copying.TABLES}
    yield _line({"dealflow": "dump", "format": FORMAT, "schema": SCHEMA_VERSION, "next": coming})
    count = 0
    for table in copying.TABLES:
        names = copying.columns(conn, table)
        for rows in copying.pages(conn, table, names):
            count += len(rows)
            for row in rows:
                told = {name: _told(value) for name, value in zip(names, row, strict=True)}
                yield _line({"table": table, **told})
    yield _line({"dealflow": "end", "rows": count})


def _line(values: dict[str, Any]) -> str:
    return escape_in_json(json.dumps(values, ensure_ascii=False, separators=(",", ":"))) + "\n"


def _told(value: Any) -> Any:
    if isinstance(value, (bytes, memoryview)):
        return _BYTES + bytes(value).hex()
    if isinstance(value, str) and value.startswith((_BYTES, _TEXT)):
        return _TEXT + value
    return value


# ── in ────────────────────────────────────────────────────────────────────────────────────────


def load(given: Iterable[str], conn: Conn) -> int:
    """Fill the empty tables of a new database, inside its transaction: how many rows.

    Errors: UsageError for what is no dump; SchemaVersion; Damaged for one that is cut short, or
    whose content is not sound.
    """
    numbered = enumerate(given, 1)
    head = _head(next(numbered, (1, ""))[1])
    conn.defer_references()
    count = 0
    for table, names, rows in _runs(numbered, conn):
        conn.insert(table, names, rows)
        count += len(rows)
    for table, coming in head["next"].items():
        conn.ids_given(table, coming - 1)
    found = next(soundness.findings(conn), None)
    if found:
        told = f"{found.table} {found.row}: {found.about}" if found.table else found.about
        raise Damaged(f"the dump does not hold a sound database: {told}", "nothing was made")
    return count


def _head(line: str) -> dict[str, Any]:
    head = _object(1, line)
    if head.get("dealflow") != "dump":
        raise UsageError("this is no dump: its first line does not say so", "dealflow db dump")
    if head.get("format") != FORMAT or head.get("schema") != SCHEMA_VERSION:
        raise SchemaVersion(
            f"the dump is of format {head.get('format')}, schema {head.get('schema')};"
            f" this dealflow reads format {FORMAT}, schema {SCHEMA_VERSION}",
            "load it with the dealflow that wrote it, then dealflow db migrate",
        )
    coming = head.get("next")
    if not isinstance(coming, dict) or coming.keys() != set(copying.TABLES):
        raise Damaged("the dump does not say which ids come next")
    if not all(isinstance(number, int) and 0 < number < 2**62 for number in coming.values()):
        raise Damaged("the dump does not say which ids come next")
    return head


def _runs(
    numbered: Iterator[tuple[int, str]], conn: Conn
) -> Iterator[tuple[str, list[str], list[tuple[Any, ...]]]]:
    """Rows of one table that follow each other, some thousands at a time, up to the last line."""
    known = {table: copying.columns(conn, table) for table in copying.TABLES}
    table, count = "", 0
    rows: list[tuple[Any, ...]] = []
    for number, line in numbered:
        values = _object(number, line)
        if values.get("dealflow") == "end":
            if table:
                yield table, known[table], rows
            _ends(values, count, next(numbered, None))
            return
        named = values.pop("table", None)
        if named not in known or list(values) != known[named]:
            raise Damaged(f"line {number} of the dump is no row of a table")
        if rows and (named != table or len(rows) >= _AT_ONCE):
            yield table, known[table], rows
            rows = []
        table = named
        rows.append(tuple(_value(number, value) for value in values.values()))
        count += 1
    raise Damaged(f"the dump is cut short after {count:,} rows: its last line is missing")


def _ends(values: dict[str, Any], count: int, more: Any) -> None:
    if values.get("rows") != count or more is not None:
        raise Damaged(
            f"the dump is not whole: it has {count:,} rows, and says {values.get('rows')}"
        )


def _object(number: int, line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        if number == 1:
            raise UsageError("this is no dump: its first line is not JSON", "dealflow db dump")
        raise Damaged(f"line {number} of the dump is not JSON")
    return found


def _value(number: int, value: Any) -> Any:
    if isinstance(value, str):
        if value.startswith(_BYTES):
            try:
                return bytes.fromhex(value[len(_BYTES) :])
            except ValueError:
                raise Damaged(f"line {number} of the dump holds bytes that are not hex") from None
        return value.removeprefix(_TEXT)
    if isinstance(value, bool) or not isinstance(value, (int, float, type(None))):
        raise Damaged(f"line {number} of the dump holds what no column can hold")
    return value
