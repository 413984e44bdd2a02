"""Installing pipelines, and changing their definitions without touching history."""

from __future__ import annotations

import json

from dealflow.actions import Actor, Done, moves
from dealflow.errors import AlreadyExists, BadDefinition, Conflict, NotFound, Refused, UsageError
from dealflow.model import (
    WON,
    LossReason,
    Opportunity,
    Pipeline,
    Setting,
    Stage,
    StageDefinition,
)
from dealflow.pipelines import REDEFINABLE, Change, Wish, is_key
from dealflow.questions import redefining
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store import pipelines
from dealflow.store.book import Book
from dealflow.store.settings import route
from dealflow.text import fold, tidy


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


def _definition(stage_id: int, stage: StageSpec, at: int) -> StageDefinition:
    return StageDefinition(
        stage_id=stage_id,
        effective_from=at,
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


def apply(by: Actor, new: PipelineSpec, wish: Wish, seen: tuple[str, ...] | None = None) -> Done:
    """Make a pipeline what `new` says; a new key installs a new pipeline.

    Stages are added, moved, retired and given keys now. What they mean changes from `wish.at` on;
    visits keep their stage, whatever it is called. A stage that is left out is retired; where open
    deals are there, `wish.homes` must say which takes them. `seen` is what somebody agreed to.
    Errors: as `redefining.planned`; Conflict where it would be something else by now.
    """
    plan = redefining.planned(by.book.conn, by.now, new, wish)
    if seen is not None and plan.told != seen:
        raise Conflict(f"pipeline {new.key} was changed meanwhile; nothing was done")
    if plan.old is None:
        made = install(by.book, new)
        return Done("pipeline", (made.id,), (*plan.told, *plan.warnings))
    row = by.book.load(Pipeline, plan.old.id)
    by.book.change(row, retired_at=None, name=new.name)
    for change in plan.changes:
        if change.reason is not None:
            _name_reason(by.book, *change.reason)
        elif change.kind not in {"retire", "rename"}:
            _put_stage(by.book, plan.old, change, wish.at)
    if plan.changes:
        _put_in_order(by.book, plan.old, new)
    for change in plan.changes:
        if change.kind == "retire":
            _retire(by, plan.old, change)
    said = plan.told or (f"pipeline {new.key} is as it was",)
    return Done("pipeline", (row.id,), (*said, *plan.warnings))


def _put_stage(book: Book, old: PipelineSpec, change: Change, at: int | None) -> None:
    """Add, bring back or redefine a stage; its position is settled for all stages at once."""
    assert change.stage is not None
    match change.kind:
        case "add":
            _add_stage(book, old.id, change.stage, change.stage.position)
        case "restore":
            book.change(book.load(Stage, change.stage.id), retired_at=None)
        case "rekey":
            book.change(book.load(Stage, change.stage.id), key=change.stage.key)
        case "redefine":
            _redefine(book, change.stage, book.now if at is None else at)


def _redefine(book: Book, stage: StageSpec, at: int) -> None:
    """A new definition; where one begins at that very instant, that one is put right."""
    new = _definition(stage.id, stage, at)
    row = book.find(StageDefinition, stage_id=stage.id, effective_from=at)
    if row is None:
        book.add(new)
    else:
        book.change(row, **{name: getattr(new, name) for name in REDEFINABLE})


def _put_in_order(book: Book, old: PipelineSpec, new: PipelineSpec) -> None:
    """The order of `new`; what is retired stays behind what it stood behind, never the won stage.

    A deal may stand there still, and moves on from its place.
    """
    rows = {row.id: row for row in book.where(Stage, pipeline_id=old.id)}
    order = [stage.key for stage in new.stages]
    before: str | None = None
    for stage in old.stages:
        key = rows[stage.id].key
        if key not in order:
            order.insert(0 if before is None else order.index(before) + 1, key)
        if stage.kind != WON:
            before = key
    for row in rows.values():
        book.change(row, position=order.index(row.key) + 1)


def _retire(by: Actor, old: PipelineSpec, change: Change) -> None:
    stage = change.stage
    assert stage is not None
    here = by.book.where(Opportunity, stage_id=stage.id, status="open")
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


# ── the pipelines themselves ──────────────────────────────────────────────────────────────────


def rename(by: Actor, word: str, name: str | None, key: str | None) -> Done:
    """Another name or key for a pipeline. Errors: NotFound, AlreadyExists, BadDefinition."""
    if name is None and key is None:
        raise UsageError("nothing to change", f"dealflow pipelines rename {word} --name NAME")
    row = _pipeline(by, word)
    new = {"name": tidy(name, "the name", 200)} if name is not None else {}
    if key is not None:
        if not is_key(key):
            raise BadDefinition(f"'{key}' is no key", "one word of letters, digits, _ and -")
        other = by.book.find(Pipeline, key=key)
        if other is not None and other.id != row.id:
            raise AlreadyExists("pipeline", key, "dealflow pipelines list")
        new["key"] = key
        for setting in by.book.where(Setting):
            if _points_at(setting, row.key):
                by.book.change(setting, value=key)
    changed = by.book.change(row, **new)
    told = f"pipeline {row.key} ({row.name}) is {changed.key} ({changed.name})"
    return Done("pipeline", (row.id,), (told if changed != row else f"{told} already",))


def retire(by: Actor, word: str) -> Done:
    """Take no more deals into a pipeline.

    Refused while open deals are there, while new ones go there without being told, and for the
    last one. `stages apply` of its document brings it back.
    """
    row = _pipeline(by, word)
    if row.retired_at is not None:
        return Done("pipeline", (row.id,), (f"pipeline {row.key} is retired already",))
    others = [other for other in by.book.where(Pipeline, retired_at=None) if other.id != row.id]
    if not others:
        raise Refused(f"{row.name} is the only pipeline", "dealflow stages apply FILE adds one")
    here = by.book.where(Opportunity, pipeline_id=row.id, status="open")
    if here:
        told = f"{len(here)} open deal{'s are' if len(here) != 1 else ' is'} in {row.name}"
        hint = (
            f"dealflow list pipeline:{row.key} -o ids | dealflow move - {others[0].key} --yes"
            " moves them"
        )
        raise Refused(told, hint, deals=[deal.id for deal in here])
    setting = next((s for s in by.book.where(Setting) if _points_at(s, row.key)), None)
    if setting is not None:
        hint = f"dealflow settings set {setting.key} {others[0].key}"
        raise Refused(f"new deals go to {row.name} ({setting.key})", hint)
    by.book.change(row, retired_at=by.now)
    return Done("pipeline", (row.id,), (f"retired pipeline {row.key} ({row.name})",))


def _points_at(setting: Setting, key: str) -> bool:
    return setting.value == key and (setting.key == "pipeline" or route(setting.key) is not None)


def _pipeline(by: Actor, word: str) -> Pipeline:
    rows = by.book.where(Pipeline)
    for row in sorted(rows, key=lambda row: row.retired_at is not None):
        if fold(word) in {fold(row.key), fold(row.name)}:
            return row
    raise NotFound("pipeline", word, [row.key for row in rows], "dealflow pipelines list")
