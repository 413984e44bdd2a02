"""Facts of deals as they stood at many instants at once: the present ones, and the edits since.

store/rewind.py winds whole tables back to one instant. Where each deal is looked at at instants of
its own, this reads every edit once, and the value at an instant is what the first edit after it
found. Edits are those of the journal that still count, up to `now`.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from dealflow.named import NamedTuple
from dealflow.store.customfields import Expression
from dealflow.store.scope import Scope
from dealflow.store.values import mapping

#: the facts that are read: name -> table, column, and what it is over the tables of a scope
_FACTS: dict[str, tuple[str, str, str]] = {
    "deal_grade": ("opportunity", "grade", "o.grade"),
    "deal_source": ("opportunity", "source", "o.source"),
    "amount": ("opportunity", "amount", "o.amount"),
    "currency": ("opportunity", "currency", "o.currency"),
    "deal_fields": ("opportunity", "fields", "o.fields"),
    "customer_grade": ("account", "grade", "a.grade"),
    "customer_source": ("account", "source", "a.source"),
    "segment": ("account", "segment", "a.segment"),
    "region": ("account", "region", "a.region"),
    "customer_fields": ("account", "fields", "a.fields"),
}
#: what a scope is to be given as `more`, beside READS
MORE = tuple(Expression(name, sql, {}) for name, (_, _, sql) in _FACTS.items())
READS = ("account_id",)

_CHOSEN = "(SELECT CAST(value AS BIGINT) AS id FROM json_each(:chosen)) c"
_NAMES = tuple(_FACTS)
_COLUMNS = sorted({column for _, column, _ in _FACTS.values()})
_NAME_OF = {(table, column): name for name, (table, column, _) in _FACTS.items()}
_EDITS = f"""
    SELECT x.entity, x.row_id, e.key, c.at, e.value
    FROM command c CROSS JOIN change x ON x.command_id = c.id CROSS JOIN json_each(x.before) e
    WHERE c.at > :first AND c.at <= :now AND c.undone_by IS NULL AND c.undoes IS NULL
        AND x.kind = 'edit' AND x.entity IN ('opportunity', 'account')
        AND ({" OR ".join(f"x.before LIKE '%{column}%'" for column in _COLUMNS)})
        AND e.key IN ({", ".join(repr(column) for column in _COLUMNS)})
    ORDER BY x.id"""


class Facts(NamedTuple):
    """What a deal and its customer were at an instant; the customer is the one it has as of now."""

    grade: str | None
    source: str | None
    segment: str | None
    region: str | None
    amount: int | None
    currency: str
    fields: Mapping[str, Any]
    """The deal's custom fields by key."""
    customer_fields: Mapping[str, Any]
    products: frozenset[int]


class _Edit(NamedTuple):
    at: int
    before: Any


class Then:
    """The facts of some deals at any instant from `first` to now. The scope has READS and MORE."""

    def __init__(self, about: Scope, deals: Sequence[int], first: int) -> None:
        self._now = _present(about, deals)
        self._edits = _edits(about, first)
        self._lines = _Lines(about, deals, first)
        self._known: dict[tuple[Any, ...], Facts] = {}

    def at(self, deal: int, instant: int) -> Facts:
        """What they were then. Error: Damaged."""
        account, *values = self._now[deal]
        if self._edits:
            values = [
                self._was(name, deal, account, instant, value)
                for name, value in zip(_NAMES, values, strict=True)
            ]
        products = self._lines.at(deal, instant)
        key = (*values, products)
        if key not in self._known:
            self._known[key] = _facts(dict(zip(_NAMES, values, strict=True)), products)
        return self._known[key]

    def _was(self, name: str, deal: int, account: int | None, instant: int, value: Any) -> Any:
        row = deal if _FACTS[name][0] == "opportunity" else account
        listed = self._edits.get((name, row))
        if not listed:
            return value
        after = next((edit for edit in listed if edit.at > instant), None)
        return value if after is None else after.before


