"""Other systems' exports, each described by a file: what it is known by, and what its words mean.

A new system is a new TOML file here, or in the folder `layouts` beside the user's settings: see
docs/importing.md. The user's own come first.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cache
from typing import Any

from dealflow.errors import BadDefinition, UnknownWord, Unusable
from dealflow.frozen import Frozen
from dealflow.interchange.conventions import NUMBERS, ORDERS
from dealflow.interchange.fields import Kind, kind_named, normal
from dealflow.named import NamedTuple

_TABLES = {
    "recognise": {"all", "any", "least", "none"},
    "columns": None,
    "values": None,
    "only": None,
    "": {
        *("name", "kind", "system", "key", "ids", "dates", "numbers", "percent", "footers"),
        *("history", "stages", "entered_late", "default", "blank", "exact", "beside", "groups"),
    },
}


class Layout(Frozen):
    """An export of another system. Headings are compared without case, blanks and punctuation."""

    key: str
    """What it is called on the command line: the name of its file."""
    name: str
    kind: Kind
    system: str
    """What ids of this system begin with, as they are kept: `system:id`."""
    every: tuple[str, ...]
    """Headings that are all there."""
    some: tuple[str, ...] = ()
    """Headings of which at least `least` are there."""
    least: int = 0
    never: tuple[str, ...] = ()
    """Headings that another layout has."""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Field → its headings, the better one first."""
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Field → word of the system → ours; an empty one stands for nothing."""
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Heading → the cells with which a row counts."""
    identity: tuple[str, ...] = ()
    """The fields that tell rows apart where no column has an id."""
    ids: frozenset[str] = frozenset()
    """Fields whose cells are ids of the system, not names."""
    dates: str | None = None
    numbers: str | None = None
    percent: frozenset[str] = frozenset()
    """Fields whose bare numbers are percents."""
    footers: tuple[str, ...] = ()
    """What the first cell of lines below the rows begins with."""
    groups: bool = False
    """Whether rows stand in groups, each with its name and the heading above and sums below."""
    blank: tuple[str, ...] = ()
    """Cells that say nothing: `-`, `N/A`."""
    history: str = ""
    """A pattern for headings of when a deal came to a stage: its groups `stage` and `pipeline`."""
    stages: tuple[str, ...] = ()
    """The system's own stages in their order."""
    entered_late: bool = False
    """Whether a creation date is when the row was entered, which may be after the close."""
    default: str | None = None
    """What an activity is that does not say."""
    exact: bool = False
    """Whether cells are meant to the letter, and ids need no system: dealflow's own exports."""
    beside: frozenset[str] = frozenset()
    """Headings of what is there for people only."""
    path: str = ""


class Match(NamedTuple):
    """The layout that a heading fits, and the headings that say so."""

    layout: Layout
    evidence: tuple[str, ...]


def every(folder: str | None) -> list[Layout]:
    """All layouts, the user's own first. Errors: BadDefinition, Unusable."""
    own = list(_own(folder)) if folder else []
    taken = {layout.key for layout in own}
    return [*own, *(layout for layout in _built_in() if layout.key not in taken)]


def named(word: str, folder: str | None) -> Layout:
    """The layout of this name. Error: UnknownWord."""
    known = every(folder)
    found = next((layout for layout in known if layout.key == word.strip().casefold()), None)
    if found is None:
        raise UnknownWord("layout", word, [layout.key for layout in known])
    return found


def recognised(heading: Sequence[str], known: Sequence[Layout], kind: Kind | None) -> Match | None:
    """The layout of which most headings are there; of equal ones the first."""
    told = {normal(name): name for name in reversed(heading) if normal(name)}
    best: tuple[tuple[int, int], Match] | None = None
    for layout in known:
        if kind not in {None, layout.kind}:
            continue
        evidence = _evidence(layout, told)
        if evidence:
            columns = sum(any(n in told for n in names) for names in layout.columns.values())
            rank = (len(evidence), columns)
            if best is None or rank > best[0]:
                best = (rank, Match(layout, evidence))
    return best[1] if best else None


