"""score, factors, coach: what the team's own past says about who buys, and what goes with it."""

from __future__ import annotations

from typing import Annotated

import typer

from dealflow.commands.options import Filter, From, Limit, PeriodName, To
from dealflow.invocation import Run
from dealflow.results import Result


def score(
    run: Run,
    filter_: Filter = None,
    for_: Annotated[
        str | None, typer.Option("--for", metavar="REP", help="whose deals: a name, me")
    ] = None,
    customers: Annotated[
        bool, typer.Option("--customers", help="customers, by the chance that they buy")
    ] = False,
    limit: Limit = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="show what counts, and how the chances held up")
    ] = False,
) -> Result:
    """Which open deals, and which customers, are most likely to buy, and why."""
    from dealflow.reports import answer

    options = {"for_": for_, "customers": customers, "explain": explain}
    return run.ask(answer("score"), filter_ or [], limit=run.cut(limit), **options)


def factors(
    run: Run,
    filter_: Filter = None,
    landmark: Annotated[
        str,
        typer.Option("--landmark", metavar="SPAN", help="what was done by then counts: 14d, 4w"),
    ] = "14d",
    from_: From = None,
    to: To = None,
    period: PeriodName = None,
    limit: Limit = None,
) -> Result:
    """What goes with winning: what deals are, and how they were followed up.

    The window is of when deals were created.
    """
    from dealflow.reports import answer

    window = run.period(from_, to, period)
    options = {"period": window, "landmark": landmark, "limit": run.cut(limit)}
    return run.ask(answer("factors"), filter_ or [], **options)


def coach(
    run: Run,
    filter_: Filter = None,
    rep: Annotated[
        str | None, typer.Option("--rep", metavar="REP", help="about one: a name, me")
    ] = None,
    from_: From = None,
    to: To = None,
    period: PeriodName = None,
) -> Result:
    """A page for a team meeting: each rep beside the others, and deals to look at.

    The window is the last 365 days, if not said otherwise. `-o md` gives the whole page.
    """
    from dealflow.reports import answer

    said = (from_, to, period) if any((from_, to, period)) else (None, None, "last-365d")
    return run.ask(answer("coach"), filter_ or [], period=run.period(*said), rep=rep)
