"""accounts and contacts: which are probably one, and merging them."""

from __future__ import annotations

from typing import Annotated

import typer

from dealflow.commands.options import CustomerFilter, IfVersion, Limit
from dealflow.commands.people import People
from dealflow.errors import UnknownWord, UsageError
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
    from dealflow.model import Account
    from dealflow.questions import duplicates
    from dealflow.questions.customers import named

    words = [f"#{one}" for one in run.ids(customers)] if customers == ["-"] else customers
    keep, *others = _several(run.ask(named, words), "accounts")
    _confirmed(run, *run.ask(duplicates.at_stake, keep, others), can_ask=customers != ["-"])
    action = versions.only_if(if_version, Account, [keep], uniting.merge_accounts)
    return run.act(action, keep, others, take or [])


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

    keep, *others = _several(run.ids(contacts), "contacts")
    told = run.ask(duplicates.people_at_stake, keep, others)
    _confirmed(run, *told, can_ask=contacts != ["-"])
    action = versions.only_if(if_version, Contact, [keep], uniting.merge_contacts)
    return run.act(action, keep, others, take or [])


def _several(ids: list[int], noun: str) -> list[int]:
    if len(ids) < 2:
        raise UsageError(
            "a merge names two or more: the one that stays, then the others",
            f"dealflow {noun} duplicates names some",
        )
    return ids


def _confirmed(run: Run, what: str, details: list[str], *, can_ask: bool) -> None:
    run.confirm(what, can_ask=can_ask, details=details)
