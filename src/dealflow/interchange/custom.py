"""Custom fields in a file: recognised by key or name, read as their type says.

An amount can have its currency in a column of its own, as our lists have it: `field:budget` and
`field:budget:currency`. Such an amount is read once the whole row is known.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from dealflow import customfields
from dealflow.actions import Actor
from dealflow.actions.filling import fill
from dealflow.customfields import MARK, MONEY, NUMBER, Reading, Shape
from dealflow.interchange import fields
from dealflow.interchange.fields import Field, Kind, normal
from dealflow.interchange.mapping import Plan
from dealflow.interchange.rejects import failures
from dealflow.interchange.values import Cells, alike
from dealflow.money import known_currency
from dealflow.named import NamedTuple
from dealflow.patterns import pattern
from dealflow.store import customfields as store
from dealflow.store.values import mapping

#: the kinds of records that have custom fields, as the model calls them
OWNERS = {"deals": "opportunity", "accounts": "account", "contacts": "contact"}
_CODE = ":currency"
#: a number that programs write with an exponent; one of three digits is beyond every field
_EXPONENT = pattern(r"-?\d{1,16}(?:\.\d{1,16})?[eE][-+]?\d{1,2}")


def with_declared(by: Actor, kind: Kind, cells: Cells) -> Kind:
    """The kind with the fields that the team added to it; `cells` learns to read them."""
    if not kind.has_custom:
        return kind
    found: list[Field] = []
    for row in store.declared_on(by.book.conn, OWNERS[kind.name]):
        name, shape = f"{MARK}{row.key}", store.shape(row)
        cells.know(name, _reader(shape, cells))
        headings = " ".join(dict.fromkeys(filter(None, (normal(row.key), normal(row.name)))))
        found.append(Field(name, name, headings))
        if shape.kind == MONEY:
            found.append(Field(f"{name}{_CODE}", fields.WORD, ""))
    return kind._replace(fields=(*kind.fields, *found))


class _Amount(NamedTuple):
    """What a cell says of an amount; its currency may stand in another one."""

    text: str
    shape: Shape
    reading: Reading

    def kept(self, currency: str) -> str:
        return customfields.parse(self.shape, self.text, self.reading._replace(currency=currency))


#: currencies with three decimal places, two and none: what fits in none is no amount
_TRIED = ("KWD", "CNY", "JPY")


def _reader(shape: Shape, cells: Cells) -> Callable[[str], Any]:
    """What reads a cell: to the text that is kept, or to an amount."""
    reading = Reading(cells.now, cells.zone, cells.currency, exact=True)

    def amount(text: str) -> _Amount:
        found = _Amount(text, shape, reading)
        errors = failures(partial(found.kept, code) for code in _TRIED)
        if len(errors) == len(_TRIED):
            raise errors[0]
        return found

    def read(text: str) -> str:
        """What fits stays, also what could not be chosen any more: it comes from a list of ours."""
        fits = customfields.value(shape, text) is not None
        told = _digits(text) if shape.kind == NUMBER else text
        return text if fits else customfields.parse(shape, told, reading)

    return amount if shape.kind == MONEY else read


def _digits(text: str) -> str:
    """A number that a program wrote as 1e-07, in plain digits."""
    if not _EXPONENT.fullmatch(text):
        return text
    from decimal import Decimal

    return format(Decimal(text), "f")


def undeclared(by: Actor, plan: Plan) -> tuple[str, ...]:
    """What is to be said of columns that are no declared field. Error: UnknownWord."""
    if not plan.kind.has_custom:
        return ()
    known = {field.name for field in plan.kind.fields}
    loose = {c.field.name: "x" for c in plan.columns if c.field.name.startswith(MARK)}
    for name in loose.keys() & known:
        del loose[name]
    return fill(by, OWNERS[plan.kind.name], None, loose).said


def filled_in(values: dict[str, Any], held: str | None, currency: str) -> dict[str, str]:
    """The custom fields of a row where they say otherwise than what is held, as they are kept.

    `currency` is that of amounts that name none. Error: UnknownWord for a currency.
    """
    told = {name: text for name, text in values.items() if name.startswith(MARK)}
    if not told:
        return {}
    before = mapping(held or "{}")
    codes = {name for name, one in told.items() if isinstance(one, _Amount)}
    found: dict[str, str] = {}
    for name, one in told.items():
        if name.removesuffix(_CODE) in codes - {name}:
            continue
        code = told.get(f"{name}{_CODE}")
        home = known_currency(code) if code else currency
        kept = one.kept(home) if isinstance(one, _Amount) else one
        key = name.removeprefix(MARK)
        if not alike(before.get(key), kept):
            found[key] = kept
    return found


def packed(values: dict[str, Any], currency: str) -> str | None:
    """The custom fields taken out of a row, as one column keeps them; None where there is none."""
    found = filled_in(values, None, currency)
    for name in [name for name in values if name.startswith(MARK)]:
        del values[name]
    return json.dumps(found, ensure_ascii=False) if found else None
