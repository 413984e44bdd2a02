"""next, unplanned, quiet, stuck, gaps: what to do, and what wants looking after."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import typer

from dealflow.commands.options import Filter, Limit
from dealflow.errors import CHECK_FOUND
from dealflow.invocation import Run
from dealflow.results import Report, Result

Owner = Annotated[str | None, typer.Option("--for", metavar="REP", help="whose deals: a name, me")]
Check = Annotated[
    bool, typer.Option("--check", help="exit with 10 when there is anything, for cron")
]


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


def _asked(run: Run, name: str, check: bool, words: list[str] | None, **options: Any) -> Result:
    from dealflow.reports import answer

    found = run.ask(answer(name), words or [], **options)
    assert isinstance(found, Report)
    return replace(found, exit_code=CHECK_FOUND) if check and found.rows else found
