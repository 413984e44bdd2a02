"""reps, accounts, contacts, products: the records around a deal."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dealflow.commands.options import (
    At,
    Channel,
    CustomerFilter,
    Email,
    Grade,
    IfVersion,
    Inbound,
    Limit,
    NewName,
    NoteArgument,
    Outcome,
    Set,
    WithWhom,
    given,
    pairs,
)
from dealflow.invocation import Run
from dealflow.results import Result

Name = Annotated[str, typer.Argument(metavar="NAME", help="the name")]
Which = Annotated[str, typer.Argument(metavar="NAME", help="which one, by name")]
Team = Annotated[str | None, typer.Option("--team", metavar="TEAM", help="the team")]
Active = Annotated[bool | None, typer.Option("--active/--left", help="still in the team, or left")]
Segment = Annotated[str | None, typer.Option("--segment", metavar="TEXT", help="industry")]
Region = Annotated[str | None, typer.Option("--region", metavar="TEXT", help="where it is")]
Size = Annotated[str | None, typer.Option("--size", metavar="TEXT", help="how large it is")]
Source = Annotated[str | None, typer.Option("--source", metavar="TEXT", help="where it came from")]
Owner = Annotated[str | None, typer.Option("--owner", metavar="REP", help="whose customer it is")]
Parent = Annotated[
    str | None, typer.Option("--parent", metavar="NAME", help="customer it is part of")
]
Domain = Annotated[
    str | None, typer.Option("--domain", metavar="NAME", help="of its e-mail: acme.com")
]
Locked = Annotated[
    bool | None, typer.Option("--locked/--unlocked", help="never let it go to the pool, or again")
]
Title = Annotated[str | None, typer.Option("--title", metavar="TEXT", help="position")]
Phone = Annotated[str | None, typer.Option("--phone", metavar="NUMBER", help="phone number")]
Wechat = Annotated[str | None, typer.Option("--wechat", metavar="ID", help="WeChat")]
Role = Annotated[str | None, typer.Option("--role", metavar="TEXT", help="part in the decision")]
Series = Annotated[str | None, typer.Option("--series", metavar="TEXT", help="product line")]
Price = Annotated[str | None, typer.Option("--price", metavar="AMOUNT", help="list price")]
Sold = Annotated[bool | None, typer.Option("--active/--retired", help="still sold, or not")]
Customers = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[FILTER]...",
        help="which customers: part of the name, grade:A,B owner:none region:South last:<-90d",
        show_default=False,
    ),
]
People = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[FILTER]...",
        help="which people: part of a name or the customer's, role:buyer grade:A phone:none",
        show_default=False,
    ),
]


# ── reps ──────────────────────────────────────────────────────────────────────────────────────


def reps_list(run: Run) -> Result:
    """List the reps and their teams."""
    from dealflow.questions import catalogue

    return run.ask(catalogue.reps)


def reps_add(
    run: Run,
    name: Name,
    handle: Annotated[
        str | None, typer.Option("--handle", metavar="WORD", help="short name")
    ] = None,
    email: Email = None,
    team: Team = None,
) -> Result:
    """Add a rep."""
    from dealflow.actions import people

    return run.act(people.add_rep, name, given(handle=handle, email=email, team=team))


def reps_edit(
    run: Run,
    rep: Which,
    name: NewName = None,
    handle: Annotated[
        str | None, typer.Option("--handle", metavar="WORD", help="short name")
    ] = None,
    email: Email = None,
    team: Team = None,
    active: Active = None,
    if_version: IfVersion = None,
) -> Result:
    """Change a rep; `none` as a value takes it away."""
    from dealflow.actions import lookup, people, versions

    values = given(name=name, handle=handle, email=email, team=team, active=active)
    action = versions.if_still(if_version, lambda by: lookup.rep(by, rep), people.edit_rep)
    return run.act(action, rep, values)


# ── accounts ──────────────────────────────────────────────────────────────────────────────────


def accounts_list(
    run: Run,
    filter_: CustomerFilter = None,
    limit: Limit = None,
) -> Result:
    """List the customers."""
    from dealflow.questions import customers

    return run.ask(customers.accounts, filter_ or [], limit=run.cut(limit))


def accounts_show(
    run: Run,
    account: Which,
    all_: Annotated[bool, typer.Option("--all", help="every activity without a deal")] = False,
) -> Result:
    """Show a customer: facts, people, deals, and what happened without a deal."""
    from dealflow.questions import customers

    return run.ask(customers.account, account, limit=None if all_ else 10)


def accounts_log(
    run: Run,
    account: Which,
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="call, visit, site_visit, download, 电话 …")
    ],
    note: NoteArgument = None,
    at: At = None,
    outcome: Outcome = None,
    channel: Channel = None,
    contact: WithWhom = None,
    inbound: Inbound = False,
) -> Result:
    """Log what was done with a customer and no deal of theirs: it counts for each of them."""
    from dealflow.actions import activities

    what = activities.Happened(
        kind=kind,
        note=note,
        at=run.moment(at),
        outcome=outcome,
        channel=channel,
        contact=contact,
        direction="in" if inbound else None,
    )
    return run.act(activities.log_with_customer, account, what)


def accounts_add(
    run: Run,
    name: Name,
    grade: Grade = None,
    segment: Segment = None,
    region: Region = None,
    size: Size = None,
    source: Source = None,
    owner: Owner = None,
    parent: Parent = None,
    domain: Domain = None,
    fields: Set = None,
) -> Result:
    """Add a customer."""
    from dealflow.actions import people

    facts = _account(grade, segment, region, size, source, owner, parent, domain)
    values = facts | _custom(fields)
    return run.act(people.add_account, name, values)


def accounts_edit(
    run: Run,
    account: Which,
    name: NewName = None,
    grade: Grade = None,
    segment: Segment = None,
    region: Region = None,
    size: Size = None,
    source: Source = None,
    owner: Owner = None,
    parent: Parent = None,
    domain: Domain = None,
    locked: Locked = None,
    fields: Set = None,
    if_version: IfVersion = None,
) -> Result:
    """Change a customer; `none` as a value takes it away."""
    from dealflow.actions import lookup, people, versions

    facts = _account(grade, segment, region, size, source, owner, parent, domain)
    values = given(name=name, locked=locked) | facts
    action = versions.if_still(
        if_version, lambda by: lookup.account(by, account), people.edit_account
    )
    return run.act(action, account, values | _custom(fields))


def _account(*values: str | None) -> dict[str, Any]:
    names = ("grade", "segment", "region", "size", "source", "owner", "parent", "domain")
    return given(**dict(zip(names, values, strict=True)))


def _custom(words: list[str] | None) -> dict[str, Any]:
    """What --set says."""
    return {"fields": pairs(words, "a field and its value")} if words else {}


# ── contacts ──────────────────────────────────────────────────────────────────────────────────


def contacts_list(
    run: Run,
    filter_: People = None,
    limit: Limit = None,
) -> Result:
    """List the people at the customers."""
    from dealflow.questions import customers

    return run.ask(customers.contacts, filter_ or [], limit=run.cut(limit))


def contacts_add(
    run: Run,
    account: Annotated[str, typer.Argument(metavar="CUSTOMER", help="where the person works")],
    name: Name,
    title: Title = None,
    phone: Phone = None,
    email: Email = None,
    wechat: Wechat = None,
    role: Role = None,
    fields: Set = None,
) -> Result:
    """Add a person at a customer."""
    from dealflow.actions import people

    values = given(title=title, phone=phone, email=email, wechat=wechat, role=role)
    return run.act(people.add_contact, account, name, values | _custom(fields))


def contacts_edit(
    run: Run,
    contact: Annotated[int, typer.Argument(metavar="ID", help="the contact's number", min=1)],
    name: NewName = None,
    title: Title = None,
    phone: Phone = None,
    email: Email = None,
    wechat: Wechat = None,
    role: Role = None,
    fields: Set = None,
    if_version: IfVersion = None,
) -> Result:
    """Change a contact; `none` as a value takes it away."""
    from dealflow.actions import people, versions
    from dealflow.model import Contact

    values = given(name=name, title=title, phone=phone, email=email, wechat=wechat, role=role)
    action = versions.only_if(if_version, Contact, [contact], people.edit_contact)
    return run.act(action, contact, values | _custom(fields))


# ── products ──────────────────────────────────────────────────────────────────────────────────


def products_list(run: Run) -> Result:
    """List the catalogue."""
    from dealflow.questions import catalogue

    return run.ask(catalogue.products)


def products_add(run: Run, name: Name, series: Series = None, price: Price = None) -> Result:
    """Add a product."""
    from dealflow.actions import people

    return run.act(people.add_product, name, _product(run, series, price))


def products_edit(
    run: Run,
    product: Which,
    name: NewName = None,
    series: Series = None,
    price: Price = None,
    active: Sold = None,
    if_version: IfVersion = None,
) -> Result:
    """Change a product; `none` as a value takes it away."""
    from dealflow.actions import lookup, people, versions

    values = given(name=name, active=active) | _product(run, series, price)
    action = versions.if_still(
        if_version, lambda by: lookup.product(by, product), people.edit_product
    )
    return run.act(action, product, values)


def _product(run: Run, series: str | None, price: str | None) -> dict[str, Any]:
    values: dict[str, Any] = given(series=series, price=price)
    if values.get("price"):
        values["price"] = run.money(values["price"])
    return values
