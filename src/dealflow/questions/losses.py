"""`dealflow reasons`: why deals are lost: how many, how much, from which stage, whose."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from dealflow.analytics.intervals import wilson
from dealflow.dates import ALL, Period
from dealflow.errors import UsageError
from dealflow.money import Money
from dealflow.questions import Ask
from dealflow.questions.amounts import Part, Totals, totals
from dealflow.questions.columns import CURRENCY
from dealflow.questions.explaining import explained
from dealflow.questions.grouped import STAGE_COLUMNS, Groups, Named, asked, groups, words_of
from dealflow.questions.windows import chosen, plural, told, window
from dealflow.results import (
    INT,
    MACHINE,
    MONEY,
    RATE,
    SHARE,
    Column,
    Report,
    Row,
    Table,
)
from dealflow.store import losses as store
from dealflow.store.dimensions import DIMENSIONS, reads
from dealflow.store.grouping import Window
from dealflow.store.losses import Lost
from dealflow.store.losses import names as names_of
from dealflow.store.scope import scope

ASKS = "why deals were lost: how many and how much for each reason, by stage, rep, product …"
DEFINITION = (
    "deals lost in the window whose loss still stands; share = those lost for the reason / all "
    "that were lost (of the group), with its 95 % Wilson interval; value: amounts as they stood at "
    "the loss"
)
FIGURES = (
    Column("reason", "reason", about="its name; none: no reason was given"),
    Column("lost", "lost", INT, about="deals lost for it"),
    Column("of", "of", INT, MACHINE, "deals lost, in the group"),
    Column("share", "share", RATE, about="lost / of"),
    Column("lost_value", "value lost", MONEY, about="as it stood at the loss"),
    Column("value_share", "by value", SHARE, about="of the value lost in the group; no interval"),
    CURRENCY,
)
COLUMNS = (
    *STAGE_COLUMNS,
    *(Column(dimension.field, dimension.label) for dimension in DIMENSIONS.values()
      if dimension.name != "pipeline"),
    *FIGURES,
)  # fmt: skip
_APART = (Column("reason", "reason"), Column("lost_value", "value lost", MONEY), CURRENCY)
_FORMULAS = (("share", "interval: E. B. Wilson, JASA 22 (1927) 209-212"),)
UNSAID = "no reason given"

Line = tuple[tuple[Any, ...], int | None]
"""The cells of a group, and the reason."""


def reasons(
    ask: Ask,
    words: Sequence[str] = (),
    *,
    period: Period = ALL,
    by: Sequence[str] = (),
    explain: bool = False,
) -> Report:
    """How many deals were lost for each reason, the most frequent first, in groups of `by`.

    Errors: UsageErrors of the filter; UnknownWord for a dimension; NotFound; UnknownActor.
    """
    filter_ = chosen(ask, words)
    wanted = asked(ask, words_of(by), [store.STAGE], dated=True)
    if any(dimension.name == "reason" for dimension in wanted):
        raise UsageError("each line is of one reason already", "dealflow reasons --by stage")
    more = [dimension.more for dimension in wanted if dimension.more]
    about = scope(ask, filter_, *store.READS, *reads(wanted), more=more)
    span = Window(*window(ask, period))
    found = store.losses(about, wanted, span, ask)
    doubled = any(dimension.several for dimension in wanted)
    whole = store.losses(about, (), span, ask) if doubled else found
    table = _Reasons(ask, groups(ask, about, wanted), found, whole)
    report = Report(
        name="reasons",
        title="Why deals were lost" + "".join(f", by {d.label}" for d in wanted),
        as_of=ask.now,
        definition=DEFINITION,
        parameters={
            "by": tuple(dimension.name for dimension in wanted),
            "window": told(ask, period),
            "filter": filter_.text,
            "n": table.number,
        },
        columns=(*table.groups.columns, *FIGURES),
        rows=table.rows(),
        notes=(*table.notes(), *["a deal with several products counts under each"] * doubled),
        empty="no deals were lost in the window",
        total=table.total() if found else None,
        sections=table.apart(),
    )
    return explained(report, _FORMULAS) if explain else report


class _Reasons:
    """The losses by group and reason, and all of them by reason."""

    def __init__(
        self, ask: Ask, named: Groups, found: Sequence[Lost], whole: Sequence[Lost]
    ) -> None:
        self.groups = named
        self.names = names_of(ask.conn, ask.now)
        self.counts: Counter[Line] = Counter()
        self.sizes: Counter[tuple[Any, ...]] = Counter()
        self.order: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        parts: dict[Line, list[Part]] = defaultdict(list)
        for lost in found:
            cells, order = self._named(lost)
            self.order[cells] = order
            self.sizes[cells] += lost.number
            self.counts[cells, lost.reason] += lost.number
            if lost.known:
                parts[cells, lost.reason].append(Part(lost.currency, lost.at, lost.minor))
        self.amounts: Totals[Line] = totals(ask, parts)
        self.worth = self._worth()
        self.number = sum(lost.number for lost in whole)
        self.unvalued = sum(lost.number - lost.known for lost in whole)
        self.unsaid = sum(lost.number for lost in whole if lost.reason is None)
        self.whole = totals(
            ask, {(): [Part(lost.currency, lost.at, lost.minor) for lost in whole if lost.known]}
        )

    def _named(self, lost: Lost) -> Named:
        return self.groups.named(lost.group)

    def rows(self) -> list[Row]:
        return [self._row(line) for line in sorted(self.counts, key=self._place)]

    def _place(self, line: Line) -> tuple[Any, ...]:
        cells, reason = line
        return self.order[cells], reason is None, -self.counts[line], self._reason(reason)

    def _reason(self, reason: int | None) -> str:
        return UNSAID if reason is None else self.names.get(reason, str(reason))

    def _row(self, line: Line) -> Row:
        cells, reason = line
        number, size = self.counts[line], self.sizes[cells]
        return (
            *cells,
            self._reason(reason),
            number,
            size,
            wilson(number, size),
            self.amounts.money(line, number),
            self._value_share(line),
            self.amounts.currency,
        )

    def _value_share(self, line: Line) -> float | None:
        """The part of the group's value; None where some of it has no rate, or there is none."""
        whole, mine = self.worth[line[0]], self.amounts.complete(line)
        return None if not whole or mine is None else mine / whole

    def _worth(self) -> dict[tuple[Any, ...], int | None]:
        """The value lost in each group; None where a part of it has no rate."""
        found: dict[tuple[Any, ...], int | None] = dict.fromkeys(self.sizes, 0)
        for line in self.counts:
            so_far, more = found[line[0]], self.amounts.complete(line)
            found[line[0]] = None if so_far is None or more is None else so_far + more
        return found

    def total(self) -> Row:
        cells = self.groups.total
        money = self.whole.money((), self.number)
        first = None if cells else "all"
        return (*cells, first, self.number, self.number, None, money, None, self.whole.currency)

    def notes(self) -> tuple[str, ...]:
        notes = list(self.amounts.told())
        if self.unsaid:
            notes.append(f"no reason given: {self.unsaid:,} of {plural(self.number, 'deal')} lost")
        if self.unvalued:
            notes.append(f"without an amount: {self.unvalued:,} of those lost")
        return tuple(notes)

    def apart(self) -> tuple[Table, ...]:
        """Amounts that no rate converts, in rows of their own."""
        if not self.amounts.apart:
            return ()
        listed = sorted(self.amounts.apart, key=lambda key: (self._place(key[0]), key[1]))
        rows = [
            (*cells, self._reason(reason), Money(self.amounts.apart[(cells, reason), code], code),
             code)
            for (cells, reason), code in listed
        ]  # fmt: skip
        note = f"no rate to {self.amounts.currency}: not in the values above"
        columns = (*self.groups.columns, *_APART)
        return (Table(name="other_currencies", columns=columns, rows=rows, notes=(note,)),)
