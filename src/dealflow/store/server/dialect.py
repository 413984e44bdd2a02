"""From the SQL of the store to PostgreSQL's: placeholders, and the few words that differ.

The functions that SQLite has built in and PostgreSQL has not are made in the server's schema
(functions.sql), so that statements need not know where they run.
"""

from __future__ import annotations

import re
from functools import lru_cache

from dealflow.patterns import pattern

#: literals are passed over; what is outside of them is looked at
_TOKENS = pattern(
    r"""
      (?P<literal>'(?:[^']|'')*')
    | (?P<percent>%)
    | (?P<mark>\?)
    | (?P<cast>::)
    | :(?P<name>[a-z_][a-z0-9_]*)
    | (?P<differs>\bIS\s+NOT\s+(?!NULL\b|DISTINCT\b))
    | (?P<equals>\bIS\s+(?!NULL\b|NOT\b|DISTINCT\b))
    """,
    re.VERBOSE,
)
#: SQLite's way to keep the order of a join; elsewhere a cross join has no condition
_ORDERED = pattern(r"\bCROSS\s+JOIN\s+((?:[\w.]+|[\w.]+\([^()]*\))\s+\w+)\s+ON\b")
_WORDS = {"differs": "IS DISTINCT FROM ", "equals": "IS NOT DISTINCT FROM ", "cast": "::"}


@lru_cache(maxsize=512)
def translated(sql: str) -> str:
    """The statement as psycopg takes it."""
    return _ORDERED.sub(r"JOIN \1 ON", _TOKENS.sub(_token, sql))


def _token(found: re.Match[str]) -> str:
    kind = found.lastgroup or ""
    if kind == "literal":
        return found[0].replace("%", "%%")
    if kind == "name":
        return f"%({found['name']})s"
    return {"percent": "%%", "mark": "%s"}.get(kind) or _WORDS[kind]
