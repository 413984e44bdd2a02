"""What is wrong with the file, if anything."""

from __future__ import annotations

from dealflow.errors import Damaged
from dealflow.questions import Ask
from dealflow.results import INT, Column, Table
from dealflow.store import soundness

COLUMNS = (
    Column("what", "what"),
    Column("table", "table"),
    Column("row", "row", INT),
    Column("about", "finding"),
)


def check(ask: Ask) -> Table:
    """Every finding; the exit code is that of a damaged file when there are any."""
    rows = list(soundness.findings(ask.conn))
    facts = ", ".join(f"{name} {value}" for name, value in soundness.versions(ask.conn).items())
    return Table(
        name="findings",
        columns=COLUMNS,
        rows=rows,
        summary=(facts,),
        empty=f"the file is sound ({facts})",
        exit_code=Damaged.exit_code if rows else 0,
    )
