"""Reading pipelines: the stage rows and the definitions in force, as the stage machine's values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from dealflow.errors import BadDefinition, Damaged
from dealflow.model import Pipeline, Stage
from dealflow.requirements import parse_requirement
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.steps import parse_step
from dealflow.store.conn import Conn
from dealflow.store.past import is_past, rows_at
from dealflow.store.values import array

T = TypeVar("T")

_STAGES = """
    SELECT s.id, s.key, s.kind, s.position, s.retired_at, d.name, d.standard, d.activities,
           d.result, d.probability, d.expected_days, d.requires, d.signals, d.plan
    FROM stage s JOIN stage_definition d ON d.id = (
        SELECT id FROM stage_definition WHERE stage_id = s.id AND effective_from <= max(:now, (
            SELECT min(effective_from) FROM stage_definition WHERE stage_id = s.id))
        ORDER BY effective_from DESC, id DESC LIMIT 1)
    WHERE s.pipeline_id = :pipeline ORDER BY s.position, s.id
"""


def load(conn: Conn, pipeline_id: int, now: int) -> PipelineSpec:
    """The pipeline as defined at `now`; before its first definition, that one."""
    sql = "SELECT id, key, name FROM pipeline WHERE id = ?"
    row_id, key, name = conn.execute(sql, (pipeline_id,)).fetchone()
    reasons = conn.execute("SELECT key, name FROM loss_reason WHERE retired_at IS NULL ORDER BY id")
    stages = conn.execute(_STAGES, {"pipeline": pipeline_id, "now": now})
    return PipelineSpec(
        id=row_id,
        key=key,
        name=name,
        stages=tuple(_stage(*values) for values in stages),
        reasons=tuple((key, name) for key, name in reasons),
    )


def of_stage(conn: Conn, stage_id: int, now: int) -> PipelineSpec:
    """The pipeline that the stage belongs to, as defined at `now`."""
    found = conn.execute("SELECT pipeline_id FROM stage WHERE id = ?", (stage_id,)).fetchone()
    return load(conn, found[0], now)


def called(conn: Conn, key: str) -> tuple[int, bool] | None:
    """Id of the pipeline with this key, and whether it is retired; None where there is none."""
    sql = "SELECT id, retired_at IS NOT NULL FROM pipeline WHERE key = ?"
    found = conn.execute(sql, (key,)).fetchone()
    return None if found is None else (int(found[0]), bool(found[1]))


def open_deals(conn: Conn, stage_id: int) -> int:
    """How many open deals are in the stage."""
    sql = "SELECT count(*) FROM opportunity WHERE stage_id = ? AND status = 'open'"
    return int(conn.execute(sql, (stage_id,)).fetchone()[0])


def defined_after(conn: Conn, stage_id: int, at: int) -> bool:
    """Whether another definition of the stage takes over after `at`."""
    sql = "SELECT count(*) FROM stage_definition WHERE stage_id = ? AND effective_from > ?"
    return bool(conn.execute(sql, (stage_id, at)).fetchone()[0])


def as_they_stood(conn: Conn, now: int) -> list[PipelineSpec]:
    """Every pipeline that was not retired at `now`: its stages, their keys and order of then."""
    ids = [row[0] for row in conn.execute("SELECT id FROM pipeline ORDER BY position, id")]
    rows = [row for row in rows_at(conn, Pipeline, ids, now) if row.retired_at is None]
    found = [(row, _as_it_stood(conn, row, now)) for row in rows]
    return [spec for _, spec in found if spec.stages]


def _as_it_stood(conn: Conn, row: Pipeline, now: int) -> PipelineSpec:
    spec = load(conn, row.id, now)
    if not is_past(conn, now):
        return spec
    first = dict(
        conn.execute("SELECT stage_id, min(effective_from) FROM stage_definition GROUP BY 1")
    )
    then = {stage.id: stage for stage in rows_at(conn, Stage, [s.id for s in spec.stages], now)}
    stages = [
        replace(
            stage,
            key=then[stage.id].key,
            position=then[stage.id].position,
            retired=then[stage.id].retired_at is not None,
        )
        for stage in spec.stages
        if first[stage.id] <= now
    ]
    ordered = sorted(stages, key=lambda stage: stage.position)
    return replace(spec, key=row.key, name=row.name, stages=tuple(ordered))


def load_all(conn: Conn, now: int) -> list[PipelineSpec]:
    """Every pipeline that is not retired, in order."""
    sql = "SELECT id FROM pipeline WHERE retired_at IS NULL ORDER BY position, id"
    return [load(conn, row[0], now) for row in conn.execute(sql).fetchall()]


def every(conn: Conn, now: int) -> list[tuple[PipelineSpec, bool]]:
    """All pipelines in order, each with whether it is retired."""
    sql = "SELECT id, retired_at IS NOT NULL FROM pipeline ORDER BY position, id"
    return [(load(conn, row, now), bool(gone)) for row, gone in conn.execute(sql).fetchall()]


def _stage(  # noqa: PLR0917 the columns of _STAGES, in their order
    row_id: int,
    key: str,
    kind: str,
    position: int,
    retired_at: int | None,
    name: str,
    standard: str,
    activities: str,
    result: str,
    probability: float | None,
    expected_days: int | None,
    requires: str,
    signals: str,
    plan: str | None,
) -> StageSpec:
    return StageSpec(
        id=row_id,
        key=key,
        kind=kind,
        position=position,
        retired=retired_at is not None,
        name=name,
        standard=standard,
        activities=tuple(array(activities)),
        result=result,
        probability=probability,
        expected_days=expected_days,
        requires=_stored(requires, parse_requirement),
        signals=_stored(signals, parse_requirement),
        plan=_stored(plan or "[]", parse_step),
    )


def _stored(text: str, parse: Callable[[str], T]) -> tuple[T, ...]:
    """Requirements or steps as stored. Error: Damaged."""
    try:
        return tuple(parse(str(one)) for one in array(text))
    except BadDefinition as exc:
        told = f"a stored definition is damaged: {exc.message}"
        raise Damaged(told, "dealflow db check") from None
