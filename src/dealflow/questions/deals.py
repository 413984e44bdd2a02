"""`dealflow list`: the deals that match a filter, as they stand now."""

from __future__ import annotations

from collections.abc import Sequence

from dealflow.customfields import MARK
from dealflow.errors import UnknownWord
from dealflow.filters import Condition, Filter, Is
from dealflow.money import Money, shown
from dealflow.questions import Ask, customfields
from dealflow.questions.columns import DEALS as COLUMNS
from dealflow.questions.shaping import shaped
from dealflow.questions.windows import chosen
from dealflow.results import BOTH, Column, Table
from dealflow.store import deals as store
from dealflow.store.customfields import Expression, sorting
from dealflow.store.deals import ORDERS, Total
from dealflow.store.scope import scope

__all__ = ["COLUMNS", "SORTS", "listing", "open_unless_told"]

SORTS = tuple(ORDERS)
#: a filter that uses one of these means closed deals as well
_TELLS_STATUS = ("status", "closed", "reason", "id", "external")


def listing(
    ask: Ask, words: Sequence[str], *, sort: str = "next,close,id", limit: int | None = 50
) -> Table:
    """Deals by what comes next; open ones, unless the filter tells of closed ones.

    `sort` is names of SORTS with commas, `-name` descending; what is absent comes last. Totals are
    of all that match. Errors: UsageErrors of the filter, UnknownWord, NotFound, UnknownActor.
    """
    wanted = open_unless_told(ask, words)
    order, more = _order(ask, sort)
    read = [column for name, _ in order if not name.startswith(MARK) for column in ORDERS[name]]
    added = [one for listed in more.values() for one in listed]
    about = scope(ask, wanted, *dict.fromkeys([*read, "currency", "amount"]), more=added)
    orders = {name: tuple(one.name for one in listed) for name, listed in more.items()}
    ids = store.chosen(about, order, limit, orders)
    totals = store.totals(about) if ids else []
    table = _columns(wanted), shaped(COLUMNS, store.rows(ask.conn, ids, ask.now))
    named = {condition.key.name for condition in wanted.conditions} | more.keys()
    columns, rows = customfields.widened(ask, "opportunity", table, named)
    return Table(
        name="deals",
        columns=columns,
        rows=rows,
        summary=_summary(totals),
        notes=_cut(len(ids), totals),
        empty=f"no deals match {wanted.text}" if words else 'no open deals; dealflow add "TITLE"',
    )


def numbers(ask: Ask, words: Sequence[str]) -> list[int]:
    """The numbers of the deals that match, in order. Errors: as `listing`."""
    return store.chosen(scope(ask, open_unless_told(ask, words)), [("id", False)], None)


def open_unless_told(ask: Ask, words: Sequence[str]) -> Filter:
    """The filter; of open deals only, unless it says something of closed ones."""
    told = chosen(ask, words)
    return told if any(map(told.uses, _TELLS_STATUS)) else chosen(ask, [*words, "status:open"])


Order = list[tuple[str, bool]]


def _order(ask: Ask, sort: str) -> tuple[Order, dict[str, list[Expression]]]:
    """Each name and whether it runs down, and what custom fields among them are read from.

    The id decides at last, so that the order is total.
    """
    order: Order = []
    more: dict[str, list[Expression]] = {}
    for word in filter(None, (part.strip() for part in sort.split(","))):
        name = word.removeprefix("-")
        if name.casefold().startswith(MARK):
            field = customfields.found(ask, name, SORTS, "column to sort by")
            name = field.name
            more[name] = sorting(field, len(more))
        elif name not in ORDERS:
            raise UnknownWord("column to sort by", name, SORTS)
        order.append((name, word.startswith("-")))
    done = any(name == "id" for name, _ in order)
    return order if done else [*order, ("id", False)], more


def _columns(wanted: Filter) -> tuple[Column, ...]:
    """Where closed deals can be among them, the screen shows which are."""
    if any(map(_is_open, wanted.conditions)):
        return COLUMNS
    return tuple(c._replace(on=BOTH) if c.name == "status" else c for c in COLUMNS)


def _is_open(condition: Condition) -> bool:
    told = (condition.key.name, condition.tests, condition.negated)
    return told == ("status", (Is("open"),), False)


def _cut(here: int, totals: Sequence[Total]) -> tuple[str, ...]:
    count = sum(total.deals for total in totals)
    return (f"{here:,} of {count:,} shown; --limit 0 for all",) if here < count else ()


def _summary(totals: Sequence[Total]) -> tuple[str, ...]:
    """How many match, and what they are worth, currency by currency."""
    count = sum(total.deals for total in totals)
    if not count:
        return ()
    worth = [shown(Money(total.amount, total.currency)) for total in totals if total.valued]
    without = count - sum(total.valued for total in totals)
    parts = [f"{count:,} deal{'s' * (count != 1)}", *worth]
    if without and worth:
        parts.append(f"{without:,} without an amount")
    return (" · ".join(parts),)