def _evidence(layout: Layout, told: Mapping[str, str]) -> tuple[str, ...]:
    """The headings of the file that speak for the layout; none where it is another one's."""
    if not all(name in told for name in layout.every) or any(n in told for n in layout.never):
        return ()
    some = [name for name in layout.some if name in told]
    if len(some) < layout.least:
        return ()
    return tuple(told[name] for name in (*layout.every, *some))


# ── their files ───────────────────────────────────────────────────────────────────────────────


@cache
def _built_in() -> tuple[Layout, ...]:
    from dealflow.interchange.layouts import compiled

    return compiled.read()


def _own(folder: str) -> Iterator[Layout]:
    place = os.path.join(folder, "layouts")
    if not os.path.isdir(place):
        return
    for name in sorted(os.listdir(place)):
        if name.endswith(".toml"):
            path = os.path.join(place, name)
            yield parse(name.removesuffix(".toml").casefold(), _text(path), path)


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeError) as exc:
        told = getattr(exc, "strerror", None) or "it is not UTF-8"
        raise Unusable(f"cannot read {path}: {str(told).lower()}") from None


def parse(key: str, text: str, path: str = "") -> Layout:
    """The layout that a TOML document describes. Error: BadDefinition."""
    import tomllib

    try:
        found = tomllib.loads(text)
        return _layout(key, found, path)
    except (tomllib.TOMLDecodeError, ValueError, AttributeError, TypeError) as error:
        raise BadDefinition(f"layout {path or key}: {error}") from None


def _layout(key: str, found: dict[str, Any], path: str) -> Layout:
    """Error: ValueError, in words."""
    _known_names(found)
    kind = kind_named(str(found.get("kind", "deals")))
    if kind is None:
        raise ValueError(f"kind is '{found['kind']}', which is no kind of record")
    told = found.get("recognise", {})
    columns = {name: _texts(value) for name, value in found.get("columns", {}).items()}
    fields = {one.name for one in kind.fields}
    if unknown := sorted(name for name in columns if name not in fields and ":" not in name):
        raise ValueError(f"{kind.name} have no field {unknown[0]}; {', '.join(sorted(fields))}")
    some, all_ = _normal(told.get("any", ())), _normal(told.get("all", ()))
    if not some and not all_:
        raise ValueError("[recognise] names no heading, in all or any")
    return Layout(
        key=key,
        name=str(found.get("name", key)),
        kind=kind,
        system=str(found.get("system", "" if found.get("exact") else key)),
        every=all_,
        some=some,
        least=int(told.get("least", 1 if some else 0)),
        never=_normal(told.get("none", ())),
        columns={name: _normal(headings) for name, headings in columns.items()},
        values={name: dict(words) for name, words in found.get("values", {}).items()},
        only={normal(name): _texts(cells) for name, cells in found.get("only", {}).items()},
        identity=_texts(found.get("key", ())),
        ids=frozenset(_texts(found.get("ids", ()))),
        dates=_choice(found, "dates", ORDERS),
        numbers=_choice(found, "numbers", NUMBERS),
        percent=frozenset(_texts(found.get("percent", ()))),
        footers=_texts(found.get("footers", ())),
        groups=bool(found.get("groups", False)),
        blank=_texts(found.get("blank", ())),
        history=str(found.get("history", "")),
        stages=_texts(found.get("stages", ())),
        entered_late=bool(found.get("entered_late", False)),
        default=found.get("default"),
        exact=bool(found.get("exact", False)),
        beside=frozenset(_normal(found.get("beside", ()))),
        path=path,
    )


def _known_names(found: dict[str, Any]) -> None:
    known = _TABLES[""] or set()
    for name, value in found.items():
        if name not in known and name not in _TABLES:
            raise ValueError(f"unknown key '{name}'")
        inside = _TABLES.get(name)
        if inside and isinstance(value, dict) and (odd := sorted(set(value) - inside)):
            raise ValueError(f"unknown key '{odd[0]}' in [{name}]")


def _choice(found: dict[str, Any], name: str, known: Collection[str]) -> str | None:
    value = found.get(name)
    if value is not None and value not in known:
        raise ValueError(f"{name} is {' or '.join(known)}, not '{value}'")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(str(one) for one in value)


def _normal(headings: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(normal(name) for name in _texts(headings)))
