"""`dealflow targets`: how far each target has been reached, and what it would still take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from dealflow.analytics.sums import mean
from dealflow.analytics.targets import Progress, Wanted, needed, parts, progress, summed, wanted
from dealflow.dates import ALL, Period, parse_period
from dealflow.errors import NotFound
from dealflow.filters import Filter
from dealflow.model import BY_COUNT, BY_VALUE, MEASURES, Target
from dealflow.money import Money, shown
from dealflow.named import NamedTuple
from dealflow.questions import Ask, aims
from dealflow.questions.amounts import about
from dealflow.questions.chances import PROBABILITY, stage_lines
from dealflow.questions.columns import CURRENCY, TARGETS
from dealflow.questions.expected import (
    MONTH,
    READS,
    Deal,
    Expected,
    Group,
    Window,
    Wins,
    open_deals,
    wins,
)
from dealflow.questions.holidays import basis
from dealflow.questions.windows import plural, told
from dealflow.results import (
    BOOL,
    INT,
    MACHINE,
    MONEY,
    SCREEN,
    SHARE,
    TEXT,
    Column,
    Report,
    Row,
    Table,
)
from dealflow.store import targets
from dealflow.store.dimensions import DIMENSIONS, labels
from dealflow.store.scope import scope
from dealflow.text import fold

ASKS = "how far each target has been reached, and what it would still take"
DEFINITION = (
    "attained = won / target, by the owner at the close; pace = won against target × working days "
    "gone; gap = target - won; needed = gap / what is open and expected to close in the period, "
    f"past dates among it while the period lasts; expected = its sum of probability × amount; "
    f"{PROBABILITY}"
)
COLUMNS = (
    Column("whose", "whose", about="all, team:NAME or rep:HANDLE"),
    Column("period", "period"),
    Column("about_target", "target", TEXT, SCREEN),
    Column("target", "target", MONEY, MACHINE, "to be won; none where deals are counted"),
    Column("target_deals", "target", INT, MACHINE, "to be won; none where money is"),
    Column("about_won", "won", TEXT, SCREEN),
    Column("won", "won", MONEY, MACHINE, "in the period, as it stood at the close"),
    CURRENCY,
    Column("deals_won", "deals won", INT, MACHINE),
    Column("attainment", "attained", SHARE, about="won / target"),
    Column("gone", "days gone", SHARE, about="of the period's working days, today among them"),
    Column("pace", "pace", SHARE, about="won / (target × days gone)"),
    Column("about_gap", "gap", TEXT, SCREEN),
    Column("gap", "gap", MONEY, MACHINE, "target - won; below 0 is beyond the target"),
    Column("gap_deals", "gap", INT, MACHINE),
    Column("about_expected", "expected", TEXT, SCREEN),
    Column("expected", "expected", MONEY, MACHINE, "of what is open for the period"),
    Column("expected_wins", "expected wins", "number", MACHINE),
    Column("open_value", "open", MONEY, MACHINE, "value that is open for the period"),
    Column("open_deals", "open", INT, MACHINE, "deals that are open for the period"),
    Column("needed", "needed", SHARE, about="of what is open, to be won to close the gap"),
    Column("summed", "summed", BOOL, MACHINE, "whether it is the sum of its parts' targets"),
)
PANELS = (
    ("whose", "period", "about_target", "about_won", "attainment", "gone", "pace"),
    ("whose", "period", "about_gap", "about_expected", "needed"),
)
_REP, _TEAM = DIMENSIONS["rep"], DIMENSIONS["team"]
_UNITS = ("year", "quarter", "month")


class Line(NamedTuple):
    """A target that is reported on."""

    whose: str
    period: Period
    measure: str
    wanted: Wanted


def progress_of(ask: Ask, words: Sequence[str] = (), *, period: Period | None = None) -> Report:
    """Every target whose period is now, or lies in `period`. Error: NotFound for whose."""
    known = targets.targets(ask.conn, ask.now)
    chosen = _chosen(ask, known, words)
    lines = sorted(_lines(ask, chosen, period), key=_place)
    found = _Found(ask, lines)
    return Report(
        name="targets",
        title="Targets",
        as_of=ask.now,
        definition=DEFINITION,
        parameters={
            "window": told(ask, period) if period else "now",
            "whose": tuple(words),
            "n": len(lines),
        },
        columns=COLUMNS,
        panels=PANELS,
        rows=[found.row(line) for line in lines],
        notes=(*found.notes(), *_at_odds(ask, chosen), *_of_nobody(ask, chosen)),
        empty=_empty(known),
    )


def listed(ask: Ask, period: Period = ALL) -> Table:
    """The targets that were set, of periods that lie in `period`, as of now."""
    known = [row for row in targets.targets(ask.conn, ask.now) if _inside(ask, row.period, period)]
    known.sort(key=lambda row: (row.period[:4], len(row.period) != 4, row.period, _rank(row.whose)))
    rows = [
        (
            row.id,
            row.whose,
            row.period,
            Money(row.amount, ask.currency) if row.measure == BY_VALUE else None,
            ask.currency,
            row.amount if row.measure == BY_COUNT else None,
            row.version,
        )
        for row in known
    ]
    return Table(
        name="targets",
        columns=TARGETS,
        rows=rows,
        notes=(*_at_odds(ask, known), *_of_nobody(ask, known)),
        empty=f"no targets; dealflow targets set all {ask.today.year} 5m",
    )


def _empty(known: Sequence[Target]) -> str:
    if known:
        return "no target is for now; dealflow targets list shows all"
    return "no targets; dealflow targets set rep:me this-quarter 500k"


def _chosen(ask: Ask, known: Sequence[Target], words: Sequence[str]) -> list[Target]:
    """The targets of those who are named. Error: NotFound."""
    if not words:
        return list(known)
    asked: set[str] = set()
    for word in words:
        told = fold(_me(ask) if word == "me" else word.replace("：", ":"))
        named = {row.whose for row in known if told in {fold(row.whose), _short(row.whose)}}
        if not named:
            raise NotFound(
                "target of", word, [row.whose for row in known], "dealflow targets list shows them"
            )
        asked |= named
    return [row for row in known if row.whose in asked]


def _me(ask: Ask) -> str:
    from dealflow.filters import ME
    from dealflow.filters.conditions import Condition
    from dealflow.filters.keys import KEYS

    owner = next(key for key in KEYS if key.name == "owner")
    return aims.whose(ask, Filter((Condition(owner, (ME,)),))) or ""


def _short(whose: str) -> str:
    return fold(whose.partition(":")[2])


def _place(line: Line) -> tuple[object, ...]:
    """The longest period first, everybody before teams before reps."""
    start, label = line.period.start or date.min, line.period.label
    unit = 0 if len(label) == 4 else 1 if "Q" in label else 2
    return (unit, start, *_rank(line.whose), MEASURES.index(line.measure))


def _rank(whose: str) -> tuple[int, str]:
    return (0 if whose == aims.EVERYBODY else 1 if whose.startswith(aims.TEAM) else 2, whose)


def _inside(ask: Ask, label: str, period: Period) -> bool:
    one = parse_period(label, ask.today)
    assert one.start is not None
    assert one.end is not None
    after = period.start is None or period.start <= one.start
    return after and (period.end is None or one.end <= period.end)


def _by_measure(known: Sequence[Target]) -> Iterator[tuple[str, str, Mapping[str, int]]]:
    """Each measure and whose, with the targets by period."""
    for measure in MEASURES:
        for whose, held in sorted(aims.aims(known, measure).items()):
            yield measure, whose, held


def _lines(ask: Ask, known: Sequence[Target], period: Period | None) -> Iterator[Line]:
    for measure, whose, held in _by_measure(known):
        for label in _labels(ask, list(held), period):
            found = wanted(held, label)
            if found is not None:
                yield Line(whose, parse_period(label, ask.today), measure, found)


def _labels(ask: Ask, told: Sequence[str], period: Period | None) -> list[str]:
    """The periods that are reported on: now's month, quarter and year; or those in a period."""
    if period is None:
        return [parse_period(f"this-{unit}", ask.today).label for unit in _UNITS]
    inside = [label for label in told if _inside(ask, label, period)]
    return list(dict.fromkeys([period.label, *inside] if parts(period.label) else inside))


