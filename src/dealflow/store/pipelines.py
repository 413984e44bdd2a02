"""Reading pipelines: the stage rows and the definitions in force, as the stage machine's values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from dealflow.errors import BadDefinition, Damaged
from dealflow.requirements import parse_requirement
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.steps import parse_step
from dealflow.store.conn import Conn
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


def load_all(conn: Conn, now: int) -> list[PipelineSpec]:
    """Every pipeline that is not retired, in order."""
    sql = "SELECT id FROM pipeline WHERE retired_at IS NULL ORDER BY position, id"
    return [load(conn, row[0], now) for row in conn.execute(sql).fetchall()]


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
