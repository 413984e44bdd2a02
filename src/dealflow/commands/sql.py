"""sql: a question in SQL."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from dealflow.commands.options import Limit
from dealflow.errors import BadText, UsageError
from dealflow.invocation import Run
from dealflow.results import Result


def sql(
    run: Run,
    statement: Annotated[
        str, typer.Argument(metavar="STATEMENT", help="SELECT …, in quotes; - for stdin")
    ],
    limit: Limit = None,
    timeout: Annotated[
        int,
        typer.Option("--timeout", metavar="SECONDS", help="when to give up; 0: never", min=0),
    ] = 8,
) -> Result:
    """Ask the database in SQL: one statement, which can only read."""
    from dealflow.questions import freehand

    if run.options.as_of is not None:
        raise UsageError("--as-of does not reach SQL, which reads the tables as they are")
    text = _from_stdin() if statement == "-" else statement
    return run.ask(freehand.answer, text, run.cut(limit), timeout)


def _from_stdin() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise BadText(f"stdin is not UTF-8: byte {exc.start + 1}") from None
