"""`dealflow changes`: from the open value of one day to that of another, and what lies between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dealflow.analytics import flows
from dealflow.analytics.flows import CLOSING, LINES, OPENING, RATES, spans, waterfall
from dealflow.dates import Period, day_of
from dealflow.errors import NotFound, UsageError
from dealflow.filters import Filter
from dealflow.money import Money
from dealflow.questions import Ask
from dealflow.questions.balance import Balance
from dealflow.questions.columns import CURRENCY
from dealflow.questions.explaining import explained
from dealflow.questions.grouped import Groups, asked, groups, words_of
from dealflow.questions.windows import chosen, plural, told, window
from dealflow.results import (
    BAR,
    INT,
    MACHINE,
    MONEY,
    SCREEN,
    TEXT,
    Column,
    Report,
    Row,
    Table,
)
from dealflow.store import changes as store
from dealflow.store.changes import Side
from dealflow.store.dimensions import Dimension, reads
from dealflow.store.scope import scope

ASKS = "what became of the open value between two days: new, grown, pushed, won, lost …"
DEFINITION = (
    "open value at the beginning of the first day, and at the end of the last one; between them "
    "each deal's net change: came (new, reopened, or into the filter), grew or shrank, and went "
    "(won, lost, void, with its amount at the close, or out of the filter); the lines add up"
)
_LABELS = {
    OPENING: "opening",
    flows.NEW: "new",
    flows.REOPENED: "reopened",
    flows.PULLED_IN: "pulled in",
    flows.MOVED_IN: "moved in",
    flows.GREW: "grew",
    flows.SHRANK: "shrank",
    flows.CURRENCY: "currency changed",
    flows.PUSHED_OUT: "pushed out",
    flows.MOVED_OUT: "moved out",
    flows.WON: "won",
    flows.LOST: "lost",
    flows.VOID: "void",
    RATES: "exchange rates",
    CLOSING: "closing",
}
COLUMNS = (
    Column("line", "line", TEXT, MACHINE, "its key"),
    Column("name", "", about="the line: see the definitions"),
    Column("deals", "deals", INT, about="how many; in the lines that grew and shrank also some of "
           "the others"),
    Column("value", "value", MONEY, about="what the line adds to the open value"),
    CURRENCY,
)  # fmt: skip
_BAR = Column("bar", "", BAR, SCREEN)
_DATES = (
    Column("change", "expected close", about="of deals that are open at both ends"),
    Column("deals", "deals", INT),
    Column("value", "value", MONEY, about="as it stands at the end"),
    CURRENCY,
)
_DATES_TOLD = {
    store.PUSHED: "pushed out",
    store.PULLED: "pulled in",
    store.DATED: "set",
    store.UNDATED: "taken away",
}
_APART = (
    Column("line", "line", TEXT, MACHINE),
    Column("name", "line"),
    Column("value", "value", MONEY),
    CURRENCY,
)
_FORMULAS = (
    ("balance", "closing = opening + all lines between, exactly, in every currency"),
    ("opening", "converted at the rates of the day before; closing at those of the last day"),
    ("exchange rates", "what those and the rates of closes differ by, and cents of rounding"),
)
#: shown only where something stands in them
_RARE = frozenset({flows.CURRENCY, RATES})
#: shown where a filter says what is outside
_FILTERED = (flows.MOVED_IN, flows.MOVED_OUT)
_DATED = (flows.PULLED_IN, flows.PUSHED_OUT)


def changes(
    ask: Ask,
    words: Sequence[str] = (),
    *,
    period: Period,
    by: Sequence[str] = (),
    explain: bool = False,
) -> Report:
    """The balance of the open value over a period, up to now; one for each group of `by`.

    Errors: UsageError where the period has no first day, or has not begun, and of the filter;
    UnknownWord for a dimension; NotFound; UnknownActor.
    """
    filter_ = chosen(ask, words)
    first, last = _ends(ask, period, filter_)
    wanted = asked(ask, words_of(by), [store.STAGE], most=1, dated=False)
    if any(dimension.several for dimension in wanted):
        raise UsageError(f"a deal can have several products: a balance by {wanted[0].name} is none")
    sides = _side(first, filter_, wanted), _side(last, filter_, wanted)
    who = groups(last, sides[1].everything, wanted)
    called = who.named if wanted else None
    found = store.changes(*sides, wanted)
    balance = Balance(last, first.now, found, called, by_date=filter_.uses("close"))
    report = Report(
        name="changes",
        title="What became of the open value" + "".join(f", by {d.label}" for d in wanted),
        as_of=ask.now,
        definition=DEFINITION,
        parameters={
            "by": tuple(dimension.name for dimension in wanted),
            "window": told(ask, period),
            "from": day_of(first.now + 1, ask.zone).isoformat(),
            "to": day_of(last.now, ask.zone).isoformat(),
            "filter": filter_.text,
            "n": balance.number,
        },
        notes=_notes(balance, wanted),
        empty="no deals were open, and none was closed",
        **(_by_group(balance, who, filter_) if wanted else _lines(balance, filter_)),
    )
    return explained(report, _FORMULAS) if explain else report


def _ends(ask: Ask, period: Period, filter_: Filter) -> tuple[Ask, Ask]:
    """What is asked just before the period, and at its end or now. Error: UsageError."""
    if filter_.uses("status"):
        raise UsageError(
            "changes are about what is open and what became of it", "leave status: out"
        )
    start, end = window(ask, period)
    if start is None:
        raise UsageError(
            "a balance begins on some day", "--from 2026-07-01, or --period this-month"
        )
    if start > ask.now:
        raise UsageError(f"the period has not begun: {period.label}")
    return replace(ask, now=start - 1), replace(ask, now=min(ask.now, (end or ask.now + 1) - 1))


def _side(ask: Ask, filter_: Filter, wanted: Sequence[Dimension]) -> Side:
    """All deals at one end, and those that match; names that nobody knew then match nothing."""
    more = [dimension.more for dimension in wanted if dimension.more]
    everything = scope(ask, Filter(), *store.READS, *reads(wanted), more=more)
    try:
        return Side(everything, scope(ask, filter_))
    except NotFound:
        return Side(everything, None)


def _lines(balance: Balance, filter_: Filter) -> dict[str, Any]:
    """One balance, a line for each change; those that cannot be are left out."""
    shown = [line for line in LINES if _is_shown(balance, line, filter_)]
    steps = waterfall([(line, balance.value((), line)) for line in shown])
    rows = [
        (
            step.line,
            _LABELS[step.line],
            balance.counts[(), step.line] if step.line != RATES else None,
            Money(step.change, balance.currency),
            balance.currency,
            span,
        )
        for step, span in zip(steps, spans(steps), strict=True)
    ]
    anything = any(balance.counts[(), line] for line in LINES)
    return {
        "columns": (*COLUMNS, _BAR),
        "rows": rows if anything else [],
        "sections": (*_dates(balance), *_apart(balance)),
    }


def _is_shown(balance: Balance, line: str, filter_: Filter) -> bool:
    if line in _RARE:
        return bool(balance.counts[(), line] or balance.value((), line))
    if line in _DATED:
        return filter_.uses("close")
    return line not in _FILTERED or bool(filter_.text)


def _dates(balance: Balance) -> tuple[Table, ...]:
    """What became of the expected closes of the deals that are open at both ends."""
    rows = [
        (
            told_,
            balance.dates[what],
            balance.amounts.money(((), what), balance.dates[what]),
            balance.currency,
        )
        for what, told_ in _DATES_TOLD.items()
        if balance.dates[what]
    ]
    return (Table(name="expected_closes", columns=_DATES, rows=rows),) if rows else ()


def _by_group(balance: Balance, who: Groups, filter_: Filter) -> dict[str, Any]:
    """A balance in a row for each group, and one of all."""
    used = [
        line
        for line in LINES
        if (line not in _RARE or _anywhere(balance, line))
        and (line not in _DATED or filter_.uses("close"))
    ]
    money = [Column(line, _LABELS[line], MONEY, about=f"{_LABELS[line]}: value") for line in used]
    counts = [
        Column(f"{line}_deals", f"{_LABELS[line]}: deals", INT, MACHINE)
        for line in used
        if line != RATES
    ]
    listed = [cells for cells in balance.groups if cells != ()]
    came, went = used[: used.index(flows.GREW)], used[used.index(flows.GREW) : -1]
    first = [column.name for column in who.columns if column.on != MACHINE]
    return {
        "columns": (*who.columns, *money, *counts, CURRENCY),
        "rows": [(*cells, *_figures(balance, cells, used)) for cells in listed],
        "total": (*who.total, *_figures(balance, (), used)) if listed else None,
        "panels": (
            (*first, *came, CLOSING),
            (*first, *went),
        ),
        "sections": _apart(balance, *who.columns),
    }


def _anywhere(balance: Balance, line: str) -> bool:
    cells = [(), *balance.groups]
    return any(balance.counts[each, line] or balance.value(each, line) for each in cells)


def _figures(balance: Balance, cells: tuple[Any, ...], used: Sequence[str]) -> Row:
    values = [Money(balance.value(cells, line), balance.currency) for line in used]
    counts = [balance.counts[cells, line] for line in used if line != RATES]
    return (*values, *counts, balance.currency)


def _apart(balance: Balance, *who: Column) -> tuple[Table, ...]:
    """The same balance of amounts that no rate converts, currency by currency."""
    rows = [
        (*(cells if who else ()), line, _LABELS[line], Money(minor, code), code)
        for code in balance.codes
        for cells in (balance.groups if who else [()])
        for line in LINES
        if (minor := balance.apart(cells, line, code))
    ]
    if not rows:
        return ()
    note = f"no rate to {balance.currency}: not in the values above"
    return (Table(name="other_currencies", columns=(*who, *_APART), rows=rows, notes=(note,)),)


def _notes(balance: Balance, wanted: Sequence[Dimension]) -> tuple[str, ...]:
    notes = []
    if codes := balance.amounts.converted:
        notes.append(
            f"{', '.join(codes)} converted to {balance.currency}: the opening at the rates of the "
            "day before, closes at those of their day, the rest at those of the last day"
        )
    if balance.unvalued:
        notes.append(f"without an amount: {plural(balance.unvalued, 'deal')}")
    if wanted:
        notes.append("a deal that went from one group to another moved out of the one, and in")
    return tuple(notes)
