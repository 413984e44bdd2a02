"""Frozen dataclasses that cost nothing to declare.

`@dataclass(frozen=True)` writes and compiles six methods for every class each time the program
starts: 17 ms for the rows of model.py, as long as Python itself takes to load SQLite. Here every
class inherits the same six. `dataclasses.fields` and `replace` work, and type checkers see each
class's own keyword arguments (PEP 681).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, fields
from typing import Any, ClassVar, NoReturn, cast, dataclass_transform


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Frozen:
    """A value: made from keyword arguments, compared by its content, never changed.

    `class Count(Frozen, kw_only=False)` can be made, and matched, by position as well.
    """

    __match_args__: ClassVar[tuple[str, ...]] = ()
    _fields: ClassVar[tuple[str, ...]] = ()
    _needed: ClassVar[frozenset[str]] = frozenset()
    _made: ClassVar[tuple[tuple[str, Callable[[], Any]], ...]] = ()
    """Fields that get a fresh value of their own where none is given."""

    def __init_subclass__(cls, *, kw_only: bool = True) -> None:
        cls.__doc__ = cls.__doc__ or cls.__name__  # else dataclass spells out the signature, slowly
        declared = dataclass(init=False, repr=False, eq=False, kw_only=kw_only)(cls)
        found = fields(cast("Any", declared))
        made = [(field.name, field.default_factory) for field in found]
        cls._fields = tuple(field.name for field in found)
        cls._made = tuple((name, make) for name, make in made if make is not MISSING)
        absent = {field.name for field in found if field.default is MISSING}
        cls._needed = frozenset(absent - {name for name, _ in cls._made})

    def __init__(self, *values: Any, **given: Any) -> None:
        content = {**dict(zip(self.__match_args__, values, strict=False)), **given}
        fits = self._needed <= content.keys() <= set(self._fields)
        if not fits or len(content) != len(values) + len(given):
            told = ", ".join([*map(repr, values), *given])
            raise TypeError(f"{type(self).__name__} takes {', '.join(self._fields)}; given {told}")
        for name, made in self._made:
            content.setdefault(name, made())
        self.__dict__.update(content)  # what is not given is read from the class

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise FrozenInstanceError(f"cannot assign to {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"cannot delete {name}")

    def _content(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self._fields)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._content() == other._content()

    def __hash__(self) -> int:
        return hash(self._content())

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields)
        return f"{type(self).__name__}({told})"
