"""forecast: what the open deals will bring; forecasts that are kept, and scored by what happened."""

from __future__ import annotations

from typing import Annotated

import typer

from dealflow.commands.options import Filter, From, PeriodName, To
from dealflow.invocation import Run
from dealflow.results import Result


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
    return run.ask(
        answer("forecast"),
        filter_ or [],
        by=dimensions,
        period=window,
        explain=explain or not run.drawn,
    )
