"""demo: a sample database, and the morning's three questions asked of it."""

from __future__ import annotations

import os
import shlex
from typing import Annotated

import typer

from dealflow.errors import AlreadyExists
from dealflow.invocation import Run
from dealflow.results import Result, Results


def demo(
    run: Run,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="another number, another year")
    ] = 3,
    deals: Annotated[
        int, typer.Option("--deals", metavar="N", help="how many", min=20, max=20_000)
    ] = 240,
) -> Results:
    """Make a sample database and show the morning's reports on it.

    Without --db it is demo.db in this folder. Everything in it is invented: a year of a team, up to
    now, with deals, plans and overdue follow-ups of your own.
    """
    from dealflow.demo import Wanted, create

    path = run.options.db = run.options.db or "demo.db"
    if os.path.lexists(path):
        raise AlreadyExists("a file", path, "dealflow demo --db OTHER.db, or delete it first")
    you = create(path, Wanted(seed=seed, deals=deals, now=run.clock, name=run.name), run.warn)
    unknown = () if run.me() else (f"export DEALFLOW_REP={you}",)
    told = run.about_file(
        f"created {path}: {deals} deals of an invented team, seed {seed}; you are {you}",
        f"to go on with it: {'; '.join((_export(path), *unknown))}",
        "then: dealflow agenda, dealflow list, dealflow leakage --json",
    )
    return (*_morning(run), told) if run.to.drawn else told


def _morning(run: Run) -> tuple[Result, ...]:
    from dealflow.commands import reports

    return reports.overdue(run), reports.leakage(run), reports.close_rates(run)


def _export(path: str) -> str:
    if os.path.isabs(path):
        return f"export DEALFLOW_DB={shlex.quote(path)}"
    return f'export DEALFLOW_DB="$PWD"/{shlex.quote(path)}'
