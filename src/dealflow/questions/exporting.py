"""`dealflow export TABLE`: records as they can be taken in elsewhere, and known again here.

Columns are those that describe a record, in the words that `import` takes: names and handles, no
ids of this database. `external_id` is what it is called everywhere: by the system that it came
from, else by dealflow (`dealflow:` and its uid). What follows from other records is left out: what
a list shows beside them (days in the stage, open deals) is in the lists.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from dealflow.customfields import TEXT as KEPT
from dealflow.customfields import Shape
from dealflow.errors import UnknownWord, UsageError
from dealflow.filters import FOLLOW_UP_KEYS, KEYS, Filter
from dealflow.filters.records import ACCOUNT_KEYS, CONTACT_KEYS
from dealflow.model import FIELD_OWNERS
from dealflow.questions import Ask, customfields
from dealflow.questions.labels import Labels
from dealflow.questions.shaping import day, due, money
from dealflow.questions.windows import chosen
from dealflow.results import (
    BOOL,
    DAY,
    DUE,
    ID,
    INSTANT,
    INT,
    MONEY,
    NAMES,
    NUMBER,
    TAGS,
    Column,
    Row,
    Stream,
)
from dealflow.store import exporting as store
from dealflow.store.choosing import contacts
from dealflow.store.customers import Customers
from dealflow.store.customfields import declared_on, shape, used
from dealflow.store.known import called
from dealflow.store.past import is_past
from dealflow.store.scope import scope
from dealflow.store.values import array as listed
from dealflow.store.values import mapping
from dealflow.text import fold

_ID = Column("external_id", "id", ID, about="in the system it came from, else dealflow's own")
_OF_DEAL = (
    Column("deal", "deal", ID, about="its external_id"),
    Column("title", "title", about="of the deal"),
    Column("account", "customer"),
)
_CURRENCY = Column("currency", "currency", about="ISO 4217")

COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "deals": (
        _ID,
        Column("title", "title"),
        Column("account", "customer"),
        Column("contact", "contact"),
        Column("owner", "owner", about="handle of the rep"),
        Column("product", "products", NAMES),
        Column("pipeline", "pipeline"),
        Column("stage", "stage", about="where it is, or was closed in"),
        Column("status", "status", about="open, won, lost or void"),
        Column("amount", "amount", MONEY),
        _CURRENCY,
        Column("probability", "probability", NUMBER, about="the rep's own, 0 to 1"),
        Column("close", "close", DAY, about="the expected close"),
        Column("created_at", "created", INSTANT),
        Column("closed_at", "closed", INSTANT),
        Column("reason", "reason", about="why it was lost"),
        Column("source", "source", about="its own, not the customer's"),
        Column("grade", "grade", about="its own, not the customer's"),
        Column("tags", "tags", TAGS),
    ),
    "accounts": (
        _ID,
        Column("name", "name"),
        Column("owner", "owner", about="handle of the rep; nobody's: in the pool"),
        Column("grade", "grade"),
        Column("segment", "segment"),
        Column("region", "region"),
        Column("size", "size"),
        Column("source", "source"),
        Column("parent", "belongs to"),
        Column("domain", "domain", about="of its e-mail addresses"),
        Column("locked", "locked", BOOL, about="whether it never goes to the pool"),
    ),
    "contacts": (
        _ID,
        Column("name", "name"),
        Column("account", "customer"),
        Column("title", "title"),
        Column("role", "role"),
        Column("phone", "phone"),
        Column("email", "e-mail"),
        Column("wechat", "WeChat"),
    ),
    "products": (
        _ID,
        Column("name", "name"),
        Column("series", "series"),
        Column("price", "price", MONEY),
        _CURRENCY,
        Column("active", "sold", BOOL, about="whether it is still sold"),
    ),
    "reps": (
        _ID,
        Column("handle", "handle"),
        Column("name", "name"),
        Column("email", "e-mail"),
        Column("team", "team"),
        Column("active", "active", BOOL),
    ),
    "activities": (
        _ID,
        Column("at", "at", INSTANT),
        Column("kind", "kind"),
        *_OF_DEAL,
        Column("contact", "contact"),
        Column("note", "note"),
        Column("outcome", "outcome"),
        Column("channel", "channel"),
        Column("direction", "direction", about="in: they came to us"),
        Column("rep", "rep", about="handle of who did it"),
    ),
    "history": (
        Column("external_id", "deal", ID, about="of the deal"),
        Column("title", "title", about="of the deal"),
        Column("account", "customer"),
        Column("seq", "visit", INT, about="1, 2, 3 … within the deal"),
        Column("in_pipeline", "pipeline"),
        Column("stage", "stage"),
        Column("entered_at", "entered", INSTANT),
        Column("left_at", "left", INSTANT),
        Column("ending", "ending", about="advanced, returned, won, lost or void"),
        Column("owner", "owner", about="handle of the rep when it began"),
        Column("end_owner", "owner then", about="handle of the rep when it ended"),
        Column("amount", "amount", MONEY, about="when it began"),
        Column("end_amount", "amount then", MONEY, about="when it ended"),
        _CURRENCY,
        Column("reason", "reason", about="why it was lost"),
        Column("passed", "passed over", NAMES, about="stages that the move out of it skipped"),
        Column("forced", "forced", BOOL, about="whether that move overrode requirements"),
        Column("why", "why", about="why it did"),
        Column("entry_why", "why here", about="why it could begin although something was missing"),
        Column("note", "note"),
    ),
    "follow-ups": (
        _ID,
        Column("due", "due", DUE),
        Column("what", "what"),
        Column("goal", "goal"),
        Column("kind", "kind"),
        Column("channel", "channel"),
        *_OF_DEAL,
        Column("for", "for", about="handle of the rep"),
        Column("by", "by", about="handle of who planned it"),
        Column("created_at", "planned", INSTANT),
        Column("snoozed", "snoozed", INT, about="how often it was put off"),
        Column("done_at", "done", INSTANT),
        Column("cancelled_at", "cancelled", INSTANT),
        Column("cancelled_why", "why cancelled"),
    ),
    "lines": (
        *_OF_DEAL,
        Column("product", "product"),
        Column("series", "series"),
        Column("quantity", "quantity", INT),
        Column("price", "price", MONEY, about="of one"),
        _CURRENCY,
    ),
    "participants": (
        *_OF_DEAL,
        Column("rep", "rep", about="handle"),
        Column("role", "role"),
    ),
}
TABLES = tuple(COLUMNS)
#: what else they are called
_WORDS = {
    "deal": "deals", "opportunities": "deals", "商机": "deals",
    "account": "accounts", "customers": "accounts", "customer": "accounts", "客户": "accounts",
    "contact": "contacts", "people": "contacts", "联系人": "contacts",
    "product": "products", "产品": "products",
    "rep": "reps", "users": "reps", "销售": "reps",
    "activity": "activities", "活动": "activities", "跟进记录": "activities",
    "visits": "history", "阶段历史": "history",
    "followups": "follow-ups", "follow_ups": "follow-ups", "plans": "follow-ups",
    "跟进计划": "follow-ups",
    "deal-products": "lines", "participant": "participants",
}  # fmt: skip
#: how the database calls them
_STORED = {
    "deals": "opportunity",
    "accounts": "account",
    "contacts": "contact",
    "products": "product",
    "reps": "rep",
    "activities": "activity",
    "history": "visit",
    "follow-ups": "follow_up",
    "lines": "opportunity_line",
    "participants": "participant",
}


def table_named(word: str) -> str:
    """The table that a word means. Error: UnknownWord."""
    told = fold(word.strip())
    found = _WORDS.get(told, told)
    if found not in COLUMNS:
        raise UnknownWord("table", word, TABLES)
    return found


def records(ask: Ask, table: str, words: Sequence[str] = ()) -> Stream:
    """The records of a table that match a filter, open and closed, as they stood at `ask.now`.

    Errors: those of the filter; UsageError where there is no filter, or no past.
    """
    told, ids = _chosen(ask, table, words)
    columns, rows = _described(ask, table, ids)
    parameters = {"filter": told.text} if told and told.text else {}
    return Stream(name=table, columns=columns, rows=rows, as_of=ask.now, parameters=parameters)


# ── which ─────────────────────────────────────────────────────────────────────────────────────


def _chosen(ask: Ask, table: str, words: Sequence[str]) -> tuple[Filter | None, array[int]]:
    stored = _STORED[table]
    if table == "accounts":
        told = chosen(ask, words, ACCOUNT_KEYS, ("account",))
        return told, array("q", sorted(Customers(ask, told).ids()))
    if table in {"contacts", "products", "reps"} and is_past(ask.conn, ask.now):
        hint = "--as-of is for deals, accounts, and what happened with them"
        raise UsageError(f"{table} are known as they are now only", hint)
    if table == "contacts":
        told = chosen(ask, words, CONTACT_KEYS, ("contact", "account"))
        return told, store.of_choice(ask.conn, contacts(ask, told))
    if table in {"products", "reps"}:
        if words:
            raise UsageError(f"{table} have no filter", f"dealflow export {table}")
        return None, store.every(ask.conn, stored)
    told = chosen(ask, words, FOLLOW_UP_KEYS if table == "follow-ups" else KEYS)
    return told, store.of_deals(scope(ask, told), stored)


# ── their cells ───────────────────────────────────────────────────────────────────────────────


def _described(ask: Ask, table: str, ids: array[int]) -> tuple[tuple[Column, ...], Iterator[Row]]:
    """The columns, custom fields behind the others, and the rows as they are asked for."""
    stored = _STORED[table]
    more = _Fields(ask, stored if stored in FIELD_OWNERS else "")
    shaped = _shapes(ask)[table]

    def rows() -> Iterator[Row]:
        for page in store.pages(ask.conn, stored, ids, ask.now):
            for row, cells in zip(page, shaped(page), strict=True):
                yield (*cells, *more.cells(row[-1])) if more.shapes else cells

    return (*COLUMNS[table], *more.columns), rows()


Shaped = Callable[[list[tuple[Any, ...]]], Iterable[Row]]


def _shapes(ask: Ask) -> dict[str, Shaped]:
    """What makes cells of a page of rows, by table."""
    labels = Labels(ask)
    plain: dict[str, Callable[..., Row]] = {
        "reps": lambda uid, ext, *rest: (called(uid, ext), *rest[:4], bool(rest[4])),
        "accounts": lambda uid, ext, *rest: (called(uid, ext), *rest[:9], bool(rest[9])),
        "contacts": lambda uid, ext, *rest: (called(uid, ext), *rest[:7]),
        "products": _product,
        "activities": lambda uid, ext, at, kind, duid, dext, *rest: (
            called(uid, ext), at, kind, called(duid, dext), *rest,
        ),
        "history": partial(_visit, labels),
        "follow-ups": _follow_up,
        "lines": lambda uid, ext, *rest: (
            called(uid, ext), *rest[:5], money(rest[5], rest[6]), rest[6],
        ),
        "participants": lambda uid, ext, *rest: (called(uid, ext), *rest),
    }  # fmt: skip
    found: dict[str, Shaped] = {name: partial(_each, one) for name, one in plain.items()}
    return {**found, "deals": partial(_deals, ask, labels)}


def _each(shape_of: Callable[..., Row], page: list[tuple[Any, ...]]) -> Iterator[Row]:
    return (shape_of(*row) for row in page)


def _deals(ask: Ask, labels: Labels, page: list[tuple[Any, ...]]) -> Iterator[Row]:
    products = store.products(ask.conn, [row[0] for row in page], ask.now)
    for row in page:
        yield _deal(labels, row, tuple(products.get(row[0], ())))


def _deal(labels: Labels, row: tuple[Any, ...], products: tuple[str, ...]) -> Row:
    (_, uid, ext, title, account, contact, owner, stage, status, amount, currency) = row[:11]
    (probability, close, created, closed, reason, reason_name, source, grade, tags) = row[11:20]
    return (
        called(uid, ext), title, account, contact, owner, products, *labels.stage(stage), status,
        money(amount, currency), currency, probability, day(close), created, closed,
        labels.reason(reason, reason_name), source, grade,
        tuple(dict.fromkeys(map(str, listed(tags)))) if tags != "[]" else (),
    )  # fmt: skip


def _product(uid: bytes, ext: str | None, *row: Any) -> Row:
    name, series, price, currency, active = row
    told = None if price is None else currency
    return called(uid, ext), name, series, money(price, currency), told, bool(active)


def _visit(labels: Labels, uid: bytes, ext: str | None, *row: Any) -> Row:
    (title, account, seq, stage, entered, left, ending, owner, end_owner) = row[:9]
    (amount, end_amount, currency, reason, reason_name, passed, forced, why, entry, note) = row[9:]
    over = left is not None and left <= labels.now
    cut = (left, ending, end_owner, end_amount, passed, forced, why, note)
    left, ending, end_owner, end_amount, passed, forced, why, note = (
        cut if over else (None, None, None, None, "[]", 0, None, None)
    )
    told = labels.reason(reason, reason_name) if over else None
    return (
        called(uid, ext), title, account, seq, *labels.stage(stage), entered, left, ending, owner,
        end_owner, money(amount, currency), money(end_amount, currency), currency, told,
        () if passed == "[]" else tuple(labels.stage(one)[1] for one in listed(passed)),
        bool(forced), why, entry, note,
    )  # fmt: skip


def _follow_up(uid: bytes, ext: str | None, *row: Any) -> Row:
    due_day, due_at, what, goal, kind, channel, deal, deal_ext, *rest = row
    told = called(uid, ext), due(due_day, due_at), what, goal, kind, channel
    return (*told, called(deal, deal_ext), *rest)


class _Fields:
    """The custom fields of a table's records: those declared, or what is in use where none is."""

    def __init__(self, ask: Ask, owner: str) -> None:
        self.shapes = list(_shapes_on(ask, owner)) if owner else []
        told = (customfields.columns_of(key, one, ()) for key, one in self.shapes)
        self.columns = tuple(column for columns in told for column in columns)

    def cells(self, kept: str | None) -> Iterator[Any]:
        """The values that a record keeps. Error: Damaged."""
        return customfields.cells_of(self.shapes, mapping(kept) if kept else {})


def _shapes_on(ask: Ask, owner: str) -> Iterator[tuple[str, Shape]]:
    declared = declared_on(ask.conn, owner, ask.now)
    for row in declared:
        yield row.key, shape(row)
    for key in used(ask.conn, owner) if not declared else ():
        yield key, Shape(KEPT, key, (), ())
