"""`dealflow forecast`: what the open deals will bring, by expected close or any other dimension."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from dealflow.analytics.forecast import PRIOR
from dealflow.analytics.sums import HEAD, mean, spread
from dealflow.analytics.targets import Wanted
from dealflow.dates import ALL, Period
from dealflow.filters import Filter
from dealflow.model import BY_VALUE
from dealflow.money import Money
from dealflow.named import NamedTuple
from dealflow.questions import Ask, aims
from dealflow.questions.amounts import about
from dealflow.questions.chances import PROBABILITY, Lines, explained, stage_lines
from dealflow.questions.columns import CURRENCY
from dealflow.questions.expected import (
    EVERYTHING,
    KNOWN,
    MONTH,
    PAST,
    UNDATED,
    Deal,
    Expected,
    Group,
    Window,
    Wins,
    dimensions_of,
    open_deals,
    scoped,
    wins,
)
from dealflow.questions.windows import chosen, plural, told
from dealflow.results import (
    BOOL,
    INT,
    MACHINE,
    MONEY,
    NUMBER,
    SHARE,
    Column,
    Report,
    Row,
    Table,
)
from dealflow.store.dimensions import Dimension
from dealflow.store.targets import targets

ASKS = "what the open deals will bring: expected value and range, by month, rep, team …"
DEFINITION = (
    f"{PROBABILITY}; expected = sum of probability × amount of the open deals, by expected close; "
    "10 % and 90 %: what that sum stays below with this probability, deals taken as independent; "
    "outlook = won + expected; attained = won / target; gap = target - outlook"
)
FIGURES = (
    Column("deals", "open", INT, about="open deals"),
    Column("value", "value", MONEY, about="of those with an amount"),
    Column("expected", "expected", MONEY, about="sum of probability × amount, in whole units"),
    Column("low", "10 %", MONEY, about="the sum stays below it with a probability of 10 %"),
    Column("high", "90 %", MONEY, about="of 90 %"),
    CURRENCY,
    Column("expected_wins", "wins", NUMBER, about="the sum of the probabilities"),
    Column("wins_low", "wins 10 %", INT, MACHINE, "as low, of the number of deals won"),
    Column("wins_high", "wins 90 %", INT, MACHINE, "as high, of the number of deals won"),
    Column("exact", "exact", BOOL, MACHINE, "whether the ends are of the exact distribution"),
    Column("without", "no probability", INT, about="open deals that are in no expectation"),
    Column("value_without", "value of those", MONEY, MACHINE),
    Column("won", "won", MONEY, about="in the window so far, by whom it was closed"),
    Column("deals_won", "deals won", INT, MACHINE),
    Column("outlook", "outlook", MONEY, about="won + expected"),
    Column("target", "target", MONEY),
    Column("attainment", "attained", SHARE, about="won / target"),
    Column("gap", "gap", MONEY, about="target - outlook; below 0 is beyond the target"),
)
#: every column there can be; a report has those of the dimensions it was asked for
COLUMNS = (*(Column(one.field, one.label) for one in KNOWN.values()), *FIGURES)
_APART = (
    Column("deals", "open", INT, about="with an amount"),
    Column("value", "value", MONEY),
    Column("expected", "expected", MONEY),
    Column("won", "won", MONEY),
    CURRENCY,
)
_EXPECTED = ("deals", "value", "expected", "low", "high", "expected_wins", "without")
_AGAINST = ("won", "outlook", "target", "attainment", "gap")


def forecast(
    ask: Ask,
    words: Sequence[str] = (),
    *,
    by: Sequence[str] = ("month",),
    period: Period = ALL,
    explain: bool = True,
) -> Report:
    """The open deals in groups that one or two dimensions make, and what is expected of them.

    With a period: those expected to close in it, and what was won in it. `explain` shows the parts
    of each stage's probability. Errors: UsageErrors of the filter; UnknownWord; UnknownActor.
    """
    filter_ = chosen(ask, words)
    dims = dimensions_of(ask, by)
    window, lines = Window(period, ask.today), stage_lines(ask)
    deals = open_deals(scoped(ask, filter_, dims), dims, lines)
    held, outside = _held(deals, dims, window)
    against = _Against(dims, window, aims.whose(ask, filter_), _value_targets(ask))
    won = _wins(ask, filter_, dims, against)
    found = Expected(ask, held, won, base=bool(against.held))
    table = _Rows(ask, dims, found, against)
    inside = held[EVERYTHING]
    rows, total = table.rows(), table.total()
    columns = (*(Column(one.field, one.label) for one in dims), *FIGURES)
    parts = (_EXPECTED, _AGAINST if table.has_targets or found.won.number else ())
    places = [(deal.stage_id, deal.own) for deal in inside]
    return Report(
        name="forecast",
        title="Forecast by " + " and ".join(one.label for one in dims),
        as_of=ask.now,
        definition=DEFINITION,
        parameters={
            "by": tuple(one.name for one in dims),
            "window": told(ask, period),
            "filter": filter_.text,
            "n": len(inside),
        },
        columns=columns,
        rows=rows,
        notes=(*table.notes(), *_notes(inside, outside, lines, table)),
        empty="no open deals, and nothing was won in the window",
        total=total if rows else None,
        panels=_panels(dims, columns, [*rows, total], parts),
        sections=(*table.apart(), *([explained(lines, places)] if explain else [])),
    )


def _held(
    deals: Sequence[Deal], dims: Sequence[Dimension], window: Window
) -> tuple[dict[Group, list[Deal]], list[Deal]]:
    """The deals of the window by group, under EVERYTHING each once; and those outside it."""
    held: dict[Group, list[Deal]] = {}
    inside: dict[int, Deal] = {}
    outside: dict[int, Deal] = {}
    dated = MONTH in dims
    for deal in deals:
        bucket = window.bucket(deal.close)
        if bucket is None:
            outside[deal.id] = deal
            continue
        inside[deal.id] = deal
        group = deal.group if not dated else _dated(deal.group, dims, bucket)
        held.setdefault(group, []).append(deal)
    held[EVERYTHING] = list(inside.values())
    return held, list(outside.values())


def _dated(group: Group, dims: Sequence[Dimension], bucket: str) -> Group:
    if len(dims) == 1:
        return (bucket,)
    return tuple(bucket if one is MONTH else part for one, part in zip(dims, group, strict=True))


def _wins(ask: Ask, filter_: Filter, dims: tuple[Dimension, ...], against: _Against) -> Wins:
    """What was won in the window, of the filter's deals; of a rep or a team: what they closed.

    A filter on the owner means who has the deal now, and a win belongs to who closed it.
    """
    period, whose = against.window.of_wins, against.whose or ""
    for one, kind in ((KNOWN["rep"], aims.REP), (KNOWN["team"], aims.TEAM)):
        if whose.startswith(kind):
            everybody = scoped(ask, Filter(), dims)
            return wins(ask, everybody, dims, period, (one, whose.removeprefix(kind)))
    return wins(ask, scoped(ask, filter_, dims), dims, period)


def _value_targets(ask: Ask) -> aims.Aims:
    return aims.aims(targets(ask.conn, ask.now), BY_VALUE)


def _panels(
    dims: Sequence[Dimension],
    columns: Sequence[Column],
    rows: Sequence[Row],
    parts: Sequence[Sequence[str]],
) -> tuple[tuple[str, ...], ...]:
    """What is expected, and below it how that stands to what was won and wanted, if it does."""
    names = tuple(one.name for one in dims)
    filled = {c.name for at, c in enumerate(columns) if any(row[at] is not None for row in rows)}
    shown = [tuple(name for name in part if name in filled) for part in parts]
    return tuple((*names, *part) for part in shown if part)


class _Against(NamedTuple):
    """The targets that stand beside the rows."""

    dims: Sequence[Dimension]
    window: Window
    whose: str | None
    """Whose the filter's deals are; None: nobody's, and there are no targets."""
    held: aims.Aims

    def of(self, group: Group) -> Wanted | None:
        """The target of a row; of a window without dimensions, the group EVERYTHING."""
        period: str | None = self.window.period.label
        whose = self.whose
        for one, part in zip(self.dims, group, strict=False):
            if one is MONTH:
                period = part
            elif one.name in {"rep", "team"}:
                whose = self._narrowed(one.name, part)
            else:
                return None
        return aims.aim(self.held, whose, period)

    def _narrowed(self, kind: str, part: str | None) -> str | None:
        """The target of one rep or team among those of the filter."""
        fits = self.whose == aims.EVERYBODY or str(self.whose).startswith(f"{kind}:")
        fits = fits or (kind == "rep" and self.whose is not None)
        return f"{kind}:{part}" if fits and part else None

    def months(self) -> list[str]:
        """Months of the window in which somebody has a target, where rows are months."""
        if [one.name for one in self.dims] != [MONTH.name]:
            return []
        within = aims.months_of(self.window.period.label)
        mine = self.held.get(self.whose or "", {})
        return [month for month in within if month in mine]


class _Rows:
    """The rows of the report, and what has to be said beside them."""

    def __init__(
        self, ask: Ask, dims: Sequence[Dimension], found: Expected, against: _Against
    ) -> None:
        self.ask, self.dims, self.found, self.against = ask, dims, found, against
        self.dated = [at for at, one in enumerate(dims) if one is MONTH]
        groups = {*found.held, *found.won.number} - {EVERYTHING}
        groups |= {(month,) for month in against.months()}
        self.groups = sorted(groups, key=self._place)
        self.approximated = 0
        self.has_targets = False

    def _place(self, group: Group) -> tuple[object, ...]:
        """Months in their order, the past ones first; else what is expected most, then by name."""
        if self.dated:
            return tuple(
                (_MONTHS.get(part or "", 1), part or "") if at in self.dated else _named(part)
                for at, part in enumerate(group)
            )
        return (-mean(self.found.of(group).chances), *map(_named, group))

    def rows(self) -> list[Row]:
        windowed = self.dated or self.against.window.period != ALL
        return [(*group, *self._figures(group, wins=bool(windowed))) for group in self.groups]

    def total(self) -> Row:
        named = ("all", *[None] * (len(self.dims) - 1))
        windowed = self.against.window.period != ALL
        return (*named, *self._figures(EVERYTHING, wins=windowed))

    def _figures(self, group: Group, *, wins: bool) -> Row:
        sums, amounts = self.found.of(group), self.found.amounts
        ends, counts = spread(sums.chances), spread(sums.counts)
        self.approximated += not ends.exact
        known = bool(sums.chances)
        return (
            sums.deals,
            self._sum("open", group, sums.deals),
            about(mean(sums.chances), self.found.currency) if known else None,
            self._money(ends.low) if known else None,
            self._money(ends.high) if known else None,
            amounts.currency,
            mean(sums.counts) if sums.counts else None,
            counts.low if sums.counts else None,
            counts.high if sums.counts else None,
            ends.exact and counts.exact,
            sums.without or None,
            self._sum("without", group, sums.without),
            *(self._against(group) if wins and not self._is_aside(group) else [None] * 6),
        )

    def _is_aside(self, group: Group) -> bool:
        """Whether it is the past ones or those without a date: nothing is won in such a month."""
        return any(group[at] in _MONTHS for at in self.dated if group)

    def _against(self, group: Group) -> Row:
        number = self.found.won.number.get(group, 0)
        won = self.found.amounts.money(("won", group), number)
        so_far = won.minor if won else 0
        outlook = so_far + mean(self.found.of(group).chances)
        told = (won, number, about(outlook, self.found.currency))
        wanted = self.against.of(group)
        if wanted is None:
            return (*told, None, None, None)
        self.has_targets = True
        gap = about(wanted.amount - outlook, self.found.currency)
        return (*told, self._money(wanted.amount), so_far / wanted.amount, gap)

    def _sum(self, what: str, group: Group, number: int) -> Money | None:
        return self.found.amounts.money((what, group), number) if number else None

    def _money(self, minor: int) -> Money:
        return Money(minor, self.found.currency)

    def apart(self) -> tuple[Table, ...]:
        """Amounts that no rate converts, in rows of their own, group by group."""
        apart = self.found.amounts.apart
        rows = [
            (*group, *self._elsewhere(group, code), code)
            for group in self.groups
            for code in sorted({code for (_, at), code in apart if at == group})
        ]
        if not rows:
            return ()
        columns = (*(Column(one.field, one.label) for one in self.dims), *_APART)
        note = f"no rate to {self.found.currency}: not in the values above"
        return (Table(name="other_currencies", columns=columns, rows=rows, notes=(note,)),)

    def _elsewhere(self, group: Group, code: str) -> Row:
        deals, expected = self.found.of(group).elsewhere.get(code, (0, 0.0))
        value, won = (
            self.found.amounts.apart.get(((what, group), code), 0) for what in ("open", "won")
        )
        return deals, Money(value, code), about(expected, code), Money(won, code)

    def notes(self) -> Iterator[str]:
        """How the figures were made."""
        codes = ", ".join(self.found.amounts.converted)
        if codes:
            base = self.found.currency
            yield f"{codes} converted to {base} at today's rate, what was won at that of its close"
        if self.approximated:
            rows = plural(self.approximated, "row")
            yield (
                f"10 % and 90 % of {rows} approximated: the {HEAD} deals that vary most exactly, "
                "the others as a normal distribution"
            )
        if any(one.several for one in self.dims):
            yield "a deal with several products counts under each of them"


_MONTHS = {PAST: 0, UNDATED: 2}
"""Where they stand among the months, which are at 1."""


def _named(part: str | None) -> tuple[int, str]:
    return (int(part is not None), part or "")


def _notes(
    inside: Sequence[Deal], outside: Sequence[Deal], lines: Lines, table: _Rows
) -> Iterator[str]:
    """What the rows leave out, and what in them wants mending."""
    today = table.ask.today.isoformat()
    mute = Counter(deal.stage_id for deal in inside if deal.probability is None)
    for stage, number in mute.items():
        name = lines[stage].stage.name if stage in lines else "a stage that is gone"
        yield (
            f"{plural(number, 'deal')} in {name} without a probability: no record, none configured"
        )
    yield from _thin(lines, {deal.stage_id for deal in inside if not deal.own})
    unpriced = sum(deal.amount is None for deal in inside)
    if unpriced:
        yield f"without an amount: {unpriced:,} of {plural(len(inside), 'open deal')}"
    late = sum(deal.close is not None and deal.close < today for deal in inside)
    if late:
        told = plural(late, "open deal")
        verb = "was" if late == 1 else "were"
        yield f"{told} {verb} expected to close before today: dealflow list 'close:<today'"
    undated = sum(deal.close is None for deal in inside)
    if undated and not table.dated:
        yield f"without an expected close: {undated:,} of {plural(len(inside), 'open deal')}"
    aside = {
        "expected before today": sum(d.close is not None and d.close < today for d in outside),
        "without an expected close": sum(d.close is None for d in outside),
    }
    for what, number in aside.items():
        if number:
            yield f"outside the window: {plural(number, 'open deal')} {what}"


def _thin(lines: Lines, there: Collection[int]) -> Iterator[str]:
    """Stages whose probability is a record of few deals and nothing else."""
    for stage, line in lines.items():
        closed, value = line.record.won + line.record.lost, line.estimate.value
        if stage in there and line.record.configured is None and 0 < closed < PRIOR:
            assert value is not None
            yield (
                f"{line.stage.name} has no configured probability: {value * 100:.0f} % is the "
                f"record of {plural(closed, 'deal')} alone"
            )
