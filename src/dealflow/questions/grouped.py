"""Groups as a reader sees them: which were asked for, what they are called, and in what order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from dealflow.customfields import MARK
from dealflow.errors import UnknownWord, UsageError
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.questions.windows import plural
from dealflow.results import BOTH, MACHINE, TEXT, Column
from dealflow.stages import PipelineSpec
from dealflow.store.dimensions import DIMENSIONS, Dimension, dimensions, is_dated, labels
from dealflow.store.names import Names
from dealflow.store.scope import Scope

#: what the key of a group becomes: the cells that name it, and what it is sorted by
Named = tuple[tuple[Any, ...], tuple[Any, ...]]
STAGE_COLUMNS = (
    Column("pipeline", "pipeline", TEXT, MACHINE, "its key"),
    Column("stage", "stage", TEXT, MACHINE, "its key"),
    Column("stage_name", "stage", about="its name"),
)


def asked(
    ask: Ask, words: Sequence[str], own: Iterable[Dimension] = (), *, most: int = 2, dated: bool
) -> tuple[Dimension, ...]:
    """The dimensions that the words name: a report's own, those of the catalogue, custom fields.

    `dated`: whether what is counted has a month. Errors: UnknownWord, with the nearest; UsageError.
    """
    mine = {dimension.name: dimension for dimension in own}
    known = [*mine, *(name for name in DIMENSIONS if name not in mine)]
    found = []
    for place, word in enumerate(dict.fromkeys(words)):
        name = word.casefold().replace("_", "-")
        if name.startswith(MARK):
            from dealflow.questions.customfields import grouped

            found.append(grouped(ask, word, place))
        elif name not in known:
            raise UnknownWord("dimension", word, known)
        else:
            found.append(mine[name] if name in mine else dimensions([name])[0])
    if len(found) > most:
        raise UsageError(
            f"at most {plural(most, 'dimension')} can be asked for, not {len(found)}", "--by rep"
        )
    if not dated and is_dated(found):
        label = next(dimension.label for dimension in found if dimension.dated)
        raise UsageError(f"open deals have no {label}", "--by rep")
    return tuple(found)


def words_of(by: str | Sequence[str] | None) -> list[str]:
    """The words of --by, which can be repeated or separated by commas."""
    given = [by] if isinstance(by, str) else by or []
    return [word.strip() for words in given for word in words.split(",")]


class Groups(NamedTuple):
    """The columns that name a group, and what each key becomes."""

    columns: tuple[Column, ...]
    named: Callable[[tuple[Any, ...]], Named]

    @property
    def total(self) -> tuple[Any, ...]:
        """The cells of the line over all groups."""
        first = next((at for at, c in enumerate(self.columns) if c.on != MACHINE), None)
        return tuple("all" if at == first else None for at in range(len(self.columns)))


class _Axis(NamedTuple):
    columns: tuple[Column, ...]
    cells: Callable[[Any], tuple[Any, ...]]
    order: Callable[[Any], Any]


def groups(
    ask: Ask, about: Scope, by: Sequence[Dimension], specs: Sequence[PipelineSpec] = ()
) -> Groups:
    """What names the groups of these dimensions; stages stand in the order of their pipeline."""
    axes = [_axis(ask, about, dimension, specs) for dimension in by]

    def named(key: tuple[Any, ...]) -> Named:
        cells = [cell for axis, part in zip(axes, key, strict=True) for cell in axis.cells(part)]
        return tuple(cells), tuple(axis.order(part) for axis, part in zip(axes, key, strict=True))

    return Groups(tuple(column for axis in axes for column in axis.columns), named)


def _axis(ask: Ask, about: Scope, dimension: Dimension, specs: Sequence[PipelineSpec]) -> _Axis:
    if dimension.name == "stage":
        return _stages(specs or Names(ask.conn, ask.now, ask.me).pipelines)
    known = labels(about, dimension)
    column = Column(dimension.field, dimension.label, about=dimension.about)

    def label(part: Any) -> str | None:
        return part if known is None else known.get(part)

    return _Axis((column,), lambda part: (label(part),), lambda part: _order(label(part)))


def _order(label: str | None) -> tuple[bool, str]:
    """What has no value comes last."""
    return label is None, label or ""


def _stages(specs: Sequence[PipelineSpec]) -> _Axis:
    place = {
        stage.id: (number, stage.position)
        for number, spec in enumerate(specs)
        for stage in spec.stages
    }
    cells: Mapping[int, tuple[Any, ...]] = {
        stage.id: (spec.key, stage.key, stage.name) for spec in specs for stage in spec.stages
    }
    pipeline, *others = STAGE_COLUMNS
    several = sum(any(not s.retired for s in spec.stages) for spec in specs) > 1
    return _Axis(
        (pipeline._replace(on=BOTH if several else MACHINE), *others),
        lambda part: cells.get(part, (None, None, None)),
        lambda part: place.get(part, (len(specs), 0)),
    )
