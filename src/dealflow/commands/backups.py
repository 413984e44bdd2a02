"""db backup, db restore: sound copies of the database, and the way back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from dealflow.errors import Damaged, NoDatabase, NotOurs, UsageError
from dealflow.invocation import Run
from dealflow.results import ID, INT, Column, Result, Written

if TYPE_CHECKING:
    from dealflow.store.backups import Backup, State

COLUMNS = (Column("backup", "backup", ID), Column("bytes", "bytes", INT))


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
    if target is None or os.path.isdir(target) or target.endswith(os.sep):
        folder = target or backups.folder_of(run.path)
        made = backups.into_folder(conn, folder, stamp(run), keep)
    else:
        made = backups.into_file(conn, target, replace=force)
    return _written(made, told(made))


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
    what = f"{wanted.deals:,} deal{'s' * (wanted.deals != 1)}, {wanted.commands:,} commands"
    run.confirm(f"replacing {run.path} by {source} ({what})")
    said = _put_in(run, source, wanted)
    return run.about_file(f"restored {run.path} from {source}: {what}", *said)


def _put_in(run: Run, source: str, wanted: State) -> list[str]:
    """Restore; what is to be said of what was there before."""
    from dealflow.store import backups

    try:
        kept, before = backups.restore(run.db.conn, source, stamp(run), run.db.setting("sharing"))
    except NotOurs:
        raise
    except (NoDatabase, Damaged):
        run.close()
        aside = backups.put_back(run.path, source, stamp(run))
        run.expect_nothing()
        return [f"the damaged file is kept as {aside}"] if aside else []
    run.expect_nothing()
    later = before.commands - wanted.commands
    gone = f", {later:,} later command{'s' * (later != 1)} included" if later > 0 else ""
    return [f"what it held before is in {kept.path}{gone}"]


def info(run: Run) -> Result:
    """Say what the database file is, what it holds, and which backups there are."""
    from dealflow.questions import file

    return run.ask(file.info)
