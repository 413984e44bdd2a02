"""pool: customers that nobody owns, claimed, given back, and recycled by rule."""

from __future__ import annotations

from typing import Annotated

import typer

from dealflow.commands.options import CustomerFilter, IfVersion, Limit, Sort, Why
from dealflow.errors import UnknownActor, UsageError
from dealflow.invocation import Run
from dealflow.results import Result

Customers = Annotated[
    list[str],
    typer.Argument(
        metavar="CUSTOMER...", help="names, numbers, ranges (3-7), or - for ids on stdin"
    ),
]


def list_(
    run: Run, filter_: CustomerFilter = None, sort: Sort = None, limit: Limit = None
) -> Result:
    """List the customers that nobody owns, and why."""
    from dealflow.questions import pool

    return run.ask(pool.pool, filter_ or [], sort=sort or pool.ORDER, limit=run.cut(limit))


def claim(
    run: Run,
    customers: Customers,
    rep: Annotated[str, typer.Option("--rep", metavar="REP", help="for whom")] = "me",
    force: Annotated[
        bool, typer.Option("--force", help="against the cap or the waiting time; needs --why")
    ] = False,
    why: Why = None,
    if_version: IfVersion = None,
) -> Result:
    """Claim customers from the pool.

    Refused where somebody owns one; and, unless --force --why says otherwise, beyond the cap of the
    rep (pool.cap) and for the last owner within pool.reclaim-days.
    """
    from dealflow.actions import pool, versions
    from dealflow.model import Account

    told = pool.force_why(force, why)
    ids = _named(run, customers, "claiming")
    return run.act(
        versions.only_if(if_version, Account, ids, pool.claim), ids, rep, told, many=True
    )


def release(
    run: Run,
    customers: Customers,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="why; kept for good")],
    if_version: IfVersion = None,
) -> Result:
    """Give customers back to the pool, with a reason.

    Their open deals stay with the owners of the deals.
    """
    from dealflow.actions import pool, versions
    from dealflow.model import Account

    ids = _named(run, customers, "releasing")
    return run.act(versions.only_if(if_version, Account, ids, pool.release), ids, why, many=True)


def recycle(
    run: Run,
    warn: Annotated[
        bool, typer.Option("--warn", help="list what goes next and soon, and change nothing")
    ] = False,
    for_: Annotated[
        str | None, typer.Option("--for", metavar="REP", help="only customers of one rep")
    ] = None,
    limit: Limit = None,
) -> Result:
    """Give back what nobody touched for as long as the rule of its grade says.

    The rules are settings: `dealflow settings set pool.A 30d`. In cron: `dealflow pool recycle
    --yes`.
    """
    from dealflow.questions import recycling

    owner = _rep(run, for_)
    if limit is not None and not warn:
        raise UsageError("--limit is for --warn: a recycle takes everything that is due")
    if warn:
        return run.ask(recycling.warnings, owner, limit=run.cut(limit))
    from dealflow.actions import pool

    number = len(run.ask(recycling.found, owner).gone)
    if number > 1:
        run.confirm(f"recycling {number} customers")
    return run.act(pool.recycle, owner, many=True)


def _rep(run: Run, word: str | None) -> int | None:
    if word is None:
        return None
    rep = run.me() if word == "me" else run.rep(word)
    if rep is None:
        raise UnknownActor
    return rep.id


def _named(run: Run, words: list[str], doing: str) -> list[int]:
    """The customers that are named; `-` reads their ids from stdin."""
    from dealflow.questions.customers import named

    if words == ["-"]:
        return run.ask(named, [f"#{one}" for one in run.ids(words)])
    ids = run.ask(named, words)
    if len(ids) > len(words):
        run.confirm(f"{doing} {len(ids)} customers")
    return ids
