"""export: follow-ups for a calendar."""

from __future__ import annotations

from typing import Annotated

import typer

from dealflow.commands.options import Filter
from dealflow.errors import UsageError
from dealflow.invocation import Run
from dealflow.results import Result


def export(
    run: Run,
    filter_: Filter = None,
    ics: Annotated[
        bool, typer.Option("--ics", help="planned follow-ups as a calendar (RFC 5545)")
    ] = False,
    events: Annotated[
        bool, typer.Option("--events", help="all-day events instead of to-dos")
    ] = False,
    done: Annotated[bool, typer.Option("--done", help="what is done or given up as well")] = False,
    for_: Annotated[
        str | None, typer.Option("--for", metavar="REP", help="whose they are, also me")
    ] = None,
) -> Result:
    """Write planned follow-ups as a calendar: `dealflow export --ics > follow-ups.ics`."""
    from dealflow.interchange.calendar import calendar

    if not ics:
        raise UsageError("export as what?", "dealflow export --ics > follow-ups.ics")
    words = filter_ or []
    return run.ask(calendar, words, for_=for_, all_day=events, over=done)
