"""add, list, show, edit: opportunities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dealflow.commands.options import (
    At,
    Filter,
    Force,
    Grade,
    Id,
    IfVersion,
    Limit,
    Next,
    NextWhat,
    NoPlan,
    Pipeline,
    Set,
    Sort,
    Why,
    given,
    next_step,
    pairs,
)
from dealflow.errors import UsageError
from dealflow.invocation import Run
from dealflow.results import Result

if TYPE_CHECKING:
    from dealflow.actions import Actor, Done

Account = Annotated[
    str | None, typer.Option("--account", "-a", metavar="NAME", help="the customer")
]
Contact = Annotated[
    str | None, typer.Option("--contact", metavar="NAME", help="the person at the customer")
]
Owner = Annotated[str | None, typer.Option("--owner", metavar="REP", help="whose deal it is")]
Value = Annotated[
    str | None,
    typer.Option("--value", "-v", metavar="AMOUNT", help="12500, 12.5k, 12.5万, USD 4,000"),
]
Close = Annotated[
    str | None,
    typer.Option("--close", "-c", metavar="DATE", help="expected close: eom, 2026-09-30"),
]
Probability = Annotated[
    str | None, typer.Option("--probability", metavar="P", help="your own: 60% or 0.6")
]
Source = Annotated[str | None, typer.Option("--source", metavar="TEXT", help="where it came from")]
Product = Annotated[
    list[str] | None,
    typer.Option("--product", metavar="NAME", help="from the catalogue; repeatable"),
]
Tag = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="TAG", help="repeatable; --tag=-TAG takes it off"),
]
Key = Annotated[
    str | None, typer.Option("--external-id", metavar="ID", help="its id in another system")
]


def add(
    run: Run,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="what the deal is about")],
    account: Account = None,
    contact: Contact = None,
    owner: Owner = None,
    value: Value = None,
    close: Close = None,
    probability: Probability = None,
    grade: Grade = None,
    source: Source = None,
    product: Product = None,
    tag: Tag = None,
    fields: Set = None,
    external_id: Key = None,
    stage: Annotated[
        str | None, typer.Option("--stage", metavar="STAGE", help="where it starts, if not first")
    ] = None,
    pipeline: Pipeline = None,
    next_: Next = None,
    next_what: NextWhat = None,
    no_plan: NoPlan = False,
    at: At = None,
    new_account: Annotated[
        bool, typer.Option("--new-account", help="create the customer even if a like one exists")
    ] = False,
    force: Force = False,
    why: Why = None,
) -> Result:
    """Add an opportunity."""
    from dealflow.actions import deals

    new = deals.NewDeal(
        title=title,
        account=account,
        contact=contact,
        owner=owner,
        amount=run.money(value) if value else None,
        close=run.day(close) if close else None,
        probability=_share(probability),
        grade=grade,
        source=source,
        pipeline=pipeline,
        stage=stage,
        products=tuple(product or ()),
        tags=tuple(tag or ()),
        fields=pairs(fields, "a field and its value"),
        external_id=external_id,
        at=run.moment(at),
        new_account=new_account,
        force=force,
        why=why,
        next=next_step(run, next_, next_what),
        plans=not no_plan,
    )
    return run.act(deals.add, new)


def list_(
    run: Run,
    filter_: Filter = None,
    sort: Sort = None,
    limit: Limit = None,
) -> Result:
    """List opportunities: the open ones, unless the filter says otherwise."""
    from dealflow.questions import deals

    order = sort or "next,close,id"
    return run.ask(deals.listing, filter_ or [], sort=order, limit=run.cut(limit))


def show(
    run: Run,
    deal: Id,
    all_: Annotated[bool, typer.Option("--all", help="the whole timeline")] = False,
) -> Result:
    """Show one deal on one screen: facts, stage, what is missing, history, plans."""
    from dealflow.questions import briefing

    return run.ask(briefing.show, run.id(deal), everything=all_)


def edit(
    run: Run,
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="numbers, ranges, or -")],
    title: Annotated[
        str | None, typer.Option("--title", metavar="TEXT", help="what the deal is about")
    ] = None,
    account: Account = None,
    contact: Contact = None,
    owner: Owner = None,
    value: Value = None,
    close: Close = None,
    probability: Probability = None,
    grade: Grade = None,
    source: Source = None,
    product: Product = None,
    tag: Tag = None,
    fields: Set = None,
    external_id: Key = None,
    if_version: IfVersion = None,
) -> Result:
    """Change deals; `none` as a value takes it away."""
    from dealflow.actions import deals, together, versions
    from dealflow.model import Opportunity

    if owner in {"none", ""}:
        raise UsageError("a deal has an owner; hand it over to somebody", "--owner NAME")
    changes = given(
        title=title,
        account=account,
        contact=contact,
        owner=owner,
        amount=run.money(value) if value not in {None, "none", ""} else value,
        close=run.day(close) if close not in {None, "none", ""} else close,
        probability=_share(probability) if probability not in {None, "none"} else probability,
        grade=grade,
        source=source,
        external_id=external_id,
    )
    if product:
        changes["product"] = () if product == ["none"] else tuple(product)
    if tag:
        changes["tags"] = tuple(tag)
    if fields:
        changes["fields"] = pairs(fields, "a field and its value")
    targets = run.ids(ids)

    def every(by: Actor) -> Done:
        return together("opportunity", (deals.edit(by, i, changes) for i in targets))

    return run.act(versions.only_if(if_version, Opportunity, targets, every), many=True)


def _share(text: str | None) -> float | None:
    """`60%` or `0.6` as 0 to 1. Error: UsageError."""
    if text is None:
        return None
    try:
        value = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise UsageError(f"'{text}' is not a probability", "write 60% or 0.6")
    return value
