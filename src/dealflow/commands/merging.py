"""db merge: two copies of one database that went separate ways become one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dealflow.errors import UnknownWord, UsageError
from dealflow.invocation import REPEATED, Run
from dealflow.merging import SIDES
from dealflow.results import Result

if TYPE_CHECKING:
    from dealflow.actions import Actor
    from dealflow.store.conn import Conn


def merge(
    run: Run,
    other: Annotated[
        str, typer.Argument(metavar="OTHER", help="another copy of this database; it is only read")
    ],
    prefer: Annotated[
        str | None,
        typer.Option(
            "--prefer", metavar="ours|theirs", help="who wins conflicts, if not the later edit"
        ),
    ] = None,
) -> Result:
    """Bring in what was done in another copy of this database, field by field."""
    from contextlib import closing

    from dealflow.store.database import Database

    if prefer is not None and prefer not in SIDES:
        raise UnknownWord("side", prefer, SIDES)
    other = os.path.expanduser(other)
    if os.path.exists(run.path) and os.path.exists(other) and os.path.samefile(run.path, other):
        raise UsageError("a database cannot be merged with itself", "name another copy of it")
    with closing(Database(other)) as there, there.reading() as conn:
        return _merged(run, conn, prefer)


def _merged(run: Run, other: Conn, prefer: str | None) -> Result:
    from dealflow.actions import merging
    from dealflow.questions import merging as questions
    from dealflow.store.merge.lineage import last_command

    backed_up: list[str] = []
    dry_run = run.options.dry_run

    def keep() -> None:
        if not dry_run:
            backed_up.extend(_backed_up(run))

    def job(by: Actor, earlier: Any) -> tuple[Any, Result]:
        if earlier:
            done, said = questions.read_back(earlier), (REPEATED,)
        else:
            done = merging.merge(by, other, prefer, keep)
            said = (
                *backed_up,
                *questions.notes(done, prefer, drawn=run.to.drawn),
                *(_DRY if dry_run else ()),
            )
        return questions.kept(done), questions.told(other.path, done, said)

    if run.options.once is not None:
        run.content.append(last_command(other))
    return run.within(job)


_DRY = ("dry run: nothing was changed",)


def _backed_up(run: Run) -> list[str]:
    """A copy of what there is, made beside the transaction that nobody can come between."""
    from contextlib import closing

    from dealflow.commands.backups import folder, stamp, told
    from dealflow.store import backups
    from dealflow.store.database import Database

    with closing(Database(run.path)) as reader:
        made = backups.before(reader.conn, folder(run), stamp(run))
    return told(made)
