"""Filling custom fields in, on any kind of record, whoever does it: a person, an import."""

from __future__ import annotations

import json
from collections.abc import Mapping

from dealflow import customfields
from dealflow.actions import Actor
from dealflow.customfields import MARK, Reading
from dealflow.errors import UnknownWord, UsageError, nearest
from dealflow.model import CustomField
from dealflow.named import NamedTuple
from dealflow.store import customfields as store
from dealflow.store.values import mapping
from dealflow.text import fold, tidy
from dealflow.typed import quoted

#: what people call a record that has custom fields
NOUNS = {"opportunity": "deal", "account": "customer", "contact": "contact"}


class Filled(NamedTuple):
    """What becomes of a record's fields: the JSON that is kept, and what has to be said."""

    kept: str
    said: tuple[str, ...]
    names: tuple[str, ...]
    """The keys of what was given."""


def fill(
    by: Actor, owner: str, before: str | None, given: Mapping[str, str], currency: str | None = None
) -> Filled:
    """The record's fields with what was given of them, by key or name; '' and `none` take away.

    `currency` is that of amounts that name none, else the base currency. Errors: UsageError for
    what a field does not take, UnknownWord for a field that is not there.
    """
    if not given:
        return Filled(before or "{}", (), ())
    sheet = Sheet(by, owner, mapping(before or "{}"), currency)
    for word, text in given.items():
        sheet.put(word, text)
    kept = json.dumps(sheet.held, ensure_ascii=False)
    return Filled(kept, tuple(sheet.said), tuple(sheet.names))


class Sheet:
    """The custom fields of one record, to be filled in."""

    def __init__(
        self, by: Actor, owner: str, held: Mapping[str, object], currency: str | None
    ) -> None:
        self.by, self.owner = by, owner
        self.held = {key: value for key, value in held.items() if value not in {None, ""}}
        self.said: list[str] = []
        self.names: list[str] = []
        self._every = [row for row in store.every(by.book.conn) if row.entity == owner]
        self._reading = Reading(by.now, by.db.zone, currency or by.db.currency)

    def put(self, word: str, text: str) -> None:
        word = word.removeprefix(MARK)
        field = called(self._every, word)
        key = field.key if field else self._undeclared(word, text)
        if key not in self.names:
            self.names.append(key)
        if text in {"", "none"}:
            self.held.pop(key, None)
        elif field:
            self.held[key] = customfields.parse(store.shape(field), text, self._reading)
        else:
            self.held[key] = tidy(text, f"the field '{key}'")

    def _undeclared(self, word: str, text: str) -> str:
        """The key of what nobody declared: kept as text where nothing is, else refused.

        What a stage asks for is meant, and what a record holds can be taken away.
        """
        key = tidy(word, "a field's name", 100)
        if text in {"", "none"} and key in self.held:
            return key
        asked = store.required(self.by.book.conn) if self.owner == "opportunity" else set()
        if key in asked:
            return key
        live = [row for row in self._every if row.retired_at is None]
        if live or self._retired(key):
            known = [name for row in live for name in (row.key, row.name)]
            raise unknown(key, self.owner, [*known, *sorted(asked)])
        self._new(key, asked)
        return key

    def _new(self, key: str, asked: set[str]) -> None:
        """Say that nobody had a field of this name before, and which one may be meant."""
        known = {*asked, *store.used(self.by.book.conn, self.owner)}
        if key in known:
            return
        near = nearest(key, known)
        meant = f"did you mean {near}? else " if near else ""
        declare = f"dealflow fields add {quoted(key)} --on {self.owner} gives it a type"
        told = f"'{key}' is a new field of a {NOUNS[self.owner]}, kept as text; {meant}{declare}"
        if told not in self.said:
            self.said.append(told)

    def _retired(self, word: str) -> bool:
        return any(row.retired_at is not None and _goes_by(row, word) for row in self._every)


def called(rows: list[CustomField], word: str) -> CustomField | None:
    """Which of the fields that are not retired goes by this key, or else this name."""
    live = [row for row in rows if row.retired_at is None]
    by_key = next((row for row in live if fold(row.key) == fold(word)), None)
    return by_key or next((row for row in live if fold(row.name) == fold(word)), None)


def _goes_by(row: CustomField, word: str) -> bool:
    return fold(word) in {fold(row.key), fold(row.name)}


def unknown(word: str, owner: str, known: list[str]) -> UsageError:
    """That there is no such field, with the nearest one or else the way to it."""
    error = UnknownWord(f"field of a {NOUNS[owner]}", word, list(dict.fromkeys(known)))
    if nearest(word, known) is None:
        error.hint = f"dealflow fields add {quoted(word)} --on {owner}"
    return error
