"""`dealflow forecast score`: forecasts that were kept against what happened since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from dealflow.analytics.calibration import (
    Bias,
    Bin,
    Pair,
    biases,
    brier,
    calibration,
    misfit,
    reference,
    skill,
)
from dealflow.analytics.intervals import wilson
from dealflow.analytics.sums import mean, spread
from dealflow.dates import day_of
from dealflow.model import VOID, WON
from dealflow.money import Money
from dealflow.questions import Ask, kept
from dealflow.questions.amounts import Part, about, totals
from dealflow.questions.columns import CURRENCY
from dealflow.questions.windows import plural
from dealflow.results import (
    BOOL,
    DAY,
    ID,
    INSTANT,
    INT,
    MACHINE,
    MONEY,
    NUMBER,
    RATE,
    SCREEN,
    SHARE,
    TEXT,
    Column,
    Report,
    Row,
    Table,
)
from dealflow.store import kept as store
from dealflow.store.kept import Kept, Said

ASKS = "how good the forecasts were that were kept"
DEFINITION = (
    "scored are the deals of a forecast that are won or lost by now; void ones and those still "
    "open are not; Brier = mean of (probability - outcome)²; reference = that of giving each the "
    "share won; skill = 1 - Brier / reference; bias = mean probability - share won; too high, too "
    "low: twice the Poisson-binomial tail, Benjamini-Hochberg at 5 %; too few: under 5 scored"
)
COLUMNS = (
    Column("probability", "probability", TEXT, about="that was given, from and to below"),
    Column("from", "from", SHARE, MACHINE),
    Column("to", "to", SHARE, MACHINE, "the last bin includes it"),
    Column("n", "n", INT, about="deals scored"),
    Column("mean", "mean", SHARE, about="of the probabilities"),
    Column("won", "won", INT, MACHINE),
    Column("share_won", "share won", RATE),
)
FORECASTS = (
    Column("id", "id", ID),
    Column("name", "name"),
    Column("day", "as of", DAY, SCREEN),
    Column("at", "as of", INSTANT, MACHINE),
    Column("deals", "deals", INT),
    Column("n", "scored", INT, about="won or lost by now, with a probability"),
    Column("open", "open", INT, about="still open: not scored yet"),
    Column("void", "void", INT),
    Column("without", "no probability", INT, MACHINE),
    Column("brier", "Brier", NUMBER),
    Column("reference", "reference", NUMBER, about="Brier score of giving each the share won"),
    Column("skill", "skill", SHARE, about="1 - Brier / reference"),
    Column("p", "p", NUMBER, MACHINE, "that calibrated probabilities are so far off, or further"),
)
REPS = (
    Column("rep", "rep", about="the owner at the time of the forecast"),
    Column("n", "scored", INT),
    Column("expected_wins", "expected wins", NUMBER),
    Column("won", "won", INT),
    Column("bias", "bias", SHARE, about="mean probability - share won; above 0 is too high"),
    Column("verdict", "", about="too high or too low beyond chance, or too few to tell"),
)
MONTHS = (
    Column("id", "id", ID),
    Column("name", "name"),
    Column("month", "month", about="that is over; of several forecasts the first of each"),
    Column("expected", "expected", MONEY),
    Column("low", "10 %", MONEY),
    Column("high", "90 %", MONEY),
    Column("won", "won", MONEY, about="of the forecast's deals, closed in the month"),
    CURRENCY,
    Column("inside", "inside", BOOL, about="whether that lies from 10 to 90 %"),
)
_SURE = 0.05
_EARLY = 0.8
_TOO_FEW = 5


def score(ask: Ask, words: Sequence[str] = ()) -> Report:
    """The named forecasts, or all, against what happened by now. Error: NotFound."""
    chosen = [kept.named(ask, word) for word in words] or store.forecasts(ask.conn, ask.now)
    chosen = list(dict.fromkeys(chosen))
    said: dict[int, list[Said]] = {row.id: [] for row in chosen}
    for one in store.said(ask.conn, said, ask.now):
        said[one.forecast_id].append(one)
    once = _each_once(said.values())
    pairs = _pairs(once)
    return Report(
        name="forecast-score",
        title="How good the forecasts were",
        as_of=ask.now,
        definition=DEFINITION,
        parameters={"forecasts": tuple(row.name for row in chosen), "n": len(pairs)},
        columns=COLUMNS,
        rows=[_bin(found) for found in calibration(pairs)],
        total=_total(pairs) if pairs else None,
        sections=(
            _by_forecast(ask, chosen, said, once),
            _by_rep(once),
            _by_month(ask, chosen, said),
        ),
        notes=tuple(_notes(chosen, once, pairs)),
        empty=_nothing(chosen, once),
    )


def _nothing(chosen: Sequence[Kept], everything: Sequence[Said]) -> str:
    if not chosen:
        return "no forecast was kept; dealflow forecast keep"
    return f"nothing to score: none of {plural(len(everything), 'deal')} is won or lost yet"


def _each_once(said: Iterable[Sequence[Said]]) -> list[Said]:
    """Each deal as the first forecast has it: a deal in several is one case, not several."""
    found: dict[int, Said] = {}
    for one in (one for some in said for one in some):
        found.setdefault(one.deal_id, one)
    return list(found.values())


def _pairs(said: Sequence[Said]) -> list[Pair]:
    """What can be scored: a probability, and a win or a loss that stands."""
    return [
        (one.probability, one.ending == WON)
        for one in said
        if one.probability is not None and one.ending is not None and one.ending != VOID
    ]


def _bin(found: Bin) -> Row:
    told = f"{found.low * 100:.0f}–{found.high * 100:.0f} %"
    return (told, *found[:4], found.won.successes, found.won)


def _total(pairs: Sequence[Pair]) -> Row:
    won = sum(happened for _, happened in pairs)
    average = sum(probability for probability, _ in pairs) / len(pairs)
    return ("all", 0.0, 1.0, len(pairs), average, won, wilson(won, len(pairs)))


def _by_forecast(
    ask: Ask, chosen: Sequence[Kept], said: dict[int, list[Said]], once: Sequence[Said]
) -> Table:
    rows: list[Row] = [
        (row.id, row.name, day_of(row.at, ask.zone), row.at, *_scores(said[row.id]))
        for row in chosen
    ]
    if len(chosen) > 1:
        rows.append((None, "each once", None, None, *_scores(once)))
    return Table(name="forecasts", columns=FORECASTS, rows=rows, empty="")


def _scores(said: Sequence[Said]) -> Row:
    pairs = _pairs(said)
    return (
        len(said),
        len(pairs),
        sum(one.ending is None for one in said),
        sum(one.ending == VOID for one in said),
        sum(one.probability is None for one in said),
        brier(pairs),
        reference(pairs),
        skill(pairs),
        misfit(pairs),
    )


def _by_rep(said: Sequence[Said]) -> Table:
    groups: dict[str, list[Said]] = defaultdict(list)
    for one in said:
        groups[one.rep].append(one)
    found = biases({rep: _pairs(some) for rep, some in sorted(groups.items())})
    rows = [_rep(rep, bias) for rep, bias in found.items()]
    return Table(name="reps", columns=REPS, rows=rows, empty="")


def _rep(rep: str, found: Bias) -> Row:
    return (rep, found.number, found.expected, found.won, found.bias, found.verdict)


# ── by month ──────────────────────────────────────────────────────────────────────────────────


def _by_month(ask: Ask, chosen: Sequence[Kept], said: dict[int, list[Said]]) -> Table:
    """What each forecast expected of months that are over, against what its deals brought in them.

    Of several forecasts, the first month of each.
    """
    keys = {row.id: _Months(ask, row, said[row.id]) for row in chosen}
    parts = {
        (number, month): listed
        for number, months in keys.items()
        for month, listed in months.won.items()
    }
    parts[0, ""] = [Part(ask.currency, None, 0)]  # all in the base currency, as the forecast is
    found = totals(ask, parts)
    rows = [
        (row.id, row.name, month, *_compared(ask, keys[row.id].said[month], won))
        for row in chosen
        for month in keys[row.id].over[: None if len(chosen) == 1 else 1]
        for won in [found.sums.get((row.id, month), 0)]
    ]
    apart = sorted({code for _, code in found.apart})
    note = f"no rate to {ask.currency}, so not in what was won: {', '.join(apart)}"
    return Table(name="months", columns=MONTHS, rows=rows, notes=(note,) if apart else (), empty="")


class _Months:
    """One forecast by month: what it said, and what its deals brought."""

    def __init__(self, ask: Ask, row: Kept, said: Sequence[Said]) -> None:
        made = day_of(row.at, ask.zone)
        self.said: dict[str, list[Said]] = defaultdict(list)
        self.won: dict[str, list[Part]] = defaultdict(list)
        for one in said:
            if one.expected_close is not None and one.expected_close >= made.isoformat():
                self.said[one.expected_close[:7]].append(one)
            if one.ending == WON and one.won_amount is not None:
                assert one.closed_at is not None
                month = day_of(one.closed_at, ask.zone).isoformat()[:7]
                part = Part(one.currency or ask.currency, one.closed_at, one.won_amount)
                self.won[month].append(part)
        months = _months(made, ask.today)
        self.over = [month for month in months if self.said[month] or self.won[month]]


def _months(first: date, today: date) -> Iterator[str]:
    """The months from one day to another that are over by then."""
    year, month = first.year, first.month
    while (year, month) < (today.year, today.month):
        yield f"{year:04}-{month:02}"
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _compared(ask: Ask, said: Sequence[Said], won: int) -> Row:
    chances = kept.chances(said)
    ends = spread(chances)
    low, high, brought = (Money(minor, ask.currency) for minor in (ends.low, ends.high, won))
    return (
        about(mean(chances), ask.currency),
        low,
        high,
        brought,
        ask.currency,
        ends.low <= won <= ends.high,
    )


# ── in words ──────────────────────────────────────────────────────────────────────────────────


def _notes(
    chosen: Sequence[Kept], everything: Sequence[Said], pairs: Sequence[Pair]
) -> Iterator[str]:
    if not everything:
        return
    p, open_ = misfit(pairs), sum(one.ending is None for one in everything)
    if len(pairs) < _TOO_FEW:
        yield f"{plural(len(pairs), 'deal')} scored: too few to say how good the forecasts are"
    elif p is not None:
        yield _calibrated(pairs, p)
    if open_:
        known = len(everything) - open_
        early = known < _EARLY * len(everything)
        quick = ": those that close quickly, which may be other ones" if early else ""
        yield f"{known:,} of {plural(len(everything), 'deal')} closed so far{quick}"
    if len(chosen) > 1:
        yield "each deal counts once, as the first of these forecasts has it"


def _calibrated(pairs: Sequence[Pair], p: float) -> str:
    if p > _SURE:
        return (
            "the probabilities are not off beyond chance: calibrated ones are so far off with a "
            f"probability of {p * 100:.0f} % ({plural(len(pairs), 'deal')})"
        )
    bias = sum(probability - won for probability, won in pairs) / len(pairs)
    side = "too high" if bias > 0 else "too low"
    return (
        f"the probabilities do not fit what happened: {side} by {abs(bias) * 100:.1f} points in "
        f"the mean; calibrated ones would be so far off with a probability of {p:.2g}"
    )
