"""The lists of customers and of the people there: chosen by a filter, with custom fields."""

from __future__ import annotations

from collections.abc import Sequence

from dealflow.customfields import MARK
from dealflow.filters import Filter
from dealflow.filters.records import ACCOUNT_KEYS, CONTACT_KEYS
from dealflow.questions import Ask, columns, customfields
from dealflow.questions.customfields import widened
from dealflow.questions.shaping import shaped, worth_showing
from dealflow.questions.windows import chosen
from dealflow.results import BOTH, Column, Row, Table
from dealflow.store import choosing, lists

Listed = tuple[tuple[Column, ...], Sequence[Row]]


def accounts(ask: Ask, words: Sequence[str] = (), *, limit: int | None = None) -> Table:
    """The customers that match, by name. Errors: UsageErrors of the filter, NotFound."""
    told = chosen(ask, words, ACCOUNT_KEYS, ("account",))
    found, count = lists.search(ask.conn, "account", choosing.customers(ask, told), limit)
    table = widened(
        ask, "account", (columns.ACCOUNTS, shaped(columns.ACCOUNTS, found)), _named(told, "account")
    )
    return _found("accounts", (_asked(table[0], told), table[1]), count, told)


def contacts(ask: Ask, words: Sequence[str] = (), *, limit: int | None = None) -> Table:
    """The contacts that match, by name; bare words search the customer's too. Errors: likewise."""
    told = chosen(ask, words, CONTACT_KEYS, ("contact", "account"))
    found, count = lists.search(ask.conn, "contact", choosing.contacts(ask, told), limit)
    told_of, rows = widened(ask, "contact", (columns.CONTACTS, shaped(columns.CONTACTS, found)))
    # Who has no screen of their own shows all there is here.
    return _found("contacts", (filled(told_of, rows), rows), count, told)


def _found(name: str, listed: Listed, count: int, told: Filter) -> Table:
    shown, rows = listed
    what = "customers" if name == "accounts" else name
    cut = f"{len(rows):,} of {count:,} shown; --limit 0 for all"
    return Table(
        name=name,
        columns=shown,
        rows=rows,
        notes=(cut,) if len(rows) < count else (),
        empty=f"no {what} match {told.text}" if told.text else f"no {what}",
    )


def _named(told: Filter, owner: str) -> list[str]:
    """The custom fields of these records that the filter names, as their list calls them."""
    names = [condition.key.name for condition in told.conditions]
    start = f"{MARK}{owner}."
    return [f"{MARK}{name.removeprefix(start)}" for name in names if name.startswith(start)]


def _asked(declared: tuple[Column, ...], told: Filter) -> tuple[Column, ...]:
    """What the filter asks about stands on the screen."""
    return tuple(c._replace(on=BOTH) if told.uses(c.name) else c for c in declared)


def filled(declared: tuple[Column, ...], rows: Sequence[Row]) -> tuple[Column, ...]:
    """The columns, the custom fields on the screen where somebody's is filled in."""
    named = customfields.names(declared)
    shown = tuple(c._replace(on=BOTH) if c.name in named else c for c in declared)
    return worth_showing(shown, rows, *named)
