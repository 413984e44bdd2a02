"""What a report is grouped by, as asked for: dimensions of the catalogue, custom fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dealflow.customfields import MARK
from dealflow.questions import Ask
from dealflow.results import Column
from dealflow.store.dimensions import Dimension, dimensions, labels
from dealflow.store.scope import Scope

Group = tuple[str | None, ...]


def dimensions_of(ask: Ask, words: Sequence[str]) -> tuple[Dimension, ...]:
    """Those of the catalogue, and custom fields (`field:need`), each once.

    Errors: UnknownWord with the nearest; UsageError for a field that makes no groups.
    """
    if not any(word.casefold().startswith(MARK) for word in words):
        return dimensions(words)
    from dealflow.questions.customfields import grouped

    found = [
        grouped(ask, word, at) if word.casefold().startswith(MARK) else dimensions([word])[0]
        for at, word in enumerate(dict.fromkeys(words))
    ]
    return tuple({dimension.name: dimension for dimension in found}.values())


def columns_of(by: Iterable[Dimension]) -> tuple[Column, ...]:
    """A column for each dimension."""
    return tuple(Column(d.field, d.label, about=d.about) for d in by)


class Labels:
    """The labels of groups whose keys are ids, as of `now`."""

    def __init__(self, about: Scope, by: Sequence[Dimension]) -> None:
        self._names: list[Mapping[Any, str | None] | None] = [labels(about, one) for one in by]

    def of(self, key: tuple[Any, ...]) -> Group:
        """The group as people call it; None is without a value."""
        pairs = zip(key, self._names, strict=True)
        return tuple(part if known is None else known.get(part) for part, known in pairs)


def sorting(group: Group) -> str:
    """The group as one text, by which equals are ordered; those without a value come first."""
    return "\x1f".join("" if part is None else f" {part}" for part in group)
