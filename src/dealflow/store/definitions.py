"""What a stage meant, and who wrote it: its definitions in the order in which they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dealflow.named import NamedTuple
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store import pipelines
from dealflow.store.cohort import Cohort
from dealflow.store.conn import Conn
from dealflow.store.scope import Scope

#: each instant from which a definition holds, with the command that wrote it last
_SINCE = """
    SELECT d.effective_from, c.actor, c.at, c.id FROM stage_definition d
    LEFT JOIN change x ON x.id = (SELECT max(y.id) FROM change y WHERE y.entity = 'stage_definition'
        AND y.kind IN ('add', 'edit') AND d.id BETWEEN y.row_id AND y.last_id)
    LEFT JOIN command c ON c.id = x.command_id
    WHERE d.stage_id = :stage ORDER BY d.effective_from, d.id
"""


class Defined(NamedTuple):
    """One definition: what it says, from when on, and who wrote it when."""

    spec: StageSpec
    since: int
    by: str | None
    at: int | None
    command: int | None


def of_stage(conn: Conn, pipeline: PipelineSpec, stage: StageSpec, now: int) -> list[Defined]:
    """Every definition of the stage, the earliest first; of two at one instant the last.

    Those to come are the ones that had been written by `now`.
    """
    found: dict[int, Defined] = {}
    for since, by, at, command in conn.execute(_SINCE, {"stage": stage.id}).fetchall():
        if since > now and at is not None and at > now:
            continue
        spec = pipelines.load(conn, pipeline.id, since).by_id(stage.id)
        found[since] = Defined(replace(spec, key=stage.key, retired=False), since, by, at, command)
    return list(found.values())


def redefined(about: Scope, cohort: Cohort) -> Sequence[tuple[int, int]]:
    """Stage and instant of each new definition that came in force within the window, by now."""
    listed = ", ".join(map(str, cohort.stages)) or "NULL"
    tests = ["x.effective_from <= :now", f"x.stage_id IN ({listed})"]
    tests += ["x.effective_from >= :start"] * (cohort.start is not None)
    tests += ["x.effective_from < :end"] * (cohort.end is not None)
    sql = f"""SELECT x.stage_id, x.effective_from FROM stage_definition x
        WHERE {" AND ".join(tests)} AND EXISTS (SELECT 1 FROM stage_definition y
            WHERE y.stage_id = x.stage_id AND y.effective_from < x.effective_from)
        ORDER BY x.effective_from, x.stage_id"""
    values = about.values | {"start": cohort.start, "end": cohort.end}
    return about.conn.execute(sql, values).fetchall()
