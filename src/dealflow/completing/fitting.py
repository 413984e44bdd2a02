"""Which words begin as typed, in any case and width."""

from __future__ import annotations

from collections.abc import Iterable

from dealflow.named import NamedTuple


class Word(NamedTuple):
    """A word to offer. `open`: something is still to follow it, without a blank."""

    word: str
    about: str = ""
    open: bool = False


class Named(NamedTuple):
    """A word, another one for the same (both can be typed), and what it is."""

    word: str
    other: str = ""
    about: str = ""


def fitting(found: Iterable[Named], part: str) -> list[tuple[str, str]]:
    """The words that begin with `part` in any case and width, with what they are.

    The other word counts where the first does not begin so: `wang` is offered, and for 王 王芳.
    """
    if not part:
        return [(one.word, one.about or one.other) for one in found]
    from dealflow.text import fold

    start = fold(part)
    return [fit for one in found if (fit := _as(one, start, fold(one.word), fold(one.other)))]


def _as(one: Named, start: str, word: str, other: str) -> tuple[str, str] | None:
    if word.startswith(start):
        return one.word, one.about or one.other
    return (one.other, one.about or one.word) if other.startswith(start) else None
