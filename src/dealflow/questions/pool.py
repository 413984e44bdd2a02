"""Customers that nobody owns: `dealflow pool list`, and what one customer's screen says of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from dealflow.dates import day_of
from dealflow.errors import UnknownWord
from dealflow.filters.records import ACCOUNT_KEYS
from dealflow.questions import Ask
from dealflow.questions.columns import ACCOUNTS
from dealflow.questions.customfields import widened
from dealflow.questions.shaping import shaped, worth_showing
from dealflow.questions.windows import chosen
from dealflow.results import BOTH, DAY, INSTANT, INT, MACHINE, SENTENCE, Column, Row, Table
from dealflow.store import customers
from dealflow.store import pool as store
from dealflow.store.customers import IN_POOL, Customers
from dealflow.store.labels import Labels
from dealflow.store.pool import Back
from dealflow.text import fold

_SINCE = Column("pool_since", "in the pool since", DAY, about="released, recycled, or added")
_WHY = Column(
    "why", "why", SENTENCE, about="as said at the release; recycled where a recycle took it"
)
_CELLS = {column.name: at for at, column in enumerate(ACCOUNTS)}
#: what is taken over of a customer, and what the pool says beside it
_TAKEN = ("id", "name", "grade", "segment", "region", "last_owner")
_REST = ("deals", "size", "source", "parent", "domain", "released_at", "version")
COLUMNS = (
    *(
        ACCOUNTS[_CELLS[name]]._replace(on=MACHINE if name == "segment" else BOTH)
        for name in _TAKEN
    ),
    _SINCE._replace(label="since"),
    _WHY,
    Column("touched_at", "last touched", INSTANT, MACHINE, "by a rep, or when it was added"),
    Column("days_untouched", "untouched", INT, about="calendar days since then"),
    *(ACCOUNTS[_CELLS[name]] for name in _REST),
)
#: on a screen only where some row has it
_OPTIONAL = ("grade", "region", "last_owner", "why")
#: how the owner changed, by the verb of the command
RECYCLED = "recycled"
_HOW = {"pool recycle": RECYCLED}
OWNERS = (
    Column("at", "at", INSTANT),
    Column("by", "by", about="who gave the command"),
    Column("how", "how", about="the command: pool claim, pool recycle, accounts edit …"),
    Column("was", "from", about="none: from the pool"),
    Column("owner", "to", about="none: to the pool"),
)


#: what the list can be sorted by: a column of ACCOUNTS, or what the pool says of a customer
SORTS = ("id", "name", "grade", "segment", "region", "was", "since", "untouched", "deals")
ORDER = "grade,-untouched"
_CALLED = {"was": "last_owner"}
Key = Callable[[Row], Any]


def pool(
    ask: Ask, words: Sequence[str] = (), *, sort: str = ORDER, limit: int | None = None
) -> Table:
    """Customers of the pool.

    `words` is a filter of ACCOUNT_KEYS; `sort` is names of SORTS with commas, `-name` descending.
    What is absent comes last. Errors: as of every filter; UnknownWord.
    """
    order = _order(sort)
    told = chosen(ask, words, ACCOUNT_KEYS, ("account",))
    ids = Customers(ask, told, IN_POOL).ids()
    back = store.given_back(ask.conn, ids, ask.now)
    touched = store.touched(ask.conn, ids, ask.now)
    when = {one: max(back[one].made_at, touched.get(one, 0)) for one in ids}
    found = shaped(ACCOUNTS, customers.rows(ask.conn, ids, ask.now))
    own: dict[str, Key] = {
        "since": lambda row: _since(ask, dict(zip(_CELLS, row, strict=True)), back[row[0]]),
        "untouched": lambda row: -when[row[0]],
    }
    every = found
    for name, down in reversed(order):
        every = _sorted(every, own.get(name) or _cell(name), down=down)
    rows = [_row(ask, row, back[row[0]], when[row[0]]) for row in every[:limit]]
    shown = worth_showing(COLUMNS, rows, *_OPTIONAL)
    columns, rows_ = widened(ask, "account", (shown, rows))
    cut = f"{len(rows):,} of {len(every):,} shown; --limit 0 for all"
    return Table(
        name="pool",
        columns=columns,
        rows=rows_,
        summary=(f"{len(every):,} in the pool", *_room(ask)) if every else (),
        notes=(cut,) if len(rows) < len(every) else (),
        empty=f"nothing in the pool matches {told.text}" if told.text else "the pool is empty",
    )


def _order(sort: str) -> list[tuple[str, bool]]:
    """Each name and whether it runs down; the number decides at last. Error: UnknownWord."""
    words = [*filter(None, (part.strip() for part in sort.split(","))), "id"]
    for word in words:
        if word.removeprefix("-") not in SORTS:
            raise UnknownWord("column to sort by", word.removeprefix("-"), SORTS)
    return [(word.removeprefix("-"), word.startswith("-")) for word in words]


def _cell(name: str) -> Key:
    """What a column of ACCOUNTS is sorted by: text without case and width."""
    at = _CELLS[_CALLED.get(name, name)]
    return lambda row: fold(row[at]) if isinstance(row[at], str) else row[at]


def _sorted(rows: Sequence[Row], key: Key, *, down: bool) -> list[Row]:
    present = [row for row in rows if key(row) is not None]
    absent = [row for row in rows if key(row) is None]
    return sorted(present, key=key, reverse=down) + absent


def _row(ask: Ask, row: Row, back: Back, touched: int) -> Row:
    cells = dict(zip(_CELLS, row, strict=True))
    return (
        *(cells[name] for name in _TAKEN),
        _since(ask, cells, back),
        _why(back),
        touched,
        (ask.today - day_of(touched, ask.zone)).days,
        *(cells[name] for name in _REST),
    )


def _since(ask: Ask, cells: dict[str, Any], back: Back) -> date:
    """Since which day: of what nobody ever released, since it was added."""
    released = cells["released_at"]
    return day_of(back.made_at if released is None else int(released), ask.zone)


def _why(back: Back) -> str | None:
    return back.note or _HOW.get(back.verb or "")


def _room(ask: Ask) -> tuple[str, ...]:
    """How many customers whoever asks has, where there is a cap; as of now."""
    cap = ask.setting("pool.cap")
    if ask.me is None or not cap:
        return ()
    has = sum(store.counted(ask.conn, ask.me).values())
    return (f"you have {has:,} of at most {int(cap):,} customers (pool.cap)",)


# ── of one customer ───────────────────────────────────────────────────────────────────────────


def facts(ask: Ask, row: Row) -> list[tuple[Column, Any]]:
    """Of a row of ACCOUNTS: since when it is in the pool, and why; on screen only where it is."""
    cells = dict(zip(_CELLS, row, strict=True))
    back = store.given_back(ask.conn, [cells["id"]], ask.now)[cells["id"]]
    inside = cells["owner"] is None
    told = ((_SINCE, _since(ask, cells, back)), (_WHY._replace(name="pool_why"), _why(back)))
    return [
        (column if inside and value else column._replace(on=MACHINE), value if inside else None)
        for column, value in told
    ]


def owners(ask: Ask, account: int) -> Table:
    """Every change of a customer's owner, the latest first."""
    labels = Labels(ask.conn, ask.now)

    def rep(values: dict[str, Any]) -> str | None:
        owner = values.get("owner_id")
        return None if owner is None else labels.of("owner_id", owner)

    rows = [
        (one.at, one.actor, one.verb, rep(one.before), rep(one.after))
        for one in store.passed(ask.conn, account, ask.now)
    ]
    return Table(name="owners", columns=OWNERS, rows=rows, empty="it never changed hands")
