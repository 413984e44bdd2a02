"""`dealflow pipeline`: what is open: how many deals, worth how much, how old, in each stage."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dealflow.analytics.quantiles import median
from dealflow.dates import ALL, Period
from dealflow.money import Money
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.questions.amounts import Part, Totals, totals
from dealflow.questions.chances import Lines, estimate, stage_lines
from dealflow.questions.columns import CURRENCY
from dealflow.questions.explaining import explained
from dealflow.questions.funnels import pipelines_asked
from dealflow.questions.grouped import STAGE_COLUMNS, Groups, asked, groups, words_of
from dealflow.questions.windows import chosen, plural
from dealflow.results import (
    BAR,
    INT,
    MACHINE,
    MONEY,
    NUMBER,
    SCREEN,
    Column,
    Report,
    Row,
    Table,
)
from dealflow.stages import PipelineSpec
from dealflow.store import open_deals as store
from dealflow.store.dimensions import DIMENSIONS, Dimension, reads
from dealflow.store.open_deals import Closing, Held
from dealflow.store.scope import scope

if TYPE_CHECKING:
    from fractions import Fraction

ASKS = "what is open: how many deals, worth how much, how old, in each stage"
DEFINITION = (
    "open deals as they stand; weighted = the sum of amount × probability, the deal's own where it "
    "has one, else what `forecast` takes for its stage; deals without an amount or a probability "
    "add nothing to it; days: whole days of 24 hours, medians over deals; past: their expected "
    "close is before today"
)
FIGURES = (
    Column("deals", "deals", INT),
    Column("value", "value", MONEY, about="the sum of the amounts"),
    Column("weighted", "weighted", MONEY, about="the sum of amount × probability"),
    CURRENCY,
    Column("days_in_stage", "days there", NUMBER, about="median, since they entered their stage"),
    Column("oldest_in_stage", "longest", INT, about="days of the one that is there longest"),
    Column("age", "age", NUMBER, about="median days since they were created"),
    Column("oldest", "oldest", INT, about="days since the first of them was created"),
    Column("past_close", "past", INT, about="their expected close is before today"),
    Column("without_close", "no date", INT, about="they have no expected close"),
    Column("without_amount", "no amount", INT, MACHINE, "in no value"),
    Column("without_chance", "no chance", INT, MACHINE, "with an amount, and no probability"),
)
_BAR = Column("bar", "", BAR, SCREEN)
COLUMNS = (
    *STAGE_COLUMNS,
    *(Column(d.field, d.label) for d in DIMENSIONS.values() if d.name not in {"pipeline", "month"}),
    Column("month", store.MONTH.label),
    *FIGURES,
)
_APART = (Column("value", "value", MONEY), Column("weighted", "weighted", MONEY), CURRENCY)
_FORMULAS = (
    ("weighted", "exact fractions, rounded once, half to even"),
    ("several currencies", "converted by the rates of now; without a rate in a table of their own"),
)
_VALUE, _WEIGHTED = "value", "weighted"

Cells = tuple[Any, ...]


def pipeline(
    ask: Ask,
    words: Sequence[str] = (),
    *,
    by: Sequence[str] = (),
    period: Period = ALL,
    pipeline: str | None = None,
    explain: bool = False,
) -> Report:
    """The open deals by stage, or in groups of `by`; with a period, those expected to close in it.

    Errors: UsageErrors of the filter; UnknownWord for a dimension; NotFound; UnknownActor.
    """
    if pipeline is not None:
        words = [*words, f'pipeline:"{pipelines_asked(ask, pipeline)[0].key}"']
    filter_ = chosen(ask, words)
    by = words_of(by) or ["stage"]
    wanted = asked(ask, by, [store.STAGE, store.MONTH], dated=False)
    more = [dimension.more for dimension in wanted if dimension.more]
    about = scope(ask, filter_, *store.READS, *reads(wanted), more=more)
    closing = Closing(
        ask.today.isoformat(),
        period.start.isoformat() if period.start else None,
        period.end.isoformat() if period.end else None,
    )
    specs, lines = pipelines_asked(ask, pipeline), stage_lines(ask)
    table = _Open(ask, groups(ask, about, wanted, specs), specs, lines)
    held, ages = store.held(about, wanted, closing), store.ages(about, wanted, closing)
    table.count(held, ages)
    if by == ["stage"]:
        table.add_empty()
    doubled = any(dimension.several for dimension in wanted)
    whole = _Open(ask, groups(ask, about, ()), specs, lines)
    if doubled:
        whole.count(store.held(about, (), closing), store.ages(about, (), closing))
    else:
        whole.count([one._replace(group=()) for one in held], _all(ages))
    report = Report(
        name="pipeline",
        title=_title(wanted),
        as_of=ask.now,
        definition=DEFINITION,
        parameters={
            "by": tuple(dimension.name for dimension in wanted),
            "expected_close": None if period == ALL else period.label,
            "filter": filter_.text,
            "n": sum(one.number for one in whole.found),
        },
        columns=(*table.groups.columns, *FIGURES, _BAR),
        rows=table.rows(),
        notes=(*whole.notes(), *["a deal with several products counts under each"] * doubled),
        empty="no deals are open",
        total=(*table.groups.total, *whole.figures(()), None) if whole.found else None,
        sections=table.apart(),
        panels=table.panels(),
    )
    return explained(report, _FORMULAS) if explain else report


def _title(wanted: Sequence[Dimension]) -> str:
    return "What is open, by " + " and ".join(dimension.label for dimension in wanted)


def _all(ages: store.Ages) -> store.Ages:
    """The ages of all groups as those of one."""
    sums = []
    for groups_ in ages:
        together: Counter[int] = Counter()
        for counts in groups_.values():
            together.update(counts)
        sums.append({(): together})
    return store.Ages(*sums)


def _nothing() -> Fraction:
    from fractions import Fraction  # milliseconds that other questions do not pay

    return Fraction(0)


def _share(chance: float, minor: int) -> Fraction:
    """Exactly: 0.1 is a tenth here, not the binary fraction that is near it."""
    from fractions import Fraction

    return Fraction(repr(chance)) * minor


class _Tally(NamedTuple):
    """Figures of one group."""

    counts: Counter[str]
    in_stage: Counter[int]
    since: Counter[int]


class _Open:
    """The open deals in groups."""

    def __init__(
        self, ask: Ask, named: Groups, specs: Sequence[PipelineSpec], lines: Lines
    ) -> None:
        self.ask, self.groups, self.specs, self.lines = ask, named, specs, lines
        self.found: list[Held] = []
        self.tallies: dict[Cells, _Tally] = {}
        self.order: dict[Cells, tuple[Any, ...]] = {}
        self.amounts: Totals[tuple[Cells, str]] = totals(ask, {})

    def _tally(self, key: Cells) -> tuple[Cells, _Tally]:
        cells, order = self.groups.named(key)
        self.order.setdefault(cells, order)
        return cells, self.tallies.setdefault(cells, _Tally(Counter(), Counter(), Counter()))

    def count(self, found: Sequence[Held], ages: store.Ages) -> None:
        self.found = list(found)
        parts: dict[tuple[Cells, str], list[Part]] = defaultdict(list)
        weighted: dict[tuple[Cells, str], Fraction] = defaultdict(_nothing)
        for one in found:
            cells, tally = self._tally(one.group)
            chance = estimate(self.lines, one.stage, one.probability).value
            tally.counts.update(
                deals=one.number,
                valued=one.known,
                dated=one.dated,
                past=one.past,
                likely=one.known if chance is not None else 0,
            )
            if one.known:
                parts[cells, _VALUE].append(Part(one.currency, None, one.minor))
            if one.known and chance is not None:
                weighted[cells, one.currency] += _share(chance, one.minor)
        for (cells, code), exact in weighted.items():
            parts[cells, _WEIGHTED].append(Part(code, None, round(exact)))
        self.amounts = totals(self.ask, parts)
        for group, counts in ages.in_stage.items():
            self._tally(group)[1].in_stage.update(counts)
        for group, counts in ages.since_creation.items():
            self._tally(group)[1].since.update(counts)

    def add_empty(self) -> None:
        """Lines for the stages where no deal is, of the pipelines where some are."""
        used = {cells[0] for cells in self.tallies}
        for spec in self.specs:
            if spec.key in used or len(self.specs) == 1:
                for stage in spec.open_stages:
                    self._tally((stage.id,))

    def rows(self) -> list[Row]:
        listed = sorted(self.tallies, key=lambda cells: self.order[cells])
        most = max((self.amounts.sums.get((cells, _VALUE), 0) for cells in listed), default=0)
        return [(*cells, *self.figures(cells), self._bar(cells, most)) for cells in listed]

    def _bar(self, cells: Cells, most: int) -> tuple[float, float] | None:
        mine = self.amounts.sums.get((cells, _VALUE), 0)
        return (0.0, mine / most) if mine and most else None

    def figures(self, cells: Cells) -> Row:
        counts, in_stage, since = self.tallies[cells]
        return (
            counts["deals"],
            self.amounts.money((cells, _VALUE), counts["deals"]),
            self.amounts.money((cells, _WEIGHTED), counts["deals"]),
            self.amounts.currency,
            median(in_stage),
            max(in_stage, default=None),
            median(since),
            max(since, default=None),
            counts["past"],
            counts["deals"] - counts["dated"],
            counts["deals"] - counts["valued"],
            counts["valued"] - counts["likely"],
        )

    def panels(self) -> tuple[tuple[str, ...], ...]:
        """Two tables: a bar has no room beside everything else."""
        who = tuple(column.name for column in self.groups.columns if column.on != MACHINE)
        money = ("deals", "value", "weighted", "bar")
        ages = ("days_in_stage", "oldest_in_stage", "age", "oldest", "past_close", "without_close")
        return (who + money, who + ages)

    def notes(self) -> tuple[str, ...]:
        """Of all deals: what the sums leave out."""
        if not self.found:
            return ()
        counts = self.tallies[()].counts
        notes = []
        if codes := self.amounts.converted:
            told_ = ", ".join(codes)
            notes.append(f"{told_} converted to {self.amounts.currency} at the rate of now")
        if without := counts["deals"] - counts["valued"]:
            notes.append(f"without an amount: {plural(without, 'deal')}")
        if without := counts["valued"] - counts["likely"]:
            notes.append(
                f"not in the weighted value: {plural(without, 'deal')} without a probability, in "
                "stages that have none"
            )
        if counts["past"]:
            notes.append(f"expected to close before today: {plural(counts['past'], 'deal')}")
        return tuple(notes)

    def apart(self) -> tuple[Table, ...]:
        """Amounts that no rate converts, in rows of their own."""
        listed = {(cells, code) for (cells, _), code in self.amounts.apart}
        if not listed:
            return ()
        rows = [
            (*cells, self._left(cells, _VALUE, code), self._left(cells, _WEIGHTED, code), code)
            for cells, code in sorted(listed, key=lambda key: (self.order[key[0]], key[1]))
        ]
        note = f"no rate to {self.amounts.currency}: not in the values above"
        columns = (*self.groups.columns, *_APART)
        return (Table(name="other_currencies", columns=columns, rows=rows, notes=(note,)),)

    def _left(self, cells: Cells, what: str, code: str) -> Money:
        return Money(self.amounts.apart.get(((cells, what), code), 0), code)
