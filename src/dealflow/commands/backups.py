"""db backup, db restore: sound copies of the database, and the way back."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from dealflow import config
from dealflow.afterwards import expect_nothing
from dealflow.errors import Damaged, DealflowError, NoDatabase, NotOurs, Unusable, UsageError
from dealflow.invocation import Run
from dealflow.results import ID, INT, Column, Result, Written
from dealflow.store.conn import is_server

if TYPE_CHECKING:
    from dealflow.store.backups import Backup, State

COLUMNS = (Column("backup", "backup", ID), Column("bytes", "bytes", INT))
PLACE = (Column("database", "database", ID), Column("rows", "rows", INT))


def backup(
    run: Run,
    target: Annotated[
        str | None,
        typer.Argument(metavar="[TARGET]", help="a folder or a new file; else backups/ beside it"),
    ] = None,
    keep: Annotated[
        int, typer.Option("--keep", metavar="N", help="how many stay in the folder", min=1)
    ] = 10,
    force: Annotated[bool, typer.Option("--force", help="replace the file TARGET")] = False,
) -> Result:
    """Make a copy of the database that is checked to be sound, also while others write."""
    from dealflow.store import backups

    conn = run.db.conn
    with run.db.explained():
        if target is None or os.path.isdir(target) or target.endswith(os.sep):
            made = backups.into_folder(conn, target or folder(run), stamp(run), keep)
        else:
            made = backups.into_file(conn, target, replace=force)
    return _written(made, told(made))


def folder(run: Run) -> str:
    """Where backups stand by default: beside the file; a server's, where a file would be."""
    from dealflow.store import backups

    if not is_server(run.path):
        return backups.folder_of(run.path)
    env = {name: value for name, value in run.env.items() if name != "DEALFLOW_DB"}
    return backups.folder_of(config.database_path(None, env, {}))


def told(made: Backup) -> list[str]:
    """What is said of a backup."""
    gone = [f"removed the older backup {path}" for path in made.removed]
    return [f"backed up to {made.path}", *gone]


def stamp(run: Run) -> str:
    """The moment in UTC, as names of backups have it."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(run.clock, UTC).strftime("%Y%m%d-%H%M%SZ")


def _written(made: Backup, said: list[str]) -> Written:
    return Written(name="backup", columns=COLUMNS, rows=[(made.path, made.size)], said=tuple(said))


def restore(
    run: Run,
    source: Annotated[str, typer.Argument(metavar="BACKUP", help="a file that db backup made")],
) -> Result:
    """Make the database what a backup is. What it holds now is backed up first."""
    from dealflow.store import backups

    source = os.path.expanduser(source)
    if os.path.exists(run.path) and os.path.exists(source) and os.path.samefile(run.path, source):
        raise UsageError(
            "a database cannot be restored from itself", "dealflow db info lists backups"
        )
    wanted = backups.inspected(source)
    what = f"{wanted.deals:,} deal{'s' * (wanted.deals != 1)}, {wanted.commands:,} command"
    what += "s" * (wanted.commands != 1)
    apart = ", another database: the two were created apart" if _is_another(run, wanted) else ""
    run.confirm(f"replacing {run.place} by {source} ({what}){apart}")
    said = _put_in(run, source, wanted)
    return run.about_file(f"restored {run.place} from {source}: {what}", *said)


def _is_another(run: Run, wanted: State) -> bool:
    """Whether what is there is no copy of what is to be restored, as far as it can be read."""
    from dealflow.store import backups

    here = backups.state(run.db.conn).origin if is_server(run.path) else backups.origin_of(run.path)
    return here not in {None, wanted.origin}


def _put_in(run: Run, source: str, wanted: State) -> list[str]:
    """Restore; what is to be said of what was there before."""
    from dealflow.store import backups

    try:
        kept, before = _restored(run, source)
    except NotOurs:
        raise
    except (NoDatabase, Damaged) as exc:
        if is_server(run.path) or _is_sound(run.path):
            raise Unusable(f"what is there could not be backed up: {exc}") from exc
        run.close()
        aside = backups.put_back(run.path, source, stamp(run))
        expect_nothing(run.place, run.env)
        return [f"the damaged file is kept as {aside}"] if aside else []
    expect_nothing(run.place, run.env)
    later = before.commands - wanted.commands
    same = before.origin == wanted.origin
    gone = f", {later:,} later command{'s' * (later != 1)} included" if same and later > 0 else ""
    return [f"what it held before is in {kept.path}{gone}"]


def _is_sound(path: str) -> bool:
    """Whether it is the copy that could not be read, and not the database."""
    from dealflow.store import backups

    try:
        backups.inspected(path)
    except DealflowError:
        return False
    return True


def _restored(run: Run, source: str) -> tuple[Backup, State]:
    from dealflow.store import backups
    from dealflow.store.connection import FileConn

    conn = run.db.conn
    if isinstance(conn, FileConn):
        return backups.restore(conn, source, stamp(run), run.db.setting("sharing"))
    from dealflow.store.server.backups import restore as onto_server
    from dealflow.store.server.connection import ServerConn

    assert isinstance(conn, ServerConn)
    return onto_server(conn, source, folder(run), stamp(run))


def copy(
    run: Run,
    to: Annotated[
        str,
        typer.Option("--to", metavar="PATH|URL", help="a new file, or an empty server database"),
    ],
) -> Result:
    """Copy the database to a new place: a file to a server, or back. Compared row by row."""
    from dealflow.store import schema
    from dealflow.text import masked

    with run.db.reading() as conn:
        copied = schema.copy(os.path.expanduser(to), conn)
    place = masked(to)
    said = (
        f"copied {run.place} to {place}: {copied:,} rows, all compared",
        f"next: export DEALFLOW_DB={shlex.quote(place)}",
        f"{run.place} stays as it is, and can still be written to",
    )
    return Written(name="database", columns=PLACE, rows=[(place, copied)], said=said)


def roles(_: Run) -> Result:
    """Print the SQL that makes a server's roles: reader, rep, manager."""
    from dealflow.questions.file import roles as script

    return script()


def info(run: Run) -> Result:
    """Say what the database file is, what it holds, and which backups there are."""
    from dealflow.questions import file

    return run.ask(file.info)
