"""db journal: how the file is kept whole, by choice."""

from __future__ import annotations

from typing import Annotated

import typer

from dealflow.errors import UsageError
from dealflow.invocation import Run
from dealflow.results import Result


def journal(
    run: Run,
    word: Annotated[str, typer.Argument(metavar="wal|rollback", help="which one")],
    accepted: Annotated[
        bool,
        typer.Option(
            "--risk-lost-changes",
            help="wal although this SQLite can lose saved changes with it",
        ),
    ] = False,
) -> Result:
    """Choose the file's journal: rollback, safe wherever locks work, or wal.

    With a write-ahead log (wal) nobody waits for a report to end. It is for one computer, keeps two
    more files beside the database, and needs a recent SQLite.
    """
    from dealflow.store import writeahead
    from dealflow.store.connection import FileConn

    db = run.db
    if not isinstance(db.conn, FileConn):
        raise UsageError("a server keeps its own journal; this is about a file")
    with db.explained():
        changed = writeahead.switch(db.conn, word, db.setting("sharing"), accepted=accepted)
        risk = writeahead.risk(db.conn)
    if risk:
        run.warn(risk)
    kept = {"wal": "a write-ahead log", "rollback": "a rollback journal"}[word]
    return run.about_file(f"{run.place} {'now keeps' if changed else 'keeps'} {kept}")
