"""The fields that a team added: in filters, lists and on one screen, and the list of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from dealflow import customfields
from dealflow.customfields import BOOL, CHOICE, DATE, MARK, MONEY, NUMBER, TEXT, Shape
from dealflow.errors import UnknownWord, UsageError
from dealflow.filters import Key
from dealflow.model import FIELD_OWNERS, CustomField
from dealflow.money import Money
from dealflow.patterns import pattern
from dealflow.questions import Ask, columns
from dealflow.results import BOOL as FLAG
from dealflow.results import BOTH, DAY, INT, MACHINE, VALUE, Column, Row, Table
from dealflow.results import MONEY as AMOUNT
from dealflow.results import TEXT as WORDS
from dealflow.store import customfields as store
from dealflow.store.customfields import Named
from dealflow.store.dimensions import DIMENSIONS, Dimension, custom
from dealflow.store.values import array

#: how values of a kind are shown, and how a filter takes them
_COLUMNS = {TEXT: WORDS, CHOICE: WORDS, NUMBER: VALUE, MONEY: AMOUNT, DATE: DAY, BOOL: FLAG}
_FORMS = {
    TEXT: "words",
    CHOICE: "choice",
    NUMBER: "number",
    MONEY: "money",
    DATE: "day",
    BOOL: "flag",
}

FIELDS = (
    *columns.FIELDS[:5],
    Column("records", "filled in", INT, about="records that hold a value, closed deals too"),
    Column("state", "state", about="retired, or undeclared: in use, and never added"),
    *columns.FIELDS[5:],
)


# ── in filters ────────────────────────────────────────────────────────────────────────────────

_NAME = pattern(r"field[:：]([^\s:：\"]+)", re.IGNORECASE)


def keys_in(ask: Ask, words: Sequence[str], owners: Sequence[str] = FIELD_OWNERS) -> list[Key]:
    """The keys of custom fields that these words of a filter can mean, the first owner's first.

    What is in use and was never declared is looked for only where a word is no declared field.
    """
    wanted = {f"{MARK}{name}".casefold() for word in words for name in _NAME.findall(word)}
    fields = _fields(ask, wanted, owners)
    return [_key(field, list(called)) for field, called in _called(fields)]


def _fields(ask: Ask, wanted: Collection[str], owners: Sequence[str] = FIELD_OWNERS) -> list[Named]:
    fields = store.named(ask.conn, ask.now, owners)
    if all(word in store.by_word(fields) for word in wanted):
        return fields
    return store.named(ask.conn, ask.now, owners, undeclared=True)


def _called(fields: Sequence[Named]) -> Iterator[tuple[Named, Iterator[str]]]:
    """Each field with the words that mean it and no other."""
    known = store.by_word(fields)
    for field in fields:
        yield field, (word for word in field.words if known[word.casefold()] is field)


def _key(field: Named, aliases: Sequence[str]) -> Key:
    shape = field.shape
    choices: tuple[str, ...] = ()
    if shape.kind == CHOICE:
        choices = (*shape.choices, *shape.retired, "none", "any")
    return Key(field.name, _FORMS[shape.kind], shape.name, choices, tuple(aliases))


def found(ask: Ask, word: str, others: Sequence[str], what: str) -> Named:
    """The field that `field:need` means. Error: UnknownWord, with the nearest; `others` may be it.

    `what` is what the word is to be: a dimension, a column to sort by.
    """
    told = word.replace("：", ":").casefold()
    known = store.by_word(_fields(ask, [told]))
    if told not in known:
        raise UnknownWord(what, word, [*(field.name for field in known.values()), *others])
    return known[told]


def grouped(ask: Ask, word: str, place: int) -> Dimension:
    """The groups that a field makes, a day under its month. Errors: UnknownWord, UsageError."""
    field = found(ask, word, list(DIMENSIONS), "dimension")
    if field.shape.kind not in store.GROUPED:
        hint = f"groups are made of {', '.join(store.GROUPED)}"
        raise UsageError(f"{field.name} holds amounts, and makes no groups", hint)
    label = f"{field.shape.name}, month" if field.shape.kind == DATE else field.shape.name
    return custom(field.name, label, store.grouping(field, place))


# ── in lists ──────────────────────────────────────────────────────────────────────────────────


def widened(
    ask: Ask,
    owner: str,
    table: tuple[tuple[Column, ...], Sequence[Row]],
    shown: Collection[str] = (),
    *,
    present: bool = False,
) -> tuple[tuple[Column, ...], Sequence[Row]]:
    """A list with a column for each declared field of its records, whose first cell is their id.

    On the screen stand those named in `shown` only. `present`: as they are, whatever `ask.now`.
    """
    declared, rows = table
    fields = store.declared_on(ask.conn, owner, None if present else ask.now)
    if not fields:
        return table
    shapes = [(field.key, store.shape(field)) for field in fields]
    more = [column for key, shape in shapes for column in columns_of(key, shape, shown)]
    ids = [row[0] for row in rows]
    held: Mapping[int, Mapping[str, Any]] = _held(ask, owner, ids, present=present)
    wide = [(*row, *cells_of(shapes, held.get(row[0], {}))) for row in rows]
    return (*declared, *more), wide


def _held(
    ask: Ask, owner: str, ids: Sequence[int], *, present: bool
) -> dict[int, Mapping[str, Any]]:
    found: dict[int, Mapping[str, Any]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        found |= store.held(ask.conn, owner, some, None if present else ask.now)
    return found


_AT_ONCE = 50_000


def columns_of(key: str, shape: Shape, shown: Collection[str]) -> Iterator[Column]:
    """The columns that a field has in a list: an amount has its currency beside it."""
    name = f"{MARK}{key}"
    on = BOTH if name in shown else MACHINE
    yield Column(name, shape.name, _COLUMNS[shape.kind], on)
    if shape.kind == MONEY:
        yield Column(f"{name}:currency", "currency", WORDS, MACHINE, "ISO 4217")


def cells_of(shapes: Sequence[tuple[str, Shape]], held: Mapping[str, Any]) -> Iterator[Any]:
    """The cells of these columns, of what a record holds."""
    for key, shape in shapes:
        value = customfields.value(shape, held[key]) if key in held else None
        yield value
        if shape.kind == MONEY:
            yield value.currency if isinstance(value, Money) else None


def names(columns_: Sequence[Column]) -> list[str]:
    """Of a widened list, the columns that are custom fields."""
    return [
        c.name for c in columns_ if c.name.startswith(MARK) and not c.name.endswith(":currency")
    ]


# ── on one screen ─────────────────────────────────────────────────────────────────────────────


def facts(ask: Ask, owner: str, held: Mapping[str, Any]) -> Iterator[tuple[Column, Any]]:
    """Every declared field with its value, on the screen where it has one; then what else is kept.

    A value that does not fit its field is shown as it is kept.
    """
    fields = store.every(ask.conn, ask.now)
    here = [field for field in fields if field.entity == owner]
    retired = {field.key for field in here if field.retired_at is not None}
    live = {field.key: store.shape(field) for field in here if field.key not in retired}
    for key, shape in live.items():
        yield from _fact(key, shape, held.get(key))
    for key, kept in held.items():
        if key not in live and key not in retired:
            yield Column(f"{MARK}{key}", key), str(kept)


def _fact(key: str, shape: Shape, kept: object) -> Iterator[tuple[Column, Any]]:
    columns_ = list(columns_of(key, shape, ()))
    cells = list(cells_of([(key, shape)], {} if kept is None else {key: kept}))
    if kept is not None and cells[0] is None:
        yield Column(f"{MARK}{key}", shape.name, WORDS), f"{kept} (not a {shape.kind})"
        return
    if kept is not None:
        columns_[0] = columns_[0]._replace(on=BOTH)
    yield from zip(columns_, cells, strict=True)


# ── the list of them ──────────────────────────────────────────────────────────────────────────


def fields(ask: Ask, owner: str | None = None) -> Table:
    """The fields of every kind of record, or of one; what is in use and was never added last."""
    rows: list[Row] = []
    every = store.every(ask.conn, ask.now)
    for one in FIELD_OWNERS if owner is None else (owner,):
        used = store.used(ask.conn, one, ask.now)
        here = [field for field in every if field.entity == one]
        rows += [_row(field, used.pop(field.key, 0)) for field in here]
        rows += [_undeclared(one, key, records) for key, records in used.items()]
    empty = "no custom fields; dealflow fields add need --type text"
    return Table(name="fields", columns=_told(rows), rows=rows, empty=empty)


def _row(field: CustomField, records: int) -> Row:
    gone = field.retired_at is not None
    told = (field.key, field.name, field.entity, field.kind, tuple(array(field.choices)))
    state = "retired" if gone else None
    return (*told, records, state, field.position, gone, field.id, field.version)


def _undeclared(owner: str, key: str, records: int) -> Row:
    return (key, key, owner, TEXT, (), records, "undeclared", None, False, None, None)


def _told(rows: Sequence[Row]) -> tuple[Column, ...]:
    """States and choices stand on the screen only where there are any."""
    filled = {"state": any(row[6] for row in rows), "choices": any(row[4] for row in rows)}
    return tuple(c if filled.get(c.name, True) else c._replace(on=MACHINE) for c in FIELDS)
