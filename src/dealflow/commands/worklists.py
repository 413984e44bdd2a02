"""next, unplanned, quiet, stuck, gaps: what to do, and what wants looking after."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import typer

from dealflow.commands.options import Filter, From, Limit, PeriodName, To
from dealflow.errors import CHECK_FOUND
from dealflow.invocation import Run
from dealflow.results import Report, Result

Owner = Annotated[str | None, typer.Option("--for", metavar="REP", help="whose deals: a name, me")]
Check = Annotated[
    bool, typer.Option("--check", help="exit with 10 when there is anything, for cron")
]


def next_(
    run: Run,
    filter_: Filter = None,
    for_: Annotated[
        str | None, typer.Option("--for", metavar="REP", help="whose list: a name, me")
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="everybody's")] = False,
    limit: Limit = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="show the formula, and the points of each line")
    ] = False,
    check: Check = False,
) -> Result:
    """What to do next: one ordered list, and why."""
    options = {"for_": for_, "everybody": everybody, "explain": explain}
    return _asked(run, "next", check, filter_, limit=run.cut(limit), **options)


def unplanned(
    run: Run, filter_: Filter = None, for_: Owner = None, limit: Limit = None, check: Check = False
) -> Result:
    """Which open deals have nothing planned."""
    return _asked(run, "unplanned", check, filter_, for_=for_, limit=run.cut(limit))


def quiet(
    run: Run, filter_: Filter = None, for_: Owner = None, limit: Limit = None, check: Check = False
) -> Result:
    """Which open deals had no contact for longer than their grade allows."""
    return _asked(run, "quiet", check, filter_, for_=for_, limit=run.cut(limit))


def stuck(
    run: Run, filter_: Filter = None, for_: Owner = None, limit: Limit = None, check: Check = False
) -> Result:
    """Which open deals are in their stage for longer than is expected, or usual."""
    return _asked(run, "stuck", check, filter_, for_=for_, limit=run.cut(limit))


def gaps(
    run: Run,
    filter_: Filter = None,
    for_: Owner = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="rep", help="count them, rep by rep")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="KIND", help="contact, amount, close_past, moved_twice …"),
    ] = None,
    from_: From = None,
    to: To = None,
    period: PeriodName = None,
    limit: Limit = None,
    check: Check = False,
) -> Result:
    """What is missing on deals, and the command that mends it.

    The window is of what was done (moves, closes); without one the last 90 days. What is missing on
    open deals is missing now.
    """
    told = (from_, to, period) if from_ or to or period else (None, None, "last-90d")
    kinds = [kind.strip() for words in only or () for kind in words.split(",")]
    options = {"period": run.period(*told), "for_": for_, "by": by, "only": kinds}
    return _asked(run, "gaps", check, filter_, limit=run.cut(limit), **options)


def _asked(run: Run, name: str, check: bool, words: list[str] | None, **options: Any) -> Result:
    from dealflow.reports import answer

    found = run.ask(answer(name), words or [], **options)
    assert isinstance(found, Report)
    return replace(found, exit_code=CHECK_FOUND) if check and found.rows else found
