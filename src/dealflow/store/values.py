"""Values that are stored as JSON text, read back fenced: what does not parse is damage."""

from __future__ import annotations

import json
from typing import Any

from dealflow.errors import Damaged


def array(text: str) -> list[Any]:
    """A JSON array as stored. Error: Damaged."""
    return _parsed(text, list)  # type: ignore[no-any-return]


def mapping(text: str) -> dict[str, Any]:
    """A JSON object as stored. Error: Damaged."""
    return _parsed(text, dict)  # type: ignore[no-any-return]


def _parsed(text: str, kind: type) -> Any:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, kind):
        raise Damaged("a stored value is damaged: it is not the JSON it should be")
    return found
