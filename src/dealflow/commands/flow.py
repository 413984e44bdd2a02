"""days, reasons, pipeline, changes, pushes: how deals flow, and what becomes of them."""

from __future__ import annotations

from typing import Annotated

import typer

from dealflow.commands.options import Filter, From, Limit, PeriodName, To
from dealflow.errors import UsageError
from dealflow.invocation import Run
from dealflow.results import Result

By = Annotated[
    list[str] | None,
    typer.Option("--by", metavar="DIMENSION", help="stage, rep, team, field:need … or two"),
]
Explain = Annotated[
    bool, typer.Option("--explain", help="say what each figure is, and where its formula is from")
]
OnlyPipeline = Annotated[
    str | None, typer.Option("--pipeline", metavar="KEY", help="only this one")
]


def pipeline(
    run: Run,
    filter_: Filter = None,
    by: By = None,
    from_: From = None,
    to: To = None,
    period: PeriodName = None,
    only: OnlyPipeline = None,
    explain: Explain = False,
) -> Result:
    """What is open: how many deals, worth how much, how old, in each stage.

    With a period: the deals that are expected to close in it.
    """
    from dealflow.reports import answer

    window = run.period(from_, to, period)
    options = {"period": window, "by": by or (), "pipeline": only, "explain": explain}
    return run.ask(answer("pipeline"), filter_ or [], **options)


def changes(
    run: Run,
    filter_: Filter = None,
    by: By = None,
    from_: From = None,
    to: To = None,
    period: PeriodName = None,
    explain: Explain = False,
) -> Result:
    """What became of the open value between two days: new, grew, pushed, won, lost …

    Without a period it is the last seven days, today included. With a filter on the expected close
    (`close:2026-Q3`), what was pushed out of it and pulled into it stands in lines of its own.
    """
    from dealflow.reports import answer

    said = (from_, to, period) if from_ or to or period else (None, None, "last-7d")
    options = {"period": run.period(*said), "by": by or (), "explain": explain}
    return run.ask(answer("changes"), filter_ or [], **options)


def pushes(
    run: Run,
    filter_: Filter = None,
    by: By = None,
    deals: Annotated[
        bool, typer.Option("--deals", help="list the deals that were pushed, most often first")
    ] = False,
    from_: From = None,
    to: To = None,
    period: PeriodName = None,
    limit: Limit = None,
    explain: Explain = False,
) -> Result:
    """How often expected closes slip: whose, how far, of which deals."""
    from dealflow.reports import answer

    window = run.period(from_, to, period)
    if deals:
        if by:
            raise UsageError("--deals lists deals, and --by counts them", "use one of them")
        cut = run.cut(limit)
        return run.ask(answer("pushed-deals"), filter_ or [], period=window, limit=cut)
    return run.ask(answer("pushes"), filter_ or [], period=window, by=by or (), explain=explain)


def days(
    run: Run,
    filter_: Filter = None,
    by: By = None,
    stage: Annotated[
        str | None, typer.Option("--stage", metavar="STAGE", help="with --by: time in this stage")
    ] = None,
    within: Annotated[
        list[str] | None,
        typer.Option("--within", metavar="DAYS", help="what had happened by then: 30,60,90"),
    ] = None,
    from_: From = None,
    to: To = None,
    period: PeriodName = None,
    pipeline: OnlyPipeline = None,
    explain: Explain = False,
) -> Result:
    """How long deals take: from creation to close, and in each stage."""
    from dealflow.reports import answer

    window = run.period(from_, to, period)
    options = {"by": by or (), "stage": stage, "pipeline": pipeline, "explain": explain}
    horizons = {"within": _numbers(within)} if within else {}
    return run.ask(answer("days"), filter_ or [], period=window, **options, **horizons)


def reasons(
    run: Run,
    filter_: Filter = None,
    by: By = None,
    from_: From = None,
    to: To = None,
    period: PeriodName = None,
    explain: Explain = False,
) -> Result:
    """Why deals were lost: for which reason, from which stage, how much."""
    from dealflow.reports import answer

    window = run.period(from_, to, period)
    return run.ask(answer("reasons"), filter_ or [], period=window, by=by or (), explain=explain)


def _numbers(words: list[str]) -> list[int]:
    """Whole numbers, as typed: repeated, or separated by commas. Error: UsageError."""
    found = [word.strip().removesuffix("d") for text in words for word in text.split(",")]
    bad = next((word for word in found if not word.isascii() or not word.isdigit()), None)
    if bad is not None:
        raise UsageError(f"'{bad}' is not a number of days", "--within 30,60,90")
    return [int(word[:9]) for word in found]
