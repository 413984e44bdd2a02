"""completion: what shells need to complete command lines."""

from __future__ import annotations

from typing import Annotated

import typer

from dealflow.errors import UnknownWord
from dealflow.invocation import Run
from dealflow.results import Document, Result


def completion(
    run: Run,  # noqa: ARG001 it asks no database
    shell: Annotated[str, typer.Argument(metavar="bash|zsh|fish", help="which shell")],
) -> Result:
    """Print the script with which bash, zsh or fish completes dealflow's words and records.

    Its first lines say where to put it.
    """
    from dealflow.completing.scripts import SHELLS, script

    if shell not in SHELLS:
        raise UnknownWord("shell", shell, SHELLS)
    text = script(shell)
    return Document(name="completion", text=text, data={"shell": shell, "script": text})
