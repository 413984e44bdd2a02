"""The built-in layouts as they are once they are read: one file, made of the TOML files beside it.

Reading these takes 15 ms, as long as Python itself takes to load SQLite, and every import of a few
deals would pay for it. `make docs` writes the file again; a test holds the two to each other.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dealflow.interchange.fields import KINDS
from dealflow.interchange.layouts import Layout, parse

PATH = os.path.join(os.path.dirname(__file__), "compiled.json")

_SETS = ("ids", "percent", "beside")
_TUPLES = ("every", "some", "never", "identity", "footers", "blank", "stages")
_TUPLES_INSIDE = ("columns", "only")


def sources() -> Iterator[Layout]:
    """The layouts as their TOML files describe them, by name."""
    from pathlib import Path

    for path in sorted(Path(PATH).parent.glob("*.toml")):
        yield parse(path.stem, path.read_text("utf-8"))


def written(layouts: Iterable[Layout]) -> str:
    """The file: a line for each layout, with what is not as it is where nothing is said."""
    lines = (json.dumps(_told(one), ensure_ascii=False, sort_keys=True) for one in layouts)
    return "[\n" + ",\n".join(lines) + "\n]\n"


def read() -> tuple[Layout, ...]:
    """The layouts that the file holds."""
    with open(PATH, encoding="utf-8") as file:
        return tuple(Layout(**_values(one)) for one in json.load(file))


def _told(layout: Layout) -> dict[str, Any]:
    told = vars(layout) | {"kind": layout.kind.name}
    told |= {name: sorted(told[name]) for name in _SETS}
    return {name: value for name, value in told.items() if value}


def _values(told: Mapping[str, Any]) -> dict[str, Any]:
    found = {"system": "", "every": (), **told}
    found["kind"] = next(kind for kind in KINDS if kind.name == told["kind"])
    for names, make in ((_SETS, frozenset), (_TUPLES, tuple)):
        found |= {name: make(found[name]) for name in names if name in found}
    for name in _TUPLES_INSIDE:
        if name in found:
            found[name] = {key: tuple(words) for key, words in found[name].items()}
    return found
