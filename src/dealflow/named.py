"""Named tuples that cost next to nothing to declare.

`typing.NamedTuple` writes and compiles a constructor for each class, and looks at each annotation,
whenever the program starts: 6 ms for the classes of one command, half of what Python takes to load
SQLite. Here a class gets the constructor that `collections.namedtuple` makes once the first of its
values is made, which of most classes none ever is. To type checkers it is `typing.NamedTuple`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NamedTuple
else:
    from collections import namedtuple
    from operator import itemgetter

    try:
        from _collections import _tuplegetter as _field  # as in collections: twice as fast
    except ImportError:

        def _field(at: int, doc: str) -> property:
            return property(itemgetter(at), doc=doc)

    class _Declared(type):
        """Makes the fields of what a class's body declares."""

        def __new__(cls, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> type:
            fields = tuple(space.get("__annotations__", ()))
            defaults = {field: space.pop(field) for field in fields if field in space}
            if tuple(defaults) != fields[len(fields) - len(defaults) :]:
                raise TypeError(f"{name}: a field without a default follows one that has one")
            space |= {field: _field(at, field) for at, field in enumerate(fields)}
            space |= {"__slots__": (), "__match_args__": fields}
            space |= {"_fields": fields, "_field_defaults": defaults}
            return super().__new__(cls, name, bases, space)

    class NamedTuple(tuple, metaclass=_Declared):
        """What `typing.NamedTuple` makes, and the class that all of them come from."""

        __slots__ = ()

        def __new__(cls, *values: Any, **given: Any) -> Self:
            defaults = cls._field_defaults.values()
            made = namedtuple(cls.__name__, cls._fields, defaults=defaults)  # noqa: PYI024
            cls.__new__ = made.__new__
            return made.__new__(cls, *values, **given)

        @classmethod
        def _make(cls, values: Iterable[Any]) -> Self:
            found = tuple.__new__(cls, values)
            if len(found) != len(cls._fields):
                raise TypeError(f"{cls.__name__} has {len(cls._fields)} fields, not {len(found)}")
            return found

        def _replace(self, **given: Any) -> Self:
            made = self._make(map(given.pop, self._fields, self))
            if given:
                raise ValueError(f"{type(self).__name__} has no field {', '.join(given)}")
            return made

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self) -> str:
            told = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
            return f"{type(self).__name__}({told})"

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)


__all__ = ["NamedTuple"]
