"""overdue, leakage, close-rates: the morning's three questions."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from dealflow.commands.options import Filter, For, From, Limit, PeriodName, To
from dealflow.errors import CHECK_FOUND
from dealflow.invocation import Run
from dealflow.results import Report, Result

Cohort = Annotated[
    str, typer.Option("--cohort", metavar="entered|created|closed", help="who is counted")
]


def overdue(
    run: Run,
    filter_: Filter = None,
    for_: For = None,
    limit: Limit = None,
    check: Annotated[
        bool, typer.Option("--check", help="exit with 10 when anything is overdue, for cron")
    ] = False,
) -> Result:
    """Which follow-ups are late, and how late."""
    from dealflow.reports import answer

    found = run.ask(answer("overdue"), filter_ or [], for_=for_, limit=run.cut(limit))
    assert isinstance(found, Report)
    return replace(found, exit_code=CHECK_FOUND) if check and found.rows else found


def effort(
    run: Run,
    filter_: Filter = None,
    by: Annotated[
        str, typer.Option("--by", metavar="DIMENSION", help="rep, team, kind, channel")
    ] = "rep",
    from_: From = None,
    to: To = None,
    period: PeriodName = None,
) -> Result:
    """What was done with customers, and which plans were kept; today, if not said otherwise."""
    from dealflow.reports import answer

    said = (from_, to, period) if any((from_, to, period)) else (None, None, "today")
    return run.ask(answer("effort"), filter_ or [], period=run.period(*said), by=by)


def leakage(
    run: Run,
    filter_: Filter = None,
    from_: From = None,
    to: To = None,
    period: PeriodName = None,
    cohort: Cohort = "entered",
    unit: Annotated[
        str, typer.Option("--unit", metavar="deals|visits", help="count deals, or stays")
    ] = "deals",
    pipeline: Annotated[
        str | None, typer.Option("--pipeline", metavar="KEY", help="only this one")
    ] = None,
) -> Result:
    """Where the funnel leaks: what became of the deals that entered each stage."""
    from dealflow.reports import answer

    window = run.period(from_, to, period)
    return run.ask(
        answer("leakage"), filter_ or [], period=window, cohort=cohort, unit=unit, pipeline=pipeline
    )


def close_rates(
    run: Run,
    filter_: Filter = None,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="DIMENSION", help="rep, team, field:need … or two: rep,month"),
    ] = None,
    from_: From = None,
    to: To = None,
    period: PeriodName = None,
    credit: Annotated[
        str,
        typer.Option(
            "--credit", metavar="RULE", help="owner-at-close, owner-now, owner-at-creation"
        ),
    ] = "owner-at-close",
) -> Result:
    """Who closes what: won of won and lost, with intervals."""
    from dealflow.reports import answer

    window = run.period(from_, to, period)
    dimensions = [word.strip() for words in by or ["rep"] for word in words.split(",")]
    return run.ask(
        answer("close-rates"), filter_ or [], by=dimensions, period=window, credit=credit
    )
