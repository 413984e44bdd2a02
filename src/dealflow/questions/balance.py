"""What came and went as a balance: a value for each line, of all deals and of each group."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from dealflow.analytics import flows
from dealflow.analytics.flows import CLOSING, OPENING, RATES
from dealflow.questions import Ask
from dealflow.questions.amounts import Part, Totals, totals
from dealflow.questions.grouped import Named
from dealflow.store import changes as store
from dealflow.store.changes import Flow

Cells = tuple[Any, ...]
"""What a group is called; nothing for all deals."""
Line = tuple[Cells, str]

_CAME = {store.NEW: flows.NEW, store.REOPENED: flows.REOPENED}
_DATES = (store.PUSHED, store.PULLED, store.DATED, store.UNDATED)


class Balance:
    """The lines of a balance. It balances exactly, in every currency, rounding included."""

    def __init__(
        self,
        ask: Ask,
        before: int,
        found: Iterable[Flow],
        named: Callable[[Cells], Named] | None,
        *,
        by_date: bool,
    ) -> None:
        """`ask` is of the end, `before` the instant of the beginning; `named` calls groups.

        `by_date`: whether deals are chosen by their expected close. Only then did one that has
        another date come or go for it; else the date is no reason.
        """
        self.before, self.by_date = before, by_date
        self.counts: Counter[Line] = Counter()
        self.dates: Counter[str] = Counter()
        self.number = self.unvalued = 0
        self._parts: dict[Line, list[Part]] = defaultdict(list)
        order: dict[Cells, Any] = {}
        for flow in found:
            self.number += flow.number
            self.unvalued += flow.number - max(flow.known0, flow.known1)
            self._add((), flow)
            self._date(flow)
            if named:
                (before_, place), (after, other) = named((flow.before,)), named((flow.after,))
                order |= {before_: place, after: other}
                self._add_to_groups(before_, after, flow)
        self.groups = [cells for cells in sorted(order, key=order.__getitem__) if self._has(cells)]
        self.amounts: Totals[Line] = totals(ask, self._parts)
        self.currency = self.amounts.currency
        self.codes = sorted({code for _, code in self.amounts.apart})

    def value(self, cells: Cells, line: str) -> int:
        """Minor units of the one currency; exchange rates are what the others leave."""
        return self._of(line, lambda each: self.amounts.sums.get((cells, each), 0))

    def apart(self, cells: Cells, line: str, code: str) -> int:
        """Minor units of a currency that has no rate, or had none for a part of the time."""
        return self._of(line, lambda each: self.amounts.apart.get(((cells, each), code), 0))

    def _of(self, line: str, sums: Callable[[str], int]) -> int:
        if line != RATES:
            return sums(line)
        between = [each for each in flows.LINES if each not in {OPENING, CLOSING, RATES}]
        return sums(CLOSING) - sums(OPENING) - sum(map(sums, between))

    def _has(self, cells: Cells) -> bool:
        return any(self.counts[cells, line] for line in flows.LINES)

    def _add_to_groups(self, before: Cells, after: Cells, flow: Flow) -> None:
        """Where a deal went from one group to another, it left the one and came into the other."""
        if flow.came != store.OPENING or before == after or flow.went == store.WENT_OUT:
            self._add(before if flow.went == store.WENT_OUT else after, flow)
            return
        self._add(before, flow._replace(went=store.WENT_OUT, date=store.SAME))
        came = flow._replace(came=store.CAME_IN, date=store.SAME, known0=0, minor0=0)
        self._add(after, came)

    def _add(self, cells: Cells, flow: Flow) -> None:
        was = Part(flow.currency0 or flow.currency1, self.before, flow.minor0)
        left = Part(was.currency, flow.at, -flow.minor0)
        now = Part(flow.currency1, flow.at, flow.minor1)
        gone = now._replace(minor=-flow.minor1)
        if flow.came == store.OPENING:
            self._line(cells, OPENING, flow.number, was if flow.known0 else None)
        else:
            self._line(cells, self._came(flow), flow.number, now if flow.known1 else None)
        if flow.went == store.WENT_OUT:
            self._line(cells, self._out(flow), flow.number, left if flow.known0 else None)
            return
        if flow.came == store.OPENING and flow.amount != store.SAME:
            parts = [left] * bool(flow.known0) + [now] * bool(flow.known1)
            self._line(cells, flow.amount, flow.number, *parts)
        closing = flow.went == store.CLOSING
        ending = now if closing else gone
        line = CLOSING if closing else flow.went
        self._line(cells, line, flow.number, ending if flow.known1 else None)

    def _line(self, cells: Cells, line: str, number: int, *parts: Part | None) -> None:
        self.counts[cells, line] += number
        self._parts[cells, line] += [part for part in parts if part]

    def _came(self, flow: Flow) -> str:
        if flow.came == store.CAME_IN:
            pulled = self.by_date and flow.date == store.PULLED
            return flows.PULLED_IN if pulled else flows.MOVED_IN
        return _CAME[flow.came]

    def _out(self, flow: Flow) -> str:
        pushed = self.by_date and flow.date == store.PUSHED
        return flows.PUSHED_OUT if pushed else flows.MOVED_OUT

    def _date(self, flow: Flow) -> None:
        """What became of the expected close, of deals that are open at both ends."""
        if (flow.came, flow.went) != (store.OPENING, store.CLOSING) or flow.date not in _DATES:
            return
        self.dates[flow.date] += flow.number
        if flow.known1:
            self._parts[(), flow.date].append(Part(flow.currency1, None, flow.minor1))
