"""What is wrong with the file, if anything."""

from __future__ import annotations

from dealflow.errors import Damaged
from dealflow.results import INT, Column, Table
from dealflow.store import soundness
from dealflow.store.connection import Conn

COLUMNS = (
    Column("what", "what"),
    Column("table", "table"),
    Column("row", "row", INT),
    Column("about", "finding"),
)


def check(conn: Conn) -> Table:
    """Every finding; the exit code is that of a damaged file when there are any."""
    rows = [(f.what, f.table, f.row, f.about) for f in soundness.findings(conn)]
    facts = ", ".join(f"{name} {value}" for name, value in soundness.versions(conn).items())
    return Table(
        name="findings",
        columns=COLUMNS,
        rows=rows,
        summary=(facts,),
        empty=f"the file is sound ({facts})",
        exit_code=Damaged.exit_code if rows else 0,
    )
