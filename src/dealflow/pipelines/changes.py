"""What an edit of a pipeline's document changes, one step at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from typing import Literal

from dealflow.errors import BadDefinition
from dealflow.frozen import Frozen
from dealflow.model import WON
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.text import fold

#: more open stages than this, and people pick one at random
MANY_STAGES = 8

Kind = Literal["rename", "add", "restore", "redefine", "move", "retire", "reason", "rekey"]

#: what a definition says of a stage
REDEFINABLE = (
    "name",
    "standard",
    "activities",
    "result",
    "probability",
    "expected_days",
    "requires",
    "signals",
    "plan",
)


class Change(Frozen):
    """One step from a stored definition to an edited one; `sentence` tells it in one line."""

    kind: Kind
    sentence: str
    stage: StageSpec | None = None
    """As it is to be, under its stored id; for `retire`, as it was."""
    fields: tuple[str, ...] = ()
    """What `redefine` changes."""
    home: str | None = None
    """For `retire`: the key of the stage that takes its open deals."""
    reason: tuple[str, str] | None = None
    """For `reason`: the key, and the name it gets."""


class Wish(Frozen):
    """What is said of an edit beside the document."""

    homes: Mapping[str, str] = field(default_factory=dict)
    """By key of a stage that is left out: the stage that takes its open deals."""
    renames: Mapping[str, str] = field(default_factory=dict)
    """By the key that a stage has: the one that it gets."""
    at: int | None = None
    """From when on the definitions hold; from now on if None."""


def plan_definition_change(
    old: PipelineSpec,
    new: PipelineSpec,
    wish: Wish | None = None,
    there: Mapping[str, int] | None = None,
) -> tuple[Change, ...]:
    """What makes `old` into `new`, in the order in which it is applied; nothing when they agree.

    A stage is known by its key. One that comes under a new key and has the name of a stage that the
    document leaves out is that stage, as is one that `renames` says so of. `homes` says where the
    open deals of a stage go that is retired; `there` how many there are, by key, for the sentences.
    The positions to store are those of `new`. Loss reasons are added and renamed, never retired:
    other pipelines share them. BadDefinition for a home or a rename that is no use, and for a stage
    that would turn from open into won: its history would read differently.
    """
    wish = wish or Wish()
    keys = _rekeyed(old, new, wish.renames)
    was = replace(old, stages=tuple(replace(s, key=keys.get(s.key, s.key)) for s in old.stages))
    retired = [s for s in _live(was) if s.key not in {kept.key for kept in _live(new)}]
    homes = {key: _home(new, retired, key, word) for key, word in wish.homes.items()}
    return (
        *_renamed(old, new),
        *(_rekey(old, key, to) for key, to in keys.items()),
        *(change for stage in _live(new) for change in _stage_changes(was, new, stage)),
        *(_retirement(stage, homes.get(stage.key), there) for stage in retired),
        *_reasons(old, new),
    )


def _rekeyed(old: PipelineSpec, new: PipelineSpec, told: Mapping[str, str]) -> dict[str, str]:
    """Which stages get another key, and which."""
    known = {stage.key for stage in old.stages}
    left_out = {s.key: s for s in _live(old) if s.key not in {kept.key for kept in new.stages}}
    come = {stage.key: stage for stage in new.stages if stage.key not in known}
    for key, to in told.items():
        if key not in left_out or to not in come:
            why = "is not left out" if key not in left_out else f"is not followed by a new '{to}'"
            raise BadDefinition(f"stage '{key}' {why}: it cannot be the one that is renamed")
    found = dict(told)
    for stage in come.values():
        for same in left_out.values():
            named = fold(same.name) == fold(stage.name) and same.kind == stage.kind
            if named and same.key not in found and stage.key not in found.values():
                found[same.key] = stage.key
    return found


def _rekey(old: PipelineSpec, key: str, to: str) -> Change:
    stage = next(stage for stage in old.stages if stage.key == key)
    sentence = f"rename the key of {stage.name}: {key} → {to}"
    return Change(kind="rekey", stage=replace(stage, key=to), sentence=sentence)


def too_many_stages(pipeline: PipelineSpec) -> str | None:
    """A warning where a pipeline has more open stages than people can tell apart."""
    n = len(pipeline.open_stages)
    if n <= MANY_STAGES:
        return None
    return f"{n} open stages are many: past {MANY_STAGES}, people pick one at random"


def _live(pipeline: PipelineSpec) -> list[StageSpec]:
    return [stage for stage in pipeline.stages if not stage.retired]


def _home(new: PipelineSpec, retired: list[StageSpec], key: str, word: str) -> str:
    """The key of the open stage that takes the deals of `key`."""
    if key not in {stage.key for stage in retired}:
        raise BadDefinition(f"stage '{key}' is not being retired, its deals stay where they are")
    home = new.stage(word)
    if home.kind == WON:
        raise BadDefinition(f"the deals of '{key}' are open and cannot go to '{home.key}'")
    return home.key


def _renamed(old: PipelineSpec, new: PipelineSpec) -> Iterable[Change]:
    if old.name != new.name:
        yield Change(kind="rename", sentence=f"rename the pipeline: {old.name} → {new.name}")


def _stage_changes(old: PipelineSpec, new: PipelineSpec, stage: StageSpec) -> Iterable[Change]:
    """What becomes of one stage of the edited document."""
    told = f"{stage.key} ({stage.name})"
    was = next((s for s in old.stages if s.key == stage.key), None)
    if was is None:
        yield Change(kind="add", stage=stage, sentence=f"add stage {stage.position}, {told}")
        return
    if was.kind != stage.kind:
        raise BadDefinition(f"stage '{stage.key}' cannot turn from {was.kind} into {stage.kind}")
    stage = replace(stage, id=was.id)
    if was.retired:
        yield Change(kind="restore", stage=stage, sentence=f"bring back {told}")
    if fields := tuple(f for f in REDEFINABLE if getattr(was, f) != getattr(stage, f)):
        changes = "; ".join(_changed(f, was, stage) for f in fields)
        sentence = f"redefine {stage.key}: {changes}"
        yield Change(kind="redefine", stage=stage, fields=fields, sentence=sentence)
    if stage.key in _moved(old, new):
        yield Change(kind="move", stage=stage, sentence=f"move {told} to {stage.position}")


def _changed(field: str, was: StageSpec, stage: StageSpec) -> str:
    return f"{field} {_shown(getattr(was, field))} → {_shown(getattr(stage, field))}"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        value = ", ".join(map(str, value))
    return "none" if value is None or value == "" else str(value)


def _moved(old: PipelineSpec, new: PipelineSpec) -> set[str]:
    """The stages with another place among those that stay."""
    stay = {stage.key for stage in _live(old)} & {stage.key for stage in _live(new)}
    before = [stage.key for stage in _live(old) if stage.key in stay]
    after = [stage.key for stage in _live(new) if stage.key in stay]
    return {key for was, key in zip(before, after, strict=True) if was != key}


def _retirement(stage: StageSpec, home: str | None, there: Mapping[str, int] | None) -> Change:
    sentence = f"retire {stage.key} ({stage.name})"
    if there is None:
        goes = f", its deals go to {home}" if home else ""
    else:
        number = there.get(stage.key, 0)
        deals = f"its {number} open deals go" if number != 1 else "its open deal goes"
        goes = f", {deals} to {home or '?'}" if number else ", no open deal is there"
    return Change(kind="retire", stage=stage, home=home, sentence=sentence + goes)


def _reasons(old: PipelineSpec, new: PipelineSpec) -> Iterable[Change]:
    names = dict(old.reasons)
    for key, name in new.reasons:
        if key not in names:
            yield Change(kind="reason", reason=(key, name), sentence=f"add reason {key} ({name})")
        elif names[key] != name:
            sentence = f"rename reason {key}: {names[key]} → {name}"
            yield Change(kind="reason", reason=(key, name), sentence=sentence)
