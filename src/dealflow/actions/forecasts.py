"""Forecasts that are kept, so that they can be held against what happened."""

from __future__ import annotations

from collections.abc import Sequence

from dealflow.actions import Actor, Done, together
from dealflow.actions.bulk import Batch
from dealflow.errors import AlreadyExists, NotFound, Refused
from dealflow.model import ForecastDeal, KeptForecast
from dealflow.questions import Ask
from dealflow.questions.kept import expected_now
from dealflow.text import fold, tidy


def keep(by: Actor, name: str, words: Sequence[str] = ()) -> Done:
    """Keep what is expected now of the open deals that a filter lets through; no name is today.

    Errors: those of the filter; AlreadyExists; Refused where there are no open deals.
    """
    ask = Ask(by.book.conn, by.now, by.db.zone, by.db.currency, by.me.id, setting=by.db.setting)
    filter_, deals = expected_now(ask, words)
    name = name or ask.today.isoformat()
    named = tidy(name, "the name", 100)
    for row in by.book.where(KeptForecast):
        if fold(row.name) == fold(named):
            raise AlreadyExists("forecast", row.name, "dealflow forecast keep NAME takes another")
    if not deals:
        raise Refused("no open deals to forecast: nothing was kept", "dealflow list")
    new = KeptForecast(name=named, at=by.now, rep_id=by.me.id, filter=filter_)
    row = by.book.add(new)
    rows = Batch(by.book)
    for one in deals:
        rows.put(ForecastDeal, forecast_id=row.id, **one._asdict())
    rows.flush()
    number = f"{len(deals):,} deal{'s' * (len(deals) != 1)}"
    said = f"kept forecast {row.id} '{row.name}' of {number}; dealflow forecast score {row.id}"
    return Done("forecast", (row.id,), (said,))


def remove(by: Actor, words: Sequence[str]) -> Done:
    """Take kept forecasts away, each by its name or number. Error: NotFound."""
    return together("forecast", [_remove(by, named(by, word)) for word in words])


def _remove(by: Actor, row: KeptForecast) -> Done:
    said = by.book.where(ForecastDeal, forecast_id=row.id)
    for one in said:
        by.book.remove(one)
    by.book.remove(row)
    return Done("forecast", (), (f"removed forecast {row.id} '{row.name}'",))


def named(by: Actor, word: str) -> KeptForecast:
    """The kept forecast with this name, or number. Error: NotFound."""
    rows = by.book.where(KeptForecast)
    for row in rows:
        if fold(row.name) == fold(word):
            return row
    for row in rows:
        if word.removeprefix("#") == str(row.id):
            return row
    hint = "dealflow forecast list shows them"
    raise NotFound("forecast", word, [row.name for row in rows], hint)
