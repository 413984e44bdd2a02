"""targets: what everybody, a team or a rep is to win, and how far that has been reached."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from dealflow.commands.options import From, PeriodName, To
from dealflow.errors import UsageError
from dealflow.invocation import Run
from dealflow.results import Result

_SOME = "dealflow targets set rep:me 2026-Q3 500k"


def report(
    run: Run,
    whose: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WHOSE]...", help="all, team:north, rep:li, me", show_default=False
        ),
    ] = None,
    from_: From = None,
    to: To = None,
    period: PeriodName = None,
) -> Result:
    """How far each target has been reached, at what pace, and what it would still take."""
    from dealflow.reports import answer

    said = any((from_, to, period))
    window = run.period(from_, to, period) if said else None
    return run.ask(answer("targets"), whose or [], period=window)


def list_(
    run: Run,
    period: Annotated[
        str | None,
        typer.Argument(metavar="[PERIOD]", help="those within: 2026, 2026-Q3", show_default=False),
    ] = None,
) -> Result:
    """List the targets that were set."""
    from dealflow.questions import targets

    return run.ask(targets.listed, run.period(None, None, period))


def set_(
    run: Run,
    whose: Annotated[
        str, typer.Argument(metavar="WHOSE", help="all, team:north, rep:li; me, a name")
    ],
    period: Annotated[
        str, typer.Argument(metavar="PERIOD", help="a month, quarter or year: 2026-07, 2026-Q3")
    ],
    amount: Annotated[
        str, typer.Argument(metavar="AMOUNT", help="500k, 50万; a number with --deals")
    ],
    deals: Annotated[
        bool, typer.Option("--deals", help="the amount is a number of deals to win, not money")
    ] = False,
) -> Result:
    """Set what everybody, a team or a rep is to win in a month, a quarter or a year."""
    from dealflow.actions import targets

    label = _unit(run, period)
    value = _number(amount) if deals else run.money(amount)
    return run.act(targets.put, whose, label, value)


def remove(
    run: Run,
    ids: Annotated[
        list[str], typer.Argument(metavar="ID...", help="the targets' numbers, from targets list")
    ],
) -> Result:
    """Take targets away, by their numbers."""
    from dealflow.actions import targets

    return run.act(targets.remove, run.ids(ids), many=True)


def _unit(run: Run, word: str) -> str:
    """A month, a quarter or a year as it is kept. Error: UsageError."""
    label = run.period(None, None, word).label
    if not re.fullmatch(r"\d{4}(-Q[1-4]|-\d\d)?", label):
        raise UsageError(f"'{word[:64]}' is not a month, a quarter or a year", _SOME)
    return label


def _number(word: str) -> int:
    if not (word.isascii() and word.isdecimal()) or len(word) > 9:
        raise UsageError(
            f"'{word[:64]}' is not a number of deals",
            "dealflow targets set rep:me 2026-Q3 12 --deals",
        )
    return int(word)
