"""Reading pipelines: the stage rows and the definitions in force, as the stage machine's values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from dealflow.errors import BadDefinition, Damaged
from dealflow.model import LossReason, Pipeline, Stage
from dealflow.requirements import parse_requirement
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.steps import parse_step
from dealflow.store.conn import Conn
from dealflow.store.past import all_at, is_past, rows_at
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


def load(conn: Conn, pipeline_id: int, at: int) -> PipelineSpec:
    """The pipeline's present stages, each with the definition that is in force at `at`.

    Before its first definition a stage means what that one says.
    """
    sql = "SELECT id, key, name FROM pipeline WHERE id = ?"
    row_id, key, name = conn.execute(sql, (pipeline_id,)).fetchone()
    reasons = conn.execute("SELECT key, name FROM loss_reason WHERE retired_at IS NULL ORDER BY id")
    stages = conn.execute(_STAGES, {"pipeline": pipeline_id, "now": at})
    return PipelineSpec(
        id=row_id,
        key=key,
        name=name,
        stages=tuple(_stage(*values) for values in stages),
        reasons=tuple((key, name) for key, name in reasons),
    )


def stood(conn: Conn, pipeline_id: int, now: int) -> PipelineSpec:
    """The pipeline as it stood at `now`: its stages, their keys and order of then.

    A stage that was added later counts as retired, as deals of imported history may have been in
    it. Of a pipeline that came later, whose whole history is such, all stages count.
    """
    spec = load(conn, pipeline_id, now)
    if not is_past(conn, now):
        return spec
    first = _first(conn)
    existed = any(first[stage.id] <= now for stage in spec.stages)
    then = {stage.id: stage for stage in rows_at(conn, Stage, [s.id for s in spec.stages], now)}
    stages = [
        replace(
            stage,
            key=then[stage.id].key,
            position=then[stage.id].position,
            retired=then[stage.id].retired_at is not None or (existed and first[stage.id] > now),
        )
        for stage in spec.stages
    ]
    ordered = sorted(stages, key=lambda stage: (stage.position, stage.id))
    row = rows_at(conn, Pipeline, [pipeline_id], now)[0]
    reasons = [(r.key, r.name) for r in all_at(conn, LossReason, now) if r.retired_at is None]
    return replace(spec, key=row.key, name=row.name, stages=tuple(ordered), reasons=tuple(reasons))


def _first(conn: Conn) -> dict[int, int]:
    """Since when there is each stage."""
    sql = "SELECT stage_id, min(effective_from) FROM stage_definition GROUP BY 1"
    return dict(conn.execute(sql).fetchall())


def of_stage(conn: Conn, stage_id: int, now: int) -> PipelineSpec:
    """The pipeline that the stage belongs to, as it stood at `now`."""
    found = conn.execute("SELECT pipeline_id FROM stage WHERE id = ?", (stage_id,)).fetchone()
    return stood(conn, found[0], now)


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
    """Every pipeline that there was and was not retired at `now`, with the stages that it had."""
    return [spec for spec, retired in known(conn, now) if not retired]


def known(conn: Conn, now: int) -> list[tuple[PipelineSpec, bool]]:
    """As `every`, without pipelines and stages that were added after `now`."""
    first = _first(conn)
    found = []
    for spec, retired in every(conn, now):
        stages = tuple(stage for stage in spec.stages if first[stage.id] <= now)
        found.append((replace(spec, stages=stages), retired))
    return [(spec, retired) for spec, retired in found if spec.stages]


def load_all(conn: Conn, now: int) -> list[PipelineSpec]:
    """Every pipeline that is not retired, in order, as `load`."""
    sql = "SELECT id FROM pipeline WHERE retired_at IS NULL ORDER BY position, id"
    return [load(conn, row[0], now) for row in conn.execute(sql).fetchall()]


def every(conn: Conn, now: int) -> list[tuple[PipelineSpec, bool]]:
    """All pipelines in order as they stood at `now`, each with whether it was retired."""
    ids = [row[0] for row in conn.execute("SELECT id FROM pipeline ORDER BY position, id")]
    rows = sorted(rows_at(conn, Pipeline, ids, now), key=lambda row: (row.position, row.id))
    return [(stood(conn, row.id, now), row.retired_at is not None) for row in rows]


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