def _present(about: Scope, deals: Sequence[int]) -> dict[int, tuple[Any, ...]]:
    listed = ", ".join(f"d.{name}" for name in _NAMES)
    sql = f"SELECT d.id, d.account_id, {listed} FROM {_CHOSEN} CROSS JOIN deal d ON d.id = c.id"
    found = about.conn.execute(about.sql(sql), about.values | {"chosen": json.dumps(list(deals))})
    return {deal: tuple(rest) for deal, *rest in found}


def _facts(told: Mapping[str, Any], products: frozenset[int]) -> Facts:
    amount = told["amount"]
    return Facts(
        grade=told["deal_grade"] or told["customer_grade"],
        source=told["deal_source"] or told["customer_source"],
        segment=told["segment"],
        region=told["region"],
        amount=None if amount is None else int(amount),
        currency=told["currency"],
        fields=_fields(told["deal_fields"] or "{}"),
        customer_fields=_fields(told["customer_fields"] or "{}"),
        products=products,
    )


@lru_cache(maxsize=4096)
def _fields(text: str) -> Mapping[str, Any]:
    """Read once where many deals hold the same, as most do."""
    return mapping(text)


def _edits(about: Scope, first: int) -> dict[tuple[str, int | None], list[_Edit]]:
    """By fact and row, in the order in which they were made."""
    found: dict[tuple[str, int | None], list[_Edit]] = defaultdict(list)
    values = {"first": first, "now": about.now}
    for entity, row, column, at, before in about.conn.execute(_EDITS, values):
        if (entity, column) in _NAME_OF:
            found[_NAME_OF[entity, column], row].append(_Edit(at, before))
    return dict(found)


# ── products ─────────────────────────────────────────────────────────────────────────────────

_PRESENT = (
    f"SELECT l.id, l.opportunity_id, l.product_id FROM {_CHOSEN}"
    " CROSS JOIN {} l ON l.opportunity_id = c.id"
)
_RUNS = """
    SELECT x.row_id, x.last_id, c.at FROM command c CROSS JOIN change x ON x.command_id = c.id
    WHERE c.at > :first AND c.undone_by IS NULL AND c.undoes IS NULL
        AND x.kind = 'add' AND x.entity = 'opportunity_line'
        AND NOT EXISTS (SELECT 1 FROM change y WHERE y.command_id = x.command_id
            AND y.entity = 'opportunity' AND y.kind = 'add')
    ORDER BY x.row_id"""
_REMOVED = """
    SELECT c.at, x.row_id, json_extract(x.before, '$.opportunity_id'),
        json_extract(x.before, '$.product_id')
    FROM command c CROSS JOIN change x ON x.command_id = c.id
    WHERE c.at > :first AND c.at <= :now AND c.undone_by IS NULL AND c.undoes IS NULL
        AND x.kind = 'remove' AND x.entity = 'opportunity_line'"""


class _Lines:
    """Which products were on a deal, and when: a line that came with its deal always was."""

    def __init__(self, about: Scope, deals: Sequence[int], first: int) -> None:
        values = about.values | {"chosen": json.dumps(list(deals))}
        run = about.conn.execute
        runs = run(_RUNS, {"first": first}).fetchall()
        starts = [row[0] for row in runs]
        self._of: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        lines = about.table("opportunity_line", "opportunity_id", "product_id")
        for line, deal, product in run(about.sql(_PRESENT.format(lines)), values):
            self._of[deal].append((product, _came(runs, starts, line), about.now))
        for at, line, deal, product in run(_REMOVED, {"first": first, "now": about.now}):
            self._of[int(deal)].append((int(product), _came(runs, starts, line), at - 1))

    def at(self, deal: int, instant: int) -> frozenset[int]:
        listed: Iterable[tuple[int, int, int]] = self._of.get(deal, ())
        return frozenset(one for one, came, until in listed if came <= instant <= until)


def _came(runs: list[tuple[int, int, int]], starts: list[int], line: int) -> int:
    """When the line was added; 0 where it came with its deal, or before anybody looks."""
    place = bisect_right(starts, line) - 1
    if place < 0:
        return 0
    _, last, at = runs[place]
    return at if line <= last else 0
