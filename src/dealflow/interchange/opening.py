"""Before the first row: the pipelines and stages that a file names and the team has not, if wanted.

New stages stand in the order of their mean probability where the file gives each one, else in the
layout's own order, else in the one that such names usually have; `stages apply` changes that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dealflow.actions import Actor, lookup, pipelines
from dealflow.errors import NotFound, UsageError
from dealflow.interchange.fields import normal
from dealflow.interchange.layouts import Layout
from dealflow.interchange.outcomes import STATUS_OF
from dealflow.interchange.survey import StageSeen
from dealflow.model import OPEN, WON, Pipeline
from dealflow.named import NamedTuple
from dealflow.pipelines import Wish
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.text import fold


class Named(NamedTuple):
    """What the file names: by its word for a pipeline, its stages."""

    stages: Mapping[str, Mapping[str, StageSeen]]
    words: Mapping[str, str]
    """Folded word of the file for a stage → our word, as --value or the layout say."""
    lines: Mapping[str, str]
    """The same for pipelines."""


class Opened(NamedTuple):
    """By the file's word for a pipeline, ours; and what is to be said of it."""

    lines: dict[str, PipelineSpec]
    notes: tuple[str, ...]


def opened(
    by: Actor, named: Named, pipeline: str | None, create: frozenset[str], layout: Layout | None
) -> Opened:
    """The pipelines that rows go to. Error: NotFound for a pipeline that may not be made.

    One that is told takes all rows; else each goes where its own word says. Where the file names a
    single one that is unknown, that is taken for the database's own choice.
    """
    found: dict[str, PipelineSpec] = {}
    notes: list[str] = []
    words = list(named.stages) or [""]
    for word in words:
        ours = pipeline or named.lines.get(fold(word), word) or None
        there = _pipeline(by, ours)
        exact = layout is not None and layout.exact
        if there is None and exact and by.book.find(Pipeline, name=ours or ""):
            continue  # it is retired: its deals are known by it
        if there is None and "pipelines" in create and ours:
            spec = _new(ours, _ordered(_unknown(None, named, words, word, pipeline), layout))
            pipelines.apply(by, spec, Wish())
            there = lookup.pipeline(by, spec.key)
            notes.append(f"made pipeline {there.name}: {_told(there.open_stages)}")
        elif there is None and pipeline is None and len(words) == 1 and not exact:
            there = lookup.pipeline(by, None)
            notes.append(f"pipeline '{word}' of the file is taken for {there.name}")
        if there is not None:
            found[word] = there
    if "stages" in create:
        for line in {spec.key: spec for spec in found.values()}.values():
            own = [word for word, spec in found.items() if spec.key == line.key]
            new = _ordered([one for word in own for one in _missing(line, named, word)], layout)
            if new:
                larger = _with(line, new)
                pipelines.apply(by, larger, Wish())
                made = lookup.pipeline(by, line.key)
                found |= dict.fromkeys(own, made)
                notes.append(f"made stages in {line.name}: {_told(new)}")
    return Opened(found, tuple(notes))


def _pipeline(by: Actor, word: str | None) -> PipelineSpec | None:
    try:
        return lookup.pipeline(by, word)
    except NotFound:
        if word is None:
            raise
        return None


def _unknown(
    line: PipelineSpec | None, named: Named, words: Sequence[str], word: str, told: str | None
) -> list[StageSeen]:
    """The stages of a new pipeline: those that go with it, or all where it takes every row."""
    every = words if told else [word]
    seen = {one.word: one for each in every for one in _missing(line, named, each)}
    return list(seen.values())


def _missing(line: PipelineSpec | None, named: Named, word: str) -> list[StageSeen]:
    """The stages of the file that are neither ours nor an outcome."""
    found = []
    for key, seen in named.stages.get(word, {}).items():
        ours = named.words.get(key, seen.word)
        if not ours or normal(ours) in STATUS_OF or (line and _has(line, ours)):
            continue
        found.append(replace(seen, word=ours))
    return list({fold(one.word): one for one in found}.values())


def _has(line: PipelineSpec, word: str) -> bool:
    told = fold(word)
    return any(told in {fold(stage.key), fold(stage.name)} for stage in line.stages)


def _ordered(stages: Sequence[StageSeen], layout: Layout | None) -> list[StageSeen]:
    known = {normal(name): at for at, name in enumerate(layout.stages)} if layout else {}
    if all(normal(one.word) in known for one in stages):
        return sorted(stages, key=lambda one: known[normal(one.word)])
    if all(one.shares for one in stages):
        return sorted(stages, key=lambda one: sum(one.shares) / len(one.shares))
    return sorted(stages, key=lambda one: (known.get(normal(one.word), len(known)), _usual(one)))


#: what stages of sales are usually about, in the order in which they come
_USUAL = tuple(
    re.compile(told)
    for told in (
        "new|lead|prospect|线索|潜在|初步",
        "attempt|contact|appoint|接触|联系",
        "qualif|discover|need|engag|需求|意向|立项",
        "demo|present|value|演示|验证",
        "propos|quote|offer|方案|报价|投标",
        "decision|percept|negotiat|review|谈判|商务",
        "contract|legal|verbal|commit|合同|签",
    )
)


def _usual(one: StageSeen) -> int:
    """Where a stage of this name usually comes; in the middle where nothing says so."""
    told = fold(one.word)
    found = (at for at, words in enumerate(_USUAL) if words.search(told))
    return next(found, len(_USUAL) // 2)


def _new(name: str, stages: Sequence[StageSeen]) -> PipelineSpec:
    if not stages:
        raise UsageError(f"the file names no stage of pipeline '{name}'", "dealflow stages list")
    base = PipelineSpec(key=_key(name, ()), name=name, stages=())
    won = StageSpec(key="won", name="Won", kind=WON, position=len(stages) + 1)
    return replace(_with(base, stages), stages=(*_with(base, stages).stages, won))


def _with(line: PipelineSpec, new: Sequence[StageSeen]) -> PipelineSpec:
    """The pipeline with new stages behind its open ones, before it is won."""
    keys = {stage.key for stage in line.stages}
    made = []
    for one in new:
        key = _key(one.word, keys)
        keys.add(key)
        made.append(StageSpec(key=key, name=one.word))
    live = [stage for stage in line.stages if not stage.retired]
    stages = [s for s in live if s.kind == OPEN] + made + [s for s in live if s.kind != OPEN]
    placed = tuple(replace(stage, position=at) for at, stage in enumerate(stages, 1))
    return replace(line, stages=placed)


def _key(name: str, taken: Iterable[str]) -> str:
    """A key to type: `Id. Decision Makers` → `id-decision-makers`."""
    key = re.sub(r"[\W_]+", "-", fold(name)).strip("-")[:36] or "stage"
    key = f"s{key}" if key[0].isdigit() else key
    number, unique = 1, key
    while unique in taken or unique == "won":
        number += 1
        unique = f"{key}-{number}"
    return unique


def _told(stages: Iterable[StageSpec | StageSeen]) -> str:
    return ", ".join(one.name if isinstance(one, StageSpec) else one.word for one in stages)
