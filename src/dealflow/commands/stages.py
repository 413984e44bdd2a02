"""stages: look up, export, and change what the team's stages are."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from dealflow.commands.options import Filter, From, Limit, PeriodName, Pipeline, To, pairs
from dealflow.errors import Unusable
from dealflow.invocation import Run
from dealflow.results import Result

PipelineKey = Annotated[
    str | None, typer.Argument(metavar="[PIPELINE]", help="which one", show_default=False)
]


def list_(run: Run) -> Result:
    """List the stages of every pipeline, with the open deals there."""
    from dealflow.questions import catalogue

    return run.ask(catalogue.stages)


def show(
    run: Run,
    stage: Annotated[str, typer.Argument(metavar="STAGE", help="key or name")],
    pipeline: Pipeline = None,
    history: Annotated[
        bool, typer.Option("--history", help="every definition it had, with its days")
    ] = False,
) -> Result:
    """Show what a stage means: its standard, activities, result, and what it asks for."""
    from dealflow.questions import catalogue

    if history:
        return run.ask(catalogue.stage_history, stage, pipeline)
    return run.ask(catalogue.stage, stage, pipeline)


def suggest(
    run: Run,
    filter_: Filter = None,
    back: Annotated[
        bool, typer.Option("--back", help="also deals whose signals say an earlier stage")
    ] = False,
    limit: Limit = None,
) -> Result:
    """Name deals whose signals say another stage, with the evidence. Moves nothing."""
    from dealflow.questions import suggestions

    return run.ask(suggestions.suggestions, filter_ or [], limit=run.cut(limit), back=back)


def review(
    run: Run,
    filter_: Filter = None,
    from_: From = None,
    to: To = None,
    period: PeriodName = None,
    pipeline: Annotated[
        str | None, typer.Option("--pipeline", metavar="KEY", help="only this one")
    ] = None,
) -> Result:
    """What the record of each stage says: is it used, met, and right; what to change."""
    from dealflow.reports import answer

    window = run.period(from_, to, period)
    return run.ask(answer("stages-review"), filter_ or [], period=window, pipeline=pipeline)


def export(run: Run, pipeline: PipelineKey = None) -> Result:
    """Print a pipeline as TOML, to edit and apply."""
    from dealflow.questions import catalogue

    return run.ask(catalogue.pipeline_document, pipeline)


def apply(
    run: Run,
    file: Annotated[str, typer.Argument(metavar="FILE", help="a pipeline as TOML; - for stdin")],
    home: Annotated[
        list[str] | None,
        typer.Option("--home", metavar="OLD=NEW", help="where a retired stage's deals go"),
    ] = None,
    rename: Annotated[
        list[str] | None,
        typer.Option("--rename", metavar="OLD=NEW", help="a stage that gets another key"),
    ] = None,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="DATE", help="the day its definitions hold from, if not now"
        ),
    ] = None,
) -> Result:
    """Make a pipeline what the file says. See first what that means with --dry-run."""
    from dealflow.actions import pipelines
    from dealflow.pipelines import Wish, parse_pipeline
    from dealflow.questions import redefining

    text = read_text(file)
    run.content.append(text)
    new = parse_pipeline(text)
    wish = Wish(
        homes=pairs(home, "a stage and its deals' new home"),
        renames=pairs(rename, "a stage's key and its new one"),
        at=_from_when(run, from_),
    )
    plan = run.ask(redefining.plan, new, wish)
    if plan.asks:
        run.confirm(plan.asks, details=plan.told)
    return run.act(pipelines.apply, new, wish, plan.told if plan.asks else None)


def _from_when(run: Run, text: str | None) -> int | None:
    """The instant at which a day begins; None for today, which is now."""
    if text is None:
        return None
    from dealflow.dates import day_of, start_of

    day = run.day(text)
    return None if day == day_of(run.clock, run.zone) else start_of(day, run.zone)


def read_text(path: str) -> str:
    """A text file, or stdin for `-`. Error: Unusable."""
    try:
        if path == "-":
            return sys.stdin.buffer.read().decode("utf-8-sig")
        with open(path, encoding="utf-8-sig") as file:
            return file.read()
    except (OSError, ValueError) as exc:
        why = (getattr(exc, "strerror", None) or "it is not UTF-8 text").lower()
        raise Unusable(f"cannot read {path}: {why}") from None
