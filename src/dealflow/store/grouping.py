"""How the reports of what happens to deals are grouped: dimensions as SQL, keys before labels.

A statement has `deal d`, and `l` where `products` joined it. Of each dimension the expression of
its key is taken; who is credited and when it was stand in two places that the statement fills.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dealflow.store.dimensions import Dimension, month_of
from dealflow.store.scope import Asked, Scope

#: the owner of a deal, and of a closed one the owner at the close
OWNER, CLOSER = "d.owner_id", "coalesce(v.end_owner_id, d.owner_id)"


class Window(NamedTuple):
    """Instants [start, end); None is no limit."""

    start: int | None
    end: int | None

    def tests(self, column: str) -> list[str]:
        """Tests that `column` lies within, and by `:now`; they bind `values`."""
        found = [f"{column} <= :now"]
        found += [f"{column} >= :start"] * (self.start is not None)
        found += [f"{column} < :end"] * (self.end is not None)
        return found

    @property
    def values(self) -> dict[str, Any]:
        return {"start": self.start, "end": self.end}


def keys(by: Sequence[Dimension], who: str, month: str = "NULL") -> list[str]:
    """The expressions that a statement groups by."""
    return [dimension.key.format(who=who, month=month) for dimension in by]


def reads(by: Sequence[Dimension]) -> list[str]:
    """The columns of `deal` that the keys read, beside the owner."""
    return [column for dimension in by for column in dimension.reads]


def is_dated(by: Sequence[Dimension]) -> bool:
    """Whether a group is the month in which something happened."""
    return any("{month}" in dimension.key for dimension in by)


def products(about: Scope, by: Sequence[Dimension]) -> str:
    """A join that has a deal count once under each of its products, if it is grouped by those."""
    if not any(dimension.key.startswith("l.") for dimension in by):
        return ""
    lines = about.table("opportunity_line", "opportunity_id", "product_id")
    distinct = f"SELECT DISTINCT opportunity_id, product_id FROM {lines}"
    return f"LEFT JOIN ({distinct}) l ON l.opportunity_id = d.id"


def month(about: Scope, column: str, found_in: str, values: Mapping[str, Any], asked: Asked) -> str:
    """SQL for the month of `column`; `found_in` is the FROM and WHERE of the rows there are."""
    sql = about.sql(f"SELECT min({column}), max({column}) {found_in}")
    first, last = about.conn.execute(sql, dict(values)).fetchone()
    return "NULL" if first is None else month_of(column, first, last, asked)


def groups(number: int) -> str:
    """GROUP BY the first so many columns of the statement."""
    return f"GROUP BY {', '.join(str(n + 1) for n in range(number))}" if number else ""
