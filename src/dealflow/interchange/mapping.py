"""Which column means which field, and which words of the file mean which of ours."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any

from dealflow.errors import UnknownWord, UsageError
from dealflow.frozen import Frozen
from dealflow.interchange.fields import DEALS, KINDS, Field, Kind, normal
from dealflow.interchange.rejects import COLUMNS
from dealflow.named import NamedTuple
from dealflow.text import fold
from dealflow.typed import quoted

if TYPE_CHECKING:
    from dealflow.interchange.layouts import Layout


class Column(NamedTuple):
    """A column of the file that is used: its place, its heading, and the field it fills."""

    at: int
    heading: str
    field: Field


class Wishes(Frozen, kw_only=False):
    """What was said about a file: `columns` heading → field, `values` (field, word) → our word.

    An empty field leaves a column out; an empty word stands for empty cells.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def over(self, saved: Wishes) -> Wishes:
        """These wishes, and those saved ones that they leave open."""
        said = {normal(heading) for heading in self.columns}
        kept = {key: value for key, value in saved.columns.items() if normal(key) not in said}
        return Wishes(kept | dict(self.columns), {**saved.values, **self.values})

    def as_text(self) -> str:
        """As it is saved."""
        values = [[name, word, ours] for (name, word), ours in self.values.items()]
        return json.dumps({"map": dict(self.columns), "value": values}, ensure_ascii=False)


def from_text(text: str) -> Wishes:
    found: dict[str, Any] = json.loads(text)
    values = {(name, word): ours for name, word, ours in found["value"]}
    return Wishes(found["map"], values)


def wishes(maps: Iterable[str], values: Iterable[str]) -> Wishes:
    """What --map and --value say. Error: UsageError."""
    columns = dict(pair for text in maps for pair in _pairs(text))
    return Wishes(columns, dict(_translation(text) for text in values))


def _pairs(text: str) -> Iterable[tuple[str, str]]:
    """`a=x,b=y`; a comma inside a heading is part of it."""
    waiting = ""
    for part in text.split(","):
        waiting += part
        heading, equals, name = waiting.rpartition("=")
        if equals:
            yield heading.strip(), name.strip()
        waiting = "" if equals else waiting + ","
    if waiting.strip(", "):
        raise UsageError(f"'{waiting.strip(',')}' maps nothing", "write --map 'COLUMN=FIELD'")


def _translation(text: str) -> tuple[tuple[str, str], str]:
    """`stage:Prospecting=lead`; the field may be `field:NAME`."""
    prefix = "field:" if text.startswith("field:") else ""
    name, colon, rest = text.removeprefix(prefix).partition(":")
    word, equals, ours = rest.partition("=")
    if not colon or not equals:
        raise UsageError(f"'{text}' translates nothing", "write --value 'FIELD:THEIRS=OURS'")
    return (prefix + name.strip(), word.strip()), ours.strip()


class Plan(Frozen, kw_only=False):
    """How a file with a certain heading is read."""

    kind: Kind
    heading: tuple[str, ...]
    columns: tuple[Column, ...]
    values: Mapping[str, Mapping[str, str]]
    """Field → folded word of the file → our word."""
    usual: frozenset[tuple[str, str]] = frozenset()
    """Those of `values` that a layout says: whether the file has them is no matter."""
    beside: frozenset[str] = frozenset()
    """Headings that are there for people only."""

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(column.field.name for column in self.columns)

    @property
    def ignored(self) -> list[str]:
        """Columns that are not used, by heading or else by number; not what dealflow added."""
        used = {column.at for column in self.columns}
        left = [(at, name) for at, name in enumerate(self.heading) if at not in used]
        told = [(at, name) for at, name in left if normal(name) not in self.beside]
        return [name or f"column {at + 1}" for at, name in told if name not in COLUMNS]


def likeliest(heading: Sequence[str], said: Wishes) -> Plan | None:
    """The kind of record that a heading is of, as a plan; None if it may be deals.

    A kind has what it needs, and understands at least two columns more than deals do.
    """
    fitting = [found for kind in KINDS if (found := _fitting(kind, heading, said))]
    best = max(fitting, key=lambda found: len(found.columns), default=None)
    deals = next((len(found.columns) + 2 for found in fitting if found.kind is DEALS), 0)
    return None if best is None or best.kind is DEALS or len(best.columns) < deals else best


def _fitting(kind: Kind, heading: Sequence[str], said: Wishes) -> Plan | None:
    try:
        found = plan(kind, heading, said)
    except UsageError:  # what was said is not about such records
        return None
    return None if kind.lacks(found.fields) else found