def _at_odds(ask: Ask, known: Sequence[Target]) -> Iterator[str]:
    """Targets that are not what the targets of their parts come to."""
    for measure, whose, held in _by_measure(known):
        for label, amount in sorted(held.items()):
            found = summed(held, label)
            if found is not None and found != amount:
                told, sums = (_told(ask, measure, one) for one in (amount, found))
                each = "quarters" if len(label) == 4 else "months"
                yield f"{whose} {label}: {told}, its {each} come to {sums}"


def _of_nobody(ask: Ask, known: Sequence[Target]) -> Iterator[str]:
    """Targets of a handle or a team that nobody has: a team was renamed, or copies were merged."""
    if not known:
        return
    about_ = scope(ask, Filter(), "id")
    there = {aims.EVERYBODY}
    for one, prefix in ((_REP, aims.REP), (_TEAM, aims.TEAM)):
        there |= {f"{prefix}{name}" for name in (labels(about_, one) or {}).values()}
    gone: dict[str, list[int]] = {}
    for row in known:
        if row.whose not in there:
            gone.setdefault(row.whose, []).append(row.id)
    for whose, ids in sorted(gone.items()):
        yield f"{whose} is nobody: dealflow targets remove {' '.join(map(str, ids))}"


def _told(ask: Ask, measure: str, amount: int) -> str:
    """`¥500,000`, or `12 deals`."""
    if measure == BY_VALUE:
        return shown(Money(amount, ask.currency))
    return plural(amount, "deal")


