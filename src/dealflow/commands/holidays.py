"""settings holidays: the days that the team has off, or works although the week has them off."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from dealflow.errors import BadPeriod, UsageError
from dealflow.invocation import Run
from dealflow.patterns import pattern
from dealflow.results import Result

if TYPE_CHECKING:
    from dealflow.actions.holidays import Day

Days = Annotated[
    list[str], typer.Argument(metavar="DAY...", help="2026-10-01, 2026-10-01..2026-10-07, 2026")
]
_LONGEST = 366
_YEAR = pattern(r"(\d{4})(?:(?:-|–|\.\.)(\d{4}))?")
_SOME = "dealflow settings holidays load CN 2026"


def list_(
    run: Run,
    year: Annotated[
        str | None,
        typer.Argument(metavar="[YEAR]", help="or another period: 2026-10", show_default=False),
    ] = None,
) -> Result:
    """List the holiday calendar: days off, and days worked although the week has them off."""
    from dealflow.questions import holidays

    return run.ask(holidays.holidays, _span(run, year) if year else None)


def load(
    run: Run,
    source: Annotated[
        str, typer.Argument(metavar="COUNTRY|FILE", help="CN, DE, US-CA …; a file, or - for stdin")
    ],
    years: Annotated[
        list[str] | None,
        typer.Argument(metavar="[YEAR]...", help="2026, 2024-2026", show_default=False),
    ] = None,
) -> Result:
    """Load the holidays of a country's years, make-up days (调休) included, or those of a file."""
    from dealflow.actions import holidays

    days = _published(source, years) if years else _from_file(run, source)
    return run.act(holidays.load, days, many=True)


def add(
    run: Run,
    day: Annotated[str, typer.Argument(metavar="DAY", help="2026-07-14, or a range of days A..B")],
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="what day it is", show_default=False)
    ] = "",
    work: Annotated[bool, typer.Option("--work", help="it is worked (调休), not off")] = False,
) -> Result:
    """Add a day off, or with --work one that is worked, to the holiday calendar."""
    from dealflow.actions import holidays
    from dealflow.model import DAY_OFF, DAY_WORKED

    first, last = _span(run, day)
    if (last - first).days >= _LONGEST:
        raise UsageError(f"{day} is more than a year", "name the days: 2026-10-01..2026-10-07")
    days = holidays.days_between(first, last, DAY_WORKED if work else DAY_OFF, name.strip())
    return run.act(holidays.load, days, many=first != last)


def remove(run: Run, days: Days) -> Result:
    """Take days, or a whole year, out of the holiday calendar."""
    from dealflow.actions import holidays

    spans = [_span(run, word) for word in days]
    if any(first != last for first, last in spans):
        run.confirm(f"taking the holidays of {', '.join(days)} out of the calendar")
    return run.act(holidays.remove, spans, many=True)


def _span(run: Run, word: str) -> tuple[date, date]:
    """The first and the last day that are meant: of a period, or of a word for a day."""
    from dealflow.dates import day_of, parse_period

    try:
        period = parse_period(word, day_of(run.clock, run.zone))
    except BadPeriod:
        day = run.day(word)
        return day, day
    if period.start is None or period.end is None:
        raise UsageError(f"'{word}' sets no limit", "name a year: 2026")
    return period.start, period.end - timedelta(days=1)


def _published(word: str, years: Sequence[str]) -> list[Day]:
    from dealflow.interchange import holidays

    place = holidays.country(word)
    if place is None:
        raise UsageError(f"'{word[:64]}' is not a country's two letters", _SOME)
    return [day for year in _each(years) for day in holidays.published(*place, year)]


def _each(years: Iterable[str]) -> list[int]:
    """`2026` and `2024-2026` as years. Error: UsageError."""
    found: dict[int, None] = {}
    for word in years:
        told = _YEAR.fullmatch(word)
        first, last = (int(told[1]), int(told[2] or told[1])) if told else (1, 0)
        if not 1970 <= first <= last <= 2200 or last - first > 50:
            raise UsageError(f"'{word[:64]}' is not a year", _SOME)
        found.update(dict.fromkeys(range(first, last + 1)))
    return list(found)


def _from_file(run: Run, path: str) -> list[Day]:
    from dealflow.commands.stages import read_text
    from dealflow.interchange import holidays

    if holidays.country(path) and not os.path.exists(path):
        raise UsageError(
            "of which year?", f"dealflow settings holidays load {path} {run.day('today').year}"
        )
    text = read_text(path)
    run.content.append(text)
    return holidays.parse(text)
