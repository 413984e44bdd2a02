"""fields: what a team records beyond what every deal, customer and contact has."""

from __future__ import annotations

from typing import Annotated

import typer

from dealflow.commands.options import IfVersion, pairs
from dealflow.invocation import Run
from dealflow.results import Result

Which = Annotated[str, typer.Argument(metavar="FIELD", help="which one, by key or name")]
Type = Annotated[
    str | None,
    typer.Option("--type", metavar="TYPE", help="text, number, money, date, choice or bool"),
]
On = Annotated[
    str | None,
    typer.Option("--on", metavar="KIND", help="opportunity, account or contact"),
]
Name = Annotated[str | None, typer.Option("--name", metavar="NAME", help="what people read: 需求")]


def list_(run: Run, on: On = None) -> Result:
    """List the custom fields, and how many records hold a value."""
    from dealflow.actions.fields import owner_of
    from dealflow.questions import customfields

    return run.ask(customfields.fields, owner_of(on) if on else None)


def add(
    run: Run,
    key: Annotated[str, typer.Argument(metavar="KEY", help="what it is typed as: need, budget")],
    type_: Type = None,
    on: On = None,
    name: Name = None,
    choice: Annotated[
        list[str] | None,
        typer.Option("--choice", metavar="WORD", help="what it can be; repeatable"),
    ] = None,
) -> Result:
    """Add a custom field to deals, customers or contacts."""
    from dealflow.actions import fields

    new = fields.NewField(
        key=key, kind=type_, on=on or "opportunity", name=name, choices=tuple(choice or ())
    )
    return run.act(fields.add, new)


def edit(
    run: Run,
    field: Which,
    on: On = None,
    name: Name = None,
    type_: Type = None,
    choice: Annotated[
        list[str] | None,
        typer.Option("--choice", metavar="WORD", help="a new choice; --choice=-WORD retires one"),
    ] = None,
    rename: Annotated[
        list[str] | None,
        typer.Option("--rename", metavar="OLD=NEW", help="another word for a choice; repeatable"),
    ] = None,
    if_version: IfVersion = None,
) -> Result:
    """Rename a custom field, change its choices, or its type where every value fits."""
    from dealflow.actions import fields, versions

    changes = fields.Changes(
        name=name,
        kind=type_,
        choices=tuple(choice or ()),
        renamed=tuple(pairs(rename, "a choice and its new word").items()),
    )
    action = versions.if_still(if_version, lambda by: fields.field(by, field, on), fields.edit)
    return run.act(action, field, on, changes)


def remove(run: Run, field: Which, on: On = None) -> Result:
    """Retire a custom field; what records hold stays, and comes back with it."""
    from dealflow.actions import fields

    return run.act(fields.remove, field, on)
