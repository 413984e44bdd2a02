"""`dealflow import layouts`: which systems' exports are recognised, and by what."""

from __future__ import annotations

from collections.abc import Sequence

from dealflow.errors import UsageError
from dealflow.interchange import layouts
from dealflow.results import MACHINE, SCREEN, TEXT, Column, Table

COLUMNS = (
    Column("layout", "layout", TEXT),
    Column("name", "name", TEXT),
    Column("kind", "kind", TEXT),
    Column("system", "system", TEXT, MACHINE, "what its ids begin with"),
    Column("own", "yours", TEXT, SCREEN),
    Column("path", "path", TEXT, MACHINE, "of a layout of your own"),
)
OF_ONE = (
    Column("field", "field", TEXT),
    Column("columns", "columns", TEXT, about="headings that mean it, the better one first"),
    Column("words", "words", TEXT, about="words of the system and what they mean"),
)


def about_layouts(words: Sequence[str], folder: str) -> Table:
    """All layouts, or what one of them says. Errors: UnknownWord, BadDefinition, UsageError."""
    told = [word for word in words if word not in {"list", "show"}]
    if len(told) > 1:
        raise UsageError("one layout at a time", "dealflow import layouts NAME")
    return _one(layouts.named(told[0], folder)) if told else _every(folder)


def _every(folder: str) -> Table:
    rows = [
        (
            one.key,
            one.name,
            one.kind.name,
            one.system,
            "yes" if one.path else None,
            one.path or None,
        )
        for one in sorted(layouts.every(folder), key=lambda one: one.key)
    ]
    notes = ("your own stand in the folder layouts beside config.toml, one file each",)
    return Table(name="layouts", columns=COLUMNS, rows=rows, notes=notes)


def _one(layout: layouts.Layout) -> Table:
    """Headings as they are compared: without case, blanks and punctuation."""
    fields = dict.fromkeys([*layout.columns, *layout.values])
    rows = [
        (
            name,
            ", ".join(layout.columns.get(name, ())),
            ", ".join(f"{theirs} = {ours}" for theirs, ours in layout.values.get(name, {}).items()),
        )
        for name in fields
    ]
    ids = "to the letter" if layout.exact else f"ids begin with {layout.system}:"
    notes = [f"{layout.key}: {layout.name}; {ids}"]
    if layout.every:
        notes.append(f"recognised by all of: {', '.join(layout.every)}")
    if layout.some:
        notes.append(f"and {layout.least} or more of: {', '.join(layout.some)}")
    return Table(name="layout", columns=OF_ONE, rows=rows, notes=tuple(notes))
