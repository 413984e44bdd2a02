"""What was typed: numbers and ranges of records, and words as they could be typed again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from dealflow.errors import UsageError

#: ids that one word may stand for
LARGEST_RANGE = 100_000
#: SQLite's own limit
LARGEST_ID = 2**63 - 1

#: put before a word that begins like an option and is none; taken off once options are parsed
MARK = "\ue000"


def ids_of(word: str) -> list[int]:
    """The ids that a word stands for: 42, #42, 3-7. Error: UsageError."""
    first, dash, last = word.strip().lstrip("#").partition("-")
    if first.isdecimal() and (last.isdecimal() if dash else True):
        low, high = int(first), int(last or first)
        if 0 < low <= high <= LARGEST_ID:
            if high - low >= LARGEST_RANGE:
                raise UsageError(f"'{word}' is more than {LARGEST_RANGE:,} ids", "name fewer")
            return list(range(low, high + 1))
    raise UsageError(f"'{word}' is not an id", "ids are numbers: 42, several: 3 5 8, a range: 3-7")


def quoted(word: str) -> str:
    """A word as a shell needs it; only what a shell would read otherwise gets quotes."""
    if re.fullmatch(r"[\w@%+=:,./−-]+", word):
        return word
    return "'" + word.replace("'", "'\"'\"'") + "'"


def readable(argv: Sequence[str]) -> list[str]:
    """What only looks like an option is marked as text: `-stage:needs`, and the day `-2w`."""
    words = [*argv]
    for at, word in enumerate(words):
        if word == "--":
            break
        if len(word) > 2 and word[0] == "-" and (word[1].isdecimal() or _is_term(word[1:])):
            words[at] = MARK + word
    return words


def unmarked(value: Any) -> Any:
    """A value as it was typed."""
    if isinstance(value, list):
        return [unmarked(one) for one in value]
    return value.removeprefix(MARK) if isinstance(value, str) else value


def _is_term(word: str) -> bool:
    name = word.replace("：", ":").partition(":")[0]
    return name != word and name[:1].isalpha() and name.replace("_", "").isalnum()
