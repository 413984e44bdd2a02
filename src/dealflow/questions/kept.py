"""Forecasts that were kept: what is to be kept, `forecast list`, and `forecast show`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from dealflow.analytics.sums import Chance, mean, spread
from dealflow.errors import NotFound
from dealflow.model import VOID, WON
from dealflow.money import Money
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.questions.amounts import about, worth
from dealflow.questions.chances import estimate, stage_lines
from dealflow.questions.columns import CURRENCY, FORECASTS
from dealflow.questions.shaping import day
from dealflow.questions.windows import chosen, plural
from dealflow.results import (
    DAY,
    ID,
    INT,
    MACHINE,
    MONEY,
    NUMBER,
    SHARE,
    TEXT,
    Column,
    Record,
    Row,
    Table,
)
from dealflow.store import forecast, kept
from dealflow.store.kept import Kept, Said
from dealflow.store.scope import scope
from dealflow.text import fold

LIST = (
    *FORECASTS[:-1],
    Column("value", "value", MONEY, about="of the deals with an amount, in the base currency"),
    Column("expected", "expected", MONEY, about="the sum of probability × amount"),
    CURRENCY,
    Column("closed", "closed since", INT, about="won or lost by now"),
    FORECASTS[-1],
)
RECORD = (
    *LIST[:-1],
    Column("low", "10 %", MONEY, about="the sum stays below it with a probability of 10 %"),
    Column("high", "90 %", MONEY, about="of 90 %"),
    Column("expected_wins", "expected wins", NUMBER),
    Column("won", "won since", INT),
    LIST[-1],
)
DEALS = (
    Column("deal", "deal", ID),
    Column("title", "title"),
    Column("stage", "stage", TEXT, MACHINE, "key of the stage it was in"),
    Column("owner", "owner", about="at that time"),
    Column("probability", "probability", SHARE),
    Column("amount", "amount", MONEY, about="in the base currency"),
    CURRENCY,
    Column("close", "expected close", DAY, about="as it was then"),
    Column("outcome", "outcome", about="won, lost, void or open by now"),
)


class Now(NamedTuple):
    """What is expected of an open deal; `amount` in minor units of the base currency."""

    deal_id: int
    stage_id: int
    rep_id: int
    probability: float | None
    amount: int | None
    expected_close: str | None


def expected_now(ask: Ask, words: Sequence[str]) -> tuple[str, list[Now]]:
    """The filter as text, and what is expected now of each open deal that it lets through."""
    filter_ = chosen(ask, words)
    lines = stage_lines(ask)
    found = list(forecast.open_deals(scope(ask, filter_, *forecast.READS)))
    rates = worth(ask, {row[-1] for row in found} | {ask.currency})
    rows = [
        Now(
            number,
            stage,
            owner,
            estimate(lines, stage, own).value,
            _converted(amount, rates.get(currency)),
            close,
        )
        for number, stage, owner, own, close, amount, currency in found
    ]
    return filter_.text, sorted(rows, key=lambda row: row.deal_id)


def _converted(amount: int | None, rate: float | None) -> int | None:
    return None if amount is None or rate is None else round(amount * rate)


def listed(ask: Ask) -> Table:
    """Every forecast that was kept, with what has been closed of its deals."""
    found = kept.forecasts(ask.conn, ask.now)
    said: dict[int, list[Said]] = defaultdict(list)
    for one in kept.said(ask.conn, [row.id for row in found], ask.now):
        said[one.forecast_id].append(one)
    return Table(
        name="forecasts",
        columns=LIST,
        rows=[(*_facts(ask, row, said[row.id]), row.version) for row in found],
        empty="no forecast was kept; dealflow forecast keep",
    )


def _facts(ask: Ask, row: Kept, said: Sequence[Said]) -> Row:
    value = sum(one.amount or 0 for one in said)
    return (
        row.id,
        row.name,
        row.at,
        row.by,
        row.filter or None,
        len(said),
        Money(value, ask.currency),
        about(mean(chances(said)), ask.currency),
        ask.currency,
        sum(one.ending is not None and one.ending != VOID for one in said),
    )


def chances(said: Sequence[Said]) -> list[Chance]:
    """Of the deals with a probability and an amount."""
    return [
        Chance(one.probability, one.amount)
        for one in said
        if one.probability is not None and one.amount is not None
    ]


def named(ask: Ask, word: str) -> Kept:
    """The forecast with this name, or number. Error: NotFound."""
    found = kept.forecasts(ask.conn, ask.now)
    for row in found:
        if fold(row.name) == fold(word):
            return row
    for row in found:
        if word.removeprefix("#") == str(row.id):
            return row
    hint = "dealflow forecast list shows them"
    raise NotFound("forecast", word, [row.name for row in found], hint)


def show(ask: Ask, word: str, *, limit: int | None = None) -> Record:
    """One forecast: what it came to, and what it said of each deal. Error: NotFound."""
    row = named(ask, word)
    said = kept.said(ask.conn, [row.id], ask.now)
    ends = spread(chances(said))
    counts = [one.probability for one in said if one.probability is not None]
    stages = {stage: line.stage.key for stage, line in stage_lines(ask).items()}
    most = sorted(said, key=lambda one: (-(one.amount or 0), one.deal_id))
    shown = most[:limit] if limit else most
    cut = f"the {len(shown)} largest of {plural(len(said), 'deal')}; --all shows them all"
    return Record(
        name="forecast",
        title=f"{row.id}  {row.name}",
        columns=RECORD,
        row=(
            *_facts(ask, row, said),
            Money(ends.low, ask.currency),
            Money(ends.high, ask.currency),
            sum(counts),
            sum(one.ending == WON for one in said),
            row.version,
        ),
        sections=(
            Table(
                name="deals",
                columns=DEALS,
                rows=[_deal(ask, one, stages) for one in shown],
                notes=(cut,) if len(shown) < len(said) else (),
                empty="none",
            ),
        ),
    )


def _deal(ask: Ask, one: Said, stages: dict[int, str]) -> Row:
    return (
        one.deal_id,
        one.title,
        stages.get(one.stage_id),
        one.rep,
        one.probability,
        None if one.amount is None else Money(one.amount, ask.currency),
        ask.currency,
        day(one.expected_close),
        one.ending or "open",
    )
