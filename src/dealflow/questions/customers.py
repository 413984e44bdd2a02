"""Customers: the list that a filter chooses, one in full, and which ones words name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dealflow.customfields import MARK
from dealflow.errors import NotFound, UsageError, nearest
from dealflow.filters import Filter
from dealflow.filters.records import ACCOUNT_KEYS, CONTACT_KEYS
from dealflow.questions import Ask, columns, customfields
from dealflow.questions.customfields import widened
from dealflow.questions.shaping import shaped, worth_showing
from dealflow.questions.windows import chosen
from dealflow.results import BOTH, MACHINE, SCREEN, Column, Record, Row, Table
from dealflow.store import choosing, lists
from dealflow.store import customers as store
from dealflow.store import customfields as fields
from dealflow.store.conn import ALL
from dealflow.store.customers import Customers
from dealflow.text import fold
from dealflow.typed import ids_of, quoted

Listed = tuple[tuple[Column, ...], Sequence[Row]]


def accounts(ask: Ask, words: Sequence[str] = (), *, limit: int | None = None) -> Table:
    """The customers that match, by name. Errors: UsageErrors of the filter, NotFound."""
    told = chosen(ask, words, ACCOUNT_KEYS, ("account",))
    about = Customers(ask, told)
    ids = about.ids(limit)
    count = len(ids) if limit is None or len(ids) < limit else about.count()
    found = shaped(columns.ACCOUNTS, store.rows(ask.conn, ids, ask.now))
    listed = widened(ask, "account", (columns.ACCOUNTS, found), _named_in(told, "account"))
    return _found("accounts", (_asked(listed[0], told), listed[1]), count, told)


def contacts(ask: Ask, words: Sequence[str] = (), *, limit: int | None = None) -> Table:
    """The contacts that match, by name; bare words search the customer's too. Errors: likewise."""
    told = chosen(ask, words, CONTACT_KEYS, ("contact", "account"))
    found, count = lists.contacts(ask.conn, choosing.contacts(ask, told), limit)
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


def _named_in(told: Filter, owner: str) -> list[str]:
    """The custom fields of these records that the filter names, as their list calls them."""
    names = [condition.key.name for condition in told.conditions]
    start = f"{MARK}{owner}."
    return [f"{MARK}{name.removeprefix(start)}" for name in names if name.startswith(start)]


def _asked(declared: tuple[Column, ...], told: Filter) -> tuple[Column, ...]:
    """What the filter asks about stands on the screen."""
    return tuple(c._replace(on=BOTH) if told.uses(c.name) else c for c in declared)


# ── which are named ───────────────────────────────────────────────────────────────────────────


def named(ask: Ask, words: Sequence[str]) -> list[int]:
    """The ids of the customers that words name: a name, a number, #42, a range (3-7).

    A number that is some customer's name means that one. Error: NotFound, with the nearest name.
    """
    found = [one for word in words for one in _named(ask, word)]
    return list(dict.fromkeys(found))


def _named(ask: Ask, word: str) -> Iterator[int]:
    known = None if word.startswith("#") else lists.account_id(ask.conn, fold(word), word, ask.now)
    if known is not None:
        yield known
        return
    try:
        numbers = ids_of(word)
    except UsageError:
        raise _unknown(ask, word) from None
    there = store.existing(ask.conn, numbers)
    for number in numbers:
        if number not in there:
            raise NotFound("customer", str(number), hint="dealflow accounts list shows them")
        yield number


def _unknown(ask: Ask, word: str) -> NotFound:
    near = nearest(word, lists.names(ask.conn, "account"))
    hint = f'did you mean "{near}"?' if near else "dealflow accounts list shows them"
    return NotFound("customer", word, hint=hint)


# ── one in full ───────────────────────────────────────────────────────────────────────────────


def account(ask: Ask, word: str, *, limit: int | None = 10) -> Record:
    """One customer in full, by name or number; of its own activities the latest `limit`.

    Error: NotFound with the nearest name.
    """
    from dealflow.questions import pool

    found = lists.account_id(ask.conn, fold(word), word, ask.now)
    if found is None:
        raise _unknown(ask, word)
    (row,) = shaped(columns.ACCOUNTS, store.rows(ask.conn, [found], ask.now))
    people = columns.CONTACTS, shaped(columns.CONTACTS, lists.contacts_of(ask.conn, found, ask.now))
    told, persons = widened(ask, "contact", people)
    deals = columns.DEALS, shaped(columns.DEALS, lists.deals_of(ask.conn, found, ask.now))
    held = fields.held(ask.conn, "account", [found], ask.now).get(found, {})
    more = [*pool.facts(ask, row), *customfields.facts(ask, "account", held)]
    happened, count = lists.activities_of(ask.conn, found, ask.now, limit or ALL)
    optional = ("size", "source", "parent", "domain", "last_owner")
    facts = tuple(c._replace(on=BOTH) if c.name in optional else c for c in columns.ACCOUNTS)
    places = {"name": MACHINE, "deals": SCREEN}  # the title, and the section of that name
    facts = tuple(c._replace(on=places.get(c.name, c.on)) for c in facts)
    return Record(
        name="account",
        title=str(row[1]),
        columns=(*worth_showing(facts, [row], *optional), *(column for column, _ in more)),
        row=(*row, *(value for _, value in more)),
        sections=(
            _without("contacts", (filled(told, persons), persons), "no contacts"),
            _without("deals", widened(ask, "opportunity", deals), "no deals"),
            _own_activities(happened, count, str(row[1])),
            pool.owners(ask, found),
        ),
    )


def filled(declared: tuple[Column, ...], rows: Sequence[Row]) -> tuple[Column, ...]:
    """The columns, the custom fields on the screen where somebody's is filled in."""
    named = customfields.names(declared)
    shown = tuple(c._replace(on=BOTH) if c.name in named else c for c in declared)
    return worth_showing(shown, rows, *named)


def _own_activities(found: lists.Found, count: int, name: str) -> Table:
    """What happened with the customer and no deal of theirs."""
    declared = tuple(
        c._replace(on=MACHINE) if c.name in {"deal", "title", "account"} else c
        for c in columns.ACTIVITIES
    )
    rows = shaped(declared, found)
    cut = f"the latest {len(rows)} of {count:,}; --all shows them all"
    return Table(
        name="activities",
        columns=worth_showing(declared, rows, "outcome"),
        rows=rows,
        notes=(cut,) if len(rows) < count else (),
        empty=f'none without a deal; dealflow accounts log {quoted(name)} call "…"',
    )


def _without(name: str, listed: Listed, empty: str) -> Table:
    """A section that need not repeat, on the screen, what the whole record is about."""
    declared, rows = listed
    quiet = tuple(c._replace(on=MACHINE) if c.name == "account" else c for c in declared)
    return Table(name=name, columns=quiet, rows=rows, empty=empty)
