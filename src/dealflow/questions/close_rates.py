"""`dealflow close-rates`: who closes what, of what was closed; by any one or two dimensions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dealflow.analytics.close_rates import CloseRate, GroupCounts, judge, rated
from dealflow.analytics.comparison import TOO_FEW
from dealflow.dates import ALL, Period
from dealflow.errors import UnknownWord, UsageError
from dealflow.model import LOST, VOID, WON
from dealflow.money import Money
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.questions import conversion as conversions
from dealflow.questions.amounts import Part, Totals, totals
from dealflow.questions.columns import CURRENCY
from dealflow.questions.conversion import Conversion
from dealflow.questions.grouping import Group, Labels, columns_of, dimensions_of, sorting
from dealflow.questions.windows import chosen, plural, told, window
from dealflow.results import (
    INT,
    MACHINE,
    MONEY,
    NUMBER,
    RATE,
    SHARE,
    Column,
    Rate,
    Report,
    Row,
    Table,
)
from dealflow.store import close_rates as store
from dealflow.store.close_rates import CREDITS, READS, Closes, Question
from dealflow.store.dimensions import DIMENSIONS, Dimension, more, reads
from dealflow.store.scope import Scope, scope

ASKS = "who closes what: won of won and lost, by rep, product, source …"
DEFINITION = (
    "close rate = won / (won + lost) of the deals closed in the window whose close still stands, "
    "with its 95 % Wilson interval, sorted by the lower bound, months in their order; void and "
    "open deals are in no rate; above and below: Fisher's exact test against all others, "
    "Benjamini-Hochberg at 5 %; too few: under 5 won or lost"
)
FIGURES = (
    Column("won", "won", INT),
    Column("lost", "lost", INT),
    Column("void", "void", INT, about="in no rate"),
    Column("open", "open now", INT, about="in no rate, whenever created"),
    Column("n", "n", INT, MACHINE, "won + lost"),
    Column("close_rate", "close rate", RATE, about="won / (won + lost)"),
    Column(
        "value_rate",
        "by value",
        SHARE,
        about="the won share of the amounts, where all have a rate; no interval",
    ),
    Column("won_value", "value won", MONEY, about="as it stood at the close"),
    CURRENCY,
    Column("median_days", "days to win", NUMBER, about="median, from creation, whole days"),
    Column("mark", "", about="above or below the others, or too few to tell"),
)


#: every column there can be; a report has those of the dimensions it was asked for
COLUMNS = (*columns_of(DIMENSIONS.values()), *FIGURES, *conversions.COLUMNS)
_APART = (
    Column("won_value", "value won", MONEY),
    Column("lost_value", "value lost", MONEY),
    CURRENCY,
)
_MOST = 2
TRENDS = {"month": 1, "quarter": 3}
"""What a trend goes by, in months."""


def close_rates(
    ask: Ask,
    words: Sequence[str] = (),
    *,
    by: Sequence[str] = ("rep",),
    period: Period = ALL,
    credit: str = "owner-at-close",
    trend: str | None = None,
    conversion: bool = False,
) -> Report:
    """Close rates of the groups that one or two dimensions make: on a terminal two are crossed.

    `trend` takes the groups of one dimension along months or quarters. `conversion`: beside them,
    of the deals created in the window those won so far. Errors: UsageErrors of the filter;
    UnknownWord for dimension, trend and credit; NotFound; UnknownActor.
    """
    filter_ = chosen(ask, words)
    question = _question(ask, _along(by, trend), period, credit)
    if conversion:
        conversions.refuse(question)
    about = scope(ask, filter_, *READS, *reads(question.by), more=more(question.by))
    table = _Groups(ask, about, question)
    converted = table.converted() if conversion else None
    table.convert(converted)
    columns = columns_of(question.by)
    told_apart = (FIGURES, conversions.COLUMNS) if conversion else (FIGURES,)
    return Report(
        name="close-rates",
        title="Close rates by " + " and ".join(d.label for d in question.by),
        as_of=ask.now,
        definition=DEFINITION,
        parameters={
            "by": tuple(dimension.name for dimension in question.by),
            "credit": credit,
            "window": told(ask, period),
            "filter": filter_.text,
            "n": table.overall.won + table.overall.lost,
        },
        columns=(*columns, *(column for part in told_apart for column in part)),
        panels=tuple(_shown(columns, part) for part in told_apart),
        rows=table.rows(),
        drawn=() if converted else table.drawn(trend),
        notes=table.notes(),
        empty="no deals were closed in the window, and none is open",
        total=(*("all" if not at else None for at in range(len(question.by))), *table.total()),
        sections=table.apart(),
    )


def _shown(columns: Iterable[Column], figures: Iterable[Column]) -> tuple[str, ...]:
    """The columns that stand beside each other on a screen."""
    return tuple(column.name for column in (*columns, *figures) if column.on != MACHINE)


def _along(by: Sequence[str], trend: str | None) -> list[str]:
    """The dimensions, time last. Errors: UnknownWord; UsageError for two beside time."""
    if trend is None:
        return [*by]
    if trend not in TRENDS:
        raise UnknownWord("trend", trend, list(TRENDS))
    others = [word for word in by if word.casefold() != trend]
    if len(others) != 1:
        raise UsageError("a trend is of the groups of one dimension", "--by rep")
    return [*others, trend]


def _question(ask: Ask, by: Sequence[str], period: Period, credit: str) -> Question:
    wanted = dimensions_of(ask, by)
    if not 1 <= len(wanted) <= _MOST:
        raise UsageError(f"close rates are by one or two dimensions, not {len(wanted)}", "--by rep")
    for rule in CREDITS:
        if rule == credit:
            start, end = window(ask, period)
            return Question(wanted, rule, start, end)
    raise UnknownWord("credit rule", credit, list(CREDITS))


class _Tally(NamedTuple):
    """What is counted of one group before it is judged."""

    outcomes: Counter[str]
    unvalued: Counter[str]
    days: Counter[int]
    parts: dict[str, Counter[tuple[str, int | None]]]
    """Minor units by outcome, currency, and the instant that fixes them."""


class _Groups:
    """The closed deals in groups, and all of them as one."""

    def __init__(self, ask: Ask, about: Scope, question: Question) -> None:
        self.about = about
        self.question = question
        self.ended = any(d.ends for d in question.by)
        self.labels = Labels(about, question.by)
        grouped = self._labelled(store.closes(about, question, ask))
        everything = _together(grouped)
        if any(d.several for d in question.by):
            whole = store.closes(about, question._replace(by=()), ask)
            everything = _tally(((), close) for close in whole)
        self.amounts = _amounts(ask, grouped)
        self.all_amounts = _amounts(ask, everything)
        open_of = {} if self.ended else self._open_by_group()
        if self.ended or any(d.several for d in question.by):
            open_now = sum(number for _, number in self._open(()))
        else:
            open_now = sum(open_of.values())
        groups = sorted(grouped.keys() | open_of.keys(), key=sorting)
        self.named = {sorting(group): group for group in groups}
        self.overall = _counts((), everything, self.all_amounts, open_now)
        counted = [_counts(group, grouped, self.amounts, open_of.get(group, 0)) for group in groups]
        self.judged = self._ordered(judge(counted, self.overall))
        self.unvalued = everything[()].unvalued if everything else Counter()
        self.reopened = store.reopened(about, question)

    def _ordered(self, judged: list[CloseRate]) -> list[CloseRate]:
        """Months in their order; within a month, as everywhere, the surest high rate first."""
        dated = [at for at, dimension in enumerate(self.question.by) if dimension.dated]
        return sorted(
            judged, key=lambda one: [str(self.named[one.counts.name][at]) for at in dated]
        )

    def _labelled(self, found: Iterable[Closes]) -> dict[Group, _Tally]:
        return _tally((self.labels.of(close.group), close) for close in found)

    def _open(self, by: tuple[Dimension, ...]) -> list[tuple[tuple[Any, ...], int]]:
        return store.still_open(self.about, self.question._replace(by=by))

    def _open_by_group(self) -> Counter[Group]:
        found: Counter[Group] = Counter()
        for key, number in self._open(self.question.by):
            found[self.labels.of(key)] += number
        return found

    def converted(self) -> Conversion:
        """What became of the deals created in the window; for all time that is counted already."""
        if self.question.start is not None or self.question.end is not None:
            return conversions.within(self.about, self.question, self.labels)
        counts = {self.named[one.counts.name]: one.counts for one in self.judged}
        return conversions.ever(counts, self.overall)

    def convert(self, conversion: Conversion | None) -> None:
        """Have the groups of what was created too, with what became of it."""
        self.conversion = conversion
        if conversion is None:
            return
        known = {self.named[judged.counts.name] for judged in self.judged}
        more_groups = sorted(conversion.groups.keys() - known, key=sorting)
        self.named |= {sorting(group): group for group in more_groups}
        self.judged += [rated(GroupCounts(sorting(group), 0, 0), TOO_FEW) for group in more_groups]

    def rows(self) -> list[Row]:
        return [self._row(judged) for judged in self.judged]

    def drawn(self, trend: str | None) -> tuple[Table, ...]:
        """Two dimensions as a terminal shows them; one is drawn as it is."""
        if len(self.question.by) < _MOST or not self.judged:
            return ()
        from dealflow.questions.crossing import crossed, sparks

        cells: dict[str | None, dict[str | None, tuple[Rate, str | None]]] = {}
        for judged in self.judged:
            down, across = self.named[judged.counts.name]
            cells.setdefault(down, {})[across] = (judged.rate, judged.mark)
        columns = columns_of(self.question.by)
        if trend:
            together = self.overall.won, self.overall.lost
            return (sparks(columns, cells, TRENDS[trend], together),)
        return (crossed(columns, cells, dated=self.question.by[-1].dated),)

    def _row(self, judged: CloseRate) -> Row:
        group = self.named[judged.counts.name]
        won = self.amounts.money((group, WON), judged.counts.won)
        converted = self.conversion.of(group) if self.conversion else ()
        return (*group, *self._figures(judged, won, ended=self.ended), *converted)

    def _figures(self, judged: CloseRate, won: Money | None, *, ended: bool) -> Row:
        counts = judged.counts
        resolved = counts.won + counts.lost
        return (
            counts.won,
            counts.lost,
            counts.void,
            None if ended else counts.open,
            resolved,
            judged.rate,
            judged.value_rate,
            won,
            self.amounts.currency,
            judged.median_days,
            judged.mark,
        )

    def total(self) -> Row:
        """The figures of all groups as one; a deal with several products counts once here."""
        won = self.all_amounts.money(((), WON), self.overall.won)
        converted = self.conversion.total() if self.conversion else ()
        return (*self._figures(rated(self.overall), won, ended=False), *converted)

    def apart(self) -> tuple[Table, ...]:
        """Amounts that no rate converts, in rows of their own, group by group."""
        codes: dict[Group, set[str]] = defaultdict(set)
        for (group, _), code in self.amounts.apart:
            codes[group].add(code)
        if not codes:
            return ()
        groups = [self.named[judged.counts.name] for judged in self.judged]
        rows = [
            (*group, self._left(group, WON, code), self._left(group, LOST, code), code)
            for group in groups
            for code in sorted(codes[group])
        ]
        columns = (*columns_of(self.question.by), *_APART)
        note = f"no rate to {self.amounts.currency}: not in the values above"
        return (Table(name="other_currencies", columns=columns, rows=rows, notes=(note,)),)

    def _left(self, group: Group, outcome: str, code: str) -> Money:
        return Money(self.amounts.apart.get(((group, outcome), code), 0), code)

    def notes(self) -> tuple[str, ...]:
        """What the rows leave out, and how to read them."""
        notes = list(self.all_amounts.told())
        if self.conversion:
            notes.append(conversions.NOTE)
        if self.reopened:
            notes.append(
                f"{plural(self.reopened, 'close')} in the window reopened since: no outcome"
            )
        if any(d.several for d in self.question.by):
            notes.append("a deal with several products counts under each of them")
        if self.ended:
            told = " and ".join(d.label for d in self.question.by if d.ends)
            notes.append(f"open deals are in the total only: {told} is told of closed ones")
        without = self.unvalued[WON] + self.unvalued[LOST]
        if without:
            notes.append(f"without an amount: {without:,} of those won or lost")
        if self.amounts.apart:
            notes.append(
                f"no value rate where an amount has no rate to {self.amounts.currency}: it would "
                "leave that amount out"
            )
        return tuple(notes)


def _tally(found: Iterable[tuple[Group, Closes]]) -> dict[Group, _Tally]:
    groups: dict[Group, _Tally] = {}
    for group, close in found:
        if group not in groups:
            groups[group] = _Tally(Counter(), Counter(), Counter(), {})
        tally = groups[group]
        tally.outcomes[close.outcome] += close.number
        tally.unvalued[close.outcome] += close.number - close.known
        if close.days is not None:
            tally.days[close.days] += close.number
        if close.known and close.outcome != VOID:
            fixed = close.currency, close.at
            tally.parts.setdefault(close.outcome, Counter())[fixed] += close.minor
    return groups


def _together(groups: Mapping[Group, _Tally]) -> dict[Group, _Tally]:
    """The tally of all groups as one, where none shares a deal with another."""
    if not groups:
        return {}
    whole = _Tally(Counter(), Counter(), Counter(), {})
    for tally in groups.values():
        whole.outcomes.update(tally.outcomes)
        whole.unvalued.update(tally.unvalued)
        whole.days.update(tally.days)
        for outcome, parts in tally.parts.items():
            whole.parts.setdefault(outcome, Counter()).update(parts)
    return {(): whole}


def _amounts(ask: Ask, groups: Mapping[Group, _Tally]) -> Totals[tuple[Group, str]]:
    """What each group won and lost, all in one currency."""
    parts = {
        (group, outcome): [Part(*fixed, minor) for fixed, minor in listed.items()]
        for group, tally in groups.items()
        for outcome, listed in tally.parts.items()
    }
    return totals(ask, parts)


def _counts(
    group: Group,
    groups: Mapping[Group, _Tally],
    amounts: Totals[tuple[Group, str]],
    open_now: int,
) -> GroupCounts:
    tally = groups.get(group) or _Tally(Counter(), Counter(), Counter(), {})
    return GroupCounts(
        name=sorting(group),
        won=tally.outcomes[WON],
        lost=tally.outcomes[LOST],
        void=tally.outcomes[VOID],
        open=open_now,
        won_minor=amounts.complete((group, WON)),
        lost_minor=amounts.complete((group, LOST)),
        days_to_win=tally.days,
    )
