"""overdue, leakage, close-rates: the morning's three questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dealflow.commands.options import Filter, For, From, Limit, PeriodName, To
from dealflow.errors import CHECK_FOUND, UsageError
from dealflow.invocation import Run
from dealflow.results import Report, Result

if TYPE_CHECKING:
    from dealflow.dates import Period

Cohort = Annotated[
    str, typer.Option("--cohort", metavar="entered|created|closed", help="who is counted")
]
Explain = Annotated[
    bool, typer.Option("--explain", help="what each figure is, and how it comes about")
]
_MOST_PATHS = 10
"""Ways that a screen shows where no --limit is given."""


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
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="DIMENSION", help="a funnel for each rep, product, source …"),
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option(
            "--compare", metavar="PERIOD", help="with previous, year-ago, or a period: 2026-Q1"
        ),
    ] = None,
    paths: Annotated[
        bool, typer.Option("--paths", help="the ways through the stages, the commonest first")
    ] = False,
    limit: Limit = None,
    explain: Explain = False,
) -> Result:
    """Where the funnel leaks: what became of the deals that entered each stage."""
    from dealflow.reports import answer

    window, words = run.period(from_, to, period), filter_ or []
    modes = {"--by": by, "--compare": compare, "--paths": paths}
    asked = [name for name, told in modes.items() if told]
    if len(asked) > 1:
        raise UsageError(f"{' and '.join(asked)} are different reports", "ask for one of them")
    if not asked:
        options = {"cohort": cohort, "unit": unit, "pipeline": pipeline}
        return _told(explain, run.ask(answer("leakage"), words, period=window, **options))
    from dealflow.questions.compared import Asked

    named: dict[str, Any] = {"period": window, "which": Asked(cohort, unit, pipeline)}
    if compare:
        name, named["against"] = "leakage-compare", _against(run, compare, window)
    elif paths:
        name, named["limit"] = (
            "leakage-paths",
            _MOST_PATHS if limit is None and run.to.drawn else limit or None,
        )
    else:
        name, named["by"], named["limit"] = "leakage-by", _words(by or []), run.cut(limit)
    return _told(explain, run.ask(answer(name), words, **named))


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
    trend: Annotated[
        str | None,
        typer.Option("--trend", metavar="month|quarter", help="along time, as sparklines"),
    ] = None,
    conversion: Annotated[
        bool, typer.Option("--conversion", help="won of those created in the window, beside it")
    ] = False,
    explain: Explain = False,
) -> Result:
    """Who closes what: won of won and lost, with intervals."""
    from dealflow.reports import answer

    window = run.period(from_, to, period)
    dimensions = _words(by or ["rep"])
    found = run.ask(
        *(answer("close-rates"), filter_ or []),
        by=dimensions,
        period=window,
        credit=credit,
        trend=trend,
        conversion=conversion,
    )
    return _told(explain, found)


def _told(explain: bool, report: Report) -> Report:
    """The report, with what its figures are where that is asked for."""
    if not explain:
        return report
    from dealflow.questions.explaining import explained

    return explained(report)


def _words(said: Sequence[str]) -> list[str]:
    """Words of a repeatable option, commas between them too."""
    return [word.strip() for words in said for word in words.split(",")]


def _against(run: Run, word: str, window: Period) -> Period:
    """The period that --compare names."""
    from dealflow.dates import previous, year_before

    told = word.strip().casefold()
    if told in {"previous", "环比"}:
        return previous(window)
    if told in {"year-ago", "同比"}:
        return year_before(window)
    return run.period(None, None, word)
