"""pipelines: list, rename and retire them; what their stages are is `stages`."""

from __future__ import annotations

from typing import Annotated

import typer

from dealflow.commands.options import NewName
from dealflow.invocation import Run
from dealflow.results import Result

Key = Annotated[str, typer.Argument(metavar="PIPELINE", help="its key or name")]


def list_(run: Run) -> Result:
    """List the pipelines, with the open deals in each and the new deals that go there."""
    from dealflow.questions import pipelines

    return run.ask(pipelines.listing)


def rename(
    run: Run,
    pipeline: Key,
    name: NewName = None,
    new_key: Annotated[
        str | None, typer.Option("--new-key", metavar="KEY", help="another key")
    ] = None,
) -> Result:
    """Give a pipeline another name or key; its deals and their history stay."""
    from dealflow.actions import pipelines

    return run.act(pipelines.rename, pipeline, name, new_key)


def retire(run: Run, pipeline: Key) -> Result:
    """Take no more deals into a pipeline. Its closed deals stay in every report."""
    from dealflow.actions import pipelines

    return run.act(pipelines.retire, pipeline)
