"""accounts and contacts: which are probably one, and merging them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from dealflow.commands.options import CustomerFilter, IfVersion, Limit
from dealflow.commands.people import People
from dealflow.errors import UnknownWord
from dealflow.invocation import Run
from dealflow.results import Result

Least = Annotated[
    str | None,
    typer.Option("--least", metavar="DEGREE", help="how sure at least: sure, likely, possible"),
]
Take = Annotated[
    list[str] | None,
    typer.Option(
        "--take", metavar="FIELD", help="a field to take over from the others; repeatable"
    ),
]


def accounts(
    run: Run, filter_: CustomerFilter = None, least: Least = None, limit: Limit = None
) -> Result:
    """List customers that are probably one, why, and the command that merges them.

    Compared are names, domains, and the e-mail addresses and phone numbers of their people.
    """
    from dealflow.questions import duplicates

    return run.ask(duplicates.accounts, filter_ or [], least=_degree(least), limit=run.cut(limit))


def contacts(run: Run, filter_: People = None, least: Least = None, limit: Limit = None) -> Result:
    """List people of one customer who are probably one, why, and the command that merges them."""
    from dealflow.questions import duplicates

    return run.ask(duplicates.contacts, filter_ or [], least=_degree(least), limit=run.cut(limit))


def _degree(word: str | None) -> str | None:
    from dealflow.likeness import DEGREES
    from dealflow.text import fold

    if word is not None and fold(word) not in DEGREES:
        raise UnknownWord("degree", word, DEGREES)
    return fold(word) if word else None


# ── merging ───────────────────────────────────────────────────────────────────────────────────


def merge_accounts(
    run: Run,
    customers: Annotated[
        list[str],
        typer.Argument(
            metavar="KEEP OTHER...",
            help="the one that stays, then the others: names, numbers, or - for ids on stdin",
        ),
    ],
    take: Take = None,
    if_version: IfVersion = None,
) -> Result:
    """Merge customers that are one: deals, people, activities and facts go to the first.

    What it says of itself stays, and gaps are filled; --take FIELD takes the others' word. What is
    lost is told. People of the same name become one. One undo brings everything back.
    """
    from dealflow.actions import uniting, versions
    from dealflow.questions import duplicates

    piped = customers == ["-"]
    words = [f"#{one}" for one in run.ids(customers)] if piped else customers
    _confirmed(run, duplicates.at_stake, words, piped)
    action = versions.if_still(
        if_version, lambda by: uniting.first(by, words[0]), uniting.merge_accounts
    )
    return run.act(action, words, take or [])


def merge_contacts(
    run: Run,
    contacts: Annotated[
        list[str],
        typer.Argument(
            metavar="KEEP OTHER...",
            help="numbers: the one that stays, then the others; or - for ids on stdin",
        ),
    ],
    take: Take = None,
    if_version: IfVersion = None,
) -> Result:
    """Merge people of one customer who are one: deals, activities and facts go to the first.

    What is said of the first stays, and gaps are filled; --take FIELD takes the others' word.
    """
    from dealflow.actions import uniting, versions
    from dealflow.model import Contact
    from dealflow.questions import duplicates

    piped = contacts == ["-"]
    ids = run.ids(contacts) if piped else [run.id(word) for word in contacts]
    _confirmed(run, duplicates.people_at_stake, ids, piped)
    action = versions.only_if(if_version, Contact, ids[:1], uniting.merge_contacts)
    return run.act(action, ids, take or [])


def _confirmed(run: Run, question: Callable[..., Any], named: list[Any], piped: bool) -> None:
    """Ask first, and say what it comes to; nobody is asked with --yes or --dry-run."""
    if run.options.yes or run.options.dry_run:
        return
    at_stake = run.ask(question, named)
    if at_stake:
        run.confirm(at_stake[0], can_ask=not piped, details=at_stake[1])
