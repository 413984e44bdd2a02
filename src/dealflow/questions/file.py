"""`dealflow db info`: what the database file is, what it holds, and which backups there are."""

from __future__ import annotations

import os

from dealflow.questions import Ask
from dealflow.results import ID, INSTANT, INT, LIST, Column, Document, Record, Table
from dealflow.store import backups, soundness, writeahead
from dealflow.store.connection import FileConn
from dealflow.store.names import Names

FACTS = (
    Column("path", "path", ID),
    Column("bytes", "bytes", INT),
    Column("schema", "schema", about="its version"),
    Column("software", "software", about="what reads it, and its version"),
    Column("journal", "journal mode", about="empty on a server"),
    Column("timezone", "time zone"),
    Column("currency", "currency"),
    Column("pipelines", "pipelines", LIST),
    Column("opportunity", "deals", INT),
    Column("visit", "visits", INT),
    Column("activity", "activities", INT),
    Column("follow_up", "follow-ups", INT),
    Column("account", "customers", INT),
    Column("contact", "contacts", INT),
    Column("product", "products", INT),
    Column("rep", "reps", INT),
    Column("first_at", "created", INSTANT),
    Column("last_command", "last command", INT, about="its number"),
    Column("last_at", "last change", INSTANT),
    Column("last_by", "by"),
)
BACKUPS = (Column("path", "path", ID), Column("bytes", "bytes", INT), Column("at", "made", INSTANT))


def info(ask: Ask) -> Record:
    """What the open file is. Backups are those in the default folder, the latest first."""
    path, versions = ask.conn.path, soundness.versions(ask.conn)
    pipelines = tuple(spec.key for spec in Names(ask.conn, ask.now, ask.me).pipelines)
    (_, first_at, _), (last, last_at, by) = backups.commands(ask.conn)
    row = (
        path,
        ask.conn.size(),
        versions.pop("schema"),
        *_software(versions),
        ask.setting("timezone"),
        ask.currency,
        pipelines,
        *backups.counts(ask.conn).values(),
        first_at,
        last,
        last_at,
        by,
    )
    told = writeahead.risk(ask.conn) if isinstance(ask.conn, FileConn) else None
    return Record(
        name="database",
        title=path,
        columns=FACTS,
        row=row,
        sections=(_backups(ask),),
        notes=(told,) if told else (),
    )


def _software(versions: dict[str, str]) -> tuple[str, str | None]:
    """What reads the database, and the journal mode of a file."""
    journal = versions.pop("journal", None)
    ((name, version),) = versions.items()
    return f"{name} {version}", journal


def _backups(ask: Ask) -> Table:
    found = backups.listed(ask.conn, backups.folder_of(ask.conn.path))
    rows = [(one, os.path.getsize(one), int(os.path.getmtime(one))) for one in found]
    return Table(name="backups", columns=BACKUPS, rows=rows, empty="no backups: dealflow db backup")


def roles() -> Document:
    """The SQL that makes a server's roles, as it is shipped."""
    from dealflow.store.server.roles import script

    text = script()
    return Document(name="roles", text=text, data={"sql": text})
