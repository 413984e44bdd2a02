"""What is wrong with the file, if anything, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence

from dealflow.errors import Damaged
from dealflow.results import BOOL, INT, Column, Table
from dealflow.store import repairs, soundness
from dealflow.store.conn import Conn
from dealflow.store.connection import FileConn
from dealflow.store.repairs import Judged
from dealflow.store.soundness import Finding

COLUMNS = (
    Column("what", "what"),
    Column("table", "table"),
    Column("row", "row", INT),
    Column("about", "finding"),
    Column("repairable", "repairable", BOOL, about="whether --repair mends it for certain"),
    Column("help", "what helps"),
    Column("mended", "mended", BOOL, about="whether this command mended it"),
)


def found(conn: Conn) -> list[Judged]:
    """Every finding, with what can be done about it."""
    return repairs.judged(conn, list(soundness.findings(conn)))


def report(
    conn: Conn, before: Sequence[Judged], left: Sequence[Finding] | None = None, *notes: str
) -> Table:
    """What was found; after a repair with what is left. Exit code of a damaged file if any is."""
    facts = ", ".join(f"{name} {value}" for name, value in soundness.versions(conn).items())
    still = {one.finding[:4] for one in before} if left is None else {one[:4] for one in left}
    known = {one.finding[:4] for one in before}
    new = repairs.judged(conn, [one for one in left or () if one[:4] not in known])
    rows = [
        (*one.finding[:4], one.certain, one.help, one.finding[:4] not in still)
        for one in (*before, *new)
    ]
    return Table(
        name="findings",
        columns=COLUMNS,
        rows=rows,
        summary=(facts,),
        notes=notes,
        empty=f"the file is sound ({facts})",
        exit_code=Damaged.exit_code if still else 0,
    )


def odd(conn: FileConn) -> list[Judged]:
    """How a file differs whose tables are not ours: nothing else can be asked of it."""
    from dealflow.store import schema

    return repairs.of_schema(schema.differences(conn))
