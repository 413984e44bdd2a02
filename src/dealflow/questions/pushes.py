"""`dealflow pushes`: how often expected closes slip: whose, how far, and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from dealflow.analytics.comparison import compare_groups
from dealflow.analytics.intervals import wilson
from dealflow.analytics.quantiles import median
from dealflow.dates import ALL, Period
from dealflow.model import LOST, WON
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.questions.columns import CURRENCY
from dealflow.questions.explaining import explained
from dealflow.questions.grouped import STAGE_COLUMNS, Groups, asked, groups, words_of
from dealflow.questions.shaping import shaped, worth_showing
from dealflow.questions.windows import chosen, plural, told, window
from dealflow.results import (
    DAY,
    ID,
    INT,
    MACHINE,
    MONEY,
    NUMBER,
    RATE,
    Column,
    Report,
    Row,
)
from dealflow.store import pushes as store
from dealflow.store.conn import ALL as ALL_ROWS
from dealflow.store.dimensions import DIMENSIONS, reads
from dealflow.store.grouping import Window
from dealflow.store.names import Names
from dealflow.store.pushes import Pushed
from dealflow.store.scope import scope

ASKS = "how often expected closes slip: by rep, team, product …, how far, and of which deals"
DEFINITION = (
    "a push is an edit in the window that moved the expected close of an open deal to a later day, "
    "a pull one to an earlier day; deals: open at some time in the window, with an expected close; "
    "pushed = deals with a push / deals, 95 % Wilson intervals; above and below: Fisher's exact "
    "test against all others, Benjamini-Hochberg at 5 %; too few: under 5 deals"
)
FIGURES = (
    Column("deals", "deals", INT, about="open in the window, with an expected close"),
    Column("pushed_deals", "pushed", INT, MACHINE, "deals with one push or more"),
    Column("pushed", "pushed", RATE, about="deals with one push or more / deals"),
    Column("mark", "", about="above or below the others, or too few to tell"),
    Column("pushes", "pushes", INT),
    Column("per_deal", "per deal", NUMBER, about="pushes / deals"),
    Column("days_median", "days", NUMBER, about="median of a push, calendar days"),
    Column("pulls", "pulls", INT, about="moved to an earlier day"),
    Column("won", "won", INT, MACHINE, "of the deals"),
    Column("won_pushed", "of the won", RATE, about="pushed, of the deals that are won"),
    Column("lost", "lost", INT, MACHINE, "of the deals"),
    Column("lost_pushed", "of the lost", RATE, about="pushed, of the deals that are lost"),
)
COLUMNS = (
    *(Column(d.field, d.label) for d in DIMENSIONS.values() if d.name != "month"),
    *STAGE_COLUMNS[1:],
    *FIGURES,
)
#: of `--deals`
DEALS = (
    Column("id", "id", ID),
    Column("title", "deal"),
    Column("account", "customer"),
    Column("owner", "owner"),
    Column("stage", "stage", about="its key"),
    Column("status", "status"),
    Column("amount", "amount", MONEY),
    CURRENCY,
    Column("pushes", "pushes", INT),
    Column("slipped_days", "days", INT, about="calendar days of all pushes together"),
    Column("pulls", "pulls", INT),
    Column("first_close", "first", DAY, about="the expected close before the first move"),
    Column("expected_close", "now", DAY, about="the expected close as it stands"),
)
_FORMULAS = (
    ("history", "edits of the expected close in the journal, by when they were made"),
    ("set anew", "a date that was taken away and set again is measured from the one before"),
    ("pushed", "E. B. Wilson, JASA 22 (1927) 209-212"),
    ("mark", "R. A. Fisher, JRSS 98 (1935) 39-82; Benjamini-Hochberg, JRSS B 57 (1995) 289-300"),
)

Cells = tuple[Any, ...]


def pushes(
    ask: Ask,
    words: Sequence[str] = (),
    *,
    period: Period = ALL,
    by: Sequence[str] = (),
    explain: bool = False,
) -> Report:
    """How often expected closes were pushed, in groups of `by`; the most certainly pushed first.

    Errors: UsageErrors of the filter; UnknownWord for a dimension; NotFound; UnknownActor.
    """
    filter_ = chosen(ask, words)
    wanted = asked(ask, words_of(by) or ["rep"], [store.STAGE], dated=False)
    more = [dimension.more for dimension in wanted if dimension.more]
    about = scope(ask, filter_, *store.READS, *reads(wanted), more=more)
    span = Window(*window(ask, period))
    found = store.pushed(about, wanted, span)
    doubled = any(dimension.several for dimension in wanted)
    whole = store.pushed(about, (), span) if doubled else [one._replace(group=()) for one in found]
    table = _Table(groups(ask, about, wanted), found, store.slips(about, wanted, span))
    every = _Table(groups(ask, about, ()), whole, store.slips(about, (), span))
    report = Report(
        name="pushes",
        title="How often expected closes slip, by " + " and ".join(d.label for d in wanted),
        as_of=ask.now,
        definition=DEFINITION,
        parameters={
            "by": tuple(dimension.name for dimension in wanted),
            "window": told(ask, period),
            "filter": filter_.text,
            "n": every.figures[()].deals if whole else 0,
        },
        columns=(*table.groups.columns, *FIGURES),
        rows=table.rows(every),
        notes=("a deal with several products counts under each",) * doubled,
        empty="no deal with an expected close was open in the window",
        total=(*table.groups.total, *_told(every.figures[()], None)) if whole else None,
        panels=_panels(table.groups),
    )
    return explained(report, _FORMULAS) if explain else report


class _Figures(NamedTuple):
    """What is counted of one group."""

    deals: int
    pushed: int
    pushes: int
    pulls: int
    won: tuple[int, int]
    """Pushed, and all."""
    lost: tuple[int, int]
    days: Mapping[int, int]


class _Table:
    """The groups with their figures."""

    def __init__(
        self,
        named: Groups,
        found: Sequence[Pushed],
        days: Mapping[tuple[Any, ...], Counter[int]],
    ) -> None:
        self.groups = named
        self.order: dict[Cells, Any] = {}
        tallies: dict[Cells, list[Pushed]] = {}
        lengths: dict[Cells, Counter[int]] = {}
        for one in found:
            cells, self.order[cells] = self._called(one.group)
            tallies.setdefault(cells, []).append(one)
        for group, counts in days.items():
            cells, _ = self._called(group)
            lengths.setdefault(cells, Counter()).update(counts)
        self.figures = {
            cells: _figures(listed, lengths.get(cells, Counter()))
            for cells, listed in tallies.items()
        }

    def _called(self, group: tuple[Any, ...]) -> tuple[Cells, Any]:
        return self.groups.named(group)

    def rows(self, every: _Table) -> list[Row]:
        """The highest lower bound first, nothing to judge last; then by name."""
        listed = sorted(self.figures, key=lambda cells: self.order[cells])
        counts = [(f.pushed, f.deals - f.pushed) for f in (self.figures[c] for c in listed)]
        whole = every.figures.get(())
        marks = compare_groups(counts, whole and (whole.pushed, whole.deals - whole.pushed))
        rows = [
            (wilson(self.figures[cells].pushed, self.figures[cells].deals).low, cells, mark)
            for cells, mark in zip(listed, marks, strict=True)
        ]
        rows.sort(key=lambda row: -(row[0] or 0.0))
        return [(*cells, *_told(self.figures[cells], mark)) for _, cells, mark in rows]


def _figures(found: Sequence[Pushed], days: Mapping[int, int]) -> _Figures:
    def ended(status: str) -> tuple[int, int]:
        mine = [one for one in found if one.status == status]
        return sum(one.pushed for one in mine), sum(one.number for one in mine)

    return _Figures(
        deals=sum(one.number for one in found),
        pushed=sum(one.pushed for one in found),
        pushes=sum(one.pushes for one in found),
        pulls=sum(one.pulls for one in found),
        won=ended(WON),
        lost=ended(LOST),
        days=days,
    )


def _told(figures: _Figures, mark: str | None) -> Row:
    return (
        figures.deals,
        figures.pushed,
        wilson(figures.pushed, figures.deals),
        mark,
        figures.pushes,
        round(figures.pushes / figures.deals, 2) if figures.deals else None,
        median(figures.days),
        figures.pulls,
        figures.won[1],
        wilson(*figures.won),
        figures.lost[1],
        wilson(*figures.lost),
    )


def _panels(named: Groups) -> tuple[tuple[str, ...], ...]:
    who = tuple(column.name for column in named.columns if column.on != MACHINE)
    return (
        (*who, "deals", "pushed", "mark"),
        (*who, "pushes", "per_deal", "days_median", "pulls", "won_pushed", "lost_pushed"),
    )


# ── which deals ───────────────────────────────────────────────────────────────────────────────


def pushed_deals(
    ask: Ask, words: Sequence[str] = (), *, period: Period = ALL, limit: int | None = None
) -> Report:
    """The deals whose expected close was pushed in the window, the most often pushed first.

    Errors: UsageErrors of the filter; NotFound; UnknownActor.
    """
    filter_ = chosen(ask, words)
    about = scope(ask, filter_, *store.READS, *store.LISTED)
    span = Window(*window(ask, period))
    found = store.most_pushed(about, span, ALL_ROWS if limit is None else limit)
    number = sum(one.pushed for one in store.pushed(about, (), span))
    stages = {
        s.id: s.key for spec in Names(ask.conn, ask.now, ask.me).pipelines for s in spec.stages
    }
    rows = shaped(DEALS, [_cells(one, stages) for one in found])
    cut = f"{len(rows)} of {plural(number, 'pushed deal')}; --limit 0 shows them all"
    return Report(
        name="pushes",
        title="The deals whose expected close was pushed most",
        as_of=ask.now,
        definition=DEFINITION,
        parameters={"window": told(ask, period), "filter": filter_.text, "n": number},
        columns=worth_showing(DEALS, rows, "account"),
        rows=rows,
        notes=(cut,) if len(rows) < number else (),
        empty="no expected close was pushed in the window",
    )


def _cells(one: store.Deal, stages: Mapping[int, str]) -> Row:
    return (
        one.id,
        one.title,
        one.account,
        one.owner,
        stages.get(one.stage),
        one.status,
        one.amount,
        one.currency,
        one.currency,
        one.pushes,
        one.slipped,
        one.pulls,
        one.first,
        one.expected_close,
    )
