"""What lasts: deals until they close, stays until they end, in lines that can be compared."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from dealflow.analytics.quantiles import median
from dealflow.analytics.timing import Timing, timing
from dealflow.errors import NotFound
from dealflow.model import ADVANCED, LOST, RETURNED, VOID, WON
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.questions.funnels import open_stages
from dealflow.questions.grouped import groups
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store import durations as store
from dealflow.store.dimensions import DIMENSIONS, Dimension
from dealflow.store.durations import DAY, HOUR, Durations, Lasted, Stays
from dealflow.store.grouping import Window
from dealflow.store.scope import Scope

#: the ways to end that are told apart: a win is the way forward, as is a later stage
FORWARD, OTHER = "forward", "other"
WAYS = (FORWARD, LOST, OTHER)
_WAY_OF = {WON: FORWARD, ADVANCED: FORWARD, LOST: LOST, VOID: OTHER, RETURNED: OTHER}
CYCLE = "creation to close"


class Asking(NamedTuple):
    """What the lines of one report are of."""

    ask: Ask
    about: Scope
    window: Window
    last: int
    """Up to how many days the ways to end are told apart."""


class Line(NamedTuple):
    """What a row is of, before it is told."""

    cells: tuple[Any, ...]
    of: str
    """The stage, or CYCLE."""
    timing: Timing
    unit: int
    """Seconds of one unit of the durations."""
    days_to_win: float | None = None


def stages(asking: Asking, specs: Sequence[PipelineSpec], word: str | None) -> Iterator[Line]:
    """For each pipeline that deals were in: from creation to close, and each of its stages.

    With a word, only the stage that is so called. Cells: keys of pipeline and stage, and its name.
    """
    wanted = _found(specs, word)
    known = _stays(asking, wanted, (), HOUR)
    cycles = {} if word else _cycles(asking, (DIMENSIONS["pipeline"],))
    for spec in specs:
        mine = [stage for stage in open_stages(spec) if stage in wanted and _is_shown(stage, known)]
        used = any((stage.id,) in known for stage in mine)
        if (spec.id,) in cycles:
            yield _cycle(asking, (spec.key, None, CYCLE), cycles[spec.id,])
        elif not used and len(specs) > 1:
            continue
        for stage in mine:
            lasted = known.get((stage.id,), Lasted({}, Counter()))
            yield _stay(asking, (spec.key, stage.key, stage.name), lasted, HOUR)


class Grouped(NamedTuple):
    """A line for each group, and one of them all."""

    lines: list[Line]
    total: Line


def grouped(
    asking: Asking, by: tuple[Dimension, ...], specs: Sequence[PipelineSpec], word: str | None
) -> Grouped:
    """From creation to close, or in the stage that is named; a deal of two products counts once.

    In groups stays are counted by the day: there may be hundreds of groups.
    """
    named = groups(asking.ask, asking.about, by)
    found = _by_group(asking, by, specs, word)
    together: dict[tuple[Any, ...], list[Lasted]] = defaultdict(list)
    order: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for key, lasted in found.items():
        cells, order[cells] = named.named(key)
        together[cells].append(lasted)
    doubled = any(dimension.several for dimension in by)
    whole = _by_group(asking, (), specs, word) if doubled else found
    lines = [
        _line(asking, cells, _sum(together[cells]), word)
        for cells in sorted(together, key=order.__getitem__)
    ]
    return Grouped(lines, _line(asking, named.total, _sum(whole.values()), word))


def _by_group(
    asking: Asking, by: tuple[Dimension, ...], specs: Sequence[PipelineSpec], word: str | None
) -> Durations:
    if word is None:
        return _cycles(asking, by)
    found = _stays(asking, _found(specs, word), by, DAY)
    return {key[1:]: lasted for key, lasted in found.items()}


def _line(asking: Asking, cells: tuple[Any, ...], lasted: Lasted, word: str | None) -> Line:
    return _stay(asking, cells, lasted, DAY) if word else _cycle(asking, cells, lasted)


def _cycles(asking: Asking, by: tuple[Dimension, ...]) -> Durations:
    return store.cycles(asking.about, by, asking.window, asking.ask)


def _stays(
    asking: Asking, stages: Sequence[StageSpec], by: tuple[Dimension, ...], unit: int
) -> Durations:
    ids = tuple(stage.id for stage in stages)
    return store.stays(asking.about, Stays(ids, by, asking.window, unit), asking.ask)


def stage_named(specs: Sequence[PipelineSpec], word: str) -> StageSpec:
    """The first stage with this key or name. Error: NotFound, with the nearest."""
    return _found(specs, word)[0]


def _found(specs: Sequence[PipelineSpec], word: str | None) -> list[StageSpec]:
    """The open stages, or the one with this key or name. Error: NotFound, with the nearest."""
    if word is None:
        return [stage for spec in specs for stage in open_stages(spec)]
    failed: NotFound | None = None
    for spec in specs:
        try:
            return [spec.stage(word)]
        except NotFound as missing:
            failed = failed or missing
    raise failed or NotFound("stage", word)


def _is_shown(stage: StageSpec, known: Mapping[tuple[Any, ...], Lasted]) -> bool:
    return (stage.id,) in known or not stage.retired


def _sum(parts: Iterable[Lasted]) -> Lasted:
    ended: dict[str, Counter[int]] = defaultdict(Counter)
    going: Counter[int] = Counter()
    for part in parts:
        going.update(part.going)
        for way, counts in part.ended.items():
            ended[way].update(counts)
    return Lasted(ended, going)


def _cycle(asking: Asking, cells: tuple[Any, ...], lasted: Lasted) -> Line:
    won = median(lasted.ended.get(WON, {}))
    return Line(cells, CYCLE, _timing(asking, lasted, DAY), DAY, won)


def _stay(asking: Asking, cells: tuple[Any, ...], lasted: Lasted, unit: int) -> Line:
    return Line(cells, str(cells[-1]), _timing(asking, lasted, unit), unit)


def _timing(asking: Asking, lasted: Lasted, unit: int) -> Timing:
    ended: dict[str, Counter[int]] = defaultdict(Counter)
    for ending, counts in lasted.ended.items():
        ended[_WAY_OF[ending]].update(counts)
    return timing(ended, lasted.going, asking.last * DAY // unit)
