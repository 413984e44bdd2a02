"""What the reports of what happens to deals have in common: windows, who is credited, months."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dealflow.named import NamedTuple
from dealflow.store.dimensions import month_of
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


def month(about: Scope, column: str, found_in: str, values: Mapping[str, Any], asked: Asked) -> str:
    """SQL for the month of `column`; `found_in` is the FROM and WHERE of the rows there are."""
    sql = about.sql(f"SELECT min({column}), max({column}) {found_in}")
    first, last = about.conn.execute(sql, dict(values)).fetchone()
    return "NULL" if first is None else month_of(column, first, last, asked)


def groups(number: int) -> str:
    """GROUP BY the first so many columns of the statement."""
    return f"GROUP BY {', '.join(str(n + 1) for n in range(number))}" if number else ""
