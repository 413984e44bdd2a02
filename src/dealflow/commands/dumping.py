"""db dump, db load: a whole database as lines of JSON, and back."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from dealflow.commands.backups import PLACE
from dealflow.commands.lines import opened
from dealflow.invocation import Run
from dealflow.results import Result, Written

_AT_ONCE = 500


def dump(run: Run) -> tuple[()]:
    """Write the whole database as lines of JSON, the journal included: `db dump > all.ndjson`."""
    from itertools import islice

    from dealflow.interchange.dumping import lines

    with run.showing.straight() as out, run.db.reading() as conn:
        told = lines(conn)
        while some := "".join(islice(told, _AT_ONCE)):
            out.write(some.encode("utf-8", "backslashreplace"))
    return ()


def load(
    run: Run,
    file: Annotated[str, typer.Argument(metavar="FILE", help="a dump; - for stdin")],
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="PATH|URL", help="the new database, if not that of --db"),
    ] = None,
) -> Result:
    """Make a new database from a dump: the same ids, the same journal. Or nothing, if it is cut."""
    from dealflow.interchange.dumping import load as fill
    from dealflow.store import schema
    from dealflow.text import masked

    where = os.path.expanduser(to) if to is not None else run.path
    with opened(file) as lines:
        count = schema.made(where, lambda conn: fill(lines, conn), "", run.warn)
    place = masked(where)
    said = (f"made {place} from a dump: {count:,} rows, found sound",)
    return Written(name="database", columns=PLACE, rows=[(place, count)], said=said)
