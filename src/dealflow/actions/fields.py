"""Declaring custom fields: add, change and retire them; what records hold stays readable."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from dealflow import customfields
from dealflow.actions import Actor, Done
from dealflow.actions.filling import NOUNS, called
from dealflow.customfields import CHOICE, KINDS, TEXT, Reading, Shape
from dealflow.errors import (
    AlreadyExists,
    DealflowError,
    NotFound,
    Refused,
    UnknownWord,
    UsageError,
)
from dealflow.frozen import Frozen
from dealflow.model import FIELD_OWNERS, Account, Contact, CustomField, Opportunity
from dealflow.named import NamedTuple
from dealflow.questions.telling import short
from dealflow.store import customfields as store
from dealflow.store import pipelines
from dealflow.store.known import matching
from dealflow.store.values import mapping
from dealflow.text import fold, tidy

_ROWS: dict[str, type[Opportunity | Account | Contact]] = {
    "opportunity": Opportunity,
    "account": Account,
    "contact": Contact,
}
_WORDS = {
    **dict.fromkeys(("deal", "deals", "opportunities", "商机"), "opportunity"),
    **dict.fromkeys(("customer", "customers", "accounts", "客户"), "account"),
    **dict.fromkeys(("contacts", "联系人"), "contact"),
}
_KINDS = {"文本": "text", "数字": "number", "金额": "money", "日期": "date", "选项": "choice"} | {
    "boolean": "bool",
    "是否": "bool",
}
#: misfits that are told one by one
_TOLD = 5


class NewField(Frozen):
    """What is said of a new field."""

    key: str
    kind: str | None = None
    """One of customfields.KINDS; a choice where choices are given, else text."""
    on: str = "opportunity"
    name: str | None = None
    choices: tuple[str, ...] = ()


class Changes(Frozen):
    """What is to become of a field; None leaves as it is."""

    name: str | None = None
    kind: str | None = None
    choices: tuple[str, ...] = ()
    """`C` adds a choice, `-C` retires one."""
    renamed: tuple[tuple[str, str], ...] = ()
    """Choices with their new words."""


def owner_of(word: str) -> str:
    """The kind of record that a word means. Error: UnknownWord."""
    told = _WORDS.get(fold(word), fold(word))
    if told not in FIELD_OWNERS:
        raise UnknownWord("kind of record with fields", word, FIELD_OWNERS)
    return told


def kind_of(word: str) -> str:
    """The type that a word means. Error: UnknownWord."""
    told = _KINDS.get(fold(word), fold(word))
    if told not in KINDS:
        raise UnknownWord("type of field", word, KINDS)
    return told


# ── verbs ─────────────────────────────────────────────────────────────────────────────────────


def add(by: Actor, new: NewField) -> Done:
    """Declare a field, or bring back one that was retired; what records hold of it must fit.

    Errors: UsageError, AlreadyExists; Refused, naming the records whose value does not fit.
    """
    owner, key = owner_of(new.on), customfields.key_of(new.key)
    rows = by.book.where(CustomField, entity=owner)
    retired = next((row for row in rows if fold(row.key) == fold(key)), None)
    if retired is not None and retired.retired_at is None:
        raise AlreadyExists("field", retired.key, f"dealflow fields edit {retired.key}")
    key = retired.key if retired else key
    name = tidy(new.name, "the name", 100).strip() if new.name else retired.name if retired else key
    _must_be_free(rows, (key, name), retired)
    shape = _declared(name, new, retired)
    moved = _convert(by, owner, key, shape)
    values: dict[str, Any] = {"name": name, "kind": shape.kind, "choices": _kept(shape)}
    if retired:
        row = by.book.change(retired, **values, retired_at=None)
    else:
        last = max((row.position for row in rows), default=0)
        row = by.book.add(CustomField(entity=owner, key=key, position=last + 1, **values))
    told = f"{'brought back' if retired else 'added'} field {_told(row)}, {shape.kind}, of a"
    return Done("field", (row.id,), (f"{told} {NOUNS[owner]}{_converted(owner, moved)}",))


def _declared(name: str, new: NewField, retired: CustomField | None) -> Shape:
    before = store.shape(retired) if retired else Shape(TEXT, name)
    kind = kind_of(new.kind) if new.kind else CHOICE if new.choices else before.kind
    shape = customfields.changed_choices(before._replace(name=name), new.choices)
    return _whole(shape._replace(kind=kind), given=bool(new.choices))


def _whole(shape: Shape, *, given: bool) -> Shape:
    """Choices are for a choice, and a choice has some. Error: UsageError."""
    if given and shape.kind != CHOICE:
        raise UsageError(f"only a choice has choices, and {shape.name} is a {shape.kind}")
    if shape.kind == CHOICE and not shape.choices:
        raise UsageError(f"{shape.name} has nothing to choose from", "add --choice A --choice B")
    return shape if shape.kind == CHOICE else shape._replace(choices=(), retired=())


def edit(by: Actor, word: str, on: str | None, changes: Changes) -> Done:
    """Rename a field, add and retire choices, or make it another type where every value fits.

    Errors: NotFound, UsageError, UnknownWord; Refused, naming the records whose value does not fit.
    """
    row = field(by, word, on)
    name = tidy(changes.name, "the name", 100).strip() if changes.name else row.name
    kind = kind_of(changes.kind) if changes.kind else row.kind
    if changes == Changes():
        raise UsageError("nothing to change", "dealflow fields edit --help")
    _must_be_free(by.book.where(CustomField, entity=row.entity), (name,), row)
    before = store.shape(row)._replace(name=name, kind=kind)
    shape, words = _renamed(before, changes.renamed)
    shape = customfields.changed_choices(shape, changes.choices)
    shape = _whole(shape, given=bool(changes.choices or changes.renamed))
    moved = 0
    if kind != row.kind or words:
        moved = _convert(by, row.entity, row.key, shape, words)
    after = by.book.change(row, name=name, kind=shape.kind, choices=_kept(shape))
    if after == row:
        return Done("field", (row.id,), (f"field {_told(row)} is as it was",))
    what = [what for what, new in changes.__dict__.items() if new]
    told = f"field {_told(after)}: changed {', '.join(_SAID[one] for one in what)}"
    return Done("field", (row.id,), (f"{told}{_converted(row.entity, moved)}",))


_SAID = {"name": "name", "kind": "type", "choices": "choices", "renamed": "choices' words"}


def _renamed(shape: Shape, renamed: Iterable[tuple[str, str]]) -> tuple[Shape, dict[str, str]]:
    """The shape with its choices renamed in their place; each old word with its new one."""
    words: dict[str, str] = {}
    for old, new in renamed:
        known = next((one for one in shape.choices if fold(one) == fold(old)), None)
        if known is None:
            raise UnknownWord(f"choice of {shape.name}", old, shape.choices)
        others = [one for one in (*shape.choices, *shape.retired) if one != known]
        if any(fold(one) == fold(new) for one in others):
            raise UsageError(f"'{new}' is a choice of {shape.name} already")
        made = customfields.changed_choices(shape._replace(choices=()), [new]).choices[-1]
        shape = shape._replace(
            choices=tuple(made if one == known else one for one in shape.choices)
        )
        words[known] = made
    return shape, words


def remove(by: Actor, word: str, on: str | None) -> Done:
    """Retire a field: nobody fills it in or sees it any more, and what records hold stays.

    Errors: NotFound; Refused where a stage asks for it.
    """
    row = field(by, word, on)
    if row.entity == "opportunity":
        _must_not_be_asked_for(by, row)
    by.book.change(row, retired_at=by.now)
    left = len(store.holders(by.book.conn, row.entity, row.key))
    told = f"retired field {_told(row)}"
    if left:
        told += f"; {_records(row.entity, left)} keep{'s' * (left == 1)} a value"
    on = "" if row.entity == "opportunity" else f" --on {row.entity}"
    back = f"dealflow fields add {row.key}{on} brings it back"
    return Done("field", (row.id,), (f"{told}; {back}",))


def _must_not_be_asked_for(by: Actor, row: CustomField) -> None:
    stages = [
        stage.name
        for pipeline in pipelines.load_all(by.book.conn, by.now)
        for stage in pipeline.stages
        for asked in stage.requires
        if not stage.retired and f"{asked} ".startswith(f"field:{row.key} ")
    ]
    if stages:
        told = f"field {row.key} is asked for by the stage {', '.join(dict.fromkeys(stages))}"
        raise Refused(f"{told}: deals could not move on", "dealflow stages export, then apply")


def field(by: Actor, word: str, on: str | None) -> CustomField:
    """The field with this key or name; `on` says on what, where there are several."""
    owners = FIELD_OWNERS if on is None else (owner_of(on),)
    rows = [row for row in by.book.where(CustomField) if row.entity in owners]
    found = [row for owner in owners if (row := called(_of(rows, owner), word))]
    if not found:
        known = [name for row in rows for name in (row.key, row.name) if not row.retired_at]
        raise NotFound("field", word, known, "dealflow fields list shows them")
    if len(found) > 1:
        told = ", ".join(row.entity for row in found)
        raise UsageError(f"there is a field {word} of each: {told}", f"--on {found[0].entity}")
    return found[0]


def _of(rows: Iterable[CustomField], owner: str) -> list[CustomField]:
    return [row for row in rows if row.entity == owner]


def _must_be_free(
    rows: Iterable[CustomField], words: tuple[str, ...], own: CustomField | None
) -> None:
    """A word means one field of a kind of record: keys and names share one space."""
    told = {fold(word) for word in words}
    for row in rows:
        if row != own and not row.retired_at and told & {fold(row.key), fold(row.name)}:
            raise AlreadyExists("field", row.name, f"dealflow fields edit {row.key}")


# ── values that are there already ─────────────────────────────────────────────────────────────


class _Misfit(NamedTuple):
    row: int
    value: str
    why: str


def _convert(
    by: Actor, owner: str, key: str, shape: Shape, words: dict[str, str] | None = None
) -> int:
    """Keep every value as the field has it from now on; how many changed. Error: Refused."""
    kind = _ROWS[owner]
    ids = store.holders(by.book.conn, owner, key)
    rows = matching(by.book.conn, kind, "id", ids) if ids else []
    misfits: list[_Misfit] = []
    moved = 0
    for row in rows:
        held = mapping(row.fields or "{}")
        old = str(held[key])
        try:
            held[key] = _fitted(shape, (words or {}).get(old, old), _reading(by, row))
        except DealflowError as error:
            misfits.append(_Misfit(row.id, old, error.message))
            continue
        if held[key] != old:
            by.book.change(row, fields=json.dumps(held, ensure_ascii=False))
            moved += 1
    if misfits:
        raise _refused(owner, key, shape, misfits)
    return moved


def _reading(by: Actor, row: Opportunity | Account | Contact) -> Reading:
    currency = row.currency if isinstance(row, Opportunity) else by.db.currency
    return Reading(by.now, by.db.zone, currency, exact=True)


def _fitted(shape: Shape, text: str, reading: Reading) -> str:
    """What fits already stays: also what could not be chosen any more."""
    if customfields.value(shape, text) is not None:
        return text
    return customfields.parse(shape, text, reading)


def _refused(owner: str, key: str, shape: Shape, misfits: list[_Misfit]) -> Refused:
    shown = ", ".join(f"{one.row} '{short(one.value)}'" for one in misfits[:_TOLD])
    more = f" and {len(misfits) - _TOLD:,} more" if len(misfits) > _TOLD else ""
    hold = f"{_records(owner, len(misfits))} hold{'s' * (len(misfits) == 1)}"
    told = f"{hold} what is no {shape.kind} in {key}: {shown}{more}"
    first = misfits[0].row
    fixes: dict[str, Callable[[], str]] = {
        "opportunity": lambda: f"dealflow edit {first} --set {key}=…",
        "account": lambda: f"dealflow accounts edit {first} --set {key}=…",
        "contact": lambda: f"dealflow contacts edit {first} --set {key}=…",
    }
    rows = [one._asdict() for one in misfits]
    return Refused(f"{told}; nothing was changed", fixes[owner](), rows=rows)


# ── how it is told ────────────────────────────────────────────────────────────────────────────


def _kept(shape: Shape) -> str:
    return customfields.choices_text(shape.choices, shape.retired)


def _told(row: CustomField) -> str:
    return row.key if row.name == row.key else f"{row.key} ({row.name})"


def _records(owner: str, count: int) -> str:
    return f"{count:,} {NOUNS[owner]}{'s' * (count != 1)}"


def _converted(owner: str, moved: int) -> str:
    return f"; {_records(owner, moved)} rewritten" if moved else ""