class _Found:
    """What was won and what is open, by rep, team and month."""

    def __init__(self, ask: Ask, lines: Sequence[Line]) -> None:
        self.ask, self.lines = ask, lines
        starts = [line.period.start for line in lines if line.period.start]
        ends = [line.period.end for line in lines if line.period.end]
        if not lines:
            return
        everything = scope(ask, Filter(), *READS)
        dims = (_REP, _TEAM)
        span = Period(min(starts), max(ends), "")
        deals = open_deals(everything, dims, stage_lines(ask))
        won = wins(ask, everything, (*dims, MONTH), span)
        keys: list[Group] = [(line.whose, line.period.label) for line in lines]
        held = {key: self._open(line, deals) for key, line in zip(keys, lines, strict=True)}
        sums = self._won(dict(zip(keys, lines, strict=True)), won)
        self.expected = Expected(ask, held, sums, base=True)

    def _open(self, line: Line, deals: Sequence[Deal]) -> list[Deal]:
        window = Window(line.period, self.ask.today)
        mine = [deal for deal in deals if _is_of(line.whose, deal.group)]
        return [deal for deal in mine if window.bucket(deal.close) is not None]

    def _won(self, lines: dict[Group, Line], won: Wins) -> Wins:
        """The wins of each target, from those by rep, team and month."""
        found = Wins(defaultdict(list), defaultdict(int))
        for key, line in lines.items():
            months = set(aims.months_of(line.period.label))
            for group, number in won.number.items():
                if group and group[2] in months and _is_of(line.whose, group[:2]):
                    found.number[key] += number  # type: ignore[index]
                    found.parts[key].extend(won.parts.get(group, ()))
        return found

    def row(self, line: Line) -> Row:
        key = (line.whose, line.period.label)
        sums, amounts = self.expected.of(key), self.expected.amounts
        by_value, number = line.measure == BY_VALUE, self.expected.won.number.get(key, 0)
        won = amounts.sums.get(("won", key), 0)
        value = amounts.sums.get(("open", key), 0)
        gone = self._gone(line.period)
        stands = progress(line.wanted.amount, won if by_value else number, gone)
        hoped = mean(sums.chances) if by_value else mean(sums.counts)
        return (
            line.whose,
            line.period.label,
            _told(self.ask, line.measure, line.wanted.amount),
            self._money(line.wanted.amount) if by_value else None,
            None if by_value else line.wanted.amount,
            _told(self.ask, line.measure, won if by_value else number),
            self._money(won),
            self.ask.currency,
            number,
            stands.attainment,
            gone,
            stands.pace,
            self._gap(line, stands),
            self._money(stands.gap) if by_value else None,
            None if by_value else stands.gap,
            self._hoped(line, hoped),
            about(mean(sums.chances), self.ask.currency),
            mean(sums.counts),
            self._money(value),
            sums.deals,
            needed(stands.gap, value if by_value else sums.deals),
            line.wanted.summed,
        )

    def _gap(self, line: Line, stands: Progress) -> str:
        if stands.gap > 0:
            return _told(self.ask, line.measure, stands.gap)
        return f"reached, {_told(self.ask, line.measure, -stands.gap)} beyond"

    def _hoped(self, line: Line, hoped: float) -> str:
        if line.measure == BY_VALUE:
            return shown(about(hoped, self.ask.currency))
        return f"{hoped:.1f} deals"

    def _money(self, minor: float) -> Money:
        return Money(round(minor), self.ask.currency)

    def _gone(self, period: Period) -> float:
        """The share of the period's working days up to today, which counts as gone."""
        assert period.start is not None
        assert period.end is not None
        before, last = period.start - timedelta(days=1), period.end - timedelta(days=1)
        between = self.ask.calendar.between
        whole = between(before, last)
        return between(before, min(self.ask.today, last)) / whole if whole else 0.0

    def notes(self) -> Iterator[str]:
        if not self.lines:
            return
        first = min(line.period.start for line in self.lines if line.period.start)
        last = max(line.period.end for line in self.lines if line.period.end)
        yield basis(self.ask.calendar, first, last - timedelta(days=1))
        for line in self.lines:
            if line.wanted.summed:
                yield f"{line.whose} {line.period.label}: the sum of the targets of its parts"
        apart = sorted({code for (_, _), code in self.expected.amounts.apart})
        if apart:
            yield f"no rate to {self.ask.currency}, so in no figure: amounts in {', '.join(apart)}"
        short = [line for line in self.lines if self._is_out_of_reach(line)]
        for line in short:
            yield f"{line.whose} {line.period.label}: more is missing than is open for it"

    def _is_out_of_reach(self, line: Line) -> bool:
        key = (line.whose, line.period.label)
        value = self.expected.amounts.sums.get(("open", key), 0)
        won = self.expected.amounts.sums.get(("won", key), 0)
        if line.measure == BY_COUNT:
            value, won = self.expected.of(key).deals, self.expected.won.number.get(key, 0)
        past = line.period.end is not None and line.period.end <= self.ask.today
        return not past and line.wanted.amount - won > value


def _is_of(whose: str, group: Group) -> bool:
    """Whether what a rep of a team did counts towards a target."""
    rep, team = group
    return whose in {aims.EVERYBODY, f"{aims.REP}{rep}", f"{aims.TEAM}{team}"}