def plan(kind: Kind, heading: Sequence[str], said: Wishes, layout: Layout | None = None) -> Plan:
    """What was said goes before a layout, that before a field's own name, that before another word.

    Errors: UnknownWord for a column or a field that does not exist; UsageError.
    """
    if layout is not None:
        return _by_layout(kind, heading, said, layout)
    mapped = [column for wish in said.columns.items() for column in _mapped(kind, heading, *wish)]
    silent = {_place(heading, name) for name in said.columns}
    taken = {column.field.name for column in mapped}
    recognised = [
        Column(at, name, found)
        for at, name in enumerate(heading)
        if at not in silent and (found := kind.recognised(name)) and found.name not in taken
    ]
    exact = {c.heading for c in recognised if c.heading == c.field.name}
    meant = [c for c in recognised if c.heading in exact or c.field.name not in exact]
    columns = tuple(sorted([*mapped, *meant]))
    _one_each(columns)
    return Plan(kind, tuple(heading), columns, _values(kind, columns, said))


def _by_layout(kind: Kind, heading: Sequence[str], said: Wishes, layout: Layout) -> Plan:
    """Of several columns that mean a field the layout's first one counts."""
    told = [normal(name) for name in heading]
    meant: dict[str, list[str]] = {}
    for name, headings in layout.columns.items():
        found = next((at for at, one in enumerate(told) if one and one in headings[:1]), None)
        if found is None:
            places = [told.index(one) for one in headings if one in told]
            found = places[0] if places else None
        if found is not None:
            meant.setdefault(heading[found], []).append(name)
    own = {normal(name) for name in said.columns}
    fields = {kind.field(part).name for name in said.columns.values() for part in _parts(name)}
    usual = {
        name: "+".join(part for part in parts if part not in fields)
        for name, parts in meant.items()
        if normal(name) not in own
    }
    taken = fields | {part for name in usual.values() for part in _parts(name)}
    silent = own | {normal(name) for name, parts in usual.items() if parts}
    extra: dict[str, str] = {}
    for name in heading:
        by_itself = kind.recognised(name) if normal(name) not in silent else None
        if by_itself and by_itself.name not in taken:
            taken.add(by_itself.name)
            extra[name] = by_itself.name
    everything = {name: parts for name, parts in usual.items() if parts} | extra
    whole = plan(
        kind, heading, Wishes({**_none(heading), **everything, **said.columns}, said.values)
    )
    return _with_words(whole, layout)


def _none(heading: Sequence[str]) -> dict[str, str]:
    """Every column left out."""
    return {name: "" for name in heading if normal(name)}


def _parts(names: str) -> list[str]:
    return [part.strip() for part in names.split("+") if part.strip()]


def _with_words(plan: Plan, layout: Layout) -> Plan:
    """What the layout says of words, below what was said."""
    values = {name: dict(words) for name, words in plan.values.items()}
    usual = set()
    for name, words in layout.values.items():
        if name not in plan.fields:
            continue
        for theirs, ours in words.items():
            if fold(theirs) not in values.setdefault(name, {}):
                values[name][fold(theirs)] = ours
                usual.add((name, fold(theirs)))
    return Plan(
        plan.kind, plan.heading, plan.columns, values, frozenset(usual), beside=layout.beside
    )


def _mapped(kind: Kind, heading: Sequence[str], column: str, name: str) -> list[Column]:
    at = _place(heading, column)
    return [Column(at, heading[at], kind.field(part)) for part in _parts(name)]


def _place(heading: Sequence[str], column: str) -> int:
    if column in heading:
        return heading.index(column)
    told = [normal(name) for name in heading]
    if normal(column) not in told or not normal(column):
        raise UnknownWord("column", column, [name for name in heading if name])
    return told.index(normal(column))


def _one_each(columns: Sequence[Column]) -> None:
    first: dict[str, Column] = {}
    for column in columns:
        other = first.setdefault(column.field.name, column)
        if other is not column:
            name = column.field.name
            told = f"columns '{other.heading}' and '{column.heading}' both mean {name}"
            raise UsageError(told, f"leave one out: --map '{column.heading}='")


def _values(kind: Kind, columns: Sequence[Column], said: Wishes) -> dict[str, dict[str, str]]:
    used = {column.field.name for column in columns}
    found: dict[str, dict[str, str]] = {}
    for (word, theirs), ours in said.values.items():
        name = kind.field(word).name
        if name not in used:
            raise UnknownWord("field of this file", word, sorted(used))
        found.setdefault(name, {})[fold(theirs)] = ours
    return found


#: what is in headings of columns that say what something is called
_CALLED = ("name", "title", "topic", "名", "标题", "主题", "项目")


def untitled(plan: Plan, *, saved: bool) -> list[str]:
    """Of deals without a column for the title: what was understood, and what to say instead."""
    after = "customer" if "account" in plan.fields else "external id"
    understood = ", ".join(f"{column.heading} → {column.field.name}" for column in plan.columns)
    likely = next((h for h in plan.ignored if any(word in fold(h) for word in _CALLED)), "")
    again = f"--map {quoted(f'{likely or plan.ignored[0]}=title')}"
    return [
        f"no column is known to be the title: each deal is called after its {after}",
        f"understood: {understood}; ignored: {', '.join(plan.ignored)}",
        f"if one of those is the title: {'dealflow undo, and again with ' * saved}{again}",
    ]
