"""What the table of commands is made of."""

from __future__ import annotations

from collections.abc import Mapping

from dealflow.named import NamedTuple

EVERY_DAY, FOLLOW_UP, QUESTIONS = "Every day", "Following up", "Questions"
HISTORY, RECORDS, DATA = "History", "Records", "Data"


class Entry(NamedTuple):
    """One command: where its function is, and what `--help` says without importing it."""

    target: str
    """`module:function` under dealflow.commands."""
    about: str
    panel: str = ""
    changes: bool = False
    """Whether it changes the database, and so has --dry-run."""
    asks: bool = False
    """Whether it asks before it goes on, though it is no change that can be undone."""
    further: Mapping[str, Entry] = {}
    """Commands of the same noun, each called by a further word: `forecast`, `forecast keep`."""


class Group(NamedTuple):
    about: str
    panel: str
    commands: Mapping[str, Entry | Group]
