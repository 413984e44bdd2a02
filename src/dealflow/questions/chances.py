"""How likely each open deal is to be won, and what that rests on: for all that foresees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from dealflow.analytics.forecast import Estimate, StageRecord, of_deal, of_stage
from dealflow.analytics.intervals import wilson
from dealflow.model import OPEN
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.results import INT, MACHINE, RATE, SHARE, TEXT, Column, Row, Table
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store import forecast as store
from dealflow.store import pipelines

#: of the definition that every report prints which uses them
PROBABILITY = (
    "probability = the rep's own, else (won + 10 × configured) / (won + lost + 10) of the deals "
    "that were once in the stage and are closed"
)
COLUMNS = (
    Column("pipeline", "pipeline", TEXT, MACHINE, "its key"),
    Column("stage", "stage", TEXT, MACHINE, "its key"),
    Column("stage_name", "stage", about="its name"),
    Column("won", "won", INT, about="of the deals that were once there"),
    Column("lost", "lost", INT),
    Column("record", "won of them", RATE, about="won / (won + lost): the stage's own record"),
    Column("configured", "configured", SHARE, about="as the stage is defined, 0 to 1"),
    Column("probability", "probability", SHARE, about="what both together come to"),
    Column("basis", "from", about="record, configured or none"),
    Column("open", "open", INT, about="deals that are there now, of the filter"),
    Column("own", "own", INT, about="of those with a probability that the rep gave"),
)


class StageLine(NamedTuple):
    """An open stage, its record, and what that says."""

    pipeline: PipelineSpec
    stage: StageSpec
    record: StageRecord
    estimate: Estimate
    existed: bool = True
    """False of a stage that was defined later, where history was imported: it counts all the same,
    as it was defined first."""


Lines = Mapping[int, StageLine]
_UNKNOWN = Estimate(None, "none")


def stage_lines(ask: Ask) -> dict[int, StageLine]:
    """Every open stage, in order, as of now."""
    known = store.records(ask.conn, ask.now)
    then = pipelines.as_they_stood(ask.conn, ask.now)
    found = {}
    every = [spec for spec, _ in pipelines.every(ask.conn, ask.now)]
    for spec, existed in [*((spec, True) for spec in then), *((spec, False) for spec in every)]:
        for stage in spec.stages:
            if stage.kind == OPEN and stage.id not in found:
                record = StageRecord(*known.get(stage.id, (0, 0)), stage.probability)
                found[stage.id] = StageLine(spec, stage, record, of_stage(record), existed)
    return found


def estimate(lines: Lines, stage_id: int, own: float | None) -> Estimate:
    """What is taken for a deal in the stage."""
    line = lines.get(stage_id)
    return of_deal(own, line.estimate if line else _UNKNOWN)


def explained(lines: Lines, deals: Sequence[tuple[int, bool]]) -> Table:
    """The parts of each stage's probability.

    `deals` says of each open one its stage, and whether the rep gave a probability.
    """
    there = Counter(stage for stage, _ in deals)
    own = Counter(stage for stage, told in deals if told)
    rows = [
        _row(line, there[stage], own[stage])
        for stage, line in lines.items()
        if there[stage] or (line.existed and not line.stage.retired)
    ]
    return Table(name="probabilities", columns=COLUMNS, rows=rows, empty="no stages")


def _row(line: StageLine, open_: int, own: int) -> Row:
    record = line.record
    return (
        line.pipeline.key,
        line.stage.key,
        line.stage.name,
        record.won,
        record.lost,
        wilson(record.won, record.won + record.lost),
        record.configured,
        line.estimate.value,
        line.estimate.basis,
        open_,
        own,
    )
