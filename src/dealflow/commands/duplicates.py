"""accounts and contacts: which are probably one, and merging them."""

from __future__ import annotations

from typing import Annotated

import typer

from dealflow.commands.options import CustomerFilter, Limit
from dealflow.commands.people import People
from dealflow.errors import UnknownWord
from dealflow.invocation import Run
from dealflow.results import Result

Least = Annotated[
    str | None,
    typer.Option("--least", metavar="DEGREE", help="how sure at least: sure, likely, possible"),
]


def accounts(
    run: Run, filter_: CustomerFilter = None, least: Least = None, limit: Limit = None
) -> Result:
    """List customers that are probably one, why, and the command that merges them.

    Compared are names, domains, and the e-mail addresses and phone numbers of their people.
    """
    from dealflow.questions import duplicates

    return run.ask(
        duplicates.accounts, filter_ or [], least=_degree(least), limit=run.cut(limit)
    )


def contacts(
    run: Run, filter_: People = None, least: Least = None, limit: Limit = None
) -> Result:
    """List people of one customer who are probably one, why, and the command that merges them."""
    from dealflow.questions import duplicates

    return run.ask(
        duplicates.contacts, filter_ or [], least=_degree(least), limit=run.cut(limit)
    )


def _degree(word: str | None) -> str | None:
    from dealflow.likeness import DEGREES
    from dealflow.text import fold

    if word is not None and fold(word) not in DEGREES:
        raise UnknownWord("degree", word, DEGREES)
    return fold(word) if word else None
