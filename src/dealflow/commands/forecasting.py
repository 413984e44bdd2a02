"""forecast: what the open deals will bring; forecasts that are kept, scored, and backtested."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from dealflow.commands.options import Filter, From, PeriodName, To
from dealflow.invocation import Run
from dealflow.results import Report, Result


def forecast(
    run: Run,
    filter_: Filter = None,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="DIMENSION", help="month, rep, team … or two: rep,month"),
    ] = None,
    from_: From = None,
    to: To = None,
    period: PeriodName = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="show what each stage's probability rests on")
    ] = False,
) -> Result:
    """What the open deals will bring, with its range, against the targets."""
    from dealflow.reports import answer

    window = run.period(from_, to, period)
    dimensions = [word.strip() for words in by or ["month"] for word in words.split(",")]
    found = run.ask(
        answer("forecast"),
        filter_ or [],
        by=dimensions,
        period=window,
        explain=explain or not run.to.drawn,
    )
    assert isinstance(found, Report)
    meant = _meant(filter_ or []) if found.parameters["n"] == 0 else None
    told = (f"did you mean dealflow forecast {meant}?",) if meant else ()
    return replace(found, notes=(*found.notes, *told))


def _meant(words: list[str]) -> str | None:
    """The further word that a first word of the filter, by which nothing was found, may be."""
    from dealflow.commands.foreseeing import FORECAST
    from dealflow.errors import nearest

    return nearest(words[0], list(FORECAST.further)) if words else None


Which = Annotated[str, typer.Argument(metavar="FORECAST", help="its name or number")]


def keep(
    run: Run,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME] [FILTER]...",
            help="what to call it, if not by its day; and which deals",
            show_default=False,
        ),
    ] = None,
) -> Result:
    """Keep what is expected of each open deal now, to be scored once it is known."""
    from dealflow.actions import forecasts

    return run.act(forecasts.keep, *_name(list(words or [])))


def _name(words: list[str]) -> tuple[str, list[str]]:
    """A first word that is no term of a filter is the name."""
    if words and ":" not in words[0].replace("：", ":") and not words[0].startswith("-"):
        return words[0], words[1:]
    return "", words


def list_(run: Run) -> Result:
    """List the forecasts that were kept."""
    from dealflow.questions import kept

    return run.ask(kept.listed)


def show(
    run: Run,
    forecast: Which,
    all_: Annotated[bool, typer.Option("--all", help="every deal, not the largest only")] = False,
) -> Result:
    """Show a kept forecast: what it came to, and what it said of each deal."""
    from dealflow.questions import kept

    return run.ask(kept.show, forecast, limit=20 if run.to.drawn and not all_ else None)


def remove(
    run: Run,
    forecasts: Annotated[
        list[str], typer.Argument(metavar="FORECAST...", help="their names or numbers")
    ],
) -> Result:
    """Take kept forecasts away."""
    from dealflow.actions import forecasts as actions

    return run.act(actions.remove, forecasts, many=True)


def score(
    run: Run,
    forecasts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FORECAST]...", help="names or numbers; all of them", show_default=False
        ),
    ] = None,
) -> Result:
    """How good the forecasts were that were kept: calibration, Brier score, bias per rep."""
    from dealflow.reports import answer

    return run.ask(answer("forecast-score"), forecasts or [])


def backtest(
    run: Run,
    filter_: Filter = None,
    months: Annotated[
        int, typer.Option("--months", metavar="N", help="how far back", min=1, max=120)
    ] = 12,
) -> Result:
    """How good the forecasts of past months would have been, beside two simple rules."""
    from dealflow.reports import answer

    return run.ask(answer("forecast-backtest"), filter_ or [], months=months)
