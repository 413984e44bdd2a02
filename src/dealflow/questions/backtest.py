"""`dealflow forecast backtest`: the forecasts of past months, had they been made, and what came.

Each month is forecast as of the end of the day before it, from what was so then: the same functions
answer, with another `now`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from dealflow.analytics.calibration import Pair, brier, reference
from dealflow.analytics.sums import Chance, Spread, mean, spread
from dealflow.dates import add_months, end_of, start_of
from dealflow.model import LOST, VOID, WON
from dealflow.money import Money
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.questions.amounts import about, worth
from dealflow.questions.chances import PROBABILITY, estimate, stage_lines
from dealflow.questions.columns import CURRENCY
from dealflow.questions.windows import chosen, plural
from dealflow.results import (
    BOOL,
    INT,
    MACHINE,
    MONEY,
    NUMBER,
    Column,
    Report,
    Row,
    Table,
)
from dealflow.store import forecast, kept
from dealflow.store.kept import Close
from dealflow.store.scope import scope

ASKS = "how good the forecasts of past months would have been"
DEFINITION = (
    "each month forecast as of the end of the day before it: expected = sum of probability × "
    "amount of the open deals expected to close in it; won = what the deals that were open then "
    "brought in the month; Brier = mean of (probability - outcome)² of those won or lost by now; "
    f"{PROBABILITY}; configured = the stage's configured probability alone; last year = won / (won "
    "+ lost) of the twelve months before, for every deal"
)
_METHODS = (
    ("forecast", "this forecast"),
    ("configured", "configured probabilities"),
    ("last_year", "last year's close rate"),
)
COLUMNS = (
    Column("month", "month"),
    Column("open", "open", INT, about="deals that were open before it"),
    Column("due", "due", INT, about="of those, expected to close in it"),
    Column("expected", "expected", MONEY),
    Column("low", "10 %", MONEY),
    Column("high", "90 %", MONEY),
    Column("won", "won", MONEY, about="of the deals that were open then, closed in the month"),
    Column("won_due", "won of the due", MONEY, MACHINE, "of those expected to close in it"),
    CURRENCY,
    Column("inside", "inside", BOOL, about="whether that lies from 10 to 90 %"),
    Column("configured", "configured", MONEY, about="expected by configured probabilities"),
    Column("last_year", "last year", MONEY, about="expected by last year's close rate"),
    Column("n", "scored", INT, about="deals open then, won or lost by now, with all probabilities"),
    Column("brier", "Brier", NUMBER),
    Column("brier_configured", "configured", NUMBER, about="Brier score"),
    Column("brier_last_year", "last year", NUMBER, about="Brier score"),
)
PANELS = (
    ("month", "open", "due", "expected", "low", "high", "won", "inside"),
    ("month", "won", "expected", "configured", "last_year"),
    ("month", "n", "brier", "brier_configured", "brier_last_year"),
)
METHODS = (
    Column("method", "method"),
    Column("months", "months", INT),
    Column("error", "mean error", MONEY, about="mean of |expected - won| over the months"),
    Column("bias", "bias", MONEY, about="mean of expected - won; above 0 is too high"),
    CURRENCY,
    Column("n", "scored", INT, about="deals, each once for every month it was open before"),
    Column("brier", "Brier", NUMBER),
    Column("reference", "reference", NUMBER, about="Brier score of giving each the share won"),
)
_FEW = 6


class Month(NamedTuple):
    """What each method expected of a month, and what came of it; minor units of one currency."""

    first: date
    open: int
    due: int
    expected: tuple[float, ...]
    range: Spread
    won: int
    won_due: int
    """What of that came from deals that were expected to close in the month."""
    scored: tuple[list[Pair], ...]
    """By method: of the same deals."""

    @property
    def label(self) -> str:
        return f"{self.first:%Y-%m}"


def backtest(ask: Ask, words: Sequence[str] = (), *, months: int = 12) -> Report:
    """The last `months` months that are over. Errors: UsageErrors of the filter; UnknownActor."""
    codes = set(kept.currencies(ask.conn))
    currency = codes.pop() if len(codes) == 1 else ask.currency
    now = ask.today.replace(day=1)
    firsts = [add_months(now, -back) for back in range(months, 0, -1)]
    found = [month for first in firsts if (month := _month(ask, words, first, currency)).open]
    return Report(
        name="forecast-backtest",
        title="How good the forecasts would have been",
        as_of=ask.now,
        definition=DEFINITION,
        parameters={
            "months": months,
            "filter": chosen(ask, words).text,
            "n": sum(len(month.scored[0]) for month in found),
        },
        columns=COLUMNS,
        panels=PANELS,
        rows=[_row(month, currency) for month in found],
        sections=(_methods(found, currency),) if found else (),
        notes=tuple(_notes(found, months)),
        empty="no deal was open at the end of a month that is over",
    )


def _month(ask: Ask, words: Sequence[str], first: date, currency: str) -> Month:
    then = replace(ask, now=end_of(first - timedelta(days=1), ask.zone))
    deals = list(forecast.open_deals(scope(then, chosen(then, words), *forecast.READS)))
    if not deals:
        return Month(first, 0, 0, (0.0,) * 3, Spread(0, 0, exact=True), 0, 0, ([], [], []))
    rates = worth(then, {row[-1] for row in deals} | {currency})
    given = _probabilities(then, deals)
    label = f"{first:%Y-%m}"
    due = [at for at, row in enumerate(deals) if (row[4] or "")[:7] == label]
    chances = [
        [
            Chance(p, round(deals[at][5] * rate))
            for at in due
            if (p := method[at]) is not None
            and deals[at][5] is not None
            and (rate := rates.get(deals[at][6])) is not None
        ]
        for method in given
    ]
    closes = kept.closes(ask.conn, [row[0] for row in deals], ask.now)
    return Month(
        first,
        len(deals),
        len(due),
        tuple(mean(some) for some in chances),
        spread(chances[0]),
        _won(ask, closes.values(), first, currency),
        _won(ask, [closes[n] for at in due if (n := deals[at][0]) in closes], first, currency),
        _scored(deals, given, closes),
    )


def _probabilities(then: Ask, deals: Sequence[Sequence[Any]]) -> list[list[float | None]]:
    """By method, in the order of _METHODS: what each deal was given."""
    lines = stage_lines(then)
    since = start_of(add_months(then.today, -12), then.zone)
    past = kept.outcomes(then.conn, since, then.now)
    closed = past.get(WON, 0) + past.get(LOST, 0)
    rate = past.get(WON, 0) / closed if closed else None
    configured = {stage: line.stage.probability for stage, line in lines.items()}
    return [
        [estimate(lines, stage, own).value for _, stage, _, own, *_ in deals],
        [configured.get(row[1]) for row in deals],
        [rate for _ in deals],
    ]


def _won(ask: Ask, closes: Iterable[Close], first: date, currency: str) -> int:
    """What was won in the month, by the rate of the close."""
    start, end = (start_of(day, ask.zone) for day in (first, add_months(first, 1)))
    total = 0
    for close in closes:
        if close.ending == WON and start <= close.at < end and close.amount is not None:
            rates = worth(replace(ask, now=close.at), {close.currency, currency})
            total += round(close.amount * rates.get(close.currency, 0.0))
    return total


def _scored(
    deals: Sequence[Sequence[Any]],
    given: Sequence[Sequence[float | None]],
    closes: dict[int, Close],
) -> tuple[list[Pair], ...]:
    """The pairs of each method, of the same deals: those that every method has a probability for.

    A method that has none for any deal is not waited for: it has no pairs.
    """
    known = [
        (at, close.ending == WON)
        for at, row in enumerate(deals)
        if (close := closes.get(row[0])) is not None and close.ending != VOID
    ]
    able = [any(method[at] is not None for at, _ in known) for method in given]
    asked = [method for method, can in zip(given, able, strict=True) if can]
    same = [pair for pair in known if all(method[pair[0]] is not None for method in asked)]
    return tuple(
        [(method[at] or 0.0, won) for at, won in same] if can else []
        for method, can in zip(given, able, strict=True)
    )


# ── rows and words ────────────────────────────────────────────────────────────────────────────


def _row(month: Month, currency: str) -> Row:
    low, high, _ = month.range
    return (
        month.label,
        month.open,
        month.due,
        about(month.expected[0], currency),
        Money(low, currency),
        Money(high, currency),
        Money(month.won, currency),
        Money(month.won_due, currency),
        currency,
        low <= month.won <= high,
        about(month.expected[1], currency),
        about(month.expected[2], currency),
        len(month.scored[0]),
        *(brier(pairs) for pairs in month.scored),
    )


def _methods(months: Sequence[Month], currency: str) -> Table:
    """Each method over all months."""
    rows = []
    for at, (_, name) in enumerate(_METHODS):
        errors = [month.expected[at] - month.won for month in months]
        pairs = [pair for month in months for pair in month.scored[at]]
        rows.append(
            (
                name,
                len(months),
                about(sum(map(abs, errors)) / len(errors), currency),
                about(sum(errors) / len(errors), currency),
                currency,
                len(pairs),
                brier(pairs),
                reference(pairs),
            )
        )
    return Table(name="methods", columns=METHODS, rows=rows, empty="")


def _notes(months: Sequence[Month], asked: int) -> Iterator[str]:
    if not months:
        return
    inside = sum(month.range.low <= month.won <= month.range.high for month in months)
    won, due = (sum(getattr(month, name) for month in months) for name in ("won", "won_due"))
    if won:
        share = f"{due / won * 100:.0f} %"
        yield f"{share} of what was won came from deals expected to close in that month"
    yield f"what was won lay from 10 to 90 % in {inside} of {plural(len(months), 'month')}"
    if len(months) < asked:
        yield f"{asked - len(months)} of {plural(asked, 'month')} left out: no deal was open before"
    if len(months) < _FEW:
        yield f"{plural(len(months), 'month')}: too few to tell one method from another"
    known = sum(len(month.scored[0]) for month in months)
    whole = sum(month.open for month in months)
    if known < whole:
        yield (
            f"scored {known:,} of {whole:,}: the others are open, void, or had no probability; "
            "a deal is scored once for every month it was open before"
        )
