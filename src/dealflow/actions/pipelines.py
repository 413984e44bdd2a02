"""Installing pipelines, and changing their definitions without touching history."""

from __future__ import annotations

import json

from dealflow.actions import Actor, Done, moves
from dealflow.errors import Refused
from dealflow.model import WON, LossReason, Opportunity, Pipeline, Stage, StageDefinition
from dealflow.pipelines import Change, plan_definition_change
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store import pipelines
from dealflow.store.book import Book


def install(book: Book, spec: PipelineSpec) -> PipelineSpec:
    """Store a new pipeline with its stages, first definitions and loss reasons."""
    position = len(book.where(Pipeline)) + 1
    row = book.add(Pipeline(key=spec.key, name=spec.name, position=position))
    for number, stage in enumerate(spec.stages, 1):
        _add_stage(book, row.id, stage, number)
    _add_reasons(book, spec)
    return pipelines.load(book.conn, row.id, book.now)


def _add_stage(book: Book, pipeline_id: int, stage: StageSpec, position: int) -> None:
    row = book.add(
        Stage(pipeline_id=pipeline_id, key=stage.key, position=position, kind=stage.kind)
    )
    book.add(_definition(row.id, stage, book.now))


def _definition(stage_id: int, stage: StageSpec, now: int) -> StageDefinition:
    return StageDefinition(
        stage_id=stage_id,
        effective_from=now,
        name=stage.name,
        standard=stage.standard,
        activities=_texts(stage.activities),
        result=stage.result,
        probability=stage.probability,
        expected_days=stage.expected_days,
        requires=_texts(stage.requires),
        signals=_texts(stage.signals),
        plan=_texts(stage.plan) if stage.plan else None,
    )


def _texts(items: tuple[object, ...]) -> str:
    return json.dumps([str(item) for item in items], ensure_ascii=False)


def _add_reasons(book: Book, spec: PipelineSpec) -> None:
    known = {row.key for row in book.where(LossReason)}
    for key, name in spec.reasons:
        if key not in known:
            book.add(LossReason(key=key, name=name))


def apply(by: Actor, new: PipelineSpec, homes: dict[str, str]) -> Done:
    """Make a pipeline what `new` says; a new key installs a new pipeline.

    A changed definition takes effect now; visits keep their stage, whatever it is called. A stage
    that is left out is retired; where open deals are there, `homes` must say which takes them.
    """
    row = by.book.find(Pipeline, key=new.key)
    if row is None:
        made = install(by.book, new)
        return Done("pipeline", (made.id,), (f"added pipeline {new.key}",))
    old = pipelines.load(by.book.conn, row.id, by.now)
    changes = plan_definition_change(old, new, homes)
    for change in changes:
        if change.kind == "rename":
            by.book.change(row, name=new.name)
        elif change.reason is not None:
            _name_reason(by.book, *change.reason)
        elif change.kind != "retire":
            _put_stage(by.book, old, change)
    if changes:
        _put_in_order(by.book, old, new)
    for change in changes:
        if change.kind == "retire":
            _retire(by, old, change)
    said = tuple(change.sentence for change in changes)
    return Done("pipeline", (row.id,), said or (f"pipeline {new.key} is as it was",))


def _put_stage(book: Book, old: PipelineSpec, change: Change) -> None:
    """Add, bring back or redefine a stage; its position is settled for all stages at once."""
    assert change.stage is not None
    match change.kind:
        case "add":
            _add_stage(book, old.id, change.stage, change.stage.position)
        case "restore":
            book.change(book.load(Stage, change.stage.id), retired_at=None)
        case "redefine":
            book.add(_definition(change.stage.id, change.stage, book.now))


def _put_in_order(book: Book, old: PipelineSpec, new: PipelineSpec) -> None:
    """The order of `new`; what is retired stays behind what it stood behind, never the won stage.

    A deal may stand there still, and moves on from its place.
    """
    order = [stage.key for stage in new.stages]
    before: str | None = None
    for stage in old.stages:
        if stage.key not in order:
            order.insert(0 if before is None else order.index(before) + 1, stage.key)
        if stage.kind != WON:
            before = stage.key
    for row in book.where(Stage, pipeline_id=old.id):
        book.change(row, position=order.index(row.key) + 1)


def _retire(by: Actor, old: PipelineSpec, change: Change) -> None:
    stage = change.stage
    assert stage is not None
    here = by.book.where(Opportunity, stage_id=stage.id, status="open")
    if here and change.home is None:
        raise Refused(
            f"{len(here)} open deals are in {stage.name}, which the new definition leaves out",
            f"--home {stage.key}=STAGE says where they go",
            deals=[deal.id for deal in here],
        )
    if here:
        line = pipelines.load(by.book.conn, old.id, by.now)
        home = line.stage(change.home or "")
        for deal in here:
            moves.rehome(by, deal, line.by_id(stage.id), home)
    by.book.change(by.book.load(Stage, stage.id), retired_at=by.now)


def _name_reason(book: Book, key: str, name: str) -> None:
    row = book.find(LossReason, key=key)
    if row is None:
        book.add(LossReason(key=key, name=name))
    else:
        book.change(row, name=name)
