"""Reps, customers, contacts and products: added and edited in one way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dealflow import domains
from dealflow.actions import Actor, Done, lookup, pool, targets
from dealflow.actions.filling import fill
from dealflow.errors import AlreadyExists, Refused, UsageError
from dealflow.model import Account, Contact, Product, Rep
from dealflow.money import Money
from dealflow.text import fold, tidy

Values = dict[str, Any]
"""Column values as said; None clears. Names of other records are still words."""


Filling = tuple[tuple[str, ...], tuple[str, ...]]
"""Of custom fields that were filled in: what has to be said, and their keys."""

#: what people call rows that are stored under another name
_NOUNS = {"account": "customer"}


def handle_for(name: str) -> str:
    """A handle to type, made from a name: `Moses Frase` → `moses.frase`."""
    return ".".join(fold(name).split())


#: words that stand where a rep's name can, and mean something else
_RESERVED = {"me": "whoever types", "none": "nobody", "any": "anybody"}


def add_rep(by: Actor, name: str, values: Values) -> Done:
    """A new rep; the handle is made from the name unless `values` has one."""
    named = tidy(name, "the name", 200)
    handle = tidy(values.pop("handle", None) or handle_for(named), "the handle", 100)
    _unused_handle(by, handle, named, 0)
    row = by.book.add(Rep(handle=handle, name=named, **_cleaned(values)))
    return Done("rep", (row.id,), (f"added rep {row.name} ({row.handle})",))


def edit_rep(by: Actor, word: str, values: Values) -> Done:
    row = lookup.rep(by, word)
    new = _cleaned(values)
    if "handle" in new and not new["handle"]:
        raise UsageError("a handle cannot be taken away")
    if new.get("handle") or new.get("name"):
        _unused_handle(by, new.get("handle", row.handle), new.get("name", row.name), row.id)
    done = _edited(by, "rep", row, new)
    handle = str(new.get("handle", row.handle))
    carried = targets.carry(by, row.handle, handle) if handle != row.handle else ()
    return done._replace(said=(*done.said, *carried))


def _unused_handle(by: Actor, handle: str, name: str, own: int) -> None:
    """Whoever is named must be one person: handles and names share one space of words."""
    words = {fold(handle), fold(name)}
    for word in sorted(words & _RESERVED.keys()):
        means = f"'{word}' is {_RESERVED[word]}"
        raise AlreadyExists("rep", word, f"{means}; choose another --handle or name")
    for row in by.book.where(Rep):
        if row.id != own and words & {fold(row.handle), fold(row.name)}:
            raise AlreadyExists("rep", row.handle, f"dealflow reps edit {row.handle}")


def own_domain(word: str) -> str:
    """The domain of a customer's own addresses. Errors: UsageError, Refused for a mail provider."""
    found = domains.host(word)
    if found is None:
        raise UsageError(f"'{word}' is no domain", "write --domain acme.com")
    if domains.is_shared(found):
        raise Refused(f"{found} gives addresses to everybody: no customer is known by it")
    return found


def add_account(by: Actor, name: str, values: Values) -> Done:
    named = tidy(name, "the name", 300)
    if by.book.find(Account, folded=fold(named)):
        raise AlreadyExists("customer", named, f'dealflow accounts show "{named}"')
    said, _ = _fill(by, "account", None, values)
    new = _account(by, values)
    row = by.book.add(Account(name=named, folded=fold(named), **new))
    return Done("account", (row.id,), (*said, f"added customer {row.name}"))


def edit_account(by: Actor, word: str, values: Values) -> Done:
    row = lookup.account(by, word)
    filled = _fill(by, "account", row.fields, values)
    new = _account(by, values)
    if new.get("parent_id"):
        _not_above_itself(by, row, new["parent_id"])
    if "owner_id" in new:
        owner = by.book.load(Rep, new["owner_id"]) if new["owner_id"] else None
        new |= pool.passing(by, row, owner, new.get("locked", row.locked))
    return _edited(by, "account", row, new, filled)


def _not_above_itself(by: Actor, row: Account, parent_id: int) -> None:
    """A customer's parents lead up to one that has none. Error: Refused."""
    seen: set[int] = set()
    above: int | None = parent_id
    while above and above not in seen:
        if above == row.id:
            raise Refused(f"{row.name} cannot be its own parent, or that of its parents")
        seen.add(above)
        above = by.book.load(Account, above).parent_id


