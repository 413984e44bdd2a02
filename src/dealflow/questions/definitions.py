"""What a stage means, and what it meant before: the parts of `stages show`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dealflow.dates import day_of
from dealflow.pipelines import plan_definition_change
from dealflow.questions import Ask
from dealflow.results import BOTH, DAY, INSTANT, INT, LIST, MACHINE, NUMBER, TEXT, Column, Table
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.steps import OWNER, Step, when_told
from dealflow.store import definitions as store

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


HISTORY = (
    Column("from", "from", DAY, about="the day it holds from"),
    Column("until", "until", DAY, about="the day from which another holds"),
    Column("state", "state", about="now, to come, or nothing: it was before"),
    Column("changed", "what changed", LIST, about="against the definition before it"),
    Column("by", "by", about="who wrote it"),
    Column("written", "written", DAY, about="the day it was written"),
    Column("command", "command", INT, MACHINE, "its number in the history"),
    Column("from_at", "from", INSTANT, MACHINE),
    Column("name", "name", TEXT, MACHINE),
    Column("standard", "standard", TEXT, MACHINE),
    Column("activities", "key activities", LIST, MACHINE),
    Column("result", "expected result", TEXT, MACHINE),
    Column("probability", "probability", NUMBER, MACHINE, "0 to 1"),
    Column("expected_days", "expected days", INT, MACHINE),
    Column("requires", "requires", LIST, MACHINE),
    Column("signals", "signals", LIST, MACHINE),
    Column("plan", "plan", LIST, MACHINE),
)
NOW, TO_COME = "now", "to come"


def history(ask: Ask, pipeline: PipelineSpec, stage: StageSpec) -> Table:
    """Every definition of a stage, the latest first."""
    found = store.of_stage(ask.conn, pipeline, stage, ask.now)
    now = max((n for n, one in enumerate(found) if one.since <= ask.now), default=0)
    rows = []
    for n, one in enumerate(found):
        spec = one.spec
        later = found[n + 1].since if n + 1 < len(found) else None
        rows.append(
            (
                day_of(one.since, ask.zone),
                None if later is None else day_of(later, ask.zone),
                NOW if n == now else TO_COME if n > now else None,
                _changes(found[n - 1].spec, spec) if n else ("first definition",),
                one.by,
                None if one.at is None else day_of(one.at, ask.zone),
                one.command,
                one.since,
                spec.name,
                spec.standard or None,
                spec.activities,
                spec.result or None,
                spec.probability,
                spec.expected_days,
                tuple(map(str, spec.requires)),
                tuple(map(str, spec.signals)),
                tuple(map(str, spec.plan)),
            )
        )
    return Table(name="definitions", columns=HISTORY, rows=rows[::-1], empty="none")


def _changes(was: StageSpec, spec: StageSpec) -> tuple[str, ...]:
    """What differs, as `stages apply` says it."""
    before, after = (PipelineSpec(key="", name="", stages=(one,)) for one in (was, spec))
    told = plan_definition_change(before, replace(after, stages=(replace(spec, retired=False),)))
    said = [change.sentence.removeprefix(f"redefine {spec.key}: ") for change in told]
    return tuple(said) or ("nothing",)
