"""Values that are stored as JSON text, read back fenced: what does not parse is damage."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from dealflow.errors import Damaged
from dealflow.model import ROWS


def array(text: str) -> list[Any]:
    """A JSON array as stored. Error: Damaged."""
    return _parsed(text, list)  # type: ignore[no-any-return]


def mapping(text: str) -> dict[str, Any]:
    """A JSON object as stored. Error: Damaged."""
    return _parsed(text, dict)  # type: ignore[no-any-return]


def cast(table: str, column: str, value: str) -> str:
    """SQL that makes what JSON holds of a column the column's own type again."""
    kind = _KINDS.get(_TYPES[table][column].removesuffix(" | None"))
    return f"CAST({value} AS {kind})" if kind else value


_KINDS = {"int": "BIGINT", "float": "DOUBLE PRECISION"}
_TYPES = {kind.table: {field.name: str(field.type) for field in fields(kind)} for kind in ROWS}


def _parsed(text: str, kind: type) -> Any:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, kind):
        raise Damaged("a stored value is damaged: it is not the JSON it should be")
    return found
