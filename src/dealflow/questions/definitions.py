"""What a stage means, and what it meant before: the parts of `stages show`."""

from __future__ import annotations

from collections.abc import Sequence

from dealflow.results import BOTH, MACHINE, TEXT, Column, Table
from dealflow.steps import OWNER, Step, when_told

PLAN = (
    Column("step", "step", TEXT, MACHINE, "as the pipeline's document writes it"),
    Column("kind", "kind"),
    Column("when", "when", about="after the day of the entry"),
    Column("what", "what"),
    Column("goal", "goal"),
    Column("for", "for", about="a role in the deal, or a rep; the owner where there is none"),
)


def steps(plan: Sequence[Step]) -> Table:
    """The follow-ups that entering the stage plans."""
    rows = [
        (str(step), step.kind, when_told(step), step.what, step.goal, step.role or OWNER)
        for step in plan
    ]
    columns = tuple(
        column._replace(on=BOTH if any(row[place] for row in rows) else MACHINE)
        if column.name in {"kind", "goal"}
        else column
        for place, column in enumerate(PLAN)
    )
    return Table(name="plan", columns=columns, rows=rows, empty="nothing is planned on entry")
