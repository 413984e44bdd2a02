"""Close rates of two dimensions as a terminal shows them: crossed, or along time as sparklines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dealflow.analytics.comparison import TOO_FEW, compare_groups
from dealflow.analytics.intervals import wilson
from dealflow.dates import add_months
from dealflow.results import INT, RATE, SPARK, Column, Rate, Row, Table

Cells = Mapping[Any, Mapping[Any, tuple[Rate, str | None]]]
"""By what goes down, then by what goes across: the close rate and its mark."""


def crossed(named: Sequence[Column], cells: Cells, *, dated: bool) -> Table:
    """The first dimension down, the second across: `62 % of 21, above`, in the order of the rows.

    Across, months go in their order; other groups as often as they were closed.
    """
    many: dict[Any, int] = {}
    for line in cells.values():
        for across, (rate, _) in line.items():
            many[across] = many.get(across, 0) + rate.trials
    order = sorted(many, key=str if dated else lambda one: (-many[one], str(one)))
    return Table(
        name="",
        columns=(named[0], *(Column(f"across{n}", _label(one)) for n, one in enumerate(order))),
        rows=[
            (down, *(_cell(*line[one]) if one in line else None for one in order))
            for down, line in cells.items()
        ],
    )


def _label(group: str | None) -> str:
    return "–" if group is None else group


def _cell(rate: Rate, mark: str | None) -> str | None:
    if mark == TOO_FEW or rate.value is None:
        return f"too few ({rate.trials})" if rate.trials else None
    said = f"{rate.value * 100:.0f} % of {rate.trials:,}"
    return f"{said}, {mark}" if mark else said


def sparks(named: Sequence[Column], cells: Cells, months: int, all_: tuple[int, int]) -> Table:
    """A line for each group: its close rate over all, and per period as a sparkline with its n.

    Periods of so many months, from the first to the last of any group. Surest high rate first. A
    group is marked against what of all deals, won and lost, is not in it.
    """
    periods = _periods({one for line in cells.values() for one in line}, months)
    most = max((rate.trials for line in cells.values() for rate, _ in line.values()), default=0)
    whole = {down: _together(line) for down, line in cells.items()}
    marks = compare_groups([(r.successes, r.trials - r.successes) for r in whole.values()], all_)
    span = f"{periods[0]} to {periods[-1]}" if periods else ""
    rows: list[Row] = []
    for (down, line), mark in zip(cells.items(), marks, strict=True):
        each = [line[one][0] if one in line else None for one in periods]
        rates = tuple(rate.value if rate else None for rate in each)
        counts = tuple(rate.trials / most if rate and rate.trials else None for rate in each)
        rate = whole[down]
        rows.append((down, rate.successes, rate.trials, rate, rates, counts, mark))
    columns = (
        named[0],
        Column("won", "won", INT),
        Column("n", "n", INT),
        Column("close_rate", "close rate", RATE),
        Column("rates", f"close rate, {span}", SPARK),
        Column("counts", f"n, at most {most:,}", SPARK),
        Column("mark", ""),
    )
    return Table(name="", columns=columns, rows=sorted(rows, key=lambda row: -(row[3].low or 0)))


def _together(line: Mapping[Any, tuple[Rate, str | None]]) -> Rate:
    won = sum(rate.successes for rate, _ in line.values())
    return wilson(won, sum(rate.trials for rate, _ in line.values()))


def _periods(known: set[str], months: int) -> list[str]:
    """Every period from the first to the last, those without a close too."""
    if not known:
        return []
    first, last = min(known), max(known)
    found = [first]
    while found[-1] < last:
        found.append(_next(found[-1], months))
    return found


def _next(period: str, months: int) -> str:
    """The one after 2026-07, or 2026-Q3."""
    from datetime import date

    year, quarter, part = int(period[:4]), "Q" in period, int(period[5:].lstrip("Q"))
    start = date(year, part * 3 - 2 if quarter else part, 1)
    after = add_months(start, months)
    return f"{after.year}-Q{(after.month + 2) // 3}" if quarter else f"{after:%Y-%m}"
