"""db check: is the file sound, and what can be mended."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dealflow.errors import CHECK_FOUND, OddSchema, UsageError
from dealflow.invocation import Run
from dealflow.results import BOOL, ID, Column, Result, Table, Written
from dealflow.store.conn import is_server

if TYPE_CHECKING:
    from dealflow.actions import Actor
    from dealflow.store.conn import Conn
    from dealflow.store.repairs import Judged


def check(
    run: Run,
    repair: Annotated[
        bool, typer.Option("--repair", help="mend what is certain; keeps a copy of the file first")
    ] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="take what was changed past dealflow as it is")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="show what would be done, change nothing")
    ] = False,
    share: Annotated[
        bool,
        typer.Option("--share", help="whether two machines see each other's locks: run it on both"),
    ] = False,
    seconds: Annotated[
        int, typer.Option("--seconds", metavar="N", help="how long --share waits", min=1, max=600)
    ] = 20,
) -> Result:
    """Check the file: integrity, checksums, the journal, dealflow's rules; mend what is certain."""
    run.options.dry_run = dry_run
    if share:
        if is_server(run.path):
            raise UsageError("a server keeps its own locks; --share is about a file")
        return _share(run, seconds)
    from dealflow.questions import soundness

    if dry_run and not (repair or accept):
        raise UsageError("a check changes nothing", "dealflow db check --repair --dry-run")
    try:
        db = run.db
    except OddSchema:
        return _odd(run, repair=repair)
    with db.reading() as conn:
        found = soundness.found(conn)
        if not found or not (repair or accept):
            return soundness.report(conn, found)
    return _mend(run, found, repair=repair, accept=accept)


def _mend(run: Run, found: list[Judged], *, repair: bool, accept: bool) -> Table:
    """Do what was asked for about the findings, and check again."""
    from dealflow.questions import soundness
    from dealflow.store import repairs

    conn = run.db.conn
    if not accept and not any(one.certain for one in found):
        return soundness.report(conn, found, None, "nothing of it can be mended for certain")
    with run.db.explained():
        notes = _keep_copy(
            run, conn, f"{_verb(repair, accept)} what {len(found)} findings are about"
        )

    def job(by: Actor, _: Any) -> tuple[None, Table]:
        before = soundness.found(by.book.conn)
        left = [one.finding for one in before]
        if repair:
            left = repairs.mend(by.book, left)
        if accept:
            left = repairs.accept(by.book, left)
        return None, soundness.report(by.book.conn, before, left, *notes)

    return run.within(job)


def _verb(repair: bool, accept: bool) -> str:
    return " and ".join(["mending"] * repair + ["accepting"] * accept)


def _keep_copy(run: Run, conn: Conn, what: str) -> list[str]:
    """Ask, and copy the file as it was found; what is to be said of that."""
    from dealflow.commands.backups import folder, stamp
    from dealflow.store import backups

    if run.options.dry_run:
        return ["dry run: nothing was changed"]
    run.confirm(what)
    kept = backups.as_found(conn, folder(run), stamp(run))
    return [f"the database as it was found is kept as {kept}"]


def _odd(run: Run, *, repair: bool) -> Table:
    """Of a file with other tables than ours: what differs. Nothing more can be asked of it."""
    from dealflow.questions import soundness
    from dealflow.store import connection, schema

    with closing(connection.connect(run.path, odd=True)) as conn:
        found = soundness.odd(conn)
        if not repair or not all(one.certain for one in found):
            return soundness.report(conn, found, None, "nothing else can be checked before that")
        notes = _keep_copy(run, conn, f"building {len(found)} indexes anew")
        if run.options.dry_run:
            return soundness.report(conn, found, None, *notes)
        conn.on_warning = run.warn
        schema.build_indexes(conn)
        return soundness.report(conn, found, [], *notes, "dealflow db check looks at the rest")


LOCKS = (
    Column("locks", "locks", ID, about="`shared`, or `not shared`"),
    Column("here", "here"),
    Column("there", "there"),
    Column("held_here", "held here", BOOL, about="whether this side held the lock"),
)


def _share(run: Run, seconds: int) -> Written:
    """Hold the lock, or try the one that another machine holds; both say what came of it."""
    from dealflow.output import stderr
    from dealflow.store import rendezvous

    def say(told: str) -> None:
        stderr.say([f"{told} (at most {seconds} s)"])

    met = rendezvous.meet(run.path, seconds, say)
    verdict = (
        f"locks are shared between {met.here} and {met.there}: both may write"
        if met.shared
        else "locks are NOT shared: never write from two machines, or changes are lost"
    )
    alone = "both sides ran on one machine: run it on two to know about two"
    return Written(
        name="locks",
        columns=LOCKS,
        rows=[("shared" if met.shared else "not shared", met.here, met.there, met.held_here)],
        said=(verdict, *([alone] if met.shared and met.here == met.there else [])),
        exit_code=0 if met.shared else CHECK_FOUND,
    )