def _account(by: Actor, values: Values) -> Values:
    new = _cleaned(values)
    if new.get("grade"):
        new["grade"] = lookup.grade(new["grade"])
    if new.get("domain"):
        new["domain"] = own_domain(new["domain"])
    if "owner" in new:
        owner = new.pop("owner")
        new["owner_id"] = lookup.rep(by, owner).id if owner else None
    if "parent" in new:
        parent = new.pop("parent")
        new["parent_id"] = lookup.account(by, parent).id if parent else None
    return new


def add_contact(by: Actor, account: str, name: str, values: Values) -> Done:
    customer = lookup.account(by, account)
    named = tidy(name, "the name", 300)
    if by.book.find(Contact, account_id=customer.id, folded=fold(named)):
        raise AlreadyExists("contact", named, f'dealflow contacts list "{customer.name}"')
    said, _ = _fill(by, "contact", None, values)
    new = Contact(account_id=customer.id, name=named, folded=fold(named), **_cleaned(values))
    row = by.book.add(new)
    return Done("contact", (row.id,), (*said, f"added contact {row.name} at {customer.name}"))


def edit_contact(by: Actor, contact_id: int, values: Values) -> Done:
    row = by.book.load(Contact, contact_id)
    filled = _fill(by, "contact", row.fields, values)
    return _edited(by, "contact", row, _cleaned(values), filled)


def _fill(by: Actor, owner: str, before: str | None, values: Values) -> Filling:
    """Put into `values` what is to be kept of the custom fields in it."""
    if "fields" not in values:
        return (), ()
    filled = fill(by, owner, before, values["fields"])
    values["fields"] = filled.kept if filled.kept != "{}" else None
    return filled.said, filled.names


def add_product(by: Actor, name: str, values: Values) -> Done:
    named = tidy(name, "the name", 300)
    if by.book.find(Product, folded=fold(named)):
        raise AlreadyExists("product", named, f'dealflow products edit "{named}"')
    row = by.book.add(Product(name=named, folded=fold(named), **_priced(_cleaned(values))))
    return Done("product", (row.id,), (f"added product {row.name}",))


def edit_product(by: Actor, word: str, values: Values) -> Done:
    return _edited(by, "product", lookup.product(by, word), _priced(_cleaned(values)))


def _priced(new: Values) -> Values:
    price: Money | None = new.get("price")
    if price is not None:
        new |= {"price": price.minor, "currency": price.currency}
    return new


def _cleaned(values: Values) -> Values:
    """Text as it is stored; None where something is to be cleared."""
    return {
        key: tidy(value, f"the {key}", 300) if isinstance(value, str) and value else value or None
        for key, value in values.items()
        if key not in _AS_IS
    } | {key: _AS_IS[key](value) for key, value in values.items() if key in _AS_IS}


_AS_IS: dict[str, Callable[[Any], Any]] = {
    "active": int,
    "fields": lambda kept: kept,
    "locked": lambda locked: 1 if locked else None,
}


#: columns that go with others, or are told by the names of what they hold
_UNTOLD = {"folded", "fields", "released_at", "last_owner_id"}


def _edited(
    by: Actor,
    what: str,
    row: Rep | Account | Contact | Product,
    new: Values,
    filled: Filling = ((), ()),
) -> Done:
    if not new:
        raise UsageError("nothing to change", f"dealflow {what}s edit --help")
    if "name" in new:
        if not new["name"]:
            raise UsageError("a name cannot be taken away")
        if not isinstance(row, Rep):
            new["folded"] = fold(new["name"])
        if by.book.namesake(replace(row, **new)):
            raise AlreadyExists(_NOUNS.get(what, what), new["name"], f"dealflow {what}s list")
    changed = by.book.change(row, **new)
    same = changed == replace(row)
    said, custom = filled
    names = [name for name in new if name not in _UNTOLD]
    told = "is as it was" if same else "changed: " + ", ".join([*names, *custom])
    return Done(what, (row.id,), (*said, f"{row.name} {told}"))
