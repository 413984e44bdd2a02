"""JSON written by hand, so that money keeps its digits and nothing unsafe stands raw in a string.

Not `json.dumps`: it knows decimals only as floats, and leaves direction overrides, line separators
and lone surrogates raw. What is written here parses back to exactly the same text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from json.encoder import encode_basestring
from math import isfinite
from typing import Any

from dealflow.money import Money, decimal_text
from dealflow.output.text import escape_in_json

quoted = encode_basestring
"""A JSON string, not yet safe for a terminal: `escape_in_json` belongs around the line."""


def name(text: str) -> str:
    """A safe JSON string."""
    return escape_in_json(quoted(text))


def value(thing: Any, indent: str | None = None) -> str:
    """Any plain value: on one line, or with `indent` (where it stands) one member per line.

    Money is its decimal number; dates are ISO 8601; what JSON does not know becomes its text.
    """
    if isinstance(thing, Money):
        return decimal_text(thing)
    if isinstance(thing, Mapping):
        members = [f"{name(str(key))}: {value(thing[key], _deeper(indent))}" for key in thing]
        return _enclosed("{", members, "}", indent)
    if isinstance(thing, (list, tuple, AbstractSet)):
        return _enclosed("[", [value(item, _deeper(indent)) for item in thing], "]", indent)
    return _scalar(thing)


def _scalar(thing: Any) -> str:
    if thing is None or isinstance(thing, bool):
        return {None: "null", True: "true", False: "false"}[thing]
    if isinstance(thing, int):
        return int.__repr__(thing)
    if isinstance(thing, float):
        return repr(thing) if isfinite(thing) else "null"
    return name(thing.isoformat() if isinstance(thing, date) else str(thing))


def _deeper(indent: str | None) -> str | None:
    return None if indent is None else indent + "  "


def _enclosed(start: str, members: list[str], end: str, indent: str | None) -> str:
    if indent is None or not members:
        return f"{start}{', '.join(members)}{end}"
    inner = f",\n{indent}  ".join(members)
    return f"{start}\n{indent}  {inner}\n{indent}{end}"


def lines(members: Iterable[str], indent: str) -> Iterable[str]:
    """A JSON array with one member per line, as pieces; `indent` is where its bracket stands."""
    start = "["
    for member in members:
        yield f"{start}\n{indent}  {member}"
        start = ","
    yield "[]" if start == "[" else f"\n{indent}]"
