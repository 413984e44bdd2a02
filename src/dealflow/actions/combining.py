"""The facts of several records as those of one: gaps are filled, nothing is overwritten unasked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dealflow.actions import Actor
from dealflow.actions.filling import called
from dealflow.customfields import MARK
from dealflow.errors import UnknownWord, UsageError
from dealflow.model import Account, Contact
from dealflow.named import NamedTuple
from dealflow.store import customfields as store
from dealflow.store.values import mapping
from dealflow.text import fold

Kept = Account | Contact

#: what is one fact: columns that go together, the first of which says whether it is there
_FACTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "account": {
        **{name: (name,) for name in ("grade", "segment", "region", "size", "source", "domain")},
        "owner": ("owner_id", "released_at", "last_owner_id"),
        "locked": ("locked",),
        "external_id": ("external_id",),
    },
    "contact": {
        name: (name,) for name in ("title", "phone", "email", "wechat", "role", "external_id")
    },
}
#: what can be taken from the others, though the one that stays always has it, or it is no fact
_MORE = {"account": ("name", "parent"), "contact": ("name",)}
_NAME = ("name", "folded")
#: facts of which it is not worth saying that they differ
_UNTOLD = {"locked"}


class Combined(NamedTuple):
    """The columns to set, (field, value, whose it was) that were filled or taken, and what is
    lost: (field, what stays, what the other had, the other).
    """

    new: dict[str, Any]
    filled: list[tuple[str, Any, Kept]]
    lost: list[tuple[str, Any, Any, Kept]]


def taken_words(by: Actor, owner: str, words: Sequence[str]) -> dict[str, str]:
    """The fields that words name, as `combined` calls them, with the word.

    Error: UnknownWord, with the nearest one.
    """
    every = [row for row in store.every(by.book.conn) if row.entity == owner]
    known = [*_FACTS[owner], *_MORE[owner]]
    found = {}
    for word in words:
        plain = fold(word).replace("-", "_").replace(" ", "_")
        field = called(every, word.removeprefix(MARK))
        if plain in known and not word.startswith(MARK):
            found[plain] = word
        elif field is not None:
            found[MARK + field.key] = word
        else:
            raise UnknownWord("field", word, [*known, *(row.key for row in every)])
    return found


def combined(keep: Kept, others: Sequence[Kept], take: Mapping[str, str]) -> Combined:
    """What `keep` becomes. Of several others that fill the same gap, the first one counts.

    Error: UsageError for a field to take that none of the others has.
    """
    found = Combined({}, [], [])
    _take_name(found, others, take)
    facts = _facts(keep)
    theirs = [(other, _facts(other)) for other in others]
    fields = dict.fromkeys(name for one in (facts, *(f for _, f in theirs)) for name in one)
    for name in fields:
        values = [(one[name], other) for other, one in theirs if name in one]
        own = [(facts[name], keep)] if name in facts else []
        _decide(found, name, [*values, *own] if name in take else [*own, *values], keep)
    for name, word in take.items():
        if name not in {"name", "parent"} and not any(name in one for _, one in theirs):
            raise UsageError(f"none of them has anything in '{word}' to take over")
    _put_together(found, keep)
    return found


def _take_name(found: Combined, others: Sequence[Kept], take: Mapping[str, str]) -> None:
    if "name" in take:
        other = others[0]
        found.new.update({name: getattr(other, name) for name in _NAME})
        found.filled.append(("name", other.name, other))


def _facts(row: Kept) -> dict[str, tuple[Any, ...]]:
    """What is known of a record, by field: its own, then custom ones under `field:key`."""
    found: dict[str, tuple[Any, ...]] = {}
    for field, columns in _FACTS[row.table].items():
        if getattr(row, columns[0]) is not None:
            found[field] = tuple(getattr(row, column) for column in columns)
    for key, value in mapping(row.fields or "{}").items():
        if value not in {None, ""}:
            found[MARK + key] = (value,)
    return found


def _decide(
    found: Combined, name: str, values: Sequence[tuple[tuple[Any, ...], Kept]], keep: Kept
) -> None:
    """The first of the values of a field stands; what is said of the rest."""
    stands, whose = values[0]
    if whose is not keep:
        found.new[name] = stands
        found.filled.append((_spoken(name), stands[0], whose))
    for value, other in values[1:]:
        if value[0] != stands[0] and name not in _UNTOLD:
            found.lost.append((_spoken(name), stands[0], value[0], other))


def _spoken(name: str) -> str:
    return name.removeprefix(MARK).replace("_", " ")


def _put_together(found: Combined, keep: Kept) -> None:
    """The fields to set, as columns."""
    fields = mapping(keep.fields or "{}")
    for name in [name for name in found.new if name not in _NAME]:
        value = found.new.pop(name)
        if name.startswith(MARK):
            fields[name.removeprefix(MARK)] = value[0]
            found.new["fields"] = json.dumps(fields, ensure_ascii=False)
        else:
            found.new.update(dict(zip(_FACTS[keep.table][name], value, strict=True)))
